from odoo import Command, fields, models
from odoo.exceptions import ValidationError


class GovSupplyOrderMixin(models.AbstractModel):
    """Buying what was approved, in Odoo's own purchase app.

    The purchase side of ``gov.supply.request``: one quotation per vendor with a line
    for each approved line. Lines without a vendor wait for procurement and block no
    other line.
    """

    _name = "gov.supply.order.mixin"
    _description = "Purchase of Supplies"

    def _order_lines(self, lines):
        """Make one quotation per vendor for ``lines``; the others wait for a vendor.

        Runs in the engine's environment, after the last approval or when procurement
        has named a vendor.
        """
        self.ensure_one()
        by_vendor = {}
        for line in lines.filtered(lambda line: line.qty_to_order > 0):
            if vendor := line._get_vendor():
                by_vendor[vendor] = by_vendor.get(vendor, lines.browse()) | line
        # The goods arrive where they are handed out, whoever gives the last yes.
        store = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        orders = self.env["purchase.order"].create(
            [
                {
                    "partner_id": vendor.id,
                    "company_id": self.company_id.id,
                    "currency_id": self.currency_id.id,
                    "picking_type_id": store.in_type_id.id,
                    "origin": self.number,
                    "date_planned": self.date_needed or fields.Datetime.now(),
                    "order_line": [
                        Command.create(line._prepare_purchase_line())
                        for line in vendor_lines
                    ],
                }
                for vendor, vendor_lines in by_vendor.items()
            ]
        )
        return orders

    def _drop_quotations(self, lines):
        """Take ``lines`` off quotations that are not confirmed yet."""
        drafts = lines.purchase_line_ids.filtered(
            lambda line: line.state in ("draft", "sent", "to approve")
        )
        orders = drafts.order_id
        drafts.unlink()
        orders.filtered(lambda order: not order.order_line).button_cancel()

    def _check_ordered_amount(self):
        """Refuse orders above the approved amount plus the tolerance of the clause."""
        self.ensure_one()
        if self.approval_state != "approved":
            raise ValidationError(
                self.env._(
                    "%(request)s is not approved: nothing can be ordered for it.",
                    request=self.display_name,
                )
            )
        clause = self.env["gov.policy"]._get_policy(
            "supply.purchase.tolerance", company=self.company_id
        )
        limit = self.amount_approved * (1 + clause._typed_value() / 100)
        ordered = sum(
            line.currency_id._convert(
                line._get_supply_amount(),
                self.currency_id,
                self.company_id,
                line.order_id.date_order,
            )
            for line in self.line_ids.purchase_line_ids
            if line._is_supply_ordered()
        )
        if self.currency_id.compare_amounts(ordered, limit) > 0:
            raise ValidationError(
                self.env._(
                    "%(request)s: orders of %(ordered)s exceed the approved "
                    "%(approved)s; the tolerance is %(tolerance)s %% (%(citation)s). A "
                    "higher cost goes through the approval chain again.",
                    request=self.display_name,
                    ordered=self.currency_id.format(ordered),
                    approved=self.currency_id.format(self.amount_approved),
                    tolerance=f"{clause._typed_value():g}",
                    citation=clause.citation,
                )
            )
