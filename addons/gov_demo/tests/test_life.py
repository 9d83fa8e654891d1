from datetime import timedelta

from odoo.tests import tagged

from .test_demo import DemoCase


@tagged("post_install", "-at_install")
class TestLife(DemoCase):
    """One of each of what an office does besides asking and agreeing."""

    def _user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def test_pens_within_the_norm_need_no_chain(self):
        request = self.demo("life_counter")
        self.assertEqual((request.state, len(request.step_ids)), ("approved", 0))
        self.assertEqual(request.decision_ids.mapped("outcome"), ["skipped"])

    def test_norms_and_kit(self):
        norms = self.env["gov.supply.norm"].search([])
        self.assertEqual(
            norms.product_tmpl_id,
            self.env["product.template"].union(
                *[
                    self.demo(f"product_{row['product']}").product_tmpl_id
                    for row in self.loader.table("norms")
                ]
            ),
        )
        self.assertTrue(self.demo("kit_new_staff").line_ids)

    def test_the_leader_has_a_call_to_confirm(self):
        request = self.demo("life_phone")
        record = self.env["gov.approval.offline"].search([])
        self.assertEqual(record.res_id, request.id)
        self.assertEqual(
            (record.state, record.leader_id.login), ("recorded", "hansuqin")
        )
        self.assertEqual(request.state, "approved")
        self.assertIn("phone", request.decision_ids.mapped("channel"))

    def test_the_burst_pipe_waits_for_its_paper(self):
        request = self.demo("life_urgent")
        self.assertEqual(request.state, "done")
        self.assertEqual(len(request.step_ids), 1)
        self.assertIn("urgent", request.mark_ids.mapped("kind"))

    def test_the_late_entry_keeps_its_day(self):
        request = self.demo("life_late")
        today = self.company.gov_today()
        self.assertTrue(request.is_late)
        self.assertEqual(request.occurred_on, today - timedelta(days=3))

    def test_finance_is_asked_and_a_matter_is_on_hold(self):
        opinion = self.env["gov.approval.opinion"].search([])
        self.assertEqual(opinion.user_id.login, "zoujingyi")
        self.assertEqual(self.demo("purchase_p18").approval_state, "on_hold")

    def test_two_sections_have_handed_in(self):
        plan = self.env["gov.supply.plan"].search([])
        self.assertEqual(len(plan.request_ids), 2)
        self.assertEqual(plan.state, "open")
        self.assertEqual(
            plan.request_ids.mapped("approval_state"), ["submitted", "approved"]
        )

    def test_a_count_is_under_way(self):
        stocktake = self.demo("life_stocktake")
        self.assertEqual(stocktake.state, "counting")
        self.assertTrue(stocktake.line_ids)

    def test_staff_read_what_is_published(self):
        staff = self._user("lishaohua")
        shown = self.env["gov.publication"].with_user(staff).search([])
        self.assertEqual(
            shown.sorted("id"),
            self.demo("life_notice") + self.demo("life_disclosure"),
        )

    def test_the_head_will_be_away(self):
        delegation = self.env["gov.approval.delegation"].search([])
        self.assertEqual(delegation.state, "planned")
