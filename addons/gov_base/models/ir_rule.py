from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    """Refuses in the words of an office; Odoo's own text makes jokes."""

    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """Return the refusal; who debugs gets Odoo's, with the failing rules."""
        error = super()._make_access_error(operation, records)
        user = self.env.user
        if not records._name.startswith("gov.") or user.has_group("base.group_no_one"):
            return error
        env = self.with_context(**user.context_get()).env
        operations = {
            "read": env._("open"),
            "write": env._("change"),
            "create": env._("enter"),
            "unlink": env._("delete"),
        }
        refusal = AccessError(
            env._(
                "%(document)s: you have no right to %(operation)s this one. If your "
                "work needs it, ask the system administrator.",
                document=env["ir.model"]._get(records._name).name,
                operation=operations[operation],
            )
        )
        # Names the institution to switch to, where that would help.
        if hasattr(error, "context"):
            refusal.context = error.context
        return refusal
