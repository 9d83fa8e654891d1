from collections import Counter
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.gov_demo.generator import counter, life, matters

from .test_demo import DemoCase

# Who must find something to decide or to check on the first look.
DECIDERS = (
    "admin",
    "fangyaqin",
    "zoujingyi",
    "hezhenbang",
    "hansuqin",
    "luqiming",
    "huxiaofang",
    "houxiaoman",
    "zhujianguo",
    "baijianxun",
)
# Goal of a purchase → where it stands.
STAGES = {
    "department_head",
    "line_leader",
    "price",
    "funds",
    "logistics_leader",
    "head",
    "clause",
    "committee",
}


@tagged("post_install", "-at_install")
class TestMatters(DemoCase):
    """Three months of matters, with something on every desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        requests = cls.env["gov.supply.request"].search([])
        cls.requests = requests.filtered(lambda r: not r.is_imported)
        cls.before = requests - cls.requests
        for name in life.REQUESTS:
            cls.requests -= cls.demo(name)
        cls.day = cls.company.gov_today() + timedelta(days=matters.START)

    def stage(self, request):
        step = request.current_step_id
        return step.check_code or step.role_id.code or step.approver_kind

    def test_numbers_and_states(self):
        plan = counter.make_plan(self.loader)
        self.assertEqual(plan, counter.make_plan(self.loader), "same plan each time")
        plan = [issue for issue in plan if not matters.is_history(issue)]
        issues = self.requests.filtered(lambda request: request.kind == "issue")
        self.assertEqual(len(issues), len(plan))
        goals = Counter(issue.goal for issue in plan)
        self.assertEqual(
            Counter(issues.mapped("state")),
            {
                "draft": goals["draft"] + goals["returned"] + goals["withdrawn"],
                "submitted": goals["submitted"],
                "approved": goals["approved"] + goals["issued_part"],
                "done": goals["done"] + goals["closed"] + goals["goods_returned"],
                "rejected": goals["rejected"],
                "cancelled": goals["cancelled"],
            },
        )
        purchases = self.requests - issues
        rows = self.loader.table("purchases")
        live = [row for row in rows if row["goal"] != "imported"]
        self.assertEqual(len(purchases), len(live))
        self.assertEqual(set(purchases.mapped("state")), set(issues.mapped("state")))

    def test_what_was_finished_before_the_system_is_history(self):
        plan = [i for i in counter.make_plan(self.loader) if matters.is_history(i)]
        this_year = self.before.filtered(
            lambda r: r.occurred_on > self.day - timedelta(days=90)
        )
        issues = this_year.filtered(lambda r: r.kind == "issue")
        self.assertGreaterEqual(len(issues), len(plan))
        self.assertEqual(set(self.before.mapped("state")), {"done"})
        self.assertTrue(all(r.occurred_on <= self.day for r in self.before))

    def test_purchases_stand_where_the_table_says(self):
        for row in self.loader.table("purchases"):
            request = self.demo(f"purchase_{row['id']}")
            goal = row["goal"].rstrip("_0123456789")
            with self.subTest(purchase=row["id"], goal=goal):
                self.assertEqual(request.is_imported, goal == "imported")
                if goal == "imported":
                    continue
                if goal in STAGES:
                    self.assertEqual(request.state, "submitted")
                    self.assertEqual(self.stage(request), goal)
                elif goal == "minutes":
                    self.assertEqual(self.stage(request), "committee")
                    line = self.env["gov.approval.meeting.line"].search(
                        [("step_id", "=", request.current_step_id.id)]
                    )
                    self.assertEqual(line.meeting_id.state, "entered")
                elif goal == "back_to_price":
                    self.assertEqual(self.stage(request), "price")
                    self.assertIn("returned", request.decision_ids.mapped("outcome"))
                elif goal in ("returned", "withdrawn"):
                    self.assertEqual(request.state, "draft")
                    self.assertEqual(request.decision_ids.mapped("outcome"), [goal])
                elif goal in ("draft", "done", "rejected", "cancelled", "approved"):
                    self.assertEqual(request.state, goal)
                else:
                    self.assertEqual(request.state, "approved")
                    self.assertEqual(
                        set(request.purchase_ids.mapped("state")), {"purchase"}
                    )

    def test_each_band_has_gone_all_the_way(self):
        done = self.requests.filtered(
            lambda request: request.kind == "purchase" and request.state == "done"
        )
        tiers = {
            (0, 1000): "logistics_leader",
            (1000, 5000): "head",
            (5000, 10_000): "committee",
            (10_000, 10**9): "committee",
        }
        for (over, upto), last in tiers.items():
            band = done.filtered_domain(
                [("amount_total", ">", over), ("amount_total", "<=", upto)]
            )
            self.assertTrue(band, f"over {over}")
            for request in band:
                step = request.step_ids.sorted("sequence")[-1]
                self.assertEqual(step.role_id.code, last, request.number)
        above = done.filtered(lambda request: request.amount_total > 10_000)
        self.assertIn("clause", above.step_ids.mapped("check_code"))

    def test_the_party_group_decided_at_meetings(self):
        met = self.requests.decision_ids.filtered(lambda d: d.channel == "meeting")
        meetings = self.env["gov.approval.meeting"].search(
            [("line_ids.step_id.model", "=", self.requests._name)]
        )
        confirmed = meetings.filtered(lambda m: m.state == "confirmed")
        self.assertTrue(met)
        self.assertEqual(set(met.mapped("post")), set(confirmed.mapped("display_name")))
        self.assertTrue(all(meetings.mapped("number")))
        waiting = meetings - confirmed
        self.assertTrue(waiting.activity_ids)

    def test_every_desk_has_something_to_do(self):
        for login in DECIDERS:
            user = self.env["res.users"].search([("login", "=", login)])
            seats = self.env["gov.approval.seat"].with_user(user)
            found = seats.search_count(
                [("user_id", "=", user.id), ("state", "=", "open")]
            )
            self.assertTrue(found, login)
        for department in self.env["hr.department"].search([]):
            found = self.env["gov.approval.seat"].search_count(
                [
                    ("user_id", "=", department.manager_id.user_id.id),
                    ("state", "=", "open"),
                ]
            )
            self.assertGreaterEqual(found, 2, department.name)

    def test_store_and_procurement_have_something_to_do(self):
        waiting = self.requests.filtered("to_issue")
        self.assertEqual(set(waiting.mapped("kind")), {"issue", "purchase"})
        part = waiting.filtered(lambda r: any(r.line_ids.mapped("qty_issued")))
        self.assertTrue(part, "partly issued")
        lines = self.env["gov.supply.request.line"].search([])
        self.assertTrue(
            lines.filtered(lambda line: line.qty_to_order and not line.vendor_id),
            "a vendor to be named",
        )
        ordered = lines.filtered(lambda line: line.qty_ordered > line.qty_received)
        self.assertTrue(ordered, "on order")
        quotations = self.requests.purchase_ids.filtered(lambda o: o.state == "draft")
        self.assertTrue(quotations, "quotations to confirm")
        self.assertTrue(lines.filtered("qty_returned"), "goods taken back")
        self.assertTrue(lines.filtered("qty_closed"), "rest closed")

    def test_returned_matters_lie_with_the_liaison(self):
        request = self.demo("purchase_p43")
        self.assertEqual(request.handler_id, self.demo("user_huxiaoyan"))
        self.assertIn(request.handler_id, request.activity_ids.user_id)

    def test_everybody_played_their_own_part(self):
        """No decision by the administrator, and none on an own matter."""
        admin = self.env.ref("base.user_admin")
        for request in self.requests:
            own = request.handler_id | request.employee_id.user_id
            own |= request.beneficiary_id.user_id
            made = request.decision_ids.filtered(
                lambda decision: decision.outcome in ("approved", "rejected", "checked")
            )
            self.assertNotIn(admin, request.decision_ids.decider_id)
            self.assertFalse(made.decider_id & own, request.number)

    def test_decisions_are_sealed_and_whole(self):
        report = self.env["gov.seal"].verify("decision", self.company)
        self.assertTrue(report["ok"], report["message"])
        self.assertGreater(report["checked"] + report["waiting"], 400)

    def test_days_spread_over_three_months(self):
        days = self.requests.mapped("date_needed")
        today = self.requests[-1].create_date.date()
        self.assertLess(min(days), today - timedelta(days=75))
        self.assertGreater(max(days), today)
        workday = self.env["gov.workday"]
        self.assertTrue(all(workday.is_working_day(day) for day in set(days)))

    def test_only_what_tells_a_story_is_to_be_explained(self):
        findings = self.env["gov.finding"].search([])
        # Those of the vehicles are counted in test_fleet.
        findings = findings.filtered(
            lambda finding: finding.rule_code.split("_")[0] not in ("vehicle", "fuel")
        )
        found = {(f.rule_code, f.model, f.res_id) for f in findings}
        self.assertEqual(
            found,
            {
                ("split_purchase", "gov.supply.request", self.demo("split_2").id),
                ("urgent_first", "gov.supply.request", self.demo("life_urgent").id),
                (
                    "verified_complaint",
                    "hr.employee",
                    self.demo("employee_luominghui").id,
                ),
                (
                    "verified_complaint",
                    "gov.service.complaint",
                    self.demo("complaint_c5").id,
                ),
                (
                    "meter_jump",
                    "gov.meter.reading",
                    self.demo("meter_w_green").reading_ids.filtered("is_jump").id,
                ),
                (
                    "vendor_staff_conduct",
                    "res.partner",
                    self.demo("vendor_guards").id,
                ),
            },
        )
        self.assertFalse(self.env["mail.mail"].search([]), "no mail was prepared")
