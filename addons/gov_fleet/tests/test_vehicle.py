from odoo.tests import tagged

from .common_fleet import FleetCase


@tagged("post_install", "-at_install")
class TestVehicle(FleetCase):
    """The vehicle card: who changes what, and the doors of core that are closed."""

    def test_common(self):
        self.assertEqual(self.car.odometer, 10000)
        self.assertTrue(self.car.is_dispatchable, self.car.dispatch_block)
        self.assertFalse(self.own_car.is_dispatchable)
        self.assertIn("General Office", self.own_car.dispatch_block)
