"""The twelve months up to today: their first and last days."""

import calendar
from collections import namedtuple
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

Month = namedtuple("Month", "index first last")
# Twelve whole months, then the one in which we are.
WHOLE = 12


class Window:
    """Twelve whole months and the current one, counted from the oldest.

    :ivar months: thirteen of them; the last is the current month.
    """

    def __init__(self, loader):
        self.company = loader.company
        today = loader.company.gov_today()
        self.workdays = Workdays(loader.env["gov.workday"], today)
        self.set_today(today)

    def set_today(self, today):
        """Count the months from ``today``, which may be a day of the last year."""
        self.today = today
        start = self.today.replace(day=1) - relativedelta(months=WHOLE)
        self.months = [self._month(start, index) for index in range(WHOLE + 1)]
        self.whole = self.months[:WHOLE]
        self.last = self.months[WHOLE - 1]
        self.current = self.months[WHOLE]

    @staticmethod
    def _month(start, index):
        first = start + relativedelta(months=index)
        days = calendar.monthrange(first.year, first.month)[1]
        return Month(index, first, first.replace(day=days))

    def first(self, index):
        """Return the first day of a month, also of one to come."""
        return self.months[0].first + relativedelta(months=index)

    def last_day(self, index):
        return self.first(index + 1) - relativedelta(days=1)

    def past(self, month, day):
        """Return the last such day before today."""
        found = date(self.today.year, month, day)
        return found if found < self.today else found.replace(year=found.year - 1)

    def utc(self, day, hour, minute=0):
        """Return the moment in UTC of a local time of day."""
        return self.company._gov_utc(datetime.combine(day, time(hour, minute)))

    def after(self, day, number):
        """Return the day ``number`` working days later."""
        return self.workdays.add_working_days(day, number)


class Workdays:
    """The agency's working days around today, asked for once."""

    def __init__(self, workdays, today):
        start = today - timedelta(days=800)
        self.calendar = workdays._calendar(start, today + timedelta(days=400))

    def is_working_day(self, day):
        return self.calendar.is_working(day)

    def add_working_days(self, day, number):
        while number:
            day += timedelta(days=1)
            number -= self.calendar.is_working(day)
        return day
