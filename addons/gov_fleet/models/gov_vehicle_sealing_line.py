from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.scan import clean_scan

_BEFORE = frozenset(
    {
        "kind",
        "reason",
        "odometer_in",
        "strip_number",
        "photo_in",
        "has_key",
        "has_fuel_card",
        "has_licence_book",
        "keeper_id",
        "sealed_by_id",
        "supervisor_id",
        "vehicle_id",
        "sealing_id",
    }
)
_AFTER = frozenset({"odometer_out", "photo_out", "is_strip_whole", "unsealed_by_id"})
_PEOPLE = ("keeper_id", "sealed_by_id", "supervisor_id", "unsealed_by_id")
_PHOTOS = ("photo_in", "photo_out")
# More than any instrument has; the vehicle's own is looked at as well.
_MOST_DIGITS = 8


class GovVehicleSealingLine(models.Model):
    """One vehicle of a sealing list: sealed, on duty, exempt or in the workshop.

    What is noted when it is sealed can be changed until then, what is noted when it
    is unsealed while it is sealed; afterwards the line stands.

    ======= ======== ===============================================================
    from    to       by
    ======= ======== ===============================================================
    planned sealed   the list is sealed, or ``action_seal`` for a latecomer
    sealed  opened   a permit is used
    opened  sealed   the vehicle is back and sealed again
    sealed, unsealed the list is unsealed, or ``action_unseal``
    opened
    ======= ======== ===============================================================

    ``odometer_in`` is the reading at sealing, ``odometer_out`` at unsealing; what
    permits allowed is taken off, and any difference opens a finding.
    """

    _name = "gov.vehicle.sealing.line"
    _description = "Vehicle of a Sealing List"
    _inherit = ["gov.guard.mixin"]
    _order = "sealing_id desc, kind_order, id"
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "company_id",
            "date_from",
            "date_to",
            "difference",
            "has_difference",
            "permitted_km",
            "sealed_at",
            "state",
            "unsealed_at",
        }
    )

    sealing_id = fields.Many2one(
        "gov.vehicle.sealing",
        string="List",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="sealing_id.company_id", store=True, index=True
    )
    list_state = fields.Selection(related="sealing_id.state", string="List is")
    date_from = fields.Date(related="sealing_id.date_from", store=True)
    date_to = fields.Date(related="sealing_id.date_to", store=True)
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("sealed", "To seal"),
            ("duty", "On duty"),
            ("exempt", "Exempt"),
            ("workshop", "In the workshop"),
        ],
        required=True,
        default="sealed",
    )
    kind_order = fields.Integer(compute="_compute_kind_order", store=True)
    reason = fields.Char(help="Why it is not sealed; required then.")
    state = fields.Selection(
        [
            ("planned", "Not sealed"),
            ("sealed", "Sealed"),
            ("opened", "Opened by permit"),
            ("unsealed", "Unsealed"),
        ],
        required=True,
        readonly=True,
        default="planned",
        copy=False,
        index=True,
    )
    last_reading = fields.Float(
        related="vehicle_id.odometer_value", string="Last trip's reading"
    )
    odometer_in = fields.Float(string="Odometer at sealing", digits=(12, 1))
    odometer_out = fields.Float(string="Odometer at unsealing", digits=(12, 1))
    strip_number = fields.Char(string="Strip")
    photo_in = fields.Binary(string="Photo at sealing", attachment=True)
    photo_out = fields.Binary(string="Photo at unsealing", attachment=True)
    has_key = fields.Boolean(string="Key", default=True)
    has_fuel_card = fields.Boolean(string="Fuel card", default=True)
    has_licence_book = fields.Boolean(string="Licence book", default=True)
    keeper_id = fields.Many2one(
        "hr.employee", check_company=True, ondelete="restrict", string="Kept by"
    )
    sealed_by_id = fields.Many2one(
        "hr.employee", string="Sealed by", check_company=True, ondelete="restrict"
    )
    supervisor_id = fields.Many2one(
        "hr.employee", string="Supervised by", check_company=True, ondelete="restrict"
    )
    unsealed_by_id = fields.Many2one(
        "hr.employee", string="Unsealed by", check_company=True, ondelete="restrict"
    )
    is_strip_whole = fields.Boolean(
        string="Strip whole", default=True, help="The strip was found as it was put on."
    )
    sealed_at = fields.Datetime(readonly=True, copy=False)
    unsealed_at = fields.Datetime(readonly=True, copy=False)
    permit_ids = fields.One2many(
        "gov.vehicle.sealing.permit", "line_id", string="Permits", readonly=True
    )
    permitted_km = fields.Float(
        string="Driven with permit",
        digits=(12, 1),
        readonly=True,
        copy=False,
        help="Kilometres between opening and sealing again, of all permits.",
    )
    difference = fields.Float(
        digits=(12, 1),
        compute="_compute_difference",
        store=True,
        help="Odometer at unsealing less odometer at sealing and what permits allowed.",
    )
    has_difference = fields.Boolean(compute="_compute_difference", store=True)

    _vehicle_uniq = models.UniqueIndex(
        "(sealing_id, vehicle_id)", "This vehicle is on the list already."
    )
    _strip_uniq = models.UniqueIndex(
        "(sealing_id, strip_number) WHERE strip_number IS NOT NULL",
        "This strip is on another vehicle of the list.",
    )
    _readings_not_negative = models.Constraint(
        "CHECK (coalesce(odometer_in, 0) >= 0 AND coalesce(odometer_out, 0) >= 0)",
        "A reading of the odometer is not below zero.",
    )

    # === Compute ===

    @api.depends("vehicle_id", "sealing_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (
                f"{line.vehicle_id.display_name or ''} · "
                f"{line.sealing_id.display_name or ''}"
            )

    @api.depends("kind")
    def _compute_kind_order(self):
        order = [key for key, _label in self._fields["kind"].selection]
        for line in self:
            line.kind_order = order.index(line.kind) if line.kind else 0

    @api.depends(
        "state",
        "odometer_in",
        "odometer_out",
        "permitted_km",
        "sealed_at",
        "unsealed_at",
    )
    def _compute_difference(self):
        trips = self.env["gov.vehicle.trip"]
        look = trips._prepare_look(self.vehicle_id)
        for line in self:
            difference = 0.0
            if line.state == "unsealed":
                end = line.unsealed_at or fields.Datetime.now()
                difference = trips._km_between(
                    line.vehicle_id,
                    (line.sealed_at or end, line.odometer_in),
                    (end, line.odometer_out),
                    look,
                )
                difference -= line.permitted_km
            line.difference = difference
            line.has_difference = float_compare(difference, 0, 1) != 0

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._check_input(vals_list)
        lines = super().create(vals_list)
        lines._check_instrument()
        if not is_engine(self.env):
            lines._check_phase(_BEFORE)
        # sudo: the right to write the list was checked by super() and just above.
        engine(lines.sudo())._follow_kind()
        return lines

    def write(self, vals):
        [vals] = self._check_input([vals])
        if not is_engine(self.env):
            self._check_phase(set(vals))
        result = super().write(vals)
        if {"odometer_in", "odometer_out", "vehicle_id"} & set(vals):
            self._check_instrument()
        if "state" in vals:
            self.vehicle_id.invalidate_recordset(
                ["dispatch_block", "is_dispatchable"], flush=False
            )
        if {"kind", "vehicle_id"} & set(vals):
            # sudo: the right to write the list was checked by super().
            engine(self.sudo())._follow_kind(again="vehicle_id" in vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed(self):
        for line in self:
            if line.state != "planned" or line.list_state != "draft":
                line._refuse_phase()
        # sudo: the right to delete the line was checked by the ORM.
        engine(self.sudo())._release_windows()

    @api.model
    def _check_input(self, vals_list):
        """Return the values with photos that are some; refuse what is no value."""
        model = self.browse()
        check_dictionaries(model, vals_list)
        cleaned = []
        for vals in vals_list:
            check_plain_values(model, vals)
            vals = dict(vals)
            for name in _PHOTOS:
                if vals.get(name):
                    vals[name] = clean_scan(self.env, vals[name])[0]
            if "strip_number" in vals:
                vals["strip_number"] = (vals["strip_number"] or "").strip() or False
            for name in ("odometer_in", "odometer_out"):
                self._check_reading(vals.get(name), name)
            cleaned.append(vals)
        check_records_exist(model, cleaned, (*_PEOPLE, "vehicle_id", "sealing_id"))
        return cleaned

    @api.model
    def _check_reading(self, value, name):
        """Refuse a reading that no instrument shows."""
        if value and not 0 <= float(value) < 10**_MOST_DIGITS:
            raise UserError(
                self.env._(
                    "%(field)s: %(value)s is no reading of an odometer.",
                    field=self._fields[name]._description_string(self.env),
                    value=plain_number(float(value)),
                )
            )

    def _check_instrument(self):
        """Refuse a reading with more digits than the instrument had at that time."""
        trips, now = self.env["gov.vehicle.trip"], fields.Datetime.now()
        look = trips._prepare_look(self.vehicle_id)
        for line in self:
            moments = {"odometer_in": line.sealed_at, "odometer_out": line.unsealed_at}
            for name, moment in moments.items():
                digits = trips._digits_on(line.vehicle_id, moment or now, look)
                if line[name] >= 10**digits:
                    raise UserError(
                        self.env._(
                            "%(vehicle)s: the odometer cannot show %(value)s km, it "
                            "has %(digits)s digits.",
                            vehicle=line.vehicle_id.display_name,
                            value=plain_number(line[name]),
                            digits=digits,
                        )
                    )

    def _check_phase(self, names):
        """Refuse values of a step that is over, or not reached yet."""
        before, after = _BEFORE & set(names), _AFTER & set(names)
        for line in self:
            closed = line.list_state == "unsealed" or line.state == "unsealed"
            if before and (closed or line.state != "planned"):
                line._refuse_phase()
            if after and (closed or line.state not in ("sealed", "opened")):
                line._refuse_phase()

    def _refuse_phase(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(vehicle)s is in state “%(state)s” on the list %(list)s and cannot "
                "be changed so now.",
                vehicle=self.vehicle_id.display_name,
                state=labels[self.state],
                list=self.sealing_id.display_name,
            )
        )

    # === Sealing ===

    def action_seal(self):
        """Seal vehicles that came late, when their list is sealed already.

        :return: True
        :raise UserError: not a dispatcher, the list is not sealed, or values are
            missing.
        """
        for line in self:
            line.sealing_id._begin("unseal")
            if line.kind != "sealed" or line.state != "planned":
                line._refuse_phase()
            line.sealing_id._fill_people()
            line._seal_lines()
        return True

    def action_unseal(self):
        """Unseal single vehicles on the first day back.

        :return: True
        :raise UserError: not a dispatcher, too early, or the odometer is missing.
        """
        for line in self:
            line.sealing_id._begin("unseal")
            line.sealing_id._check_over()
            if line.state not in ("sealed", "opened"):
                line._refuse_phase()
            line._unseal_lines()
        return True

    def _check_reasons(self):
        """Refuse vehicles that are not sealed without a reason."""
        silent = self.filtered(
            lambda line: line.kind != "sealed" and not (line.reason or "").strip()
        )
        if silent:
            raise UserError(
                self.env._(
                    "Say why these are not sealed: %(vehicles)s.",
                    vehicles=join_names(
                        self.env, silent.vehicle_id.mapped("display_name")
                    ),
                )
            )

    def _seal_lines(self):
        """Seal these lines; the caller has checked person and list.

        :raise UserError: naming each vehicle and what it lacks.
        """
        problems = []
        for line in self:
            missing = [
                line._fields[name]._description_string(self.env)
                for name in ("odometer_in", "strip_number", "keeper_id", "sealed_by_id")
                if not line[name]
            ]
            if missing:
                problems.append(
                    self.env._(
                        "%(vehicle)s: %(missing)s",
                        vehicle=line.vehicle_id.display_name,
                        missing=join_names(self.env, missing),
                    )
                )
        if problems:
            raise UserError(
                self.env._(
                    "These vehicles cannot be sealed yet, there is something missing:"
                    "\n%(problems)s",
                    problems="\n".join(problems),
                )
            )
        self._check_not_out()
        # sudo: person, list and values have been checked.
        lines = engine(self.sudo())
        lines._follow_kind()
        lines._hold_from_now()
        lines.write({"state": "sealed", "sealed_at": fields.Datetime.now()})

    def _hold_from_now(self):
        """A vehicle sealed on the eve is taken from now on, not from midnight."""
        now = fields.Datetime.now()
        for window in self._get_windows():
            if window.date_start > now:
                window._retake(date_start=now)

    def _check_not_out(self):
        """Refuse to seal a vehicle that is on its way.

        Who lets it go at this moment meets us on the vehicle's row.
        """
        self.env["gov.vehicle.booking"]._meet(
            self.vehicle_id, self.env["hr.employee"].browse()
        )
        # sudo: only whether the vehicle is out is asked.
        trips = self.env["gov.vehicle.trip"].sudo()
        away = trips.search(
            [("vehicle_id", "in", self.vehicle_id.ids), ("state", "=", "out")]
        ).vehicle_id
        if away:
            raise UserError(
                self.env._(
                    "Not back yet: %(vehicles)s. A vehicle that comes back late is put "
                    "on duty with a reason, or sealed when it is back.",
                    vehicles=join_names(self.env, away.mapped("display_name")),
                )
            )

    def _unseal_lines(self):
        """Unseal these lines and look at the odometers; the caller has checked."""
        silent = self.filtered(lambda line: not line.odometer_out)
        if silent:
            raise UserError(
                self.env._(
                    "Enter the odometer at unsealing: %(vehicles)s.",
                    vehicles=join_names(
                        self.env, silent.vehicle_id.mapped("display_name")
                    ),
                )
            )
        # sudo: person, list and values have been checked.
        lines = engine(self.sudo())
        lines.permit_ids._close_open()
        now = fields.Datetime.now()
        lines.write({"state": "unsealed", "unsealed_at": now})
        lines._release_windows(now)
        for line in lines.filtered("has_difference"):
            line._raise_difference()
        for line in lines.filtered(lambda line: not line.is_strip_whole):
            self.env["gov.finding"]._raise(
                "vehicle_strip_broken", line, line._describe_strip()
            )

    def _raise_difference(self):
        env = self.sealing_id._get_lang_env()
        text = env._(
            "%(vehicle)s, %(list)s (%(first)s to %(last)s): %(start)s km at sealing, "
            "%(end)s km at unsealing, %(permitted)s km with permit: a difference of "
            "%(difference)s km. Keys with %(keeper)s.",
            vehicle=self.vehicle_id.display_name,
            list=self.sealing_id.display_name,
            first=format_day(env, self.date_from),
            last=format_day(env, self.date_to),
            start=plain_number(self.odometer_in),
            end=plain_number(self.odometer_out),
            permitted=plain_number(self.permitted_km),
            difference=plain_number(self.difference),
            keeper=self.keeper_id.name,
        )
        self.env["gov.finding"]._raise(
            "vehicle_sealing_odometer", self, text, "serious", employee=self.keeper_id
        )

    def _describe_strip(self):
        env = self.sealing_id._get_lang_env()
        return env._(
            "%(vehicle)s, %(list)s: strip %(strip)s was not whole at unsealing.",
            vehicle=self.vehicle_id.display_name,
            list=self.sealing_id.display_name,
            strip=self.strip_number or "-",
        )

    # === Asked by others ===

    @api.model
    def _get_sealed(self, vehicles):
        """Return the lines under which ``vehicles`` are sealed now."""
        # sudo: whether a vehicle is sealed is asked when it is to leave.
        return self.sudo().search(
            [("vehicle_id", "in", vehicles.ids), ("state", "=", "sealed")]
        )
