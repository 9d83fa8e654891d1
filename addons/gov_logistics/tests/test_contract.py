from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common_service import ServiceCase


@tagged("post_install", "-at_install")
class TestContract(ServiceCase):
    """Service contracts: life, freezing, prices, periods, and OCA's invoicing off."""

    def test_created_complete(self):
        contract = self.vendor_contract
        self.assertEqual(contract.generation_type, "gov_settlement")
        self.assertEqual(contract.gov_state, "active")
        self.assertEqual(contract.contract_type, "purchase")
        self.assertEqual(contract.settlement_mode, "transfer")
        self.assertEqual(self.office_contract.settlement_mode, "internal")
        self.assertEqual(self.office_contract.partner_id, self.company.partner_id)
        self.assertEqual(self.unit_contract.settlement_mode, "transfer")
        line = self._line_of(contract, self.guard)
        self.assertEqual(line.name, "Guard post")
        self.assertEqual(line.date_start, date(self.year, 1, 1))
        self.assertEqual(line.date_end, date(self.year, 12, 31))
        self.assertEqual(line.price, 3850)
        self.assertEqual(line.fee, 11550)
        self.assertEqual(contract.month_fee, 2600 + 11550)

    def test_fee_by_the_year(self):
        """Green areas are paid by the year: the fee of a month is a twelfth."""
        contract = self._contract(
            "vendor",
            {
                **self._line_values(self.cleaning, "fixed", 5.40, 26000),
                "fixed_per": "year",
            },
            partner_id=self.service_vendor2.id,
        )
        self.assertEqual(contract.month_fee, 11700)

    def test_needs(self):
        """A draft goes into force complete, or says what it lacks."""
        for values, text in (
            ({"lines": ()}, "no lines"),
            ({"department_id": False}, "department in charge"),
            ({"date_end": False}, "last day"),
            ({"assessment_required": True}, "deduction table"),
        ):
            lines = values.pop("lines", [(self.meal, "metered", 1)])
            contract = self._contract(
                "vendor",
                *lines,
                activate=False,
                partner_id=self.service_vendor2.id,
                **values,
            )
            with self.assertRaisesRegex(UserError, text):
                contract.action_activate()
            self.assertEqual(contract.gov_state, "draft")

    def test_needs_price_for_every_day(self):
        contract = self._contract(
            "vendor",
            (self.meal, "metered", 9),
            activate=False,
            partner_id=self.service_vendor2.id,
        )
        row = contract.contract_line_ids.price_ids
        row.date_from = date(self.year, 1, 2)
        with self.assertRaisesRegex(UserError, "no price from its first day"):
            contract.action_activate()
        row.date_from = date(self.year, 1, 1)
        row.date_to = date(self.year, 6, 30)
        with self.assertRaisesRegex(UserError, "no price from its first day"):
            contract.action_activate()
        rows = self.env["gov.contract.price"].with_user(self.keeper_user)
        rows.create(
            {"line_id": row.line_id.id, "price": 0, "date_from": date(self.year, 7, 1)}
        )
        self.assertTrue(contract.action_activate())

    def test_frozen_in_force(self):
        """What is agreed is frozen for its keeper too; people and notes are not."""
        contract = self.vendor_contract
        line = self._line_of(contract, self.guard)
        prices = line.price_ids
        other = self.service_vendor2.id
        for action in (
            lambda: contract.write({"ceiling": 1}),
            lambda: contract.write({"date_end": date(self.year, 6, 30)}),
            lambda: contract.write({"partner_id": other}),
            lambda: contract.write({"name": "Another"}),
            lambda: contract.write({"retention_percent": 5}),
            lambda: contract.write({"contract_line_ids": [Command.clear()]}),
            lambda: contract.write(
                {"contract_line_ids": [Command.update(line.id, {"quantity": 4})]}
            ),
            lambda: line.write({"quantity": 4}),
            lambda: line.write({"price": 4}),
            lambda: line.write({"date_end": date(self.year, 6, 30)}),
            line.unlink,
            lambda: prices.write({"price": 4}),
            prices.unlink,
            lambda: prices.create(
                {"line_id": line.id, "price": 1, "date_from": date(self.year + 2, 1, 1)}
            ),
            lambda: line.create(
                {"contract_id": contract.id, "service_item_id": self.meal.id}
            ),
            contract.unlink,
        ):
            with self.assertRaises(UserError):
                action()
        contract.write({"own_confirmer_id": self.office_head_user.id, "note": "x"})
        self.assertEqual(line.quantity, 3)
        self.assertEqual(line.price, 3850)

    def test_state_is_the_servers(self):
        for values in (
            {"gov_state": "draft"},
            {"amount_settled": 1},
            {"terminated_on": date(self.year, 1, 1)},
        ):
            with self.assertRaises(UserError):
                self.vendor_contract.write(values)
        for values in ({"gov_state": "active"}, {"amount_settled": -5}):
            with self.assertRaises(UserError):
                self._contract("vendor", activate=False, **values)
        contract = self._contract("vendor", activate=False).with_context(
            default_gov_state="active", default_amount_settled=5, gov_engine=True
        )
        made = contract.create(
            {
                "name": "x",
                "service_role": "vendor",
                "partner_id": self.service_vendor2.id,
            }
        )
        self.assertEqual((made.gov_state, made.amount_settled), ("draft", 0))
        with self.assertRaises(UserError):
            made.write({"gov_state": "active"})

    def test_kind_stays(self):
        contract = self._contract("vendor", activate=False)
        with self.assertRaises(UserError):
            contract.generation_type = "invoice"
        oca = self.env["contract.contract"].create(
            {"name": "Invoiced", "partner_id": self.service_vendor.id}
        )
        with self.assertRaises(UserError):
            oca.generation_type = "gov_settlement"

    def test_draft_is_free(self):
        """Lines that had the days of their contract follow it; others keep theirs."""
        contract = self._contract(
            "vendor",
            (self.meal, "metered", 9),
            {
                **self._line_values(self.cleaning, "fixed", 2),
                "date_start": date(self.year, 5, 1),
                "date_end": date(self.year, 10, 31),
            },
            activate=False,
            partner_id=self.service_vendor2.id,
        )
        contract.write({"date_start": date(self.year, 1, 17), "ceiling": 5000})
        meal = self._line_of(contract, self.meal)
        cleaning = self._line_of(contract, self.cleaning)
        self.assertEqual(meal.date_start, date(self.year, 1, 17))
        self.assertEqual(cleaning.date_start, date(self.year, 5, 1))
        meal.price = 10.123456
        self.assertEqual(meal.price_ids.price, 10.123456)
        meal.unlink()
        contract.action_activate()

    def test_line_outside_term(self):
        for values in (
            {"date_start": date(self.year - 1, 12, 31)},
            {"date_end": date(self.year + 1, 1, 1)},
        ):
            with self.assertRaisesRegex(UserError, "outside the term"):
                self._contract(
                    "vendor",
                    {**self._line_values(self.meal, "metered", 9), **values},
                    activate=False,
                )

    def test_term_in_order(self):
        with self.assertRaisesRegex(UserError, "before its first day"):
            self._contract("vendor", activate=False, date_end=date(self.year - 1, 1, 1))

    def test_modes(self):
        for role, values in (
            ("vendor", {"settlement_mode": "internal"}),
            ("vendor", {"served_department_id": self.office.id}),
            (
                "internal",
                {
                    "served_department_id": self.office.id,
                    "settlement_mode": "transfer",
                },
            ),
            ("internal", {"partner_id": self.unit.id, "settlement_mode": "internal"}),
        ):
            with self.assertRaises(UserError):
                self._contract(role, activate=False, **values)
        free = self._contract(
            "internal", activate=False, partner_id=self.unit.id, settlement_mode="free"
        )
        self.assertEqual(free.settlement_mode, "free")

    def test_bad_input(self):
        nan = float("nan")
        for values in (
            {"ceiling": -1},
            {"retention_percent": 100},
            {"retention_percent": -1},
            {"tender_lead_days": -1},
            {"price": -1},
            {"price": 1e12},
            {"quantity": -1},
        ):
            line = self._line_values(self.meal, "metered", 9)
            line.update({k: values.pop(k) for k in set(values) & set(line)})
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._contract("vendor", line, activate=False, **values)
        for values in (
            {"ceiling": nan},
            {"ceiling": "much"},
            {"date_start": "tomorrow"},
            {"partner_id": "x"},
            {"partner_id": 2**40},
            {"partner_id": 999999999},
            {"deduction_table_id": 999999999},
            {"served_department_id": 999999999},
            {"service_role": "none"},
            {"settlement_period": "week"},
            {"contract_line_ids": "lines"},
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._contract(**{"role": "vendor", "activate": False, **values})
        for values in (
            {"price": nan},
            {"quantity": float("inf")},
            {"service_item_id": 999999999},
            {"service_item_id": False},
        ):
            line = {**self._line_values(self.meal, "metered", 9), **values}
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                self._contract("vendor", line, activate=False)

    def test_item_of_another_institution(self):
        item = self._create_item("foreign", "Foreign", company_id=self.other_company.id)
        with self.assertRaises(UserError):
            self._contract("vendor", (item, "metered", 1), activate=False)

    # --------------------------------------------------------------------- overlaps

    def test_overlap_refused(self):
        """One item is charged once: same vendor, department or unit, same days."""
        for values in (
            {"role": "vendor"},
            {"role": "internal", "served_department_id": self.office.id},
            {"role": "internal", "partner_id": self.unit.id},
        ):
            contract = self._contract(
                values.pop("role"), (self.power, "metered", 1), activate=False, **values
            )
            with self.assertRaisesRegex(UserError, "Electricity is charged already"):
                contract.action_activate()
        self._contract(
            "vendor", (self.power, "metered", 1), partner_id=self.service_vendor2.id
        )
        self._contract(
            "internal", (self.power, "metered", 1), served_department_id=self.works.id
        )

    def test_overlap_by_days(self):
        """The day after is free; the last day is not."""
        values = {"date_end": date(self.year + 1, 12, 31)}
        late = self._contract(
            "vendor",
            (self.power, "metered", 1),
            activate=False,
            date_start=date(self.year, 12, 31),
            **values,
        )
        with (
            self.assertRaisesRegex(UserError, "charged already"),
            self.cr.savepoint(),
        ):
            late.action_activate()
        self._contract(
            "vendor",
            (self.power, "metered", 1),
            date_start=date(self.year + 1, 1, 1),
            **values,
        )

    def test_overlap_within_one_contract(self):
        """Two metered lines of one item would leave usage without its line."""
        lines = [(self.meal, "metered", 1), (self.meal, "metered", 2)]
        contract = self._contract(
            "vendor", *lines, activate=False, partner_id=self.service_vendor2.id
        )
        with self.assertRaisesRegex(UserError, "charged already"):
            contract.action_activate()
        self._contract(
            "vendor",
            (self.cleaning, "fixed", 1),
            (self.cleaning, "fixed", 2),
            partner_id=self.service_vendor2.id,
        )

    def test_overlap_in_one_batch(self):
        pair = self._contract(
            "vendor",
            (self.meal, "metered", 1),
            activate=False,
            partner_id=self.service_vendor2.id,
        )
        pair += pair.copy()
        with self.assertRaisesRegex(UserError, "charged already"):
            pair.action_activate()

    # ------------------------------------------------------------------------ lookup

    def _find(self, item, day, **values):
        return self.env["contract.line"]._find(item, day, **values)

    def test_find(self):
        day = date(self.year, 7, 1)
        power = self.power
        self.assertEqual(
            self._find(power, day, department=self.office),
            self._line_of(self.office_contract, power),
        )
        self.assertEqual(
            self._find(power, str(day), partner=self.unit),
            self._line_of(self.unit_contract, power),
        )
        self.assertEqual(
            self._find(power, day, partner=self.liaison),
            self._line_of(self.unit_contract, power),
        )
        self.assertEqual(
            self._find(power, day), self._line_of(self.vendor_contract, power)
        )
        self.assertFalse(self._find(power, day, department=self.works))
        self.assertFalse(self._find(power, date(self.year + 1, 1, 1)))
        self.assertFalse(self._find(power, day, company=self.other_company))
        self.assertFalse(self._find(self.guard, day, charge_kind="metered"))
        self.assertTrue(self._find(self.guard, day, charge_kind="fixed"))

    def test_find_of_department_above(self):
        section = self.env["hr.department"].create(
            {"name": "Archive room", "parent_id": self.office.id}
        )
        day = date(self.year, 7, 1)
        self.assertEqual(
            self._find(self.meal, day, department=section).contract_id,
            self.office_contract,
        )
        own = self._contract(
            "internal", (self.meal, "metered", 9), served_department_id=section.id
        )
        self.assertEqual(
            self._find(self.meal, day, department=section).contract_id, own
        )

    def test_find_ambiguous_or_draft(self):
        day = date(self.year, 7, 1)
        second = self._contract(
            "vendor",
            (self.lamp, "metered", 40),
            partner_id=self.service_vendor2.id,
            activate=False,
        )
        self.assertEqual(self._find(self.lamp, day).contract_id, self.vendor_contract)
        second.action_activate()
        self.assertFalse(self._find(self.lamp, day))
        self.assertEqual(
            self._find(self.lamp, day, partner=self.service_vendor2).contract_id, second
        )

    def test_price_on(self):
        contract = self._contract(
            "vendor",
            (self.meal, "metered", 9.1234567),
            activate=False,
            partner_id=self.service_vendor2.id,
        )
        line = contract.contract_line_ids
        line.price_ids.date_to = date(self.year, 6, 15)
        self.env["gov.contract.price"].with_user(self.keeper_user).create(
            {"line_id": line.id, "price": 11, "date_from": date(self.year, 6, 16)}
        )
        self.assertEqual(line._price_on(date(self.year, 6, 15)), 9.123457)
        self.assertEqual(line._price_on(f"{self.year}-06-16"), 11)
        with self.assertRaisesRegex(UserError, "no price on"):
            line._price_on(date(self.year - 1, 12, 31))

    def test_prices_never_overlap(self):
        contract = self._contract("vendor", (self.meal, "metered", 9), activate=False)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["gov.contract.price"].with_user(self.keeper_user).create(
                {
                    "line_id": contract.contract_line_ids.id,
                    "price": 11,
                    "date_from": date(self.year, 1, 1),
                }
            )

    # ----------------------------------------------------------------------- periods

    def test_periods_by_month(self):
        """The first and the last period are cut by the term."""
        contract = self._contract(
            "vendor",
            activate=False,
            date_start=date(self.year, 1, 17),
            date_end=date(self.year, 4, 3),
        )
        periods = contract._periods(date(self.year, 12, 31))
        february = date(self.year, 3, 1) - timedelta(days=1)
        self.assertEqual(
            periods,
            [
                (date(self.year, 1, 17), date(self.year, 1, 31)),
                (date(self.year, 2, 1), february),
                (date(self.year, 3, 1), date(self.year, 3, 31)),
                (date(self.year, 4, 1), date(self.year, 4, 3)),
            ],
        )
        self.assertEqual(contract._periods(date(self.year, 2, 27)), periods[:1])
        self.assertEqual(contract._periods(str(february)), periods[:2])
        self.assertEqual(contract._periods(date(self.year, 1, 1)), [])
        self.assertEqual(contract._period_of(date(self.year, 4, 2)), periods[-1])
        self.assertIsNone(contract._period_of(date(self.year, 4, 4)))
        self.assertIsNone(contract._period_of(date(self.year, 1, 16)))

    def test_periods_by_quarter_and_year(self):
        contract = self._contract(
            "vendor",
            activate=False,
            settlement_period="quarter",
            date_start=date(self.year, 2, 5),
            date_end=date(self.year + 1, 1, 31),
        )
        self.assertEqual(
            contract._periods(date(self.year + 1, 3, 31)),
            [
                (date(self.year, 2, 5), date(self.year, 3, 31)),
                (date(self.year, 4, 1), date(self.year, 6, 30)),
                (date(self.year, 7, 1), date(self.year, 9, 30)),
                (date(self.year, 10, 1), date(self.year, 12, 31)),
                (date(self.year + 1, 1, 1), date(self.year + 1, 1, 31)),
            ],
        )
        contract.settlement_period = "year"
        self.assertEqual(
            contract._periods(date(self.year + 1, 3, 31)),
            [
                (date(self.year, 2, 5), date(self.year, 12, 31)),
                (date(self.year + 1, 1, 1), date(self.year + 1, 1, 31)),
            ],
        )

    # -------------------------------------------------------------- OCA's invoicing

    def test_never_invoiced_by_oca(self):
        """Neither the daily job nor the wizard nor the button bills ours."""
        contracts = self.env["contract.contract"]
        oca = contracts.create(
            {
                "name": "Invoiced by OCA",
                "partner_id": self.unit.id,
                "contract_line_ids": [
                    Command.create({"name": "Rent", "price_unit": 1})
                ],
            }
        )
        self.assertTrue(oca.recurring_next_date)
        self.assertEqual(oca.generation_type, "invoice")
        ours = self.vendor_contract + self.unit_contract + self.office_contract
        self.assertEqual(ours.mapped("recurring_next_date"), [False] * 3)
        self.assertFalse(any(ours.contract_line_ids.mapped("recurring_next_date")))
        far = self.company.gov_today() + relativedelta(years=3)
        wizard = self.env["contract.manually.create.invoice"].create(
            {"invoice_date": far, "contract_type": "sale"}
        )
        self.assertIn(oca, wizard.contract_to_invoice_ids)
        self.assertFalse(wizard.contract_to_invoice_ids & ours)
        before = self.env["account.move"].search_count([])
        # Even a date that slipped in by SQL makes no invoice.
        self.env.cr.execute(
            "UPDATE contract_contract SET recurring_next_date = '2020-01-01'"
            " WHERE id = ANY(%s)",
            [ours.ids],
        )
        self.env.cr.execute(
            "UPDATE contract_line SET recurring_next_date = '2020-01-01'"
            " WHERE contract_id = ANY(%s)",
            [ours.ids],
        )
        ours.invalidate_recordset()
        oca.active = False
        contracts._cron_recurring_create(far)
        for contract in ours:
            with self.assertRaises(UserError):
                contract.sudo().recurring_create_invoice()
        ours.sudo()._recurring_create_invoice(far)
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.assertFalse(ours.filtered("invoice_generation_error"))

    def test_oca_contract_as_before(self):
        """A contract of OCA's own kind knows nothing of ours."""
        contract = self.env["contract.contract"].create(
            {
                "name": "OCA",
                "partner_id": self.unit.id,
                "contract_line_ids": [
                    Command.create({"name": "Rent", "price_unit": 7, "quantity": 2})
                ],
            }
        )
        self.assertFalse(contract.service_role)
        self.assertEqual(contract.contract_line_ids.price_unit, 7)
        self.assertEqual(contract.contract_line_ids.price_subtotal, 14)
        self.assertTrue(contract.modification_ids)
        contract.contract_line_ids.price_unit = 8
        contract.name = "OCA 2"
        contract.unlink()

    def test_no_link_for_outsiders(self):
        """No token, no follower, no portal page."""
        contract = self.unit_contract
        self.assertFalse(contract.sudo()._portal_ensure_token())
        self.assertFalse(contract.access_token)
        with self.assertRaises(UserError):
            contract.access_token = "known"
        self.assertNotIn(self.unit, contract.message_partner_ids)
        contract.sudo().message_subscribe(self.liaison.ids)
        for model, records in (
            ("contract.contract", contract),
            ("contract.line", contract.contract_line_ids),
        ):
            mine = self._as(self.env[model], self.portal_user)
            self.assertFalse(mine.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                records.with_user(self.portal_user).read(["name"])

    def test_form_by_the_keeper(self):
        """The screen works for a keeper without any right in accounting."""
        view = "gov_logistics.contract_contract_view_form_gov"
        action = self.env.ref("gov_logistics.contract_contract_action_gov")
        contracts = self._as(self.env["contract.contract"], self.keeper_user)
        contracts = contracts.with_context(
            **safe_eval(action.context), allowed_company_ids=self.company.ids
        )
        form = Form(contracts, view=view)
        form.name = "By hand"
        form.partner_id = self.service_vendor2
        form.date_start = date(self.year, 1, 17)
        form.date_end = date(self.year, 12, 3)
        with form.contract_line_ids.new() as line:
            line.service_item_id = self.guard
            line.quantity = 2
            line.price = 3850.123456
        contract = form.save()
        self.assertEqual(contract.generation_type, "gov_settlement")
        self.assertEqual(contract.department_id, self.works)
        line = contract.contract_line_ids
        self.assertEqual(line.date_start, date(self.year, 1, 17))
        self.assertEqual(line.date_end, date(self.year, 12, 3))
        self.assertEqual(line.price_ids.price, 3850.123456)
        self.assertEqual(line.name, "Guard post")
        with Form(contract, view=view) as form:
            form.date_end = date(self.year, 12, 31)
        self.assertEqual(line.date_end, date(self.year, 12, 31))
        contract.action_activate()
        with Form(contract, view=view) as form:
            form.own_confirmer_id = self.office_head_user
        for user in (self.supervision_user, self.works_head_user):
            Form(self._as(contract, user), view=view)
        with Form(
            self._as(
                self.env["gov.contract.supplement"], self.keeper_user
            ).with_context(default_contract_id=contract.id, default_kind="price")
        ) as form:
            form.line_id = line
            form.price = 4000
            form.date_from = date(self.year, 7, 1)
            form.reason = "Wages"
        supplement = contract.supplement_ids
        supplement.action_apply()
        self.assertEqual(line._price_on(date(self.year, 7, 1)), 4000)

    def test_partner_buttons_of_oca(self):
        """OCA's buttons count what its lists show: contracts that are invoiced."""
        self.assertEqual(self.service_vendor.purchase_contract_count, 0)
        self.env["contract.contract"].create(
            {
                "name": "OCA",
                "partner_id": self.service_vendor.id,
                "contract_type": "purchase",
            }
        )
        self.service_vendor.invalidate_recordset()
        self.assertEqual(self.service_vendor.purchase_contract_count, 1)
        action = self.env.ref("contract.action_supplier_contract")
        found = self.env["contract.contract"].search(safe_eval(action.domain))
        self.assertNotIn(self.vendor_contract, found)

    def test_oca_form_of_ours(self):
        """A link to a contract of ours opens our form."""
        form = self.env.ref("gov_logistics.contract_contract_view_form_gov")
        self.assertEqual(self.vendor_contract.get_formview_id(), form.id)
        oca = self.env["contract.contract"].create(
            {"name": "OCA", "partner_id": self.unit.id}
        )
        self.assertNotEqual(oca.get_formview_id(), form.id)

    # ------------------------------------------------------------- deduction tables

    def test_percent(self):
        table = self.deduction_table
        for score, percent in (
            (100, 0),
            (90, 0),
            (89.99, 1),
            (85, 1),
            (84.99, 3),
            (80, 3),
            (79.99, 5),
            (0, 5),
        ):
            self.assertEqual(table._percent(score), percent, score)
        for score in (-0.01, 100.01, float("nan"), "90", None, True):
            with self.assertRaises(UserError):
                table._percent(score)
        self.assertEqual(table.browse()._percent(10), 0)

    def test_table_frozen_when_used(self):
        table = self.deduction_table.with_user(self.centre_user)
        self.assertTrue(table.is_used)
        for action in (
            lambda: table.write({"termination_limit": 70}),
            lambda: table.write({"band_ids": [Command.clear()]}),
            lambda: table.band_ids[0].write({"percent": 50}),
            lambda: table.band_ids[0].unlink(),
            lambda: table.band_ids.create({"table_id": table.id, "score_from": 50}),
            table.unlink,
        ):
            with self.assertRaisesRegex(UserError, "is in use"):
                action()
        copy = table.copy({"name": "Second"})
        self.assertEqual(len(copy.band_ids), 4)
        copy.band_ids.filtered(lambda band: band.score_from == 85).percent = 2
        self.assertEqual(copy._percent(86), 2)

    def test_table_sound(self):
        tables = self.env["gov.deduction.table"].with_user(self.centre_user)
        for bands in (
            [],
            [(50, 5), (90, 0)],
            [(0, 1), (90, 3)],
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                tables.create(
                    {
                        "name": "T",
                        "citation": "C",
                        "band_ids": [
                            Command.create({"score_from": score, "percent": percent})
                            for score, percent in bands
                        ],
                    }
                )
        for bands in ([(0, 101)], [(-1, 1), (0, 0)], [(0, 1), (0, 1)]):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                tables.create(
                    {
                        "name": "T",
                        "citation": "C",
                        "band_ids": [
                            Command.create({"score_from": score, "percent": percent})
                            for score, percent in bands
                        ],
                    }
                )

    # ---------------------------------------------------------------------- queries

    def test_queries_do_not_grow(self):
        """80 contracts of 5 lines cost as many queries to make and read as 8."""
        partners = self.env["res.partner"].create(
            [{"name": f"Vendor {number}"} for number in range(88)]
        )
        items = [self.cleaning, self.guard, self.power, self.lamp, self.meal]
        keeper = self._as(self.env["contract.contract"], self.keeper_user)

        def count(partners):
            vals_list = [
                {
                    "name": "Batch",
                    "service_role": "vendor",
                    "partner_id": partner.id,
                    "department_id": self.works.id,
                    "date_start": date(self.year, 1, 1),
                    "date_end": date(self.year, 12, 31),
                    "contract_line_ids": [
                        Command.create(self._line_values(item, "metered", 2))
                        for item in items
                    ],
                }
                for partner in partners
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            contracts = keeper.create(vals_list)
            self.env.flush_all()
            made = self.env.cr.sql_log_count
            contracts.action_activate()
            self.env.flush_all()
            self.env.invalidate_all()
            active = self.env.cr.sql_log_count
            contracts.read(["name", "month_fee", "amount_left", "is_expiring"])
            contracts.contract_line_ids.read(["name", "price", "fee", "uom_id"])
            read = self.env.cr.sql_log_count
            return made - start, active - made, read - active

        count(partners[:8])
        small = count(self.env["res.partner"].create([{"name": "x"}] * 8))
        large = count(partners[8:])
        for few, many in zip(small, large, strict=True):
            # INSERT and UPDATE go in chunks of 100 rows.
            self.assertLessEqual(many, few + 12)
