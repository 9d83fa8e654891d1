from collections import Counter, namedtuple
from datetime import date

from .common_ledger import LedgerCommon

# One score as it was told to us: what every report is computed from by hand.
Told = namedtuple("Told", "person department article day points standing entry")


class ReportsCommon(LedgerCommon):
    """A history over two cycles, and the figures of it in plain Python.

    The cycles of everybody run from 1 March. ``works_staff`` moves from Works to the
    General Office after the first scores; two scores are reversed, one of them down
    to a smaller one.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = []
        cls._tell(cls.staff, 4, "2025-11-20")
        cls._tell(cls.works_staff, 2, "2025-12-01")
        cls._tell(cls.works_staff, 1, "2026-02-28")
        cls._tell(cls.works_staff, 2, "2026-03-01")
        # From now on they work in the General Office; what was, stays with Works.
        cls.works_staff.department_id = cls.office
        cls._tell(cls.works_staff, 6, "2026-08-03")
        cls._tell(cls.clerk, 1, "2026-04-10")
        cls._tell(cls.clerk, 1, "2026-05-11")
        cls._tell(cls.clerk, 1, "2026-09-01")
        cls._tell(cls.staff, 2, "2026-07-07")
        cls._tell(cls.office_head, 12, "2026-06-30", left=0)
        cls._tell(cls.clerk, 4, "2026-08-20", left=2)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        # What a test tells is told to nobody else.
        kept = list(self.told)
        self.addCleanup(lambda: self.told.__setitem__(slice(None), kept))

    @classmethod
    def _tell(cls, person, points, day, left=None):
        """Score a person; ``left`` is what an appeal left of it."""
        department = person._gov_department()
        entry = cls._score(person, points, day)
        article = entry.article_id
        if left is not None:
            cls.entries._correct(entry.share_id, left, "Appeal")
        standing = points if left is None else left
        cls.told.append(
            Told(
                person,
                department,
                article,
                date.fromisoformat(day),
                points,
                standing,
                entry,
            )
        )
        return entry

    @classmethod
    def _sum(cls, key, keep=lambda told: True):
        """Return what stands by ``key(told)``, without zeros."""
        total = Counter()
        for told in filter(keep, cls.told):
            total[key(told)] += told.standing
        return {name: points for name, points in total.items() if points}

    @classmethod
    def _in_running(cls, told):
        return told.day >= date(2026, 3, 1)

    def _read_as(self, user, model):
        """Return ``model`` as ``user`` reads it in their own institutions, anew."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env[model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
        )

    def _add_people(self, number, points=2):
        """Put ``number`` more people with a score into the General Office."""
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Person {n}",
                    "company_id": self.company.id,
                    "department_id": self.office.id,
                    "points_review_date": "2020-03-01",
                }
                for n in range(number)
            ]
        )
        self.entries._post(self._shares(people, points, "2026-09-01"))
        return people

    def _count_queries(self, function):
        """Return how many queries ``function()`` needs from cold caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        function()
        return self.cr.sql_log_count - before
