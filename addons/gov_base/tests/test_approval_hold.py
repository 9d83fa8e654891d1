from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_absence import AbsenceCase


@tagged("post_install", "-at_install")
class TestHold(AbsenceCase):
    def _held(self, **values):
        self.head_rule.days_allowed = 3
        matter = self._submitted(**values)
        self._decide(
            matter, self.office_head_user, method="action_hold", args=("Next month",)
        )
        return matter

    def test_no_blame_and_no_clock(self):
        matter = self._held()
        self.assertEqual(matter.approval_state, "on_hold")
        seat = matter.sudo().seat_ids
        self.assertEqual((seat.state, seat.deadline), ("open", False))
        self.assertFalse(matter.sudo().activity_ids)
        self.assertRecordValues(
            matter.decision_ids,
            [
                {
                    "outcome": "held",
                    "decider_id": self.office_head_user.id,
                    "comment": "Next month",
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "On hold"):
            self._decide(matter, self.office_head_user, method="action_hold", args="x")

    def test_any_decision_ends_it(self):
        for method, args, state in (
            ("action_approve", (), "approved"),
            ("action_reject", ("no",), "rejected"),
            ("action_return", ("more",), "draft"),
        ):
            matter = self._held()
            self._decide(matter, self.office_head_user, method=method, args=args)
            self.assertEqual(matter.approval_state, state)

    def test_the_next_tier_is_not_on_hold(self):
        matter = self._held(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self.assertEqual(matter.approval_state, "submitted")
        self._decide(matter, self.leader_user)

    def test_one_of_several_ends_it_and_the_clock_runs_again(self):
        self.head_rule.write(
            {
                "approver_kind": "role",
                "role_id": self.roles["committee"].id,
                "required_kind": "count",
                "required_count": 2,
            }
        )
        self.head_rule.days_allowed = 3
        matter = self._submitted()
        self._decide(matter, self.second_user, method="action_hold", args=("wait",))
        self._decide(matter, self.third_user)
        self.assertEqual(matter.approval_state, "submitted")
        seats = matter.sudo().seat_ids.filtered(lambda s: s.state == "open")
        self.assertTrue(all(seats.mapped("deadline")))
        self.assertEqual(
            matter.sudo().activity_ids.user_id,
            self.head_user + self.leader_user + self.second_user,
        )

    def test_withdraw_and_who_may(self):
        matter = self._submitted()
        for user in self.staff_user, self.leader_user, self.admin_user:
            with self.assertRaises(UserError):
                self._decide(matter, user, method="action_hold", args=("x",))
        with self.assertRaisesRegex(UserError, "Say why"):
            self._decide(
                matter, self.office_head_user, method="action_hold", args=("  ",)
            )
        held = self._held()
        held.action_withdraw()
        self.assertEqual(held.approval_state, "draft")
        held.action_submit()
        self.assertEqual(held.approval_state, "submitted")

    def test_a_delegate_holds_in_the_delegators_name(self):
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        self._decide(matter, self.second_user, method="action_hold", args=("wait",))
        self.assertEqual(matter.decision_ids.on_behalf_of_id, self.office_head_user)
        self._decide(matter, self.office_head_user)
        self.assertEqual(matter.approval_state, "approved")
