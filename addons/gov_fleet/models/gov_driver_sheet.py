from odoo import api, fields, models


class GovDriverSheet(models.Model):
    """Overtime and trip allowance of the drivers in one month, for the pay office.

    Everything is counted from trips (驾驶员加班及出车补助表), whole in the month of the
    return, local time, at the amounts of the clauses ``driver.…``; the clerk may only
    add or take off an amount with a reason. Handed over it is sealed; trips entered
    after that stand on the next sheet.

    ========= ===== ====== =====================================
    action    from  to     who
    ========= ===== ====== =====================================
    compute   draft draft  dispatcher
    hand over draft handed manager of official vehicles
    ========= ===== ====== =====================================

    Drivers read their own line of a sheet that was handed over.
    """

    _name = "gov.driver.sheet"
    _description = "Drivers' Sheet"
    _inherit = ["mail.thread", "gov.seal.mixin"]
    _order = "month desc, id desc"
    _seal_chain = "driver_sheet"
    _sealed_fields = (
        "month",
        "driver_count",
        "amount_total",
        "handed_at",
        "handed_by_id",
    )
    _protected_fields = frozenset(
        {
            "state",
            "driver_count",
            "amount_total",
            "handed_at",
            "handed_by_id",
            "computed_at",
            "line_ids",
        }
    )

    month = fields.Date(
        required=True,
        index=True,
        default=lambda self: self._default_month(),
        help="Any day of the month.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("handed", "Handed over")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        "gov.driver.sheet.line", "sheet_id", string="Drivers", copy=False
    )
    computed_at = fields.Datetime(string="Counted at", readonly=True, copy=False)
    driver_count = fields.Integer(string="Number of drivers", readonly=True, copy=False)
    amount_total = fields.Monetary(string="Total", readonly=True, copy=False)
    handed_at = fields.Datetime(string="Handed over at", readonly=True, copy=False)
    handed_by_id = fields.Many2one(
        "res.users",
        string="Handed over by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _month_uniq = models.UniqueIndex(
        "(company_id, month)", "There is a sheet of this month already."
    )
    _first_day = models.Constraint(
        "CHECK (EXTRACT(day FROM month) = 1)", "A sheet is about a month."
    )

    @api.model
    def _default_month(self):
        return self.env["gov.vehicle.log.sheet"]._default_month()
