from math import floor

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovSupplyRequestLine(models.Model):
    """Lines of a monthly plan: what a department handed in, and what was merged.

    A merged line is bought; each part gets its share of what arrives. Shares follow
    what was agreed, rounded down to the unit; the rest goes in the order of rank, and
    nobody gets less than they have had.
    """

    _inherit = "gov.supply.request.line"

    _protected_fields = frozenset({"merged_line_id", "part_line_ids"})

    merged_line_id = fields.Many2one(
        "gov.supply.request.line",
        string="Merged line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The line of the merged request by which this one is bought.",
    )
    part_line_ids = fields.One2many(
        "gov.supply.request.line",
        "merged_line_id",
        string="Parts",
        readonly=True,
        copy=False,
    )
    department_id = fields.Many2one(related="request_id.department_id")
    qty_to_distribute = fields.Float(
        string="To hand out",
        digits="Product Unit",
        compute="_compute_qty_to_distribute",
        help="What has arrived of a monthly plan and was not handed out yet.",
    )

    # ------------------------------------------------------------------ computes

    # A part follows the orders of its merged line, and that the moves of its parts;
    # named here rather than the figures, which would depend on themselves.
    @api.depends(
        "merged_line_id.purchase_line_ids.state",
        "merged_line_id.purchase_line_ids.product_qty",
        "merged_line_id.purchase_line_ids.product_uom_id",
        "merged_line_id.purchase_line_ids.qty_received",
        "request_id.plan_role",
    )
    def _compute_purchased(self):
        result = super()._compute_purchased()
        hand_ins = self.filtered(lambda line: line.request_id.plan_role == "hand_in")
        hand_ins.qty_to_order = 0
        # Whoever reads a part may know its share of the whole.
        for merged, lines in hand_ins.sudo().grouped("merged_line_id").items():
            # The lines of a dialog stand for those that are saved.
            merged = merged._origin
            if not merged.qty_ordered and not merged.qty_received:
                continue
            ordered = merged._share(merged.qty_ordered)
            received = merged._share(merged.qty_received, issued=True)
            for line in lines:
                line.qty_ordered = ordered.get(line._origin.id, 0.0)
                line.qty_received = received.get(line._origin.id, 0.0)
        return result

    @api.depends(
        "part_line_ids.move_ids.state",
        "part_line_ids.move_ids.quantity",
        "part_line_ids.move_ids.product_uom",
        "part_line_ids.move_ids.origin_returned_move_id",
    )
    def _compute_issued(self):
        result = super()._compute_issued()
        for line in self._filter_merged():
            line.qty_issued = sum(line.part_line_ids.mapped("qty_issued"))
            line.qty_returned = sum(line.part_line_ids.mapped("qty_returned"))
        return result

    @api.depends(
        "part_line_ids.qty_approved",
        "part_line_ids.qty_closed",
        "part_line_ids.qty_issued",
        "part_line_ids.qty_received",
    )
    def _compute_qty_open(self):
        result = super()._compute_qty_open()
        for line in self._filter_merged():
            if line.line_type == "goods":
                open_parts = sum(line.part_line_ids.mapped("qty_open"))
                line.qty_open = min(line.qty_open, open_parts)
        return result

    def _filter_merged(self):
        # The sums of the parts are shown, of whichever department they are.
        return self.sudo().filtered("request_id.is_plan_merged")

    @api.depends("qty_received", "qty_issued", "qty_open")
    def _compute_qty_to_distribute(self):
        for line in self:
            line.qty_to_distribute = line._get_to_distribute()

    # ------------------------------------------------------------------- merging

    def _get_merge_key(self):
        """Return what two lines must share to be bought on one line."""
        text = () if self.product_id else (self.name or "", self.spec or "")
        return (self.product_id.id, self.uom_id.id, self.line_type, text)

    def _prepare_merged_line(self):
        """Return the values of the line that buys all of these."""
        first = self[:1]
        values = {
            "product_id": first.product_id.id,
            "line_type": first.line_type,
            "uom_id": first.uom_id.id,
            "quantity": first.uom_id.round(sum(self.mapped("qty_approved"))),
            "estimate": max(self.mapped("estimate")),
        }
        if not first.product_id:
            values |= {"name": first.name, "spec": first.spec}
        return values

    def _get_rank(self):
        """Return where the line stands in lists by department."""
        department = self.request_id.department_id
        return (
            department.rank_sequence,
            department.name or "",
            self.request_id.id,
            self.sequence,
            self.id,
        )

    def _share(self, quantity, issued=False):
        """Share ``quantity`` of this merged line out over its parts.

        :param issued: nobody gets less than has been issued to them.
        :return: dict id of the part → quantity; their sum is ``quantity``, but never
            more than was agreed.
        """
        self.ensure_one()
        parts = self.part_line_ids.sorted(lambda line: line._get_rank())
        wanted = [part.qty_approved for part in parts]
        shares = self._split_evenly(min(quantity, sum(wanted)), wanted)
        if issued:
            had = [part.qty_issued for part in parts]
            excess = sum(shares)
            shares = [max(pair) for pair in zip(shares, had, strict=True)]
            excess = sum(shares) - excess
            for index in reversed(range(len(shares))):
                part = min(excess, shares[index] - had[index])
                shares[index] -= part
                excess -= part
        rounded = map(self.uom_id.round, shares)
        return dict(zip(parts.ids, rounded, strict=True))

    def _split_evenly(self, quantity, wanted):
        """Split ``quantity`` in proportion to the list ``wanted``, first come first."""
        total = sum(wanted)
        if not total or not quantity:
            return [0.0] * len(wanted)
        # Whole things stay whole; what is asked by halves is shared by the unit.
        whole = all(float(number).is_integer() for number in (*wanted, quantity))
        step = 1.0 if whole else self.uom_id.rounding
        shares = [
            floor(quantity * want / total / step + 1e-6) * step for want in wanted
        ]
        rest = quantity - sum(shares)
        for index, want in enumerate(wanted):
            if (part := min(want - shares[index], rest, step)) > 0:
                shares[index] += part
                rest -= part
        return shares

    def _share_approved(self):
        """Pass on what was agreed: product, price and, where lowered, quantities."""
        parts = self.part_line_ids
        # The product of a free text is that of the price check, as is the price.
        if parts.product_id != self.product_id:
            parts.write({"product_id": self.product_id.id, "product_by_store": True})
        parts.write({"price_unit": self.price_unit})
        if self.uom_id.compare(sum(parts.mapped("qty_approved")), self.qty_approved):
            shares = self._share(self.qty_approved)
            for part in parts:
                part.qty_approved = shares[part.id]

    def _close_part(self, reason):
        """Close what will not arrive any more, with the merged line."""
        for line in self.filtered(lambda line: line.qty_open > 0):
            line.write(
                {
                    "qty_closed": line.qty_closed + line.qty_open,
                    "close_reason": reason,
                }
            )

    # -------------------------------------------------------------- distribution

    def _get_to_distribute(self):
        """Return what has arrived for this line and was not handed out yet."""
        if not self._is_issuable():
            return 0.0
        return self.uom_id.round(
            max(min(self.qty_received - self.qty_issued, self.qty_open), 0.0)
        )

    def _get_distribution_values(self):
        """Return what the printed list shows of these lines."""
        return [
            {
                "name": line.name,
                "spec": line.spec or "",
                "unit": line.uom_id.name,
                "approved": line.qty_approved,
                "arrived": line.qty_received,
                "issued": line.qty_issued,
            }
            for line in self
        ]

    def _check_arrived(self, quantity):
        """Refuse to hand out of a plan what arrived for others."""
        arrived = self.qty_received - self.qty_issued
        if self.uom_id.compare(quantity, arrived) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: %(quantity)s cannot be handed out, %(arrived)s of the "
                    "monthly plan has arrived for %(department)s.",
                    line=self.display_name,
                    quantity=self._quantity_text(quantity),
                    arrived=self._quantity_text(max(arrived, 0)),
                    department=self.request_id.department_id.name,
                )
            )
