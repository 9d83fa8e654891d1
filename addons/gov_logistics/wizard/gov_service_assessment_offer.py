from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class GovServiceAssessmentOffer(models.TransientModel):
    """What is known against the other side, offered as lines of the sheet.

    Confirmed findings about the conduct of a vendor's people, and verified complaints
    about the contract or its vendor: each with the sheet that it stands on already,
    because it counts once.
    """

    _name = "gov.service.assessment.offer"
    _description = "Findings and Complaints for an Assessment"
    _inherit = ["gov.guard.mixin"]

    _protected_fields = frozenset({"assessment_id"})

    assessment_id = fields.Many2one(
        "gov.service.assessment", required=True, readonly=True, ondelete="cascade"
    )
    sheet_id = fields.Many2one(related="assessment_id.sheet_id", related_sudo=False)
    line_ids = fields.One2many("gov.service.assessment.offer.line", "offer_id")

    @api.model
    def _get_action(self, assessment):
        """Collect what is offered and return the action that shows it.

        :raise UserError: there is nothing.
        """
        rows = assessment._find_offers()
        if not rows:
            raise UserError(
                self.env._(
                    "No confirmed finding and no verified complaint until %s.",
                    assessment.date_to,
                )
            )
        # The rows were found by the server; the user's own rights still hold.
        offer = engine(self).create(
            {
                "assessment_id": assessment.id,
                "line_ids": [Command.create(row) for row in rows],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Findings and complaints"),
            "res_model": self._name,
            "res_id": offer.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Write the chosen rows onto the sheet.

        :return: the client action that closes the dialog.
        :raise UserError: nothing chosen, a row without criterion, used already, or
            the sheet is not the user's to fill in.
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one row."))
        self.assessment_id._take_offers(
            [
                {
                    "finding_id": line.finding_id.id,
                    "complaint_id": line.complaint_id.id,
                    "criterion_id": line.criterion_id.id,
                    "deduction": line.deduction,
                    "reason": line.reason,
                }
                for line in chosen
            ]
        )
        return {"type": "ir.actions.act_window_close"}
