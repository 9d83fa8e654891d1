from datetime import timedelta

from odoo import api, fields, models

from .gov_guard import engine

# Between two decisions of a matter that was walked on paper.
_PAUSE = timedelta(minutes=40)


class GovApprovalHistory(models.AbstractModel):
    """Matters that were decided on paper before the system was there.

    The register of the years before is taken over once, by the server's own code: no
    public method leads here. Each matter is marked as imported, its decisions carry
    the channel ``paper``, the day on which they fell and the moment at which they were
    entered, and are sealed like any other.
    """

    _name = "gov.approval.history"
    _description = "Imported History of Matters"

    _protected_fields = frozenset({"is_imported"})

    is_imported = fields.Boolean(
        string="Imported history",
        readonly=True,
        copy=False,
        help="Decided on paper before this system, and entered afterwards.",
    )

    @api.model
    def _import_matters(self, vals_list):
        """Write down matters that were approved on paper, without their chain yet.

        :param vals_list: values for ``create``, each with ``handler_id``,
            ``company_id``, ``department_id`` and ``submitted_at`` (datetime in UTC).
        :return: the matters in the engine's environment, in the same order.
        """
        departments = [vals["department_id"] for vals in vals_list]
        vals_list = [self._prepare_history(vals) for vals in vals_list]
        # Called by server code alone; whoever calls it answers for the register.
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True)
        matters = engine(quiet.sudo()).create(vals_list)
        for matter, department_id in zip(matters, departments, strict=True):
            # Where the applicant works today is not asked.
            matter.department_id = department_id
            matter._assign_number(matter.occurred_on)
        return matters

    @api.model
    def _prepare_history(self, vals):
        company = self.env["res.company"].browse(vals["company_id"])
        moment = self.env["gov.paper"]._local(vals["submitted_at"], company)
        return {
            **vals,
            "approval_state": "approved",
            "approval_round": 1,
            "is_imported": True,
            "occurred_on": moment.date(),
            "period_date": moment.date(),
        }

    def _import_chains(self, opinions, meetings=None):
        """Write the decided steps, seats and decisions of these imported matters.

        The tiers are those that today's rules ask for; each is decided by who holds
        the post today, 40 minutes after the one before.

        :param opinions: dict of check code or kind of approver → opinion; all others
            just agree.
        :param meetings: dict of matter → values of the record of the meeting that
            decided it: ``number``, ``date``, ``chair_id`` and ``present_ids`` (holders
            of the role), ``scan``, ``scan_name`` and ``entered_by_id``. Without one the
            first member of the body stands for it.
        """
        meetings = meetings or {}
        steps, seats, decisions, records = [], [], [], {}
        for matter in self:
            moment = matter.submitted_at
            fixed = matter.amount_for_approval
            rules = self.env["gov.approval.rule"]._get_in_force(matter)
            tiers = rules.filtered(lambda r, a=fixed: not r._has_band() or r._covers(a))
            for number, (tier, users) in enumerate(matter._plan(tiers), 1):
                moment += _PAUSE
                deciders = users[: tier._get_needed(len(users))]
                if tier.kind == "meeting":
                    # The body decided; who presided, or ranks first, stands for it.
                    deciders = tier._get_meeting_members(matter).user_id[:1]
                    if meeting := meetings.get(matter):
                        records[matter] = matter._import_meeting(tier, meeting)
                        deciders = records[matter].chair_id.user_id
                steps.append(
                    matter._prepare_history_step(tier, number, len(deciders), moment)
                )
                seats.append(deciders)
                opinion = opinions.get(tier.check_code or tier.approver_kind)
                decisions.append((matter, tier, deciders, moment, opinion))
            matter.write(
                {
                    "amount_is_frozen": True,
                    "amount_frozen": fixed,
                    "decided_at": moment,
                }
            )
        steps = self.env["gov.approval.step"].create(steps)
        self.env["gov.approval.seat"].create(
            [
                {**step._prepare_seat(user), "state": "approved"}
                for step, users in zip(steps, seats, strict=True)
                for user in users
            ]
        )
        self.env["gov.approval.decision"].create(
            [
                matter._prepare_history_decision(
                    step, tier, user, moment, opinion, records.get(matter)
                )
                for step, (matter, tier, users, moment, opinion) in zip(
                    steps, decisions, strict=True
                )
                for user in users
            ]
        )
        for step, (matter, *__) in zip(steps, decisions, strict=True):
            if step.kind == "meeting" and matter in records:
                records[matter]._import_line(step)

    def _import_meeting(self, tier, vals):
        """Write down the record of a meeting, without its agenda yet."""
        return self.env["gov.approval.meeting"].create(
            {
                **vals,
                "company_id": self.company_id.id,
                "role_id": self._approval_tier_role(tier).id,
                "state": "entered",
                "entered_at": fields.Datetime.now(),
            }
        )

    def _prepare_history_step(self, tier, number, needed, moment):
        return {
            **tier._prepare_step(self),
            "sequence": number,
            "state": "approved",
            "votes": needed,
            "needed": needed,
            "opened_at": moment - _PAUSE,
            "closed_at": moment,
        }

    def _prepare_history_decision(self, step, tier, user, moment, opinion, meeting):
        agreed = self._get_record_env()._("Agreed")
        met = tier.kind == "meeting"
        vals = {
            **self._prepare_decision(
                step,
                user,
                "checked" if tier.kind == "check" else "approved",
                opinion or agreed,
            ),
            "decided_at": moment,
            "channel": "meeting" if met else "paper",
        }
        if met and meeting:
            vals["post"] = meeting.display_name
        return vals
