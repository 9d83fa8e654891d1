from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SIGNATURE, SupplyCommon

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(SupplyCommon):
    """Role × model × operation, and which records each role sees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.manager_user = cls._create_user(
            "gov_manager", "gov_logistics.group_logistics_manager"
        )
        cls.roles_of = {
            "staff": cls.staff_user,
            "store": cls.store_user,
            "procurement": cls.buyer_user,
            "manager": cls.manager_user,
            "supervision": cls.supervision_user,
            "approval admin": cls.admin_user,
            "system": cls.system_user,
        }

    def test_matrix_of_models(self):
        """What the access list gives; rules narrow it further."""
        for model, expected in {
            "gov.supply.request": {role: "rwc" for role in self.roles_of},
            "gov.supply.request.line": {role: "rwcu" for role in self.roles_of},
            "gov.supply.purpose": {
                **{role: "r" for role in self.roles_of},
                "manager": "rwcu",
            },
            "gov.supply.consumption": {role: "r" for role in self.roles_of},
            "gov.supply.per.head": {role: "r" for role in self.roles_of},
            "gov.supply.dead.stock": {
                **{role: "" for role in self.roles_of},
                "store": "r",
                "procurement": "r",
                "manager": "r",
            },
            "gov.approval.waiting": {
                **{role: "" for role in self.roles_of},
                "manager": "r",
                "supervision": "r",
            },
            "gov.supply.wizard": {role: "rwc" for role in self.roles_of},
            "gov.supply.wizard.line": {role: "rwc" for role in self.roles_of},
            "gov.supply.norm": {
                **{role: "r" for role in self.roles_of},
                "manager": "rwcu",
            },
            "gov.supply.kit": {
                **{role: "r" for role in self.roles_of},
                "manager": "rwcu",
            },
            "gov.supply.kit.line": {
                **{role: "r" for role in self.roles_of},
                "manager": "rwcu",
            },
            "gov.supply.pin": {role: "" for role in self.roles_of},
            "gov.supply.pin.wizard": {role: "rwc" for role in self.roles_of},
            "gov.supply.kit.wizard": {role: "rwc" for role in self.roles_of},
            "gov.supply.counter": {
                **{role: "" for role in self.roles_of},
                "store": "rwc",
                "manager": "rwc",
            },
            "gov.supply.sign.wizard": {
                **{role: "" for role in self.roles_of},
                "store": "rwc",
                "manager": "rwc",
            },
            "gov.supply.scan.wizard": {
                **{role: "" for role in self.roles_of},
                "store": "rwcu",
                "manager": "rwcu",
            },
            "gov.supply.vendor.wizard": {
                **{role: "" for role in self.roles_of},
                "procurement": "rwc",
                "manager": "rwc",
            },
        }.items():
            for role, user in self.roles_of.items():
                for operation in OPERATIONS:
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            operation[0] in expected[role],
                        )

    def test_nobody_without_an_account_inside(self):
        portal = self._create_portal()
        for model in (
            "gov.supply.request",
            "gov.supply.request.line",
            "gov.supply.purpose",
            "gov.supply.consumption",
            "gov.supply.wizard",
        ):
            for operation in OPERATIONS:
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(
                        self.env[model].with_user(portal).has_access(operation)
                    )

    def _create_portal(self):
        return self.env["res.users"].create(
            {
                "name": "Served unit",
                "login": "served_unit",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def test_matrix_of_records(self):
        """Read, write and lines of a draft of the office's staff member."""
        draft = self._request((self.paper, 1), beneficiary_id=self.works_staff.id)
        for login, expected in {
            "staff": "rw",  # handler and applicant
            "clerk": "rw",  # liaison of the department
            "works_staff": "r",  # who uses the goods
            "office_head": "r",
            "leader": "r",  # line leader
            "store": "rw",
            "buyer": "r",
            "head": "",
            "works_head": "",
            "finance": "",
            "third": "",
            "other_staff": "",
            "supervision": "r",
            "admin": "",
        }.items():
            user = getattr(self, f"{login}_user")
            for records in (draft, draft.line_ids):
                mine = self._as(records, user)
                with self.subTest(user=login, model=records._name):
                    self.assertEqual(mine.has_access("read"), "r" in expected)
                    self.assertEqual(mine.has_access("write"), "w" in expected)
                    self.assertEqual(
                        bool(mine.search([("id", "in", records.ids)])), "r" in expected
                    )
        for user in (self.system_user,):
            self.assertFalse(draft.with_user(user).has_access("read"))
        for user in self.roles_of.values():
            self.assertFalse(draft.with_user(user).has_access("unlink"))

    def test_approvers_read_through_their_seats(self):
        thing = self._create_product("Desk", 7000)
        request = self._request((thing, 1), kind="purchase")
        finance = request.with_user(self.finance_user)
        member = request.with_user(self.third_user)
        self.assertFalse(finance.has_access("read"))
        request.action_submit()
        self.assertTrue(finance.has_access("read"))
        self.assertFalse(finance.has_access("write"))
        self.assertFalse(member.has_access("read"), "not before the meeting yet")
        # Everything that the approver's screen shows can be read.
        finance.web_read(
            {
                name: {}
                for name in (
                    "amount_approved",
                    "amount_last_year",
                    "current_citation",
                    "chain_preview",
                    "waiting_for",
                    "can_decide",
                    "fund_source",
                    "purchase_count",
                    "picking_count",
                )
            }
            | {
                "line_ids": {
                    "fields": {
                        name: {}
                        for name in (
                            "name",
                            "quantity",
                            "qty_on_hand",
                            "qty_last_year",
                            "price_unit",
                            "subtotal",
                            "qty_ordered",
                        )
                    }
                }
            }
        )

    def test_roles_that_change_nothing(self):
        request = self._request((self.paper, 1))
        request.action_submit()
        for user in (self.supervision_user, self.admin_user, self.system_user):
            mine = request.with_user(user)
            for call in (
                lambda m: m.write({"purpose": "x"}),
                lambda m: m.line_ids.write({"quantity": 5}),
                lambda m: m.action_withdraw(),
                lambda m: m.action_approve(),
                lambda m: m.action_reject("x"),
                lambda m: m.action_cancel("x"),
                lambda m: m.action_set_approved({}),
                lambda m: m.action_close_rest("x"),
                lambda m: m.unlink(),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    call(mine)
        self.assertEqual(request.state, "submitted")

    def test_only_handler_and_applicant_act_for_the_request(self):
        """The department's liaison types, and submits what they typed themselves."""
        request = self._request((self.paper, 1))
        for user in (self.office_head_user, self.works_staff_user, self.buyer_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                request.with_user(user).action_submit()

    def test_chatter_and_followers_give_no_access(self):
        request = self._request((self.paper, 1))
        request.message_subscribe(self.works_head_user.partner_id.ids)
        with self.assertRaises(AccessError):
            request.with_user(self.works_head_user).read(["purpose"])

    def test_consumption_of_others(self):
        request = self._approved((self.paper, 1))
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.env.flush_all()
        rows = self.env["gov.supply.consumption"]
        domain = [("request_id", "=", request.id)]
        for login, seen in {
            "staff": False,
            "clerk": True,
            "office_head": True,
            "leader": True,
            "works_head": False,
            "store": True,
            "buyer": True,
            "supervision": True,
            "admin": False,
            "other_staff": False,
        }.items():
            user = getattr(self, f"{login}_user")
            with self.subTest(user=login):
                self.assertEqual(bool(self._as(rows, user).search(domain)), seen)

    def test_dialog_of_somebody_else(self):
        request = self._approved((self.paper, 1))
        action = (
            request.with_user(self.store_user)
            .with_context(supply_mode="issue")
            .action_open_dialog()
        )
        dialog = self.env["gov.supply.wizard"].browse(action["res_id"])
        with self.assertRaises(UserError):
            dialog.with_user(self.staff_user).read(["reason"])
        with self.assertRaises(UserError):
            dialog.with_user(self.store2_user).action_confirm()

    def test_groups_imply_what_the_work_needs(self):
        self.assertTrue(self.store_user.has_group("stock.group_stock_user"))
        self.assertTrue(self.buyer_user.has_group("purchase.group_purchase_user"))
        self.assertFalse(self.buyer_user.has_group("gov_logistics.group_store"))
        self.assertFalse(self.store_user.has_group("gov_logistics.group_procurement"))
        for group in ("group_store", "group_procurement"):
            self.assertTrue(self.manager_user.has_group(f"gov_logistics.{group}"))
