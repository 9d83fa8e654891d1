from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_absence import AbsenceCase

# Working days of 2026 (Monday 2 to Friday 6 March) at UTC; the institution is 8 h on.
EARLY = "2026-03-02 00:10:00"  # 08:10
MORNING = "2026-03-02 00:35:00"  # 08:35
NOON = "2026-03-02 04:00:00"
AFTERNOON = "2026-03-02 06:40:00"  # 14:40
SATURDAY = "2026-03-07 01:00:00"


@tagged("post_install", "-at_install")
class TestDigest(AbsenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office_head_user.notification_type = "inbox"
        cls.other_companies = cls.env["res.company"].search(
            [("id", "!=", cls.company.id)]
        )

    def _run(self):
        """Run the job for the test institution in this transaction."""
        digest = engine(self.env["gov.approval.digest"].sudo())
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kw: 1)
        if slot := digest._get_slot(self.company):
            digest._send_slot(self.company, slot)

    def _told(self, user=None):
        return self.env["mail.message"].search(
            [
                ("partner_ids", "in", (user or self.office_head_user).partner_id.ids),
                ("subject", "ilike", "Waiting for you"),
            ]
        )

    def test_one_notice_at_each_set_time(self):
        with self._at(EARLY):
            first, second = self._submitted(), self._submitted()
            self._run()
            self.assertFalse(self._told(), "not before the set time")
        with self._at(MORNING):
            self._run()
            told = self._told()
            self.assertEqual(len(told), 1)
            self.assertIn(first.number, told.body)
            self.assertIn(second.number, told.body)
            self._run()
            self.assertEqual(len(self._told()), 1, "a second run tells nobody again")
        with self._at(NOON):
            third = self._submitted()
            self._run()
            self.assertEqual(len(self._told()), 1)
        with self._at(AFTERNOON):
            self._run()
            new = self._told() - told
            self.assertEqual(len(new), 1)
            self.assertIn(third.number, new.body)
            self.assertNotIn(first.number, new.body, "what is known is not repeated")

    def test_a_killed_job_tells_nobody_twice(self):
        with self._at(EARLY):
            self._submitted()
        with self._at(MORNING):
            self._run()
            # Killed before it noted that the time was served.
            self.company.sudo().gov_digest_sent = False
            self._submitted()
            self._run()
            self.assertEqual(len(self._told()), 1)

    def test_no_digest_on_a_day_off(self):
        with self._at(SATURDAY):
            self._submitted()
            self._run()
            self.assertFalse(self._told())

    def test_what_was_decided_is_not_listed(self):
        with self._at(EARLY):
            self._decide(self._submitted(), self.office_head_user)
        with self._at(MORNING):
            self._run()
            self.assertFalse(self._told())

    def test_remind(self):
        with self._at(EARLY):
            matter = self._submitted()
        with self._at(MORNING):
            self._run()
            matter.action_remind()
            with self.assertRaisesRegex(UserError, "today already"):
                matter.action_remind()
            self.assertEqual(len(self._told()), 1, "it waits for the next digest")
        with self._at(AFTERNOON):
            self._run()
            self.assertEqual(len(self._told()), 2)
            self.assertIn("reminded", self._told().sorted("id")[-1].body)
        with self._at("2026-03-03 01:00:00"):
            matter.action_remind()

    def test_a_day_off_belongs_to_the_working_day_before(self):
        with self._at("2026-03-06 02:00:00"):
            matter = self._submitted()
            matter.action_remind()
        with self._at(SATURDAY):
            with self.assertRaisesRegex(UserError, "today already"):
                matter.action_remind()

    def test_urgent_at_once(self):
        with self._at(NOON):
            matter = self._submitted()
            matter.action_remind(urgent=True)
            self.assertEqual(len(self._told()), 1)
            matter.action_remind(urgent=True)
            self.assertEqual(len(self._told()), 2)
        with self._at(AFTERNOON):
            self._run()
            self.assertEqual(len(self._told()), 2, "told already")

    def test_who_may_remind(self):
        matter = self._submitted()
        for user in self.office_head_user, self.leader_user, self.admin_user:
            with self.assertRaises(UserError):
                matter.with_user(user).action_remind()
        for urgent in ("yes", 1, None):
            with self.assertRaises(UserError):
                matter.action_remind(urgent)
        with self.assertRaises(UserError):
            self._matter().action_remind()
        self._decide(matter, self.office_head_user, method="action_hold", args=("x",))
        with self.assertRaisesRegex(UserError, "On hold"):
            matter.action_remind()
        with self.assertRaises(UserError):
            matter.write({"reminded_on": False})

    def test_the_asked_are_told_as_well(self):
        with self._at(EARLY):
            matter = self._submitted()
            matter.with_user(self.office_head_user).action_ask_opinion(
                [self.works_staff_user.id], "Is it usual?"
            )
        with self._at(MORNING):
            self._run()
            self.assertIn("Is it usual?", self._told(self.works_staff_user).body)

    def test_people_at_work_are_served_in_few_queries(self):
        """The notices of many seats cost a person one message."""
        with self._at(EARLY):
            for _number in range(5):
                self._submitted()
        with self._at(MORNING):
            self._run()
            self.assertEqual(len(self._told()), 1)
