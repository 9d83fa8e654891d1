import math
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import float_repr
from odoo.tools.misc import formatLang

from ..tools.days import format_day, to_day

_TRUE_WORDS = frozenset({"1", "true", "yes", "是"})
_FALSE_WORDS = frozenset({"0", "false", "no", "否"})
# XML-RPC knows no larger integer.
_MAX_INTEGER = 2**31 - 1


class GovPolicy(models.Model):
    """A dated clause: one figure, the document and article it comes from, its time.

    Limits, bands, ratios and deadlines live here and never in code. Everybody inside
    the institution reads the clauses; the approval administrator writes them.

    A clause that has come into force keeps its code, type, value and first day, so
    that a question about a past day is always answered the same way: a new figure is
    a new clause, the old one gets a last day. The day on which it was entered is the
    exception, for typing errors. A clause of a company goes before the shared one.
    """

    _name = "gov.policy"
    _description = "Policy Clause"
    _inherit = ["mail.thread"]
    _order = "code, company_id, date_from desc, id desc"
    _rec_names_search = ["name", "code", "citation"]

    # Written in these fields a clause in force would change the past.
    _frozen_fields = frozenset(
        {"code", "value_type", "value", "date_from", "company_id"}
    )

    code = fields.Char(
        required=True,
        index=True,
        help="The name by which rules and forms ask for the clause.",
    )
    name = fields.Char(required=True, translate=True)
    value_type = fields.Selection(
        [
            ("integer", "Whole number"),
            ("float", "Decimal number"),
            ("monetary", "Amount"),
            ("percent", "Percent"),
            ("text", "Text"),
            ("boolean", "Yes or no"),
            ("date", "Date"),
        ],
        string="Type",
        required=True,
        default="monetary",
    )
    value = fields.Char(
        required=True,
        tracking=True,
        help="Numbers without thousands separators, dates as YYYY-MM-DD, yes or no.",
    )
    value_display = fields.Char(string="Figure", compute="_compute_value_display")
    citation = fields.Char(
        required=True,
        translate=True,
        tracking=True,
        help="Document and article that this clause restates.",
    )
    date_from = fields.Date(string="In force from", required=True, tracking=True)
    date_to = fields.Date(
        string="In force until",
        tracking=True,
        help="The last day; empty while the clause stays in force.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: for every institution that has no clause of its own.",
    )
    note = fields.Text()
    is_current = fields.Boolean(
        string="In force", compute="_compute_is_current", search="_search_is_current"
    )

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A clause cannot end before it begins.",
    )
    # Two clauses of one code and company never share a day. Ranges over hashes and
    # ids need no extension, which "=" in a gist constraint would.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(hashtext(code), hashtext(code), '[]') WITH &&, "
        "int4range(coalesce(company_id, 0), coalesce(company_id, 0), '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "Another clause of this code is in force on some of these days.",
    )

    # === Compute, search ===

    @api.depends("value", "value_type", "company_id")
    @api.depends_context("lang", "company")
    def _compute_value_display(self):
        for policy in self:
            policy.value_display = policy._format_value()

    @api.depends("date_from", "date_to")
    @api.depends_context("company")
    def _compute_is_current(self):
        today = self.env.company.gov_today()
        for policy in self:
            policy.is_current = bool(
                policy.date_from
                and policy.date_from <= today
                and (not policy.date_to or policy.date_to >= today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._domain_in_force(self.env.company.gov_today())

    # === Constraints ===

    @api.constrains("value", "value_type")
    def _check_value(self):
        for policy in self:
            policy._typed_value()

    @api.constrains("code")
    def _check_code(self):
        for policy in self:
            if policy.code != policy.code.strip() or " " in policy.code:
                raise ValidationError(
                    self.env._(
                        "Policy clause: the code “%(code)s” must not contain spaces.",
                        code=policy.code,
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        candidates = []
        for vals in vals_list:
            for name in ("code", "value"):
                if isinstance(vals.get(name), str):
                    vals[name] = vals[name].strip()
            candidates.append(
                {
                    "code": vals.get("code"),
                    "company_id": vals.get("company_id") or False,
                    "date_from": to_day(self.env, vals.get("date_from")),
                    "date_to": to_day(self.env, vals.get("date_to")),
                }
            )
        self._check_overlap(candidates)
        return super().create(vals_list)

    def write(self, vals):
        vals = dict(vals)
        for name in ("code", "value"):
            if isinstance(vals.get(name), str):
                vals[name] = vals[name].strip()
        self._check_frozen(vals)
        if not vals.keys().isdisjoint({"code", "company_id", "date_from", "date_to"}):
            self._check_overlap(
                [
                    {
                        "code": vals.get("code", policy.code),
                        "company_id": vals.get("company_id", policy.company_id.id)
                        or False,
                        "date_from": to_day(
                            self.env, vals.get("date_from", policy.date_from)
                        ),
                        "date_to": to_day(
                            self.env, vals.get("date_to", policy.date_to)
                        ),
                    }
                    for policy in self
                ]
            )
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy begins on the day after the original ends."""
        vals_list = super().copy_data(default)
        for policy, vals in zip(self, vals_list, strict=True):
            if policy.date_to and "date_from" not in (default or {}):
                vals["date_from"] = policy.date_to + timedelta(days=1)
                vals["date_to"] = False
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for policy in self:
            if policy._is_frozen():
                raise UserError(
                    self.env._(
                        "%(clause)s has been in force since %(day)s and cannot be "
                        "deleted. Give it a last day instead.",
                        clause=policy._describe(),
                        day=format_day(self.env, policy.date_from),
                    )
                )

    # === Public methods ===

    @api.model
    def get_value(self, code, date=None, company=None):
        """Return the figure of a clause on a day, typed.

        :param str code: code of the clause.
        :param date: date, datetime or ISO string; default today at the institution.
        :param company: company or its id; default the current one. Its own clause
            goes before the shared one.
        :return: int, float (also for amounts and percent, where 15 means 15 %), str,
            bool or date by the clause's type.
        :raise UserError: no clause in force, or the day cannot be read.
        """
        return self._get_policy(code, date, company)._typed_value()

    @api.model
    def _get_policy(self, code, date=None, company=None):
        """Return the clause in force, see :meth:`get_value`."""
        if isinstance(company, int):
            company = self.env["res.company"].browse(company)
        company = company or self.env.company
        day = to_day(self.env, date) or company.gov_today()
        policy = self.search(
            Domain("code", "=", code)
            & Domain("company_id", "in", [company.id, False])
            & self._domain_in_force(day),
            # A company's own clause first: NULL sorts last.
            order="company_id",
            limit=1,
        )
        if not policy:
            self._tell_missing(code, day, company)
            raise UserError(
                self.env._(
                    "No policy clause “%(code)s” is in force on %(day)s. The approval "
                    "administrator can enter it under Configuration, Policy clauses.",
                    code=code,
                    day=format_day(self.env, day),
                )
            )
        return policy

    # === Helpers ===

    @api.model
    def _tell_missing(self, code, day, company):
        """Tell the administrator of a known clause that has no figure today.

        A code that nobody ever entered, or another day, may be anybody's question.
        """
        known = self.search([("code", "=", code)], limit=1)
        if not known or day != company.gov_today():
            return
        lang = self.env["gov.approval.rule"]._get_lang(company)
        named = known.with_context(lang=lang)
        text = named.env._("%(clause)s: no figure in force.", clause=named.name)
        self.env["gov.config.notice"]._raise_after_refusal(
            "missing_clause", text, company
        )

    @api.model
    def _domain_in_force(self, day):
        return Domain("date_from", "<=", day) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", day)
        )

    def _typed_value(self):
        """Return the value by its type.

        :raise ValidationError: the text is no such value.
        """
        self.ensure_one()
        text = (self.value or "").strip()
        try:
            return getattr(self, f"_parse_{self.value_type}")(text)
        except ValueError:
            label = dict(self._fields["value_type"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "%(clause)s: “%(value)s” is no value of type “%(type)s”. Numbers "
                    "are written without thousands separators, dates as YYYY-MM-DD.",
                    clause=self._describe(),
                    value=text,
                    type=label[self.value_type],
                )
            ) from None

    @staticmethod
    def _parse_text(text):
        if not text:
            raise ValueError
        return text

    @staticmethod
    def _parse_integer(text):
        number = int(text)
        if abs(number) > _MAX_INTEGER or "_" in text:
            raise ValueError
        return number

    @staticmethod
    def _parse_float(text):
        number = float(text)
        if not math.isfinite(number) or "_" in text:
            raise ValueError
        return number

    @classmethod
    def _parse_monetary(cls, text):
        return cls._parse_float(text)

    @classmethod
    def _parse_percent(cls, text):
        return cls._parse_float(text.removesuffix("%").strip())

    @staticmethod
    def _parse_boolean(text):
        word = text.lower()
        if word not in _TRUE_WORDS | _FALSE_WORDS:
            raise ValueError
        return word in _TRUE_WORDS

    @staticmethod
    def _parse_date(text):
        return date.fromisoformat(text)

    def _format_value(self):
        """Return the value as people write it, the raw text while it is wrong."""
        self.ensure_one()
        try:
            value = self._typed_value()
        except ValidationError:
            return self.value
        if self.value_type == "monetary":
            currency = (self.company_id or self.env.company).currency_id
            return formatLang(self.env, value, currency_obj=currency)
        if self.value_type == "percent":
            return f"{float_repr(value, 4).rstrip('0').rstrip('.')} %"
        if self.value_type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if self.value_type == "date":
            return format_day(self.env, value)
        return self.value

    def _describe(self):
        """Return code, name and citation for messages."""
        self.ensure_one()
        return self.env._(
            "Policy clause %(code)s “%(name)s” (%(citation)s)",
            code=self.code,
            name=self.name,
            citation=self.citation,
        )

    def _is_frozen(self):
        """Tell whether the clause is in force, or was, and was not entered just now.

        Within a day of its entry a clause may still be corrected, whatever its dates.
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        just_entered = self.create_date > fields.Datetime.now() - timedelta(days=1)
        return self.date_from <= company.gov_today() and not just_entered

    def _check_frozen(self, vals):
        for policy in self:
            if not policy._is_frozen():
                continue
            frozen = self._frozen_fields & set(vals)
            if any(policy._differs(name, vals[name]) for name in frozen):
                raise UserError(
                    self.env._(
                        "%(clause)s has been in force since %(day)s and keeps its "
                        "figure. Give it a last day and enter a new clause.",
                        clause=policy._describe(),
                        day=format_day(self.env, policy.date_from),
                    )
                )
            policy._check_last_day(vals)

    def _differs(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(
            self[name], self
        )

    def _check_last_day(self, vals):
        """A clause in force ends yesterday at the earliest; an ended one has ended."""
        if "date_to" not in vals:
            return
        last_day = to_day(self.env, vals["date_to"])
        if last_day == self.date_to:
            return
        yesterday = (self.company_id or self.env.company).gov_today() - timedelta(1)
        if (self.date_to and self.date_to < yesterday) or (
            last_day and last_day < yesterday
        ):
            raise UserError(
                self.env._(
                    "%(clause)s cannot be given the last day %(day)s: that would "
                    "change what was in force in the past.",
                    clause=self._describe(),
                    day=format_day(self.env, last_day) or "-",
                )
            )

    def _check_overlap(self, candidates):
        """Refuse overlapping clauses with the name of the one that is in the way.

        The exclusion constraint holds against everybody; this is its friendly voice.

        :param candidates: dicts with code, company_id, date_from, date_to, as the
            clauses ``self`` (or new ones, when self is empty) will be.
        """
        codes = {candidate["code"] for candidate in candidates}
        # sudo: a clause of any company may be in the way; only clauses of the same
        # company as the candidate's own are named.
        others = self.sudo().search(
            [("code", "in", list(codes)), ("id", "not in", self.ids)]
        )
        taken = [
            (
                other.code,
                other.company_id.id,
                other.date_from,
                other.date_to or date.max,
                other,
            )
            for other in others
        ]
        for candidate in candidates:
            code, company_id = candidate["code"], candidate["company_id"]
            first, last = candidate["date_from"], candidate["date_to"] or date.max
            if not first:
                continue  # the required field says it better
            if last < first:
                raise UserError(
                    self.env._(
                        "Policy clause %(code)s: it cannot end on %(last)s, before "
                        "it begins on %(first)s.",
                        code=code,
                        first=format_day(self.env, first),
                        last=format_day(self.env, last),
                    )
                )
            for other_code, other_company, other_first, other_last, other in taken:
                if (
                    code == other_code
                    and company_id == other_company
                    and first <= other_last
                    and other_first <= last
                ):
                    self._raise_overlap(code, first, other_first, other_last, other)
            taken.append((code, company_id, first, last, self.browse()))
        # What is pending (an older clause's last day, say) goes to the database first:
        # the exclusion constraint looks at rows, not at the cache.
        self.flush_model()

    def _raise_overlap(self, code, first, other_first, other_last, other):
        clause = other._describe() if other else code
        until = (
            format_day(self.env, other_last)
            if other_last != date.max
            else self.env._("further notice")
        )
        raise UserError(
            self.env._(
                "%(clause)s is in force from %(other_first)s until %(until)s. A clause "
                "of the same code from %(first)s would overlap: give the older one a "
                "last day first.",
                clause=clause,
                other_first=format_day(self.env, other_first),
                until=until,
                first=format_day(self.env, first),
            )
        )
