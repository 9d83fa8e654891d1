from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_budget import BudgetCommon

FIGURES = (
    "amount_plan",
    "amount_committed",
    "amount_actual",
    "amount_available",
    "amount_exception",
    "amount_carried",
)
FORGED = {f"default_{name}": 10**6 for name in FIGURES}


@tagged("post_install", "-at_install")
class TestBudgetRpc(BudgetCommon, RpcCase):
    """Attacks over real HTTP: every role, any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.roles_of = (
            cls.budget_user
            + cls.staff_user
            + cls.office_head_user
            + cls.finance_user
            + cls.store_user
            + cls.supervision_user
            + cls.system_user
        )
        cls._make_keys(cls.roles_of)
        cls.line = cls._line()
        cls.request = cls._request((cls.paper, 2))

    def _refused(self, user, model, method, **arguments):
        status, answer = self._json2(user, model, method, **arguments)
        with self.subTest(user=user.login, model=model, method=method):
            self.assertTrue(400 <= status < 500, (status, answer))
            self.assertNotIn("Traceback", str(answer.get("message", "")))
        return answer

    def test_figures_and_entries(self):
        entry = self.line.entry_ids
        for user in self.roles_of:
            for context in CONTEXTS:
                self._refused(
                    user,
                    "gov.budget.line",
                    "write",
                    ids=self.line.ids,
                    vals={"amount_available": 10**6},
                    context=context,
                )
                self._refused(
                    user,
                    "gov.budget.entry",
                    "create",
                    vals_list=[{"line_id": self.line.id, "kind": "plan", "amount": 9}],
                    context=context,
                )
            self._refused(user, "gov.budget.entry", "unlink", ids=entry.ids)
            self._refused(user, "gov.budget.line", "unlink", ids=self.line.ids)
        self.assertFigures(self.line, 1000, 0, 0)

    def test_private_methods(self):
        for user in self.budget_user + self.system_user:
            for method in ("_commit", "_release", "_spend", "_book", "_carry_over"):
                self._refused(
                    user, "gov.budget.line", method, ids=self.line.ids, record=1
                )
            for method in ("_budget_sync", "_budget_set_lines", "_budget_review"):
                self._refused(user, "gov.supply.request", method, ids=self.request.ids)
            self._refused(user, "gov.budget.line", "_cron_remind")

    def test_forged_defaults(self):
        status, ids = self._json2(
            self.budget_user,
            "gov.budget.line",
            "create",
            vals_list=[
                {
                    "department_id": self.works.id,
                    "item_id": self.item.id,
                    "year": self.year,
                    "amount_initial": 5,
                }
            ],
            context=FORGED,
        )
        self.assertEqual(status, 200, ids)
        self.assertFigures(self.env["gov.budget.line"].browse(ids), 5, 0, 0)

    def test_switches_of_the_institution(self):
        for user in self.roles_of - self.system_user:
            self._refused(
                user,
                "res.company",
                "write",
                ids=self.company.ids,
                vals={"gov_budget_over": "exception"},
            )
        # Not even the administrator turns the budget off.
        self._refused(
            self.system_user,
            "res.company",
            "write",
            ids=self.company.ids,
            vals={"gov_budget_on": False},
        )

    def test_bad_input_is_a_message_and_not_a_stack(self):
        for vals in (
            {"year": "x"},
            {"department_id": "x"},
            {"department_id": [1]},
            {"amount_initial": "x"},
            {"amount_initial": 1e300},
            {"project": {"a": 1}},
            {"item_id": 10**9},
        ):
            answer = self._refused(
                self.budget_user,
                "gov.budget.line",
                "create",
                vals_list=[
                    {
                        "department_id": self.works.id,
                        "item_id": self.item.id,
                        "year": self.year,
                        **vals,
                    }
                ],
            )
            self.assertIn("UserError", answer["name"], (vals, answer))
        answer = self._refused(
            self.budget_user, "gov.budget.line", "create", vals_list=["x"]
        )
        self.assertIn("UserError", answer["name"])
        for year in ("x", 10**12, [1], {"a": 1}, True):
            answer = self._refused(
                self.budget_user,
                "gov.budget.transfer",
                "action_draft_carry_over",
                year=year,
            )
            self.assertIn("UserError", answer["name"], (year, answer))

    def test_transfer_is_not_applied_by_hand(self):
        transfer = self._transfer((self.line, 500), kind="revision")
        for context in CONTEXTS:
            for vals in (
                {"state": "approved"},
                {"approval_state": "approved"},
                {"applied_at": "2026-01-01 00:00:00"},
                {"number": "1"},
            ):
                self._refused(
                    self.budget_user,
                    "gov.budget.transfer",
                    "write",
                    ids=transfer.ids,
                    vals=vals,
                    context=context,
                )
        status, answer = self._json2(
            self.budget_user, "gov.budget.transfer", "action_submit", ids=transfer.ids
        )
        self.assertEqual((status, answer), (200, True))
        # Nobody agrees to their own, nor out of turn.
        for user in self.budget_user + self.store_user + self.system_user:
            self._refused(
                user, "gov.budget.transfer", "action_approve", ids=transfer.ids
            )
        self.assertFigures(self.line, 1000, 0, 0)

    def test_the_request_names_no_line_by_itself(self):
        for user in self.staff_user + self.store_user + self.finance_user:
            self._refused(
                user,
                "gov.supply.request",
                "action_set_fund_source",
                ids=self.request.ids,
                fund_source="Money",
                budget_lines=self.line.id,
            )
            for vals in ({"budget_line_id": self.line.id}, {"budget_over": False}):
                self._refused(
                    user,
                    "gov.supply.request",
                    "write",
                    ids=self.request.ids,
                    vals=vals,
                    context={"gov_engine": True},
                )
