from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import check_plain_values


class GovVehicleCheckItem(models.Model):
    """What a driver looks at before the first trip of the day (出车前检查项目).

    Those of an institution are kept by its manager of official vehicles, those for all
    institutions by the administrator of the system; everybody inside reads them. An
    item under which something was ticked keeps its words: another one takes its place,
    and the old one is archived.
    """

    _name = "gov.vehicle.check.item"
    _description = "Item of the Vehicle Check"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    hint = fields.Char(string="How to look", translate=True)
    applies_to = fields.Selection(
        [
            ("all", "All vehicles"),
            ("fuel", "With an engine"),
            ("electric", "Electric"),
        ],
        string="Vehicles",
        required=True,
        default="all",
    )
    is_blocking = fields.Boolean(
        string="Blocks departure",
        default=True,
        help="When it fails the vehicle stays, and a repair request is opened. "
        "Otherwise the fault is only noted.",
    )
    needs_photo = fields.Boolean(
        string="Photo of the fault",
        help="A fault is shown by a photo.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: for all institutions; kept by the administrator of the system.",
    )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not {"name", "company_id"}.isdisjoint(vals):
            self._check_unused()
        done = super().write(vals)
        if "company_id" in vals:
            # Not given away to another institution, nor to all of them.
            self.check_access("write")
        return done

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        # sudo: only whether somebody was asked by this item.
        lines = self.env["gov.vehicle.check.line"].sudo()
        used = lines.search([("item_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "“%s” stands on checks that were made. Archive it, and write a "
                    "new item.",
                    used.item_id.name,
                )
            )

    # === Helpers ===

    @api.model
    def _for_vehicle(self, vehicle):
        """Return the items that are asked about ``vehicle``."""
        # sudo: the items are no secret; the tablet's login asks for them too.
        items = self.sudo().search(
            [("company_id", "in", (False, vehicle.company_id.id))]
        )
        drive = "electric" if vehicle._is_electric_drive() else "fuel"
        return items.filtered(lambda item: item.applies_to in ("all", drive))
