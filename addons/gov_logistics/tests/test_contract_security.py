from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_service import ServiceCase

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestContractSecurity(ServiceCase):
    """Role × model × operation, which contracts each role sees, and attacks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant_user = cls._create_user(
            "gov_accountant", "account.group_account_manager"
        )
        cls.roles_of = {
            "staff": cls.staff_user,
            "desk": cls.desk_user,
            "repairer": cls.repairer_user,
            "inspector": cls.inspector_user,
            "keeper": cls.keeper_user,
            "manager": cls.centre_user,
            "budget": cls.budget_user,
            "supervision": cls.supervision_user,
            "approval admin": cls.admin_user,
        }
        cls.draft = cls._contract(
            "vendor",
            (cls.meal, "metered", 9),
            activate=False,
            partner_id=cls.service_vendor2.id,
        )

    # ------------------------------------------------------------------------ matrix

    def test_matrix_of_models(self):
        """What the access list gives; rules narrow it further."""
        keepers = {"keeper": "rwcu", "manager": "rwcu"}
        readers = {"inspector": "r", "keeper": "r", "manager": "r", "supervision": "r"}
        everybody = {role: "r" for role in self.roles_of}
        nobody = {role: "" for role in self.roles_of}
        for model, expected in {
            "contract.contract": {**everybody, **keepers},
            "contract.line": {**everybody, **keepers},
            "gov.contract.price": {**everybody, **keepers},
            "gov.contract.supplement": {**everybody, **keepers},
            "gov.contract.period": everybody,
            "gov.contract.proposal": {**nobody, **readers},
            "gov.contract.proposal.wizard": {**nobody, "manager": "rwc"},
            "gov.deduction.table": {**everybody, "manager": "rwcu"},
            "gov.deduction.band": {**everybody, "manager": "rwcu"},
            "gov.service.figure": {**nobody, "manager": "r", "supervision": "r"},
            "contract.template": nobody,
            "contract.modification": nobody,
            "contract.manually.create.invoice": nobody,
        }.items():
            for role, user in self.roles_of.items():
                records = self.env[model].with_user(user)
                found = "".join(op[0] for op in OPERATIONS if records.has_access(op))
                self.assertEqual(found, expected[role], f"{model} {role}")

    def _seen(self, user):
        """Return which of our three contracts, and the draft, ``user`` reads."""
        ours = (
            self.vendor_contract
            + self.office_contract
            + self.unit_contract
            + self.draft
        )
        mine = self._as(self.env["contract.contract"], user)
        found = mine.search([("id", "in", ours.ids)])
        for model, name in (
            ("contract.line", "contract_id"),
            ("gov.contract.price", "contract_id"),
            ("gov.contract.period", "contract_id"),
        ):
            rows = self._as(self.env[model], user).search([(name, "in", ours.ids)])
            self.assertLessEqual(rows[name], found, f"{model} {user.login}")
        return found.sudo()

    def test_who_sees_which(self):
        ours = (
            self.vendor_contract
            + self.office_contract
            + self.unit_contract
            + self.draft
        )
        for user in (
            self.keeper_user,
            self.centre_user,
            self.inspector_user,
            self.supervision_user,
        ):
            self.assertEqual(self._seen(user), ours, user.login)
        for user in (self.staff_user, self.repairer_user, self.desk_user):
            self.assertFalse(self._seen(user), user.login)
        # The head of the centre is in charge; the head and the liaison of a served
        # department read what serves them.
        self.assertEqual(self._seen(self.works_head_user), ours)
        self.assertEqual(self._seen(self.office_head_user), self.office_contract)
        self.assertEqual(self._seen(self.clerk_user), self.office_contract)
        for user in (self.portal_user, self.portal2_user, self.vendor_user):
            self.assertFalse(
                self.env["contract.contract"]
                .with_user(user)
                .search([("id", "in", ours.ids)])
            )

    def test_confirmer_reads_own(self):
        self.unit_contract.own_confirmer_id = self.staff_user
        self.assertEqual(self._seen(self.staff_user), self.unit_contract)
        self.unit_contract.other_confirmer_id = self.portal_user
        self.assertFalse(
            self.env["contract.contract"].with_user(self.portal_user).search([])
        )

    def test_other_institution(self):
        other = self._create_user(
            "gov_other_keeper",
            "gov_logistics.group_service_manager",
            self.other_company,
        )
        for model in (
            "contract.contract",
            "contract.line",
            "gov.contract.price",
            "gov.contract.period",
            "gov.contract.supplement",
        ):
            rows = self._as(self.env[model], other).search([])
            self.assertNotIn(self.company, rows.sudo().company_id, model)
        with self.assertRaises(AccessError):
            self.vendor_contract.with_user(other).read(["name"])
        with self.assertRaises(AccessError):
            self.vendor_contract.with_user(other).action_terminate("x", "2026-01-31")

    # ----------------------------------------------------------------------- attacks

    def test_only_keepers_write(self):
        """Everybody else is refused, the accounting manager of OCA included."""
        lines = self.draft.contract_line_ids
        prices = lines.price_ids
        users = [
            *(u for r, u in self.roles_of.items() if r not in ("keeper", "manager")),
            self.accountant_user,
            self.works_head_user,
            self.portal_user,
        ]
        for user in users:
            for action in (
                lambda: self.draft.with_user(user).write({"ceiling": 5}),  # noqa: B023
                lambda: self.draft.with_user(user).unlink(),  # noqa: B023
                lambda: self.draft.with_user(user).action_activate(),  # noqa: B023
                lambda: lines.with_user(user).write({"quantity": 5}),  # noqa: B023
                lambda: lines.with_user(user).unlink(),  # noqa: B023
                lambda: prices.with_user(user).write({"price": 5}),  # noqa: B023
                lambda: prices.with_user(user).unlink(),  # noqa: B023
                lambda: self.env["contract.contract"]
                .with_user(user)  # noqa: B023
                .create(
                    {
                        "name": "Mine",
                        "service_role": "vendor",
                        "partner_id": self.service_vendor.id,
                        "company_id": self.company.id,
                    }
                ),
                lambda: self.env["contract.line"]
                .with_user(user)  # noqa: B023
                .create(
                    {
                        "contract_id": self.draft.id,
                        "service_item_id": self.lamp.id,
                        "company_id": self.company.id,
                    }
                ),
                lambda: self.env["gov.contract.supplement"]
                .with_user(user)  # noqa: B023
                .create(
                    {
                        "contract_id": self.vendor_contract.id,
                        "kind": "ceiling",
                        "reason": "x",
                    }
                ),
            ):
                with self.assertRaises(UserError, msg=user.login), self.cr.savepoint():
                    action()
        self.assertEqual(self.draft.ceiling, 0)

    def test_context_opens_nothing(self):
        """Neither a forged engine key nor defaults get past the guard."""
        contract = self.vendor_contract.with_context(
            gov_engine=True, active_test=False, bypass_modification_send=True
        )
        for values in (
            {"gov_state": "draft"},
            {"amount_settled": 0},
            {"ceiling": 10**9},
            {"alerted_ceiling": True},
        ):
            with self.assertRaises(UserError):
                contract.write(values)
        made = (
            self._as(self.env["contract.contract"], self.keeper_user)
            .with_context(
                default_gov_state="active",
                default_amount_settled=7,
                default_alerted_end=True,
            )
            .create(
                {
                    "name": "x",
                    "service_role": "vendor",
                    "partner_id": self.service_vendor2.id,
                }
            )
        )
        self.assertEqual(made.gov_state, "draft")
        self.assertEqual(made.amount_settled, 0)
        self.assertFalse(made.alerted_end)

    def test_frozen_by_every_way_in(self):
        """One2many commands from elsewhere do not reach a contract in force either."""
        contract = self.vendor_contract
        line = self._line_of(contract, self.power)
        partner = self.service_vendor.with_user(self.keeper_user)
        for action in (
            lambda: partner.write(
                {"contract_ids": [Command.update(contract.id, {"ceiling": 5})]}
            ),
            lambda: self.draft.write({"contract_line_ids": [Command.link(line.id)]}),
            lambda: self.draft.write({"contract_line_ids": [Command.set(line.ids)]}),
            lambda: self.draft.write(
                {"contract_line_ids": [Command.update(line.id, {"quantity": 9})]}
            ),
            lambda: self.draft.write({"contract_line_ids": [Command.delete(line.id)]}),
            lambda: self.draft.write(
                {
                    "price_row_ids": [
                        Command.update(line.price_ids.id, {"price": 9}),
                    ]
                }
            ),
            lambda: self.draft.write(
                {
                    "price_row_ids": [
                        Command.create(
                            {
                                "line_id": line.id,
                                "price": 9,
                                "date_from": date(self.year + 5, 1, 1),
                            }
                        ),
                    ]
                }
            ),
            lambda: self.deduction_table.with_user(self.centre_user).write(
                {"contract_ids": [Command.update(contract.id, {"ceiling": 5})]}
            ),
            lambda: contract.write({"price_row_ids": [Command.clear()]}),
            lambda: contract.write({"company_id": self.other_company.id}),
            lambda: self.draft.contract_line_ids.write({"contract_id": contract.id}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                action()
        self.assertEqual(line.contract_id, contract)
        self.assertEqual(line.price, 0.68)

    def test_copy_is_a_draft(self):
        """A copy of a contract in force begins anew, nothing settled, no number."""
        engine(self.vendor_contract.sudo()).write({"amount_settled": 77})
        copy = self.vendor_contract.copy()
        self.assertEqual(copy.gov_state, "draft")
        self.assertEqual(copy.amount_settled, 0)
        self.assertEqual(
            copy.contract_line_ids.mapped("price"),
            self.vendor_contract.contract_line_ids.mapped("price"),
        )
        with self.assertRaises(UserError):
            self.vendor_contract.copy({"gov_state": "active"})

    def test_what_follows_is_not_written(self):
        """Institution, partner and contract of a line and of a price follow."""
        line = self.draft.contract_line_ids
        line.write({"partner_id": self.unit.id, "recurring_next_date": "2020-01-01"})
        line.price_ids.write({"contract_id": self.vendor_contract.id, "price": 8})
        self.assertEqual(line.partner_id, self.service_vendor2)
        self.assertFalse(line.recurring_next_date)
        self.assertEqual(line.price_ids.contract_id, self.draft)
        self.assertEqual(line.price, 8)

    def test_supplement_of_a_foreign_line(self):
        """A supplement names no line of another contract, nor a foreign contract."""
        supplements = self._as(self.env["gov.contract.supplement"], self.keeper_user)
        line = self._line_of(self.unit_contract, self.power)
        supplement = supplements.create(
            {
                "contract_id": self.vendor_contract.id,
                "kind": "line_end",
                "line_id": line.id,
                "date_end": date(self.year, 6, 30),
                "reason": "x",
            }
        )
        with self.assertRaisesRegex(UserError, "no line of"):
            supplement.action_apply()
        self.assertEqual(line.date_end, date(self.year, 12, 31))

    # ------------------------------------------------------------------------ figures

    def test_figures(self):
        """The overview counts what its reader may read, and opens just that."""
        engine(self.vendor_contract.sudo()).write(
            {"ceiling": 100, "amount_settled": 95}
        )
        figures = self._as(self.env["gov.service.figure"], self.centre_user)
        shown = figures.search([("is_shown", "=", True)])
        self.assertIn("contract_ceiling", shown.mapped("code"))
        for figure in shown:
            action = figure.action_open()
            found = self._as(
                self.env[action["res_model"]], self.centre_user
            ).search_count(action["domain"])
            self.assertEqual(found, figure.count, figure.code)
        ceiling = shown.filtered(lambda figure: figure.code == "contract_ceiling")
        self.assertEqual(ceiling.count, 1)
        self.assertTrue(ceiling.is_raised)
        with self.assertRaises(UserError):
            shown.action_open()
        with self.assertRaises(AccessError):
            ceiling.with_user(self.staff_user).action_open()
        with self.assertRaises(AccessError):
            ceiling.write({"name": "x"})
        for user in (self.centre_user, self.supervision_user):
            mine = self._as(self.env["gov.service.figure"], user)
            self.assertTrue(mine.search([("is_shown", "=", True)]).mapped("count"))
