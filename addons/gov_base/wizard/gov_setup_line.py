from odoo import fields, models
from odoo.exceptions import UserError


class GovSetupLine(models.TransientModel):
    """One line of the set-up page: what, whether it is there, where it is set right."""

    _name = "gov.setup.line"
    _description = "Line of the Set-up"
    _order = "sequence, id"

    wizard_id = fields.Many2one("gov.setup.wizard", required=True, ondelete="cascade")
    sequence = fields.Integer()
    name = fields.Char(string="What", readonly=True)
    state = fields.Selection(
        [("ok", "Nothing to do"), ("missing", "Missing"), ("advice", "Advice")],
        readonly=True,
    )
    text = fields.Text(string="How it stands", readonly=True)
    place = fields.Char(readonly=True)

    def action_open_place(self):
        """Open where the line is set right.

        :raise UserError: the line names no place.
        :raise AccessError: the user has no right to it.
        """
        self.ensure_one()
        wizard = self.env["gov.setup.wizard"]
        wizard._check_administrator()
        places = {check.get("place") for check in wizard._get_checks(self.env.company)}
        if not self.place or self.place not in places:
            raise UserError(self.env._("There is nothing to open."))
        action = self.env["ir.actions.actions"]._for_xml_id(self.place)
        if "res_model" in action:
            self.env[action["res_model"]].check_access("read")
        return action
