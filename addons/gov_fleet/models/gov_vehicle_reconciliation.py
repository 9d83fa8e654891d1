from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_one,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.rivals import meet_rivals

_PROTECTED = (
    "state",
    "handler_id",
    "last_id",
    "total_count",
    "done_count",
    "trip_count",
    "matter_count",
    "started_at",
    "ended_at",
)


class GovVehicleReconciliation(models.Model):
    """The check of a month: slips against odometers, fuel, tolls, sealing and tracks.

    It works through the vehicles in committed chunks, so that it may be killed at any
    moment and started again: what stands in a matter already is not raised twice.
    A trip belongs to the local month of its return. What does not fit is one matter
    per trip (or per vehicle and day without a trip) with the evidence side by side,
    and one finding about it.

    ======= ======= ================================================================
    from    to      by
    ======= ======= ================================================================
    draft   running ``action_start`` by the manager of official vehicles
    running done    the last chunk
    done    running ``action_start`` again: only what is new is raised
    ======= ======= ================================================================
    """

    _name = "gov.vehicle.reconciliation"
    _description = "Reconciliation of a Month"
    _inherit = ["gov.guard.mixin"]
    _order = "month desc, id desc"
    _rec_name = "month"
    _protected_fields = frozenset(_PROTECTED)

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    month = fields.Date(
        required=True,
        default=lambda self: self._get_default_month(),
        help="Any day of the month.",
    )
    state = fields.Selection(
        [("draft", "Not started"), ("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    handler_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, copy=False, ondelete="restrict"
    )
    last_id = fields.Integer(readonly=True, copy=False, aggregator=None)
    total_count = fields.Integer(string="Vehicles", readonly=True, copy=False)
    done_count = fields.Integer(string="Looked at", readonly=True, copy=False)
    trip_count = fields.Integer(string="Trips", readonly=True, copy=False)
    matter_count = fields.Integer(string="Matters", readonly=True, copy=False)
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    started_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(readonly=True, copy=False)

    _month_uniq = models.UniqueIndex(
        "(company_id, month)", "There is a run of this month already."
    )

    # === Compute ===

    @api.model
    def _get_default_month(self):
        """Return the first day of the month before this one."""
        first = self.env.company.gov_today().replace(day=1)
        return fields.Date.subtract(first, months=1)

    @api.depends("month")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.month and f"{run.month:%Y-%m}" or ""

    @api.depends("done_count", "total_count", "state")
    def _compute_progress(self):
        for run in self:
            part = run.total_count and 100 * run.done_count / run.total_count
            run.progress = 100 if run.state == "done" else part

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        [vals] = self._check_input([vals])
        if {"company_id", "month"} & set(vals) and self.filtered("started_at"):
            raise UserError(
                self.env._("A run that was started stays as it is: enter another one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered("started_at"):
            raise UserError(self.env._("A run that was started stays on record."))

    @api.model
    def _check_input(self, vals_list):
        """Return the values with the first day of the month."""
        check_dictionaries(self.browse(), vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("company_id",))
        return [
            {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}
            if vals.get("month")
            else vals
            for vals in vals_list
        ]

    # === Actions ===

    def action_start(self):
        """Start, or start again: the job works through the vehicles, in chunks.

        :return: True
        :raise UserError: not the manager, or the month is not over.
        """
        for run in self:
            run.check_access("write")
            if not self.env.user.has_group("gov_fleet.group_fleet_manager"):
                raise UserError(
                    self.env._("The run is started by the manager of vehicles.")
                )
            after = fields.Date.add(run.month, months=1)
            if after > run.company_id.gov_today():
                raise UserError(self.env._("This month is not over yet."))
            run._meet_rivals()
            # sudo: access, group and month were checked just above.
            engine(run.sudo())._begin()
        self.env.ref("gov_fleet.cron_vehicle_reconciliation")._trigger()
        return True

    def action_open_matters(self):
        """Open the matters of this month.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_fleet.gov_vehicle_reconciliation_line_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("month", "=", fields.Date.to_string(self.month)),
        ]
        action["context"] = {}
        return action

    def _meet_rivals(self):
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(flush=False)
