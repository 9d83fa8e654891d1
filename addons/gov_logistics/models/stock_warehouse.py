from odoo import api, fields, models


class StockWarehouse(models.Model):
    """Warehouses hand out supplies under an operation type of their own."""

    _inherit = "stock.warehouse"

    supply_type_id = fields.Many2one(
        "stock.picking.type", string="Issues to departments", copy=False
    )

    def _get_sequence_values(self, name=False, code=False):
        values = super()._get_sequence_values(name=name, code=code)
        name, code = name or self.name, code or self.code
        values["supply_type_id"] = {
            "name": self.env._("%(name)s Sequence issues", name=name),
            "prefix": f"{code}/{self.supply_type_id.sequence_code or 'ISS'}/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        values, next_sequence = super()._get_picking_type_create_values(max_sequence)
        values["supply_type_id"] = {
            "name": self.env._("Issues to departments"),
            "code": "internal",
            "use_create_lots": False,
            "use_existing_lots": True,
            "default_location_src_id": self.lot_stock_id.id,
            "reservation_method": "manual",
            "sequence": next_sequence + 1,
            "sequence_code": "ISS",
            "company_id": self.company_id.id,
        }
        return values, next_sequence + 2

    def _get_picking_type_update_values(self):
        values = super()._get_picking_type_update_values()
        values["supply_type_id"] = {
            "active": self.active,
            "default_location_src_id": self.lot_stock_id.id,
            "barcode": f"{self.code.replace(' ', '').upper()}ISS",
        }
        return values

    @api.model
    def _create_missing_supply_types(self):
        """Make the operation type of warehouses that were there before this module."""
        for warehouse in self.search([("supply_type_id", "=", False)]):
            # An installation has no language: its words are the institution's.
            lang = warehouse.company_id.partner_id.lang
            warehouse = warehouse.with_context(lang=lang)
            values = warehouse._create_or_update_sequences_and_picking_types()
            if values:
                warehouse.write(values)

    @api.model
    def _get_supply_warehouse(self, company):
        """Return the store of ``company`` that issues supplies: its first warehouse."""
        # Which store issues is configuration; no figure of it is shown.
        return self.sudo().search([("company_id", "=", company.id)], limit=1)
