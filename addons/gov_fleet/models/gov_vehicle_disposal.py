from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import check_records_exist
from odoo.addons.gov_base.tools.rivals import meet_rivals

# What is noted once the disposal has been approved and carried out.
_RESULT = frozenset(
    {"done_on", "income", "receipt_number", "buyer_id", "scan", "scan_name"}
)


class GovVehicleDisposal(models.Model):
    """The disposal of a vehicle (车辆处置): by it alone a vehicle leaves the service.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     submitted ``action_submit`` by handler or applicant
    submitted approved  the last tier agrees
    approved  done      ``action_finish`` by the manager: day, way, income to the
                        treasury, receipt and its scan; the vehicle is disposed of
    draft, approved     cancelled ``action_cancel`` before it was carried out
    ========= ========= ==============================================================
    """

    _name = "gov.vehicle.disposal"
    _description = "Vehicle Disposal"
    _inherit = ["gov.approval.mixin", "gov.scan.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.disposal"

    _protected_fields = frozenset({"state", "finished_at", "last_reading"})

    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
        context={"active_test": False},
        ondelete="restrict",
    )
    way = fields.Selection(
        [
            ("auction", "Auction"),
            ("buyback", "Taken back by the maker"),
            ("scrap", "Scrapped"),
            ("transfer", "Transferred to another unit"),
        ],
        required=True,
        default="auction",
    )
    reason = fields.Text()
    residual_value = fields.Monetary(
        string="Appraised value", help="By the appraisal, before it is sold."
    )
    done_on = fields.Date(string="Carried out on", copy=False)
    income = fields.Monetary(
        copy=False, help="Goes to the treasury in full; zero for a transfer."
    )
    receipt_number = fields.Char(
        string="Treasury receipt",
        copy=False,
        help="Of the income; of a transfer the hand-over list.",
    )
    buyer_id = fields.Many2one("res.partner", string="Handed over to", copy=False)
    last_reading = fields.Float(
        string="Last reading", digits=(12, 1), readonly=True, copy=False
    )
    finished_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("done", "Disposed of"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    can_finish = fields.Boolean(compute="_compute_can_finish")

    _vehicle_uniq = models.UniqueIndex(
        "(vehicle_id) WHERE state NOT IN ('rejected', 'cancelled')",
        "A disposal of this vehicle is under way or done.",
    )
    _figures_check = models.Constraint(
        "CHECK (coalesce(income, 0) >= 0 AND coalesce(residual_value, 0) >= 0)",
        "Income and value are not negative.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("approval_state", "finished_at")
    def _compute_state(self):
        for disposal in self:
            state = disposal.approval_state
            if state == "approved" and disposal.finished_at:
                state = "done"
            known = dict(self._fields["state"].selection)
            disposal.state = state if state in known else "submitted"

    @api.depends("residual_value")
    def _compute_amount_for_approval(self):
        for disposal in self:
            disposal.amount_for_approval = disposal.residual_value

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_finish(self):
        manager = self.env.user.has_group("gov_fleet.group_fleet_manager")
        for disposal in self:
            disposal.can_finish = manager and disposal.state == "approved"

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        disposals = super().create(vals_list)
        for disposal in disposals:
            disposal._check_vehicle()
        return disposals

    def write(self, vals):
        if not is_engine(self.env) and isinstance(vals, dict):
            check_records_exist(self.browse(), [vals], ("vehicle_id", "buyer_id"))
            if _RESULT & set(vals):
                self._check_result_open()
        done = super().write(vals)
        if "vehicle_id" in vals:
            for disposal in self:
                disposal._check_vehicle()
        return done

    @api.model
    def _clean_scan_values(self, vals):
        vals = super()._clean_scan_values(vals)
        check_records_exist(self.browse(), [vals], ("vehicle_id", "buyer_id"))
        return vals

    @api.model
    def _get_frozen_fields(self):
        # The result is noted after the approval; ``write`` looks after it.
        return super()._get_frozen_fields() - _RESULT

    def _check_result_open(self):
        """Let the manager note the result between approval and the end."""
        manager = self.env.su or self.env.user.has_group(
            "gov_fleet.group_fleet_manager"
        )
        for disposal in self:
            if disposal.state != "approved" or not manager:
                raise UserError(
                    self.env._(
                        "%(disposal)s: day, income and receipt are noted by the "
                        "manager of official vehicles once it is approved, until it "
                        "is finished.",
                        disposal=disposal.display_name,
                    )
                )

    def _check_vehicle(self):
        if self.vehicle_id.gov_state != "in_service":
            raise UserError(
                self.env._("%s has been disposed of.", self.vehicle_id.display_name)
            )
        if self.vehicle_id.is_rented:
            raise UserError(
                self.env._(
                    "%s is rented: it goes back to its owner, end the rental instead.",
                    self.vehicle_id.display_name,
                )
            )

    # ------------------------------------------------------------- public actions

    def action_finish(self):
        """Take the vehicle out of service: the disposal has been carried out.

        :return: True
        :raise UserError: not by the manager, before the approval, without day,
            receipt and scan, or while the vehicle is out or planned.
        """
        for disposal in self.sorted("id"):
            disposal.check_access("write")
            if not self.env.user.has_group("gov_fleet.group_fleet_manager"):
                raise UserError(
                    self.env._(
                        "A disposal is finished by the manager of official vehicles."
                    )
                )
            disposal._meet_rivals()
            disposal._check_result()
            vehicle = disposal.vehicle_id
            vehicle._check_leaves_service()
            # Role, state, papers and the vehicle's plans were checked above.
            document = engine(disposal.sudo())
            document._freeze_scan()
            document.write(
                {
                    "finished_at": fields.Datetime.now(),
                    "last_reading": vehicle.odometer_value,
                }
            )
            document.vehicle_id._dispose(disposal.done_on)
        return True

    def _meet_rivals(self):
        self.flush_recordset()
        meet_rivals(self.vehicle_id)

    def _check_result(self):
        """Refuse to finish without the approval or the papers."""
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%s is not approved, or finished already.", self.display_name
                )
            )
        names = ["done_on", "receipt_number", "scan"]
        if missing := [name for name in names if not self[name]]:
            raise UserError(
                self.env._("Fill in before finishing: %s.", self._get_labels(missing))
            )
        today = self.company_id.gov_today()
        decided = self.company_id._gov_local(self.decided_at).date()
        if not decided <= self.done_on <= today:
            raise UserError(
                self.env._(
                    "A disposal is carried out between its approval (%(first)s) and "
                    "today, not on %(day)s.",
                    first=format_day(self.env, decided),
                    day=format_day(self.env, self.done_on),
                )
            )
        if self.way != "transfer" and not self.income and self.residual_value:
            raise UserError(
                self.env._(
                    "%(vehicle)s was appraised at %(value)s: note the income.",
                    vehicle=self.vehicle_id.display_name,
                    value=self.currency_id.format(self.residual_value),
                )
            )

    # ------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_fleet.group_fleet_manager")

    def _approval_summary(self):
        ways = dict(self._fields["way"]._description_selection(self.env))
        return self.env._(
            "%(vehicle)s: %(way)s, %(value)s",
            vehicle=self.vehicle_id.display_name,
            way=ways[self.way],
            value=self.currency_id.format(self.residual_value),
        )

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        self._check_vehicle()
        if not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "Fill in before submitting: %s.", self._get_labels(["reason"])
                )
            )
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.finished_at:
            blocker = self.env._(
                "%s has been disposed of.", self.vehicle_id.display_name
            )
        return blocker
