from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare
from odoo.tools.safe_eval import safe_eval

from ..tools.input_check import plain_number
from ..tools.names import join_names


class GovApprovalRule(models.Model):
    """One tier of the approval chain of a kind of document.

    The rules in force on the day of submission whose domain and band fit make the
    chain, in order of ``sequence``. A tier names a post, not a person; it is frozen as
    ``gov.approval.step`` when a matter is submitted, so a changed rule never rewrites
    what was submitted before. A bound of the band belongs to the lower band: the
    amount is over ``amount_over`` and up to and including ``amount_upto``.
    """

    _name = "gov.approval.rule"
    _description = "Approval Rule"
    _inherit = ["gov.approval.tier", "mail.activity.mixin", "mail.thread"]
    _order = "model, company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(string="Tier", required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    model_id = fields.Many2one(
        "ir.model",
        string="Kind of matter",
        required=True,
        ondelete="cascade",
        domain=lambda self: [
            ("model", "in", self.env["gov.matter.part"]._get_matter_models())
        ],
    )
    model = fields.Char(related="model_id.model", store=True, index=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        help="Empty: the rule holds for every institution of this database.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", string="Currency"
    )
    domain = fields.Char(
        string="Applies to",
        default="[]",
        required=True,
        help="Which matters of this kind the tier belongs to.",
    )
    scope = fields.Char(
        compute="_compute_scope",
        help="The same in words, where it chooses among the values of a field.",
    )
    amount_over = fields.Monetary(
        string="Over",
        help="The tier belongs to matters above this amount, the amount itself "
        "excluded. 0: no lower bound.",
    )
    amount_upto = fields.Monetary(
        string="Up to",
        help="The tier belongs to matters up to this amount, the amount itself "
        "included. 0: no upper bound.",
    )
    for_urgent = fields.Boolean(
        string="For urgent matters",
        help="Matters marked “urgent first” walk the tiers of this kind and no others, "
        "up to the cap of the clause.",
    )
    policy_id = fields.Many2one(
        "gov.policy", string="Clause", check_company=True, ondelete="restrict"
    )
    date_from = fields.Date(string="In force from")
    date_to = fields.Date(string="In force until")
    band_warning = fields.Text(compute="_compute_band_warning")

    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )
    _band_check = models.Constraint(
        "CHECK (amount_over >= 0 AND amount_upto >= 0"
        " AND (amount_upto = 0 OR amount_upto > amount_over))",
        "The upper bound of the band must lie above the lower one, and none below 0.",
    )
    _count_check = models.Constraint(
        "CHECK (required_count >= 0 AND days_allowed >= 0)",
        "A number of people or days cannot be negative.",
    )
    _fixes_check = models.Constraint(
        "CHECK (NOT fixes_amount OR (kind = 'check'"
        " AND amount_over = 0 AND amount_upto = 0))",
        "Only a check without a band of its own can fix the amount.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("domain", "model_id")
    @api.depends_context("lang")
    def _compute_scope(self):
        for rule in self:
            rule.scope = rule._describe_domain()

    @api.depends("company_id", "model_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            company = rule.company_id or self.env.company
            rule.currency_id = rule._band_is_money() and company.currency_id

    def _band_is_money(self):
        """Tell whether the bounds are sums of money; some matters count points."""
        # A rule whose document is not installed any more counts money like any other.
        model = self.env.get(self.model_id.model)
        return getattr(model, "_approval_band_is_money", True)

    def _format_bound(self, amount):
        """Return a bound of the band as people write it."""
        if not self._band_is_money():
            return plain_number(amount)
        return self.currency_id.format(amount)

    @api.depends(
        "model_id", "domain", "company_id", "amount_over", "amount_upto", "active"
    )
    def _compute_band_warning(self):
        for rule in self:
            rule.band_warning = "\n".join(rule._get_band_warnings()) or False

    def _get_band_warnings(self):
        """Return a text for each gap and each crossing between the bands beside it."""
        self.ensure_one()
        if not self.model_id or not self._has_band():
            return []
        siblings = self.search(
            [
                ("model_id", "=", self.model_id.id),
                ("company_id", "=", self.company_id.id),
                ("domain", "=", self.domain),
            ]
        )
        rules = ((siblings - self._origin) | self).filtered(lambda r: not r.for_urgent)
        top = float("inf")
        bands = sorted(
            {(r.amount_over, r.amount_upto or top) for r in rules if r._has_band()}
        )
        warnings = []
        reached = 0.0
        for over, upto in bands:
            if over > reached:
                warnings.append(
                    self.env._(
                        "Gap: no tier of a band covers amounts over %(low)s up to "
                        "%(high)s.",
                        low=self._format_bound(reached),
                        high=self._format_bound(over),
                    )
                )
            reached = max(reached, upto)
        if reached != top:
            warnings.append(
                self.env._(
                    "Gap: no tier of a band covers amounts over %s.",
                    self._format_bound(reached),
                )
            )
        for index, (over, upto) in enumerate(bands):
            for other_over, other_upto in bands[index + 1 :]:
                if over < other_over < upto < other_upto:
                    warnings.append(
                        self.env._(
                            "Overlap: amounts over %(low)s up to %(high)s lie in two "
                            "bands.",
                            low=self._format_bound(other_over),
                            high=self._format_bound(upto),
                        )
                    )
        return warnings

    # --------------------------------------------------------------- constraints

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for rule in self:
            try:
                Domain(safe_eval(rule.domain or "[]")).validate(self.env[rule.model])
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "“Applies to” of tier %(tier)s is no valid filter: %(error)s",
                        tier=rule.name,
                        error=error,
                    )
                ) from error

    @api.constrains(
        "approver_kind",
        "role_id",
        "group_id",
        "user_id",
        "approver_field_id",
        "model_id",
    )
    def _check_approver(self):
        for rule in self:
            name = rule._get_approver_field()
            if name and not rule[name]:
                raise ValidationError(
                    self.env._(
                        "Tier %(tier)s does not say which one: fill in %(field)s.",
                        tier=rule.name,
                        field=self.fields_get([name])[name]["string"],
                    )
                )
            field = rule.approver_field_id
            if name == "approver_field_id" and (
                field.model_id != rule.model_id
                or field.relation not in ("res.users", "hr.employee")
            ):
                raise ValidationError(
                    self.env._(
                        "Tier %(tier)s: the field %(field)s names no person of such a "
                        "document.",
                        tier=rule.name,
                        field=field.field_description,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Steps are counted without rules: the question is only whether any exists.
        used = self.env["gov.approval.step"].sudo()
        groups = used._read_group([("rule_id", "in", self.ids)], ["rule_id"])
        for (rule,) in groups:
            raise UserError(
                self.env._(
                    "Tier %(tier)s stands in submitted matters; archive it or give it "
                    "a last day instead.",
                    tier=rule.name,
                )
            )

    @api.constrains("kind", "approver_kind", "for_urgent")
    def _check_kind(self):
        for rule in self:
            if rule.kind == "meeting" and rule.approver_kind != "role":
                raise ValidationError(
                    self.env._(
                        "Tier %(tier)s is decided at a meeting: name the role whose "
                        "holders meet.",
                        tier=rule.name,
                    )
                )
            if rule.for_urgent and (rule.kind != "decision" or rule._has_band()):
                raise ValidationError(
                    self.env._(
                        "Tier %(tier)s: an urgent matter is decided by one person at "
                        "once, without a check, a meeting or a band; the cap is the "
                        "clause approval.urgent.max.",
                        tier=rule.name,
                    )
                )

    # ------------------------------------------------------------------- helpers

    def _has_band(self):
        return bool(self.amount_over or self.amount_upto)

    def _covers(self, amount):
        """Tell whether ``amount`` lies in the band; an upper bound is included."""
        self.ensure_one()
        digits = (self.company_id or self.env.company).currency_id.decimal_places
        if self.amount_over and float_compare(amount, self.amount_over, digits) <= 0:
            return False
        return not (
            self.amount_upto and float_compare(amount, self.amount_upto, digits) > 0
        )

    @api.model
    def _get_in_force(self, matter):
        """Return the rules of today that fit ``matter``, whatever their band."""
        today = matter.company_id.gov_today()
        # Rules decide about everybody's matters: the chain must not depend on what
        # the person who submits may see. Nothing of a rule is shown but its tier.
        rules = self.sudo().search(
            [
                ("model", "=", matter._name),
                ("company_id", "in", [False, matter.company_id.id]),
                "|",
                ("date_from", "=", False),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ],
            order="sequence, id",
        )
        # The matter is the caller's own or has been checked; a rule may ask any field.
        return rules.filtered(
            lambda r: r.for_urgent == matter.is_urgent
            and (
                r.domain in (False, "[]")
                or matter.sudo().filtered_domain(safe_eval(r.domain))
            )
        )

    def _get_lang(self, company):
        """Return the language in which the institution keeps its records."""
        # Nothing but the language of the company is read.
        return company.sudo().partner_id.lang or self.env.lang

    def _prepare_step(self, matter):
        """Return the values of the step that freezes this tier for ``matter``."""
        self.ensure_one()
        rule = self.with_context(lang=self._get_lang(matter.company_id))
        return {
            "model": matter._name,
            "res_id": matter.id,
            "company_id": matter.company_id.id,
            "round": matter.approval_round,
            "rule_id": self.id,
            "rule_sequence": self.sequence,
            "name": rule.name,
            "citation": rule.policy_id.citation,
            "has_band": self._has_band(),
            **self._copy_tier(),
            "role_id": matter._approval_tier_role(self).id,
        }

    def _describe_domain(self):
        """Return the domain in words, or as it is when it says more than values."""
        self.ensure_one()
        if self.domain in (False, "[]"):
            return self.env._("All")
        terms = iter(safe_eval(self.domain))
        texts = []
        for term in terms:
            texts.append(self._describe_term(term, terms))
            if not texts[-1]:
                return self.domain
        return "; ".join(texts)

    def _describe_term(self, term, terms):
        """Return a leaf in words, or an operator with the terms that follow it."""
        if term not in ("|", "&"):
            return self._describe_leaf(term)
        first = self._describe_term(next(terms), terms)
        second = self._describe_term(next(terms), terms)
        if not first or not second:
            return False
        if term == "&":
            return f"{first}; {second}"
        return self.env._("%(first)s or %(second)s", first=first, second=second)

    def _describe_leaf(self, leaf):
        """Return a leaf in words, or False when it says more than values."""
        if not isinstance(leaf, list | tuple) or len(leaf) != 3:
            return False
        field, value = self.env[self.model]._fields.get(leaf[0]), leaf[2]
        if field and leaf[1] == "=" and isinstance(value, bool):
            label = field._description_string(self.env)
            return label if value else self.env._("%s: no", label)
        if not field or field.type != "selection" or leaf[1] not in ("=", "in"):
            return False
        labels = dict(field._description_selection(self.env))
        values = value if leaf[1] == "in" else [value]
        return join_names(self.env, [labels.get(v, str(v)) for v in values])
