from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_budget import BudgetCommon


@tagged("post_install", "-at_install")
class TestBudgetTransfer(BudgetCommon):
    """Transfers and revisions through their chain; carry-over; the reminder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._line()
        cls.works_line = cls._line(500, department=cls.works)
        cls.record = cls.env["res.partner"].create({"name": "A document"})

    # -------------------------------------------------------------------- transfer

    def test_finance_then_the_head(self):
        transfer = self._transfer((self.line, -200), (self.works_line, 200))
        transfer.action_submit()
        self.assertEqual(
            self._step_names(transfer), ["Finance", "Head of the institution"]
        )
        # What is given away is set aside at once, and nothing else has changed.
        self.assertFigures(self.line, 1000, 200, 0)
        self.assertFigures(self.works_line, 500, 0, 0)
        transfer.with_user(self.finance_user).action_approve()
        self.assertEqual(transfer.state, "submitted")
        transfer.with_user(self.head_user).action_approve("Agreed")
        self.assertEqual(transfer.state, "approved")
        self.assertTrue(transfer.number)
        self.assertFigures(self.line, 800, 0, 0)
        self.assertFigures(self.works_line, 700, 0, 0)
        self.assertWhole(self.line + self.works_line)
        with self.assertRaises(UserError):
            transfer.action_cancel("A mistake")

    def test_nobody_spends_what_is_given_away(self):
        transfer = self._transfer((self.line, -900), (self.works_line, 900))
        transfer.action_submit()
        with self.assertRaises(UserError):
            self.line._commit(self.record, 101)
        self.line._commit(self.record, 100)
        transfer.action_withdraw()
        self.assertFigures(self.line, 1000, 100, 0)
        transfer.action_submit()
        transfer.with_user(self.finance_user).action_reject("Not now")
        self.assertFigures(self.line, 1000, 100, 0)
        self.assertEqual(transfer.state, "rejected")

    def test_more_than_is_left_is_not_given_away(self):
        self.line._commit(self.record, 900)
        transfer = self._transfer((self.line, -100.01), (self.works_line, 100.01))
        with self.assertRaises(UserError) as caught:
            transfer.action_submit()
        self.assertIn("100.01", str(caught.exception))

    def test_it_adds_up(self):
        for lines in (
            [(self.line, -100), (self.works_line, 99.99)],
            [(self.line, 100)],
            [(self.line, -100)],
            [(self.line, 0), (self.works_line, 0)],
            [],
        ):
            transfer = self._transfer(*lines)
            with self.subTest(lines=lines), self.assertRaises(UserError):
                transfer.action_submit()

    def test_lines_of_one_year(self):
        last = self._line(year=self.year - 1)
        transfer = self._transfer((last, -100), (self.works_line, 100))
        with self.assertRaises(UserError):
            transfer.action_submit()

    def test_frozen_once_submitted(self):
        transfer = self._transfer((self.line, -200), (self.works_line, 200))
        transfer.action_submit()
        lines = transfer.line_ids
        with self.assertRaises(UserError):
            lines[0].write({"amount": -900})
        with self.assertRaises(UserError):
            lines[0].unlink()
        with self.assertRaises(UserError):
            lines.create(
                {
                    "transfer_id": transfer.id,
                    "line_id": self._line(item=self.item2).id,
                    "amount": 5,
                }
            )
        with self.assertRaises(UserError):
            transfer.write({"kind": "revision"})
        with self.assertRaises(UserError):
            transfer.write({"state": "approved"})

    # -------------------------------------------------------------------- revision

    def test_revision_raises_and_cuts(self):
        transfer = self._transfer(
            (self.line, 300), (self.works_line, -50), kind="revision"
        )
        transfer.action_submit()
        self.assertEqual(transfer.amount_for_approval, 350)
        self._decide_all(transfer)
        self.assertFigures(self.line, 1300, 0, 0)
        self.assertFigures(self.works_line, 450, 0, 0)

    def test_a_line_that_was_not_planned(self):
        line = self._line(0, item=self.item2)
        transfer = self._transfer((self.line, -10), (line, 10))
        transfer.action_submit()
        self._decide_all(transfer)
        self.assertFigures(line, 10, 0, 0)

    # ------------------------------------------------------------------- who may

    def test_only_the_clerk(self):
        for user in (self.staff_user, self.office_head_user, self.supervision_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._transfer((self.line, 5), user=user, kind="revision")
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._as(self.env["gov.budget.transfer"], user).action_draft_carry_over(
                    self.year - 1
                )

    def test_who_reads_it(self):
        transfer = self._transfer((self.line, 5), kind="revision")
        transfer.action_submit()
        for user, reads in (
            (self.finance_user, True),
            (self.supervision_user, True),
            (self.staff_user, False),
            (self.store_user, False),
            (self.other_staff_user, False),
        ):
            with self.subTest(user=user.login):
                mine = self._as(transfer, user)
                self.assertEqual(mine.has_access("read"), reads)
                self.assertEqual(mine.line_ids.has_access("read"), reads)
                self.assertFalse(mine.has_access("write"))
        # The decider sees the figures although the line itself is not theirs to read.
        row = self._as(transfer, self.finance_user).line_ids
        self.assertEqual((row.amount_plan, row.amount_available), (1000, 1000))

    def test_bad_input(self):
        for values in (
            {"line_ids": "x"},
            {"line_ids": [[0, 0, {"line_id": 10**8, "amount": 1}]]},
            {"line_ids": [[0, 0, {"line_id": self.line.id, "amount": float("nan")}]]},
            {"line_ids": [[0, 0, {"line_id": self.line.id, "amount": 1e16}]]},
            {"kind": "gift"},
            {"year": "x"},
            {"employee_id": 10**8},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._transfer(**values)

    # ------------------------------------------------------------------ carry-over

    def _carry_over(self, submit=True):
        action = self._as(
            self.env["gov.budget.transfer"], self.budget_user
        ).action_draft_carry_over(self.year - 1)
        transfer = self.env["gov.budget.transfer"].browse(action["res_id"])
        transfer = self._as(transfer, self.budget_user)
        if submit:
            transfer.action_submit()
        return transfer

    def test_the_menu_says_that_nothing_is_left(self):
        transfers = self._as(self.env["gov.budget.transfer"], self.budget_user)
        self._line(400, year=self.year - 1)
        opened = transfers.action_open_carry_over()
        self.assertEqual(opened["res_model"], "gov.budget.transfer")
        self._as(transfers.browse(opened["res_id"]), self.budget_user).action_submit()
        told = transfers.action_open_carry_over()
        self.assertEqual(told["tag"], "display_notification")
        self.assertIn(str(self.year - 1), told["params"]["message"])
        with self.assertRaises(UserError):
            transfers.with_user(self.staff_user).action_open_carry_over()

    def test_carry_over_with_its_commitments(self):
        old = self._line(year=self.year - 1, project="Roof")
        old._spend(self.record, 300)
        old._commit(self.record, 150, "rest")
        transfer = self._carry_over()
        self.assertEqual(transfer.line_ids.amount, 700)
        self.assertFigures(old, 1000, 150, 300)
        self._decide_all(transfer)
        new = old.carried_to_id
        self.assertEqual((new.year, new.project), (self.year, "Roof"))
        self.assertFigures(old, 300, 0, 300)
        self.assertEqual(old.amount_carried, 700)
        self.assertEqual(old.rate, 30)
        self.assertFigures(new, 700, 150, 0)
        self.assertWhole(old + new)
        # What is booked on the old line from now on reaches the new one.
        old._spend(self.record, 100, "rest")
        self.assertFigures(old, 300, 0, 300)
        self.assertFigures(new, 700, 50, 100)

    def test_carried_over_to_the_line_that_is_there(self):
        old = self._line(400, year=self.year - 1)
        transfer = self._carry_over()
        self._decide_all(transfer)
        self.assertEqual(old.carried_to_id, self.line)
        self.assertFigures(self.line, 1400, 0, 0)

    def test_once(self):
        self._line(400, year=self.year - 1)
        first, second = self._carry_over(submit=False), self._carry_over(submit=False)
        first.action_submit()
        second.action_submit()
        self._decide_all(first)
        seat = second.sudo().seat_ids.filtered(lambda s: s.state == "open")
        second.with_user(seat.user_id).action_approve()
        seat = second.sudo().seat_ids.filtered(lambda s: s.state == "open")
        with self.assertRaises(UserError):
            second.with_user(seat.user_id).action_approve()
        self.assertFigures(self.line, 1400, 0, 0)
        with self.assertRaises(UserError):
            self._carry_over()

    def test_no_draft_for_what_is_under_way(self):
        self._line(400, year=self.year - 1)
        self._carry_over()
        with self.assertRaises(UserError):
            self._carry_over()

    def test_a_change_that_was_under_way_when_the_year_was_closed(self):
        """Nothing is left behind on a line whose money has moved on."""
        first = self._line(400, year=self.year - 1)
        second = self._line(300, year=self.year - 1, item=self.item2)
        revision = self._transfer((first, 50), kind="revision", year=self.year - 1)
        transfer = self._transfer((first, -100), (second, 100), year=self.year - 1)
        for matter in (revision, transfer):
            matter.action_submit()
        self._decide_all(self._carry_over())
        self.assertFigures(self.line, 1400, 100, 0)
        for matter in (revision, transfer):
            refused = self.assertRaisesRegex(UserError, "has been carried over to")
            with refused, self.env.cr.savepoint():
                self._decide_all(matter)
            self.env.invalidate_all()
            seat = matter.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
            matter.with_user(seat.user_id).action_reject("The year is closed")
            self.assertEqual(matter.state, "rejected")
        self.assertFigures(first, 0, 0, 0)
        self.assertFigures(second, 0, 0, 0)
        self.assertFigures(self.line, 1400, 0, 0)
        self.assertWhole(self.line + first + second)

    def test_less_is_left_by_then(self):
        old = self._line(400, year=self.year - 1)
        transfer = self._carry_over()
        old._spend(self.record, 100)
        self._decide_all(transfer)
        self.assertFigures(old, 100, 0, 100)
        self.assertFigures(self.line, 1300, 0, 0)

    def test_a_part_is_carried_over(self):
        old = self._line(400, year=self.year - 1)
        transfer = self._carry_over(submit=False)
        transfer.line_ids.amount = 150
        transfer.action_submit()
        self._decide_all(transfer)
        self.assertFigures(old, 250, 0, 0)
        self.assertFigures(self.line, 1150, 0, 0)

    def test_above_the_plan_stays_above_the_plan(self):
        old = self._line(100, year=self.year - 1)
        old._commit(self.record, 150, exception="The roof leaks")
        transfer = self._carry_over()
        self._decide_all(transfer)
        self.assertFigures(old, 0, 0, 0)
        self.assertFigures(self.line, 1100, 150, 0)
        self.assertWhole(old + self.line)

    def test_by_finance_alone(self):
        self.company.gov_budget_carry = "finance"
        self._line(400, year=self.year - 1)
        transfer = self._carry_over()
        self.assertEqual(transfer.state, "approved")
        self.assertFigures(self.line, 1400, 0, 0)
        decision = transfer.decision_ids
        self.assertEqual(decision.outcome, "skipped")
        # A transfer still walks its chain.
        other = self._transfer((self.line, -5), (self.works_line, 5))
        other.action_submit()
        self.assertEqual(other.state, "submitted")

    def test_the_year_must_be_over(self):
        for year in (self.year, self.year + 1, "x", True, 10**9, -1):
            with self.subTest(year=year), self.assertRaises(UserError):
                self._as(
                    self.env["gov.budget.transfer"], self.budget_user
                ).action_draft_carry_over(year)
        transfer = self._transfer((self.line, 5), kind="carry_over")
        with self.assertRaises(UserError):
            transfer.action_submit()

    # -------------------------------------------------------------------- reminder

    def _run_job(self, day):
        companies = type(self.company)
        with (
            patch.object(companies, "gov_today", lambda company: day),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("gov_logistics.ir_cron_budget_remind").method_direct_trigger()
        self.env.invalidate_all()

    def _todos(self, user):
        return self.env["mail.activity"].search(
            [("res_model", "=", "gov.budget.line"), ("user_id", "=", user.id)]
        )

    def test_each_department_is_told_once(self):
        second = self._line(2000, item=self.item2, project="<b>Roof</b>")
        self.line._spend(self.record, 250)
        self._run_job(date(self.year, 6, 30))
        self.assertFalse(self._todos(self.office_head_user))
        self._run_job(date(self.year, 7, 1))
        todo = self._todos(self.office_head_user)
        self.assertEqual(len(todo), 1)
        self.assertIn("8.3", todo.summary)  # 250 of 3,000
        self.assertIn("49.9", todo.summary)  # 182 days of 365
        self.assertIn("30213", todo.note)
        self.assertNotIn("<b>Roof", todo.note)
        self.assertEqual(len(self._todos(self.works_head_user)), 1)
        self.assertEqual(second.reminded_on, date(self.year, 7, 1))
        self._run_job(date(self.year, 7, 2))
        self.assertEqual(len(self._todos(self.office_head_user)), 1)

    def test_without_a_head(self):
        self.office.manager_id = False
        self.works.write({"manager_id": False, "line_leader_id": False})
        self._run_job(date(self.year, 7, 1))
        self.assertEqual(len(self._todos(self.leader_user)), 1)
        self.assertEqual(len(self._todos(self.finance_user)), 1)

    def test_menu_of_the_carry_over(self):
        self._line(400, year=self.year - 1)
        action = self.env.ref("gov_logistics.gov_budget_carry_over_action")
        result = self._as(action, self.budget_user).run()
        transfer = self.env[result["res_model"]].browse(result["res_id"])
        self.assertEqual((transfer.kind, transfer.state), ("carry_over", "draft"))
        with self.assertRaises(AccessError):
            self._as(action, self.staff_user).run()

    def test_in_committed_chunks(self):
        departments = self.env["hr.department"].create(
            [
                {"name": f"Section {number}", "company_id": self.company.id}
                for number in range(45)
            ]
        )
        for department in departments:
            self._line(10, department=department)
        jobs = type(self.env["ir.cron"])
        done = []

        def commit(job, processed=0, *, remaining=None, deactivate=False):
            done.append((processed, remaining))
            # Killed, so to say, after the second chunk.
            return 60 if len(done) < 3 else 0

        day = date(self.year, 7, 1)
        lines = self.env["gov.budget.line"]
        mine = [("company_id", "=", self.company.id), ("reminded_on", "=", False)]
        with (
            patch.object(type(self.company), "gov_today", lambda company: day),
            patch.object(jobs, "_commit_progress", commit),
        ):
            lines._cron_remind()
            self.assertEqual([processed for processed, _ in done], [0, 20, 20])
            left = lines.search_count(mine)
            self.assertTrue(0 < left)
            done.clear()
            lines._cron_remind()
        self.assertFalse(lines.search_count(mine))
        self.assertEqual(len(self._todos(self.office_head_user)), 1)

    def test_a_late_line_is_told_by_itself(self):
        self._run_job(date(self.year, 7, 1))
        self._line(50, item=self.item2)
        self._run_job(date(self.year, 8, 1))
        todos = self._todos(self.office_head_user).sorted("id")
        self.assertEqual(len(todos), 2)
        self.assertNotIn("30201", todos[1].note)

    def test_no_reminder_where_it_is_switched_off(self):
        self.company.gov_budget_remind = 0
        self._run_job(date(self.year, 12, 1))
        self.assertFalse(self._todos(self.office_head_user))
        self.assertFalse(self.line.reminded_on)
