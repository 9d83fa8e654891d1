from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .common_fleet import FleetCase


class BoardCase(FleetCase):
    """``FleetCase`` with requests as they are once the chain has agreed."""

    def setUp(self):
        super().setUp()
        self.bookings = self._as(self.env["gov.vehicle.booking"], self.dispatcher_user)

    def _approved(self, start, end, count=1, employee=None, **values):
        """Return an approved request, as ``dispatcher_user`` sees it."""
        employee = employee or self.staff
        request = self._as(self.env["gov.vehicle.request"], employee.user_id).create(
            {
                "purpose": "Meeting",
                "destination": "Yunlan Town Hall",
                "area": "town",
                "date_start": start,
                "date_end": end,
                "vehicle_count": count,
                **values,
            }
        )
        # The chain has its own tests.
        document = engine(request.sudo())
        document._assign_number()
        document.write({"approval_state": "submitted", "approval_round": 1})
        document._approval_after_submit()
        document.write({"approval_state": "approved"})
        document._approval_after_approved()
        self.env.flush_all()
        self.env.invalidate_all()
        return self._as(request, self.dispatcher_user)

    def _waiting(self, request):
        """Return the bookings of a request as ``dispatcher_user`` sees them."""
        return self.bookings.search(
            [("request_id", "=", request.id)], order="date_start, id"
        )

    def _assigned(self, start, end, vehicle=None, driver=None, **values):
        """Return a booking that has its vehicle and driver."""
        booking = self._waiting(self._approved(start, end, **values))
        booking.action_assign((vehicle or self.car).id, (driver or self.driver).id)
        return booking

    def _message(self, call, *args):
        """Return the text of the refusal, which has to come."""
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            call(*args)
            self.env.flush_all()
        self.env.invalidate_all()
        return str(caught.exception)

    def _set_out(self, trip, when):
        """Let the trip be out; going out has its own tests."""
        engine(trip.sudo()).write(
            {"state": "out", "date_start": when, "odometer_out": 10000}
        )
        self.env.flush_all()

    def _set_back(self, trip, start, end):
        """Let the trip be back."""
        self._set_out(trip, start)
        engine(trip.sudo()).write(
            {
                "state": "back",
                "date_end": end,
                "odometer_in": 10050,
                "return_date": self.company._gov_local(end).date(),
            }
        )
        self.env.flush_all()

    def _told(self, trip, user):
        """Return what a user was told about a trip, in order."""
        return self.env["mail.message"].search(
            [
                ("model", "=", "gov.vehicle.trip"),
                ("res_id", "=", trip.id),
                ("partner_ids", "in", user.partner_id.ids),
            ],
            order="id",
        )
