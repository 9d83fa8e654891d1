from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_approval_chain import Transition
from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

TECHNICIAN = "gov_fleet.group_technician"
_KINDS = [
    ("repair", "Repair"),
    ("maintenance", "Maintenance"),
    ("insurance", "Insurance"),
    ("inspection", "Annual inspection"),
    ("accident", "Accident repair"),
    ("other", "Other work"),
]
# Kinds whose work two people accept, and those that a shop carries out.
ACCEPTED_KINDS = ("repair", "maintenance", "accident", "other")
QUOTED_KINDS = ("repair", "maintenance", "accident")
# What core lets a fleet manager write; of an order it follows from its steps.
_CORE_FIELDS = frozenset({"active", "state", "amount", "odometer", "odometer_id"})
_MOMENTS = ("sent_at", "returned_at", "accepted_at", "settled_at")
_CORE_STATES = {
    "in_shop": "running",
    "returned": "running",
    "accepted": "done",
    "done": "done",
    "rejected": "cancelled",
    "cancelled": "cancelled",
}


class FleetVehicleLogServices(models.Model):
    """Core's service log as the repair order (维修送修单) of an official vehicle.

    A row with ``order_kind`` is an order and walks an approval chain; a row without
    one is a plain service log of core, which stays as it is.

    ========= ========= ============ =================================================
    action    from      to           by
    ========= ========= ============ =================================================
    submit    draft     submitted    handler or applicant (the driver)
    (chain)   submitted approved     the tiers, by amount
    plan      approved, the same     technician: the window in which the vehicle is
              in_shop                away, held on the dispatch board
    send      approved  in_shop      technician, with the reading
    back      in_shop   returned     technician, with reading, bill and the shop's list
    rework    returned  in_shop      one of those who accept, with the reason
    accept    returned  accepted     two people, neither of them the handler
    complete  approved, accepted     technician: a policy or inspection with its dates
              in_shop
    bill      accepted  done         technician: the vendor bill, once
    ========= ========= ============ =================================================

    The table stands in :meth:`_get_order_steps`; methods and buttons read it. Core's
    own ``state`` follows ``order_state``.
    """

    _name = "fleet.vehicle.log.services"
    # The chatter goes behind the approval mixin, which builds on it.
    _inherit = [
        "fleet.vehicle.log.services",
        "gov.scan.mixin",
        "gov.approval.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _number_code = "gov.vehicle.order"

    _protected_fields = frozenset(
        {
            "order_state",
            "amount_total",
            "booking_id",
            "sent_at",
            "returned_at",
            "accepted_at",
            "settled_at",
            "reading_in",
            "reading_out",
            "instrument_last",
            "instrument_first",
            "amount_billed",
            "bill_number",
            "bill_date",
            "move_id",
            "is_elsewhere",
            "acceptance_round",
            "acceptance_ids",
            "date_from",
            "date_to",
            "window_start",
            "window_end",
        }
    )

    # A core field: its index is the add-on's own and goes with it.
    company_id = fields.Many2one(index=False)
    # Plain service logs have no applicant.
    employee_id = fields.Many2one(required=False)
    beneficiary_id = fields.Many2one(required=False)

    order_kind = fields.Selection(
        _KINDS,
        string="Kind of order",
        help="Empty: a plain service log without approval.",
    )
    order_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("in_shop", "In the shop"),
            ("returned", "Back, to be accepted"),
            ("accepted", "Accepted"),
            ("done", "Billed"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        string="Order state",
        compute="_compute_order_state",
        store=True,
    )
    is_unsafe = fields.Boolean(
        string="Not roadworthy",
        help="The vehicle cannot be dispatched until this order is accepted or closed.",
    )
    origin = fields.Char(readonly=True, copy=False)
    shop_reason = fields.Char(
        string="Why not a designated shop",
        help="Required when the shop is not designated on the day of submission.",
    )
    quote_reason = fields.Char(
        string="Why so few quotes, or not the lowest",
        help="Required when there are fewer quotes than the clause asks for, or when "
        "the chosen one is not the lowest.",
    )
    quote_ids = fields.One2many("gov.vehicle.quote", "order_id", string="Quotes")
    part_line_ids = fields.One2many(
        "gov.vehicle.part.line", "order_id", string="Parts and jobs"
    )
    amount_total = fields.Monetary(
        string="Quoted", compute="_compute_amount_total", store=True
    )
    window_start = fields.Datetime(string="Away from", readonly=True, copy=False)
    window_end = fields.Datetime(string="Away until", readonly=True, copy=False)
    booking_id = fields.Many2one(
        "gov.vehicle.booking",
        string="Window",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    sent_at = fields.Datetime(string="Sent to the shop", readonly=True, copy=False)
    returned_at = fields.Datetime(
        string="Back from the shop", readonly=True, copy=False
    )
    accepted_at = fields.Datetime(string="Accepted at", readonly=True, copy=False)
    settled_at = fields.Datetime(string="Billed at", readonly=True, copy=False)
    reading_in = fields.Float(
        string="Reading at the shop", digits=(12, 1), readonly=True, copy=False
    )
    reading_out = fields.Float(
        string="Reading on return", digits=(12, 1), readonly=True, copy=False
    )
    instrument_last = fields.Float(
        string="Old instrument, last reading",
        digits=(12, 1),
        readonly=True,
        copy=False,
    )
    instrument_first = fields.Float(
        string="New instrument, first reading",
        digits=(12, 1),
        readonly=True,
        copy=False,
    )
    acceptance_round = fields.Integer(readonly=True, copy=False)
    acceptance_ids = fields.One2many(
        "gov.vehicle.acceptance", "order_id", string="Acceptance", readonly=True
    )
    amount_billed = fields.Monetary(string="Billed amount", readonly=True, copy=False)
    bill_number = fields.Char(string="Bill number", readonly=True, copy=False)
    bill_date = fields.Date(string="Date of the bill", readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move", string="Vendor bill", readonly=True, copy=False
    )
    is_elsewhere = fields.Boolean(string="Billed elsewhere", readonly=True, copy=False)
    supplement_of_id = fields.Many2one(
        "fleet.vehicle.log.services",
        string="Supplement to",
        copy=False,
        ondelete="restrict",
        help="More work on the order of the same vehicle, found in the shop: the sum "
        "of both decides who approves it.",
    )
    supplement_ids = fields.One2many(
        "fleet.vehicle.log.services", "supplement_of_id", string="Supplements"
    )
    plan_id = fields.Many2one(
        "gov.vehicle.plan",
        string="Maintenance plan",
        ondelete="set null",
        domain="[('vehicle_id', '=', vehicle_id)]",
    )
    accident_id = fields.Many2one(
        "gov.vehicle.accident",
        string="Accident",
        ondelete="restrict",
        domain="[('vehicle_id', '=', vehicle_id)]",
    )
    date_from = fields.Date(string="Valid from", readonly=True, copy=False)
    date_to = fields.Date(string="Valid until", readonly=True, copy=False)
    repeat_count = fields.Integer(
        string="Parts again too early", compute="_compute_repeat_count"
    )
    repeat_text = fields.Text(string="Fitted before", compute="_compute_repeat_count")
    needs_acceptance = fields.Boolean(compute="_compute_needs_acceptance")
    can_take = fields.Boolean(compute="_compute_can_step")
    can_plan = fields.Boolean(compute="_compute_can_step")
    can_send = fields.Boolean(compute="_compute_can_step")
    can_back = fields.Boolean(compute="_compute_can_step")
    can_accept = fields.Boolean(compute="_compute_can_step")
    can_rework = fields.Boolean(compute="_compute_can_step")
    can_complete = fields.Boolean(compute="_compute_can_step")
    can_bill = fields.Boolean(compute="_compute_can_step")

    _institution = models.Index("(company_id)")
    _order_state_idx = models.Index(
        "(order_state, vehicle_id) WHERE order_kind IS NOT NULL"
    )
    _supplement_idx = models.Index(
        "(supplement_of_id) WHERE supplement_of_id IS NOT NULL"
    )
    _accident_idx = models.Index("(accident_id) WHERE accident_id IS NOT NULL")
    _handler_idx = models.Index("(handler_id) WHERE order_kind IS NOT NULL")
    _applicant_check = models.Constraint(
        "CHECK (order_kind IS NULL OR employee_id IS NOT NULL)",
        "A repair order names its applicant.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("order_kind", "approval_state", *_MOMENTS)
    def _compute_order_state(self):
        steps = dict(
            zip(_MOMENTS, ("in_shop", "returned", "accepted", "done"), strict=True)
        )
        for order in self:
            state = order.approval_state if order.order_kind else False
            if state == "approved":
                for moment, step in steps.items():
                    state = step if order[moment] else state
            order.order_state = "submitted" if state == "on_hold" else state

    @api.depends("part_line_ids.amount")
    def _compute_amount_total(self):
        for order in self:
            order.amount_total = sum(order.part_line_ids.mapped("amount"))

    @api.depends("amount_total")
    def _compute_amount_for_approval(self):
        for order in self:
            order.amount_for_approval = order.amount_total

    @api.depends("part_line_ids.repeat_note")
    def _compute_repeat_count(self):
        for order in self:
            notes = list(filter(None, order.part_line_ids.mapped("repeat_note")))
            order.repeat_count = len(notes)
            order.repeat_text = "\n".join(notes) or False

    @api.depends("order_kind")
    def _compute_needs_acceptance(self):
        for order in self:
            order.needs_acceptance = order.order_kind in ACCEPTED_KINDS

    @api.depends("number", "order_kind")
    def _compute_display_name(self):
        orders = self.filtered("order_kind")
        for log in self - orders:
            log.display_name = log.service_type_id.display_name
        result = super(FleetVehicleLogServices, orders)._compute_display_name()
        for draft in orders.filtered(lambda order: not order.number):
            draft.display_name = self.env._("Repair order (draft)")
        return result

    def _creation_message(self):
        if self.order_kind:
            return self.env._("Repair order created")
        return super()._creation_message()

    # --------------------------------------------------------------- constraints

    @api.constrains("employee_id", "order_kind")
    def _check_applicant(self):
        """Look at the applicants of orders; a driver's fault is opened by the engine.

        Whoever submits is asked again.
        """
        orders = self.filtered("order_kind")
        if is_engine(self.env):
            orders = orders.browse()
        return super(FleetVehicleLogServices, orders)._check_applicant()

    @api.constrains(
        "order_kind", "vehicle_id", "company_id", "supplement_of_id", "plan_id"
    )
    def _check_order(self):
        for order in self.filtered("order_kind"):
            company = order.vehicle_id.company_id
            if company and company != order.company_id:
                raise UserError(
                    self.env._(
                        "%(vehicle)s belongs to %(company)s, the order to %(other)s.",
                        vehicle=order.vehicle_id.display_name,
                        company=company.name,
                        other=order.company_id.name,
                    )
                )
            linked = order.supplement_of_id | order.supplement_of_id.supplement_of_id
            if order in linked or order.supplement_of_id.supplement_of_id:
                raise UserError(
                    self.env._("A supplement is made to an order, not to a supplement.")
                )
            for record in (order.supplement_of_id, order.plan_id, order.accident_id):
                if record and record.vehicle_id != order.vehicle_id:
                    raise UserError(
                        self.env._(
                            "%(record)s is about another vehicle than %(vehicle)s.",
                            record=record.display_name,
                            vehicle=order.vehicle_id.display_name,
                        )
                    )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        return super().create([self._prepare_log(vals) for vals in vals_list])

    def _prepare_log(self, vals):
        """Return the values of a new row: an order, or a plain log of core.

        :raise UserError: values that no field can hold, or that follow from steps.
        """
        self._clean_order_values(vals)
        kind = vals.get("order_kind", self.env.context.get("default_order_kind"))
        if not kind and not self._may_log_plainly():
            kind = "repair"
        if not kind:
            return {**vals, "order_kind": False, "employee_id": False}
        if not is_engine(self.env):
            self._guard_refuse(_CORE_FIELDS & set(vals))
        vehicle = self.env["fleet.vehicle"].browse(vals.get("vehicle_id"))
        # sudo: only to which institution the vehicle belongs.
        company = vehicle.sudo().company_id or self.env.company
        if company not in self.env.companies:
            raise UserError(
                self.env._("This vehicle belongs to an institution that is not yours.")
            )
        start = {"state": "new", "active": True, "amount": 0}
        if not vals.get("service_type_id") and kind in dict(_KINDS):
            start["service_type_id"] = self.env.ref(f"gov_fleet.service_type_{kind}").id
            vals = {key: val for key, val in vals.items() if key != "service_type_id"}
        return {**start, **vals, "order_kind": kind, "company_id": company.id}

    def _may_log_plainly(self):
        """Tell whether the user may keep core's plain service logs."""
        return self.env.su or self.env.user.has_group("fleet.fleet_group_manager")

    @api.model
    def _clean_order_values(self, vals):
        model = self.browse()
        check_plain_values(model, vals)
        names = ("vehicle_id", "vendor_id", "employee_id", "plan_id", "accident_id")
        # sudo: only whether they exist is asked.
        check_records_exist(model.sudo(), [vals], (*names, "supplement_of_id"))

    @api.model
    def _check_has_applicant(self, vals):
        if vals.get("order_kind"):
            return super()._check_has_applicant(vals)
        return None

    def write(self, vals):
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        orders = self.filtered("order_kind")
        if is_engine(self.env):
            if "active" in vals and orders:
                # Core archives the logs of an archived vehicle; orders stay on record.
                rest = {key: val for key, val in vals.items() if key != "active"}
                super(FleetVehicleLogServices, self - orders).write(vals)
                return super(FleetVehicleLogServices, orders).write(rest)
            result = super().write(vals)
            if {"approval_state", *_MOMENTS} & set(vals):
                orders._follow_state()
            return result
        self._clean_order_values(vals)
        if orders:
            self._guard_refuse(_CORE_FIELDS & set(vals))
        if "order_kind" in vals and (
            not vals["order_kind"] or len(orders) != len(self)
        ):
            raise UserError(
                self.env._(
                    "A plain service log does not become an order, nor an order a "
                    "plain log: enter a new one."
                )
            )
        return super().write(vals)

    def _follow_state(self):
        """Let core's own state follow, for its views and reports."""
        for state, orders in self.grouped(
            lambda order: _CORE_STATES.get(order.order_state, "new")
        ).items():
            changed = orders.filtered(lambda order, s=state: order.state != s)
            if changed:
                changed.write({"state": state})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        """Orders that were submitted stay; plain logs go as in core."""
        return super(
            FleetVehicleLogServices, self.filtered("order_kind")
        )._unlink_except_submitted()

    def _init_column(self, column_name):
        """Give logs of before the install the institution of their vehicle."""
        if column_name == "company_id":
            self.env.cr.execute(
                "UPDATE fleet_vehicle_log_services log SET company_id = v.company_id"
                " FROM fleet_vehicle v WHERE v.id = log.vehicle_id"
                " AND log.company_id IS NULL AND v.company_id IS NOT NULL"
            )
        return super()._init_column(column_name)

    # --------------------------------------------------------------- transitions

    def _get_order_steps(self):
        """Return the one table of what is done with an approved order.

        :return: dict action → ``Transition(sources, target, who)``; without a target
            the state stays.
        """
        self.ensure_one()
        going = {"approved", "in_shop"}
        steps = {
            "take": Transition({"draft"}, False, "_is_technician"),
            "plan": Transition(going, False, "_is_technician"),
            "send": Transition({"approved"}, "in_shop", "_is_technician"),
            "bill": Transition({"accepted"}, "done", "_is_technician"),
        }
        if self.order_kind in ACCEPTED_KINDS:
            steps["back"] = Transition({"in_shop"}, "returned", "_is_technician")
            steps["accept"] = Transition({"returned"}, "accepted", "_is_acceptor")
            steps["rework"] = Transition({"returned"}, "in_shop", "_is_acceptor")
        else:
            steps["complete"] = Transition(going, "accepted", "_is_technician")
        if self.supplement_of_id:
            # The order that it belongs to is what goes to the shop and is billed.
            return {"take": steps["take"]}
        return steps

    def _is_technician(self):
        return self.env.su or self.env.user.has_group(TECHNICIAN)

    def _is_acceptor(self):
        """Tell whether the user may accept: not the handler, nor twice.

        The driver who brought the vehicle, a technician or a dispatcher accepts.
        """
        self.ensure_one()
        user = self.env.user
        done = self.acceptance_ids.filtered(
            lambda row: row.round == self.acceptance_round and row.outcome == "accepted"
        )
        if user == self.handler_id or user in done.user_id:
            return False
        # sudo: only whether the user is the applicant.
        applicant = self.employee_id.sudo().user_id
        groups = f"{TECHNICIAN},gov_fleet.group_dispatcher"
        return user == applicant or user.has_groups(groups)

    def _get_step_blocker(self, action):
        """Return why the current user cannot do ``action`` on this order, or False."""
        self.ensure_one()
        step = self._get_order_steps().get(action)
        labels = dict(self._fields["order_state"]._description_selection(self.env))
        if not self.order_kind or not step or self.order_state not in step.sources:
            return self.env._(
                "%(order)s is in state “%(state)s”; this step is not possible now.",
                order=self.display_name,
                state=labels.get(self.order_state, "-"),
            )
        if getattr(self, step.who)():
            return False
        if step.who == "_is_acceptor":
            return self.env._(
                "Two people accept the repair: the driver, a technician or a "
                "dispatcher, not the handler %(handler)s and nobody twice.",
                handler=self.handler_id.name,
            )
        return self.env._("This step is done by a vehicle technician.")

    @api.depends("order_state", "acceptance_ids", "handler_id", "employee_id")
    @api.depends_context("uid")
    def _compute_can_step(self):
        names = ("take", "plan", "send", "back", "accept", "rework", "complete", "bill")
        for order in self:
            for name in names:
                order[f"can_{name}"] = not order._get_step_blocker(name)
            order.can_take = order.can_take and order.handler_id != self.env.user
