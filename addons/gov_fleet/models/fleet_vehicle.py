from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

USAGE_CLASSES = [
    ("confidential", "Confidential mail"),
    ("emergency", "Emergency support"),
    ("enforcement", "Law enforcement"),
    ("special", "Special technical"),
    ("retired", "Retired cadres"),
    ("platform", "Dispatch platform"),
    ("support", "Operation support"),
]
BODY_TYPES = [
    ("sedan", "Sedan"),
    ("mpv", "MPV"),
    ("offroad", "Off-road"),
    ("bus", "Small or medium bus"),
    ("coach", "Large bus"),
    ("van", "Van"),
    ("pickup", "Pickup"),
    ("other", "Other"),
]
_ELECTRIC = ("electric",)
_LINKS = (
    "custody_partner_id",
    "department_id",
    "driver_card_id",
    "model_id",
    "rental_partner_id",
)
_LAPSING = (
    "inspection_date_to",
    "insurance_date_to",
    "licence_date_to",
    "rental_date_to",
)
# What dispatchers, and what technicians besides, may note on a vehicle; everything
# else is the manager's.
_DISPATCHER_FIELDS = frozenset({"location", "tag_ids", "description", "state_id"})
_TECHNICIAN_FIELDS = _DISPATCHER_FIELDS | {
    "color",
    "fuel_product",
    "image_128",
    "inspection_date_to",
    "insurance_date_to",
    "licence_date_to",
    "norm_consumption",
    "norm_ids",
    "positioning_device",
    "tank_capacity",
    "vehicle_properties",
}


class FleetVehicle(models.Model):
    """An official vehicle (公务用车).

    The manager of official vehicles registers and changes vehicles; technicians keep
    the dates and the fuel norm, dispatchers the parking place. Supervision reads. A
    vehicle counts against the quota of its class from its registration to its
    disposal (``fleet_vehicle_registration.py``), and is taken out of service by a
    disposal alone. The reading of its odometer follows from its trips.
    """

    _name = "fleet.vehicle"
    _inherit = ["fleet.vehicle", "gov.guard.mixin"]

    _protected_fields = frozenset(
        {
            "department_history_ids",
            "disposed_on",
            "gov_state",
            "is_electric",
            "odometer_value",
        }
    )

    usage_class = fields.Selection(
        USAGE_CLASSES, string="Class", default="platform", tracking=True, index=True
    )
    body_type = fields.Selection(
        BODY_TYPES, string="Body", default="sedan", tracking=True
    )
    special_case = fields.Char(
        string="Special circumstances",
        help="Why a larger vehicle than a sedan is needed: MPV, off-road and bus have "
        "their own price cap and displacement, for such cases only.",
    )
    keeping = fields.Selection(
        [
            ("pool", "Pool"),
            ("allocated", "Allocated to a section"),
            ("custody", "Kept for another unit"),
        ],
        default="pool",
        required=True,
        tracking=True,
        help="Pool vehicles are dispatched; allocated ones only keep the log.",
    )
    department_id = fields.Many2one(
        "hr.department", check_company=True, index=True, tracking=True
    )
    department_history_ids = fields.One2many(
        "gov.vehicle.department", "vehicle_id", string="Departments over time"
    )
    custody_partner_id = fields.Many2one("res.partner", string="Kept for")
    is_rented = fields.Boolean(string="Rented", tracking=True)
    rental_partner_id = fields.Many2one("res.partner", string="Rented from")
    rental_date_to = fields.Date(string="Rented until", tracking=True)
    displacement = fields.Float(string="Displacement (L)", digits=(4, 1))
    registered_on = fields.Date(
        string="Registered on",
        help="First registration with the police; the age of the vehicle counts "
        "from it.",
    )
    norm_consumption = fields.Float(
        string="Norm per 100 km",
        digits=(8, 2),
        help="Litres, of an electric vehicle kWh.",
    )
    norm_ids = fields.One2many(
        "gov.vehicle.norm", "vehicle_id", string="Norms by season"
    )
    is_electric = fields.Boolean(
        string="Electric", compute="_compute_is_electric", store=True
    )
    tank_capacity = fields.Float(
        string="Tank", digits=(8, 2), help="Litres, of an electric vehicle kWh."
    )
    fuel_product = fields.Selection(
        [
            ("92", "Petrol 92"),
            ("95", "Petrol 95"),
            ("98", "Petrol 98"),
            ("diesel", "Diesel"),
            ("gas", "Gas"),
            ("electric", "Electricity"),
        ],
        string="Fuel prescribed",
    )
    positioning_device = fields.Char(
        copy=False, groups="fleet.fleet_group_user,gov_base.group_supervision"
    )
    inspection_date_to = fields.Date(
        string="Inspected until", copy=False, tracking=True
    )
    insurance_date_to = fields.Date(string="Insured until", copy=False, tracking=True)
    licence_date_to = fields.Date(
        string="Vehicle licence until",
        copy=False,
        tracking=True,
        help="The paper on the vehicle (行驶证), not that of the driver.",
    )
    odometer_digits = fields.Integer(
        string="Digits of the odometer",
        default=6,
        help="Before the decimal point; longer readings are refused.",
    )
    odometer_value = fields.Float(
        string="Last reading", digits=(12, 1), readonly=True, copy=False
    )
    gov_state = fields.Selection(
        [("in_service", "In service"), ("disposed", "Disposed")],
        string="Service",
        default="in_service",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    disposed_on = fields.Date(readonly=True, copy=False)
    replaces_id = fields.Many2one(
        "fleet.vehicle",
        string="Replaces",
        index="btree_not_null",
        check_company=True,
        copy=False,
        ondelete="restrict",
        context={"active_test": False},
        help="It has to be disposed of first.",
    )
    gov_acquisition_id = fields.Many2one(
        "gov.vehicle.acquisition",
        string="Bought or rented by",
        index="btree_not_null",
        check_company=True,
        copy=False,
        ondelete="restrict",
    )
    driver_card_id = fields.Many2one(
        "gov.vehicle.driver",
        string="Usual driver",
        check_company=True,
        copy=False,
        ondelete="set null",
    )
    _digits_check = models.Constraint(
        "CHECK (odometer_digits BETWEEN 4 AND 8)",
        "An odometer has 4 to 8 digits.",
    )
    _figures_check = models.Constraint(
        "CHECK (norm_consumption >= 0 AND tank_capacity >= 0 AND displacement >= 0"
        " AND displacement < 30)",
        "Norm, tank and displacement are not negative.",
    )
    _plate_uniq = models.UniqueIndex(
        "(company_id, license_plate)"
        " WHERE license_plate IS NOT NULL AND gov_state = 'in_service' AND active",
        "Another vehicle of the institution has this plate.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("fuel_type")
    def _compute_is_electric(self):
        for vehicle in self:
            vehicle.is_electric = vehicle.fuel_type in _ELECTRIC

    @api.depends("license_plate", "model_id.name", "model_id.brand_id.name")
    @api.depends_context("gov_plate_only")
    def _compute_display_name(self):
        """The plate first: it is how people speak of a vehicle; in lists it alone."""
        is_short = self.env.context.get("gov_plate_only")
        for vehicle in self:
            plate = vehicle.license_plate or self.env._("No plate")
            model = vehicle.model_id
            names = (plate, model.brand_id.name, model.name)
            vehicle.display_name = plate if is_short else " ".join(filter(None, names))

    @api.depends("odometer_value")
    def _get_odometer(self):
        for vehicle in self:
            vehicle.odometer = vehicle.odometer_value

    def _set_odometer(self):
        """Note the first reading; later ones follow from the trips."""
        for vehicle in self:
            if vehicle.odometer == vehicle.odometer_value:
                continue
            if vehicle.odometer_value or vehicle._has_trips():
                raise UserError(
                    self.env._(
                        "%(vehicle)s: the reading (%(value)s km) follows from its "
                        "trips. Correct the trip, or enter the replaced odometer.",
                        vehicle=vehicle.display_name,
                        value=vehicle.odometer_value,
                    )
                )
            vehicle._check_reading(vehicle.odometer)
            # The right to write the vehicle and that there is no reading yet were
            # checked; trips set it from now on.
            engine(vehicle).odometer_value = vehicle.odometer

    def _has_trips(self):
        # sudo: protected trips count too.
        trips = self.env["gov.vehicle.trip"].sudo()
        return bool(trips.search_count([("vehicle_id", "in", self.ids)], limit=1))

    def _check_reading(self, value):
        """Refuse a reading that the instrument cannot show.

        :param value: km
        :raise UserError: negative, or more digits than the instrument has.
        """
        self.ensure_one()
        digits = self.odometer_digits or 6
        if not 0 <= value < 10**digits:
            raise UserError(
                self.env._(
                    "%(vehicle)s: a reading of %(value)s km is not possible, its "
                    "odometer has %(digits)s digits.",
                    vehicle=self.display_name,
                    value=f"{value:.15g}",
                    digits=digits,
                )
            )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        self._check_may_change(None)
        check_records_exist(self.browse(), vals_list, _LINKS)
        self._check_acquisition_free(vals_list)
        vehicles = super().create(vals_list)
        vehicles._note_department()
        vehicles._check_registration(None)
        return vehicles

    def write(self, vals):
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        if is_engine(self.env):
            return super().write(vals)
        self._check_may_change(set(vals))
        self._check_in_service(vals)
        check_records_exist(self.browse(), [vals], _LINKS)
        self._check_acquisition_free([vals])
        before = {vehicle: vehicle._registration_key() for vehicle in self}
        departments = {vehicle: vehicle.department_id for vehicle in self}
        dates = {
            name: {vehicle: vehicle[name] for vehicle in self}
            for name in _LAPSING
            if name in vals
        }
        done = super().write(vals)
        for name, renewed in dates.items():
            self.env["gov.vehicle.expiry"]._settle(name, renewed)
        self.filtered(
            lambda vehicle: departments[vehicle] != vehicle.department_id
        )._note_department()
        self._check_registration(before)
        return done

    def copy_data(self, default=None):
        """A copy is another vehicle: it has a plate of its own."""
        return super().copy_data({"license_plate": False, **(default or {})})

    @api.model
    def _check_may_change(self, names):
        """Refuse who may not register vehicles, or change these fields.

        :param names: fields to be written; None for a new vehicle.
        :raise UserError: naming who may.
        """
        user = self.env.user
        if is_engine(self.env) or self.env.su:
            return
        if user.has_group("gov_fleet.group_fleet_manager"):
            return
        allowed = set(self.env["mail.thread"]._fields)
        allowed |= set(self.env["mail.activity.mixin"]._fields)
        if user.has_group("gov_fleet.group_technician"):
            allowed |= _TECHNICIAN_FIELDS
        if user.has_group("gov_fleet.group_dispatcher"):
            allowed |= _DISPATCHER_FIELDS
        if names is None or names - allowed:
            raise UserError(
                self.env._(
                    "Vehicles are registered and changed by the manager of official "
                    "vehicles."
                )
            )

    def _check_in_service(self, vals):
        """Keep disposed vehicles as they are, and the others in service.

        :raise UserError: naming the vehicle.
        """
        helpers = set(self.env["mail.thread"]._fields)
        helpers |= set(self.env["mail.activity.mixin"]._fields)
        disposed = self.filtered(lambda vehicle: vehicle.gov_state == "disposed")
        if disposed and set(vals) - helpers:
            raise UserError(
                self.env._(
                    "%(vehicle)s has been disposed of: its card stays as it is.",
                    vehicle=disposed[:1].display_name,
                )
            )
        if "active" in vals and not vals["active"]:
            for vehicle in self:
                if history := vehicle._get_history():
                    raise UserError(
                        self.env._(
                            "%(vehicle)s has %(history)s: it leaves the service by a "
                            "disposal, not by archiving it.",
                            vehicle=vehicle.display_name,
                            history=history,
                        )
                    )

    def _get_history(self):
        """Return in words what is on record about the vehicle, or an empty text."""
        self.ensure_one()
        for model in self._get_history_models():
            # sudo: whatever the reader may see, it is on record.
            records = self.env[model].sudo().with_context(active_test=False)
            if records.search_count([("vehicle_id", "=", self.id)], limit=1):
                return self.env["ir.model"]._get(model).name
        return ""

    @api.model
    def _get_history_models(self):
        """Return the models whose ``vehicle_id`` makes a vehicle's history."""
        return [
            "gov.vehicle.trip",
            "gov.vehicle.booking",
            "fleet.vehicle.log.services",
            "gov.vehicle.disposal",
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        self._check_may_change(None)
        for vehicle in self:
            history = vehicle._get_history()
            if history or vehicle.gov_state == "disposed" or vehicle.odometer_value:
                raise UserError(
                    self.env._(
                        "%(vehicle)s has %(history)s and stays on record; it leaves "
                        "the service by a disposal.",
                        vehicle=vehicle.display_name,
                        history=history or self.env._("a history"),
                    )
                )
