from odoo import fields, models


class GovSupplyScanWizard(models.TransientModel):
    """Add the scan of the page on which the receiver signed."""

    _name = "gov.supply.scan.wizard"
    _description = "Scan of a Signed Page"

    picking_id = fields.Many2one("stock.picking", string="Issue", required=True)
    # Related fields are read with the user's own rights: anybody may name an issue.
    supply_book = fields.Char(related="picking_id.supply_book", related_sudo=False)
    supply_page = fields.Char(related="picking_id.supply_page", related_sudo=False)
    data = fields.Binary(string="Scan", attachment=False, required=True)
    filename = fields.Char()

    def action_confirm(self):
        """Add the scan.

        :return: an action that closes the dialog.
        :raise UserError: as ``stock.picking.action_attach_scan``.
        """
        self.ensure_one()
        data = self.with_context(bin_size=False).data
        self.picking_id.action_attach_scan(data, self.filename or "scan")
        self.unlink()
        return {"type": "ir.actions.act_window_close"}
