from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestOwnMatter(CaseCommon):
    """Persons concerned, reporter, recused, and who reports to a person concerned."""

    def _may_not(self, case, user):
        for method, args in (
            ("action_check", ()),
            ("action_dismiss", ("No",)),
            ("action_cancel", ("No",)),
        ):
            with self.assertRaises(UserError):
                getattr(case.with_user(user), method)(*args)
            self.env.invalidate_all()
        with self.assertRaises(UserError):
            case.with_user(user).facts = "Nothing happened."
        self.env.invalidate_all()

    def test_an_officer_who_is_concerned(self):
        case = self._case(self._share(self.second))
        self._may_not(case, self.second_user)
        with self.assertRaises(AccessError):
            case.with_user(self.second_user).read(["facts"])
        # Their own share they do read, without the case.
        share = case.share_ids.with_user(self.second_user)
        self.assertEqual(share.read(["points"])[0]["points"], 1)
        with self.assertRaises(UserError):
            share.share = 10

    def test_an_officer_who_reported_it(self):
        case = self._case(reporter_id=self.second.id)
        self._may_not(case, self.second_user)
        with self.assertRaises(AccessError):
            case.with_user(self.second_user).read(["facts"])
        with self.assertRaises(AccessError):
            case.share_ids.with_user(self.second_user).read(["points"])

    def test_a_recused_officer(self):
        case = self._case(
            recusal_ids=[
                Command.create({"employee_id": self.second.id, "reason": "Cousin"})
            ]
        )
        self._may_not(case, self.second_user)
        with self.assertRaises(AccessError):
            case.with_user(self.second_user).read(["facts"])

    def test_who_reports_to_a_person_concerned(self):
        self.second.parent_id = self.works_staff
        case = self._case(self._share(self.works_staff))
        with self.assertRaisesRegex(UserError, "you report to a person concerned"):
            case.with_user(self.second_user).action_check()
        with self.assertRaisesRegex(UserError, "you report to a person concerned"):
            case.with_user(self.second_user).facts = "Nothing happened."
        with self.assertRaisesRegex(UserError, "you report to a person concerned"):
            case.share_ids.with_user(self.second_user).share = 50

    def test_who_reports_two_posts_down(self):
        self.second.parent_id = self.staff
        self.staff.parent_id = self.works_staff
        case = self._case(self._share(self.works_staff))
        self.assertIn(self.second, case._get_lower_employees())
        self.assertNotIn(self.first, case._get_lower_employees())

    def test_who_works_in_the_department_of_a_person_concerned(self):
        case = self._case(self._share(self.chief, heard=False))
        lower = case._get_lower_employees()
        self.assertEqual(lower & (self.first | self.second), self.first | self.second)
        self.assertNotIn(self.chief, lower)

    def test_a_chain_that_bites_its_tail(self):
        self.staff.parent_id = self.works_staff
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_employee SET parent_id = %s WHERE id = %s",
            (self.staff.id, self.works_staff.id),
        )
        self.works_staff.invalidate_recordset()
        case = self._case(self._share(self.works_staff))
        self.assertEqual(case._get_lower_employees(), self.staff)

    def test_parties_have_no_seat(self):
        self._hold("points_officer", self.chief)
        case = self._submitted(self._share(self.staff), reporter_id=self.second.id)
        seats = case.sudo().current_step_id.seat_ids
        self.assertEqual(seats.user_id, self.first_user | self.chief_user)

    def test_too_few_officers_left(self):
        case = self._checked(self._share(self.staff), reporter_id=self.second.id)
        with self.assertRaisesRegex(UserError, "cannot be decided: it needs 2 and 1"):
            case.action_submit()

    def test_parties_do_not_count_in_the_meeting(self):
        """The leader is concerned: the two others decide; the recorder reported it."""
        case = self._submitted(self._share(self.leader, "9.3"))
        seats = case.sudo().current_step_id.seat_ids
        self.assertNotIn(self.leader_user, seats.user_id)
        meeting = self._meet(case)
        self.assertIn("Han Suqin", meeting.line_ids.recused_text)
        self.assertEqual(case.state, "decided")

    def test_a_clerk_who_reported_it_enters_no_record(self):
        case = self._submitted(
            self._share(self.staff, "9.3"), reporter_id=self.recorder.id
        )
        self.assertNotIn(
            self.recorder_user, case.sudo().current_step_id.seat_ids.user_id
        )

    def test_nobody_shuts_themselves_out(self):
        with self.assertRaisesRegex(UserError, "another officer enters"):
            self._case(reporter_id=self.first.id)
        with self.assertRaisesRegex(UserError, "another officer enters"):
            self._case(self._share(self.first))
        case = self._case()
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "another officer enters"):
            case.reporter_id = self.first
        self._forget()
        with self.assertRaisesRegex(UserError, "another officer enters"):
            case.recusal_ids = [
                Command.create({"employee_id": self.first.id, "reason": "Tired"})
            ]

    def test_the_officer_in_charge_is_no_party(self):
        case = self._checked(self._share(self.staff), employee_id=self.staff.id)
        with self.assertRaisesRegex(UserError, "Name another officer in charge"):
            case.action_submit()
        case.employee_id = self.second
        case.action_submit()

    def test_the_person_is_sent_nothing(self):
        case = self._case(reporter_id=self.clerk.id)
        parties = self.staff_user.partner_id | self.clerk_user.partner_id
        case.message_subscribe((parties | self.second_user.partner_id).ids)
        self.assertFalse(parties & case.message_partner_ids)
        self.assertIn(self.second_user.partner_id, case.message_partner_ids)
        message = case.message_post(
            body="The reporter is right.",
            partner_ids=(parties | self.second_user.partner_id).ids,
        )
        told = message.sudo().notification_ids.res_partner_id
        self.assertEqual(told, self.second_user.partner_id)

    def test_recusal_needs_an_open_case(self):
        case = self._submitted()
        with self.assertRaises(UserError):
            self.env["gov.points.recusal"].with_user(self.second_user).create(
                {"case_id": case.id, "employee_id": self.chief.id, "reason": "Late"}
            )

    def test_a_new_login_is_barred_as_well(self):
        self.staff.user_id = False
        case = self._case()
        self.assertNotIn(self.second_user, case.sudo().barred_user_ids)
        self.second.user_id = False
        self.env.flush_all()  # a login belongs to one person at any moment
        self.staff.user_id = self.second_user
        self.env.flush_all()
        with self.assertRaises(AccessError):
            case.with_user(self.second_user).read(["facts"])

    def test_the_head_of_the_institution_is_a_person_like_others(self):
        self._hold("points_officer", self.chief)
        case = self._checked(self._share(self.head))
        self.assertFalse(case._is_head_matter())
        case.action_submit()
        self.assertFalse(case.sudo().mark_ids)
