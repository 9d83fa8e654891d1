from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import RpcCase

from .common_repair import RepairCase

ORDER = "fleet.vehicle.log.services"


@tagged("post_install", "-at_install")
class TestRepairRpc(RepairCase, RpcCase):
    """Orders attacked over HTTP: a message, and nothing changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core_user = cls._create_user(
            "core_fleet", "base.group_user,fleet.fleet_group_manager", cls.company
        )
        cls._make_keys(
            cls.core_user + cls.technician_user + cls.driver_user + cls.staff_user
        )
        cls.order = cls._order()

    def test_writes(self):
        for user in (self.core_user, self.technician_user):
            for values in (
                {"approval_state": "approved"},
                {"order_state": "done"},
                {"state": "done"},
                {"active": False},
                {"sent_at": "2026-01-01 00:00:00"},
                {"vehicle_id": "car"},
                {"order_kind": "gift"},
            ):
                with self.subTest(user=user.login, values=values):
                    self._assert_refused(
                        user,
                        ORDER,
                        "write",
                        ids=self.order.ids,
                        vals=values,
                        context={"gov_engine": True},
                    )
        self.assertEqual(self.order.order_state, "draft")

    def test_steps(self):
        for method, arguments in (
            ("action_send", {"odometer": 10020, "until": "2030-01-01 10:00:00"}),
            ("action_back", {"values": {"odometer": 1}}),
            ("action_back", {"values": []}),
            ("action_accept", {}),
            ("action_complete", {"values": {}}),
            ("action_bill", {}),
            ("action_billed_elsewhere", {"number": "1"}),
            ("action_plan", {"start": "soon", "end": 5}),
            ("action_approve", {}),
        ):
            with self.subTest(method=method):
                self._assert_refused(
                    self.technician_user, ORDER, method, ids=self.order.ids, **arguments
                )
        self._assert_refused(
            self.staff_user, ORDER, "action_submit", ids=self.order.ids
        )
        message = self._assert_refused_xml(
            self.technician_user, ORDER, "_finish", self.order.ids, "2026-01-01"
        )
        self.assertIn("_finish", message)

    def test_the_usual_way(self):
        status, answer = self._json2(
            self.technician_user, ORDER, "action_submit", ids=self.order.ids
        )
        self.assertEqual((status, answer), (200, True))
        self.assertEqual(self.order.order_state, "submitted")
