from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestProposal(CaseCommon):
    """Confirmed findings become proposals; a human accepts or dismisses."""

    CODE = "verified_complaint"

    def _proposals(self, employee=None):
        return self.env["gov.points.proposal"].search(
            [("employee_id", "=", (employee or self.staff).id)]
        )

    def _complain(self, days_ago, employee=None, code=None):
        return self._confirmed_finding(
            code or self.CODE,
            employee or self.staff,
            self.today - timedelta(days=days_ago),
            f"Rude at the counter {days_ago} days ago",
        )

    def test_one_complaint_alone_proposes_nothing(self):
        self._complain(10)
        self.assertFalse(self._proposals())

    def test_two_complaints_propose_once(self):
        findings = self._complain(40) | self._complain(10)
        proposal = self._proposals()
        self.assertEqual(proposal.article_id.code, "9.1")
        self.assertEqual(proposal.finding_ids, findings)
        self.assertEqual(proposal.finding_count, 2)
        self.assertEqual(proposal.date, self.today - timedelta(days=10))
        self.assertIn("40 days ago", proposal.evidence)
        self.assertEqual(proposal.activity_ids.user_id, self.chief_user)
        # A third one finds no partner that was not counted yet; a fourth does.
        self._complain(5)
        self.assertEqual(len(self._proposals()), 1)
        self._complain(1)
        self.assertEqual(len(self._proposals()), 2)

    def test_of_two_people(self):
        self._complain(10)
        self._complain(10, self.works_staff)
        self.assertFalse(self._proposals() + self._proposals(self.works_staff))

    def test_twelve_months_to_the_day(self):
        newest = self.today - timedelta(days=1)
        self._confirmed_finding(
            self.CODE, self.staff, newest - relativedelta(months=12)
        )
        self._confirmed_finding(self.CODE, self.staff, newest)
        self.assertFalse(self._proposals())
        self._confirmed_finding(
            self.CODE, self.staff, newest - relativedelta(months=12) + timedelta(days=1)
        )
        self.assertEqual(self._proposals().finding_count, 2)

    def test_confirmed_in_another_order(self):
        self._complain(5)
        self._complain(30)
        self.assertEqual(self._proposals().date, self.today - timedelta(days=5))

    def test_a_dismissed_finding_does_not_count(self):
        self._complain(10)
        rule = self.env["gov.finding.rule"]._get(self.CODE)
        finding = self._engine(self.env["gov.finding"]).create(
            {
                "rule_code": self.CODE,
                "rule_id": rule.id,
                "model": "hr.employee",
                "res_id": self.staff.id,
                "evidence": "Rude",
                "employee_id": self.staff.id,
                "company_id": self.company.id,
                "opened_on": self.today,
            }
        )
        finding.with_user(self.supervision_user).action_dismiss("Not true")
        self.assertFalse(self._proposals())

    def test_the_head_of_the_office_is_not_told_about_themselves(self):
        self._complain(40, self.chief)
        self._complain(10, self.chief)
        self.assertFalse(self._proposals(self.chief).activity_ids)

    def test_a_code_that_no_article_names(self):
        self._complain(3, code="odometer_jump")
        self._complain(2, code="odometer_jump")
        self.assertFalse(self._proposals())

    def test_an_article_without_a_trigger_proposes_at_once(self):
        draft = self._draft()
        draft.article_ids.filtered(lambda a: a.code == "2").rule_code = "sleeping"
        draft.action_release()
        self._complain(3, code="sleeping")
        self._complain(2, code="sleeping")
        self.assertEqual(self._proposals().mapped("finding_count"), [1, 1])
        self.assertEqual(set(self._proposals().article_id.mapped("code")), {"2"})

    def test_an_article_of_several_kinds_of_findings(self):
        draft = self._draft()
        article = draft.article_ids.filtered(lambda a: a.code == "2")
        article.rule_code = "sleeping， smoking"
        draft.action_release()
        self._complain(3, code="smoking")
        self._complain(2, code="sleeping")
        self._complain(1, code="smok")
        self.assertEqual(self._proposals().article_id.mapped("code"), ["2"])
        self.assertEqual(len(self._proposals()), 2)

    def test_whom_the_rulebook_does_not_name(self):
        draft = self._draft(department_ids=[(6, 0, self.works.ids)])
        draft.article_ids.filtered(lambda a: a.code == "2").rule_code = "sleeping"
        draft.action_release()
        self._complain(3, code="sleeping")
        self.assertFalse(self._proposals())
        self._complain(3, self.works_staff, code="sleeping")
        self.assertTrue(self._proposals(self.works_staff))

    def test_accepted_it_is_a_case(self):
        self._complain(40)
        self._complain(10)
        proposal = self._proposals().with_user(self.first_user)
        action = proposal.action_accept()
        case = self.Case.with_user(self.first_user).browse(action["res_id"])
        self.assertRecordValues(
            case,
            [
                {
                    "state": "clue",
                    "source": "finding",
                    "date": self.today - timedelta(days=10),
                    "handler_id": self.first_user.id,
                }
            ],
        )
        self.assertEqual(case.sudo().finding_id, proposal.sudo().finding_id)
        self.assertIn("40 days ago", case.facts)
        self.assertEqual(case.share_ids.employee_id, self.staff)
        self.assertEqual(case.share_ids.points, 4)
        self.assertEqual((proposal.state, proposal.case_id), ("accepted", case))
        with self.assertRaisesRegex(UserError, "closed already"):
            proposal.action_accept()

    def test_dismissed_with_a_reason(self):
        self._complain(40)
        self._complain(10)
        proposal = self._proposals().with_user(self.first_user)
        for nothing in "", "  ", None, False, 7:
            with self.assertRaisesRegex(UserError, "missing"):
                proposal.action_dismiss(nothing)
        proposal.action_dismiss("The same call, entered twice.")
        self.assertFalse(proposal.activity_ids)
        self.assertEqual(proposal.state, "dismissed")
        self.assertEqual(proposal.closed_by_id, self.first_user)
        with self.assertRaisesRegex(UserError, "closed already"):
            proposal.action_accept()

    def test_who_may(self):
        self._complain(40, self.second)
        self._complain(10, self.second)
        proposal = self._proposals(self.second)
        for user in self.second_user, self.staff_user, self.hr_user:
            with self.assertRaises(AccessError):
                proposal.with_user(user).action_accept()
            self.assertFalse(
                self.env["gov.points.proposal"]
                .with_user(user)
                .search([("id", "in", proposal.ids)])
                if user == self.second_user
                else False
            )
        with self.assertRaises(UserError):
            proposal.with_user(self.supervision_user).action_accept()
        proposal.with_user(self.first_user).action_accept()

    def test_rows_are_the_servers(self):
        self._complain(40)
        self._complain(10)
        proposal = self._proposals()
        with self.assertRaises(UserError):
            proposal.write({"state": "open"})
        with self.assertRaises(UserError):
            proposal.unlink()


@tagged("post_install", "-at_install")
class TestRepeat(CaseCommon):
    """The same article, the same person, within the running cycle."""

    def test_the_second_time(self):
        first = self._decided(date=self.yesterday)
        self.assertFalse(first.repeat_count)
        again = self._case(date=self.today)
        self.assertEqual(again.repeat_count, 1)
        self.assertEqual(again.share_ids.repeat_count, 1)
        self.assertIn("Bai Jing: article 11.4, 1 before", again.repeat_note)
        self.assertFalse(self._case(self._share(self.staff, "11.1")).repeat_count)
        self.assertFalse(self._case(self._share(self.works_staff)).repeat_count)
        # What came later does not make the earlier one a repeat.
        first.invalidate_recordset()
        self.assertFalse(first.repeat_count)

    def test_a_reversed_score_is_none(self):
        case = self._decided()
        self._engine(self.env["gov.points.entry"])._correct(
            case.share_ids, 0, "Revoked on appeal"
        )
        self.assertFalse(self._case(date=self.today).repeat_count)

    def test_of_an_earlier_cycle(self):
        self._decided(date=self.today - timedelta(days=400))
        self.assertFalse(self._case(date=self.today).repeat_count)

    def test_a_list_costs_the_same(self):
        self._decided()
        cases = [self._case(date=self.today) for _i in range(3)]
        cases = self.Case.browse([case.id for case in cases])

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("repeat_count")
            records.mapped("persons")
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(count(cases), count(cases[:1]) + 1)
