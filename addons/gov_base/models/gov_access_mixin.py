from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class GovAccessMixin(models.AbstractModel):
    """A matter whose form and print leave a trace: who opened it, on which day."""

    _name = "gov.access.mixin"
    _description = "Matter with an Access Log"

    # The field that only the form of this kind of matter asks for.
    _access_log_mark = "chain_preview"

    @api.model
    def _access_log_visible_to_person(self):
        """Tell whether the person concerned may see who opened their matters."""
        return False

    @api.model
    def _access_log_domain_of_person(self):
        """Return the domain of the matters that are the current user's own."""
        return Domain("employee_id.user_id", "=", self.env.uid)

    @api.model
    def _access_log_domain_shown(self):
        """Return the domain of the rows of the log, on own matters, that they see."""
        return Domain.TRUE

    @api.readonly
    def web_read(self, specification):
        """Read for a view; a form that was opened is logged after the request."""
        values = super().web_read(specification)
        # Lists ask for columns; only a form asks for the chain of one matter.
        if len(self) == 1 and self.id and self._access_log_mark in specification:
            self.env["gov.access.log"]._note(self, "form")
        return values

    def action_open_access_log(self):
        """Show who opened this matter.

        :return: a window action.
        :raise AccessError: the log of this kind of matter is for supervision only.
        :raise UserError: for none or several matters.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        supervision = self.env.user.has_group("gov_base.group_supervision")
        if not supervision and not self._access_log_visible_to_person():
            raise AccessError(self.env._("The access log is read by supervision."))
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_base.gov_access_log_action"
        )
        action["domain"] = [("model", "=", self._name), ("res_id", "=", self.id)]
        action["context"] = {}
        return action
