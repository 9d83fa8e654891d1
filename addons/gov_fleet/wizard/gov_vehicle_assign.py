from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)


class GovVehicleAssign(models.TransientModel):
    """The dialog in which a dispatcher gives a trip its vehicle and driver.

    It opens with the best of each chosen; the lists show the others and what speaks
    against them.
    """

    _name = "gov.vehicle.assign"
    _description = "Dispatch a Car"

    booking_id = fields.Many2one(
        "gov.vehicle.booking", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(related="booking_id.name")
    date_start = fields.Datetime(related="booking_id.date_start")
    date_end = fields.Datetime(related="booking_id.date_end")
    seats = fields.Integer(related="booking_id.seats")
    body_type = fields.Selection(related="booking_id.body_type")
    is_change = fields.Boolean(readonly=True)
    vehicle_id = fields.Many2one("fleet.vehicle")
    driver_id = fields.Many2one("hr.employee")
    reason = fields.Char(help="Why vehicle or driver change.")
    option_ids = fields.One2many("gov.vehicle.assign.option", "wizard_id")
    vehicle_option_ids = fields.One2many(
        "gov.vehicle.assign.option",
        "wizard_id",
        string="Vehicles",
        domain=[("kind", "=", "vehicle")],
    )
    driver_option_ids = fields.One2many(
        "gov.vehicle.assign.option",
        "wizard_id",
        string="Drivers",
        domain=[("kind", "=", "driver")],
    )
    dispatch_text = fields.Text(related="booking_id.dispatch_text")
    is_done = fields.Boolean(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Open with what suits best, or with what the trip has."""
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("booking_id",))
        wizards = super().create(
            [{"booking_id": vals.get("booking_id")} for vals in vals_list]
        )
        for wizard, vals in zip(wizards, vals_list, strict=True):
            booking = wizard.booking_id
            booking._find_booking()
            wizard._fill(vals)
        return wizards

    def write(self, vals):
        # The trip was checked when the dialog opened.
        if "booking_id" in vals:
            raise UserError(self.env._("The dialog belongs to one trip."))
        return super().write(vals)

    def _fill(self, vals):
        """Write suggestions, and the choice among them."""
        self.ensure_one()
        booking = self.booking_id
        vehicle = booking.vehicle_id.browse(vals.get("vehicle_id") or ())
        vehicle = vehicle or booking.vehicle_id
        found = booking._suggest(vehicle or None)
        if not vehicle and found["vehicles"]:
            vehicle = vehicle.browse(found["vehicles"][0]["id"])
        driver = booking.driver_id.browse(vals.get("driver_id") or ())
        driver = driver or booking.driver_id
        if not driver and found["drivers"]:
            driver = driver.browse(found["drivers"][0]["id"])
        self.write(
            {
                "is_change": bool(booking.vehicle_id and booking.driver_id),
                "vehicle_id": vehicle.id,
                "driver_id": driver.id,
                "option_ids": self._get_options(found),
            }
        )

    def _get_options(self, found):
        """Return the commands that make the lists; rows that stay keep their ids.

        The dispatcher may press one while the dialog is still being read again.
        """
        known = {(row.kind, row.record_id): row.id for row in self.option_ids}
        commands = []
        for kind, name in (("vehicle", "vehicles"), ("driver", "drivers")):
            for number, row in enumerate(found[name][:20]):
                vals = {
                    "kind": kind,
                    "sequence": number,
                    "record_id": row["id"],
                    "name": row["name"],
                    "hours": row["hours"],
                    "seats": row.get("seats", 0),
                    "day_hours": row.get("day", 0),
                    "note": row["note"],
                }
                row_id = known.pop((kind, row["id"]), None)
                commands.append(
                    Command.update(row_id, vals) if row_id else Command.create(vals)
                )
        return commands + [Command.delete(row_id) for row_id in known.values()]

    def action_assign(self):
        """Assign what is chosen, then show the dispatch text.

        :return: the dialog again, with the text to copy.
        :raise UserError: nothing chosen, or what stands in the way.
        """
        self.ensure_one()
        if not self.vehicle_id or not self.driver_id:
            raise UserError(self.env._("Choose a vehicle and a driver."))
        self.booking_id.action_assign(
            self.vehicle_id.id, self.driver_id.id, self.reason or ""
        )
        self.is_done = True
        return self._reopen()

    def action_unassign(self):
        """Take vehicle and driver off the trip.

        :return: action that closes the dialog.
        :raise UserError: without a reason.
        """
        self.ensure_one()
        self.booking_id.action_unassign(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispatch a car"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
