from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestVehicleRequest(RequestCase):
    """The document, its chain, its bookings and its end."""

    def test_form(self):
        requests = self._as(self.Requests, self.staff_user)
        with Form(requests) as form:
            form.destination = "Town hall"
            form.purpose = "Sign the contract"
        request = form.record
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.department_id, self.office)
        self.assertEqual(request.state, "draft")
        self.assertLess(request.date_start, request.date_end)
        self.assertIn("Cheng Xiaolan", request.chain_preview)

    # ------------------------------------------------------------------- chain

    def _people(self, **values):
        request = self._ask(**values)
        request.action_submit()
        return self._agree_all(request)

    def test_usual_times(self):
        """By day the next full hour, at night the next morning (Shanghai, UTC+8)."""
        for now, start in (
            ("2026-11-24 01:20:00", "2026-11-24 02:00:00"),
            ("2026-11-24 09:30:00", "2026-11-25 01:00:00"),
            ("2026-11-23 19:30:00", "2026-11-24 01:00:00"),
            ("2026-11-24 15:30:00", "2026-11-25 01:00:00"),
        ):
            with freeze_time(now), self.subTest(now=now):
                usual = self.Requests.with_company(self.company)._get_usual_times()
                self.assertEqual(usual[0], fields.Datetime.to_datetime(start))
                self.assertEqual(usual[1] - usual[0], timedelta(hours=2))

    def test_chain_by_area(self):
        head, leader, chief = (
            self.office_head_user,
            self.leader_user,
            self.head_user,
        )
        for area, people in (
            ("town", [head]),
            ("county", [head]),
            ("city", [head, leader]),
            ("outside_city", [head, leader, chief]),
            ("outside_province", [head, leader, chief]),
        ):
            with self.subTest(area=area):
                got = self._people(area=area, filing_number="2026-3")
                self.assertEqual(got, people)

    def test_night_and_edges(self):
        head, leader = self.office_head_user, self.leader_user
        for start, end, night in (
            (9, 11, False),
            (20, 22, False),  # back when the night begins
            (20, 23, True),
            (6, 8, False),  # leaves when it ends
            (5, 7, True),
        ):
            with self.subTest(start=start, end=end):
                request = self._ask(start=start, end=end)
                self.assertEqual(request.is_night, night)
                people = self._people(start=start, end=end)
                self.assertEqual(people, [head, leader] if night else [head])

    def test_over_midnight_is_night(self):
        request = self._ask(
            date_start=self._at(21, day=self.work_day),
            date_end=self._at(1, day=self.work_day + timedelta(days=1)),
        )
        self.assertTrue(request.is_night)

    def test_night_hours_are_a_clause(self):
        policies = self.env["gov.policy"]
        policies.create(
            {
                "code": "vehicle.night.from",
                "name": "Night",
                "value_type": "integer",
                "value": "20",
                "citation": "Own rule",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
            }
        )
        self.assertTrue(self._ask(start=19, end=21).is_night)

    def test_make_up_saturday_is_no_weekend(self):
        saturday = self._next_saturday()
        self._set_day(saturday, "workday")
        times = {
            "date_start": self._at(9, day=saturday),
            "date_end": self._at(11, day=saturday),
        }
        self.assertFalse(self._ask(**times).is_non_working_day)
        self.assertEqual(self._people(**times), [self.office_head_user])
        self._set_day(saturday, "holiday")
        self.assertTrue(self._ask(**times).is_non_working_day)
        people = [self.office_head_user, self.leader_user]
        self.assertEqual(self._people(**times), people)

    def test_start_of_a_holiday(self):
        tomorrow = self.work_day + timedelta(days=1)
        self._set_day(tomorrow, "holiday")
        until_midnight = self._ask(date_end=self._at(0, day=tomorrow))
        self.assertFalse(until_midnight.is_non_working_day)
        into_it = self._ask(date_end=self._at(0, 30, day=tomorrow))
        self.assertTrue(into_it.is_non_working_day)

    def test_calendar_that_came_later(self):
        request = self._ask()
        self.assertFalse(request.is_non_working_day)
        self._set_day(self.work_day, "holiday")
        request.action_submit()
        self.assertTrue(request.is_non_working_day)
        people = [self.office_head_user, self.leader_user]
        self.assertEqual(self._agree_all(request), people)

    def test_outside_province_needs_filing(self):
        request = self._ask(area="outside_province")
        with self.assertRaises(UserError) as caught:
            request.action_submit()
        self.assertIn("filing", str(caught.exception))
        request.filing_number = "报备2026-8"
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_incomplete(self):
        request = self._ask(purpose=" ")
        with self.assertRaises(UserError) as caught:
            request.action_submit()
        self.assertIn("Purpose", str(caught.exception))

    # ---------------------------------------------------------- needs and bookings

    def test_bookings_one_per_vehicle(self):
        request = self._approved(vehicle_count=3, passenger_count=10)
        self.assertEqual(request.state, "approved")
        bookings = self._bookings(request)
        self.assertEqual(len(bookings), 3)
        self.assertEqual(set(bookings.mapped("kind")), {"request"})
        self.assertFalse(bookings.vehicle_id)
        self.assertEqual(set(request.need_ids.mapped("seats")), {5})
        self.assertTrue(all(need.is_auto for need in request.need_ids))

    def test_needs_decide_night_and_window(self):
        days = [self.work_day + timedelta(days=n) for n in range(3)]
        for day in days:
            self._set_day(day, "workday")
        request = self._ask()
        needs = self._as(self.env["gov.vehicle.need"], self.staff_user)
        for day in days:
            needs.create(
                {
                    "request_id": request.id,
                    "date_start": self._at(8, day=day),
                    "date_end": self._at(18, day=day),
                }
            )
        self.assertEqual(request.date_start, self._at(8, day=days[0]))
        self.assertEqual(request.date_end, self._at(18, day=days[2]))
        # Three days by day are no night, although the whole would be one.
        self.assertFalse(request.is_night)
        request.action_submit()
        self._agree_all(request)
        self.assertEqual(len(self._bookings(request)), 3)
        with self.assertRaises(UserError):
            request.need_ids[:1].write({"seats": 4})
        with self.assertRaises(UserError):
            request.need_ids[:1].unlink()

    def test_returned_drops_made_needs(self):
        request = self._ask(vehicle_count=2)
        request.action_submit()
        self.assertEqual(len(request.need_ids), 2)
        self._as(request, self.office_head_user).action_return("Which bureau?")
        self.assertFalse(request.need_ids)
        request.vehicle_count = 1
        request.action_submit()
        self.assertEqual(len(request.need_ids), 1)

    def test_recurring_wizard(self):
        first = self.work_day
        days = [first + timedelta(days=n) for n in range(7)]
        worked = self.env["gov.workday"].with_company(self.company)
        expected = sum(worked.is_working_day(day) for day in days)
        request = self._ask()
        wizard = self._as(self.env["gov.vehicle.need.wizard"], self.staff_user).create(
            {
                "request_id": request.id,
                "date_from": days[0],
                "date_to": days[-1],
                "hour_from": 8.5,
                "hour_to": 17,
                "vehicles": 2,
                "seats": 5,
            }
        )
        self.assertEqual(wizard.row_count, expected * 2)
        wizard.action_make()
        self.assertEqual(len(request.need_ids), expected * 2)
        self.assertFalse(request.is_non_working_day)
        wizard.write({"mode": "away", "vehicles": 1})
        wizard.action_make()
        self.assertEqual(len(request.need_ids), 1)
        self.assertTrue(request.is_night)
        wizard.date_to = days[0] - timedelta(days=1)
        with self.assertRaises(UserError):
            wizard.action_make()

    # ------------------------------------------------------------ on the road

    def test_dispatched_done(self):
        request = self._approved()
        trip = self._dispatch(request)
        self.assertEqual(request.state, "dispatched")
        self.assertIn("岚A·10001", request.dispatch_note)
        self.assertIn("8001", request.dispatch_note)
        self._drive(trip, "out")
        self.assertEqual(request.state, "dispatched")
        self._drive(trip, "back")
        self.assertEqual(request.state, "done")

    def _drive(self, trip, state):
        """Move a trip as its owner's steps do, without their checks."""
        values = {"state": state}
        if state == "out":
            values |= {"date_start": fields.Datetime.now(), "odometer_out": 10000}
        if state == "back":
            values |= {"date_end": fields.Datetime.now(), "odometer_in": 10020}
            if "return_date" in trip._fields:
                values["return_date"] = self.company.gov_today()
        engine(trip.sudo()).write(values)

    def test_no_way_back_while_out(self):
        request = self._approved()
        trip = self._dispatch(request)
        self._drive(trip, "out")
        with self.assertRaises(UserError) as caught:
            request.action_cancel("Not needed")
        self.assertIn("on the road", str(caught.exception))
        self.assertFalse(request.can_cancel)
        self._drive(trip, "back")
        with self.assertRaises(UserError):
            request.action_cancel("Not needed")
        self.assertEqual(request.approval_state, "approved")

    def test_urgent_cannot_be_withdrawn_while_out(self):
        request = self._urgent()
        trip = self._dispatch(request)
        self._drive(trip, "out")
        with self.assertRaises(UserError) as caught:
            request.action_withdraw()
        self.assertIn("on the road", str(caught.exception))
        self.assertFalse(request.can_withdraw)
        leader = self._as(request, self.leader_user)
        with self.assertRaises(UserError):
            leader.action_return("Say why")
        self._drive(trip, "back")
        leader.action_approve()
        self.assertEqual(request.state, "done")

    def test_cancel_gives_windows_back(self):
        request = self._approved()
        trip = self._dispatch(request)
        booking = trip.booking_id
        request.action_cancel("Meeting is off")
        self.assertEqual(request.state, "cancelled")
        self.assertFalse(booking.active)
        self.assertEqual(trip.state, "cancelled")
        other = self._approved()
        self.assertTrue(self._dispatch(other))

    def test_taken_off_waits_again(self):
        request = self._approved()
        trip = self._dispatch(request)
        booking = self._as(trip.booking_id, self.dispatcher_user)
        booking.action_unassign("Broken down")
        self.assertEqual(request.state, "approved")

    # ------------------------------------------------------------------- urgent

    def _urgent(self, user=None, **values):
        self.env["gov.duty.shift"].create(
            {
                "date": self.company.gov_today(),
                "kind": "day",
                "time_from": 0,
                "time_to": 24,
                "leader_id": self.leader.id,
                "company_id": self.company.id,
            }
        )
        now = fields.Datetime.now()
        request = self._ask(
            user,
            is_urgent=True,
            urgent_reason="A pipe has burst",
            date_start=now + timedelta(minutes=1),
            date_end=now + timedelta(hours=1),
            **values,
        )
        request.action_submit()
        return request

    def test_urgent_drives_first(self):
        request = self._urgent()
        self.assertEqual(request.duty_leader_id, self.leader)
        self.assertEqual(request.state, "submitted")
        self.assertTrue(request.urgent_deadline)
        self.assertEqual(len(self._bookings(request)), 1)
        self._dispatch(request)
        self.assertEqual(request.state, "dispatched")
        self.assertEqual(request.approval_state, "submitted")
        people = self._agree_all(request)
        self.assertEqual(people, [self.leader_user])
        self.assertEqual(len(self._bookings(request)), 1)
        finding = self._findings("urgent_first", request)
        self.assertIn("burst", finding.evidence)

    def test_urgent_refused_before_it_left(self):
        request = self._urgent()
        trip = self._dispatch(request)
        self._as(request, self.leader_user).action_reject("Take a taxi")
        self.assertEqual(trip.state, "cancelled")
        self.assertFalse(self._bookings(request).filtered("active"))
        self.assertFalse(self._findings("vehicle_urgent_refused", request))

    def test_urgent_refused_afterwards(self):
        request = self._urgent()
        trip = self._dispatch(request)
        self._drive(trip, "out")
        self._as(request, self.leader_user).action_reject("Nobody asked me")
        self.assertEqual(request.state, "rejected")
        self.assertEqual(trip.state, "out")
        finding = self._findings("vehicle_urgent_refused", request)
        self.assertIn("the leader on duty orders it", finding.evidence)

    def _findings(self, code, request):
        return self.env["gov.finding"].search(
            [
                ("rule_code", "=", code),
                ("model", "=", request._name),
                ("res_id", "=", request.id),
            ]
        )

    def test_urgent_filing_follows(self):
        request = self._urgent(area="outside_province")
        self.assertTrue(request.can_note_filing)
        with self.assertRaises(UserError):
            self._as(request, self.leader_user).action_note_filing("1")
        for number in ("", " ", False, 5, "x" * 61):
            with self.subTest(number=number), self.assertRaises(UserError):
                request.action_note_filing(number)
        action = request.with_context(gov_note="filing").action_open_note()
        wizards = self._as(self.env["gov.vehicle.note"], self.staff_user)
        wizard = wizards.with_context(**action["context"]).create({"note": "B-8"})
        self.assertEqual(wizard.kind, "filing")
        wizard.action_note()
        self.assertEqual(request.filing_number, "B-8")
        with self.assertRaises(UserError):
            request.action_note_filing("B-9")

    # ------------------------------------------------------------------ the rest

    def test_rest_is_closed(self):
        request = self._approved(vehicle_count=2)
        dispatcher = self._as(request, self.dispatcher_user)
        with self.assertRaises(UserError):
            dispatcher.action_close_rest("One was enough")
        trip = self._dispatch(request)
        self._drive(trip, "out")
        self._drive(trip, "back")
        self.assertEqual(request.state, "approved")
        self.assertTrue(dispatcher.can_close_rest)
        with self.assertRaises(UserError):
            request.action_close_rest("One was enough")
        dispatcher.action_close_rest("One was enough")
        self.assertEqual(request.state, "done")
        with self.assertRaises(UserError):
            dispatcher.action_close_rest("Again")

    # ---------------------------------------------------------------- late entry

    def _past(self, **values):
        day = self.company.gov_today() - timedelta(days=2)
        return self._ask(
            date_start=self._at(9, day=day),
            date_end=self._at(11, day=day),
            **values,
        )

    def test_past_is_not_planned(self):
        request = self._past()
        with self.assertRaises(UserError) as caught:
            request.action_submit()
        self.assertIn("entered late", str(caught.exception))
        self.assertFalse(request.number)

    def test_late_entry_makes_a_trip_without_booking(self):
        day = self.company.gov_today() - timedelta(days=2)
        request = self._past(occurred_on=day, late_reason="forgotten")
        request.action_submit()
        self._agree_all(request)
        self.assertEqual(request.state, "approved")
        self.assertFalse(self._bookings(request))
        self.assertTrue(request.is_late)
        mine = self._as(request, self.dispatcher_user)
        self.assertTrue(mine.can_enter_trip)
        pair = self.car.id, self.driver.id
        with self.assertRaises(UserError):
            request.action_enter_trip(*pair, 10000, 10020)
        with self.assertRaises(UserError):
            mine.action_enter_trip(*pair, 10020, 10000)
        with self.assertRaises(UserError):
            mine.action_enter_trip(*pair, 10000, 10020, {"state": "planned"})
        action = mine.action_open_late()
        wizards = self._as(self.env["gov.vehicle.late"], self.dispatcher_user)
        slip = wizards.with_context(**action["context"]).create(
            {
                "vehicle_id": self.car.id,
                "driver_card_id": self.driver_card.id,
                "odometer_out": 10000,
                "odometer_in": 10020,
                "toll_amount": 12,
            }
        )
        trip = self.env["gov.vehicle.trip"].browse(slip.action_enter()["res_id"])
        self.assertRecordValues(
            trip,
            [
                {
                    "request_id": request.id,
                    "booking_id": False,
                    "date_start": request.date_start,
                    "date_end": request.date_end,
                    "distance": 20,
                    "toll_amount": 12,
                    "late_reason": "forgotten",
                }
            ],
        )
        self.assertFalse(self._bookings(request))
        self.assertEqual(request.state, "done")
        with self.assertRaises(UserError):
            mine.action_enter_trip(*pair, 10020, 10040)

    def test_form_of_a_late_entry(self):
        requests = self._as(self.Requests, self.staff_user)
        day = self.company.gov_today() - timedelta(days=2)
        with Form(requests) as form:
            form.destination = "Town hall"
            form.purpose = "Sign the contract"
            self.assertFalse(form.has_begun)
            form.date_end = self._at(11, day=day + timedelta(days=9))
            form.date_start = self._at(9, day=day)
            self.assertTrue(form.has_begun)
            self.assertEqual(form.occurred_on, day)
            form.date_end = self._at(11, day=day)
            form.late_reason = "forgotten"
        form.record.action_submit()
        self.assertTrue(form.record.is_late)

    def test_begun_today(self):
        """Half past the hour: still on the road, its booking is made."""
        now = fields.Datetime.now()
        request = self._ask(
            date_start=now - timedelta(hours=2), date_end=now + timedelta(hours=2)
        )
        with self.assertRaises(UserError):
            request.action_submit()
        request.write(
            {
                "occurred_on": request._get_local_windows()[0][0].date(),
                "late_reason": "urgent",
            }
        )
        request.action_submit()
        self._agree_all(request)
        self.assertEqual(len(self._bookings(request)), 1)

    def test_no_late_trip_for_a_planned_one(self):
        request = self._as(self._approved(), self.dispatcher_user)
        with self.assertRaises(UserError):
            request.action_enter_trip(self.car.id, self.driver.id, 1, 2)

    # ---------------------------------------------------------------- allowance

    def test_allowance_warns(self):
        self._as(self.env["gov.vehicle.allowance"], self.fleet_user).create(
            {"employee_id": self.staff.id, "date_from": "2020-01-01"}
        )
        self.assertIn("allowance", self._ask().allowance_warning)
        self.assertFalse(self._ask(area="city").allowance_warning)
        self.assertFalse(self._ask(self.clerk_user).allowance_warning)
        request = self._ask()
        request.action_submit()
        seen = self._as(request, self.office_head_user)
        self.assertIn("Bai Jing", seen.allowance_warning)
        with self.assertRaises(AccessError):
            self._as(self.env["gov.vehicle.allowance"], self.staff_user).search([])

    # ----------------------------------------------------------------- bad input

    def test_bad_input(self):
        for values in (
            {"date_end": self._at(8, day=self.work_day)},
            {"date_end": self._at(9, day=self.work_day + timedelta(days=400))},
            {"passenger_count": -1},
            {"passenger_count": 10**12},
            {"vehicle_count": 0},
            {"vehicle_count": 1000},
            {"date_start": "yesterday"},
            {"area": "moon"},
            {"employee_id": 10**8},
            {"served_partner_id": 10**8},
            {"purpose": "a\0b"},
            {"need_ids": "all"},
            {"need_ids": [[0, 0, {"date_start": "x"}]]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._ask(**values)
                self.env.flush_all()

    def test_bad_need(self):
        request = self._ask()
        needs = self._as(self.env["gov.vehicle.need"], self.staff_user)
        for values in (
            {"date_end": self._at(1, day=self.work_day)},
            {"seats": -3},
            {"seats": 10**7},
            {"request_id": 10**8},
            {"is_auto": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                needs.create({"request_id": request.id, **values})

    def test_day_by_the_institutions_clock(self):
        """A Sunday evening in UTC is a Monday morning here."""
        with freeze_time("2026-03-01 12:00:00"):
            request = self._ask(
                date_start=fields.Datetime.to_datetime("2026-03-01 23:30:00"),
                date_end=fields.Datetime.to_datetime("2026-03-02 01:00:00"),
            )
        self._set_day(fields.Date.to_date("2026-03-02"), "workday")
        self._set_day(fields.Date.to_date("2026-03-01"), "holiday")
        request._refresh_times()
        self.assertFalse(request.is_non_working_day)
        self.assertFalse(request.is_night)
