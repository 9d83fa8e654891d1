from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalFlow(ApprovalCase):
    """Return, withdraw, reject, cancel, amounts and to-dos."""

    # --------------------------------------------------------------- rounds

    def test_return_to_the_applicant_starts_a_new_round(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self._decide(
            matter, self.leader_user, method="action_return", args=("which size?",)
        )
        self.assertEqual(matter.approval_state, "draft")
        self.assertIn("return", matter.log)
        number = matter.number
        matter.write({"name": "large"})
        matter.action_submit()
        self.assertEqual(matter.approval_round, 2)
        self.assertEqual(matter.number, number)
        self.assertEqual(self._states(matter)[0], ("Section head", "open"))
        self.assertEqual(
            [(d.round, d.outcome) for d in matter.decision_ids],
            [(1, "approved"), (1, "returned")],
        )
        first = matter.step_ids.filtered(lambda s: s.round == 1)
        self.assertEqual(
            first.mapped("state"), ["approved", "returned", "cancelled", "cancelled"]
        )

    def test_return_to_an_earlier_tier(self):
        matter = self._submitted(kind="purchase", price=3000)
        self._decide(matter, self.office_head_user, self.leader_user, self.store_user)
        self._decide(matter, self.head_user, method="action_return", args=("price?", 3))
        self.assertEqual(matter.approval_state, "submitted")
        self.assertEqual(matter.approval_round, 2)
        self.assertEqual(
            self._states(matter),
            [
                ("Section head", "skipped"),
                ("Line leader", "skipped"),
                ("Price check", "open"),
                ("Head", "waiting"),
            ],
        )
        notes = matter.step_ids.filtered(lambda s: s.round == 2 and s.note)
        self.assertEqual(set(notes.mapped("note")), {"Decided in round 1."})
        self._decide(matter, self.store_user, self.head_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_return_to_a_step_that_is_not_earlier(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        for number in 2, 3, 99, -1:
            with self.assertRaisesRegex(UserError, "not an earlier step"):
                self._decide(
                    matter, self.leader_user, method="action_return", args=("x", number)
                )

    def test_earlier_decider_has_no_seat_after_a_return(self):
        self.office.line_leader_id = self.second
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(
            matter,
            self.office_head_user,
            self.second_user,
            self.store_user,
            self.head_user,
        )
        self._decide(matter, self.leader_user, method="action_return", args=("?", 4))
        self._decide(matter, self.head_user)
        self.assertEqual(
            self._seat_users(matter, "Committee"), self.leader_user + self.third_user
        )

    def test_withdraw_until_the_last_tier_has_decided(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        with self.assertRaises(UserError):
            self._decide(matter, self.leader_user, method="action_withdraw")
        matter.action_withdraw("not needed")
        self.assertEqual(matter.approval_state, "draft")
        with self.assertRaises(UserError):
            self._decide(matter, self.leader_user)
        self.assertEqual(matter.decision_ids[-1:].outcome, "withdrawn")
        matter.action_submit()
        self._decide(matter, self.office_head_user, self.leader_user, self.store_user)
        self.assertEqual(matter.approval_state, "approved")
        with self.assertRaisesRegex(UserError, "state “Approved”"):
            matter.action_withdraw()

    def test_second_click_does_not_decide_the_next_tier_unseen(self):
        self.roles["logistics_leader"].holder_ids.date_to = "2020-12-31"
        self._hold("logistics_leader", self.store)
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user, self.leader_user)
        seen = matter.with_user(self.store_user).with_context(
            gov_step_id=matter.sudo().current_step_id.id
        )
        seen.action_approve()
        with self.assertRaisesRegex(UserError, "has moved on to “Logistics”"):
            seen.action_approve()
        self.assertEqual(matter.approval_state, "submitted")

    def test_applicant_may_withdraw_what_the_liaison_typed(self):
        matter = self._submitted(user=self.clerk_user, employee_id=self.staff.id)
        matter.with_user(self.staff_user).action_withdraw()
        self.assertEqual(matter.approval_state, "draft")

    def test_reasons_are_required(self):
        matter = self._submitted()
        for reason in "", "   ", False, None:
            for method in "action_reject", "action_return":
                with self.assertRaisesRegex(UserError, "reason is empty"):
                    self._decide(
                        matter, self.office_head_user, method=method, args=(reason,)
                    )
        self.assertFalse(matter.decision_ids)

    def test_rejected_is_final(self):
        matter = self._submitted()
        self._decide(
            matter, self.office_head_user, method="action_reject", args=("no",)
        )
        self.assertEqual(matter.approval_state, "rejected")
        for method, args in (
            ("action_submit", ()),
            ("action_withdraw", ()),
            ("action_cancel", ("x",)),
        ):
            with self.assertRaisesRegex(UserError, "Rejected"):
                getattr(matter, method)(*args)
        copy = matter.copy()
        self.assertEqual(copy.approval_state, "draft")
        self.assertFalse(copy.number or copy.approval_round or copy.step_ids)

    def test_cancel_in_draft_and_when_approved(self):
        matter = self._matter()
        matter.action_cancel("double")
        self.assertEqual(matter.approval_state, "cancelled")
        matter = self._submitted()
        with self.assertRaisesRegex(UserError, "Submitted"):
            matter.action_cancel("x")
        self._decide(matter, self.office_head_user)
        matter.action_cancel("not needed")
        self.assertEqual(matter.approval_state, "cancelled")
        self.assertTrue(matter.number)

    def test_cancel_is_refused_once_something_was_carried_out(self):
        matter = self._submitted(name="issued")
        self._decide(matter, self.office_head_user)
        self.assertFalse(matter.waiting_for)
        with self.assertRaisesRegex(UserError, "something was issued"):
            matter.action_cancel("x")

    def test_incomplete_document_is_refused(self):
        with self.assertRaisesRegex(UserError, "incomplete"):
            self._submitted(name="incomplete")

    def test_bulk_approval_is_all_or_nothing(self):
        matters = self._submitted() | self._submitted()
        matters.with_user(self.office_head_user).action_approve("all fine")
        self.assertEqual(set(matters.mapped("approval_state")), {"approved"})
        mixed = self._submitted() | self._submitted(user=self.works_staff_user)
        with self.assertRaises(UserError):
            mixed.with_user(self.office_head_user).action_approve()
        self.assertEqual(set(mixed.sudo().mapped("approval_state")), {"submitted"})

    def test_inbox_approves_too(self):
        matters = self._submitted() | self._submitted()
        inbox = self.env["gov.approval.seat"].with_user(self.office_head_user)
        seats = inbox.search([("state", "=", "open")])
        self.assertEqual(set(seats.mapped("res_id")), set(matters.ids))
        self.assertEqual(
            set(seats.mapped("matter_name")), set(matters.mapped("display_name"))
        )
        seats.action_approve()
        self.assertEqual(set(matters.mapped("approval_state")), {"approved"})

    # --------------------------------------------------------------- amounts

    def test_bounds_belong_to_the_lower_band(self):
        for price, tier in (
            (0.01, "Logistics"),
            (1000, "Logistics"),
            (1000.01, "Head"),
            (5000, "Head"),
            (5000.01, "Head reviews"),
        ):
            with self.subTest(price=price):
                matter = self._submitted_with_price(price)
                names = [name for name, _state in self._states(matter)]
                self.assertEqual(names[3], tier)
                self.assertEqual("Committee" in names, price > 5000)

    def _submitted_with_price(self, price):
        matter = self._matter(kind="purchase", price=price)
        matter.action_submit()
        return matter

    def test_gap_between_bands_is_refused(self):
        self.middle_rule.active = False
        with self.assertRaisesRegex(UserError, "No approval rule covers"):
            self._submitted_with_price(3000)

    def test_band_waits_for_the_price_check(self):
        matter = self._submitted_with_price(0)
        self.assertEqual(len(self._states(matter)), 3)
        self._decide(matter, self.office_head_user, self.leader_user)
        with self.assertRaisesRegex(UserError, "no price"):
            self._decide(matter, self.store_user)
        self._set_price(matter, 7000)
        self._decide(matter, self.store_user)
        self.assertEqual(
            self._states(matter)[3:],
            [("Head reviews", "open"), ("Committee", "waiting")],
        )
        self.assertEqual(matter.amount_frozen, 7000)
        self.assertEqual(matter.decision_ids[-1:].outcome, "checked")

    def test_price_check_without_rule_for_it_is_refused(self):
        self.price_rule.active = False
        with self.assertRaisesRegex(UserError, "no check that fixes the amount"):
            self._submitted_with_price(0)

    def _priced(self, before, after):
        matter = self._submitted_with_price(before)
        self._decide(matter, self.office_head_user, self.leader_user)
        self._set_price(matter, after)
        self._decide(matter, self.store_user)
        return matter

    def test_price_check_raises_into_a_higher_band(self):
        matter = self._priced(900, 6000)
        live = [s for s in self._states(matter) if s[1] != "cancelled"]
        self.assertEqual(live[3:], [("Head reviews", "open"), ("Committee", "waiting")])

    def test_lower_price_never_shortens_the_chain(self):
        matter = self._priced(6000, 900)
        live = [s for s in self._states(matter) if s[1] != "cancelled"]
        self.assertEqual(live[3:], [("Head reviews", "open"), ("Committee", "waiting")])
        self.assertEqual(matter.amount_frozen, 900)

    def test_nobody_but_the_price_check_raises(self):
        matter = self._submitted_with_price(900)
        self._set_price(matter, 950)
        with self.assertRaisesRegex(UserError, "950.*900"):
            self._decide(matter, self.office_head_user)
        self._set_price(matter, 800)
        self._decide(matter, self.office_head_user)
        self.assertEqual(matter.decision_ids.amount, 800)

    def test_band_warnings(self):
        self.assertIn("Gap", self._warned(self.middle_rule, amount_over=2000))
        self.assertIn("Overlap", self._warned(self.middle_rule, amount_over=500))
        self.assertIn("Gap", self._warned(self.middle_rule, active=False))
        self.assertFalse(self._warned(self.middle_rule))

    def test_bands_of_points_show_no_currency(self):
        """A document may count something else than money in its bands."""
        self.assertEqual(self.middle_rule.currency_id, self.company.currency_id)
        symbol = self.company.currency_id.symbol
        gap = self._warned(self.middle_rule, amount_over=2000)
        self.assertIn(symbol, gap)
        with patch.object(type(self.Matter), "_approval_band_is_money", False):
            self.rules.invalidate_recordset()
            self.assertFalse(self.middle_rule.currency_id)
            gap = self._warned(self.middle_rule, amount_over=2000)
            self.assertIn("over 1000 up to 2000", gap)
            self.assertNotIn(symbol, gap)
            self.small_rule.amount_upto = 500
            matter = self._matter(kind="purchase", price=800)
            with self.assertRaisesRegex(UserError, "covers the amount 800\\."):
                matter.action_submit()
            self._check_amounts_without_currency()
        self.rules.invalidate_recordset()
        self.assertEqual(self.middle_rule.currency_id, self.company.currency_id)

    def _check_amounts_without_currency(self):
        matter = self._submitted()
        self.assertFalse(self._seat_of(self.office_head_user, matter).currency_id)
        self._decide(matter, self.office_head_user)
        self.assertFalse(matter.decision_ids.currency_id)
        self.assertFalse(matter._approval_currency())

    def _seat_of(self, user, matter):
        return matter.sudo().seat_ids.filtered(lambda s: s.user_id == user)

    def _warned(self, rule, **values):
        before = {name: rule[name] for name in values}
        rule.write(values)
        self.small_rule.invalidate_recordset(["band_warning"])
        warning = self.small_rule.band_warning or ""
        rule.write(before)
        return warning

    # --------------------------------------------------------------- to-dos

    def _todos(self, matter):
        return self.env["mail.activity"].search(
            [("res_model", "=", matter._name), ("res_id", "=", matter.id)]
        )

    def test_only_the_person_whose_turn_it_is_has_a_todo(self):
        matter = self._submitted(kind="purchase", price=900)
        self.assertEqual(self._todos(matter).user_id, self.office_head_user)
        self._decide(matter, self.office_head_user)
        self.assertEqual(self._todos(matter).user_id, self.leader_user)
        matter.action_withdraw()
        self.assertFalse(self._todos(matter))

    def test_ticking_off_decides_nothing_and_the_todo_comes_back(self):
        matter = self._submitted()
        todo = self._todos(matter).with_user(self.office_head_user)
        todo.action_feedback("done")
        self.assertEqual(matter.approval_state, "submitted")
        self.assertEqual(len(self._todos(matter)), 1)
        self._todos(matter).unlink()
        self.assertEqual(len(self._todos(matter)), 1)
        self._decide(matter, self.office_head_user)
        self.assertFalse(self._todos(matter))

    def test_handler_learns_of_a_return(self):
        matter = self._submitted()
        self._decide(
            matter, self.office_head_user, method="action_return", args=("size?",)
        )
        self.assertEqual(self._todos(matter).user_id, self.staff_user)
        self.assertIn("size?", self._todos(matter).summary)
        matter.action_submit()
        self.assertEqual(self._todos(matter).user_id, self.office_head_user)

    def test_date_of_a_tier_counts_working_days(self):
        self.head_rule.days_allowed = 3
        matter = self._submitted()
        expected = self.env["gov.workday"].add_working_days(self.company.gov_today(), 3)
        self.assertEqual(matter.sudo().seat_ids.deadline, expected)

    # --------------------------------------------------------------- preview

    def test_preview_names_the_people_before_submission(self):
        matter = self._matter(kind="purchase", price=900)
        preview = matter.chain_preview
        for name in "Cheng Xiaolan", "Han Suqin", "Hou Xiaoman", "Logistics":
            self.assertIn(name, preview)
        self.assertNotIn("Committee", preview)
        self.office.write({"manager_id": False, "line_leader_id": False})
        matter.invalidate_recordset(["chain_preview"])
        self.assertIn("Nobody may decide", matter.chain_preview)

    def test_buttons_read_the_same_table(self):
        matter = self._submitted()
        self.assertTrue(matter.can_withdraw)
        self.assertFalse(matter.can_submit or matter.can_cancel or matter.can_decide)
        as_head = matter.with_user(self.office_head_user)
        self.assertTrue(as_head.can_decide)
        self.assertFalse(as_head.can_withdraw or as_head.can_check)

    def test_engine_itself_keeps_to_the_table(self):
        matter = self._matter()
        with self.assertRaisesRegex(UserError, "No step leads"):
            engine(matter.sudo()).approval_state = "rejected"

    def test_wizard_does_what_the_buttons_do(self):
        matter = self._submitted()
        action = (
            matter.with_user(self.office_head_user)
            .with_context(gov_outcome="return")
            .action_open_reason_wizard()
        )
        wizard = (
            self.env["gov.approval.wizard"]
            .with_user(self.office_head_user)
            .with_context(**action["context"])
            .create({"reason": "size?"})
        )
        wizard.action_confirm()
        self.assertEqual(matter.approval_state, "draft")

    def test_a_dialog_is_titled_by_what_it_does(self):
        matter = self._submitted().with_user(self.office_head_user)
        titles = {}
        for outcome in ("approve", "reject", "return", "hold", "opinion", "cancel"):
            action = matter.with_context(gov_outcome=outcome)
            titles[outcome] = action.action_open_reason_wizard()["name"]
        self.assertEqual(titles["reject"], f"Reject · {matter.number}")
        self.assertEqual(len(set(titles.values())), 6)
        several = matter | self._submitted().with_user(self.office_head_user)
        action = several.with_context(gov_outcome="hold").action_open_reason_wizard()
        self.assertEqual(action["name"], "Put on hold")

    # --------------------------------------------------------------- queries

    def _cold(self, matter, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return matter.with_user(user).with_context(tracking_disable=False)

    def test_queries_of_a_chain_from_cold_caches(self):
        self.rules.active = False
        (self.head_rule + self.line_rule).write({"active": True, "domain": "[]"})
        self._decide(self._submitted(), self.office_head_user, self.leader_user)
        matter = self._matter()
        for user, method, queries in (
            (self.staff_user, "action_submit", 42),
            (self.office_head_user, "action_approve", 46),
            (self.leader_user, "action_approve", 31),
        ):
            cold = self._cold(matter, user)
            with self.assertQueryCount(queries):
                getattr(cold, method)()

    def test_lists_cost_the_same_for_more_rows(self):
        fields = ["display_name", "waiting_for", "can_decide", "can_submit"]
        matters = self.Matter.browse()
        for _index in range(12):
            matters |= self._submitted()
        counts = []
        for rows in matters[:3], matters:
            cold = self._cold(rows, self.office_head_user)
            cold.read(fields)
            cold = self._cold(rows, self.office_head_user)
            before = self.env.cr.sql_log_count
            cold.read(fields)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
