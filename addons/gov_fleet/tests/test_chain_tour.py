from datetime import datetime, timezone

from odoo.tests import tagged

from odoo.addons.gov_logistics.tests.test_tours_depth import PhoneTourCase

from .common_request import RequestCase


@tagged("post_install", "-at_install")
class TestChainTour(RequestCase, PhoneTourCase):
    """One car from the request to the month's account, each at their own screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # It is ten in the morning of a working day, whenever the test runs: the hour
        # decides who agrees, and the trip stays within one day.
        offset = (10 - datetime.now(timezone.utc).hour + 11) % 24 - 11
        # These zones are named by what UTC is ahead of them.
        cls.company.gov_tz = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
        cls.today = cls.company.gov_today()
        cls._set_day(cls.today, "workday")

    @classmethod
    def _waive_checks(cls):
        """The driver looks at the vehicle first, as the shipped clause asks."""

    def test_request_to_account(self):
        request = self._request_agreed()
        trip = self._trip_planned(request)
        self._trip_driven(request, trip)
        self._trip_confirmed(trip)
        self._month_accounted(trip)

    def _request_agreed(self):
        """Ask on the phone, agree on the phone."""
        self._start_phone_tour(
            "/odoo/vehicle-requests", "gov_vehicle_ask_phone", login="gov_staff"
        )
        request = self.Requests.search([("destination", "=", "Tour hospital")])
        self.assertEqual(request.state, "submitted")
        self.assertFalse(self._bookings(request))
        self._start_phone_tour(
            "/odoo/gov-inbox", "gov_vehicle_agree_phone", login="gov_office_head"
        )
        self.env.invalidate_all()
        self.assertEqual(request.state, "approved")
        self.assertRecordValues(
            self._bookings(request),
            [
                {
                    "state": "waiting",
                    "date_start": request.date_start,
                    "date_end": request.date_end,
                }
            ],
        )
        return request

    def _trip_planned(self, request):
        """The dispatcher gives it vehicle and driver."""
        self.start_tour(
            "/odoo/dispatch-waiting", "gov_chain_dispatch", login="gov_dispatcher"
        )
        self.env.invalidate_all()
        self.assertEqual(request.state, "dispatched")
        trip = request.sudo().trip_ids
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "planned",
                    "vehicle_id": self.car.id,
                    "driver_id": self.driver.id,
                    "user_department_id": self.office.id,
                    "planned_start": request.date_start,
                    "passenger_count": 2,
                }
            ],
        )
        return trip

    def _trip_driven(self, request, trip):
        """The driver looks at the car, starts, stops and signs on the phone."""
        self._start_phone_tour(
            "/odoo/my-vehicle-trips", "gov_driver_phone", login="gov_driver"
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            trip,
            [
                {
                    "state": "back",
                    "odometer_out": 10000,
                    "odometer_in": 10042,
                    "distance": 42,
                    "gap_km": 0,
                    "toll_amount": 15,
                    "return_date": self.today,
                    "department_id": self.carpool.id,
                    "sign_way": "screen",
                    "confirmation": "none",
                }
            ],
        )
        self.assertEqual(self.car.odometer_value, 10042)
        self.assertEqual(self._bookings(request).state, "done")
        self.assertEqual(request.state, "done")

    def _trip_confirmed(self, trip):
        """Who asked for it says that it took place."""
        self._start_phone_tour(
            "/odoo/confirm-vehicle-trips", "gov_chain_confirm_phone", login="gov_staff"
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            trip, [{"confirmation": "app", "confirmed_by_id": self.staff_user.id}]
        )

    def _month_accounted(self, trip):
        """The manager of vehicles reads the month of the return."""
        month = self.today.replace(day=1)
        accounts = self._as(self.env["gov.vehicle.account"], self.fleet_user)
        self.assertRecordValues(
            accounts.search([("vehicle_id", "=", self.car.id), ("month", "=", month)]),
            [
                {
                    "department_id": trip.department_id.id,
                    "trips": 1,
                    "days_used": 1,
                    "km": 42,
                    "toll_amount": 15,
                    "cost": 15,
                }
            ],
        )
        self.start_tour(
            "/odoo/vehicle-account",
            "gov_chain_account",
            login="gov_fleet",
            cookies={"gov_month": f"{month:%Y-%m}"},
        )
