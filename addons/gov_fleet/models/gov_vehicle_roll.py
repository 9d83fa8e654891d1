from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools.jobs import each_institution

_HOUR = "vehicle.roll.hour"


class GovVehicleRoll(models.Model):
    """The roll of one night (夜间回场点名): which vehicle is back, which is not.

    Made by itself every evening at the hour of the clause ``vehicle.roll.hour``, one
    per night and institution. Who is on duty looks into the yard, corrects what the
    trips say, and closes it. A vehicle that is neither back nor on a trip opens a
    finding.

    ====== ====== =================================================================
    from   to     by
    ====== ====== =================================================================
    open   closed ``action_close`` by a dispatcher
    ====== ====== =================================================================
    """

    _name = "gov.vehicle.roll"
    _description = "Nightly Roll of Vehicles"
    _inherit = ["mail.thread", "gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _protected_fields = frozenset({"state", "closed_at", "closed_by_id"})

    date = fields.Date(
        string="Night of",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "gov.vehicle.roll.line", "roll_id", string="Vehicles", copy=False
    )
    back_count = fields.Integer(string="Back", compute="_compute_counts")
    away_count = fields.Integer(string="Not back", compute="_compute_counts")
    note = fields.Char()
    closed_at = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    can_close = fields.Boolean(compute="_compute_can_close")

    _night_uniq = models.UniqueIndex(
        "(company_id, date)", "There is a roll of this night already."
    )

    # === Compute ===

    @api.depends("date")
    def _compute_display_name(self):
        for roll in self:
            roll.display_name = format_day(self.env, roll.date)

    @api.depends("line_ids.is_back")
    def _compute_counts(self):
        groups = self.env["gov.vehicle.roll.line"]._read_group(
            [("roll_id", "in", self.ids)], ["roll_id", "is_back"], ["__count"]
        )
        counts = {(roll, is_back): count for roll, is_back, count in groups}
        for roll in self:
            roll.back_count = counts.get((roll, True), 0)
            roll.away_count = counts.get((roll, False), 0)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_close(self):
        keeps = self.env["gov.vehicle.sealing"]._is_keeper()
        for roll in self:
            roll.can_close = keeps and roll.state == "open"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        self._check_input(vals_list)
        self._check_free(vals_list)
        rolls = super().create(vals_list)
        # sudo: the right to make a roll was checked by super().
        engine(rolls.sudo())._add_lines()
        return rolls

    def write(self, vals):
        self._check_input([vals])
        if not is_engine(self.env):
            self._check_open()
            if {"date", "company_id"} & set(vals):
                raise UserError(self.env._("A roll keeps its night."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        check_dictionaries(model, vals_list)
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, ("company_id",))

    @api.model
    def _check_free(self, vals_list):
        """The friendly voice of the unique index; no night in the future."""
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id"))
            company = company or self.env.company
            day = fields.Date.to_date(vals.get("date")) or company.gov_today()
            if day > company.gov_today():
                raise UserError(self.env._("This night has not come yet."))
            # sudo: only whether there is a roll is asked.
            if self.sudo().search_count(
                [("company_id", "=", company.id), ("date", "=", day)], limit=1
            ):
                raise UserError(
                    self.env._(
                        "There is a roll of %(day)s already.",
                        day=format_day(self.env, day),
                    )
                )

    def _check_open(self):
        for roll in self:
            if roll.state != "open":
                raise UserError(
                    self.env._("%(roll)s is closed: it stands.", roll=roll.display_name)
                )

    # === Actions ===

    def action_close(self):
        """Close the roll.

        :return: True
        :raise UserError: not a dispatcher, closed before, or a vehicle that is not
            back has neither a trip nor a reason.
        """
        for roll in self:
            roll.check_access("write")
            if not self.env["gov.vehicle.sealing"]._is_keeper():
                raise UserError(self.env._("The roll is closed by a dispatcher."))
            roll._meet_rivals()
            roll._check_open()
            silent = roll.line_ids.filtered(
                lambda line: not line.is_back and not line.trip_id and not line.reason
            )
            if silent:
                raise UserError(
                    self.env._(
                        "Say where these are: %(vehicles)s.",
                        vehicles=join_names(
                            self.env, silent.vehicle_id.mapped("display_name")
                        ),
                    )
                )
            # sudo: person, state and lines have just been checked.
            document = engine(roll.sudo())
            document.write(
                {
                    "state": "closed",
                    "closed_at": fields.Datetime.now(),
                    "closed_by_id": self.env.uid,
                }
            )
            document._report()
        return True

    def _meet_rivals(self):
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)

    def _report(self):
        """Open a finding for each vehicle out without a trip, each broken strip."""
        self.ensure_one()
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        env = self.with_context(lang=lang).env
        for line in self.line_ids.filtered(lambda line: not line.is_strip_whole):
            self.env["gov.finding"]._raise(
                "vehicle_strip_broken",
                line,
                env._(
                    "%(vehicle)s: the strip was not whole in the night of %(day)s.",
                    vehicle=line.vehicle_id.display_name,
                    day=format_day(env, self.date),
                ),
            )
        for line in self.line_ids:
            if line.is_back or line.trip_id:
                continue
            self.env["gov.finding"]._raise(
                "vehicle_not_returned",
                line,
                env._(
                    "%(vehicle)s was not at its place %(place)s in the night of "
                    "%(day)s, and on no trip: %(reason)s",
                    vehicle=line.vehicle_id.display_name,
                    place=line.parking or "-",
                    day=format_day(env, self.date),
                    reason=line.reason,
                ),
            )

    # === Made by itself ===

    @api.model
    def _cron_make(self):
        """Make tonight's roll where the hour of the clause has come."""
        each_institution(self, "_make")

    @api.model
    def _make(self, company):
        """Make the roll of one institution, unless there is one or it is too early."""
        if not self.env["gov.vehicle.sealing"]._get_vehicles(company):
            return
        hour = self.env["gov.policy"].get_value(_HOUR, company=company)
        today = company.gov_today()
        # sudo: called by the job.
        known = self.sudo().search_count(
            [("company_id", "=", company.id), ("date", "=", today)], limit=1
        )
        if company.gov_now().hour >= hour and not known:
            # sudo: as above.
            rolls = engine(self.sudo().with_company(company))
            rolls.create({"company_id": company.id, "date": today})

    def _add_lines(self):
        """Add the vehicles of the institution; those on a trip are not back."""
        trips = self.env["gov.vehicle.trip"]
        vals_list = []
        for roll in self:
            vehicles = self.env["gov.vehicle.sealing"]._get_vehicles(roll.company_id)
            vehicles -= roll.line_ids.vehicle_id
            out = trips.search(
                [("vehicle_id", "in", vehicles.ids), ("state", "=", "out")]
            )
            trip_of = {trip.vehicle_id: trip for trip in out}
            vals_list += [
                {
                    "roll_id": roll.id,
                    "vehicle_id": vehicle.id,
                    "is_back": vehicle not in trip_of,
                    "trip_id": trip_of[vehicle].id if vehicle in trip_of else False,
                }
                for vehicle in vehicles
            ]
        return self.env["gov.vehicle.roll.line"].create(vals_list)
