from odoo import models

from odoo.addons.gov_base.tools.input_check import plain_number
from odoo.addons.gov_base.tools.names import join_names


class GovVehicleTripPaper(models.Model):
    """The trip slip (派车单), A5: one goes with the vehicle, the stub stays."""

    _inherit = "gov.vehicle.trip"

    def _get_slip(self):
        """Return what the paper shows besides the trip's own figures.

        Of a protected trip it names neither user, place nor purpose.

        :return: dict of texts, and ``rows``: who agreed, see ``gov.paper``.
        """
        self.ensure_one()
        # sudo: the phone on the driver's card is printed on the slip.
        card = (
            self.env["gov.vehicle.driver"]
            .sudo()
            .search([("employee_id", "=", self.driver_id.id)], limit=1)
        )
        slip = {
            # sudo: the name of who drives stands on the slip.
            "driver": " ".join(filter(None, (self.driver_id.sudo().name, card.phone))),
            "out": self._slip_reading(self.odometer_out, ("out", "back")),
            "back": self._slip_reading(self.odometer_in, ("back",)),
            "km": self._slip_reading(self.distance, ("back",)),
            "costs": self._slip_costs(),
            "unit": "",
            "applicant": "",
            "purpose": "",
            "people": "",
            "rows": [],
        }
        if self.is_protected:
            return slip | {"purpose": self.env._("Protected trip")}
        # sudo: who may read the trip prints what its request says; a protected one
        # has been left out just above.
        request = self.sudo().request_id
        slip |= {
            **self._slip_user(),
            "purpose": request.purpose or "",
            "people": str(self.passenger_count or ""),
        }
        if request:
            # sudo: who agreed stands on the slip; the caller may read the trip.
            rows = self.env["gov.paper"].sudo().approval_rows(request)
            slip["rows"] = [
                {
                    "post": row["post"],
                    "name": join_names(self.env, [e["name"] for e in row["entries"]]),
                }
                for row in rows
            ]
        return slip

    def _slip_user(self):
        """Return who uses the vehicle: dict of the unit and of the person with phone.

        Of a protected trip both are empty.
        """
        self.ensure_one()
        if self.is_protected:
            return {"unit": "", "applicant": ""}
        # sudo: who may read the trip reads who uses it; protected ones are left out.
        trip = self.sudo()
        request = trip.request_id
        person = request.caller_name or request.beneficiary_id.name
        phone = request.caller_phone or request.employee_id.work_phone
        return {
            "unit": trip.served_partner_id.name or trip.user_department_id.name or "",
            "applicant": " ".join(filter(None, (person, phone))),
        }

    def _slip_reading(self, value, states):
        return plain_number(value) if self.state in states else ""

    def _slip_costs(self):
        if self.state != "back":
            return ""
        return self.env["gov.paper"].amount_text(self.cost_amount, self.company_id)
