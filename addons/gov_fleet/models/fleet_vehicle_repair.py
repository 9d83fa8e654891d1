from odoo import fields, models


class FleetVehicle(models.Model):
    """What repair and maintenance say about whether a vehicle can go."""

    _inherit = "fleet.vehicle"

    plan_ids = fields.One2many(
        "gov.vehicle.plan", "vehicle_id", string="Maintenance plans"
    )
    accident_ids = fields.One2many(
        "gov.vehicle.accident", "vehicle_id", string="Accidents"
    )
    offence_ids = fields.One2many(
        "gov.vehicle.offence", "vehicle_id", string="Traffic offences"
    )

    def _service_block(self, day=None):
        """Return why vehicles cannot be dispatched as far as repair is concerned.

        In the shop, not roadworthy, or maintenance overdue beyond its hard limit; two
        queries for any number of vehicles.

        :param day: date of departure; today without one.
        :return: dict vehicle id → text, only of those that cannot go.
        """
        blocks = {}
        if not self.ids:
            return blocks
        # sudo: whether a vehicle can go, and why not, is told to whoever dispatches.
        orders = self.env["fleet.vehicle.log.services"].sudo()
        closed = ("accepted", "done", "rejected", "cancelled")
        for order in orders.search(
            [
                ("vehicle_id", "in", self.ids),
                ("order_kind", "!=", False),
                ("order_state", "not in", closed),
                "|",
                ("order_state", "in", ("in_shop", "returned")),
                ("is_unsafe", "=", True),
            ],
            order="id",
        ):
            blocks[order.vehicle_id.id] = order._describe_block()
        for plan in (
            self.env["gov.vehicle.plan"]
            .sudo()
            .search([("vehicle_id", "in", self.ids)], order="id")
        ):
            company = plan.company_id
            left = plan._get_left(day or company.gov_today())
            if plan._get_level(*left) == "stop":
                text = self.env._("Maintenance overdue: %s", plan._describe_due())
                blocks.setdefault(plan.vehicle_id.id, text)
        return blocks

    def _is_serviced(self, day=None):
        """Tell whether this vehicle can go as far as repair is concerned."""
        self.ensure_one()
        return not self._service_block(day)
