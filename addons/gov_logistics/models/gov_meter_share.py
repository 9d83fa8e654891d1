from odoo import fields, models


class GovMeterShare(models.Model):
    """What percentage of a meter a contract line or a department bears, and when.

    The shares of a meter come to 100 on every day on which it has any.
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
