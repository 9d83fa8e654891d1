from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalCallerContext(ApprovalCase):
    """What a caller puts into the context reaches nothing that the engine writes."""

    def test_defaults_for_steps_do_not_pass_a_tier(self):
        for state in "approved", "skipped", "cancelled", "open":
            matter = self._matter()
            matter.with_context(default_state=state).action_submit()
            with self.subTest(state=state):
                self.assertEqual(matter.approval_state, "submitted")
                self.assertEqual(self._states(matter), [("Section head", "open")])

    def test_defaults_do_not_count_votes(self):
        self.office.line_leader_id = self.second
        matter = self._matter(kind="purchase", price=9000)
        matter.with_context(
            default_votes=5, default_note="waived", default_needed=1
        ).action_submit()
        steps = matter.sudo().step_ids
        self.assertEqual(set(steps.mapped("votes")), {0})
        self.assertEqual(set(steps.mapped("note")), {False})

    def test_defaults_do_not_reach_the_sealed_decision(self):
        matter = self._submitted()
        matter.with_user(self.office_head_user).with_context(
            default_channel="paper",
            default_on_behalf_of_id=self.head_user.id,
            default_comment="forged",
            default_is_sealed=True,
        ).action_approve()
        self.assertRecordValues(
            matter.decision_ids,
            [
                {
                    "channel": "system",
                    "on_behalf_of_id": False,
                    "comment": False,
                    "is_sealed": True,
                }
            ],
        )

    def test_defaults_do_not_reach_the_number(self):
        first = self._submitted()
        second = self._matter()
        second.with_context(
            default_number_next=500, default_prefix="X", default_padding=9
        ).action_submit()
        self.assertEqual(len(first.number), len(second.number))
        self.assertEqual(second.number[:-1], first.number[:-1])

    def test_archived_rules_stay_archived(self):
        self.line_rule.active = False
        matter = self._matter(kind="purchase", price=900)
        matter.with_context(active_test=False).action_submit()
        self.assertNotIn("Line leader", dict(self._states(matter)))

    def test_todos_cannot_be_switched_off(self):
        matter = self._submitted()
        matter.with_user(self.office_head_user).with_context(
            mail_activity_automation_skip=True
        ).action_return("size?")
        todo = matter.sudo().activity_ids
        self.assertEqual(todo.user_id, self.staff_user)


@tagged("post_install", "-at_install")
class TestApprovalArguments(ApprovalCase):
    """Bad arguments are refused in words, and nothing has changed."""

    def test_opinion_must_be_text(self):
        for comment in 5, ["x"], {"a": 1}, True, "nul\x00":
            matter = self._submitted()
            with self.subTest(comment=comment):
                with self.assertRaises(UserError):
                    matter.with_user(self.office_head_user).action_approve(comment)
                with self.assertRaises(UserError):
                    matter.action_withdraw(comment)
                with self.assertRaises(UserError):
                    matter.with_user(self.office_head_user).action_reject(comment)
                self.assertFalse(matter.decision_ids)

    def test_empty_opinions(self):
        for comment in None, False, "", "  ":
            matter = self._submitted()
            matter.with_user(self.office_head_user).action_approve(comment)
            self.assertFalse(matter.decision_ids.comment)

    def test_number_of_a_step_must_be_a_number(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        leader = matter.with_user(self.leader_user)
        for number in True, 0, [], {}, "1", [1], 1.5, "x":
            with self.subTest(number=number), self.assertRaises(UserError):
                leader.action_return("why", number)
        self.assertEqual(matter.approval_round, 1)
        leader.action_return("why", False)
        self.assertEqual(matter.approval_state, "draft")

    def test_dialog_without_outcome_can_be_carried_by_xml_rpc(self):
        context = self._matter().action_open_reason_wizard()["context"]
        self.assertNotIn(None, context.values())

    def test_dialog_for_something_else(self):
        wizards = self.env["gov.approval.wizard"].with_user(self.office_head_user)
        for model in "res.users", "nothing", "gov.matter.part", "gov.approval.mixin":
            for outcome in "approve", "return", "cancel":
                wizard = wizards.create(
                    {"model": model, "res_ids": "1", "outcome": outcome, "reason": "x"}
                )
                with self.subTest(model=model), self.assertRaises(UserError):
                    wizard.action_confirm()

    def test_actions_for_one_matter_on_several(self):
        self._submitted(kind="purchase", price=900)
        self._submitted(kind="purchase", price=900)
        seats = self.env["gov.approval.seat"].with_user(self.office_head_user)
        with self.assertRaises(UserError):
            seats.search([("state", "=", "open")]).action_open_matter()


@tagged("post_install", "-at_install")
class TestApprovalTurn(ApprovalCase):
    """Nobody decides twice, unseen or in somebody else's place."""

    def test_second_click_in_the_inbox_decides_nothing_else(self):
        """The keeper checks the price and holds the tier that comes next."""
        self.roles["logistics_leader"].holder_ids.date_to = "2020-12-31"
        self._hold("logistics_leader", self.store)
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user, self.leader_user)
        inbox = self.env["gov.approval.seat"].with_user(self.store_user)
        seat = inbox.search([("state", "=", "open")])
        seat.action_approve()
        with self.assertRaises(UserError):
            seat.action_approve()
        self.assertEqual(matter.approval_state, "submitted")

    def test_login_of_a_holder_cannot_be_replaced(self):
        holder = self.roles["head"].holder_ids[:1].with_user(self.admin_user)
        with self.assertRaises(UserError):
            holder.write({"user_id": self.admin_user.id})
        with self.assertRaises(UserError):
            holder.create(
                {
                    "role_id": self.roles["finance"].id,
                    "company_id": self.company.id,
                    "employee_id": self.buyer.id,
                    "user_id": self.admin_user.id,
                }
            )
        with self.assertRaises(UserError):
            self.roles["head"].with_user(self.admin_user).write(
                {
                    "holder_ids": [
                        Command.update(holder.id, {"user_id": self.admin_user.id})
                    ]
                }
            )

    def test_archived_employee_holds_no_post(self):
        self.office_head.active = False
        matter = self._submitted()
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)

    def test_archived_employee_holds_no_role(self):
        self._hold("logistics_leader", self.second)
        self.leader.active = False
        self.office.line_leader_id = self.third
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user, self.third_user, self.store_user)
        self.assertEqual(self._seat_users(matter, "Logistics"), self.second_user)

    def test_archived_employee_stands_in_for_nobody(self):
        self.office.write({"manager_id": False, "line_leader_id": False})
        self.env["gov.approval.fallback"].create(
            [
                {"employee_id": self.second.id, "company_id": self.company.id},
                {"employee_id": self.third.id, "company_id": self.company.id},
            ]
        )
        self.second.active = False
        matter = self._submitted()
        self.assertEqual(self._seat_users(matter, "Section head"), self.third_user)

    def test_chain_of_another_institution_is_not_shown(self):
        self.rules.company_id = False
        self._hold("head", self.other_staff)
        draft = self.Matter.with_user(self.staff_user).new(
            {
                "company_id": self.other_company.id,
                "employee_id": self.staff.id,
                "kind": "purchase",
                "price": 3000,
            }
        )
        self.assertNotIn("Wang Fang", draft.chain_preview or "")


@tagged("post_install", "-at_install")
class TestApprovalRounds(ApprovalCase):
    """Rounds, tiers that lose their people, and what stays on record."""

    def test_note_names_the_round_in_which_it_was_decided(self):
        matter = self._submitted(kind="purchase", price=3000)
        self._decide(matter, self.office_head_user, self.leader_user, self.store_user)
        self._decide(matter, self.head_user, method="action_return", args=("?", 3))
        self._decide(matter, self.store_user)
        self._decide(matter, self.head_user, method="action_return", args=("?", 3))
        self.assertEqual(matter.approval_round, 3)
        notes = matter.step_ids.filtered(lambda s: s.round == 3 and s.note)
        self.assertEqual(set(notes.mapped("note")), {"Decided in round 1."})

    def test_return_to_a_passed_tier_goes_to_where_it_was_decided(self):
        self.office.line_leader_id = self.office_head
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self._decide(matter, self.store_user, method="action_return", args=("?", 2))
        self.assertEqual(self._states(matter)[0], ("Section head", "open"))

    def test_cancelled_draft_is_not_deleted(self):
        matter = self._matter()
        matter.action_cancel("double")
        self.assertTrue(matter.decision_ids)
        with self.assertRaises(UserError):
            matter.unlink()

    def test_cancelled_draft_is_frozen(self):
        matter = self._matter()
        matter.action_cancel("double")
        with self.assertRaises(UserError):
            matter.write({"name": "x"})

    def test_tier_that_lost_its_people_says_so(self):
        matter = self._submitted(kind="purchase", price=900)
        self.office.line_leader_id = False
        self._decide(matter, self.office_head_user)
        step = matter.sudo().current_step_id
        self.assertFalse(step.seat_ids.filtered(lambda s: s.state == "open"))
        self.assertTrue(step.note)
        self.assertIn(self.staff_user, matter.sudo().activity_ids.user_id)
        notice = self.env["gov.config.notice"].search(
            [("code", "=", "unreachable_tier"), ("company_id", "=", self.company.id)]
        )
        self.assertIn(step.name, notice.text)

    def test_number_that_can_no_longer_be_reached_says_so(self):
        self.office.line_leader_id = self.second
        self._hold("head", self.leader)
        self.committee_rule.required_count = 2
        matter = self._submitted(kind="purchase", price=9000)
        self.roles["committee"].holder_ids.filtered(
            lambda h: h.employee_id == self.third
        ).employee_id.user_id.active = False
        self._decide(
            matter,
            self.office_head_user,
            self.second_user,
            self.store_user,
            self.leader_user,
        )
        step = matter.sudo().current_step_id
        self.assertEqual(step.name, "Committee")
        self.assertEqual(self._seat_users(matter, "Committee"), self.head_user)
        self.assertTrue(step.note)
        self.assertIn(self.staff_user, matter.sudo().activity_ids.user_id)

    def test_beneficiary_follows_the_applicant(self):
        draft = self.Matter.with_user(self.clerk_user).new({"kind": "issue"})
        self.assertEqual(draft.beneficiary_id, self.clerk)
        draft.employee_id = self.staff
        self.assertEqual(draft.beneficiary_id, self.staff)
        matter = self._matter(
            user=self.clerk_user,
            employee_id=self.staff.id,
            beneficiary_id=self.office_head.id,
        )
        self.assertEqual(matter.beneficiary_id, self.office_head)

    def test_records_are_kept_in_the_language_of_the_institution(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.partner_id.lang = "en_US"
        self.office_head_user.lang = "fr_FR"
        role = self.roles["logistics_leader"]
        role.with_context(lang="fr_FR").name = "Chef"
        role.holder_ids.title = False
        self.leader_user.lang = "fr_FR"
        matter = self._submitted(kind="purchase", price=900)
        self._decide(
            matter.with_context(lang="fr_FR"),
            self.office_head_user,
            self.leader_user,
            self.store_user,
        )
        self.assertNotIn("Chef", matter.decision_ids.mapped("post"))

    def test_field_of_another_document_is_refused(self):
        field = self.env["ir.model.fields"]._get("res.partner", "user_id")
        with self.assertRaises(UserError):
            self.head_rule.write(
                {"approver_kind": "field", "approver_field_id": field.id}
            )

    def test_field_that_is_gone_takes_no_step_along(self):
        field = self.env["ir.model.fields"]._get(self.Matter._name, "reviewer_id")
        self.head_rule.write({"approver_kind": "field", "approver_field_id": field.id})
        matter = self._submitted(reviewer_id=self.third_user.id)
        step = matter.sudo().step_ids
        self.env.flush_all()
        self.head_rule.approver_kind = "department_head"
        self.env.cr.execute("DELETE FROM ir_model_fields WHERE id = %s", [field.id])
        self.env.invalidate_all()
        self.assertTrue(step.exists())
        self.assertFalse(step.approver_field_id)
        self.assertIn(self.leader_user, step._resolve_users(matter.sudo())[0])

    def test_cancelled_matter_leaves_no_todo(self):
        matter = self._submitted()
        self._decide(matter, self.office_head_user, method="action_return", args=("?",))
        self.assertTrue(matter.sudo().activity_ids)
        matter.action_cancel("not needed")
        self.assertFalse(matter.sudo().activity_ids)

    def test_todo_of_a_seat_is_not_handed_over(self):
        matter = self._submitted()
        todo = matter.sudo().activity_ids.with_user(self.office_head_user)
        other = self.env.ref("mail.mail_activity_data_todo")
        for vals in {"user_id": self.staff_user.id}, {"activity_type_id": other.id}:
            with self.assertRaisesRegex(UserError, "handed over"):
                todo.write(vals)
        todo.write({"note": "call first"})
        self._decide(matter, self.office_head_user)
        self.assertFalse(matter.sudo().activity_ids)


@tagged("post_install", "-at_install")
class TestApprovalPosts(ApprovalCase):
    """Who holds a post on the day, and where a vacant one leads."""

    def _logistics_users(self):
        matter = self._submitted(kind="purchase", price=900)
        self.office.line_leader_id = self.third
        return self._seat_users(matter, "Logistics", state="waiting")

    def _end_logistics(self, **dates):
        holder = self.roles["logistics_leader"].holder_ids.filtered(
            lambda h: h.company_id == self.company
        )
        holder.write(dates)

    def test_holder_of_tomorrow_and_of_yesterday(self):
        today = self.company.gov_today()
        self._end_logistics(date_to=today - timedelta(days=1))
        self._hold("logistics_leader", self.second, date_from=today)
        self._hold("logistics_leader", self.third, date_from=today + timedelta(days=1))
        self.assertEqual(self._logistics_users(), self.second_user)

    def test_last_day_counts(self):
        self._end_logistics(date_to=self.company.gov_today())
        self.assertEqual(self._logistics_users(), self.leader_user)

    def test_holder_of_another_institution_holds_nothing_here(self):
        self._end_logistics(date_to="2020-12-31")
        self.leader_user.company_ids += self.other_company
        self.other_staff_user.company_ids += self.company
        self._hold("logistics_leader", self.other_staff)
        self.assertNotIn(self.other_staff_user, self._logistics_users())

    def test_vacant_role_goes_to_the_head_of_its_own_section(self):
        self._end_logistics(date_to="2020-12-31")
        self.roles["logistics_leader"].department_id = self.works
        self.assertEqual(self._logistics_users(), self.works_head_user)

    def test_vacant_line_leader_goes_along_the_parents(self):
        top = self.env["hr.department"].create(
            {"name": "Top", "manager_id": self.head.id}
        )
        middle = self.env["hr.department"].create(
            {"name": "Middle", "parent_id": top.id}
        )
        self.office.write({"parent_id": middle.id, "line_leader_id": False})
        matter = self._submitted(kind="purchase", price=900)
        self.assertEqual(
            self._seat_users(matter, "Line leader", state="waiting"), self.head_user
        )

    def test_seat_of_who_became_a_party_decides_nothing(self):
        """The login moves to the applicant's card while the step is open."""
        matter = self._submitted(user=self.clerk_user, employee_id=self.staff.id)
        self.office_head.user_id = False
        self.staff.user_id = self.office_head_user
        with self.assertRaisesRegex(UserError, "own matter"):
            self._decide(matter, self.office_head_user)
        self.assertFalse(matter.decision_ids)

    def test_dialog_returns_to_the_step_chosen(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        wizard = (
            self.env["gov.approval.wizard"]
            .with_user(self.leader_user)
            .create(
                {
                    "model": matter._name,
                    "res_ids": str(matter.id),
                    "outcome": "return",
                    "reason": "which?",
                }
            )
        )
        self.assertEqual(wizard.earlier_step_ids.mapped("name"), ["Section head"])
        wizard.to_step_id = wizard.earlier_step_ids
        wizard.action_confirm()
        self.assertEqual(matter.approval_state, "submitted")
        self.assertEqual(self._states(matter)[0], ("Section head", "open"))

    def test_count_that_is_a_number(self):
        self.committee_rule.write({"required_count": 1})
        self.office.line_leader_id = self.second
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(
            matter,
            self.office_head_user,
            self.second_user,
            self.store_user,
            self.head_user,
            self.third_user,
        )
        self.assertEqual(matter.approval_state, "approved")
