from odoo import fields, models
from odoo.exceptions import UserError

_ACTIONS = ("done", "confirm", "drop")


class GovPointsMeasureRecord(models.TransientModel):
    """Asks for the record of a measure, or for the reason of its confirmation.

    The measure checks who may do what.
    """

    _name = "gov.points.measure.record"
    _description = "Record a Measure"

    measure_id = fields.Many2one(
        "gov.points.measure",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    kind = fields.Selection(related="measure_id.kind")
    action = fields.Selection(
        [("done", "Record"), ("confirm", "Confirm"), ("drop", "Not needed")],
        required=True,
        readonly=True,
        default="done",
    )
    done_on = fields.Date(
        string="On", default=lambda self: self.env.company.gov_today()
    )
    place = fields.Char()
    text = fields.Text(string="What was said or done")
    person_text = fields.Text(string="What the person said")
    scan = fields.Binary(
        string="Signed record", attachment=False, help="PDF, JPEG or PNG, up to 10 MB."
    )
    scan_name = fields.Char()

    def action_apply(self):
        """Hand the record to the measure.

        :return: an action that closes the dialogue.
        """
        self.ensure_one()
        measure = self.measure_id
        if self.action not in _ACTIONS:
            raise UserError(self.env._("There is no such step."))
        if self.action == "confirm":
            measure.action_confirm(self.text)
        elif self.action == "drop":
            measure.action_drop(self.text)
        else:
            measure.action_done(
                self.text,
                done_on=self.done_on,
                place=self.place,
                person_text=self.person_text,
                scan=self.with_context(bin_size=False).scan,
                scan_name=self.scan_name,
            )
        return {"type": "ir.actions.act_window_close"}
