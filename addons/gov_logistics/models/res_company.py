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
