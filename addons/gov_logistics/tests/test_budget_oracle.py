import random
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_budget import BudgetCommon

HISTORIES, STEPS = 12, 60
CENT = Decimal("0.01")


class Oracle:
    """A budget in plain Python: what every line must show after every step."""

    def __init__(self, plans):
        self.plan = dict(plans)
        self.next = {}
        self.commits = {line: {} for line in plans}
        self.actual = dict.fromkeys(plans, Decimal(0))

    def current(self, line):
        while line in self.next:
            line = self.next[line]
        return line

    def committed(self, line):
        return sum(self.commits[line].values(), Decimal(0))

    def available(self, line):
        return self.plan[line] - self.committed(line) - self.actual[line]

    def commit(self, line, key, amount, let_through):
        line = self.current(line)
        before = self.commits[line].get(key, Decimal(0))
        change = amount - before
        if change > 0 and change > self.available(line) and not let_through:
            return False
        self.commits[line][key] = amount
        return True

    def release(self, line, key):
        self.commits[self.current(line)].pop(key, None)

    def spend(self, line, key, amount, let_through):
        line = self.current(line)
        own = self.commits[line].get(key, Decimal(0))
        released = min(own, amount) if amount > 0 else Decimal(0)
        change = amount - released
        if change > 0 and change > self.available(line) and not let_through:
            return False
        if amount > 0 and own > 0:
            self.commits[line][key] = own - released
        self.actual[line] += amount
        return True

    def transfer(self, source, target, amount):
        if amount > self.available(source):
            return False
        self.plan[source] -= amount
        self.plan[target] += amount
        return True

    def carry(self, line, target):
        left = self.plan[line] - self.actual[line]
        if line in self.next or left <= 0:
            return False
        self.plan[line] -= left
        self.plan[target] += left
        for key, amount in self.commits[line].items():
            both = self.commits[target]
            both[key] = both.get(key, Decimal(0)) + amount
        self.commits[line] = {}
        self.next[line] = target
        return True


@tagged("post_install", "-at_install")
class TestBudgetOracle(BudgetCommon):
    """Random histories of everything that books, against plain arithmetic."""

    def test_random_histories(self):
        documents = self.env["res.partner"].create(
            [{"name": f"Document {number}"} for number in range(5)]
        )
        for seed in range(HISTORIES):
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self._run_history(random.Random(seed), documents)
                savepoint.rollback()
                self.env.invalidate_all()

    def _run_history(self, dice, documents):
        self.company.gov_budget_carry = "finance"
        plans = [Decimal(dice.randrange(100000)) * CENT for _line in range(4)]
        old = [
            self._line(float(plan), year=self.year - 1, project=f"P{number}")
            for number, plan in enumerate(plans[:2])
        ]
        new = [
            self._line(float(plan), project=f"P{number}")
            for number, plan in enumerate(plans[2:])
        ]
        lines = old + new
        oracle = Oracle(dict(zip(lines, plans, strict=True)))
        refused = 0
        for _step in range(STEPS):
            refused += not self._play(dice, oracle, old, new, documents)
            self._compare(oracle)
        self.assertTrue(0 < refused < STEPS)
        self.assertWhole(lines)

    def _play(self, dice, oracle, old, new, documents):
        """Take one step on both sides; tell whether it was possible."""
        action = dice.choice(
            ["commit"] * 5
            + ["spend"] * 4
            + ["release", "transfer", "transfer", "carry"]
        )
        line = dice.choice(old + new)
        document, part = dice.choice(documents), dice.choice(("", "a"))
        key = (document.id, part)
        amount = Decimal(dice.randrange(60000)) * CENT
        why = "Let through" if dice.random() < 0.1 else ""
        if action == "commit":
            possible = oracle.commit(line, key, amount, why)
            step = lambda: line._commit(document, float(amount), part, why)  # noqa: E731
        elif action == "release":
            possible = True
            oracle.release(line, key)
            step = lambda: line._release(document, part)  # noqa: E731
        elif action == "spend":
            if dice.random() < 0.15:
                amount = -amount / 10
                amount = amount.quantize(CENT)
            possible = oracle.spend(line, key, amount, why)
            step = lambda: line._spend(document, float(amount), part, why)  # noqa: E731
        elif action == "transfer":
            source, target = dice.sample(new, 2)
            amount += CENT
            possible = oracle.transfer(source, target, amount)
            step = lambda: self._give(source, target, float(amount))  # noqa: E731
        else:
            if dice.random() < 0.7:
                return True  # at most a few times in a history
            line = dice.choice(old)
            possible = oracle.carry(line, new[old.index(line)])
            step = lambda: self._carry(line)  # noqa: E731
        if possible:
            step()
        else:
            with self.assertRaises(UserError), self.env.cr.savepoint():
                step()
            self.env.invalidate_all()
        return possible

    def _give(self, source, target, amount):
        transfer = self._transfer((source, -amount), (target, amount))
        transfer.action_submit()
        self._decide_all(transfer)

    def _carry(self, line):
        self._transfer(
            (line, line._get_left()), kind="carry_over", year=self.year - 1
        ).action_submit()

    def _compare(self, oracle):
        self.env.flush_all()
        for line in oracle.plan:
            self.assertFigures(
                line,
                float(oracle.plan[line]),
                float(oracle.committed(line)),
                float(oracle.actual[line]),
            )
            self.assertGreaterEqual(
                round(line.amount_available + line.amount_exception, 2), 0
            )
