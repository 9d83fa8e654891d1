from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.tools.days import format_day


class FleetVehicle(models.Model):
    """Whether a vehicle can go, and why not."""

    _inherit = "fleet.vehicle"

    is_dispatchable = fields.Boolean(
        string="Can go",
        compute="_compute_dispatch_block",
        search="_search_is_dispatchable",
    )
    dispatch_block = fields.Char(string="Cannot go", compute="_compute_dispatch_block")

    @api.depends(
        "gov_state",
        "active",
        "company_id",
        "keeping",
        "inspection_date_to",
        "insurance_date_to",
        "licence_date_to",
        "is_rented",
        "rental_date_to",
    )
    def _compute_dispatch_block(self):
        now = fields.Datetime.now()
        problems = self._dispatch_problems(now, now)
        for vehicle in self:
            vehicle.dispatch_block = problems.get(vehicle._origin.id, False)
            vehicle.is_dispatchable = not vehicle.dispatch_block

    def _search_is_dispatchable(self, operator, value):
        if operator != "in":
            return NotImplemented
        vehicles = self.search([("gov_state", "=", "in_service")])
        now = fields.Datetime.now()
        kept = vehicles._dispatch_problems(now, now)
        return Domain("id", "in", [id_ for id_ in vehicles.ids if id_ not in kept])

    def _dispatch_problem(self, start, end):
        """Return why the vehicle cannot go in a window, or an empty text.

        :param start: naive UTC datetime.
        :param end: naive UTC datetime.
        """
        self.ensure_one()
        return self._dispatch_problems(start, end).get(self.id, "")

    def _dispatch_problems(self, start, end):
        """Return why vehicles cannot go in a window; other trips are not looked at.

        Two queries for any number of vehicles. Other areas add their reasons by
        ``super()``.

        :param start: naive UTC datetime.
        :param end: naive UTC datetime; may be equal to ``start``.
        :return: dict id → text, only of vehicles that cannot go.
        """
        problems = {}
        for vehicle in self:
            day = vehicle._gov_company()._gov_local(end).date()
            if text := vehicle._get_card_problem(day):
                problems[vehicle._origin.id] = text
        kinds = dict(
            self.env["gov.vehicle.booking"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        for vehicle_id, kind, until in self._read_taken(start, end, self._origin.ids):
            if vehicle_id not in problems:
                local = self.env.company._gov_local(until)
                problems[vehicle_id] = self.env._(
                    "%(kind)s until %(day)s %(time)s",
                    kind=kinds[kind],
                    day=format_day(self.env, local.date()),
                    time=f"{local:%H:%M}",
                )
        return problems

    def _get_card_problem(self, day):
        """Return why the vehicle cannot go until ``day`` by its card, or nothing."""
        if self.gov_state == "disposed":
            return self.env._("Disposed of")
        if not self.active:
            return self.env._("Archived")
        if not self.company_id:
            return self.env._("Belongs to no institution")
        if self.keeping == "allocated":
            return self.env._(
                "Allocated to %s", self.department_id.name or self.env._("a section")
            )
        for name in ("inspection_date_to", "insurance_date_to", "licence_date_to"):
            if self[name] and self[name] < day:
                return self._get_lapse_text(name)
        if self.is_rented and self.rental_date_to and self.rental_date_to < day:
            return self._get_lapse_text("rental_date_to")
        return False

    def _get_lapse_text(self, name):
        return self.env._(
            "%(paper)s %(day)s",
            paper=self._fields[name]._description_string(self.env),
            day=format_day(self.env, self[name]),
        )

    @api.model
    def _read_taken(self, start, end, ids=None):
        """Return (vehicle id, kind, until) of repair and sealing in a window."""
        self.env["gov.vehicle.booking"].flush_model()
        which = SQL("")
        if ids is not None:
            which = SQL("AND vehicle_id = ANY(%s)", list(ids))
        return self.env.execute_query(
            SQL(
                """
                SELECT vehicle_id, kind, max(date_end) FROM gov_vehicle_booking
                 WHERE active AND vehicle_id IS NOT NULL %s
                   AND kind IN ('repair', 'sealing')
                   AND date_start <= %s AND date_end > %s
                   AND (date_start < %s OR %s = %s)
                 GROUP BY vehicle_id, kind ORDER BY vehicle_id, kind
                """,
                which,
                end,
                start,
                end,
                start,
                end,
            )
        )
