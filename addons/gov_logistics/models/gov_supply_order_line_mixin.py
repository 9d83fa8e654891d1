from odoo import Command, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.gov_base.models.gov_guard import engine

from .input_check import find_record


class GovSupplyOrderLineMixin(models.AbstractModel):
    """The purchase side of ``gov.supply.request.line``."""

    _name = "gov.supply.order.line.mixin"
    _description = "Purchase of a Supply Line"

    def action_set_vendor(self, vendor_id):
        """Name the vendor of approved lines that have none; they are ordered at once.

        :param vendor_id: id of the partner to buy from.
        :return: True
        :raise UserError: when the user is not in procurement, the partner does not
            exist, or a line does not wait for its vendor.
        """
        if not self.env.user.has_group("gov_logistics.group_procurement"):
            raise UserError(self.env._("Vendors are named by procurement."))
        self.check_access("read")
        refusal = self.env._("There is no such vendor.")
        vendor = find_record(self.env["res.partner"], vendor_id, refusal)
        if not vendor.active:
            raise UserError(refusal)
        waiting = self.filtered(lambda line: line.qty_to_order > 0)
        if not self or waiting != self:
            raise UserError(
                self.env._(
                    "%(lines)s: not waiting for a vendor.",
                    lines=(self - waiting).mapped("display_name"),
                )
            )
        # Procurement and the state of the lines were checked just above.
        lines = engine(self.sudo())
        lines.write({"vendor_id": vendor.id})
        for request, request_lines in lines.grouped("request_id").items():
            request._order_lines(request_lines)
        return True

    def action_open_vendor_wizard(self):
        """Ask procurement for the vendor of the selected lines.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Name the vendor"),
            "res_model": "gov.supply.vendor.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": self.ids},
        }

    # ------------------------------------------------------------------- helpers

    def _get_vendor(self):
        """Return the vendor named for this line, else the product's first one."""
        sellers = self.product_id._prepare_sellers(
            params={"order_id": self.env["purchase.order"]}
        ).filtered(lambda s: s.company_id.id in (False, self.company_id.id))
        return self.vendor_id or sellers[:1].partner_id

    def _prepare_purchase_line(self):
        """Return the values of the order line; the price already includes the tax."""
        return {
            "supply_line_id": self.id,
            "product_id": self.product_id.id,
            "name": self.display_name,
            "product_qty": self.qty_to_order,
            "product_uom_id": self.uom_id.id,
            "price_unit": self.price_unit,
            "tax_ids": [Command.clear()],
        }

    def _check_ordered_quantity(self):
        """Refuse orders of more than was approved and is not closed."""
        ordered = sum(
            self._from_unit(line._get_supply_quantity(), line.product_uom_id)
            for line in self.purchase_line_ids
        )
        allowed = self.qty_approved - self.qty_closed
        if self.uom_id.compare(ordered, allowed) > 0:
            raise ValidationError(
                self.env._(
                    "%(line)s of %(request)s: %(ordered)s ordered, approved is "
                    "%(allowed)s.",
                    line=self.display_name,
                    request=self.request_id.display_name,
                    ordered=self._quantity_text(ordered),
                    allowed=self._quantity_text(allowed),
                )
            )
