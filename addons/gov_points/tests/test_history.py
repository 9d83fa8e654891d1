from datetime import datetime, time, timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF
from odoo.addons.gov_base.tools.past import on_day

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestHistory(CaseCommon):
    """What was decided on paper before the system was there is taken over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incident = cls.today - timedelta(days=70)
        cls.decided = cls.incident + timedelta(days=6)
        for code, person in (
            ("head", cls.head),
            ("committee", cls.head),
            ("committee", cls.leader),
            ("committee", cls.deputy),
            ("committee", cls.chief),
        ):
            role = cls.env["gov.role"].search([("code", "=", code)], limit=1)
            cls.env["gov.role.holder"].create(
                {
                    "role_id": role.id,
                    "employee_id": person.id,
                    "company_id": cls.company.id,
                    "date_from": "2020-01-01",
                }
            )

    def _moment(self, day):
        return self.company._gov_utc(datetime.combine(day, time(9, 20)))

    def _values(self, article="11.4", **values):
        heard = self.incident + timedelta(days=2)
        return {
            "date": self.incident,
            "facts": "Came at nine without a word.",
            "employee_id": self.first.id,
            "handler_id": self.first_user.id,
            "department_id": self.scoring.id,
            "company_id": self.company.id,
            "submitted_at": self._moment(self.decided),
            "share_ids": [self._share(self.staff, article, heard_on=heard)],
            **values,
        }

    def _import(self, *args, meeting=None, files=(), **kwargs):
        cases = self.env["gov.points.case"]
        return cases._import_case(self._values(*args, **kwargs), {}, meeting, files)

    def _meeting(self, *present, code="points_group", day=None):
        holders = self.env["gov.role.holder"].search(
            [("role_id.code", "=", code), ("company_id", "=", self.company.id)]
        )
        by_person = {holder.employee_id: holder.id for holder in holders}
        return {
            "number": "〔2025〕7",
            "date": day or self.decided,
            "chair_id": by_person[present[0]],
            "present_ids": [Command.set([by_person[p] for p in present])],
            "scan": PDF,
            "entered_by_id": self.recorder_user.id,
        }

    def _serve(self, case):
        """The notice was signed on paper on the day after the decision."""
        notice = case.share_ids.notice_ids
        day = self.decided + timedelta(days=1)
        # The decision fell in the past; a notice is served as of that time.
        officer = on_day(notice.with_user(self.first_user), day)
        officer.action_serve_paper(day, PDF)
        return notice.with_env(self.env)

    def _appeal(self, notice, outcome, points=None, filed=None, meeting=None):
        filed = filed or notice.appeal_deadline
        return self.env["gov.points.appeal"]._import_appeal(
            {
                "notice_id": notice.id,
                "date": filed,
                "grounds": "It was not me",
                "handler_id": self.second_user.id,
                "scan": PDF,
                "submitted_at": self._moment(filed),
            },
            {
                "outcome": outcome,
                "points": points,
                "grounds": "The roster shows otherwise",
                "decided_at": self._moment(filed + timedelta(days=5)),
            },
            "Agreed",
            meeting,
        )

    def test_all_that_follows_bears_the_day_of_the_decision(self):
        case = self._import(files=[("roster.txt", b"Came at nine")])
        self.assertTrue(case.is_imported)
        self.assertEqual(case.message_attachment_count, 1)
        self.assertIn("1", case.share_ids.notice_ids.evidence)
        self.assertEqual((case.state, case.is_on_spot), ("decided", True))
        self.assertEqual(len(case.decision_ids), 2)
        for decision in case.decision_ids:
            self.assertEqual(decision.channel, "paper")
            self.assertEqual(decision.decided_at.date(), self.decided)
            self.assertEqual(decision.recorded_at.date(), fields.Date.today())
        share = case.share_ids
        self.assertEqual((share.state, share.decided_on), ("noticed", self.decided))
        self.assertEqual(share.entry_ids.posted_on, self.decided)
        self.assertEqual(share.notice_ids.issued_on, self.decided)
        measures = share.entry_ids.cycle_id.measure_ids
        self.assertEqual(set(measures.mapped("made_on")), {self.decided})
        self.assertIn(str(self.decided.year), share.notice_ids.number)
        self.assertTrue(share.entry_ids.is_sealed)

    def test_how_long_it_took(self):
        case = self._import()
        self._serve(case)
        self.env.flush_all()
        row = self.env["gov.points.procedure"].browse(case.share_ids.notice_ids.id)
        self.assertEqual((row.clue_on, row.decided_on), (self.incident, self.decided))
        self.assertGreaterEqual(row.days_total, 0)
        self.assertFalse(case.is_late)

    def test_it_holds_what_a_case_needs_today(self):
        with self.assertRaisesRegex(UserError, "has not been heard"):
            self._import(share_ids=[self._share(self.staff, heard=False)])
        with self.assertRaisesRegex(UserError, "waits for a legal penalty"):
            self._import(penalty_due=True)
        case = self._import(
            penalty_due=True,
            penalty_state="imposed",
            penalty_text="Fined",
            penalty_document="17",
            penalty_date=self.incident,
        )
        self.assertEqual((case.penalty_state, case.state), ("imposed", "decided"))

    def test_who_presided_stands_for_the_meeting(self):
        meeting = self._meeting(self.deputy, self.leader)
        case = self._import("9.3", meeting=meeting)
        self.assertEqual(case.decision_ids.decider_id, self.deputy_user)
        self.assertEqual(case.decision_ids.channel, "meeting")
        record = (
            self.env["gov.approval.meeting.line"]
            .search([("step_id", "in", case.step_ids.ids)])
            .meeting_id
        )
        self.assertEqual((record.state, record.is_sealed), ("confirmed", True))
        self.assertEqual(case.decision_ids.post, record.display_name)
        self.assertEqual(record.present_ids.employee_id, self.leader | self.deputy)

    def test_an_appeal_of_that_time(self):
        meeting = self._meeting(self.deputy, self.leader)
        notice = self._serve(self._import("9.3", meeting=meeting))
        self.assertEqual(notice.received_on, self.decided + timedelta(days=1))
        appeal = self._appeal(notice, "reduced", 2)
        decided = notice.appeal_deadline + timedelta(days=5)
        self.assertEqual((appeal.body, appeal.state), ("head", "decided"))
        self.assertEqual(appeal.decision_ids.decider_id, self.head_user)
        self.assertEqual((appeal.decided_on, appeal.new_points), (decided, 2))
        self.assertEqual(appeal.submitted_at.date(), notice.appeal_deadline)
        entries = notice.share_id.entry_ids
        self.assertEqual(sorted(entries.mapped("points")), [-4, 2, 4])
        self.assertEqual(max(entries.mapped("posted_on")), decided)
        self.assertEqual(entries.cycle_id.total, 2)

    def test_where_the_head_presided_the_party_group_decides(self):
        meeting = self._meeting(self.head, self.leader)
        notice = self._serve(self._import("9.3", meeting=meeting))
        day = notice.appeal_deadline + timedelta(days=5)
        meeting = self._meeting(self.deputy, self.chief, code="committee", day=day)
        appeal = self._appeal(notice, "upheld", meeting=meeting)
        self.assertEqual(appeal.body, "committee")
        self.assertEqual(appeal.decision_ids.decider_id, self.deputy_user)

    def test_a_late_appeal_is_refused_then_as_now(self):
        notice = self._serve(self._import())
        late = notice.appeal_deadline + timedelta(days=1)
        with self.assertRaises(UserError) as refused:
            self._appeal(notice, "upheld", filed=late)
        self.assertIn("too late", str(refused.exception))
        appeal = self.env["gov.points.appeal"]._import_late(
            {
                "notice_id": notice.id,
                "date": late,
                "grounds": "Too many points",
                "handler_id": self.second_user.id,
                "scan": PDF,
            },
            self._moment(late),
            "Out of time",
        )
        self.assertEqual((appeal.state, appeal.outcome), ("withdrawn", False))
        self.assertEqual(appeal.decision_ids.comment, "Out of time")
        self.assertEqual(appeal.decision_ids.decided_at.date(), late)
        self.assertEqual(notice.share_id.state, "noticed")

    def test_no_way_in_from_outside(self):
        case = self._import().with_user(self.first_user).with_env(self.env)
        with self.assertRaises(UserError):
            case.write({"is_imported": False})
        with self.assertRaises(UserError):
            self.Case.with_user(self.first_user).create(
                {**self._values(), "is_imported": True}
            )

    def test_scores_become_final_when_their_window_has_lapsed(self):
        notice = self._serve(self._import())
        engine(notice)._make_final()
        self.assertEqual(notice.share_id.state, "final")
