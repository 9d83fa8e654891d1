"""The driver with the phone, and the one without an account at the tablet."""

from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.test_tours_depth import PhoneTourCase

from .common_driver import DriverCase


@tagged("post_install", "-at_install")
class TestDriverTours(DriverCase, PhoneTourCase):
    def test_phone(self):
        trip = self._planned()
        self._start_phone_tour(
            "/odoo/my-vehicle-trips", "gov_driver_phone", login="gov_driver"
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "distance": 42,
                    "toll_amount": 15,
                    "sign_way": "screen",
                    "entered_by_id": self.driver_user.id,
                }
            ],
        )
        self.assertEqual(trip.check_ids.result, "passed")
        self.assertIn("Fuel card is with the clerk", trip.check_ids.fault_text)
        self.assertTrue(trip.check_ids.repair_id)

    def test_tablet(self):
        self._set_pin()
        trip = self._planned(driver=self.firm_driver)
        self.start_tour("/odoo/car-room", "gov_driver_tablet", login="gov_tablet")
        self.env.invalidate_all()
        self.assertEqual(trip.state, "out")
        self.assertEqual(trip.check_ids.entry, "tablet")
