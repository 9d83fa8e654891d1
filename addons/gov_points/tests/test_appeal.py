from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_notice import SIGNATURE, START, NoticeCommon


@tagged("post_install", "-at_install")
class TestFiling(NoticeCommon):
    """The person, within the days, once."""

    def tearDown(self):
        super().tearDown()
        type(self).day = START

    def test_filed_in_the_app(self):
        appeal = self._filed()
        self.assertRecordValues(
            appeal,
            [
                {
                    "state": "submitted",
                    "body": "head",
                    "employee_id": self.staff.id,
                    "date": self.day,
                    "number": "机记诉〔2026〕0001号",
                    "is_paper": False,
                }
            ],
        )
        self.assertEqual(appeal.share_id.state, "appealed")
        self.assertEqual(appeal.seat_ids.user_id, self.head_user)
        self.assertIn("Lu Qiming", appeal.body_text)

    def test_by_the_score(self):
        notice = self._served()
        appeal = self._as(self.appeals, notice.employee_id.user_id).create(
            {"share_id": notice.share_id.id, "grounds": "It was not me"}
        )
        self.assertEqual(appeal.notice_id, notice)

    def test_the_app_takes_no_other_day(self):
        notice = self._served()
        appeal = self._appeal(notice, date="2026-04-01")
        appeal.action_submit()
        self.assertEqual(appeal.date, self.day)

    def test_last_day_and_the_day_after(self):
        type(self).day = date(2026, 4, 30)
        notice = self._served()
        appeal = self._appeal(notice)
        type(self).day = date(2026, 5, 9)
        with self.assertRaises(UserError) as caught:
            appeal.action_submit()
        self.assertFalse(self._as(notice, self.staff_user).can_appeal)
        text = str(caught.exception)
        self.assertIn("too late", text)
        self.assertEqual(text.count("passed over"), 5)
        for count in (1, 2, 3):
            self.assertIn(f"counted, day {count}", text)
        self.assertEqual(notice.share_id.state, "noticed")
        type(self).day = date(2026, 5, 8)
        self.assertTrue(appeal.action_submit())

    def test_not_before_it_was_served(self):
        notice = self._issued(self.staff)
        appeal = self._appeal(notice)
        with self.assertRaisesRegex(UserError, "not been served yet"):
            appeal.action_submit()

    def test_one_per_notice(self):
        appeal = self._filed()
        with self.assertRaisesRegex(UserError, "has been filed already"):
            self._appeal(appeal.notice_id)

    def test_a_draft_of_the_office_takes_nobodys_right(self):
        """Neither a draft that an officer typed nor one that was dropped is one."""
        notice = self._served()
        draft = self._appeal(notice, self.points_user)
        self.assertTrue(self._as(notice, self.staff_user).can_appeal)
        action = self._as(notice, self.staff_user).action_open_appeal()
        self.assertNotIn("res_id", action)
        action = self._as(notice, self.points_user).action_open_appeal()
        self.assertEqual(action["res_id"], draft.id)
        with self.assertRaisesRegex(UserError, "already"):
            draft.copy()
        dropped = self._appeal(notice, self.points2_user)
        dropped.action_cancel("Typed twice")
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.state, "submitted")
        draft.scan = PDF
        with self.assertRaisesRegex(UserError, "has been filed already"):
            draft.action_submit()
        draft.action_cancel("Filed in the app")
        self.assertEqual(appeal.share_id.state, "appealed")

    def test_sent_back_the_day_stays(self):
        """Nobody moves it out of the days: neither the officer nor the person."""
        notice = self._served()
        paper = self._appeal(notice, self.points_user, date=self.day, scan=PDF)
        paper.action_submit()
        self._as(paper, self.head_user).action_return("Say which day")
        type(self).day = date(2026, 6, 1)
        for user in self.points_user, self.staff_user:
            with self.assertRaises(UserError):
                self._as(paper, user).write({"date": self.day})
        paper.action_submit()
        self.assertEqual(paper.state, "submitted")

    def test_of_somebody_else(self):
        notice = self._served()
        with self.assertRaises(AccessError):
            self._appeal(notice, self.works_staff_user)
        for user in self.office_head_user + self.hr_user:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._appeal(notice, user)

    def test_no_notice(self):
        for value in (False, 0, "a", 2**40, True, [1], 99999999):
            with self.subTest(value=value), self.assertRaises(UserError):
                self._as(self.appeals, self.staff_user).create(
                    {"notice_id": value, "grounds": "x"}
                )

    def test_grounds(self):
        appeal = self._appeal(self._served(), grounds="  ")
        with self.assertRaisesRegex(UserError, "grounds"):
            appeal.action_submit()

    def test_on_paper_the_day_it_was_handed_in_counts(self):
        notice = self._served(self.driver)
        last = notice.appeal_deadline
        type(self).day = date(2026, 6, 1)
        # The job has made the score final meanwhile: the paper was in time.
        engine(notice.share_id).write({"state": "final"})
        self.assertTrue(self._as(notice, self.points_user).can_appeal)
        values = {"user": self.points_user, "date": last}
        appeal = self._appeal(notice, **values)
        with self.assertRaisesRegex(UserError, "add its scan"):
            appeal.action_submit()
        appeal.scan = PDF
        appeal.action_submit()
        self.assertEqual(appeal.date, last)
        self.assertTrue(appeal.is_paper)
        self.assertEqual(len(appeal.scan_sha256), 64)
        self.assertEqual(appeal.employee_id, self.driver)
        self.assertEqual(notice.share_id.state, "appealed")

    def test_on_paper_late(self):
        notice = self._served(self.driver)
        type(self).day = date(2026, 6, 1)
        appeal = self._appeal(notice, self.points_user, date="2026-05-20", scan=PDF)
        with self.assertRaisesRegex(UserError, "too late"):
            appeal.action_submit()
        appeal.date = "2026-06-02"
        with self.assertRaisesRegex(UserError, "between the receipt"):
            appeal.action_submit()
        appeal.date = "2026-04-01"
        with self.assertRaisesRegex(UserError, "between the receipt"):
            appeal.action_submit()

    def test_whose_it_is_never_changes(self):
        appeal = self._appeal(self._served())
        other = self._served(self.clerk)
        for values in (
            {"notice_id": other.id},
            {"employee_id": self.clerk.id},
            {"outcome": "revoked"},
            {"body": "parent"},
            {"state": "decided"},
            {"share_id": other.share_id.id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                appeal.write(values)

    def test_withdrawn_by_the_person_and_filed_again(self):
        appeal = self._filed()
        with self.assertRaisesRegex(UserError, "by the person"):
            self._as(appeal, self.points_user).action_withdraw()
        self._as(appeal, self.staff_user).action_withdraw()
        self.assertEqual(appeal.state, "draft")
        self.assertEqual(appeal.share_id.state, "noticed")
        self._as(appeal, self.staff_user).action_submit()
        self.assertEqual(appeal.share_id.state, "appealed")

    def test_given_up(self):
        appeal = self._filed()
        mine = self._as(appeal, self.staff_user)
        mine.action_withdraw()
        mine.action_cancel("Understood")
        self.assertEqual(appeal.state, "withdrawn")
        self.assertEqual(appeal.share_id.state, "noticed")

    def test_withdrawn_on_paper(self):
        appeal = self._filed()
        office = self._as(appeal, self.points_user)
        with self.assertRaises(UserError):
            office.action_withdraw_paper("No reason left", False)
        with self.assertRaises(UserError):
            self._as(appeal, self.head_user).action_withdraw_paper("No", PDF)
        office.action_withdraw_paper("No reason left", PDF)
        self.assertEqual(appeal.state, "withdrawn")
        self.assertEqual(appeal.share_id.state, "noticed")
        self.assertFalse(appeal.sudo().seat_ids.filtered(lambda s: s.state == "open"))

    def test_returned_keeps_the_day(self):
        appeal = self._filed()
        self._as(appeal, self.head_user).action_return("Say which day")
        self.assertEqual(appeal.share_id.state, "appealed")
        first = appeal.date
        type(self).day = date(2026, 6, 1)
        self._as(appeal, self.staff_user).action_submit()
        self.assertEqual(appeal.date, first)

    def test_sent_back_and_given_up_on_paper(self):
        appeal = self._filed()
        self._as(appeal, self.head_user).action_return("Say which day")
        self._as(appeal, self.points_user).action_withdraw_paper("I give up", PDF)
        self.assertEqual(appeal.state, "withdrawn")
        self.assertEqual(appeal.share_id.state, "noticed")


@tagged("post_install", "-at_install")
class TestBody(NoticeCommon):
    """Nobody who took part in the score decides the appeal."""

    def _took_part(self, notice, *people):
        """Write a decision of ``people`` on the case, as its chain would."""
        case = engine(notice.sudo().share_id.case_id)
        for person in people:
            case._record_decision(
                case.step_ids.browse(), person.user_id, "approved", "Agreed"
            )

    def _draft_with(self, *people):
        notice = self._served()
        self._took_part(notice, *people)
        return self._appeal(notice)

    def test_first_body(self):
        appeal = self._draft_with(self.points, self.points2)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "head")

    def test_the_head_took_part(self):
        appeal = self._draft_with(self.head)
        self.assertIn("without those who took part", appeal.body_text)
        appeal.action_submit()
        step = appeal.sudo().current_step_id
        self.assertEqual((appeal.body, step.kind), ("committee", "meeting"))
        self.assertEqual(step.role_id.code, "committee")
        members = step._get_meeting_members(appeal.sudo())
        self.assertEqual(members, self.leader + self.second + self.third)
        for method, args in (
            ("action_decide", ("upheld", "No")),
            ("action_propose", ("upheld", "No")),
        ):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(self._as(appeal, self.second_user), method)(*args)
        with self.assertRaises(AccessError):
            self._as(appeal, self.head_user).action_decide("upheld", "No")

    def test_the_head_typed_the_case(self):
        notice = self._served(handler_id=self.head_user.id, employee_id=self.head.id)
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")

    def test_the_head_was_in_charge(self):
        notice = self._served(employee_id=self.head.id)
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")

    def test_the_head_checked_it(self):
        notice = self._served(checked_by_id=self.head_user.id)
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")

    def test_somebody_decided_for_the_head(self):
        """Who had it decided by a delegate took part as well."""
        notice = self._served()
        case = engine(notice.sudo().share_id.case_id)
        case._record_decision(
            case.step_ids.browse(),
            self.leader_user,
            "approved",
            "Agreed",
            on_behalf_of_id=self.head_user.id,
        )
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")
        members = appeal.sudo().current_step_id._get_meeting_members(appeal.sudo())
        self.assertEqual(members, self.second + self.third)

    def test_the_head_decided_or_recorded_it_on_paper(self):
        for name, other in (
            ("leader_id", "recorder_id"),
            ("recorder_id", "leader_id"),
        ):
            notice = self._served()
            case = notice.sudo().share_id.case_id
            engine(self.env["gov.approval.offline"].sudo()).create(
                {
                    "model": case._name,
                    "res_id": case.id,
                    "company_id": self.company.id,
                    name: self.head_user.id,
                    other: self.points2_user.id,
                    "outcome": "agreed",
                    "channel": "paper",
                    "decided_at": "2026-04-28 01:00:00",
                    "state": "recorded",
                }
            )
            appeal = self._appeal(notice)
            appeal.action_submit()
            self.assertEqual(appeal.sudo().body, "committee", name)

    def test_the_head_reported_it(self):
        notice = self._served(reporter_id=self.head.id)
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")

    def test_no_head(self):
        self.env["gov.role.holder"].search(
            [("role_id.code", "=", "head"), ("company_id", "=", self.company.id)]
        ).date_to = "2026-04-01"
        appeal = self._draft_with()
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")

    def test_the_head_present_at_the_meeting(self):
        notice = self._served()
        case = notice.sudo().share_id.case_id
        step = self.env["gov.approval.step"].sudo()
        step = engine(step).create(
            {
                "model": case._name,
                "res_id": case.id,
                "company_id": self.company.id,
                "round": 1,
                "sequence": 1,
                "name": "Leading group",
                "kind": "meeting",
                "approver_kind": "role",
                "role_id": self.scheme.appeal_else_role_id.id,
                "state": "approved",
            }
        )
        seats = self.env["gov.role.holder"].search(
            [("employee_id", "in", (self.head + self.second).ids)]
        )
        meeting = engine(self.env["gov.approval.meeting"]).create(
            {
                "company_id": self.company.id,
                "role_id": self.scheme.appeal_else_role_id.id,
                "number": "〔2026〕第9次",
                "date": self.day,
                "present_ids": [Command.set(seats.ids)],
                "chair_id": seats[:1].id,
            }
        )
        engine(self.env["gov.approval.meeting.line"]).create(
            {
                "meeting_id": meeting.id,
                "step_id": step.id,
                "conclusion": "agreed",
                "result": "decided",
            }
        )
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "committee")
        members = appeal.sudo().current_step_id._get_meeting_members(appeal.sudo())
        self.assertEqual(members, self.leader + self.third)

    def test_too_few_are_left(self):
        appeal = self._draft_with(self.head, self.leader, self.second)
        self.assertIn("parent body", appeal.body_text)
        appeal.action_submit()
        self.assertEqual(appeal.sudo().body, "parent")
        self.assertEqual(appeal.state, "parent")
        self.assertEqual(appeal.sudo().share_id.state, "appealed")
        self.assertFalse(appeal.sudo().seat_ids)
        return appeal

    def test_the_parent_body_decides(self):
        appeal = self.test_too_few_are_left()
        values = ("reduced", "By letter", "County Office", "〔2026〕5号", self.day, PDF)
        for user in self.points_user + self.staff_user:
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "took no part"),
            ):
                self._as(appeal, user).action_record_outside(*values, points=2)
        office = self._as(appeal, self.free_user)
        for index, wrong in ((1, ""), (2, " "), (3, ""), (4, "2026-04-01"), (5, False)):
            bad = [*values[:index], wrong, *values[index + 1 :]]
            with self.subTest(wrong=index), self.assertRaises(UserError):
                office.action_record_outside(*bad, points=2)
        office.action_record_outside(*values, points=2)
        appeal = appeal.sudo()
        self.assertEqual((appeal.state, appeal.outcome), ("decided", "reduced"))
        self.assertEqual(appeal.outside_number, "〔2026〕5号")
        self.assertEqual(appeal.share_id.state, "final")
        self.assertEqual(self._total(), 2)

    def test_a_clerk_records_it_when_every_officer_took_part(self):
        notice = self._served()
        self._took_part(
            notice, self.head, self.leader, self.second, self.points2, self.free
        )
        appeal = self._appeal(notice)
        appeal.action_submit()
        self._as(appeal, self.recorder_user).action_record_outside(
            "upheld", "By letter", "County Office", "5", self.day, PDF
        )
        self.assertEqual(appeal.sudo().state, "decided")

    def test_given_up_before_the_parent_body(self):
        appeal = self.test_too_few_are_left()
        self._as(appeal, self.staff_user).action_cancel("Enough")
        self.assertEqual(appeal.state, "withdrawn")
        self.assertEqual(appeal.sudo().share_id.state, "noticed")

    def test_another_role_of_the_rulebook(self):
        role = self.env["gov.role"].search([("code", "=", "discipline")], limit=1)
        self._hold("discipline", self.third)
        scheme = engine(self.scheme.sudo())
        self.env.cr.execute(
            "UPDATE gov_points_scheme SET appeal_role_id = %s WHERE id = %s",
            (role.id, scheme.id),
        )
        scheme.invalidate_recordset(["appeal_role_id"])
        appeal = self._filed()
        self.assertEqual(appeal.seat_ids.user_id, self.third_user)
        self.assertEqual(appeal.current_step_id.role_id, role)

    def _total(self):
        return (
            self.env["gov.points.cycle"]
            .search([("employee_id", "=", self.staff.id)])
            .total
        )


@tagged("post_install", "-at_install")
class TestDecision(NoticeCommon):
    """Upheld, reduced or revoked; never worse."""

    def _head(self, appeal):
        return self._as(appeal, self.head_user)

    def _cycle(self):
        return self.env["gov.points.cycle"].search(
            [("employee_id", "=", self.staff.id)]
        )

    def test_upheld(self):
        appeal = self._filed()
        self._head(appeal).action_decide("upheld", "The facts are clear")
        self.assertRecordValues(
            appeal,
            [
                {
                    "state": "decided",
                    "outcome": "upheld",
                    "new_points": 4,
                    "decision_number": "机记复〔2026〕0001号",
                    "decided_on": self.day,
                }
            ],
        )
        self.assertEqual(appeal.share_id.state, "final")
        self.assertEqual(appeal.notice_id.outcome, "upheld")
        self.assertEqual(self._cycle().total, 4)
        decision = appeal.decision_ids.filtered(lambda d: d.outcome == "approved")
        self.assertIn("The facts are clear", decision.comment)

    def test_reduced(self):
        appeal = self._filed(points=6)
        self._head(appeal).action_decide("reduced", "Mild", 2)
        self.assertEqual(appeal.share_id.state, "final")
        self.assertEqual(appeal.notice_id.outcome, "changed")
        self.assertEqual(appeal.notice_id.points_now, 2)
        self.assertEqual(self._cycle().total, 2)
        entries = self.env["gov.points.entry"].search(
            [("share_id", "=", appeal.share_id.id)], order="id"
        )
        self.assertEqual(entries.mapped("points"), [6, -6, 2])

    def test_revoked(self):
        appeal = self._filed(points=6)
        self._head(appeal).action_decide("revoked", "Not proven")
        self.assertEqual(appeal.share_id.state, "revoked")
        self.assertEqual(appeal.notice_id.outcome, "withdrawn")
        self.assertEqual(self._cycle().total, 0)
        self.assertFalse(self._cycle().level)

    def test_never_worse(self):
        appeal = self._filed(points=4)
        head = self._head(appeal)
        for outcome, points in (
            ("reduced", 6),
            ("reduced", 4),
            ("reduced", 3),
            ("reduced", 0),
            ("reduced", -2),
            ("reduced", None),
            ("reduced", 2.0),
            ("reduced", "2"),
            ("reduced", True),
            ("upheld", 6),
            ("revoked", 2),
            ("worse", None),
            (None, None),
            (["upheld"][0] + "x", None),
        ):
            with (
                self.subTest(outcome=outcome, points=points),
                self.assertRaises(UserError),
            ):
                head.action_decide(outcome, "Because", points)
        for grounds in ("", " ", None, 5):
            with self.subTest(grounds=grounds), self.assertRaises(UserError):
                head.action_decide("upheld", grounds)
        self.assertEqual(appeal.state, "submitted")
        self.assertEqual(self._cycle().total, 4)

    def test_only_who_holds_the_seat(self):
        appeal = self._filed()
        for user in self.points_user + self.free_user + self.staff_user:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._as(appeal, user).action_decide("revoked", "Because")
        for user in self.leader_user + self.works_staff_user + self.hr_user:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(appeal, user).action_decide("revoked", "Because")

    def test_no_bare_yes_or_no(self):
        head = self._head(self._filed())
        with self.assertRaisesRegex(UserError, "neither decided nor proposed"):
            head.action_approve("Agreed")
        with self.assertRaisesRegex(UserError, "upheld, reduced or revoked"):
            head.action_reject("No")

    def test_the_proposal(self):
        appeal = self._filed(points=6)
        with self.assertRaisesRegex(UserError, "took no part"):
            self._as(appeal, self.points_user).action_propose("upheld", "Clear")
        office = self._as(appeal, self.free_user)
        with self.assertRaises(UserError):
            office.action_propose("reduced", "Mild", 12)
        office.action_propose("reduced", "Mild", 2)
        self.assertEqual(appeal.proposed_points, 2)
        self._head(appeal).action_approve("Agreed")
        self.assertEqual((appeal.outcome, appeal.new_points), ("reduced", 2))

    def test_at_the_meeting(self):
        notice = self._served(employee_id=self.head.id, points=6)
        appeal = self._appeal(notice)
        appeal.action_submit()
        appeal = appeal.sudo()
        meeting = self._meeting(appeal)
        with self.assertRaisesRegex(UserError, "neither decided nor proposed"):
            meeting.with_user(self.second_user).action_confirm()
        self._as(appeal, self.free_user).action_propose("reduced", "Mild", 4)
        self.assertTrue(meeting.with_user(self.second_user).action_confirm())
        self.assertEqual((appeal.state, appeal.outcome), ("decided", "reduced"))
        self.assertEqual(appeal.notice_id.points_now, 4)

    def test_the_meeting_does_not_agree(self):
        notice = self._served(employee_id=self.head.id, points=6)
        appeal = self._appeal(notice)
        appeal.action_submit()
        appeal = appeal.sudo()
        self._as(appeal, self.free_user).action_propose("upheld", "Clear")
        meeting = self._meeting(appeal, conclusion="not_agreed", text="Too hard")
        meeting.with_user(self.second_user).action_confirm()
        self.assertEqual(appeal.state, "submitted")
        self.assertFalse(appeal.proposed_outcome)
        self._as(appeal, self.free_user).action_propose("reduced", "Mild", 1)
        self._meeting(appeal).with_user(self.second_user).action_confirm()
        self.assertEqual((appeal.state, appeal.new_points), ("decided", 1))

    def test_the_record_of_the_meeting_does_not_name_the_reporter(self):
        notice = self._served(
            employee_id=self.head.id, reporter_id=self.leader.id, points=6
        )
        appeal = self._appeal(notice)
        appeal.action_submit()
        appeal = appeal.sudo()
        self._as(appeal, self.free_user).action_propose("upheld", "Clear")
        self._meeting(appeal).with_user(self.second_user).action_confirm()
        self.assertEqual(appeal.state, "decided")
        text = appeal.decision_ids.filtered(lambda d: d.channel == "meeting").comment
        self.assertIn("recused: none", text)

    def _meeting(self, appeal, **line):
        role = self.scheme.appeal_else_role_id
        members = role._get_holders(self.company).filtered(
            lambda h: h.employee_id in self.leader + self.second + self.third
        )
        meetings = self.env["gov.approval.meeting"]
        count = meetings.search_count([]) + 1
        meeting = meetings.with_user(self.recorder_user).create(
            {
                "company_id": self.company.id,
                "role_id": role.id,
                "number": f"〔2026〕第{count}次",
                "date": self.day,
                "chair_id": members[:1].id,
                "present_ids": [Command.set(members.ids)],
                "scan": PDF,
                "line_ids": [
                    Command.create(
                        {
                            "step_id": appeal.current_step_id.id,
                            "conclusion": "agreed",
                            **line,
                        }
                    )
                ],
            }
        )
        meeting.action_enter()
        return meeting

    def test_measures_wait_if_the_rulebook_says_so(self):
        self.env.cr.execute(
            "UPDATE gov_points_scheme SET appeal_suspends = true WHERE id = %s",
            (self.scheme.id,),
        )
        self.scheme.invalidate_recordset(["appeal_suspends"])
        appeal = self._filed(points=6)
        measures = self._cycle().measure_ids.filtered(lambda m: m.state == "todo")
        self.assertTrue(measures)
        self.assertTrue(all(measures.mapped("is_suspended")))
        self._head(appeal).action_decide("upheld", "Clear")
        measures.invalidate_recordset()
        self.assertFalse(any(measures.mapped("is_suspended")))

    def test_measures_follow(self):
        appeal = self._filed(points=6)
        kinds = self._cycle().measure_ids.mapped("kind")
        self.assertIn("circular", kinds)
        self._head(appeal).action_decide("reduced", "Mild", 1)
        standing = self._cycle().measure_ids.filtered(lambda m: m.state != "withdrawn")
        self.assertEqual(standing.mapped("kind"), ["talk_section"])

    def test_the_decision_is_served(self):
        appeal = self._filed()
        mine = self._as(appeal, self.staff_user)
        with self.assertRaisesRegex(UserError, "not decided yet"):
            mine.action_sign(SIGNATURE)
        self._head(appeal).action_decide("upheld", "Clear")
        todo = appeal.activity_ids.filtered(lambda a: a.user_id == self.staff_user)
        self.assertTrue(todo)
        with self.assertRaisesRegex(UserError, "who alone can sign"):
            self._as(appeal, self.points_user).action_sign(SIGNATURE)
        mine.action_sign(SIGNATURE)
        self.assertEqual(appeal.decision_received_on, self.day)
        self.assertEqual(appeal.service_ids.method, "app")
        with self.assertRaisesRegex(UserError, "already"):
            self._as(appeal, self.points_user).action_serve_paper(self.day, PDF)

    def test_the_decision_on_paper(self):
        notice = self._served(self.driver)
        appeal = self._appeal(notice, self.points_user, date=self.day, scan=PDF)
        appeal.action_submit()
        self._head(appeal).action_decide("revoked", "Not proven")
        self._as(appeal, self.points_user).action_serve_paper(self.day, PDF)
        self.assertEqual(appeal.decision_received_on, self.day)

    def test_decided_is_final(self):
        appeal = self._filed()
        self._head(appeal).action_decide("upheld", "Clear")
        mine = self._as(appeal, self.staff_user)
        for method, args in (
            ("action_withdraw", ()),
            ("action_cancel", ("No",)),
            ("action_submit", ()),
        ):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(mine, method)(*args)
        with self.assertRaises(UserError):
            self._head(appeal).action_decide("revoked", "Again")
