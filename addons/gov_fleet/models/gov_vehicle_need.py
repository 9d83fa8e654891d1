from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
)

# Longer than that is a typing error, or a car that is allocated.
MOST_DAYS = 366
MOST_SEATS = 100


class GovVehicleNeed(models.Model):
    """One vehicle wanted in one window of a request.

    A request for one car has one need, a convoy several in the same window, a
    recurring trip one for each day. What is left empty is made at submission: one per
    vehicle, over the window of the request. Who writes the request writes them, in
    draft; who reads it reads them.
    """

    _name = "gov.vehicle.need"
    _description = "Vehicle Wanted"
    _inherit = ["gov.guard.mixin"]
    _order = "date_start, id"
    _check_company_auto = True
    _allow_sudo_commands = False

    _protected_fields = frozenset({"is_auto"})

    request_id = fields.Many2one(
        "gov.vehicle.request",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True, string="Institution"
    )
    date_start = fields.Datetime(
        string="From",
        required=True,
        compute="_compute_window",
        precompute=True,
        store=True,
        readonly=False,
    )
    date_end = fields.Datetime(
        string="Until",
        required=True,
        compute="_compute_window",
        precompute=True,
        store=True,
        readonly=False,
    )
    seats = fields.Integer(
        compute="_compute_window",
        precompute=True,
        store=True,
        readonly=False,
        aggregator=None,
        help="Seats of the vehicle, that of the driver included.",
    )
    body_type = fields.Selection(
        selection=lambda self: self.env["fleet.vehicle"]
        ._fields["body_type"]
        ._description_selection(self.env),
        string="Body",
        help="Empty: any that is big enough.",
    )
    note = fields.Char()
    is_auto = fields.Boolean(
        readonly=True, copy=False, help="Made by the system at submission."
    )

    _window_check = models.Constraint(
        "CHECK (date_end > date_start)", "A trip ends after it has begun."
    )
    _seats_check = models.Constraint(
        "CHECK (seats >= 0)", "A number of seats cannot be negative."
    )

    # ------------------------------------------------------------------ computes

    @api.depends("request_id")
    def _compute_window(self):
        """What the request says, until the row says otherwise."""
        for need in self:
            request = need.request_id
            need.date_start = need.date_start or request.date_start
            need.date_end = need.date_end or request.date_end
            need.seats = need.seats or request._get_seats_of_each()

    @api.depends("date_start", "date_end")
    def _compute_display_name(self):
        for need in self:
            need.display_name = need.request_id._format_window(
                need.date_start, need.date_end
            )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        for vals in vals_list:
            request = self.request_id.browse(vals.get("request_id") or ())
            self._check_window(vals, request)
        needs = super().create(vals_list)
        needs._check_open()
        needs.request_id._cover_needs()
        return needs

    def write(self, vals):
        self._check_input([vals])
        self._check_open()
        if not is_engine(self.env):
            self._guard_refuse({"request_id"} & set(vals))
        for need in self:
            self._check_window(vals, need)
        result = super().write(vals)
        if {"date_start", "date_end"} & set(vals):
            self.request_id._cover_needs()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_open()

    def _check_open(self):
        """Refuse changes once the request has been submitted."""
        if not is_engine(self.env):
            self.request_id._check_needs_open()

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            if not isinstance(vals, dict):
                raise UserError(self.env._("These values are not possible here."))
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, ("request_id",))

    @api.model
    def _check_window(self, vals, known):
        """Refuse impossible times and seats before they are written.

        :param known: the need as it is, or the request that a new one belongs to.
        """
        # sudo: only the dates of what the user is writing to.
        known = known.sudo()
        dates = (vals.get(name) or known[name] for name in ("date_start", "date_end"))
        known.env["gov.vehicle.request"].with_env(self.env)._check_dates(*dates)
        seats = int(vals.get("seats") or 0)
        if not 0 <= seats <= MOST_SEATS:
            raise UserError(
                self.env._(
                    "%(seats)s seats are not possible: up to %(most)s.",
                    seats=seats,
                    most=MOST_SEATS,
                )
            )
