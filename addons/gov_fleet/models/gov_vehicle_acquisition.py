from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_one,
    check_plain_values,
    check_records_exist,
)

from .fleet_vehicle import BODY_TYPES, USAGE_CLASSES

_LINKS = ("replaces_id", "target_department_id", "rental_partner_id", "employee_id")


class GovVehicleAcquisition(models.Model):
    """A vehicle to be bought, replaced or rented (配备、更新、租赁申请).

    What it exceeds (quota, price cap, displacement, replacement age) is the server's
    own finding, frozen at submission; it is an exception (特批) then and walks the
    longer chain. One approved acquisition covers one vehicle, of its class and body,
    up to its price and displacement.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     submitted ``action_submit`` by handler or applicant
    submitted approved  the last tier agrees
    approved  used      a vehicle is registered by it
    draft, approved     cancelled ``action_cancel`` while no vehicle is registered
    ========= ========= ==============================================================
    """

    _name = "gov.vehicle.acquisition"
    _description = "Vehicle Acquisition"
    _inherit = ["gov.approval.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.acquisition"

    _protected_fields = frozenset(
        {
            "state",
            "vehicle_id",
            "exceeds",
            "exceeds_quota",
            "exceeds_standard",
            "exceeds_age",
            "is_exception",
        }
    )

    kind = fields.Selection(
        [("new", "New"), ("replacement", "Replacement"), ("rental", "Rental")],
        required=True,
        default="new",
    )
    usage_class = fields.Selection(
        USAGE_CLASSES, string="Class", required=True, default="platform"
    )
    body_type = fields.Selection(
        BODY_TYPES, string="Body", required=True, default="sedan"
    )
    is_electric = fields.Boolean(string="Electric")
    seats = fields.Integer(default=5)
    price = fields.Monetary(
        help="Without purchase tax; of a rental the rent for the whole term.",
    )
    displacement = fields.Float(string="Displacement (L)", digits=(4, 1))
    special_case = fields.Char(
        string="Special circumstances",
        help="Why a larger vehicle than a sedan is needed.",
    )
    target_department_id = fields.Many2one(
        "hr.department",
        string="For the department",
        check_company=True,
        ondelete="restrict",
    )
    replaces_id = fields.Many2one(
        "fleet.vehicle",
        string="Replaces",
        check_company=True,
        index="btree_not_null",
        context={"active_test": False},
        ondelete="restrict",
        help="It has to be disposed of before the new one is registered.",
    )
    rental_partner_id = fields.Many2one("res.partner", string="Rented from")
    rental_date_to = fields.Date(string="Rented until")
    reason = fields.Text()
    exceeds = fields.Text(compute="_compute_exceeds", store=True, copy=False)
    exceeds_quota = fields.Boolean(compute="_compute_exceeds", store=True, copy=False)
    exceeds_standard = fields.Boolean(
        compute="_compute_exceeds", store=True, copy=False
    )
    exceeds_age = fields.Boolean(compute="_compute_exceeds", store=True, copy=False)
    is_exception = fields.Boolean(
        string="Exception",
        compute="_compute_exceeds",
        store=True,
        copy=False,
        help="Something is above a limit: the longer chain decides.",
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        string="Registered vehicle",
        readonly=True,
        copy=False,
        index="btree_not_null",
        context={"active_test": False},
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("used", "Registered"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    can_register = fields.Boolean(compute="_compute_can_register")

    _figures_check = models.Constraint(
        "CHECK (price >= 0 AND displacement >= 0 AND displacement < 30"
        " AND seats >= 0 AND seats < 100)",
        "Price, displacement and seats are not negative.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("approval_state", "vehicle_id")
    def _compute_state(self):
        for acquisition in self:
            state = acquisition.approval_state
            if state == "approved" and acquisition.vehicle_id:
                state = "used"
            known = dict(self._fields["state"].selection)
            acquisition.state = state if state in known else "submitted"

    @api.depends(
        "kind",
        "usage_class",
        "body_type",
        "is_electric",
        "price",
        "displacement",
        "special_case",
        "target_department_id",
        "replaces_id",
        "company_id",
    )
    def _compute_exceeds(self):
        for acquisition in self:
            if acquisition.approval_state == "draft":
                acquisition._find_exceeds()

    @api.depends("amount_for_approval", "price")
    def _compute_amount_for_approval(self):
        for acquisition in self:
            acquisition.amount_for_approval = acquisition.price

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_register(self):
        manager = self.env.user.has_group("gov_fleet.group_fleet_manager")
        for acquisition in self:
            acquisition.can_register = manager and acquisition.state == "approved"

    def _find_exceeds(self):
        """Set what is above a limit today."""
        self.ensure_one()
        vehicles = self.env["fleet.vehicle"]
        company = self.company_id or self.env.company
        quota, age = [], []
        if self.kind != "rental":
            quota = self._find_quota_excess(company)
        standard = vehicles._find_standard_excess(
            company,
            {
                "usage_class": self.usage_class,
                "body_type": self.body_type,
                "is_electric": self.is_electric,
                "special_case": self.special_case,
                "price": 0 if self.kind == "rental" else self.price,
                "displacement": self.displacement,
            },
        )
        # sudo: how old the vehicle is, which the applicant has named.
        old = self.replaces_id.sudo()
        if self.kind == "replacement" and old:
            age = old._find_age_shortfall(old.disposed_on or company.gov_today())
        self.exceeds_quota = bool(quota)
        self.exceeds_standard = bool(standard)
        self.exceeds_age = bool(age)
        self.is_exception = bool(quota or standard or age)
        self.exceeds = "\n".join([*quota, *standard, *age]) or False

    def _find_quota_excess(self, company):
        # sudo: whether the old vehicle still counts.
        old = self.replaces_id.sudo()
        counted = (
            self.kind == "replacement"
            and old.active
            and old.gov_state == "in_service"
            and not old.is_rented
            and old.usage_class == self.usage_class
        )
        return self.env["gov.vehicle.quota"]._find_excess(
            company,
            self.usage_class,
            self.target_department_id,
            extra=0 if counted else 1,
        )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        check_dictionaries(self, vals_list)
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, _LINKS)

    # ------------------------------------------------------------- public actions

    def action_register(self):
        """Open the card of the new vehicle, filled in from the acquisition.

        :return: a window action.
        :raise UserError: when it is not approved, or used.
        """
        check_one(self)
        self.check_access("read")
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%(acquisition)s is not approved, or its vehicle is registered.",
                    acquisition=self.display_name,
                )
            )
        values = {
            "gov_acquisition_id": self.id,
            "usage_class": self.usage_class,
            "body_type": self.body_type,
            "seats": self.seats,
            "special_case": self.special_case,
            "net_car_value": 0 if self.kind == "rental" else self.price,
            "displacement": self.displacement,
            "department_id": self.target_department_id.id,
            "replaces_id": self.replaces_id.id,
            "is_rented": self.kind == "rental",
            "rental_partner_id": self.rental_partner_id.id,
            "rental_date_to": self.rental_date_to,
        }
        if self.is_electric:
            values["fuel_type"] = "electric"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Register a vehicle"),
            "res_model": "fleet.vehicle",
            "view_mode": "form",
            "views": [
                (self.env.ref("gov_fleet.fleet_vehicle_view_form_official").id, "form")
            ],
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    # ----------------------------------------------------------------------- cover

    def _check_covers(self, vehicle):
        """Refuse a vehicle that is not the one of this approved acquisition.

        :raise UserError: naming what differs.
        """
        self.ensure_one()
        if self.approval_state != "approved":
            raise UserError(self.env._("%s is not approved.", self.display_name))
        if self.vehicle_id and self.vehicle_id != vehicle:
            self._refuse_used()
        differs = [
            self._fields[name]._description_string(self.env)
            for name in ("company_id", "usage_class", "body_type", "replaces_id")
            if self[name] != vehicle[name]
        ]
        if (self.kind == "rental") != vehicle.is_rented:
            differs.append(self._fields["kind"]._description_string(self.env))
        department = self.target_department_id
        if department and department != vehicle.department_id:
            differs.append(
                self._fields["target_department_id"]._description_string(self.env)
            )
        limits = [(vehicle.displacement, self.displacement, "displacement")]
        if self.kind != "rental":
            limits.append((vehicle.net_car_value, self.price, "price"))
        differs += [
            self._fields[name]._description_string(self.env)
            for value, limit, name in limits
            if float_compare(value, limit, 2) > 0
        ]
        if differs:
            raise UserError(
                self.env._(
                    "%(vehicle)s is not what %(acquisition)s was approved for: "
                    "%(fields)s.",
                    vehicle=vehicle.display_name,
                    acquisition=self.display_name,
                    fields=differs,
                )
            )

    def _refuse_used(self):
        raise UserError(
            self.env._(
                "%(acquisition)s has been used for %(vehicle)s.",
                acquisition=self.display_name,
                vehicle=self.vehicle_id.display_name,
            )
        )

    # ------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_fleet.group_fleet_manager")

    def _approval_summary(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        classes = dict(self._fields["usage_class"]._description_selection(self.env))
        text = self.env._(
            "%(kind)s: %(class)s, %(price)s",
            kind=kinds[self.kind],
            price=self.currency_id.format(self.price),
            **{"class": classes[self.usage_class]},
        )
        return f"{text}. {self.exceeds}" if self.exceeds else text

    def _approval_check_submit(self):
        """Refuse an incomplete acquisition, and find anew what it exceeds."""
        result = super()._approval_check_submit()
        missing = []
        if not (self.reason or "").strip():
            missing.append("reason")
        if not self.price:
            missing.append("price")
        if self.kind == "replacement" and not self.replaces_id:
            missing.append("replaces_id")
        if self.kind == "rental" and not self.rental_date_to:
            missing.append("rental_date_to")
        if missing:
            raise UserError(
                self.env._("Fill in before submitting: %s.", self._get_labels(missing))
            )
        if self.kind != "replacement" and self.replaces_id:
            raise UserError(
                self.env._("Only a replacement names the vehicle that it replaces.")
            )
        # Completeness was checked just above; what it exceeds is the server's finding.
        engine(self.sudo())._find_exceeds()
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.vehicle_id:
            blocker = self.env._(
                "%(vehicle)s has been registered by %(acquisition)s.",
                vehicle=self.vehicle_id.display_name,
                acquisition=self.display_name,
            )
        return blocker
