from odoo import fields, models


class GovPublicationText(models.TransientModel):
    """Asks for the text of an objection, of its answer or of a take-down."""

    _name = "gov.publication.text"
    _description = "Text on a Publication"

    publication_id = fields.Many2one("gov.publication", readonly=True)
    objection_id = fields.Many2one("gov.publication.objection", readonly=True)
    action = fields.Selection(
        [("object", "Object"), ("take_down", "Take down"), ("answer", "Answer")],
        required=True,
        readonly=True,
        default="object",
    )
    text = fields.Text()

    def action_apply(self):
        """Hand the text to the record, which checks who may do what."""
        self.ensure_one()
        if self.action == "answer":
            self.objection_id.action_answer(self.text)
        elif self.action == "take_down":
            self.publication_id.action_take_down(self.text)
        else:
            self.publication_id.action_object(self.text)
        return {"type": "ir.actions.act_window_close"}
