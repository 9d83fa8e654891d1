from odoo import api, fields, models


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
    service_due = fields.Char(
        string="Repair and maintenance",
        compute="_compute_service_due",
        help="Why the vehicle is not serviced: in the shop, not roadworthy, or a "
        "maintenance that is due.",
    )

    @api.depends(
        "odometer_value",
        "plan_ids.next_date",
        "plan_ids.next_odometer",
        "plan_ids.active",
        "log_services.order_state",
        "log_services.is_unsafe",
    )
    def _compute_service_due(self):
        due = self._origin._get_service_texts(fields.Datetime.now(), ("due", "stop"))
        for vehicle in self:
            vehicle.service_due = due.get(vehicle._origin.id, False)

    def _is_serviced(self):
        """Tell whether nothing is to be repaired or maintained on this vehicle now.

        For a list of vehicles it is worked out at once.
        """
        self.ensure_one()
        return not self.service_due

    def _service_block(self, start=None):
        """Return why vehicles cannot be dispatched as far as repair is concerned.

        In the shop, not roadworthy, or maintenance overdue beyond its hard limit;
        three queries for any number of vehicles.

        :param start: UTC moment of departure; now without one.
        :return: dict vehicle id → text, only of those that cannot go.
        """
        return self._get_service_texts(start or fields.Datetime.now(), ("stop",))

    def _get_service_texts(self, start, levels):
        """Return vehicle id → text, of orders in the way and plans at ``levels``."""
        texts = {}
        if not self.ids:
            return texts
        now = fields.Datetime.now()
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
            if order._is_in_the_way(start, now):
                texts[order.vehicle_id.id] = order._describe_block()
        plans = self.env["gov.vehicle.plan"].sudo()  # sudo: as above
        plans = plans.search([("vehicle_id", "in", self.ids)], order="id")
        look = plans._prepare_look()
        for plan in plans:
            day = plan.company_id._gov_local(start).date()
            if plan._get_level(*plan._get_left(day, look)) in levels:
                texts.setdefault(plan.vehicle_id.id, plan._describe_due())
        return texts

    def _dispatch_problems(self, start, end):
        """A vehicle in the shop, not roadworthy or overdue for maintenance stays."""
        problems = super()._dispatch_problems(start, end)
        for vehicle_id, text in self._origin._service_block(start).items():
            problems.setdefault(vehicle_id, text)
        return problems

    @api.model
    def _get_history_models(self):
        return [
            *super()._get_history_models(),
            "gov.vehicle.accident",
            "gov.vehicle.offence",
        ]
