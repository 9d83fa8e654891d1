from odoo import api, fields, models


class GovBudgetItem(models.Model):
    """An economic item of the departments' budget (部门经济分类科目).

    The list of the treasury is shipped and shared by all institutions; an institution
    adds items of its own, such as a breakdown of one of these.
    """

    _name = "gov.budget.item"
    _description = "Budget Item"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: the item is that of the treasury's list, for every institution.",
    )
    active = fields.Boolean(default=True)
    note = fields.Text()

    _code_uniq = models.UniqueIndex(
        "(coalesce(company_id, 0), code)",
        "There is an item with this code already.",
    )

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.code or ''} {item.name or ''}".strip()
