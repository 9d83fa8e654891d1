from decimal import Decimal, InvalidOperation

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

STAFF_TICKS = {
    "career": "for_career",
    "worker": "for_worker",
    "contract": "for_contract",
    "dispatch": "for_dispatch",
    "seconded": "for_seconded",
}
_UNITS = [("working_day", "Working days"), ("calendar_day", "Calendar days")]
_ROLLS = [
    ("next_working_day", "Moves to the next working day"),
    ("none", "Stays on the day"),
]


class GovPointsScheme(models.Model):
    """One version of a rulebook of conduct scoring.

    Everything that a score follows from stands here as data: the allowed scores, the
    articles, the ladder of thresholds with its measures, the length and start of the
    cycle, the days of appeal and correction, whom it applies to, where what is
    published. A case is scored by the version in force on the day of the incident.

    Managers of conduct scoring write drafts and release them; everybody inside the
    institution reads what is released. A released version, its articles, scores and
    thresholds never change again, by nobody and in no context: what is new is a new
    version. Releasing one gives the version before its last day. Two released
    versions of one code and institution never share a day (exclusion constraint).

    A rulebook of an institution goes before the shared one of the same code; among
    several the first in order that applies to the person counts.
    """

    _name = "gov.points.scheme"
    _description = "Rulebook of Conduct Scoring"
    _inherit = ["gov.guard.mixin", "mail.thread"]
    _order = "sequence, code, company_id, version desc, id desc"
    _rec_names_search = ["name", "code"]
    _protected_fields = frozenset(
        {"state", "version", "parent_id", "released_on", "released_by_id"}
    )

    code = fields.Char(
        required=True,
        index=True,
        default=lambda self: self._get_free_code("RULEBOOK"),
        help="Versions of one rulebook share it.",
    )
    name = fields.Char(required=True, translate=True, tracking=True)
    version = fields.Integer(required=True, readonly=True, default=1, copy=False)
    sequence = fields.Integer(
        default=10,
        help="When several rulebooks apply to a person, the first in order counts.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: for every institution that has no rulebook of this code.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("released", "Released")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
        tracking=True,
    )
    date_from = fields.Date(string="In force from", copy=False, tracking=True)
    date_to = fields.Date(
        string="In force until",
        copy=False,
        tracking=True,
        help="The last day; empty while the version stays in force.",
    )
    is_current = fields.Boolean(
        string="In force",
        compute="_compute_is_current",
        search="_search_is_current",
        help="Today, in the current institution: its own rulebook takes the place of "
        "the shared one of the same code.",
    )
    parent_id = fields.Many2one(
        "gov.points.scheme",
        string="Copied from",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    released_on = fields.Date(readonly=True, copy=False)
    released_by_id = fields.Many2one(
        "res.users", string="Released by", readonly=True, copy=False
    )
    citation = fields.Char(
        string="Basis",
        translate=True,
        help="Document by which the institution adopted the rulebook.",
    )
    # --- scoring
    score_ids = fields.One2many(
        "gov.points.score", "scheme_id", string="Allowed scores", copy=True
    )
    scores = fields.Char(
        string="Allowed scores in short",
        compute="_compute_scores",
        inverse="_inverse_scores",
        help="Whole numbers, separated by commas.",
    )
    share_rule = fields.Selection(
        [
            ("by_share", "By share, down to an allowed score"),
            ("full", "Everybody gets the full points"),
        ],
        string="Several people",
        required=True,
        default="by_share",
        help="By share: the largest allowed score that is not above the points of the "
        "article times the share, and at least the smallest one.",
    )
    article_ids = fields.One2many(
        "gov.points.article", "scheme_id", string="Articles", copy=True
    )
    article_count = fields.Integer(
        string="Number of articles", compute="_compute_article_count"
    )
    threshold_ids = fields.One2many(
        "gov.points.threshold", "scheme_id", string="Thresholds", copy=True
    )
    # --- cycle
    cycle_months = fields.Integer(
        string="Months of a cycle",
        required=True,
        default=12,
        help="At its end the total goes back to zero.",
    )
    cycle_start = fields.Selection(
        [("review_date", "Review day of the person"), ("calendar_year", "1 January")],
        string="A cycle starts on",
        required=True,
        default="review_date",
        help="A person without a review day: the anniversary of the hire date.",
    )
    # --- appeal
    appeal_number = fields.Integer(string="Days to appeal", required=True, default=3)
    appeal_unit = fields.Selection(
        _UNITS, string="Unit of the appeal", required=True, default="working_day"
    )
    appeal_roll = fields.Selection(
        _ROLLS,
        string="Last day of the appeal is a rest day",
        required=True,
        default="next_working_day",
    )
    appeal_role_id = fields.Many2one(
        "gov.role",
        string="Decides on appeals",
        ondelete="restrict",
        default=lambda self: self._default_role("head"),
    )
    appeal_else_role_id = fields.Many2one(
        "gov.role",
        string="If it took part in the score",
        ondelete="restrict",
        default=lambda self: self._default_role("committee"),
        help="The body that decides when the first one took part in the score. It "
        "decides at a meeting, without those who took part.",
    )
    appeal_suspends = fields.Boolean(
        string="Appeal suspends the measures",
        help="Measures wait until the appeal is decided.",
    )
    # --- correction
    correction_number = fields.Integer(
        string="Days to put it right",
        required=True,
        default=5,
        help="0: at once.",
    )
    correction_unit = fields.Selection(
        _UNITS, string="Unit of the correction", required=True, default="working_day"
    )
    correction_roll = fields.Selection(
        _ROLLS,
        string="Last day of the correction is a rest day",
        required=True,
        default="next_working_day",
    )
    # --- publication
    publication_days = fields.Integer(string="Days shown", required=True, default=5)
    publication_unit = fields.Selection(
        _UNITS, string="Unit of the publication", required=True, default="working_day"
    )
    publication_audience = fields.Selection(
        [("all", "All staff"), ("departments", "Department of the person")],
        string="Circle",
        required=True,
        default="all",
    )
    named_from_threshold_id = fields.Many2one(
        "gov.points.threshold",
        string="Named from level",
        ondelete="set null",
        copy=False,
        domain="[('scheme_id', '=', id)]",
        help="From this level up a publication names the person; below it only figures "
        "per department are shown. Empty: nobody is named.",
    )
    # --- papers
    notice_title = fields.Char(
        string="Heading of the notice",
        required=True,
        translate=True,
        default=lambda self: self.env._("Notice of conduct points"),
    )
    talk_title = fields.Char(
        string="Heading of the talk",
        required=True,
        translate=True,
        default=lambda self: self.env._("Reminder talk"),
    )
    # --- pay
    deduction_per_point = fields.Monetary(
        string="Proposed deduction per point",
        help="Only a proposal for pay; never cash.",
    )
    deduction_cap = fields.Monetary(
        string="At most per cycle", help="0: no deduction is proposed."
    )
    # --- who
    scope_note = fields.Text(
        string="Applies to, in words",
        translate=True,
        help="As the rulebook puts it; the ticks and lists below decide.",
    )
    for_career = fields.Boolean(string="Career staff", default=True)
    for_worker = fields.Boolean(string="Career workers", default=True)
    for_contract = fields.Boolean(string="Contract staff", default=True)
    for_dispatch = fields.Boolean(string="Dispatched staff", default=True)
    for_seconded = fields.Boolean(string="Seconded staff", default=True)
    includes_vendors = fields.Boolean(
        string="People of vendors",
        default=True,
        help="A vendor's person gets no entry: the decided share becomes a finding on "
        "the vendor.",
    )
    department_ids = fields.Many2many(
        "hr.department",
        "gov_points_scheme_department_rel",
        "scheme_id",
        "department_id",
        string="Departments",
        ondelete="restrict",
        help="With the departments below them. Empty: all.",
    )
    job_ids = fields.Many2many(
        "hr.job",
        "gov_points_scheme_job_rel",
        "scheme_id",
        "job_id",
        string="Posts",
        ondelete="restrict",
        help="Empty: all.",
    )

    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A rulebook cannot end before it begins.",
    )
    _released_check = models.Constraint(
        "CHECK (state <> 'released' OR date_from IS NOT NULL)",
        "A released rulebook has a first day.",
    )
    _numbers_check = models.Constraint(
        "CHECK (cycle_months BETWEEN 1 AND 12 AND appeal_number BETWEEN 1 AND 365"
        " AND correction_number BETWEEN 0 AND 365"
        " AND publication_days BETWEEN 1 AND 365 AND deduction_per_point >= 0"
        " AND deduction_cap >= 0)",
        "A cycle has 1 to 12 months, an appeal and a publication 1 to 365 days, a "
        "correction 0 to 365; no deduction is below 0.",
    )
    _version_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0), version)",
        "This rulebook has a version of that number already.",
    )
    # As in gov.policy: ranges over hashes and ids need no extension.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(hashtext(code), hashtext(code), '[]') WITH &&, "
        "int4range(coalesce(company_id, 0), coalesce(company_id, 0), '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&) WHERE (state = 'released')",
        "Another released version of this rulebook is in force on some of these days.",
    )

    # === Defaults, computes ===

    @api.model
    def _default_role(self, code):
        # sudo: roles are read by all staff.
        roles = self.env["gov.role"].sudo()
        domain = [
            ("code", "=", code),
            ("company_id", "in", [False, self.env.company.id]),
        ]
        return roles.search(domain, order="company_id", limit=1)

    @api.depends("name", "version")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for scheme in self:
            scheme.display_name = self.env._(
                "%(name)s, version %(version)s",
                name=scheme.name or "",
                version=scheme.version,
            )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for scheme in self:
            scheme.currency_id = (scheme.company_id or self.env.company).currency_id

    @api.depends("state", "date_from", "date_to")
    @api.depends_context("company")
    def _compute_is_current(self):
        company = self.env.company
        current = self._get_for(company.gov_today(), company)
        for scheme in self:
            scheme.is_current = scheme._origin in current

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        company = self.env.company
        return Domain("id", "in", self._get_for(company.gov_today(), company).ids)

    @api.depends("score_ids.points")
    def _compute_scores(self):
        for scheme in self:
            scheme.scores = ", ".join(map(str, scheme._allowed_scores()))

    def _inverse_scores(self):
        for scheme in self:
            wanted = self._parse_scores(scheme.scores)
            rows = scheme.score_ids
            known = set(rows.mapped("points"))
            gone = rows.filtered(lambda row, wanted=wanted: row.points not in wanted)
            scheme.score_ids = [Command.delete(row.id) for row in gone] + [
                Command.create({"points": points}) for points in sorted(wanted - known)
            ]

    @api.depends("article_ids")
    def _compute_article_count(self):
        for scheme in self:
            scheme.article_count = len(scheme.article_ids)

    # === Constraints ===

    @api.constrains("code")
    def _check_code(self):
        for scheme in self:
            if not scheme.code.strip() or scheme.code != scheme.code.strip():
                raise ValidationError(
                    self.env._("The code of a rulebook is empty or ends with a space.")
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self, vals)
        return super().create(vals_list)

    def write(self, vals):
        check_dictionaries(self, [vals])
        check_plain_values(self, vals)
        self.check_access("write")
        self._check_open()
        return super().write(vals)

    def _update_field_translations(self, *args, **kwargs):
        self._check_open()
        return super()._update_field_translations(*args, **kwargs)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        self._check_open()

    def _check_open(self):
        """Refuse a change of a released rulebook, whoever asks and in what context.

        The rulebook's own row is UPDATEd first: a release at the same moment and this
        change meet there.

        :raise UserError: naming the rulebook.
        """
        if is_engine(self.env) or not self:
            return
        self._meet_rivals()
        # sudo: only the state is asked; whether the row may be written is asked next.
        for scheme in self.sudo():
            if scheme.state != "draft":
                raise UserError(
                    self.env._(
                        "%(scheme)s has been released and never changes again. Make a "
                        "new version, change that one and release it.",
                        scheme=scheme.display_name,
                    )
                )

    def _meet_rivals(self):
        """UPDATE the rows of these rulebooks, in order of their ids."""
        self.flush_recordset(["state"])
        meet_rivals(self)

    # === For the other models of conduct scoring ===

    @api.model
    def _domain_in_force(self, day):
        return (
            Domain("state", "=", "released")
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
        )

    @api.model
    def _get_for(self, date, company):
        """Return the released rulebooks in force in ``company`` on ``date``.

        An institution's own rulebook replaces the shared one of the same code; own
        ones stand first, then by order.

        :param date: date or ISO string.
        :param company: company.
        """
        day = to_day(self.env, date) or company.gov_today()
        # sudo: which rulebook counts does not depend on what the caller may see.
        schemes = self.sudo().search(
            self._domain_in_force(day) & Domain("company_id", "in", [company.id, False])
        )
        own = schemes.filtered("company_id")
        shared = (schemes - own).filtered(lambda s: s.code not in own.mapped("code"))
        return (own + shared).with_env(self.env)

    @api.model
    def _find(self, employee, date, company):
        """Return the rulebook by which ``employee`` is scored for an incident.

        :param employee: hr.employee, with a login or without; empty for a person of a
            vendor.
        :param date: day of the incident.
        :param company: company.
        :return: one rulebook.
        :raise UserError: naming the person, or that none is in force.
        """
        day = to_day(self.env, date) or company.gov_today()
        schemes = self._get_for(day, company)
        for scheme in schemes:
            if scheme._applies_to(employee, day):
                return scheme
        if not schemes:
            raise UserError(
                self.env._(
                    "No rulebook of conduct scoring is in force on %(day)s. The "
                    "manager of conduct scoring releases one under Configuration, "
                    "Rulebooks.",
                    day=format_day(self.env, day),
                )
            )
        raise UserError(
            self.env._(
                "No rulebook in force on %(day)s applies to %(person)s: %(schemes)s. "
                "See whom they name: departments, posts and kinds of staff.",
                day=format_day(self.env, day),
                person=employee.sudo().name or self.env._("a person of a vendor"),
                schemes=join_names(self.env, schemes.sudo().mapped("display_name")),
            )
        )

    def _applies_to(self, employee, date=None):
        """Tell whether this rulebook applies to ``employee`` on ``date`` (today).

        Department and post are those of that day. A person without a kind of staff is
        left out only where some kind is.

        :param employee: hr.employee; empty asks for the people of vendors.
        """
        self.ensure_one()
        # sudo: department, post and kind of staff sit behind rights on personnel.
        scheme, employee = self.sudo(), employee.sudo()
        if not employee:
            return scheme.includes_vendors
        return (
            scheme._covers_staff(employee.staff_type)
            and scheme._covers_department(employee, date)
            and scheme._covers_job(employee, date)
        )

    def _covers_staff(self, staff_type):
        if staff_type:
            return self[STAFF_TICKS[staff_type]]
        return all(self[name] for name in STAFF_TICKS.values())

    def _covers_department(self, employee, date):
        if not self.department_ids:
            return True
        department = employee.working_department_id
        if not department:
            department = self._get_version(employee, date).department_id
        # The path of a department names all above it.
        above = {int(i) for i in (department.parent_path or "").split("/") if i}
        return bool(above & set(self.department_ids.ids))

    def _covers_job(self, employee, date):
        if not self.job_ids:
            return True
        return self._get_version(employee, date).job_id in self.job_ids

    @api.model
    def _get_version(self, employee, date):
        """Return the contract version of ``employee`` on a day, the present without."""
        return employee._get_version(date) if date else employee.current_version_id

    def _allowed_scores(self):
        """Return the allowed scores, the highest first."""
        self.ensure_one()
        return sorted(set(self.score_ids.mapped("points")), reverse=True)

    def _score(self, points, share=100):
        """Return the points that a share of blame gives.

        By share: the largest allowed score not above ``points`` × ``share`` %, and at
        least the smallest one, in exact arithmetic. Full: ``points``.

        :param int points: one of the allowed scores, of the article or by discretion.
        :param share: percent, above 0 and up to 100; not asked with rule ``full``.
        :raise UserError: naming the score, or the share.
        """
        self.ensure_one()
        allowed = self._allowed_scores()
        if points not in allowed:
            raise UserError(
                self.env._(
                    "%(points)s is not an allowed score. %(scheme)s allows: "
                    "%(allowed)s.",
                    points=points,
                    scheme=self.display_name,
                    allowed=join_names(self.env, map(str, allowed)),
                )
            )
        if self.share_rule == "full":
            return points
        part = self._parse_share(share)
        fitting = [score for score in allowed if score * 100 <= points * part]
        return fitting[0] if fitting else allowed[-1]

    @api.model
    def _parse_share(self, share):
        """Return a share as an exact number of percent."""
        try:
            part = Decimal(str(share))
        except InvalidOperation:
            part = Decimal("NaN")
        if isinstance(share, bool) or not part.is_finite() or not 0 < part <= 100:
            raise UserError(
                self.env._(
                    "A share of %(share)s %% is not possible: it lies above 0 and up "
                    "to 100.",
                    share=share,
                )
            )
        return part

    def _rows(self, total, highest):
        """Return the thresholds that hold, from mild to severe.

        :param int total: points of the cycle.
        :param int highest: highest single score that stands in the cycle, else 0.
        """
        self.ensure_one()
        return self.threshold_ids.filtered(lambda row: row._holds(total, highest or 0))

    def _level(self, total, highest):
        """Return the threshold that is the level: the last that holds, or none."""
        return self._rows(total, highest)[-1:]

    # === Helpers ===

    @api.model
    def _parse_scores(self, text):
        """Return the set of whole numbers in ``text``.

        :raise UserError: naming what is no number.
        """
        numbers = set()
        for part in (text or "").replace("，", ",").replace("、", ",").split(","):
            part = part.strip()
            if not part:
                continue
            if not (part.isascii() and part.isdigit() and 1 <= int(part[:5]) <= 1000):
                raise UserError(
                    self.env._(
                        "Allowed scores: “%(part)s” is no whole number from 1 to 1000.",
                        part=part,
                    )
                )
            numbers.add(int(part))
        return numbers
