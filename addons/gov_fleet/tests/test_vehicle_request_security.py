from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestVehicleRequestSecurity(RequestCase):
    """Roles × operations, raw calls, institutions."""

    def _can(self, record, operation, user):
        return self._as(record, user).has_access(operation)

    def test_access_matrix(self):
        draft = self._ask()
        every = ("read", "write", "unlink")
        for user, operations in (
            (self.staff_user, every),
            (self.clerk_user, every),  # liaison of the section
            (self.dispatcher_user, every),
            (self.fleet_user, every),
            (self.office_head_user, ("read",)),
            (self.supervision_user, ("read",)),
            (self.works_staff_user, ()),
            (self.leader_user, ()),
            (self.driver_user, ()),
            (self.technician_user, ()),
            (self.admin_user, ()),
            (self.other_staff_user, ()),
        ):
            for operation in every:
                with self.subTest(user=user.login, operation=operation):
                    expected = operation in operations
                    self.assertEqual(self._can(draft, operation, user), expected)

    def test_decider_reads(self):
        request = self._ask(area="city")
        request.action_submit()
        self.assertTrue(self._can(request, "read", self.office_head_user))
        self.assertTrue(self._can(request, "read", self.leader_user))
        self.assertFalse(self._can(request, "write", self.leader_user))
        self.assertFalse(self._can(request, "read", self.head_user))

    def test_opinion_reads(self):
        request = self._ask()
        request.action_submit()
        head = self._as(request, self.office_head_user)
        head.action_ask_opinion(self.works_staff_user.ids, "Is it far?")
        self.assertTrue(self._can(request, "read", self.works_staff_user))

    def test_user_of_the_car_reads(self):
        request = self._ask(beneficiary_id=self.works_staff.id)
        self.assertTrue(self._can(request, "read", self.works_staff_user))
        self.assertFalse(self._can(request, "write", self.works_staff_user))

    def test_liaison(self):
        request = self._ask(self.clerk_user, employee_id=self.staff.id)
        request.action_submit()
        self.assertEqual(request.handler_id, self.clerk_user)
        self.assertEqual(request.employee_id, self.staff)
        # The liaison types for the section: nothing to confirm.
        self.assertEqual(request.confirmation_state, "none")
        with self.assertRaises(UserError):
            self._ask(self.clerk_user, employee_id=self.works_staff.id)
        with self.assertRaises(UserError):
            self._ask(self.staff_user, employee_id=self.clerk.id)

    def test_tables_nobody_writes(self):
        request = self._approved()
        booking = self._bookings(request)
        for user in (self.staff_user, self.office_head_user, self.works_staff_user):
            bookings = self._as(booking, user)
            with self.assertRaises(UserError):
                bookings.write({"vehicle_id": self.car.id})

    # ------------------------------------------------------------- raw RPC calls

    def test_protected_fields(self):
        request = self._ask()
        context = {"gov_engine": True, "active_test": False, "install_mode": True}
        for user in (self.staff_user, self.dispatcher_user, self.fleet_user):
            mine = self._as(request, user).with_context(**context)
            for values in (
                {"state": "done"},
                {"approval_state": "approved"},
                {"is_night": False},
                {"is_non_working_day": False},
                {"confirmation_state": "confirmed"},
                {"confirmation_note": "He said yes"},
                {"confirmed_by_id": self.staff_user.id},
                {"joined_booking_id": 1},
                {"duty_leader_id": self.staff.id},
                {"booking_ids": [Command.create({})]},
                {"trip_ids": [Command.clear()]},
                {"number": "1"},
                {"handler_id": self.clerk_user.id},
                {"company_id": self.other_company.id},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(UserError):
                        mine.write(values)
        self.assertEqual(request.state, "draft")

    def test_created_with_protected_fields(self):
        for values in (
            {"state": "done"},
            {"approval_state": "approved"},
            {"confirmation_state": "confirmed"},
            {"is_night": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._ask(**values)
        requests = self._as(self.Requests, self.staff_user).with_context(
            default_approval_state="approved", default_confirmation_state="confirmed"
        )
        request = requests.create(self._vals())
        self.assertEqual(request.approval_state, "draft")
        self.assertEqual(request.confirmation_state, "none")

    def test_frozen_after_submission(self):
        request = self._ask()
        request.action_submit()
        for values in (
            {"area": "town"},
            {"destination": "Beach"},
            {"date_end": self._at(20, day=self.work_day)},
            {"is_protected": True},
            {"served_partner_id": False},
            {"need_ids": [Command.clear()]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                request.write(values)
        with self.assertRaises(UserError):
            self._as(request, self.dispatcher_user).write({"destination": "Beach"})
        with self.assertRaises(UserError):
            request.unlink()

    def test_needs_of_others(self):
        request = self._ask()
        needs = self._as(self.env["gov.vehicle.need"], self.works_staff_user)
        with self.assertRaises(UserError):
            needs.create({"request_id": request.id})
        request.action_submit()
        for values in ({"seats": 40}, {"request_id": self._ask().id}):
            with self.assertRaises(UserError):
                request.need_ids.write(values)

    def test_nobody_decides_for_themselves(self):
        request = self._ask(self.office_head_user)
        request.action_submit()
        with self.assertRaises(UserError):
            self._as(request, self.office_head_user).action_approve()
        self.assertEqual(self._agree_all(request), [self.leader_user])

    def test_strangers_call_nothing(self):
        request = self._ask()
        request.action_submit()
        mine = self._as(request, self.works_staff_user)
        for call in (
            lambda r: r.action_submit(),
            lambda r: r.action_approve(),
            lambda r: r.action_withdraw(),
            lambda r: r.action_cancel("x"),
            lambda r: r.action_confirm_request(),
            lambda r: r.action_note_confirmation("x"),
            lambda r: r.action_join(1),
            lambda r: r.action_leave_ride(),
            lambda r: r.action_open_join(),
            lambda r: r.action_enter_trip(self.car.id, self.driver.id, 1, 2),
            lambda r: r.action_dispatch([[self.car.id, self.driver.id]]),
            lambda r: r.action_open_needs(),
        ):
            with self.assertRaises(UserError):
                call(mine)
        self.assertEqual(request.state, "submitted")

    def test_own_matter_is_not_dispatched(self):
        request = self._approved(self.dispatcher_user)
        pairs = [[self.car.id, self.driver.id]]
        with self.assertRaises(UserError):
            self._as(request, self.dispatcher_user).action_dispatch(pairs)
        self._as(request, self.dispatcher2_user).action_dispatch(pairs)
        self.assertEqual(request.state, "dispatched")

    def test_bad_arguments(self):
        request = self._approved()
        mine = self._as(request, self.dispatcher_user)
        for value in (None, False, True, "1", 1.5, -1, 10**9, [1], {}):
            with self.subTest(value=value):
                with self.assertRaises(UserError):
                    request.action_join(value)
                with self.assertRaises(UserError):
                    mine.action_note_confirmation(value)
                with self.assertRaises(UserError):
                    mine.action_enter_trip(value, value, 1, 2)
        for line in (5, ["x"], "x\0", "x" * 301):
            with self.subTest(line=line), self.assertRaises(UserError):
                self._as(self.Requests, self.dispatcher_user).action_quick(line)
        for values in ("x", {"state": "done"}, {"handler_id": 1}, [1]):
            with self.subTest(values=values), self.assertRaises(UserError):
                requests = self._as(self.Requests, self.dispatcher_user)
                requests.action_quick("x", values)

    # -------------------------------------------------------------- institutions

    def test_other_institution(self):
        request = self._approved()
        other = self._create_user(
            "gov_other_dispatcher", "gov_fleet.group_dispatcher", self.other_company
        )
        mine = self._as(request, other)
        self.assertFalse(mine.has_access("read"))
        self.assertFalse(self._as(self.Requests, other).search([]))
        with self.assertRaises(UserError):
            mine.action_dispatch([[self.car.id, self.driver.id]])
        with self.assertRaises(UserError):
            self._ask(employee_id=self.other_staff.id)

    def test_allowances_by_the_manager(self):
        values = {"employee_id": self.staff.id, "date_from": "2026-01-01"}
        allowances = self.env["gov.vehicle.allowance"]
        for user in self.staff_user + self.dispatcher_user + self.supervision_user:
            with self.assertRaises(AccessError):
                self._as(allowances, user).create(values)
        row = self._as(allowances, self.fleet_user).create(values)
        self.assertTrue(self._can(row, "read", self.supervision_user))
        with self.assertRaises(UserError):
            row.employee_id = 10**8
