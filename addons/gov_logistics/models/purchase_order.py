from odoo import api, fields, models
from odoo.exceptions import UserError


class PurchaseOrder(models.Model):
    """Orders that carry out supply requests stay within what was approved."""

    _inherit = "purchase.order"

    supply_request_ids = fields.Many2many(
        "gov.supply.request",
        string="Supply requests",
        compute="_compute_supply_request_ids",
        search="_search_supply_request_ids",
    )
    supply_request_count = fields.Integer(compute="_compute_supply_request_ids")

    @api.depends("order_line.supply_line_id")
    def _compute_supply_request_ids(self):
        # Buyers see which requests an order carries out; the requests' own rules
        # decide what they may read there.
        for order in self.sudo():
            requests = order.order_line.supply_line_id.request_id
            order.supply_request_ids = requests
            order.supply_request_count = len(requests)

    def _search_supply_request_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        return [("order_line.supply_line_id.request_id", operator, value)]

    @api.constrains("state", "currency_id", "company_id")
    def _check_supply_approved(self):
        self.order_line._check_supply_approved()

    def action_merge(self):
        """Merge quotations; lines of supply requests move over as they stand.

        Odoo adds up the quantities of equal products on one line, which would cut the
        link between request and order.
        """
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        for orders in quotations.grouped(self._prepare_grouped_data).values():
            oldest = min(orders, key=lambda order: (order.date_order, order.id))
            # The user is merging orders that they may write; Odoo checks that next.
            lines = (orders - oldest).order_line.filtered("supply_line_id")
            lines.order_id = oldest
        return super().action_merge()

    def action_view_supply_requests(self):
        """Open the supply requests that this order carries out.

        :return: a window action.
        """
        requests = self.supply_request_ids
        if not requests:
            raise UserError(self.env._("This order carries out no supply request."))
        return requests._get_records_action(name=self.env._("Supply requests"))
