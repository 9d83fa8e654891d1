from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalChain(ApprovalCase):
    """Who decides a matter, in which order, and what stops it."""

    def test_issue_needs_the_section_head(self):
        matter = self._submitted()
        self.assertEqual(self._states(matter), [("Section head", "open")])
        self.assertEqual(
            self._seat_users(matter, "Section head"), self.office_head_user
        )
        self.assertIn("Cheng Xiaolan", matter.waiting_for)
        self._decide(matter, self.office_head_user)
        self.assertEqual(matter.approval_state, "approved")
        self.assertEqual(matter.log, "approved ")
        self.assertTrue(matter.number)

    def test_decision_keeps_what_was_true(self):
        matter = self._submitted(price=80)
        self._decide(matter, self.office_head_user, args=("fine",))
        decision = matter.decision_ids
        self.assertRecordValues(
            decision,
            [
                {
                    "tier_name": "Section head",
                    "decider_id": self.office_head_user.id,
                    "post": "Section Head",
                    "outcome": "approved",
                    "comment": "fine",
                    "amount": 80,
                    "channel": "system",
                    "round": 1,
                }
            ],
        )
        self.office_head.official_title = "Retired"
        self.head_rule.name = "Somebody else"
        self.assertEqual(decision.post, "Section Head")
        self.assertEqual(decision.tier_name, "Section head")

    def test_changed_rule_does_not_touch_a_submitted_matter(self):
        matter = self._submitted()
        self.head_rule.write(
            {"approver_kind": "user", "user_id": self.store_user.id, "name": "Other"}
        )
        self.assertEqual(self._states(matter), [("Section head", "open")])
        with self.assertRaises(AccessError):
            self._decide(matter, self.store_user)
        self._decide(matter, self.office_head_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_changed_rule_does_not_touch_a_waiting_tier(self):
        matter = self._submitted(kind="purchase", price=900)
        self.line_rule.write({"approver_kind": "user", "user_id": self.store_user.id})
        self._decide(matter, self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Line leader"), self.leader_user)

    def test_open_step_goes_to_the_holder_of_the_day(self):
        matter = self._submitted(kind="purchase", price=900)
        self.office.line_leader_id = self.third
        self._decide(matter, self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Line leader"), self.third_user)
        with self.assertRaises(UserError):
            self._decide(matter, self.leader_user)

    def test_own_matter_of_the_section_head_goes_one_post_up(self):
        matter = self._submitted(user=self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)
        self.assertFalse(self.env["gov.finding"].search([]))

    def test_matter_typed_by_the_liaison(self):
        matter = self._submitted(user=self.clerk_user, employee_id=self.staff.id)
        self.assertEqual(matter.handler_id, self.clerk_user)
        self.assertEqual(matter.employee_id, self.staff)
        self.assertEqual(matter.beneficiary_id, self.staff)
        self.assertEqual(matter.department_id, self.office)

    def test_liaison_types_for_own_section_only(self):
        with self.assertRaisesRegex(UserError, "Works"):
            self._matter(user=self.clerk_user, employee_id=self.works_staff.id)
        with self.assertRaisesRegex(UserError, "Works"):
            self._matter(user=self.staff_user, employee_id=self.works_staff.id)

    def test_applicant_without_department(self):
        self.staff.department_id = False
        with self.assertRaisesRegex(UserError, "belongs to no department"):
            self._matter()

    def test_seconded_applicant_goes_by_the_working_department(self):
        self.staff.working_department_id = self.works
        matter = self._submitted()
        self.assertEqual(matter.department_id, self.works)
        self.assertEqual(self._seat_users(matter, "Section head"), self.works_head_user)

    def test_department_is_frozen_at_submission(self):
        matter = self._submitted()
        self.staff.department_id = self.works
        self.assertEqual(matter.department_id, self.office)

    def test_department_of_a_draft_follows_until_submission(self):
        matter = self._matter()
        self.staff.department_id = self.works
        matter.action_submit()
        self.assertEqual(matter.department_id, self.works)

    def test_head_of_the_parent_department_comes_after_the_line_leader(self):
        self.office.parent_id = self.leadership
        self.office.line_leader_id = False
        matter = self._submitted(user=self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Section head"), self.head_user)

    def test_archived_head_is_not_asked(self):
        self.office_head_user.active = False
        matter = self._submitted()
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)

    def test_fallback_list_and_one_notice(self):
        self.office.write({"manager_id": False, "line_leader_id": False})
        self.env["gov.approval.fallback"].create(
            [
                {"employee_id": self.staff.id, "company_id": self.company.id},
                {"employee_id": self.third.id, "company_id": self.company.id},
            ]
        )
        for _index in range(2):
            matter = self._submitted()
            self.assertEqual(self._seat_users(matter, "Section head"), self.third_user)
        notice = self.env["gov.config.notice"].search(
            [("code", "=", "vacant_tier"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(notice), 1)
        self.assertIn("General Office", notice.text)
        self.assertEqual(notice.activity_ids.user_id, self.admin_user)

    def test_nobody_left_refuses_submission_and_names_the_tier(self):
        self.office.write({"manager_id": False, "line_leader_id": False})
        matter = self._matter()
        with self.assertRaises(UserError) as refusal:
            matter.action_submit()
        self.assertIn("Section head", str(refusal.exception))
        self.assertEqual(matter.approval_state, "draft")
        self.assertFalse(matter.step_ids)

    def test_no_rule_refuses_submission(self):
        self.rules.active = False
        with self.assertRaisesRegex(UserError, "No approval rule"):
            self._submitted()

    def test_rule_out_of_force_is_left_out(self):
        self.line_rule.date_to = "2020-12-31"
        matter = self._submitted(kind="purchase", price=900)
        self.assertNotIn("Line leader", dict(self._states(matter)))

    def test_not_ones_turn_and_not_twice(self):
        matter = self._submitted(kind="purchase", price=900)
        with self.assertRaisesRegex(UserError, "not your turn"):
            self._decide(matter, self.leader_user)
        self._decide(matter, self.office_head_user)
        with self.assertRaisesRegex(UserError, "not your turn"):
            self._decide(matter, self.office_head_user)
        with self.assertRaisesRegex(UserError, "state “Submitted”"):
            matter.action_submit()

    def test_nobody_decides_on_their_own_matter(self):
        matter = self._submitted()
        for user in self.staff_user, self.clerk_user:
            with self.assertRaises(UserError):
                self._decide(matter, user)
        self.assertFalse(matter.decision_ids)

    def test_handler_who_holds_the_post_has_no_seat(self):
        self.office.manager_id = self.clerk
        matter = self._submitted(user=self.clerk_user, employee_id=self.staff.id)
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)

    def test_handler_may_make_a_check(self):
        self.works.liaison_ids = self.store_user
        matter = self._submitted(
            user=self.store_user, employee_id=self.works_staff.id, kind="purchase"
        )
        self._decide(matter, self.works_head_user, self.leader_user)
        self.assertEqual(self._seat_users(matter, "Price check"), self.store_user)

    def test_beneficiary_may_not_make_a_check(self):
        self._hold("store", self.buyer)
        matter = self._submitted(
            user=self.works_staff_user, beneficiary_id=self.store.id, kind="purchase"
        )
        self._decide(matter, self.works_head_user, self.leader_user)
        self.assertEqual(self._seat_users(matter, "Price check"), self.buyer_user)

    # ------------------------------------------------------ decided in tier k

    def test_same_person_in_two_tiers_is_passed_with_a_sealed_note(self):
        self.office.line_leader_id = self.office_head
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self.assertEqual(
            self._states(matter)[:3],
            [
                ("Section head", "approved"),
                ("Line leader", "skipped"),
                ("Price check", "open"),
            ],
        )
        skipped = matter.decision_ids.filtered(lambda d: d.outcome == "skipped")
        self.assertEqual(skipped.decider_id, self.office_head_user)
        self.assertIn("tier 1 (Section head)", skipped.comment)

    def test_another_person_goes_one_post_up(self):
        self.line_rule.distinct_person = True
        self.office.line_leader_id = self.office_head
        self.office.parent_id = self.leadership
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Line leader"), self.head_user)

    def test_a_check_does_not_count_as_decided(self):
        self._hold("logistics_leader", self.store)
        self.roles["logistics_leader"].holder_ids.filtered(
            lambda h: h.employee_id == self.leader
        ).date_to = "2020-12-31"
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user, self.leader_user, self.store_user)
        self.assertEqual(dict(self._states(matter))["Logistics"], "open")
        self._decide(matter, self.store_user)
        self.assertEqual(matter.approval_state, "approved")

    # --------------------------------------------------------------- N of M

    def _at_committee(self, **values):
        matter = self._submitted(kind="purchase", price=9000, **values)
        self._decide(
            matter,
            self.office_head_user,
            self.second_user,
            self.store_user,
            self.head_user,
        )
        return matter

    def test_more_than_half_of_those_who_did_not_decide_before(self):
        self.office.line_leader_id = self.second
        matter = self._at_committee()
        step = matter.sudo().current_step_id
        # head and line leader decided before: two of four are left
        self.assertEqual(step.name, "Committee")
        self.assertEqual(
            self._seat_users(matter, "Committee"), self.leader_user + self.third_user
        )
        self.assertEqual(step.needed, 2)
        with self.assertRaises(UserError):
            self._decide(matter, self.head_user)
        self._decide(matter, self.leader_user)
        self.assertEqual(matter.approval_state, "submitted")
        self._decide(matter, self.third_user)
        self.assertEqual(matter.approval_state, "approved")
        self.assertEqual(step.votes, 2)

    def test_one_veto_ends_the_tier(self):
        self.office.line_leader_id = self.second
        matter = self._at_committee()
        self._decide(matter, self.third_user, method="action_reject", args=("no",))
        self.assertEqual(matter.approval_state, "rejected")
        with self.assertRaises(UserError):
            self._decide(matter, self.leader_user)

    def test_all_of_a_tier(self):
        self.committee_rule.write({"required_kind": "all"})
        self.office.line_leader_id = self.second
        matter = self._at_committee()
        self.assertEqual(matter.sudo().current_step_id.needed, 2)

    def test_all_counts_who_decided_before(self):
        self.committee_rule.write({"required_kind": "all", "distinct_person": False})
        self.office.line_leader_id = self.second
        matter = self._at_committee()
        step = matter.sudo().current_step_id
        self.assertEqual((step.needed, step.votes), (4, 2))
        self._decide(matter, self.leader_user, self.third_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_unreachable_number_refuses_submission(self):
        self.committee_rule.required_count = 4
        matter = self._matter(kind="purchase", price=9000)
        with self.assertRaises(UserError) as refusal:
            matter.action_submit()
        self.assertRegex(str(refusal.exception), "Committee.*needs 4 and 2")
        self.assertEqual(matter.approval_state, "draft")

    def test_empty_body_refuses_submission(self):
        self.roles["committee"].holder_ids.date_to = "2020-12-31"
        matter = self._matter(kind="purchase", price=9000)
        with self.assertRaisesRegex(UserError, "Committee"):
            matter.action_submit()

    # ------------------------------------------------------------- approvers

    def test_group_person_and_field_tiers(self):
        group = self.env.ref("gov_base.group_approval_admin")
        self.head_rule.write({"approver_kind": "group", "group_id": group.id})
        matter = self._submitted()
        self.assertIn(self.admin_user, self._seat_users(matter, "Section head"))
        self.head_rule.write({"approver_kind": "user", "user_id": self.store_user.id})
        matter = self._submitted()
        self.assertEqual(self._seat_users(matter, "Section head"), self.store_user)
        field = self.env["ir.model.fields"]._get(self.Matter._name, "reviewer_id")
        self.head_rule.write({"approver_kind": "field", "approver_field_id": field.id})
        matter = self._submitted(reviewer_id=self.third_user.id)
        self.assertEqual(self._seat_users(matter, "Section head"), self.third_user)

    def test_user_of_another_institution_has_no_seat(self):
        self.head_rule.write(
            {"approver_kind": "user", "user_id": self.other_staff_user.id}
        )
        matter = self._submitted()
        self.assertEqual(self._seat_users(matter, "Section head"), self.leader_user)
