from psycopg2 import DatabaseError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_settlement import SCAN, SettlementCase

MODELS = (
    "gov.settlement",
    "gov.settlement.line",
    "gov.settlement.confirmation",
    "gov.settlement.payment",
)


@tagged("post_install", "-at_install")
class TestSettlementRpc(SettlementCase):
    """Who reads what, and what a caller cannot do whatever context they send."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use(cls.office_contract, cls.meal, cls.day(1, 9), 10)
        cls.statement = cls.draft(cls.vendor_contract)
        cls.inner = cls.draft(cls.office_contract)
        cls.confirm_own(cls.statement)

    def _sees(self, user, records):
        model = self._as(self.env[records._name], user)
        return bool(model.search([("id", "in", records.ids)]))

    def test_who_reads(self):
        everybody = {
            self.keeper_user: (True, True),
            self.centre_user: (True, True),
            self.budget_user: (True, True),
            self.supervision_user: (True, True),
            self.works_head_user: (True, True),
            self.office_head_user: (False, True),
            self.staff_user: (False, False),
            self.desk_user: (False, False),
            self.repairer_user: (False, False),
        }
        for user, expected in everybody.items():
            with self.subTest(user=user.name):
                found = tuple(
                    self._sees(user, record) for record in (self.statement, self.inner)
                )
                self.assertEqual(found, expected)
                self.assertEqual(
                    tuple(
                        self._sees(user, record.line_ids)
                        for record in (self.statement, self.inner)
                    ),
                    expected,
                )

    def test_outside_accounts_read_no_table(self):
        for user in (self.vendor_user, self.portal_user):
            for model in MODELS:
                with self.subTest(user=user.name, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])

    def test_a_seat_reads_while_it_decides(self):
        self.assertFalse(self._sees(self.finance_user, self.statement))
        self.confirm_paper(self.statement)
        self.statement.action_submit()
        self.assertTrue(self._sees(self.finance_user, self.statement))
        self.assertTrue(self._sees(self.finance_user, self.statement.line_ids))

    def test_nobody_writes_what_the_server_says(self):
        values = {
            "gov.settlement": [
                {"state": "sealed"},
                {"amount_due": 1},
                {"amount_payable": 1},
                {"frozen_at": "2026-01-01 00:00:00"},
                {"own_confirmed_at": "2026-01-01 00:00:00"},
                {"other_confirmed_at": False},
                {"contract_id": self.office_contract.id},
                {"approval_state": "approved"},
                {"number": "X"},
                {"scan": SCAN},
                {"move_id": False},
                {"is_sealed": False},
                {"line_ids": [(5, 0, 0)]},
                {"payment_ids": [(0, 0, {"number": "x", "amount": 1})]},
                {"handler_id": 1},
            ],
            "gov.settlement.line": [{"amount": 1}, {"objection": "x"}],
            "gov.settlement.confirmation": [{"is_void": True}],
        }
        users = (
            self.keeper_user,
            self.centre_user,
            self.works_head_user,
            self.staff_user,
            self.supervision_user,
        )
        context = {"gov_engine": True, "tracking_disable": True, "force": 1}
        for user in users:
            for model, attempts in values.items():
                record = {
                    "gov.settlement": self.statement,
                    "gov.settlement.line": self.statement.line_ids[:1],
                    "gov.settlement.confirmation": self.statement.confirmation_ids[:1],
                }[model]
                record = self._as(record, user).with_context(**context)
                for vals in attempts:
                    with self.subTest(user=user.name, model=model, vals=vals):
                        with self.assertRaises(UserError):
                            record.write(vals)
                with self.assertRaises(UserError):
                    record.unlink()
                with self.assertRaises(UserError):
                    record.create({})
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(UserError):
            self.statement.with_user(admin).sudo().write({"state": "sealed"})

    def test_defaults_in_the_context_change_nothing(self):
        with self.assertRaises(UserError):
            self.statements().with_context(default_state="sealed").create(
                {"contract_id": self.vendor_contract.id}
            )

    def test_steps_of_others_are_refused(self):
        today = self.company.gov_today()
        line = self.statement.line_ids[:1].id
        for user in (self.staff_user, self.desk_user, self.supervision_user):
            record = self._as(self.statement, user)
            for step, args in (
                ("action_confirm", ("own",)),
                ("action_confirm", ("other",)),
                ("action_object", (line, "x")),
                ("action_answer", (line, "x")),
                ("action_take_back", ("x",)),
                ("action_refresh", ()),
                ("action_ask", ()),
                ("action_add_fine", ("x", 1)),
                ("action_confirm_paper", ("other", "x", today, SCAN)),
                ("action_stamp", (SCAN,)),
                ("action_bill", ()),
                ("action_pay", ("x", today, 1)),
                ("action_reverse", ("x",)),
                ("action_export", ()),
                ("action_billed_elsewhere", ("x",)),
                ("action_submit", ()),
                ("action_cancel", ("x",)),
            ):
                with self.subTest(user=user.name, step=step):
                    with self.assertRaises(UserError):
                        getattr(record, step)(*args)
        self.assertEqual(self.statement.state, "draft")

    def test_bad_input(self):
        head = self.statement.with_user(self.works_head_user)
        for side in ("left", 1, True, ["own"]):
            with self.subTest(side=side), self.assertRaises(UserError):
                head.action_confirm(side)
        for line in (0, -1, True, "1", None, 10**12, self.inner.line_ids[:1].id):
            with self.subTest(line=line), self.assertRaises(UserError):
                head.action_object(line, "x")
        for reason in (None, "", "  ", 5, "a" * 501, "a\0b"):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                head.action_object(self.statement.line_ids[:1].id, reason)
        for scan in (None, "", "%%%", "aGVsbG8=", 7):
            with self.subTest(scan=scan), self.assertRaises(UserError):
                self.statement.action_confirm_paper("other", "Ma", "2026-01-31", scan)
        for day in (None, "", "31.1.2026", "2999-01-01", 5):
            with self.subTest(day=day), self.assertRaises(UserError):
                self.statement.action_confirm_paper("other", "Ma", day, SCAN)
        gone = self.statements().browse(2**30)
        with self.assertRaises(UserError):
            gone.action_confirm("own")

    def test_a_portal_user_whom_the_contract_names_confirms(self):
        self.env["contract.contract"].browse(
            self.vendor_contract.id
        ).sudo().other_confirmer_id = self.vendor_user
        outside = self.statement.with_user(self.vendor_user)
        with self.assertRaises(UserError):
            outside.action_confirm("own")
        outside.action_object(self.statement.line_ids[:1].id, "Too little")
        self.statement.action_answer(self.statement.line_ids[:1].id, "By contract")
        outside.action_confirm("other")
        self.confirm_own(self.statement)
        self.assertEqual(self.statement.state, "confirmed")
        row = self.statement.confirmation_ids.filtered(
            lambda row: row.kind == "confirm" and row.side == "other"
        )
        self.assertEqual((row.channel, row.user_id), ("portal", self.vendor_user))
        with self.assertRaises(UserError):
            self.inner.with_user(self.vendor_user).action_confirm("other")

    def test_a_sealed_row_resists_sql(self):
        self.confirm_paper(self.statement)
        self.approve(self.statement)
        self.statement.action_stamp(SCAN, "x.png")
        for query in (
            "UPDATE gov_settlement SET amount_due = 1 WHERE id = %s",
            "DELETE FROM gov_settlement WHERE id = %s",
            "UPDATE gov_settlement_line SET amount = 1 WHERE settlement_id = %s",
            "DELETE FROM gov_settlement_line WHERE settlement_id = %s",
        ):
            with self.subTest(query=query), self.assertRaises(DatabaseError):
                with self.env.cr.savepoint():
                    self.env.cr.execute(query, [self.statement.id])
