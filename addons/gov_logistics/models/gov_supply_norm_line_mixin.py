from odoo import api, fields, models

from .gov_supply_norm_use import NormUse
from .input_check import plain_number


class GovSupplyNormLineMixin(models.AbstractModel):
    """Norm and use beside each line of a request for issue."""

    _name = "gov.supply.norm.line.mixin"
    _description = "Norms of Supply Request Lines"

    norm_quantity = fields.Float(
        string="Norm",
        digits="Product Unit",
        compute="_compute_norm",
        help="What the department may draw this month, with what is carried over; 0 "
        "when no norm is set.",
    )
    norm_used = fields.Float(
        string="Used",
        digits="Product Unit",
        compute="_compute_norm",
        help="What the department's other requests have taken since the 1st.",
    )
    norm_over = fields.Float(
        string="Above the norm", digits="Product Unit", compute="_compute_norm"
    )
    norm_text = fields.Char(
        string="Used / norm",
        compute="_compute_norm",
        help="What the department has drawn and asked for since the 1st of the month, "
        "this line not counted, and its norm.",
    )

    @api.depends(
        "product_id",
        "quantity",
        "qty_approved",
        "uom_id",
        "request_id.kind",
        "request_id.department_id",
        "request_id.occurred_on",
        "request_id.line_ids.quantity",
        "request_id.line_ids.product_id",
    )
    @api.depends_context("uid")
    def _compute_norm(self):
        measures = self._measure_norms()
        for line in self:
            measure = measures.get(line)
            line.norm_quantity = line.norm_used = line.norm_over = 0.0
            line.norm_text = False
            if not measure:
                continue
            used = line._from_norm(measure.used + measure.before, measure)
            line.norm_quantity = line._from_norm(measure.allowed, measure)
            line.norm_used = used
            line.norm_over = line._get_norm_over(measure)
            line.norm_text = (
                f"{plain_number(used)} / {plain_number(line.norm_quantity)}"
            )

    # ------------------------------------------------------------------- helpers

    def _measure_norms(self):
        """Return ``{line: Measure}`` for these lines, where the user may know it."""
        requests = self.request_id.filtered(
            lambda request: request.kind == "issue" and request._may_see_norm_use()
        )
        lines = requests.line_ids
        # A line that is being entered need not be among those of its request yet.
        lines |= self.filtered(lambda line: line.request_id in requests)
        return NormUse(lines).measure()

    def _get_norm_demand(self):
        """Return what this line takes of the norm, in its own unit."""
        if self.request_id.approval_state in (False, "draft"):
            return self.quantity
        return self.qty_approved - self.qty_closed - self.qty_returned

    def _from_norm(self, quantity, measure):
        """Return ``quantity`` of the norm in the unit of this line."""
        return measure.norm.uom_id._compute_quantity(
            quantity, self.uom_id, rounding_method="HALF-UP"
        )

    def _get_norm_over(self, measure):
        """Return how much of this line is above the norm, in its own unit."""
        if not measure:
            return 0.0
        demand = self._get_norm_demand()
        left = measure.allowed - measure.used - measure.before
        left = measure.norm.uom_id._compute_quantity(left, self.uom_id, round=False)
        return max(min(demand - left, demand), 0.0)

    def _is_within_norm(self, measure):
        """Tell whether a norm is set for this line and it stays within it."""
        if not measure:
            return False
        return self.uom_id.compare(self._get_norm_over(measure), 0) <= 0
