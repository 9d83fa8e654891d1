from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.gov_points_transfer import OUTCOMES

_MODELS = {
    "dismiss": "gov.points.case",
    "transfer": "gov.points.case",
    "penalty": "gov.points.case",
    "penalty_not_due": "gov.points.case",
    "outcome": "gov.points.transfer",
    "proposal": "gov.points.proposal",
}


class GovPointsCaseWizard(models.TransientModel):
    """Ask for the words, letter and day that go with a step of a case.

    The step itself, and every check, is the document's own method.
    """

    _name = "gov.points.case.wizard"
    _description = "Step of a Conduct Case"

    step = fields.Selection(
        [
            ("dismiss", "Dismiss"),
            ("transfer", "Transfer out"),
            ("penalty", "Penalty imposed"),
            ("penalty_not_due", "No penalty is due"),
            ("outcome", "Record the outcome"),
            ("proposal", "Dismiss the proposal"),
        ],
        required=True,
        readonly=True,
    )
    res_id = fields.Integer(required=True, readonly=True)
    body_choice = fields.Selection(
        [
            ("discipline", "Discipline inspection and supervision"),
            ("police", "Police"),
            ("other", "Another body"),
        ],
        string="Kind of body",
        default="discipline",
    )
    body = fields.Char(
        string="Transferred to", compute="_compute_body", store=True, readonly=False
    )
    document = fields.Char(string="Number of the document")
    date = fields.Date(string="Day", default=lambda self: self._default_date())
    scan = fields.Binary()
    scan_name = fields.Char(string="File")
    outcome = fields.Selection(OUTCOMES)
    text = fields.Text(string="Words")

    @api.model
    def _default_date(self):
        return self.env.company.gov_today()

    @api.depends("body_choice")
    def _compute_body(self):
        labels = dict(self._fields["body_choice"]._description_selection(self.env))
        for wizard in self:
            if wizard.body_choice != "other":
                wizard.body = labels.get(wizard.body_choice)
            elif wizard.body in labels.values():
                wizard.body = False

    def action_confirm(self):
        """Do the step with what was typed here.

        :return: an action: the list of transfers after a transfer, else the dialog
            closes.
        :raise UserError: nothing was chosen, and as the document's own method.
        """
        self.ensure_one()
        record = self.env[_MODELS[self.step]].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("Choose one row."))
        if self.step == "dismiss":
            record.action_dismiss(self.text or "")
        elif self.step == "penalty":
            record.action_record_penalty(self.text, self.document, self.date)
        elif self.step == "penalty_not_due":
            record.action_penalty_not_due(self.text)
        elif self.step == "outcome":
            record.action_record_outcome(
                self.outcome, self.document, self.date, self.text or ""
            )
        elif self.step == "proposal":
            record.action_dismiss(self.text)
        else:
            return self._transfer(record)
        return {"type": "ir.actions.act_window_close"}

    def _transfer(self, case):
        """Transfer it out; the case is closed now, so the list of transfers opens."""
        scan = self.with_context(bin_size=False).scan
        case.action_transfer(self.body, self.document, self.date, scan)
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_points.gov_points_transfer_action"
        )
        return {**action, "target": "main"}
