from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.days import format_day
from ..tools.names import join_names
from ..tools.rivals import meet_rivals
from .gov_guard import engine, is_engine


class GovApprovalMeeting(models.Model):
    """The record of a meeting that decided matters (党组会决定).

    ======= ======= ========= ==================================================
    action  from    to        who
    ======= ======= ========= ==================================================
    enter   draft   entered   a clerk of the secretariat
    correct entered draft     a clerk of the secretariat, a member present
    confirm entered confirmed a member present, neither who entered it nor a
                              party of one of its matters
    ======= ======= ========= ==================================================

    One record decides many matters. On confirmation each matter that still waits is
    decided through the engine, on the channel ``meeting``; one that was withdrawn or
    has moved meanwhile is named and left as it is. A confirmed record is sealed and
    keeps its number for good.
    """

    _name = "gov.approval.meeting"
    _description = "Record of a Meeting"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "gov.scan.mixin",
        "gov.seal.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "number"
    _check_company_auto = True
    _seal_chain = "meeting"
    _sealed_fields = (
        "company_id",
        "role_id",
        "number",
        "date",
        "chair_id",
        "present_ids",
        "scan_sha256",
        "entered_by_id",
        "entered_at",
        "confirmed_by_id",
        "confirmed_at",
        "result_text",
    )
    _protected_fields = frozenset(
        {
            "state",
            "entered_by_id",
            "entered_at",
            "confirmed_by_id",
            "confirmed_at",
            "result_text",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
    )
    role_id = fields.Many2one(
        "gov.role",
        string="Body",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_role(),
    )
    number = fields.Char(
        string="Number of the meeting",
        required=True,
        copy=False,
        help="As the office writes it, e.g. 〔2026〕第7次.",
    )
    date = fields.Date(
        string="Held on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    # People are named as holders of the role: with the title that they had.
    chair_id = fields.Many2one(
        "gov.role.holder",
        string="Presided by",
        check_company=True,
        ondelete="restrict",
    )
    member_ids = fields.Many2many(
        "gov.role.holder", string="Members on that day", compute="_compute_member_ids"
    )
    present_ids = fields.Many2many(
        "gov.role.holder",
        "gov_approval_meeting_present_rel",
        "meeting_id",
        "holder_id",
        string="Present",
        check_company=True,
        copy=False,
    )
    line_ids = fields.One2many(
        "gov.approval.meeting.line", "meeting_id", string="Matters"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("entered", "To be confirmed"),
            ("confirmed", "Confirmed by a member"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        index=True,
    )
    entered_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    entered_at = fields.Datetime(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    result_text = fields.Text(string="What was decided", readonly=True, copy=False)
    can_edit = fields.Boolean(compute="_compute_can")
    can_correct = fields.Boolean(compute="_compute_can")
    can_confirm = fields.Boolean(compute="_compute_can")

    _number_uniq = models.UniqueIndex(
        "(company_id, role_id, number)",
        "This meeting has been entered already: the number exists.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _default_role(self):
        """Return the body for which matters wait, else that of the rules, if one."""
        # Which body decides at meetings, and that something waits, is no secret.
        steps = self.env["gov.approval.step"].sudo()
        company = self.env.company.id
        waiting = steps._read_group(
            [
                ("kind", "=", "meeting"),
                ("state", "=", "open"),
                ("company_id", "=", company),
            ],
            ["role_id"],
        )
        if len(waiting) == 1:
            return waiting[0][0]
        rules = self.env["gov.approval.rule"].sudo()
        roles = rules.search(
            [("kind", "=", "meeting"), ("company_id", "in", [False, company])]
        ).role_id
        return roles if len(roles) == 1 else False

    @api.depends("role_id", "company_id", "date")
    def _compute_member_ids(self):
        for meeting in self:
            # Who holds a role is known to all staff.
            role = meeting.sudo().role_id
            meeting.member_ids = role._get_holders(
                meeting.company_id, meeting.date or None
            )

    @api.depends("number", "role_id")
    def _compute_display_name(self):
        for meeting in self:
            name = meeting.role_id.name or ""
            meeting.display_name = f"{name} {meeting.number or ''}".strip()

    @api.depends("state", "present_ids", "line_ids.step_id")
    @api.depends_context("uid")
    def _compute_can(self):
        clerk = self.env.user.has_group("gov_base.group_secretariat")
        for meeting in self:
            meeting.can_edit = clerk and meeting.state == "draft"
            meeting.can_correct = meeting.state == "entered" and (
                clerk or meeting._is_present()
            )
            meeting.can_confirm = not meeting._get_confirm_blocker()

    @api.onchange("company_id", "role_id", "date")
    def _onchange_body(self):
        self.present_ids &= self.member_ids
        if not self.present_ids:
            self.present_ids = self.member_ids
        self._onchange_present_ids()

    @api.onchange("present_ids")
    def _onchange_present_ids(self):
        """Propose who stands first in rank of those present to preside."""
        present = self.present_ids._origin
        if self.chair_id not in present:
            self.chair_id = present.sorted(lambda h: (h.rank_sequence, h.id))[:1]

    # --------------------------------------------------------------- constraints

    @api.constrains("date", "company_id")
    def _check_date(self):
        for meeting in self:
            if meeting.date > meeting.company_id.gov_today():
                raise UserError(
                    self.env._(
                        "Held on %s: that day lies in the future.",
                        format_day(self.env, meeting.date),
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_number(vals) for vals in vals_list])

    def write(self, vals):
        if not is_engine(self.env) and self._get_typed_fields() & set(vals):
            self._check_editable()
        return super().write(self._clean_number(vals))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_entered(self):
        self._check_editable()

    @api.model
    def _clean_number(self, vals):
        """Return ``vals`` with a number that blanks cannot make a second one."""
        number = isinstance(vals, dict) and vals.get("number")
        if not isinstance(number, str):
            return vals
        number = "".join(number.split())
        if not number:
            raise UserError(self.env._("The number of the meeting is missing."))
        return {**vals, "number": number}

    @api.model
    def _get_typed_fields(self):
        return {
            "company_id",
            "role_id",
            "number",
            "date",
            "chair_id",
            "present_ids",
            "line_ids",
            "scan",
            "scan_name",
        }

    def _check_editable(self):
        for meeting in self:
            if meeting.state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been entered and cannot be changed. Put it back to "
                        "draft first, while it is not confirmed.",
                        meeting.display_name,
                    )
                )

    # ------------------------------------------------------------------- actions

    def action_add_waiting(self):
        """Put all that waits for this body on the agenda.

        :return: True
        :raise UserError: not a clerk, not a draft, or nothing waits.
        """
        meeting = self._begin_meeting(("draft",), self._is_clerk())
        steps = self._get_waiting_steps() - meeting.line_ids.step_id
        if not steps:
            raise UserError(
                self.env._("Nothing else waits for %s.", meeting.role_id.name)
            )
        steps._seat_clerk(self.env.user)
        last = max(meeting.line_ids.mapped("sequence"), default=0)
        self.env["gov.approval.meeting.line"].create(
            [
                {
                    "meeting_id": meeting.id,
                    "step_id": step.id,
                    "sequence": last + number,
                }
                for number, step in enumerate(steps, 1)
            ]
        )
        return True

    def action_enter(self):
        """Put the record before the members who were present, for confirmation.

        :return: True
        :raise UserError: not a clerk, one of the matters is the clerk's own, or the
            record is not complete.
        """
        for meeting in self:
            document = meeting._begin_meeting(("draft",), meeting._is_clerk())
            document._check_complete()
            document._check_clerk()
            document.write(
                {
                    "state": "entered",
                    "entered_by_id": self.env.uid,
                    "entered_at": fields.Datetime.now(),
                }
            )
            document._ask_members()
        return True

    def action_correct(self, reason=""):
        """Put the record back to draft; it is confirmed anew afterwards.

        :param reason: what is wrong; may be empty.
        :return: True
        :raise UserError: neither a clerk nor a member present, or confirmed already.
        """
        if reason and not isinstance(reason, str):
            raise UserError(self.env._("The reason has to be a text."))
        for meeting in self:
            allowed = meeting._is_clerk() or meeting._is_present()
            document = meeting._begin_meeting(("entered",), allowed)
            document._drop_activities()
            document.write({"state": "draft"})
            if reason:
                document.message_post(
                    body=reason, author_id=self.env.user.partner_id.id
                )
        return True

    def action_confirm(self):
        """Confirm the record as a member who was present; the matters are decided.

        :return: True
        :raise UserError: as :meth:`_get_confirm_blocker`, when the record is not
            complete, or when a matter cannot be decided.
        """
        for meeting in self.sorted("id"):
            meeting.check_access("read")
            meeting._meet_rivals()
            if blocker := meeting._get_confirm_blocker():
                raise UserError(blocker)
            # Read access, state and person have just been checked.
            document = engine(meeting.sudo())
            document._check_complete()
            document._freeze_scan()
            document.write(
                {
                    "confirmed_by_id": self.env.uid,
                    "confirmed_at": fields.Datetime.now(),
                }
            )
            document._decide_lines()
            document.write(
                {"state": "confirmed", "result_text": document._get_result_text()}
            )
            document._drop_activities()
            document._seal()
        return True

    # ------------------------------------------------------------------- history

    def _import_line(self, step):
        """Put what was decided on paper on the agenda of this record, and seal it.

        :param step: the decided step of an imported matter.
        """
        self.env["gov.approval.meeting.line"].create(
            {"meeting_id": self.id, "step_id": step.id, "result": "decided"}
        )
        self.write({"state": "confirmed", "result_text": self._get_result_text()})
        self._freeze_scan()
        self._seal()

    # ------------------------------------------------------------------- helpers

    def _is_clerk(self):
        return self.env.user.has_group("gov_base.group_secretariat")

    def _is_present(self):
        self.ensure_one()
        # Only whether the current user was present is asked.
        return self.env.user in self.sudo().present_ids.user_id

    def _meet_rivals(self):
        """UPDATE the row that everybody who moves this record shares."""
        self.ensure_one()
        self.flush_recordset(["state"])
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)

    def _begin_meeting(self, states, allowed):
        """Meet the rivals, check state and person.

        :return: the record in the engine's superuser environment.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._meet_rivals()
        if not allowed:
            raise UserError(
                self.env._(
                    "The record of a meeting is entered by the secretariat and put "
                    "back by it or by a member who was present."
                )
            )
        if blocker := self._get_state_blocker(states):
            raise UserError(blocker)
        # Read access, state and person have just been checked.
        return engine(self.sudo())

    def _get_state_blocker(self, states):
        if self.state in states:
            return False
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(matter)s is in state “%(state)s”; this step is not possible now.",
            matter=self.display_name,
            state=labels[self.state],
        )

    def _get_confirm_blocker(self):
        """Return why the current user cannot confirm this record now, or False."""
        self.ensure_one()
        if blocker := self._get_state_blocker(("entered",)):
            return blocker
        if not self._is_present():
            return self.env._(
                "The record is confirmed by a member who was present: %s.",
                join_names(
                    self.env, self.sudo().present_ids.employee_id.mapped("name")
                ),
            )
        if self.env.user == self.entered_by_id:
            return self.env._("Who entered the record does not confirm it.")
        for line in self.sudo().line_ids:  # only whose matters these are is asked
            if self.env.user in line._get_line_matter()._approval_party_users():
                return self.env._(
                    "%s is your own matter: another member confirms the record.",
                    line.matter_name,
                )
        return False

    def _get_waiting_steps(self):
        """Return the open steps that wait for this body, own matters left out."""
        # A clerk of the secretariat sees what waits for the meeting; their own
        # matters are put before it by another clerk.
        steps = (
            self.env["gov.approval.step"]
            .sudo()
            .search(
                [
                    ("kind", "=", "meeting"),
                    ("state", "=", "open"),
                    ("role_id", "=", self.role_id.id),
                    ("company_id", "=", self.company_id.id),
                ],
                order="id",
            )
        )
        return steps.filtered(
            lambda s: self.env.user
            not in self.env[s.model].sudo().browse(s.res_id)._approval_party_users()
        )

    def _check_complete(self):
        """Refuse a record that says too little, or what cannot be.

        :raise UserError: naming what is missing.
        """
        self.ensure_one()
        missing = [
            name
            for name in ("chair_id", "present_ids", "line_ids", "scan")
            if not self[name]
        ]
        if missing:
            labels = self.fields_get(missing, ["string"])
            raise UserError(
                self.env._(
                    "%(meeting)s is not complete: %(fields)s.",
                    meeting=self.display_name,
                    fields=[labels[name]["string"] for name in missing],
                )
            )
        self._check_date()
        if strangers := self.present_ids - self.member_ids:
            raise UserError(
                self.env._(
                    "Not a member of %(body)s on %(date)s: %(people)s.",
                    body=self.role_id.name,
                    date=format_day(self.env, self.date),
                    people=strangers.employee_id.mapped("name"),
                )
            )
        if self.chair_id not in self.present_ids:
            raise UserError(
                self.env._(
                    "%s presided but is not present.", self.chair_id.employee_id.name
                )
            )
        for line in self.line_ids:
            line._check_line()

    def _check_clerk(self):
        """Refuse a clerk who enters what was decided on a matter of their own.

        :raise UserError: naming the matter.
        """
        for line in self.line_ids:
            if self.env.user in line._get_line_matter()._approval_party_users():
                raise UserError(
                    self.env._(
                        "%s is your own matter: another clerk enters the record.",
                        line.matter_name,
                    )
                )

    def _ask_members(self):
        """Give each member who may confirm a to-do, quietly."""
        users = self.present_ids.user_id.filtered("active") - self.entered_by_id
        quiet = self.with_context(mail_activity_quick_update=True)
        for user in users:
            quiet.activity_schedule(
                "gov_base.mail_activity_type_confirm",
                summary=self.env._("Confirm the record of the meeting"),
                date_deadline=self.company_id.gov_today(),
                user_id=user.id,
            )

    def _drop_activities(self):
        self.activity_unlink(["gov_base.mail_activity_type_confirm"])

    def _decide_lines(self):
        """Decide the matters in the order in which rivals would take them."""
        lines = self.line_ids.sorted(lambda x: (x.step_id.model, x.step_id.res_id))
        for line in lines:
            line._decide()

    def _get_decision_values(self):
        """Return what a decision of this meeting keeps beside tier and opinion."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        body = self.role_id.with_context(lang=lang).name
        return {
            "channel": "meeting",
            "decided_at": self._get_held_at(),
            "decider_id": self.confirmed_by_id.id,
            "post": f"{body} {self.number}",
        }

    def _get_held_at(self):
        """Return the end of the day of the meeting in UTC, but no later than now."""
        zone = pytz.timezone(self.company_id.gov_tz)
        end = zone.localize(datetime.combine(self.date, time(23, 59, 59)))
        end = end.astimezone(pytz.utc).replace(tzinfo=None)
        return min(end, fields.Datetime.now())

    def _get_result_text(self):
        """Return one line per matter: what was decided, and what was left."""
        labels = dict(
            self.line_ids._fields["conclusion"]._description_selection(self.env)
        )
        rows = []
        for number, line in enumerate(self.line_ids, 1):
            said = labels[line.conclusion]
            if line.result == "left":
                said = self.env._("left as it is. %s", line.result_note)
            elif line.text:
                said = f"{said}. {line.text}"
            rows.append(f"{number}. {line.matter_name}: {said}")
        return "\n".join(rows)
