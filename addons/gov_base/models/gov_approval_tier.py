from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.names import join_names

# What a rule says and a step keeps.
TIER_FIELDS = (
    "kind",
    "check_code",
    "fixes_amount",
    "approver_kind",
    "role_id",
    "group_id",
    "user_id",
    "approver_field_id",
    "required_kind",
    "required_count",
    "distinct_person",
    "days_allowed",
)


class GovApprovalTier(models.AbstractModel):
    """What a tier asks: who, how many, and of which kind.

    Shared by the rule, which may change, and the step, which froze it at submission:
    both find the people in the same way.
    """

    _name = "gov.approval.tier"
    _description = "Tier of an Approval Chain"

    kind = fields.Selection(
        [
            ("decision", "Decision"),
            ("check", "Check"),
            ("meeting", "Meeting decision"),
        ],
        required=True,
        default="decision",
        help="A check adds data or returns the matter; it does not decide, and whoever "
        "made it may still decide a later tier. A meeting decision is taken by the "
        "body that the role names; its record is entered, nobody votes here.",
    )
    check_code = fields.Char(
        string="Which check",
        help="Tells the document which check this is, e.g. price or funds.",
    )
    fixes_amount = fields.Boolean(
        string="Fixes the amount",
        help="When this check closes the amount is final and the tiers of its band "
        "join the chain.",
    )
    approver_kind = fields.Selection(
        [
            ("department_head", "Section head"),
            ("line_leader", "Line leader"),
            ("role", "Role"),
            ("group", "Group of users"),
            ("user", "Person"),
            ("field", "Field of the document"),
        ],
        string="Who",
        required=True,
        default="department_head",
    )
    role_id = fields.Many2one("gov.role", check_company=True, ondelete="restrict")
    group_id = fields.Many2one("res.groups", string="Group", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    approver_field_id = fields.Many2one(
        "ir.model.fields",
        string="Field",
        ondelete="cascade",
        domain="[('model_id', '=', model_id),"
        " ('relation', 'in', ['res.users', 'hr.employee'])]",
    )
    required_kind = fields.Selection(
        [("one", "Any one"), ("all", "All"), ("count", "A number of them")],
        string="Needed",
        required=True,
        default="one",
    )
    required_count = fields.Integer(
        string="Number needed",
        help="How many have to agree. 0: more than half of those eligible.",
    )
    distinct_person = fields.Boolean(
        string="Another person",
        help="Whoever decided an earlier tier has no seat in this one. Otherwise the "
        "tier is passed with a note, since the person has already decided.",
    )
    days_allowed = fields.Integer(
        string="Days to decide",
        help="Working days within which the tier should decide. 0: no date.",
    )

    def _copy_tier(self):
        """Return the values of the shared fields, ready for ``create``."""
        self.ensure_one()
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in TIER_FIELDS
        }

    def _get_approver_field(self):
        """Return the field that says which role, group, person or field, if any."""
        self.ensure_one()
        return {
            "role": "role_id",
            "group": "group_id",
            "user": "user_id",
            "field": "approver_field_id",
        }.get(self.approver_kind)

    def _get_post_label(self):
        """Return the post that the tier names, as text."""
        self.ensure_one()
        name = self._get_approver_field()
        if name and self.approver_kind != "user":
            return self[name].display_name
        labels = dict(self._fields["approver_kind"]._description_selection(self.env))
        return labels[self.approver_kind]

    # ---------------------------------------------------------------- the people

    def _resolve_users(self, matter, deciders=None):
        """Return the users who may decide this tier of ``matter`` today.

        A tier without anybody eligible goes one post up, then along the fallback list
        of the institution; only a tier that wants a number of people does not, since
        one person cannot stand in for a body. A matter of the head of the institution
        is countersigned by a deputy before it goes anywhere else.

        :param matter: the document, in a superuser environment.
        :param deciders: users who decided earlier tiers; they have no seat where the
            tier asks for another person.
        :return: ``(users, source)`` with source ``post``, ``deputy``, ``up``,
            ``fallback`` or ``none``.
        """
        self.ensure_one()
        if self.kind == "meeting":
            return self._get_meeting_clerks(matter), "post"
        users = self._get_eligible(matter, self._get_named_users(matter), deciders)
        if users:
            return users, "post"
        if self.required_kind == "count":
            return users, "none"
        return next(self._iter_above(matter, deciders), (users, "none"))

    def _get_eligible(self, matter, users, deciders=None):
        """Return those of ``users`` who may have a seat in this tier of ``matter``."""
        barred = matter._approval_barred_users(self.kind)
        if self.distinct_person and deciders:
            barred |= deciders
        company = matter.company_id
        return users.filtered(
            lambda u: u.active
            and not u.share
            and company in u.company_ids
            and u not in barred
        )

    def _iter_above(self, matter, deciders=None):
        """Yield ``(users, source)`` of who decides when the post itself cannot."""

        def eligible(employees):
            logins = employees.filtered("active").user_id
            return self._get_eligible(matter, logins, deciders)

        if matter._is_head_matter():
            roles = self.env["gov.role"]
            deputies = roles._get_holders_of("deputy", matter.company_id)
            users = eligible(deputies.employee_id)
            if users:
                # Who has to agree with all others is one deputy, not every one.
                yield users[:1] if self.required_kind == "all" else users, "deputy"
        for employee in self._climb(matter):
            if users := eligible(employee):
                yield users, "up"
        # sudo: who stands in is no secret.
        fallback = self.env["gov.approval.fallback"].sudo()
        for entry in fallback.search([("company_id", "=", matter.company_id.id)]):
            if users := eligible(entry.employee_id):
                yield users, "fallback"

    def _get_users_above(self, matter, deciders=None):
        """Return everybody who may decide when the post cannot, nearest first."""
        users = self.env["res.users"]
        for above, _source in self._iter_above(matter, deciders):
            users |= above
        return users

    def _get_named_users(self, matter):
        """Return the users whom the tier names, eligible or not."""
        department = matter.department_id
        if self.approver_kind == "department_head":
            return department.manager_id.filtered("active").user_id
        if self.approver_kind == "line_leader":
            return department.line_leader_id.filtered("active").user_id
        if self.approver_kind == "role":
            role = matter._approval_tier_role(self)
            return role._get_holders(matter.company_id).user_id
        if self.approver_kind == "group":
            return self.group_id.all_user_ids
        if self.approver_kind == "user":
            return self.user_id
        if self.approver_field_id.name not in matter._fields:
            return self.env["res.users"]
        value = matter[self.approver_field_id.name]
        if value._name == "hr.employee":
            return value.filtered("active").user_id
        return value

    def _climb(self, matter):
        """Yield the employees one post up, nearest first.

        From the section head to the line leader of the section, then along the parent
        departments. A role climbs from its own section where it has one.
        """
        department = matter.department_id
        if self.approver_kind == "role" and self.role_id.department_id:
            department = self.role_id.department_id
            yield department.manager_id
        if self.approver_kind != "line_leader":
            yield department.line_leader_id
        while department := department.parent_id:
            yield department.manager_id

    def _get_needed(self, eligible):
        """Return how many of ``eligible`` seats have to agree."""
        self.ensure_one()
        if self.kind == "meeting":
            return 0  # no seat votes: the record of the meeting decides
        if self.required_kind == "one":
            return 1
        if self.required_kind == "all":
            return max(eligible, 1)
        return self.required_count or eligible // 2 + 1

    def _get_people_text(self, names):
        """Return who decides: ``names`` as one text, or the body that meets."""
        self.ensure_one()
        if self.kind == "meeting":
            return self.role_id.display_name
        return join_names(self.env, names)

    def _get_needed_text(self, needed, seats):
        """Return how many of how many have to agree, where it is not just one."""
        if self.kind == "meeting":
            return self.env._("Decided at a meeting")
        if self.required_kind == "one":
            return False
        return self.env._(
            "%(needed)s of %(seats)s have to agree", needed=needed, seats=seats
        )

    # --------------------------------------------------------------- the meeting

    def _get_meeting_clerks(self, matter):
        """Return the clerks who may put ``matter`` before the meeting: no party."""
        clerks = self.env.ref("gov_base.group_secretariat").all_user_ids
        barred = matter._approval_barred_users("meeting")
        return clerks.filtered(
            lambda u: u.active
            and not u.share
            and matter.company_id in u.company_ids
            and u not in barred
        )

    def _get_meeting_members(self, matter, deciders=None, date=None):
        """Return the members who count when the body decides ``matter``.

        Parties do not, nor, where the tier asks for other persons, do those who
        decided an earlier tier: these may sit in and preside.

        :param deciders: users who decided earlier tiers.
        :param date: day of the meeting; default today.
        :return: employees.
        """
        self.ensure_one()
        role = matter._approval_tier_role(self)
        members = role._get_holders(matter.company_id, date).employee_id
        members -= matter._approval_party_employees()
        if self.distinct_person and deciders:
            members = members.filtered(lambda m: m.user_id not in deciders)
        return members

    def _get_quorum(self, members):
        """Return how many of ``members`` have to be present: more than half.

        A tier that needs a number of them, or all, says so itself.
        """
        self.ensure_one()
        if self.required_kind == "all":
            return max(members, 1)
        count = self.required_count if self.required_kind == "count" else 0
        return count or members // 2 + 1

    def _check_meeting_quorum(self, matter, deciders):
        """Refuse a meeting tier whose body cannot reach its quorum any more.

        :raise UserError: naming the tier.
        """
        if self.kind != "meeting":
            return
        members = len(self._get_meeting_members(matter, deciders))
        quorum = self._get_quorum(members)
        if members < quorum:
            raise UserError(
                self.env._(
                    "The tier “%(tier)s” cannot be decided: %(body)s needs %(quorum)s "
                    "members at the meeting and %(members)s count. Handler, applicant "
                    "and user do not count. Ask the approval administrator to fill the "
                    "post.",
                    tier=self.name,
                    body=self.role_id.display_name,
                    quorum=quorum,
                    members=members,
                )
            )
