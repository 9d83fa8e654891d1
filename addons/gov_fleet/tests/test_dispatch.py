"""Assigning vehicle and driver: by request, by click, by dragging."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_board import BoardCase


@tagged("post_install", "-at_install")
class TestDispatch(BoardCase):
    def setUp(self):
        super().setUp()
        self.start, self.end = self._at(8), self._at(10)

    # ---------------------------------------------------------------- the request

    def test_dispatch(self):
        request = self._approved(self.start, self.end)
        booking = self._waiting(request)
        self.assertEqual(booking.state, "waiting")
        self.assertTrue(request.action_dispatch([[self.car.id, self.driver.id]]))
        self.assertEqual(booking.state, "assigned")
        self.assertEqual(booking.vehicle_id, self.car)
        self.assertEqual(booking.driver_id, self.driver)
        self.assertEqual(booking.assigned_by_id, self.dispatcher_user)
        trip = booking.sudo().trip_id
        self.assertEqual(trip.state, "planned")
        self.assertEqual(trip.vehicle_id, self.car)
        self.assertEqual(trip.driver_id, self.driver)
        self.assertEqual(request.state, "dispatched")

    def test_dispatch_several(self):
        request = self._approved(self.start, self.end, count=2)
        self.assertTrue(
            request.action_dispatch(
                [(self.car.id, self.driver.id), (self.car2.id, self.driver2.id)]
            )
        )
        self.assertEqual(self._waiting(request).vehicle_id, self.car + self.car2)

    def test_dispatch_in_part(self):
        request = self._approved(self.start, self.end, count=2)
        request.action_dispatch([[self.car.id, self.driver.id]])
        self.assertEqual(request.state, "approved")
        request.action_dispatch([[self.car2.id, self.driver2.id]])
        self.assertEqual(request.state, "dispatched")
        text = self._message(
            request.action_dispatch, [[self.mpv.id, self.firm_driver.id]]
        )
        self.assertIn("0 vehicles wait", text)

    def test_dispatch_all_or_none(self):
        request = self._approved(self.start, self.end, count=2)
        self._message(
            request.action_dispatch,
            [[self.car.id, self.driver.id], [self.car.id, self.driver2.id]],
        )
        self.assertFalse(self._waiting(request).vehicle_id)

    def test_dispatch_bad_input(self):
        request = self._approved(self.start, self.end)
        for assignments in (
            None,
            [],
            7,
            "12",
            [[self.car.id]],
            [[self.car.id, self.driver.id, 1]],
            [["1", "2"]],
            [[True, True]],
            [[self.car.id, 2**40]],
            [[0, self.driver.id]],
            [[-1, self.driver.id]],
            {"vehicle": 1},
            [[float("nan"), self.driver.id]],
            [[10**9, self.driver.id]],
        ):
            self._message(request.action_dispatch, assignments)
        self.assertFalse(self._waiting(request).vehicle_id)

    def test_not_approved(self):
        request = self._as(self.env["gov.vehicle.request"], self.staff_user).create(
            {
                "purpose": "Meeting",
                "destination": "Hall",
                "date_start": self.start,
                "date_end": self.end,
            }
        )
        request = self._as(request, self.dispatcher_user)
        text = self._message(request.action_dispatch, [[self.car.id, self.driver.id]])
        self.assertIn("not approved", text)

    def test_own_matter(self):
        request = self._approved(self.start, self.end, employee=self.dispatcher)
        text = self._message(request.action_dispatch, [[self.car.id, self.driver.id]])
        self.assertIn("own matter", text)
        booking = self._waiting(request)
        self._message(booking.action_assign, self.car.id, self.driver.id)
        self._message(booking.write, {"vehicle_id": self.car.id})
        other = self._as(request, self.dispatcher2_user)
        self.assertTrue(other.action_dispatch([[self.car.id, self.driver.id]]))

    def test_only_dispatchers(self):
        request = self._approved(self.start, self.end)
        for user in (
            self.staff_user,
            self.driver_user,
            self.technician_user,
            self.office_head_user,
            self.supervision_user,
        ):
            self._message(
                self._as(request, user).action_dispatch,
                [[self.car.id, self.driver.id]],
            )
        manager = self._as(request, self.fleet_user)
        self.assertTrue(manager.action_dispatch([[self.car.id, self.driver.id]]))

    def test_released_when_cancelled(self):
        request = self._approved(self.start, self.end)
        request.action_dispatch([[self.car.id, self.driver.id]])
        booking = self._waiting(request)
        trip = booking.sudo().trip_id
        self._as(request, self.staff_user).action_cancel("No longer needed")
        self.assertFalse(booking.active)
        self.assertEqual(trip.state, "cancelled")
        self.assertIn(self.car, self.env["fleet.vehicle"]._free(self.start, self.end))

    # --------------------------------------------------------------- what refuses

    def test_taken_names_the_next_free_time(self):
        self._assigned(self.start, self.end)
        booking = self._waiting(self._approved(self._at(9), self._at(11)))
        text = self._message(booking.action_assign, self.car.id, self.driver2.id)
        self.assertIn("岚A·10001", text)
        self.assertIn("10:00", text.split("free")[-1])
        text = self._message(booking.action_assign, self.car2.id, self.driver.id)
        self.assertIn("Jia Shi", text)
        self.assertTrue(booking.action_assign(self.car2.id, self.driver2.id))

    def test_back_to_back(self):
        self._assigned(self.start, self.end)
        after = self._assigned(self.end, self._at(12))
        self.assertEqual(after.vehicle_id, self.car)

    def test_licence_lapses_before_the_end(self):
        """Valid on the way out, not on the way back: refused."""
        booking = self._waiting(self._approved(self._at(8), self._at(10, days=4)))
        self.driver_card.licence_date_to = self.company.gov_today() + timedelta(days=3)
        text = self._message(booking.action_assign, self.car.id, self.driver.id)
        self.assertIn("licence", text)
        self._message(booking.write, {"driver_id": self.driver.id})
        self.driver_card.licence_date_to = self.company.gov_today() + timedelta(days=4)
        self.assertTrue(booking.action_assign(self.car.id, self.driver.id))

    def test_licence_class(self):
        booking = self._waiting(self._approved(self.start, self.end))
        self._message(booking.action_assign, self.bus.id, self.driver2.id)
        self.assertTrue(booking.action_assign(self.bus.id, self.driver.id))

    def test_driver_without_a_card(self):
        booking = self._waiting(self._approved(self.start, self.end))
        text = self._message(booking.action_assign, self.car.id, self.staff.id)
        self.assertIn("no driver's card", text)

    def test_vehicle_that_cannot_go(self):
        booking = self._waiting(self._approved(self.start, self.end))
        yesterday = self.company.gov_today() - timedelta(days=1)
        for name in ("inspection_date_to", "insurance_date_to"):
            self.car2[name] = yesterday
            self._message(booking.action_assign, self.car2.id, self.driver.id)
            self.car2[name] = yesterday + timedelta(days=300)
        self._message(booking.action_assign, self.own_car.id, self.driver.id)
        for kind in ("repair", "sealing"):
            taken = self.bookings._take(
                [
                    {
                        "vehicle_id": self.car.id,
                        "kind": kind,
                        "date_start": self._at(9),
                        "date_end": self._at(18),
                        "company_id": self.company.id,
                    }
                ]
            )
            text = self._message(booking.action_assign, self.car.id, self.driver.id)
            self.assertIn("18:00", text)
            taken._release()

    def test_too_small(self):
        booking = self._waiting(self._approved(self.start, self.end, passenger_count=6))
        text = self._message(booking.action_assign, self.car.id, self.driver.id)
        self.assertIn("7", text)
        self.assertTrue(booking.action_assign(self.mpv.id, self.driver.id))

    def test_other_institution(self):
        booking = self._waiting(self._approved(self.start, self.end))
        model = self.car.model_id
        self.env["gov.vehicle.quota"].create(
            {
                "company_id": self.other_company.id,
                "usage_class": "platform",
                "number": 5,
                "clause": "Paper",
                "date_from": "2020-01-01",
            }
        )
        foreign = self._create_vehicle(
            "岚B·1",
            reading=0,
            company_id=self.other_company.id,
            department_id=self.other_department.id,
            model_id=model.id,
        )
        text = self._message(booking.action_assign, foreign.id, self.driver.id)
        self.assertIn("no such vehicle", text)
        text = self._message(booking.action_assign, self.car.id, self.other_staff.id)
        self.assertIn("no such driver", text)

    # ------------------------------------------------------------ change, dragging

    def test_change_needs_a_reason(self):
        booking = self._assigned(self.start, self.end)
        self._message(booking.action_assign, self.car2.id, self.driver.id)
        booking.action_assign(self.car2.id, self.driver2.id, "Flat tyre")
        trip = booking.sudo().trip_id
        self.assertEqual(trip.vehicle_id, self.car2)
        self.assertEqual(trip.driver_id, self.driver2)
        self.assertIn("Flat tyre", trip.message_ids[:1].body)

    def test_unassign(self):
        booking = self._assigned(self.start, self.end)
        trip = booking.sudo().trip_id
        for reason in ("", " ", None, 7, "a\0b"):
            self._message(booking.action_unassign, reason)
        booking.action_unassign("Vehicle broken")
        self.assertEqual(booking.state, "waiting")
        self.assertEqual(trip.state, "cancelled")
        self.assertFalse(booking.trip_id)
        self._message(booking.action_unassign, "Again")
        booking.action_assign(self.car.id, self.driver.id)
        self.assertEqual(booking.sudo().trip_id.state, "planned")
        self.assertNotEqual(booking.sudo().trip_id, trip)

    def test_drag(self):
        """The timeline writes all three values, those that stay as well."""
        booking = self._waiting(self._approved(self.start, self.end))
        same = {"date_start": self.start, "date_end": self.end}
        booking.write({**same, "vehicle_id": self.car.id})
        self.assertEqual(booking.vehicle_id, self.car)
        self.assertEqual(booking.state, "waiting")
        booking.write({**same, "driver_id": self.driver.id})
        self.assertEqual(booking.state, "assigned")
        booking.write({**same, "vehicle_id": self.car2.id})
        self.assertEqual(booking.sudo().trip_id.vehicle_id, self.car2)
        booking.write({**same, "vehicle_id": False})
        self.assertEqual(booking.state, "waiting")
        self.assertFalse(booking.trip_id)

    def test_drag_checks(self):
        self._assigned(self.start, self.end)
        booking = self._waiting(self._approved(self.start, self.end))
        self._message(booking.write, {"vehicle_id": self.car.id})
        self._message(booking.write, {"driver_id": self.driver.id})
        self._message(booking.write, {"vehicle_id": self.own_car.id})
        self.assertFalse(booking.vehicle_id)

    def test_drag_in_time(self):
        booking = self._assigned(self.start, self.end)
        booking.write({"date_start": self._at(9), "date_end": self._at(11)})
        trip = booking.sudo().trip_id
        self.assertEqual(trip.planned_start, self._at(9))
        self.assertEqual(trip.planned_end, self._at(11))
        text = self._message(
            booking.write, {"date_start": self._at(10, 1), "date_end": self._at(12, 1)}
        )
        self.assertIn("2", text)
        self.assertIn("own rule", text)
        self._message(booking.write, {"date_start": self._at(12)})

    def test_out_stays(self):
        """Once the vehicle is out nothing of its window changes."""
        booking = self._assigned(self.start, self.end)
        self._set_out(booking.sudo().trip_id, self.start)
        self.assertEqual(booking.state, "out")
        self._message(booking.action_unassign, "Why not")
        self._message(booking.action_assign, self.car2.id, self.driver2.id, "So")
        self._message(booking.write, {"vehicle_id": self.car2.id})
        self._message(booking.write, {"date_end": self._at(11)})
        self._message(booking._release)

    # --------------------------------------------------------- leave and the like

    def test_leave(self):
        leave = self.bookings.create(
            {
                "kind": "leave",
                "driver_id": self.driver.id,
                "date_start": self.start,
                "date_end": self._at(18),
                "note": "Annual leave",
            }
        )
        self.assertEqual(leave.state, "taken")
        booking = self._waiting(self._approved(self._at(9), self._at(10)))
        text = self._message(booking.action_assign, self.car.id, self.driver.id)
        self.assertIn("Annual leave", text)
        leave.write({"date_end": self._at(9)})
        self.assertTrue(booking.action_assign(self.car.id, self.driver.id))
        self._message(leave.write, {"date_end": self._at(9, 1)})
        self.assertTrue(leave.action_release())
        self.assertEqual(leave.state, "cancelled")
        self._message(leave.write, {"date_end": self._at(8, 30)})

    def test_leave_is_of_somebody(self):
        window = {"date_start": self.start, "date_end": self.end}
        self._message(self.bookings.create, {"kind": "leave", **window})
        self._message(
            self.bookings.create,
            {"kind": "leave", "vehicle_id": self.car.id, **window},
        )
        self._message(self.bookings.create, {"kind": "other", **window})

    def test_matters_are_not_moved_by_hand(self):
        for kind in ("repair", "sealing", "duty"):
            booking = self.bookings._take(
                [
                    {
                        "vehicle_id": self.car.id,
                        "kind": kind,
                        "date_start": self.start,
                        "date_end": self.end,
                        "company_id": self.company.id,
                    }
                ]
            )
            mine = self._as(self.bookings.browse(booking.id), self.dispatcher_user)
            self._message(mine.write, {"date_end": self._at(9)})
            self._message(mine.write, {"vehicle_id": self.car2.id})
            self._message(mine.action_release)
            self._message(mine.action_assign, self.car.id, self.driver.id)
            booking._release()

    # -------------------------------------------------------------- text and telling

    def test_dispatch_text(self):
        booking = self._waiting(self._approved(self.start, self.end))
        self.assertFalse(booking.dispatch_text)
        self.assertEqual(booking.action_copy_text(), "")
        booking.action_assign(self.car.id, self.driver.id)
        text = booking.action_copy_text()
        for part in ("岚A·10001", "Jia Shi", "8001", "08:00", "Yunlan Town Hall"):
            self.assertIn(part, text)

    def test_driver_is_told(self):
        booking = self._assigned(self.start, self.end)
        trip = booking.sudo().trip_id
        told = self._told(trip, self.driver_user)
        self.assertEqual(len(told), 1)
        self.assertIn("岚A·10001", told.body)
        booking.action_assign(self.car.id, self.driver2.id, "Ill")
        told = self._told(trip, self.driver_user)
        self.assertEqual(len(told), 2)
        self.assertIn("Ill", told[-1].body)
        self.assertTrue(self._told(trip, self.driver2_user))

    def test_request_is_one_click_away(self):
        booking = self._assigned(self.start, self.end)
        action = booking.action_open_request()
        self.assertEqual(action["res_id"], booking.request_id.id)
        hidden = self._assigned(
            self.start,
            self.end,
            vehicle=self.car2,
            driver=self.driver2,
            is_protected=True,
            employee=self.office_head,
        )
        with self.assertRaisesRegex(UserError, "may read"):
            hidden.action_open_request()

    def test_protected_trip_tells_nothing(self):
        booking = self._assigned(
            self.start, self.end, is_protected=True, employee=self.office_head
        )
        self.assertEqual(booking.display_name, "Protected trip")
        self.assertFalse(booking.destination)
        self.assertFalse(booking.user_text)
        self.assertNotIn("Town Hall", booking.dispatch_text)
        everything = str(booking.read()) + str(
            booking.sudo().trip_id.message_ids.mapped("body")
        )
        for secret in ("Town Hall", "Meeting", "General Office", "Cheng Xiaolan"):
            self.assertNotIn(secret, everything)
        with self.assertRaises(AccessError):
            booking.request_id.read(["purpose"])

    def test_late_return_warns_the_next(self):
        first = self._assigned(self.start, self.end)
        second = self._assigned(self._at(10), self._at(12), driver=self.driver2)
        third = self._assigned(self._at(14), self._at(15))
        trip = first.sudo().trip_id
        self._set_back(trip, self.start, self._at(10, 40))
        warned = first._warn_next(trip)
        self.assertEqual(warned.ids, second.ids)
        self.assertTrue(second.is_late_before)
        self.assertFalse(third.is_late_before)
        late = second.sudo().trip_id
        self.assertIn("Late", self._told(late, self.driver2_user)[-1].subject)
        self.assertTrue(self._told(late, self.dispatcher_user))
        self.assertFalse(first._warn_next(trip), "each is told of once")
        self.assertEqual(second.date_start, self._at(10), "nothing is moved")

    def test_still_out_warns_the_next(self):
        first = self._assigned(self.start, self.end)
        second = self._assigned(self._at(10), self._at(12), driver=self.driver2)
        third = self._assigned(self._at(12), self._at(14), driver=self.driver2)
        self._set_out(first.sudo().trip_id, self.start)
        for minute, late in ((0, False), (5, True)):
            with freeze_time(self._at(10, minute)):
                self.env["gov.vehicle.booking"]._cron_warn_late()
            self.assertEqual(second.is_late_before, late)
        self.assertFalse(third.is_late_before)
        self.assertTrue(self._told(second.sudo().trip_id, self.driver2_user))

    def test_early_return_frees_the_rest(self):
        booking = self._assigned(self.start, self.end)
        self._set_back(booking.sudo().trip_id, self.start, self._at(9))
        booking.sudo()._give_back_early()
        self.assertEqual(booking.date_end, self._at(9))
        self.assertIn(self.car, self.env["fleet.vehicle"]._free(self._at(9), self.end))

    def test_early_return_before_the_beginning_frees_all(self):
        for out, back in ((self._at(7), self._at(7, 30)), (self._at(5), self._at(5))):
            booking = self._assigned(self.start, self.end)
            self._set_back(booking.sudo().trip_id, out, back)
            booking.sudo()._give_back_early()
            self.assertEqual(booking.date_end, back)
            self.assertLess(booking.date_start, back)
            self.assertEqual(booking.state, "done")
            free = self.env["fleet.vehicle"]._free(self.start, self.end)
            self.assertIn(self.car, free)

    def test_early_return_within_another_window(self):
        before = self._assigned(self._at(6), self._at(7))
        booking = self._assigned(self.start, self.end)
        self._set_back(booking.sudo().trip_id, self._at(6, 10), self._at(6, 40))
        booking.sudo()._give_back_early()
        self.assertEqual(before.date_end, self._at(7))
        self.assertEqual(booking.date_start, self.start)
        self.assertLess(booking.date_end, self._at(8, 1))

    # --------------------------------------------------------------------- dialog

    def test_dialog(self):
        booking = self._waiting(self._approved(self.start, self.end))
        action = booking.action_open_assign()
        wizard = self._as(self.env[action["res_model"]], self.dispatcher_user).browse(
            action["res_id"]
        )
        self.assertTrue(wizard.vehicle_id)
        self.assertTrue(wizard.driver_id)
        other = wizard.vehicle_option_ids.filtered(
            lambda o: o.record_id == self.car2.id
        )
        driver = wizard.driver_option_ids.filtered(
            lambda o: o.record_id == self.driver2.id
        )
        other.action_choose()
        self.assertEqual(wizard.vehicle_id, self.car2)
        # Pressed before the dialog was read again: the rows are the same.
        driver.action_choose()
        gone = wizard.option_ids.create(
            {"wizard_id": wizard.id, "kind": "driver", "record_id": 0, "name": "Gone"}
        )
        self.env.invalidate_all()
        wizard._fill({"vehicle_id": self.car2.id, "driver_id": self.driver2.id})
        self.assertFalse(gone.exists(), "What suits no more leaves the list.")
        with Form(wizard) as form:
            self.assertEqual(form.driver_id, self.driver2)
        wizard.action_assign()
        self.assertTrue(wizard.is_done)
        self.assertIn("岚A·10002", wizard.dispatch_text)
        self.assertEqual(booking.driver_id, self.driver2)

    def test_dialog_takes_off(self):
        booking = self._assigned(self.start, self.end)
        action = booking.action_open_assign()
        wizard = self._as(self.env[action["res_model"]], self.dispatcher_user).browse(
            action["res_id"]
        )
        self.assertTrue(wizard.is_change)
        self._message(wizard.action_unassign)
        wizard.reason = "Broken"
        wizard.action_unassign()
        self.assertEqual(booking.state, "waiting")

    def test_dialog_is_for_dispatchers(self):
        booking = self._waiting(self._approved(self.start, self.end))
        for user in (self.staff_user, self.technician_user):
            self._message(self._as(booking, user).action_open_assign)
            with self.assertRaises(AccessError):
                self._as(self.env["gov.vehicle.assign"], user).create(
                    {"booking_id": booking.id}
                )
        wizard = self._as(self.env["gov.vehicle.assign"], self.dispatcher_user).create(
            {"booking_id": booking.id}
        )
        with self.assertRaises(UserError):
            wizard.write({"booking_id": booking.id + 1})

    def test_board_rows(self):
        rows = self.bookings.action_board_rows("vehicle_id")
        ids = [row[0] for row in rows]
        self.assertIn(self.car.id, ids)
        self.assertNotIn(self.own_car.id, ids)
        rows = self.bookings.action_board_rows("driver_id")
        self.assertIn([self.firm_driver.id, "Pai Qian"], rows)
        with self.assertRaises(UserError):
            self.bookings.action_board_rows("company_id")

    def test_second_company_sees_nothing(self):
        request = self._approved(self.start, self.end)
        booking = self._waiting(request)
        stranger = self._create_user(
            "gov_far_dispatcher", "gov_fleet.group_dispatcher", self.other_company
        )
        far = booking.with_user(stranger).with_context(
            allowed_company_ids=self.other_company.ids
        )
        with self.assertRaises(AccessError):
            far.read(["name"])
        with self.assertRaises(AccessError):
            far.action_assign(self.car.id, self.driver.id)
        self._message(
            request.with_env(far.env).action_dispatch,
            [[self.car.id, self.driver.id]],
        )
        free = far.env["fleet.vehicle"]._free(self.start, self.end)
        self.assertNotIn(self.car, free)
