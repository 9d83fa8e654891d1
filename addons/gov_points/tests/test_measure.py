from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_ledger import TODAY, LedgerCommon


@tagged("post_install", "-at_install")
class TestMeasure(LedgerCommon):
    """What levels ask for."""

    def _measure(self, cycle, kind):
        return cycle.measure_ids.filtered(
            lambda m: m.kind == kind and m.state != "withdrawn"
        )

    # ------------------------------------------------------------------ hard cases

    def test_circular_at_exactly_nine(self):
        """4 + 4 + 1 in one cycle."""
        self._score(self.staff, 4, "2026-03-01")
        cycle = self._score(self.staff, 4, "2026-09-15").cycle_id
        self.assertEqual((cycle.total, cycle.level), (8, "talk_office"))
        self.assertEqual(self._kinds(cycle), {"talk_section", "talk_office"})
        self._score(self.staff, 1)
        self.assertEqual((cycle.total, cycle.level), (9, "circular"))
        self.assertEqual(
            self._kinds(cycle),
            {
                "talk_section",
                "talk_office",
                "circular",
                "no_excellent",
                "watch_list",
                "transfer_post",
            },
        )

    def test_one_six(self):
        """Circular at once, and also the talk at exactly 6."""
        cycle = self._score(self.staff, 6).cycle_id
        self.assertEqual((cycle.level, cycle.highest_single), ("circular", 6))
        self.assertTrue({"circular", "talk_office"} <= self._kinds(cycle))
        self.assertNotIn("talk_section", self._kinds(cycle))

    def test_one_twelve_gives_one_circular(self):
        cycle = self._score(self.staff, 12).cycle_id
        self.assertEqual(cycle.level, "unqualified")
        kinds = cycle.measure_ids.mapped("kind")
        self.assertEqual(kinds.count("circular"), 1)
        self.assertEqual(len(kinds), len(set(kinds)))
        self.assertEqual(
            set(cycle.measure_ids.filtered("is_standing").mapped("limit")) - {False},
            {"no_excellent", "unqualified", "no_promotion"},
        )

    def test_three_times_two_is_no_single_six(self):
        for _number in range(3):
            cycle = self._score(self.staff, 2).cycle_id
        self.assertEqual((cycle.total, cycle.level), (6, "talk_office"))

    def test_reversed_six_leaves_the_level_of_the_rest(self):
        self._score(self.staff, 4)
        entry = self._score(self.staff, 6)
        cycle = entry.cycle_id
        self.assertEqual(cycle.level, "circular")
        self.entries._correct(entry.share_id, 0, "Revoked on appeal")
        self.assertEqual((cycle.total, cycle.level), (4, "talk_section"))
        self.assertEqual(self._kinds(cycle), {"talk_section"})
        self.assertIn("circular", self._kinds(cycle, "withdrawn"))
        self.assertTrue(cycle.measure_ids.filtered("note"))

    def test_single_score_of_a_reduced_six(self):
        entry = self._score(self.staff, 6)
        self.entries._correct(entry.share_id, 4, "Reduced")
        cycle = entry.cycle_id
        self.assertEqual((cycle.total, cycle.highest_single), (4, 4))
        self.assertEqual(self._kinds(cycle), {"talk_section"})

    # ---------------------------------------------------------------- rise and drop

    def test_rise_withdraws_nothing(self):
        cycle = self._score(self.staff, 4).cycle_id
        talk = self._measure(cycle, "talk_section")
        self._score(self.staff, 4)
        self.assertEqual(talk.state, "todo")
        self._score(self.staff, 4)
        self.assertEqual(talk.state, "todo")

    def test_drop_notes_what_is_done(self):
        entry = self._score(self.staff, 6)
        cycle = entry.cycle_id
        talk = self._measure(cycle, "talk_office")
        talk.with_user(self.boss_user).action_done("Talked it over")
        self._score(self.staff, 1)
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertEqual((talk.state, talk.is_cleared), ("done", True))
        self.assertIn("dropped to 1", talk.note)
        self.assertFalse(talk.is_standing)
        self.assertEqual(self._kinds(cycle, "todo"), {"talk_section"})
        # The level comes back: the talk has been held, once per cycle.
        self._score(self.staff, 6)
        self.assertEqual((talk.state, talk.is_cleared), ("done", False))
        self.assertEqual(self._measure(cycle, "talk_office"), talk)

    def test_withdrawn_and_asked_for_again(self):
        entry = self._score(self.staff, 6)
        first = self._measure(entry.cycle_id, "talk_office")
        self.entries._correct(entry.share_id, 0, "Revoked")
        self.assertEqual(first.state, "withdrawn")
        self.assertFalse(first.activity_ids)
        self._score(self.staff, 6)
        again = self._measure(entry.cycle_id, "talk_office")
        self.assertEqual((len(again), again.state), (1, "todo"))
        self.assertNotEqual(again, first)

    def test_unique_in_the_database(self):
        cycle = self._score(self.staff, 4).cycle_id
        talk = self._measure(cycle, "talk_section")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            engine(self.measures)._make([(engine(cycle), talk.key, talk.line_id)])

    # ------------------------------------------------------------------- the owners

    def test_owner_and_deadline(self):
        cycle = self._score(self.staff, 6).cycle_id
        talk = self._measure(cycle, "talk_office")
        self.assertEqual(talk.owner_id, self.boss_user)
        # 2026-09-15 is a Tuesday, Sunday the 20th is worked.
        self.assertEqual(str(talk.deadline), "2026-09-21")
        self.assertEqual(talk.activity_ids.user_id, self.boss_user)
        self.assertEqual(talk.activity_ids.date_deadline, talk.deadline)
        section = self._measure(self._score(self.clerk, 1).cycle_id, "talk_section")
        self.assertEqual(section.owner_id, self.office_head_user)

    def test_never_the_person_one_post_up(self):
        own = self._measure(self._score(self.office_head, 1).cycle_id, "talk_section")
        self.assertEqual(own.owner_id, self.leader_user)
        office = self._measure(self._score(self.boss, 6).cycle_id, "talk_office")
        self.assertTrue(office.owner_id)
        self.assertNotEqual(office.owner_id, self.boss_user)

    def test_vacant_post_goes_up_and_comes_back(self):
        self.office.manager_id = False
        self.office.line_leader_id = False
        holders = self.env["gov.role.holder"].search(
            [("company_id", "=", self.company.id)]
        )
        holders.date_to = TODAY - timedelta(days=1)
        talk = self._measure(self._score(self.staff, 1).cycle_id, "talk_section")
        self.assertFalse(talk.owner_id)
        self.office.manager_id = self.office_head
        self.measures._cron_care()
        self.assertEqual(talk.owner_id, self.office_head_user)
        self.assertEqual(talk.activity_ids.user_id, self.office_head_user)

    def test_ticked_off_comes_back(self):
        """Done is what was recorded, not a to-do that was ticked off."""
        talk = self._measure(self._score(self.staff, 1).cycle_id, "talk_section")
        talk.activity_ids.action_feedback("Seen")
        self.assertEqual((talk.state, len(talk.activity_ids)), ("todo", 0))
        self.measures._cron_care()
        self.assertEqual(talk.activity_ids.user_id, self.office_head_user)
        self.measures._cron_care()
        self.assertEqual(len(talk.activity_ids), 1)

    # ------------------------------------------------------------------- the record

    def test_record_of_a_talk(self):
        talk = self._measure(self._score(self.staff, 4).cycle_id, "talk_section")
        done = talk.with_user(self.office_head_user)
        self.assertTrue(done.can_do)
        self.assertEqual(done.entry_ids.mapped("points"), [4], "what it is about")
        self.assertTrue(
            done.action_done(
                "Spoke about the inspection.",
                done_on="2026-09-15",
                place="Room 204",
                person_text="Will take care.",
                scan=PDF,
                scan_name="talk.pdf",
            )
        )
        self.assertRecordValues(
            talk,
            [
                {
                    "state": "done",
                    "text": "Spoke about the inspection.",
                    "person_text": "Will take care.",
                    "place": "Room 204",
                    "done_on": date(2026, 9, 15),
                    "done_by_id": self.office_head_user.id,
                }
            ],
        )
        self.assertTrue(talk.scan_sha256)
        self.assertFalse(talk.activity_ids)
        with self.assertRaisesRegex(UserError, "not possible in the state"):
            done.action_done("Again")

    def test_bad_input(self):
        talk = self._measure(self._score(self.staff, 4).cycle_id, "talk_section")
        head = talk.with_user(self.office_head_user)
        for values in (
            {"text": ""},
            {"text": "   "},
            {"text": None},
            {"text": 7},
            {"text": ["x"]},
            {"text": "a\0b"},
            {"text": "x" * 6000},
            {"text": "x", "done_on": "2026-09-14"},
            {"text": "x", "done_on": "2026-09-16"},
            {"text": "x", "done_on": "soon"},
            {"text": "x", "place": 5},
            {"text": "x", "person_text": {}},
            {"text": "x", "scan": "bm90IGEgc2Nhbg=="},
            {"text": "x", "scan": 3},
        ):
            with (
                self.subTest(values),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                head.action_done(**values)
        self.assertEqual(talk.state, "todo")

    def test_who_may_record(self):
        talk = self._measure(self._score(self.staff, 4).cycle_id, "talk_section")
        with self.assertRaisesRegex(UserError, "whom it concerns"):
            talk.with_user(self.staff_user).action_done("Done")
        for user in (self.clerk_user, self.works_head_user):
            with self.subTest(user.name), self.assertRaises(AccessError):
                talk.with_user(user).action_done("Done")
        with self.assertRaisesRegex(UserError, "recorded by its owner"):
            talk.with_user(self.hr_user).action_done("Done")
        self.assertTrue(talk.with_user(self.points_user).action_done("By the office"))

    def test_proposal(self):
        cycle = self._score(self.staff, 6).cycle_id
        proposed = self._measure(cycle, "transfer_post")
        self.assertEqual(proposed.state, "proposed")
        self.assertNotIn(proposed, self.measures.with_user(self.staff_user).search([]))
        with self.assertRaises(UserError):
            proposed.with_user(self.boss_user).action_done("Moved")
        with self.assertRaises(UserError):
            proposed.with_user(self.hr_user).action_confirm("Serious")
        with self.assertRaises(UserError):
            proposed.with_user(self.points_user).action_drop(" ")
        proposed.with_user(self.points_user).action_drop("A first time")
        self.assertEqual(proposed.state, "dropped")
        cycle._refresh()
        self.assertEqual(self._measure(cycle, "transfer_post"), proposed)
        other = self._measure(self._score(self.clerk, 6).cycle_id, "transfer_post")
        other.with_user(self.points_user).action_confirm("Serious")
        self.assertEqual(other.state, "todo")
        self.assertEqual(len(other.activity_ids), 1)

    def test_wizard(self):
        talk = self._measure(self._score(self.staff, 4).cycle_id, "talk_section")
        wizard = (
            self.env["gov.points.measure.record"]
            .with_user(self.office_head_user)
            .create({"measure_id": talk.id, "text": "Talked", "place": "204"})
        )
        wizard.action_apply()
        self.assertEqual((talk.state, talk.place), ("done", "204"))

    # ------------------------------------------------------------------ suspension

    def test_suspended_by_an_appeal(self):
        scheme = self.scheme.copy({"code": "SUSPENDS", "company_id": self.company.id})
        scheme.write({"appeal_suspends": True, "date_from": "2025-01-01"})
        self._score(self.staff, 4, scheme=scheme)
        entry = self._score(self.staff, 6, scheme=scheme)
        cycle = entry.cycle_id
        engine(entry.share_id).state = "appealed"
        limit = self._measure(cycle, "no_excellent")
        talk = self._measure(cycle, "talk_section")
        self.assertTrue(limit.is_suspended)
        self.assertFalse(limit.is_standing)
        # Four points are not under appeal.
        self.assertFalse(talk.is_suspended)
        with self.assertRaisesRegex(UserError, "suspended"):
            limit.with_user(self.points_user).action_done("Noted")
        engine(entry.share_id).state = "final"
        self.env.invalidate_all()
        self.assertTrue(limit.is_standing)

    def test_not_suspended_by_the_shipped_rulebook(self):
        entry = self._score(self.staff, 6)
        engine(entry.share_id).state = "appealed"
        self.assertTrue(self._measure(entry.cycle_id, "no_excellent").is_standing)

    # ---------------------------------------------------------------- deductions

    def test_deduction(self):
        """Per entry, up to the cap of the cycle; a reversal gives it back."""
        scheme = self.scheme.copy({"code": "PAY", "company_id": self.company.id})
        scheme.write(
            {
                "deduction_per_point": 50,
                "deduction_cap": 300,
                "date_from": "2025-01-01",
            }
        )
        first = self._score(self.staff, 4, scheme=scheme)
        second = self._score(self.staff, 4, scheme=scheme)
        self.assertEqual((first + second).mapped("deduction"), [200, 100])
        self.assertEqual(first.cycle_id.deduction, 300)
        self.assertEqual(self._score(self.staff, 1, scheme=scheme).deduction, 0)
        back = self.entries._correct(first.share_id, 2, "Reduced")
        self.assertEqual(back.mapped("deduction"), [-200, 100])
        self.assertEqual(first.cycle_id.deduction, 200)
        self.assertEqual(self._score(self.staff, 4, scheme=scheme).deduction, 100)
        self.assertEqual(self._score(self.clerk, 4).deduction, 0)

    def test_deduction_by_the_rulebook_of_the_incident(self):
        """The cap of the version of the incident counts, in one cycle."""
        values = {"code": "CAP", "company_id": self.company.id}
        first, second = (
            engine(self.scheme).copy({**values, **more})
            for more in (
                {"date_from": "2026-01-01", "date_to": "2026-07-31"},
                {
                    "version": 2,
                    "date_from": "2026-08-01",
                    "deduction_per_point": 10,
                    "deduction_cap": 60,
                },
            )
        )
        (first | second).write({"state": "released"})
        for day, scheme, points, expected in (
            ("2026-07-10", first, 4, 0),
            ("2026-08-10", second, 4, 40),
            ("2026-07-11", first, 2, 0),
            ("2026-08-11", second, 4, 20),
        ):
            entry = self._score(self.staff, points, day, scheme=scheme)
            self.assertEqual(entry.deduction, expected, day)
        self.assertEqual(entry.cycle_id.deduction, 60)
