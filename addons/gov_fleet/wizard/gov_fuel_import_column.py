from odoo import fields, models


class GovFuelImportColumn(models.TransientModel):
    """A column of the file, and what the technician says it holds."""

    _name = "gov.fuel.import.column"
    _inherit = "gov.guard.mixin"
    _description = "Import a Fuel Statement: Column"
    _order = "position, id"
    _protected_fields = frozenset({"wizard_id", "position", "heading", "sample"})

    wizard_id = fields.Many2one(
        "gov.fuel.import", required=True, index=True, ondelete="cascade"
    )
    position = fields.Integer(required=True)
    heading = fields.Char(string="Column of the file", readonly=True)
    sample = fields.Char(string="First row", readonly=True)
    target = fields.Selection(
        selection=lambda self: (
            self.env["gov.fuel.mapping"]
            ._fields["target"]
            ._description_selection(self.env)
        ),
        string="Holds",
        required=True,
        default="ignore",
    )
