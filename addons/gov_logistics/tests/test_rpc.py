from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common import SIGNATURE, SupplyCommon

FORGED = {"default_state": "approved", "default_approval_state": "approved"}
CONTEXTS = (*CONTEXTS, FORGED)


@tagged("post_install", "-at_install")
class TestRpc(SupplyCommon, RpcCase):
    """Attacks over real HTTP: JSON-2 and XML-RPC, every role, any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.manager_user = cls._create_user(
            "gov_manager", "gov_logistics.group_logistics_manager"
        )
        cls.roles_of = (
            cls.staff_user
            + cls.clerk_user
            + cls.office_head_user
            + cls.store_user
            + cls.buyer_user
            + cls.manager_user
            + cls.supervision_user
            + cls.admin_user
            + cls.system_user
        )
        cls._make_keys(cls.roles_of)

    # --------------------------------------------------------------- the good way

    def test_whole_matter_over_json2(self):
        self.env.flush_all()
        status, ids = self._json2(
            self.staff_user,
            "gov.supply.request",
            "create",
            vals_list=[
                {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": 2}]]}
            ],
        )
        self.assertEqual(status, 200, ids)
        request = self.env["gov.supply.request"].browse(ids)
        self.assertEqual(request.handler_id, self.staff_user)
        for user, method, arguments in (
            (self.staff_user, "action_submit", {}),
            (self.office_head_user, "action_approve", {"comment": "Agreed"}),
            (
                self.store_user,
                "action_issue",
                {
                    "signature": SIGNATURE,
                    "quantities": {str(request.line_ids.id): 2},
                },
            ),
        ):
            status, answer = self._json2(
                user, "gov.supply.request", method, ids=ids, **arguments
            )
            self.assertEqual((status, answer), (200, True), answer)
        self.assertEqual(request.state, "done")
        self.assertEqual(self._on_hand(self.paper), 98)

    def test_whole_matter_over_xmlrpc(self):
        model = "gov.supply.request"
        new_id = self._xmlrpc(
            self.staff_user,
            model,
            "create",
            {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": 2}]]},
        )
        self.assertTrue(self._xmlrpc(self.staff_user, model, "action_submit", [new_id]))
        self.assertTrue(
            self._xmlrpc(self.office_head_user, model, "action_approve", [new_id])
        )
        self.assertTrue(
            self._xmlrpc(self.store_user, model, "action_issue", [new_id], SIGNATURE)
        )
        self.assertEqual(self._on_hand(self.paper), 98)

    # --------------------------------------------------------------------- attacks

    def test_state_over_json2(self):
        request = self._request((self.paper, 5))
        request.action_submit()
        for user in self.roles_of:
            for context in CONTEXTS:
                for values in (
                    {"state": "approved"},
                    {"approval_state": "approved"},
                    {"decision_ids": [[5]], "step_ids": [[5]]},
                    {"amount_approved": 1},
                    {"to_issue": True},
                ):
                    with self.subTest(user=user.login, values=values, context=context):
                        self._assert_refused(
                            user,
                            "gov.supply.request",
                            "write",
                            ids=request.ids,
                            vals=values,
                            context=context,
                        )
        self.assertEqual(request.state, "submitted")

    def test_create_of_a_finished_matter(self):
        for user in self.roles_of:
            for values in (
                {"state": "approved"},
                {"approval_state": "approved"},
                {"number": "机服领〔2026〕9999号"},
                {"line_ids": [[0, 0, {"product_id": self.paper.id, "price_unit": 1}]]},
                {"line_ids": [[0, 0, {"product_id": self.paper.id, "qty_issued": 1}]]},
            ):
                with self.subTest(user=user.login, values=values):
                    self._assert_refused(
                        user,
                        "gov.supply.request",
                        "create",
                        vals_list=[{"employee_id": self.staff.id, **values}],
                    )

    def test_rows_of_the_engine(self):
        request = self._request((self.paper, 1))
        request.action_submit()
        request.with_user(self.office_head_user).action_approve()
        decision = request.sudo().decision_ids
        for user in self.roles_of:
            for model, record in (
                ("gov.approval.decision", decision),
                ("gov.approval.step", request.sudo().step_ids),
                ("gov.approval.seat", request.sudo().seat_ids),
            ):
                with self.subTest(user=user.login, model=model):
                    self._assert_refused(user, model, "unlink", ids=record.ids)
                    self._assert_refused(
                        user,
                        model,
                        "create",
                        vals_list=[
                            {"model": "gov.supply.request", "res_id": request.id}
                        ],
                    )
                    self._assert_refused_xml(
                        user, model, "write", record.ids, {"company_id": 1}
                    )
        self.assertTrue(decision.exists())

    def test_private_methods(self):
        request = self._request((self.paper, 1))
        for method in (
            "_create_done_picking",
            "_order_lines",
            "_record_decision",
            "_begin",
            "_write",
        ):
            with self.subTest(method=method):
                self._assert_refused_xml(
                    self.store_user, "gov.supply.request", method, request.ids
                )

    def test_bad_input_is_a_message_and_not_a_stack(self):
        model = "gov.supply.request"
        for values in (
            {"date_needed": "2026-02-30"},
            {"date_needed": "tomorrow"},
            {"kind": "gift"},
            {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": "x"}]]},
            {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": 0}]]},
            {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": -3}]]},
            {"line_ids": [[0, 0, {"product_id": self.paper.id, "quantity": 1e9}]]},
            {"line_ids": [[0, 0, {"product_id": 987654, "quantity": 1}]]},
            {
                "line_ids": [
                    [
                        0,
                        0,
                        {"product_id": self.paper.id, "quantity": 1, "uom_id": 98765},
                    ]
                ]
            },
            {"line_ids": [[0, 0, {"quantity": 1}]]},
        ):
            with self.subTest(values=values):
                self._assert_refused(
                    self.staff_user, model, "create", vals_list=[values]
                )
                self._assert_refused_xml(self.staff_user, model, "create", values)
        request = self._approved((self.paper, 5))
        for arguments in (
            {},
            {"signature": "not base64"},
            {"signature": SIGNATURE, "quantities": {"x": 1}},
            {"signature": SIGNATURE, "quantities": {"987654": 1}},
            {"signature": SIGNATURE, "quantities": [1]},
            {"signature": SIGNATURE, "quantities": {str(request.line_ids.id): 6}},
            {"signature": SIGNATURE, "quantities": {str(request.line_ids.id): "x"}},
            {"signature": SIGNATURE, "receiver_id": 987654},
            {"signature": SIGNATURE, "receiver_id": "x"},
        ):
            with self.subTest(arguments=str(arguments)[-60:]):
                self._assert_refused(
                    self.store_user, model, "action_issue", ids=request.ids, **arguments
                )
        for user in self.roles_of - self.store_user - self.manager_user:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user, model, "action_issue", ids=request.ids, signature=SIGNATURE
                )
        self.assertEqual(request.state, "approved")
        self.assertEqual(self._on_hand(self.paper), 100)

    def test_out_of_turn_and_before_approval(self):
        request = self._request((self.paper, 5))
        request.action_submit()
        for user in self.roles_of - self.office_head_user:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user, "gov.supply.request", "action_approve", ids=request.ids
                )
                self._assert_refused(
                    user,
                    "gov.supply.request",
                    "action_issue",
                    ids=request.ids,
                    signature=SIGNATURE,
                )
                self._assert_refused(
                    user, "gov.supply.request", "unlink", ids=request.ids
                )
        self.assertEqual(request.state, "submitted")
