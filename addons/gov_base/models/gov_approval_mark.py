from odoo import api, fields, models

from .gov_guard import engine


class GovApprovalMark(models.Model):
    """One row of the register of special handling, listed by month for supervision.

    Whatever went another way than the chain in the system is lawful and visible: a
    decision taken on paper or by phone, a late entry, an urgent matter, a matter of
    the head of the institution. Rows are written by the engine alone
    (``matter._mark``) and read by whoever may read the matter.
    """

    _name = "gov.approval.mark"
    _description = "Special Handling"
    _inherit = ["gov.matter.part"]
    _order = "date desc, id desc"
    _rec_name = "text"

    kind = fields.Selection(
        [
            ("offline_paper", "Decided on paper"),
            ("offline_phone", "Decided by phone"),
            ("late", "Late entry"),
            ("urgent", "Urgent first"),
            ("head", "Matter of the head"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    date = fields.Date(string="Marked on", required=True, readonly=True, index=True)
    month = fields.Char(required=True, readonly=True, help="e.g. 2026-11")
    department_id = fields.Many2one(
        "hr.department", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Applicant",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    handler_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    text = fields.Text(string="What was special", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(readonly=True, help="The amount on that day.")

    _matter_idx = models.Index("(model, res_id)")

    @api.model
    def _add(self, matter, kind, text):
        """Enter ``matter`` once for this ``kind`` and ``text``; see ``_mark``."""
        # sudo: called by server code that has just done what it marks.
        marks, matter = engine(self.sudo()), matter.sudo()
        known = marks.search(
            [
                ("model", "=", matter._name),
                ("res_id", "=", matter.id),
                ("kind", "=", kind),
                ("text", "=", text),
            ],
            limit=1,
        )
        today = matter.company_id.gov_today()
        return known or marks.create(
            {
                "model": matter._name,
                "res_id": matter.id,
                "company_id": matter.company_id.id,
                "kind": kind,
                "date": today,
                "month": f"{today:%Y-%m}",
                "department_id": matter.department_id.id,
                "employee_id": matter.employee_id.id,
                "handler_id": matter.handler_id.id,
                "text": text,
                "amount": matter.amount_for_approval
                if matter._approval_band_is_money
                else 0,
            }
        )
