from datetime import timedelta
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_logistics.tools.split import split_exact

from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestMeterShare(MeterCase):
    """Meters that several parties share by percentage."""

    def _rows(self, reading):
        return [
            (
                usage.contract_line_id.contract_id or usage.department_id,
                usage.quantity,
                usage.amount_split,
            )
            for usage in self._usages(reading)
        ]

    # === Sums === #

    def test_odd_cent_goes_to_the_largest_share(self):
        cases = [
            ("10.00", ["33.3333", "33.3334", "33.3333"], ["3.33", "3.34", "3.33"]),
            ("0.01", ["60", "40"], ["0.01", "0.00"]),
            ("0.05", ["30", "70"], ["0.02", "0.03"]),
            ("-0.05", ["30", "70"], ["-0.02", "-0.03"]),
            ("100", ["60", "40"], ["60.00", "40.00"]),
            ("0.03", ["25", "25", "25", "25"], ["0.00", "0.01", "0.01", "0.01"]),
        ]
        for total, percents, parts in cases:
            found = split_exact(
                Decimal(total), [Decimal(percent) for percent in percents], 2
            )
            self.assertEqual(sum(found), Decimal(total))
            if len(set(percents)) == len(percents):
                self.assertEqual(found, [Decimal(part) for part in parts])

    def test_two_departments_share_a_meter(self):
        works_contract = self._contract(
            "internal",
            (self.power, "metered", 0.68),
            name="The centre for the works",
            served_department_id=self.works.id,
        )
        works_line = self._line_of(works_contract, self.power)
        self._share(self.meter, (self.office_line, 35.5), (works_line, 64.5))
        reading = self._read(self.meter, 30, 1101)
        # 101 kWh at 0.68 are 68.68; 35.5 % of it 24.38, the rest 44.30
        self.assertEqual(
            self._rows(reading),
            [
                (self.office_contract, 35.855, 24.38),
                (works_contract, 65.145, 44.30),
            ],
        )
        usages = self._usages(reading)
        self.assertEqual(usages.mapped("is_split"), [True, True])
        self.assertEqual(usages.department_id, self.office + self.works)
        self.assertEqual(sum(usages.mapped("quantity")), 101)

    def test_prices_of_their_own_have_no_common_money(self):
        self._share(self.meter, (self.office_line, 50), (self.unit_line, 50))
        usages = self._usages(self._read(self.meter, 30, 1101))
        self.assertEqual(usages.mapped("quantity"), [50.5, 50.5])
        self.assertFalse(any(usages.mapped("is_split")))
        self.assertEqual(usages[1].partner_id, self.unit)

    def _shared_reading(self):
        """Return the works' line at 0.68 and a reading that it shares half."""
        contract = self._contract(
            "internal",
            (self.power, "metered", 0.68),
            served_department_id=self.works.id,
        )
        line = self._line_of(contract, self.power)
        self._share(self.meter, (self.office_line, 50), (line, 50))
        return line, self._read(self.meter, 30, 1101)

    def _reprice(self, line, price):
        """Change the price of a line by a supplement, from its first day on."""
        supplement = self._as(self.env["gov.contract.supplement"], self.keeper_user)
        supplement.create(
            {
                "contract_id": line.contract_id.id,
                "kind": "price",
                "line_id": line.id,
                "date_from": line.date_start,
                "price": price,
                "reason": "Agreed later",
            }
        ).action_apply()

    def test_a_price_after_the_reading_shares_the_money_anew(self):
        line, reading = self._shared_reading()
        usages = self._usages(reading)
        # 101 kWh at 0.68 are 68.68.
        self.assertEqual(usages.mapped("amount_split"), [34.34, 34.34])
        self._reprice(line, 0.75)
        # Two prices have no common money.
        self.assertEqual(usages.mapped("is_split"), [False, False])
        self.assertEqual(usages.mapped("amount_split"), [0, 0])
        self._reprice(self.office_line, 0.75)
        # 75.75: the odd cent is the first's.
        self.assertEqual(usages.mapped("is_split"), [True, True])
        self.assertEqual(sum(usages.mapped("amount_split")), 75.75)

    def test_money_on_a_frozen_statement_stays(self):
        line, reading = self._shared_reading()
        mine, other = self._usages(reading)
        statements = engine(self.env["gov.settlement"].sudo())
        day = mine.date
        first = day.replace(day=1)
        statement = statements.create(
            {
                **statements._prepare_statement(
                    self.office_contract, "period", first, day
                ),
                "employee_id": self.keeper.id,
                "handler_id": self.keeper_user.id,
            }
        )
        statement._draw()
        self.assertEqual(mine.settlement_id, statement)
        statement.frozen_at = fields.Datetime.now()
        statement.flush_recordset()
        self._reprice(line, 0.75)
        self.assertEqual((mine.is_split, mine.amount_split), (True, 34.34))
        self.assertEqual((other.is_split, other.amount_split), (False, 0))
        self._reprice(line, 0.68)
        self.assertEqual((other.is_split, other.amount_split), (True, 34.34))

    def test_department_without_a_contract_has_its_share(self):
        self._share(self.meter, (self.office_line, 70), (self.works, 30))
        reading = self._read(self.meter, 30, 1001)
        self.assertEqual(
            self._rows(reading),
            [(self.office_contract, 0.7, 0.48), (self.works, 0.3, 0.20)],
        )
        self.assertFalse(self._usages(reading)[1].contract_line_id)

    def test_one_share_alone_is_no_split(self):
        self._share(self.meter, (self.office_line, 100))
        usage = self._usages(self._read(self.meter, 30, 1100))
        self.assertEqual(usage.contract_line_id, self.office_line)
        self.assertFalse(usage.is_split)

    def test_correction_of_an_estimate_is_shared_the_other_way(self):
        self._share(self.meter, (self.office_line, 30), (self.works, 70))
        self._read(self.meter, 30, 1100, is_estimated=True)
        reading = self._read(self.meter, 60, 1099.9)
        # -0.1 kWh at 0.68 are -0.068, rounded -0.07
        self.assertEqual(
            self._rows(reading),
            [(self.office_contract, -0.03, -0.02), (self.works, -0.07, -0.05)],
        )

    def test_shares_that_change_between_two_readings(self):
        change = self.start + timedelta(days=11)
        self._share(
            self.meter,
            (self.office_line, 100, self.start + timedelta(1), change - timedelta(1)),
            (self.office_line, 40, change),
            (self.works, 60, change),
        )
        # 30 days, 10 of them before the change
        reading = self._read(self.meter, 30, 1090)
        usages = self._usages(reading)
        self.assertEqual(usages.mapped("quantity"), [30, 24, 36])
        self.assertEqual(usages[0].date, change - timedelta(days=1))
        self.assertEqual(usages[1].date_from, change)
        self.assertEqual(usages[1].date, self.start + timedelta(days=30))

    def test_contract_that_has_ended_leaves_the_usage_to_the_next(self):
        end = self.start + timedelta(days=10)
        self._share(self.meter, (self.office_line, 100))
        self.env.cr.execute(
            "UPDATE contract_line SET date_end = %s WHERE id = %s",
            (end, self.office_line.id),
        )
        self.env.invalidate_all()
        usage = self._usages(self._read(self.meter, 30, 1090))
        self.assertFalse(usage.contract_line_id)
        self.assertEqual(usage.department_id, self.office)
        self.assertEqual(usage.quantity, 90)
        successor = self._contract(
            "internal",
            (self.power, "metered", 0.68),
            served_department_id=self.office.id,
            date_start=end + timedelta(days=1),
        )
        usage = self._usages(self._read(self.meter, 31, 1095))
        self.assertEqual(usage.contract_id, successor)

    # === Hundred percent === #

    def test_shares_that_do_not_come_to_a_hundred(self):
        for shares in (
            ((self.office_line, 99.99),),
            ((self.office_line, 50), (self.works, 50.0001)),
            (
                (self.office_line, 33.3333),
                (self.unit_line, 33.3333),
                (self.works, 33.3333),
            ),
        ):
            with self._refuses("exactly 100"):
                self._share(self.meter, *shares)
        self._share(
            self.meter,
            (self.office_line, 33.3333),
            (self.unit_line, 33.3333),
            (self.works, 33.3334),
        )

    def test_shares_that_leave_a_hundred_on_one_day_only(self):
        day = self.start + timedelta(days=20)
        with self._refuses("exactly 100"):
            self._share(
                self.meter,
                (self.office_line, 100, self.start + timedelta(days=1), day),
                (self.works, 100, day),
            )
        with self._refuses("exactly 100"):
            self._share(
                self.meter,
                (self.office_line, 40, self.start + timedelta(days=1)),
                (self.works, 60, self.start + timedelta(days=1), day),
            )

    def test_single_share_over_rpc_is_checked_too(self):
        self._share(self.meter, (self.office_line, 50), (self.works, 50))
        shares = self._as(self.meter.share_ids, self.keeper_user)
        with self._refuses("exactly 100"):
            shares[0].write({"percent": 60})
        with self._refuses("exactly 100"):
            shares[0].unlink()
        with self._refuses("exactly 100"):
            shares.with_context(gov_meter_shares_later=True).create(
                {"meter_id": self.meter.id, "department_id": self.head.department_id.id}
            )
        self._as(self.meter, self.keeper_user).write(
            {
                "share_ids": [
                    Command.update(shares[0].id, {"percent": 60}),
                    Command.update(shares[1].id, {"percent": 40}),
                ]
            }
        )

    def test_values_that_no_share_has(self):
        for vals in ({"percent": float("nan")}, {"percent": "x"}, {"date_from": "x"}):
            with self.assertRaises(UserError):
                self._as(self.env["gov.meter.share"], self.keeper_user).create(
                    {
                        "meter_id": self.meter.id,
                        "department_id": self.works.id,
                        **vals,
                    }
                )

    # === Days that have been shared === #

    def test_days_that_have_been_shared_stay(self):
        self._share(self.meter, (self.office_line, 50), (self.works, 50))
        self._read(self.meter, 30, 1100)
        shares = self._as(self.meter.share_ids, self.keeper_user)
        for vals in (
            {"percent": 40},
            {"department_id": self.office.id},
            {"date_from": self.start},
        ):
            with self._refuses("has been shared"):
                shares[0].write(vals)
        with self._refuses("has been shared"):
            shares.unlink()
        with self._refuses("has been shared"):
            self._share(self.meter, (self.office_line, 100, self.start))
        with self._refuses("cannot end earlier"):
            self._as(self.meter, self.keeper_user).write(
                {
                    "share_ids": [
                        Command.update(
                            share.id, {"date_to": self.start + timedelta(29)}
                        )
                        for share in shares
                    ]
                }
            )
        end = self.start + timedelta(days=30)
        self._as(self.meter, self.keeper_user).write(
            {
                "share_ids": [
                    *(Command.update(share.id, {"date_to": end}) for share in shares),
                    Command.create(
                        {
                            "contract_line_id": self.unit_line.id,
                            "percent": 100,
                            "date_from": end + timedelta(days=1),
                        }
                    ),
                ]
            }
        )
        usage = self._usages(self._read(self.meter, 40, 1110))
        self.assertEqual(usage.contract_line_id, self.unit_line)

    def test_who_sets_shares(self):
        for user in (self.inspector_user, self.desk_user, self.staff_user):
            with self.assertRaises(AccessError):
                self._share(self.meter, (self.office_line, 100), user=user)
