"""Assessments of service contracts: sheet, signatures, statement, score, change."""

from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2.errors import ExclusionViolation, RestrictViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SIGNATURE
from .common_assessment import AssessmentCase


@tagged("post_install", "-at_install")
class TestAssessment(AssessmentCase):
    def test_from_sheet_to_final(self):
        """Two inspectors, the site manager, the vendor's yes: 96.50 costs nothing."""
        sheet = self._sheet()
        self.assertEqual(sheet.score, 100)
        self._deduct(sheet, self.corridor, 2, "Corridor of floor 3 not swept")
        self._deduct(sheet, self.guarding, 1.5, "Post empty at 14:00")
        self.assertEqual(sheet.score, 96.5)
        self._as(sheet, self.inspector_user).action_sign(SIGNATURE)
        self.assertEqual(sheet.state, "draft")
        self.assertTrue(sheet.is_signed)
        self._as(sheet, self.inspector2_user).action_sign(SIGNATURE)
        self.assertEqual(sheet.state, "draft", "the site manager has not signed")
        self._as(sheet, self.inspector_user).action_sign_manager("Ma", SIGNATURE)
        self.assertEqual(sheet.state, "inspected")
        self.assertTrue(sheet.number)
        self._as(sheet, self.vendor_user).action_statement(False, accepts=True)
        self.assertEqual(sheet.state, "final")
        self.assertEqual((sheet.score, sheet.deduction_percent), (96.5, 0))
        self.assertTrue(sheet.is_sealed)
        self.assertTrue(all(sheet.line_ids.mapped("is_sealed")))
        self.assertEqual(self._period_scores(), sheet)

    def test_deduction_by_the_table(self):
        """From 90 none, from 85 1 %, from 80 3 %, below 80 5 %."""
        for points, percent in ((10, 0), (10.01, 1), (15, 1), (15.01, 3), (20, 3)):
            with self.subTest(points=points), self.cr.savepoint():
                sheet = self._final(points)
                self.assertEqual(sheet.deduction_percent, percent)
                self.assertIn("80", sheet.deduction_citation)
                sheet.flush_recordset()
                self._forget(sheet)
        self.assertEqual(self._final(20.01).deduction_percent, 5)

    def test_exact_sum(self):
        """Hundred times 0.07 is 7.00, and the score has two decimals."""
        sheet = self._sheet()
        for _number in range(30):
            self._deduct(sheet, self.corridor, 0.07, "Dust")
        self.assertEqual(sheet.points_deducted, 2.1)
        self.assertEqual(sheet.score, 97.9)

    def test_score_not_below_zero(self):
        sheet = self._sheet()
        for criterion in self.sheet.line_ids:
            self._deduct(sheet, criterion, criterion.max_deduction, "Nothing done")
        self.assertEqual(sheet.points_deducted, 100)
        self.assertEqual(sheet.score, 0)

    def test_criterion_costs_at_most(self):
        """The refusal names criterion, points, the most and the clause."""
        sheet = self._sheet()
        line = self._deduct(sheet, self.corridor, 15, "Corridor")
        for action in (
            lambda: self._deduct(sheet, self.corridor, 25.01, "Stairs"),
            lambda: line.write({"deduction": 40.01}),
        ):
            with self.assertRaises(UserError) as caught, self.cr.savepoint():
                action()
            self.assertIn("40", str(caught.exception))
            self.assertIn("Annex 2, 1", str(caught.exception))
        self.assertEqual(sheet.score, 85)

    def test_impossible_deductions(self):
        sheet = self._sheet()
        other = self.env["gov.service.sheet"].create(
            {
                "name": "Other",
                "group_id": self.service_group.id,
                "company_id": self.company.id,
                "line_ids": [Command.create({"name": "Else", "max_deduction": 100})],
            }
        )
        for values in (
            {"deduction": -1},
            {"deduction": 0},
            {"deduction": 100.5},
            {"deduction": float("nan")},
            {"deduction": float("inf")},
            {"deduction": "many"},
            {"reason": "  "},
            {"reason": "x" * 2001},
            {"reason": "a\0b"},
            {"criterion_id": 2**31 - 1},
            {"criterion_id": "first"},
            {"criterion_id": other.line_ids.id},
            {"criterion_id": False},
            {"photo": "bm8gcGhvdG8="},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._as(
                    self.env["gov.service.assessment.line"], self.inspector_user
                ).create(
                    {
                        "assessment_id": sheet.id,
                        "criterion_id": self.corridor.id,
                        "deduction": 1,
                        "reason": "Dust",
                        **values,
                    }
                )

    def test_stock_phrase_and_usual_points(self):
        """Choosing the criterion is enough: points and reason are filled in."""
        sheet = self._sheet()
        lines = self._as(self.env["gov.service.assessment.line"], self.inspector_user)
        with Form(lines.with_context(default_assessment_id=sheet.id)) as form:
            form.criterion_id = self.corridor
        line = sheet.line_ids
        self.assertEqual(line.deduction, 2)
        self.assertEqual(line.reason, "Not clean")
        self.assertEqual(line.name, "Corridors")
        self.assertEqual(line.clause, "Annex 2, 1")
        self.assertEqual(line.inspector_id, self.inspector_user)

    def test_photo_is_kept_with_its_fingerprint(self):
        sheet = self._sheet()
        line = self._deduct(sheet, self.corridor, 1, "Dust", photo=SIGNATURE)
        self.assertEqual(len(line.photo_sha256), 64)
        line.photo = False
        self.assertFalse(line.photo_sha256)

    def test_lines_freeze_with_the_first_signature(self):
        sheet = self._sheet()
        line = self._deduct(sheet, self.corridor, 2, "Dust")
        self._as(sheet, self.inspector_user).action_sign(SIGNATURE)
        for action in (
            lambda: self._deduct(sheet, self.corridor, 1, "More"),
            lambda: line.write({"deduction": 1}),
            line.unlink,
            lambda: self._as(sheet, self.inspector2_user).write(
                {"line_ids": [Command.delete(line.id)]}
            ),
            lambda: self._as(sheet, self.inspector_user).write(
                {"inspector_ids": [Command.clear()]}
            ),
            self._as(sheet, self.inspector_user).unlink,
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                action()
        self.assertEqual(sheet.score, 98)

    def test_reopened_sheet_is_signed_anew(self):
        """Signatures of the round before stay on record and count no more."""
        sheet = self._inspected(5)
        self.assertEqual(len(sheet.signature_ids), 3)
        with self.assertRaises(UserError):
            self._as(sheet, self.inspector_user).action_reopen(" ")
        self._as(sheet, self.inspector_user).action_reopen("Wrong floor")
        self.assertEqual((sheet.state, sheet.round), ("draft", 2))
        self.assertFalse(sheet.is_signed)
        number = sheet.number
        sheet.line_ids.with_user(self.inspector_user).deduction = 3
        self._sign(sheet)
        self.assertEqual((sheet.state, sheet.score), ("inspected", 97))
        self.assertEqual(sheet.number, number)
        self.assertEqual(len(sheet.signature_ids), 6)
        self.assertEqual(
            sheet.signature_ids.filtered(lambda row: row.round == 1).mapped("score"),
            [95, 95, 95],
        )

    def test_two_different_inspectors(self):
        sheet = self._sheet()
        mine = self._as(sheet, self.inspector_user)
        mine.action_sign(SIGNATURE)
        for signature in (SIGNATURE, False):
            with self.assertRaises(UserError):
                mine.action_sign(signature)
        with self.assertRaises(UserError):
            self._as(sheet, self.centre_user).action_sign(SIGNATURE)
        alone = self._sheet(month=2)
        self._as(alone, self.inspector_user).inspector_ids = self.inspector_user
        with self.assertRaises(UserError) as caught:
            self._as(alone, self.inspector_user).action_sign(SIGNATURE)
        self.assertIn("second inspector", str(caught.exception))

    def test_who_can_inspect(self):
        for user in (self.staff_user, self.vendor_user, self.other_staff_user):
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._sheet(month=2, inspectors=self.inspector_user + user)
        with self.assertRaises(UserError):
            self._sheet(
                month=2,
                inspectors=self.inspector_user
                + self.inspector2_user
                + self.centre_user,
            )
        self.contract.other_confirmer_id = self.inspector2_user
        with self.assertRaises(UserError) as caught:
            self._sheet(month=2)
        self.assertIn(self.inspector2_user.name, str(caught.exception))

    def test_signature_is_a_picture(self):
        sheet = self._sheet()
        for signature in (None, "", "bm8gcGljdHVyZQ==", 5, "%%%"):
            with self.subTest(signature=signature), self.assertRaises(UserError):
                self._as(sheet, self.inspector_user).action_sign(signature)

    def test_site_manager_signs_what_stays(self):
        sheet = self._sheet()
        mine = self._as(sheet, self.inspector_user)
        with self.assertRaises(UserError):
            mine.action_sign_manager("Ma", SIGNATURE)
        mine.action_sign(SIGNATURE)
        for name in ("", None, "x" * 61, 5):
            with self.subTest(name=name), self.assertRaises(UserError):
                mine.action_sign_manager(name, SIGNATURE)
        with self.assertRaises(UserError):
            self._as(sheet, self.centre_user).action_sign_manager("Ma", SIGNATURE)
        mine.action_sign_manager("Ma", SIGNATURE)
        with self.assertRaises(UserError):
            mine.action_sign_manager("Ma", SIGNATURE)

    def test_refusal_before_two_witnesses(self):
        sheet = self._sheet()
        mine = self._as(sheet, self.inspector_user)
        mine.action_sign(SIGNATURE)
        witnesses = (self.staff + self.clerk).ids
        for ids in (
            [],
            self.staff.ids,
            [self.staff.id, self.staff.id],
            [self.staff.id, self.inspector2.id],
            [self.staff.id, self.other_staff.id],
            [self.staff.id, 2**31 - 1],
            [self.staff.id, "clerk"],
            None,
        ):
            with self.subTest(ids=ids), self.assertRaises(UserError):
                mine.action_refuse_manager("Ma", ids, "Said it was swept")
        with self.assertRaises(UserError):
            mine.action_refuse_manager("Ma", witnesses, " ")
        mine.action_refuse_manager("Ma", witnesses, "Said it was swept")
        self._as(sheet, self.inspector2_user).action_sign(SIGNATURE)
        self.assertEqual(sheet.state, "inspected")
        refusal = sheet.signature_ids.filtered(lambda row: row.role == "site_manager")
        self.assertEqual(refusal.method, "refused")
        self.assertEqual(refusal.witness_ids, self.staff + self.clerk)
        self.assertTrue(refusal.is_sealed)

    def test_site_manager_on_paper(self):
        sheet = self._sheet()
        mine = self._as(sheet, self.inspector_user)
        mine.action_sign(SIGNATURE)
        with self.assertRaises(UserError):
            mine.action_sign_manager_paper("Ma", False)
        mine.action_sign_manager_paper("Ma", SIGNATURE, "sheet.png")
        row = sheet.signature_ids.filtered(lambda row: row.role == "site_manager")
        self.assertEqual((row.method, row.scan_name), ("paper", "sheet.png"))

    # ------------------------------------------------------------------ statement

    def test_deadline_counts_working_days(self):
        sheet = self._inspected(5)
        expected = self.env["gov.workday"].add_working_days(self.today, 3)
        self.assertEqual(sheet.statement_deadline, expected)

    def test_silence_makes_it_final(self):
        """The day after the deadline, not on it; run twice, one score."""
        sheet = self._inspected(5)
        assessments = engine(self.env["gov.service.assessment"].sudo())
        with self._on(sheet.statement_deadline):
            assessments._job_finalise(self.company)
            self.assertEqual(sheet.state, "inspected")
        with self._on(sheet.statement_deadline + timedelta(days=1)):
            assessments._job_finalise(self.company)
            assessments._job_finalise(self.company)
        self.assertEqual(sheet.state, "final")
        self.assertFalse(sheet.final_by_id)

    def test_too_late_a_statement(self):
        sheet = self._inspected(5)
        with self._on(sheet.statement_deadline + timedelta(days=1)):
            with self.assertRaises(UserError) as caught:
                self._as(sheet, self.vendor_user).action_statement("No")
        self.assertIn("three working days", str(caught.exception))

    def test_objection_is_answered_by_somebody_else(self):
        sheet = self._inspected(5)
        vendor = self._as(sheet, self.vendor_user)
        for text in ("", None, 5, "x" * 4001, "a\0"):
            with self.subTest(text=text), self.assertRaises(UserError):
                vendor.action_statement(text)
        with self.assertRaises(UserError):
            vendor.action_statement("No", accepts="yes")
        vendor.action_statement("It was swept at noon")
        self.assertEqual(sheet.state, "stated")
        engine(self.env["gov.service.assessment"].sudo())._job_finalise(self.company)
        self.assertEqual(sheet.state, "stated", "an objection does not lapse")
        with self.assertRaises(UserError):
            self._as(sheet, self.inspector_user).action_finalise("No")
        with self.assertRaises(UserError):
            self._as(sheet, self.keeper_user).action_finalise()
        self._as(sheet, self.keeper_user).action_finalise("The photo is of 14:00")
        self.assertEqual(sheet.state, "final")
        self.assertEqual(sheet.answer_by_id, self.keeper_user)

    def test_clerk_does_not_cut_the_deadline(self):
        sheet = self._inspected(5)
        with self.assertRaises(UserError) as caught:
            self._as(sheet, self.keeper_user).action_finalise()
        self.assertIn("three working days", str(caught.exception))
        with self._on(sheet.statement_deadline + timedelta(days=1)):
            self._as(sheet, self.keeper_user).action_finalise()
        self.assertEqual(sheet.final_by_id, self.keeper_user)

    def test_who_inspected_does_not_make_final(self):
        """Also when they keep contracts: the manager has both groups."""
        sheet = self._inspected(5, inspectors=self.inspector_user + self.centre_user)
        with self._on(sheet.statement_deadline + timedelta(days=1)):
            with self.assertRaises(UserError):
                self._as(sheet, self.centre_user).action_finalise()

    def test_statement_on_paper(self):
        sheet = self._inspected(5)
        clerk = self._as(sheet, self.keeper_user)
        late = sheet.statement_deadline + timedelta(days=1)
        for day, scan in (
            (self.today - timedelta(days=1), SIGNATURE),
            (late, SIGNATURE),
            (False, SIGNATURE),
            ("soon", SIGNATURE),
            (self.today, False),
            (self.today, "bm8gc2Nhbg=="),
        ):
            with self.subTest(day=day), self.assertRaises(UserError):
                clerk.action_enter_statement(day, "No", scan)
        with self.assertRaises(AccessError):
            self._as(sheet, self.staff_user).action_enter_statement(
                self.today, "No", SIGNATURE
            )
        clerk.action_enter_statement(self.today, "It rained", SIGNATURE)
        self.assertEqual((sheet.state, sheet.statement_on), ("stated", self.today))
        self.assertEqual(len(sheet.statement_sha256), 64)

    def test_period_under_way(self):
        """Agreed to before the month is over: final only afterwards."""
        first = self.today.replace(day=1)
        last = first + relativedelta(months=1, days=-1)
        sheet = self._create_sheet(first, last)
        with self._on(last):
            self._sign(sheet)
            self._as(sheet, self.vendor_user).action_statement(False, accepts=True)
            self.assertEqual(sheet.state, "stated")
            with self.assertRaises(UserError):
                self._as(sheet, self.keeper_user).action_finalise()
        with self._on(last + timedelta(days=1)):
            engine(sheet.sudo())._job_finalise(self.company)
        self.assertEqual(sheet.state, "final")
        future = self._create_sheet(last + timedelta(days=1), last + timedelta(days=20))
        with self.assertRaises(UserError):
            self._as(future, self.inspector_user).action_sign(SIGNATURE)

    def test_internal_contract_the_centre_states(self):
        contract = self.office_contract
        contract.sheet_id = self.sheet
        sheet = self._create_sheet(*self.month, contract=contract)
        self._deduct(sheet, self.corridor, 12, "Late")
        self._sign(sheet)
        with self.assertRaises(UserError):
            self._as(sheet, self.office_head_user).action_statement("Wrong side")
        self._as(sheet, self.works_head_user).action_statement("Agreed", accepts=True)
        self.assertEqual((sheet.state, sheet.score), ("final", 88))

    # --------------------------------------------------------------------- change

    def test_score_changes_after_confirmation(self):
        """Locked while a frozen statement uses it; replaced once a side withdraws."""
        sheet = self._final(12)
        statement = self.contract
        sheet._lock(statement)
        sheet._lock(statement)
        self.assertTrue(sheet.is_locked)
        keeper = self._as(sheet, self.keeper_user)
        with self.assertRaises(UserError) as caught:
            keeper.action_replace("Photo of another floor")
        self.assertIn(statement.display_name, str(caught.exception))
        self.assertEqual(self._period_scores(), sheet)
        sheet._unlock(statement)
        for reason in ("", None, " "):
            with self.assertRaises(UserError):
                keeper.action_replace(reason)
        action = keeper.action_replace("Photo of another floor")
        new = self.env["gov.service.assessment"].browse(action["res_id"])
        self.assertEqual((sheet.state, new.state), ("replaced", "draft"))
        self.assertEqual(new.replaces_id, sheet)
        self.assertEqual((new.score, sheet.score), (88, 88))
        self.assertFalse(self._period_scores(), "no final score until signed anew")
        with self.assertRaises(UserError):
            new._lock(statement)
        new.line_ids.with_user(self.inspector2_user).deduction = 4
        self._sign(new)
        self._as(new, self.vendor_user).action_statement(False, accepts=True)
        self.assertEqual(self._period_scores(), new)
        self.assertEqual((new.score, new.deduction_percent), (96, 0))
        self.assertEqual(sheet.deduction_percent, 1, "the old one stays as it was")
        with self.assertRaises(UserError):
            keeper.action_replace("Again")

    def test_final_is_sealed(self):
        sheet = self._final(12)
        for values in (
            {"score": 100},
            {"deduction_percent": 0},
            {"state": "draft"},
            {"date_to": self.today},
            {"inspector_ids": [Command.clear()]},
            {"note": "x"},
        ):
            for record in (sheet, sheet.sudo(), self._as(sheet, self.keeper_user)):
                with (
                    self.subTest(values=values),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    record.write(values)
        with self.assertRaises(UserError), self.cr.savepoint():
            engine(sheet.sudo()).write({"score": 100.0})
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation):
            with self.cr.savepoint():
                self.env.cr.execute(
                    "UPDATE gov_service_assessment_line SET deduction = 0"
                    " WHERE assessment_id = %s",
                    [sheet.id],
                )
        result = self.env["gov.seal"].sudo().verify("service_assessment", self.company)
        self.assertTrue(result["ok"], result["message"])

    def test_periods_do_not_overlap(self):
        first, last = self.month
        self._create_sheet(first, last)
        for dates in (
            (first, last),
            (first - timedelta(days=5), first),
            (last, last + timedelta(days=3)),
            (first + timedelta(days=3), first + timedelta(days=4)),
        ):
            with self.subTest(dates=dates), self.assertRaises(UserError):
                self._create_sheet(*dates)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ExclusionViolation),
            self.cr.savepoint(),
            patch.object(type(self.env["gov.service.assessment"]), "_check_free"),
        ):
            self._create_sheet(first, last)

    def test_period_lies_in_the_term(self):
        start = self.contract.date_start
        for dates in (
            (start - timedelta(days=1), start + timedelta(days=5)),
            (self.contract.date_end, self.contract.date_end + timedelta(days=1)),
            (start + timedelta(days=5), start),
        ):
            with (
                self.subTest(dates=dates),
                mute_logger("odoo.sql_db"),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._create_sheet(*dates)

    def test_covering_scores(self):
        """A quarter needs every day of the term covered by final scores."""
        first, last = self.month
        second = (last + timedelta(days=1), last + relativedelta(months=1))
        one = self._create_sheet(first, first + timedelta(days=9))
        two = self._create_sheet(first + timedelta(days=10), last)
        self._finish(one)
        self.assertFalse(self.contract._get_assessment(first, last))
        self._finish(two)
        self.assertEqual(self.contract._get_assessment(first, last), one + two)
        self.assertFalse(self.contract._get_assessment(first, second[1]))
        inside = self.contract._get_assessment(
            first + timedelta(days=1), first + timedelta(days=2)
        )
        self.assertEqual(inside, one)

    # --------------------------------------------------------------------- sheets

    def test_sheet_in_use_stays(self):
        sheet = self._sheet()
        self.sheet.line_ids[0].name = "Corridors and stairs"
        self._as(sheet, self.inspector_user).action_sign(SIGNATURE)
        manager = self._as(self.sheet, self.centre_user)
        for action in (
            lambda: manager.line_ids[0].write({"max_deduction": 1}),
            lambda: manager.line_ids[0].unlink(),
            lambda: manager.write({"line_ids": [Command.clear()]}),
            lambda: manager.line_ids.create(
                {"sheet_id": manager.id, "name": "New", "max_deduction": 5}
            ),
            lambda: manager.write({"citation": "Other"}),
            manager.unlink,
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                action()
        copy = manager.copy()
        copy.line_ids[0].max_deduction = 10
        manager.active = False

    def test_impossible_criteria(self):
        for values in (
            {"max_deduction": 0},
            {"max_deduction": -5},
            {"max_deduction": 101},
            {"max_deduction": float("nan")},
            {"usual_deduction": 50},
            {"usual_deduction": -1},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                with self.cr.savepoint():
                    self.sheet.line_ids.create(
                        {
                            "sheet_id": self.sheet.id,
                            "name": "New",
                            "max_deduction": 5,
                            **values,
                        }
                    )

    def test_contract_needs_its_sheet(self):
        contract = self._contract(
            "vendor",
            (self.meal, "fixed", 1, 1),
            activate=False,
            assessment_required=True,
            deduction_table_id=self.deduction_table.id,
        )
        with self.assertRaises(UserError) as caught:
            contract.action_activate()
        self.assertIn("assessment sheet", str(caught.exception))

    # ---------------------------------------------------------------- termination

    def test_two_low_scores_in_a_row(self):
        """79 and 78 propose the end; a replaced score no longer counts."""
        proposals = self.env["gov.contract.proposal"]
        domain = [("contract_id", "=", self.contract.id)]
        self._final(21, month=3)
        self.assertFalse(proposals.search(domain))
        low = self._final(22, month=2)
        self.assertEqual(proposals.search(domain).assessment_id, low)
        self.assertIn("79", proposals.search(domain).evidence)

    def test_a_good_score_ends_the_row(self):
        self._final(21, month=3)
        self._final(12, month=2)
        self._final(30, month=1)
        self.assertFalse(
            self.env["gov.contract.proposal"].search(
                [("contract_id", "=", self.contract.id)]
            )
        )

    # ---------------------------------------------------------------------- month

    def test_month_for_all_contracts(self):
        """Idempotent; clipped to the term; contracts not assessed are left out."""
        first, last = self.month
        late = self._contract(
            "vendor",
            (self.meal, "fixed", 100, 1),
            date_start=first + timedelta(days=16),
            assessment_required=True,
            sheet_id=self.sheet.id,
            deduction_table_id=self.deduction_table.id,
            inspector_ids=[Command.set(self.inspectors.ids)],
        )
        assessments = self._as(self.env["gov.service.assessment"], self.keeper_user)
        self.assertEqual(assessments.action_draft_month(first), 2)
        self.assertEqual(assessments.action_draft_month(str(last)), 0)
        made = assessments.search([("contract_id", "=", late.id)])
        self.assertEqual((made.date_from.day, made.date_to), (17, last))
        self.assertEqual(made.inspector_ids, self.inspectors)
        self.assertEqual(made.activity_ids.user_id, self.inspectors)
        for bad in ("2026-13-40", 5, self.today + timedelta(days=40)):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                assessments.action_draft_month(bad)
        with self.assertRaises(UserError):
            assessments.action_draft_month(first, self.other_company.id)
        with self.assertRaises(UserError):
            self._as(
                self.env["gov.service.assessment"], self.staff_user
            ).action_draft_month(first)

    def test_month_costs_no_query_per_contract(self):
        contracts = self.contract
        for number in range(9):
            contracts += self.contract.copy({"name": f"More {number}"})
        self.env.flush_all()
        counts = []
        assessments = engine(self.env["gov.service.assessment"].sudo())
        first, last = self.month
        for batch, month in ((contracts[:2], 0), (contracts, 1)):
            dates = (
                first + relativedelta(months=month),
                first + relativedelta(months=month + 1, days=-1),
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            assessments._draft(batch, *dates)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 8, counts)

    def test_todos(self):
        sheet = self._sheet()
        engine(sheet.sudo())._ask_inspectors()
        self.assertEqual(sheet.activity_ids.user_id, self.inspectors)
        self._as(sheet, self.inspector_user).action_sign(SIGNATURE)
        self.assertEqual(sheet.activity_ids.user_id, self.inspector2_user)
        self._as(sheet, self.inspector2_user).action_sign(SIGNATURE)
        self.assertFalse(sheet.activity_ids)

    # --------------------------------------------------------------------- paper

    def test_paper(self):
        sheet = self._final(12)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "gov_logistics.report_service_assessment", sheet.ids
        )[0]
        text = html.decode()
        for part in ("考核评分表", sheet.number, "Corridors", "88.00", "Kong Ming"):
            self.assertIn(part, text)
