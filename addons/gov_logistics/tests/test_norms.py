from datetime import date

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .common import SIGNATURE, SupplyCommon


class NormCommon(SupplyCommon):
    """The office has three people: a norm of 2 pens per head gives 6 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Accountant and secretary work elsewhere, so that three are left in the office.
        (cls.finance + cls.recorder).working_department_id = cls.leadership
        cls.manager_user = cls._create_user(
            "gov_manager", "gov_logistics.group_logistics_manager"
        )

    @classmethod
    def _norm(cls, thing, quantity, **values):
        field = {
            "product.product": "product_id",
            "product.template": "product_tmpl_id",
            "product.category": "categ_id",
        }[thing._name]
        return cls.env["gov.supply.norm"].create(
            {
                field: thing.id,
                "quantity": quantity,
                "date_from": "2020-01-01",
                "citation": "Office rule, art. 5",
                "company_id": cls.company.id,
                **values,
            }
        )

    def _submit(self, *lines, **values):
        request = self._request(*lines, **values)
        request.action_submit()
        return request


@tagged("post_install", "-at_install")
class TestNorm(NormCommon):
    """The norm itself: what it covers, which goes first, and that it stays."""

    def _measure(self, request):
        return [
            (line.norm_used, line.norm_quantity) for line in request.sudo().line_ids
        ]

    def test_per_head_of_the_working_department(self):
        self._norm(self.pen, 2)
        request = self._request((self.pen, 1))
        self.assertEqual(self._measure(request), [(0, 6)])
        self.works_staff.working_department_id = self.office
        self.assertEqual(self._measure(self._request((self.pen, 1))), [(0, 8)])
        self.clerk.active = False
        self.assertEqual(self._measure(self._request((self.pen, 1))), [(0, 6)])

    def test_per_device(self):
        toner = self._create_product("Toner", 78, 10)
        self._norm(
            toner, 0.5, basis="device", department_id=self.office.id, device_count=4
        )
        self.assertEqual(self._measure(self._request((toner, 1))), [(0, 2)])
        other = self._request((toner, 1), user=self.works_staff_user)
        self.assertEqual(self._measure(other), [(0, 0)])

    def test_specific_goes_before_general(self):
        category = self.env["product.category"].create({"name": "Writing"})
        below = category.create({"name": "Pens", "parent_id": category.id})
        self.pen.categ_id = below
        request = self._request((self.pen, 1))
        for thing, values, expected in (
            (category, {"uom_id": self.pen.uom_id.id}, 10),
            (below, {"uom_id": self.pen.uom_id.id}, 9),
            (self.pen.product_tmpl_id, {}, 8),
            (self.pen, {}, 7),
            (
                category,
                {"uom_id": self.pen.uom_id.id, "department_id": self.office.id},
                6,
            ),
            (self.pen, {"department_id": self.office.id}, 5),
        ):
            self._norm(thing, expected, **values)
            request.invalidate_recordset()
            request.line_ids.invalidate_recordset()
            with self.subTest(expected=expected):
                self.assertEqual(self._measure(request), [(0, expected * 3)])

    def test_products_of_a_category_share_its_norm(self):
        category = self.env["product.category"].create({"name": "Writing"})
        marker = self._create_product("Marker", 2.5, 50, categ_id=category.id)
        self.pen.categ_id = category
        self._norm(category, 2, uom_id=self.pen.uom_id.id)
        first = self._submit((self.pen, 4))
        self.assertEqual(first.approval_state, "approved")
        second = self._request((marker, 1), (self.pen, 2))
        self.assertEqual(self._measure(second), [(4, 6), (5, 6)])
        self.assertEqual(second.line_ids.mapped("norm_over"), [0, 1])
        self.assertIn("Gel pen by 1 Units", second.norm_note)

    def test_a_unit_that_cannot_count_the_product_says_nothing(self):
        category = self.env["product.category"].create({"name": "Liquids"})
        self.pen.categ_id = category
        self._norm(category, 2, uom_id=self.env.ref("uom.product_uom_litre").id)
        self.assertEqual(self._measure(self._request((self.pen, 1))), [(0, 0)])

    def test_units(self):
        self._norm(self.pen, 8)
        dozen = self.env.ref("uom.product_uom_dozen")
        request = self._request(
            {"product_id": self.pen.id, "quantity": 2, "uom_id": dozen.id}
        )
        self.assertEqual(self._measure(request), [(0, 2)])
        request.action_submit()
        self.assertEqual(request.approval_state, "approved")
        self.assertEqual(self._measure(self._request((self.pen, 1))), [(24, 24)])

    def test_carry_over(self):
        norm = self._norm(self.pen, 2, carry_over=2)
        # June: 1 of 6, July: 6 of 6, August: 9, its own 6 and 3 of June's 5.
        for day, quantity in (("2026-06-10", 1), ("2026-07-10", 6), ("2026-08-10", 9)):
            with freeze_time(f"{day} 04:00:00"):
                request = self._submit((self.pen, quantity))
                self.assertEqual(request.approval_state, "approved", day)
        with freeze_time("2026-08-20 04:00:00"):
            # Of April and May nothing is carried so far.
            request = self._request((self.pen, 1))
            (used, allowed), *_rest = self._measure(request)
            self.assertEqual(used, 9)
            self.assertEqual(allowed, 6 + 5)
        with freeze_time("2026-09-20 04:00:00"):
            (used, allowed), *_rest = self._measure(self._request((self.pen, 1)))
            self.assertEqual(used, 0)
            self.assertEqual(allowed, 6)
        # Newly entered, the norm may still be corrected.
        norm.carry_over = 0
        with freeze_time("2026-08-20 04:00:00"):
            self.assertEqual(self._measure(self._request((self.pen, 1))), [(9, 6)])

    def test_nothing_is_carried_from_before_the_norm(self):
        self._norm(self.pen, 2, carry_over=6, date_from="2026-09-01")
        with freeze_time("2026-10-05 04:00:00"):
            self.assertEqual(self._measure(self._request((self.pen, 1))), [(0, 12)])

    # ----------------------------------------------------------- what is refused

    def test_one_scope_and_possible_figures(self):
        with self.assertRaises(UserError):
            self._norm(self.pen, "x")
        with self.assertRaises(UserError):
            self._norm(self.pen, float("nan"))
        for values in (
            {"product_tmpl_id": self.pen.product_tmpl_id.id},
            {"product_id": False},
            {"quantity": 0},
            {"quantity": -1},
            {"quantity": 2e6},
            {"carry_over": 13},
            {"carry_over": -1},
            {"basis": "device"},
            {"basis": "device", "department_id": self.office.id},
            {"date_to": "2019-01-01"},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(Exception) as caught,
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._norm(self.pen, 1, **values)
                self.env.flush_all()
            self.assertIn("_check", str(caught.exception) + "_dates_in_order_check")

    def test_records_that_are_not_there(self):
        for values in (
            {"department_id": 987654},
            {"department_id": "x"},
            {"uom_id": 987654},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._norm(self.pen, 1, **values)

    def test_unit_of_another_kind(self):
        with self.assertRaises(ValidationError):
            self._norm(self.pen, 1, uom_id=self.env.ref("uom.product_uom_litre").id)

    def test_overlap_is_named_and_held_by_the_database(self):
        first = self._norm(self.pen, 2, date_to="2026-06-30")
        with self.assertRaisesRegex(UserError, "Gel pen.*already in force"):
            self._norm(self.pen, 3, date_from="2026-06-30")
        self._norm(self.pen, 3, date_from="2026-07-01")
        self._norm(self.pen, 3, department_id=self.office.id)
        self.env.flush_all()
        with (
            self.assertRaises(ExclusionViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(
                SQL("UPDATE gov_supply_norm SET date_to = NULL WHERE id = %s", first.id)
            )

    def test_a_norm_in_force_keeps_its_figure(self):
        norm = self._norm(self.pen, 2)
        norm.quantity = 3  # entered today: a typing error is corrected
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE gov_supply_norm SET create_date = '2020-01-01' WHERE id = %s",
                norm.id,
            )
        )
        norm.invalidate_recordset()
        for vals in (
            {"quantity": 4},
            {"carry_over": 3},
            {"date_from": "2021-01-01"},
            {"department_id": self.office.id},
            {"date_to": "2020-06-01"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "figure"):
                norm.write(vals)
        with self.assertRaisesRegex(UserError, "deleted"):
            norm.unlink()
        norm.write({"quantity": 3, "citation": "Rule of 2020, art. 6"})
        today = self.company.gov_today()
        norm.date_to = today
        copy = norm.copy()
        self.assertGreater(copy.date_from, today)

    # ------------------------------------------------------------------ who may

    def test_who_reads_and_who_writes(self):
        norm = self._norm(self.pen, 2)
        for login in ("staff", "clerk", "store", "buyer", "supervision", "admin"):
            mine = norm.with_user(getattr(self, f"{login}_user"))
            with self.subTest(login=login):
                self.assertEqual(mine.quantity, 2)
                for call in (
                    lambda n: n.write({"quantity": 9}),
                    lambda n: n.unlink(),
                    lambda n: n.copy(),
                ):
                    with self.assertRaises(AccessError):
                        call(mine)
        norm.with_user(self.manager_user).quantity = 3
        self.assertEqual(norm.quantity, 3)

    def test_other_institution(self):
        norm = self._norm(self.pen, 2)
        foreign = self._as(norm, self.other_staff_user)
        self.assertFalse(foreign.search([("id", "=", norm.id)]))
        with self.assertRaises(AccessError):
            foreign.read(["quantity"])
        request = self._as(self.env["gov.supply.request"], self.other_staff_user)
        request = request.create(
            {"line_ids": [Command.create({"product_id": self.pen.id, "quantity": 1})]}
        )
        self.assertFalse(request.line_ids.norm_text)
        with self.assertRaises(UserError):
            self._norm(self.pen, 1, department_id=self.other_department.id)


@tagged("post_install", "-at_install")
class TestWithinNorm(NormCommon):
    """Within the norm no chain, above it the whole chain."""

    def test_within_the_norm_is_approved_at_once(self):
        self._norm(self.pen, 2)
        request = self._submit((self.pen, 6))
        self.assertEqual(request.approval_state, "approved")
        self.assertTrue(request.to_issue)
        self.assertFalse(request.sudo().step_ids)
        decision = request.sudo().decision_ids
        self.assertEqual(decision.outcome, "skipped")
        self.assertEqual(decision.tier_name, "Within the norm")
        self.assertEqual(decision.rule_citation, "Office rule, art. 5")
        self.assertIn("Gel pen: norm 6, used 0, now 6 Units", decision.comment)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.assertEqual(request.state, "done")

    def test_used_counts_what_is_asked_and_what_was_issued(self):
        self._norm(self.pen, 2)
        issued = self._submit((self.pen, 2))
        issued.with_user(self.store_user).action_issue(SIGNATURE)
        self._submit((self.pen, 2))
        above = self._request((self.pen, 3))
        self.assertEqual(above.line_ids.norm_text, "4 / 6")
        above.action_submit()
        self.assertEqual(above.approval_state, "submitted")
        self.assertEqual(self._step_names(above)[0], "Section head")
        # What is asked counts before it is approved.
        self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 7)
        above.with_user(self.office_head_user).action_reject("Enough pens")
        self.assertEqual(self._submit((self.pen, 2)).approval_state, "approved")

    def test_drafts_withdrawn_returned_and_closed_do_not_count(self):
        self._norm(self.pen, 2)
        self._request((self.pen, 6))
        self._submit((self.pen, 7)).action_withdraw()
        returned = self._submit((self.pen, 7))
        returned.with_user(self.office_head_user).action_return("Fewer")
        closed = self._submit((self.pen, 6))
        clerk = closed.with_user(self.store_user)
        clerk.action_issue(SIGNATURE, {closed.line_ids.id: 3})
        clerk.action_close_rest("Enough")
        clerk.action_return_goods({closed.line_ids.id: 1}, "Unused")
        self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 2)

    def test_one_line_above_and_the_whole_request_walks(self):
        self._norm(self.pen, 2)
        self._norm(self.paper, 1)
        request = self._request((self.paper, 2), (self.pen, 9))
        self.assertEqual(request.line_ids.mapped("norm_over"), [0, 3])
        self.assertEqual(request.norm_note, "Above the norm: Gel pen by 3 Units.")
        self.assertIn("Gel pen by 3 Units", request.chain_preview)
        request.action_submit()
        self.assertEqual(request.approval_state, "submitted")

    def test_two_lines_of_one_thing_add_up(self):
        self._norm(self.pen, 2)
        request = self._submit((self.pen, 4), (self.pen, 4))
        self.assertEqual(request.approval_state, "submitted")
        self.assertEqual(request.line_ids.mapped("norm_over"), [0, 2])

    def test_without_a_norm_the_chain_stays(self):
        self._norm(self.pen, 2)
        request = self._submit((self.pen, 1), (self.paper, 1))
        self.assertEqual(request.approval_state, "submitted")
        self.assertFalse(request.norm_note)

    def test_a_purchase_has_no_norm(self):
        self._norm(self.chair, 2)
        request = self._submit((self.chair, 1), kind="purchase")
        self.assertEqual(request.approval_state, "submitted")
        self.assertFalse(request.line_ids.norm_text)

    def test_preview_of_a_draft_within_the_norm(self):
        self._norm(self.pen, 2)
        request = self._request((self.pen, 6))
        self.assertIn("Within the norm", request.chain_preview)
        self.assertIn("Office rule, art. 5", request.chain_preview)

    def test_others_departments_have_their_own_use(self):
        self._norm(self.pen, 2)
        self._submit((self.pen, 6))
        works = self._submit((self.pen, 6), user=self.works_staff_user)
        self.assertEqual(works.approval_state, "approved")

    def test_lowering_brings_no_short_cut(self):
        self._norm(self.pen, 2)
        request = self._submit((self.pen, 7))
        head = request.with_user(self.office_head_user)
        head.action_set_approved({request.line_ids.id: 3})
        self.assertEqual(request.approval_state, "submitted")
        self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 3)

    # ------------------------------------------------------------------ the month

    def test_nobody_passes_by_a_norm_of_their_own(self):
        self.env["hr.employee"].create(
            {
                "name": "Gu Wen",
                "user_id": self.manager_user.id,
                "company_id": self.company.id,
                "department_id": self.office.id,
            }
        )
        norms = self._as(self.env["gov.supply.norm"], self.manager_user)
        norm = norms.create(
            {
                "product_id": self.pen.id,
                "quantity": 40,
                "citation": "Office rule, art. 5",
                "company_id": self.company.id,
            }
        )
        mine = self._submit((self.pen, 3), user=self.manager_user)
        self.assertEqual(mine.state, "submitted")
        # Typed by others for the same person it is the same matter.
        for_me = self._submit(
            (self.pen, 3),
            user=self.store_user,
            employee_id=self.manager_user.employee_id.id,
        )
        self.assertEqual(for_me.state, "submitted")
        self.assertEqual(self._submit((self.pen, 3)).state, "approved")
        self.assertEqual(norm.quantity, 40)

    def test_norm_that_changes_in_mid_month(self):
        """The norm of the day of the request, its use counted from the 1st."""
        self._norm(self.pen, 4, date_to="2026-10-14")
        self._norm(self.pen, 2, date_from="2026-10-15")
        with freeze_time("2026-10-03 04:00:00"):
            self.assertEqual(self._submit((self.pen, 5)).approval_state, "approved")
        with freeze_time("2026-10-14 04:00:00"):
            request = self._request((self.pen, 1))
            self.assertEqual(request.line_ids.norm_text, "5 / 12")
        with freeze_time("2026-10-15 04:00:00"):
            request = self._request((self.pen, 2))
            self.assertEqual(request.line_ids.norm_text, "5 / 6")
            request.action_submit()
            self.assertEqual(request.approval_state, "submitted")
        # Entered late for the 14th: the norm of that day, all use since the 1st.
        with freeze_time("2026-10-20 04:00:00"):
            late = self._request(
                (self.pen, 5), occurred_on="2026-10-14", late_reason="forgotten"
            )
            self.assertEqual(late.line_ids.norm_text, "7 / 12")
            late.action_submit()
            self.assertEqual(late.approval_state, "approved")

    def test_the_month_is_that_of_the_institution(self):
        self._norm(self.pen, 2)
        with freeze_time("2026-09-30 15:30:00"):  # 23:30 in Shanghai
            self._submit((self.pen, 6))
            self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 6)
        with freeze_time("2026-09-30 16:30:00"):  # 00:30 on 1 October
            self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 0)

    def test_late_entry_counts_in_the_open_month(self):
        self._norm(self.pen, 2)
        self.company.sudo()._gov_close_until(date(2026, 8, 31))
        with freeze_time("2026-09-10 04:00:00"):
            late = self._submit(
                (self.pen, 4), occurred_on="2026-08-20", late_reason="forgotten"
            )
            self.assertEqual(late.period_date, date(2026, 9, 1))
            self.assertEqual(self._request((self.pen, 1)).line_ids.norm_used, 4)

    # --------------------------------------------------------------------- screen

    def test_live_in_the_form(self):
        self._norm(self.pen, 2)
        self._submit((self.pen, 3))
        form = Form(
            self._as(self.env["gov.supply.request"], self.staff_user).with_context(
                default_kind="issue"
            )
        )
        with form.line_ids.new() as line:
            line.product_id = self.pen
            line.quantity = 2
            self.assertEqual(line.norm_text, "3 / 6")
            self.assertFalse(line.norm_over)
            line.quantity = 4
            self.assertEqual(line.norm_over, 1)
        with form.line_ids.new() as line:
            line.product_id = self.pen
            self.assertEqual(line.norm_text, "7 / 6")

    def test_an_unsaved_request_tells_nothing_of_others(self):
        self._norm(self.pen, 2)
        self._submit((self.pen, 3))
        probe = self._as(self.env["gov.supply.request"], self.works_staff_user).new(
            {
                "kind": "issue",
                "employee_id": self.staff.id,
                "line_ids": [
                    Command.create({"product_id": self.pen.id, "quantity": 1})
                ],
            }
        )
        self.assertFalse(probe.line_ids.norm_text)
        self.assertFalse(probe.line_ids.norm_used)

    def test_queries_do_not_grow_with_the_lines(self):
        products = [self._create_product(f"Thing {i}", 1, 9) for i in range(20)]
        for product in products:
            self._norm(product, 1)
        few = self._request((products[0], 1), (products[1], 1))
        many = self._request(*[(product, 1) for product in products])
        self.env.flush_all()
        counts = []
        for request in (few, few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            texts = request.with_user(self.staff_user).line_ids.mapped("norm_text")
            counts.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all(texts))
        self.assertLessEqual(counts[2], counts[1])
