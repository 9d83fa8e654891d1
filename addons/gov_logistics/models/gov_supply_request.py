from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.names import join_names

from .input_check import (
    check_line_commands,
    check_plain_values,
    check_records_exist,
)


class GovSupplyRequest(models.Model):
    """A request for office supplies, from the wish to the signature.

    Two kinds: ``issue`` (领用) hands out goods that are in stock; ``purchase``
    (采购申请) buys goods, services or labour and then hands the goods out.

    Who may do what:

    * everybody with a department asks in their own name, the department's liaison for
      its people, the store clerk for all; they submit, withdraw and cancel as the
      approval chain allows;
    * who has an open seat approves, rejects, returns, and may lower a quantity;
    * the store makes the price check, finance names the source of money;
    * the store clerk issues, takes back and closes the rest, never for themselves;
    * procurement names missing vendors and buys in Odoo's own purchase app.

    ``state`` is derived from ``approval_state`` and from what was ordered, received
    and issued since; nobody writes it:

    ========== ============== ===================================================
    from       to             by
    ========== ============== ===================================================
    draft      submitted      ``action_submit``
    submitted  draft          ``action_return``, ``action_withdraw``
    submitted  approved       ``action_approve`` of the last tier
    submitted  rejected       ``action_reject``
    draft      cancelled      ``action_cancel``
    approved   cancelled      ``action_cancel`` while nothing is ordered or issued
    approved   done           last ``action_issue``, last receipt of a service, or
                              ``action_close_rest``
    ========== ============== ===================================================
    """

    _name = "gov.supply.request"
    _description = "Supply Request"
    _inherit = [
        "gov.supply.norm.mixin",
        "gov.approval.mixin",
        "gov.supply.check.mixin",
        "gov.supply.history.mixin",
        "gov.supply.counter.mixin",
        "gov.supply.issue.mixin",
        "gov.supply.order.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "line_summary", "purpose"]

    _protected_fields = frozenset(
        {
            "state",
            "amount_total",
            "amount_approved",
            "line_summary",
            "to_issue",
            "fund_source",
            "picking_ids",
            "purchase_ids",
        }
    )

    kind = fields.Selection(
        [("issue", "Stock issue"), ("purchase", "Purchase")],
        required=True,
        default="issue",
        index=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved, to be issued"),
            ("done", "Done"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        copy=False,
    )
    purpose_id = fields.Many2one(
        "gov.supply.purpose",
        string="Pick a purpose",
        store=False,
        help="Fills in the text beside it.",
    )
    purpose = fields.Char(help="Any text; may stay empty.")
    date_needed = fields.Date(string="Needed on")
    line_ids = fields.One2many(
        "gov.supply.request.line", "request_id", string="Lines", copy=True
    )
    line_summary = fields.Char(
        string="What", compute="_compute_line_summary", store=True
    )
    amount_total = fields.Monetary(
        string="Amount asked",
        compute="_compute_amounts",
        store=True,
        help="Sum of quantity × price of all lines, tax included.",
    )
    amount_approved = fields.Monetary(
        string="Amount approved",
        compute="_compute_amounts",
        store=True,
        help="The same with the quantities as lowered by the approvers.",
    )
    amount_estimated = fields.Monetary(
        string="Estimate",
        compute="_compute_amount_estimated",
        help="For lines without a price yet; a preview that decides nothing.",
    )
    fund_source = fields.Char(
        string="Source of money",
        readonly=True,
        copy=False,
        help="Named by finance in its check.",
    )
    picking_ids = fields.One2many(
        "stock.picking",
        "supply_request_id",
        string="Issues",
        readonly=True,
        copy=False,
        groups="stock.group_stock_user,purchase.group_purchase_user",
    )
    picking_count = fields.Integer(compute="_compute_counts")
    purchase_ids = fields.Many2many(
        "purchase.order", string="Purchase orders", compute="_compute_purchase_ids"
    )
    purchase_count = fields.Integer(compute="_compute_counts")
    to_issue = fields.Boolean(
        string="Ready to issue",
        compute="_compute_state",
        store=True,
        help="Approved goods wait to be handed out; bought ones have arrived.",
    )
    amount_last_year = fields.Monetary(
        string="Department, last 12 months",
        compute="_compute_amount_last_year",
        help="What the department has drawn from the store in the last 12 months.",
    )
    current_citation = fields.Char(string="Clause", compute="_compute_current_citation")
    can_issue = fields.Boolean(compute="_compute_can_supply")
    can_return_goods = fields.Boolean(compute="_compute_can_supply")
    can_close_rest = fields.Boolean(compute="_compute_can_supply")
    can_price = fields.Boolean(compute="_compute_can_supply")
    can_name_funds = fields.Boolean(compute="_compute_can_supply")
    can_lower = fields.Boolean(compute="_compute_can_supply")

    _to_issue_idx = models.Index("(company_id, id) WHERE to_issue")

    # ------------------------------------------------------------------ computes

    @api.depends(
        "approval_state",
        "kind",
        "line_ids.qty_open",
        "line_ids.line_type",
        "line_ids.qty_issued",
        "line_ids.qty_received",
    )
    def _compute_state(self):
        for request in self:
            state = request.approval_state
            if state == "on_hold":  # put aside, not stopped
                state = "submitted"
            open_lines = request.line_ids.filtered(lambda line: line.qty_open > 0)
            if state == "approved" and not open_lines:
                state = "done"
            request.state = state
            request.to_issue = state == "approved" and any(
                line.line_type == "goods"
                and (request.kind == "issue" or line.qty_received > line.qty_issued)
                for line in open_lines
            )

    @api.depends("line_ids.name", "line_ids.quantity")
    def _compute_line_summary(self):
        for request in self:
            names = [
                f"{line.name or ''} ×{line.quantity:g}" for line in request.line_ids
            ]
            # Stored once for all readers: in the language of the institution.
            env = request._get_record_env()
            request.line_summary = join_names(env, names)[:200]

    @api.depends("line_ids.quantity", "line_ids.qty_approved", "line_ids.price_unit")
    def _compute_amounts(self):
        for request in self:
            lines, currency = request.line_ids, request.currency_id
            request.amount_total = sum(
                currency.round(line.quantity * line.price_unit) for line in lines
            )
            request.amount_approved = sum(
                currency.round(line.qty_approved * line.price_unit) for line in lines
            )

    @api.depends("amount_approved")
    def _compute_amount_for_approval(self):
        for request in self:
            request.amount_for_approval = request.amount_approved

    @api.depends("line_ids.estimate", "line_ids.quantity", "line_ids.price_unit")
    def _compute_amount_estimated(self):
        for request in self:
            request.amount_estimated = sum(
                line.quantity * (line.price_unit or line.estimate)
                for line in request.line_ids
            )

    @api.depends("line_ids.purchase_line_ids.order_id")
    def _compute_purchase_ids(self):
        # The numbers of the orders are shown to whoever may read the request.
        for request in self.sudo():
            request.purchase_ids = request.line_ids.purchase_line_ids.order_id

    @api.depends("picking_ids", "line_ids.purchase_line_ids.order_id")
    def _compute_counts(self):
        # As above: how many there are is no secret to a reader of the request.
        for request in self.sudo():
            request.picking_count = len(request.picking_ids)
            request.purchase_count = len(request.line_ids.purchase_line_ids.order_id)

    @api.depends("department_id", "company_id")
    def _compute_amount_last_year(self):
        totals = self._read_last_year()
        for request in self:
            key = (request.company_id.id, request._origin.department_id.id, False)
            request.amount_last_year = totals.get(key, (0.0, 0.0))[1]

    @api.depends("current_step_id")
    def _compute_current_citation(self):
        for request in self:
            request.current_citation = request.current_step_id.citation

    @api.depends("state", "to_issue", "current_step_id")
    @api.depends_context("uid")
    def _compute_can_supply(self):
        is_clerk = self.env.user.has_group("gov_logistics.group_store")
        is_buyer = self.env.user.has_group("gov_logistics.group_procurement")
        for request in self:
            own = self.env.user in request._get_benefiting_users()
            seated = request.can_check or request.can_decide
            check = request.current_step_id.check_code if request.can_check else False
            request.can_issue = (
                is_clerk
                and not own
                and request.state == "approved"
                and any(
                    line.qty_open > 0 and line._is_issuable()
                    for line in request.line_ids
                )
            )
            request.can_return_goods = (
                is_clerk
                and not own
                and any(
                    line.qty_issued > line.qty_returned for line in request.line_ids
                )
            )
            request.can_close_rest = (
                is_clerk or is_buyer
            ) and request.state == "approved"
            request.can_price = check == "price"
            request.can_name_funds = check == "funds"
            request.can_lower = seated and request.approval_state in (
                "submitted",
                "on_hold",
            )

    def _read_last_year(self):
        """Return what the departments drew in the last 12 months, by one query.

        :return: dict (company id, department id, product id or False for all) →
            (quantity in product units, amount).
        """
        totals = defaultdict(lambda: (0.0, 0.0))
        # Of the saved request only: an unsaved one may name any department.
        departments = self._origin.department_id
        if not departments:
            return totals
        since = min(company.gov_today() for company in self.company_id)
        # The sum of a department is shown to whoever may read a request of it.
        groups = (
            self.env["gov.supply.consumption"]
            .sudo()
            ._read_group(
                [
                    ("department_id", "in", departments.ids),
                    ("date", ">=", since - relativedelta(years=1)),
                ],
                ["company_id", "department_id", "product_id"],
                ["quantity:sum", "amount:sum"],
            )
        )
        for company, department, product, quantity, amount in groups:
            totals[company.id, department.id, product.id] = (quantity, amount)
            key = (company.id, department.id, False)
            totals[key] = (totals[key][0] + quantity, totals[key][1] + amount)
        return totals

    @api.onchange("purpose_id")
    def _onchange_purpose_id(self):
        if self.purpose_id:
            self.purpose = self.purpose_id.name
            self.purpose_id = False

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            self._check_plain(vals)
        names = ("employee_id", "beneficiary_id", "company_id")
        check_records_exist(model, vals_list, names)
        return super().create(vals_list)

    def write(self, vals):
        self._check_plain(vals)
        check_records_exist(self.browse(), [vals], ("employee_id", "beneficiary_id"))
        return super().write(vals)

    @api.model
    def _check_plain(self, vals):
        """Refuse impossible values, those of new lines too (the ORM reads them)."""
        check_plain_values(self.browse(), vals)
        check_line_commands(self.browse(), "line_ids", vals.get("line_ids") or [])

    def _check_lines_open(self):
        """Refuse changes of lines once the request has been submitted."""
        if is_engine(self.env):
            return
        for request in self:
            if request.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%(request)s has been submitted: its lines can no longer be "
                        "changed. Withdraw it or have it returned first.",
                        request=request.display_name,
                    )
                )
        # A change of a line and a submission at once meet on the request's row.
        self._meet_rivals()

    # ------------------------------------------------------------- approval hooks

    def _number_code_for(self):
        """Return the code of the number series: each kind has its own form."""
        self.ensure_one()
        return f"gov.supply.request.{self.kind}"

    def _approval_may_type_for_all(self, user):
        """The store clerk types for everybody of the institution."""
        return user.has_group("gov_logistics.group_store")

    def _approval_summary(self):
        return self.line_summary

    def _approval_preview_amount(self):
        """A draft without prices previews the band of its estimates."""
        return self.amount_estimated

    def _approval_check_submit(self):
        """Refuse an incomplete request, naming what is wrong; set today's prices."""
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no lines: say what is needed.", self.display_name)
            )
        for line in self.line_ids:
            product = line.product_id
            if product and not (product.active and product.supply_ok):
                raise UserError(
                    self.env._(
                        "%(product)s is no longer in the catalogue: take it out or "
                        "choose another product.",
                        product=product.display_name,
                    )
                )
            if self.kind == "issue" and not line._is_issuable():
                raise UserError(
                    self.env._(
                        "“%(line)s” is not in the store's catalogue of goods: ask for "
                        "it by a purchase request.",
                        line=line.display_name,
                    )
                )
        self._refresh_prices()
        self._meet_norm_rivals()

    def _refresh_prices(self):
        """Take over the catalogue prices of today."""
        for line in self.line_ids.filtered("product_id"):
            price = line._get_catalogue_price()
            if line.price_unit != price:
                # The caller is submitting a request whose lines they may write.
                engine(line.sudo()).price_unit = price

    def _approval_amount_is_fixed(self):
        """The sum stands when each line has a product and a price above 0."""
        return all(line.is_priced for line in self.line_ids)

    def _approval_check_step(self, step):
        """Refuse to close a check that has not done its work."""
        if step.check_code == "price":
            missing = self.line_ids.filtered(
                lambda line: line.qty_approved and not line.is_priced
            )
            if missing:
                raise UserError(
                    self.env._(
                        "The price check cannot be closed: no product or price yet for "
                        "%(lines)s. A price of 0 is no price.",
                        lines=missing.mapped("display_name"),
                    )
                )
        if step.check_code == "funds" and not self.fund_source:
            raise UserError(
                self.env._("Name the source of money before you close this check.")
            )

    def _approval_after_approved(self):
        if self.kind == "purchase":
            self._order_lines(self.line_ids)

    def _approval_after_closed(self, action):
        if self.approval_state == "draft":
            # A new round begins with what was asked for.
            for line in self.line_ids:
                if line.qty_approved != line.quantity:
                    line.qty_approved = line.quantity
        if action == "cancel":
            self._drop_quotations(self.line_ids)

    def _approval_cancel_blocker(self):
        """Nothing is cancelled that was ordered or handed out."""
        blocker = super()._approval_cancel_blocker()
        lines = self.line_ids
        if not blocker and any(line.qty_ordered or line.qty_issued for line in lines):
            blocker = self.env._(
                "%(request)s has been carried out in part: close the rest instead.",
                request=self.display_name,
            )
        return blocker

    # ------------------------------------------------------------------- buttons

    def action_open_dialog(self):
        """Open the dialog named in the context key ``supply_mode``.

        :return: a window action.
        :raise UserError: for a mode that does not exist.
        """
        self._check_single()
        self.check_access("read")
        mode = self.env.context.get("supply_mode")
        wizard = self.env["gov.supply.wizard"]
        if mode not in dict(wizard._fields["mode"].selection):
            raise UserError(self.env._("There is no such dialog."))
        return wizard._open(self, mode)

    def action_view_pickings(self):
        """Open the issues and returns of these requests.

        :return: a window action.
        """
        return self.picking_ids._get_records_action(name=self.env._("Issues"))

    def action_view_purchases(self):
        """Open the purchase orders of these requests.

        :return: a window action.
        """
        return self.purchase_ids._get_records_action(name=self.env._("Purchase orders"))
