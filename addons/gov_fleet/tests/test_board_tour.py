"""From the approved request to the dispatch text, in the browser."""

from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.test_tours_depth import PhoneTourCase

from .common_board import BoardCase


@tagged("post_install", "-at_install")
class TestBoardTour(BoardCase, PhoneTourCase):
    def test_dispatch(self):
        request = self._approved(self._at(8), self._at(10))
        self.start_tour(
            "/odoo/dispatch-waiting", "gov_fleet_dispatch", login="gov_dispatcher"
        )
        booking = self._waiting(request)
        self.assertEqual(booking.vehicle_id, self.car2)
        self.assertEqual(booking.driver_id, self.driver2)
        self.assertEqual(booking.sudo().trip_id.state, "planned")
        self.assertEqual(request.state, "dispatched")
        self.start_tour(
            "/odoo/dispatch-board", "gov_fleet_board", login="gov_dispatcher"
        )

    def test_dispatch_on_the_phone(self):
        request = self._approved(self._at(8), self._at(10))
        self._start_phone_tour(
            "/odoo/dispatch-waiting", "gov_fleet_dispatch_phone", login="gov_dispatcher"
        )
        booking = self._waiting(request)
        self.assertEqual(booking.state, "assigned")
        self.assertEqual(booking.vehicle_id, self.car)

    def test_drag(self):
        """A drag assigns and keeps the time; a refused one changes nothing."""
        taken = self._assigned(self._at(8), self._at(10), destination="Court")
        self.assertEqual(taken.vehicle_id, self.car)
        first = self._waiting(
            self._approved(self._at(8), self._at(10), destination="Party School")
        )
        second = self._waiting(self._approved(self._at(9), self._at(11)))
        self.start_tour(
            "/odoo/dispatch-board", "gov_fleet_board_drag", login="gov_dispatcher"
        )
        self.assertEqual(first.vehicle_id, self.car2)
        self.assertEqual(first.date_start, self._at(8))
        self.assertEqual(first.date_end, self._at(10))
        self.assertFalse(second.vehicle_id)
        self.assertEqual(second.date_start, self._at(9))
