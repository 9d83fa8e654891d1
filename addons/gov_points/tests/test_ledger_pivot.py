from ast import literal_eval
from functools import partial

from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import unique

from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestLedgerPivot(ReportsCommon):
    """The pivot of the ledger: what stands, in few queries."""

    def _pivot(self, sets, user=None, domain=(), aggregates=("points:sum", "__count")):
        entries = self._read_as(user or self.hr_user, "gov.points.entry")
        return entries.formatted_read_grouping_sets(list(domain), sets, aggregates)

    def test_department_and_month(self):
        sets = [[], ["department_id"], ["date:month"], ["department_id", "date:month"]]
        total, by_department, by_month, cells = self._pivot(sets)
        standing = self._sum(lambda told: 1)[1]
        self.assertEqual([row["points:sum"] for row in total], [standing])
        self.assertEqual(
            {row["department_id"][0]: row["points:sum"] for row in by_department},
            self._sum(lambda told: told.department.id),
        )
        self.assertEqual(
            {
                row["date:month"][0][:7]: row["points:sum"]
                for row in by_month
                if row["points:sum"]
            },
            self._sum(lambda told: str(told.day)[:7]),
        )
        self.assertEqual(
            {
                (row["department_id"][0], row["date:month"][0][:7]): row["points:sum"]
                for row in cells
                if row["points:sum"]
            },
            self._sum(lambda told: (told.department.id, str(told.day)[:7])),
        )
        # The move of a person takes nothing along: Works keeps its three scores.
        works = next(r for r in by_department if r["department_id"][0] == self.works.id)
        self.assertEqual(works["points:sum"], 5)
        self.assertEqual(works["__count"], 3)

    def test_same_as_the_plain_way(self):
        """Added up from the cells, rows and order are those of the database."""
        plain = partial(BaseModel._read_grouping_sets, self.entries)
        for sets in (
            [[], ["department_id"], ["date:month"], ["department_id", "date:month"]],
            [["article_id", "level_id"], ["level_id"], []],
            [[], ["source"], ["source", "employee_id", "date:quarter"]],
        ):
            with self.subTest(sets):
                names = ["points:sum", "__count", "deduction:sum"]
                order = ", ".join(unique(spec for group in sets for spec in group))
                self.assertEqual(
                    self.entries._read_grouping_sets([], sets, names, order),
                    plain([], sets, names, order),
                )
        for sets, names in (
            ([[], ["department_id"], ["article_id"]], ["points:sum"]),
            ([[], ["department_id"]], ["points:max"]),
            ([["department_id"]], ["points:sum"]),
        ):
            self.assertEqual(
                self.entries._read_grouping_sets([], sets, names),
                plain([], sets, names),
            )
        none = [("id", "=", 0)]
        sets = [[], ["department_id"], ["department_id", "date:month"]]
        self.assertEqual(
            self.entries._read_grouping_sets(none, sets, ["points:sum"]),
            plain(none, sets, ["points:sum"]),
        )

    def test_level_article_and_source(self):
        cells = self._pivot([["level_id"]])[0]
        by_level = {row["level_id"] and row["level_id"][0]: row for row in cells}
        circular = self._cycle(self.works_staff).threshold_id
        self.assertEqual(by_level[circular.id]["points:sum"], 8)
        (routine,) = self._pivot([["source"]])[0]
        self.assertEqual(routine["source"], "routine")
        articles = {
            row["article_id"][0]: row["points:sum"]
            for row in self._pivot([["article_id"]])[0]
            if row["points:sum"]
        }
        self.assertEqual(sum(articles.values()), self._sum(lambda told: 1)[1])

    def test_access(self):
        def total(user):
            return self._pivot([[]], user)[0][0]["points:sum"] or 0

        everything = self._sum(lambda told: 1)[1]
        self.assertEqual(total(self.hr_user), everything)
        self.assertEqual(total(self.supervision_user), everything)
        self.assertEqual(total(self.clerk_user), 5)
        self.assertEqual(total(self.works_head_user), 5)
        self.assertEqual(total(self.other_staff_user), 0)
        self.assertEqual(total(self.admin_user), 0)

    def test_queries(self):
        sets = [[], ["department_id"], ["date:month"], ["department_id", "date:month"]]
        self._add_people(8)
        self._pivot(sets)
        few = self._count_queries(lambda: self._pivot(sets))
        self._add_people(80)
        self.assertLessEqual(self._count_queries(lambda: self._pivot(sets)), few)

    def test_filters_open(self):
        """The ready-made views name fields that exist."""
        for filter_ in self.env["ir.filters"].search(
            [("model_id", "=", "gov.points.entry")]
        ):
            with self.subTest(filter_.name):
                context = literal_eval(filter_.context)
                specs = context["pivot_row_groupby"] + context["pivot_column_groupby"]
                rows = self._pivot([specs], domain=filter_._get_eval_domain())[0]
                self.assertTrue(rows)
