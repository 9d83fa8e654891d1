"""What stands beside the sheet: figures, and what is offered as a deduction."""

from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SIGNATURE
from .common_assessment import AssessmentCase


@tagged("post_install", "-at_install")
class TestFigures(AssessmentCase):
    def _request(self, finished, deadline, item=None, **values):
        """Return a request that was finished at a moment (UTC)."""
        request = self.env["maintenance.request"].create(
            {
                "name": "Lamp out",
                "service_item_id": (item or self.guard).id,
                "company_id": self.company.id,
                **values,
            }
        )
        request.flush_recordset()
        self.env.cr.execute(
            "UPDATE maintenance_request SET gov_state = 'done', resolved_at = %s,"
            " sla_resolve_deadline = %s WHERE id = %s",
            [finished, deadline, request.id],
        )
        request.invalidate_recordset()
        return request

    def test_requests_of_the_contract_in_the_period(self):
        """By the institution's own days: half past midnight belongs to the new one."""
        first = self.month[0]
        at = datetime(first.year, first.month, first.day)
        late = at + timedelta(days=3)
        self._request(late, late - timedelta(hours=1))
        self._request(late, late + timedelta(hours=1))
        # 00:30 in Shanghai on the first day, and 23:30 on the day before
        self._request(at - timedelta(hours=7, minutes=30), late)
        self._request(at - timedelta(hours=8, minutes=30), late)
        self._request(late, late, item=self.meal)
        sheet = self._sheet()
        self._as(sheet, self.inspector_user).action_refresh_figures()
        self.assertEqual((sheet.request_count, sheet.late_count), (3, 1))

    def test_satisfaction_counts_answers_only(self):
        at = datetime(*self.month[0].timetuple()[:3]) + timedelta(days=2)
        rated = self._request(at, at)
        self._request(at, at)
        for rating, consumed in ((4, True), (0, False)):
            # Who may rate is not what is tested here.
            self.env.cr.execute(
                "INSERT INTO rating_rating (res_model_id, res_model, res_id, rating,"
                " consumed) VALUES (%s, 'maintenance.request', %s, %s, %s)",
                [
                    self.env["ir.model"]._get_id("maintenance.request"),
                    rated.id,
                    rating,
                    consumed,
                ],
            )
        sheet = self._sheet()
        engine(sheet.sudo())._refresh_figures()
        self.assertEqual((sheet.satisfaction_count, sheet.satisfaction_avg), (1, 4))

    def test_figures_freeze_with_the_first_signature(self):
        at = datetime(*self.month[0].timetuple()[:3]) + timedelta(days=2)
        self._request(at, at)
        sheet = self._sheet()
        self._as(sheet, self.inspector_user).action_sign(SIGNATURE)
        self.assertEqual(sheet.request_count, 1, "taken when it is signed")
        self._request(at, at)
        engine(self.env["gov.service.assessment"].sudo())._job_figures(self.company)
        self.assertEqual(sheet.request_count, 1)
        with self.assertRaises(UserError):
            self._as(sheet, self.inspector_user).action_refresh_figures()

    def test_figures_do_not_change_the_score(self):
        at = datetime(*self.month[0].timetuple()[:3]) + timedelta(days=2)
        self._request(at, at - timedelta(days=1))
        sheet = self._sheet()
        engine(sheet.sudo())._refresh_figures()
        self.assertEqual((sheet.late_count, sheet.score), (1, 100))

    def test_figures_of_many_sheets_in_one_query(self):
        sheets = self._sheet(1) + self._sheet(2) + self._sheet(3)
        self.env.flush_all()
        with self.assertQueryCount(1):
            engine(sheets.sudo())._refresh_figures()


@tagged("post_install", "-at_install")
class TestOffers(AssessmentCase):
    def setUp(self):
        super().setUp()
        self.day = self.month[0] + timedelta(days=4)
        self.line_action = self.env["gov.service.assessment.offer"]

    def _finding(self, partner=None, state="confirmed", rule="vendor_staff_conduct"):
        with self._on(self.day):
            finding = self.env["gov.finding"]._raise(
                rule, partner or self.service_vendor, "A guard slept at the post"
            )
        if state != "open":
            engine(finding.sudo()).state = state
        return finding

    def _complaint(self, state="verified", **values):
        complaint = self.env["gov.service.complaint"].create(
            {
                "facts": "The corridor was wet",
                "date": self.day,
                "contract_id": self.contract.id,
                **values,
            }
        )
        engine(complaint.sudo()).state = state
        return complaint

    def _open(self, sheet, user=None):
        action = self._as(sheet, user or self.inspector_user).action_open_offers()
        return self._as(self.line_action, user or self.inspector_user).browse(
            action["res_id"]
        )

    def _take(self, sheet, offer, criterion):
        line = offer.line_ids[0]
        with Form(line) as form:
            form.criterion_id = criterion
            form.deduction = 5
        offer.action_confirm()
        return sheet.line_ids

    def test_confirmed_findings_and_verified_complaints(self):
        finding, complaint = self._finding(), self._complaint()
        self._finding(self.service_vendor2)
        self._complaint(state="unfounded")
        self._complaint(date=self.month[1] + timedelta(days=1))
        offer = self._open(self._sheet())
        self.assertEqual(offer.line_ids.finding_id, finding)
        self.assertEqual(offer.line_ids.complaint_id, complaint)
        self.assertIn("A guard slept", offer.line_ids.mapped("facts")[0])

    def test_open_finding_is_not_offered(self):
        self._finding(state="open")
        with self.assertRaises(UserError):
            self._open(self._sheet())

    def test_each_counts_once(self):
        """On this sheet, on the next one, and on another contract's of the vendor."""
        finding = self._finding()
        sheet = self._sheet(month=1)
        line = self._take(sheet, self._open(sheet), self.guarding)
        self.assertEqual(line.finding_id, finding)
        self.assertEqual(line.reason, "A guard slept at the post")
        other = self._contract(
            "vendor",
            (self.meal, "fixed", 1, 1),
            partner_id=self.service_vendor.id,
            sheet_id=self.sheet.id,
        )
        second = self._create_sheet(
            self.today.replace(day=1), self.today, contract=other
        )
        offer = self._open(second)
        self.assertIn("Guards", offer.line_ids.used_in)
        offer.line_ids.write(
            {"is_chosen": True, "criterion_id": self.guarding.id, "deduction": 1}
        )
        with self.assertRaises(UserError) as caught:
            offer.action_confirm()
        self.assertIn("counts once", str(caught.exception))
        # Taken off the first sheet it is free again.
        line.with_user(self.inspector_user).unlink()
        self.assertFalse(self._open(second).line_ids.used_in)

    def test_replacement_takes_its_findings_along(self):
        finding = self._finding()
        sheet = self._sheet()
        offer = self._open(sheet)
        offer.line_ids.write(
            {"is_chosen": True, "criterion_id": self.guarding.id, "deduction": 5}
        )
        offer.action_confirm()
        self._finish(sheet)
        self._as(sheet, self.keeper_user).action_replace("Other floor")
        new = sheet.replaced_by_ids
        self.assertEqual(new.line_ids.finding_id, finding)
        self.assertTrue(sheet.line_ids.is_void)
        self.assertEqual(new.score, 95)

    def test_nothing_chosen_or_without_criterion(self):
        self._finding()
        offer = self._open(self._sheet())
        with self.assertRaises(UserError):
            offer.action_confirm()
        offer.line_ids.is_chosen = True
        with self.assertRaises(UserError):
            offer.action_confirm()

    def test_only_offered_rows(self):
        """A finding about somebody else cannot be slipped in."""
        foreign = self._finding(self.service_vendor2)
        sheet = self._as(self._sheet(), self.inspector_user)
        for row in (
            {"finding_id": foreign.id, "criterion_id": self.guarding.id},
            {"complaint_id": self._complaint("open").id},
        ):
            with self.assertRaises(UserError):
                sheet._take_offers([{"deduction": 1, **row}])
        with self.assertRaises(UserError):
            self._deduct(sheet, self.guarding, 1, "Mine", finding_id=self._finding().id)
        self._finding()
        offer = self._open(sheet)
        for values in (
            {"finding_id": foreign.id},
            {"used_in": False, "facts": "Other"},
        ):
            with self.assertRaises(UserError):
                offer.line_ids.write(values)
        with self.assertRaises(UserError):
            self._as(self.line_action, self.inspector_user).create(
                {
                    "assessment_id": sheet.id,
                    "line_ids": [Command.create({"finding_id": foreign.id})],
                }
            )

    def test_who_opens_the_offers(self):
        self._finding()
        sheet = self._sheet()
        with self.assertRaises(UserError):
            self._open(sheet, self.centre_user)
        with self.assertRaises(AccessError):
            self._open(sheet, self.staff_user)
        offer = self._open(sheet)
        with self.assertRaises(AccessError):
            offer.with_user(self.inspector2_user).line_ids.read(["facts"])
