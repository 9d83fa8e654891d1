from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.names import join_names
from .gov_guard import is_engine


class GovApprovalMixin(models.AbstractModel):
    """A matter that walks an approval chain.

    A document joins with this mixin, approval rules as data, its hooks
    (``_approval_*`` below) and, in its form, the buttons and the two pages that the
    supply request shows. Its own ``state`` stands beside ``approval_state``.

    Who may do what, and from which state to which, stands in ``_get_transitions`` and
    nowhere else: the methods, ``write`` and the buttons all read it.

    * submit, withdraw: handler or applicant; withdraw until the last tier has decided
    * approve, reject, return: who has an open seat; a delegate in the delegator's name
    * hold: the same; no clock runs until a seat decides
    * ask an opinion: the same; the decision stays where it is
    * remind: handler or applicant, once per working day
    * cancel: handler or applicant, in draft, or when approved while nothing has been
      carried out

    ``rejected`` and ``cancelled`` are final. Every return and withdrawal starts a new
    round and keeps the old one.
    """

    _name = "gov.approval.mixin"
    _description = "Matter with an Approval Chain"
    _inherit = [
        "gov.approval.chain",
        "gov.approval.history",
        "gov.approval.special",
        "gov.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "gov.number.mixin",
        "gov.guard.mixin",
    ]
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "approval_state",
            "approval_round",
            "amount_frozen",
            "amount_is_frozen",
            "amount_for_approval",
            "submitted_at",
            "decided_at",
            "department_id",
            "step_ids",
            "seat_ids",
            "decision_ids",
            "is_head_matter",
            "reminded_on",
            "opinion_ids",
        }
    )

    approval_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("on_hold", "On hold"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        string="Approval",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="draft",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    handler_id = fields.Many2one(
        "res.users",
        string="Handler",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
        help="Who typed the matter.",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Applicant",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env.user.employee_id,
        ondelete="restrict",
        help="In whose name the matter is submitted.",
    )
    beneficiary_id = fields.Many2one(
        "hr.employee",
        string="Used by",
        compute="_compute_beneficiary_id",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        help="Who uses what is asked for.",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        precompute=True,
        store=True,
        index=True,
        ondelete="restrict",
        help="Where the applicant works; frozen at submission.",
    )
    amount_for_approval = fields.Monetary(
        string="Amount",
        compute="_compute_amount_for_approval",
        store=True,
        help="The server's own sum; it alone decides the band.",
    )
    amount_frozen = fields.Monetary(
        string="Amount submitted", readonly=True, copy=False
    )
    amount_is_frozen = fields.Boolean(readonly=True, copy=False)
    approval_round = fields.Integer(string="Round", readonly=True, copy=False)
    submitted_at = fields.Datetime(readonly=True, copy=False)
    decided_at = fields.Datetime(string="Approved at", readonly=True, copy=False)
    step_ids = fields.One2many(
        "gov.approval.step",
        "res_id",
        string="Approval chain",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    seat_ids = fields.One2many(
        "gov.approval.seat",
        "res_id",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    decision_ids = fields.One2many(
        "gov.approval.decision",
        "res_id",
        string="Decisions",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    opinion_ids = fields.One2many(
        "gov.approval.opinion",
        "res_id",
        string="Opinions asked",
        domain=lambda self: [("model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    is_head_matter = fields.Boolean(
        string="Matter of the head",
        readonly=True,
        copy=False,
        help="The head of the institution applied for it or uses it: a deputy "
        "countersigns, and it is listed for supervision.",
    )
    chain_preview = fields.Html(
        string="Who will decide", compute="_compute_chain_preview", sanitize=False
    )
    current_step_id = fields.Many2one(
        "gov.approval.step", compute="_compute_current_step"
    )
    waiting_for = fields.Char(compute="_compute_current_step")
    can_submit = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can")
    can_check = fields.Boolean(compute="_compute_can")
    can_hold = fields.Boolean(compute="_compute_can")
    can_remind = fields.Boolean(compute="_compute_can")
    can_answer = fields.Boolean(compute="_compute_can")

    # ------------------------------------------------------------------ computes

    @api.depends("employee_id")
    def _compute_beneficiary_id(self):
        for matter in self:
            matter.beneficiary_id = matter.employee_id

    @api.depends("employee_id")
    def _compute_department_id(self):
        for matter in self:
            if matter.approval_state == "draft":
                # Only the section that the applicant works in is read.
                matter.department_id = matter.employee_id.sudo()._gov_department()

    @api.depends("number")
    def _compute_display_name(self):
        kind = self.env["ir.model"]._get(self._name).name
        for matter in self:
            matter.display_name = matter.number or self.env._("%s (draft)", kind)

    def _compute_amount_for_approval(self):
        for matter in self:
            matter.amount_for_approval = 0

    @api.depends("approval_state", "approval_round", "step_ids.state")
    def _compute_current_step(self):
        turns = self._read_turns()
        for matter in self:
            step_id, text = turns.get(matter._origin.id, (False, False))
            matter.current_step_id = step_id
            matter.waiting_for = text

    def _read_turns(self):
        """Return whose turn it is, for a whole list by one query.

        Whoever reads the matter may know tier and names, so that rights on steps and
        users are not asked.

        :return: dict id → (id of the open step, text with its tier and people).
        """
        if not self.ids:
            return {}
        for name in "gov.approval.step", "gov.approval.seat":
            self.env[name].flush_model()
        query = SQL(
            """
            SELECT step.res_id, step.id, step.name, step.company_id,
                   array_agg(partner.name ORDER BY seat.id),
                   array_agg(behalf.name ORDER BY seat.id),
                   array_agg(seat.date_to ORDER BY seat.id)
              FROM gov_approval_step step
              LEFT JOIN gov_approval_seat seat
                ON seat.step_id = step.id AND seat.state = 'open'
              LEFT JOIN res_users users ON users.id = seat.user_id
              LEFT JOIN res_partner partner ON partner.id = users.partner_id
              LEFT JOIN res_users principal ON principal.id = seat.on_behalf_of_id
              LEFT JOIN res_partner behalf ON behalf.id = principal.partner_id
             WHERE step.model = %s AND step.res_id IN %s AND step.state = 'open'
             GROUP BY step.id
            """,
            self._name,
            tuple(self.ids),
        )
        rows = self.env.execute_query(query)
        companies = self.env["res.company"].browse({row[3] for row in rows})
        today = {company.id: company.gov_today() for company in companies}
        turns = {}
        for res_id, step_id, tier, company_id, *people in rows:
            names = [
                self._get_turn_name(person, behalf)
                for person, behalf, last_day in zip(*people, strict=True)
                if person and (not last_day or last_day >= today[company_id])
            ]
            text = self.env._(
                "%(tier)s: %(people)s", tier=tier, people=join_names(self.env, names)
            )
            turns[res_id] = (step_id, text)
        return turns

    def _get_turn_name(self, person, behalf):
        if not behalf:
            return person
        return self.env._(
            "%(delegate)s on behalf of %(delegator)s",
            delegate=person,
            delegator=behalf,
        )

    @api.depends("approval_state", "employee_id", "step_ids.state")
    @api.depends_context("uid")
    def _compute_can(self):
        open_seats = self._get_open_seats().grouped("res_id")
        asked = set(self._get_my_questions().mapped("res_id"))
        for matter in self:
            matter.can_answer = matter._origin.id in asked
            seat = open_seats.get(matter._origin.id)
            kind = seat.step_id.kind if seat else False
            matter.can_decide = kind == "decision"
            matter.can_check = kind == "check"
            matter.can_hold = (
                kind in ("decision", "check") and matter.approval_state == "submitted"
            )
            for action in ("submit", "withdraw", "cancel", "remind"):
                matter[f"can_{action}"] = not matter._get_blocker(action)

    @api.depends("employee_id", "department_id", "amount_for_approval", "step_ids")
    def _compute_chain_preview(self):
        for matter in self:
            rows = matter._get_chain_rows() if matter.employee_id else []
            matter.chain_preview = self.env["ir.qweb"]._render(
                "gov_base.approval_chain_preview", {"rows": rows}
            )

    # --------------------------------------------------------------- constraints

    @api.constrains("employee_id")
    def _check_applicant(self):
        for matter in self:
            # Only where the person works and whether the handler types for that
            # section is asked.
            employee = matter.employee_id.sudo()
            department = employee._gov_department()
            if not department:
                raise UserError(
                    self.env._(
                        "%(person)s belongs to no department. Ask personnel to enter "
                        "it, then try again.",
                        person=employee.name,
                    )
                )
            if not employee.active:
                raise UserError(
                    self.env._("%(person)s has left.", person=employee.name)
                )
            if not matter._may_type_for(matter.handler_id, employee, department):
                raise UserError(
                    self.env._(
                        "%(handler)s may submit their own matters, and the liaison "
                        "those of their department; %(person)s belongs to "
                        "%(department)s.",
                        handler=matter.handler_id.name,
                        person=employee.name,
                        department=department.name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not is_engine(self.env):
            vals_list = [{**vals, "handler_id": self.env.uid} for vals in vals_list]
            for vals in vals_list:
                self._check_has_applicant(vals)
        return super().create(vals_list)

    def _check_has_applicant(self, vals):
        if not vals.get("employee_id") and not self.env.user.employee_id:
            raise UserError(
                self.env._(
                    "%(user)s is not linked to an employee of %(company)s: name the "
                    "applicant.",
                    user=self.env.user.name,
                    company=self.env.company.name,
                )
            )

    def write(self, vals):
        if is_engine(self.env):
            self._check_state_moves(vals)
            return super().write(vals)
        self._guard_refuse({"handler_id", "company_id"} & set(vals))
        frozen = self._get_frozen_fields() & set(vals)
        for matter in self if frozen else self.browse():
            if matter.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%(matter)s has been submitted: %(fields)s can no longer be "
                        "changed. Withdraw it or have it returned first.",
                        matter=matter.display_name,
                        fields=self._get_labels(frozen),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        for matter in self:
            if matter.approval_round or matter.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%(matter)s has been submitted or cancelled and stays on "
                        "record.",
                        matter=matter.display_name,
                    )
                )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # A to-do does not make its holder a follower: leaders would get every note.
        if is_engine(self.env):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    @api.model
    def _get_labels(self, names):
        return [
            field["string"]
            for field in self.fields_get(sorted(names), ["string"]).values()
        ]

    @api.model
    def _get_frozen_fields(self):
        """Return the fields that nobody writes by hand once a matter is submitted.

        All stored fields of the document but those of the chatter and the to-dos.
        """
        helpers = set(self.env["mail.thread"]._fields)
        helpers |= set(self.env["mail.activity.mixin"]._fields)
        return {
            name
            for name, field in self._fields.items()
            if field.store or field.type == "one2many"
        } - helpers

    # ------------------------------------------------------------ public actions

    def action_submit(self):
        """Submit: number the matter, freeze its chain and open the first tier.

        :return: True
        :raise UserError: when the matter is incomplete, when a tier has nobody who
            may decide it, or when the user is neither handler nor applicant.
        """
        for matter in self.sorted("id"):
            matter._check_applicant()
            matter._check_special()
            matter._approval_check_submit()
            document = matter._begin("submit")
            document._assign_number()
            if document.approval_round:
                document.activity_unlink(["gov_base.mail_activity_type_returned"])
            fixed = document._approval_amount_is_fixed()
            document.write(
                {
                    "approval_state": "submitted",
                    "approval_round": document.approval_round + 1,
                    "amount_is_frozen": fixed,
                    "amount_frozen": document.amount_for_approval if fixed else 0,
                    "submitted_at": fields.Datetime.now(),
                    "department_id": document.employee_id._gov_department().id,
                    "is_head_matter": document._is_head_matter(),
                }
            )
            document._mark_head_matter()
            document._freeze_special()
            document._build_chain()
            document._approval_after_submit()
            document._advance()
        return True

    def action_approve(self, comment=""):
        """Agree, as the holder of an open seat; a check tier is closed the same way.

        :param comment: the opinion, may be empty.
        :return: True
        :raise UserError: when it is not the user's turn, or a check is not complete.
        """
        comment = self._check_comment(comment)
        for matter in self.sorted("id"):
            document, step, seat = matter._take_seat("approve")
            document._approve_step(step, seat, comment)
        return True

    def action_reject(self, reason):
        """Refuse the matter; one veto ends it.

        :param reason: the opinion; required.
        :return: True
        :raise UserError: without a reason, or when it is not the user's turn.
        """
        for matter in self.sorted("id"):
            reason = matter._check_reason(reason)
            document, step, seat = matter._take_seat("reject")
            document._reject_step(step, seat, reason)
        return True

    def action_return(self, reason, to_sequence=None):
        """Send the matter back for correction; a new round begins.

        :param reason: the opinion; required.
        :param to_sequence: number of an earlier step of this round to go back to;
            without it the matter goes back to the applicant.
        :return: True
        :raise UserError: without a reason, when it is not the user's turn, or when
            ``to_sequence`` names no earlier step.
        """
        for matter in self.sorted("id"):
            reason = matter._check_reason(reason)
            document, step, seat = matter._take_seat("return")
            target = False
            if to_sequence is not None and to_sequence is not False:
                target = document._get_return_target(step, to_sequence)
            document._return_step(step, seat, reason, target)
        return True

    def action_hold(self, reason):
        """Put the matter aside: no blame and no clock, until a seat decides.

        :param reason: the opinion; required.
        :return: True
        :raise UserError: without a reason, or when it is not the user's turn.
        """
        for matter in self.sorted("id"):
            reason = matter._check_reason(reason)
            document, step, seat = matter._take_seat("hold")
            document._hold_step(step, seat, reason)
        return True

    def action_remind(self, urgent=False):
        """Remind those whose turn it is, once per working day (催办).

        :param urgent: tell them at once, and again on the same day; a matter marked
            urgent always is. Otherwise it stands in their next digest.
        :return: True
        :raise UserError: when nobody is to be reminded, when it was reminded of
            today, or when the matter is not the user's own.
        """
        if not isinstance(urgent, bool):
            raise UserError(self.env._("Urgent is yes or no."))
        for matter in self.sorted("id"):
            document = matter._begin("remind")
            if not (urgent or document.is_urgent):
                document._check_not_reminded()
            document._remind(urgent or document.is_urgent)
        return True

    def action_ask_opinion(self, user_ids, question):
        """Ask colleagues about the matter, without giving the decision away.

        :param user_ids: ids of those asked, who may read the matter meanwhile.
        :param question: what is asked; required.
        :return: True
        :raise UserError: without a question, when it is not the user's turn, or when
            somebody cannot be asked: a party, an outsider, the user.
        """
        ids = self._get_user_ids(user_ids)
        for matter in self.sorted("id"):
            question = matter._check_reason(question)
            document, step, _seat = matter._take_seat("ask")
            users = document._get_askable(ids, step, self.env.user)
            document.env["gov.approval.opinion"]._ask(
                document, step, self.env.user, users, question
            )
        return True

    def _get_my_questions(self):
        """Return the open questions to the current user about these matters."""
        # Only the user's own questions are searched.
        return (
            self.env["gov.approval.opinion"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("user_id", "=", self.env.uid),
                    ("state", "=", "open"),
                ]
            )
        )

    def action_withdraw(self, reason=""):
        """Take the matter back to draft, until the last tier has decided.

        :param reason: may be empty.
        :return: True
        :raise UserError: when the matter is not under way or not the user's own.
        """
        reason = self._check_comment(reason)
        for matter in self.sorted("id"):
            document = matter._begin("withdraw")
            document._record_decision(
                document.current_step_id, self.env.user, "withdrawn", reason
            )
            document._end_round()
            document._reset_to_draft()
            document._approval_after_closed("withdraw")
        return True

    def action_cancel(self, reason):
        """Void the matter for good; its number stays visible.

        :param reason: required.
        :return: True
        :raise UserError: without a reason, when something has been carried out, or
            when the matter is not the user's own.
        """
        for matter in self.sorted("id"):
            reason = matter._check_reason(reason)
            document = matter._begin("cancel")
            document._record_decision(
                document.step_ids.browse(), self.env.user, "cancelled", reason
            )
            document.activity_unlink(["gov_base.mail_activity_type_returned"])
            document.write({"approval_state": "cancelled"})
            document._approval_after_closed("cancel")
        return True

    def action_open_reason_wizard(self):
        """Ask for the reason of the action named in the context, then do it.

        :return: a window action named after that action, and after the matter when it
            is one.
        """
        self.check_access("read")
        outcome = self.env["gov.approval.wizard"]._fields["outcome"]
        labels = dict(outcome._description_selection(self.env))
        title = labels.get(self.env.context.get("gov_outcome"), self.env._("Opinion"))
        if len(self) == 1 and self.number:
            title = f"{title} · {self.number}"
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "gov.approval.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": ",".join(str(id_) for id_ in self.ids),
                "default_outcome": self.env.context.get("gov_outcome", False),
                "gov_step_id": self.env.context.get("gov_step_id", False),
            },
        }
