from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_approval_special import LATE_REASONS
from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_line_commands,
    check_one,
    check_plain_values,
)


class GovVehicleSlip(models.Model):
    """A pile of paper slips, typed in one list (派车单补录).

    A row is kept as it was typed. Gaps stand there in colour and block nothing; a row
    that cannot be a trip says why and waits while the others are taken over. What
    is taken over completes the planned trip of the vehicle in that time, or makes a
    late entry without a booking. Dispatchers type slips.
    """

    _name = "gov.vehicle.slip"
    _description = "Paper Slips"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset({"company_id", "state", "user_id"})

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(
        string="Day of the slips",
        required=True,
        default=lambda self: self.env.company.gov_today(),
        help="Rows without a day of their own are of this day.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Typed by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    late_reason = fields.Selection(
        [*LATE_REASONS, ("paper", "Kept on paper")],
        string="Reason for late entry",
        required=True,
        default="paper",
        help="For slips without a trip on the board.",
    )
    state = fields.Selection(
        [("draft", "Being typed"), ("done", "Taken over")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    line_ids = fields.One2many("gov.vehicle.slip.line", "slip_id", string="Slips")
    line_count = fields.Integer(string="Slips typed", compute="_compute_counts")
    taken_count = fields.Integer(string="Taken over", compute="_compute_counts")

    @api.depends("date", "user_id")
    def _compute_display_name(self):
        for slip in self:
            day = format_day(self.env, slip.date) if slip.date else ""
            slip.display_name = self.env._("Slips of %s", day)

    @api.depends("line_ids.result_id")
    def _compute_counts(self):
        groups = self.env["gov.vehicle.slip.line"]._read_group(
            [("slip_id", "in", self.ids)], ["slip_id"], ["__count", "result_id:count"]
        )
        counts = {slip.id: (lines, taken) for slip, lines, taken in groups}
        for slip in self:
            slip.line_count, slip.taken_count = counts.get(slip._origin.id, (0, 0))

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            self._check_values(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_values(vals)
        return super().write(vals)

    @api.model
    def _check_values(self, vals):
        check_plain_values(self.browse(), vals)
        if vals.get("line_ids"):
            check_line_commands(self.browse(), "line_ids", vals["line_ids"])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_taken(self):
        if self.line_ids.filtered("result_id"):
            raise UserError(
                self.env._("Slips that were taken over stay as they were typed.")
            )

    # === Actions ===

    def action_take_over(self):
        """Make trips of all rows that can be one; the others stay and say why.

        :return: the action that shows what is left, or True.
        :raise UserError: not a dispatcher, nothing typed, or every row has a problem.
        """
        if not self.env.user.has_group("gov_fleet.group_dispatcher"):
            raise UserError(self.env._("Slips are taken over by dispatchers."))
        for slip in self:
            slip.check_access("write")
            slip._take_over()
        return True

    def _take_over(self):
        """Take over the rows without a problem, in the order of departures."""
        self.ensure_one()
        # Enter after the last slip leaves a row in which nothing was typed.
        self.line_ids.filtered(lambda line: line._is_blank()).unlink()
        waiting = self.line_ids.filtered(lambda line: not line.result_id)
        self.env["gov.vehicle.trip"]._meet_rivals(waiting.vehicle_id)
        waiting.invalidate_recordset(flush=True)
        ready = waiting.filtered(lambda line: not line.problem)
        if not ready:
            raise UserError(
                waiting[:1].problem or self.env._("There is no slip to take over.")
            )
        ready = ready.sorted(lambda line: (line._moments()[0], line.id))
        self.env["gov.vehicle.trip"].check_access("create")
        trips = self.env["gov.vehicle.trip"]._enter_slips(
            [line._trip_values() for line in ready]
        )
        for line, trip in zip(ready, trips, strict=True):
            engine(line).result_id = trip
        signed = ready.filtered("is_signed").result_id
        signed._confirm_use("slip")
        if not waiting - ready:
            engine(self).state = "done"

    def action_open_trips(self):
        """Open the trips that these slips became.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "gov.vehicle.trip",
            "view_mode": "list,form",
            "domain": [("id", "in", self.line_ids.result_id.ids)],
        }
