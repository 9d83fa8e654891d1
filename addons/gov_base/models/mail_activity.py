from odoo import models
from odoo.exceptions import UserError

from .gov_guard import is_engine

# What would hand a to-do over to somebody or something else.
_MOVES = {"user_id", "activity_type_id", "res_id", "res_model", "res_model_id"}


class MailActivity(models.Model):
    """An approval is decided on the matter; ticking its to-do off decides nothing."""

    _inherit = "mail.activity"

    def write(self, vals):
        self._check_seats_stay(vals)
        ends = vals.get("active") is False and not is_engine(self.env)
        seats = self._get_open_seats() if ends else None
        result = super().write(vals)
        if seats:
            seats._schedule_activities()
        return result

    def unlink(self):
        seats = None if is_engine(self.env) else self._get_open_seats()
        result = super().unlink()
        if seats:
            seats._schedule_activities()
        return result

    def _check_seats_stay(self, vals):
        """Refuse to hand over a to-do that goes with an open seat."""
        if self.env.su or _MOVES.isdisjoint(vals) or not self._get_open_seats():
            return
        raise UserError(
            self.env._(
                "Who decides follows from the approval chain: this to-do cannot be "
                "handed over."
            )
        )

    def _get_open_seats(self):
        """Return the open seats whose to-dos these activities are."""
        # Only which to-do comes back is asked; the activities were the user's own.
        seats = self.env["gov.approval.seat"].sudo()
        type_id = seats._get_activity_type_id()
        todos = self.filtered(lambda a: a.activity_type_id.id == type_id)
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
        return candidates.filtered(lambda s: (s.model, s.res_id, s.user_id.id) in keys)
