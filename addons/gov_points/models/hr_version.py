from odoo import models


class HrVersion(models.Model):
    """The day on which a person leaves stands here, whichever form it was written in.

    Leaving closes the running scoring cycle on that day.
    """

    _inherit = "hr.version"

    def write(self, vals):
        result = super().write(vals)
        if "departure_date" in vals:
            # sudo: the cycle follows whatever was just written with due rights.
            people = self.sudo().employee_id
            self.env["gov.points.cycle"].sudo()._follow_leaving(people)
        return result
