from odoo import api, models

from odoo.addons.gov_base.tools.names import join_names

# One person is no meeting.
_LEAST_MEMBERS = 2


class GovPointsAppealBody(models.AbstractModel):
    """Who decides an appeal: never anybody who took part in the score.

    The holder of the role that the rulebook names; if nobody of them is left, the
    meeting of the other body without those who took part; if that cannot come
    together either, the parent body, whose decision is recorded.
    """

    _name = "gov.points.appeal.body"
    _description = "Who Decides an Appeal"

    # ---------------------------------------------------------------- took part

    def _get_involved(self):
        """Return who took part in the score: users and employees.

        Who typed the case, was in charge of it, checked or decided it in any round (a
        delegator through the delegate), on paper or by phone, was present at a meeting
        that decided it, and those whose own matter the case is. The clerk who wrote
        the minutes of the meeting decided nothing.

        :return: ``(users, employees)``, in a superuser environment.
        """
        self.ensure_one()
        # Only who may not decide is asked.
        case = self.sudo().share_id.case_id
        decisions = case.decision_ids
        users = case.handler_id | decisions.decider_id | decisions.on_behalf_of_id
        users |= case._approval_party_users()
        employees = case.employee_id | case._approval_party_employees()
        meetings = self._get_meetings(case)
        users |= meetings.confirmed_by_id
        employees |= meetings.present_ids.employee_id | meetings.chair_id.employee_id
        users |= self._get_recorders(case)
        users |= case.checked_by_id
        users |= employees.user_id
        company = self.company_id
        employees |= users.with_company(company).employee_id
        return users, employees

    @api.model
    def _get_meetings(self, case):
        """Return the confirmed records of meetings that decided ``case``."""
        lines = case.env["gov.approval.meeting.line"].search(
            [("step_id", "in", case.step_ids.ids), ("result", "=", "decided")]
        )
        return lines.meeting_id

    @api.model
    def _get_recorders(self, case):
        """Return who decided, and who recorded it, on paper or by phone."""
        offline = case.env["gov.approval.offline"].search(
            [
                ("model", "=", case._name),
                ("res_id", "=", case.id),
                ("state", "!=", "draft"),
            ]
        )
        return offline.leader_id | offline.recorder_id

    # ------------------------------------------------------------------ the body

    def _resolve_body(self):
        """Return ``head``, ``committee`` or ``parent`` as it is today, and the role.

        :return: ``(body, role)``; no role for the parent body.
        """
        self.ensure_one()
        # Who holds which role is no secret.
        appeal = self.sudo()
        scheme = appeal.share_id.scheme_id
        users, employees = appeal._get_involved()
        if self._get_first_holders(scheme.appeal_role_id, users, employees):
            return "head", scheme.appeal_role_id
        other = scheme.appeal_else_role_id
        if other and self._can_meet(other, employees):
            return "committee", other
        return "parent", other.browse()

    def _get_first_holders(self, role, users, employees):
        """Return the holders of ``role`` who may decide: a login, and no part in it."""
        if not role:
            return role.env["res.users"]
        holders = role._get_holders(self.company_id)
        barred = users | self._approval_own_users()
        return holders.filtered(
            lambda h: h.employee_id not in employees
        ).user_id.filtered(
            lambda u: u.active
            and not u.share
            and self.company_id in u.company_ids
            and u not in barred
        )

    def _can_meet(self, role, employees):
        """Tell whether enough members of the body are left for a meeting."""
        members = role._get_holders(self.company_id).employee_id
        left = len(members - employees - self._approval_own_employees())
        today = self.company_id.gov_today()
        # Whether the body can still come together is asked of today's tiers.
        tiers = (
            self.env["gov.approval.rule"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("kind", "=", "meeting"),
                    ("company_id", "in", [False, self.company_id.id]),
                    "|",
                    ("date_from", "=", False),
                    ("date_from", "<=", today),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", today),
                ]
            )
        )
        needed = [tier._get_quorum(left) for tier in tiers]
        return left >= max([_LEAST_MEMBERS, *needed])

    def _approval_own_users(self):
        """Return the logins of the person and of who typed the appeal."""
        return self.handler_id | self.sudo().employee_id.user_id

    def _approval_own_employees(self):
        handler = self.handler_id.sudo().with_company(self.company_id).employee_id
        return self.sudo().employee_id | handler

    def _get_body_text(self):
        """Return who will decide, for the person who files."""
        self.ensure_one()
        body, role = (self.body, self.body_role_id)
        if not body:
            body, role = self._resolve_body()
        role = role.sudo()
        if body == "parent":
            return self.env._(
                "Nobody here may decide it: all who could took part in the score. The "
                "parent body decides, and its decision is recorded here."
            )
        if body == "committee":
            return self.env._(
                "%(body)s decides at a meeting, without those who took part in the "
                "score.",
                body=role.name,
            )
        users, employees = self._get_involved()
        holders = self._get_first_holders(role, users, employees)
        return self.env._(
            "%(role)s decides: %(people)s.",
            role=role.name,
            people=join_names(self.env, holders.sudo().mapped("name")),
        )
