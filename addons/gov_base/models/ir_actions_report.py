from odoo import models


class IrActionsReport(models.Model):
    """Whoever prints a matter is in its access log."""

    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        result = super()._get_rendering_context(report, docids, data)
        docs = result.get("docs")
        if isinstance(docs, type(self.env["gov.access.mixin"])):
            self.env["gov.access.log"]._note(docs.exists(), "print")
        return result
