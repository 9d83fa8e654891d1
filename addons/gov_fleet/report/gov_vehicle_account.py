from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainOr
from odoo.tools import SQL

from ..models.fleet_vehicle import BODY_TYPES, USAGE_CLASSES

_CONTEXT_KEY = "gov_account_months"
# An id is made of vehicle, month and department, so that a row keeps it.
_MONTHS = 1200
_DEPARTMENTS = 100_000
_FIRST_YEAR = 2000
_MEASURES = (
    "km",
    "trips",
    "fuel_litres",
    "fuel_amount",
    "energy_kwh",
    "energy_amount",
    "repair_amount",
    "insurance_amount",
    "toll_amount",
    "other_amount",
    "protected_km",
    "protected_trips",
    "protected_toll_amount",
    "protected_other_amount",
    "late_km",
    "late_trips",
)
# Days used, one bit each, the first of the month being the lowest.
_DAYS = "days_mask"
# ratio → (numerator, denominator, factor)
_RATIOS = {
    "cost_per_km": ("cost", "km", 1),
    "use_rate": ("days_used", "days", 100),
    "consumption": ("fuel_litres", "km", 100),
}


@dataclass(frozen=True)
class _Months:
    # Made by ``_search`` alone: JSON and XML cannot carry this object, so a caller's
    # context narrows nothing.
    first: date | None
    last: date | None


class GovVehicleAccount(models.Model):
    """The per-vehicle account (单车核算): one row per vehicle, month and department.

    Read straight from trips, fills and repair orders. A trip and what it cost on the
    way count whole in the month of its return, on the institution's clock, for the
    department the vehicle had at departure; fuel and repair by their own day. A vehicle
    in service without any has a row all the same. Months that a domain asks for bound
    what is read, so a month costs a month's rows and not the whole past.

    A day is used when a trip that counts in its month was under way on it, once for the
    vehicle, whatever sections it belonged to. Days before the first of the month in
    which a trip came back belong to no month: what was posted of a month does not
    change with what returns later, and no month has more days used than days.

    Read by those who keep vehicles and by supervision, for their institutions.
    """

    _name = "gov.vehicle.account"
    _description = "Per-vehicle Account"
    _auto = False
    _order = "month desc, vehicle_id, id"
    _rec_name = "vehicle_id"
    _depends = {
        "gov.vehicle.trip": [
            "after_close_at",
            "company_id",
            "cost_amount",
            "date_start",
            "department_id",
            "distance",
            "is_protected",
            "other_amount",
            "parking_amount",
            "return_date",
            "state",
            "toll_amount",
            "vehicle_id",
        ],
        "gov.fuel.entry": [
            "active",
            "amount",
            "company_id",
            "day",
            "department_id",
            "kind",
            "litres",
            "vehicle_id",
        ],
        "fleet.vehicle.log.services": [
            "amount",
            "amount_billed",
            "bill_date",
            "company_id",
            "date",
            "order_kind",
            "order_state",
            "state",
            "vehicle_id",
        ],
        "gov.vehicle.department": ["date_from", "department_id", "vehicle_id"],
        "fleet.vehicle": [
            "body_type",
            "company_id",
            "department_id",
            "disposed_on",
            "is_rented",
            "keeping",
            "registered_on",
            "usage_class",
        ],
        "res.company": ["gov_tz"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(
        "fleet.vehicle", readonly=True, context={"active_test": False}
    )
    month = fields.Date(readonly=True, help="Its first day.")
    month_name = fields.Char(string="Year and month", compute="_compute_month_name")
    department_id = fields.Many2one("hr.department", readonly=True)
    usage_class = fields.Selection(USAGE_CLASSES, string="Class", readonly=True)
    body_type = fields.Selection(BODY_TYPES, string="Body", readonly=True)
    keeping = fields.Selection(
        [
            ("pool", "Pool"),
            ("allocated", "Allocated to a section"),
            ("custody", "Kept for another unit"),
        ],
        readonly=True,
    )
    is_rented = fields.Boolean(string="Rented", readonly=True)
    km = fields.Float(digits=(12, 1), readonly=True)
    trips = fields.Integer(string="Number of trips", readonly=True)
    days_used = fields.Integer(
        readonly=True,
        help="Days of the month on which a trip was under way that came back in it.",
    )
    days = fields.Integer(
        string="Days of the month", readonly=True, help="Up to today."
    )
    fuel_litres = fields.Float(string="Fuel (L)", digits=(12, 2), readonly=True)
    fuel_amount = fields.Monetary(string="Fuel", readonly=True)
    energy_kwh = fields.Float(string="Energy (kWh)", digits=(12, 2), readonly=True)
    energy_amount = fields.Monetary(string="Charging cost", readonly=True)
    repair_amount = fields.Monetary(string="Repair", readonly=True)
    insurance_amount = fields.Monetary(string="Insurance", readonly=True)
    toll_amount = fields.Monetary(string="Tolls and parking", readonly=True)
    other_amount = fields.Monetary(string="Other costs", readonly=True)
    cost = fields.Monetary(string="Total cost", readonly=True)
    cost_per_km = fields.Monetary(readonly=True, aggregator="avg")
    use_rate = fields.Float(
        string="Use rate (%)", digits=(6, 1), readonly=True, aggregator="avg"
    )
    consumption = fields.Float(
        string="Fuel per 100 km", digits=(8, 2), readonly=True, aggregator="avg"
    )
    protected_km = fields.Float(digits=(12, 1), readonly=True)
    protected_trips = fields.Integer(readonly=True)
    protected_toll_amount = fields.Monetary(
        string="Tolls of protected trips", readonly=True
    )
    protected_other_amount = fields.Monetary(
        string="Other costs of protected trips", readonly=True
    )
    late_trips = fields.Integer(
        string="Trips after the close",
        readonly=True,
        help="Entered or corrected after the month was signed, posted or closed; among "
        "the trips.",
    )
    late_km = fields.Float(string="Km after the close", digits=(12, 1), readonly=True)
    previous_km = fields.Float(
        string="Km, month before", digits=(12, 1), compute="_compute_previous"
    )
    previous_cost = fields.Monetary(
        string="Cost, month before", compute="_compute_previous"
    )
    rank = fields.Integer(
        compute="_compute_rank",
        help="By cost per km among the vehicles of the class in the month, the "
        "dearest first; vehicles without km have none.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("month")
    def _compute_month_name(self):
        for row in self:
            row.month_name = f"{row.month:%Y-%m}" if row.month else False

    @api.depends("vehicle_id", "month")
    def _compute_previous(self):
        """Fill in the month before, of the vehicle as a whole, by one query."""
        months = {row.month - relativedelta(months=1) for row in self if row.month}
        groups = self._read_group(
            [("month", "in", list(months)), ("vehicle_id", "in", self.vehicle_id.ids)],
            ["vehicle_id", "month:month"],
            ["km:sum", "cost:sum"],
        )
        before = {
            (vehicle.id, month): (km, cost) for vehicle, month, km, cost in groups
        }
        for row in self:
            month = row.month and row.month - relativedelta(months=1)
            row.previous_km, row.previous_cost = before.get(
                (row.vehicle_id.id, month), (0, 0)
            )

    @api.depends("vehicle_id", "month", "usage_class")
    def _compute_rank(self):
        """Rank the vehicles of each class and month by cost per km, by one query."""
        months = {row.month for row in self if row.month}
        groups = self._read_group(
            [("month", "in", list(months)), ("km", ">", 0)],
            ["company_id", "month:month", "usage_class", "vehicle_id"],
            ["cost:sum", "km:sum"],
        )
        by_class = {}
        for company, month, usage_class, vehicle, cost, km in groups:
            key = company.id, month, usage_class
            by_class.setdefault(key, {})[vehicle.id] = round(cost / km, 6)
        ranks = {}
        for key, figures in by_class.items():
            places = {}
            for place, value in enumerate(sorted(figures.values(), reverse=True), 1):
                places.setdefault(value, place)
            for vehicle_id, value in figures.items():
                ranks[(*key, vehicle_id)] = places[value]
        for row in self:
            row.rank = ranks.get(
                (row.company_id.id, row.month, row.usage_class, row.vehicle_id.id), 0
            )

    # ------------------------------------------------------------------ read group

    def _read_group_select(self, aggregate_spec, query):
        """A ratio of a group is that of its sums, not the mean of the rows'."""
        name = aggregate_spec.partition(":")[0]
        if name not in _RATIOS:
            return super()._read_group_select(aggregate_spec, query)
        above, below, factor = _RATIOS[name]
        return SQL(
            "%s * sum(%s) / NULLIF(sum(%s), 0)",
            factor,
            self._field_to_sql(self._table, above, query),
            self._field_to_sql(self._table, below, query),
        )

    # ---------------------------------------------------------------------- search

    def _search(self, domain, *args, **kwargs):
        """Bound what is read by the months that the domain asks for."""
        # Full: days such as “today -1y” are days then.
        found = self._find_months(Domain(domain).optimize_full(self))
        bounds = _Months(*found)
        bounded = self.with_context(**{_CONTEXT_KEY: bounds})
        return super(GovVehicleAccount, bounded)._search(domain, *args, **kwargs)

    @api.model
    def _find_months(self, domain):
        """Return the first and the last month that can meet ``domain``.

        :return: (date or None, date or None), None where it is open.
        """
        if isinstance(domain, DomainAnd | DomainOr):
            found = [self._find_months(child) for child in domain.children]
            firsts, lasts = zip(*found, strict=True)
            if isinstance(domain, DomainAnd):
                return (
                    max((day for day in firsts if day), default=None),
                    min((day for day in lasts if day), default=None),
                )
            return (
                None if None in firsts else min(firsts),
                None if None in lasts else max(lasts),
            )
        if not isinstance(domain, DomainCondition):
            return None, None
        name, operator, value = domain.field_expr, domain.operator, domain.value
        if name == "id" and operator == "in":
            return self._span([_month_of_id(id_) for id_ in value if id_])
        if name != "month":
            return None, None
        if operator == "in":
            return self._span(value)
        if isinstance(value, date):
            return (
                value if operator in (">", ">=") else None,
                value if operator in ("<", "<=") else None,
            )
        return None, None

    @api.model
    def _span(self, days):
        days = list(days)
        if not days or not all(isinstance(day, date) for day in days):
            return None, None
        return min(days), max(days)

    # ----------------------------------------------------------------------- query

    @property
    def _table_query(self):
        months = self.env.context.get(_CONTEXT_KEY)
        if not isinstance(months, _Months):
            months = _Months(None, None)
        sums = SQL(", ").join(
            SQL("sum(part.%(name)s) AS %(name)s", name=SQL.identifier(name))
            for name in _MEASURES
        )
        return SQL(
            """
            SELECT (figure.vehicle_id::bigint * %(months)s
                    + (extract(year FROM figure.month)::bigint - %(first_year)s) * 12
                    + extract(month FROM figure.month)::bigint) * %(departments)s
                   + coalesce(figure.department_id, 0) AS id,
                   figure.*, vehicle.*, figure.cost_total AS cost,
                   figure.cost_total / NULLIF(figure.km, 0) AS cost_per_km,
                   100.0 * figure.days_used / figure.month_days AS use_rate,
                   100.0 * figure.fuel_litres / NULLIF(figure.km, 0) AS consumption,
                   CASE WHEN figure.place = 1 THEN figure.month_days ELSE 0 END AS days
              FROM (
                SELECT part.company_id, part.vehicle_id, part.department_id, part.month,
                       %(sums)s,
                       -- What two departments share counts for the first of them.
                       bit_count((bit_or(part.days_mask) & ~coalesce(
                           bit_or(bit_or(part.days_mask)) OVER (
                               section ROWS BETWEEN UNBOUNDED PRECEDING
                                                AND 1 PRECEDING), 0)
                       )::bit(64)) AS days_used,
                       row_number() OVER section AS place,
                       sum(part.fuel_amount + part.energy_amount + part.repair_amount
                           + part.insurance_amount + part.toll_amount
                           + part.other_amount) AS cost_total,
                       greatest(1, least((part.month + interval '1 month')::date,
                           %(today)s::date + 1) - part.month) AS month_days
                  FROM (%(parts)s) part
                 GROUP BY part.company_id, part.vehicle_id, part.department_id,
                          part.month
                WINDOW section AS (PARTITION BY part.vehicle_id, part.month
                                   ORDER BY part.department_id NULLS LAST)
              ) figure
             CROSS JOIN LATERAL (
                   -- One look-up by row; the planner would guess one row and pair all.
                   SELECT usage_class, body_type, keeping, is_rented
                     FROM fleet_vehicle WHERE id = figure.vehicle_id LIMIT 1
             ) vehicle
            """,
            months=_MONTHS,
            first_year=_FIRST_YEAR,
            departments=_DEPARTMENTS,
            sums=sums,
            today=self.env.company.gov_today(),
            parts=self._query_parts(months),
        )

    def _query_parts(self, months):
        """Return the SQL of what adds up to the rows, by source."""
        companies = self.env.companies.ids or [0]
        return SQL(" UNION ALL ").join(
            [
                self._query_trips(months, companies),
                self._query_fuel(months, companies),
                self._query_services(months, companies),
                self._query_idle(months, companies),
            ]
        )

    def _select(self, **values):
        """Return the SELECT list of a part: its measures, the others zero."""
        return SQL(", ").join(
            SQL("%s AS %s", values.get(name, SQL("0")), SQL.identifier(name))
            for name in (*_MEASURES, _DAYS)
        )

    def _between(self, column, months):
        """Return the SQL that bounds a day by the months asked for."""
        bounds = [SQL("true")]
        if months.first:
            bounds.append(SQL("%s >= %s", column, months.first.replace(day=1)))
        if months.last:
            after = months.last.replace(day=1) + relativedelta(months=1)
            bounds.append(SQL("%s < %s", column, after))
        return SQL(" AND ").join(bounds)

    def _query_trips(self, months, companies):
        def of(*columns, where=None):
            amounts = [
                SQL("coalesce(%s, 0)", SQL.identifier("trip", column))
                for column in columns
            ]
            return SQL(
                "coalesce(sum(%s) FILTER (WHERE %s), 0)",
                SQL(" + ").join(amounts),
                where or SQL("true"),
            )

        secret, late = SQL("trip.is_protected"), SQL("trip.after_close_at IS NOT NULL")
        measures = self._select(
            km=of("distance"),
            trips=SQL("count(*)"),
            toll_amount=of("toll_amount", "parking_amount"),
            other_amount=of("other_amount"),
            protected_km=of("distance", where=secret),
            protected_trips=SQL("count(*) FILTER (WHERE %s)", secret),
            protected_toll_amount=of("toll_amount", "parking_amount", where=secret),
            protected_other_amount=of("other_amount", where=secret),
            late_km=of("distance", where=late),
            late_trips=SQL("count(*) FILTER (WHERE %s)", late),
            # From the first to the last day in the month, one bit each.
            days_mask=SQL(
                "bit_or((1::bigint << extract(day FROM trip.return_date)::int)"
                " - (1::bigint << extract(day FROM day.first)::int - 1))"
            ),
        )
        return SQL(
            """
            SELECT trip.company_id, trip.vehicle_id, trip.department_id,
                   date_trunc('month', trip.return_date::timestamp)::date AS month, %s
              FROM gov_vehicle_trip trip
              JOIN res_company company ON company.id = trip.company_id
             CROSS JOIN LATERAL (
                   SELECT greatest(
                       date_trunc('month', trip.return_date::timestamp)::date,
                       least(trip.return_date, (trip.date_start AT TIME ZONE 'UTC'
                           AT TIME ZONE coalesce(company.gov_tz, 'UTC'))::date)
                   ) AS first
             ) day
             WHERE trip.state = 'back' AND trip.company_id = ANY(%s) AND %s
             GROUP BY 1, 2, 3, 4
            """,
            measures,
            companies,
            self._between(SQL("trip.return_date"), months),
        )

    def _query_fuel(self, months, companies):
        def of(kind, column):
            return SQL(
                "coalesce(sum(%s) FILTER (WHERE (entry.kind = 'charge') = %s), 0)",
                SQL.identifier("entry", column),
                kind == "charge",
            )

        measures = self._select(
            fuel_litres=of("fuel", "litres"),
            fuel_amount=of("fuel", "amount"),
            energy_kwh=of("charge", "litres"),
            energy_amount=of("charge", "amount"),
        )
        return SQL(
            """
            SELECT entry.company_id, entry.vehicle_id, entry.department_id,
                   date_trunc('month', entry.day::timestamp)::date AS month, %s
              FROM gov_fuel_entry entry
             WHERE entry.active AND entry.company_id = ANY(%s) AND %s
             GROUP BY 1, 2, 3, 4
            """,
            measures,
            companies,
            self._between(SQL("entry.day"), months),
        )

    def _query_services(self, months, companies):
        """Orders that were accepted, by the date of the bill, and core's plain logs."""
        # Insurance has a column of its own, the inspection's fee none.
        measures = self._select(
            repair_amount=SQL("CASE WHEN kind = 'repair' THEN amount ELSE 0 END"),
            insurance_amount=SQL("CASE WHEN kind = 'insurance' THEN amount ELSE 0 END"),
            other_amount=SQL("CASE WHEN kind = 'other' THEN amount ELSE 0 END"),
        )
        day = SQL("coalesce(service.bill_date, service.date)")
        return SQL(
            """
            SELECT company_id, vehicle_id, department_id,
                   date_trunc('month', day)::date AS month, %s
              FROM (
                SELECT service.company_id, service.vehicle_id,
                       %s AS department_id, %s AS day,
                       CASE WHEN service.order_kind = 'insurance' THEN 'insurance'
                            WHEN service.order_kind IN ('inspection', 'other')
                            THEN 'other' ELSE 'repair' END AS kind,
                       coalesce(CASE WHEN service.order_kind IS NULL
                                     THEN service.amount
                                     ELSE service.amount_billed END, 0) AS amount
                  FROM fleet_vehicle_log_services service
                  JOIN fleet_vehicle vehicle ON vehicle.id = service.vehicle_id
                 WHERE service.company_id = ANY(%s) AND %s AND %s IS NOT NULL
                   AND CASE WHEN service.order_kind IS NULL THEN service.state = 'done'
                            ELSE service.order_state IN ('accepted', 'done') END
              ) billed
            """,
            measures,
            self._query_department(day),
            day,
            companies,
            self._between(day, months),
            day,
        )

    def _query_department(self, day):
        """Return the SQL of the department that ``vehicle`` had on ``day``."""
        return SQL(
            """
            coalesce(
                (SELECT belongs.department_id FROM gov_vehicle_department belongs
                  WHERE belongs.vehicle_id = vehicle.id AND belongs.date_from <= %s
                  ORDER BY belongs.date_from DESC LIMIT 1),
                (SELECT belongs.department_id FROM gov_vehicle_department belongs
                  WHERE belongs.vehicle_id = vehicle.id
                  ORDER BY belongs.date_from LIMIT 1),
                vehicle.department_id)
            """,
            day,
        )

    def _query_idle(self, months, companies):
        """A row of zeros for each month in which a vehicle was in service.

        The account begins with the institution's first trip, whatever months are asked
        for, so that a row is the same however it is found.
        """
        last = SQL(
            "date_trunc('month', (now() AT TIME ZONE coalesce(company.gov_tz, 'UTC')))"
        )
        first = SQL(
            "greatest(known.first, date_trunc('month',"
            " coalesce(vehicle.registered_on, vehicle.create_date)))"
        )
        if months.last:
            last = SQL("least(%s, %s::timestamp)", last, months.last.replace(day=1))
        if months.first:
            first = SQL(
                "greatest(%s, %s::timestamp)", first, months.first.replace(day=1)
            )
        day = SQL("(month + interval '1 month' - interval '1 day')::date")
        return SQL(
            """
            SELECT vehicle.company_id, vehicle.id AS vehicle_id,
                   %s AS department_id, month::date AS month, %s
              FROM res_company company
             CROSS JOIN LATERAL (
                   SELECT date_trunc('month', min(trip.return_date)) AS first
                     FROM gov_vehicle_trip trip
                    WHERE trip.state = 'back' AND trip.company_id = company.id
             ) known
              JOIN fleet_vehicle vehicle ON vehicle.company_id = company.id
             CROSS JOIN LATERAL generate_series(
                   %s, least(%s, vehicle.disposed_on::timestamp), interval '1 month'
             ) month
             WHERE company.id = ANY(%s)
            """,
            self._query_department(day),
            self._select(),
            first,
            last,
            companies,
        )


def _month_of_id(row_id):
    """Return the month that an id stands for, None for one that stands for none."""
    number = row_id // _DEPARTMENTS % _MONTHS - 1
    if number < 0:
        return None
    return date(_FIRST_YEAR + number // 12, number % 12 + 1, 1)
