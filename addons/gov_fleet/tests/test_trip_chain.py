"""Random histories of a vehicle against a plain reckoning of its readings."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_trip import TripCase

FIRST_DIGITS = 4
PER_DAY = 1000
HOURS = 96
FIGURE = st.one_of(
    st.integers(0, 60), st.integers(9900, 10100), st.integers(0, 110000)
).map(float)
STEP = st.one_of(st.integers(0, 300), st.integers(0, 2500))
HOUR = st.integers(0, HOURS)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("follow"), HOUR, st.integers(0, 30), STEP),
        st.tuples(st.just("typed"), HOUR, st.integers(0, 30), FIGURE, FIGURE),
        st.tuples(st.just("swap"), HOUR, FIGURE, FIGURE, st.sampled_from([4, 5])),
        st.tuples(st.just("undo_swap"), st.integers(0, 9)),
        st.tuples(st.just("correct"), st.integers(0, 30), FIGURE, FIGURE, HOUR),
    ),
    min_size=1,
    max_size=14,
)


@dataclass
class Drive:
    """A trip in the plain reckoning; hours count from a local midnight."""

    key: int
    start: int
    end: int
    out: float
    back: float
    km: float = 0
    jump: bool = False


@dataclass
class Swap:
    """A replaced instrument in the plain reckoning."""

    key: int
    start: int
    out: float
    back: float
    old_digits: int
    digits: int


class Refused(Exception):
    """What the institution must refuse."""


class Ledger:
    """Knows nothing of the database: lists, sorting and subtraction."""

    def __init__(self, first):
        self.first = first
        self.drives, self.swaps = [], []

    def events(self):
        rows = [(swap.start, 0, swap.key, swap) for swap in self.swaps]
        rows += [(drive.start, 1, drive.key, drive) for drive in self.drives]
        return [row[3] for row in sorted(rows, key=lambda row: row[:3])]

    def digits(self, hour):
        """Of the instrument at ``hour``."""
        digits = None
        for swap in sorted(self.swaps, key=lambda s: (s.start, s.key)):
            if digits is None:
                digits = swap.old_digits
            if swap.start <= hour:
                digits = swap.digits
        return FIRST_DIGITS if digits is None else digits

    def distance(self, drive):
        """Return the km of a trip and whether it jumps; raise what must be refused."""
        register = 10 ** self.digits(drive.start)
        if drive.end < drive.start:
            raise Refused("ends before it begins")
        if max(drive.out, drive.back) >= register:
            raise Refused("too many digits")
        if any(drive.start < swap.start < drive.end for swap in self.swaps):
            raise Refused("two instruments")
        km = drive.back - drive.out
        days = drive.end // 24 - drive.start // 24 + 1
        if km < 0 and km + register <= PER_DAY * days:
            km += register
        if km < 0:
            raise Refused("in below out")
        return km, km > PER_DAY * days

    def gaps(self):
        """Return the gap of each event, in the order of the chain."""
        before, digits = self.first, None
        result = []
        swaps = sorted(self.swaps, key=lambda s: (s.start, s.key))
        digits = swaps[0].old_digits if swaps else FIRST_DIGITS
        for event in self.events():
            gap = event.out - before
            register = 10**digits
            if gap < 0 and gap + register < register / 10:
                gap += register
            result.append(gap)
            before = event.back
            if isinstance(event, Swap):
                digits = event.digits
        return result

    def last(self):
        events = self.events()
        return events[-1].back if events else self.first


@tagged("post_install", "-at_install")
class TestTripChain(TripCase):
    """Whatever is typed in whatever order: gaps, places, km and the vehicle's reading
    are those of the plain reckoning, and what it refuses is refused."""

    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(first=st.integers(1, 9999), events=EVENTS)
    def test_history(self, first, events):
        # A hand-made savepoint: each example starts from nothing.
        savepoint = self.cr.savepoint()
        try:
            self._play(float(first), events)
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _play(self, first, events):
        self.vehicle = self._create_vehicle(
            "岚A·77777", reading=first, odometer_digits=FIRST_DIGITS
        )
        self.ledger = Ledger(first)
        self.rows = {}
        for event in events:
            getattr(self, f"_do_{event[0]}")(*event[1:])
            self._compare()

    def _hour(self, hour):
        return self._at(0, 0, days=-10) + timedelta(hours=hour)

    def _try(self, allowed, call):
        """Do it, or see it refused with nothing changed."""
        try:
            with self.env.cr.savepoint():
                done = call()
        except UserError:
            self.assertFalse(allowed, "what is allowed was refused")
            return None
        self.assertTrue(allowed, "what must be refused was taken")
        return done

    def _do_follow(self, hour, hours, step):
        """A trip that starts where the chain stands at that hour."""
        before = [e for e in self.ledger.events() if e.start <= hour]
        out = before[-1].back if before else self.ledger.first
        register = 10 ** self.ledger.digits(hour)
        self._do_typed(hour, hours, out, (out + step) % register)

    def _do_typed(self, hour, hours, out, back):
        drive = Drive(0, hour, hour + hours, out, back)
        try:
            drive.km, drive.jump = self.ledger.distance(drive)
            allowed = True
        except Refused:
            allowed = False
        trip = self._try(
            allowed,
            lambda: self._slip(
                out,
                back,
                self._hour(hour),
                self._hour(hour + hours),
                vehicle=self.vehicle,
            ),
        )
        if trip:
            drive.key = trip.id
            self.ledger.drives.append(drive)

    def _do_swap(self, hour, old, new, digits):
        under_way = any(d.start < hour < d.end for d in self.ledger.drives)
        old_digits = self.ledger.digits(hour)
        allowed = not under_way and old < 10**old_digits and new < 10**digits
        # Trips behind it must fit the new instrument: typed in order, they do.
        swaps = self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        )
        row = self._try(
            allowed,
            lambda: swaps.create(
                {
                    "vehicle_id": self.vehicle.id,
                    "date": self._hour(hour),
                    "old_value": old,
                    "new_value": new,
                    "new_digits": digits,
                    "reason": "Worn out",
                }
            ),
        )
        if row:
            self.ledger.swaps.append(Swap(row.id, hour, old, new, old_digits, digits))
            self.rows[row.id] = row

    def _do_undo_swap(self, number):
        if not self.ledger.swaps:
            return
        swap = self.ledger.swaps[number % len(self.ledger.swaps)]
        self._as(self.rows[swap.key], self.fleet_user).action_cancel("A mistake")
        self.ledger.swaps.remove(swap)

    def _do_correct(self, number, out, back, hour):
        if not self.ledger.drives:
            return
        number %= len(self.ledger.drives)
        drive = self.ledger.drives[number]
        right = replace(drive, out=out, back=back, start=min(hour, drive.end))
        try:
            right.km, right.jump = self.ledger.distance(right)
            same = (right.out, right.back, right.start)
            allowed = same != (drive.out, drive.back, drive.start)
        except Refused:
            allowed = False
        trip = self._as(self.trips.browse(drive.key), self.fleet_user)
        done = self._try(
            allowed,
            lambda: trip.action_correct(
                "Misread",
                odometer_out=out,
                odometer_in=back,
                date_start=self._hour(right.start),
            ),
        )
        if done:
            self.ledger.drives[number] = right

    def _compare(self):
        self.env.flush_all()
        self.env.invalidate_all()
        gaps = self.ledger.gaps()
        events = self.ledger.events()
        for place, (event, gap) in enumerate(zip(events, gaps, strict=True), 1):
            if isinstance(event, Swap):
                row = self.rows[event.key]
                found = (row.sequence, row.gap_km)
            else:
                row = self.trips.browse(event.key)
                found = (row.sequence, row.gap_km)
                self.assertEqual(row.has_gap, bool(gap))
                self.assertEqual((row.distance, row.is_jump), (event.km, event.jump))
            self.assertEqual(found, (place, gap), f"{place}. of {events}")
        self.assertEqual(self.vehicle.odometer_value, self.ledger.last())


@tagged("post_install", "-at_install")
class TestTripChainCases(TripCase):
    """Single cases that people ask about."""

    def test_a_late_slip_closes_the_gap(self):
        late = self._slip(10050, 10080, (14, 0, -1))
        self.assertEqual(late.gap_km, 50)
        finding = self._findings(late)
        between = self._slip(10000, 10050, (9, 0, -1))
        self.assertEqual((late.gap_km, between.gap_km), (0, 0))
        self.assertEqual((between.sequence, late.sequence), (1, 2))
        self.assertIn("closed", finding.evidence)
        self.assertEqual(finding.state, "open", "supervision closes it, not we")

    def test_a_gap_opens_behind_a_late_slip(self):
        after = self._slip(10000, 10080, (14, 0, -1))
        self._slip(9900, 9950, (9, 0, -1))
        self.assertEqual(after.gap_km, 50)
        self.assertTrue(self._findings(after))

    def test_correction(self):
        wrong = self._slip(10000, 10900, (9, 0, -1))
        after = self._slip(10090, 10100, (14, 0, -1))
        self.assertEqual(after.gap_km, -810)
        engine(wrong.sudo()).page = "17"
        manager = self._as(wrong, self.fleet_user)
        manager.action_correct("10090 was typed as 10900", odometer_in=10090)
        self.assertRecordValues(
            wrong,
            [{"odometer_in": 10090, "distance": 90, "is_corrected": True}],
        )
        self.assertEqual(wrong.page, "17", "what was written just before is kept")
        self.assertEqual(after.gap_km, 0)
        self.assertIn("closed", self._findings(after).evidence)
        row = wrong.correction_ids
        self.assertRecordValues(
            row,
            [
                {
                    "old_in": 10900,
                    "new_in": 10090,
                    "old_out": 10000,
                    "new_out": 10000,
                    "user_id": self.fleet_user.id,
                    "is_sealed": True,
                }
            ],
        )
        for call in (
            lambda: row.sudo().write({"old_in": 1}),
            lambda: row.sudo().unlink(),
            lambda: row.copy(),
        ):
            with self.assertRaises(UserError):
                call()

    def test_correction_refused(self):
        trip = self._slip(10000, 10090, (9, 0, -1))
        for user in (self.dispatcher_user, self.driver_user, self.technician_user):
            with self.assertRaises(UserError):
                self._as(trip, user).action_correct("why", odometer_in=10080)
        manager = self._as(trip, self.fleet_user)
        for values in (
            {"odometer_in": 9999},
            {"odometer_in": 1000000},
            {"odometer_in": float("nan")},
            {"odometer_out": "x"},
            {"odometer_in": 10090},
            {"date_end": self._at(8, 0, days=-1)},
            {"date_end": self._at(8, 0, days=2)},
            {},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    manager.action_correct("why", **values)
        for reason in (None, "", " ", 5, "x" * 501):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                manager.action_correct(reason, odometer_in=10080)
        self.assertEqual(trip.odometer_in, 10090)
        self.assertFalse(trip.correction_ids)

    def test_correction_of_a_closed_month(self):
        trip = self._slip(10000, 10090, (9, 0, -1))
        self.company._gov_close_until(self.company.gov_today() - timedelta(days=1))
        with self.assertRaises(UserError):
            self._as(trip, self.fleet_user).action_correct("why", odometer_in=10080)
        with self.assertRaises(UserError):
            self._as(trip, self.dispatcher_user).write({"toll_amount": 5})

    def test_correction_into_a_closed_month(self):
        today = self.company.gov_today()
        trip = self._slip(10000, 10090, (9, 0, -1))
        self.company._gov_close_until(today - timedelta(days=5))
        manager = self._as(trip, self.fleet_user)
        with self.assertRaisesRegex(UserError, "closed"):
            manager.action_correct(
                "why",
                date_start=self._at(9, 0, days=-6),
                date_end=self._at(10, 0, days=-6),
            )
        manager.action_correct("why", date_start=self._at(8, 0, days=-2))
        self.assertEqual(trip.return_date, today - timedelta(days=1))

    def test_correction_of_the_day_moves_the_department(self):
        """The department at departure is that of the right day."""
        today = self.company.gov_today()
        engine(self.car.department_history_ids).write(
            {"date_from": today - timedelta(days=40)}
        )
        engine(self.env["gov.vehicle.department"]).create(
            {
                "vehicle_id": self.car.id,
                "department_id": self.office.id,
                "date_from": today - timedelta(days=10),
            }
        )
        trip = self._slip(10000, 10090, (9, 0, -1))
        self.assertEqual(trip.department_id, self.office)
        self._as(trip, self.fleet_user).action_correct(
            "It was the 12th day before",
            date_start=self._at(9, 0, days=-12),
            date_end=self._at(10, 0, days=-12),
        )
        self.assertEqual(trip.department_id, self.carpool)

    def test_correction_while_out(self):
        trip = self._planned()
        self._as(trip, self.driver_user).action_depart(10100)
        manager = self._as(trip, self.fleet_user)
        with self.assertRaises(UserError):
            manager.action_correct("why", odometer_in=10200)
        manager.action_correct("one digit too many", odometer_out=10000)
        self.assertEqual((trip.gap_km, trip.state), (0, "out"))
        self.assertEqual(self.car.odometer_value, 10000)

    def test_replaced_in_the_workshop(self):
        self._slip(10000, 10090, (9, 0, -3))
        swaps = self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        )
        swap = swaps.create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(10, 0, days=-2),
                "old_value": 10095,
                "new_value": 3,
                "reason": "Broken, shop No. 2",
            }
        )
        self.assertEqual(swap.gap_km, 5)
        finding = self.env["gov.finding"].search(
            [("model", "=", swap._name), ("res_id", "=", swap.id)]
        )
        self.assertIn("10095", finding.evidence)
        self.assertEqual(self.car.odometer_value, 3)
        after = self._slip(3, 40, (9, 0, -1))
        self.assertEqual((after.gap_km, after.distance), (0, 37))
        self.assertEqual(self.car.odometer_value, 40)
        with self.assertRaises(UserError):
            swap.write({"old_value": 10090})
        with self.assertRaises(UserError):
            swap.unlink()
        with self.assertRaises(UserError):
            self._as(swap, self.technician_user).action_cancel("why")
        self._as(swap, self.fleet_user).action_cancel("another vehicle")
        self.assertEqual(after.gap_km, 3 - 10090)
        self.assertTrue(self._findings(after))

    def test_replacement_refused(self):
        self._slip(10000, 10090, (9, 0, -1), (11, 0, -1))
        swaps = self._as(
            self.env["gov.vehicle.odometer.replacement"], self.technician_user
        )
        good = {
            "vehicle_id": self.car.id,
            "date": self._at(12, 0, days=-1),
            "old_value": 10090,
            "new_value": 0,
            "reason": "Broken",
        }
        for values in (
            {"date": self._at(10, 0, days=-1)},
            {"date": self._at(10, 0, days=2)},
            {"old_value": 1000000},
            {"old_value": -1},
            {"new_value": float("inf")},
            {"new_digits": 3},
            {"new_digits": 12},
            {"new_digits": "6"},
            {"reason": " "},
            {"vehicle_id": False},
            {"vehicle_id": 2**31 - 2},
            {"state": "cancelled"},
            {"gap_km": 0},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    swaps.create({**good, **values})
        self.assertTrue(swaps.create(good))

    def test_a_reading_of_zero(self):
        vehicle = self._create_vehicle("岚A·88888", reading=0)
        self.assertEqual(self._slip(0, 0, vehicle=vehicle).distance, 0)

    def test_trips_of_the_vehicle(self):
        trip = self._slip(10000, 10090)
        self._slip(10000, 10090, vehicle=self.car2)
        action = self._as(self.car, self.dispatcher_user).action_open_gov_trips()
        self.assertEqual(self.trips.search(action["domain"]), trip)

    def test_a_new_vehicle_has_no_gap(self):
        vehicle = self._create_vehicle("岚A·88888", reading=0)
        self.assertEqual(self._slip(7, 90, vehicle=vehicle).gap_km, 0)
        self.assertEqual(vehicle.odometer_value, 90)

    def test_first_reading_by_the_card(self):
        vehicle = self._create_vehicle("岚A·88888", reading=0)
        vehicle.odometer = 5000
        self.assertEqual(vehicle.odometer_first, 5000)
        self.assertEqual(self._slip(5007, 5090, vehicle=vehicle).gap_km, 7)
        with self.assertRaises(UserError):
            vehicle.odometer = 6000

    def test_gap_behind_a_trip_that_is_still_out(self):
        first = self._planned()
        self._as(first, self.dispatcher_user).action_depart(
            10000, self._at(8, 0, days=-1)
        )
        typed = self._slip(10080, 10100, (12, 0, -1), driver_id=self.driver2.id)
        self.assertEqual(typed.gap_km, 0, "nobody knows yet")
        self._as(first, self.dispatcher_user).action_return(
            10060, self._at(10, 0, days=-1)
        )
        self.assertEqual(typed.gap_km, 20)
        self.assertTrue(self._findings(typed))
