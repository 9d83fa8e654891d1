from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_approval import ApprovalCase
from .common_scan import NO_SCANS, PDF, PNG


@tagged("post_install", "-at_install")
class TestUrgent(ApprovalCase):
    """One tier decides at once, up to the cap; the paper follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.urgent_rule = cls._rule(
            "Leader, urgent", 10, role="logistics_leader", for_urgent=True
        )

    def _urgent(self, price=800, **values):
        return self._matter(
            kind="purchase",
            price=price,
            is_urgent=True,
            urgent_reason="The pipe has burst",
            **values,
        )

    def _findings(self, matter, code):
        return self.env["gov.finding"].search_count(
            [
                ("rule_code", "=", code),
                ("model", "=", matter._name),
                ("res_id", "=", matter.id),
            ]
        )

    def _run_job(self, moment):
        cron = self.env.ref("gov_base.cron_gov_urgent_unpapered")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_one_tier_decides_at_once(self):
        matter = self._urgent()
        matter.action_submit()
        self.assertEqual(self._states(matter), [("Leader, urgent", "open")])
        self.assertEqual(self._findings(matter, "urgent_first"), 1)
        self.assertEqual(matter.sudo().mark_ids.kind, "urgent")
        self.assertTrue(matter.urgent_deadline)
        self._decide(matter, self.leader_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_others_do_not_walk_the_urgent_tier(self):
        matter = self._submitted(kind="purchase", price=800)
        self.assertNotIn("Leader, urgent", dict(self._states(matter)))

    def test_the_cap(self):
        matter = self._urgent(price=1000.01)
        with self.assertRaises(UserError) as refusal:
            matter.action_submit()
        for word in ("1,000.01", "1,000.00", "approval.urgent.max"):
            self.assertIn(word, str(refusal.exception))
        self._urgent(price=1000).action_submit()

    def test_the_cap_is_a_clause(self):
        self.env["gov.policy"].create(
            {
                "code": "approval.urgent.max",
                "name": "Urgent",
                "value_type": "monetary",
                "value": "300",
                "citation": "Rule of the centre, 4",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
            }
        )
        with self.assertRaisesRegex(UserError, "300.*Rule of the centre, 4"):
            self._urgent().action_submit()

    def test_without_a_fixed_amount(self):
        with self.assertRaisesRegex(UserError, "lines without a price"):
            self._urgent(price=0).action_submit()

    def test_without_a_reason(self):
        matter = self._urgent()
        matter.urgent_reason = " "
        with self.assertRaisesRegex(UserError, "say why it is urgent"):
            matter.action_submit()

    def test_without_an_urgent_chain(self):
        self.urgent_rule.active = False
        with self.assertRaisesRegex(UserError, "No approval rule"):
            self._urgent().action_submit()

    def test_the_rule_is_simple(self):
        for values in ({"amount_upto": 500}, {"kind": "meeting"}):
            with self.assertRaisesRegex(ValidationError, "urgent"):
                self.urgent_rule.copy(values)

    def test_it_leaves_the_bands_alone(self):
        self.assertFalse(self.small_rule.band_warning)
        self.assertFalse(self.urgent_rule.band_warning)

    def test_paper(self):
        matter = self._urgent()
        matter.action_submit()
        for user in self.leader_user, self.store_user:
            with self.assertRaises(UserError):
                matter.with_user(user).action_paper_urgent(PDF)
        with self.assertRaises(AccessError):
            matter.with_user(self.works_staff_user).action_paper_urgent(PDF)
        for bad in (*NO_SCANS, False, ""):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                matter.action_paper_urgent(bad)
        with self.assertRaises(UserError):
            matter.action_paper_urgent(PDF, {"a": 1})
        self.assertTrue(matter.action_paper_urgent(PDF, "signed"))
        paper = matter.sudo().urgent_paper_ids
        self.assertRecordValues(
            paper,
            [
                {
                    "state": "papered",
                    "note": "signed",
                    "papered_by_id": self.staff_user.id,
                }
            ],
        )
        self.assertFalse(matter.urgent_deadline)
        with self.assertRaisesRegex(UserError, "owes no paper"):
            matter.action_paper_urgent(PNG)

    def test_the_secretariat_hands_it_in(self):
        self.leader_user.group_ids = [
            Command.link(self.env.ref("gov_base.group_secretariat").id)
        ]
        matter = self._urgent()
        matter.action_submit()
        matter.with_user(self.leader_user).action_paper_urgent(PNG)
        self.assertEqual(matter.sudo().urgent_paper_ids.state, "papered")

    def test_overdue_opens_one_finding(self):
        """Submitted on a Friday: due on Monday."""
        with freeze_time("2026-11-20 02:00:00"):
            matter = self._urgent()
            matter.action_submit()
        self.assertEqual(str(matter.urgent_deadline), "2026-11-23")
        for moment, number in (
            ("2026-11-23 15:59:00", 0),
            ("2026-11-23 16:01:00", 1),
            ("2026-11-25 16:01:00", 1),
        ):
            self._run_job(moment)
            self.assertEqual(self._findings(matter, "urgent_not_papered"), number)
        matter.action_paper_urgent(PDF)

    def test_withdrawn_owes_nothing(self):
        with freeze_time("2026-11-20 02:00:00"):
            matter = self._urgent()
            matter.action_submit()
            matter.action_withdraw()
        self._run_job("2026-12-01 01:00:00")
        self.assertEqual(self._findings(matter, "urgent_not_papered"), 0)
        self.assertEqual(matter.sudo().urgent_paper_ids.state, "ended")
        matter.action_submit()
        self.assertTrue(matter.urgent_deadline)

    def test_rows_are_the_engines(self):
        matter = self._urgent()
        matter.action_submit()
        paper = matter.sudo().urgent_paper_ids
        for user in self.staff_user, self.admin_user, self.env.user:
            with self.assertRaises(UserError):
                paper.with_user(user).sudo().write({"state": "papered"})
        with self.assertRaises(UserError):
            paper.with_user(self.staff_user).write({"scan": PDF})
