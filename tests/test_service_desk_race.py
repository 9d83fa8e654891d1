from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestServiceDeskRace(RaceCase):
    """Two people at once on one request."""

    def _make(self, env):
        """Return (request, two repairers of one team), dispatched to the team."""
        groups = env.ref("gov_logistics.group_repairer") | env.ref("base.group_user")
        taken = env["res.users"].search_count([])
        users = env["res.users"].create(
            [
                {
                    "name": f"Repairer {number}",
                    "login": f"race_repairer_{number}_{taken}",
                    "group_ids": [Command.set(groups.ids)],
                }
                for number in range(2)
            ]
        )
        env.user.group_ids |= env.ref("gov_logistics.group_service_desk")
        team = env["maintenance.team"].create(
            {"name": "Race", "member_ids": [Command.set(users.ids)]}
        )
        request = env["maintenance.request"].create({"name": "Dark"})
        request.action_assign(None, team.id)
        return request.id, users.ids

    def test_two_accept_one_wins(self):
        with self.transaction() as env:
            request_id, user_ids = self._make(env)

        def accept(user_id):
            def run(env):
                request = env["maintenance.request"].with_user(user_id)
                return request.browse(request_id).action_accept()

            return run

        outcomes = self.race(*[accept(user_id) for user_id in user_ids])
        self.assertEqual(outcomes.count(True), 1, outcomes)
        (refused,) = [out for out in outcomes if out is not True]
        self.assertIsInstance(refused, UserError)
        with self.transaction() as env:
            request = env["maintenance.request"].browse(request_id)
            self.assertEqual(request.gov_state, "accepted")
            self.assertEqual(request.user_id.id, user_ids[outcomes.index(True)])

    def test_last_part(self):
        """Two repairers take the last part for two requests."""
        with self.transaction() as env:
            pairs = [self._make(env) for _number in range(2)]
            product = env["product.product"].create(
                {"name": "Race lamp", "type": "consu", "is_storable": True}
            )
            store = env["stock.warehouse"]._get_supply_warehouse(env.company)
            env["stock.quant"]._update_available_quantity(
                product, store.lot_stock_id, 1
            )
            part = product.id
            for request_id, user_ids in pairs:
                request = env["maintenance.request"].with_user(user_ids[0])
                request.browse(request_id).action_accept()

        def use(request_id, user_id):
            def run(env):
                request = env["maintenance.request"].with_user(user_id)
                return request.browse(request_id).action_use_parts({part: 1})

            return run

        outcomes = self.race(*[use(pair[0], pair[1][0]) for pair in pairs])
        self.assertEqual(outcomes.count(True), 1, outcomes)
        with self.transaction() as env:
            quants = env["stock.quant"].search(
                [("product_id", "=", part), ("location_id.usage", "=", "internal")]
            )
            self.assertEqual(sum(quants.mapped("quantity")), 0)

    def test_two_calls_at_once_two_numbers(self):
        with self.transaction() as env:
            env.user.group_ids |= env.ref("gov_logistics.group_service_desk")

        def call(env):
            return env["maintenance.request"].action_quick("Hall dark 8001")["number"]

        outcomes = self.race(call, call)
        self.assertEqual(len(set(outcomes)), 2, outcomes)
        self.assertTrue(all(isinstance(number, str) for number in outcomes), outcomes)
