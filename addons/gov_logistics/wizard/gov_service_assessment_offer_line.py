from odoo import api, fields, models


class GovServiceAssessmentOfferLine(models.TransientModel):
    """One finding or complaint that is offered."""

    _name = "gov.service.assessment.offer.line"
    _description = "Offered Finding or Complaint"
    _inherit = ["gov.guard.mixin"]
    _order = "day, id"

    _protected_fields = frozenset(
        {"offer_id", "finding_id", "complaint_id", "day", "facts", "used_in"}
    )

    offer_id = fields.Many2one(
        "gov.service.assessment.offer", required=True, ondelete="cascade"
    )
    sheet_id = fields.Many2one(related="offer_id.sheet_id", related_sudo=False)
    finding_id = fields.Many2one("gov.finding", readonly=True, ondelete="cascade")
    complaint_id = fields.Many2one(
        "gov.service.complaint", readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("finding", "Finding"), ("complaint", "Complaint")], readonly=True
    )
    day = fields.Date(readonly=True)
    facts = fields.Text(readonly=True)
    used_in = fields.Char(
        string="Counted in", readonly=True, help="The sheet that it stands on already."
    )
    is_chosen = fields.Boolean(string="Take")
    criterion_id = fields.Many2one(
        "gov.service.sheet.line",
        string="Criterion",
        domain="[('sheet_id', '=', sheet_id)]",
        ondelete="cascade",
    )
    deduction = fields.Float(string="Points off", digits=(16, 2))
    reason = fields.Text()

    @api.onchange("criterion_id")
    def _onchange_criterion_id(self):
        for line in self:
            if line.criterion_id:
                line.is_chosen = not line.used_in
                line.deduction = line.deduction or line.criterion_id.usual_deduction
