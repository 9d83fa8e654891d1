from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import check_dictionaries
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import check_plain_values, check_records_exist

FULL_SCORE = 100
_CENT = Decimal("0.01")
_MAX_DAYS = 366
_TEXT_LIMIT = 4000
# What an inspector or clerk may set while nobody has signed.
_OPEN_FIELDS = frozenset({"inspector_ids", "sheet_id", "note"})
# action: states it starts from; where it leads stands in the class.
TRANSITIONS = {
    "sign": ("draft",),
    "state": ("inspected",),
    "finalise": ("inspected", "stated"),
    "reopen": ("draft", "inspected", "stated"),
    "replace": ("final",),
}


def exact_points(value):
    """Return points as an exact number of two decimals."""
    return Decimal(str(value or 0)).quantize(_CENT, rounding=ROUND_HALF_UP)


class GovServiceAssessment(models.Model):
    """The assessment (考核) of a service contract in one period.

    Deductions from 100 on the sheet of the contract: only what is wrong is written,
    with reason and photo. SLA and satisfaction figures and the departments' taps
    stand beside it; they count only as lines that an inspector writes.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     draft     ``action_sign`` by the first inspector: the lines are frozen
    draft     inspected both inspectors and the site manager have signed, or the site
                        manager refused before two witnesses
    inspected stated    ``action_statement`` of the other side within its deadline
    inspected final     the deadline lapsed (daily job, ``action_finalise``), or the
                        other side agrees
    stated    final     ``action_finalise`` with an answer, by somebody of contracts
                        who did not inspect
    draft     draft     ``action_reopen`` with a reason: all signatures are void
    inspected draft     the same
    stated    draft     the same
    final     replaced  ``action_replace`` with a reason, while no confirmed statement
                        uses it: a new assessment takes its place
    ========= ========= ==============================================================

    A final score is sealed and fixes the deduction by the contract's table. Inspectors
    and the clerks of contracts read all assessments, the vendor's portal users their
    own once it is inspected, supervision everything.
    """

    _name = "gov.service.assessment"
    _description = "Service Assessment"
    _inherit = [
        "gov.number.mixin",
        "gov.seal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_from desc, id desc"
    _rec_name = "number"
    _number_code = "gov.service.assessment"
    _check_company_auto = True
    _mail_post_access = "read"
    _seal_chain = "service_assessment"
    _sealed_fields = (
        "company_id",
        "number",
        "contract_id",
        "sheet_id",
        "date_from",
        "date_to",
        "inspector_ids",
        "round",
        "points_deducted",
        "score",
        "deduction_percent",
        "deduction_citation",
        "statement_text",
        "statement_on",
        "answer_text",
        "final_on",
        "replaces_id",
    )
    _protected_fields = frozenset(
        {
            "state",
            "round",
            "is_signed",
            "points_deducted",
            "score",
            "deduction_percent",
            "deduction_citation",
            "inspected_on",
            "statement_deadline",
            "statement_text",
            "statement_accepts",
            "statement_on",
            "statement_by_id",
            "statement_scan",
            "statement_scan_name",
            "statement_sha256",
            "answer_text",
            "answer_by_id",
            "final_on",
            "final_by_id",
            "replaces_id",
            "replace_reason",
            "signature_ids",
            "lock_ids",
            "request_count",
            "late_count",
            "satisfaction_count",
            "satisfaction_avg",
            "complaint_count",
            "tap_good",
            "tap_fair",
            "tap_poor",
            "tap_silent",
            "figures_at",
        }
    )

    contract_id = fields.Many2one(
        "contract.contract",
        string="Service contract",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Assessed", store=True, index=True
    )
    sheet_id = fields.Many2one(
        "gov.service.sheet",
        string="Assessment sheet",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    group_id = fields.Many2one(
        related="sheet_id.group_id", string="Service group", store=True, index=True
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="Until", required=True)
    inspector_ids = fields.Many2many(
        "res.users",
        "gov_service_assessment_inspector_rel",
        "assessment_id",
        "user_id",
        string="Inspectors",
        help="Two people; each signs on their own login.",
    )
    state = fields.Selection(
        [
            ("draft", "Being filled in"),
            ("inspected", "Signed"),
            ("stated", "Objected to"),
            ("final", "Final"),
            ("replaced", "Replaced"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    round = fields.Integer(readonly=True, default=1, copy=False)
    is_signed = fields.Boolean(
        string="Lines frozen",
        readonly=True,
        copy=False,
        help="Somebody has signed: the lines change only after the sheet is reopened.",
    )
    line_ids = fields.One2many(
        "gov.service.assessment.line", "assessment_id", string="Deductions", copy=False
    )
    line_count = fields.Integer(string="Faults", compute="_compute_line_count")
    points_deducted = fields.Float(
        string="Points off in all", digits=(16, 2), readonly=True, copy=False
    )
    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        default=FULL_SCORE,
        copy=False,
        aggregator="avg",
        help="100 less the deductions, not below 0.",
    )
    deduction_percent = fields.Float(
        string="Deduction %",
        digits=(16, 4),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Of the period's amount before deductions, by the contract's table; "
        "fixed when the score becomes final.",
    )
    deduction_citation = fields.Char(string="Deduction by", readonly=True, copy=False)
    percent_preview = fields.Char(
        string="Deduction rate", compute="_compute_percent_preview"
    )
    signature_ids = fields.One2many(
        "gov.service.assessment.signature",
        "assessment_id",
        string="Signatures",
        readonly=True,
        copy=False,
    )
    lock_ids = fields.One2many(
        "gov.service.assessment.lock",
        "assessment_id",
        string="Used by statements",
        readonly=True,
        copy=False,
    )
    is_locked = fields.Boolean(
        string="In a confirmed statement", compute="_compute_is_locked"
    )
    note = fields.Text(string="Remarks")
    inspected_on = fields.Date(string="Signed on", readonly=True, copy=False)
    statement_deadline = fields.Date(
        string="Statement until",
        readonly=True,
        copy=False,
        help="Working days by the clause service.assessment.statement.days.",
    )
    statement_text = fields.Text(
        string="View of the other side", readonly=True, copy=False
    )
    statement_accepts = fields.Boolean(string="Agrees", readonly=True, copy=False)
    statement_on = fields.Date(string="Stated on", readonly=True, copy=False)
    statement_by_id = fields.Many2one(
        "res.users", string="Stated or entered by", readonly=True, copy=False
    )
    statement_scan = fields.Binary(attachment=True, readonly=True, copy=False)
    statement_scan_name = fields.Char(readonly=True, copy=False)
    statement_sha256 = fields.Char(
        string="Fingerprint of the statement", readonly=True, copy=False
    )
    answer_text = fields.Text(string="Answer", readonly=True, copy=False)
    answer_by_id = fields.Many2one(
        "res.users", string="Answered by", readonly=True, copy=False
    )
    final_on = fields.Date(readonly=True, copy=False)
    final_by_id = fields.Many2one(
        "res.users",
        string="Made final by",
        readonly=True,
        copy=False,
        help="Empty: the deadline lapsed.",
    )
    replaces_id = fields.Many2one(
        "gov.service.assessment",
        string="Takes the place of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    replaced_by_ids = fields.One2many(
        "gov.service.assessment", "replaces_id", string="Replaced by", readonly=True
    )
    replace_reason = fields.Text(
        string="Reason of the change", readonly=True, copy=False
    )

    # Figures that the system fills in beside the sheet; frozen with the first
    # signature.
    request_count = fields.Integer(string="Requests finished", readonly=True)
    late_count = fields.Integer(string="Later than promised", readonly=True)
    satisfaction_count = fields.Integer(string="Answers on satisfaction", readonly=True)
    satisfaction_avg = fields.Float(
        string="Average satisfaction", digits=(3, 2), readonly=True, aggregator="avg"
    )
    complaint_count = fields.Integer(string="Verified complaints", readonly=True)
    tap_good = fields.Integer(string="Departments: good", readonly=True)
    tap_fair = fields.Integer(string="Departments: fair", readonly=True)
    tap_poor = fields.Integer(string="Departments: poor", readonly=True)
    tap_silent = fields.Integer(string="Departments: no answer", readonly=True)
    figures_at = fields.Datetime(string="Figures of", readonly=True)

    is_mine = fields.Boolean(
        string="I inspect", compute="_compute_can", search="_search_is_mine"
    )
    can_fill_in = fields.Boolean(compute="_compute_can")
    can_sign = fields.Boolean(compute="_compute_can")
    can_sign_manager = fields.Boolean(compute="_compute_can")
    can_state = fields.Boolean(compute="_compute_can")
    can_enter_statement = fields.Boolean(compute="_compute_can")
    can_finalise = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_replace = fields.Boolean(compute="_compute_can")

    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends before it begins."
    )
    _score_range = models.Constraint(
        "CHECK (score >= 0 AND score <= 100)", "A score lies between 0 and 100."
    )
    # One assessment per contract and day; ranges over ids need no extension.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int4range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&) WHERE (state <> 'replaced')",
        "This contract is assessed already for some of these days.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("number", "contract_id", "date_from")
    def _compute_display_name(self):
        for assessment in self:
            # Whoever reads the assessment may know what its contract is called.
            name = assessment.contract_id.sudo().name or ""
            period = assessment._get_period_text()
            number = assessment.number or ""
            assessment.display_name = f"{number} {name} {period}".strip()

    def _get_period_text(self):
        """Return the period: the month if it lies in one, else both days."""
        self.ensure_one()
        first, last = self.date_from, self.date_to
        if not first or not last:
            return ""
        if (first.year, first.month) == (last.year, last.month):
            return f"{first:%Y-%m}"
        return f"{first} – {last}"

    @api.depends("line_ids")
    def _compute_line_count(self):
        groups = self.env["gov.service.assessment.line"]._read_group(
            [("assessment_id", "in", self.ids)], ["assessment_id"], ["__count"]
        )
        counts = {assessment.id: count for assessment, count in groups}
        for assessment in self:
            assessment.line_count = counts.get(assessment._origin.id, 0)

    @api.onchange("contract_id")
    def _onchange_contract_id(self):
        for assessment in self:
            assessment.sheet_id = assessment.contract_id.sheet_id
            if assessment.contract_id.inspector_ids:
                assessment.inspector_ids = assessment.contract_id.inspector_ids

    def _refresh_score(self):
        """Add up the lines, exactly; called whenever one of them has changed."""
        for assessment in self:
            points = sum(
                (exact_points(line.deduction) for line in assessment.line_ids),
                Decimal(0),
            )
            # sudo: the line's own checks have been passed.
            engine(assessment.sudo()).write(
                {
                    "points_deducted": float(points),
                    "score": float(max(FULL_SCORE - points, Decimal(0))),
                }
            )

    @api.depends("score", "state", "deduction_percent", "contract_id")
    def _compute_percent_preview(self):
        for assessment in self:
            percent = assessment.deduction_percent
            if assessment.state not in ("final", "replaced"):
                # Whoever reads the assessment may know what it will cost.
                table = assessment.contract_id.sudo().deduction_table_id
                percent = table._percent(assessment.score) if table else False
            assessment.percent_preview = False if percent is False else f"{percent:g} %"

    @api.depends("lock_ids")
    def _compute_is_locked(self):
        for assessment in self:
            # sudo: only whether a statement uses the score is asked.
            assessment.is_locked = bool(assessment.sudo().lock_ids)

    @api.depends("state", "is_signed", "inspector_ids", "signature_ids", "lock_ids")
    @api.depends_context("uid")
    def _compute_can(self):
        user = self.env.user
        for assessment in self:
            mine = user in assessment._get_inspectors()
            draft = assessment.state == "draft"
            assessment.is_mine = mine
            assessment.can_fill_in = mine and draft and not assessment.is_signed
            assessment.can_sign = (
                mine and draft and user not in assessment._get_signatures().user_id
            )
            assessment.can_sign_manager = (
                mine
                and draft
                and assessment.is_signed
                and not assessment._get_signatures("site_manager")
            )
            assessment.can_state = (
                assessment.state == "inspected" and assessment._may_state()
            )
            assessment.can_enter_statement = (
                assessment.state == "inspected"
                and (mine or assessment._is_clerk())
                and not assessment.can_state
            )
            assessment.can_finalise = (
                assessment.state in TRANSITIONS["finalise"]
                and assessment._is_clerk()
                and not mine
            )
            assessment.can_reopen = (
                assessment.state in TRANSITIONS["reopen"]
                and (mine or assessment._is_clerk())
                and (assessment.is_signed or not draft)
            )
            assessment.can_replace = (
                assessment.state == "final"
                and assessment._is_clerk()
                and not assessment.is_locked
            )

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = fields.Domain("inspector_ids", "in", [self.env.uid])
        return mine if True in value else ~mine

    @api.model
    def _is_clerk(self):
        """Tell whether the user keeps contracts (the manager of the centre too)."""
        return self.env.user.has_group("gov_logistics.group_contract")

    @api.model
    def _is_inspector(self):
        return self.env.user.has_group("gov_logistics.group_service_inspector")

    def _may_state(self):
        """Tell whether the user speaks for the side that is assessed.

        The vendor's portal users, or whom the contract names for that side.
        """
        self.ensure_one()
        # sudo: only who speaks for which side is asked.
        contract = self.sudo().contract_id
        user = self.env.user
        if user in self._get_inspectors():
            return False
        if contract.service_role == "internal":
            return user == contract.own_confirmer_id
        if user == contract.other_confirmer_id:
            return True
        return bool(
            user._is_portal()
            and user.partner_id.commercial_partner_id
            == contract.partner_id.commercial_partner_id
        )

    def _get_inspectors(self):
        """Return the inspectors, whoever asks.

        Read with a user's own rights the relation leaves out accounts that the user
        does not see, such as all but their own for a vendor's portal user.
        """
        self.ensure_one()
        # sudo: who inspects is no secret to whoever reads the sheet.
        return self.sudo().inspector_ids

    def _get_signatures(self, role=None):
        """Return the signatures of this round, of one role or of both."""
        self.ensure_one()
        # sudo: who reads the assessment reads who signed it.
        return self.sudo().signature_ids.filtered(
            lambda row: row.round == self.round and role in (None, row.role)
        )

    # --------------------------------------------------------------- constraints

    @api.constrains("inspector_ids")
    def _check_inspectors(self):
        for assessment in self:
            inspectors = assessment._get_inspectors()
            if len(inspectors) > 2:
                raise UserError(
                    self.env._(
                        "%(assessment)s: two people inspect, not %(count)s.",
                        assessment=assessment.display_name,
                        count=len(inspectors),
                    )
                )
            for user in inspectors:
                assessment._check_inspector(user)

    def _check_inspector(self, user):
        """Refuse an inspector who may not inspect, or speaks for the other side.

        :raise UserError: naming the person and the reason.
        """
        # sudo: only groups and sides are asked.
        contract = self.sudo().contract_id
        other = (
            contract.own_confirmer_id
            if contract.service_role == "internal"
            else contract.other_confirmer_id
        )
        reason = None
        if not user.sudo().has_group("gov_logistics.group_service_inspector"):
            reason = self.env._("is no service inspector")
        elif self.company_id not in user.sudo().company_ids:
            reason = self.env._("does not work here")
        elif user == other:
            reason = self.env._("speaks for the side that is assessed")
        if reason:
            raise UserError(
                self.env._(
                    "%(person)s cannot inspect: %(reason)s.",
                    person=user.sudo().name,
                    reason=reason,
                )
            )

    @api.constrains("contract_id", "date_from", "date_to", "sheet_id")
    def _check_period(self):
        for assessment in self:
            contract = assessment.contract_id
            first, last = assessment.date_from, assessment.date_to
            if (last - first).days >= _MAX_DAYS:
                raise UserError(
                    self.env._(
                        "%(first)s – %(last)s is longer than a year.",
                        first=format_day(self.env, first),
                        last=format_day(self.env, last),
                    )
                )
            start, end = contract.date_start, contract.date_end
            if (start and first < start) or (end and last > end):
                raise UserError(
                    self.env._(
                        "%(contract)s runs from %(start)s to %(end)s: it cannot be "
                        "assessed for %(first)s – %(last)s.",
                        contract=contract.display_name,
                        start=format_day(self.env, start) or "-",
                        end=format_day(self.env, end) or "-",
                        first=format_day(self.env, first),
                        last=format_day(self.env, last),
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._clean_values(vals_list)
        for vals in vals_list:
            self._fill_in_contract(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not is_engine(self.env):
            [vals] = self._clean_values([vals])
            self._check_open_fields(vals)
        return super().write(vals)

    @api.model
    def _clean_values(self, vals_list):
        """Return ``vals_list`` as copies, refusing what no field can hold."""
        model = self.browse()
        check_dictionaries(model, vals_list)
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, ("contract_id", "sheet_id"))
        return [dict(vals) for vals in vals_list]

    @api.model
    def _fill_in_contract(self, vals):
        """Set the company of the contract and refuse a second assessment.

        :raise UserError: no contract, or one that is assessed for these days already.
        """
        contract = self.env["contract.contract"].browse(vals.get("contract_id"))
        if not contract:
            raise UserError(self.env._("Choose the service contract."))
        contract.check_access("read")
        vals["company_id"] = contract.company_id.id
        if not vals.get("sheet_id"):
            vals["sheet_id"] = contract.sheet_id.id
        if not vals["sheet_id"]:
            raise UserError(
                self.env._(
                    "%s names no assessment sheet: choose one in the contract.",
                    contract.display_name,
                )
            )
        if "inspector_ids" not in vals and contract.inspector_ids:
            vals["inspector_ids"] = [Command.set(contract.inspector_ids.ids)]
        if not is_engine(self.env) and contract.service_role not in (
            "internal",
            "vendor",
        ):
            raise UserError(
                self.env._("%s is no service contract.", contract.display_name)
            )
        first = to_day(self.env, vals.get("date_from"))
        last = to_day(self.env, vals.get("date_to"))
        if not first or not last or last < first:
            raise UserError(
                self.env._("Name the first and the last day of the period.")
            )
        if not is_engine(self.env):  # which looks for all contracts at once
            self._check_free(contract, first, last)

    @api.model
    def _check_free(self, contract, date_from, date_to):
        # sudo: which days are taken is no secret to who may assess the contract.
        taken = self.sudo().search(
            [
                ("contract_id", "=", contract.id),
                ("state", "!=", "replaced"),
                ("date_from", "<=", date_to),
                ("date_to", ">=", date_from),
            ],
            limit=1,
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(contract)s is assessed already from %(first)s to %(last)s.",
                    contract=contract.display_name,
                    first=format_day(self.env, taken.date_from),
                    last=format_day(self.env, taken.date_to),
                )
            )

    def _check_open_fields(self, vals):
        """Refuse changes of what is fixed: always but in a sheet nobody has signed.

        :raise UserError: naming the fields and the state.
        """
        own = set(vals) & set(type(self)._own_fields())
        if not own:
            return
        self._meet_rivals()
        for assessment in self:
            fixed = own - (
                _OPEN_FIELDS
                if assessment.state == "draft" and not assessment.is_signed
                else frozenset()
            )
            if "line_ids" in fixed and assessment.state == "draft":
                # The lines look after themselves.
                fixed.discard("line_ids")
            if fixed:
                labels = self.fields_get(sorted(fixed), ["string"])
                raise UserError(
                    self.env._(
                        "%(assessment)s: %(fields)s can no longer be changed.",
                        assessment=assessment.display_name,
                        fields=[labels[name]["string"] for name in sorted(fixed)],
                    )
                )

    @classmethod
    def _own_fields(cls):
        """Return the fields of the sheet itself, which follow its state."""
        return {
            "contract_id",
            "company_id",
            "date_from",
            "date_to",
            "line_ids",
            *_OPEN_FIELDS,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        for assessment in self:
            if assessment.state != "draft" or assessment.signature_ids:
                raise UserError(
                    self.env._(
                        "%s was signed and stays on record.", assessment.display_name
                    )
                )

    def _meet_rivals(self):
        """UPDATE the rows that filling in, signing and closing share."""
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(flush=False)

    def _check_fill_in(self):
        """Meet the rivals and refuse changes of the lines by anybody but an inspector.

        :raise UserError: the sheet is signed or closed, or is not the user's.
        """
        if is_engine(self.env):
            return
        self.check_access("write")
        self._meet_rivals()
        for assessment in self:
            if self.env.user not in assessment._get_inspectors():
                raise UserError(
                    self.env._(
                        "%(assessment)s is filled in by its inspectors: %(names)s.",
                        assessment=assessment.display_name,
                        names=assessment._get_names() or "-",
                    )
                )
            if assessment.state != "draft" or assessment.is_signed:
                raise UserError(
                    self.env._(
                        "%s has been signed: its lines change only after the sheet is "
                        "reopened, and then everybody signs again.",
                        assessment.display_name,
                    )
                )

    def _begin(self, action):
        """Meet the rivals and check access and state of one assessment.

        :param str action: a key of ``TRANSITIONS``.
        :return: the assessment in the engine's environment.
        :raise UserError: not one row, or not possible in its state.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._meet_rivals()
        if self.state not in TRANSITIONS[action]:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(assessment)s: this step is not possible in the state "
                    "“%(state)s”.",
                    assessment=self.display_name,
                    state=states[self.state],
                )
            )
        # sudo: access and state have just been checked, the caller checks the person.
        return engine(self.sudo())

    @api.model
    def _check_text(self, value, message=None):
        """Return ``value`` as text without blanks around it.

        :param message: what to say when it is empty; without one it may be.
        :raise UserError: no text, empty though required, or too long.
        """
        value = value or ""
        if not isinstance(value, str) or "\0" in value or len(value) > _TEXT_LIMIT:
            raise UserError(
                self.env._(
                    "“%(value)s” is no text of at most %(most)s characters.",
                    value=str(value)[:80],
                    most=_TEXT_LIMIT,
                )
            )
        value = value.strip()
        if message and not value:
            raise UserError(message)
        return value

    # -------------------------------------------------------------- for statements

    def _lock(self, document):
        """Keep these scores from being replaced: ``document`` has been confirmed.

        Called by the statement with its second confirmation.

        :param document: one record, e.g. a ``gov.settlement``.
        :raise UserError: a score that is not final.
        """
        self._meet_rivals()
        for assessment in self:
            if assessment.state != "final":
                raise UserError(
                    self.env._(
                        "%s is not final: the statement cannot be confirmed.",
                        assessment.display_name,
                    )
                )
        # sudo: the statement's own method has checked its person and state.
        locks = engine(self.env["gov.service.assessment.lock"].sudo())
        held = locks.search(
            [
                ("assessment_id", "in", self.ids),
                ("model", "=", document._name),
                ("res_id", "=", document.id),
            ]
        ).assessment_id
        locks.create(
            [
                {
                    "assessment_id": assessment.id,
                    "model": document._name,
                    "res_id": document.id,
                    "name": document.display_name,
                }
                for assessment in self.sorted("id")
                if assessment not in held
            ]
        )

    @api.model
    def _unlock(self, document):
        """Set free what ``document`` held: it was withdrawn or reversed."""
        # sudo: the statement's own method has checked its person and state.
        locks = engine(self.env["gov.service.assessment.lock"].sudo()).search(
            [("model", "=", document._name), ("res_id", "=", document.id)]
        )
        locks.assessment_id._meet_rivals()
        locks.unlink()

    @api.model
    def _covers(self, assessments, date_from, date_to):
        """Tell whether the periods of ``assessments`` cover every day asked for."""
        day = date_from
        for assessment in assessments.sorted("date_from"):
            if assessment.date_from > day:
                return False
            day = max(day, assessment.date_to + timedelta(days=1))
        return day > date_to

    def _get_names(self):
        """Return the inspectors' names as one text."""
        return join_names(self.env, self._get_inspectors().mapped("name"))
