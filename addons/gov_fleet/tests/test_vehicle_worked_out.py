from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_fuel import FuelCase
from .common_repair import RepairCase
from .common_sealing import SealingCase


@tagged("post_install", "-at_install")
class TestWorkedOutFields(FuelCase):
    """What the server works out is nobody's to write."""

    def test_fills(self):
        entry = self._fill()
        for name, value in (
            ("day", "2020-01-01"),
            ("payment", "account"),
            ("kind", "charge"),
            ("station_key", "x"),
            ("department_id", self.office.id),
        ):
            with self.subTest(name=name):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self._as(entry, self.technician_user).write({name: value})
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    entry.create({"vehicle_id": self.car.id, "litres": 9, name: value})

    def test_cap_of_a_topup(self):
        topups = self._as(self.env["gov.fuel.topup"], self.technician_user)
        topup = topups.create(
            {"card_id": self.card.id, "amount": 90000, "reason": "Much"}
        )
        self.assertTrue(topup.is_over_cap)
        for name, value in (
            ("is_over_cap", False),
            ("source_id", False),
            ("vehicle_id", self.car2.id),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                topup.write({name: value})

    def test_vehicle_is_no_electric_one(self):
        with self.assertRaises(UserError):
            self._as(self.car, self.fleet_user).write({"is_electric": True})


@tagged("post_install", "-at_install")
class TestWorkedOutOrders(RepairCase):
    """The sum that decides who approves a repair."""

    def test_sum_of_an_order(self):
        order = self._order(("Engine", 90000))
        for record, name in ((order, "amount_total"), (order.part_line_ids, "amount")):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._as(record, self.technician_user).write({name: 1})


@tagged("post_install", "-at_install")
class TestWorkedOutSealing(SealingCase):
    """Days and differences of a sealing list follow from it."""

    def test_line_of_a_list(self):
        line = self._line(self._list(), self.car)
        for name, value in (
            ("has_difference", False),
            ("date_from", "2020-01-01"),
            ("company_id", self.company.id),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._as(line, self.dispatcher_user).write({name: value})
