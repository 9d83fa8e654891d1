import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import check_plain_values, plain_number


class GovDeductionTable(models.Model):
    """A deduction table (考核扣款表): which score costs how much of a period's amount.

    The bands name the score from which they hold, so that every score from 0 to 100
    lies in exactly one. Scores below ``termination_limit`` in so many periods in a row
    open a proposal to end the contract. A table that a contract has gone into force
    with is frozen; another one is made for new contracts.

    All staff read the tables; the manager of the service centre writes them.
    """

    _name = "gov.deduction.table"
    _description = "Deduction Table"
    _order = "name, id"

    _frozen_fields = frozenset(
        {"company_id", "citation", "termination_limit", "in_a_row", "band_ids"}
    )

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: for all institutions.",
    )
    citation = fields.Char(
        string="Document", required=True, help="Where the table is laid down."
    )
    band_ids = fields.One2many("gov.deduction.band", "table_id", copy=True)
    termination_limit = fields.Float(
        digits=(5, 2),
        default=80.0,
        help="A final score below it counts towards a proposal of termination; 0 for "
        "none.",
    )
    in_a_row = fields.Integer(
        string="Periods in a row",
        default=2,
        help="So many final scores below the limit, one after the other, open a "
        "proposal of termination.",
    )
    active = fields.Boolean(default=True)
    contract_ids = fields.One2many(
        "contract.contract", "deduction_table_id", string="Contracts", copy=False
    )
    is_used = fields.Boolean(
        string="In use",
        compute="_compute_is_used",
        help="A contract has gone into force with this table: it is frozen.",
    )

    _limit_check = models.Constraint(
        "CHECK (termination_limit >= 0 AND termination_limit <= 100 AND in_a_row > 0)",
        "The limit is a score from 0 to 100, and at least one period must lie below.",
    )

    @api.depends("contract_ids.gov_state")
    def _compute_is_used(self):
        # Whether a table is in force anywhere is no secret.
        groups = (
            self.env["contract.contract"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [
                    ("deduction_table_id", "in", self.ids),
                    ("gov_state", "in", ("active", "terminated", "expired")),
                ],
                ["deduction_table_id"],
            )
        )
        used = {table.id for (table,) in groups}
        for table in self:
            table.is_used = table.id in used

    @api.constrains("band_ids")
    def _check_bands(self):
        """Every score lies in a band, and a lower one never costs less."""
        for table in self:
            bands = table.band_ids.sorted("score_from")
            if not bands or bands[0].score_from:
                raise ValidationError(
                    self.env._(
                        "%(table)s: the lowest band begins at the score 0.",
                        table=table.name,
                    )
                )
            percents = bands.mapped("percent")
            if percents != sorted(percents, reverse=True):
                raise ValidationError(
                    self.env._(
                        "%(table)s: a lower score never costs less than a higher one.",
                        table=table.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        tables = super().create(vals_list)
        tables._check_bands()
        return tables

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if self._frozen_fields & set(vals):
            self._refuse_used()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._refuse_used()

    def _refuse_used(self):
        """Raise if a contract is, or was, in force with one of these tables.

        Rivals who put a contract into force meet here on the row of the table.
        """
        if is_engine(self.env):
            return
        self._meet_rivals()
        for table in self:
            if table.is_used:
                raise UserError(
                    self.env._(
                        "%(table)s (%(citation)s) is in use: contracts in force go by "
                        "it. Copy it and change the copy.",
                        table=table.name,
                        citation=table.citation,
                    )
                )

    def _meet_rivals(self):
        meet_rivals(self)
        self.invalidate_recordset(["is_used"])

    def _percent(self, score):
        """Return the deduction for ``score``, in percent of the period's amount.

        :param score: final score, 0 to 100.
        :return: float, 3.0 means 3 %; 0.0 without a table.
        :raise UserError: ``score`` is no score.
        """
        if not self:
            return 0.0
        self.ensure_one()
        is_number = isinstance(score, int | float) and not isinstance(score, bool)
        if not is_number or not math.isfinite(score) or not 0 <= score <= 100:
            raise UserError(
                self.env._("“%(score)s” is no score from 0 to 100.", score=score)
            )
        # sudo: the figures of a table are no secret.
        bands = self.sudo().band_ids.sorted("score_from", reverse=True)
        return next((band.percent for band in bands if band.score_from <= score), 0.0)

    def _get_text(self):
        """Return the bands in words, for papers and refusals."""
        return self.env._(", ").join(
            self.env._(
                "from %(score)s: %(percent)s %%",
                score=plain_number(band.score_from),
                percent=plain_number(band.percent) or "0",
            )
            for band in self.sudo().band_ids.sorted("score_from", reverse=True)
        )
