from odoo import fields, models


class GovSupplyVendorWizard(models.TransientModel):
    """Procurement names the vendor of approved lines, which are then ordered."""

    _name = "gov.supply.vendor.wizard"
    _description = "Name the Vendor"

    line_ids = fields.Many2many(
        "gov.supply.request.line", required=True, string="Lines to buy"
    )
    vendor_id = fields.Many2one(
        "res.partner", required=True, domain=[("is_company", "=", True)]
    )

    def action_confirm(self):
        """Name the vendor.

        :return: an action that closes the dialog.
        """
        self.ensure_one()
        self.line_ids.action_set_vendor(self.vendor_id.id)
        return {"type": "ir.actions.act_window_close"}
