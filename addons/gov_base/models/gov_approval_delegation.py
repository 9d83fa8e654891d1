from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.days import format_day, to_day
from ..tools.input_check import check_dictionaries, check_plain_values
from .gov_guard import engine, is_engine

# What says who stands in for whom, when and for what.
_TERMS = {
    "delegator_id",
    "delegate_id",
    "date_from",
    "date_to",
    "model_ids",
    "company_id",
}


class GovApprovalDelegation(models.Model):
    """One person lets another decide in their name, from day to day.

    While it lasts the delegate gets a seat of their own beside each open seat of the
    delegator, who keeps theirs: whoever of the two decides first has decided, and both
    names stand on the decision. The days are the institution's, both included.

    * made by the delegator; by the approval administrator for somebody who is away,
      never with the administrator as delegate
    * never to oneself, to an outside account or to somebody of another institution
    * no seat where the delegate is a party of the matter, has a seat of their own or,
      in a tier that asks for another person, has decided before
    * a seat that was delegated is not delegated on
    * revoked at once by either of those who may make it; once begun it is never
      changed nor deleted
    """

    _name = "gov.approval.delegation"
    _description = "Delegation"
    _inherit = ["gov.guard.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _protected_fields = frozenset({"revoked_at", "revoked_by_id"})

    delegator_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
        help="In whose name is decided.",
    )
    delegate_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        domain=[("share", "=", False)],
        ondelete="restrict",
        help="Who decides in that name.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(string="Until", required=True, help="The last day.")
    model_ids = fields.Many2many(
        "ir.model",
        string="Kinds of matter",
        domain=lambda self: [
            ("model", "in", self.env["gov.matter.part"]._get_matter_models())
        ],
        help="Empty: every kind.",
    )
    reason = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    revoked_at = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("active", "In force"),
            ("ended", "Ended"),
            ("revoked", "Revoked"),
        ],
        compute="_compute_state",
    )
    can_revoke = fields.Boolean(compute="_compute_state")

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day lies before the first."
    )
    _self_check = models.Constraint(
        "CHECK (delegator_id <> delegate_id)", "Nobody stands in for themselves."
    )

    # ------------------------------------------------------------------ computes

    @api.depends("date_from", "date_to", "revoked_at")
    @api.depends_context("uid")
    def _compute_state(self):
        is_admin = self.env.user.has_group("gov_base.group_approval_admin")
        for delegation in self:
            delegation.state = delegation._get_state()
            is_own = delegation.delegator_id == self.env.user
            delegation.can_revoke = bool(
                delegation._origin
                and (is_own or is_admin)
                and delegation.state in ("planned", "active")
            )

    def _get_state(self):
        if self.revoked_at:
            return "revoked"
        today = self.company_id.gov_today()
        if not self.date_from or self.date_from > today:
            return "planned"
        return "ended" if self.date_to and self.date_to < today else "active"

    @api.depends("delegator_id", "delegate_id", "date_from", "date_to")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s for %(delegator)s, %(first)s to %(last)s",
                delegate=delegation.delegate_id.name or "",
                delegator=delegation.delegator_id.name or "",
                first=format_day(self.env, delegation.date_from),
                last=format_day(self.env, delegation.date_to),
            )

    # --------------------------------------------------------------- constraints

    @api.constrains(*sorted(_TERMS))
    def _check_people(self):
        for delegation in self:
            # Only whether both people work here is asked.
            people = delegation.sudo()
            for user in people.delegator_id | people.delegate_id:
                company = people.company_id
                if not user.active or user.share or company not in user.company_ids:
                    raise UserError(
                        self.env._(
                            "%(user)s has no internal account of %(company)s and can "
                            "neither delegate nor stand in.",
                            user=user.name,
                            company=company.name,
                        )
                    )

    @api.constrains(*sorted(_TERMS))
    def _check_terms(self):
        known = set(self.env["gov.matter.part"]._get_matter_models())
        for delegation in self:
            today = delegation.company_id.gov_today()
            if delegation.date_from < today:
                raise UserError(
                    self.env._(
                        "A delegation begins today or later, not on %(date)s: what was "
                        "decided before is not changed by it.",
                        date=format_day(self.env, delegation.date_from),
                    )
                )
            # Only the technical names of the kinds are read.
            if set(delegation.sudo().model_ids.mapped("model")) - known:
                raise UserError(
                    self.env._("Choose kinds of matter that are approved here.")
                )
            delegation._check_overlap()

    def _check_overlap(self):
        """Refuse a second delegate of one person for one kind and one day."""
        # sudo: the other delegations of the same delegator, whoever entered them.
        others = self.sudo().search(
            [
                ("id", "!=", self.id),
                ("delegator_id", "=", self.delegator_id.id),
                ("company_id", "=", self.company_id.id),
                ("revoked_at", "=", False),
                ("date_from", "<=", self.date_to),
                ("date_to", ">=", self.date_from),
            ]
        )
        mine = self.sudo().model_ids
        for other in others:
            if not mine or not other.model_ids or mine & other.model_ids:
                raise UserError(
                    self.env._(
                        "%(other)s: one delegate at a time for the same kind of "
                        "matter. Revoke that one first, or choose other days.",
                        other=other.display_name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        vals_list = [
            self._clean_terms({"date_to": False, **vals}) for vals in vals_list
        ]
        delegations = super().create(vals_list)
        delegations._check_author()
        delegations._seat_delegates()
        return delegations

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        for delegation in self:
            if delegation.state != "planned":
                raise UserError(
                    self.env._(
                        "%(delegation)s has begun and stays as it is. Revoke it and "
                        "enter another one.",
                        delegation=delegation.display_name,
                    )
                )
        self._check_author()
        for delegation in self:
            terms = delegation._clean_terms(vals)
            super(GovApprovalDelegation, delegation).write(terms)
        self._check_author()
        self._seat_delegates()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for delegation in self:
            if delegation.state != "planned":
                raise UserError(
                    self.env._(
                        "%(delegation)s has begun and stays on record; revoke it "
                        "instead.",
                        delegation=delegation.display_name,
                    )
                )

    @api.model
    def _clean_terms(self, vals):
        """Return ``vals`` with days as dates; refuse people who do not exist."""
        vals = dict(vals)
        plain = {key: vals[key] for key in set(vals) - {"date_from", "date_to"}}
        check_plain_values(self.browse(), plain)
        for name in {"date_from", "date_to"} & set(vals):
            vals[name] = to_day(self.env, vals[name])
            if not vals[name]:
                raise UserError(
                    self.env._("A delegation has a first day and a last day.")
                )
        for name in {"delegator_id", "delegate_id"} & set(vals):
            id_ = vals[name]
            is_id = isinstance(id_, int) and not isinstance(id_, bool)
            # Only whether the account exists is asked.
            if not is_id or not self.env["res.users"].sudo().browse(id_).exists():
                raise UserError(self.env._("Choose a person with an account."))
        delegator = vals.get("delegator_id", self.delegator_id.id or self.env.uid)
        if vals.get("delegate_id", self.delegate_id.id) == delegator:
            raise UserError(self.env._("Nobody stands in for themselves."))
        return vals

    def _check_author(self):
        """Refuse delegations that the current user may not enter or change."""
        if self.env.su:
            return
        user = self.env.user
        is_admin = user.has_group("gov_base.group_approval_admin")
        for delegation in self:
            if delegation.delegator_id == user:
                continue
            if not is_admin:
                raise UserError(
                    self.env._("You can delegate only what is yours to decide.")
                )
            if delegation.delegate_id == user:
                raise UserError(
                    self.env._(
                        "The administrator enters delegations for others, never to "
                        "themselves."
                    )
                )

    # ------------------------------------------------------------ public actions

    def action_revoke(self):
        """End these delegations at once; seats that nobody used go.

        :return: True
        :raise UserError: when it is neither the user's own nor the user the approval
            administrator, or when it has ended already.
        """
        self.check_access("read")
        for delegation in self.sorted("id"):
            if delegation.state not in ("planned", "active"):
                raise UserError(
                    self.env._(
                        "%(delegation)s has ended already.",
                        delegation=delegation.display_name,
                    )
                )
            if not delegation.can_revoke:
                raise UserError(
                    self.env._(
                        "Only %(delegator)s or the approval administrator revokes "
                        "this delegation.",
                        delegator=delegation.delegator_id.name,
                    )
                )
            # sudo: read access, state and person have just been checked.
            document = engine(delegation.sudo())
            document.write(
                {
                    "revoked_at": fields.Datetime.now(),
                    "revoked_by_id": self.env.uid,
                }
            )
            document._end_seats()
        return True

    # -------------------------------------------------------------------- engine

    @api.model
    def _get_in_force(self, company, model, delegators, day=None):
        """Return the delegations of ``delegators`` for matters of ``model``.

        :param company: the institution.
        :param model: technical name of the kind of matter.
        :param delegators: users.
        :param day: the day that counts; default today at the institution.
        """
        if not delegators:
            return self.browse()
        day = day or company.gov_today()
        scope = Domain("model_ids", "=", False) | Domain("model_ids.model", "=", model)
        return self.search(
            scope
            & Domain("company_id", "=", company.id)
            & Domain("delegator_id", "in", delegators.ids)
            & Domain("revoked_at", "=", False)
            & Domain("date_from", "<=", day)
            & Domain("date_to", ">=", day),
            order="id",
        )

    def _is_in_force(self):
        """Tell whether this delegation holds now."""
        self.ensure_one()
        return self._get_state() == "active"

    def _seat_delegates(self):
        """Have the delegates of what begins today get their seats."""
        begun = self.filtered(lambda d: d._is_in_force())
        if begun:
            # sudo: the terms and who entered them have just been checked.
            steps = engine(self.env["gov.approval.step"].sudo())
            steps._queue_reseat(steps._get_steps_of(begun.sudo().delegator_id))

    def _end_seats(self):
        """Take away the open seats of these delegations."""
        seats = self.env["gov.approval.seat"].search(
            [("delegation_id", "in", self.ids), ("state", "in", ("waiting", "open"))]
        )
        seats._lapse()
        # Another delegate of the same person may come in their place.
        self.env["gov.approval.step"]._queue_reseat(seats.step_id)
