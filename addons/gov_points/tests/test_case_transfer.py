from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_scan import PDF, TEXT

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestTransfer(CaseCommon):
    """Out to the competent body, and back by its outcome."""

    def _out(self, case, user=None):
        case.with_user(user or self.first_user).action_transfer(
            "Discipline inspection", "机移〔2026〕1号", self.today
        )
        return case.sudo().transfer_ids.with_user(self.first_user)

    def _back(self, transfer, outcome="scored", **values):
        values = {"document": "复〔2026〕3号", "date": self.today, **values}
        return transfer.action_record_outcome(outcome, **values)

    def test_from_every_state_and_back(self):
        for prepare, before in (
            (self._case, "clue"),
            (self._checked, "checked"),
            (lambda: self._checked(penalty_due=True), "waiting_penalty"),
        ):
            case = prepare()
            transfer = self._out(case)
            self.assertEqual(case.sudo().state, "transferred")
            self.assertEqual(transfer.state_before, before)
            self._back(transfer)
            self.assertEqual(case.state, before)

    def test_from_submitted_the_round_ends(self):
        case = self._submitted()
        case.with_user(self.first_user).action_approve()
        transfer = self._out(case, self.second_user)
        document = case.sudo()
        self.assertEqual(document.state, "transferred")
        self.assertFalse(document.seat_ids.filtered(lambda s: s.state == "open"))
        self.assertEqual(document.step_ids.mapped("state"), ["cancelled"])
        self.assertFalse(document.activity_ids)
        # Not even the old seat tells whom it is about.
        seat = document.seat_ids.filtered(lambda s: s.user_id == self.second_user)
        self.assertFalse(seat.with_user(self.second_user).summary)
        self.assertIn("Bai Jing", document.summary)
        self._back(transfer)
        self.assertEqual(case.state, "checked")
        case.with_user(self.first_user).action_submit()
        self.assertEqual(case.approval_round, 2)
        # The yes of the first round does not count any more.
        case.with_user(self.second_user).action_approve()
        self.assertEqual(case.state, "submitted")

    def test_not_from_the_end(self):
        case = self._decided()
        with self.assertRaisesRegex(UserError, "not possible now"):
            self._out(case)
        other = self._case()
        other.action_dismiss("Nothing")
        with self.assertRaisesRegex(UserError, "not possible now"):
            self._out(other)

    def test_while_it_is_out_the_office_sees_the_row_only(self):
        case = self._checked()
        case.message_post(body="He said it himself.")
        message = case.message_ids[:1]
        attachment = self.env["ir.attachment"].create(
            {
                "name": "photo.txt",
                "raw": b"x",
                "res_model": "gov.points.case",
                "res_id": case.id,
            }
        )
        shares = case.sudo().share_ids
        transfer = self._out(case)
        self.env.invalidate_all()
        for user in self.first_user, self.second_user, self.manager_user:
            for record in case, shares, attachment:
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["create_date"])
            self.assertFalse(self.Case.with_user(user).search([("id", "=", case.id)]))
            self.assertFalse(
                self.env["gov.points.share"]
                .with_user(user)
                .search([("case_id", "=", case.id)])
            )
            self.assertEqual(transfer.with_user(user).letter, "机移〔2026〕1号")
        with self.assertRaises(AccessError):
            message.with_user(self.second_user).read(["body"])
        with self.assertRaises(AccessError):
            shares.with_user(self.staff_user).read(["statement"])
        supervision = case.with_user(self.supervision_user)
        self.assertEqual(supervision.facts, "Came at nine without a word.")
        self.assertEqual(supervision.share_ids.statement, "I am sorry.")
        self._back(transfer)
        self.env.invalidate_all()
        self.assertEqual(case.facts, "Came at nine without a word.")

    def test_while_it_is_out_nobody_of_the_office_follows(self):
        case = self._checked()
        partners = self.first_user.partner_id | self.second_user.partner_id
        case.message_subscribe(partners.ids)
        case.action_transfer("Inspection", "No. 1", self.today)
        self.assertFalse(partners & case.sudo().message_partner_ids)

    def test_while_it_is_out_nothing_moves(self):
        case = self._checked()
        self._out(case)
        document = case.sudo()
        for method, args in (
            ("action_submit", ()),
            ("action_check", ()),
            ("action_cancel", ("No",)),
            ("action_dismiss", ("No",)),
            ("action_transfer", ("Police", "1", self.today)),
            ("action_penalty_not_due", ("No",)),
        ):
            with self.assertRaises(UserError):
                getattr(document, method)(*args)
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            document.facts = "Something else"
        with self.assertRaises(UserError):
            document.share_ids.share = 50

    def test_an_article_that_must_go_out_is_scored_after_the_outcome(self):
        case = self._checked(self._share(self.staff, "8.8"))
        with self.assertRaisesRegex(UserError, "transferred out"):
            case.action_submit()
        self._back(self._out(case), "discipline")
        self.assertFalse(case.must_transfer)
        case.action_submit()
        self.assertEqual(case.state, "submitted")

    def test_letter_and_day_are_needed(self):
        case = self._case()
        day = self.today
        for args, pattern in (
            (("", "1", day), "Transferred to|missing"),
            (("Police", " ", day), "missing"),
            (("Police", None, day), "missing"),
            (("Police", 17, day), "missing"),
            (("Police", "1", False), "no date"),
            (("Police", "1", "2026-13-77"), "no date"),
            (("Police", "1", 20261122), "no date"),
            (("Police", "1", day + timedelta(days=1)), "future"),
            (("Police", "1", case.date - timedelta(days=1)), "lies before"),
            (("Police", "1" * 300, day), "more than 200"),
            (("Police", "1", day, TEXT), "PDF"),
        ):
            with self.subTest(args=args), self.assertRaisesRegex(UserError, pattern):
                case.action_transfer(*args)
        self.assertEqual(case.state, "clue")
        case.action_transfer("Police", "1", str(day), PDF)
        self.assertTrue(case.sudo().transfer_ids.scan_sha256)

    def test_the_outcome_is_complete_and_stands_once(self):
        transfer = self._out(self._case())
        for values, pattern in (
            ({"outcome": "shot"}, "Choose the outcome"),
            ({"outcome": None}, "Choose the outcome"),
            ({"document": ""}, "missing"),
            ({"date": None}, "no date"),
            ({"date": self.today + timedelta(days=1)}, "future"),
            ({"outcome": "other"}, "missing"),
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(UserError, pattern):
                    self._back(transfer, **values)
        self._back(transfer, "other", text="They had no time.")
        with self.assertRaises(UserError):
            self._back(transfer)

    def test_rows_are_not_written_by_hand(self):
        transfer = self._out(self._case())
        with self.assertRaises(UserError):
            transfer.write({"state": "done"})
        with self.assertRaises(UserError):
            transfer.sudo().write({"state": "done"})
        with self.assertRaises(UserError):
            transfer.sudo().unlink()

    def test_who_reports_to_the_person_may_pass_the_case_on(self):
        """A clue about the head of the office is entered and sent out."""
        case = self._case(self._share(self.chief, heard=False), user=self.first_user)
        with self.assertRaisesRegex(UserError, "you report to a person concerned"):
            case.action_check()
        transfer = self._out(case)
        self._back(transfer, "discipline")
        self.assertEqual(case.sudo().state, "clue")

    def test_the_dialog_leads_to_the_list(self):
        case = self._case()
        action = case.with_context(gov_points_step="transfer").action_open_wizard()
        wizard = (
            self.env["gov.points.case.wizard"]
            .with_user(self.first_user)
            .with_context(**action["context"])
            .create({"document": "机移〔2026〕2号", "date": self.today})
        )
        self.assertTrue(wizard.body)
        result = wizard.action_confirm()
        self.assertEqual(result["res_model"], "gov.points.transfer")
        self.assertEqual(case.sudo().state, "transferred")
        action = case.sudo().transfer_ids.with_user(self.first_user)
        action = action.action_open_wizard()
        wizard = wizard.with_context(**action["context"]).create(
            {"outcome": "scored", "document": "3", "date": self.today}
        )
        wizard.action_confirm()
        self.assertEqual(case.state, "clue")
