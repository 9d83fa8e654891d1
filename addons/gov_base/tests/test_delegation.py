from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.gov_base.models.gov_guard import engine

from .common_absence import AbsenceCase


@tagged("post_install", "-at_install")
class TestDelegation(AbsenceCase):
    def test_a_delegate_sits_beside_the_delegator(self):
        before = self._submitted()
        self._delegate(self.office_head_user, self.second_user)
        nobody = self.env["res.users"]
        expected = {
            self.office_head_user: nobody,
            self.second_user: self.office_head_user,
        }
        self.assertEqual(self._open_seats(before), expected)
        after = self._submitted()
        self.assertEqual(self._open_seats(after), expected)
        self.assertIn(
            f"{self.second_user.name} on behalf of {self.office_head_user.name}",
            after.waiting_for,
        )
        self.assertIn(self.second_user, after.sudo().activity_ids.user_id)

    def test_both_names_stand_on_the_decision(self):
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        self._decide(matter, self.second_user)
        decision = matter.decision_ids
        self.assertRecordValues(
            decision,
            [
                {
                    "decider_id": self.second_user.id,
                    "on_behalf_of_id": self.office_head_user.id,
                    "post": "Section Head",
                    "outcome": "approved",
                }
            ],
        )
        self.assertEqual(matter.approval_state, "approved")
        entry = self.env["gov.paper"].approval_rows(matter)[0]["entries"][0]
        self.assertIn(self.second_user.name, entry["name"])
        self.assertIn(self.office_head_user.name, entry["name"])
        self.assertFalse(matter.sudo().activity_ids)

    def test_one_vote_for_the_two(self):
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        with self.assertRaisesRegex(UserError, "same vote"), self.env.cr.savepoint():
            self._decide(matter, self.second_user)
        self.assertEqual(len(matter.decision_ids), 1)
        other = self._submitted(kind="purchase", price=900)
        self._decide(other, self.second_user)
        with self.assertRaisesRegex(UserError, "same vote"), self.env.cr.savepoint():
            self._decide(other, self.office_head_user)

    def test_a_body_counts_principals(self):
        """Committee of four, two of them barred: two of two have to agree."""
        self.line_rule.active = self.price_rule.active = False
        self._delegate(self.second_user, self.works_staff_user)
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(matter, self.office_head_user, self.head_user)
        step = matter.sudo().current_step_id
        self.assertEqual(step.name, "Committee")
        self.assertEqual((step.needed, step._count_principals()), (2, 3))
        self._decide(matter, self.works_staff_user)
        self.assertEqual((step.state, step._count_principals()), ("open", 3))
        with self.assertRaises(UserError):
            self._decide(matter, self.second_user)
        self._decide(matter, self.third_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_a_delegate_who_is_an_approver_counts_once(self):
        self.line_rule.active = self.price_rule.active = False
        self._delegate(self.second_user, self.third_user)
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(matter, self.office_head_user, self.head_user)
        nobody = self.env["res.users"]
        self.assertEqual(
            self._open_seats(matter),
            dict.fromkeys(
                [self.leader_user, self.second_user, self.third_user], nobody
            ),
        )
        self._decide(matter, self.third_user)
        self.assertEqual(matter.approval_state, "submitted")

    def test_mutual_delegates(self):
        """Both are valid, and neither passes on a delegated seat."""
        self._delegate(self.office_head_user, self.leader_user)
        self._delegate(self.leader_user, self.office_head_user)
        self._delegate(self.second_user, self.third_user)
        matter = self._submitted(kind="purchase", price=900)
        nobody = self.env["res.users"]
        self.assertEqual(
            self._open_seats(matter),
            {self.office_head_user: nobody, self.leader_user: self.office_head_user},
        )
        self._decide(matter, self.office_head_user)
        self.assertEqual(
            self._open_seats(matter),
            {self.leader_user: nobody, self.office_head_user: self.leader_user},
        )

    def test_a_delegated_seat_is_not_delegated_on(self):
        self._delegate(self.office_head_user, self.second_user)
        self._delegate(self.second_user, self.third_user)
        matter = self._submitted()
        self.assertNotIn(self.third_user, self._open_seats(matter))
        # Nor later, when the delegated seat is there already.
        engine(matter.sudo().current_step_id)._reseat()
        self.assertEqual(
            self._open_seats(matter),
            {
                self.office_head_user: self.env["res.users"],
                self.second_user: self.office_head_user,
            },
        )

    def test_no_seat_for_a_party(self):
        self._delegate(self.office_head_user, self.staff_user)
        matter = self._submitted()
        self.assertEqual(list(self._open_seats(matter)), [self.office_head_user])
        typed = self._matter(
            self.clerk_user, employee_id=self.staff.id, beneficiary_id=self.clerk.id
        )
        typed.action_submit()
        self.assertEqual(list(self._open_seats(typed)), [self.office_head_user])

    def test_scope(self):
        partner = self.env["ir.model"]._get("res.partner")
        with (
            self.assertRaisesRegex(UserError, "kinds of matter"),
            self.env.cr.savepoint(),
        ):
            self._delegate(
                self.office_head_user, self.second_user, model_ids=[(6, 0, partner.ids)]
            )
        kind = self.env["ir.model"]._get(self.Matter._name)
        delegation = self._delegate(
            self.office_head_user, self.second_user, model_ids=[(6, 0, kind.ids)]
        )
        matter = self._submitted()
        self.assertIn(self.second_user, self._open_seats(matter))
        # Another kind of matter is not covered.
        found = delegation.sudo()._get_in_force(
            self.company, "gov.other", self.office_head_user
        )
        self.assertFalse(found)

    def test_who_decided_for_another_decides_no_distinct_tier(self):
        """Neither the decider nor in whose name: a vote is used once."""
        self.line_rule.active = self.price_rule.active = False
        self._delegate(self.head_user, self.second_user)
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(matter, self.office_head_user, self.second_user)
        self.assertEqual(
            list(self._open_seats(matter)), [self.leader_user, self.third_user]
        )

    def test_a_delegator_is_not_passed(self):
        """The head of the section delegated tier 1 and decides tier 2 himself."""
        self.office.line_leader_id = self.office_head
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.second_user)
        self.assertEqual(matter.sudo().current_step_id.name, "Line leader")
        self.assertIn(self.office_head_user, self._open_seats(matter))

    def test_a_delegate_has_decided_as_a_person(self):
        """Who decided tier 1 for another is not asked again in a tier of his own."""
        self._delegate(self.office_head_user, self.leader_user)
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.leader_user)
        self.assertEqual(
            self._states(matter)[:3],
            [
                ("Section head", "approved"),
                ("Line leader", "skipped"),
                ("Price check", "open"),
            ],
        )

    # ------------------------------------------------------------------- the end

    def test_it_ends_at_midnight_of_the_institution(self):
        with self._at("2026-03-02 01:00:00"):
            self._delegate(self.office_head_user, self.second_user, days=1)
            matter = self._submitted()
        with self._at("2026-03-03 15:30:00"):  # 23:30 of the last day
            self.env.invalidate_all()
            self.assertTrue(matter.with_user(self.second_user).can_decide)
            self._reseat_all()
            self.assertIn(self.second_user, self._open_seats(matter))
        with self._at("2026-03-03 16:30:00"):  # 00:30 of the next day
            self.env.invalidate_all()
            self.assertFalse(matter.with_user(self.second_user).can_decide)
            self.assertNotIn(self.second_user.name, matter.waiting_for)
            with (
                self.assertRaisesRegex(UserError, "not your turn"),
                self.env.cr.savepoint(),
            ):
                self._decide(matter, self.second_user)
            self._reseat_all()
            self.assertEqual(list(self._open_seats(matter)), [self.office_head_user])
            self.assertNotIn(self.second_user, matter.sudo().activity_ids.user_id)
            self._decide(matter, self.office_head_user)

    def test_it_begins_at_midnight(self):
        with self._at("2026-03-02 01:00:00"):
            tomorrow = self.company.gov_today() + timedelta(days=1)
            self._delegate(self.office_head_user, self.second_user, date_from=tomorrow)
            matter = self._submitted()
            self.assertNotIn(self.second_user, self._open_seats(matter))
        with self._at("2026-03-02 16:05:00"):
            self._reseat_all()
            self.assertIn(self.second_user, self._open_seats(matter))

    def test_revoked_at_once(self):
        delegation = self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        delegation.action_revoke()
        self.assertEqual(delegation.state, "revoked")
        self.assertEqual(list(self._open_seats(matter)), [self.office_head_user])
        with self.assertRaises(UserError):
            self._decide(matter, self.second_user)
        with (
            self.assertRaisesRegex(UserError, "ended already"),
            self.env.cr.savepoint(),
        ):
            delegation.action_revoke()
        # The same person comes back by a new delegation.
        self._delegate(self.office_head_user, self.second_user)
        self.assertIn(self.second_user, self._open_seats(matter))

    def test_a_stale_seat_decides_nothing(self):
        """The seat is still there, the delegation is not."""
        delegation = self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        engine(delegation.sudo()).revoked_at = "2026-01-01 00:00:00"
        with (
            self.assertRaisesRegex(UserError, "not your turn"),
            self.env.cr.savepoint(),
        ):
            self._decide(matter, self.second_user)

    def test_the_delegate_reads_while_seated(self):
        delegation = self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted().with_user(self.second_user)
        matter.check_access("read")
        delegation.action_revoke()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            matter.check_access("read")
        matter.with_user(self.office_head_user).check_access("read")

    # ---------------------------------------------------------------- who may do

    def test_begun_ones_stay_on_record(self):
        delegation = self._delegate(self.office_head_user, self.second_user)
        for vals in (
            {"date_to": self.company.gov_today()},
            {"delegate_id": self.third_user.id},
            {"reason": "other"},
        ):
            with (
                self.assertRaisesRegex(UserError, "has begun"),
                self.env.cr.savepoint(),
            ):
                delegation.write(vals)
        with (
            self.assertRaisesRegex(UserError, "stays on record"),
            self.env.cr.savepoint(),
        ):
            delegation.unlink()
        with self.assertRaises(UserError):
            delegation.write({"revoked_at": False})
        tomorrow = self.company.gov_today() + timedelta(days=1)
        planned = self._delegate(self.leader_user, self.second_user, date_from=tomorrow)
        planned.reason = "Training"
        with self.assertRaises(UserError):
            planned.delegator_id = self.head_user
        planned.unlink()

    def test_only_what_is_ones_own(self):
        with self.assertRaises(UserError):
            self._delegate(
                self.office_head_user, self.second_user, user=self.staff_user
            )
        with (
            self.assertRaisesRegex(UserError, "never to themselves"),
            self.env.cr.savepoint(),
        ):
            self._delegate(self.office_head_user, self.admin_user, user=self.admin_user)
        for_other = self._delegate(
            self.office_head_user, self.second_user, user=self.admin_user
        )
        with self.assertRaises(AccessError):
            for_other.with_user(self.staff_user).read(["reason"])
        with self.assertRaises(UserError):
            for_other.with_user(self.second_user).action_revoke()
        for_other.with_user(self.supervision_user).read(["reason"])
        with self.assertRaises(UserError):
            for_other.with_user(self.supervision_user).action_revoke()
        for_other.with_user(self.office_head_user).action_revoke()

    def test_supervision_is_offered_no_new_one(self):
        action = self.env.ref("gov_base.menu_gov_delegations_supervision").action
        context = safe_eval(action.context)
        for name in ("create", "edit", "delete"):
            with self.subTest(name):
                self.assertIs(context[name], False)
        own = self.env.ref("gov_base.gov_approval_delegation_action_mine")
        self.assertNotIn("create", safe_eval(own.context))

    def test_bad_delegates(self):
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "gov_portal",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        gone = self.third_user
        gone.active = False
        for delegate in (
            self.office_head_user,
            portal,
            self.other_staff_user,
            gone,
            self.env["res.users"].browse(987654321),
        ):
            with self.subTest(delegate.id), self.assertRaises(UserError):
                self._delegate(self.office_head_user, delegate)

    def test_bad_days(self):
        today = self.company.gov_today()
        for values in (
            {"date_from": today - timedelta(days=1)},
            {"date_from": "the day after"},
            {"date_to": False},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self._delegate(self.office_head_user, self.second_user, **values)

    def test_a_delegate_follows_no_longer_than_seated(self):
        delegation = self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        partner = self.second_user.partner_id
        matter.with_user(self.second_user).message_subscribe(partner.ids)
        delegation.action_revoke()
        self.assertNotIn(partner, matter.sudo().message_partner_ids)

    def test_values_that_no_field_can_hold(self):
        for values in (
            {"model_ids": "x"},
            {"model_ids": [[6, 0, ["x"]]]},
            {"model_ids": [[0]]},
            {"company_id": "x"},
            {"company_id": True},
            {"reason": "a\0"},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                self._delegate(self.leader_user, self.second_user, **values)
        with self.assertRaises(UserError):
            self.env["gov.approval.delegation"].create([5])

    def test_one_delegate_at_a_time(self):
        self._delegate(self.office_head_user, self.second_user)
        with (
            self.assertRaisesRegex(UserError, "one delegate at a time"),
            self.env.cr.savepoint(),
        ):
            self._delegate(self.office_head_user, self.third_user)

    def test_seats_are_nobodys_to_forge(self):
        matter = self._submitted()
        seat = matter.sudo().seat_ids
        for user in self.staff_user, self.admin_user, self.supervision_user:
            seats = self.env["gov.approval.seat"].with_user(user)
            with self.assertRaises(UserError):
                seats.create(
                    {
                        "model": matter._name,
                        "res_id": matter.id,
                        "company_id": self.company.id,
                        "step_id": seat.step_id.id,
                        "user_id": user.id,
                        "on_behalf_of_id": self.office_head_user.id,
                        "state": "open",
                    }
                )
            with self.assertRaises(UserError):
                seats.browse(seat.id).with_context(gov_engine=True).write(
                    {"on_behalf_of_id": user.id}
                )

    def test_an_inbox_of_many_costs_as_much_as_of_few(self):
        self._delegate(self.office_head_user, self.second_user)
        names = ["matter_name", "summary", "on_behalf_of_id", "step_name", "on_hold"]

        def count(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            seats = self.env["gov.approval.seat"].with_user(self.second_user)
            start = self.env.cr.sql_log_count
            rows = seats.search([("state", "=", "open")], limit=limit).read(names)
            self.assertEqual(len(rows), limit)
            matters = self.Matter.with_user(self.second_user)
            matters.search([], limit=limit).read(
                ["waiting_for", "can_decide", "can_answer", "approval_state"]
            )
            return self.env.cr.sql_log_count - start

        for _number in range(16):
            self._submitted()
        count(4)
        self.assertEqual(count(4), count(16))
