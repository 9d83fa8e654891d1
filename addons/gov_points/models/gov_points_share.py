from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)
from odoo.addons.gov_base.tools.names import join_names

_UNDECIDED = ("draft", "checked")


class GovPointsShare(models.Model):
    """What one person has to answer for in a case: article, share and points.

    A person of the institution (``employee_id``) or of a vendor (``partner_id`` and
    ``person_name``, who gets no entry in the ledger: the decided share becomes a
    finding on the vendor). Officers write it while the case is open; from the decision
    on it is the server's.

    The person reads their own share once they were heard, and nothing of the case. They
    are told facts, article and points first, and a defence never raises the points:
    after ``heard_on`` they stay or fall, unless the person is heard again on a later
    day.
    """

    _name = "gov.points.share"
    _description = "Share in a Conduct Case"
    _inherit = ["gov.guard.mixin"]
    _order = "case_id desc, id"
    _rec_name = "person"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "state",
            "points",
            "department_id",
            "staff_type",
            "title",
            "heard_points",
            "decided_on",
            "person",
        }
    )

    case_id = fields.Many2one(
        "gov.points.case",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, index=True, string="Institution"
    )
    scheme_id = fields.Many2one(
        related="case_id.scheme_id", store=True, index=True, string="Rulebook"
    )
    date = fields.Date(
        related="case_id.date", store=True, index=True, string="Incident date"
    )
    case_state = fields.Selection(related="case_id.state", string="State of the case")
    facts = fields.Text(related="case_id.facts")
    place = fields.Char(related="case_id.place")
    time_text = fields.Char(related="case_id.time_text")
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="For a person of a vendor, who is named beside it.",
    )
    person_name = fields.Char(string="Person of the vendor")
    person = fields.Char(compute="_compute_person", store=True, string="Full name")
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="restrict",
        help="On the day of the incident.",
    )
    staff_type = fields.Selection(
        [
            ("career", "Career staff"),
            ("worker", "Career worker"),
            ("contract", "Contract staff"),
            ("dispatch", "Dispatched staff"),
            ("seconded", "Seconded staff"),
        ],
        string="Kind of staff",
        readonly=True,
        copy=False,
    )
    title = fields.Char(string="Post", readonly=True, copy=False)
    article_id = fields.Many2one(
        "gov.points.article",
        index=True,
        ondelete="restrict",
        domain="[('scheme_id', '=', scheme_id)]",
    )
    article_points = fields.Integer(
        string="Points of the article", compute="_compute_article_points"
    )
    is_discretion = fields.Boolean(related="article_id.is_discretion")
    must_transfer = fields.Boolean(related="article_id.must_transfer")
    share = fields.Float(
        string="Share (%)",
        digits=(5, 2),
        default=100,
        help="Share of blame; the shares of a case add up to 100.",
    )
    discretion_points = fields.Integer(
        string="Points by discretion", help="One of the allowed scores."
    )
    discretion_grounds = fields.Text(string="Grounds of the discretion")
    points = fields.Integer(
        compute="_compute_points",
        store=True,
        aggregator="sum",
        help="What the person gets; final once the case is decided.",
    )
    heard_on = fields.Date(
        string="Heard on",
        help="The day on which the person was told facts, article and points, and "
        "could answer. A later day means that the person was heard again.",
    )
    made_no_statement = fields.Boolean(string="Made no statement")
    statement = fields.Text(string="Statement of the person")
    heard_points = fields.Integer(
        string="Points told at the hearing", readonly=True, copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("checked", "Checked"),
            ("noticed", "Decided"),
            ("appealed", "Under appeal"),
            ("final", "Final"),
            ("revoked", "Revoked"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    decided_on = fields.Date(readonly=True, copy=False)
    repeat_count = fields.Integer(
        string="Before in this cycle",
        compute="_compute_repeat_count",
        help="Standing entries of the same article, in the cycle of the incident.",
    )
    preview = fields.Char(compute="_compute_preview", string="Will get")

    entry_ids = fields.One2many(
        "gov.points.entry", "share_id", string="Entries", readonly=True
    )
    notice_ids = fields.One2many(
        "gov.points.notice", "share_id", string="Notice", readonly=True
    )
    appeal_ids = fields.One2many(
        "gov.points.appeal", "share_id", string="Appeals", readonly=True
    )

    _person_check = models.Constraint(
        "CHECK ((employee_id IS NULL) <> (partner_id IS NULL))",
        "A share belongs to a person of the institution, or to one of a vendor.",
    )
    _employee_uniq = models.UniqueIndex(
        "(case_id, employee_id) WHERE employee_id IS NOT NULL",
        "This person stands in the case already: one share each.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("employee_id.name", "partner_id.name", "person_name")
    def _compute_person(self):
        for share in self:
            # The names of the people of a case are shown to whoever reads it.
            known = share.sudo()
            name = known.employee_id.name
            if known.partner_id:
                name = self.env._(
                    "%(person)s (%(vendor)s)",
                    person=known.person_name or "-",
                    vendor=known.partner_id.name,
                )
            share.person = name

    @api.depends("employee_id", "case_id.date")
    def _compute_department_id(self):
        for share in self:
            if share.state in _UNDECIDED and share.case_id.approval_state in (
                "draft",
                False,
            ):
                share.department_id = share._get_department()

    def _get_department(self):
        """Return where the person worked on the day of the incident."""
        # Only the person's department on that day is read.
        employee = self.employee_id.sudo()
        if not employee:
            return self.env["hr.department"]
        today = employee._gov_department()
        if not self.date:
            return today
        version = employee._get_version(self.date)
        moved = version.department_id != employee.department_id
        return version.department_id if moved and version.department_id else today

    @api.depends("article_id.points", "article_id.is_discretion", "discretion_points")
    def _compute_article_points(self):
        for share in self:
            share.article_points = share._get_full_points()

    def _get_full_points(self):
        """Return the points of the behaviour, before sharing."""
        self.ensure_one()
        # Only the figure of the article is read.
        article = self.article_id.sudo()
        return self.discretion_points if article.is_discretion else article.points

    @api.depends(
        "article_id.points",
        "article_id.is_discretion",
        "discretion_points",
        "share",
        "scheme_id",
    )
    def _compute_points(self):
        for share in self:
            if share.state in _UNDECIDED:
                share.points = share._get_points()

    def _get_points(self):
        """Return what this share gives by the rule of the rulebook; 0 while unknown."""
        full = self._get_full_points()
        # Only figures of the rulebook are read.
        scheme = self.scheme_id.sudo()
        if not scheme or full not in scheme._allowed_scores():
            return 0
        if scheme.share_rule != "full" and not 0 < self.share <= 100:
            return 0
        return scheme._score(full, plain_number(self.share))

    @api.depends("points", "article_points", "share")
    def _compute_preview(self):
        for share in self:
            full, part = share.article_points, plain_number(share.share or 0)
            share.preview = False
            if share.points and full:
                share.preview = (
                    self.env._(
                        "%(full)s × %(share)s %% → %(points)s",
                        full=full,
                        share=part,
                        points=share.points,
                    )
                    if share.points != full
                    else str(full)
                )

    @api.depends("employee_id", "article_id", "date")
    def _compute_repeat_count(self):
        counts = self._count_repeats()
        for share in self:
            share.repeat_count = counts.get(share, 0)

    def _count_repeats(self):
        """Return share → standing entries of the same article in the same cycle."""
        asked = self.filtered(lambda s: s.employee_id and s.article_id and s.date)
        if not asked:
            return {}
        # Whoever reads the share may know that it is a repeat.
        entries = (
            self.env["gov.points.entry"]
            .sudo()
            .search(
                [
                    ("employee_id", "in", asked.employee_id.ids),
                    ("article_id.code", "in", asked.article_id.mapped("code")),
                ]
            )
        )
        standing = entries._standing(entries)
        counts = {}
        for share in asked:
            counts[share] = len(
                standing.filtered(lambda entry, s=share: s._is_repeat_of(entry))
            )
        return counts

    def _is_repeat_of(self, entry):
        """Tell whether ``entry`` is the same behaviour, earlier in the same cycle."""
        cycle, key = entry.cycle_id, (self.date, self._origin.id or float("inf"))
        return (
            entry.employee_id == self.employee_id._origin
            and entry.article_id.code == self.article_id.code
            and cycle.date_from <= self.date <= cycle.date_to
            and entry.share_id != self._origin
            and (entry.date, entry.share_id.id) < key
        )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return self._finish_create(super().create(vals_list))
        self._check_input(vals_list)
        shares = super().create(vals_list)
        shares.case_id._check_may_add()
        shares = self._finish_create(shares)
        shares._check_values()
        return shares

    @api.model
    def _finish_create(self, shares):
        for share in shares:
            values = {}
            if share.case_id.checked_at and share.state == "draft":
                values["state"] = "checked"
            if share.heard_on and not share.heard_points:
                values["heard_points"] = share.points
            if values:
                # State and hearing follow from what was just accepted.
                engine(share.sudo()).write(values)
        return shares

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        self._check_input([vals])
        if "case_id" in vals:
            self._guard_refuse({"case_id"})
        self.case_id._check_may_edit()
        self.case_id._check_open_now()
        for name in ("employee_id", "partner_id"):
            if name in vals:
                new = vals[name] or False
                self.filtered(
                    lambda s, n=name, v=new: s[n].id != v
                )._check_heard_stays()
        before = {share: share.heard_on for share in self}
        result = super().write(vals)
        self._check_values()
        self._note_hearing(before)
        self.case_id._check_not_party_each()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if is_engine(self.env):
            return
        self.case_id._check_may_edit()
        self.case_id._check_open_now()
        self._check_heard_stays()

    def _check_heard_stays(self):
        """Refuse to drop who was heard, or to hang the hearing on somebody else."""
        for share in self:
            if share.heard_on:
                raise UserError(
                    self.env._(
                        "%(person)s was heard on %(day)s: the share stays on record. "
                        "Dismiss the case, or open another one without the person.",
                        person=share.person,
                        day=format_day(self.env, share.heard_on),
                    )
                )

    @api.model
    def _check_input(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(
            self.browse(), vals_list, ("case_id", "employee_id", "article_id")
        )

    def _note_hearing(self, before):
        """Keep the points that the person was told; refuse to take a hearing back."""
        for share in self:
            day, earlier = share.heard_on, before[share]
            if earlier and not day:
                raise UserError(
                    self.env._(
                        "%(person)s was heard on %(day)s: correct the day instead of "
                        "taking the hearing back.",
                        person=share.person,
                        day=format_day(self.env, earlier),
                    )
                )
            if day and (not earlier or day > earlier):
                # What the person was told is what stands now; the write was checked.
                engine(share.sudo()).heard_points = share.points
            share._check_not_raised()

    # -------------------------------------------------------------------- checks

    def _check_values(self):
        """Refuse at once what can never be right."""
        for share in self:
            if share._asks_share():
                share._check_share_value()
            share._check_article_version()
            if share.is_discretion and share.discretion_points:
                share._check_score(share.discretion_points)
            share._check_heard_day()
            if share.partner_id and not (share.person_name or "").strip():
                raise UserError(
                    self.env._(
                        "%s: name the person of the vendor.", share.partner_id.name
                    )
                )

    def _asks_share(self):
        """Tell whether the rulebook asks for shares."""
        # Only the rule of the rulebook is read.
        return self.sudo().scheme_id.share_rule != "full"

    def _check_share_value(self):
        if not 0 < self.share <= 100:
            raise UserError(
                self.env._(
                    "%(person)s: a share of %(share)s %% is not possible: it lies "
                    "above 0 and up to 100.",
                    person=self.person,
                    share=plain_number(self.share),
                )
            )

    def _check_article_version(self):
        article, scheme = self.article_id.sudo(), self.scheme_id.sudo()
        if article and article.scheme_id != scheme:
            raise UserError(
                self.env._(
                    "%(person)s: article %(article)s belongs to “%(other)s”, not to "
                    "“%(scheme)s”, which holds on the day of the incident.",
                    person=self.person,
                    article=article.code,
                    other=article.scheme_id.display_name,
                    scheme=scheme.display_name or "-",
                )
            )

    def _check_article(self):
        if not self.article_id:
            raise UserError(
                self.env._("%s: choose the article of the rulebook.", self.person)
            )
        self._check_article_version()
        self._check_score(self._get_full_points())

    def _check_score(self, points):
        allowed = self.scheme_id.sudo()._allowed_scores()
        if points not in allowed:
            raise UserError(
                self.env._(
                    "%(person)s, article %(article)s: %(points)s is not an allowed "
                    "score (%(allowed)s).",
                    person=self.person,
                    article=self.article_id.code,
                    points=points,
                    allowed=join_names(self.env, [str(score) for score in allowed]),
                )
            )

    def _check_scope(self):
        """The rulebook has to name the person: post, department, kind of staff."""
        scheme = self.scheme_id.sudo()
        if not scheme._applies_to(self.employee_id, self.date):
            raise UserError(
                self.env._(
                    "“%(scheme)s” does not apply to %(person)s.",
                    scheme=scheme.display_name,
                    person=self.person,
                )
            )

    def _check_discretion(self):
        if self.is_discretion and not (self.discretion_grounds or "").strip():
            raise UserError(
                self.env._(
                    "%(person)s, article %(article)s: a score by discretion needs "
                    "written grounds.",
                    person=self.person,
                    article=self.article_id.code,
                )
            )

    def _check_heard_day(self):
        day, today = self.heard_on, self.company_id.gov_today()
        if not day:
            return
        if day > today or day < self.date:
            raise UserError(
                self.env._(
                    "%(person)s heard on %(day)s: that lies between the incident "
                    "(%(incident)s) and today (%(today)s).",
                    person=self.person,
                    day=format_day(self.env, day),
                    incident=format_day(self.env, self.date),
                    today=format_day(self.env, today),
                )
            )

    def _check_hearing(self):
        """The person is heard first; that nothing was said is an answer, too.

        A vendor's person is answered for by the vendor, who explains the finding.
        """
        if not self.employee_id:
            return
        said = self.made_no_statement or (self.statement or "").strip()
        if not self.heard_on or not said:
            raise UserError(
                self.env._(
                    "%(person)s has not been heard: enter the day and the statement, "
                    "or that no statement was made.",
                    person=self.person,
                )
            )
        self._check_heard_day()

    def _check_not_raised(self):
        """A defence never raises the points."""
        if self.heard_on and self.points > self.heard_points:
            raise UserError(
                self.env._(
                    "%(person)s was heard on %(day)s about %(told)s points; "
                    "%(points)s are more. A defence never raises the points: hear the "
                    "person again first, on a later day.",
                    person=self.person,
                    day=format_day(self.env, self.heard_on),
                    told=self.heard_points,
                    points=self.points,
                )
            )

    # -------------------------------------------------------------------- engine

    def _freeze_person(self):
        """Keep department, kind of staff and post as they stood at the incident."""
        for share in self.filtered("employee_id"):
            employee = share.employee_id
            share.write(
                {
                    "department_id": share._get_department().id,
                    "staff_type": employee.staff_type,
                    "title": employee.official_title or employee.job_title or False,
                }
            )

    def _freeze_points(self):
        """Fix the points: the case has just been decided."""
        for company, shares in self.grouped("company_id").items():
            shares.write({"state": "noticed", "decided_on": company.gov_today()})

    def _raise_vendor_finding(self):
        """Open the finding on each vendor whose person was at fault."""
        for share in self:
            case = share.case_id
            env = case._get_record_env()
            self.env["gov.finding"].with_company(case.company_id)._raise(
                "vendor_staff_conduct",
                share.partner_id,
                env._(
                    "%(case)s of %(day)s: %(person)s, article %(article)s %(name)s, "
                    "%(points)s points. %(facts)s",
                    case=case.display_name,
                    day=share.date,
                    person=share.person_name,
                    article=share.article_id.code,
                    name=share.article_id.with_env(env).name,
                    points=share.points,
                    facts=case.facts,
                ),
            )
