from odoo import models

from odoo.addons.gov_base.tools.input_check import plain_number


class GovVehicleDisposal(models.Model):
    """The disposal form (公务用车处置审批单), A4: signed before the vehicle goes."""

    _inherit = "gov.vehicle.disposal"

    def _get_form_texts(self):
        """Return what the paper shows besides the disposal's own fields: dict of texts.

        :raise AccessError: the disposal is not theirs to read.
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: what the vehicle's card says, for who reads its disposal.
        disposal = self.sudo()
        vehicle = disposal.vehicle_id
        papers = self.env["gov.paper"]
        ways = dict(self._fields["way"]._description_selection(self.env))
        classes = dict(vehicle._fields["usage_class"]._description_selection(self.env))
        reading = disposal.last_reading or vehicle.odometer_value
        return {
            "plate": vehicle.license_plate or vehicle.display_name,
            "model": vehicle.model_id.display_name or "",
            "class": classes.get(vehicle.usage_class, ""),
            "frame": vehicle.vin_sn or "",
            "registered": papers.date_text(
                vehicle.registered_on or vehicle.acquisition_date
            ),
            "reading": self.env._("%s km", plain_number(reading)),
            "price": disposal._get_form_amount(vehicle.net_car_value),
            "value": disposal._get_form_amount(disposal.residual_value),
            "way": ways[disposal.way],
            "applicant": disposal.employee_id.name or "",
            "buyer": disposal.buyer_id.display_name or "",
            "done_on": papers.date_text(disposal.done_on),
            "income": disposal._get_form_amount(disposal.income),
        }

    def _get_form_amount(self, amount):
        """Return an amount as the paper shows it; what is not known is for the pen."""
        if not amount:
            return ""
        return self.env["gov.paper"].amount_text(amount, self.company_id)
