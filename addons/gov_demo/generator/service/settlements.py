"""A year of statements: what was settled on paper, and last month's in every state.

All months but the last one are imported history: the engine drafts them from contracts
and usage, both sides' confirmations and the chain are those of the paper. Those of the
month before last are billed here. Last month's are walked by the users themselves as
far as the table says; the current month is open.
"""

import base64
from collections import namedtuple
from datetime import timedelta

from odoo.tools import file_open

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day

HANDLER = "liuyulan"
OPINIONS = {"role": "已核，同意"}
# How far last month's statement of each contract has come.
GOALS = {
    "property": "billed",
    "guards": "own_confirmed",
    "dishes": "stamping",
    "telecom": "finance",
    "garage_north": "head",
    "garage_east": "confirmed",
    "garage_new": "draft",
    "printing": "billed",
    "greens": "sealed",
    "cooling": "billed",
    "fire": "stamping",
    "lifts": "sealed",
    "unit_finance_bureau": "own_confirmed",
    "unit_county_office": "objected",
    "unit_party_office": "billed",
    "unit_development": "billed",
    "unit_human_resources": "sealed",
    "unit_agriculture": "stamping",
    "unit_housing": "finance",
    "unit_education": "confirmed",
    "unit_justice": "draft",
    "unit_audit": "draft",
    "unit_statistics": "draft",
    "unit_rural": "draft",
    "catering_energy": "sealed",
    "vehicle_energy": "head",
    "rooms": "sealed",
}
ORDER = (
    "draft",
    "own_confirmed",
    "confirmed",
    "finance",
    "head",
    "stamping",
    "sealed",
    "billed",
)
OBJECTION = "10月有两次用车为县政府统一调度，不应计入本单位里程，请核对。"

Statement = namedtuple("Statement", "name record")


def load(loader, window):
    settlements = Settlements(loader, window)
    settlements.enter_history()
    settlements.walk_last_month()


class Settlements:
    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.env = loader.env
        self.model = self.env["gov.settlement"]
        self.handler = loader.ref(f"user_{HANDLER}")
        self.contracts = {name: loader.ref(f"contract_{name}") for name in GOALS}
        with file_open("gov_demo/static/img/signature.png", "rb") as stream:
            self.scan = base64.b64encode(stream.read())

    def draft(self, first, last):
        """Draft what is due of all contracts, in the name of the clerk."""
        contracts = self.env["contract.contract"].union(*self.contracts.values())
        drafted = self.model._draft_batch(contracts, first, last, handler=self.handler)
        if drafted.problems:
            raise ValueError([text for __, text in drafted.problems])
        return engine(drafted.statements.sudo())

    # ------------------------------------------------------------------- history

    def enter_history(self):
        months = self.window.whole[:-1]
        statements = self.draft(months[0].first, months[-1].last)
        statements = statements.sorted(lambda s: (s.date_to, s.id))
        self._confirm_on_paper(statements)
        self._decide_on_paper(statements)
        self._seal(statements)
        self._bill(statements)

    def _moment(self, statement, days, hour):
        """Return the moment so many working days after the month of a statement."""
        end = statement.date_to + timedelta(days=1)
        return self.window.utc(self.window.after(end, days), hour)

    def _confirm_on_paper(self, statements):
        digests = statements._get_content_hashes()
        rows = []
        for statement in statements:
            contract = statement.contract_id
            moments = self._moment(statement, 5, 10), self._moment(statement, 6, 15)
            people = (
                contract.own_confirmer_id.name,
                contract.partner_id.child_ids[:1].name or contract.partner_id.name,
            )
            for side, moment, person in zip(
                ("own", "other"), moments, people, strict=True
            ):
                rows.append(
                    {
                        "settlement_id": statement.id,
                        "side": side,
                        "kind": "confirm",
                        "channel": "paper",
                        "user_id": self.handler.id,
                        "person": person,
                        "date": moment,
                        "signed_on": moment.date(),
                        "content_hash": digests[statement.id],
                    }
                )
            statement.write(
                {
                    "asked_at": self._moment(statement, 4, 9),
                    "own_confirmed_at": moments[0],
                    "other_confirmed_at": moments[1],
                    "frozen_at": moments[1],
                    "frozen_hash": digests[statement.id],
                    "amount_before": statement._count(1),
                }
            )
            statement.assessment_ids._lock(statement)
        engine(self.env["gov.settlement.confirmation"].sudo()).create(rows)

    def _decide_on_paper(self, statements):
        for statement in statements:
            submitted = self._moment(statement, 7, 9)
            day = submitted.date()
            statement.write(
                {
                    "approval_state": "submitted",
                    "approval_round": 1,
                    "is_imported": True,
                    "occurred_on": day,
                    "period_date": day,
                    "submitted_at": submitted,
                    "department_id": statement.employee_id._gov_department().id,
                }
            )
            statement._assign_number(day)
        statements._import_chains(OPINIONS)
        statements.write({"approval_state": "approved"})

    def _seal(self, statements):
        for statement in statements:
            statement.sealed_at = self._moment(statement, 9, 16)
        statements.line_ids._seal()
        statements._seal()
        for statement in statements:
            if statement.date_to.year == self.window.today.year:
                day = self._moment(statement, 9, 16).date()
                on_day(statement, day)._book_budget()

    def _bill(self, statements):
        """Bill the last of these months here; the others were billed elsewhere."""
        by_transfer = statements.filtered(lambda s: s.settlement_mode == "transfer")
        here = by_transfer.filtered(lambda s: s.date_to >= self.window.whole[-2].first)
        on_day(here, self.window.after(self.window.last.first, 10))._bill()
        payments = []
        for statement in by_transfer:
            if statement not in here:
                year, number = statement.date_to.year, statement.id % 9000 + 1000
                statement.write(
                    {
                        "is_elsewhere": True,
                        "bill_number": f"{year}{number:06}",
                        "billed_at": self._moment(statement, 10, 11),
                    }
                )
            payments.append(
                {
                    "settlement_id": statement.id,
                    "number": f"ZF{statement.date_to:%Y%m}{statement.id:05}",
                    "date": self._moment(statement, 14, 10).date(),
                    "amount": statement.amount_due,
                    "user_id": self.handler.id,
                }
            )
        payments = [row for row in payments if row["amount"] > 0]
        engine(self.env["gov.settlement.payment"].sudo()).create(payments)

    # ---------------------------------------------------------------- last month

    def walk_last_month(self):
        run = self.env["gov.settlement.run"].with_user(self.handler)
        run = run.create({"date_to": self.window.last.last})
        run.action_start()
        # The job's own steps; the installation commits for it.
        while engine(run.sudo())._step():
            pass
        self.loader.remember({"settlement_run": run})
        statements = engine(run.sudo()).settlement_ids
        by_contract = {s.contract_id: s for s in statements}
        for name, goal in GOALS.items():
            statement = by_contract.get(self.contracts[name])
            if statement:
                self.loader.remember({f"statement_{name}": statement})
                self.walk(statement.with_user(self.handler), goal)

    def walk(self, statement, goal):
        """Carry one statement to where it stands today, each step by its user."""
        statement = statement.with_env(self.env(user=self.handler.id, su=False))
        if goal == "draft":
            return
        contract = self.contracts_of(statement)
        statement.action_ask()
        own = contract.own_confirmer_id
        statement.with_user(own).action_confirm("own")
        if goal == "own_confirmed":
            return
        if goal == "objected":
            liaison = statement.with_user(contract.other_confirmer_id)
            liaison.action_object(statement.line_ids[0].id, OBJECTION, "other")
            return
        self._confirm_other(statement, contract)
        if goal == "confirmed":
            return
        # Each click has a cache of its own: the to-do to submit is taken away.
        statement.invalidate_recordset(["activity_ids"])
        statement.action_submit()
        stage = ORDER.index(goal)
        if goal == "finance":
            return
        self._approve(statement)
        if goal == "head":
            return
        self._approve(statement)
        if contract.settlement_mode != "transfer" or goal == "stamping":
            return
        statement.action_stamp(self.scan, "结算单（盖章）.png")
        if stage == ORDER.index("billed"):
            statement.action_bill()

    def contracts_of(self, statement):
        return statement.sudo().contract_id.with_env(self.env)

    def _confirm_other(self, statement, contract):
        if user := contract.other_confirmer_id:
            statement.with_user(user).action_confirm("other")
            return
        head = contract.served_department_id.manager_id.user_id
        if head:
            statement.with_user(head).action_confirm("other")
            return
        person = contract.partner_id.child_ids[:1].name
        statement.action_confirm_paper(
            "other", person, self.window.today, self.scan, "确认单.png"
        )

    def _approve(self, statement):
        step = statement.sudo().current_step_id
        users = step.seat_ids.filtered(lambda seat: seat.state == "open").user_id
        people = users.employee_id.sorted("rank_sequence").user_id
        user = (people - self.loader.ref("base.user_admin"))[:1] or users[:1]
        kind = step.check_code or step.approver_kind
        statement.with_user(user).action_approve(OPINIONS.get(kind, "同意"))
