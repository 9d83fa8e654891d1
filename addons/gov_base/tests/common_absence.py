from datetime import timedelta

from freezegun import freeze_time

from odoo.addons.gov_base.models.gov_guard import engine

from .common_approval import ApprovalCase


class AbsenceCase(ApprovalCase):
    """Matters whose approvers are away, leave or change posts."""

    def _delegate(self, delegator, delegate, days=3, user=None, **values):
        """Return the delegation that ``delegator`` gives ``delegate`` from today."""
        today = self.company.gov_today()
        return (
            self.env["gov.approval.delegation"]
            .with_user(user or delegator)
            .create(
                {
                    "delegator_id": delegator.id,
                    "delegate_id": delegate.id,
                    "date_from": today,
                    "date_to": today + timedelta(days=days),
                    "reason": "Business trip",
                    **values,
                }
            )
        )

    def _open_seats(self, matter):
        """Return dict login name → login name on whose behalf, of the open seats."""
        seats = matter.sudo().current_step_id.seat_ids
        return {
            seat.user_id: seat.on_behalf_of_id
            for seat in seats.filtered(lambda s: s.state == "open")
        }

    def _reseat_all(self):
        """Do what the job does, for all open steps of the test institution."""
        steps = engine(self.env["gov.approval.step"].sudo())
        steps.search(steps._get_due_domain(self.company))._reseat_safely()

    def _at(self, moment):
        """Return the context manager in which it is ``moment`` (UTC)."""
        self.env.flush_all()
        return freeze_time(moment)
