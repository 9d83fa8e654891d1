from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import check_one


class FleetVehicle(models.Model):
    """How a vehicle leaves the service, and the end of a rental."""

    _inherit = "fleet.vehicle"

    disposal_ids = fields.One2many(
        "gov.vehicle.disposal", "vehicle_id", string="Disposals"
    )

    def write(self, vals):
        # Core archives the services of an archived vehicle: its account keeps them.
        services = self.env["fleet.vehicle.log.services"]
        if is_engine(self.env) and vals.get("active") is False:
            # sudo: the engine disposes of the vehicle.
            services = engine(services.sudo()).search(
                [("vehicle_id", "in", self.ids), ("active", "=", True)]
            )
        done = super().write(vals)
        if services:
            services.active = True
        return done

    def _check_leaves_service(self):
        """Refuse to take a vehicle out of service while it is out or planned.

        :raise UserError: naming the trip or the window.
        """
        self.ensure_one()
        # sudo: protected trips hold the vehicle too; only their time is told.
        trip = (
            self.env["gov.vehicle.trip"]
            .sudo()
            .search([("vehicle_id", "=", self.id), ("state", "=", "out")], limit=1)
        )
        if trip:
            raise UserError(self.env._("%s is out on a trip.", self.display_name))
        # sudo: as above.
        booking = (
            self.env["gov.vehicle.booking"]
            .sudo()
            .search(
                [
                    ("vehicle_id", "=", self.id),
                    ("active", "=", True),
                    ("date_end", ">", fields.Datetime.now()),
                ],
                order="date_start",
                limit=1,
            )
        )
        if booking:
            local = self._gov_company()._gov_local(booking.date_start)
            raise UserError(
                self.env._(
                    "%(vehicle)s is planned on %(day)s: give its windows back first.",
                    vehicle=self.display_name,
                    day=format_day(self.env, local.date()),
                )
            )

    def _dispose(self, day):
        """Take the vehicle out of service for good; called by its disposal."""
        self.ensure_one()
        self.activity_unlink(["gov_fleet.mail_activity_type_vehicle_expiry"])
        self.write({"gov_state": "disposed", "disposed_on": day, "active": False})

    def action_dispose(self):
        """Open a disposal of the vehicle.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        self._check_may_change({"gov_state"})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispose of a vehicle"),
            "res_model": "gov.vehicle.disposal",
            "view_mode": "form",
            "context": {"default_vehicle_id": self.id},
        }

    def action_end_rental(self):
        """Give rented vehicles back: they leave the service, their card stays.

        :return: True
        :raise UserError: not by the manager, not rented, or while it is out or planned.
        """
        for vehicle in self.sorted("id"):
            vehicle.check_access("write")
            vehicle._check_may_change({"gov_state"})
            vehicle._check_in_service({"gov_state": "disposed"})
            if not vehicle.is_rented:
                raise UserError(
                    self.env._(
                        "%s is not rented: it leaves the service by a disposal.",
                        vehicle.display_name,
                    )
                )
            vehicle._check_leaves_service()
            # Role, state and plans were checked above.
            engine(vehicle.sudo())._dispose(vehicle._gov_company().gov_today())
        return True
