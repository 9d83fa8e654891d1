from odoo import Command
from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase
from odoo.addons.gov_base.tests.common_scan import PDF, TEXT

from .common import SIGNATURE
from .test_norms import NormCommon

REQUEST = "gov.supply.request"


@tagged("post_install", "-at_install")
class TestCounterRpc(NormCommon, RpcCase):
    """Norms, counter, PIN, shortage and kits attacked over real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callers = (
            cls.staff_user
            + cls.clerk_user
            + cls.office_head_user
            + cls.store_user
            + cls.buyer_user
            + cls.supervision_user
            + cls.admin_user
        )
        cls._make_keys(cls.callers)

    def test_good_way(self):
        self._norm(self.pen, 2)
        status, answer = self._json2(
            self.clerk_user, "gov.supply.pin", "action_set", pin="4711"
        )
        self.assertEqual((status, answer), (200, True))
        request = self._request((self.pen, 3))
        for user, method, arguments in (
            (self.staff_user, "action_submit", {}),
            (self.store_user, "action_issue", {"pin": "4711"}),
        ):
            status, answer = self._json2(
                user, REQUEST, method, ids=request.ids, **arguments
            )
            self.assertEqual((status, answer), (200, True), answer)
        self.assertEqual(request.state, "done")

    def test_counter_methods_by_others(self):
        request = self._approved((self.paper, 5))
        line = str(request.line_ids.id)
        for user in self.callers - self.store_user:
            for method, arguments in (
                ("action_issue", {"book": "3", "page": "17"}),
                ("action_issue", {"pin": "4711"}),
                ("action_issue_together", {"signature": SIGNATURE}),
                ("action_buy_shortage", {"quantities": {line: 1}}),
            ):
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(
                        user, REQUEST, method, ids=request.ids, **arguments
                    )
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.sudo().shortage_request_ids)

    def test_forged_values(self):
        request = self._request((self.paper, 5))
        for user in self.callers:
            for context in CONTEXTS:
                for values in (
                    {"counter_method": "signature"},
                    {"origin_request_id": request.id},
                    {"period_date": "2020-01-01"},
                    {"line_ids": [[1, request.line_ids.id, {"qty_closed": 5}]]},
                ):
                    with self.subTest(user=user.login, values=values):
                        self._assert_refused(
                            user,
                            REQUEST,
                            "write",
                            ids=request.ids,
                            vals=values,
                            context=context,
                        )

    def test_norms_by_others(self):
        norm = self._norm(self.pen, 2)
        for user in self.callers:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user,
                    "gov.supply.norm",
                    "write",
                    ids=norm.ids,
                    vals={"quantity": 99},
                )
                self._assert_refused(
                    user,
                    "gov.supply.norm",
                    "create",
                    vals_list=[{"product_id": self.paper.id, "quantity": 9}],
                )
                self._assert_refused(
                    user, "gov.supply.pin", "search_read", domain=[], fields=["user_id"]
                )
        self.assertEqual(norm.quantity, 2)

    def test_bad_input_is_a_message(self):
        request = self._approved((self.paper, 5))
        for arguments in (
            {"pin": {"a": 1}},
            {"pin": "1" * 10_000},
            {"pin": "4711", "liaison_id": "x"},
            {"book": {"a": 1}, "page": [1]},
            {"book": "3", "page": "17", "receiver_id": 987654},
            {"book": "3", "page": "17", "old_items": "x"},
            {"book": "3", "page": "17", "old_items": {"x": True}},
            {"signature": SIGNATURE, "pin": "4711"},
            {"signature": TEXT},
        ):
            with self.subTest(arguments=str(arguments)[:60]):
                self._assert_refused(
                    self.store_user,
                    REQUEST,
                    "action_issue",
                    ids=request.ids,
                    **arguments,
                )
        for quantities in ("x", {"x": 1}, {str(request.line_ids.id): "many"}, [1]):
            with self.subTest(quantities=quantities):
                self._assert_refused(
                    self.store_user,
                    REQUEST,
                    "action_buy_shortage",
                    ids=request.ids,
                    quantities=quantities,
                )
        for pin in (None, 4711, [1], {"a": 1}, "1111"):
            with self.subTest(pin=pin):
                self._assert_refused(
                    self.clerk_user, "gov.supply.pin", "action_set", pin=pin
                )
        self.assertEqual(request.state, "approved")

    def test_scan_of_a_foreign_issue(self):
        request = self._approved((self.paper, 5))
        request.with_user(self.store_user).action_issue(book="3", page="17")
        picking = request.sudo().picking_ids
        for user in self.callers - self.store_user:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user,
                    "stock.picking",
                    "action_attach_scan",
                    ids=picking.ids,
                    data=PDF,
                    filename="scan.pdf",
                )
        self.assertFalse(picking.supply_scan_hash)

    def test_kit_of_others(self):
        kit = self.env["gov.supply.kit"].create(
            {
                "name": "First day",
                "line_ids": [Command.create({"product_id": self.pen.id})],
            }
        )
        request = self._request((self.paper, 1))
        for user in (self.buyer_user, self.office_head_user, self.supervision_user):
            with self.subTest(user=user.login):
                self._assert_refused(
                    user, REQUEST, "action_add_kit", ids=request.ids, kit_id=kit.id
                )
        for kit_id in ("x", 987654, None):
            with self.subTest(kit_id=kit_id):
                self._assert_refused(
                    self.staff_user,
                    REQUEST,
                    "action_add_kit",
                    ids=request.ids,
                    kit_id=kit_id,
                )
