from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from ..tools.quick_line import parse_line
from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestVehicleRequestCaller(RequestCase):
    """Requests that somebody else enters, and served units."""

    def _for_caller(self, **values):
        request = self._ask(
            self.dispatcher_user,
            employee_id=self.staff.id,
            caller_name="Bai Jing",
            caller_phone="8123",
            **values,
        )
        request.action_submit()
        return request

    def test_entered_for_a_person(self):
        request = self._for_caller()
        self.assertEqual(request.handler_id, self.dispatcher_user)
        self.assertEqual(request.department_id, self.office)
        self.assertEqual(request.confirmation_state, "waiting")
        # Nothing waits for the confirmation.
        self._agree_all(request)
        self.assertEqual(request.state, "approved")
        self.assertTrue(self._dispatch(request))

    def test_confirmed_with_one_tap(self):
        request = self._for_caller()
        mine = self._as(request, self.staff_user)
        self.assertTrue(mine.can_confirm_request)
        todos = [("res_model", "=", request._name), ("user_id", "=", mine.env.uid)]
        todos += [("res_id", "=", request.id)]
        self.assertEqual(self.env["mail.activity"].search_count(todos), 1)
        mine.action_confirm_request()
        self.assertFalse(self.env["mail.activity"].search_count(todos))
        self.assertEqual(request.confirmation_state, "confirmed")
        self.assertEqual(request.confirmed_by_id, self.staff_user)
        with self.assertRaises(UserError):
            mine.action_confirm_request()

    def test_confirmed_by_the_liaison(self):
        request = self._for_caller()
        self._as(request, self.clerk_user).action_confirm_request()
        self.assertEqual(request.confirmed_by_id, self.clerk_user)

    def test_not_by_who_typed_or_strangers(self):
        request = self._for_caller()
        for user in (self.dispatcher_user, self.office_head_user):
            with self.assertRaises(UserError):
                self._as(request, user).action_confirm_request()
        with self.assertRaises(AccessError):
            self._as(request, self.works_staff_user).action_confirm_request()
        self.assertEqual(request.confirmation_state, "waiting")

    def test_noted_by_the_dispatcher(self):
        request = self._for_caller()
        dispatcher = self._as(request, self.dispatcher2_user)
        for note in ("", "  ", False, 5, "x" * 501):
            with self.subTest(note=note), self.assertRaises(UserError):
                dispatcher.action_note_confirmation(note)
        with self.assertRaises(UserError):
            self._as(request, self.staff_user).action_note_confirmation("I did")
        wizard = self._as(self.env["gov.vehicle.note"], self.dispatcher2_user)
        wizard = wizard.create({"request_id": request.id, "note": "By phone 16:40"})
        wizard.action_note()
        self.assertEqual(request.confirmation_state, "confirmed")
        self.assertEqual(request.confirmation_note, "By phone 16:40")

    def test_own_request_needs_none(self):
        request = self._ask()
        request.action_submit()
        self.assertEqual(request.confirmation_state, "none")

    # ----------------------------------------------------------- served units

    def _of_unit(self, **values):
        request = self._ask(
            self.dispatcher_user,
            served_partner_id=self.unit.id,
            caller_name="Ren Liaison",
            unit_approver="Director Gu",
            unit_slip_number="A-17",
            **values,
        )
        request.action_submit()
        return request

    def test_its_slip_stands_for_the_section_head(self):
        request = self._of_unit()
        self.assertEqual(request.approval_state, "approved")
        self.assertFalse(request.step_ids)
        decision = request.decision_ids
        self.assertEqual(decision.outcome, "skipped")
        for text in ("County Archives", "Director Gu", "A-17"):
            self.assertIn(text, decision.comment)
        self.assertEqual(request.confirmation_state, "waiting")
        self.assertEqual(len(self._bookings(request)), 1)

    def test_further_tiers_stay(self):
        request = self._of_unit(area="city")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(self._agree_all(request), [self.leader_user])
        request = self._of_unit(area="outside_city")
        people = [self.leader_user, self.head_user]
        self.assertEqual(self._agree_all(request), people)

    def test_dispatched_by_who_took_the_call(self):
        request = self._of_unit()
        self.assertTrue(self._dispatch(request))
        booking = self._bookings(request)
        self.assertEqual(booking.user_text, "County Archives")

    def test_nobody_else_names_a_unit(self):
        """Otherwise anybody would pass by their section head."""
        for user in (self.staff_user, self.clerk_user, self.office_head_user):
            with self.assertRaises(UserError):
                self._ask(user, served_partner_id=self.unit.id)
        request = self._ask()
        with self.assertRaises(UserError):
            request.served_partner_id = self.unit
        with self.assertRaises(UserError):
            self._ask(self.dispatcher_user, served_partner_id=self.service_vendor.id)

    # ---------------------------------------------------------------- one line

    def _quick(self, line, values=None):
        result = self._as(self.Requests, self.dispatcher_user).action_quick(
            line, values
        )
        return self.Requests.browse(result["id"])

    def test_one_line_for_a_person(self):
        self.staff.name = "白静"
        request = self._quick("后天9点 白静 8123 4人 去县财政局 预算会 3小时")
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.destination, "县财政局")
        self.assertEqual(request.purpose, "预算会")
        self.assertEqual(request.passenger_count, 4)
        self.assertEqual(request.caller_phone, "8123")
        self.assertEqual(request.date_start, self._at(9, days=2))
        self.assertEqual(request.date_end, self._at(12, days=2))
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.handler_id, self.dispatcher_user)

    def test_one_line_for_a_unit(self):
        self.unit.name = "县档案馆"
        self._set_day(self.company.gov_today() + timedelta(days=2), "workday")
        request = self._quick("后天14:30 档案馆 任联络 到县医院 2人")
        self.assertEqual(request.served_partner_id, self.unit)
        self.assertEqual(request.caller_name, "任联络")
        self.assertEqual(request.destination, "县医院")
        self.assertEqual(request.purpose, "县医院")
        self.assertEqual(request.state, "approved")

    def test_area_of_the_last_time(self):
        self._approved(area="city", destination="市委党校")
        request = self._quick(
            "后天9点 去市委党校", {"employee_id": self.staff.id, "purpose": "培训"}
        )
        self.assertEqual(request.area, "city")

    def test_area_of_the_name(self):
        for place, area in (
            ("市财政局", "city"),
            ("省财政厅", "outside_city"),
            ("青禾镇", "county"),
            ("市场监管局", "town"),
            ("市民中心", "town"),
            ("县医院", "town"),
        ):
            with self.subTest(place=place):
                request = self._quick(
                    f"后天9点 去{place}", {"employee_id": self.staff.id}
                )
                self.assertEqual(request.area, area)

    def test_nobody_named(self):
        with self.assertRaises(UserError) as caught:
            self._quick("明天9点 去县医院")
        self.assertIn("who asks", str(caught.exception))

    def test_only_by_a_dispatcher(self):
        with self.assertRaises(UserError):
            self._as(self.Requests, self.staff_user).action_quick("明天 白静 去县医院")

    def test_form_of_the_call(self):
        self.staff.name = "白静"
        wizard = self._as(self.env["gov.vehicle.quick"], self.dispatcher_user)
        with Form(wizard) as form:
            form.line = "后天9点 白静 8123 4人 去县财政局 预算会 3小时"
            self.assertEqual(form.destination, "县财政局")
            self.assertEqual(form.employee_id, self.staff)
            form.purpose = "讨论预算"
        call = form.record
        call.action_take()
        self.assertEqual(call.request_id.purpose, "讨论预算")
        self.assertIn(call.request_id.number, call.reply_text)
        with self.assertRaises(UserError):
            call.action_take()
        self._agree_all(call.request_id)
        self.assertEqual(call.action_dispatch()["type"], "ir.actions.act_window")
        self.assertEqual(call.action_open_request()["res_id"], call.request_id.id)


@tagged("post_install", "-at_install")
class TestQuickLine(TransactionCase):
    """What one line says, without a database."""

    now = datetime(2026, 11, 23, 9, 40)  # a Monday

    def _window(self, line):
        found = parse_line(line, self.now)
        return [f"{found[name]:%m-%d %H:%M}" for name in ("date_start", "date_end")]

    def test_windows(self):
        for line, start, end in (
            ("明天8点半去市里", "11-24 08:30", "11-24 10:30"),
            ("今天下午3点 2小时", "11-23 15:00", "11-23 17:00"),
            ("后天9:00-11:30", "11-25 09:00", "11-25 11:30"),
            ("明天8点到17点", "11-24 08:00", "11-24 17:00"),
            ("明天14点30分 去县医院 16点回", "11-24 14:30", "11-24 16:00"),
            ("周三 半天", "11-25 08:30", "11-25 12:30"),
            ("下周一8点", "11-30 08:00", "11-30 10:00"),
            ("12月1日7点 3天", "12-01 07:00", "12-03 18:00"),
            ("8点", "11-24 08:00", "11-24 10:00"),  # past today
            ("今晚10点 5小时", "11-23 22:00", "11-24 03:00"),
            ("明早7点", "11-24 07:00", "11-24 09:00"),
            ("周日9点", "11-29 09:00", "11-29 11:00"),
        ):
            with self.subTest(line=line):
                self.assertEqual(self._window(line), [start, end])

    def test_rest(self):
        found = parse_line(
            "明天9点 财政局 王芳 8123 四人 两辆车 去市委党校 开会", self.now
        )
        self.assertEqual(found["passenger_count"], 4)
        self.assertEqual(found["vehicle_count"], 2)
        self.assertEqual(found["caller_phone"], "8123")
        self.assertEqual(found["destination"], "市委党校")
        self.assertEqual(found["rest"], ["财政局", "王芳", "开会"])

    def test_nonsense(self):
        for line in (
            *("", "   ", "99点", "13月40日", "0人", "。。。", "去", "25:99"),
            *("9999-12-31 23:59", "0001-01-01", "下" * 9999 + "周三", "9" * 500 + "天"),
        ):
            with self.subTest(line=line):
                found = parse_line(line, self.now)
                self.assertIsInstance(found["rest"], list)
                self.assertFalse(
                    fields.Datetime.to_datetime(found.get("date_start"))
                    and found["date_end"] <= found["date_start"]
                )
