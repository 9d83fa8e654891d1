from calendar import monthrange

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import find_record

_CLERKS = "gov_logistics.group_store,gov_logistics.group_procurement"


class GovSupplyPlan(models.Model):
    """The monthly plan (月计划): many small wishes, one purchase, one distribution.

    Departments hand in purchase requests until the day of the clause
    ``supply.plan.day``; only their section head agrees. The clerk merges them into one
    purchase request, which walks the whole chain with the merged sum and is ordered
    once. What arrives is shared out and handed to each department against a
    signature, on the screen or on the printed list.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    open      merged    ``action_merge`` by the store clerk or procurement
    merged    open      the merged request is rejected, returned, withdrawn, cancelled
    merged    approved  the last tier agrees to the merged request
    approved  done      all is handed out, or the rest is closed
    ========= ========= ==============================================================

    Everybody reads the plans of their institution; which requests they see in it is
    for the rules of the requests to say.
    """

    _name = "gov.supply.plan"
    _description = "Monthly Plan of Supplies"
    _inherit = ["mail.thread", "gov.guard.mixin"]
    _order = "month desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset(
        {"state", "merged_id", "request_ids", "merged_request_ids", "hand_in_date"}
    )

    month = fields.Date(
        required=True,
        default=lambda self: self._get_default_month(),
        help="First day of the month.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    hand_in_date = fields.Date(
        string="Hand in until",
        compute="_compute_hand_in_date",
        store=True,
        precompute=True,
        help="The day of the clause in this month; later requests go to the next plan.",
    )
    state = fields.Selection(
        [
            ("open", "Taking requests"),
            ("merged", "Merged, being approved"),
            ("approved", "Approved, being bought"),
            ("done", "Distributed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    note = fields.Text()
    request_ids = fields.One2many(
        "gov.supply.request",
        "plan_id",
        string="Handed in",
        domain=[("is_plan_merged", "=", False)],
        readonly=True,
        copy=False,
    )
    merged_request_ids = fields.One2many(
        "gov.supply.request",
        "plan_id",
        string="Merged requests",
        domain=[("is_plan_merged", "=", True)],
        readonly=True,
        copy=False,
    )
    merged_id = fields.Many2one(
        "gov.supply.request",
        string="Merged request",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    line_ids = fields.Many2many(
        "gov.supply.request.line",
        string="Distribution",
        compute="_compute_line_ids",
        help="What each department gets, in the order of rank.",
    )
    request_count = fields.Integer(string="Requests", compute="_compute_sums")
    amount_total = fields.Monetary(string="Amount", compute="_compute_sums")
    missing_departments = fields.Char(
        string="Not handed in yet", compute="_compute_missing_departments"
    )
    is_late = fields.Boolean(compute="_compute_is_late")
    can_merge = fields.Boolean(compute="_compute_can")
    can_distribute = fields.Boolean(compute="_compute_can")

    _month_uniq = models.Constraint(
        "UNIQUE (company_id, month)",
        "There is a plan for this month already.",
    )
    _month_check = models.Constraint(
        "CHECK (extract(day from month) = 1)",
        "A plan begins on the first day of its month.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_default_month(self):
        return self.env.company.gov_today().replace(day=1)

    @api.depends("month")
    def _compute_display_name(self):
        for plan in self:
            name = self.env._("Monthly plan")
            if month := plan.month:
                name = self.env._(
                    "Monthly plan %(year)s-%(month)s",
                    year=month.year,
                    month=f"{month:%m}",
                )
            plan.display_name = name

    # By way of the request's own plan: the other way round each request would be asked
    # whether a plan was merged into it.
    @api.depends("merged_id", "merged_request_ids.state")
    def _compute_state(self):
        for plan in self:
            # The state of the merged request is shown to whoever reads the plan.
            state = plan.sudo().merged_id.state
            if state in ("approved", "done"):
                plan.state = state
            else:
                plan.state = "merged" if plan.merged_id else "open"

    @api.depends("month", "company_id")
    def _compute_hand_in_date(self):
        for plan in self:
            if not plan.month:
                plan.hand_in_date = False
                continue
            day = self.env["gov.policy"].get_value(
                "supply.plan.day", plan.month, plan.company_id
            )
            last = monthrange(plan.month.year, plan.month.month)[1]
            plan.hand_in_date = plan.month.replace(day=min(max(day, 1), last))

    @api.depends("hand_in_date")
    def _compute_is_late(self):
        for plan in self:
            today = (plan.company_id or self.env.company).gov_today()
            plan.is_late = bool(plan.hand_in_date and plan.hand_in_date < today)

    @api.depends("request_ids.approval_state", "request_ids.amount_approved")
    def _compute_sums(self):
        # What a plan comes to is shown to whoever reads it.
        groups = (
            self.env["gov.supply.request"]
            .sudo()
            ._read_group(
                [
                    ("plan_id", "in", self.ids),
                    ("plan_role", "=", "hand_in"),
                    ("approval_state", "not in", ("draft", "rejected", "cancelled")),
                ],
                ["plan_id"],
                ["__count", "amount_approved:sum"],
            )
        )
        sums = {plan.id: (count, amount) for plan, count, amount in groups}
        for plan in self:
            plan.request_count, plan.amount_total = sums.get(plan.id, (0, 0.0))

    @api.depends("request_ids.approval_state")
    def _compute_missing_departments(self):
        """Name the departments with people that have nothing in the plan yet."""
        # Which departments have handed in is shown to whoever reads the plan.
        people = (
            self.env["hr.employee"]
            .sudo()
            ._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id", "department_id"],
            )
        )
        handed_in = (
            self.env["gov.supply.request"]
            .sudo()
            ._read_group(
                [
                    ("plan_id", "in", self.ids),
                    ("plan_role", "=", "hand_in"),
                    ("approval_state", "not in", ("draft", "rejected", "cancelled")),
                ],
                ["plan_id", "department_id"],
            )
        )
        for plan in self:
            done = {group[1] for group in handed_in if group[0] == plan}
            missing = self.env["hr.department"].union(
                *(
                    department
                    for company, department in people
                    if company == plan.company_id and department not in done
                )
            )
            names = missing.sudo().sorted().mapped("name")
            plan.missing_departments = join_names(self.env, names) or False

    @api.depends("request_ids.line_ids.merged_line_id")
    def _compute_line_ids(self):
        for plan in self:
            plan.line_ids = plan._get_parts()

    @api.depends("state", "request_count")
    @api.depends_context("uid")
    def _compute_can(self):
        clerk = self.env.user.has_groups(_CLERKS)
        store = self.env.user.has_group("gov_logistics.group_store")
        for plan in self:
            plan.can_merge = clerk and plan.state == "open" and plan.request_count > 0
            plan.can_distribute = store and plan.state == "approved"

    def _get_parts(self):
        """Return the merged lines of the departments, in the order of rank."""
        self.ensure_one()
        lines = self.env["gov.supply.request.line"].search(
            [
                ("request_id.plan_id", "=", self.id),
                ("request_id.plan_role", "=", "hand_in"),
                ("merged_line_id", "!=", False),
            ]
        )
        return lines.sorted(lambda line: line._get_rank())

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if month := to_day(self.env, vals.get("month")):
                vals["month"] = month.replace(day=1)
        return super().create(vals_list)

    def write(self, vals):
        if names := {"month", "company_id"} & set(vals):
            self._guard_refuse(names)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Only whether anything was handed in is asked.
        if self.sudo().request_ids or self.sudo().merged_request_ids:
            raise UserError(
                self.env._("A plan that something was handed in to stays on record.")
            )

    # ------------------------------------------------------------- finding a plan

    @api.model
    def _get_plan(self, company, day):
        """Return the plan of the month of ``day``, made on demand."""
        # Whoever has something to hand in may have the plan opened.
        plans = engine(self.sudo())
        domain = [("company_id", "=", company.id), ("month", "=", day.replace(day=1))]
        if plan := plans.search(domain):
            return plan
        # Two first hand-ins at once meet on the company's row; the loser is retried.
        meet_rivals(company)
        return plans.create({"company_id": company.id, "month": day.replace(day=1)})

    @api.model
    def _get_next_plan(self, company, after=None):
        """Return the first plan that still takes requests.

        :param after: a plan; the next one lies behind it.
        """
        day = company.gov_today()
        if after:
            day = max(day, after.month + relativedelta(months=1))
        while (plan := self._get_plan(company, day))._get_hand_in_refusal():
            day = plan.month + relativedelta(months=1)
        return plan

    def _get_hand_in_refusal(self):
        """Return why nothing can be handed in to this plan any more, or False."""
        self.ensure_one()
        if self.state != "open":
            labels = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(plan)s is in state “%(state)s” and takes no more requests: hand it "
                "in to the plan of the next month.",
                plan=self.display_name,
                state=labels[self.state],
            )
        if self.hand_in_date < self.company_id.gov_today():
            clause = self.env["gov.policy"]._get_policy(
                "supply.plan.day", self.month, self.company_id
            )
            return self.env._(
                "%(plan)s took requests until %(day)s (%(citation)s): hand it in to "
                "the plan of the next month.",
                plan=self.display_name,
                day=format_day(self.env, self.hand_in_date),
                citation=clause.citation,
            )
        return False

    # ------------------------------------------------------------------- merging

    def _meet_rivals(self):
        """UPDATE the plan's row, which merging and handing in share."""
        meet_rivals(self)

    def _take(self, groups, states):
        """Check person and state; return the plan in the engine's environment.

        :param groups: the groups of which the user has to be in one.
        :param states: the states in which the step is possible.
        """
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one plan."))
        self.check_access("read")
        if not self.env.user.has_groups(groups):
            raise UserError(
                self.env._("Plans are merged and distributed by store and procurement.")
            )
        # Group and read access were checked just above, the state is checked below.
        plan = engine(self.sudo())
        plan._meet_rivals()
        if plan.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(plan)s is in state “%(state)s”; this step is not possible now.",
                    plan=self.display_name,
                    state=labels[plan.state],
                )
            )
        return plan

    def action_merge(self):
        """Merge what was handed in into one purchase request, and submit it.

        What the section head has not agreed to yet stays behind and goes to the next
        plan with that yes. Lines of one product and unit become one line; free texts
        are told apart by their words. Prices come from the catalogue of today.

        :return: a window action that opens the merged request.
        :raise UserError: when the user is neither store clerk nor procurement, the
            plan is not open or its month has not begun, nothing was handed in, or the
            chain cannot be built.
        """
        plan = self._take(_CLERKS, ("open",))
        plan._check_month_begun()
        parts = plan._get_ready_lines()
        if not parts:
            raise UserError(
                self.env._(
                    "Nothing that a section head has agreed to was handed in to "
                    "%(plan)s.",
                    plan=self.display_name,
                )
            )
        groups = parts.grouped(lambda line: line._get_merge_key())
        merged = plan._create_merged(list(groups.values()))
        for line, lines in zip(merged.line_ids, groups.values(), strict=True):
            lines.write({"merged_line_id": line.id})
        plan.write({"merged_id": merged.id})
        request = self.env["gov.supply.request"].browse(merged.id)
        request.action_submit()
        return request._get_records_action(name=self.env._("Merged request"))

    def _check_month_begun(self):
        """Refuse a second purchase in one month: what is in no plan counts together.

        Requests of a plan are left out of the splitting check, because there is one
        purchase a month; the plan of next month is not merged today.
        """
        if self.month > self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "%(plan)s is merged from %(day)s on: one purchase a month.",
                    plan=self.display_name,
                    day=format_day(self.env, self.month),
                )
            )

    def _get_ready_lines(self):
        """Return the agreed lines that wait to be merged, in the order of rank."""
        lines = self.env["gov.supply.request.line"].search(
            [
                ("request_id.plan_id", "=", self.id),
                ("request_id.plan_role", "=", "hand_in"),
                ("request_id.approval_state", "=", "approved"),
                ("merged_line_id", "=", False),
            ],
            order="id",
        )
        return lines.filtered(lambda line: line.qty_open > 0)

    def _create_merged(self, groups):
        """Create the merged request with one line per group of lines."""
        user = self.env.user
        employee = user.with_company(self.company_id).employee_id
        if not employee:
            raise UserError(
                self.env._(
                    "%(user)s is not linked to an employee of %(company)s, in whose "
                    "name the merged request could be submitted.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )
        return self.env["gov.supply.request"].create(
            {
                "kind": "purchase",
                "company_id": self.company_id.id,
                "plan_id": self.id,
                "is_plan_merged": True,
                "employee_id": employee.id,
                "purpose": self.display_name,
                "line_ids": [
                    Command.create({**lines._prepare_merged_line(), "sequence": number})
                    for number, lines in enumerate(groups, 1)
                ],
            }
        )

    def _on_merged_approved(self):
        """Give the parts what was agreed to; called when the last tier has agreed."""
        for line in self.merged_id.line_ids:
            line._share_approved()
        for request in self.merged_id.line_ids.part_line_ids.request_id:
            request._budget_sync()

    def _on_merged_closed(self, request, text):
        """Set free what ``request`` had merged; called when it has come to nothing."""
        self.ensure_one()
        parts = request.line_ids.part_line_ids
        parts.write({"merged_line_id": False})
        self.write({"merged_id": False})
        self.message_post(
            body=self.env._(
                "%(request)s: %(what)s. What was handed in can be merged again.",
                request=request.display_name,
                what=text,
            )
        )

    # -------------------------------------------------------------- distribution

    def action_distribute(
        self,
        department_id,
        signature=None,
        receiver_id=None,
        book=None,
        page=None,
        old_items=None,
    ):
        """Hand a department what has arrived for it, against one signature.

        Each request of the department gets its own issue, all with this signature.

        :param department_id: the department.
        :param signature: image drawn by the receiver, base64.
        :param receiver_id: employee who signs; without it the user of each request.
        :param book: number of the paper register, or of the printed list, instead.
        :param page: page in it.
        :param old_items: for goods handed out old for new, as for ``action_issue``.
        :return: True
        :raise UserError: when the user is not the store clerk, the plan is not
            approved, nothing waits for that department, or as ``action_issue``.
        """
        plan = self._take("gov_logistics.group_store", ("approved",))
        refusal = self.env._("There is no such department.")
        department = find_record(self.env["hr.department"], department_id, refusal)
        parts = plan._get_parts().filtered(
            lambda line: line.request_id.department_id == department
            and line._get_to_distribute() > 0
        )
        if not parts:
            raise UserError(
                self.env._(
                    "Nothing has arrived for %(department)s that was not handed out.",
                    department=department.name,
                )
            )
        if old_items is not None and not isinstance(old_items, dict):
            raise UserError(self.env._("Give a value for each line."))
        given = {str(line_id): value for line_id, value in (old_items or {}).items()}
        for request, lines in parts.grouped("request_id").items():
            # The clerk's own environment: the request checks them once more.
            request = self.env["gov.supply.request"].browse(request.id)
            request.action_issue(
                signature,
                {line.id: line._get_to_distribute() for line in lines},
                receiver_id,
                book=book,
                page=page,
                old_items={
                    line.id: given[str(line.id)]
                    for line in lines
                    if str(line.id) in given
                },
            )
        return True

    def action_open_distribution(self):
        """Open the dialog in which a department signs.

        :return: a window action.
        """
        self._take("gov_logistics.group_store", ("approved",))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Distribute · %s", self.display_name),
            "res_model": "gov.supply.plan.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id, "dialog_size": "large"},
        }

    def action_view_requests(self):
        """Open what was handed in.

        :return: a window action.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "gov.supply.request",
            "view_mode": "list,kanban,form",
            "domain": [("plan_id", "=", self.id), ("plan_role", "=", "hand_in")],
        }

    def _get_distribution_rows(self):
        """Return what the printed list shows, department by department.

        :return: list of dicts ``department``, ``lines`` (of dicts ``name``, ``spec``,
            ``unit``, ``approved``, ``arrived``, ``issued``), ``signatures``.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su and not self.env.user.has_groups(
            f"{_CLERKS},gov_base.group_supervision"
        ):
            raise UserError(
                self.env._("The list is printed by store, procurement or supervision.")
            )
        rows = []
        # The group was checked just above.
        parts = self.sudo()._get_parts()
        for department, lines in parts.grouped(
            lambda line: line.request_id.department_id
        ).items():
            issues = lines.request_id.picking_ids.filtered("supply_signature_hash")
            rows.append(
                {
                    "department": department.name,
                    "lines": lines._get_distribution_values(),
                    "signatures": [
                        {
                            "receiver": issue.supply_receiver_id.name,
                            "image": issue.with_context(
                                bin_size=False
                            ).supply_signature,
                            "date": issue.date_done,
                        }
                        for issue in issues.sorted("id")
                    ],
                }
            )
        return rows

    def _get_list_signatures(self):
        """Return the places to sign at the foot of the printed list."""
        return [
            {"label": self.env._("Store clerk")},
            {"label": self.env._("Checked by")},
        ]
