from odoo import api, fields, models
from odoo.tools import SQL

from ..models.gov_supply_counter_mixin import COUNTER_METHODS


class GovSupplyConsumption(models.Model):
    """What departments drew from the store: one row per issued or returned move.

    Read straight from the stock moves, so it equals the slips; returns count
    negative. The amount is at the price of the request.
    """

    _name = "gov.supply.consumption"
    _description = "Consumption of Supplies"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "product_id"
    _depends = {
        "stock.move": [
            "supply_line_id",
            "origin_returned_move_id",
            "state",
            "quantity",
            "product_uom",
            "date",
        ],
        "gov.supply.request.line": ["request_id", "price_unit", "uom_id"],
        "gov.supply.request": [
            "department_id",
            "company_id",
            "employee_id",
            "beneficiary_id",
            "is_late",
            "period_date",
        ],
        "stock.picking": [
            "supply_receiver_id",
            "counter_method",
            "supply_liaison_id",
            "supply_book",
            "supply_page",
            "supply_scan_hash",
        ],
        "gov.supply.closing": ["company_id", "date_to", "closed_at"],
        "res.company": ["gov_tz"],
    }

    date = fields.Datetime(readonly=True)
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    request_id = fields.Many2one("gov.supply.request", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Applicant", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Category", readonly=True)
    picking_id = fields.Many2one("stock.picking", string="Issue", readonly=True)
    beneficiary_id = fields.Many2one("hr.employee", string="Used by", readonly=True)
    receiver_id = fields.Many2one("hr.employee", string="Received by", readonly=True)
    period_date = fields.Date(
        string="Counts on",
        readonly=True,
        help="The day in whose month the issue counts: the day of the issue, or the "
        "one on which the request counts when that is a late entry; the first open day "
        "when that month had been closed before the issue.",
    )
    is_late = fields.Boolean(string="Late entry", readonly=True)
    counter_method = fields.Selection(
        COUNTER_METHODS, string="Way of signing", readonly=True
    )
    liaison_id = fields.Many2one("res.users", string="PIN of", readonly=True)
    book = fields.Char(string="Register", readonly=True)
    page = fields.Char(readonly=True)
    is_scan_missing = fields.Boolean(string="Scan missing", readonly=True)
    signing = fields.Char(
        string="Signed by",
        compute="_compute_signing",
        help="How the receiver signed, and what stands behind it: whose PIN, or "
        "register and page, and whether the scan of the page is still missing.",
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    quantity = fields.Float(digits="Product Unit", readonly=True)
    amount = fields.Monetary(readonly=True)

    @api.depends("counter_method", "liaison_id", "book", "page", "is_scan_missing")
    @api.depends_context("lang")
    def _compute_signing(self):
        for row in self:
            row.signing = row._get_signing_text()

    def _get_signing_text(self):
        """Return in words how the receiver signed; empty for what came back."""
        self.ensure_one()
        if self.counter_method == "signature":
            return self.env._("Signature")
        if self.counter_method == "pin":
            # Who signed stands on the slip that the user reads.
            return self.env._("PIN of %s", self.liaison_id.sudo().name)
        if self.counter_method != "paper":
            return False
        place = {"book": self.book, "page": self.page}
        if self.is_scan_missing:
            return self.env._(
                "Paper, register %(book)s, page %(page)s (scan missing)", **place
            )
        return self.env._("Paper, register %(book)s, page %(page)s", **place)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT move.id,
                   move.date,
                   request.company_id,
                   request.id AS request_id,
                   request.department_id,
                   request.employee_id,
                   request.beneficiary_id,
                   move.picking_id,
                   picking.supply_receiver_id AS receiver_id,
                   picking.counter_method,
                   picking.supply_liaison_id AS liaison_id,
                   picking.supply_book AS book,
                   picking.supply_page AS page,
                   picking.counter_method = 'paper'
                       AND picking.supply_scan_hash IS NULL AS is_scan_missing,
                   coalesce(request.is_late, false) AND sign.factor = 1 AS is_late,
                   CASE WHEN request.is_late AND sign.factor = 1
                             AND request.period_date IS NOT NULL
                        THEN coalesce(closed.date_to + 1, request.period_date)
                        ELSE (move.date AT TIME ZONE 'UTC'
                              AT TIME ZONE company.gov_tz)::date END AS period_date,
                   move.product_id,
                   template.categ_id,
                   sign.factor * move.quantity * unit.factor / base.factor
                       AS quantity,
                   sign.factor * move.quantity * unit.factor / asked.factor
                       * line.price_unit AS amount
              FROM stock_move move
              JOIN gov_supply_request_line line ON line.id = move.supply_line_id
              JOIN gov_supply_request request ON request.id = line.request_id
              JOIN res_company company ON company.id = request.company_id
              LEFT JOIN stock_picking picking ON picking.id = move.picking_id
              JOIN product_product product ON product.id = move.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = move.product_uom
              JOIN uom_uom base ON base.id = template.uom_id
              JOIN uom_uom asked ON asked.id = line.uom_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN move.origin_returned_move_id IS NULL THEN 1
                               ELSE -1 END AS factor) sign
             CROSS JOIN LATERAL (
                   SELECT max(closing.date_to) AS date_to
                     FROM gov_supply_closing closing
                    WHERE request.is_late
                      AND closing.company_id = request.company_id
                      AND closing.date_to >= request.period_date
                      AND closing.closed_at <= move.date) closed
             WHERE move.state = 'done'
            """
        )
