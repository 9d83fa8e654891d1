from collections import namedtuple
from datetime import date as Date
from datetime import timedelta

from chinese_calendar import Holiday

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.days import to_day

# Ten years: whatever is longer is a typing error.
_MAX_DAYS = 3660
_FIRST_YEAR, _LAST_YEAR = 1950, 2200
_ONE_DAY = timedelta(days=1)

Day = namedtuple("Day", "date kind name counted")


class _Calendar:
    """The days that differ from the plain week, and the years known officially."""

    def __init__(self, rows):
        self.exceptions = {}
        self.official_years = set()
        # Shared rows first: an institution's own row replaces the shared one.
        for row in rows.sorted(lambda row: bool(row.company_id)):
            self.exceptions[row.date] = row.kind, row.name
            if row.official and not row.company_id:
                self.official_years.add(row.date.year)

    def kind(self, day):
        if day in self.exceptions:
            return self.exceptions[day]
        return ("weekend" if day.weekday() >= 5 else "workday"), ""

    def is_working(self, day):
        return self.kind(day)[0] == "workday"

    def day(self, day, counted):
        return Day(day, *self.kind(day), counted)


class GovWorkday(models.Model):
    """Days that differ from the plain week: holidays, and weekends that are worked.

    The institutions of the country share one calendar; an institution may add days of
    its own (a local holiday), which go before the shared ones. A year counts as known
    when its official plan has been loaded; until then its working days are Monday to
    Friday and whatever falls into it is provisional.

    Everybody counts with it; the approval administrator keeps it.
    """

    _name = "gov.workday"
    _description = "Holiday or Worked Weekend"
    _order = "date desc, id desc"

    date = fields.Date(required=True)
    kind = fields.Selection(
        [("holiday", "Day off"), ("workday", "Working day")],
        required=True,
        default="holiday",
    )
    name = fields.Char(required=True, translate=True, help="e.g. Spring Festival")
    source = fields.Char(help="The notice that says so, or the list it comes from.")
    official = fields.Boolean(help="Set when the day comes from the official notice.")
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index="btree_not_null",
        help="Empty: for every institution.",
    )
    year = fields.Integer(
        compute="_compute_year", store=True, index=True, aggregator=None
    )

    _one_row_a_day = models.UniqueIndex(
        "(date, coalesce(company_id, 0))",
        "This day is in the calendar already.",
    )

    @api.depends("date")
    def _compute_year(self):
        for workday in self:
            workday.year = workday.date.year if workday.date else 0

    @api.depends("date", "name")
    def _compute_display_name(self):
        for workday in self:
            workday.display_name = f"{workday.date or ''} {workday.name or ''}".strip()

    # === Public methods ===

    @api.model
    def is_working_day(self, date):
        """Tell whether ``date`` is worked at the current company.

        :param date: date or ISO string.
        :raise UserError: not a date.
        """
        day = self._to_day(date)
        return self._calendar(day, day).is_working(day)

    @api.model
    def add_working_days(self, date, n):
        """Return the day ``n`` working days after ``date``.

        :param date: start, not counted itself.
        :param int n: not negative; 0 gives the start, whatever day it is.
        :raise UserError: not a date, or no such number of days.
        """
        start, number = self._to_day(date), self._to_number(n)
        days, _calendar = self._count(start, number, "working_day")
        return days[-1].date if days else start

    @api.model
    def deadline(self, date, number, unit, roll="next_working_day"):
        """Return the last day of a term and how it was counted.

        The day of the event is not counted (Civil Code, articles 201 and 203); a term
        that would end on a day off ends on the next working day.

        :param date: day of the event, e.g. of receipt.
        :param int number: length of the term.
        :param str unit: ``working_day`` or ``calendar_day``; each rule names its own.
        :param str roll: ``next_working_day`` or ``none``.
        :return: dict with ``date``; ``provisional``, true when a day falls into a year
            without its official plan; ``days``, each day counted or passed over as
            dict of ``date``, ``kind`` (workday, holiday, weekend), ``name``,
            ``counted``.
        :raise UserError: not a date, no such number, unit or roll.
        """
        start, number = self._to_day(date), self._to_number(number)
        for value, known in (
            (unit, ("working_day", "calendar_day")),
            (roll, ("next_working_day", "none")),
        ):
            if value not in known:
                raise UserError(
                    self.env._(
                        "“%(value)s” is unknown here; possible are: %(known)s.",
                        value=value,
                        known=list(known),
                    )
                )
        days, calendar = self._count(start, number, unit)
        last = days[-1].date if days else start
        if roll == "next_working_day":
            while not calendar.is_working(last):
                last += _ONE_DAY
                days.append(calendar.day(last, counted=False))
        years = {day.date.year for day in days} | {last.year}
        return {
            "date": last,
            "provisional": not years <= calendar.official_years,
            "days": [day._asdict() for day in days],
        }

    # === Helpers ===

    def _translate_names(self):
        """Give the names that chinesecalendar knows in Chinese where that is used."""
        languages = [
            code
            for code, _name in self.env["res.lang"].get_installed()
            if code[:2] == "zh"
        ]
        chinese = {holiday.value: holiday.chinese for holiday in Holiday}
        for name, days in self.grouped("name").items():
            for code in languages if name in chinese else ():
                days.with_context(lang=code).name = chinese[name]

    @api.model
    def _count(self, start, number, unit):
        """Return the days up to the ``number``-th after ``start``, and the calendar."""
        calendar = self._calendar(start)
        days, day, counted = [], start, 0
        while counted < number:
            day += _ONE_DAY
            counts = unit == "calendar_day" or calendar.is_working(day)
            days.append(calendar.day(day, counts))
            counted += counts
        return days, calendar

    @api.model
    def _calendar(self, first, last=None):
        """Load what is known from ``first`` to ``last`` (or on), in one query."""
        last = last or Date(_LAST_YEAR, 12, 31)
        # sudo: which days are worked is public; served units' portal users and
        # scheduled jobs ask too.
        return _Calendar(
            self.sudo().search_fetch(
                Domain("date", ">=", Date(first.year, 1, 1))
                & Domain("date", "<=", last)
                & Domain("company_id", "in", [self.env.company.id, False]),
                ["date", "kind", "name", "official", "company_id"],
                order="date",
            )
        )

    @api.model
    def _to_day(self, value):
        day = to_day(self.env, value)
        if not day or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise UserError(
                self.env._(
                    "“%(value)s” is not a date that can be counted from. Write it as "
                    "YYYY-MM-DD.",
                    value=value or "",
                )
            )
        return day

    @api.model
    def _to_number(self, value):
        if type(value) is not int or not 0 <= value <= _MAX_DAYS:
            raise UserError(
                self.env._(
                    "“%(value)s” is no number of days: a whole number from 0 to "
                    "%(most)s is needed.",
                    value=value,
                    most=_MAX_DAYS,
                )
            )
        return value
