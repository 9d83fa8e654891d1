from odoo import fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class ResCompany(models.Model):
    """What an institution sets for supplies, services and the budget."""

    _inherit = "res.company"

    # ------------------------------------------------------------------- budget

    _protected_fields = frozenset({"gov_budget_on"})

    gov_budget_on = fields.Boolean(
        string="Has a budget",
        readonly=True,
        copy=False,
        help="Set with the first budget line; until then nothing asks for money.",
    )
    gov_budget_warn = fields.Float(
        string="Warn from (%)",
        default=90,
        help="Share of the plan that is used or committed.",
    )
    gov_budget_over = fields.Selection(
        [
            ("block", "Refuse"),
            ("exception", "Let through by the chain"),
        ],
        string="When nothing is left",
        default="block",
        required=True,
        help="Refuse, or let the matter walk one tier more, as the approval rules say.",
    )
    gov_budget_carry = fields.Selection(
        [
            ("approval", "By approval"),
            ("finance", "By finance"),
        ],
        string="Carry-over",
        default="approval",
        required=True,
    )
    gov_budget_remind = fields.Integer(
        string="Reminder from month",
        default=7,
        help="Each department is told once a year how its budget runs. 0: never.",
    )

    _gov_budget_check = models.Constraint(
        "CHECK (gov_budget_warn > 0 AND gov_budget_warn <= 100"
        " AND gov_budget_remind BETWEEN 0 AND 12)",
        "The percentage lies between 0 and 100, the month between 1 and 12.",
    )

    def _gov_switch_budget_on(self):
        """Let matters ask for money from now on: there is a budget line."""
        # sudo: the caller has just made a budget line of the institution.
        for company in engine(self.sudo()):
            if not company.gov_budget_on:
                company.gov_budget_on = True

    # --- service desk ---
    service_phone = fields.Char(
        string="Phone of the service desk",
        help="Stands in the reply to callers and on the QR labels.",
    )
    service_chief_id = fields.Many2one(
        "res.users",
        string="Chief told of delays",
        domain=[("share", "=", False)],
        help="Is told before and after a promised time, unless the service names "
        "somebody else.",
    )
    service_response_hours = fields.Float(
        string="On the spot within",
        default=4.0,
        help="Working hours, for requests without a service of the catalogue.",
    )
    service_resolve_hours = fields.Float(
        string="Finished within",
        default=16.0,
        help="Working hours, for requests without a service of the catalogue.",
    )
    service_warn_percent = fields.Integer(
        string="Warn before the promised time",
        default=25,
        help="Share of the promised time that is left when the chief is told.",
    )
    service_callback_percent = fields.Integer(
        string="Calls back",
        default=20,
        help="Share of the finished requests after which the desk calls back.",
    )
    service_repeat_days = fields.Integer(
        string="Recurring faults within days",
        default=90,
        help="Faults of the same device, or of the same kind in the same room.",
    )
    service_repeat_count = fields.Integer(string="Recurring from the", default=3)
    service_reopen_days = fields.Integer(
        string="Requester may reopen within days", default=7
    )
    service_store_id = fields.Many2one(
        "stock.location",
        string="Store of repair parts",
        domain=[("usage", "=", "internal")],
        help="Empty: the store of office supplies.",
    )

    _service_percent_check = models.Constraint(
        "CHECK (service_warn_percent BETWEEN 0 AND 100"
        " AND service_callback_percent BETWEEN 0 AND 100)",
        "A share lies between 0 and 100 %.",
    )
    _service_number_check = models.Constraint(
        "CHECK (service_response_hours BETWEEN 0 AND 4000"
        " AND service_resolve_hours BETWEEN 0 AND 4000"
        " AND service_repeat_days BETWEEN 0 AND 3660"
        " AND service_repeat_count >= 2"
        " AND service_reopen_days BETWEEN 0 AND 366)",
        "Times of the service desk are not negative, and a fault recurs from the "
        "second one on.",
    )

    # --- use per head and per m² ---
    use_heads = fields.Integer(
        string="People in the compound",
        help="Who uses what the main meters count, with the served units; 0: the "
        "institution's own people.",
    )
    use_area = fields.Float(
        string="Floor of the compound (m²)",
        digits=(16, 2),
        help="All floors behind the main meters; 0: the rooms of the list.",
    )

    _use_figures_check = models.Constraint(
        "CHECK (use_heads >= 0 AND use_area >= 0)",
        "People and floor of the compound are not negative.",
    )
