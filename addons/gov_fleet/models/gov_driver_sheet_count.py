import re
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from ..tools import driver_hours

_AWAY = ("outside_city", "outside_province")
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)


class GovDriverSheet(models.Model):
    """Counting: from the trips of the month to hours, allowances and amounts."""

    _inherit = "gov.driver.sheet"

    def _count(self):
        """Write the lines anew from the trips; in the engine's environment."""
        self.ensure_one()
        kept = {
            (line.driver_id.id, line.corrects_id.id): (
                line.adjustment,
                line.adjustment_reason,
            )
            for line in self.line_ids
            if line.adjustment
        }
        self.line_ids.unlink()
        found = self._find_trips()
        trips = found.grouped("driver_id")
        # Who was adjusted stays on the sheet, with or without a trip.
        adjusted = [driver_id for driver_id, corrects_id in kept if not corrects_id]
        people = self.env["hr.employee"].browse(adjusted) | self._union(trips)
        people = people.sorted(lambda person: (person.rank_sequence, person.id))
        rates = self._read_rates()
        rules = self._read_rules()
        kind_of = self._read_days(found)
        later = self._read_later_starts(people)
        vals_list = [
            self._prepare_line(
                person,
                trips.get(person, self.env["gov.vehicle.trip"]),
                (rules, rates, kind_of, later.get(person.id, [])),
                kept.get((person.id, False), (0, False)),
            )
            for person in people
        ]
        vals_list += self._prepare_corrections(kept)
        for number, vals in enumerate(vals_list):
            vals["sequence"] = number
        self.env["gov.driver.sheet.line"].create(vals_list)
        self.invalidate_recordset(["line_ids"], flush=False)
        self.computed_at = fields.Datetime.now()
        self._add_up()

    def _add_up(self):
        """Write the totals of the lines; in the engine's environment."""
        self.write(
            {
                "driver_count": len(self.line_ids.driver_id),
                "amount_total": sum(self.line_ids.mapped("amount_total")),
            }
        )

    def _union(self, trips):
        people = self.env["hr.employee"]
        return people.browse([person.id for person in trips])

    def _find_trips(self):
        """Return the trips that stand on no sheet yet and belong on this one.

        Those that ended in the month, and late entries since the first month that was
        handed over.
        """
        # sudo: the caller has checked the role.
        sheets = self.env["gov.driver.sheet"].sudo()
        handed = sheets.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "handed")],
            order="month",
            limit=1,
        )
        first = min(handed.month or self.month, self.month)
        return (
            # sudo: the sheet counts every trip of the institution, protected ones too.
            self.env["gov.vehicle.trip"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "back"),
                    ("driver_id", "!=", False),
                    ("driver_sheet_line_id", "=", False),
                    ("return_date", ">=", first),
                    ("return_date", "<=", self._last_day()),
                ],
                order="date_start, id",
            )
        )

    def _read_later_starts(self, people):
        """Return driver → departures right after the month, for the rest they had."""
        first = self._last_day() + timedelta(days=1)
        trips = (
            # sudo: as for the trips of the month.
            self.env["gov.vehicle.trip"]
            .sudo()
            .search_fetch(
                [
                    ("driver_id", "in", people.ids),
                    ("state", "in", ("out", "back")),
                    ("date_start", ">=", first - timedelta(days=1)),
                    ("date_start", "<", first + timedelta(days=2)),
                ],
                ["driver_id", "date_start"],
            )
        )
        starts = {}
        for trip in trips:
            starts.setdefault(trip.driver_id.id, []).append(
                self._to_local(trip.date_start)
            )
        return starts

    def _to_local(self, moment):
        zone = self.company_id._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    def _prepare_line(self, person, trips, given, adjusted):
        """Return the values of the line of one driver."""
        rules, rates, kind_of, later = given
        spans = [
            driver_hours.Trip(
                self._to_local(trip.date_start),
                self._to_local(trip.date_end),
                trip.request_id.area in _AWAY,
                trip.distance,
            )
            for trip in trips
        ]
        figures = driver_hours.count(spans, kind_of, rules, later)
        hours = {
            kind: float_round(minutes / 60, precision_digits=2)
            for kind, minutes in figures.minutes.items()
        }
        currency = self.company_id.currency_id
        amounts = {
            "amount_overtime": sum(hours[kind] * rates[kind] for kind in hours),
            "amount_meal": figures.meals * rates["meal"],
            "amount_night": len(figures.nights) * rates["night"],
            "amount_away": len(figures.away) * rates["away"],
        }
        amounts = {name: currency.round(value) for name, value in amounts.items()}
        adjustment, reason = adjusted
        return {
            "sheet_id": self.id,
            "company_id": self.company_id.id,
            "driver_id": person.id,
            "department_id": person._gov_department().id,
            "trip_count": figures.trip_count,
            "day_count": len(figures.days),
            "distance": figures.distance,
            "hours_working": hours["working"],
            "hours_rest": hours["rest"],
            "hours_holiday": hours["holiday"],
            "meal_count": figures.meals,
            "night_count": len(figures.nights),
            "rest_due": figures.rest_due,
            "rest_missed": figures.rest_missed,
            "away_days": len(figures.away),
            **amounts,
            "adjustment": adjustment,
            "adjustment_reason": reason,
            "amount_total": currency.round(sum(amounts.values()) + adjustment),
            "explanation": self._explain(trips, spans),
        }

    @api.model
    def _explain(self, trips, spans):
        """Return the trips of a line in words, one a row."""
        return "\n".join(
            f"{trip.number or trip.display_name}: {span.start:%Y-%m-%d %H:%M} – "
            f"{span.end:%Y-%m-%d %H:%M}, {span.distance:g} km"
            for trip, span in zip(trips, spans, strict=True)
        )

    # === Clauses ===

    def _read_days(self, trips):
        """Return a function day → ``working``, ``rest`` or ``holiday``.

        :param trips: those that are counted; corrected ones may end after the month.
        """
        workdays = self.env["gov.workday"].with_company(self.company_id)
        first = min([self.month, *(trip.date_start.date() for trip in trips)])
        last = max([self._last_day(), *(trip.date_end.date() for trip in trips)])
        calendar = workdays._calendar(
            first - timedelta(days=2), last + timedelta(days=2)
        )
        names = {"workday": "working", "weekend": "rest", "holiday": "holiday"}
        return lambda day: names[calendar.kind(day)[0]]

    def _read_clause(self, code):
        # sudo: the clauses are no secret.
        return (
            self.env["gov.policy"]
            .sudo()
            .get_value(
                f"vehicle.driver.{code}",
                date=self._last_day(),
                company=self.company_id,
            )
        )

    def _read_rates(self):
        """Return the amounts of the month's clauses, yuan per hour or per time."""
        return {
            "working": self._read_clause("overtime.working"),
            "rest": self._read_clause("overtime.rest"),
            "holiday": self._read_clause("overtime.holiday"),
            "meal": self._read_clause("meal.amount"),
            "night": self._read_clause("night.amount"),
            "away": self._read_clause("away.amount"),
        }

    def _read_rules(self):
        """Return what counts, by the month's clauses."""

        def minutes(code):
            return round(self._read_clause(code) * 60)

        return driver_hours.Rules(
            work=self._read_windows("work"),
            meals=self._read_windows("meal.times"),
            meal_minutes=self._read_clause("meal.minutes"),
            night_from=minutes("night.from"),
            night_to=minutes("night.to"),
            rest_until=minutes("rest.until"),
            most=minutes("overtime.most"),
        )

    def _read_windows(self, code):
        """Return the windows of a clause such as ``08:30-12:00, 14:30-18:00``.

        :raise UserError: naming the clause that cannot be read.
        """
        text = self._read_clause(code) or ""
        windows = []
        for part in text.replace("，", ",").replace("：", ":").split(","):
            match = _WINDOW.fullmatch(part.strip())
            numbers = [int(number) for number in match.groups()] if match else []
            times = [
                hour * 60 + minute
                for hour, minute in zip(numbers[::2], numbers[1::2], strict=True)
            ]
            if not match or not 0 <= times[0] < times[1] <= 24 * 60:
                raise UserError(
                    self.env._(
                        "The clause vehicle.driver.%(code)s says “%(text)s”: write "
                        "times as 08:30-12:00, 14:30-18:00.",
                        code=code,
                        text=text,
                    )
                )
            windows.append(tuple(times))
        return tuple(windows)
