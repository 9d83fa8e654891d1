"""A holiday's sealing list in several hands at once, on real connections."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet_race import FleetRaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetSealingRace(FleetRaceCase):
    """A list is sealed once, and no vehicle is sealed and on its way."""

    @classmethod
    def _prepare(cls, env):
        super()._prepare(env)
        person = env["hr.employee"].create(
            {
                "name": "Race Applicant",
                "company_id": cls.company_id,
                "department_id": cls.department_id,
                "user_id": cls._create_users(
                    env, env["res.company"].browse(cls.company_id), "Race Applicant", 1
                ).id,
            }
        )
        cls.person_id = person.id
        cls.today = env["res.company"].browse(cls.company_id).gov_today()
        # The holiday that goes on: its list is sealed, others are sealed late.
        vehicle = cls._create_vehicles(env, 1)
        keeper = env(user=cls.users[0], context=cls.context)
        current = cls._create_list(keeper, vehicle.ids, -1, 4)
        current.action_seal()
        cls.current_id = current.id

    # --------------------------------------------------------------------- helpers

    @classmethod
    def _create_list(cls, env, vehicle_ids, first, last):
        """Return a list in preparation with these vehicles, ready to be sealed."""
        sealing = env["gov.vehicle.sealing"].create(
            {
                "name": f"Race {first}",
                "date_from": cls.today + timedelta(days=first),
                "date_to": cls.today + timedelta(days=last),
                "company_id": cls.company_id,
            }
        )
        cls._add_lines(sealing, vehicle_ids)
        return sealing

    @classmethod
    def _add_lines(cls, sealing, vehicle_ids):
        return sealing.line_ids.create(
            [
                {
                    "sealing_id": sealing.id,
                    "vehicle_id": vehicle_id,
                    "odometer_in": 10000,
                    "strip_number": f"S{vehicle_id}",
                    "keeper_id": cls.keeper_ids[0],
                    "sealed_by_id": cls.keeper_ids[1],
                }
                for vehicle_id in vehicle_ids
            ]
        )

    def _new_list(self, vehicle_ids, first, last):
        with self.transaction(self.users[0], self.context) as env:
            return self._create_list(env, vehicle_ids, first, last).id

    def _vehicles(self, count, first):
        with self.transaction() as env:
            return self._create_vehicles(env, count, first).ids

    def _request(self, start):
        """Return the id of an approved request for two hours."""
        with self.transaction() as env:
            person = env["hr.employee"].browse(self.person_id)
            end = start + timedelta(hours=2)
            return self._approved_request(env, person, start, end).id

    def _dispatch(self, request_id, vehicle_id):
        pair = [[vehicle_id, self.driver_ids[0]]]
        return self._call("gov.vehicle.request", request_id, "action_dispatch", pair)

    def _call(self, model, id_, method, *args):
        """Return a contestant that calls ``method`` of one record."""
        return lambda env: getattr(env[model].browse(id_), method)(*args)

    def _seal(self, sealing_id):
        return self._call("gov.vehicle.sealing", sealing_id, "action_seal")

    # ----------------------------------------------------------------------- lists

    def test_two_seal_one_list(self):
        sealing_id = self._new_list(self._vehicles(3, 20001), 10, 12)
        outcomes = self._compete(self._seal(sealing_id), self._seal(sealing_id))
        self.assertIn("Sealed", self._one_wins(outcomes))
        with self.transaction() as env:
            sealing = env["gov.vehicle.sealing"].browse(sealing_id)
            self.assertEqual(sealing.state, "sealed")
            self.assertEqual(set(sealing.line_ids.mapped("state")), {"sealed"})
            self.assertEqual(len(sealing.line_ids._get_windows()), 3)

    def test_two_make_the_list_of_one_holiday(self):
        for number in range(TRIES):
            day = self.today + timedelta(days=100 + 10 * number)
            values = {
                "name": "Race",
                "date_from": day,
                "date_to": day + timedelta(days=2),
                "company_id": self.company_id,
            }

            def make(env, values=values):
                return env["gov.vehicle.sealing"].create(values).id

            message = self._one_wins(self._compete(make, make))
            self.assertIn("There is a sealing list for these days already", message)
            with self.transaction() as env:
                lists = env["gov.vehicle.sealing"].search([("date_from", "=", day)])
                self.assertEqual(len(lists), 1)
                lists.unlink()

    # -------------------------------------------------------------------- vehicles

    def test_sealing_against_dispatch(self):
        """The eve's trip of a vehicle that is just being sealed."""
        start = fields.Datetime.now() + timedelta(hours=1)
        for number, vehicle_id in enumerate(self._vehicles(TRIES, 30001)):
            sealing_id = self._new_list([vehicle_id], 20 + number, 20 + number)
            request_id = self._request(start + timedelta(days=number))
            outcomes = self._compete(
                self._seal(sealing_id), self._dispatch(request_id, vehicle_id)
            )
            self.assertIn(f"岚R·{30001 + number}", self._one_wins(outcomes))
            with self.transaction() as env:
                sealing = env["gov.vehicle.sealing"].browse(sealing_id)
                booking = env["gov.vehicle.request"].browse(request_id).booking_ids
                sealed, sent = (outcome is True for outcome in outcomes)
                self.assertEqual(sealing.state, "sealed" if sealed else "draft")
                self.assertEqual(bool(booking.vehicle_id), sent)
                self.assertEqual(bool(booking.trip_id), sent)

    def test_preparing_against_dispatch(self):
        """A trip within the holiday is given a vehicle while the list is prepared."""
        for number, vehicle_id in enumerate(self._vehicles(TRIES, 40001)):
            sealing_id = self._new_list([], 300, 302)
            with self.transaction() as env:
                sealing = env["gov.vehicle.sealing"].browse(sealing_id)
                start = sealing._get_window()[0] + timedelta(hours=9)
            request_id = self._request(start)
            outcomes = self._compete(
                self._call("gov.vehicle.sealing", sealing_id, "action_prepare"),
                self._dispatch(request_id, vehicle_id),
            )
            self.assertIs(outcomes[0], True, outcomes)
            with self.transaction() as env:
                sealing = env["gov.vehicle.sealing"].browse(sealing_id)
                line = sealing.line_ids.filtered(
                    lambda row, id_=vehicle_id: row.vehicle_id.id == id_
                )
                booking = env["gov.vehicle.request"].browse(request_id).booking_ids
                if outcomes[1] is True:
                    self.assertEqual(line.kind, "duty")
                    self.assertEqual(booking.vehicle_id.id, vehicle_id)
                    booking._release()
                else:
                    self.assertEqual(line.kind, "sealed")
                    self.assertFalse(booking.vehicle_id)
                    self.assertIn(f"岚R·{40001 + number}", self._one_wins(outcomes))
                sealing.unlink()

    def _race_to_the_gate(self, vehicle_id, line_id):
        """Seal a vehicle while somebody drives off with it: one of them wins."""
        with self.transaction() as env:
            trip_id = self._plan_trip(env, vehicle_id).id

        def leave(env):
            return bool(env["gov.vehicle.trip"].browse(trip_id)._depart(10000))

        outcomes = self._compete(
            self._call("gov.vehicle.sealing.line", line_id, "_seal_lines"), leave
        )
        self._one_wins(outcomes)
        with self.transaction() as env:
            line = env["gov.vehicle.sealing.line"].browse(line_id)
            trip = env["gov.vehicle.trip"].browse(trip_id)
            states = (line.state, trip.state)
            self.assertIn(states, [("sealed", "planned"), ("planned", "out")])
            if trip.state == "out":
                trip._return(10010)

    def test_sealing_on_the_eve_against_departure(self):
        for number, vehicle_id in enumerate(self._vehicles(TRIES, 50001)):
            with self.transaction(self.users[0], self.context) as env:
                day = 200 + number
                line_id = self._create_list(env, [vehicle_id], day, day).line_ids.id
            self._race_to_the_gate(vehicle_id, line_id)

    def test_sealing_after_the_holiday_against_departure(self):
        """Nothing is booked any more, but the list is not unsealed yet."""
        vehicle_ids = self._vehicles(TRIES + 1, 55001)
        with self.transaction(self.users[0], self.context) as env:
            over = self._create_list(env, vehicle_ids[:1], -9, -8)
            over.action_seal()
            line_ids = self._add_lines(over, vehicle_ids[1:]).ids
        for vehicle_id, line_id in zip(vehicle_ids[1:], line_ids, strict=True):
            self._race_to_the_gate(vehicle_id, line_id)

    # --------------------------------------------------------------------- permits

    def _permit(self, line_id, hours=(1, 3)):
        """Return the id of a permit of the line that the leader has agreed to."""
        with self.transaction(self.users[0], self.context) as env:
            now = fields.Datetime.now()
            permit = engine(env["gov.vehicle.sealing.permit"].sudo()).create(
                {
                    "line_id": line_id,
                    "employee_id": self.keeper_ids[0],
                    "company_id": self.company_id,
                    "purpose": "Race",
                    "date_start": now + timedelta(hours=hours[0]),
                    "date_end": now + timedelta(hours=hours[1]),
                }
            )
            permit._assign_number()
            permit.write({"approval_state": "submitted", "approval_round": 1})
            return permit.id

    def _agree(self, permit_id):
        """The chain is not what is raced for."""

        def call(env):
            permit = engine(env["gov.vehicle.sealing.permit"].sudo())
            permit = permit.browse(permit_id)
            permit._approval_meet_rivals()
            permit.write({"approval_state": "approved"})
            permit._approval_after_approved()
            return True

        return call

    def _sealed_line(self, plate):
        """Return the id of a line of the holiday that goes on."""
        vehicle_ids = self._vehicles(1, plate)
        with self.transaction(self.users[0], self.context) as env:
            current = env["gov.vehicle.sealing"].browse(self.current_id)
            line = self._add_lines(current, vehicle_ids)
            line.action_seal()
            return line.id

    def test_two_permits_of_one_vehicle(self):
        """Both are agreed to at once, and both are used at once."""
        line_id = self._sealed_line(60001)
        permits = [self._permit(line_id, (1, 3)), self._permit(line_id, (5, 7))]
        outcomes = self._compete(*map(self._agree, permits))
        self.assertEqual(outcomes, [True, True])
        with self.transaction() as env:
            line = env["gov.vehicle.sealing.line"].browse(line_id)
            windows = line._get_windows().sorted("date_start")
            spans = [(w.date_start, w.date_end) for w in windows]
            for permit in line.permit_ids:
                for start, end in spans:
                    self.assertFalse(
                        start < permit.date_end and end > permit.date_start,
                        "The time of a permit is taken on the board.",
                    )
            self.assertEqual(spans[-1][1], line.sealing_id._get_window()[1])
        permit = "gov.vehicle.sealing.permit"
        for step, readings in (
            ("action_open_seal", [(10000,), (10000,)]),
            ("action_reseal", [(10030, "P1"), (10030, "P2")]),
        ):
            contestants = [
                self._call(permit, permit_id, step, *reading)
                for permit_id, reading in zip(permits, readings, strict=True)
            ]
            self._one_wins(self._compete(*contestants))
        with self.transaction() as env:
            line = env["gov.vehicle.sealing.line"].browse(line_id)
            self.assertEqual((line.state, line.permitted_km), ("sealed", 30))

    def test_one_permit_is_used_once(self):
        line_id = self._sealed_line(60101)
        permit_id = self._permit(line_id)
        with self.transaction(self.users[0], self.context) as env:
            self._agree(permit_id)(env)
        permit = "gov.vehicle.sealing.permit"
        for step, readings in (
            ("action_open_seal", [(10000,), (10005,)]),
            ("action_reseal", [(10030, "Q1"), (10040, "Q2")]),
        ):
            self._one_wins(
                self._compete(
                    *(self._call(permit, permit_id, step, *row) for row in readings)
                )
            )
        with self.transaction() as env:
            permit = env[permit].browse(permit_id)
            driven = permit.odometer_in - permit.odometer_out
            self.assertEqual(permit.line_id.permitted_km, driven)
            self.assertEqual(permit.line_id.strip_number, permit.strip_number)
