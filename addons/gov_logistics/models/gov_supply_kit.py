from odoo import api, fields, models

from .input_check import check_line_commands, check_plain_values


class GovSupplyKit(models.Model):
    """A named list of goods, for example what new staff get on their first day.

    Put on a draft request with one button, times the number of persons. Everybody
    reads the kits; the manager of office supplies writes them.
    """

    _name = "gov.supply.kit"
    _description = "Supply Kit"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    purpose = fields.Char(help="Put on the request when it has no purpose yet.")
    line_ids = fields.One2many("gov.supply.kit.line", "kit_id", copy=True)
    summary = fields.Char(string="Goods", compute="_compute_summary")

    @api.depends("line_ids.product_id", "line_ids.quantity")
    def _compute_summary(self):
        for kit in self:
            kit.summary = ", ".join(
                f"{line.product_id.name} ×{line.quantity:g}" for line in kit.line_ids
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_input(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input(vals)
        return super().write(vals)

    @api.model
    def _check_input(self, vals):
        check_plain_values(self.browse(), vals)
        check_line_commands(self.browse(), "line_ids", vals.get("line_ids") or [])
