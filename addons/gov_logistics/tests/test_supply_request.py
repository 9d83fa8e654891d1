from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestSupplyRequest(SupplyCommon):
    # ------------------------------------------------------------------ drafting

    def test_defaults(self):
        request = self._request((self.paper, 2))
        self.assertEqual(request.kind, "issue")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.handler_id, self.staff_user)
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.beneficiary_id, self.staff)
        self.assertEqual(request.department_id, self.office)
        self.assertFalse(request.number)
        line = request.line_ids
        self.assertRecordValues(
            line,
            [
                {
                    "name": "Paper A4 70 g",
                    "line_type": "goods",
                    "uom_id": self.paper.uom_id.id,
                    "qty_approved": 2,
                    "price_unit": 20.5,
                    "subtotal": 41,
                    "qty_on_hand": 100,
                    "qty_open": 2,
                }
            ],
        )
        self.assertEqual(request.amount_total, 41)
        self.assertIn("Paper A4 70 g ×2", request.line_summary)

    def test_handler_is_never_the_callers_value(self):
        request = self._request((self.paper, 1), handler_id=self.head_user.id)
        self.assertEqual(request.handler_id, self.staff_user)

    def test_purpose_is_any_text_or_none(self):
        self.assertFalse(self._request((self.pen, 1)).purpose)
        request = self._request((self.pen, 1), purpose="抄表 and more")
        self.assertEqual(request.purpose, "抄表 and more")
        pick = self.env["gov.supply.purpose"].search([], limit=1)
        draft = request.new({"purpose_id": pick.id})
        draft._onchange_purpose_id()
        self.assertEqual(draft.purpose, pick.name)

    def test_liaison_types_for_people_of_the_department(self):
        request = self._request(
            (self.paper, 1), user=self.clerk_user, employee_id=self.staff.id
        )
        self.assertEqual(request.handler_id, self.clerk_user)
        self.assertEqual(request.employee_id, self.staff)
        with self.assertRaisesRegex(UserError, "liaison"):
            self._request(
                (self.paper, 1), user=self.clerk_user, employee_id=self.works_staff.id
            )

    def test_store_clerk_types_for_everybody(self):
        request = self._request(
            (self.paper, 1), user=self.store_user, employee_id=self.staff.id
        )
        self.assertEqual(request.department_id, self.office)
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_plain_user_types_for_nobody_else(self):
        with self.assertRaisesRegex(UserError, "liaison"):
            self._request((self.paper, 1), employee_id=self.works_staff.id)

    def test_uom_of_the_line_prices_the_line(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        request = self._request(
            {"product_id": self.pen.id, "quantity": 2, "uom_id": dozen.id}
        )
        self.assertAlmostEqual(request.line_ids.price_unit, 19.2)
        self.assertAlmostEqual(request.amount_total, 38.4)
        self.assertAlmostEqual(request.line_ids.qty_on_hand, 4.16)

    def test_price_is_that_of_the_day_of_submission(self):
        request = self._request((self.paper, 2))
        self.env.flush_all()
        self.paper.standard_price = 22
        self.assertEqual(request.amount_total, 41)
        request.action_submit()
        self.assertEqual(request.amount_total, 44)
        self.paper.standard_price = 99
        self.assertEqual(request.amount_total, 44)

    # -------------------------------------------------------------------- chains

    def test_issue_chain_is_the_section_head(self):
        request = self._request((self.paper, 2))
        request.action_submit()
        self.assertEqual(self._step_names(request), ["Section head"])
        self.assertTrue(request.number.startswith("机服领〔"))
        self.assertEqual(request.waiting_for.split(":")[0][:12], "Section head")
        request.with_user(self.office_head_user).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.to_issue)

    def test_submitted_with_nothing_on_hand(self):
        cups = self._create_product("Cups", 8.5, 1)
        request = self._approved((cups, 1))
        self._set_stock(cups, -1)
        self.assertEqual(request.state, "approved")
        with self.assertRaisesRegex(UserError, "on hand"):
            request.with_user(self.store_user).action_issue(SIGNATURE)

    def _chain_for(self, price):
        thing = self._create_product("Thing", price)
        request = self._request((thing, 1), kind="purchase")
        request.action_submit()
        return self._step_names(request)[4:]

    def test_bands_and_their_bounds(self):
        logistics, head = ["Leader for logistics"], ["Head of the institution"]
        review = ["Head of the institution, review", "Committee"]
        above = [
            "Head of the institution, review",
            "Clause check by procurement",
            "Committee",
        ]
        for price, tiers in {
            0.01: logistics,
            999.99: logistics,
            1000: logistics,
            1000.01: head,
            5000: head,
            5000.01: review,
            10000: review,
            10000.01: above,
            250000: above,
        }.items():
            with self.subTest(price=price):
                self.assertEqual(self._chain_for(price), tiers)

    def test_purchase_chain_begins_the_same_for_all(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        self.assertEqual(
            self._step_names(request)[:4],
            [
                "Section head",
                "Line leader",
                "Price check by the store",
                "Source of money by finance",
            ],
        )
        self.assertTrue(request.number.startswith("机服购〔"))

    def test_sum_of_the_whole_request_decides(self):
        """Twelve lines of 900 are one purchase of 10,800."""
        things = [self._create_product(f"Thing {i}", 900) for i in range(12)]
        request = self._request(*[(thing, 1) for thing in things], kind="purchase")
        request.action_submit()
        self.assertIn("Clause check by procurement", self._step_names(request))

    def test_large_purchase_to_the_end(self):
        thing = self._create_product("Server", 28500)
        request = self._request((thing, 1), kind="purchase")
        request.action_submit()
        self._decide_all(request)
        self.assertEqual(request.state, "approved")
        committee = request.sudo().step_ids.filtered(lambda s: s.name == "Committee")
        # The leader (line leader) and the head (review) have decided already: they
        # count in neither N nor M, two members are left, more than half of two is two.
        self.assertEqual(committee.kind, "meeting")
        lines = self.env["gov.approval.meeting.line"].search(
            [("step_id", "=", committee.id)]
        )
        self.assertEqual((lines.counted, lines.quorum), (2, 2))
        last = request.sudo().decision_ids.sorted("id")[-1:]
        self.assertEqual((last.channel, last.decider_id), ("meeting", self.second_user))

    def test_one_meeting_for_several_purchases(self):
        requests = []
        for price in 6000, 28500:
            thing = self._create_product("Thing", price)
            request = self._request((thing, 1), kind="purchase")
            request.action_submit()
            while request.sudo().current_step_id.kind != "meeting":
                self._decide_one(request)
            requests.append(request)
        meeting = self._enter_meeting(*requests)
        requests[0].action_withdraw()
        meeting.with_user(self.second_user).action_confirm()
        self.assertEqual(meeting.line_ids.mapped("result"), ["left", "decided"])
        self.assertEqual(requests[1].state, "approved")
        self.assertEqual(requests[0].state, "draft")

    def test_urgent_first(self):
        """The leader for logistics alone, up to the cap; goods move only then."""
        request = self._request(
            (self.paper, 2), is_urgent=True, urgent_reason="Flood in the archive"
        )
        request.action_submit()
        self.assertEqual(self._step_names(request), ["Leader for logistics, urgent"])
        with self.assertRaises(UserError):
            request.with_user(self.store_user).action_issue(SIGNATURE)
        request.with_user(self.leader_user).action_approve()
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")
        self.assertEqual(request.mark_summary, "Urgent first")
        self.assertTrue(request.urgent_deadline)

    def test_urgent_above_the_cap(self):
        thing = self._create_product("Pump", 1000.01)
        request = self._request(
            (thing, 1), kind="purchase", is_urgent=True, urgent_reason="Flood"
        )
        with self.assertRaisesRegex(UserError, "1,000.01.*1,000.00"):
            request.action_submit()
        free = self._request(
            {"name": "A pump", "quantity": 1, "estimate": 100},
            kind="purchase",
            is_urgent=True,
            urgent_reason="Flood",
        )
        with self.assertRaisesRegex(UserError, "without a price"):
            free.action_submit()

    def test_committee_rules_as_supplied(self):
        for name in "band", "above":
            rule = self.env.ref(f"gov_logistics.rule_purchase_{name}_committee")
            self.assertEqual(rule.kind, "meeting")

    def test_citation_of_the_band_stands_on_the_step(self):
        request = self._request((self.chair, 1), kind="purchase")
        request.action_submit()
        step = request.sudo().step_ids.filtered("has_band")
        self.assertIn("1,000", step.citation)

    # ------------------------------------------------------------------ lowering

    def test_approver_lowers_a_quantity(self):
        request = self._request((self.paper, 10), (self.pen, 4))
        request.action_submit()
        paper = request.line_ids.filtered(lambda line: line.product_id == self.paper)
        head = request.with_user(self.office_head_user)
        self.assertTrue(head.can_lower)
        # JSON and XML-RPC send the ids as text.
        head.action_set_approved({str(paper.id): 6})
        self.assertEqual(paper.qty_approved, 6)
        self.assertEqual(paper.quantity, 10)
        self.assertAlmostEqual(request.amount_total, 211.4)
        self.assertAlmostEqual(request.amount_approved, 129.4)
        with self.assertRaisesRegex(UserError, "only be lowered"):
            head.action_set_approved({paper.id: 7})
        head.action_approve()
        self.assertAlmostEqual(request.sudo().decision_ids.amount, 129.4)
        with self.assertRaises(UserError):
            head.action_set_approved({paper.id: 1})

    def test_lowering_by_others_is_refused(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        for user in self.staff_user, self.store_user, self.leader_user:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                request.with_user(user).action_set_approved({request.line_ids.id: 1})

    def test_lowering_all_to_nothing_is_refused(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        head = request.with_user(self.office_head_user)
        with self.assertRaisesRegex(UserError, "reject"):
            head.action_set_approved({request.line_ids.id: 0})

    def test_lowering_never_shortens_the_chain(self):
        thing = self._create_product("Desk", 3000)
        request = self._request((thing, 2), kind="purchase")
        request.action_submit()
        before = self._step_names(request)
        request.with_user(self.office_head_user).action_set_approved(
            {request.line_ids.id: 1}
        )
        self._decide_all(request)
        self.assertEqual(self._step_names(request), before)
        self.assertEqual(request.amount_approved, 3000)

    def test_new_round_starts_with_what_was_asked(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        head = request.with_user(self.office_head_user)
        head.action_set_approved({request.line_ids.id: 3})
        head.action_return("Explain the ten")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.line_ids.qty_approved, 10)
        request.with_user(self.staff_user).line_ids.quantity = 8
        request.with_user(self.staff_user).action_submit()
        self.assertEqual(request.line_ids.qty_approved, 8)
        self.assertEqual(request.approval_round, 2)

    # ------------------------------------------------------------- what is frozen

    def test_nothing_changes_after_submission(self):
        request = self._request((self.paper, 10))
        request.action_submit()
        line = request.line_ids
        attempts = [
            lambda: line.write({"quantity": 99}),
            lambda: line.write({"product_id": self.pen.id}),
            lambda: line.unlink(),
            lambda: line.create(
                {"request_id": request.id, "product_id": self.pen.id, "quantity": 1}
            ),
            lambda: request.write({"line_ids": [(5, 0, 0)]}),
            lambda: request.write({"line_ids": [(1, line.id, {"quantity": 1})]}),
            lambda: request.write({"kind": "purchase"}),
            lambda: request.write({"employee_id": self.clerk.id}),
            lambda: request.write({"purpose": "another"}),
        ]
        for stage in "submitted", "approved":
            for number, attempt in enumerate(attempts):
                with self.subTest(stage=stage, number=number):
                    with self.assertRaises(UserError):
                        attempt()
            if stage == "submitted":
                request.with_user(self.office_head_user).action_approve()
        self.assertEqual(request.line_ids, line)
        self.assertEqual(line.quantity, 10)

    def test_line_cannot_move_to_another_request(self):
        first, second = self._request((self.paper, 1)), self._request((self.pen, 1))
        with self.assertRaisesRegex(UserError, "another request"):
            first.line_ids.write({"request_id": second.id})

    def test_state_follows(self):
        request = self._request((self.paper, 1))
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        request.action_withdraw()
        self.assertEqual(request.state, "draft")
        request.action_submit()
        request.with_user(self.office_head_user).action_reject("Not now")
        self.assertEqual(request.state, "rejected")
        other = self._request((self.paper, 1))
        other.action_cancel("Typed twice")
        self.assertEqual(other.state, "cancelled")

    def test_cancel_before_and_after_the_first_issue(self):
        request = self._approved((self.paper, 4))
        request.with_user(self.store_user).action_issue(
            SIGNATURE, {request.line_ids.id: 1}
        )
        with self.assertRaisesRegex(UserError, "close the rest"):
            request.with_user(self.staff_user).action_cancel("No more")
        other = self._approved((self.paper, 4))
        other.with_user(self.staff_user).action_cancel("No more")
        self.assertEqual(other.state, "cancelled")
        with self.assertRaises(UserError):
            other.with_user(self.store_user).action_issue(SIGNATURE)

    # -------------------------------------------------------- what approvers see

    def test_department_consumption_of_twelve_months(self):
        self._approved((self.paper, 10)).with_user(self.store_user).action_issue(
            SIGNATURE
        )
        old = self._approved((self.paper, 7))
        old.with_user(self.store_user).action_issue(SIGNATURE)
        moves = engine(old.sudo().picking_ids.move_ids)
        moves.date = fields.Datetime.now() - timedelta(days=400)
        self.env.flush_all()
        request = self._request((self.paper, 1))
        request.action_submit()
        seen = request.with_user(self.office_head_user)
        self.assertEqual(seen.line_ids.qty_last_year, 10)
        self.assertEqual(seen.amount_last_year, 205)

    def test_free_text_has_no_consumption(self):
        self._approved((self.paper, 10)).with_user(self.store_user).action_issue(
            SIGNATURE
        )
        self.env.flush_all()
        request = self._request({"name": "Camera", "quantity": 1}, kind="purchase")
        request.action_submit()
        self.assertEqual(request.line_ids.qty_last_year, 0)
        self.assertEqual(request.amount_last_year, 205)

    def test_consumption_equals_the_slips(self):
        request = self._approved((self.paper, 10), (self.pen, 5))
        clerk = request.with_user(self.store_user)
        clerk.action_issue(SIGNATURE)
        paper = request.line_ids.filtered(lambda line: line.product_id == self.paper)
        clerk.action_return_goods({paper.id: 4}, "Not used")
        self.env.flush_all()
        rows = self.env["gov.supply.consumption"].search(
            [("department_id", "=", self.office.id)]
        )
        self.assertEqual(len(rows), 3)
        self.assertAlmostEqual(sum(rows.mapped("amount")), 6 * 20.5 + 5 * 1.6)
        self.assertAlmostEqual(
            sum(rows.filtered(lambda r: r.product_id == self.paper).mapped("quantity")),
            6,
        )
