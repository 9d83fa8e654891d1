from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals


class GovPointsNotice(models.Model):
    """The notice of a score (记分通知书), one per person and decision.

    Issued by the system when the last tier has decided; what it says is frozen and
    sealed with its number. Receipt starts the clock of appeal and correction: a notice
    that was never served starts none and stands in the list of those waiting.

    ====== ======= =================================================================
    from   to      by
    ====== ======= =================================================================
    issued served  ``action_sign`` by the person, ``action_serve_paper`` by an officer
    issued refused ``action_serve_refused`` by an officer, before two witnesses
    ====== ======= =================================================================

    The person reads their own; the head and the line leader of the department, the
    scoring office, HR's reports and supervision read those of theirs.
    """

    _name = "gov.points.notice"
    _description = "Notice of a Score"
    _inherit = [
        "gov.points.notice.job",
        "gov.points.service.mixin",
        "gov.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "gov.number.mixin",
        "gov.seal.mixin",
    ]
    _order = "issued_on desc, id desc"
    _rec_name = "number"
    _engine_only = True
    _allow_sudo_commands = False
    _mail_post_access = "read"
    _number_code = "gov.points.notice"
    _seal_chain = "points_notice"
    _seal_on_create = True
    _sealed_fields = (
        "company_id",
        "number",
        "title",
        "share_id",
        "case_number",
        "employee_id",
        "person_name",
        "department_name",
        "post",
        "incident_on",
        "time_text",
        "place",
        "facts",
        "evidence",
        "rule_text",
        "article_code",
        "article_text",
        "points",
        "total_after",
        "cycle_from",
        "cycle_to",
        "level_name",
        "correction_number",
        "correction_unit",
        "correction_roll",
        "appeal_number",
        "appeal_unit",
        "appeal_roll",
        "appeal_place",
        "issued_on",
    )

    # === What it says ===
    title = fields.Char(required=True, readonly=True)
    share_id = fields.Many2one(
        "gov.points.share",
        string="Score",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    case_id = fields.Many2one(
        "gov.points.case",
        related="share_id.case_id",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    case_number = fields.Char(string="Number of the case", readonly=True)
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(related="employee_id.user_id", string="Login")
    person_name = fields.Char(string="Full name", required=True, readonly=True)
    department_id = fields.Many2one(
        "hr.department", readonly=True, index=True, ondelete="restrict"
    )
    department_name = fields.Char(string="Name of the department", readonly=True)
    post = fields.Char(readonly=True)
    incident_on = fields.Date(string="Date of the incident", readonly=True)
    time_text = fields.Char(string="Time", readonly=True)
    place = fields.Char(readonly=True)
    facts = fields.Text(readonly=True)
    evidence = fields.Text(readonly=True)
    rule_text = fields.Char(string="Rule", readonly=True)
    article_code = fields.Char(string="Article", readonly=True)
    article_text = fields.Text(string="Text of the article", readonly=True)
    points = fields.Integer(readonly=True, aggregator="sum")
    total_after = fields.Integer(
        string="Total of the cycle",
        readonly=True,
        aggregator=None,
        help="Running total of the cycle, the points of this notice included.",
    )
    cycle_from = fields.Date(string="Cycle from", readonly=True)
    cycle_to = fields.Date(string="Cycle until", readonly=True)
    level_name = fields.Char(string="Level", readonly=True)
    correction_number = fields.Integer(
        string="Days to correct", readonly=True, help="0: to be corrected at once."
    )
    correction_unit = fields.Char(readonly=True)
    correction_roll = fields.Char(readonly=True)
    appeal_number = fields.Integer(string="Days to appeal", readonly=True)
    appeal_unit = fields.Char(readonly=True)
    appeal_roll = fields.Char(readonly=True)
    appeal_place = fields.Char(string="Who decides on an appeal", readonly=True)
    issued_on = fields.Date(required=True, readonly=True, index=True)

    # === What became of it ===
    state = fields.Selection(
        [
            ("issued", "To be served"),
            ("served", "Served"),
            ("refused", "Refused to sign"),
        ],
        required=True,
        readonly=True,
        default="issued",
        index=True,
    )
    service_ids = fields.One2many("gov.points.service", "notice_id", readonly=True)
    received_on = fields.Date(readonly=True)
    correction_deadline = fields.Date(string="To be corrected by", readonly=True)
    appeal_deadline = fields.Date(string="Appeal until", readonly=True, index=True)
    provisional = fields.Boolean(
        readonly=True,
        help="A day of the count falls into a year whose official plan of holidays is "
        "not loaded yet; the date may move.",
    )
    appeal_ids = fields.One2many("gov.points.appeal", "notice_id", string="Appeals")
    outcome = fields.Selection(
        [
            ("upheld", "Upheld on appeal"),
            ("changed", "Changed on appeal"),
            ("withdrawn", "Withdrawn on appeal"),
        ],
        string="After the appeal",
        readonly=True,
        index=True,
    )
    points_now = fields.Integer(
        string="Points in force", readonly=True, aggregator="sum"
    )
    officer_id = fields.Many2one(
        "res.users",
        string="Officer in charge",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    overdue_told_on = fields.Date(readonly=True)
    appeal_reminded_on = fields.Date(readonly=True)
    correction_reminded_on = fields.Date(readonly=True)
    age = fields.Integer(
        string="Days waiting", compute="_compute_age", help="Working days since issue."
    )
    can_appeal = fields.Boolean(compute="_compute_can_appeal")
    deadline_text = fields.Char(compute="_compute_deadline_text")

    _share_uniq = models.UniqueIndex(
        "(share_id)", "A notice of this score has been issued already."
    )
    _unserved_idx = models.Index("(company_id, issued_on) WHERE state = 'issued'")

    # ------------------------------------------------------------------ computes

    @api.depends("number", "title")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = notice.number or notice.title

    @api.depends("state", "issued_on")
    def _compute_age(self):
        days = {}
        for notice in self:
            notice.age = 0
            if notice.state == "issued" and notice.issued_on:
                company = notice.company_id
                if company not in days:
                    first = min(self.mapped("issued_on"))
                    days[company] = notice._get_working_days(first)
                notice.age = sum(day > notice.issued_on for day in days[company])

    def _get_working_days(self, first):
        """Return the working days after ``first`` until today, of one institution."""
        company = self.company_id
        calendar = self.env["gov.workday"].with_company(company)._calendar(first)
        today, day, days = company.gov_today(), first, []
        while day < today:
            day += timedelta(days=1)
            if calendar.is_working(day):
                days.append(day)
        return days

    @api.depends("state", "employee_id")
    @api.depends_context("uid")
    def _compute_can_serve(self):
        return super()._compute_can_serve()

    @api.depends("state", "employee_id", "appeal_deadline", "appeal_ids.approval_round")
    @api.depends_context("uid")
    def _compute_can_appeal(self):
        officer = self._is_officer()
        for notice in self:
            # Only whether there is an appeal is asked: one per notice.
            filed = notice.sudo()._get_filed_appeal()
            possible = notice.state != "issued" and not filed
            if notice.is_mine:
                today = notice.company_id.gov_today()
                possible = possible and today <= notice.appeal_deadline
            # A paper may be entered later: the day it was handed in counts.
            notice.can_appeal = possible and (notice.is_mine or officer)

    @api.depends("state", "appeal_deadline", "provisional")
    def _compute_deadline_text(self):
        for notice in self:
            notice.deadline_text = notice._get_deadline_text()

    def _get_deadline_text(self):
        """Return in one line until when an appeal is possible."""
        self.ensure_one()
        if self.state == "issued":
            return self.env._(
                "Appeal within %(term)s after receipt; the day of receipt is not "
                "counted.",
                term=self._get_term_text(self.appeal_number, self.appeal_unit),
            )
        day = format_day(self.env, self.appeal_deadline)
        if self.provisional:
            return self.env._("Appeal until %s (provisional)", day)
        return self.env._("Appeal until %s", day)

    def _get_article_text(self):
        """Return number and words of the article."""
        self.ensure_one()
        return self.env._(
            "Article %(code)s: %(text)s", code=self.article_code, text=self.article_text
        )

    def _get_score_text(self):
        """Return article and points, as the papers of an appeal name them."""
        self.ensure_one()
        return self.env._(
            "%(article)s: %(points)s points",
            article=self._get_article_text(),
            points=self.points,
        )

    def _get_correction_text(self):
        """Return in one line until when it is to be put right."""
        self.ensure_one()
        if not self.correction_number:
            return self.env._("To be corrected at once.")
        if self.correction_deadline:
            day = self.env["gov.paper"].date_text(self.correction_deadline)
            return self.env._("To be corrected by %s", day)
        return self.env._(
            "To be corrected within %(term)s after receipt.",
            term=self._get_term_text(self.correction_number, self.correction_unit),
        )

    def _get_appeal_text(self):
        """Return right, deadline and place of the appeal, as the paper says it."""
        self.ensure_one()
        text = self.env._(
            "You may appeal within %(term)s after receipt (the day of receipt is not "
            "counted), in writing at the scoring office or in the app. %(body)s "
            "decides; nobody who took part in the score does. An appeal never makes it "
            "worse.",
            term=self._get_term_text(self.appeal_number, self.appeal_unit),
            body=self.appeal_place or "",
        )
        if not self.appeal_deadline:
            return text
        day = self.env["gov.paper"].date_text(self.appeal_deadline)
        return f"{text} {self.env._('Last day: %s', day)}"

    @api.model
    def _get_term_text(self, number, unit):
        """Return a term as papers write it: 3 working days."""
        if unit == "working_day":
            return self.env._("%s working days", number)
        return self.env._("%s calendar days", number)

    # ---------------------------------------------------------------------- CRUD

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # A to-do does not make its holder a follower.
        if is_engine(self.env):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    # --------------------------------------------------------------------- issue

    @api.model
    def _issue(self, shares):
        """Issue, number and seal the notices of ``shares``, once each.

        Called when the last tier has decided, after the entries are posted: the notice
        prints the running total with these points. A vendor's person gets none.

        :param shares: decided shares, in the engine's environment.
        :return: the new notices.
        """
        shares = shares.filtered("employee_id").sorted("id")
        notices = engine(self.sudo())  # the caller has decided the case
        known = notices.search([("share_id", "in", shares.ids)]).share_id
        shares -= known
        if not shares:
            return notices.browse()
        notices = notices.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(notices._prepare_notices(shares))
        notices = engine(notices)
        notices._ask_to_sign()
        return notices

    @api.model
    def _prepare_notices(self, shares):
        """Return the values of the notices, in the language of the records."""
        entries = self.env["gov.points.entry"].search(
            [("share_id", "in", shares.ids), ("reversal_of_id", "=", False)], order="id"
        )
        last = {entry.share_id: entry for entry in entries}
        vals_list = []
        for company, group in shares.grouped("company_id").items():
            day = company.gov_today()
            lang = self.env["gov.approval.rule"]._get_lang(company)
            numbers = self._draw_numbers(self._number_code, company, len(group), day)
            for share, number in zip(
                group.with_context(lang=lang), numbers, strict=True
            ):
                vals_list.append(
                    {
                        "number": number,
                        "company_id": company.id,
                        "issued_on": day,
                        **self._prepare_facts(share),
                        **self._prepare_score(share, last.get(share, entries.browse())),
                        **self._prepare_terms(share.scheme_id),
                    }
                )
        return vals_list

    @api.model
    def _prepare_facts(self, share):
        """Return who, what, when and where; nothing that tells who reported it."""
        case, person = share.case_id, share.employee_id
        department = share.department_id or person._gov_department()
        return {
            "share_id": share.id,
            "case_number": case.number,
            "employee_id": person.id,
            "person_name": person.name,
            "department_id": department.id,
            "department_name": department.name,
            "post": share.title or person.official_title or person.job_title,
            "incident_on": case.date,
            "time_text": case.time_text,
            "place": case.place,
            "facts": case.facts,
            "evidence": self._get_evidence_text(case),
            "officer_id": (case.employee_id.user_id or case.handler_id).id,
        }

    @api.model
    def _get_evidence_text(self, case):
        """Return what proves it: how many files; their names could name a reporter."""
        count = case.message_attachment_count
        if not count:
            return self.env._("As stated in the record of the case.")
        return self.env._("%s files, kept with the case.", count)

    @api.model
    def _prepare_score(self, share, entry):
        """Return the score as it stands with these points."""
        entry = entry.with_env(share.env)
        cycle, article = entry.cycle_id, share.article_id
        scheme = share.scheme_id
        return {
            "rule_text": scheme.name,
            "article_code": article.code,
            "article_text": article.name,
            "points": share.points,
            "points_now": share.points,
            "total_after": cycle.total if cycle else share.points,
            "cycle_from": cycle.date_from,
            "cycle_to": cycle.date_to,
            "level_name": cycle.level_name,
        }

    @api.model
    def _prepare_terms(self, scheme):
        """Return title and terms: they follow the version of the incident's date."""
        return {
            "title": scheme.notice_title,
            "correction_number": scheme.correction_number,
            "correction_unit": scheme.correction_unit,
            "correction_roll": scheme.correction_roll,
            "appeal_number": scheme.appeal_number,
            "appeal_unit": scheme.appeal_unit,
            "appeal_roll": scheme.appeal_roll,
            "appeal_place": scheme.appeal_role_id.name,
        }

    def _ask_to_sign(self):
        """Give each person with a login the to-do, quietly and in one go."""
        self._schedule_todos(
            "gov_points.mail_activity_type_sign",
            [
                (
                    notice,
                    notice.employee_id.user_id,
                    self.env._("Sign the notice %s", notice.number),
                )
                for notice in self
                if notice.employee_id.user_id.active
            ],
        )

    # ------------------------------------------------------------- public actions

    def action_open_appeal(self):
        """Open the appeal against this notice: the one there is, or a new one.

        :return: a window action.
        :raise UserError: neither the person nor an officer, or too late.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Appeal"),
            "res_model": "gov.points.appeal",
            "view_mode": "form",
            "views": [(False, "form")],
        }
        # Whoever reads the notice may know that there is an appeal.
        known = self.sudo()
        if appeal := known._get_filed_appeal() or known._get_own_draft():
            return {**action, "res_id": appeal.id, "context": {"create": False}}
        if not self.can_appeal:
            raise UserError(self._get_no_appeal_text())
        return {**action, "context": {"default_notice_id": self.id}}

    def _get_filed_appeal(self):
        """Return the appeal that was filed; a draft that never was is none."""
        return self.appeal_ids.filtered("approval_round")[:1]

    def _get_own_draft(self):
        """Return the appeal that the current user has begun and not dropped."""
        return self.appeal_ids.filtered(
            lambda a: a.approval_state == "draft" and a.handler_id == self.env.user
        )[:1]

    def _get_no_appeal_text(self):
        if self.state == "issued":
            return self.env._(
                "%s has not been served yet: the days to appeal begin with its "
                "receipt.",
                self.display_name,
            )
        if not (self.is_mine or self._is_officer()):
            return self.env._("An appeal is filed by the person the notice is for.")
        return self.env._(
            "Too late: the appeal was possible until %(day)s.\n%(count)s",
            day=format_day(self.env, self.appeal_deadline),
            count=self._explain_deadline(),
        )

    # -------------------------------------------------------------------- service

    def _service_is_open(self):
        return self.state == "issued"

    def _service_print(self):
        return {
            "title": self.title,
            "number": self.number,
            "department": self.department_name,
            "day": self.issued_on,
        }

    def _service_first_day(self):
        return self.issued_on

    def _service_received(self):
        return self.received_on

    def _service_paper(self):
        return {"notice_id": self.id, "department_id": self.department_id.id}

    def _service_done(self, values):
        """Start the clock of appeal and correction."""
        refused = values["method"] == "refused"
        self.write(
            {
                "state": "refused" if refused else "served",
                "received_on": values["received_on"],
                **self._get_deadlines(values["received_on"]),
            }
        )
        self.activity_unlink(
            [
                "gov_points.mail_activity_type_sign",
                "gov_points.mail_activity_type_serve",
            ]
        )

    def _meet_rivals(self):
        """UPDATE the row that serving, appeal and job share."""
        self.flush_recordset(["state", "outcome"])
        meet_rivals(self)
        self.invalidate_recordset(["state", "outcome"], flush=False)

    def _get_deadlines(self, received_on):
        """Return the dates that follow from the day of receipt."""
        workdays = self.env["gov.workday"].with_company(self.company_id)
        appeal = workdays.deadline(
            received_on,
            self.appeal_number,
            self.appeal_unit or "working_day",
            self.appeal_roll or "next_working_day",
        )
        values = {
            "appeal_deadline": appeal["date"],
            "provisional": appeal["provisional"],
            "correction_deadline": received_on,
        }
        if self.correction_number:
            correction = workdays.deadline(
                received_on,
                self.correction_number,
                self.correction_unit or "working_day",
                self.correction_roll or "next_working_day",
            )
            values["correction_deadline"] = correction["date"]
            values["provisional"] |= correction["provisional"]
        return values

    def _explain_deadline(self):
        """Return how the days to appeal are counted, one line per day."""
        self.ensure_one()
        term = (
            self.env["gov.workday"]
            .with_company(self.company_id)
            .deadline(
                self.received_on,
                self.appeal_number,
                self.appeal_unit or "working_day",
                self.appeal_roll or "next_working_day",
            )
        )
        kinds = {
            "workday": self.env._("working day"),
            "holiday": self.env._("day off"),
            "weekend": self.env._("weekend"),
        }
        lines = [
            self.env._(
                "%(day)s received: not counted",
                day=format_day(self.env, self.received_on),
            )
        ]
        count = 0
        for day in term["days"]:
            kind = day["name"] or kinds[day["kind"]]
            if day["counted"]:
                count += 1
                text = self.env._(
                    "%(day)s %(kind)s: counted, day %(count)s",
                    day=format_day(self.env, day["date"]),
                    kind=kind,
                    count=count,
                )
            else:
                text = self.env._(
                    "%(day)s %(kind)s: passed over",
                    day=format_day(self.env, day["date"]),
                    kind=kind,
                )
            lines.append(text)
        lines.append(self.env._("Last day: %s", format_day(self.env, term["date"])))
        return "\n".join(lines)

    # ----------------------------------------------------------------- access log

    _access_log_mark = "deadline_text"

    @api.model
    def _access_log_visible_to_person(self):
        return True
