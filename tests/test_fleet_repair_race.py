"""One repair order in two hands at once, on real connections."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet_race import FleetRaceCase

TRIES = 10


@tagged("post_install", "-at_install")
class TestFleetRepairRace(FleetRaceCase):
    """One bill for each order, and two acceptances make a repair accepted."""

    group = "gov_fleet.group_technician"

    @classmethod
    def _prepare(cls, env):
        super()._prepare(env)
        company = env["res.company"].browse(cls.company_id)
        cls.vehicle_ids = cls._create_vehicles(env, TRIES).ids
        shop = env["res.partner"].create({"name": "Race shop", "is_company": True})
        cls.shop_id = shop.id
        accounts = env["account.account"].create(
            [
                {
                    "name": f"Race {kind}",
                    "code": code,
                    "account_type": kind,
                    "company_ids": [Command.set(company.ids)],
                }
                for kind, code in (
                    ("expense", "R550101"),
                    ("liability_payable", "R220201"),
                )
            ]
        )
        shop.with_company(company).property_account_payable_id = accounts[1]
        env["account.journal"].create(
            {
                "name": "Race bills",
                "code": "RACE",
                "type": "purchase",
                "sequence": 0,
                "company_id": company.id,
                "default_account_id": accounts[0].id,
            }
        )

    def _order(self, env, number, **moments):
        """Return an order as it is once the chain, which has its own tests, agreed."""
        order = engine(env["fleet.vehicle.log.services"]).create(
            {
                "order_kind": "repair",
                "vehicle_id": self.vehicle_ids[number],
                "employee_id": self.keeper_ids[0],
                "description": "Race",
                "vendor_id": self.shop_id,
            }
        )
        order._assign_number()
        order.write({"approval_state": "submitted", "approval_round": 1})
        order.write(
            {
                "approval_state": "approved",
                "sent_at": fields.Datetime.now() - timedelta(days=1),
                "returned_at": fields.Datetime.now(),
                "reading_in": 10000,
                "reading_out": 10000,
                "bill_number": f"F-{number}",
                "bill_date": order.company_id.gov_today(),
                "amount_billed": 600,
                "acceptance_round": 1,
                **moments,
            }
        )
        return order.id

    def test_two_clerks_bill_one_order(self):
        with self.transaction() as env:
            now = fields.Datetime.now()
            orders = [self._order(env, n, accepted_at=now) for n in range(TRIES)]
        for order_id in orders:

            def bill(env, order_id=order_id):
                return env["fleet.vehicle.log.services"].browse(order_id).action_bill()

            message = self._one_wins(self._compete(bill, bill))
            with self.transaction() as env:
                order = env["fleet.vehicle.log.services"].browse(order_id)
                self.assertIn(order.number, message)
                self.assertEqual(order.order_state, "done")
                moves = env["account.move"].search(
                    [("invoice_origin", "=", order.number)]
                )
                self.assertEqual(moves, order.move_id)
                self.assertEqual(len(moves), 1)

    def test_two_orders_on_one_bill(self):
        """The same paper is not paid twice, whoever bills the other order."""
        for number in range(TRIES):
            with self.transaction() as env:
                values = {
                    "accepted_at": fields.Datetime.now(),
                    "bill_number": f"SAME-{number}",
                }
                pair = [self._order(env, number, **values) for _order in range(2)]

            def bill(order_id):
                return lambda env: (
                    env["fleet.vehicle.log.services"].browse(order_id).action_bill()
                )

            message = self._one_wins(self._compete(*map(bill, pair)))
            self.assertIn(f"SAME-{number}", message)
            with self.transaction() as env:
                orders = env["fleet.vehicle.log.services"].browse(pair)
                self.assertEqual(len(orders.move_id), 1)
                self.assertEqual(
                    sorted(orders.mapped("order_state")), ["accepted", "done"]
                )

    def test_two_accept_at_once(self):
        """Each is one of two: together they close the work, whoever comes first."""
        with self.transaction() as env:
            orders = [self._order(env, number) for number in range(TRIES)]
        for order_id in orders:

            def accept(env, order_id=order_id):
                order = env["fleet.vehicle.log.services"].browse(order_id)
                return order.action_accept()

            self.assertEqual(self._compete(accept, accept), [True, True])
            with self.transaction() as env:
                order = env["fleet.vehicle.log.services"].browse(order_id)
                self.assertEqual(order.order_state, "accepted")
                self.assertEqual(len(order.acceptance_ids), 2)
                self.assertTrue(order.accepted_at)
