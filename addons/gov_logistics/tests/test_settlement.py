from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_settlement import SCAN, SettlementCase


@tagged("post_install", "-at_install")
class TestSettlement(SettlementCase):
    """A statement from the draft to the seal, and the hard cases of the issue."""

    def _by_item(self, statement, kind=None):
        return {
            line.service_item_id: line.amount
            for line in statement.line_ids
            if not kind or line.kind == kind
        }

    def _new_contract(self, *lines, **values):
        values.setdefault("partner_id", self.vendor2.id)
        return self._contract("vendor", *lines, **values)

    # ------------------------------------------------------------------ drafting

    def test_path(self):
        self.use(self.vendor_contract, self.power, self.day(1, 5), 1000)
        self.use(self.vendor_contract, self.power, self.day(1, 6), 0.5)
        statement = self.draft(self.vendor_contract)
        self.assertEqual(len(statement), 1)
        self.assertEqual(statement.state, "draft")
        self.assertEqual(
            self._by_item(statement),
            {self.cleaning: 2600.0, self.guard: 11550.0, self.power: 680.34},
        )
        self.assertEqual(statement.amount_due, 14830.34)
        self.assertIn("壹万肆仟捌佰叁拾元叁角肆分", statement.amount_capitals)
        self.confirm_own(statement)
        self.assertEqual(statement.state, "draft")
        self.confirm_paper(statement)
        self.assertEqual(statement.state, "confirmed")
        self.assertEqual(self.vendor_contract.amount_settled, 14830.34)
        self.approve(statement)
        self.assertEqual(statement.state, "stamping")
        statement.action_stamp(SCAN, "x.png")
        self.assertEqual(statement.state, "sealed")
        self.assertTrue(statement.is_sealed)
        self.assertTrue(all(statement.line_ids.mapped("is_sealed")))
        self.assertTrue(statement.number)

    def test_missed_periods_are_caught_up_once(self):
        found = self.draft(self.vendor_contract, 3)
        self.assertEqual(
            found.mapped("date_from"), [self.day(1, 1), self.day(2, 1), self.day(3, 1)]
        )
        self.assertFalse(self.draft(self.vendor_contract, 3))
        self.assertEqual(len(self.draft(self.vendor_contract, 4)), 1)

    def test_a_term_from_the_17th_to_the_3rd(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 3100, 1),
            date_start=self.day(3, 17),
            date_end=self.day(5, 3),
        )
        found = self.draft(contract, 6)
        self.assertEqual(found.mapped("amount_due"), [1500.0, 3100.0, 300.0])
        self.assertEqual(found[0].line_ids.share_text, "15/31")
        self.assertEqual(
            (found[2].date_from, found[2].date_to), (self.day(5, 1), self.day(5, 3))
        )

    def test_thirty_days(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 3000, 1),
            date_start=self.day(1, 2),
            date_end=self.day(3, 30),
            day_divisor="30",
        )
        found = self.draft(contract, 3)
        self.assertEqual(found.mapped("amount_due"), [3000.0, 3000.0, 3000.0])

    def test_a_price_that_changes_in_mid_month(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 3100, 1),
            (self.power, "metered", 0.5),
        )
        for item, price in ((self.cleaning, 6200), (self.power, 0.7)):
            line = self._line_of(contract, item)
            engine(line.price_ids).date_to = self.day(1, 10)
            engine(self.env["gov.contract.price"]).create(
                {"line_id": line.id, "price": price, "date_from": self.day(1, 11)}
            )
        self.use(contract, self.power, self.day(1, 10), 100)
        self.use(contract, self.power, self.day(1, 11), 100)
        statement = self.draft(contract)
        self.assertEqual(
            statement.line_ids.mapped("amount"), [1000.0, 4200.0, 50.0, 70.0]
        )
        self.assertEqual(statement.amount_due, 5320.0)

    def test_each_line_is_rounded_once(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 1.005, 1), (self.power, "metered", 0.001)
        )
        for day in range(1, 6):
            self.use(contract, self.power, self.day(1, day), 1)
        statement = self.draft(contract)
        self.assertEqual(statement.line_ids.mapped("amount"), [1.01, 0.01])
        self.assertEqual(statement.amount_due, 1.02)
        self.assertEqual(statement.amount_due, sum(statement.line_ids.mapped("amount")))

    def test_missing_posts(self):
        for day in (5, 6, 7):
            self.use(self.vendor_contract, self.guard, self.day(1, day), 1, "missing")
        statement = self.draft(self.vendor_contract)
        line = statement.line_ids.filtered(lambda line: line.kind == "missing")
        self.assertEqual(line.amount, -372.58)
        self.assertEqual(line.quantity, 3)
        self.assertEqual(statement.amount_gross, 14150.0)
        self.assertEqual(statement.amount_deducted, 372.58)
        self.assertEqual(statement.amount_payable, 13777.42)

    def test_a_shared_meter_keeps_its_exact_shares(self):
        for quantity, split in ((33.3333, 22.67), (66.6667, 45.33)):
            self.use(
                self.vendor_contract,
                self.power,
                self.day(1, 31),
                quantity,
                is_split=True,
                amount_split=split,
            )
        self.use(self.vendor_contract, self.power, self.day(1, 31), 10)
        statement = self.draft(self.vendor_contract)
        lines = statement.line_ids.filtered(lambda line: line.kind == "metered")
        self.assertEqual(sorted(lines.mapped("amount")), [6.8, 68.0])

    def test_quarter_and_year(self):
        contract = self._new_contract(
            {
                "service_item_id": self.cleaning.id,
                "charge_kind": "fixed",
                "fixed_per": "year",
                "price": 1000,
                "quantity": 1,
            },
            settlement_period="quarter",
            date_start=self.day(2, 1),
        )
        found = self.draft(contract, 6)
        self.assertEqual(found.mapped("amount_due"), [166.67, 250.0])
        self.assertEqual(found[0].date_to, self.day(3, 31))

    # -------------------------------------------------------------- late, refresh

    def test_usage_before_the_first_confirmation_is_drawn(self):
        statement = self.draft(self.vendor_contract)
        self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        with self.assertRaisesRegex(UserError, "not up to date"):
            self.confirm_own(statement)
        statement.action_refresh()
        self.assertEqual(self._by_item(statement)[self.power], 68.0)
        self.confirm_own(statement)
        with self.assertRaisesRegex(UserError, "confirmed"):
            statement.action_refresh()

    def test_usage_between_the_two_confirmations_is_late(self):
        statement = self.draft(self.vendor_contract)
        self.confirm_own(statement)
        usage = self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        self.confirm_paper(statement)
        self.assertEqual(statement.amount_due, 14150.0)
        self.draft(self.vendor_contract, 2)
        self.assertTrue(usage.is_late)
        self.assertEqual(usage.settlement_id.date_from, self.day(2, 1))

    def test_late_usage_stands_once_in_the_next_open_period(self):
        statement = self.draft(self.vendor_contract)
        self.confirm_both(statement)
        line = self._line_of(self.vendor_contract, self.power)
        engine(line.price_ids).date_to = self.day(1, 31)
        engine(self.env["gov.contract.price"]).create(
            {"line_id": line.id, "price": 1, "date_from": self.day(2, 1)}
        )
        late = self.use(self.vendor_contract, self.power, self.day(1, 20), 100)
        self.use(self.vendor_contract, self.power, self.day(2, 2), 10)
        february, march = self.draft(self.vendor_contract, 3)
        lines = february.line_ids.filtered(lambda line: line.kind == "metered")
        self.assertEqual(
            {(line.is_late, line.price_unit, line.amount) for line in lines},
            {(True, 0.68, 68.0), (False, 1.0, 10.0)},
        )
        self.assertTrue(late.is_late)
        self.assertEqual(late.settlement_line_id.settlement_id, february)
        self.assertFalse(march.line_ids.filtered(lambda line: line.kind == "metered"))
        self.assertEqual(statement.amount_due, 14150.0)

    def test_late_usage_waits_for_an_open_earlier_draft(self):
        january = self.draft(self.vendor_contract)
        usage = self.use(self.vendor_contract, self.power, self.day(1, 20), 100)
        self.draft(self.vendor_contract, 2)
        self.assertFalse(usage.settlement_line_id)
        january.action_refresh()
        self.assertEqual(usage.settlement_line_id.settlement_id, january)
        self.assertFalse(usage.is_late)

    def test_usage_after_the_end_gets_a_statement_of_its_own(self):
        contract = self._new_contract(
            (self.power, "metered", 2), date_end=self.day(1, 31)
        )
        statement = self.draft(contract, 3)
        self.confirm_both(statement)
        self.assertFalse(self.draft(contract, 3))
        self.use(contract, self.power, self.day(1, 30), 7)
        late = self.draft(contract, 3)
        self.assertEqual((late.kind, late.amount_due), ("late", 14.0))
        self.assertTrue(late.line_ids.is_late)
        self.assertFalse(self.draft(contract, 3))
        self.confirm_both(late)
        self.assertEqual(contract.amount_settled, 14.0)

    def test_a_reversed_row_of_usage_goes_to_the_next_period(self):
        usage = self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        self.confirm_both(self.draft(self.vendor_contract))
        usage._reverse("Wrong meter")
        february = self.draft(self.vendor_contract, 2)
        self.assertEqual(self._by_item(february, "metered"), {self.power: -68.0})

    # ----------------------------------------------------------------- objections

    def test_an_objection_line_by_line(self):
        statement = self.draft(self.vendor_contract)
        self.confirm_paper(statement)
        line = statement.line_ids[0]
        head = statement.with_user(self.works_head_user)
        with self.assertRaisesRegex(UserError, "reason is empty"):
            head.action_object(line.id, " ")
        with self.assertRaisesRegex(UserError, "no line"):
            head.action_object(0, "Why")
        head.action_object(line.id, "Area is 990")
        self.assertEqual(line.objection, "Area is 990")
        self.assertEqual(line.objection_side, "own")
        self.assertFalse(statement.other_confirmed_at)
        with self.assertRaisesRegex(UserError, "objection"):
            self.confirm_own(statement)
        statement.action_answer(line.id, "Measured again: 1,000")
        self.confirm_both(statement)
        self.assertEqual(statement.state, "confirmed")
        self.assertEqual(
            statement.confirmation_ids.sorted("id").mapped("kind"),
            ["confirm", "object", "answer", "confirm", "confirm"],
        )

    def test_an_objection_survives_drawing_anew(self):
        statement = self.draft(self.vendor_contract)
        line = statement.line_ids[0]
        statement.with_user(self.works_head_user).action_object(line.id, "Why")
        self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        statement.action_refresh()
        self.assertEqual(statement.line_ids[0].objection, "Why")
        self.assertEqual(statement.objection_count, 1)

    def test_taking_back_frees_the_lines(self):
        statement = self.draft(self.vendor_contract)
        self.confirm_both(statement)
        with self.assertRaisesRegex(UserError, "reason is empty"):
            statement.with_user(self.works_head_user).action_take_back("")
        statement.with_user(self.works_head_user).action_take_back("Price is wrong")
        self.assertEqual(statement.state, "draft")
        self.assertEqual(self.vendor_contract.amount_settled, 0)
        self.assertTrue(
            all(
                statement.confirmation_ids.filtered(
                    lambda row: row.kind == "confirm"
                ).mapped("is_void")
            )
        )
        self.confirm_both(statement)
        statement.action_submit()
        with self.assertRaisesRegex(UserError, "submitted"):
            statement.with_user(self.works_head_user).action_take_back("Again")

    def test_to_dos_go_with_what_they_ask_for(self):
        statement = self.draft(self.vendor_contract)
        statement.action_ask()
        own = statement.activity_ids.filtered(
            lambda activity: activity.user_id == self.works_head_user
        )
        self.assertEqual(len(own), 1)
        self.confirm_own(statement)
        self.assertFalse(own.exists(), "this side has confirmed")
        self.confirm_paper(statement)
        self.assertEqual(statement.activity_ids.user_id, self.keeper_user)
        statement.action_submit()
        self.assertNotIn(self.keeper_user, statement.activity_ids.user_id)

    def test_one_person_does_not_confirm_both_sides(self):
        engine(self.vendor_contract).other_confirmer_id = self.works_head_user
        statement = self.draft(self.vendor_contract)
        self.confirm_own(statement)
        with self.assertRaisesRegex(UserError, "two people"):
            statement.with_user(self.works_head_user).action_confirm("other")

    def test_a_changed_statement_is_not_confirmed_unseen(self):
        statement = self.draft(self.vendor_contract)
        seen = statement.content_hash
        statement.action_add_fine("Article 9: uniform", 200)
        with self.assertRaisesRegex(UserError, "changed since"):
            statement.with_user(self.works_head_user).action_confirm("own", seen)
        statement.invalidate_recordset(["content_hash"])
        self.assertNotEqual(statement.content_hash, seen)
        statement.with_user(self.works_head_user).action_confirm(
            "own", statement.content_hash
        )

    def test_the_lines_speak_the_language_of_the_institution(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        engine(self.vendor_contract).retention_percent = 5
        statement = self.draft(self.vendor_contract)
        names = statement.line_ids.mapped("name")
        self.works_head_user.lang = "zh_CN"
        chinese = statement.with_user(self.works_head_user).with_context(lang="zh_CN")
        chinese.action_confirm("own")
        self.assertEqual(statement.line_ids.mapped("name"), names)
        self.assertTrue(statement.own_confirmed_at)

    # ------------------------------------------------------- deductions, retention

    def test_fines(self):
        statement = self.draft(self.vendor_contract)
        for amount in (0, -1, float("nan"), float("inf"), 1e15, "5", True, 0.001):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                statement.action_add_fine("Article 9", amount)
        with self.assertRaisesRegex(UserError, "more than"):
            statement.action_add_fine("Article 9", 14150.01)
        line_id = statement.action_add_fine("Article 9: uniform", 150)
        self.assertEqual(statement.amount_payable, 14000.0)
        statement.action_refresh()
        self.assertEqual(statement.amount_payable, 14000.0)
        line_id = statement.line_ids.filtered(lambda row: row.kind == "fine").id
        statement.action_remove_fine(line_id)
        self.assertEqual(statement.amount_payable, 14150.0)

    def test_retention_and_its_release(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 999.99, 1),
            retention_percent=5,
            ceiling=5000,
            ceiling_citation="Article 4",
        )
        first, second = self.draft(contract, 2)
        self.assertEqual(first.amount_retained, 50.0)
        self.assertEqual(first.amount_due, 949.99)
        self.seal(first)
        self.assertEqual(contract.retention_balance, 50.0)
        self.confirm_both(second)
        self.assertEqual(contract.retention_balance, 50.0)
        keeper = contract.with_user(self.keeper_user)
        with self.assertRaisesRegex(UserError, "kept back"):
            keeper.action_release_retention(50.01)
        action = keeper.action_release_retention(30)
        release = self.statements().browse(action["res_id"])
        self.assertEqual((release.kind, release.amount_due), ("retention", 30.0))
        self.assertEqual(contract.retention_balance, 20.0)
        before = contract.amount_settled
        self.seal(release)
        self.assertEqual(contract.amount_settled, before)
        keeper.action_release_retention()
        self.assertEqual(contract.retention_balance, 0)
        with self.assertRaisesRegex(UserError, "kept back"):
            keeper.action_release_retention()

    # -------------------------------------------------------------------- ceiling

    def test_one_cent_above_the_ceiling(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 1000, 1),
            (self.power, "metered", 0.01),
            ceiling=2000,
            ceiling_citation="Article 4 of the contract",
        )
        self.use(contract, self.power, self.day(2, 9), 1)
        january, february = self.draft(contract, 2)
        self.confirm_both(january)
        self.confirm_own(february)
        with self.assertRaisesRegex(UserError, "Article 4 of the contract"):
            with self.env.cr.savepoint():
                self.confirm_paper(february)
        self.assertEqual(february.state, "draft")
        self.assertEqual(contract.amount_settled, 1000.0)
        february.action_take_back("Above the ceiling")
        february.action_add_fine("Article 9", 0.01)
        self.confirm_both(february)
        self.assertEqual(contract.amount_settled, 2000.0)
        self.assertEqual(february.ceiling_left, 0)

    def test_the_batch_goes_on_when_one_is_refused(self):
        contract = self._new_contract(
            (self.cleaning, "fixed", 1000, 1),
            ceiling=999.99,
            own_confirmer_id=self.works_head_user.id,
        )
        other = self.draft(self.vendor_contract)
        above = self.draft(contract)
        for statement in other + above:
            self.confirm_paper(statement)
        both = (other + above).with_user(self.works_head_user)
        action = both.action_confirm_many()
        self.assertEqual(above.state, "draft")
        self.assertEqual(other.state, "confirmed")
        self.assertIn("999.99", action["params"]["message"])

    # ---------------------------------------------------------------------- chain

    def test_the_chain_is_finance_then_the_head(self):
        statement = self.draft(self.vendor_contract)
        with self.assertRaisesRegex(UserError, "both sides"):
            statement.action_submit()
        self.confirm_both(statement)
        statement.action_submit()
        self.assertEqual(
            statement.step_ids.mapped("name"), ["Finance", "Head of the institution"]
        )
        with self.assertRaises(UserError):
            statement.with_user(self.works_head_user).action_approve()
        statement.with_user(self.finance_user).action_approve()
        statement.with_user(self.head_user).action_approve()
        self.assertEqual(statement.state, "stamping")

    def test_rejected_statements_count_no_more(self):
        usage = self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        statement = self.draft(self.vendor_contract)
        self.confirm_both(statement)
        statement.action_submit()
        statement.with_user(self.finance_user).action_approve()
        statement.with_user(self.head_user).action_reject("Not this year")
        self.assertEqual(statement.state, "cancelled")
        self.assertEqual(self.vendor_contract.amount_settled, 0)
        self.assertFalse(usage.settlement_line_id)
        again = self.draft(self.vendor_contract)
        self.assertEqual(again.amount_due, statement.amount_due)

    def test_internal_and_free_carry_no_stamps(self):
        self.use(self.office_contract, self.meal, self.day(1, 9), 10)
        statement = self.draft(self.office_contract)
        self.assertEqual(statement.settlement_mode, "internal")
        self.confirm_own(statement)
        statement.with_user(self.office_head_user).action_confirm("other")
        self.approve(statement)
        self.assertEqual(statement.state, "sealed")
        with self.assertRaisesRegex(UserError, "no bill"):
            statement.action_bill()
        self.assertFalse(statement.move_id)

    # ------------------------------------------------------------------- reversal

    def test_a_reversal_opens_the_period_again(self):
        usage = self.use(self.vendor_contract, self.power, self.day(1, 9), 100)
        statement = self.seal(self.draft(self.vendor_contract))
        due = statement.amount_due
        with self.assertRaisesRegex(UserError, "reason is empty"):
            statement.action_reverse("")
        reversal = self.statements().browse(statement.action_reverse("Wrong area"))
        with self.assertRaisesRegex(UserError, "being reversed already"):
            statement.action_reverse("Again")
        self.assertEqual(reversal.amount_due, -due)
        self.assertFalse(self.draft(self.vendor_contract))
        self.seal(reversal)
        self.assertEqual(statement.state, "reversed")
        self.assertEqual(self.vendor_contract.amount_settled, 0)
        self.assertFalse(usage.settlement_line_id)
        again = self.draft(self.vendor_contract)
        self.assertEqual(again.amount_due, due)
        self.assertFalse(any(again.line_ids.mapped("is_late")))
        self.assertEqual(usage.settlement_line_id.settlement_id, again)

    # ------------------------------------------------------------------ assessment

    def _assessed(self, score):
        return engine(self.env["gov.service.assessment"].sudo()).create(
            {
                "contract_id": self.vendor_contract.id,
                "company_id": self.company.id,
                "sheet_id": self._sheet().id,
                "date_from": self.day(1, 1),
                "date_to": self.day(1, 31),
                "state": "final",
                "score": score,
                "deduction_percent": self.deduction_table._percent(score),
                "inspector_ids": [
                    Command.set((self.inspector_user + self.inspector2_user).ids)
                ],
            }
        )

    def _sheet(self):
        return self.env["gov.service.sheet"].create(
            {
                "name": "Sheet",
                "group_id": self.service_group.id,
                "company_id": self.company.id,
                "line_ids": [
                    Command.create({"name": "Corridors", "max_deduction": 100})
                ],
            }
        )

    def test_without_a_final_score_it_stays_a_draft(self):
        engine(self.vendor_contract).assessment_required = True
        statement = self.draft(self.vendor_contract)
        with self.assertRaisesRegex(UserError, "no final score"):
            self.confirm_own(statement)
        assessment = self._assessed(88)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_service_assessment SET score = 84.5, deduction_percent = 3"
            " WHERE id = %s",
            [assessment.id],
        )
        assessment.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "not up to date"):
            self.confirm_own(statement)
        statement.action_refresh()
        self.assertEqual(statement.score, 84.5)
        self.assertEqual(statement.amount_deducted, 424.5)
        self.confirm_both(statement)
        self.assertTrue(assessment.is_locked)
        statement.with_user(self.works_head_user).action_take_back("Score")
        self.assertFalse(assessment.is_locked)
