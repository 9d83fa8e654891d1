from datetime import timedelta

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_desk import DeskCase


@tagged("post_install", "-at_install")
class TestServiceCatalogue(DeskCase):
    """Services, their prices from a day on, and rooms."""

    def _price(self, price, first, last=False, item=None):
        return self._as(self.env["gov.service.price"], self.centre_user).create(
            {
                "item_id": (item or self.lamp).id,
                "price": price,
                "date_from": first,
                "date_to": last,
            }
        )

    def test_price_of_the_day(self):
        self._price(45, "2026-01-01", "2026-06-30")
        self._price(48.123456, "2026-07-01")
        for day, price in (
            ("2025-12-31", 0),
            ("2026-01-01", 45),
            ("2026-06-30", 45),
            ("2026-07-01", 48.123456),
            ("2030-01-01", 48.123456),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.lamp.get_price(day), price)

    def test_price_today(self):
        today = self.company.gov_today()
        self.assertEqual(self.lamp.price, 0)
        self._price(45, today)
        self.assertEqual(self.lamp.price, 45)

    def test_prices_do_not_overlap(self):
        self._price(45, "2026-01-01", "2026-06-30")
        for first, last in (
            ("2026-06-30", False),
            ("2025-01-01", "2026-01-01"),
            ("2026-02-01", "2026-03-01"),
            ("2025-01-01", False),
        ):
            with self.subTest(first=first, last=last), self.assertRaises(UserError):
                self._price(50, first, last)
        with self.assertRaises(UserError):
            self.env["gov.service.price"].create(
                [
                    {"item_id": self.meal.id, "price": 1, "date_from": "2026-01-01"},
                    {"item_id": self.meal.id, "price": 2, "date_from": "2026-02-01"},
                ]
            )

    def test_database_refuses_overlaps_too(self):
        self._price(45, "2026-01-01")
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            self.env.cr.execute(
                "INSERT INTO gov_service_price (item_id, company_id, price,"
                " date_from) VALUES (%s, %s, 1, '2026-05-01')",
                [self.lamp.id, self.company.id],
            )

    def test_price_in_force_keeps_its_figure(self):
        today = self.company.gov_today()
        price = self._price(45, today - timedelta(days=30))
        # Entered just now it may be corrected.
        price.price = 46
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_service_price SET create_date = create_date - interval '2 day'"
        )
        self.env.invalidate_all()
        for vals in (
            {"price": 50},
            {"date_from": today},
            {"item_id": self.meal.id},
            {"date_to": today - timedelta(days=5)},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                price.write(vals)
        with self.assertRaises(UserError):
            price.unlink()
        price.date_to = today
        self._price(50, today + timedelta(days=1))
        self.assertEqual(self.lamp.get_price(today), 46)
        self.assertEqual(self.lamp.get_price(today + timedelta(days=1)), 50)

    def test_bad_prices(self):
        for value in (-1, float("nan"), float("inf"), "x", [1]):
            with self.subTest(value=value), self.assertRaises(UserError):
                self._price(value, "2026-01-01")
        for first, last in (("no day", False), ("2026-02-01", "never")):
            with self.subTest(first=first, last=last), self.assertRaises(UserError):
                self._price(1, first, last)
        with self.assertRaises(UserError):
            self.env["gov.service.price"].create({"item_id": 10**8, "price": 1})
        with self.assertRaises(UserError):
            self.lamp.get_price("someday")
        with self.assertRaises(UserError):
            (self.lamp + self.meal).get_price()

    def test_bad_hours(self):
        for value in (-1, float("nan"), 4001, "x"):
            with self.subTest(value=value), self.assertRaises(UserError):
                self.lamp.write({"response_hours": value})

    def test_what_was_used_stays(self):
        self._take(service_item_id=self.lamp.id)
        with self.assertRaises(UserError):
            self.lamp.unlink()
        with self.assertRaises(UserError):
            self.lamp.uom_id = self.env.ref("uom.product_uom_dozen")
        self.lamp.active = False

    def test_room_with_requests_stays(self):
        self._take(room_id=self.room.id)
        with self.assertRaises(UserError):
            self.room.unlink()
        self.assertEqual(self.room.request_count, 1)
        action = self.room.action_open_requests()
        self.assertEqual(self.requests.search(action["domain"]).room_id, self.room)

    def test_bad_rooms(self):
        rooms = self.env["gov.room"]
        for vals in (
            {"name": "1", "area": float("nan")},
            {"name": "1", "area": "big"},
            {"name": "1", "department_id": 10**8},
            {"name": "1", "kind": "palace"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                rooms.create(vals)
