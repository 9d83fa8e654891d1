from collections import Counter, defaultdict
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestRanking(ReportsCommon):
    """Points per head, against the figures by hand."""

    def _rows(self, user=None, domain=()):
        model = self._read_as(user or self.hr_user, "gov.points.ranking")
        return model.search([("company_id", "=", self.company.id), *domain])

    def test_figures(self):
        people = Counter(
            person._gov_department().id
            for person in self.env["hr.employee"].search(
                [("company_id", "=", self.company.id)]
            )
        )
        for domain, keep in (
            ([("basis", "=", "cycle")], self._in_running),
            ([("year", "=", "2026")], lambda told: told.day.year == 2026),
            ([("year", "=", "2025")], lambda told: told.day.year == 2025),
        ):
            with self.subTest(domain):
                points = self._sum(lambda told: told.department.id, keep)
                persons = defaultdict(set)
                scores = Counter()
                for told in filter(keep, self.told):
                    if told.standing:
                        persons[told.department.id].add(told.person)
                        scores[told.department.id] += 1
                rows = self._rows(domain=domain)
                self.assertEqual(set(rows.department_id.ids), set(people))
                for row in rows:
                    id_ = row.department_id.id
                    self.assertEqual(row.points, points.get(id_, 0))
                    self.assertEqual(row.heads, people[id_])
                    self.assertEqual(row.scored, len(persons[id_]))
                    self.assertEqual(row.scores, scores[id_])
                    self.assertAlmostEqual(row.per_head, row.points / people[id_])
                ordered = rows.sorted("place")
                heavy = ordered.mapped("per_head")
                self.assertEqual(heavy, sorted(heavy, reverse=True))
                self.assertEqual(ordered[0].place, 1)

    def test_department_without_people(self):
        """What was scored there is shown, without points per head."""
        (self.works_head | self.works_staff).department_id = self.office
        row = self._rows(
            domain=[("department_id", "=", self.works.id), ("year", "=", "2026")]
        )
        self.assertEqual((row.points, row.heads, row.per_head), (3, 0, 0))

    def test_access(self):
        everything = self._rows()
        self.assertEqual(self._rows(self.supervision_user), everything)
        office = everything.filtered(lambda r: r.department_id.id == self.office.id)
        self.assertEqual(self._rows(self.office_head_user), office)
        for user in (self.staff_user, self.admin_user, self.other_staff_user):
            self.assertFalse(self._rows(user))
        self.assertFalse(
            everything.filtered(lambda r: r.company_id.id != self.company.id)
        )


@tagged("post_install", "-at_install")
class TestRepeat(ReportsCommon):
    """The same article twice within a cycle."""

    def _rows(self, user=None):
        model = self._read_as(user or self.hr_user, "gov.points.repeat")
        return model.search([("company_id", "=", self.company.id)])

    def test_figures(self):
        found = defaultdict(list)
        for told in self.told:
            cycle = told.entry.cycle_id
            if told.standing:
                found[told.person.id, told.article.code, cycle.id].append(told)
        expected = {
            key: (
                len(many),
                sum(told.standing for told in many),
                min(told.day for told in many),
                max(told.day for told in many),
            )
            for key, many in found.items()
            if len(many) > 1
        }
        rows = {
            (row.employee_id.id, row.article_code, row.cycle_id.id): (
                row.count,
                row.points,
                row.first_on,
                row.last_on,
            )
            for row in self._rows()
        }
        self.assertEqual(rows, expected)
        self.assertEqual([key[0] for key in rows], [self.clerk.id])

    def test_one_reversed(self):
        (row,) = self._rows()
        self.assertEqual(row.count, 3)
        ones = [t for t in self.told if t.person == self.clerk and t.points == 1]
        for told in ones[1:]:
            self.entries._correct(told.entry.share_id, 0, "Appeal: revoked")
        self.assertFalse(self._rows())

    def test_open(self):
        (row,) = self._rows()
        action = row.action_open()
        entries = self._read_as(self.hr_user, "gov.points.entry")
        self.assertEqual(len(entries.search(action["domain"])), 3)

    def test_access(self):
        self.assertEqual(len(self._rows(self.supervision_user)), 1)
        self.assertEqual(len(self._rows(self.office_head_user)), 1)
        self.assertEqual(len(self._rows(self.clerk_user)), 1)
        for user in (self.staff_user, self.works_head_user, self.other_staff_user):
            self.assertFalse(self._rows(user))
        (row,) = self._rows()
        with self.assertRaises(AccessError):
            row.with_user(self.staff_user).action_open()


@tagged("post_install", "-at_install")
class TestProcedure(ReportsCommon):
    """Working days of the steps, outcome of appeals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shares = [told.entry.share_id for told in cls.told]
        cls.shares = cls.env["gov.points.share"].union(*shares)
        cls.notices = cls.env["gov.points.notice"]._issue(cls.shares)
        cls.env.flush_all()
        # As if each step had been taken on its day.
        cls.steps = {}
        for number, notice in enumerate(cls.notices.sorted("id")):
            steps = cls._steps(number)
            cls.steps[notice.id] = steps
            cls.env.cr.execute(
                """
                UPDATE gov_points_case SET create_date = %s, checked_at = %s
                 WHERE id = %s
                """,
                [*steps[:2], notice.share_id.case_id.id],
            )
            engine(notice.share_id.sudo()).decided_on = steps[2]
            engine(notice.sudo()).write({"received_on": steps[3], "state": "served"})
        cls.env.flush_all()

    @classmethod
    def _steps(cls, number):
        """Clue and check (UTC), decision and receipt: holidays lie between."""
        return (
            # 23:30 in Shanghai, the evening before the holiday of 1 May
            "2026-04-29 15:30:00",
            "2026-05-06 01:00:00",
            date(2026, 5, 9),
            date(2026, 5, 11 + number),
        )

    def _working_days(self, first, last):
        """Count with the calendar that everybody counts with, day by day."""
        workdays = self.env["gov.workday"].with_company(self.company)
        number = 0
        while workdays.add_working_days(first, number + 1) <= last:
            number += 1
        return number

    def _rows(self, user=None):
        model = self._read_as(user or self.hr_user, "gov.points.procedure")
        return model.search([("company_id", "=", self.company.id)])

    def test_days(self):
        rows = self._rows()
        self.assertEqual(set(rows.notice_id.ids), set(self.notices.ids))
        # 29 April to 6 May: 30 April and 6 May are worked, 1 to 5 May are off.
        self.assertEqual(set(rows.mapped("days_check")), {2})
        # and 7, 8 and Saturday 9 May
        self.assertEqual(set(rows.mapped("days_decision")), {5})
        for row in rows:
            received = self.steps[row.id][3]
            self.assertEqual(
                row.days_service, self._working_days(date(2026, 5, 9), received)
            )
            self.assertEqual(row.days_total, 5 + row.days_service)
            self.assertEqual(row.clue_on, date(2026, 4, 29))
            self.assertEqual(row.appeal, "none")

    def test_own_day_goes_first(self):
        self.env["gov.workday"].create(
            {
                "date": "2026-05-07",
                "kind": "holiday",
                "name": "Local holiday",
                "company_id": self.company.id,
            }
        )
        self.assertEqual(set(self._rows().mapped("days_decision")), {4})

    def test_not_received(self):
        engine(self.notices[0].sudo()).write({"received_on": False, "state": "issued"})
        row = self._rows().filtered(lambda r: r.id == self.notices[0].id)
        self.assertFalse(row.received_on)
        groups = self._read_as(self.hr_user, "gov.points.procedure")._read_group(
            [("id", "=", self.notices[0].id)], [], ["days_service:avg"]
        )
        self.assertFalse(groups[0][0])

    def test_outcomes(self):
        outcomes = ["upheld", "changed", "withdrawn", "upheld"]
        for notice, outcome in zip(self.notices, outcomes, strict=False):
            engine(notice.sudo()).outcome = outcome
        model = self._read_as(self.hr_user, "gov.points.procedure")
        domain = [("company_id", "=", self.company.id)]
        names = ["rate_appeal", "rate_upheld", "rate_reduced", "rate_revoked"]
        (rates,) = model._read_group(domain, [], [f"{name}:avg" for name in names])
        number = len(self.notices)
        for rate, expected in zip(rates, (4 / number, 0.5, 0.25, 0.25), strict=True):
            self.assertAlmostEqual(rate, expected)
        by_outcome = dict(model._read_group(domain, ["appeal"], ["__count"]))
        self.assertEqual(
            by_outcome,
            {"none": number - 4, "upheld": 2, "reduced": 1, "revoked": 1},
        )

    def test_access(self):
        everything = self._rows()
        self.assertEqual(self._rows(self.supervision_user), everything)
        self.assertEqual(self._rows(self.points_user), everything)
        works = everything.filtered(lambda r: r.department_id.id == self.works.id)
        self.assertEqual(len(works), 3)
        self.assertEqual(self._rows(self.works_head_user), works)
        for user in (self.clerk_user, self.admin_user, self.other_staff_user):
            self.assertFalse(self._rows(user))

    def test_queries(self):
        model = self._read_as(self.hr_user, "gov.points.procedure")
        spec = {
            "notice_id": {"fields": {"display_name": {}}},
            "department_id": {"fields": {"display_name": {}}},
            "article_id": {"fields": {"display_name": {}}},
            "days_total": {},
        }
        model.web_search_read([], spec, limit=8)
        few = self._count_queries(lambda: model.web_search_read([], spec, limit=2))
        many = self._count_queries(lambda: model.web_search_read([], spec, limit=80))
        self.assertLessEqual(many, few)
