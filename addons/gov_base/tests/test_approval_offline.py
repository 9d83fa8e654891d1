from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_scan import NO_SCANS, PDF, PNG
from .test_approval_meeting import MeetingCase


class OfflineCase(MeetingCase):
    """``recorder_user`` of the secretariat records what leaders decide on paper."""

    def _row(self, matter, leader, user=None, **values):
        """Return a draft that says ``leader`` agreed on paper just now."""
        rows = self.env["gov.approval.offline"].with_user(user or self.recorder_user)
        by_number = rows.env.user.has_group("gov_base.group_secretariat")
        where = (
            {"number": matter.number}
            if by_number
            else {"model": matter._name, "res_id": matter.id}
        )
        return rows.create(
            {
                **where,
                "leader_id": leader.id,
                "decided_at": fields.Datetime.now(),
                "channel": "paper",
                "scan": PDF,
                **values,
            }
        )

    def _recorded(self, matter, leader, user=None, **values):
        row = self._row(matter, leader, user, **values)
        row.action_record()
        return row


@tagged("post_install", "-at_install")
class TestOffline(OfflineCase):
    """A decision on paper or by phone decides, and says that it was so."""

    def test_a_decision_on_paper(self):
        matter = self._submitted()
        row = self._recorded(matter, self.office_head_user, comment="Agreed on paper")
        self.assertEqual(matter.approval_state, "approved")
        decision = self._last(matter)
        self.assertRecordValues(
            decision,
            [
                {
                    "decider_id": self.office_head_user.id,
                    "channel": "paper",
                    "outcome": "approved",
                    "comment": "Agreed on paper",
                    "decided_at": row.decided_at,
                }
            ],
        )
        self.assertTrue(decision.is_sealed)
        self.assertEqual(row.recorder_id, self.recorder_user)
        self.assertEqual(len(row.scan_sha256), 64)
        self.assertEqual(matter.sudo().mark_ids.kind, "offline_paper")
        self.assertIn("Cheng Xiaolan", matter.sudo().mark_ids.text)

    def test_the_leader_is_told_and_confirms_with_one_tap(self):
        matter = self._submitted()
        row = self._recorded(matter, self.office_head_user)
        self.assertEqual(row.sudo().activity_ids.user_id, self.office_head_user)
        messages = self.env["mail.message"].search(
            [("model", "=", row._name), ("res_id", "=", row.id)]
        )
        partners = messages.notified_partner_ids
        self.assertIn(self.office_head_user.partner_id, partners)
        with self.assertRaisesRegex(UserError, "Only Cheng Xiaolan"):
            row.action_confirm()
        row.with_user(self.office_head_user).action_confirm()
        self.assertEqual(row.state, "confirmed")
        self.assertFalse(row.sudo().activity_ids)
        with self.assertRaises(UserError):
            row.with_user(self.office_head_user).action_dispute("too late")

    def test_who_may_record(self):
        """Handler, applicant, user of the thing and the leader may not."""
        secretariat = self.env.ref("gov_base.group_secretariat")
        everybody = (
            self.clerk_user
            | self.staff_user
            | self.works_staff_user
            | self.office_head_user
        )
        everybody.group_ids = [Command.link(secretariat.id)]
        matter = self._submitted(
            user=self.clerk_user,
            employee_id=self.staff.id,
            beneficiary_id=self.works_staff.id,
        )
        for user in self.clerk_user, self.staff_user, self.works_staff_user:
            row = self._row(matter, self.office_head_user, user=user)
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "neither handler, applicant"),
            ):
                row.action_record()
        row = self._row(matter, self.office_head_user, user=self.office_head_user)
        with self.assertRaisesRegex(UserError, "their own word"):
            row.action_record()
        self.assertEqual(matter.approval_state, "submitted")

    def test_who_has_a_part_in_it_records_without_the_group(self):
        matter = self._submitted(kind="purchase", price=900)
        matter.with_user(self.office_head_user).action_approve()
        row = self._recorded(matter, self.leader_user, user=self.office_head_user)
        self.assertEqual(row.state, "recorded")
        with self.assertRaises(AccessError):
            self._row(matter, self.leader_user, user=self.works_staff_user)
        self.works_staff_user.group_ids = [
            Command.link(self.env.ref("gov_base.group_supervision").id)
        ]
        other = self._submitted()
        row = self._row(other, self.office_head_user, user=self.works_staff_user)
        with self.assertRaisesRegex(UserError, "a part in deciding"):
            row.action_record()

    def test_a_call_note_up_to_the_cap(self):
        for price, passes in ((1000, True), (1000.01, False)):
            matter = self._submitted(kind="purchase", price=price)
            row = self._row(
                matter,
                self.office_head_user,
                channel="phone",
                scan=False,
                call_note="21:10, I called, agreed",
            )
            if passes:
                row.action_record()
                self.assertEqual(self._last(matter).channel, "phone")
                self.assertEqual(matter.sudo().mark_ids.kind, "offline_phone")
                continue
            with self.assertRaises(UserError) as refusal:
                row.action_record()
            for word in ("1,000.01", "1,000.00", "approval.call_note.max"):
                self.assertIn(word, str(refusal.exception))

    def test_a_matter_of_points_needs_the_paper(self):
        """The cap of a call note is money; points are no smaller for it."""
        matter = self._submitted(kind="purchase", price=6)
        with patch.object(type(self.Matter), "_approval_band_is_money", False):
            row = self._row(
                matter,
                self.office_head_user,
                channel="phone",
                scan=False,
                call_note="21:10, I called, agreed",
            )
            self.assertFalse(row.currency_id)
            with self.assertRaisesRegex(UserError, "no matter of money"):
                row.action_record()
            row.write({"channel": "paper", "scan": PDF})
            row.action_record()
            self.assertFalse(matter.sudo().decision_ids[-1:].currency_id)
            self.assertEqual(matter.sudo().mark_ids.amount, 0)

    def test_a_call_note_for_an_amount_that_is_not_fixed(self):
        matter = self._submitted(kind="purchase")
        row = self._row(
            matter,
            self.office_head_user,
            channel="phone",
            scan=False,
            call_note="x",
        )
        with self.assertRaisesRegex(UserError, "not fixed yet"):
            row.action_record()

    def test_what_is_missing(self):
        matter = self._submitted()
        for values, word in (
            ({"scan": False}, "needs the scan"),
            ({"channel": "phone"}, "needs a call note"),
            ({"channel": "phone", "call_note": "  "}, "needs a call note"),
            ({"outcome": "not_agreed"}, "Say why"),
            ({"outcome": "returned", "comment": " "}, "Say why"),
        ):
            row = self._row(matter, self.office_head_user, **values)
            with self.subTest(values=values), self.assertRaisesRegex(UserError, word):
                row.action_record()

    def test_the_time_of_the_decision(self):
        matter = self._submitted()
        now = fields.Datetime.now()
        for when, word in (
            (now + timedelta(hours=1), "future"),
            (now - timedelta(days=1), "late entry"),
        ):
            row = self._row(matter, self.office_head_user, decided_at=when)
            with self.subTest(when=when), self.assertRaisesRegex(UserError, word):
                row.action_record()
        yesterday = self.today - timedelta(days=1)
        late = self._submitted(occurred_on=yesterday, late_reason="system_down")
        row = self._recorded(
            late, self.office_head_user, decided_at=now - timedelta(hours=12)
        )
        decision = self._last(late)
        self.assertEqual(decision.decided_at, row.decided_at)
        self.assertLess(decision.decided_at, decision.recorded_at)

    def test_whose_turn_it_is(self):
        matter = self._submitted(kind="purchase", price=900)
        row = self._row(matter, self.leader_user)
        with self.assertRaisesRegex(UserError, "not the turn of"):
            row.action_record()
        self._decide(matter, self.office_head_user, self.leader_user)
        row = self._row(matter, self.store_user)
        with self.assertRaisesRegex(UserError, "is no decision"):
            row.action_record()
        met = self._at_meeting()
        row = self._row(met, self.second_user)
        with self.assertRaisesRegex(UserError, "is no decision"):
            row.action_record()
        done = self._submitted()
        row = self._row(done, self.office_head_user)
        self._decide(done, self.office_head_user)
        with self.assertRaisesRegex(UserError, "any more"):
            row.action_record()

    def test_the_other_outcomes(self):
        refused, returned = self._submitted(), self._submitted()
        self._recorded(
            refused, self.office_head_user, outcome="not_agreed", comment="no"
        )
        self._recorded(
            returned, self.office_head_user, outcome="returned", comment="again"
        )
        self.assertEqual(refused.approval_state, "rejected")
        self.assertEqual(returned.approval_state, "draft")

    def test_a_dispute_brings_the_matter_back(self):
        matter = self._submitted(kind="purchase", price=900)
        row = self._recorded(matter, self.office_head_user)
        self._decide(matter, self.leader_user)
        head = row.with_user(self.office_head_user)
        with self.assertRaisesRegex(UserError, "reason is empty"):
            head.action_dispute(" ")
        head.action_dispute("I never said so")
        self.assertEqual(row.state, "disputed")
        self.assertEqual(matter.approval_round, 2)
        self.assertEqual(
            self._seat_users(matter, "Section head"), self.office_head_user
        )
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "offline_disputed"), ("res_id", "=", row.id)]
        )
        self.assertEqual(finding.severity, "serious")
        self.assertEqual(finding.employee_id, self.recorder)
        self.assertIn(self.staff_user, matter.sudo().activity_ids.user_id)
        self._decide(matter, self.office_head_user)
        self.assertEqual(self._seat_users(matter, "Line leader"), self.leader_user)

    def test_a_dispute_after_the_end(self):
        matter = self._submitted()
        row = self._recorded(matter, self.office_head_user)
        row.with_user(self.office_head_user).action_dispute("No")
        self.assertEqual(matter.approval_state, "approved")
        self.assertTrue(
            self.env["gov.finding"].search_count(
                [("rule_code", "=", "offline_disputed"), ("res_id", "=", row.id)]
            )
        )

    def test_a_disputed_vote_counts_no_more(self):
        self.rules.write({"active": False})
        self._rule("Two", 10, role="committee", required_kind="count", required_count=2)
        matter = self._submitted()
        row = self._recorded(matter, self.second_user)
        row.with_user(self.second_user).action_dispute("I never said so")
        self.assertEqual(matter.approval_round, 2)
        self._decide(matter, self.third_user)
        self.assertEqual(matter.approval_state, "submitted")
        self._decide(matter, self.second_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_a_delegate_whose_time_is_over_gives_no_word(self):
        today = self.company.gov_today()
        self.env["gov.approval.delegation"].with_user(self.office_head_user).create(
            {
                "delegate_id": self.second_user.id,
                "date_from": today,
                "date_to": today,
                "reason": "Trip",
            }
        )
        matter = self._submitted()
        row = self._row(matter, self.second_user)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            row.decided_at = fields.Datetime.now()
            with self.assertRaisesRegex(UserError, "not the turn of Zou Jingyi"):
                row.action_record()
        self.assertEqual(matter.approval_state, "submitted")

    def test_a_draft_is_no_window_on_the_matter(self):
        matter = self._submitted(kind="purchase", price=500)
        head = matter.with_user(self.office_head_user)
        head.action_ask_opinion(self.buyer_user.ids, "Is the price right?")
        row = self._row(matter, self.office_head_user, user=self.buyer_user)
        self.assertEqual(row.amount, 500)
        head.action_approve()  # the question lapses
        self.env.invalidate_all()
        self.assertFalse(matter.with_user(self.buyer_user).has_access("read"))
        self.assertRecordValues(row, [{"amount": 0, "summary": False, "turn_ids": []}])

    def test_not_confirmed_in_time(self):
        """Recorded on a Friday: three working days end on Wednesday."""
        with freeze_time("2026-11-20 02:00:00"):
            row = self._recorded(self._submitted(), self.office_head_user)
        self.assertEqual(str(row.deadline), "2026-11-25")
        rows = self.env["gov.approval.offline"]
        domain = [("rule_code", "=", "offline_unconfirmed"), ("res_id", "=", row.id)]
        for moment, number in (
            ("2026-11-25 15:59:00", 0),
            ("2026-11-25 16:01:00", 1),
            ("2026-11-26 16:01:00", 1),
        ):
            with freeze_time(moment), self.enter_registry_test_mode():
                self.env.ref(
                    "gov_base.cron_gov_offline_unconfirmed"
                ).method_direct_trigger()
            self.env.invalidate_all()
            findings = self.env["gov.finding"].search_count(domain)
            self.assertEqual(findings, number, moment)
        finding = self.env["gov.finding"].search(domain)
        finding.with_user(self.supervision_user).action_dismiss("on leave")
        rows.browse(row.id)
        with self.enter_registry_test_mode():
            self.env.ref(
                "gov_base.cron_gov_offline_unconfirmed"
            ).method_direct_trigger()
        self.assertEqual(self.env["gov.finding"].search_count(domain), 1)
        row.with_user(self.office_head_user).action_confirm()
        self.assertEqual(row.state, "confirmed")


@tagged("post_install", "-at_install")
class TestOfflineInput(OfflineCase):
    """What a caller over RPC may try."""

    def test_forged_values(self):
        matter = self._submitted()
        for values in (
            {"state": "confirmed"},
            {"recorder_id": self.second_user.id},
            {"recorded_at": "2020-01-01 00:00:00"},
            {"handler_id": self.second_user.id},
            {"is_reported": True},
            {"scan_sha256": "0" * 64},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._row(matter, self.office_head_user, **values)
            row = self._row(matter, self.office_head_user)
            with self.subTest(write=values), self.assertRaises(UserError):
                row.write(values)
        rows = self.env["gov.approval.offline"].with_user(self.recorder_user)
        row = rows.with_context(
            default_state="confirmed", default_is_reported=True, gov_engine=True
        ).create(
            {
                "number": matter.number,
                "leader_id": self.office_head_user.id,
                "decided_at": fields.Datetime.now(),
            }
        )
        self.assertEqual((row.state, row.is_reported), ("draft", False))

    def test_the_institution_follows_the_matter(self):
        matter = self._submitted()
        row = self._row(matter, self.office_head_user, company_id=self.other_company.id)
        self.assertEqual(row.company_id, self.company)

    def test_no_such_matter(self):
        rows = self.env["gov.approval.offline"].with_user(self.recorder_user)
        for values in (
            {},
            {"number": "nothing"},
            {"number": 17},
            {"model": "res.users", "res_id": 1},
            {"model": self.Matter._name, "res_id": 10**9},
            {"model": self.Matter._name, "res_id": "1"},
            {"model": self.Matter._name, "res_id": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                rows.create(
                    {
                        "leader_id": self.office_head_user.id,
                        "decided_at": fields.Datetime.now(),
                        **values,
                    }
                )

    def test_only_the_secretariat_names_a_matter_by_its_number(self):
        matter = self._submitted()
        rows = self.env["gov.approval.offline"].with_user(self.works_staff_user)
        with self.assertRaisesRegex(UserError, "No matter under way"):
            rows.create(
                {
                    "number": matter.number,
                    "leader_id": self.office_head_user.id,
                    "decided_at": fields.Datetime.now(),
                }
            )

    def test_bad_values_and_scans(self):
        matter = self._submitted()
        row = self._row(matter, self.office_head_user)
        for values in (
            {"decided_at": "yesterday"},
            {"channel": "meeting"},
            {"channel": "system"},
            {"outcome": "approved"},
            {"comment": "a\x00b"},
            *({"scan": scan} for scan in NO_SCANS),
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                row.write(values)
        attachment = self.env["ir.attachment"].create({"name": "x", "datas": PNG})
        with self.assertRaises(UserError):
            row.write({"scan": attachment.id})

    def test_a_recorded_row_stays(self):
        matter = self._submitted()
        row = self._recorded(matter, self.office_head_user)
        leader = row.with_user(self.office_head_user)
        for user in self.recorder_user, self.office_head_user, self.env.user:
            for values in ({"comment": "x"}, {"scan": PNG}, {"outcome": "returned"}):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    row.with_user(user).write(values)
        with self.assertRaises(UserError):
            row.unlink()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", row._name),
                ("res_id", "=", row.id),
                ("res_field", "=", "scan"),
            ]
        )
        for user in self.recorder_user, self.office_head_user:
            with self.assertRaises(AccessError):
                attachment.with_user(user).write({"datas": PNG})
        with self.assertRaises(UserError):
            row.action_record()
        self.assertTrue(leader.can_answer)

    def test_who_reads(self):
        matter = self._submitted()
        row = self._row(matter, self.office_head_user)
        self.assertFalse(row.with_user(self.office_head_user).has_access("read"))
        row.action_record()
        for user, may in (
            (self.recorder_user, True),
            (self.office_head_user, True),
            (self.staff_user, True),
            (self.supervision_user, True),
            (self.admin_user, False),
            (self.works_staff_user, False),
        ):
            self.assertEqual(row.with_user(user).has_access("read"), may, user.login)

    def test_somebody_elses_draft(self):
        row = self._row(self._submitted(), self.office_head_user)
        with self.assertRaises(AccessError):
            row.with_user(self.second_user).action_record()
        with self.assertRaisesRegex(UserError, "Who typed it"):
            self.env[row._name].browse(row.id).action_record()
