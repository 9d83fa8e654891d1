from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestCase(CaseCommon):
    """From clue to decision."""

    def test_a_clue_gets_number_rulebook_and_preview(self):
        case = self._case()
        self.assertEqual(case.state, "clue")
        self.assertRegex(case.number, r"^机记〔\d{4}〕\d{4}号$")
        self.assertEqual(case.scheme_id, self.scheme)
        self.assertEqual(case.share_ids.points, 1)
        self.assertEqual(case.highest_points, 1)
        self.assertEqual(case.employee_id, self.first)
        self.assertEqual(case.share_ids.department_id, self.office)

    def test_checked_needs_facts_and_a_person(self):
        case = self._case()
        empty = self.Case.with_user(self.first_user).create({"facts": "Somebody slept"})
        with self.assertRaisesRegex(UserError, "name at least one person"):
            empty.action_check()
        case.action_check()
        self.assertEqual(case.state, "checked")
        self.assertEqual(case.checked_by_id, self.first_user)
        self.assertEqual(case.share_ids.state, "checked")

    def test_a_clue_is_checked_by_its_submission(self):
        case = self._case()
        self.assertTrue(case.can_submit)
        case.action_submit()
        self.assertEqual(case.state, "submitted")
        self.assertEqual(case.checked_by_id, self.first_user)

    def test_a_clue_with_a_penalty_due_stays_a_clue(self):
        case = self._case(penalty_due=True)
        with self.assertRaisesRegex(UserError, "waits for a legal penalty"):
            case.action_submit()

    def test_two_officers_on_the_spot(self):
        case = self._submitted()
        self.assertEqual(case.state, "submitted")
        self.assertTrue(case.is_on_spot)
        self.assertEqual(
            case.sudo().current_step_id.seat_ids.user_id,
            self.first_user | self.second_user,
        )
        # The officer who typed it is one of the two.
        case.with_user(self.first_user).action_approve()
        self.assertEqual(case.state, "submitted")
        with self.assertRaises(UserError):
            case.with_user(self.first_user).action_approve()
        case.with_user(self.second_user).action_approve()
        self.assertEqual(case.state, "decided")
        self.assertEqual(case.share_ids.state, "noticed")
        self.assertEqual(case.share_ids.decided_on, self.today)

    def test_two_points_on_the_spot_four_by_the_group(self):
        self.assertTrue(self._submitted(self._share(self.staff, "10.1")).is_on_spot)
        case = self._submitted(self._share(self.staff, "9.3"))
        self.assertFalse(case.is_on_spot)
        self.assertEqual(case.sudo().current_step_id.kind, "meeting")
        with self.assertRaisesRegex(UserError, "at a meeting"):
            case.with_user(self.first_user).action_approve()
        meeting = self._meet(case)
        self.assertEqual(meeting.state, "confirmed")
        self.assertEqual(case.state, "decided")

    def test_the_band_goes_by_the_points_before_sharing(self):
        case = self._submitted(
            self._share(self.staff, "9.3", share=30),
            self._share(self.works_staff, "11.4", share=70),
        )
        points = {s.employee_id: s.points for s in case.share_ids}
        self.assertEqual(points, {self.staff: 1, self.works_staff: 1})
        self.assertEqual(case.highest_points, 4)
        self.assertFalse(case.is_on_spot)

    def test_shares_of_seventy_and_thirty(self):
        case = self._case(
            self._share(self.staff, "8.6", share=70),
            self._share(self.works_staff, "8.6", share=30),
        )
        points = {s.employee_id: s.points for s in case.share_ids}
        # 4.2 gives 4, 1.8 gives 1: the largest allowed score not above it.
        self.assertEqual(points, {self.staff: 4, self.works_staff: 1})
        self.assertIn("6 × 70 % → 4", case.share_ids.mapped("preview"))

    def test_returned_it_is_checked_again(self):
        case = self._submitted()
        case.with_user(self.second_user).action_return("Which door?")
        self.assertEqual(case.state, "checked")
        case.with_user(self.first_user).facts = "The back door."
        case.with_user(self.first_user).action_submit()
        self.assertEqual(case.approval_round, 2)

    def test_withdrawn_by_another_officer(self):
        case = self._submitted()
        case.with_user(self.second_user).action_withdraw()
        self.assertEqual(case.state, "checked")

    def test_not_agreed_is_dismissed(self):
        case = self._submitted()
        case.with_user(self.second_user).action_reject("Not shown.")
        self.assertEqual(case.state, "dismissed")
        self.assertEqual(case.share_ids.state, "checked")
        with self.assertRaises(UserError):
            case.with_user(self.first_user).facts = "More"

    def test_dismissed_with_a_reason(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "reason is empty"):
            case.action_dismiss(" ")
        case.action_dismiss("Nobody can say who it was.")
        self.assertEqual(case.state, "dismissed")
        self.assertEqual(case.dismissed_on, self.today)
        decision = case.decision_ids
        self.assertEqual(decision.outcome, "cancelled")
        self.assertEqual(decision.comment, "Nobody can say who it was.")
        with self.assertRaisesRegex(UserError, "not possible now"):
            case.action_check()

    def test_entered_by_mistake_is_cancelled_and_keeps_its_number(self):
        case = self._case()
        case.action_cancel("Entered twice")
        self.assertEqual(case.state, "cancelled")
        with self.assertRaises(AccessError):
            case.unlink()
        with self.assertRaisesRegex(UserError, "every number stays"):
            case.sudo().unlink()

    def test_decided_is_not_cancelled(self):
        case = self._decided()
        with self.assertRaisesRegex(UserError, "appeal or a correction"):
            case.action_cancel("Oh")
        self.assertFalse(case.can_cancel)

    def test_the_frozen_department_is_that_of_the_incident(self):
        self.staff.current_version_id.date_version = "2020-01-01"
        self.staff.create_version(
            {"date_version": self.today, "department_id": self.works.id}
        )
        case = self._submitted()
        self.assertEqual(case.share_ids.department_id, self.office)
        self.assertEqual(case.share_ids.title, "Officer")

    def test_form(self):
        with Form(self.Case.with_user(self.first_user)) as form:
            form.facts = "Slept in the duty room."
            with form.share_ids.new() as line:
                line.employee_id = self.staff
                line.article_id = self._article("11.5")
            with form.share_ids.new() as line:
                line.employee_id = self.works_staff
                line.article_id = self._article("11.5")
        case = form.record
        self.assertEqual(sum(case.share_ids.mapped("share")), 100)
        self.assertEqual(case.share_ids.mapped("share"), [50, 50])

    def test_three_people_split_evenly(self):
        with Form(self.Case.with_user(self.first_user)) as form:
            form.facts = "Played cards."
            for person in self.staff, self.works_staff, self.clerk:
                with form.share_ids.new() as line:
                    line.employee_id = person
        self.assertEqual(round(sum(form.record.share_ids.mapped("share")), 2), 100)

    def test_the_summary_names_people_articles_points(self):
        summary = self._submitted()._approval_summary()
        self.assertEqual(summary, "Bai Jing (article 11.4, 1 points)")

    def test_the_chain_is_shown_before_submission(self):
        case = self._checked()
        self.assertIn("Shen Huiwen", case.chain_preview)
        self.assertIn("Ma Lili", case.chain_preview)


@tagged("post_install", "-at_install")
class TestCaseChecks(CaseCommon):
    """What is refused at submission, naming person, figure, limit, article."""

    def _refused(self, case, pattern):
        with self.assertRaisesRegex(UserError, pattern):
            case.action_submit()
        self.assertEqual(case.state, "checked")
        self.assertFalse(case.share_ids.filtered(lambda s: s.state == "noticed"))

    def test_shares_that_do_not_add_up(self):
        case = self._checked(
            self._share(self.staff, share=50), self._share(self.works_staff, share=40)
        )
        self._refused(case, r"add up to 90 %, not to 100 %: Bai Jing 50 %")

    def test_a_share_of_nothing(self):
        with self.assertRaisesRegex(UserError, "a share of 0 % is not possible"):
            self._case(self._share(self.staff, share=0))
        for wrong in -1, 101, float("nan"):
            with self.assertRaises(UserError):
                self._case(self._share(self.staff, share=wrong))

    def test_the_vendors_person_counts_among_the_shares(self):
        guard = {"partner_id": self.vendor.id, "person_name": "Guard Zhang"}
        case = self._checked(
            self._share(self.staff, share=60),
            self._share(heard=False, share=30, **guard),
        )
        self._refused(case, r"add up to 90 %")
        self.scheme.sudo().env.cr.execute(
            "UPDATE gov_points_scheme SET includes_vendors = true WHERE id = %s",
            [self.scheme.id],
        )
        self.scheme.invalidate_recordset(["includes_vendors"])
        case.share_ids.filtered("partner_id").share = 40
        case.action_submit()
        self.assertEqual(case.state, "submitted")

    def test_no_shares_are_asked_with_full_points(self):
        self._set_full()
        case = self._case(
            self._share(self.staff, "8.6", share=0),
            self._share(self.works_staff, "8.6"),
        )
        self.assertEqual(case.share_ids.mapped("points"), [6, 6])
        case.action_check()
        case.action_submit()
        self.assertEqual(case.state, "submitted")

    def _set_full(self):
        self.env.cr.execute(
            "UPDATE gov_points_scheme SET share_rule = 'full' WHERE id = %s",
            [self.scheme.id],
        )
        self.scheme.invalidate_recordset(["share_rule"])

    def test_no_article(self):
        case = self._checked(self._share(self.staff, article=False, heard=False))
        case.share_ids.write({"heard_on": self.today, "statement": "No"})
        self._refused(case, "Bai Jing: choose the article")

    def test_discretion_of_three(self):
        with self.assertRaisesRegex(
            UserError, r"3 is not an allowed score \(12, 6, 4, 2,? (and )?1\)"
        ):
            self._case(self._share(self.staff, "99", discretion_points=3))

    def test_discretion_without_grounds_or_points(self):
        case = self._checked(self._share(self.staff, "99", discretion_points=2))
        self._refused(case, "needs written grounds")
        case.share_ids.discretion_grounds = "Took the bus of the works for a wedding."
        case.action_submit()
        self.assertEqual(case.highest_points, 2)
        nothing = self._checked(
            self._share(self.works_staff, "99", discretion_grounds="Because")
        )
        self._refused(nothing, "0 is not an allowed score")

    def test_never_heard(self):
        case = self._checked(self._share(self.staff, heard=False))
        self._refused(case, "Bai Jing has not been heard")
        case.share_ids.heard_on = self.today
        self._refused(case, "Bai Jing has not been heard")
        case.share_ids.statement = "  "
        self._refused(case, "Bai Jing has not been heard")
        case.share_ids.made_no_statement = True
        case.action_submit()
        self.assertEqual(case.state, "submitted")

    def test_heard_on_an_impossible_day(self):
        for day in self.today + timedelta(days=1), self.yesterday - timedelta(days=1):
            with self.assertRaisesRegex(UserError, "between the incident"):
                self._case(self._share(self.staff, heard_on=day))

    def test_a_day_in_a_message_reads_as_on_paper(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.Case = self.Case.with_context(lang="zh_CN")
        tomorrow = self.today + timedelta(days=1)
        words = f"{tomorrow.year}年{tomorrow.month}月{tomorrow.day}日"
        with self.assertRaisesRegex(UserError, words):
            self._case(self._share(self.staff, heard_on=tomorrow))

    def test_from_the_decision_to_its_notices(self):
        one = self._decided(self._share(self.staff))
        action = one.with_user(self.first_user).action_open_notices()
        self.assertEqual(action["res_id"], one.share_ids.notice_ids.id)
        two = self._decided(
            self._share(self.staff, share=50), self._share(self.works_staff, share=50)
        )
        action = two.with_user(self.first_user).action_open_notices()
        found = self.env["gov.points.notice"].search(action["domain"])
        self.assertEqual(found, two.share_ids.notice_ids)
        self.assertEqual(len(found), 2)
        with self.assertRaisesRegex(UserError, "one row"):
            (one | two).action_open_notices()
        with self.assertRaises(AccessError):
            one.with_user(self.staff_user).action_open_notices()

    def test_a_defence_never_raises_the_points(self):
        case = self._case(
            self._share(self.staff, "10.1", heard_on=self.yesterday),
            date=self.yesterday,
        )
        share = case.share_ids
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "about 2 points; 4 are more"):
            share.article_id = self._article("9.3")
        self._forget()
        share.article_id = self._article("11.4")
        self.assertEqual(share.points, 1)
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "correct the day instead"):
            share.heard_on = False
        self._forget()
        # Heard again, on a later day, about more.
        share.write({"article_id": self._article("9.3").id, "heard_on": self.today})
        self.assertEqual((share.points, share.heard_points), (4, 4))

    def test_the_others_defence_does_not_raise_the_share(self):
        case = self._case(
            self._share(self.staff, "8.6", share=50),
            self._share(self.works_staff, "8.6", share=50),
        )
        mine, other = case.share_ids
        with self.assertRaisesRegex(UserError, "hear the person again"):
            case.write(
                {
                    "share_ids": [
                        Command.update(mine.id, {"share": 20}),
                        Command.update(other.id, {"share": 80}),
                    ]
                }
            )

    def test_a_person_who_was_heard_stays(self):
        case = self._case()
        with self.assertRaisesRegex(UserError, "stays on record"):
            case.share_ids.unlink()
        case = self._case(self._share(self.staff, heard=False))
        case.share_ids.unlink()
        self.assertFalse(case.share_ids)

    def test_a_hearing_is_not_hung_on_somebody_else(self):
        case = self._case()
        share = case.share_ids
        for values in (
            {"employee_id": self.works_staff.id},
            {"employee_id": False, "partner_id": self.vendor.id, "person_name": "Li"},
        ):
            with self.assertRaisesRegex(UserError, "stays on record"):
                share.write(values)
            with self.assertRaisesRegex(UserError, "stays on record"):
                case.write({"share_ids": [Command.update(share.id, values)]})
        self.assertEqual(share.employee_id, self.staff)
        # Whoever was not heard yet was a slip of the pen.
        other = self._case(self._share(self.staff, heard=False))
        other.share_ids.employee_id = self.works_staff
        self.assertEqual(other.share_ids.employee_id, self.works_staff)

    def test_the_same_person_twice(self):
        with self.assertRaisesRegex(Exception, "one share each|duplicate key"):
            self._case(
                self._share(self.staff, share=50), self._share(self.staff, share=50)
            )
            self.env.flush_all()

    def test_the_future(self):
        with self.assertRaisesRegex(UserError, "lies in the future"):
            self._case(
                self._share(self.staff, heard=False),
                date=self.today + timedelta(days=1),
            )

    def test_the_rulebook_of_the_incident(self):
        """A rulebook changed between incident and decision: the old one counts."""
        old = self.today - timedelta(days=20)
        draft = self._draft(date_from=str(old), date_to=str(self.yesterday))
        draft.sudo().action_release()
        case = self._case(
            Command.create(
                {
                    "employee_id": self.staff.id,
                    "article_id": self._article("2", draft).id,
                    "heard_on": self.yesterday,
                    "made_no_statement": True,
                }
            ),
            date=old,
        )
        self.assertEqual(case.scheme_id, draft)
        self.assertEqual(case.share_ids.points, 4)
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "belongs to"):
            case.share_ids.article_id = self._article("9.3")
        self._forget()
        case.action_check()
        case.scheme_id = self.scheme
        self._refused(case, "Bai Jing: choose the article")

    def test_a_rulebook_of_other_days(self):
        """Chosen over RPC: what was not in force that day scores nobody."""
        other = self._draft(code="OLD")
        self._engine(other).write(
            {"state": "released", "date_to": self.yesterday - timedelta(days=1)}
        )
        article = other.article_ids[:1]
        case = self._case(
            self._share(self.staff, article=None, article_id=article.id),
            scheme_id=other.id,
        )
        self.assertEqual(case.scheme_id, other)
        with self.assertRaisesRegex(UserError, "was not in force"):
            case.action_submit()

    def test_no_rulebook_on_that_day(self):
        case = self._case(
            self._share(self.staff, article=False), date=self.today - timedelta(9000)
        )
        case.action_check()
        self.assertFalse(case.scheme_id)
        self._refused(case, "was not in force on the day of the incident")

    def test_the_rulebook_does_not_name_the_person(self):
        draft = self._draft(department_ids=[Command.set(self.works.ids)])
        draft.sudo().action_release()
        case = self._case(
            self._share(self.staff, article=False, heard=False), scheme_id=draft.id
        )
        case.share_ids.article_id = self._article("1", draft)
        case.share_ids.write({"heard_on": self.today, "made_no_statement": True})
        case.action_check()
        self._refused(case, "does not apply to Bai Jing")

    def test_points_wait_for_the_penalty(self):
        case = self._checked(penalty_due=True)
        self.assertEqual(case.state, "waiting_penalty")
        with self.assertRaisesRegex(UserError, "waits for a legal penalty"):
            case.action_submit()
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "that no penalty is due is a decision"):
            case.penalty_due = False
        self._forget()
        with self.assertRaisesRegex(UserError, "it is missing"):
            case.action_record_penalty("Fined", "", self.today)
        with self.assertRaisesRegex(UserError, "lies in the future"):
            case.action_record_penalty("Fined", "7", self.today + timedelta(days=1))
        case.action_record_penalty("Fined", "〔2026〕7号", self.today)
        self.assertEqual((case.penalty_state, case.state), ("imposed", "checked"))
        case.action_submit()
        self.assertEqual(case.state, "submitted")

    def test_no_penalty_is_due(self):
        case = self._checked(penalty_due=True)
        with self.assertRaisesRegex(UserError, "it is missing"):
            case.action_penalty_not_due("")
        case.action_penalty_not_due("The police closed its file.")
        self.assertEqual((case.penalty_state, case.state), ("not_due", "checked"))
        with self.assertRaisesRegex(UserError, "no legal penalty is pending"):
            case.action_penalty_not_due("Again")
        case.action_submit()

    def test_articles_that_go_out_first(self):
        case = self._checked(self._share(self.staff, "8.2"))
        self.assertTrue(case.must_transfer)
        self._refused(case, "article 8.2 names is transferred out")
        case.action_transfer("Discipline inspection", "机移〔2026〕1号", self.today)
        transfer = case.sudo().transfer_ids
        transfer.with_user(self.first_user).action_record_outcome(
            "no_violation", "复〔2026〕3号", self.today
        )
        self._refused(case, "found no violation")


@tagged("post_install", "-at_install")
class TestDecision(CaseCommon):
    """What the last yes does."""

    def test_a_vendors_person_becomes_a_finding(self):
        self.env.cr.execute(
            "UPDATE gov_points_scheme SET includes_vendors = true WHERE id = %s",
            [self.scheme.id],
        )
        self.scheme.invalidate_recordset(["includes_vendors"])
        guard = {"partner_id": self.vendor.id, "person_name": "Guard Zhang"}
        case = self._decided(
            self._share(self.staff, "9.3", share=50),
            self._share(article="9.3", heard=False, share=50, **guard),
        )
        finding = self.env["gov.finding"].search(
            [
                ("rule_code", "=", "vendor_staff_conduct"),
                ("res_id", "=", self.vendor.id),
            ]
        )
        self.assertEqual(
            (finding.model, finding.res_id), ("res.partner", self.vendor.id)
        )
        self.assertEqual(finding.company_id, self.company)
        self.assertIn("Guard Zhang", finding.evidence)
        self.assertIn("2 points", finding.evidence)
        self.assertEqual(set(case.share_ids.mapped("state")), {"noticed"})

    def test_decided_points_do_not_move(self):
        case = self._decided()
        share = case.share_ids
        for values in {"share": 10}, {"article_id": self._article("9.3").id}:
            with self.assertRaises(UserError):
                share.sudo().write(values)
        self.assertEqual(share.points, 1)
