from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.scan import clean_scan

_NEVER = frozenset({"checked_by_id", "company_id", "line_id", "sealing_id"})


class GovVehicleSpotCheck(models.Model):
    """A spot check by supervision (抽查): date, plate, what was seen, by whom.

    Supervision enters it, on the spot or afterwards, and may correct it until the end
    of the day after its entry; it writes nothing else about vehicles. What is not in
    order opens a finding. Everybody who keeps the vehicles reads it.
    """

    _name = "gov.vehicle.spot.check"
    _description = "Spot Check of a Vehicle"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _protected_fields = _NEVER - {"company_id"}

    date = fields.Datetime(
        string="Seen at", required=True, default=fields.Datetime.now, index=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    line_id = fields.Many2one(
        "gov.vehicle.sealing.line",
        string="Sealing list",
        compute="_compute_line_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The list on which the vehicle stood that day.",
    )
    sealing_id = fields.Many2one(
        related="line_id.sealing_id", store=True, index="btree_not_null"
    )
    kind = fields.Selection(related="line_id.kind", string="On the list")
    strip_expected = fields.Char(related="line_id.strip_number", string="Strip noted")
    place = fields.Char(help="Where the vehicle stood, or should have stood.")
    result = fields.Selection(
        [
            ("in_order", "In order"),
            ("broken", "Strip broken or another one"),
            ("used", "Seen in use"),
            ("absent", "Not at its place"),
        ],
        required=True,
        default="in_order",
    )
    strip_seen = fields.Char(string="Strip seen")
    odometer = fields.Float(digits=(12, 1))
    note = fields.Text()
    photo = fields.Binary(attachment=True)
    witness_name = fields.Char(string="Witness", help="Who was there and signed.")
    checked_by_id = fields.Many2one(
        "res.users",
        string="Checked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )

    _odometer_not_negative = models.Constraint(
        "CHECK (coalesce(odometer, 0) >= 0)",
        "A reading of the odometer is not below zero.",
    )

    # === Compute ===

    @api.depends("vehicle_id", "result")
    def _compute_display_name(self):
        labels = dict(self._fields["result"]._description_selection(self.env))
        for check in self:
            parts = (check.vehicle_id.display_name, labels.get(check.result))
            named = " · ".join(part for part in parts if part)
            check.display_name = named if check.vehicle_id else self.env._("Spot check")

    @api.depends("vehicle_id", "date")
    def _compute_line_id(self):
        lines = self.env["gov.vehicle.sealing.line"]
        found = lines.search([("vehicle_id", "in", self.vehicle_id.ids)])
        for check in self:
            day = check.date and check._get_day(check.date)
            check.line_id = found.filtered(
                lambda line, check=check, day=day: (
                    line.vehicle_id == check.vehicle_id
                    and day
                    and line.date_from <= day <= line.date_to
                )
            )[:1]

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._check_input(vals_list)
        self._check_supervision()
        checks = super().create(vals_list)
        checks._check_times()
        checks._report()
        return checks

    def write(self, vals):
        [vals] = self._check_input([vals])
        if not is_engine(self.env):
            self._check_supervision()
            self._check_own(vals)
        result = super().write(vals)
        self._check_times()
        self._report()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_entered(self):
        raise UserError(self.env._("A spot check stays on record."))

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        check_dictionaries(model, vals_list)
        lines = self.env["gov.vehicle.sealing.line"]
        cleaned = []
        for vals in vals_list:
            check_plain_values(model, vals)
            vals = dict(vals)
            if vals.get("photo"):
                vals["photo"] = clean_scan(self.env, vals["photo"])[0]
            lines._check_reading(vals.get("odometer"), "odometer_in")
            cleaned.append(vals)
        check_records_exist(model, cleaned, ("vehicle_id", "company_id"))
        return cleaned

    @api.model
    def _check_supervision(self):
        if not self.env.user.has_group("gov_base.group_supervision"):
            raise UserError(self.env._("Spot checks are entered by supervision."))

    def _check_own(self, vals):
        """Own entries only, and only until the end of the next day."""
        for check in self:
            today = check.company_id.gov_today()
            entered = check._get_day(check.create_date)
            if check.checked_by_id != self.env.user or "company_id" in vals:
                raise UserError(
                    self.env._("A spot check is corrected by who entered it.")
                )
            if today > entered + timedelta(days=1):
                raise UserError(
                    self.env._(
                        "This spot check stands: it could be corrected until the day "
                        "after its entry."
                    )
                )

    def _check_times(self):
        if any(check.date > fields.Datetime.now() for check in self):
            raise UserError(self.env._("A spot check is not in the future."))

    def _get_day(self, moment):
        """Return the day of a moment (naive UTC) at the institution."""
        return self.company_id._gov_local(moment).date()

    def _report(self):
        """Open a finding for what is not in order."""
        labels = dict(self._fields["result"]._description_selection(self.env))
        for check in self:
            if check.result == "in_order":
                continue
            company = check.company_id
            evidence = check.env._(
                "%(vehicle)s, %(time)s: %(result)s. Strip noted: %(noted)s, seen: "
                "%(seen)s. Place: %(place)s. %(note)s",
                vehicle=check.vehicle_id.display_name,
                time=self.env["gov.paper"].time_text(check.date, company),
                result=labels[check.result],
                noted=check.strip_expected or "-",
                seen=check.strip_seen or "-",
                place=check.place or "-",
                note=check.note or "",
            )
            self.env["gov.finding"]._raise(
                "vehicle_spot_check",
                check,
                evidence.strip(),
                employee=check.sudo().line_id.keeper_id,  # sudo: whom it concerns
            )
