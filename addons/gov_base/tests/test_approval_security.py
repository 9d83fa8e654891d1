from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase

ENGINE_MODELS = (
    "gov.approval.step",
    "gov.approval.seat",
    "gov.approval.decision",
)


@tagged("post_install", "-at_install")
class TestApprovalSecurity(ApprovalCase):
    """Least rights: nothing of a chain is written but by the engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.matter = cls.Matter.with_user(cls.staff_user).create({"kind": "issue"})
        cls.matter.action_submit()
        cls.done = cls.Matter.with_user(cls.staff_user).create({"kind": "issue"})
        cls.done.action_submit()
        cls.done.with_user(cls.office_head_user).action_approve("fine")
        cls.everybody = (
            cls.staff_user
            + cls.clerk_user
            + cls.office_head_user
            + cls.head_user
            + cls.supervision_user
            + cls.admin_user
            + cls.system_user
        )

    def _attack_contexts(self):
        return (
            {},
            {"gov_engine": True},
            {"gov_engine": "object"},
            {"install_mode": True, "tracking_disable": True, "import_file": True},
        )

    def test_rows_of_the_engine_cannot_be_touched(self):
        for user in self.everybody:
            for name in ENGINE_MODELS:
                row = self.env[name].search([("res_id", "=", self.done.id)], limit=1)
                for context in self._attack_contexts():
                    rows = row.with_user(user).with_context(**context)
                    with self.subTest(user=user.login, model=name, context=context):
                        with self.assertRaises(UserError):
                            rows.write({"state": "approved"})
                        with self.assertRaises(UserError):
                            rows.create({"model": self.done._name, "res_id": 1})
                        with self.assertRaises(UserError):
                            rows.unlink()
                        with self.assertRaises(UserError):
                            rows.copy()

    def test_superuser_cannot_touch_them_either(self):
        for name in ENGINE_MODELS:
            row = self.env[name].search([("res_id", "=", self.done.id)], limit=1)
            with self.assertRaises(UserError):
                row.sudo().write({"company_id": self.other_company.id})
            with self.assertRaises(UserError):
                row.sudo().unlink()

    def test_state_cannot_be_set(self):
        protected = {
            "approval_state": "approved",
            "number": "1",
            "amount_for_approval": 1,
            "amount_frozen": 1,
            "approval_round": 9,
            "department_id": self.works.id,
            "decision_ids": [Command.clear()],
            "step_ids": [Command.clear()],
            "seat_ids": [Command.clear()],
        }
        for user in self.everybody + self.env.ref("base.user_root"):
            for context in self._attack_contexts():
                matters = self.matter.with_user(user).with_context(**context)
                for field, value in protected.items():
                    with self.subTest(user=user.login, field=field, context=context):
                        with self.assertRaises(UserError):
                            matters.write({field: value})
                        with self.assertRaises(UserError):
                            matters.create({"kind": "issue", field: value})
        self.assertEqual(self.matter.approval_state, "submitted")

    def test_context_defaults_open_nothing(self):
        matter = (
            self.Matter.with_user(self.staff_user)
            .with_context(
                default_approval_state="approved",
                default_number="1",
                default_approval_round=3,
                default_handler_id=self.head_user.id,
            )
            .create({"kind": "issue"})
        )
        self.assertEqual(matter.approval_state, "draft")
        self.assertFalse(matter.number or matter.approval_round)
        self.assertEqual(matter.handler_id, self.staff_user)

    def test_handler_is_who_types(self):
        matter = self.Matter.with_user(self.staff_user).create(
            {"kind": "issue", "handler_id": self.head_user.id}
        )
        self.assertEqual(matter.handler_id, self.staff_user)
        with self.assertRaises(UserError):
            matter.write({"handler_id": self.head_user.id})

    def test_submitted_matter_is_frozen(self):
        for user in self.staff_user, self.office_head_user, self.env.user:
            with self.assertRaisesRegex(UserError, "has been submitted"):
                self.matter.with_user(user).write({"kind": "purchase"})
        self.matter.message_post(body="a word")

    def test_submitted_matter_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "cannot be deleted|stays on record"):
            self.matter.unlink()
        draft = self._matter()
        draft.unlink()

    def test_who_reads_a_matter_reads_its_parts(self):
        for user, sees in (
            (self.staff_user, True),
            (self.office_head_user, True),
            (self.supervision_user, True),
            (self.works_staff_user, False),
            (self.admin_user, False),
            (self.system_user, False),
        ):
            for name in "gov.approval.step", "gov.approval.decision":
                rows = self.env[name].with_user(user)
                domain = [
                    ("model", "=", self.done._name),
                    ("res_id", "=", self.done.id),
                ]
                with self.subTest(user=user.login, model=name):
                    self.assertEqual(bool(rows.search(domain)), sees)
                    self.assertEqual(rows.search_count(domain) > 0, sees)
                    row = self.env[name].search(domain).with_user(user)
                    row.invalidate_recordset()
                    if sees:
                        row.read(["tier_name" if "tier_name" in row else "name"])
                    else:
                        with self.assertRaises(AccessError):
                            row.read(["company_id"])

    def test_seats_are_read_by_their_holder_and_supervision(self):
        domain = [("model", "=", self.matter._name), ("res_id", "=", self.matter.id)]
        for user, sees in (
            (self.office_head_user, True),
            (self.supervision_user, True),
            (self.staff_user, False),
            (self.system_user, False),
        ):
            seats = self.env["gov.approval.seat"].with_user(user)
            self.assertEqual(bool(seats.search(domain)), sees, user.login)

    def test_supervision_changes_nothing(self):
        matter = self.matter.with_user(self.supervision_user)
        self.assertTrue(matter.read(["approval_state"]))
        for method, args in (
            ("action_approve", ()),
            ("action_reject", ("x",)),
            ("action_return", ("x",)),
            ("action_withdraw", ()),
        ):
            with self.assertRaises(UserError):
                getattr(matter, method)(*args)
        with self.assertRaises(UserError):
            matter.write({"name": "x"})

    def test_other_institution_sees_nothing(self):
        matter = self.matter.with_user(self.other_staff_user)
        with self.assertRaises(AccessError):
            matter.read(["approval_state"])
        with self.assertRaises(AccessError):
            matter.action_approve()

    def test_configuration_rights(self):
        for name, values in (
            ("gov.role", {"name": "X", "code": "x"}),
            (
                "gov.approval.rule",
                {
                    "name": "X",
                    "model_id": self.env["ir.model"]._get(self.Matter._name).id,
                },
            ),
            ("gov.approval.fallback", {"employee_id": self.third.id}),
        ):
            for user in self.everybody - self.admin_user:
                with self.assertRaises(AccessError):
                    self.env[name].with_user(user).create(values)
            self.env[name].with_user(self.admin_user).create(values)

    def test_giving_oneself_a_role_opens_a_finding(self):
        employee = self._create_person(
            "adm", "Xin Guan", self.office, 60, "Admin", "gov_base.group_approval_admin"
        )
        holders = self.env["gov.role.holder"].with_user(self.adm_user)
        values = {"role_id": self.roles["finance"].id, "company_id": self.company.id}
        Finding = self.env["gov.finding"]
        domain = [("rule_code", "=", "self_granted_role")]
        holders.create({**values, "employee_id": self.buyer.id})
        self.assertFalse(Finding.search(domain))
        holders.create({**values, "employee_id": employee.id})
        self.assertEqual(len(Finding.search(domain)), 1)

    def test_taking_over_the_login_of_a_holder_opens_a_finding(self):
        officer = self._create_user("gov_hr", "hr.group_hr_user")
        domain = [("rule_code", "=", "self_granted_role")]
        self.store.with_user(officer).user_id = officer
        self.assertEqual(len(self.env["gov.finding"].search(domain)), 1)

    def test_holding_is_rewritten_on_its_first_day_only(self):
        holder = self.roles["store"].holder_ids[:1]
        holder.with_user(self.admin_user).employee_id = self.buyer
        self.env.cr.execute(
            "UPDATE gov_role_holder SET create_date = create_date - interval '2 days'"
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "more than a day ago"):
            holder.with_user(self.admin_user).employee_id = self.store
        holder.with_user(self.admin_user).date_to = self.company.gov_today()

    def test_role_used_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "archive it"):
            self.roles["head"].unlink()
        holder = self.roles["head"].holder_ids[:1]
        with self.assertRaisesRegex(UserError, "stays on record"):
            holder.unlink()
        with self.assertRaisesRegex(UserError, "archive it"):
            self.head_rule.unlink()
