from odoo import models

_LIFTED = "beneficiary_lifts_tier"


class GovApprovalChain(models.AbstractModel):
    """What about a chain itself is worth a look by supervision."""

    _inherit = "gov.approval.chain"

    def _build_chain(self):
        result = super()._build_chain()
        self._find_lifted_tier()
        return result

    def _find_lifted_tier(self):
        """Open a finding when the user of the thing keeps the head out of the chain.

        Who uses the thing does not decide about it: naming the head as its user lifts
        the head's tier one post up. The head's own matters, and those that somebody
        types for the head, are no trick.
        """
        person = self.beneficiary_id
        if person == self.employee_id or not person.user_id:
            return
        for step in self._get_steps("waiting"):
            if step.kind != "decision" or step.approver_kind not in (
                "department_head",
                "line_leader",
            ):
                continue
            if person.user_id in step._get_named_users(self):
                env = self._get_record_env()
                self.env["gov.finding"]._raise(
                    _LIFTED,
                    self.sudo(),
                    env._(
                        "%(person)s is named as user and therefore does not decide in "
                        "“%(tier)s”; the tier went one post up.",
                        person=person.name,
                        tier=step.name,
                    ),
                    severity="info",
                )
                return
