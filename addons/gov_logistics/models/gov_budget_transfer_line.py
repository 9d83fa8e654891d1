from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine

from .input_check import check_plain_values, check_records_exist


class GovBudgetTransferLine(models.Model):
    """One budget line of a transfer: above zero it gets money, below it gives some.

    Of a carry-over it is what moves to the line of the next year.
    """

    _name = "gov.budget.transfer.line"
    _description = "Budget Transfer Line"
    _inherit = ["gov.guard.mixin"]
    _order = "transfer_id desc, sequence, id"
    _check_company_auto = True

    transfer_id = fields.Many2one(
        "gov.budget.transfer",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="transfer_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="transfer_id.currency_id")
    sequence = fields.Integer(default=10)
    line_id = fields.Many2one(
        "gov.budget.line",
        string="Budget line",
        required=True,
        index=True,
        check_company=True,
        domain="[('year', '=', parent.year), ('company_id', '=', company_id)]",
        ondelete="restrict",
    )
    amount = fields.Monetary(
        required=True, help="Above zero: the line gets it. Below zero: it gives it."
    )
    amount_plan = fields.Monetary(related="line_id.amount_plan")
    amount_available = fields.Monetary(related="line_id.amount_available")

    _line_uniq = models.Constraint(
        "UNIQUE (transfer_id, line_id)",
        "Each budget line stands on a transfer once.",
    )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        lines = super().create(vals_list)
        lines.transfer_id._check_lines_open()
        return lines

    def write(self, vals):
        self._check_input([vals])
        if not is_engine(self.env):
            if "transfer_id" in vals and self.filtered(
                lambda line: line.transfer_id.id != vals["transfer_id"]
            ):
                raise UserError(
                    self.env._("A line cannot be moved to another transfer.")
                )
            self.transfer_id._check_lines_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self.transfer_id._check_lines_open()

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
            if "amount" in vals:
                self.env["gov.budget.line"]._to_amount(vals["amount"] or 0, True)
        check_records_exist(model, vals_list, ("transfer_id", "line_id"))

    def _check_complete(self):
        """Refuse a line that cannot be applied, by its name."""
        transfer, budget = self.transfer_id, self.line_id
        if budget.year != transfer.year:
            raise UserError(
                self.env._(
                    "%(line)s belongs to %(year)s, the transfer to %(other)s.",
                    line=budget.display_name,
                    year=str(budget.year),
                    other=str(transfer.year),
                )
            )
        if transfer.currency_id.is_zero(self.amount):
            raise UserError(self.env._("%s: the amount is 0.", budget.display_name))
        self._check_not_carried()
        if transfer.kind != "carry_over":
            if self.amount < 0 and -self.amount > budget.amount_available:
                budget._refuse_empty(
                    budget._to_amount(budget.amount_available, True),
                    budget._to_amount(-self.amount),
                )
            return
        left = budget._get_left()
        if (
            self.amount < 0
            or transfer.currency_id.compare_amounts(self.amount, left) > 0
        ):
            raise UserError(
                self.env._(
                    "%(line)s: %(amount)s cannot be carried over, %(left)s is left.",
                    line=budget.display_name,
                    amount=transfer.currency_id.format(self.amount),
                    left=transfer.currency_id.format(left),
                )
            )
        if transfer.year >= transfer.company_id.gov_today().year:
            raise UserError(
                self.env._(
                    "%(year)s is not over: what is left is carried over when the year "
                    "has ended.",
                    year=str(transfer.year),
                )
            )

    # -------------------------------------------------------------------- engine

    def _carry_over(self):
        """Move what is left, with its commitments, to the lines of the next year."""
        budgets = self.line_id
        budgets._meet_rivals()
        budgets.invalidate_recordset()
        for line in self.sorted(lambda line: line.line_id.id):
            line._check_not_carried()
            line.line_id._carry_over(line.transfer_id, line.amount)

    def _check_not_carried(self):
        """Refuse a budget line that is closed: its money is on the next year's."""
        budget = self.line_id
        if budget.carried_to_id:
            raise UserError(
                self.env._(
                    "%(line)s has been carried over to %(other)s.",
                    line=budget.display_name,
                    other=budget.carried_to_id.display_name,
                )
            )
