from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day

from .gov_meter import checks_shares_later
from .input_check import check_plain_values, check_records_exist


class GovMeterShare(models.Model):
    """What percentage of a meter a contract line or a department bears, and when.

    The shares of a meter come to 100 on every day on which it has any. Days up to the
    last reading have been shared: a share that held on them keeps its figures and only
    gets a last day, and a new share begins after them.
    """

    _name = "gov.meter.share"
    _description = "Share of a Meter"
    _inherit = ["gov.guard.mixin"]
    _order = "meter_id, date_from desc, percent desc, id"
    _check_company_auto = True

    meter_id = fields.Many2one(
        "gov.meter", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    contract_line_id = fields.Many2one(
        "contract.line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: the share is only shown in the figures of the department.",
    )
    contract_id = fields.Many2one(related="contract_line_id.contract_id")
    department_id = fields.Many2one("hr.department", check_company=True)
    percent = fields.Float(digits=(7, 4), required=True, default=100.0)
    basis = fields.Selection(
        [
            ("people", "By people"),
            ("area", "By area"),
            ("agreement", "By agreement"),
        ],
        required=True,
        default="agreement",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self.env.company.gov_today()
    )
    date_to = fields.Date(string="Until", help="The last day; empty while it holds.")
    note = fields.Char()

    _percent_possible = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "A share lies above 0 and goes up to 100 percent.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A share cannot end before it begins.",
    )
    _has_party = models.Constraint(
        "CHECK (contract_line_id IS NOT NULL OR department_id IS NOT NULL)",
        "A share needs the line of a contract or a department.",
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(
            self.browse(), vals_list, ("meter_id", "contract_line_id", "department_id")
        )
        shares = super().create(vals_list)
        shares._check_not_read()
        shares._check_sum(shares.meter_id)
        return shares

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        check_records_exist(
            self.browse(), [vals], ("contract_line_id", "department_id")
        )
        if "meter_id" in vals:
            raise UserError(
                self.env._("A share stays with its meter: enter another one.")
            )
        if set(vals) - {"date_to", "note"}:
            self._check_not_read()
        result = super().write(vals)
        if "date_to" in vals:
            self._check_end()
        self._check_sum(self.meter_id)
        return result

    def unlink(self):
        meters = self.meter_id
        result = super().unlink()
        self._check_sum(meters)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_read(self):
        self._check_not_read()

    def _check_not_read(self):
        """Refuse changes to days that have been shared.

        :raise UserError: naming the meter and the day of its last reading.
        """
        for share in self:
            last = share.meter_id.last_date
            if last and share.date_from <= last:
                raise UserError(
                    self.env._(
                        "Meter %(meter)s was read on %(last)s and its use has been "
                        "shared until then: give the old shares a last day and let "
                        "new ones begin on a later day.",
                        meter=share.meter_id.display_name,
                        last=format_day(self.env, last),
                    )
                )

    def _check_end(self):
        for share in self:
            last = share.meter_id.last_date
            if last and share.date_to and share.date_to < last:
                raise UserError(
                    self.env._(
                        "Meter %(meter)s was read on %(last)s and its use has been "
                        "shared until then: a share cannot end earlier.",
                        meter=share.meter_id.display_name,
                        last=format_day(self.env, last),
                    )
                )

    def _check_sum(self, meters):
        if not checks_shares_later(self.env):
            meters._check_shares()

    # === For readings === #

    def _on(self, day):
        """Return the shares that hold on ``day``."""
        return self.filtered(
            lambda share: share.date_from <= day
            and (not share.date_to or share.date_to >= day)
        )

    def _party_values(self, day):
        """Return the values of a usage that say whose this share is on ``day``.

        Where the contract has ended, the line that follows it is found by the
        catalogue; without one the usage stands without a contract and is not lost.
        """
        self.ensure_one()
        line = self.contract_line_id
        contract = line.contract_id
        department = self.department_id or contract.served_department_id
        partner = (
            contract.partner_id if not department else contract.browse().partner_id
        )
        if line and not (
            line.date_start <= day and (not line.date_end or line.date_end >= day)
        ):
            line = line._find(
                line.service_item_id or self.meter_id.service_item_id,
                day,
                partner=partner,
                department=department,
                company=self.company_id,
            )
        return {
            "contract_line_id": line.id,
            "department_id": department.id,
            "partner_id": partner.id,
        }
