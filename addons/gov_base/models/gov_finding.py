import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..tools.days import domain_by_day, format_day
from .gov_guard import engine

_logger = logging.getLogger(__name__)

_MAX_TEXT = 5000
_UNSETTLED = ("open", "explained")
# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "explain": (("open",), "explained"),
    "confirm": (_UNSETTLED, "confirmed"),
    "dismiss": (_UNSETTLED, "dismissed"),
}


class GovFinding(models.Model):
    """Something that looks wrong: somebody explains it, supervision closes it.

    ======== =============== ========= =================================================
    action   from            to        who
    ======== =============== ========= =================================================
    explain  open            explained the person concerned (account or employee) or the
                                       head of the department or the one above it
    confirm  open, explained confirmed supervision, never the person concerned
    dismiss  open, explained dismissed supervision, never the person concerned
    ======== =============== ========= =================================================

    Every step needs a text, which stays with its author and time. Rows are opened by
    the server (:meth:`_raise`), which takes back what turns out to be no fact
    (:meth:`_withdraw`); they are never changed or deleted by hand. Supervision
    reads the findings of its institutions, everybody else those about themselves or
    about a department that they head.
    """

    _name = "gov.finding"
    _description = "Finding"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "opened_on desc, id desc"
    _rec_name = "res_name"
    _mail_post_access = "read"
    _engine_only = True
    _allow_sudo_commands = False

    rule_code = fields.Char(string="Code", required=True, readonly=True)
    rule_id = fields.Many2one(
        "gov.finding.rule",
        string="Kind",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    severity = fields.Selection(
        [("info", "Notice"), ("warning", "To be looked at"), ("serious", "Serious")],
        required=True,
        readonly=True,
        default="warning",
    )
    model = fields.Char(string="Document type", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="model", required=True, readonly=True
    )
    res_name = fields.Char(string="Concerns", readonly=True)
    evidence = fields.Text(required=True, readonly=True)
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person concerned",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    handler_id = fields.Many2one(
        "res.users",
        string="Handler",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    department_id = fields.Many2one(
        "hr.department", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    state = fields.Selection(
        [
            ("open", "To be explained"),
            ("explained", "Explained"),
            ("confirmed", "Confirmed"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
        group_expand=True,
    )
    opened_on = fields.Date(required=True, readonly=True)
    deadline = fields.Date(
        string="Explain by",
        readonly=True,
        index="btree_not_null",
        help="Working days by the clause finding.explain.days.",
    )
    reminded_on = fields.Date(readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_age_days", search="_search_is_overdue"
    )
    evidence_short = fields.Char(
        string="What was found", compute="_compute_evidence_short"
    )
    in_my_department = fields.Boolean(
        compute="_compute_in_my_department", search="_search_in_my_department"
    )
    closed_on = fields.Date(readonly=True)
    age_days = fields.Integer(string="Days", compute="_compute_age_days")
    explanation = fields.Text(readonly=True)
    explained_by_id = fields.Many2one("res.users", readonly=True)
    explained_at = fields.Datetime(readonly=True)
    conclusion = fields.Text(readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True)
    closed_at = fields.Datetime(readonly=True)
    can_explain = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")

    _one_unsettled = models.UniqueIndex(
        "(rule_code, model, res_id) WHERE state IN ('open', 'explained')",
        "This finding is open already.",
    )
    _model_res_id = models.Index("(model, res_id)")

    # === Compute ===

    @api.depends("rule_id", "res_name")
    def _compute_display_name(self):
        for finding in self:
            name = finding.rule_id.name or ""
            if finding.res_name:
                name = self.env._(
                    "%(kind)s: %(record)s", kind=name, record=finding.res_name
                )
            finding.display_name = name

    @api.depends("opened_on", "closed_on", "deadline", "state")
    def _compute_age_days(self):
        for finding in self:
            today = finding.company_id.gov_today()
            last = finding.closed_on or today
            finding.age_days = (
                (last - finding.opened_on).days if finding.opened_on else 0
            )
            finding.is_overdue = bool(
                finding.state == "open"
                and finding.deadline
                and finding.deadline < today
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & domain_by_day(
            self.env, lambda day: Domain("deadline", "<", day)
        )
        return overdue if True in value else ~overdue

    @api.depends("evidence")
    def _compute_evidence_short(self):
        for finding in self:
            text = " ".join((finding.evidence or "").split())
            finding.evidence_short = text if len(text) <= 90 else f"{text[:88]}…"

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_in_my_department(self):
        mine = self._my_departments()
        for finding in self:
            finding.in_my_department = finding.department_id in mine

    @api.model
    def _search_in_my_department(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("department_id", "in", self._my_departments().ids)
        return mine if True in value else ~mine

    @api.model
    def _my_departments(self):
        """Return the departments that the current user works in or heads."""
        # sudo: only which departments are the user's own.
        employees = self.env.user.sudo().employee_ids
        departments = self.env["hr.department"].sudo()
        departments = departments.search([("manager_id", "in", employees.ids)])
        for employee in employees:
            departments |= employee._gov_department().sudo()
        return departments.with_env(self.env)

    @api.depends("state", "employee_id", "handler_id", "department_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for finding in self:
            finding.can_explain = not finding._refusal("explain")
            finding.can_close = not finding._refusal("confirm")

    # === Actions ===

    def action_explain(self, text):
        """Explain the finding.

        :param str text: the explanation; must not be empty.
        :raise UserError: not open, no text, or the caller is neither the person
            concerned nor the head of the department.
        """
        return self._move(
            "explain", text, ("explanation", "explained_by_id", "explained_at")
        )

    def action_confirm(self, text):
        """Close the finding as true; supervision only, see :meth:`action_explain`."""
        return self._move("confirm", text, ("conclusion", "closed_by_id", "closed_at"))

    def action_dismiss(self, text):
        """Close the finding as unfounded; supervision only."""
        return self._move("dismiss", text, ("conclusion", "closed_by_id", "closed_at"))

    def action_open_document(self):
        """Open the document that the finding is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === Engine ===

    @api.model
    def _raise(self, rule_code, records, evidence, severity="warning", employee=None):
        """Open one finding per record; one that is not closed yet is added to.

        :param str rule_code: code of the kind, see ``gov.finding.rule``.
        :param records: recordset the finding is about.
        :param evidence: what was found, in words and figures, or a dict record id →
            text; added to an older finding unless it stands there already, so keep it
            the same on each run.
        :param employee: person concerned, or a dict record id → person; default the
            record's applicant, else the employee of its handler.
        :return: the open findings, old and new, in the order of ``records``; none
            where the institution has switched the kind off.
        """
        # sudo: called by server code that has found the facts; the caller's own
        # rights do not reach findings.
        findings = engine(self.sudo())
        rule = self.env["gov.finding.rule"]._get(rule_code)
        off = self._get_switched_off(rule)
        unsettled = findings.search(
            [
                ("rule_code", "=", rule_code),
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("state", "in", _UNSETTLED),
            ]
        )
        by_record = {finding.res_id: finding for finding in unsettled}
        texts = evidence if isinstance(evidence, dict) else {}
        people = employee if isinstance(employee, dict) else {}
        deadlines, new = {}, {}
        for record in records.sudo():  # sudo: as above
            text = texts[record.id] if texts else evidence
            if record.id in by_record:
                by_record[record.id]._add_evidence(text)
                continue
            person = people.get(record.id) if people else employee
            vals = {
                "rule_code": rule_code,
                "rule_id": rule.id,
                "severity": severity,
                "evidence": text,
                **self._values_from_record(record, person),
            }
            company_id = vals["company_id"]
            if company_id in off.ids:
                continue
            if company_id not in deadlines:
                deadlines[company_id] = self._get_deadline(company_id)
            new[record.id] = {**vals, "deadline": deadlines[company_id]}
        opened = findings._open(new)
        by_record.update(opened)
        for finding in opened.values():
            finding._ask_for_explanation()
        return self.browse(
            by_record[record_id].id
            for record_id in records.ids
            if record_id in by_record
        )

    @api.model
    def _get_switched_off(self, rule):
        """Return the institutions that do not look at findings of this kind."""
        # sudo: only whether this kind is looked at is asked.
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        switches = self.env["gov.finding.switch"].sudo()._get_last(rule, companies)
        return switches.filtered(lambda switch: not switch.is_on).company_id

    def _open(self, new):
        """Create findings at once, or one by one when a rival opened one of them.

        :param new: dict record id → values.
        :return: dict record id → finding that was opened here.
        """
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                made = self.create(list(new.values()))
                return dict(zip(new, made, strict=True))
        except UniqueViolation:
            opened = {}
            if len(new) > 1:
                for record_id, vals in new.items():
                    opened.update(self._open({record_id: vals}))
            else:
                _logger.info("%s: opened by a rival", list(new.values()))
            return opened

    @api.model
    def _values_from_record(self, record, employee):
        """Return whom and what ``record`` concerns, as far as it tells."""

        def linked(name, comodel):
            field = record._fields.get(name)
            found = field and field.comodel_name == comodel and record[name]
            return found or self.env[comodel]

        handler = linked("handler_id", "res.users")
        if record._name == "res.users":
            handler = record
        elif record._name == "hr.employee":
            employee = employee or record
        person = employee or linked("employee_id", "hr.employee") or handler.employee_id
        department = linked("department_id", "hr.department")
        if person and (not department or record._name == "hr.employee"):
            department = person._gov_department()
        company = linked("company_id", "res.company")
        if not company or record._name == "res.users":
            company = self.env.company
        return {
            "model": record._name,
            "res_id": record.id,
            "res_name": record.display_name,
            "employee_id": person.id,
            "handler_id": handler.id,
            "department_id": department.id,
            "company_id": company.id,
            "opened_on": company.gov_today(),
        }

    @api.model
    def _get_deadline(self, company_id):
        """Return the day until which to explain, False without clause or plan."""
        company = self.env["res.company"].browse(company_id)
        try:
            days = self.env["gov.policy"].get_value(
                "finding.explain.days", company=company
            )
            return self.env["gov.workday"].add_working_days(company.gov_today(), days)
        except UserError as problem:
            # A clause that is missing must not hide what was found.
            _logger.info("Finding without a deadline: %s", problem)
            return False

    @api.model
    def _cron_remind(self):
        """On the last day, once: remind who has to explain."""
        # sudo: a job; it shows each person only what they may read anyway.
        findings = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            today = company.gov_today()
            due = findings.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "open"),
                    ("deadline", "<=", today),
                    ("reminded_on", "=", False),
                ],
                order="id",
            )
            for finding in due:
                finding.reminded_on = today
                finding._ask_for_explanation(
                    finding._get_lang_env()._("Please explain: the time is up")
                )

    def _get_lang_env(self):
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        return self.with_context(lang=lang).env

    def _add_evidence(self, evidence):
        """Add what was found since, with its day."""
        self.ensure_one()
        if evidence not in self.evidence:
            today = format_day(self.env, self.company_id.gov_today())
            self.evidence = f"{self.evidence}\n{today}: {evidence}"

    def _withdraw(self, reason):
        """Take findings back in the system's name: their fact has gone.

        Called by the server code that opened them; what a person has closed stays.

        :param str reason: why the fact no longer holds, in words.
        :return: the findings that were taken back.
        """
        # sudo: as in _raise().
        findings = engine(self.sudo()).filtered(lambda row: row.state in _UNSETTLED)
        for finding in findings:
            finding.write(
                {
                    "state": "dismissed",
                    "conclusion": reason,
                    # sudo: the account of the system itself.
                    "closed_by_id": self.env.ref("base.user_root").sudo().id,
                    "closed_at": fields.Datetime.now(),
                    "closed_on": finding.company_id.gov_today(),
                }
            )
            finding.activity_unlink(["mail.mail_activity_data_todo"])
        return findings

    def _is_withdrawn(self):
        """Tell whether the system took the finding back, and no person closed it."""
        self.ensure_one()
        # sudo: only whose account closed it is asked.
        root = self.env.ref("base.user_root").sudo()
        return self.state == "dismissed" and self.sudo().closed_by_id == root

    def _move(self, action, text, names):
        """Take one step with its text; the only way to a new state."""
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(self.env._("Please write a text: a finding needs one."))
        if len(text) > _MAX_TEXT or "\x00" in text:
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_MAX_TEXT)
            )
        for finding in self:
            finding.check_access("read")
            refusal = finding._refusal(action)
            if refusal:
                raise UserError(refusal)
            values = (text, self.env.uid, fields.Datetime.now())
            state = _TRANSITIONS[action][1]
            vals = {"state": state, **dict(zip(names, values, strict=True))}
            if state not in _UNSETTLED:
                vals["closed_on"] = finding.company_id.gov_today()
            # sudo: _refusal() has checked the step, the caller's part and the text.
            finding_sudo = engine(finding.sudo())
            finding_sudo.write(vals)
            finding_sudo.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def _refusal(self, action):
        """Return why the current user cannot take this step, False if they can."""
        self.ensure_one()
        if self.state not in _TRANSITIONS[action][0]:
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(finding)s: this step is not possible in the state “%(state)s”.",
                finding=self.display_name,
                state=states[self.state],
            )
        user = self.env.user
        if action == "explain":
            if user not in self._concerned_users() + self._heads():
                return self.env._(
                    "%(finding)s is explained by the person concerned or by the head "
                    "of the department.",
                    finding=self.display_name,
                )
        elif not user.has_group("gov_base.group_supervision"):
            return self.env._(
                "%(finding)s is confirmed or dismissed by supervision.",
                finding=self.display_name,
            )
        elif user in self._concerned_users():
            return self.env._(
                "%(finding)s concerns you: somebody else in supervision closes it.",
                finding=self.display_name,
            )
        return False

    def _concerned_users(self):
        # sudo: only to compare accounts with the current user.
        finding = self.sudo()
        return (finding.employee_id.user_id + finding.handler_id).with_env(self.env)

    def _heads(self):
        """Return the accounts of the heads of the department and of the one above."""
        # sudo: only to compare accounts with the current user.
        department = self.sudo().department_id
        heads = department.manager_id + department.parent_id.manager_id
        return heads.user_id.with_env(self.env)

    def _ask_for_explanation(self, summary=None):
        """Put the finding on the list of the person concerned, else of the head."""
        self.ensure_one()
        users = (self._concerned_users() + self._heads()).filtered("active")
        if users:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.deadline or self.company_id.gov_today(),
                summary=summary or self._get_lang_env()._("Please explain"),
                user_id=users[0].id,
            )
