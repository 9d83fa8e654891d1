from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.days import format_day
from ..tools.input_check import check_plain_values
from ..tools.names import join_names
from .gov_guard import engine, is_engine


class GovApprovalMeetingLine(models.Model):
    """One matter before a meeting, and what the meeting concluded.

    Typed by the clerk while the record is a draft; what came of it is written by the
    engine when a member confirms.
    """

    _name = "gov.approval.meeting.line"
    _description = "Matter before a Meeting"
    _inherit = ["gov.guard.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _protected_fields = frozenset({"result", "result_note", "recused_text"})

    meeting_id = fields.Many2one(
        "gov.approval.meeting", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="meeting_id.company_id", store=True)
    meeting_state = fields.Selection(related="meeting_id.state")
    sequence = fields.Integer(string="Agenda item", default=10)
    step_id = fields.Many2one(
        "gov.approval.step",
        string="Matter",
        required=True,
        index=True,
        ondelete="restrict",
    )
    matter_name = fields.Char(string="Number", compute="_compute_matter")
    summary = fields.Char(string="What", compute="_compute_matter")
    department_id = fields.Many2one("hr.department", compute="_compute_matter")
    currency_id = fields.Many2one("res.currency", compute="_compute_matter")
    amount = fields.Monetary(compute="_compute_matter")
    conclusion = fields.Selection(
        [
            ("agreed", "Agreed"),
            ("not_agreed", "Not agreed"),
            ("returned", "Returned"),
        ],
        string="Conclusion of the meeting",
        required=True,
        default="agreed",
    )
    text = fields.Char(
        string="Words of the conclusion",
        help="Needed when the meeting did not agree or returned the matter.",
    )
    recused = fields.Char(
        compute="_compute_counted",
        help="Members who are a party of this matter leave the room by themselves.",
    )
    counted = fields.Integer(string="Members who counted", compute="_compute_counted")
    quorum = fields.Integer(compute="_compute_counted")
    recused_text = fields.Char(readonly=True, copy=False)
    result = fields.Selection(
        [("decided", "Decided"), ("left", "Left as it is")],
        string="What came of it",
        readonly=True,
        copy=False,
    )
    result_note = fields.Char(readonly=True, copy=False)

    _step_uniq = models.Constraint(
        "UNIQUE (meeting_id, step_id)", "A matter stands once on the agenda."
    )

    # ------------------------------------------------------------------ computes

    @api.depends("step_id")
    def _compute_matter(self):
        for model, lines in self.grouped(lambda line: line.step_id.model).items():
            # Who reads the record of a meeting reads what it decided.
            matters = self.env[model].sudo() if model else None
            ids = lines.mapped("step_id.res_id")
            by_id = {m.id: m for m in matters.browse(ids)} if model else {}
            for line in lines:
                matter = by_id.get(line.step_id.res_id)
                line.matter_name = matter and matter.display_name
                line.summary = matter and matter._approval_summary()
                line.department_id = matter and matter.department_id
                line.currency_id = matter and matter._approval_currency()
                line.amount = matter.amount_for_approval if matter else 0

    @api.depends("step_id", "meeting_id.present_ids", "meeting_id.date", "recused_text")
    def _compute_counted(self):
        for line in self:
            line.recused = line.counted = line.quorum = False
            if not line.step_id or not line.meeting_id.date:
                continue
            recused, counted, quorum = line._count_present()
            named = line._get_line_matter()._approval_recused_named(recused)
            names = join_names(self.env, named.mapped("name"))
            line.recused = line.recused_text or names
            line.counted = len(counted)
            line.quorum = quorum

    # --------------------------------------------------------------- constraints

    @api.constrains("step_id", "meeting_id")
    def _check_step(self):
        for line in self:
            # Only whether the step waits for this body is asked.
            step, meeting = line.step_id.sudo(), line.meeting_id
            if not self.env.su:
                line.step_id.check_access("read")
            if (
                step.kind != "meeting"
                or step.role_id != meeting.role_id
                or step.company_id != meeting.company_id
            ):
                raise UserError(
                    self.env._(
                        "%(matter)s does not wait for %(body)s.",
                        matter=step.matter_name or step.display_name,
                        body=meeting.role_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self, vals)
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        check_plain_values(self, vals)
        self._check_draft()
        result = super().write(vals)
        self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_entered(self):
        self._check_draft()

    def _check_draft(self):
        if not is_engine(self.env):
            self.meeting_id._check_editable()

    def action_open_matter(self):
        """Open the form of the matter, for whoever may read it.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        # Where the matter lies is no secret; its own rules guard the form.
        step = self.sudo().step_id
        return {
            "type": "ir.actions.act_window",
            "res_model": step.model,
            "res_id": step.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"create": False},
        }

    # -------------------------------------------------------------------- engine

    def _get_line_matter(self):
        """Return the matter, without rules: the record of the meeting is at stake."""
        self.ensure_one()
        step = self.sudo().step_id
        # Only whom it concerns and who decided it before is asked.
        return self.env[step.model].sudo().browse(step.res_id)

    def _count_present(self):
        """Return who was recused, who counted, and how many had to be there.

        Parties of the matter are recused. Where the tier asks for other persons,
        whoever decided an earlier tier may sit in and preside but does not count.

        :return: ``(employees, employees, number)``.
        """
        self.ensure_one()
        # Only names of members are shown.
        meeting, step = self.meeting_id.sudo(), self.step_id.sudo()
        matter = self._get_line_matter()
        present = meeting.present_ids._origin.employee_id
        recused = present & matter._approval_party_employees()
        spent = step._get_spent_users(matter._get_earlier_decisions(step))
        members = step._get_meeting_members(matter, spent, meeting.date)
        return recused, present & members, step._get_quorum(len(members))

    def _is_waiting(self, matter):
        """Tell whether ``matter`` still waits for the decision of this line."""
        step = self.step_id
        return (
            step.state == "open"
            and step.round == matter.approval_round
            and matter.approval_state not in ("draft", "rejected", "cancelled")
        )

    def _check_line(self):
        """Refuse what the meeting cannot have decided; a matter that moved is left.

        :raise UserError: naming the matter.
        """
        self.ensure_one()
        matter = self._get_line_matter()
        if not matter.exists() or not self._is_waiting(matter):
            return
        meeting = self.meeting_id
        earliest = min(matter._get_entry_day(), meeting.company_id.gov_today())
        if matter.occurred_on:
            earliest = min(matter.occurred_on, earliest)
        if meeting.date < earliest:
            raise UserError(
                self.env._(
                    "%(matter)s was submitted on %(day)s; a meeting of %(date)s cannot "
                    "have decided it.",
                    matter=matter.display_name,
                    day=format_day(self.env, earliest),
                    date=format_day(self.env, meeting.date),
                )
            )
        _recused, counted, quorum = self._count_present()
        if len(counted) < quorum:
            raise UserError(
                self.env._(
                    "%(matter)s: %(counted)s members counted, %(quorum)s are needed. "
                    "Parties of the matter and those who decided an earlier tier do "
                    "not count.",
                    matter=matter.display_name,
                    counted=len(counted),
                    quorum=quorum,
                )
            )
        if self.conclusion != "agreed" and not (self.text or "").strip():
            raise UserError(
                self.env._(
                    "%(matter)s: write down why the meeting did not agree.",
                    matter=matter.display_name,
                )
            )

    def _decide(self):
        """Decide the matter through the engine, or leave it when it has moved."""
        self.ensure_one()
        matter = engine(self._get_line_matter())
        if not matter.exists():
            return self._leave(self.env._("It is not there any more."))
        matter._approval_meet_rivals()
        if not self._is_waiting(matter):
            states = dict(
                matter._fields["approval_state"]._description_selection(self.env)
            )
            return self._leave(
                self.env._(
                    "It did not wait for this meeting any more: %s.",
                    states[matter.approval_state],
                )
            )
        recused = self._count_present()[0]
        named = matter._approval_recused_named(recused)
        self.recused_text = join_names(self.env, named.mapped("name"))
        text = self._get_decision_text(matter)
        values = self.meeting_id._get_decision_values()
        # Nobody's seat decides: the meeting does.
        seat = self.env["gov.approval.seat"]
        if self.conclusion == "agreed":
            matter._approve_step(self.step_id, seat, text, **values)
        elif self.conclusion == "not_agreed":
            matter._reject_step(self.step_id, seat, text, **values)
        else:
            matter._return_step(self.step_id, seat, text, False, **values)
        self.result = "decided"
        return True

    def _leave(self, note):
        self.write({"result": "left", "result_note": note})
        return False

    def _get_decision_text(self, matter):
        """Return the words that the sealed decision keeps."""
        env, meeting = matter._get_record_env(), self.meeting_id.sudo()
        labels = dict(self._fields["conclusion"]._description_selection(env))
        text = env._(
            "%(body)s %(number)s of %(date)s, presided by %(chair)s; present: "
            "%(present)s; recused: %(recused)s. Conclusion: %(conclusion)s",
            body=meeting.role_id.with_env(env).name,
            number=meeting.number,
            date=format_day(env, meeting.date),
            chair=meeting.chair_id.employee_id.name,
            present=join_names(env, meeting.present_ids.employee_id.mapped("name")),
            recused=self.recused_text or env._("none"),
            conclusion=labels[self.conclusion],
        )
        return f"{text}. {self.text.strip()}" if self.text else text
