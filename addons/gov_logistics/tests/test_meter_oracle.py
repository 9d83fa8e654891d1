"""Random histories of a meter against what has really run through it."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_meter import MeterCase

DIGITS = 3
REGISTER = 10**DIGITS
HALF = REGISTER // 2
FIGURE = st.integers(0, REGISTER - 1)
STEPS = st.one_of(st.integers(0, 40), st.integers(0, HALF))

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), STEPS),
        st.tuples(st.just("guess"), STEPS, FIGURE),
        st.tuples(st.just("replace"), STEPS, FIGURE),
        st.tuples(st.just("misread"), FIGURE),
        st.tuples(st.just("cancel")),
    ),
    min_size=1,
    max_size=12,
)


class World:
    """The instrument on the wall: it knows nothing of readings and of rules.

    :ivar shown: what the instrument shows now.
    :ivar flowed: what has run through since the first reading.
    :ivar seen, seen_flowed: both, when somebody last really looked.
    :ivar guessed: where the last guess put the total, None after a real look.
    """

    def __init__(self, shown):
        self.shown = self.seen = shown
        self.flowed = self.seen_flowed = 0
        self.guessed = None

    def flow(self, steps):
        """Let water run; never more than half a round without anybody looking."""
        steps %= HALF + 1 - (self.flowed - self.seen_flowed)
        self.shown = (self.shown + steps) % REGISTER
        self.flowed += steps

    def look(self):
        self.seen, self.seen_flowed, self.guessed = self.shown, self.flowed, None

    def twin(self):
        other = World(0)
        other.__dict__.update(self.__dict__)
        return other


@tagged("post_install", "-at_install")
class TestMeterOracle(MeterCase):
    """Whatever is estimated, replaced or cancelled in between: at each real reading
    all uses together are what has run through the meter, and so is the usage."""

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        start=FIGURE,
        factor=st.sampled_from([1, 40, 0.25]),
        percent=st.sampled_from([None, 50, 33.3333, 0.0001]),
        events=EVENTS,
    )
    def test_history(self, start, factor, percent, events):
        # A hand-made savepoint: each example starts from nothing.
        savepoint = self.cr.savepoint()
        try:
            self._play(start, factor, percent, events)
        finally:
            self.env.invalidate_all(flush=False)
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _play(self, start, factor, percent, events):
        self.meter = self._meter("H-1", digits=DIGITS, factor=factor, usual_use=0)
        self._read(self.meter, 0, start)
        if percent:
            rest = float(Decimal(100) - Decimal(str(percent)))
            self._share(self.meter, (self.office_line, percent), (self.works, rest))
        self.world, self.past = World(start), []
        for day, event in enumerate(events, 1):
            getattr(self, f"_do_{event[0]}")(day, *event[1:])
            self._compare(factor)

    def _do_read(self, day, steps):
        self.past.append(self.world.twin())
        self.world.flow(steps)
        self._read(self.meter, day, self.world.shown)
        self.world.look()

    def _do_replace(self, day, steps, figure):
        self.past.append(self.world.twin())
        self.world.flow(steps)
        self._read(
            self.meter, day, figure, is_replacement=True, end_value=self.world.shown
        )
        self.world.shown = figure
        self.world.look()

    def _do_guess(self, day, steps, figure):
        run = (figure - self.world.seen) % REGISTER
        if figure < self.world.seen and run > HALF:
            self._do_misread(day, figure)
            return
        self.past.append(self.world.twin())
        self.world.flow(steps)
        self._read(self.meter, day, figure, is_estimated=True)
        self.world.guessed = self.world.seen_flowed + run

    def _do_misread(self, day, figure):
        """A figure so far below the last one that the meter cannot have got there."""
        run = (figure - self.world.seen) % REGISTER
        if figure < self.world.seen and run > HALF:
            count = len(self.meter.reading_ids)
            with self.assertRaises(UserError):
                self._read(self.meter, day, figure)
            self.assertEqual(len(self.meter.reading_ids), count)

    def _do_cancel(self, day):
        if self.past:
            reading = self.meter.last_reading_id
            self._as(reading, self.keeper_user).action_cancel("Wrong meter")
            self.world = self.past.pop()

    def _compare(self, factor):
        """Compare the books with the wall."""
        world = self.world
        total = world.seen_flowed if world.guessed is None else world.guessed
        valid = self.meter.reading_ids.filtered(lambda r: r.state == "valid")
        self.assertEqual(sum(valid.mapped("quantity")), total * factor)
        usages = self.env["gov.service.usage"].search(
            [("reading_id", "in", self.meter.reading_ids.ids)]
        )
        quantity = sum(Decimal(str(usage.quantity)) for usage in usages)
        self.assertEqual(float(quantity), total * factor)
        standing = usages.filtered(lambda u: not u.is_reversed and not u.reversal_of_id)
        for reading, rows in standing.grouped("reading_id").items():
            self.assertEqual(round(sum(rows.mapped("quantity")), 4), reading.quantity)
            money = sum(Decimal(str(row.amount_split)) for row in rows)
            whole = Decimal(str(reading.quantity)) * Decimal("0.68")
            if rows[0].is_split:
                self.assertLessEqual(abs(money - whole), Decimal("0.005"))

    def test_day_of_a_long_history(self):
        """Sixty months with a jump of every kind, added up by hand."""
        meter = self._meter("H-2", digits=4, usual_use=0)
        shown, total = 9_800, 0
        day = self.today - timedelta(days=61 * 30)
        self._read(meter, day, shown)
        for month in range(60):
            day += timedelta(days=30)
            use = 90 + month % 7
            total += use
            shown = (shown + use) % 10_000
            self._read(meter, day, shown)
        valid = meter.reading_ids
        self.assertEqual(sum(valid.mapped("quantity")), total)
        self.assertEqual(sum(valid.mapped("is_rollover")), 1)
        self.assertFalse(any(valid.mapped("is_jump")))
