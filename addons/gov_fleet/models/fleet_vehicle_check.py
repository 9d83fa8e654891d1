import base64

from odoo import models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals
from odoo.addons.gov_base.tools.scan import clean_scan


class FleetVehicle(models.Model):
    """What checks and faults ask of a vehicle."""

    _inherit = "fleet.vehicle"

    def _dispatch_problems(self, start, end):
        """A failed check keeps the vehicle here; two more queries for all of them."""
        problems = super()._dispatch_problems(start, end)
        # sudo: whether a vehicle may leave does not hang on who reads its checks.
        last = self.env["gov.vehicle.check"]._last_checks(self._origin).sudo()
        for check in last:
            if check._stands():
                problems.setdefault(
                    check.vehicle_id.id,
                    self.env._("Check not in order: %s", check.fault_text),
                )
        return problems

    def _is_electric_drive(self):
        """Tell whether the vehicle is driven by a battery alone."""
        return self.fuel_type == "electric"

    def _driver_meet_rivals(self):
        """UPDATE the rows on which checks, departures and returns meet."""
        meet_rivals(self)

    def _open_fault(self, text, driver, check=None, photo=None, unsafe=False):
        """Open the repair request for what a driver found; the caller asked who speaks.

        :param str text: what is wrong.
        :param driver: the employee who found it.
        :param check: the check in which it was found; empty for a fault on the way.
        :param photo: photo of it (base64), JPEG or PNG.
        :param bool unsafe: the vehicle must not be driven.
        :return: the repair request (``fleet.vehicle.log.services``).
        :raise UserError: the photo is none.
        """
        self.ensure_one()
        content = photo and clean_scan(self.env, photo)[0]
        services = self.env["fleet.vehicle.log.services"]
        # sudo: the caller has checked who speaks for the driver.
        order = engine(
            services._open_from_fault(self, text, driver, check=check).sudo()
        )
        if unsafe:
            order.is_unsafe = True
        if content:
            name = self.env._("Photo of the fault")
            order.message_post(
                body=text, attachments=[(f"{name}.jpg", base64.b64decode(content))]
            )
        return order.with_env(self.env)
