from odoo import api, fields, models

from .input_check import check_plain_values, check_records_exist


class GovDeductionBand(models.Model):
    """A band of a deduction table; frozen with its table."""

    _name = "gov.deduction.band"
    _description = "Band of a Deduction Table"
    _order = "score_from desc, id"
    _rec_name = "score_from"

    table_id = fields.Many2one(
        "gov.deduction.table", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="table_id.company_id", store=True)
    score_from = fields.Float(
        string="From score", digits=(5, 2), help="The band holds from this score on."
    )
    percent = fields.Float(
        string="Deduction (%)",
        digits=(5, 2),
        help="In percent of the period's amount before deductions.",
    )

    _score_uniq = models.Constraint(
        "UNIQUE (table_id, score_from)", "Two bands begin at the same score."
    )
    _figures_check = models.Constraint(
        "CHECK (score_from >= 0 AND score_from <= 100"
        " AND percent >= 0 AND percent <= 100)",
        "Scores and percentages lie between 0 and 100.",
    )

    @api.constrains("score_from", "percent", "table_id")
    def _check_table(self):
        self.table_id._check_bands()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("table_id",))
        tables = {vals["table_id"] for vals in vals_list if vals.get("table_id")}
        self.env["gov.deduction.table"].browse(tables)._refuse_used()
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        self.table_id._refuse_used()
        result = super().write(vals)
        self.table_id._refuse_used()
        return result

    def unlink(self):
        tables = self.table_id
        tables._refuse_used()
        result = super().unlink()
        tables.exists()._check_bands()
        return result
