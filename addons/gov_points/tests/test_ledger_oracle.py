"""Ledger, cycles, levels and measures against a second, plain account of the rules."""

from datetime import date, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common_ledger import TODAY, LedgerCommon

PEOPLE = 2
ONE = timedelta(days=1)

# code, holds(total, highest), reached(total, highest), measures
ROWS = [
    (
        "talk_section",
        lambda t, h: 0 < t < 6,
        lambda t, h: t > 0,
        ["talk_section"],
    ),
    ("talk_office", lambda t, h: t >= 6, lambda t, h: t >= 6, ["talk_office"]),
    (
        "circular",
        lambda t, h: t >= 9 or h >= 6,
        lambda t, h: t >= 9 or h >= 6,
        ["circular", "no_excellent", "watch_list", "transfer_post"],
    ),
    (
        "unqualified",
        lambda t, h: t >= 12 or h >= 12,
        lambda t, h: t >= 12 or h >= 12,
        ["circular", "unqualified", "no_promotion", "off_post"],
    ),
]
SERIOUS = {"transfer_post", "off_post"}


def month_day(day):
    return day.month, day.day


def a_year_later(day):
    return day.replace(year=day.year + 1)


class Cycle:
    """What the rules say about one cycle."""

    def __init__(self, start, end):
        self.start, self.end, self.closed = start, end, False
        self.scores = []  # [points, still stands]
        self.measures = {}  # kind: todo, proposed, done, cleared
        self.closings = []

    @property
    def standing(self):
        return [points for points, stands in self.scores if stands]

    @property
    def total(self):
        return sum(self.standing)

    @property
    def highest(self):
        return max(self.standing, default=0)

    @property
    def level(self):
        holding = [row[0] for row in ROWS if row[1](self.total, self.highest)]
        return holding[-1] if holding else False

    def changed(self):
        total, highest = self.total, self.highest
        kept = {k for row in ROWS if row[2](total, highest) for k in row[3]}
        for kind, state in list(self.measures.items()):
            if kind in kept:
                if state == "cleared":
                    self.measures[kind] = "done"
            elif state in ("todo", "proposed"):
                del self.measures[kind]
            else:
                self.measures[kind] = "cleared"
        for row in ROWS:
            if row[1](total, highest):
                for kind in row[3]:
                    first = "proposed" if kind in SERIOUS else "todo"
                    self.measures.setdefault(kind, first)
        if self.closed:
            self.closings.append(("correction", total, highest))

    def close(self):
        self.closed = True
        self.closings.append(("closing", self.total, self.highest))

    def facts(self):
        return {
            "dates": (self.start, self.end),
            "closed": self.closed,
            "total": self.total,
            "highest": self.highest,
            "level": self.level,
            "measures": self.measures,
            "closings": self.closings,
        }


class Person:
    """One person's cycles, day by day and without any formula."""

    def __init__(self, review):
        self.review = review
        self.cycles = []

    def end_from(self, start):
        day = start + ONE
        on_grid = month_day(start) == month_day(self.review)
        while True:
            begins = month_day(day) == month_day(self.review) and (
                day >= self.review or on_grid
            )
            if begins or day == a_year_later(start):
                return day - ONE
            day += ONE

    def cycle_of(self, day):
        for cycle in self.cycles:
            if cycle.start <= day <= cycle.end:
                return cycle
        earlier = [c.end for c in self.cycles if c.end < day]
        later = [c.start for c in self.cycles if c.start > day]
        if earlier:
            start = max(earlier) + ONE
            end = self.end_from(start)
            while end < day:
                start = end + ONE
                end = self.end_from(start)
        else:
            base = self.review
            if later and month_day(min(later)) != month_day(base):
                base = min(later)
            start = day
            while month_day(start) != month_day(base):
                start -= ONE
            end = a_year_later(start) - ONE
        if later:
            end = min(end, min(later) - ONE)
        cycle = Cycle(start, end)
        self.cycles.append(cycle)
        return cycle

    def run_job(self, today):
        while over := [c for c in self.cycles if c.end < today and not c.closed]:
            cycle = min(over, key=lambda c: c.end)
            cycle.close()
            if not any(c.start > cycle.end for c in self.cycles):
                start = cycle.end + ONE
                self.cycles.append(Cycle(start, self.end_from(start)))
        if not any(c.end >= today for c in self.cycles):
            self.cycle_of(today)


# One person most of the time, and scores that add up slowly: levels are crossed both
# ways, and each bound is met exactly.
who = st.sampled_from((0, 0, 0, 1))
POINTS = st.sampled_from((4, 4, 4, 2, 1, 1, 1, 6, 12))
score = st.tuples(st.just("score"), who, POINTS, st.integers(0, 20))
appeal = st.tuples(
    st.just("appeal"), who, st.integers(0, 9), st.sampled_from((0, 0, 1, 4))
)
steps = st.one_of(
    score,
    score,
    score,
    st.tuples(st.just("score"), who, POINTS, st.integers(0, 700)),
    appeal,
    appeal,
    st.tuples(st.just("done"), who),
    st.tuples(st.just("pass"), st.integers(1, 20), st.booleans()),
    st.tuples(st.just("pass"), st.integers(150, 400), st.booleans()),
    st.tuples(st.just("review"), who, st.integers(-300, 600)),
)


@tagged("post_install", "-at_install")
class TestLedgerOracle(LedgerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.staff | cls.clerk
        cls.pool = {
            person: [cls._shares(person, 1, TODAY) for _number in range(14)]
            for person in cls.people
        }
        # Whoever is not watched is not there for the job.
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE hr_employee SET active = false WHERE NOT id = ANY(%s)",
            [cls.people.ids],
        )
        cls.env.invalidate_all()

    @settings(
        max_examples=18,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps, min_size=10, max_size=22))
    def test_random_histories(self, history):
        savepoint = self.env.cr.savepoint()
        try:
            self._run(history)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _run(self, history):
        self.today = TODAY
        self.rules = [Person(date(2020, 3, 1)) for _person in range(PEOPLE)]
        self.given = [[] for _person in range(PEOPLE)]  # (share, cycle, place)
        self.free = [list(self.pool[person]) for person in self.people]
        jobs = type(self.env["ir.cron"])
        with (
            patch.object(
                type(self.env["res.company"]), "gov_today", lambda this: self.today
            ),
            patch.object(jobs, "_commit_progress", lambda *a: 1),
        ):
            for step in history:
                getattr(self, f"_step_{step[0]}")(*step[1:])
                self._compare(step)

    def _step_score(self, number, points, days):
        if not self.free[number]:
            return
        day = self.today - timedelta(days=days)
        share = self.free[number].pop()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_points_case SET date = %s WHERE id = %s",
            [day, share.case_id.id],
        )
        self.env.cr.execute(
            "UPDATE gov_points_share SET date = %s, points = %s, state = 'noticed'"
            " WHERE id = %s",
            [day, points, share.id],
        )
        self.env.invalidate_all()
        self.entries._post(share)
        cycle = self.rules[number].cycle_of(day)
        cycle.scores.append([points, True])
        cycle.changed()
        self.given[number].append((share, cycle, cycle.scores[-1]))

    def _step_appeal(self, number, place, points):
        standing = [row for row in self.given[number] if row[2][1]]
        if not standing:
            return
        share, cycle, score = standing[place % len(standing)]
        if points >= score[0]:
            points = 0
        self.entries._correct(share, points, "Appeal")
        score[1] = False
        if points:
            cycle.scores.append([points, True])
            self.given[number].append((share, cycle, cycle.scores[-1]))
        cycle.changed()

    def _step_done(self, number):
        """Somebody carries out every task that is no circular."""
        todo = self.measures.search(
            [
                ("employee_id", "=", self.people[number].id),
                ("state", "=", "todo"),
                ("kind", "!=", "circular"),
            ]
        )
        todo.with_user(self.points_user).action_done("Done")
        for cycle in self.rules[number].cycles:
            for kind, state in cycle.measures.items():
                if state == "todo" and kind != "circular":
                    cycle.measures[kind] = "done"

    def _step_pass(self, days, with_job):
        self.today += timedelta(days=days)
        if with_job:
            self.cycles._cron_close()
            for person in self.rules:
                person.run_job(self.today)

    def _step_review(self, number, days):
        day = self.today + timedelta(days=days)
        day = day.replace(day=min(day.day, 28))
        self.people[number].points_review_date = day
        self.rules[number].review = day

    def _compare(self, step):
        self.env.flush_all()
        for person, rules in zip(self.people, self.rules, strict=True):
            cycles = self.cycles.search(
                [("employee_id", "=", person.id)], order="date_from"
            )
            expected = sorted(rules.cycles, key=lambda c: c.start)
            self.assertEqual(
                [self._facts(cycle) for cycle in cycles],
                [cycle.facts() for cycle in expected],
                f"after {step} on {self.today}",
            )

    def _facts(self, cycle):
        standing = cycle.measure_ids.filtered(lambda m: m.state != "withdrawn")
        return {
            "dates": (cycle.date_from, cycle.date_to),
            "closed": cycle.closed,
            "total": cycle.total,
            "highest": cycle.highest_single,
            "level": cycle.level,
            "measures": {
                m.kind: "cleared" if m.is_cleared else m.state for m in standing
            },
            "closings": [
                (row.kind, row.total, row.highest_single)
                for row in cycle.closing_ids.sorted("id")
            ],
        }
