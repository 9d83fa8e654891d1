from odoo import api, fields, models
from odoo.exceptions import UserError

# What may be asked here: model → actions that take a reason.
_ACTIONS = {
    "gov.fuel.card": {"action_block", "action_close"},
    "gov.fuel.entry": {"action_void", "action_unmatch"},
}


class GovFuelReason(models.TransientModel):
    """Asks for the reason of a step with a fuel card or a fill, then takes it."""

    _name = "gov.fuel.reason"
    _description = "Reason"

    res_model = fields.Char(required=True)
    res_ids = fields.Char(required=True)
    action = fields.Char(required=True)
    reason = fields.Char(required=True)

    @api.model
    def _open(self, records):
        """Ask for the reason of the action that the context names for ``records``.

        :return: a window action.
        """
        records.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reason"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": records._name,
                "default_res_ids": ",".join(map(str, records.ids)),
                "default_action": self.env.context.get("gov_fuel_action", False),
            },
        }

    def action_confirm(self):
        """Take the step with the reason; the record itself checks person and state.

        :return: an action that closes the dialog.
        :raise UserError: for a step that is not asked for here.
        """
        self.ensure_one()
        ids = [int(part) for part in self.res_ids.split(",") if part.strip().isdigit()]
        if self.action not in _ACTIONS.get(self.res_model, ()) or not ids:
            raise UserError(self.env._("This step is not possible here."))
        records = self.env[self.res_model].browse(ids).exists()
        getattr(records, self.action)(self.reason)
        return {"type": "ir.actions.act_window_close"}
