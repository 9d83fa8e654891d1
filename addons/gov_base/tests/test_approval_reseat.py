from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_absence import AbsenceCase


@tagged("post_install", "-at_install")
class TestReseat(AbsenceCase):
    def _committee(self):
        """Return a matter that waits for two of three members."""
        self.line_rule.active = self.price_rule.active = False
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(matter, self.office_head_user, self.head_user)
        return matter

    def _notes(self, matter):
        return " ".join(matter.sudo().message_ids.mapped("body"))

    def test_the_open_seat_moves_to_the_successor(self):
        matter = self._submitted()
        self.office.manager_id = self.works_head
        self.assertEqual(list(self._open_seats(matter)), [self.works_head_user])
        self.assertIn(self.works_head.name, self._notes(matter))
        self.assertEqual(matter.sudo().activity_ids.user_id, self.works_head_user)
        with self.assertRaises(UserError):
            self._decide(matter, self.office_head_user)
        self._decide(matter, self.works_head_user)

    def test_a_leaver_goes_one_post_up_and_back(self):
        matter = self._submitted()
        notices = self.env["gov.config.notice"]
        before = notices.search_count([])
        self.office_head.active = False
        self.assertEqual(list(self._open_seats(matter)), [self.leader_user])
        self.assertEqual(notices.search_count([]), before, "no alarm for a vacancy")
        self.office.manager_id = self.second
        self.assertEqual(list(self._open_seats(matter)), [self.second_user])

    def test_an_archived_account(self):
        matter = self._submitted()
        self.office_head_user.active = False
        self.assertEqual(list(self._open_seats(matter)), [self.leader_user])

    def test_the_line_leader_changes(self):
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self.office.line_leader_id = self.second
        self.assertEqual(list(self._open_seats(matter)), [self.second_user])

    def test_a_role_changes_hands(self):
        self.line_rule.active = False
        matter = self._submitted(kind="purchase", price=900)
        self._decide(matter, self.office_head_user)
        self.assertEqual(list(self._open_seats(matter)), [self.store_user])
        holder = self._hold("store", self.buyer)
        self.assertEqual(
            list(self._open_seats(matter)), [self.store_user, self.buyer_user]
        )
        holder.date_to = self.company.gov_today() - timedelta(days=1)
        self.assertEqual(list(self._open_seats(matter)), [self.store_user])

    def test_a_holding_that_ends_by_date(self):
        self.line_rule.active = False
        with self._at("2026-03-02 01:00:00"):
            store = self.roles["store"]._get_holders(self.company)
            store.date_to = "2026-03-02"
            matter = self._submitted(kind="purchase", price=900)
            self._decide(matter, self.office_head_user)
            self._hold("store", self.buyer, date_from="2026-03-03")
            self.assertEqual(list(self._open_seats(matter)), [self.store_user])
        with self._at("2026-03-02 16:10:00"):
            self._reseat_all()
            self.assertEqual(list(self._open_seats(matter)), [self.buyer_user])

    def test_a_member_leaves_in_the_middle(self):
        """The seat lapses, N stays; a successor in the role takes it."""
        # Nobody but a holder of the role comes in, whoever would stand in elsewhere.
        self.env["gov.approval.fallback"].create({"employee_id": self.works_head.id})
        matter = self._committee()
        step = matter.sudo().current_step_id
        self.assertEqual((step.needed, step._count_principals()), (2, 3))
        self._decide(matter, self.leader_user)
        self.third.active = False
        self.assertEqual((step.needed, step._count_principals()), (2, 2))
        self.assertEqual(list(self._open_seats(matter)), [self.second_user])
        self.assertFalse(step.is_unreachable)
        self._hold("committee", self.buyer)
        self.assertEqual(
            list(self._open_seats(matter)), [self.second_user, self.buyer_user]
        )
        self._hold("committee", self.store)
        self.assertNotIn(self.store_user, self._open_seats(matter), "no vacancy left")
        self._decide(matter, self.buyer_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_n_can_no_longer_be_reached(self):
        matter = self._committee()
        step = matter.sudo().current_step_id
        (self.third + self.second).active = False
        self.assertTrue(step.is_unreachable)
        self.assertIn("Cannot be decided", step.note)
        self.assertEqual(step.needed, 2)
        self.assertIn(self.staff_user, matter.sudo().activity_ids.user_id)
        self.assertTrue(
            self.env["gov.config.notice"].search(
                [
                    ("code", "=", "unreachable_tier"),
                    ("company_id", "=", self.company.id),
                ]
            )
        )
        self._decide(
            matter, self.leader_user, method="action_return", args=("no quorum",)
        )
        self.assertEqual(matter.approval_state, "draft")

    def test_a_successor_heals_it(self):
        matter = self._committee()
        step = matter.sudo().current_step_id
        (self.third + self.second).active = False
        self._hold("committee", self.buyer)
        self.assertFalse(step.is_unreachable)
        self.assertNotIn("Cannot be decided", step.note or "")
        self._decide(matter, self.leader_user, self.buyer_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_a_leaver_of_a_waiting_tier(self):
        self.line_rule.active = self.price_rule.active = False
        matter = self._submitted(kind="purchase", price=9000)
        self._decide(matter, self.office_head_user)
        self.third.active = False
        self._hold("committee", self.buyer)
        self._decide(matter, self.head_user)
        self.assertEqual(
            set(self._open_seats(matter)),
            {self.leader_user, self.second_user, self.buyer_user},
        )

    def test_a_successor_who_stood_in_decides_in_his_own_name(self):
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        self.office.manager_id = self.second
        nobody = self.env["res.users"]
        self.assertEqual(self._open_seats(matter), {self.second_user: nobody})

    def test_the_delegate_goes_with_the_delegators_seat(self):
        self._delegate(self.office_head_user, self.second_user)
        matter = self._submitted()
        self.office.manager_id = self.works_head
        self.assertEqual(list(self._open_seats(matter)), [self.works_head_user])

    def test_the_job_is_due_once_a_day(self):
        matter = self._submitted()
        steps = matter.sudo().step_ids
        domain = steps._get_due_domain(self.company)
        self.assertFalse(steps.search(domain))
        with self._at(f"{self.company.gov_today() + timedelta(days=1)} 05:00:00"):
            self.assertEqual(steps.search(steps._get_due_domain(self.company)), steps)
            self._reseat_all()
            self.assertFalse(steps.search(steps._get_due_domain(self.company)))

    def test_the_jobs_run(self):
        """In committed chunks, from the scheduler's own environment."""
        matter = self._submitted()
        step = matter.sudo().step_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_approval_step SET reseated_on = NULL WHERE id = %s", [step.id]
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("gov_base.cron_gov_reseat").method_direct_trigger()
            self.env.ref("gov_base.cron_gov_digest").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(step.reseated_on, self.company.gov_today())

    def test_many_steps_are_left_to_the_job(self):
        self.patch(
            __import__(
                "odoo.addons.gov_base.models.gov_approval_seating",
                fromlist=["RESEAT_AT_ONCE"],
            ),
            "RESEAT_AT_ONCE",
            2,
        )
        matters = [self._submitted() for _number in range(4)]
        self.office.manager_id = self.works_head
        moved = [self.works_head_user in self._open_seats(m) for m in matters]
        self.assertEqual(moved, [True, True, False, False])
        self._reseat_all()
        moved = [self.works_head_user in self._open_seats(m) for m in matters]
        self.assertTrue(all(moved))


@tagged("post_install", "-at_install")
class TestHeadMatter(AbsenceCase):
    def setUp(self):
        super().setUp()
        self.head_rule.active = self.line_rule.active = False
        self.price_rule.active = False

    def test_a_deputy_countersigns(self):
        self._hold("deputy", self.second)
        matter = self._submitted(user=self.head_user, kind="purchase", price=3000)
        self.assertTrue(matter.is_head_matter)
        self.assertEqual(list(self._open_seats(matter)), [self.second_user])
        mark = self.env["gov.approval.mark"].search(
            [("model", "=", matter._name), ("res_id", "=", matter.id)]
        )
        self.assertEqual(mark.mapped("kind"), ["head"])
        self._decide(matter, self.second_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_as_beneficiary_and_before_the_fallback(self):
        self._hold("deputy", self.second)
        self.env["gov.approval.fallback"].create({"employee_id": self.third.id})
        matter = self._submitted(user=self.staff_user, kind="purchase", price=3000)
        self.assertFalse(matter.is_head_matter)
        self.assertEqual(list(self._open_seats(matter)), [self.head_user])
        self.leadership.liaison_ids = self.clerk_user
        typed = self._matter(
            self.clerk_user,
            kind="purchase",
            price=3000,
            employee_id=self.head.id,
        )
        self.assertIn(self.second.name, typed.chain_preview)
        typed.action_submit()
        self.assertTrue(typed.is_head_matter)
        self.assertEqual(list(self._open_seats(typed)), [self.second_user])

    def test_without_a_deputy_it_climbs(self):
        self.env["gov.approval.fallback"].create({"employee_id": self.third.id})
        matter = self._submitted(user=self.head_user, kind="purchase", price=3000)
        self.assertEqual(list(self._open_seats(matter)), [self.third_user])

    def test_others_have_no_deputy(self):
        self._hold("deputy", self.second)
        matter = self._submitted(kind="purchase", price=3000)
        self.assertEqual(list(self._open_seats(matter)), [self.head_user])
        with self.assertRaises(UserError):
            matter.write({"is_head_matter": True})

    def test_the_head_on_the_committee(self):
        """A party counts in neither number; who reviewed does not either."""
        self._hold("deputy", self.second)
        matter = self._submitted(user=self.head_user, kind="purchase", price=9000)
        self.assertEqual(list(self._open_seats(matter)), [self.second_user])
        self._decide(matter, self.second_user)
        self.assertEqual(
            set(self._open_seats(matter)), {self.leader_user, self.third_user}
        )
