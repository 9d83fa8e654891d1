from odoo import api, fields, models
from odoo.exceptions import UserError


class GovSettlementWizard(models.TransientModel):
    """One small form for every step of a statement that asks for something."""

    _name = "gov.settlement.wizard"
    _description = "Step of a Statement"

    step = fields.Selection(
        [
            ("object", "Object to a line"),
            ("answer", "Answer an objection"),
            ("fine", "Take something off"),
            ("paper", "Confirmed on paper"),
            ("take_back", "Take the confirmation back"),
            ("stamp", "Put up the stamped paper"),
            ("pay", "Fill back a payment"),
            ("elsewhere", "Billed elsewhere"),
            ("reverse", "Reverse the statement"),
        ],
        required=True,
        readonly=True,
    )
    settlement_id = fields.Many2one(
        "gov.settlement", string="Statement", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    line_id = fields.Many2one(
        "gov.settlement.line",
        string="Line",
        domain="[('settlement_id', '=', settlement_id)]",
    )
    side = fields.Selection(
        [("own", "Our side"), ("other", "The other side")], default="other"
    )
    person = fields.Char(string="Name of the signer")
    text = fields.Char()
    number = fields.Char()
    date = fields.Date(default=lambda self: self.env.company.gov_today())
    amount = fields.Monetary()
    scan = fields.Binary(help="PDF, JPEG or PNG, up to 10 MB.")
    scan_name = fields.Char(string="File")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            statement = self.env["gov.settlement"].browse(vals.get("settlement_id"))
            statement.check_access("read")
        return super().create(vals_list)

    def action_apply(self):
        """Do the step, with the rights of the user.

        :return: an action that closes the form, or opens what was made.
        :raise UserError: as the step.
        """
        self.ensure_one()
        statement = self.settlement_id
        if self.step == "object":
            statement.action_object(self.line_id.id, self.text)
        elif self.step == "answer":
            statement.action_answer(self.line_id.id, self.text)
        elif self.step == "fine":
            statement.action_add_fine(self.text, self.amount)
        elif self.step == "paper":
            statement.action_confirm_paper(
                self.side, self.person, self.date, self.scan, self.scan_name
            )
        elif self.step == "take_back":
            statement.action_take_back(self.text)
        elif self.step == "stamp":
            statement.action_stamp(self.scan, self.scan_name)
        elif self.step == "pay":
            statement.action_pay(self.number, self.date, self.amount)
        elif self.step == "elsewhere":
            statement.action_billed_elsewhere(self.number)
        elif self.step == "reverse":
            return {
                "type": "ir.actions.act_window",
                "res_model": "gov.settlement",
                "res_id": statement.action_reverse(self.text),
                "view_mode": "form",
            }
        else:
            raise UserError(self.env._("Choose a step."))
        return {"type": "ir.actions.act_window_close"}
