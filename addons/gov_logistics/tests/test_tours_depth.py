from urllib.parse import quote

from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_scan import PDF
from odoo.addons.gov_base.tests.test_publication import PublicationCase

from .test_norms import NormCommon
from .test_plan import PlanCommon
from .test_stocktake import StocktakeCommon
from .test_tours import TourCase


class PhoneTourCase(TourCase):
    """Tours of which some parts are done on a phone."""

    def _start_phone_tour(self, *args, **kwargs):
        self.browser_size, self.touch_enabled = "375x667", True
        try:
            self.start_tour(*args, **kwargs)
        finally:
            self.browser_size, self.touch_enabled = "1366x768", False


@tagged("post_install", "-at_install")
class TestPlanTour(PlanCommon, PhoneTourCase):
    """Handed in by the liaison, agreed, merged, bought, handed out."""

    def test_month(self):
        self.start_tour("/odoo/supply-buy", "gov_plan_hand_in", login="gov_clerk")
        request = self.plan.request_ids
        self.assertRecordValues(
            request,
            [
                {
                    "approval_state": "submitted",
                    "employee_id": self.staff.id,
                    "handler_id": self.clerk_user.id,
                    "amount_total": 1800,
                }
            ],
        )
        self._start_phone_tour(
            "/odoo/gov-inbox", "gov_plan_head_phone", login="gov_office_head"
        )
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.sudo().purchase_ids)
        other = self._hand_in(user=self.works_staff_user)
        self.start_tour("/odoo/supply-plans", "gov_plan_merge", login="gov_store")
        merged = self.plan.merged_id
        self.assertEqual(merged.line_ids.quantity, 3)
        self.assertEqual(merged.employee_id, self.store)
        self._decide_all(merged)
        self.assertEqual(self.plan.state, "approved")
        self._receive(merged)
        self.start_tour("/odoo/supply-plans", "gov_plan_distribute", login="gov_store")
        self.assertEqual(request.state, "done")
        self.assertEqual(request.line_ids.qty_issued, 2)
        picking = request.sudo().picking_ids
        self.assertEqual(len(picking.supply_signature_hash), 64)
        self.assertEqual(picking.supply_receiver_id, self.staff)
        self.assertEqual(other.state, "approved")
        self.assertEqual(other.line_ids.qty_issued, 0)
        self.assertEqual(self._on_hand(self.seat), 1)


@tagged("post_install", "-at_install")
class TestStocktakeTour(StocktakeCommon, PhoneTourCase):
    """Started at the desk, counted and agreed to on the phone."""

    def test_count(self):
        self.start_tour(
            "/odoo/supply-stocktakes", "gov_stocktake_start", login="gov_store"
        )
        stocktake = self.env["gov.supply.stocktake"].search([])
        self.assertEqual(stocktake.counter_id, self.counter)
        self._start_phone_tour(
            "/odoo/supply-count", "gov_stocktake_count_phone", login="gov_works_staff"
        )
        line = self._line(stocktake, self.paper)
        self.assertEqual(line.counted_by_id, self.counter_user)
        # A blind count: the difference shows once it is handed in.
        self.assertEqual(line.difference, 0)
        self.start_tour(
            "/odoo/supply-stocktakes", "gov_stocktake_submit", login="gov_store"
        )
        self.assertEqual(line.difference, -3)
        self._start_phone_tour(
            "/odoo/gov-inbox", "gov_stocktake_head_phone", login="gov_works_head"
        )
        self.assertEqual(stocktake.sudo().decision_ids.decider_id, self.works_head_user)
        self.assertEqual(self._on_hand(self.paper), 100)
        self._decide_all(stocktake)
        self.assertEqual(stocktake.state, "approved")
        self.assertEqual(self._on_hand(self.paper), 97)


@tagged("post_install", "-at_install")
class TestCounterTour(NormCommon, TourCase):
    """Within the norm, in one go."""

    def setUp(self):
        super().setUp()
        self._norm(self.pen, 2)

    def _hand_out(self, tour):
        self.start_tour("/odoo/supply-counter", tour, login="gov_store")
        request = self.env["gov.supply.request"].search([], limit=1)
        self.assertRecordValues(
            request,
            [
                {
                    "state": "done",
                    "handler_id": self.store_user.id,
                    "employee_id": self.staff.id,
                }
            ],
        )
        self.assertEqual(self._on_hand(self.pen), 47)
        return request.sudo().picking_ids

    def test_signature(self):
        picking = self._hand_out("gov_counter_signature")
        self.assertEqual(picking.counter_method, "signature")
        self.assertEqual(len(picking.supply_signature_hash), 64)
        self.assertEqual(picking.supply_receiver_id, self.staff)

    def test_signed_on_paper(self):
        picking = self._hand_out("gov_counter_paper")
        self.assertEqual(picking.counter_method, "paper")
        self.assertFalse(picking.supply_signature_hash)
        self.assertEqual(picking.supply_receiver_id, self.staff)
        self.assertEqual((picking.supply_book, picking.supply_page), ("2026-03", "17"))


@tagged("post_install", "-at_install")
class TestOfflineTour(PhoneTourCase):
    """Decided by phone or on paper, recorded by the secretariat, confirmed."""

    def _record(self, request, tour, leader):
        self.start_tour(
            "/odoo/gov-offline-decisions",
            tour,
            login="gov_recorder",
            cookies={"gov_number": quote(request.number), "gov_scan": quote(PDF)},
        )
        row = self.env["gov.approval.offline"].search([])
        decision = request.sudo().decision_ids.filtered(
            lambda decision: decision.decider_id == leader
        )
        self.assertEqual(row.leader_id, leader)
        self.assertEqual(row.recorder_id, self.recorder_user)
        self.assertEqual(decision.channel, row.channel)
        self.assertEqual(row.state, "recorded")
        self._start_phone_tour(
            "/odoo/gov-offline-decisions",
            "gov_offline_confirm_phone",
            login=leader.login,
        )
        self.assertEqual(row.state, "confirmed")
        return row

    def test_by_phone(self):
        request = self._request((self.product, 3))
        request.action_submit()
        row = self._record(request, "gov_offline_phone_call", self.office_head_user)
        self.assertEqual(request.state, "approved")
        self.assertEqual(row.channel, "phone")
        self.assertIn("Wen Shu called", row.call_note)

    def test_on_paper(self):
        request = self._request((self.chair, 2), kind="purchase")
        request.action_submit()
        request.with_user(self.office_head_user).action_approve()
        row = self._record(request, "gov_offline_paper", self.leader_user)
        self.assertEqual(row.channel, "paper")
        self.assertEqual(row.scan_name, "signed.pdf")
        self.assertEqual(len(row.scan_sha256), 64)


@tagged("post_install", "-at_install")
class TestMeetingTour(PhoneTourCase):
    """Entered by the secretariat, confirmed by a member: all is decided."""

    def test_meeting(self):
        requests = self.env["gov.supply.request"]
        for _number in range(2):
            request = self._request((self.chair, 20), kind="purchase")
            request.action_submit()
            while request.sudo().current_step_id.kind != "meeting":
                self.assertTrue(self._decide_one(request))
            requests |= request
        self.start_tour(
            "/odoo/gov-meetings",
            "gov_meeting_enter",
            login="gov_recorder",
            cookies={"gov_scan": quote(PDF)},
        )
        meeting = self.env["gov.approval.meeting"].search([])
        self.assertEqual(meeting.state, "entered")
        self.assertEqual(len(meeting.present_ids), 4)
        self._start_phone_tour(
            "/odoo/gov-meetings", "gov_meeting_confirm_phone", login="gov_second"
        )
        self.assertEqual(meeting.confirmed_by_id, self.second_user)
        steps = requests.sudo().step_ids.filtered(lambda step: step.kind == "meeting")
        self.assertEqual(len(steps), 2)
        self.assertEqual(set(steps.mapped("state")), {"approved"})


@tagged("post_install", "-at_install")
class TestOfficeTour(PublicationCase, TourCase):
    """Supervision, staff and administrator, each at their own page."""

    def test_finding(self):
        request = self._request((self.product, 3))
        request.action_submit()
        findings = self.env["gov.finding"]
        finding = findings._raise("split_purchase", request, "4,800 and 4,900")
        finding.with_user(self.staff_user).action_explain("Two deliveries of one order")
        self.start_tour(
            "/odoo/findings", "gov_finding_confirm", login="gov_supervision"
        )
        self.assertEqual(finding.state, "confirmed")
        self.assertIn("Split indeed", finding.conclusion)

    def test_notice(self):
        notice = self._released(body="<p>Wang 13812340000</p>")
        self.start_tour("/odoo/notices", "gov_notice_object", login="gov_staff")
        objection = self.env["gov.publication.objection"].search(
            [("publication_id", "=", notice.id)]
        )
        self.assertEqual(objection.user_id, self.staff_user)
        self.assertIn("better", objection.text)

    def test_set_up(self):
        self.start_tour("/odoo/gov-setup", "gov_setup_open_place", login="gov_admin")
