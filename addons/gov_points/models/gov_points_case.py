from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_approval_chain import Transition
from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_line_commands,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.names import join_names

from ..tools import check_day, check_text, open_wizard

# States in which the scoring office works on a case.
OPEN_STATES = ("clue", "checked", "waiting_penalty")
SOURCES = [
    ("suggestion_box", "Suggestion box"),
    ("letter_visit", "Letter or visit"),
    ("questionnaire", "Questionnaire"),
    ("hotline", "Complaint hotline"),
    ("routine", "Routine supervision"),
    ("inspection", "Special inspection"),
    ("finding", "Finding from operations"),
    ("other", "Other"),
]


class GovPointsCase(models.Model):
    """A conduct case (记分事项): one incident, from clue to decision.

    =============== =============== ===================================================
    from            to              by
    =============== =============== ===================================================
    clue            checked         ``action_check``; ``waiting_penalty`` while one is
                                    due
    waiting_penalty checked         ``action_record_penalty``,
                                    ``action_penalty_not_due``
    clue, checked   submitted       ``action_submit``; it checks a clue first
    submitted       checked         ``action_withdraw``; returned by who decides
    submitted       decided         the last tier agrees: entries, notices
    submitted       dismissed       who decides does not agree
    open            dismissed       ``action_dismiss``
    open, submitted transferred     ``action_transfer``; ends the round
    transferred     as before       ``gov.points.transfer.action_record_outcome``
    open            cancelled       ``action_cancel``: entered by mistake
    =============== =============== ===================================================

    Officers of the scoring office enter, check and submit; whose own matter it is
    stands in ``gov.points.case.own``. ``employee_id`` is the officer in charge. The
    band goes by the highest points of an article, before sharing: what it asks for
    stands in the approval rules. While a case is transferred out its text is closed to
    the office; supervision reads. Nobody who is concerned reads a case, since it holds
    the reporter: they read their own share.
    """

    _name = "gov.points.case"
    _description = "Conduct Case"
    _inherit = ["gov.points.case.own", "gov.points.case.check", "gov.approval.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.points.case"
    _mail_post_access = "read"
    _approval_band_is_money = False

    _protected_fields = frozenset(
        {
            "state",
            "checked_at",
            "checked_by_id",
            "dismissed_on",
            "dismissal_reason",
            "penalty_state",
            "penalty_text",
            "penalty_document",
            "penalty_date",
            "transfer_ids",
            "is_on_spot",
            "highest_points",
            "barred_user_ids",
            "finding_id",
        }
    )

    employee_id = fields.Many2one(
        string="Officer in charge", help="The officer of the scoring office."
    )
    department_id = fields.Many2one(string="Scoring office")
    date = fields.Date(
        string="Incident date",
        required=True,
        index=True,
        default=lambda self: self.env.company.gov_today(),
        tracking=True,
        help="The rulebook and the cycle of this day count.",
    )
    time_text = fields.Char(string="Time", help="As it was told, e.g. about 14:30.")
    place = fields.Char()
    source = fields.Selection(SOURCES, required=True, default="routine", index=True)
    source_text = fields.Char(string="About the source")
    finding_id = fields.Many2one(
        "gov.finding",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    facts = fields.Text(
        required=True,
        help="What happened, in words that the person concerned may read: they do not "
        "name the reporter.",
    )
    reporter_id = fields.Many2one(
        "hr.employee",
        string="Reported by",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
        help="Never shown to the person concerned nor to those who decide.",
    )
    reporter_name = fields.Char(
        string="Reporter from outside",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    reporter_contact = fields.Char(
        string="How to reach the reporter",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    recusal_ids = fields.One2many(
        "gov.points.recusal",
        "case_id",
        string="Recused",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
        help="They neither read nor act in this case.",
    )
    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        compute="_compute_scheme_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '=', 'released')]",
        help="In force on the day of the incident.",
    )
    share_rule = fields.Selection(related="scheme_id.share_rule")
    share_ids = fields.One2many(
        "gov.points.share", "case_id", string="Persons concerned"
    )
    highest_points = fields.Integer(
        string="Highest score",
        compute="_compute_highest_points",
        store=True,
        help="Of the articles, before sharing; it decides who decides.",
    )
    persons = fields.Char(compute="_compute_persons")
    concerned_department_id = fields.Many2one(
        "hr.department",
        string="Department concerned",
        compute="_compute_concerned_department_id",
        store=True,
        index="btree_not_null",
        help="Of the first person, on the day of the incident.",
    )
    summary = fields.Char(compute="_compute_summary")
    repeat_count = fields.Integer(
        string="Repeats", compute="_compute_repeat_count", help="Within the cycle."
    )
    repeat_note = fields.Char(compute="_compute_repeat_count")
    penalty_due = fields.Boolean(
        string="Legal penalty due",
        tracking=True,
        help="Points wait until the penalty, or that none is due, is recorded.",
    )
    penalty_state = fields.Selection(
        [
            ("none", "None"),
            ("pending", "Pending"),
            ("imposed", "Imposed"),
            ("not_due", "Not due"),
        ],
        string="Legal penalty",
        required=True,
        readonly=True,
        copy=False,
        default="none",
    )
    penalty_text = fields.Text(string="About the penalty", readonly=True, copy=False)
    penalty_document = fields.Char(
        string="Document of the penalty", readonly=True, copy=False
    )
    penalty_date = fields.Date(string="Penalty of", readonly=True, copy=False)
    union_note = fields.Char(
        string="Union, companion",
        help="Who came along to the hearing; when the union was told.",
    )
    state = fields.Selection(
        [
            ("clue", "Clue"),
            ("checked", "Checked"),
            ("waiting_penalty", "Waiting for a penalty"),
            ("transferred", "Transferred out"),
            ("submitted", "Submitted"),
            ("decided", "Decided"),
            ("dismissed", "Dismissed"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    checked_at = fields.Datetime(readonly=True, copy=False)
    checked_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    dismissed_on = fields.Date(readonly=True, copy=False)
    dismissal_reason = fields.Text(readonly=True, copy=False)
    transfer_ids = fields.One2many(
        "gov.points.transfer",
        "case_id",
        string="Transfers",
        readonly=True,
        copy=False,
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    must_transfer = fields.Boolean(compute="_compute_must_transfer")
    is_on_spot = fields.Boolean(
        string="Decided on the spot",
        readonly=True,
        copy=False,
        help="By officers of the scoring office, without a meeting.",
    )
    can_check_clue = fields.Boolean(compute="_compute_can_case")
    can_dismiss = fields.Boolean(compute="_compute_can_case")
    can_transfer = fields.Boolean(compute="_compute_can_case")
    can_penalty = fields.Boolean(compute="_compute_can_case")
    can_edit = fields.Boolean(compute="_compute_can_case")

    # ------------------------------------------------------------------ computes

    @api.depends("date", "company_id")
    def _compute_scheme_id(self):
        schemes = self.env["gov.points.scheme"]
        found = {}
        for case in self:
            key = (case.date, case.company_id)
            if key not in found:
                found[key] = schemes._get_for(*key) if all(key) else schemes
            # Who chose another one of that day keeps it.
            if case.scheme_id not in found[key]:
                case.scheme_id = found[key][:1]

    @api.depends(
        "share_ids.article_id.points",
        "share_ids.article_id.is_discretion",
        "share_ids.discretion_points",
    )
    def _compute_highest_points(self):
        for case in self:
            points = [share._get_full_points() for share in case.share_ids]
            case.highest_points = max(points, default=0)

    @api.depends("highest_points")
    def _compute_amount_for_approval(self):
        """The band goes by points."""
        for case in self:
            case.amount_for_approval = case.highest_points

    @api.depends("share_ids.employee_id", "share_ids.person_name")
    def _compute_persons(self):
        for case in self:
            case.persons = join_names(self.env, case.share_ids.mapped("person"))

    @api.depends("share_ids.person", "share_ids.article_id", "share_ids.points")
    def _compute_summary(self):
        for case in self:
            case.summary = case._get_summary()

    @api.depends("share_ids.department_id")
    def _compute_concerned_department_id(self):
        for case in self:
            case.concerned_department_id = case.share_ids.department_id[:1]

    @api.depends("share_ids.repeat_count")
    def _compute_repeat_count(self):
        for case in self:
            again = case.share_ids.filtered("repeat_count")
            case.repeat_count = max(again.mapped("repeat_count"), default=0)
            case.repeat_note = join_names(
                self.env,
                [
                    self.env._(
                        "%(person)s: article %(article)s, %(count)s before in this "
                        "cycle",
                        person=share.person,
                        article=share.article_id.code,
                        count=share.repeat_count,
                    )
                    for share in again
                ],
            )

    @api.depends("share_ids.article_id.must_transfer", "transfer_ids.state")
    def _compute_must_transfer(self):
        for case in self:
            # Whoever reads the case may know whether it has been out.
            done = case.sudo().transfer_ids.filtered(lambda t: t.state == "done")
            articles = case.share_ids.article_id.filtered("must_transfer")
            case.must_transfer = bool(articles and not done)

    @api.depends(
        "share_ids.employee_id.user_id",
        "reporter_id.user_id",
        "recusal_ids.employee_id.user_id",
    )
    def _compute_barred_user_ids(self):
        for case in self:
            case.barred_user_ids = case._get_barred_employees().user_id

    @api.depends(
        "approval_state",
        "checked_at",
        "dismissed_on",
        "penalty_state",
        "transfer_ids.state",
    )
    def _compute_state(self):
        for case in self:
            case.state = case._get_state()

    def _get_state(self):
        """Return the state that follows from the approval and what was done."""
        self.ensure_one()
        if self.approval_state == "draft":
            # A transfer ends the round: nothing else can be out.
            if any(transfer.state == "open" for transfer in self.transfer_ids):
                return "transferred"
            if not self.checked_at:
                return "clue"
            pending = self.penalty_state == "pending"
            return "waiting_penalty" if pending else "checked"
        if self.approval_state == "cancelled" and self.dismissed_on:
            return "dismissed"
        return {
            "approved": "decided",
            "rejected": "dismissed",
            "cancelled": "cancelled",
        }.get(self.approval_state, "submitted")

    @api.depends("state", "penalty_state")
    @api.depends_context("uid")
    def _compute_can_case(self):
        for case in self:
            case.can_check_clue = not case._get_blocker("check")
            case.can_dismiss = not case._get_blocker("dismiss")
            case.can_transfer = bool(case.id) and not case._get_blocker("transfer")
            case.can_penalty = case.penalty_state == "pending" and not (
                case._get_blocker("penalty")
            )
            case.can_edit = case.state in OPEN_STATES and case._may_handle()

    @api.depends("number")
    def _compute_display_name(self):
        for case in self:
            case.display_name = case.number or self.env._("New case")

    @api.onchange("share_ids")
    def _onchange_share_ids(self):
        """Split evenly while nobody has said otherwise."""
        shares = self.share_ids
        if len(shares) < 2 or self.share_rule == "full":
            return
        before = round(100 / (len(shares) - 1), 2)
        if all(
            s.share in (100, before) or abs(s.share - before) < 0.02 for s in shares
        ):
            part = int(10000 / len(shares)) / 100
            for share in shares:
                share.share = part
            shares[-1].share = round(100 - part * (len(shares) - 1), 2)

    # --------------------------------------------------------------- constraints

    @api.constrains("date", "company_id")
    def _check_date(self):
        for case in self:
            today = case.company_id.gov_today()
            if case.date > today:
                raise UserError(
                    self.env._(
                        "Incident of %(day)s: that day lies in the future; today is "
                        "%(today)s.",
                        day=format_day(self.env, case.date),
                        today=format_day(self.env, today),
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return self._finish_create(super().create(vals_list))
        self._check_input(vals_list)
        for vals in vals_list:
            self._check_not_party_values(vals)
        cases = self._finish_create(super().create(vals_list))
        cases._check_not_party_each()
        return cases

    def _finish_create(self, cases):
        due = cases.filtered("penalty_due")
        # What follows from the values just accepted is the server's.
        engine(due.sudo()).write({"penalty_state": "pending"})
        cases._assign_number()
        return cases

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        self._check_input([vals])
        self._check_may_edit()
        self._check_not_party_values(vals)
        if vals.get("penalty_due") is False:
            self._check_penalty_stays()
        result = super().write(vals)
        if vals.get("penalty_due"):
            due = self.filtered(lambda case: case.penalty_state == "none")
            # State and person were checked just above.
            engine(due.sudo()).write({"penalty_state": "pending"})
        if {"date", "scheme_id", "company_id"} & set(vals):
            self._follow_scheme()
        if {"recusal_ids", "reporter_id", "share_ids"} & set(vals):
            self._check_not_party_each()
        return result

    @api.model
    def _check_input(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            if "facts" in vals:
                check_text(self.browse(), "facts", vals["facts"], 20000)
            for name in "share_ids", "recusal_ids":
                if vals.get(name):
                    check_line_commands(self.browse(), name, vals[name])
        check_records_exist(
            self.browse(), vals_list, ("employee_id", "reporter_id", "scheme_id")
        )

    def _check_may_edit(self):
        """Refuse changes by whose own matter it is, and of a case under way."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for case in self:
            if case.approval_state == "draft" and case.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%(case)s is in state “%(state)s” and cannot be changed.",
                        case=case.display_name,
                        state=labels[case.state],
                    )
                )
            if self.env.user in case._approval_party_users():
                raise UserError(case._get_refusal("check"))

    def _check_may_add(self):
        """Refuse another person in a case; one that is just being entered is free."""
        known = self.filtered("number")
        known._check_may_edit()
        known._check_open_now()

    def _check_open_now(self):
        """Refuse changes of the people of a case that is not open any more."""
        for case in self:
            if case.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%s is not open any more: withdraw it or have it returned "
                        "first.",
                        case.display_name,
                    )
                )

    def _check_not_party_each(self):
        """Refuse a case from which its own author would be shut out."""
        for case in self:
            # Only whether the current user is one of them is asked.
            if self.env.user in case._get_barred_employees().user_id:
                self._refuse_party()

    @api.model
    def _check_not_party_values(self, vals):
        """Refuse the same before anything is written, with the same words."""
        named = {vals.get("reporter_id")}
        for name in "share_ids", "recusal_ids":
            for command in vals.get(name) or ():
                if command[0] in (Command.CREATE, Command.UPDATE):
                    named.add(command[2].get("employee_id"))
        # Only which employees the user is.
        if named & set(self.env.user.sudo().employee_ids.ids):
            self._refuse_party()

    @api.model
    def _refuse_party(self):
        raise UserError(
            self.env._(
                "You are concerned, the reporter or recused in this case: another "
                "officer enters and handles it."
            )
        )

    def _check_penalty_stays(self):
        for case in self:
            if case.penalty_state != "none":
                raise UserError(
                    self.env._(
                        "%s: that no penalty is due is a decision. Record it with its "
                        "grounds.",
                        case.display_name,
                    )
                )

    def _follow_scheme(self):
        """Let each person's article be the one of the same code in the new rulebook."""
        for case in self:
            # The caller may change the case; the rulebook is read to find articles.
            for share in case.sudo().share_ids:
                article = share.article_id
                if not article or article.scheme_id == case.sudo().scheme_id:
                    continue
                share.with_user(self.env.user).sudo(self.env.su).article_id = (
                    case.sudo()
                    .scheme_id.article_ids.filtered(
                        lambda a, c=article.code: a.code == c
                    )
                    .id
                )

    # --------------------------------------------------------------- transitions

    @api.model
    def _get_transitions(self):
        """The engine's own steps are the office's, not one officer's."""
        moves = super()._get_transitions()
        for action in ("submit", "withdraw", "cancel", "remind"):
            moves[action] = moves[action]._replace(who="_may_handle")
        return moves

    @api.model
    def _get_case_moves(self):
        """Return the table of the steps beside the chain, by the case's own state."""
        under_way = {*OPEN_STATES, "submitted"}
        return {
            "check": Transition({"clue"}, "checked", "_may_handle"),
            "penalty": Transition(set(OPEN_STATES), False, "_may_handle"),
            "dismiss": Transition(set(OPEN_STATES), "dismissed", "_may_handle"),
            "transfer": Transition(under_way, "transferred", "_may_pass_on"),
            "outcome": Transition({"transferred"}, False, "_may_pass_on"),
        }

    def _get_blocker(self, action, seats=None):
        move = self._get_case_moves().get(action)
        sources = move.sources if move else self._get_chain_sources(action)
        if self.state not in sources:
            if action == "submit" and self.state == "waiting_penalty":
                return self.env._(
                    "%s waits for a legal penalty. Record the penalty, or the decision "
                    "that none is due, first.",
                    self.display_name,
                )
            labels = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(matter)s is in state “%(state)s”; this step is not possible now.",
                matter=self.display_name,
                state=labels[self.state],
            )
        if not move:
            return super()._get_blocker(action, seats)
        if not getattr(self, move.who)():
            return self._get_refusal(action)
        return False

    def _get_chain_sources(self, action):
        """Return the case's states in which a step of the chain is possible."""
        if action == "submit":
            return {"clue", "checked"}
        if action == "cancel":
            return {*OPEN_STATES, "decided"}
        return {"submitted"}

    def _may_handle(self):
        """Tell whether the user is an officer, and no party of the case."""
        return (
            self.env.user.has_group("gov_points.group_points_officer")
            and self.env.user not in self._approval_party_users()
        )

    def _may_pass_on(self):
        """Tell whether the user may transfer it out: an officer who may read it."""
        return (
            self.env.user.has_group("gov_points.group_points_officer")
            and self.env.user not in self._get_barred_employees().user_id
        )

    def _get_refusal(self, action):
        steps = {*self._get_case_moves(), "submit", "withdraw", "cancel", "remind"}
        if action not in steps:
            return super()._get_refusal(action)
        if self.env.user in self._approval_party_users():
            return self.env._(
                "%s: you are concerned, the reporter or recused, or you report to a "
                "person concerned. Another officer does this.",
                self.display_name,
            )
        return self.env._("This is done by officers of the scoring office.")

    # ------------------------------------------------------------- public actions

    def action_open_wizard(self):
        """Ask for what goes with the step named in the context, then do it.

        :return: a window action.
        :raise UserError: for none or several cases.
        """
        self.check_access("read")
        return open_wizard(self, self.env.context.get("gov_points_step"))

    def action_open_case(self):
        """Open the whole form, from the small one of a clue.

        :return: a window action.
        :raise UserError: for none or several cases.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_points.gov_points_case_action"
        )
        return {
            **action,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {},
        }

    def action_open_notices(self):
        """Open the notices that the decision issued: one form, or their list.

        :return: a window action.
        :raise UserError: for none or several cases.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        notices = self.share_ids.notice_ids
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_points.gov_points_notice_action"
        )
        action |= {"domain": [("id", "in", notices.ids)], "context": {}}
        if len(notices) == 1:
            action |= {"res_id": notices.id, "views": [(False, "form")]}
        return action

    def action_submit(self):
        """Submit for decision; a clue is checked by the same step.

        A late arrival seen by the officer takes one click, not two.

        :return: True
        :raise UserError: as :meth:`action_check`, and when anybody was not heard, a
            penalty is pending, the shares or the articles do not fit.
        """
        self.filtered(lambda case: case.state == "clue").action_check()
        return super().action_submit()

    def action_check(self):
        """Confirm that the facts of a clue were looked into.

        :return: True
        :raise UserError: the case is no clue, nobody is named, or the user is a party
            or no officer.
        """
        for case in self.sorted("id"):
            document = case._begin("check")
            document._check_facts()
            document.write(
                {
                    "checked_at": fields.Datetime.now(),
                    "checked_by_id": self.env.uid,
                }
            )
            document.share_ids.write({"state": "checked"})
        return True

    def action_dismiss(self, reason):
        """Close the case without points.

        :param reason: required; it stays on record.
        :return: True
        :raise UserError: without a reason, when the case is not open, or when the user
            is a party or no officer.
        """
        for case in self.sorted("id"):
            reason = case._check_reason(reason)
            document = case._begin("dismiss")
            document._record_decision(
                document.step_ids.browse(), self.env.user, "cancelled", reason
            )
            document.activity_unlink(["gov_base.mail_activity_type_returned"])
            document.write(
                {
                    "approval_state": "cancelled",
                    "dismissed_on": document.company_id.gov_today(),
                    "dismissal_reason": reason,
                }
            )
            document._approval_after_closed("cancel")
        return True

    def action_transfer(self, body, letter, date, scan=None):
        """Transfer the case out (移送): points wait, its text is closed to the office.

        :param body: who it goes to, e.g. the discipline inspection.
        :param letter: number of the letter.
        :param date: day of the letter.
        :param scan: its scan as base64, may be empty.
        :return: True
        :raise UserError: body or letter is missing, the date is not possible, or the
            case is decided or closed.
        """
        for case in self.sorted("id"):
            body = check_text(self, "body", body, 200)
            letter = check_text(self, "letter", letter, 200)
            day = check_day(self, date, case.company_id, case.date)
            document = case._begin("transfer")
            before = "checked" if document.state == "submitted" else document.state
            if document.approval_state != "draft":
                document._record_decision(
                    document.current_step_id,
                    self.env.user,
                    "withdrawn",
                    document._get_record_env()._("Transferred out."),
                )
                document._end_round()
                document._reset_to_draft()
                document._approval_after_closed("withdraw")
            document.transfer_ids.create(
                {
                    "case_id": document.id,
                    "body": body,
                    "letter": letter,
                    "date": day,
                    "scan": scan,
                    "state_before": before,
                    "sent_by_id": self.env.uid,
                }
            )._freeze_scan(required=False)
            document._close_to_office()
        return True

    def _close_to_office(self):
        """Take away what would still show the text to people of the office."""
        self.activity_ids.unlink()
        self._drop_followers(self.message_partner_ids.user_ids)
        notifications = self.env["mail.notification"].search(
            [
                ("mail_message_id.model", "=", self._name),
                ("mail_message_id.res_id", "in", self.ids),
            ]
        )
        notifications.unlink()

    def action_record_penalty(self, text, document, date):
        """Record the legal penalty that was imposed; points may follow now.

        :param text: what was imposed.
        :param document: number of its document.
        :param date: its day.
        :return: True
        :raise UserError: something is missing, or no penalty is pending.
        """
        for case in self.sorted("id"):
            text = check_text(self, "penalty_text", text)
            paper = check_text(self, "penalty_document", document, 200)
            day = check_day(self, date, case.company_id, case.date)
            matter = case._begin_penalty()
            matter.write(
                {
                    "penalty_state": "imposed",
                    "penalty_text": text,
                    "penalty_document": paper,
                    "penalty_date": day,
                }
            )
        return True

    def action_penalty_not_due(self, text):
        """Record the decision that no legal penalty is due.

        :param text: the grounds; required.
        :return: True
        :raise UserError: without grounds, or when no penalty is pending.
        """
        for case in self.sorted("id"):
            text = check_text(self, "penalty_text", text)
            matter = case._begin_penalty()
            matter.write(
                {
                    "penalty_state": "not_due",
                    "penalty_text": text,
                    "penalty_date": matter.company_id.gov_today(),
                }
            )
        return True

    def _begin_penalty(self):
        document = self._begin("penalty")
        if document.penalty_state != "pending":
            raise UserError(
                self.env._("%s: no legal penalty is pending.", self.display_name)
            )
        return document

    @api.model
    def _access_log_visible_to_person(self):
        """The persons concerned may know who looked, supervision excepted."""
        return True

    @api.model
    def _access_log_domain_of_person(self):
        """A case is a person's own once it is decided: before, the log would warn."""
        return Domain(
            "share_ids",
            "any",
            Domain("employee_id.user_id", "=", self.env.uid)
            & Domain("state", "in", ("noticed", "appealed", "final", "revoked")),
        )

    @api.model
    def _access_log_domain_shown(self):
        """Neither who reported a case nor the others in it are told by the log."""
        # Only whom the log must not name is asked.
        cases = self.sudo().search(self._access_log_domain_of_person())
        hidden = cases._get_barred_employees().user_id - self.env.user
        return Domain("user_id", "not in", hidden.ids)

    # --------------------------------------------------------------------- chatter

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Who may not read the case follows it not."""
        if partner_ids:
            barred = self._get_barred_partners()
            partner_ids = [id_ for id_ in partner_ids if id_ not in barred.ids]
        return super().message_subscribe(partner_ids, subtype_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Send nothing to persons concerned, reporter and recused, named or not."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        barred = self._get_barred_partners()
        return [data for data in recipients if data["id"] not in barred.ids]

    def _get_barred_partners(self):
        partners = self.env["res.partner"]
        for case in self:
            people = case._get_barred_employees()
            partners |= people.user_id.partner_id | people.work_contact_id
        return partners

    # ------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_points.group_points_officer")

    def _approval_summary(self):
        """What is out is closed to the office, in its inboxes, too."""
        return False if self.state == "transferred" else self._get_summary()

    def _get_summary(self):
        parts = []
        for share in self.share_ids:
            article = share.article_id.code or "-"
            parts.append(
                self.env._(
                    "%(person)s (article %(article)s, %(points)s points)",
                    person=share.person,
                    article=article,
                    points=share.points,
                )
            )
        return join_names(self.env, parts) or False

    def _approval_after_submit(self):
        result = super()._approval_after_submit()
        self.share_ids._freeze_person()
        steps = self._get_steps()
        self.is_on_spot = not any(step.kind == "meeting" for step in steps)
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        self._write_down()
        return result

    def _write_down(self):
        """Enter the points, issue the notices, tell the vendors; all in one go."""
        shares = self.share_ids
        shares._freeze_points()
        # The notice prints the total with these points: the ledger comes first.
        self.env["gov.points.entry"]._post(shares)
        self.env["gov.points.notice"]._issue(shares)
        shares.filtered("partner_id")._raise_vendor_finding()

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        return blocker or self.env._(
            "%s has been decided: points are taken back by an appeal or a correction "
            "in the ledger.",
            self.display_name,
        )
