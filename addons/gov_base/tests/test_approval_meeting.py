from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools import scan as scan_tool

from .common_approval import ApprovalCase
from .common_scan import JPEG, NO_SCANS, PDF, PNG


class MeetingCase(ApprovalCase):
    """The committee decides at meetings; ``recorder_user`` enters their record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.committee_rule.write({"kind": "meeting"})
        cls._create_person(
            "recorder",
            "Wen Shu",
            cls.office,
            33,
            "Secretary",
            groups="gov_base.group_secretariat",
        )
        cls.members = cls._seat_of(cls.head + cls.leader + cls.second + cls.third)
        cls.Meeting = cls.env["gov.approval.meeting"]
        cls.today = cls.company.gov_today()

    @classmethod
    def _seat_of(cls, people):
        """Return ``people`` as members of the committee."""
        holders = cls.roles["committee"].holder_ids
        return holders.filtered(
            lambda h: h.employee_id in people and h.company_id == cls.company
        )

    def _at_meeting(self, price=6000, **values):
        """Return a purchase that waits for the committee."""
        matter = self._submitted(kind="purchase", price=price, **values)
        users = (
            self.office_head_user,
            self.leader_user,
            self.store_user,
            self.head_user,
        )
        self._decide(matter, *users)
        self.assertEqual(matter.sudo().current_step_id.kind, "meeting")
        return matter

    def _meeting(self, *matters, conclusions=(), **values):
        """Return a draft record of a meeting of all members about ``matters``."""
        lines = [
            Command.create(
                {"step_id": matter.sudo().current_step_id.id, "conclusion": "agreed"}
            )
            for matter in matters
        ]
        return self.Meeting.with_user(self.recorder_user).create(
            {
                "role_id": self.roles["committee"].id,
                "number": f"〔2026〕第{self.Meeting.sudo().search_count([]) + 1}次",
                "date": self.today,
                "chair_id": self._seat_of(self.head).id,
                "present_ids": [Command.set(self.members.ids)],
                "scan": PDF,
                "scan_name": "minutes.pdf",
                "line_ids": lines,
                **values,
            }
        )

    def _entered(self, *matters, **values):
        meeting = self._meeting(*matters, **values)
        meeting.action_enter()
        return meeting

    def _last(self, matter):
        return matter.sudo().decision_ids.sorted("id")[-1:]


@tagged("post_install", "-at_install")
class TestMeetingTier(MeetingCase):
    """Nobody votes: the clerk puts the matter before the meeting."""

    def test_clerks_get_a_seat_and_members_may_read(self):
        matter = self._at_meeting()
        self.assertEqual(self._seat_users(matter, "Committee"), self.recorder_user)
        self.assertTrue(matter.with_user(self.recorder_user).has_access("read"))
        for user in self.second_user + self.third_user:
            self.assertTrue(matter.with_user(user).has_access("read"))
        self.assertFalse(matter.with_user(self.works_staff_user).has_access("read"))

    def test_nobody_votes(self):
        matter = self._at_meeting()
        for user in self.recorder_user + self.second_user + self.head_user:
            for method, args in (
                ("action_approve", ()),
                ("action_reject", ("no",)),
                ("action_return", ("no",)),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaisesRegex(UserError, "decides at a meeting"),
                ):
                    self._decide(matter, user, method=method, args=args)
        recorder = matter.with_user(self.recorder_user)
        self.assertFalse(recorder.can_decide or recorder.can_check)

    def test_a_clerk_who_is_a_party_has_no_seat(self):
        self.staff_user.group_ids = [
            Command.link(self.env.ref("gov_base.group_secretariat").id)
        ]
        matter = self._at_meeting()
        self.assertEqual(self._seat_users(matter, "Committee"), self.recorder_user)
        meeting = self._meeting()
        with self.assertRaisesRegex(UserError, "Nothing else waits"):
            meeting.with_user(self.staff_user).action_add_waiting()

    def test_a_clerk_does_not_enter_what_is_their_own(self):
        matter = self._at_meeting(user=self.recorder_user)
        meeting = self._meeting(matter)  # by the matter's step, past the button
        with self.assertRaisesRegex(UserError, "another clerk enters"):
            meeting.action_enter()
        self.assertEqual(meeting.state, "draft")

    def test_a_clerk_who_came_later_finds_what_waits(self):
        matter = self._at_meeting()
        later = self._create_person(
            "later",
            "Lai Ci",
            self.works,
            34,
            "Secretary",
            groups="gov_base.group_secretariat",
        )
        meeting = self._meeting().with_user(later.user_id)
        meeting.action_add_waiting()
        self.assertEqual(meeting.line_ids.matter_name, matter.display_name)
        self.assertTrue(matter.with_user(later.user_id).has_access("read"))

    def test_a_body_without_members_is_refused_at_submission(self):
        self.roles["committee"].holder_ids.date_to = "2020-12-31"
        matter = self._matter(kind="purchase", price=6000)
        with self.assertRaisesRegex(UserError, "Committee.*cannot be decided"):
            matter.action_submit()

    def test_an_unreachable_quorum_is_refused_at_submission(self):
        self.committee_rule.write({"required_kind": "count", "required_count": 5})
        matter = self._matter(kind="purchase", price=6000)
        with self.assertRaisesRegex(UserError, "Committee.*needs 5 members"):
            matter.action_submit()

    def test_open_matters_keep_their_frozen_steps(self):
        self.committee_rule.write({"kind": "decision"})
        matter = self._submitted(kind="purchase", price=6000)
        self.committee_rule.write({"kind": "meeting"})
        self._decide(
            matter,
            self.office_head_user,
            self.leader_user,
            self.store_user,
            self.head_user,
        )
        self.assertEqual(matter.sudo().current_step_id.kind, "decision")
        self._decide(matter, self.second_user, self.third_user)
        self.assertEqual(matter.approval_state, "approved")

    def test_a_meeting_rule_names_a_body(self):
        with self.assertRaisesRegex(ValidationError, "holders meet"):
            self._rule("Bad", 90, kind="meeting", approver_kind="department_head")

    def test_the_preview_names_the_body(self):
        matter = self._matter(kind="purchase", price=6000)
        self.assertIn("Decided at a meeting", matter.chain_preview)
        self.assertIn(self.roles["committee"].name, matter.chain_preview)


@tagged("post_install", "-at_install")
class TestMeetingRecord(MeetingCase):
    """One record decides many matters; one member confirms it."""

    def test_the_body_for_which_something_waits_is_proposed(self):
        """Also where several bodies decide at meetings."""
        other = self.env["gov.role"].create({"name": "Board", "code": "board"})
        rule = self.env["gov.approval.rule"].search([("kind", "=", "meeting")], limit=1)
        rule.copy({"role_id": other.id, "company_id": self.company.id})
        self._at_meeting()
        meetings = self.Meeting.with_user(self.recorder_user)
        proposed = meetings.default_get(["role_id"])
        self.assertEqual(proposed["role_id"], self.roles["committee"].id)

    def test_one_meeting_decides_many(self):
        agreed, refused, returned = (self._at_meeting() for _ in range(3))
        meeting = self._meeting()
        meeting.action_add_waiting()
        self.assertEqual(len(meeting.line_ids), 3)
        meeting.line_ids[1].write({"conclusion": "not_agreed", "text": "Too dear"})
        meeting.line_ids[2].write({"conclusion": "returned", "text": "Compare"})
        meeting.action_enter()
        self.assertEqual(meeting.state, "entered")
        meeting.with_user(self.second_user).action_confirm()
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(agreed.approval_state, "approved")
        self.assertEqual(refused.approval_state, "rejected")
        self.assertEqual(returned.approval_state, "draft")
        row = self._last(agreed)
        self.assertEqual((row.channel, row.outcome), ("meeting", "approved"))
        self.assertEqual(row.decider_id, self.second_user)
        self.assertIn(meeting.number, row.post)
        for word in (meeting.number, "Lu Qiming", "He Zhenbang", "none", "Agreed"):
            self.assertIn(word, row.comment)
        decided = self.env["gov.paper"]._local(row.decided_at, self.company)
        self.assertEqual(decided.date(), self.today)
        self.assertTrue(row.is_sealed and meeting.is_sealed)
        self.assertEqual(len(meeting.scan_sha256), 64)
        self.assertIn("Too dear", meeting.result_text)

    def test_a_withdrawn_matter_is_named_and_left(self):
        stays, gone = self._at_meeting(), self._at_meeting()
        meeting = self._entered(stays, gone)
        gone.action_withdraw()
        meeting.with_user(self.third_user).action_confirm()
        self.assertEqual(stays.approval_state, "approved")
        self.assertEqual(gone.approval_state, "draft")
        left = meeting.sudo().line_ids.filtered(lambda x: x.result == "left")
        self.assertEqual(left.matter_name, gone.display_name)
        self.assertIn(gone.display_name, meeting.result_text)
        self.assertNotIn("meeting", gone.sudo().decision_ids.mapped("channel"))

    def test_a_matter_decided_by_another_meeting_is_left(self):
        matter = self._at_meeting()
        first, second = self._entered(matter), self._entered(matter)
        first.with_user(self.third_user).action_confirm()
        second.with_user(self.third_user).action_confirm()
        self.assertEqual(second.line_ids.result, "left")
        rows = matter.sudo().decision_ids.filtered(lambda d: d.channel == "meeting")
        self.assertEqual(len(rows), 1)

    def test_who_confirms(self):
        self.recorder_user.group_ids = [
            Command.link(self.env.ref("gov_base.group_supervision").id)
        ]
        meeting = self._entered(self._at_meeting())
        for user in self.recorder_user, self.supervision_user:
            with self.assertRaisesRegex(UserError, "member who was present"):
                meeting.with_user(user).action_confirm()
        with self.assertRaises(AccessError):
            meeting.with_user(self.staff_user).action_confirm()
        absent = self._entered(
            self._at_meeting(),
            present_ids=[Command.set((self.members - self._seat_of(self.leader)).ids)],
        )
        with self.assertRaises(AccessError):
            absent.with_user(self.leader_user).action_confirm()
        meeting.with_user(self.second_user).action_confirm()
        with self.assertRaisesRegex(UserError, "Confirmed"):
            meeting.with_user(self.third_user).action_confirm()

    def test_who_entered_does_not_confirm(self):
        self.second_user.group_ids = [
            Command.link(self.env.ref("gov_base.group_secretariat").id)
        ]
        meeting = self._meeting(self._at_meeting()).with_user(self.second_user)
        meeting.action_enter()
        with self.assertRaisesRegex(UserError, "does not confirm"):
            meeting.action_confirm()

    def test_a_party_is_recused_and_does_not_confirm(self):
        matter = self._at_meeting(beneficiary_id=self.third.id)
        meeting = self._entered(matter)
        line = meeting.line_ids
        self.assertEqual(line.recused, self.third.name)
        with self.assertRaisesRegex(UserError, "own matter"):
            meeting.with_user(self.third_user).action_confirm()
        meeting.with_user(self.second_user).action_confirm()
        self.assertIn(f"recused: {self.third.name}", self._last(matter).comment)

    def test_quorum(self):
        """Head and line leader have decided: of the other two both are needed."""
        matter = self._at_meeting()
        meeting = self._meeting(
            matter,
            present_ids=[Command.set((self.members - self._seat_of(self.third)).ids)],
        )
        with self.assertRaisesRegex(UserError, "1 members counted, 2 are needed"):
            meeting.action_enter()
        self.committee_rule.distinct_person = False
        other = self._at_meeting()
        meeting.line_ids.step_id = other.sudo().current_step_id
        meeting.action_enter()
        self.assertEqual((meeting.line_ids.counted, meeting.line_ids.quorum), (3, 3))

    def test_the_head_may_preside_without_counting(self):
        meeting = self._entered(self._at_meeting())
        self.assertEqual((meeting.line_ids.counted, meeting.line_ids.quorum), (2, 2))
        meeting.with_user(self.head_user).action_confirm()
        self.assertEqual(meeting.state, "confirmed")

    def test_what_is_missing_is_named(self):
        matter = self._at_meeting()
        stranger = self._hold("finance", self.works_staff)
        for values, word in (
            ({"scan": False}, "Scan"),
            ({"chair_id": False}, "Presided"),
            ({"present_ids": [Command.clear()]}, "Present"),
            ({"line_ids": False}, "Matters"),
            ({"present_ids": [Command.link(stranger.id)]}, "Jiang Yan"),
            ({"chair_id": stranger.id}, "presided"),
        ):
            values = {"line_ids": [], **values} if "line_ids" in values else values
            lines = () if "line_ids" in values else (matter,)
            meeting = self._meeting(*lines)
            if "line_ids" not in values:
                meeting.write(values)
            with self.subTest(values=values), self.assertRaisesRegex(UserError, word):
                meeting.action_enter()

    def test_a_conclusion_against_needs_words(self):
        meeting = self._meeting(self._at_meeting())
        meeting.line_ids.conclusion = "not_agreed"
        with self.assertRaisesRegex(UserError, "did not agree"):
            meeting.action_enter()

    def test_the_day_of_the_meeting(self):
        matter = self._at_meeting()
        with self.assertRaisesRegex(UserError, "future"):
            self._meeting(matter, date=self.today + timedelta(days=1))
        meeting = self._meeting(matter, date=self.today - timedelta(days=1))
        with self.assertRaisesRegex(UserError, "cannot have decided it"):
            meeting.action_enter()
        late = self._at_meeting(
            occurred_on=self.today - timedelta(days=3), late_reason="system_down"
        )
        meeting = self._entered(late, date=self.today - timedelta(days=1))
        meeting.with_user(self.second_user).action_confirm()
        row = self._last(late)
        self.assertEqual(late.approval_state, "approved")
        self.assertLess(row.decided_at, row.recorded_at)

    @mute_logger("odoo.sql_db")
    def test_a_number_exists_once(self):
        self._meeting(number="〔2026〕第 7 次")
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self._meeting(number="〔2026〕第7次")
        self.assertIn("number_uniq", str(caught.exception))

    def test_a_scan_is_looked_at(self):
        meeting = self._meeting(self._at_meeting())
        for good in PNG, JPEG, PDF:
            meeting.scan = good
        for bad in NO_SCANS:
            with self.subTest(bad=bad), self.assertRaises(UserError):
                meeting.write({"scan": bad})
        self.patch(scan_tool, "SCAN_LIMIT", 20)
        with self.assertRaisesRegex(UserError, "larger"):
            meeting.write({"scan": PNG})

    def test_after_entering_nothing_is_changed(self):
        meeting = self._entered(self._at_meeting())
        for record, values in (
            (meeting, {"number": "x"}),
            (meeting, {"present_ids": [Command.clear()]}),
            (meeting, {"scan": PNG}),
            (meeting, {"state": "confirmed"}),
            (meeting.line_ids, {"conclusion": "not_agreed"}),
            (meeting.line_ids, {"result": "decided"}),
        ):
            for user in self.recorder_user, self.second_user, self.env.user:
                with (
                    self.subTest(values=values, user=user.login),
                    self.assertRaises(UserError),
                ):
                    record.with_user(user).write(values)
        with self.assertRaises(UserError):
            meeting.line_ids.with_user(self.recorder_user).unlink()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", meeting._name),
                ("res_id", "=", meeting.id),
                ("res_field", "=", "scan"),
            ]
        )
        with self.assertRaises(AccessError):
            attachment.with_user(self.recorder_user).write({"datas": PNG})
        meeting.action_correct("The date is wrong")
        self.assertEqual(meeting.state, "draft")
        self.assertFalse(meeting.activity_ids)
        meeting.write({"number": "other"})

    def test_a_confirmed_record_stays(self):
        meeting = self._entered(self._at_meeting())
        meeting.with_user(self.second_user).action_confirm()
        with self.assertRaises(UserError):
            meeting.action_correct()
        with self.assertRaises(UserError):
            engine(meeting.sudo()).write({"number": "x"})
        with self.assertRaises(UserError):
            engine(meeting.sudo()).unlink()

    def test_members_find_it_in_their_to_dos(self):
        meeting = self._entered(self._at_meeting())
        users = meeting.sudo().activity_ids.user_id
        self.assertEqual(
            users,
            self.head_user + self.leader_user + self.second_user + self.third_user,
        )
        meeting.with_user(self.second_user).action_confirm()
        self.assertFalse(meeting.sudo().activity_ids)

    def test_who_reads(self):
        meeting = self._meeting(self._at_meeting())
        expected = {
            self.recorder_user: True,
            self.supervision_user: True,
            self.second_user: False,
            self.staff_user: False,
            self.admin_user: False,
        }
        for user, may in expected.items():
            self.assertEqual(meeting.with_user(user).has_access("read"), may)
        meeting.action_enter()
        self.assertTrue(meeting.with_user(self.second_user).has_access("read"))
        self.assertFalse(meeting.with_user(self.staff_user).has_access("read"))
        with self.assertRaises(AccessError):
            self.Meeting.with_user(self.staff_user).create(
                {"role_id": self.roles["committee"].id, "number": "1"}
            )

    def test_another_step_is_not_put_on_the_agenda(self):
        matter = self._submitted(kind="purchase", price=6000)
        with self.assertRaises(UserError):
            self._meeting(matter)

    def test_a_returned_matter_waits_again(self):
        matter = self._at_meeting()
        meeting = self._meeting(matter)
        meeting.line_ids.write({"conclusion": "returned", "text": "x"})
        meeting.action_enter()
        meeting.with_user(self.second_user).action_confirm()
        matter.action_submit()
        self._decide(
            matter,
            self.office_head_user,
            self.leader_user,
            self.store_user,
            self.head_user,
        )
        again = self._entered(matter)
        again.with_user(self.second_user).action_confirm()
        self.assertEqual(matter.approval_state, "approved")

    def test_the_form_of_the_clerk(self):
        matter = self._at_meeting()
        with Form(self.Meeting.with_user(self.recorder_user)) as form:
            form.role_id = self.roles["committee"]
            form.number = "〔2026〕第99次"
            form.scan = PDF
            self.assertEqual(len(form.present_ids), 4)
            # The first in rank presides; the next one when that one is away.
            ranked = self.members.sorted("rank_sequence")
            self.assertEqual(form.chair_id, ranked[0])
            form.present_ids.remove(id=ranked[0].id)
            self.assertEqual(form.chair_id, ranked[1])
            form.chair_id = ranked[2]
            form.present_ids.add(ranked[0])
            self.assertEqual(form.chair_id, ranked[2])
        meeting = form.record
        meeting.action_add_waiting()
        self.assertIn(matter.display_name, meeting.line_ids.mapped("matter_name"))
        self.assertTrue(meeting.can_edit)
        self.assertFalse(meeting.can_confirm)

    def test_the_papers(self):
        matter = self._at_meeting()
        meeting = self._entered(matter)
        meeting.with_user(self.second_user).action_confirm()
        report = self.env["ir.actions.report"].with_user(self.second_user)
        html = report._render_qweb_html("gov_base.report_meeting", meeting.ids)[0]
        for text in (meeting.number, matter.display_name, self.head.name, "主持人"):
            self.assertIn(text, html.decode())
        rows = self.env["gov.paper"].approval_rows(matter.sudo())
        entry = rows[-1]["entries"][0]
        self.assertIn(meeting.number, entry["name"])

    def test_who_reads_the_record_opens_the_matter(self):
        matter = self._at_meeting()
        meeting = self._entered(matter)
        line = meeting.with_user(self.second_user).line_ids
        action = line.action_open_matter()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (matter._name, matter.id)
        )
        with self.assertRaises(UserError):
            line.browse().action_open_matter()
        self.assertFalse(matter.with_user(self.recorder_user).can_hold)
