from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_one,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.rivals import meet_rivals

_ONE_DAY = timedelta(days=1)
PEOPLE = ("keeper_id", "sealed_by_id", "supervisor_id")
# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "seal": (("draft",), "sealed"),
    "unseal": (("sealed",), "unsealed"),
}


class GovVehicleSealing(models.Model):
    """The list of vehicles sealed over a holiday (节假日封存): which stay, which go.

    Made by itself some days before each holiday of the calendar (see
    ``gov_vehicle_sealing_job.py``), one per holiday and institution. Each vehicle is
    sealed, on duty, exempt or in the workshop; a vehicle to be sealed is booked for
    the whole holiday.

    ======= ======== ===============================================================
    from    to       by
    ======= ======== ===============================================================
    draft   sealed   ``action_seal``: odometer, strip, keys and keeper are entered
    sealed  unsealed ``action_unseal`` from the last day off on, with the odometers
    ======= ======== ===============================================================

    Dispatchers keep the list; supervision reads it and enters spot checks.
    Source: sealing practice of official vehicles over holidays (list, keys with a
    named keeper, register, photos).
    """

    _name = "gov.vehicle.sealing"
    _description = "Holiday Sealing"
    _inherit = ["mail.thread", "gov.number.mixin", "gov.guard.mixin"]
    _order = "date_from desc, id desc"
    _number_code = "gov.vehicle.sealing"
    _check_company_auto = True
    _protected_fields = frozenset({"state", "sealed_at", "unsealed_at"})

    name = fields.Char(
        string="Holiday", required=True, help="e.g. National Day", tracking=True
    )
    date_from = fields.Date(string="First day off", required=True, tracking=True)
    date_to = fields.Date(string="Last day off", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [("draft", "Being prepared"), ("sealed", "Sealed"), ("unsealed", "Unsealed")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "gov.vehicle.sealing.line", "sealing_id", string="Vehicles", copy=False
    )
    keeper_id = fields.Many2one(
        "hr.employee",
        string="Keeper of the keys",
        check_company=True,
        ondelete="restrict",
        help="Filled in for every vehicle that names nobody else.",
    )
    sealed_by_id = fields.Many2one(
        "hr.employee",
        check_company=True,
        ondelete="restrict",
        string="Sealed by",
        help="Filled in for every vehicle that names nobody else.",
    )
    supervisor_id = fields.Many2one(
        "hr.employee",
        string="Supervised by",
        check_company=True,
        ondelete="restrict",
        help="Filled in for every vehicle that names nobody else.",
    )
    first_strip = fields.Char(
        string="First strip",
        help="Number of the first strip of the roll; the others follow it.",
    )
    sealed_at = fields.Datetime(readonly=True, copy=False)
    unsealed_at = fields.Datetime(readonly=True, copy=False)
    permit_ids = fields.One2many(
        "gov.vehicle.sealing.permit", "sealing_id", string="Permits", readonly=True
    )
    check_ids = fields.One2many(
        "gov.vehicle.spot.check", "sealing_id", string="Spot checks", readonly=True
    )
    sealed_count = fields.Integer(string="To be sealed", compute="_compute_counts")
    duty_count = fields.Integer(string="On duty", compute="_compute_counts")
    exempt_count = fields.Integer(string="Exempt", compute="_compute_counts")
    workshop_count = fields.Integer(string="In the workshop", compute="_compute_counts")
    difference_count = fields.Integer(string="Differ", compute="_compute_counts")
    can_seal = fields.Boolean(compute="_compute_can")
    can_unseal = fields.Boolean(compute="_compute_can")

    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day off is before the first."
    )
    _one_per_holiday = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&,"
        " daterange(date_from, date_to, '[]') WITH &&)",
        "There is a sealing list for these days already.",
    )

    # === Compute ===

    @api.depends("name", "date_from")
    def _compute_display_name(self):
        for sealing in self:
            year = sealing.date_from and sealing.date_from.year or ""
            sealing.display_name = f"{sealing.name or ''} {year}".strip()

    @api.depends("line_ids.kind", "line_ids.has_difference")
    def _compute_counts(self):
        groups = self.env["gov.vehicle.sealing.line"]._read_group(
            [("sealing_id", "in", self.ids)],
            ["sealing_id", "kind", "has_difference"],
            ["__count"],
        )
        counts = {}
        for sealing, kind, differs, count in groups:
            for name in (kind, "difference" if differs else None):
                counts[sealing, name] = counts.get((sealing, name), 0) + count
        for sealing in self:
            for name in ("sealed", "duty", "exempt", "workshop", "difference"):
                # While a row is typed the form looks at its unsaved self.
                sealing[f"{name}_count"] = counts.get((sealing._origin, name), 0)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        keeps = self._is_keeper()
        for sealing in self:
            sealing.can_seal = keeps and sealing.state == "draft"
            sealing.can_unseal = keeps and sealing.state == "sealed"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        self._check_input(vals_list)
        self._check_free(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        if not is_engine(self.env):
            fixed = {"name", "date_from", "date_to", "company_id"} & set(vals)
            for sealing in self:
                if sealing.state == "unsealed" or (fixed and sealing.state != "draft"):
                    sealing._refuse_state()
        result = super().write(vals)
        if {"date_from", "date_to"} & set(vals):
            # sudo: the right to change the list was checked by super().
            engine(self.sudo()).line_ids._follow_kind(again=True)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed(self):
        for sealing in self:
            if sealing.state != "draft":
                sealing._refuse_state()
        # sudo: the right to delete a list in preparation was checked; the windows
        # that it holds on the board go with it.
        engine(self.sudo()).line_ids._release_windows()

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        check_dictionaries(model, vals_list)
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, (*PEOPLE, "company_id"))

    @api.model
    def _check_free(self, vals_list):
        """The friendly voice of the constraint in the database."""
        for vals in vals_list:
            company = vals.get("company_id") or self.env.company.id
            first = fields.Date.to_date(vals.get("date_from"))
            last = fields.Date.to_date(vals.get("date_to"))
            if not first or not last:
                continue
            if last < first:
                raise UserError(self.env._("The last day off is before the first."))
            if known := self._find_overlap(company, first, last):
                raise UserError(
                    self.env._(
                        "There is a sealing list for these days already: %(list)s, "
                        "%(first)s to %(last)s.",
                        list=known.display_name,
                        first=format_day(self.env, known.date_from),
                        last=format_day(self.env, known.date_to),
                    )
                )

    @api.model
    def _find_overlap(self, company_id, first, last):
        # sudo: only whether there is a list of these days is asked.
        return self.sudo().search(
            [
                ("company_id", "=", company_id),
                ("date_from", "<=", last),
                ("date_to", ">=", first),
            ],
            limit=1,
        )

    def _refuse_state(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(list)s is in state “%(state)s”; this is not possible now.",
                list=self.display_name,
                state=labels[self.state],
            )
        )

    # === Actions ===

    def action_prepare(self):
        """Add vehicles that came since the list was made, each with its proposal.

        :return: True
        :raise UserError: not a dispatcher, or the list is sealed.
        """
        for sealing in self:
            sealing._begin("seal")
            sealing._add_lines()
        return True

    def action_number_strips(self):
        """Give the vehicles to be sealed strips in order, from the first one on.

        Lines that have a number keep it.

        :return: True
        :raise UserError: not a dispatcher, not in preparation, or the first strip
            does not end in figures.
        """
        for sealing in self:
            sealing._begin("seal")
            text = (sealing.first_strip or "").strip()
            stem = text.rstrip("0123456789")
            width = len(text) - len(stem)
            if not 0 < width <= 12:
                raise UserError(
                    self.env._(
                        "Enter the number of the first strip; it has to end in "
                        "figures, e.g. A00126."
                    )
                )
            number = int(text[len(stem) :])
            taken = set(sealing.line_ids.mapped("strip_number"))
            for line in sealing.line_ids:
                if line.kind != "sealed" or line.strip_number:
                    continue
                while f"{stem}{number:0{width}d}" in taken:
                    number += 1
                line.strip_number = f"{stem}{number:0{width}d}"
                number += 1
        return True

    def action_seal(self):
        """Seal the vehicles of the list; it gets its number.

        :return: True
        :raise UserError: not a dispatcher, sealed before, or a line is not complete:
            the message names each vehicle and what is missing.
        """
        for sealing in self:
            sealing._begin("seal")
            if not sealing.line_ids:
                raise UserError(self.env._("There is no vehicle on this list."))
            sealing._fill_people()
            sealing.line_ids._check_reasons()
            sealing.line_ids.filtered(lambda line: line.kind == "sealed")._seal_lines()
            # sudo: person, state and lines have been checked.
            document = engine(sealing.sudo())
            document.write(
                {
                    "state": _TRANSITIONS["seal"][1],
                    "sealed_at": fields.Datetime.now(),
                }
            )
            document._assign_number()
        return True

    def action_unseal(self):
        """Unseal all vehicles that are still sealed; differences open a finding.

        :return: True
        :raise UserError: not a dispatcher, the holiday is not over, or an odometer is
            missing: the message names the vehicles.
        """
        for sealing in self:
            sealing._begin("unseal")
            sealing._check_over()
            sealing.line_ids.filtered(
                lambda line: line.state in ("sealed", "opened")
            )._unseal_lines()
            # sudo: person, state and lines have been checked.
            engine(sealing.sudo()).write(
                {
                    "state": _TRANSITIONS["unseal"][1],
                    "unsealed_at": fields.Datetime.now(),
                }
            )
        return True

    def action_open_lines(self):
        """Open the vehicles one by one, as cards with photos for the phone.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "gov.vehicle.sealing.line",
            "view_mode": "kanban,form",
            "domain": [("sealing_id", "=", self.id)],
            "context": {"create": False},
        }

    # === Steps ===

    @api.model
    def _is_keeper(self):
        return self.env.user.has_group("gov_fleet.group_dispatcher")

    def _begin(self, action):
        """Check the person, meet rivals on the list's row, then check the state."""
        self.ensure_one()
        self.check_access("write")
        if not self._is_keeper():
            raise UserError(
                self.env._("Sealing lists are kept by the dispatchers of vehicles.")
            )
        self._meet_rivals()
        if self.state not in _TRANSITIONS[action][0]:
            self._refuse_state()

    def _meet_rivals(self):
        """UPDATE the row that everybody who moves this list shares."""
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)

    def _check_over(self):
        """Refuse unsealing before the last day off: a permit opens single vehicles."""
        if self.company_id.gov_today() < self.date_to:
            raise UserError(
                self.env._(
                    "%(list)s lasts until %(day)s: a vehicle that is needed before is "
                    "opened with a permit of the leader on duty.",
                    list=self.display_name,
                    day=format_day(self.env, self.date_to),
                )
            )

    def _fill_people(self):
        """Fill in the names of the head of the list where a line has none."""
        lines = self.line_ids.filtered(
            lambda line: line.kind == "sealed" and line.state == "planned"
        )
        for name in PEOPLE:
            empty = lines.filtered(lambda line, name=name: not line[name])
            if self[name] and empty:
                empty.write({name: self[name].id})

    def _get_window(self):
        """Return from when to when the holiday lasts (naive UTC)."""
        self.ensure_one()
        return (
            self.company_id._gov_utc(datetime.combine(self.date_from, time())),
            self.company_id._gov_utc(datetime.combine(self.date_to + _ONE_DAY, time())),
        )
