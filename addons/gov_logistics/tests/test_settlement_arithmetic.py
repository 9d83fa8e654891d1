from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from odoo.addons.gov_logistics.tools import settle


def _day(month, day, year=2026):
    return date(year, month, day)


@tagged("post_install", "-at_install")
class TestArithmetic(BaseCase):
    """The figures of the issue, without the database."""

    def _fee(self, first, last, fee, divisor, within=None):
        share = settle.fee_share(first, last, within or (first, last), divisor)
        return settle.to_cents(share * fee)

    def test_half_a_cent_goes_up(self):
        for value, expected in (
            ("0.005", "0.01"),
            ("0.0049999999", "0.00"),
            ("2.675", "2.68"),
            ("1.005", "1.01"),
            ("-0.005", "-0.01"),
            ("-2.674", "-2.67"),
            (Fraction(1, 3), "0.33"),
        ):
            with self.subTest(value=value):
                found = settle.to_cents(settle.exact(value))
                self.assertEqual(found, Decimal(expected))

    def test_a_float_stands_for_what_people_read(self):
        self.assertEqual(settle.exact(0.1), Fraction(1, 10))
        self.assertEqual(settle.to_cents(settle.exact(1.005)), Decimal("1.01"))

    def test_a_whole_month_is_the_whole_fee(self):
        for month, days in ((1, 31), (2, 28), (4, 30)):
            for divisor in ("calendar", "30"):
                with self.subTest(month=month, divisor=divisor):
                    fee = self._fee(_day(month, 1), _day(month, days), 3850, divisor)
                    self.assertEqual(fee, 3850)
        self.assertEqual(
            self._fee(_day(2, 1, 2024), _day(2, 29, 2024), 3850, "30"), 3850
        )

    def test_first_and_last_day_count(self):
        self.assertEqual(
            self._fee(_day(1, 17), _day(1, 31), 3100, "calendar"), Decimal("1500")
        )
        self.assertEqual(
            self._fee(_day(1, 1), _day(1, 3), 3100, "calendar"), Decimal("300")
        )
        self.assertEqual(self._fee(_day(1, 5), _day(1, 5), 3100, "calendar"), 100)
        self.assertEqual(self._fee(_day(1, 17), _day(1, 31), 3000, "30"), 1500)

    def test_thirty_never_costs_more_than_the_month(self):
        self.assertEqual(self._fee(_day(1, 2), _day(1, 31), 3000, "30"), 3000)
        self.assertEqual(self._fee(_day(1, 3), _day(1, 31), 3000, "30"), 2900)
        self.assertEqual(self._fee(_day(2, 2), _day(2, 28), 3000, "30"), 2700)

    def test_a_new_price_in_the_middle_keeps_the_whole_month_whole(self):
        within = (_day(1, 1), _day(1, 31))
        for divisor in ("calendar", "30"):
            shares = [
                settle.fee_share(_day(1, 1), _day(1, 15), within, divisor),
                settle.fee_share(_day(1, 16), _day(1, 31), within, divisor),
            ]
            self.assertEqual(sum(shares), 1)
            self.assertEqual(shares[0], Fraction(15, 31))

    def test_spans_of_prices(self):
        prices = [
            (Fraction(3), _day(1, 1), _day(1, 15)),
            (Fraction(3), _day(1, 16), _day(1, 20)),
            (Fraction(4), _day(1, 21), None),
        ]
        self.assertEqual(
            settle.price_spans(_day(1, 10), _day(2, 3), prices),
            [
                (_day(1, 10), _day(1, 20), Fraction(3)),
                (_day(1, 21), _day(2, 3), Fraction(4)),
            ],
        )
        self.assertEqual(settle.price_on(prices, _day(1, 20)), 3)
        self.assertEqual(settle.price_on(prices, _day(12, 31, 2025)), 0)

    def _missing(self, days, divisor, posts=1, price=3000, within=None):
        month = min(days)
        within = within or (month.replace(day=1), settle.month_end(month))
        costs = settle.missing_fee(
            days, within, divisor, Fraction(posts), lambda _day: Fraction(price)
        )
        return settle.to_cents(sum(cost for cost, _days in costs.values()))

    def _all_days(self, first, last, count=1):
        return {
            first + timedelta(days=n): Fraction(count)
            for n in range((last - first).days + 1)
        }

    def test_a_missing_post_costs_its_days(self):
        self.assertEqual(
            self._missing({_day(1, 5): Fraction(3)}, "calendar", 18, 3850),
            Decimal("372.58"),
        )
        self.assertEqual(
            self._missing({_day(2, 5): Fraction(1)}, "30", 18, 3000), Decimal("100")
        )

    def test_a_post_missing_all_month_costs_its_month(self):
        january = self._all_days(_day(1, 1), _day(1, 31))
        self.assertEqual(self._missing(january, "30"), 3000)
        self.assertEqual(self._missing(january, "30", posts=18), 3000)
        self.assertEqual(self._missing(january, "calendar"), 3000)
        february = self._all_days(_day(2, 1), _day(2, 28))
        self.assertEqual(self._missing(february, "30"), 2800)
        self.assertEqual(self._missing(february, "calendar"), 3000)

    def test_one_more_on_some_days(self):
        days = self._all_days(_day(1, 1), _day(1, 31))
        days[_day(1, 9)] += 1
        self.assertEqual(self._missing(days, "30", posts=18), 3100)

    def test_never_more_than_the_fee_of_the_line(self):
        self.assertEqual(self._missing({_day(1, 5): Fraction(40)}, "30", posts=1), 3000)
        within = (_day(1, 17), _day(1, 31))
        days = {_day(1, 20): Fraction(100)}
        self.assertEqual(self._missing(days, "30", within=within), 1500)

    def test_the_share_as_text(self):
        self.assertEqual(settle.share_text(Fraction(1)), "1")
        self.assertEqual(settle.share_text(Fraction(15, 31)), "15/31")
        self.assertEqual(settle.share_text(2 + Fraction(1, 2)), "2+1/2")
        self.assertEqual(settle.share_text(Fraction(0)), "0")
