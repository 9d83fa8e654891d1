from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)

from .gov_vehicle_trip_chain import GAP_RULE

_TYPED = frozenset(
    {"vehicle_id", "date", "old_value", "new_value", "new_digits", "reason"}
)


class GovVehicleOdometerReplacement(models.Model):
    """An odometer that was replaced in the workshop (里程表更换).

    The chain of the vehicle passes it: the last trip before ends at the old
    instrument's last reading, the next one begins at the new one's first. The manager
    and technicians enter it; the manager takes a wrong one back, with a reason.
    """

    _name = "gov.vehicle.odometer.replacement"
    _description = "Odometer Replaced"
    _inherit = ["mail.thread", "gov.guard.mixin"]
    _order = "date desc, id desc"
    _rec_name = "vehicle_id"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "cancel_reason",
            "company_id",
            "gap_km",
            "old_digits",
            "previous_reading",
            "sequence",
            "state",
            "user_id",
        }
    )

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle", required=True, check_company=True, ondelete="restrict"
    )
    date = fields.Datetime(
        string="Replaced at", required=True, default=fields.Datetime.now
    )
    old_value = fields.Float(
        string="Last reading of the old one", digits=(12, 1), aggregator=None
    )
    new_value = fields.Float(
        string="First reading of the new one", digits=(12, 1), aggregator=None
    )
    old_digits = fields.Integer(readonly=True, aggregator=None)
    new_digits = fields.Integer(
        string="Digits of the new one",
        default=6,
        aggregator=None,
        help="Before the decimal point.",
    )
    previous_reading = fields.Float(
        string="Last reading before", digits=(12, 1), readonly=True, aggregator=None
    )
    gap_km = fields.Float(
        string="Gap (km)",
        digits=(12, 1),
        readonly=True,
        help="Km that no trip before it accounts for.",
    )
    sequence = fields.Integer(
        string="Place in the chain", readonly=True, aggregator=None
    )
    reason = fields.Char(string="Why, and which shop", required=True)
    user_id = fields.Many2one("res.users", string="Entered by", readonly=True)
    state = fields.Selection(
        [("valid", "Valid"), ("cancelled", "Taken back")],
        required=True,
        readonly=True,
        default="valid",
        tracking=True,
    )
    cancel_reason = fields.Char(string="Why taken back", readonly=True, tracking=True)
    can_cancel = fields.Boolean(compute="_compute_can_cancel")

    _chain = models.Index("(vehicle_id, date, id) WHERE state = 'valid'")
    _figures = models.Constraint(
        "CHECK (old_value >= 0 AND new_value >= 0 AND new_digits BETWEEN 4 AND 8)",
        "Readings are not negative; an odometer has 4 to 8 digits.",
    )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_cancel(self):
        manager = self.env.user.has_group("gov_fleet.group_fleet_manager")
        for replacement in self:
            replacement.can_cancel = manager and replacement.state == "valid"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        """Enter replaced instruments; the chain behind them is worked out anew.

        :raise UserError: a reading the instrument cannot show, a vehicle that was out
            at that time, a moment to come.
        """
        if is_engine(self.env):
            return super().create(vals_list)
        check_dictionaries(self, vals_list)
        self.check_access("create")
        for vals in vals_list:
            if frozen := set(vals) & set(self._fields) - _TYPED:
                self._guard_refuse(frozen)
            check_plain_values(self.browse(), vals)
            if not vals.get("vehicle_id") or not (vals.get("reason") or "").strip():
                raise UserError(
                    self.env._("A replaced odometer needs its vehicle and a reason.")
                )
        check_records_exist(self.browse(), vals_list, ("vehicle_id",))
        vehicles = self.env["fleet.vehicle"].browse(
            {vals["vehicle_id"] for vals in vals_list}
        )
        vehicles.check_access("read")
        trips = self.env["gov.vehicle.trip"]
        trips._meet_rivals(vehicles)
        vals_list = [self._complete_values(vals) for vals in vals_list]
        # The right to enter it, readings and times have been checked.
        created = engine(self).create(vals_list).with_env(self.env)
        changed = trips._rechain(vehicles)
        trips._note_findings(changed)
        created._note_gaps()
        created._tell_others(True)
        return created

    def write(self, vals):
        if not is_engine(self.env):
            # What was entered stays; a wrong one is taken back and entered again.
            mail = set(self.env["mail.thread"]._fields)
            if frozen := set(vals) & set(self._fields) - mail:
                self._guard_refuse(frozen)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not is_engine(self.env):
            self._guard_refuse_rows()

    def action_cancel(self, reason=""):
        """Take a wrong entry back; the chain is worked out as if it were not there.

        :param str reason: why; required.
        :return: True
        :raise UserError: not the manager, taken back already, no reason, or a later
            trip does not fit the old instrument.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(self.env._("Please give a reason of at most 500 signs."))
        for replacement in self:
            replacement.check_access("write")
            if not replacement.can_cancel:
                raise UserError(
                    self.env._("The manager of official vehicles takes it back, once.")
                )
        trips = self.env["gov.vehicle.trip"]
        trips._meet_rivals(self.vehicle_id)
        # sudo: group and state were checked just above.
        engine(self.sudo()).write({"state": "cancelled", "cancel_reason": reason})
        trips._note_findings(trips._rechain(self.vehicle_id))
        self._tell_others(False)
        return True

    # === Helpers ===

    def _tell_others(self, entered):
        """Let maintenance and consumption follow the instrument.

        :param entered: False when it was taken back.
        """
        for row in self:
            self.env["gov.vehicle.plan"]._follow_instrument(row, entered)
        self.env["gov.fuel.entry"]._follow_instruments(self)

    def _note_gaps(self):
        """Open a finding for km that no trip before the workshop accounts for."""
        for row in self.filtered("gap_km"):
            self.env["gov.finding"]._raise(
                GAP_RULE,
                row,
                self.env._(
                    "%(vehicle)s: the old odometer was taken out with %(value)s km, "
                    "the last reading before was %(before)s km: %(gap)s km are not "
                    "accounted for.",
                    vehicle=row.vehicle_id.display_name,
                    value=plain_number(row.old_value),
                    before=plain_number(row.previous_reading),
                    gap=plain_number(row.gap_km),
                ),
            )

    @api.model
    def _complete_values(self, vals):
        """Return the values of a new row, checked against the chain."""
        vehicle = self.env["fleet.vehicle"].browse(vals["vehicle_id"])
        moment = fields.Datetime.to_datetime(vals.get("date")) or fields.Datetime.now()
        if moment > fields.Datetime.now():
            raise UserError(
                self.env._(
                    "%s: an odometer cannot have been replaced in the future.",
                    vehicle.display_name,
                )
            )
        trips = self.env["gov.vehicle.trip"]
        old_digits = trips._digits_on(vehicle, moment)
        new_digits = vals.get("new_digits", 6)
        if type(new_digits) is not int or not 4 <= new_digits <= 8:
            raise UserError(self.env._("An odometer has 4 to 8 digits."))
        old = trips._check_reading(vehicle, vals.get("old_value", 0), old_digits)
        new = trips._check_reading(vehicle, vals.get("new_value", 0), new_digits)
        self._check_not_out(vehicle, moment)
        return {
            "vehicle_id": vehicle.id,
            "company_id": vehicle.company_id.id or self.env.company.id,
            "date": moment,
            "old_value": old,
            "new_value": new,
            "old_digits": old_digits,
            "new_digits": new_digits,
            "reason": vals["reason"].strip(),
            "user_id": self.env.uid,
        }

    @api.model
    def _check_not_out(self, vehicle, moment):
        """Raise if the vehicle was on a trip at ``moment``."""
        # sudo: only whether it was out then, protected trips too.
        trip = (
            self.env["gov.vehicle.trip"]
            .sudo()
            .search(
                [
                    ("vehicle_id", "=", vehicle.id),
                    ("state", "in", ("out", "back")),
                    ("date_start", "<", moment),
                    "|",
                    ("date_end", "=", False),
                    ("date_end", ">", moment),
                ],
                limit=1,
            )
        )
        if trip:
            raise UserError(
                self.env._(
                    "%(vehicle)s was out at that time (%(trip)s): an odometer is "
                    "replaced between two trips.",
                    vehicle=vehicle.display_name,
                    trip=trip.display_name,
                )
            )
