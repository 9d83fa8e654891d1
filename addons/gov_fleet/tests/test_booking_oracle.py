"""Windows against plain Python: any order of taking, moving and giving back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_board import BoardCase

_STEP = st.one_of(
    st.tuples(
        st.just("take"),
        st.integers(0, 2),  # vehicle; 2 is none
        st.integers(0, 2),  # driver; 2 is none
        st.integers(0, 20),
        st.integers(1, 8),
    ),
    st.tuples(
        st.just("move"),
        st.integers(0, 9),
        st.integers(0, 1),
        st.integers(0, 20),
        st.integers(1, 8),
    ),
    st.tuples(
        st.just("release"),
        st.integers(0, 9),
        st.integers(0, 28),
        st.just(0),
        st.just(0),
    ),
)


class Oracle:
    """The same rule as one would write it on paper: quarters of an hour."""

    def __init__(self):
        self.windows = {}

    def may(self, key, vehicle, driver, start, end):
        return end > start and not any(
            other != key
            and start < until
            and end > since
            and (
                (vehicle is not None and vehicle == taken)
                or (driver is not None and driver == drives)
            )
            for other, (taken, drives, since, until) in self.windows.items()
        )


@tagged("post_install", "-at_install")
class TestBookingOracle(BoardCase):
    def _moment(self, quarter):
        return self._at(8 + quarter // 4, quarter % 4 * 15)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.lists(_STEP, max_size=14))
    def test_any_order(self, steps):
        with self.env.cr.savepoint() as savepoint:
            self._play(steps)
            savepoint.rollback()
        self.env.invalidate_all()

    def _play(self, steps):
        oracle, made = Oracle(), []
        vehicles = [self.car, self.car2, None]
        drivers = [self.driver, self.driver2, None]
        for step in steps:
            kind, *numbers = step
            if kind == "take":
                self._take_one(oracle, made, vehicles, drivers, *numbers)
            elif made:
                booking = made[numbers[0] % len(made)]
                if kind == "move":
                    self._move_one(oracle, booking, vehicles, *numbers[1:])
                else:
                    self._release_one(oracle, booking, numbers[1])
        self._compare(oracle, made, vehicles)

    def _take_one(self, oracle, made, vehicles, drivers, vehicle, driver, start, long):
        vehicle, driver = vehicles[vehicle], drivers[driver]
        if not vehicle and not driver:
            return
        end = start + long
        may = oracle.may(None, vehicle, driver, start, end)
        vals = {
            "kind": "other",
            "company_id": self.company.id,
            "vehicle_id": vehicle.id if vehicle else False,
            "driver_id": driver.id if driver else False,
            "date_start": self._moment(start),
            "date_end": self._moment(end),
        }
        booking = self._try(lambda: self.bookings.create(vals), may)
        if booking:
            made.append(booking)
            oracle.windows[booking.id] = (vehicle, driver, start, end)

    def _move_one(self, oracle, booking, vehicles, vehicle, start, long):
        if booking.id not in oracle.windows:
            return
        driver = oracle.windows[booking.id][1]
        end = start + long
        vehicle = vehicles[vehicle]
        may = oracle.may(booking.id, vehicle, driver, start, end)
        moved = self._try(
            lambda: booking.write(
                {
                    "vehicle_id": vehicle.id,
                    "date_start": self._moment(start),
                    "date_end": self._moment(end),
                }
            ),
            may,
        )
        if moved:
            oracle.windows[booking.id] = (vehicle, driver, start, end)

    def _release_one(self, oracle, booking, quarter):
        if booking.id not in oracle.windows:
            return
        booking._release(self._moment(quarter))
        vehicle, driver, start, end = oracle.windows.pop(booking.id)
        if start < quarter:
            oracle.windows[booking.id] = (vehicle, driver, start, min(end, quarter))

    def _try(self, call, may):
        """Call, and compare whether it was allowed."""
        try:
            with self.env.cr.savepoint():
                result = call()
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()
            self.assertFalse(may, "refused, though nothing was in the way")
            return None
        self.assertTrue(may, "allowed, though something was in the way")
        return result

    def _compare(self, oracle, made, vehicles):
        """The rows are what the oracle says, and so is what is free."""
        for booking in made:
            known = oracle.windows.get(booking.id)
            self.assertEqual(booking.active, known is not None)
            if known:
                self.assertEqual(booking.date_start, self._moment(known[2]))
                self.assertEqual(booking.date_end, self._moment(known[3]))
        for start in (0, 5, 13):
            free = self.env["fleet.vehicle"]._free(
                self._moment(start), self._moment(start + 3), company=self.company
            )
            for vehicle in vehicles[:2]:
                self.assertEqual(
                    vehicle in free, oracle.may(None, vehicle, None, start, start + 3)
                )
