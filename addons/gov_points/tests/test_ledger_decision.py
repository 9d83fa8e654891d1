from odoo.tests import tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestLedgerDecision(CaseCommon):
    """What the last yes of a case sets going, through the whole of the engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.env["hr.employee"].search([("company_id", "=", cls.company.id)])
        people.points_review_date = "2020-03-01"
        cls.people = cls.staff | cls.clerk | cls.works_staff

    def _three(self, article):
        """Return a submitted case of three people with shares of their own."""
        return self._submitted(
            *(
                self._share(person, article, share=share)
                for person, share in zip(self.people, (34, 33, 33), strict=True)
            )
        )

    def _count(self, step):
        """Return how many queries ``step()`` takes, what follows it included."""
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        step()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _cycle(self, person):
        return self.env["gov.points.cycle"].search([("employee_id", "=", person.id)])

    def test_queries_of_a_decision(self):
        """Three people decided on the spot: at most sixty queries in all (44 seen)."""
        self._decided(self._share(self.head))  # what a running server knows already
        case = self._three("11.4")
        case.with_user(self.first_user).action_approve()
        # Mail is not switched off.
        last = case.with_user(self.second_user)
        context = {"allowed_company_ids": self.company.ids}
        last = last.with_env(last.env(context=context))
        queries = self._count(last.action_approve)
        self.assertEqual(case.state, "decided")
        for person in self.people:
            self.assertEqual(self._cycle(person).total, 1)
            self.assertEqual(
                self._cycle(person).measure_ids.mapped("kind"), ["talk_section"]
            )
        self.assertLessEqual(queries, 50)
