import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..tools import driver_hours
from ..tools.driver_hours import Rules, Trip

RULES = Rules(
    work=((510, 720), (870, 1080)),  # 08:30-12:00, 14:30-18:00
    meals=((720, 780), (1080, 1140)),  # 12:00-13:00, 18:00-19:00
    meal_minutes=30,
    night_from=1320,
    night_to=360,
    rest_until=720,
    most=480,
)
MONDAY = date(2026, 11, 16)
HOLIDAY = date(2026, 10, 1)
MAKE_UP = date(2026, 10, 10)  # a Saturday on which everybody works


def kind_of(day):
    if day == HOLIDAY:
        return "holiday"
    if day == MAKE_UP:
        return "working"
    return "rest" if day.weekday() >= 5 else "working"


def at(day, text):
    hour, minute = map(int, text.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute)


def trip(day, start, end, days=0, away=False, km=10):
    return Trip(at(day, start), at(day + timedelta(days=days), end), away, km)


@tagged("post_install", "-at_install")
class TestDriverHours(BaseCase):
    """From trips to hours, meals, late returns and rest."""

    def _count(self, *trips, starts=()):
        return driver_hours.count(list(trips), kind_of, RULES, starts)

    def test_within_working_time(self):
        figures = self._count(trip(MONDAY, "09:00", "11:30"))
        self.assertEqual(figures.minutes, {"working": 0, "rest": 0, "holiday": 0})
        self.assertEqual((figures.meals, figures.nights), (0, set()))
        self.assertEqual((figures.trip_count, figures.distance), (1, 10))

    def test_evening(self):
        # 17:00-20:30: 2.5 hours after six, less half an hour for the meal
        figures = self._count(trip(MONDAY, "17:00", "20:30"))
        self.assertEqual(figures.minutes["working"], 120)
        self.assertEqual(figures.meals, 1)

    def test_noon(self):
        # The whole noon break on the road: 2.5 hours less the meal.
        figures = self._count(trip(MONDAY, "11:00", "15:00"))
        self.assertEqual((figures.minutes["working"], figures.meals), (120, 1))
        # Back in the middle of the meal: no meal on the road.
        figures = self._count(trip(MONDAY, "11:00", "12:30"))
        self.assertEqual((figures.minutes["working"], figures.meals), (30, 0))

    def test_days_off(self):
        saturday = MONDAY + timedelta(days=5)
        figures = self._count(trip(saturday, "08:00", "11:00"))
        self.assertEqual(figures.minutes, {"working": 0, "rest": 180, "holiday": 0})
        figures = self._count(trip(HOLIDAY, "08:00", "11:00"))
        self.assertEqual(figures.minutes["holiday"], 180)
        figures = self._count(trip(MAKE_UP, "08:00", "11:00"))
        self.assertEqual(figures.minutes, {"working": 30, "rest": 0, "holiday": 0})

    def test_over_midnight_into_a_holiday(self):
        eve = HOLIDAY - timedelta(days=1)
        figures = self._count(trip(eve, "22:30", "01:00", days=1))
        self.assertEqual(figures.minutes, {"working": 90, "rest": 0, "holiday": 60})
        self.assertEqual(figures.nights, {eve})
        # The morning after is a holiday: no rest is due.
        self.assertEqual(figures.rest_due, 0)
        self.assertEqual(len(figures.days), 2)

    def test_until_midnight_is_one_day(self):
        figures = self._count(trip(MONDAY, "22:00", "00:00", days=1))
        self.assertEqual(figures.days, {MONDAY})
        self.assertEqual(figures.minutes["working"], 120)
        self.assertEqual(figures.nights, {MONDAY})

    def test_late_return_and_rest(self):
        late = trip(MONDAY, "19:00", "22:00")
        self.assertEqual(self._count(late).nights, {MONDAY})
        self.assertFalse(self._count(trip(MONDAY, "19:00", "21:59")).nights)
        figures = self._count(late)
        self.assertEqual((figures.rest_due, figures.rest_missed), (1, 0))
        tuesday = MONDAY + timedelta(days=1)
        figures = self._count(late, trip(tuesday, "11:59", "13:00"))
        self.assertEqual((figures.rest_due, figures.rest_missed), (1, 1))
        figures = self._count(late, trip(tuesday, "12:00", "13:00"))
        self.assertEqual(figures.rest_missed, 0)
        # The morning belongs to a trip of the next month.
        figures = self._count(late, starts=[at(tuesday, "09:00")])
        self.assertEqual(figures.rest_missed, 1)
        # Two late returns of one evening are one.
        figures = self._count(late, trip(MONDAY, "22:10", "23:00"))
        self.assertEqual(len(figures.nights), 1)

    def test_overlap_counts_once(self):
        figures = self._count(
            trip(MONDAY, "19:00", "21:00"), trip(MONDAY, "20:00", "21:30")
        )
        self.assertEqual(figures.minutes["working"], 150)
        self.assertEqual(figures.trip_count, 2)

    def test_touching_trips_are_one_stretch(self):
        figures = self._count(
            trip(MONDAY, "17:00", "18:20"), trip(MONDAY, "18:20", "19:30")
        )
        self.assertEqual((figures.minutes["working"], figures.meals), (60, 1))

    def test_the_most_of_a_day(self):
        saturday = MONDAY + timedelta(days=5)
        figures = self._count(trip(saturday, "06:00", "20:00"))
        self.assertEqual(figures.minutes["rest"], 480)

    def test_nights_away_are_rest(self):
        # Three days outside the city: the nights from ten to six do not count.
        figures = self._count(trip(MONDAY, "08:30", "18:00", days=2, away=True))
        self.assertEqual(len(figures.away), 3)
        days = [150 - 30 + 240 - 30, 150 + 150 - 30 + 240 - 30, 150 + 150 - 30]
        self.assertEqual(figures.minutes["working"], sum(min(d, 480) for d in days))
        # A whole night at the wheel in the city counts.
        figures = self._count(trip(MONDAY, "21:00", "07:00", days=1))
        self.assertEqual(figures.minutes["working"], 180 + 420)

    def test_against_plain_reckoning(self):
        """Minute by minute, over a hundred months drawn at random."""
        rng = random.Random(19)
        for _month in range(60):
            trips = []
            for _number in range(rng.randint(0, 12)):
                start = at(MONDAY, "00:00") + timedelta(minutes=rng.randint(0, 9000))
                length = rng.choice((15, 90, 240, 700, 1500))
                end = start + timedelta(minutes=rng.randint(1, length))
                trips.append(Trip(start, end, False, 1))
            figures = driver_hours.count(trips, kind_of, RULES)
            self.assertEqual(figures.minutes, self._plain(trips), trips)

    def _plain(self, trips):
        road = set()
        for start, end, _away, _km in trips:
            while start < end:
                road.add(start)
                start += timedelta(minutes=1)
        days = defaultdict(set)
        for moment in road:
            days[moment.date()].add(moment.hour * 60 + moment.minute)
        totals = {"working": 0, "rest": 0, "holiday": 0}
        for day, minutes in days.items():
            kind = kind_of(day)
            work = set()
            if kind == "working":
                for first, last in RULES.work:
                    work.update(range(first, last))
            total = len(minutes - work)
            for first, last in RULES.meals:
                meal = set(range(first, last))
                if meal <= minutes:
                    total -= min(RULES.meal_minutes, len(meal - work))
            totals[kind] += min(max(total, 0), RULES.most)
        return totals
