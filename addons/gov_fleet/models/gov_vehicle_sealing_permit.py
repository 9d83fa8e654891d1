from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)

_AT_VEHICLE = frozenset({"odometer_out", "odometer_in", "strip_number"})


class GovVehicleSealingPermit(models.Model):
    """The permit to use a sealed vehicle in an urgent matter (封存车辆启用).

    The leader on duty decides, by the duty roster; decided by phone it is recorded as
    any decision is. Then the dispatcher opens the seal with the odometer, and seals
    the vehicle again with a new strip when it is back. The kilometres between the two
    are what the permit allowed.

    ========= ========= ============================================================
    from      to        by
    ========= ========= ============================================================
    draft     submitted ``action_submit``
    submitted approved  the leader on duty agrees: the window is free on the board
    approved  opened    ``action_open_seal``
    opened    resealed  ``action_reseal``, or the list is unsealed
    ========= ========= ============================================================

    Rejected, cancelled: as of the approval chain.
    """

    _name = "gov.vehicle.sealing.permit"
    _description = "Permit to Use a Sealed Vehicle"
    _inherit = ["gov.approval.mixin"]
    _order = "date_start desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.sealing.permit"
    _protected_fields = frozenset(
        {
            "state",
            "leader_id",
            "opened_at",
            "resealed_at",
            "opened_by_id",
            "resealed_by_id",
            "sealing_id",
            "vehicle_id",
        }
    )

    line_id = fields.Many2one(
        "gov.vehicle.sealing.line",
        string="Sealed vehicle",
        required=True,
        index=True,
        check_company=True,
        domain=[("state", "in", ("sealed", "opened"))],
        ondelete="restrict",
    )
    sealing_id = fields.Many2one(related="line_id.sealing_id", store=True, index=True)
    vehicle_id = fields.Many2one(related="line_id.vehicle_id", store=True, index=True)
    purpose = fields.Char(required=True)
    date_start = fields.Datetime(
        string="From", required=True, default=fields.Datetime.now
    )
    date_end = fields.Datetime(string="Until", required=True)
    driver_id = fields.Many2one("hr.employee", check_company=True, ondelete="restrict")
    leader_id = fields.Many2one(
        "hr.employee",
        string="Leader on duty",
        compute="_compute_leader_id",
        store=True,
        compute_sudo=True,
        ondelete="restrict",
        help="From the duty roster, at the time at which the vehicle is needed.",
    )
    odometer_out = fields.Float(string="Odometer at opening", digits=(12, 1))
    odometer_in = fields.Float(string="Odometer at sealing again", digits=(12, 1))
    strip_number = fields.Char(string="New strip", copy=False)
    opened_at = fields.Datetime(string="Unsealed at", readonly=True, copy=False)
    opened_by_id = fields.Many2one(
        "res.users", string="Unsealed by", readonly=True, copy=False
    )
    resealed_at = fields.Datetime(string="Sealed again at", readonly=True, copy=False)
    resealed_by_id = fields.Many2one(
        "res.users", string="Sealed again by", readonly=True, copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("opened", "Opened"),
            ("resealed", "Sealed again"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    can_open_seal = fields.Boolean(compute="_compute_can_seal")
    can_reseal = fields.Boolean(compute="_compute_can_seal")

    _window_in_order = models.Constraint(
        "CHECK (date_end > date_start)", "The permit ends before it begins."
    )

    # === Compute ===

    @api.depends("date_start", "line_id")
    def _compute_leader_id(self):
        shifts = self.env["gov.duty.shift"]
        for permit in self:
            if permit.approval_state not in (False, "draft"):
                continue
            company = permit.line_id.company_id or permit.company_id
            shift = permit.date_start and shifts._on_duty(permit.date_start, company)
            permit.leader_id = shift.leader_id if shift else False

    @api.depends("approval_state", "opened_at", "resealed_at")
    def _compute_state(self):
        for permit in self:
            state = permit.approval_state
            if state == "approved" and permit.resealed_at:
                state = "resealed"
            elif state == "approved" and permit.opened_at:
                state = "opened"
            # Whatever else the chain knows, such as a hold, is under way.
            known = dict(self._fields["state"].selection)
            permit.state = state if state in known else "submitted"

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_seal(self):
        keeps = self.env["gov.vehicle.sealing"]._is_keeper()
        for permit in self:
            permit.can_open_seal = keeps and permit.state == "approved"
            permit.can_reseal = keeps and permit.state == "opened"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        if not is_engine(self.env):
            self._check_at_vehicle(vals)
        return super().write(vals)

    def _check_at_vehicle(self, vals):
        """Refuse readings of a step that is over, or not reached yet."""
        for names, state in (
            ({"odometer_out"}, "approved"),
            ({"odometer_in", "strip_number"}, "opened"),
        ):
            for permit in self:
                if names & set(vals) and permit.state != state:
                    raise UserError(
                        self.env._(
                            "%(permit)s: %(fields)s cannot be entered now.",
                            permit=permit.display_name,
                            fields=self._get_labels(names & set(vals)),
                        )
                    )

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        check_dictionaries(model, vals_list)
        lines = self.env["gov.vehicle.sealing.line"]
        for vals in vals_list:
            check_plain_values(model, vals)
            for name in ("odometer_out", "odometer_in"):
                lines._check_reading(vals.get(name), name)
        check_records_exist(model, vals_list, ("line_id", "driver_id", "employee_id"))

    def _get_frozen_fields(self):
        # What is noted at the vehicle has its own steps, see _check_at_vehicle.
        return super()._get_frozen_fields() - _AT_VEHICLE

    # === Actions ===

    def action_open_seal(self, odometer=None):
        """Break the strip: the vehicle may leave.

        :param odometer: the reading, in km; default the one entered in the form.
        :return: True
        :raise UserError: not a dispatcher, not approved, or no reading.
        """
        for permit in self:
            permit._begin_use("approved", "odometer_out", odometer)
            # sudo: person, state and reading have just been checked.
            document = engine(permit.sudo())
            document.write(
                {"opened_at": fields.Datetime.now(), "opened_by_id": self.env.uid}
            )
            document._free_from_now()
        return True

    def action_reseal(self, odometer=None, strip_number=None):
        """Seal the vehicle again with a new strip.

        :param odometer: the reading, in km; default the one entered in the form.
        :param str strip_number: number of the new strip; default as entered.
        :return: True
        :raise UserError: not a dispatcher, not opened, no reading or strip, or the
            reading is below that at opening.
        """
        for permit in self:
            permit._begin_use("opened", "odometer_in", odometer)
            strip = strip_number or permit.strip_number
            if not isinstance(strip, str) or not strip.strip() or len(strip) > 64:
                raise UserError(self.env._("Enter the number of the new strip."))
            permit._check_not_below()
            permit.line_id._check_not_out()
            # sudo: person, state and readings have just been checked.
            document = engine(permit.sudo())
            document.write(
                {
                    "strip_number": strip.strip(),
                    "resealed_at": fields.Datetime.now(),
                    "resealed_by_id": self.env.uid,
                }
            )
            document._close_line(strip.strip())
        return True

    def _begin_use(self, state, name, odometer):
        """Check person, rivals, state and reading of a step at the vehicle."""
        self.ensure_one()
        self.check_access("read")
        if not self.env["gov.vehicle.sealing"]._is_keeper():
            raise UserError(
                self.env._("Sealing lists are kept by the dispatchers of vehicles.")
            )
        self.line_id.sealing_id._meet_rivals()
        self._approval_meet_rivals()
        self.invalidate_recordset(["opened_at", "resealed_at"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        wanted = {"approved": "sealed", "opened": "opened"}[state]
        if self.state != state or self.line_id.state != wanted:
            raise UserError(
                self.env._(
                    "%(permit)s is in state “%(state)s”; this step is not possible "
                    "now.",
                    permit=self.display_name,
                    state=labels[self.state],
                )
            )
        if odometer is not None:
            if isinstance(odometer, bool) or not isinstance(odometer, int | float):
                raise UserError(self.env._("Enter the reading of the odometer."))
            # sudo: person and state have just been checked.
            engine(self.sudo())[name] = odometer
        if not self[name]:
            raise UserError(self.env._("Enter the reading of the odometer."))

    def _get_driven(self, reading):
        """Return the km from the opening to ``reading`` now, over all nines."""
        now = fields.Datetime.now()
        return self.env["gov.vehicle.trip"]._km_between(
            self.vehicle_id, (self.opened_at or now, self.odometer_out), (now, reading)
        )

    def _check_not_below(self):
        if self._get_driven(self.odometer_in) < 0:
            raise UserError(
                self.env._(
                    "%(end)s km at sealing again is below %(start)s km at opening.",
                    end=plain_number(self.odometer_in),
                    start=plain_number(self.odometer_out),
                )
            )

    def _free_from_now(self):
        """The strip is broken: the vehicle is free until the end of the permit."""
        line, now = self.line_id, fields.Datetime.now()
        line.state = "opened"
        self._book_rest(max(now, self.date_end))

    def _close_line(self, strip):
        """The vehicle is sealed again: book the rest, count what was driven."""
        line = self.line_id
        line.write(
            {
                "state": "sealed",
                "strip_number": strip,
                "permitted_km": line.permitted_km + self._get_driven(self.odometer_in),
            }
        )
        self._book_rest(fields.Datetime.now())

    def _book_rest(self, start, own=False):
        """Book the vehicle from ``start`` to the holiday's end, but for permits.

        :param start: naive UTC moment; what was booked from now on is given back.
        :param own: the time of this permit is left free too.
        """
        line = self.line_id
        line._release_windows(fields.Datetime.now())
        end = line.sealing_id._get_window()[1]
        # Trips stand on the board in the times of the other permits.
        others = line.permit_ids.filtered(lambda p: p.state in ("approved", "opened"))
        open_ones = others | self if own else others - self
        parts = []
        for permit in open_ones.sorted("date_start"):
            parts.append((start, min(permit.date_start, end)))
            start = max(start, permit.date_end)
        line._take_windows([*parts, (start, end)])

    def _close_open(self):
        """The list is unsealed while the vehicle is open: the permit ends there."""
        for permit in self.filtered(lambda permit: permit.state == "opened"):
            line = permit.line_id
            driven = max(0.0, permit._get_driven(line.odometer_out))
            permit.write(
                {
                    "odometer_in": line.odometer_out if driven else permit.odometer_out,
                    "resealed_at": fields.Datetime.now(),
                    "resealed_by_id": self.env.uid,
                }
            )
            line.permitted_km += driven

    # === Approval ===

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_fleet.group_dispatcher")

    def _approval_summary(self):
        return self.env._(
            "%(vehicle)s: %(purpose)s",
            vehicle=self.vehicle_id.display_name,
            purpose=self.purpose,
        )

    def _approval_check_submit(self):
        """Refuse a permit for a vehicle that is not sealed, or without a leader."""
        result = super()._approval_check_submit()
        # sudo: who is on duty and whether the vehicle is sealed is asked.
        permit = engine(self.sudo())
        permit._compute_leader_id()
        if permit.line_id.state not in ("sealed", "opened"):
            raise UserError(
                self.env._(
                    "%(vehicle)s is not sealed: it needs no permit.",
                    vehicle=permit.vehicle_id.display_name,
                )
            )
        if not permit.leader_id:
            raise UserError(
                self.env._(
                    "The duty roster names nobody at that time. Enter the shift "
                    "first: the leader on duty decides."
                )
            )
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        # sudo: the chain has agreed; the board is told.
        permit = engine(self.sudo())
        start = permit.line_id.sealing_id._get_window()[0]
        permit._book_rest(max(start, fields.Datetime.now()), own=True)
        return result

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        # sudo: a permit that ended unused gives the time back.
        permit = engine(self.sudo())
        line = permit.line_id
        if action == "cancel" and self.decided_at and line.state == "sealed":
            start = line.sealing_id._get_window()[0]
            permit._book_rest(max(start, fields.Datetime.now()))
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.opened_at:
            blocker = self.env._("The seal was opened: the permit stays on record.")
        return blocker
