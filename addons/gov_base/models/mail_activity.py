from odoo import models


class MailActivity(models.Model):
    """An approval is decided on the matter; ticking its to-do off decides nothing."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        seats = self._get_open_seats()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        seats._schedule_activities()
        return result

    def unlink(self):
        seats = self._get_open_seats()
        result = super().unlink()
        seats._schedule_activities()
        return result

    def _get_open_seats(self):
        """Return the open seats whose to-dos these activities are."""
        approval_type = self.env.ref(
            "gov_base.mail_activity_type_approval", raise_if_not_found=False
        )
        # Only which to-do comes back is asked; the activities were the user's own.
        seats = self.env["gov.approval.seat"].sudo()
        todos = self.filtered(
            lambda a: approval_type and a.activity_type_id == approval_type
        )
        if not todos:
            return seats
        keys = {(a.res_model, a.res_id, a.user_id.id) for a in todos}
        candidates = seats.search(
            [
                ("state", "=", "open"),
                ("user_id", "in", todos.user_id.ids),
                ("res_id", "in", todos.mapped("res_id")),
            ]
        )
        return candidates.filtered(
            lambda s: (s.model, s.res_id, s.user_id.id) in keys
        )
