import calendar
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_settlement import SettlementCase

CONTRACTS = 1000


def _cents(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Oracle:
    """Recomputes statements day by day from what stands in the database.

    Written against the text of the rules, without a line of the code under test.
    """

    def __init__(self, env, contract_ids, settled=()):
        cr = env.cr
        cr.execute(
            "SELECT id, day_divisor, retention_percent::text FROM contract_contract"
            " WHERE id = ANY(%s)",
            [contract_ids],
        )
        self.contracts = {row[0]: row[1:] for row in cr.fetchall()}
        cr.execute(
            "SELECT id, contract_id, charge_kind, fixed_per, quantity::text,"
            " date_start, date_end FROM contract_line WHERE contract_id = ANY(%s)",
            [contract_ids],
        )
        self.lines = defaultdict(list)
        for row in cr.fetchall():
            self.lines[row[1]].append(row)
        cr.execute(
            "SELECT p.line_id, p.price::text, p.date_from, p.date_to"
            " FROM gov_contract_price p JOIN contract_line l ON l.id = p.line_id"
            " WHERE l.contract_id = ANY(%s)",
            [contract_ids],
        )
        self.prices = defaultdict(list)
        for line_id, price, first, last in cr.fetchall():
            self.prices[line_id].append((Decimal(price), first, last or date.max))
        cr.execute(
            "SELECT contract_line_id, date, quantity::text, kind,"
            " coalesce(settlement_line_id, 0) = ANY(%s)"
            " FROM gov_service_usage WHERE contract_id = ANY(%s)",
            [list(settled), contract_ids],
        )
        self.usage, self.settled = defaultdict(list), defaultdict(list)
        for line_id, day, quantity, kind, is_settled in cr.fetchall():
            if is_settled:
                self.settled[line_id].append((day, Decimal(quantity)))
            else:
                self.usage[line_id].append((day, Decimal(quantity), kind))

    def price(self, line_id, day):
        [price] = [p for p, a, b in self.prices[line_id] if a <= day <= b]
        return price

    def fixed(self, row, first, last, divisor):
        """Amounts of a fixed fee: one for each run of days with the same price."""
        line_id, _contract, _kind, per, quantity, start, end = row
        first, last = max(first, start), min(last, end or date.max)
        runs, day, before = [], first, None
        while day <= last:
            price = self.price(line_id, day)
            if price != before:
                runs.append([])
                before = price
            length = calendar.monthrange(day.year, day.month)[1]
            whole = first <= day.replace(day=1) and last >= day.replace(day=length)
            days = Decimal(length)
            if divisor == "30" and not whole:
                days = Decimal(30)
            fee = price * Decimal(quantity)
            if per == "year":
                fee /= 12
            runs[-1].append(fee / days)
            day += timedelta(days=1)
        return [self.near(sum(run)) for run in runs]

    @staticmethod
    def near(value):
        """Round; thirds that Decimal cut off are put right first."""
        return _cents(value.quantize(Decimal(1).scaleb(-30)))

    def missing(self, row, rows, divisor):
        """Amounts of missing service by price."""
        return [self.near(v) for v in self.costs(row, rows, divisor).values()]

    def missing_late(self, row, rows, divisor):
        """What the month costs with the late days, less what was taken off of it."""
        before = [r for r in self.settled[row[0]] if r[0].month == rows[0][0].month]
        first = self.costs(row, before, divisor)
        costs = self.costs(row, [*before, *rows], divisor)
        costs = {price: cost - first.get(price, 0) for price, cost in costs.items()}
        found = [self.price(row[0], day) for day, _quantity in sorted(rows)]
        for price in set(costs) - set(found):
            costs[found[0]] += costs.pop(price)
        return [self.near(cost) for cost in costs.values()]

    def costs(self, row, rows, divisor):
        """Exact cost of missing service by price, a month at a time."""
        line_id, _contract, _kind, per, quantity, start, end = row
        totals = defaultdict(Decimal)
        months = defaultdict(lambda: defaultdict(Decimal))
        for day, count in rows:
            months[day.year, day.month][day] += count
        for (year, month), days in months.items():
            length = calendar.monthrange(year, month)[1]
            costs = defaultdict(Decimal)
            for day, count in days.items():
                fee = self.price(line_id, day) / (12 if per == "year" else 1)
                parts = 30 if divisor == "30" else length
                always = 0
                if divisor == "30" and length == 31 and len(days) == 31:
                    always = min(days.values())
                costs[self.price(line_id, day)] += (
                    fee * always / length + fee * (count - always) / parts
                )
            most = Decimal(0)
            day = max(date(year, month, 1), start)
            ends = min(date(year, month, length), end or date.max)
            whole = (day.day, ends.day) == (1, length)
            while day <= ends:
                fee = self.price(line_id, day) / (12 if per == "year" else 1)
                most += (
                    fee
                    * Decimal(quantity)
                    / (30 if divisor == "30" and not whole else length)
                )
                day += timedelta(days=1)
            total = sum(costs.values())
            for price, cost in costs.items():
                totals[price] += cost * most / total if total > most else cost
        return totals

    def statement(self, contract_id, first, last, late):
        """Return (gross, payable, due) of a statement.

        :param late: days of usage that belong to it although they lie before it.
        """
        divisor, retention = self.contracts[contract_id]
        gross, taken = Decimal(0), Decimal(0)
        with localcontext() as context:
            context.prec = 60
            for row in self.lines[contract_id]:
                if row[2] == "fixed":
                    gross += sum(self.fixed(row, first, last, divisor))
                for is_late in (False, True):
                    rows = [
                        (day, quantity)
                        for day, quantity, _kind in self.usage[row[0]]
                        if (day < first and day in late) == is_late
                        and (is_late or first <= day <= last)
                    ]
                    if not rows:
                        continue
                    if row[2] == "fixed":
                        missing = self.missing_late if is_late else self.missing
                        taken += sum(missing(row, rows, divisor))
                        continue
                    by_price = defaultdict(Decimal)
                    for day, quantity in rows:
                        price = self.price(row[0], day)
                        by_price[price] += quantity * price
                    gross += sum(_cents(amount) for amount in by_price.values())
            payable = gross - taken
            kept = Decimal(0)
            if payable > 0:
                kept = _cents(payable * Decimal(retention or 0) / 100)
        return gross, payable, payable - kept


@tagged("post_install", "-at_install")
class TestSettlementOracle(SettlementCase):
    """A thousand random contracts against an independent recomputation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = random.Random(20261122)
        cls.contracts = cls.env["contract.contract"].browse(
            [cls._insert_contract(number) for number in range(CONTRACTS)]
        )
        cls.contracts.invalidate_model()
        cls.env.flush_all()

    @classmethod
    def _insert(cls, table, values):
        """Insert a row by SQL: a thousand contracts by the ORM take a minute."""
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        cls.env.cr.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id",
            list(values.values()),
        )
        return cls.env.cr.fetchone()[0]

    @classmethod
    def _insert_contract(cls, number):
        chance = cls.chance
        start = cls.day(1, chance.choice((1, 1, 1, 17, 31, chance.randint(2, 30))))
        end = cls.day(3, chance.choice((31, 31, 3, 1, chance.randint(2, 30))))
        items = chance.sample(
            (cls.cleaning, cls.guard, cls.power, cls.lamp, cls.meal),
            chance.randint(1, 4),
        )
        contract_id = cls._insert(
            "contract_contract",
            {
                "name": f"Random {number}",
                "active": True,
                "generation_type": "gov_settlement",
                "gov_state": "active",
                "service_role": "vendor",
                "settlement_mode": "transfer",
                "settlement_period": "month",
                "bill_grouping": "contract",
                "company_id": cls.company.id,
                "partner_id": cls.service_vendor.id,
                "department_id": cls.works.id,
                "date": start,
                "date_start": start,
                "date_end": end,
                "day_divisor": chance.choice(("calendar", "30")),
                "retention_percent": chance.choice((0, 0, 5, 2.5)),
            },
        )
        for item in items:
            cls._insert_line(contract_id, item, start, end)
        return contract_id

    @classmethod
    def _insert_line(cls, contract_id, item, start, end):
        """A line; a third of them gets another price on some day."""
        chance = cls.chance
        line_id = cls._insert(
            "contract_line",
            {
                "contract_id": contract_id,
                "company_id": cls.company.id,
                "service_item_id": item.id,
                "name": item.name,
                "active": True,
                "charge_kind": chance.choice(("fixed", "metered")),
                "fixed_per": chance.choice(("month", "month", "year")),
                "quantity": chance.choice((1, 3, 18, 1234.5678)),
                "date_start": start,
                "date_end": end,
                "recurring_interval": 1,
                "recurring_rule_type": "monthly",
                "recurring_invoicing_type": "pre-paid",
            },
        )
        day = cls.day(chance.choice((1, 2, 3)), chance.randint(2, 28))
        changes = chance.random() < 0.33 and start < day <= end
        spans = [(start, day - timedelta(days=1)), (day, None)]
        for first, last in spans if changes else [(start, None)]:
            cls._insert(
                "gov_contract_price",
                {
                    "line_id": line_id,
                    "contract_id": contract_id,
                    "company_id": cls.company.id,
                    "price": round(
                        chance.uniform(0.01, 5000), chance.choice((0, 2, 6))
                    ),
                    "date_from": first,
                    "date_to": last,
                },
            )

    def _random_usage(self, months, share=0.7):
        """Use of metered lines and missing service of fixed ones, in these months."""
        chance, vals_list = self.chance, []
        for line in self.contracts.contract_line_ids:
            if chance.random() > share:
                continue
            missing = line.charge_kind == "fixed"
            for _row in range(chance.choice((1, 3, 31 if missing else 5))):
                day = self.day(chance.choice(months), chance.randint(1, 28))
                if not line.date_start <= day <= line.date_end:
                    continue
                quantity = round(chance.uniform(0.0001, 400), 4)
                if missing:
                    quantity = chance.choice((1, 1, 0.5))
                vals_list.append((line, day, quantity))
        usage = engine(self.env["gov.service.usage"])
        number = usage.search_count([])
        usage.create(
            [
                {
                    "contract_line_id": line.id,
                    "service_item_id": line.service_item_id.id,
                    "company_id": self.company.id,
                    "date": day,
                    "quantity": quantity,
                    "kind": "missing" if line.charge_kind == "fixed" else "use",
                    "source": "import",
                    "source_model": "oracle",
                    "source_id": number + place,
                }
                for place, (line, day, quantity) in enumerate(vals_list, 1)
            ]
        )
        self.env.flush_all()

    def _compare(self, statements, late=(), settled=()):
        oracle = Oracle(self.env, self.contracts.ids, settled)
        wrong = []
        for statement in statements:
            expected = oracle.statement(
                statement.contract_id.id,
                statement.date_from,
                statement.date_to,
                late,
            )
            found = tuple(
                Decimal(repr(round(amount, 2)))
                for amount in (
                    statement.amount_gross,
                    statement.amount_payable,
                    statement.amount_due,
                )
            )
            if found != expected:
                wrong.append((statement.id, found, expected))
            lines = sum(Decimal(repr(line.amount)) for line in statement.line_ids)
            if lines != expected[2]:
                wrong.append((statement.id, "lines", lines, expected[2]))
        self.assertFalse(wrong[:5])

    def test_a_thousand_contracts(self):
        self._random_usage((1,))
        january = self.statements()._draft(
            self.contracts, self.day(1, 31), self.day(1, 31)
        )
        self.assertGreater(len(january), CONTRACTS * 0.95)
        self._compare(january)
        # Confirmed by both sides, as far as the database is concerned.
        engine(january.sudo()).write({"frozen_at": "2020-01-01 00:00:00"})
        known = {
            row.date
            for row in self.env["gov.service.usage"].search(
                [("contract_id", "in", self.contracts.ids)]
            )
        }
        self.assertTrue(known)
        before = self.env["gov.service.usage"].search_count([])
        self._random_usage((1, 2, 3), share=0.5)
        self.assertGreater(self.env["gov.service.usage"].search_count([]), before)
        rest = self.statements()._draft(
            self.contracts, self.day(3, 31), self.day(3, 31)
        )
        self._compare_late(january, rest)

    def _compare_late(self, january, rest):
        """February takes what came late for January; nothing is lost or twice."""
        settled = january.line_ids.ids
        first = {}
        for statement in rest.sorted("date_from"):
            first.setdefault(statement.contract_id, statement)
        days = {self.day(1, day) for day in range(1, 32)}
        takers = rest.browse([statement.id for statement in first.values()])
        frozen = january.contract_id
        late = takers.filtered(lambda s: s.contract_id in frozen)
        self._compare(late, days, settled)
        self._compare(rest - takers, (), settled)
        self.env.cr.execute(
            "SELECT count(*) FROM gov_service_usage u"
            " WHERE u.contract_id = ANY(%s) AND u.settlement_line_id IS NULL",
            [self.contracts.ids],
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
