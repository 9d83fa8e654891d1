from odoo import fields, models


class GovFuelMapping(models.Model):
    """How the statements of one supplier are laid out, remembered for the next one.

    Written by the import of a statement (:class:`gov.fuel.import`); the vehicle
    technician may correct or drop a row, which is then asked for again.
    """

    _name = "gov.fuel.mapping"
    _description = "Layout of a Fuel Statement"
    _order = "supplier_id, heading, id"
    _rec_name = "heading"
    _check_company_auto = True

    supplier_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    heading = fields.Char(string="Column of the file", required=True)
    target = fields.Selection(
        [
            ("ignore", "Not needed"),
            ("card", "Card number"),
            ("plate", "Plate"),
            ("moment", "Date and time"),
            ("date", "Date"),
            ("time", "Time"),
            ("operation", "Kind of transaction"),
            ("product", "Product"),
            ("litres", "Litres or kWh"),
            ("price", "Price"),
            ("amount", "Amount"),
            ("station", "Station"),
            ("odometer", "Odometer"),
            ("reference", "Transaction number"),
        ],
        string="Holds",
        required=True,
        default="ignore",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _heading_once = models.UniqueIndex(
        "(company_id, supplier_id, heading)",
        "This column of the supplier is known already.",
    )
