import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import plain_number

from ..tools import consumption as arithmetic

# What is worked out of a tankful, in the order of _measure_one().
_FIGURES = (
    "tankful_from",
    "tankful_km",
    "tankful_litres",
    "consumption",
    "usual_consumption",
    "usual_spread",
    "usual_count",
    "usual_season",
    "consumption_limit",
)
_NO_FIGURES = (None, None, None, None, None, None, 0, False, None)
_UPDATE_FIGURES = """
   UPDATE gov_fuel_entry entry
      SET tankful_from = new.opened, tankful_km = new.km,
          tankful_litres = new.burnt, consumption = new.rate,
          usual_consumption = new.usual, usual_spread = new.spread,
          usual_count = new.number, usual_season = new.season,
          consumption_limit = new.most
     FROM unnest(%s::int[], %s::timestamp[], %s::numeric[],
                 %s::numeric[], %s::numeric[], %s::numeric[],
                 %s::numeric[], %s::int[], %s::bool[], %s::numeric[])
          AS new (id, opened, km, burnt, rate, usual, spread, number,
                  season, most)
    WHERE entry.id = new.id
      AND (entry.tankful_from, coalesce(entry.tankful_km, 0),
           coalesce(entry.tankful_litres, 0),
           coalesce(entry.consumption, 0),
           coalesce(entry.usual_consumption, 0),
           coalesce(entry.usual_spread, 0),
           coalesce(entry.usual_count, 0),
           coalesce(entry.usual_season, FALSE),
           coalesce(entry.consumption_limit, 0))
          IS DISTINCT FROM
          (new.opened, coalesce(new.km, 0), coalesce(new.burnt, 0),
           coalesce(new.rate, 0), coalesce(new.usual, 0),
           coalesce(new.spread, 0), new.number, new.season,
           coalesce(new.most, 0))
RETURNING entry.id
"""


class GovFuelEntry(models.Model):
    """Consumption from full tank to full tank, against the vehicle's own history.

    What is usual is the middle (median) of the vehicle's own earlier tankfuls of the
    same season; how far they lie apart (median absolute deviation) says how far a
    tankful may be off. One odd tankful moves neither, unlike mean and deviation. Until
    the vehicle has a history, its norm is what it is held against.
    """

    _inherit = "gov.fuel.entry"
    _protected_fields = frozenset(
        {
            "tankful_km",
            "tankful_litres",
            "tankful_from",
            "consumption",
            "usual_consumption",
            "usual_spread",
            "usual_count",
            "usual_season",
            "consumption_limit",
        }
    )

    tankful_from = fields.Datetime(string="Full before at", readonly=True, copy=False)
    tankful_km = fields.Float(
        string="Kilometres", digits=(12, 1), readonly=True, copy=False
    )
    tankful_litres = fields.Float(
        string="Burnt", digits=(12, 2), readonly=True, copy=False
    )
    consumption = fields.Float(
        string="Per 100 km",
        digits=(8, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Litres or kWh per 100 km, from full tank to full tank.",
    )
    usual_consumption = fields.Float(
        string="Usual per 100 km",
        digits=(8, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="The vehicle's own middle figure of this season, else its norm.",
    )
    usual_spread = fields.Float(digits=(8, 3), readonly=True, copy=False)
    usual_count = fields.Integer(readonly=True, copy=False, aggregator=None)
    usual_season = fields.Boolean(readonly=True, copy=False)
    consumption_limit = fields.Float(
        string="May differ by",
        digits=(8, 2),
        readonly=True,
        copy=False,
        aggregator=None,
    )
    deviation = fields.Float(
        string="Off by %", digits=(8, 1), compute="_compute_deviation"
    )
    consumption_text = fields.Text(
        string="Consumption in words", compute="_compute_consumption_text"
    )

    # ------------------------------------------------------------------ computes

    @api.depends("consumption", "usual_consumption")
    def _compute_deviation(self):
        for entry in self:
            usual = entry.usual_consumption
            entry.deviation = (
                100 * (entry.consumption - usual) / usual
                if usual and entry.consumption
                else 0
            )

    @api.depends("consumption", "usual_consumption", "usual_spread", "tankful_km")
    @api.depends_context("lang")
    def _compute_consumption_text(self):
        for entry in self:
            entry.consumption_text = entry._get_consumption_text()

    # ----------------------------------------------------------------- measuring

    @api.model
    def _measure(self, moments):
        """Measure the tankfuls of vehicles anew from given moments on.

        :param moments: dict (vehicle id, kind) → earliest moment that has changed.
        :return: the fills whose figures changed.
        """
        if not moments:
            return self.browse()
        figures = {}
        histories = self._read_histories(moments)
        trips = self.env["gov.vehicle.trip"]
        vehicles = {vehicle_id for vehicle_id, _kind in moments}
        look = trips._prepare_look(self.env["fleet.vehicle"].browse(vehicles))
        for company_id, groups in histories.items():
            company = self.env["res.company"].browse(company_id)
            clauses = self._get_consumption_clauses(company)
            norms = self._read_norms(groups)
            for key, fills in groups.items():
                self._measure_one(fills, look, clauses, norms[key[0]], figures)
        return self._write_figures(histories, moments, figures)

    @api.model
    def _follow_instruments(self, replacements):
        """Measure anew what a replaced odometer parts, or parts no more.

        :param replacements: rows that were entered or taken back just now.
        """
        moments = {}
        for row in replacements:
            for kind in ("fuel", "charge"):
                key = row.vehicle_id.id, kind
                moments[key] = min(row.date, moments.get(key, row.date))
        self.env.flush_all()
        # sudo: consumption follows from fills and readings, whoever entered them.
        engine(self.sudo())._measure(moments)._check_facts()

    @api.model
    def _get_consumption_clauses(self, company):
        return {
            name: self._get_clause_value(f"fuel.consumption.{name}", company)
            for name in ("months", "least", "km", "times", "percent", "norm")
        }

    @api.model
    def _read_histories(self, moments):
        """Return dict company id → dict (vehicle id, kind) → fills in their order."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, vehicle_id, kind, id, date, litres::float8,
                       coalesce(odometer, 0)::float8, coalesce(is_full, FALSE), day
                  FROM gov_fuel_entry
                 WHERE active AND vehicle_id IN %s
                 ORDER BY date, id
                """,
                tuple({vehicle_id for vehicle_id, _kind in moments}),
            )
        )
        histories = {}
        for company_id, vehicle_id, kind, *fill in rows:
            if (vehicle_id, kind) in moments:
                groups = histories.setdefault(company_id, {})
                groups.setdefault((vehicle_id, kind), []).append(arithmetic.Fill(*fill))
        return histories

    @api.model
    def _read_norms(self, groups):
        """Return dict vehicle id → the vehicle, for its norm of a day."""
        # sudo: the norm of a vehicle is no secret.
        vehicles = self.env["fleet.vehicle"].sudo()
        vehicles = vehicles.browse({vehicle_id for vehicle_id, _kind in groups})
        return {vehicle.id: vehicle for vehicle in vehicles}

    @api.model
    def _measure_one(self, fills, look, clauses, vehicle, figures):
        """Put the figures of each tankful of one vehicle into ``figures``.

        :param dict look: its instruments, see ``gov.vehicle.trip._prepare_look``.
        """
        trips, earlier = self.env["gov.vehicle.trip"], []
        breaks = [row[0] for row in look["instruments"].get(vehicle.id, ())]

        def register_on(moment):
            return 10 ** trips._digits_on(vehicle, moment, look)

        for tankful in arithmetic.tankfuls(fills, breaks, register_on):
            first = fields.Datetime.subtract(tankful.closed, months=clauses["months"])
            earlier = [other for other in earlier if other.closed >= first]
            known = limit = None
            if tankful.km >= clauses["km"]:
                known = arithmetic.usual(tankful, earlier, clauses["least"])
                if known:
                    limit = arithmetic.margin(
                        known, clauses["times"], clauses["percent"]
                    )
                elif norm := vehicle._norm_on(tankful.day):
                    known = arithmetic.Usual(norm, 0, 0, False)
                    limit = norm * clauses["norm"] / 100
                earlier.append(tankful)
            figures[tankful.id] = (
                tankful.opened,
                round(tankful.km, 1),
                round(tankful.litres, 2),
                round(tankful.rate, 2),
                round(known.median, 2) if known else None,
                round(known.mad, 3) if known else None,
                known.count if known else 0,
                known.is_season if known else False,
                round(limit, 2) if known else None,
            )

    @api.model
    def _write_figures(self, histories, moments, figures):
        """Write what has changed by one statement; return the fills it changed."""
        ids = [
            fill.id
            for groups in histories.values()
            for key, fills in groups.items()
            for fill in fills
            if fill.date >= moments[key]
        ]
        if not ids:
            return self.browse()
        columns = zip(*(figures.get(id_, _NO_FIGURES) for id_ in ids), strict=True)
        rows = self.env.execute_query(
            SQL(_UPDATE_FIGURES, ids, *(list(column) for column in columns))
        )
        changed = self.browse(id_ for (id_,) in rows)
        changed.invalidate_recordset(
            [*_FIGURES, "deviation", "consumption_text"], flush=False
        )
        return changed

    # ------------------------------------------------------------------ in words

    def _is_off(self):
        """Tell whether the tankful lies outside what is usual."""
        self.ensure_one()
        return bool(
            self.consumption
            and self.usual_consumption
            and round(abs(self.consumption - self.usual_consumption), 2)
            > self.consumption_limit
        )

    def _get_consumption_text(self):
        """Return in words what was burnt, what is usual, and whether that is off."""
        self.ensure_one()
        if not self.consumption:
            return False
        unit = self.env._("kWh") if self.kind == "charge" else self.env._("L")
        zone_day = self._get_local_day(self.tankful_from)
        driven = self.env._(
            "Between the full fills of %(first)s and %(last)s it drove %(km)s km on "
            "%(litres)s %(unit)s: %(rate)s %(unit)s per 100 km.",
            first=format_day(self.env, zone_day),
            last=format_day(self.env, self.day),
            km=plain_number(self.tankful_km),
            litres=plain_number(self.tankful_litres),
            rate=plain_number(self.consumption),
            unit=unit,
        )
        if not self.usual_consumption:
            return driven
        figures = {
            "usual": plain_number(self.usual_consumption),
            "count": self.usual_count,
            "spread": plain_number(round(self.usual_spread, 2)),
        }
        if not self.usual_count:
            usual = self.env._("Its norm is %(usual)s.", usual=figures["usual"])
        elif self.usual_season:
            usual = self.env._(
                "Its own middle figure at this time of the year is %(usual)s "
                "(%(count)s earlier tankfuls, half of them within %(spread)s of it).",
                **figures,
            )
        else:
            usual = self.env._(
                "Its own middle figure is %(usual)s (%(count)s earlier tankfuls of all "
                "seasons, half of them within %(spread)s of it).",
                **figures,
            )
        return f"{driven} {usual} {self._get_verdict()}"

    def _get_verdict(self):
        """Return in words whether the tankful lies outside what is usual."""
        figures = {
            "percent": plain_number(round(abs(self.deviation), 1)),
            "limit": plain_number(self.consumption_limit),
        }
        if not self._is_off():
            return self.env._(
                "That is %(percent)s %% off; it may differ by %(limit)s.",
                **figures,
            )
        if self.deviation > 0:
            return self.env._(
                "That is %(percent)s %% more; it may differ by %(limit)s.", **figures
            )
        return self.env._(
            "That is %(percent)s %% less; it may differ by %(limit)s. A fill that was "
            "not noted, or a reading too high, looks like this.",
            **figures,
        )

    def _get_local_day(self, moment):
        """Return the institution's day of a moment."""
        zone = self.company_id._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).date()
