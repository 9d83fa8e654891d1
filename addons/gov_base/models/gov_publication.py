from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from ..tools.days import domain_by_day, format_day
from ..tools.input_check import check_dictionaries, check_plain_values
from ..tools.masking import find_files, find_unmasked, mask_html, mask_text
from ..tools.names import join_names
from ..tools.rivals import meet_rivals
from .gov_guard import engine, is_engine

_PUBLISHER = "gov_base.group_publisher"
_CONTENT = frozenset(
    {
        "title",
        "body",
        "kind",
        "audience",
        "department_ids",
        "group_ids",
        "masked_names",
        "date_from",
        "date_to",
        "contact",
    }
)
_MAX_TEXT = 5000


class GovPublication(models.Model):
    """What the institution shows its people: a notice, a circular or a disclosure.

    ========= ==================== ========== =========================================
    action    from                 to         who
    ========= ==================== ========== =========================================
    release   draft                released   a publisher who is not the author
    take down released, ended      taken down a publisher or supervision, with a reason
    object    released, a notice   (stays)    whoever is in the audience, in its period
    ========= ==================== ========== =========================================

    ``ended`` is not stored: it is a released publication whose last day has passed.
    The author alone edits the draft. At release names that were listed, identity
    numbers and phone numbers are masked; what is shown from then on is sealed and
    never changes. Taking down is an entry (``gov.publication.takedown``). Publishers
    and supervision read everything, everybody else what is shown to them today.
    """

    _name = "gov.publication"
    _description = "Publication"
    _inherit = ["gov.number.mixin", "gov.seal.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "title"
    _check_company_auto = True
    _allow_sudo_commands = False
    _seal_chain = "publication"
    _sealed_fields = (
        "number",
        "kind",
        "title",
        "body",
        "audience",
        "audience_text",
        "contact",
        "date_from",
        "date_to",
        "author_id",
        "released_by_id",
        "released_at",
        "model",
        "res_id",
    )
    _protected_fields = frozenset(
        {
            "author_id",
            "stage",
            "version",
            "audience_text",
            "released_by_id",
            "released_at",
            "model",
            "res_id",
        }
    )

    title = fields.Char(string="Heading", required=True)
    kind = fields.Selection(
        [
            ("notice", "Notice with objections"),
            ("circular", "Internal circular"),
            ("disclosure", "Disclosure"),
        ],
        required=True,
        default="notice",
    )
    body = fields.Html(
        string="Full text",
        required=True,
        sanitize=True,
        sanitize_overridable=False,
        sanitize_attributes=True,
        sanitize_form=True,
        strip_style=True,
    )
    preview = fields.Html(string="As it will be shown", compute="_compute_preview")
    unlisted_names = fields.Char(
        string="Names that stay visible",
        compute="_compute_preview",
        help="Staff named in the text who are not on the list of names to mask.",
    )
    masked_names = fields.Char(
        string="Names to mask",
        help="Full names with spaces between. The family name stays.",
    )
    contact = fields.Char(help="Where readers can ask: office and extension.")
    audience = fields.Selection(
        [
            ("all", "All staff"),
            ("departments", "Chosen departments"),
            ("groups", "Groups of users"),
        ],
        required=True,
        default="all",
    )
    department_ids = fields.Many2many(
        "hr.department",
        "gov_publication_department_rel",
        "publication_id",
        "department_id",
        string="Departments",
        check_company=True,
        help="With the departments below them.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        "gov_publication_group_rel",
        "publication_id",
        "group_id",
        string="Groups",
    )
    audience_text = fields.Char(string="Shown to", readonly=True, copy=False)
    date_from = fields.Date(
        string="Shown from",
        required=True,
        default=lambda self: self.env.company.gov_today(),
        copy=False,
    )
    date_to = fields.Date(
        string="Until", copy=False, help="Last day; empty: until it is taken down."
    )
    company_id = fields.Many2one(string="Institution")
    author_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    released_by_id = fields.Many2one(
        "res.users",
        string="Released by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    released_at = fields.Datetime(readonly=True, copy=False)
    model = fields.Char(string="Kind of source", readonly=True, copy=False)
    res_id = fields.Many2oneReference(
        string="Source", model_field="model", readonly=True, copy=False
    )
    version = fields.Integer(readonly=True, copy=False)
    stage = fields.Selection(
        [("draft", "Draft"), ("released", "Released"), ("taken_down", "Taken down")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("released", "Shown"),
            ("ended", "Ended"),
            ("taken_down", "Taken down"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    takedown_ids = fields.One2many(
        "gov.publication.takedown",
        "publication_id",
        groups="gov_base.group_publisher,gov_base.group_supervision",
    )
    objection_ids = fields.One2many("gov.publication.objection", "publication_id")
    objection_count = fields.Integer(compute="_compute_objection_count")
    for_me = fields.Boolean(
        string="Shown to me", compute="_compute_for_me", search="_search_for_me"
    )
    can_release = fields.Boolean(compute="_compute_can")
    can_take_down = fields.Boolean(compute="_compute_can")
    can_object = fields.Boolean(compute="_compute_can")
    is_mine = fields.Boolean(compute="_compute_can")

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The last day lies before the first.",
    )

    # === Compute, search ===

    @api.depends("stage", "date_to")
    def _compute_state(self):
        for publication in self:
            company = publication.company_id or self.env.company
            last = publication.date_to
            over = last and last < company.gov_today()
            ended = publication.stage == "released" and over
            publication.state = "ended" if ended else publication.stage

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        over = domain_by_day(self.env, lambda today: Domain("date_to", "<", today))
        stages = Domain("stage", "in", set(value) - {"released", "ended"})
        released = Domain("stage", "=", "released")
        if "ended" in value:
            stages |= released & over
        if "released" in value:
            stages |= released & ~over
        return stages

    @api.depends_context("uid")
    def _compute_for_me(self):
        # sudo: the domain itself asks what is shown to the current user.
        found = self.sudo().search(self._domain_for_me() & Domain("id", "in", self.ids))
        for publication in self:
            publication.for_me = publication._origin.id in found.ids

    def _search_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._domain_for_me()
        return domain if True in value else ~domain

    @api.model
    def _domain_for_me(self):
        """Return the domain of what is shown to the current user today."""
        user = self.env.user
        # sudo: only in which departments and groups the user is.
        departments = self.env["hr.department"]
        for employee in user.sudo().employee_ids:
            departments |= employee._gov_department() | employee.department_id
        above = [
            int(id_)
            for path in departments.sudo().mapped("parent_path")
            for id_ in (path or "").split("/")
            if id_
        ]
        shown = domain_by_day(
            self.env,
            lambda today: Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today)),
        )
        audience = (
            Domain("audience", "=", "all")
            | Domain("audience", "=", "departments")
            & Domain("department_ids", "in", above)
            | Domain("audience", "=", "groups")
            & Domain("group_ids", "in", user.sudo().all_group_ids.ids)
        )
        return Domain("stage", "=", "released") & shown & audience

    @api.depends("stage", "date_from", "date_to", "author_id", "kind")
    @api.depends_context("uid")
    def _compute_can(self):
        user = self.env.user
        publisher = user.has_group(_PUBLISHER)
        supervision = user.has_group("gov_base.group_supervision")
        for publication in self:
            author = publication.author_id == user
            draft = publication.stage == "draft"
            publication.is_mine = author and publisher
            publication.can_release = draft and publisher and not author
            publication.can_take_down = publication.stage == "released" and (
                publisher or supervision
            )
            publication.can_object = publication.kind == "notice" and publication.for_me

    @api.depends("title", "body", "masked_names", "stage")
    def _compute_preview(self):
        for publication in self:
            if publication.stage != "draft":
                publication.preview = publication.unlisted_names = False
                continue
            names = publication._get_masked_names()
            publication.preview = mask_html(publication.body, names)
            found = publication._find_staff(names)
            publication.unlisted_names = join_names(self.env, found) or False

    def _find_staff(self, names):
        """Return the names of staff in the text that nobody listed."""
        if not self.env.user.has_group(_PUBLISHER):
            return []
        text = f"{self.title or ''} {self.body or ''}"
        # sudo: the author knows the names that they typed themselves.
        staff = self.env["hr.employee"].sudo()
        company = self.company_id or self.env.company
        people = staff.search_fetch([("company_id", "=", company.id)], ["name"])
        return sorted({p.name for p in people if p.name in text} - set(names))

    @api.depends("objection_ids")
    def _compute_objection_count(self):
        counts = dict(
            self.env["gov.publication.objection"]._read_group(
                [("publication_id", "in", self.ids)], ["publication_id"], ["__count"]
            )
        )
        for publication in self:
            publication.objection_count = counts.get(publication._origin, 0)

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self._guard_refuse({"company_id"} & set(vals))
            for publication in self if _CONTENT & set(vals) else self.browse():
                publication._check_editable()
        if not _CONTENT & set(vals) or (is_engine(self.env) and "stage" in vals):
            return super().write(vals)
        for publication in self:
            version = publication.version + 1
            super(GovPublication, engine(publication)).write({"version": version})
        return super().write(vals)

    def _check_editable(self):
        if self.stage != "draft":
            raise UserError(
                self.env._(
                    "“%(title)s” has been released and stays as it was shown. Take it "
                    "down and publish a new one.",
                    title=self.title,
                )
            )
        if not self.env.su and self.author_id != self.env.user:
            raise UserError(
                self.env._(
                    "A draft is edited by its author %(author)s; make a copy to write "
                    "your own.",
                    author=self.author_id.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        for publication in self:
            publication._check_editable()

    # === Actions ===

    def action_release(self):
        """Mask, number, show and seal drafts of another author.

        :return: True
        :raise UserError: no publisher, one's own draft, a period too short, no text,
            or the draft has changed since it was opened.
        """
        for publication in self.sorted("id"):
            document = publication._begin()
            publication._check_release()
            document._freeze()
        return True

    def action_mask_staff(self):
        """Put all staff who are named in the draft on the list of names to mask."""
        for draft in self:
            draft._check_editable()
            found = draft._find_staff(draft._get_masked_names())
            if found:
                draft.masked_names = " ".join([*draft._get_masked_names(), *found])
        return True

    def action_take_down(self, reason):
        """Take publications off the board for good; the entry says who and why.

        :param str reason: required.
        :return: True
        :raise UserError: not shown, no reason, or neither publisher nor supervision.
        """
        reason = self._check_text(reason)
        for publication in self.sorted("id"):
            document = publication._begin()
            if publication.stage != "released":
                raise UserError(
                    self.env._("“%(title)s” is not shown.", title=publication.title)
                )
            if not publication.can_take_down:
                raise UserError(
                    self.env._("A publication is taken down by a publisher.")
                )
            document.env["gov.publication.takedown"].create(
                {
                    "publication_id": publication.id,
                    "company_id": publication.company_id.id,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "taken_down_at": fields.Datetime.now(),
                }
            )
            document.stage = "taken_down"
        return True

    def action_object(self, text):
        """Object to a notice, within its period and as one of its readers.

        :param str text: the objection.
        :return: True
        :raise UserError: no notice, not shown to the caller today, or no text.
        """
        text = self._check_text(text)
        for publication in self.sorted("id"):
            document = publication._begin()
            if publication.kind != "notice":
                raise UserError(self.env._("Objections are made to notices."))
            publication.invalidate_recordset(["for_me"])
            if not publication.for_me:
                raise UserError(
                    self.env._(
                        "Objections are made by those to whom the notice is shown, "
                        "within its period."
                    )
                )
            document.env["gov.publication.objection"]._object(document, text)
        return True

    def action_open_text_wizard(self):
        """Ask for the text of the action named in the context, then do it.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Your text"),
            "res_model": "gov.publication.text",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_publication_id": self.id,
                "default_action": self.env.context.get("gov_outcome", "object"),
            },
        }

    def action_open_source(self):
        """Open the record that the publication was made from."""
        self.ensure_one()
        self.check_access("read")
        if not self.model or self.model not in self.env:
            raise UserError(self.env._("This publication has no source."))
        self.env[self.model].browse(self.res_id).check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === Engine ===

    @api.model
    def _draft_from(self, record, **values):
        """Return a draft made from ``record``, e.g. for its results to be posted.

        :param record: the source, of any model; its institution is the draft's.
        :param values: ``title``, ``body``, ``kind`` and what else a draft has; the
            current user is the author.
        """
        company = record._fields.get("company_id") and record.company_id
        # sudo: called by a method of the source, which has checked who may.
        draft = engine(self.sudo()).create(
            {
                "company_id": (company or self.env.company).id,
                **values,
                "author_id": self.env.uid,
                "model": record._name,
                "res_id": record.id,
            }
        )
        return draft.with_env(self.env)

    def _begin(self):
        """Meet rivals on the row and return it in the engine's environment."""
        self.ensure_one()
        self.check_access("read")
        self.flush_recordset(["stage"])
        meet_rivals(self)
        # sudo: read access was checked; the callers check state and person next.
        return engine(self.sudo())

    def _check_release(self):
        """Raise ``UserError`` unless the current user may release this draft."""
        if self.stage != "draft":
            raise UserError(
                self.env._("“%(title)s” is no draft any more.", title=self.title)
            )
        if not self.env.user.has_group(_PUBLISHER):
            raise UserError(self.env._("Publications are released by publishers."))
        if self.author_id == self.env.user:
            raise UserError(
                self.env._("The author does not release: ask another publisher.")
            )
        seen = self.env.context.get("gov_version")
        if seen is not None and seen != self.version:
            raise UserError(
                self.env._(
                    "“%(title)s” has been changed since you opened it. Look at it "
                    "again first.",
                    title=self.title,
                )
            )
        if is_html_empty(self.body):
            raise UserError(self.env._("There is no text to publish."))
        if files := find_files(self.body):
            raise UserError(
                self.env._(
                    "The text shows pictures or files that could be exchanged later "
                    "and that no mask reaches: %(files)s. Take them out.",
                    files=files,
                )
            )
        missing = {
            "departments": self.audience == "departments" and not self.department_ids,
            "groups": self.audience == "groups" and not self.group_ids,
        }
        if any(missing.values()):
            raise UserError(self.env._("Choose to whom the publication is shown."))
        self._check_period()

    def _check_period(self):
        """Raise ``UserError`` when the period lies in the past or is too short."""
        today = self.company_id.gov_today()
        start = max(self.date_from, today)
        if self.date_to and self.date_to < today:
            raise UserError(self.env._("The last day has passed."))
        if self.kind != "notice":
            return
        clause = self.env["gov.policy"]._get_policy(
            "publication.notice.days", company=self.company_id
        )
        days = clause._typed_value()
        first = self.env["gov.workday"].add_working_days(start, days)
        if not self.date_to or self.date_to < first:
            raise UserError(
                self.env._(
                    "A notice is shown for at least %(days)s working days, the first "
                    "day not counted: until %(day)s or later (%(citation)s).",
                    days=days,
                    day=format_day(self.env, first),
                    citation=clause.citation,
                )
            )

    def _freeze(self):
        """Write what is shown, masked, and seal it."""
        names = self._get_masked_names()
        body = mask_html(self.body, names)
        if unmasked := find_unmasked(body, names):
            raise UserError(
                self.env._(
                    "%(numbers)s would stay visible because its parts are formatted "
                    "differently. Type it again in one piece.",
                    numbers=unmasked,
                )
            )
        self._assign_number()
        self.write(
            {
                "title": mask_text(self.title, names),
                "contact": self.contact,
                "body": body,
                "date_from": max(self.date_from, self.company_id.gov_today()),
                "audience_text": self._get_audience_text(),
                "released_by_id": self.env.uid,
                "released_at": fields.Datetime.now(),
                "stage": "released",
                # What was hidden is not kept beside it.
                "masked_names": False,
            }
        )
        self._seal()

    def _get_masked_names(self):
        """Return the names that the author listed."""
        typed = self.masked_names or ""
        for sign in "、,，;；":
            typed = typed.replace(sign, " ")
        return typed.split()

    def _get_audience_text(self):
        labels = dict(self._fields["audience"]._description_selection(self.env))
        names = {
            "departments": self.department_ids.mapped("name"),
            "groups": self.group_ids.mapped("display_name"),
        }.get(self.audience)
        return join_names(self.env, names) if names else labels[self.audience]

    @api.model
    def _check_text(self, text):
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(self.env._("Please write a text."))
        if len(text) > _MAX_TEXT or "\x00" in text:
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_MAX_TEXT)
            )
        return text

    def _number_code_for(self):
        return f"gov.publication.{self.kind}"
