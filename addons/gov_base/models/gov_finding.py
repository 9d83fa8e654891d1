import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, mute_logger

from .gov_guard import engine

_logger = logging.getLogger(__name__)

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
    the server (:meth:`_raise`) and are never changed or deleted by hand. Supervision
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

    @api.depends("opened_on", "closed_on")
    def _compute_age_days(self):
        for finding in self:
            last = finding.closed_on or finding.company_id.gov_today()
            finding.age_days = (
                (last - finding.opened_on).days if finding.opened_on else 0
            )

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
        :param str evidence: what was found, in words and figures; added to an older
            finding unless it stands there already, so keep it the same on each run.
        :param employee: person concerned; default the record's applicant, else the
            employee of its handler.
        :return: the open findings, old and new, in the order of ``records``.
        """
        # sudo: called by server code that has found the facts; the caller's own
        # rights do not reach findings.
        findings = engine(self.sudo())
        rule = self.env["gov.finding.rule"]._get(rule_code)
        unsettled = findings.search(
            [
                ("rule_code", "=", rule_code),
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("state", "in", _UNSETTLED),
            ]
        )
        by_record = {finding.res_id: finding for finding in unsettled}
        for record in records.sudo():  # sudo: as above
            if record.id in by_record:
                by_record[record.id]._add_evidence(evidence)
                continue
            vals = {
                "rule_code": rule_code,
                "rule_id": rule.id,
                "severity": severity,
                "evidence": evidence,
                **self._values_from_record(record, employee),
            }
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    by_record[record.id] = findings.create(vals)
            except UniqueViolation:
                _logger.info("%s on %s: opened by a rival", rule_code, record)
                continue
            by_record[record.id]._ask_for_explanation()
        return self.browse(
            by_record[record_id].id
            for record_id in records.ids
            if record_id in by_record
        )

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

    def _add_evidence(self, evidence):
        """Add what was found since, with its day."""
        self.ensure_one()
        if evidence not in self.evidence:
            today = format_date(self.env, self.company_id.gov_today())
            self.evidence = f"{self.evidence}\n{today}: {evidence}"

    def _move(self, action, text, names):
        """Take one step with its text; the only way to a new state."""
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(self.env._("Please write a text: a finding needs one."))
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

    def _ask_for_explanation(self):
        """Put the finding on the list of the person concerned, else of the head."""
        self.ensure_one()
        users = (self._concerned_users() + self._heads()).filtered("active")
        if users:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Please explain"),
                user_id=users[0].id,
            )
