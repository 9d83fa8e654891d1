from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.common import SIGNATURE

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestDutyOrder(DriverCase):
    """The duty car leaves by phone; the slip follows and is followed up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = fields.Datetime.now()
        local = cls.company.gov_now()
        cls.shift = cls.env["gov.duty.shift"].create(
            {
                "date": cls.company.gov_today(),
                "kind": "day",
                "time_from": 0,
                "time_to": 23.99,
                "leader_id": cls.leader.id,
                "driver_id": cls.driver.id,
                "company_id": cls.company.id,
            }
        )
        assert cls.shift.date_start <= now, local
        cls.orders = cls._as(cls.env["gov.vehicle.duty.order"], cls.dispatcher_user)

    def _leave(self, user=None, **values):
        orders = self._as(self.orders, user or self.dispatcher_user)
        given = {
            "vehicle_id": self.car.id,
            "driver_id": self.driver.id,
            "destination": "County hospital",
            "purpose": "Sudden illness",
            "odometer": 10000,
            **values,
        }
        return orders.browse(orders.action_leave(**given))

    def test_leaves_at_once(self):
        order = self._leave()
        self.assertRecordValues(
            order,
            [
                {
                    "state": "open",
                    "leader_id": self.leader.id,
                    "shift_id": self.shift.id,
                    "handler_id": self.dispatcher_user.id,
                }
            ],
        )
        self.assertTrue(order.number)
        self.assertGreater(order.slip_due, self.company.gov_today())
        self.assertTrue(self.env["gov.workday"].is_working_day(order.slip_due))
        trip = order.sudo().trip_id
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "out",
                    "odometer_out": 10000,
                    "route": "County hospital",
                    "driver_id": self.driver.id,
                }
            ],
        )
        self.assertEqual(order.activity_ids.user_id, self.leader_user)
        # It did not wait for the check, which stands on the list as left out.
        self.assertEqual(trip.check_ids.result, "waived")

    def test_leader_confirms(self):
        order = self._leave()
        for user in (self.dispatcher_user, self.driver_user):
            mine = self._as(order, user)
            self.assertFalse(mine.can_confirm)
            self.assertIn("Han Suqin", self._refused(mine.action_confirm))
        with self.assertRaises(AccessError):
            self._as(order, self.staff_user).action_confirm()
        leader = self._as(order, self.leader_user)
        self.assertTrue(leader.can_confirm)
        self.assertTrue(leader.action_confirm())
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.settled_by_id, self.leader_user)
        self.assertFalse(order.activity_ids)
        self._refused(leader.action_confirm)
        self._refused(order.action_paper, "3", "17")

    def test_slip_is_taken_in(self):
        order = self._leave()
        self.assertIn(
            "dispatchers",
            self._refused(self._as(order, self.driver_user).action_paper, "3", "17"),
        )
        for given in (
            {},
            {"book": "3"},
            {"page": "17"},
            {"book": 3, "page": 17},
            {"scan": "aGVsbG8="},
            {"book": "x" * 501, "page": "1"},
        ):
            with self.subTest(given=given):
                self._refused(order.action_paper, **given)
        self.assertTrue(order.action_paper("3", "17"))
        self.assertRecordValues(
            order, [{"state": "papered", "slip_book": "3", "slip_page": "17"}]
        )
        other = self._leave(vehicle_id=self.car2.id, driver_id=self.driver2.id)
        other.action_paper(scan=SIGNATURE)
        self.assertEqual(other.scan_sha256, self._fingerprint())

    def test_who_may_enter_it(self):
        for user in (self.driver_user, self.leader_user):
            with self.subTest(user=user.login):
                order = self._leave(user=user)
                self.assertEqual(order.handler_id, user)
                trip = order.sudo().trip_id
                trip._return(trip.odometer_out + 5)
                self.car.invalidate_recordset()
                self._engine(self.car).odometer_value = 10000
        for user in (self.staff_user, self.driver2_user, self.supervision_user):
            with self.subTest(user=user.login):
                self._refused(self._leave, user=user)

    def test_nobody_on_duty(self):
        self.shift.unlink()
        self.assertIn("Nobody leads", self._refused(self._leave))

    def test_bad_input(self):
        foreign = self.env["fleet.vehicle"].search(
            [("company_id", "=", self.other_company.id)], limit=1
        )
        for values in (
            {"vehicle_id": 987654},
            {"vehicle_id": True},
            {"vehicle_id": None},
            {"vehicle_id": foreign.id or 0},
            {"driver_id": self.staff.id},
            {"driver_id": "x"},
            {"destination": ""},
            {"destination": 5},
            {"purpose": " "},
            {"purpose": "x" * 501},
            {"odometer": -1},
            {"odometer": float("nan")},
            {"odometer": 10.0**9},
            {"odometer": "x"},
            {"ordered_at": "x"},
            {"ordered_at": "2020-01-01 10:00:00"},
            {"ordered_at": "2099-01-01 10:00:00"},
        ):
            with self.subTest(values=values):
                self._refused(self._leave, **values)
        self.assertFalse(self.orders.search([]))
        self.assertFalse(self.trips.search([]))

    def test_failed_check_keeps_the_duty_car_too(self):
        trip = self._as(self._planned(), self.dispatcher_user)
        trip.action_check(self._answers(brakes="Soft"))
        self.assertIn("Soft", self._refused(self._leave))

    def test_follow_up(self):
        order = self._leave()
        orders = self.env["gov.vehicle.duty.order"]
        orders._cron_follow_up()
        findings = self.env["gov.finding"].search(
            [("rule_code", "=", "vehicle_duty_slip")]
        )
        self.assertFalse(findings)
        self._engine(order).slip_due = self.company.gov_today() - timedelta(days=1)
        self.env.flush_all()
        self.assertIn(order, self.orders.search([("is_overdue", "=", True)]))
        for _run in range(2):
            orders._cron_follow_up()
        findings = findings.search([("rule_code", "=", "vehicle_duty_slip")])
        self.assertEqual(len(findings), 1)
        self.assertEqual(findings.employee_id, self.driver)
        self.assertIn("County hospital", findings.evidence)
        order.action_paper("3", "17")
        self.assertFalse(order.is_overdue)

    def test_cancel(self):
        before = self.car.odometer_value
        order = self._leave(odometer=10020)
        trip = order.sudo().trip_id
        self.assertTrue(order.can_cancel)
        for user in (self.driver_user, self.leader_user):
            mine = self._as(order, user)
            self.assertFalse(mine.can_cancel)
            self.assertIn("dispatchers", self._refused(mine.action_cancel, "Typo"))
        for reason in ("", " ", None, 5, "x" * 501):
            with self.subTest(reason=reason):
                self._refused(order.action_cancel, reason)
        dialogs = self._as(self.env["gov.vehicle.duty.cancel"], self.dispatcher_user)
        dialogs.create({"order_id": order.id, "reason": "Wrong car"}).action_done()
        self.assertEqual((order.state, trip.state), ("cancelled", "cancelled"))
        self.assertEqual(self.car.odometer_value, before)
        self.assertFalse(order.activity_ids)
        self.assertFalse(order.can_cancel)
        for history in (order.message_ids, trip.message_ids):
            self.assertIn("Wrong car", "".join(history.mapped("body")))
        self._refused(order.action_cancel, "Again")

    def test_cancel_not_once_back_nor_the_own(self):
        order = self._leave()
        order.sudo().trip_id._return(10005)
        self.assertFalse(order.can_cancel)
        self.assertIn("is back", self._refused(order.action_cancel, "Wrong car"))
        self.driver_user.group_ids |= self.env.ref("gov_fleet.group_dispatcher")
        mine = self._leave(user=self.driver_user, odometer=10005)
        self.assertFalse(mine.can_cancel)
        self.assertIn("somebody else", self._refused(mine.action_cancel, "Wrong car"))
        self.assertTrue(self._as(mine, self.dispatcher_user).can_cancel)

    def test_rows_are_the_servers(self):
        order = self._leave()
        for user in (self.driver_user, self.dispatcher_user, self.fleet_user):
            mine = self._as(order, user)
            for call in (
                lambda o=mine: o.write({"state": "papered"}),
                lambda o=mine: o.write({"leader_id": self.head.id}),
                lambda o=mine: o.create({"destination": "x"}),
                lambda o=mine: o.copy(),
                lambda o=mine: o.unlink(),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    call()

    def test_dialog(self):
        wizards = self._as(self.env["gov.vehicle.duty.wizard"], self.dispatcher_user)
        wizard = wizards.create(
            {
                "vehicle_id": self.car.id,
                "destination": "County hospital",
                "purpose": "Illness",
                "odometer": 10000,
            }
        )
        self.assertEqual(wizard.driver_id, self.driver)
        self.assertEqual(wizard.leader_name, "Han Suqin")
        self.assertEqual(wizard.last_reading, 10000)
        wizard.odometer = 0
        self.assertIn("reading", self._refused(wizard.action_done), "left empty")
        wizard.odometer = 10000
        action = wizard.action_done()
        order = self.orders.browse(action["res_id"])
        self.assertEqual(order.state, "open")
        papers = self._as(self.env["gov.vehicle.paper.wizard"], self.dispatcher_user)
        paper = papers.create({"order_id": order.id, "book": "3", "page": "4"})
        paper.action_done()
        self.assertEqual(order.state, "papered")
