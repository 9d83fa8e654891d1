from odoo import api, models

from odoo.addons.gov_base.tools.past import on_day


class GovPointsAppeal(models.Model):
    """Appeals that were decided on paper; see the history of cases."""

    _inherit = "gov.points.appeal"

    @api.model
    def _import_appeal(self, vals, decision, opinion, meeting=None):
        """Write down an appeal that was filed and decided on paper.

        Who decides follows from the rulebook and from who took part in the score, as
        today; late appeals are refused all the same.

        :param vals: ``notice_id``, ``date`` (handed in), ``grounds``, ``handler_id``,
            ``scan``; ``submitted_at``: the moment at which it was handed in.
        :param decision: ``outcome``, ``points`` (of a reduction), ``grounds`` and
            ``decided_at``.
        :param opinion: of who decided, beside the outcome.
        :param meeting: as for ``_import_case``.
        :return: the appeal, in the engine's environment.
        :raise UserError: late, no smaller score, or the parent body would decide.
        """
        appeal = self._import_filed(vals, decision["decided_at"])
        notice = appeal.notice_id
        appeal._check_served(notice)
        appeal._check_in_time(appeal, notice)
        body, role = appeal._resolve_body()
        appeal.write(
            {
                "body": body,
                "body_role_id": role.id,
                "suspends": notice.share_id.scheme_id.appeal_suspends,
            }
        )
        points = appeal._check_outcome(decision["outcome"], decision.get("points"))
        appeal.write(
            {
                "outcome": decision["outcome"],
                "new_points": points,
                "decision_text": decision["grounds"],
            }
        )
        said = appeal._get_outcome_text(appeal._get_record_env())
        appeal._import_chains({"role": f"{said}\n{opinion}"}, {appeal: meeting})
        appeal.submitted_at = vals["submitted_at"]
        appeal._take_effect()
        return appeal

    @api.model
    def _import_late(self, vals, refused_at, reason):
        """Write down an appeal that came too late and was refused.

        :param vals: as for :meth:`_import_appeal`.
        :param refused_at: the moment at which it was refused.
        :param reason: the refusal.
        :return: the appeal, withdrawn without an outcome.
        """
        appeal = self._import_filed(vals, refused_at)
        appeal.write(
            {
                "approval_state": "cancelled",
                "submitted_at": False,
                "decided_at": False,
            }
        )
        appeal._record_decision(
            appeal.step_ids.browse(),
            appeal.handler_id,
            "cancelled",
            reason,
            decided_at=refused_at,
            channel="paper",
        )
        return appeal

    @api.model
    def _import_filed(self, vals, decided_at):
        """Return the appeal as it lay before who decided it, on that day."""
        notice = self.env["gov.points.notice"].browse(vals["notice_id"])
        company, person = notice.company_id, notice.employee_id
        day = self.env["gov.paper"]._local(decided_at, company).date()
        vals = {
            **vals,
            "employee_id": person.id,
            "beneficiary_id": person.id,
            "department_id": notice.department_id.id,
            "company_id": company.id,
            "submitted_at": decided_at,
        }
        appeal = on_day(self, day)._import_matters([vals])
        appeal._freeze_scan(required=False)
        appeal.write({"occurred_on": vals["date"], "period_date": vals["date"]})
        return appeal
