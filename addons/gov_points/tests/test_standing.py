from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestStanding(ReportsCommon):
    """Everybody with the running cycle, against the figures by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standing = cls.env["gov.points.standing"]

    def _rows(self, user=None):
        model = self._read_as(user or self.hr_user, "gov.points.standing")
        people = self.env["hr.employee"]
        return {people.browse(row.employee_id.id): row for row in model.search([])}

    def test_figures(self):
        totals = self._sum(lambda told: told.person, self._in_running)
        before = self._sum(
            lambda told: told.person, lambda told: not self._in_running(told)
        )
        people = self.env["hr.employee"].search([("company_id", "=", self.company.id)])
        rows = self._rows()
        self.assertEqual(set(rows), set(people))
        for person, row in rows.items():
            with self.subTest(person.name):
                self.assertEqual(row.total, totals.get(person, 0))
                self.assertEqual(row.previous_total, before.get(person, 0))
                singles = [
                    told.standing
                    for told in self.told
                    if told.person == person and self._in_running(told)
                ]
                self.assertEqual(row.highest_single, max(singles, default=0))
                self.assertEqual(row.department_id, person._gov_department())
        self.assertEqual(rows[self.head].colour, "0")
        self.assertEqual(rows[self.works_staff].threshold_id.code, "circular")
        self.assertEqual(rows[self.works_staff].colour, "2")

    def test_trend(self):
        rows = self._rows()
        self.assertEqual(rows[self.works_staff].trend, "up")  # 8 after 3
        self.assertEqual(rows[self.staff].trend, "down")  # 2 after 4
        self.assertEqual(rows[self.clerk].trend, "none")
        self.assertEqual(rows[self.head].trend, "none")
        self._tell(self.staff, 2, "2026-07-08")
        self.env.flush_all()
        self.assertEqual(self._rows()[self.staff].trend, "same")

    def test_order_is_that_of_departments_and_rank(self):
        rows = self.standing.with_user(self.hr_user).search([])
        order = [
            (row.department_id.rank_sequence or 10**6, row.person_rank) for row in rows
        ]
        self.assertEqual(order, sorted(order))

    def test_filters(self):
        model = self.standing.with_user(self.hr_user)
        red = model.search([("colour", "=", "2")])
        self.assertEqual(red.employee_id.ids, self.works_staff.ids)
        self.clerk.sudo().staff_type = "contract"
        self.assertEqual(
            model.search([("staff_type", "=", "contract")]).ids, self.clerk.ids
        )
        self.assertEqual(model.search([("trend", "=", "up")]).ids, self.works_staff.ids)
        groups = dict(model._read_group([], ["department_id"], ["total:sum"]))
        self.assertEqual(groups[self.works], 0)
        self.assertEqual(
            sum(groups.values()),
            sum(self._sum(lambda told: 1, self._in_running).values()),
        )

    def test_who_left_or_whose_cycle_closed(self):
        self.works_staff.active = False
        self.env.flush_all()
        self.assertNotIn(self.works_staff, self._rows())
        with self._patch_today(date(2027, 3, 2)):
            self.assertEqual(self._rows()[self.clerk].total, 0)
            self.assertFalse(self._rows()[self.clerk].cycle_id)

    def test_access(self):
        everybody = set(self._rows())
        self.assertEqual(set(self._rows(self.supervision_user)), everybody)
        self.assertEqual(set(self._rows(self.points_user)), everybody)
        office = {row for row in everybody if row._gov_department() == self.office}
        self.assertEqual(set(self._rows(self.office_head_user)), office)
        self.assertEqual(set(self._rows(self.works_head_user)), {self.works_head})
        self.assertEqual(set(self._rows(self.staff_user)), {self.staff})
        # The line leader of both, and themselves.
        self.assertEqual(
            set(self._rows(self.leader_user)), office | {self.works_head, self.leader}
        )
        self.assertEqual(set(self._rows(self.other_staff_user)), {self.other_staff})
        self.assertFalse(self._rows(self.admin_user))
        model = self.standing.with_user(self.staff_user)
        with self.assertRaises(AccessError):
            model.browse(self.clerk.id).read(["total"])
        with self.assertRaises(AccessError):
            model.browse(self.clerk.id).action_open()
        for user in (self.hr_user, self.points_user, self.manager_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.standing.with_user(user).browse(self.clerk.id).total = 0

    def test_institutions(self):
        model = self.standing.with_user(self.hr_user)
        self.assertFalse(model.search([("employee_id", "=", self.other_staff.id)]))
        self.hr_user.company_ids += self.other_company
        both = model.with_context(
            allowed_company_ids=[self.company.id, self.other_company.id]
        )
        self.assertIn(self.other_staff, both.search([]).employee_id)
        alone = model.with_context(allowed_company_ids=self.other_company.ids)
        self.assertEqual(alone.search([]).company_id, self.other_company)

    def test_open(self):
        rows = self._rows()
        action = rows[self.clerk].action_open()
        self.assertEqual(action["res_model"], "gov.points.cycle")
        self.assertEqual(action["res_id"], self._cycle(self.clerk).id)
        note = rows[self.head].action_open()
        self.assertIn(self.head.name, note["params"]["message"])
        with self.assertRaises(ValueError):
            self.standing.with_user(self.hr_user).search([]).action_open()

    def test_queries(self):
        model = self.standing.with_user(self.hr_user)
        names = ["employee_id", "department_id", "threshold_id", "cycle_id"]
        spec = {name: {"fields": {"display_name": {}}} for name in names}
        spec |= {name: {} for name in ("total", "trend", "colour", "previous_total")}

        def read(limit):
            return model.web_search_read([], spec, limit=limit)

        self._add_people(90)
        read(80)
        few = self._count_queries(lambda: read(8))
        many = self._count_queries(lambda: read(80))
        self.assertLessEqual(many, few)
