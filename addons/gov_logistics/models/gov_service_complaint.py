from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import domain_by_day, format_day, to_day
from odoo.addons.gov_base.tools.input_check import (
    check_plain_values,
    check_records_exist,
)

_MAX_TEXT = 4000
# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "verify": (("open",), "verified"),
    "dismiss": (("open",), "unfounded"),
}
_ABOUT = ("request_id", "contract_id", "partner_id", "employee_id", "complainant_id")
# What the complainant has said; only who entered it changes it.
_STATED = (
    "facts",
    "date",
    "source",
    "request_id",
    "complainant_id",
    "complainant_name",
    "complainant_phone",
)
_EXAMINERS = "gov_logistics.group_service_desk,gov_logistics.group_service_inspector"


class GovServiceComplaint(models.Model):
    """A complaint about a service: about a person of ours, a vendor, or neither.

    ======= ======== ========= =======================================================
    action  from     to        who
    ======= ======== ========= =======================================================
    verify  open     verified  the service desk, an inspector or the manager, never the
                               person complained about nor who did the work
    dismiss open     unfounded the same
    ======= ======== ========= =======================================================

    Both need a text, and are final. A verified complaint about a person opens the
    finding ``verified_complaint``; one about a vendor is offered to the next
    assessment of its contract (:meth:`_find_verified`). Everybody may hand one in and
    reads their own; the person complained about does not read it here: they hear of
    it by the finding, which names no complainant.
    """

    _name = "gov.service.complaint"
    _description = "Service Complaint"
    _inherit = ["gov.number.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.service.complaint"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "state",
            "result",
            "verified_by_id",
            "verified_at",
            "deadline",
            "department_id",
            "handler_id",
        }
    )

    date = fields.Date(
        string="Received on",
        required=True,
        index=True,
        default=lambda self: self.env.company.gov_today(),
    )
    source = fields.Selection(
        [
            ("phone", "By phone"),
            ("counter", "In person"),
            ("letter", "Letter or message box"),
            ("app", "In the app"),
            ("portal", "Portal of the served unit"),
            ("qr", "Visitor's link"),
            ("call_back", "Call back"),
        ],
        required=True,
        default="phone",
    )
    state = fields.Selection(
        [
            ("open", "To be examined"),
            ("verified", "Verified"),
            ("unfounded", "Unfounded"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    facts = fields.Text(required=True, help="What happened, when and where.")
    request_id = fields.Many2one(
        "maintenance.request",
        string="Service request",
        tracking=True,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="Service contract",
        tracking=True,
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor complained about",
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person complained about",
        tracking=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        help="Of the person, as it was when the complaint was entered.",
    )
    complainant_name = fields.Char(string="Complainant")
    complainant_phone = fields.Char(string="Phone of the complainant")
    complainant_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        index="btree_not_null",
        ondelete="set null",
    )
    handler_id = fields.Many2one(
        "res.users",
        string="Entered by",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    deadline = fields.Date(
        string="Examine by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Working days by the clause service.complaint.days.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    result = fields.Text(string="Finding and answer", readonly=True, copy=False)
    verified_by_id = fields.Many2one(
        "res.users",
        string="Examined by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    verified_at = fields.Datetime(string="Examined at", readonly=True, copy=False)
    can_close = fields.Boolean(compute="_compute_can_close")

    # === Compute ===

    @api.depends("employee_id")
    def _compute_department_id(self):
        for complaint in self:
            # sudo: the department of a person is no secret.
            person = complaint.sudo().employee_id
            complaint.department_id = person._gov_department() if person else False

    @api.depends("deadline", "state")
    def _compute_is_overdue(self):
        for complaint in self:
            complaint.is_overdue = bool(
                complaint.state == "open"
                and complaint.deadline
                and complaint.deadline < complaint.company_id.gov_today()
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & domain_by_day(
            self.env, lambda day: Domain("deadline", "<", day)
        )
        return overdue if True in value else ~overdue

    @api.depends("state", "employee_id", "request_id")
    @api.depends_context("uid")
    def _compute_can_close(self):
        for complaint in self:
            complaint.can_close = not complaint._refusal("verify")

    @api.depends("number")
    def _compute_display_name(self):
        for complaint in self:
            complaint.display_name = complaint.number or self.env._("Complaint")

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        self._check_read(vals_list)
        complaints = super().create(vals_list)
        complaints._check_about()
        for complaint in complaints:
            complaint._assign_number()
            engine(complaint.sudo()).deadline = complaint._draw_deadline()
        return complaints

    def write(self, vals):
        self._check_input([vals])
        if not is_engine(self.env):
            self.check_access("write")
            self._check_read([vals])
            self._check_open(vals)
            self._check_stated(vals)
        result = super().write(vals)
        if not set(vals).isdisjoint({*_ABOUT, "company_id"}):
            self._check_about()
        return result

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            if not isinstance(vals, dict):
                raise UserError(self.env._("These values are not possible here."))
            check_plain_values(model, vals)
            if "facts" in vals:
                self._check_text(vals["facts"])
            day = to_day(self.env, vals.get("date"))
            if day and day > self.env.company.gov_today():
                raise UserError(
                    self.env._(
                        "%(day)s is in the future: a complaint is entered when it has "
                        "been made.",
                        day=format_day(self.env, day),
                    )
                )
        check_records_exist(model, vals_list, _ABOUT)

    def _check_about(self):
        """Everything named belongs to the institution, and together."""
        for complaint in self:
            # Only where the named records belong is asked.
            document = complaint.sudo()
            contract = document.contract_id
            others = document.request_id.company_id + contract.company_id
            others += document.employee_id.company_id
            if others - document.company_id:
                raise UserError(
                    self.env._(
                        "A complaint names a request, a contract and a person of its "
                        "own institution."
                    )
                )
            vendor = contract.partner_id.commercial_partner_id
            named = document.partner_id.commercial_partner_id
            if contract and named and vendor != named:
                raise UserError(
                    self.env._(
                        "The contract %(contract)s is with %(vendor)s, not with "
                        "%(named)s.",
                        contract=contract.name,
                        vendor=vendor.name,
                        named=named.name,
                    )
                )

    def _check_open(self, vals):
        """What has been examined stays as it is; notes go into the log below."""
        frozen = {"facts", "date", "source", "company_id", *_ABOUT} & set(vals)
        closed = self.filtered(lambda complaint: complaint.state != "open")
        if frozen and closed:
            raise UserError(
                self.env._(
                    "%(complaint)s has been examined and stays as it is.",
                    complaint=closed[:1].display_name,
                )
            )

    @api.model
    def _check_read(self, vals_list):
        """Refuse a request or a contract that the caller does not read.

        Its title would show on the complaint. Examiners name any contract.
        """
        if self.env.su:
            return
        examines = self.env.user.has_groups(_EXAMINERS)
        for name in ("request_id",) if examines else ("request_id", "contract_id"):
            ids = {vals[name] for vals in vals_list if vals.get(name)}
            named = self.env[self._fields[name].comodel_name].browse(sorted(ids))
            if named and named._filtered_access("read") != named:
                raise UserError(
                    self.env._(
                        "%s: there is no such record among those that you read.",
                        self._fields[name]._description_string(self.env),
                    )
                )

    def _check_stated(self, vals):
        """Refuse that others reword a complaint, and any hand of those concerned."""
        names = {*_STATED, *_ABOUT, "company_id"} & set(vals)
        if self.env.su or not names:
            return
        user = self.env.user
        for complaint in self:
            if user in complaint._get_concerned():
                raise UserError(complaint._refuse_concerned())
            document = complaint.sudo()
            changed = [
                name
                for name in _STATED
                if name in vals and document[name] and complaint._differs(name, vals)
            ]
            if changed and document.handler_id != user:
                raise UserError(
                    self.env._(
                        "%(complaint)s: what was complained of stays as it was handed "
                        "in. Write what you found into the result.",
                        complaint=complaint.display_name,
                    )
                )

    def _differs(self, name, vals):
        before = self._fields[name].convert_to_write(self.sudo()[name], self)
        after = vals[name]
        return (before or False) != (
            to_day(self.env, after) if name == "date" else after
        )

    def _get_concerned(self):
        """Return the accounts of the person named and of who did the work."""
        self.ensure_one()
        # Only who is concerned is asked.
        document = self.sudo()
        concerned = document.employee_id.user_id + document.request_id.user_id
        return concerned.with_env(self.env)

    def _refuse_concerned(self):
        return self.env._(
            "%(complaint)s concerns your own work: somebody else examines it.",
            complaint=self.display_name,
        )

    @api.model
    def _check_text(self, text):
        text = text.strip() if isinstance(text, str) else ""
        if not text or len(text) > _MAX_TEXT or "\0" in text:
            raise UserError(
                self.env._(
                    "Please write a text of up to %(most)s signs.", most=_MAX_TEXT
                )
            )
        return text

    # === Actions ===

    def action_verify(self, result):
        """Close the complaint as true.

        :param str result: what was found and what is done; required.
        :return: True
        :raise UserError: not open, no text, or the caller may not examine it.
        """
        return self._move("verify", result)

    def action_dismiss(self, result):
        """Close the complaint as unfounded; see :meth:`action_verify`."""
        return self._move("dismiss", result)

    def action_open_result(self):
        """Open the dialog for the result.

        :return: a window action; the context names the outcome.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Result of the examination"),
            "res_model": "gov.service.complaint.result",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_complaint_id": self.id,
                "default_outcome": self.env.context.get("gov_outcome", "verify"),
            },
        }

    # === Engine ===

    def _move(self, action, result):
        """Take one step with its text; the only way to a new state."""
        result = self._check_text(result)
        for complaint in self:
            complaint.check_access("read")
            if refusal := complaint._refusal(action):
                raise UserError(refusal)
            # sudo: state, right and text were checked just above.
            document = engine(complaint.sudo())
            document.write(
                {
                    "state": _TRANSITIONS[action][1],
                    "result": result,
                    "verified_by_id": self.env.uid,
                    "verified_at": fields.Datetime.now(),
                }
            )
            document.activity_unlink(["mail.mail_activity_data_todo"])
            if action == "verify" and document.employee_id:
                document._raise_finding()
        return True

    def _raise_finding(self):
        """Open the finding about the person; the complainant stays unnamed."""
        self.ensure_one()
        evidence = self.env._(
            "%(number)s of %(day)s. %(facts)s Result: %(result)s",
            number=self.number,
            day=format_day(self.env, self.date),
            facts=self.facts.strip(),
            result=self.result,
        )
        return self.env["gov.finding"]._raise(
            "verified_complaint", self, evidence, employee=self.employee_id
        )

    def _refusal(self, action):
        """Return why the current user cannot take this step, False if they can."""
        self.ensure_one()
        if self.state not in _TRANSITIONS[action][0]:
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(complaint)s: this step is not possible in the state “%(state)s”.",
                complaint=self.display_name,
                state=states.get(self.state, ""),
            )
        user = self.env.user
        if not user.has_groups(_EXAMINERS):
            return self.env._(
                "%(complaint)s is examined by the service desk or an inspector.",
                complaint=self.display_name,
            )
        return user in self._get_concerned() and self._refuse_concerned()

    def _draw_deadline(self):
        """Return the day by which the complaint is to be examined, or False."""
        company = self.company_id
        # sudo: the clause is no secret; visitors and portal users come here.
        env = self.with_company(company).sudo().env
        try:
            days = env["gov.policy"].get_value("service.complaint.days")
            return env["gov.workday"].add_working_days(company.gov_today(), days)
        except UserError:
            return False  # a clause that is missing must not hide a complaint

    @api.model
    def _find_verified(self, contract, date_from, date_to):
        """Return the verified complaints that an assessment is offered.

        :param contract: one contract with a vendor.
        :param date_from, date_to: days on which they were received, both included.
        :return: those that name the contract, or its vendor and no other contract.
        """
        vendor = contract.partner_id.commercial_partner_id
        return self.search(
            [
                ("state", "=", "verified"),
                ("company_id", "=", contract.company_id.id or self.env.company.id),
                ("date", ">=", date_from),
                ("date", "<=", date_to),
                "|",
                ("contract_id", "=", contract.id),
                "&",
                ("contract_id", "=", False),
                ("partner_id", "child_of", vendor.id),
            ]
        )
