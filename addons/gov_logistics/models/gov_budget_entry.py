from odoo import api, fields, models


class GovBudgetEntry(models.Model):
    """One movement of money on a budget line; written once, sealed, never changed.

    * ``plan``: the year's plan, a transfer, a revision, a carry-over (may be negative)
    * ``commit``, ``release``: money set aside for a document, and given free again
    * ``actual``: money used up (negative when goods come back or a bill is reversed)

    The sums of a line's entries are its figures. Rows are written by the private
    methods of ``gov.budget.line`` alone, together with the line's figures.
    """

    _name = "gov.budget.entry"
    _description = "Budget Entry"
    _inherit = ["gov.seal.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _engine_only = True
    _seal_chain = "budget"
    _seal_on_create = True
    _sealed_fields = (
        "line_id",
        "kind",
        "amount",
        "date",
        "model",
        "res_id",
        "part",
        "is_exception",
        "note",
    )

    line_id = fields.Many2one(
        "gov.budget.line",
        string="Budget line",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    department_id = fields.Many2one(
        related="line_id.department_id", store=True, precompute=True
    )
    item_id = fields.Many2one(related="line_id.item_id", store=True, precompute=True)
    year = fields.Integer(
        related="line_id.year", store=True, precompute=True, aggregator=None
    )
    kind = fields.Selection(
        [
            ("plan", "Budgeted"),
            ("commit", "Committed"),
            ("release", "Released"),
            ("actual", "Actual"),
        ],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    model = fields.Char(string="Kind of document", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document number", model_field="model", readonly=True
    )
    res_name = fields.Char(string="Document", readonly=True)
    part = fields.Char(
        readonly=True, help="Tells apart what one document books on one line."
    )
    is_exception = fields.Boolean(
        string="Above the budget",
        readonly=True,
        help="Nothing was left on the line; the exception was approved.",
    )
    note = fields.Char(readonly=True)

    # Idempotence: a plan, a transfer, a carry-over is booked once, whatever is re-run.
    _plan_uniq = models.UniqueIndex(
        "(line_id, model, res_id, part) WHERE kind = 'plan'",
        "This plan has been booked already.",
    )
    _document_idx = models.Index("(model, res_id, line_id)")
    _amount_check = models.Constraint(
        "CHECK (amount <> 0 AND (kind IN ('plan', 'actual') OR amount > 0))",
        "An entry of the budget has an amount.",
    )

    @api.depends("kind", "line_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = self.env._(
                "%(kind)s: %(line)s",
                kind=kinds.get(entry.kind, ""),
                line=entry.line_id.display_name or "",
            )

    def action_open_document(self):
        """Open the document that the entry belongs to.

        :return: a window action; the document's own rules decide who may read it.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
