import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools import cells
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
    plain_number,
)

PRODUCTS = [
    ("92", "92 petrol"),
    ("95", "95 petrol"),
    ("98", "98 petrol"),
    ("diesel", "Diesel"),
    ("gas", "Gas"),
    ("electric", "Electricity"),
    ("other", "Other"),
]
# What a fill says about the world; nobody rewrites it once the day is over.
_FACTS = frozenset(
    {
        "card_id",
        "vehicle_id",
        "driver_id",
        "date",
        "product",
        "kind",
        "litres",
        "price",
        "amount",
        "odometer",
        "station_id",
        "station_name",
        "is_full",
        "is_away",
    }
)
_LATER = frozenset({"invoice_number", "scan", "scan_name", "note"})


class GovFuelEntry(models.Model):
    """A fill of fuel, or a charge of an electric vehicle (加油记录).

    It comes from a slip that somebody noted, from a supplier's statement, or from
    both: then the statement's litres and amount count, and the slip's stay beside
    them. What was noted can be mended on the day it was typed; after that a fill is
    voided with a reason and noted again. Findings follow the facts: they are opened,
    and taken back, whenever a fill or a trip beside it changes.

    Drivers note their own fills, dispatchers and technicians those of all; statements
    are imported by the technician; nobody deletes.
    """

    _name = "gov.fuel.entry"
    _description = "Fuel Fill"
    _inherit = ["gov.scan.mixin", "gov.guard.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ["vehicle_id", "station_name", "statement_ref"]
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "active",
            "day",
            "department_id",
            "kind",
            "payment",
            "source",
            "station_key",
            "match_state",
            "trip_id",
            "void_reason",
            "voided_by_id",
            "voided_at",
        }
    )

    # --- What was filled
    vehicle_id = fields.Many2one(
        "fleet.vehicle", required=True, check_company=True, ondelete="restrict"
    )
    card_id = fields.Many2one(
        "gov.fuel.card",
        string="Card",
        index="btree_not_null",
        check_company=True,
        domain="[('is_main', '=', False)]",
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        index="btree_not_null",
        check_company=True,
        default=lambda self: self._get_default_driver(),
        ondelete="restrict",
    )
    date = fields.Datetime(
        string="Filled at", required=True, default=lambda self: fields.Datetime.now()
    )
    day = fields.Date(
        compute="_compute_day",
        store=True,
        precompute=True,
        index=True,
        help="The day at the institution.",
    )
    product = fields.Selection(
        PRODUCTS,
        required=True,
        default=lambda self: self._get_default_product(),
    )
    kind = fields.Selection(
        [("fuel", "Fuel"), ("charge", "Charge")],
        compute="_compute_kind",
        store=True,
        precompute=True,
    )
    litres = fields.Float(
        string="Litres or kWh", digits=(12, 2), required=True, aggregator="sum"
    )
    price = fields.Float(digits=(16, 4), aggregator=None)
    amount = fields.Monetary()
    odometer = fields.Float(digits=(12, 1), aggregator=None)
    is_full = fields.Boolean(
        string="Filled up",
        default=True,
        help="The tank was full afterwards: consumption is measured from full to full.",
    )
    station_id = fields.Many2one(
        "gov.fuel.station",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    station_name = fields.Char(string="Station as written")
    station_key = fields.Char(
        compute="_compute_station_key", store=True, precompute=True
    )
    payment = fields.Selection(
        [
            ("card", "Fuel card"),
            ("driver", "Paid by the driver"),
            ("account", "Billed to the institution"),
        ],
        string="Paid by",
        compute="_compute_payment",
        store=True,
        precompute=True,
    )
    is_away = fields.Boolean(
        string="Away from home",
        help="Filled away from home and paid by the driver, who claims it with an "
        "invoice: lawful where a trip and the invoice are there.",
    )
    invoice_number = fields.Char(string="Invoice")
    note = fields.Char()
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The trip of that time, or else of that day; found by itself.",
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    source = fields.Selection(
        [("slip", "Slip"), ("statement", "Statement")],
        required=True,
        readonly=True,
        copy=False,
        default="slip",
    )
    match_state = fields.Selection(
        [
            ("none", "No statement expected"),
            ("slip", "Slip only"),
            ("statement", "Statement only"),
            ("matched", "Slip and statement agree"),
            ("differs", "Slip and statement differ"),
        ],
        string="Reconciled",
        required=True,
        readonly=True,
        copy=False,
        default="none",
        index=True,
    )

    # --- Voided
    active = fields.Boolean(default=True, readonly=True, copy=False)
    void_reason = fields.Char(readonly=True, copy=False)
    voided_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    voided_at = fields.Datetime(readonly=True, copy=False)
    can_void = fields.Boolean(compute="_compute_can_void")
    is_open = fields.Boolean(
        compute="_compute_is_open", help="May still be mended by who typed it."
    )
    _vehicle_date = models.Index("(vehicle_id, date)")
    _station_key = models.Index("(station_key) WHERE station_id IS NULL")
    _litres_check = models.Constraint(
        "CHECK (litres > 0)", "A fill is more than nothing."
    )
    _figures_check = models.Constraint(
        "CHECK (coalesce(price, 0) >= 0 AND coalesce(amount, 0) >= 0"
        " AND coalesce(odometer, 0) >= 0)",
        "Price, amount and odometer must not be below zero.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_default_product(self):
        """Return what the vehicle named by the form takes."""
        vehicle = self.env.context.get("default_vehicle_id")
        if type(vehicle) is not int:
            return False
        # sudo: what a vehicle burns is no secret.
        return self.env["fleet.vehicle"].sudo().browse(vehicle).exists().fuel_product

    @api.model
    def _get_default_driver(self):
        """Return the driver who notes a fill; clerks name whom it concerns."""
        user = self.env.user
        clerk = user.has_groups("gov_fleet.group_dispatcher,gov_fleet.group_technician")
        return False if clerk else user.employee_id

    @api.depends("date", "company_id")
    def _compute_day(self):
        for company, entries in self.grouped("company_id").items():
            zone = company._gov_zone()
            for entry in entries:
                moment = entry.date
                entry.day = moment and (
                    pytz.utc.localize(moment).astimezone(zone).date()
                )

    @api.depends("product")
    def _compute_kind(self):
        for entry in self:
            entry.kind = "charge" if entry.product == "electric" else "fuel"

    @api.depends("station_name")
    def _compute_station_key(self):
        for entry in self:
            name = entry.station_name
            entry.station_key = cells.key(name) if name else False

    @api.depends("card_id", "is_away")
    def _compute_payment(self):
        for entry in self:
            if entry.is_away:
                entry.payment = "driver"
            else:
                entry.payment = "card" if entry.card_id else "account"

    @api.depends("vehicle_id", "day")
    def _compute_department_id(self):
        # sudo: a driver notes a fill without reading the vehicle's card.
        vehicles = self.vehicle_id.sudo()
        by_id = {vehicle.id: vehicle for vehicle in vehicles}
        for entry in self:
            vehicle = by_id.get(entry.vehicle_id.id)
            entry.department_id = (
                vehicle._department_on(entry.day).id if vehicle and entry.day else False
            )

    @api.depends("day", "vehicle_id", "litres")
    def _compute_display_name(self):
        for entry in self:
            if not entry.vehicle_id:
                entry.display_name = self.env._("New fill")
                continue
            # sudo: the plate is painted on the vehicle.
            plate = entry.vehicle_id.sudo().license_plate or ""
            entry.display_name = " · ".join(
                (plate, str(entry.day or ""), plain_number(entry.litres))
            )

    @api.depends("active", "match_state")
    @api.depends_context("uid")
    def _compute_can_void(self):
        for entry in self:
            entry.can_void = not entry._get_void_blocker()

    @api.depends("create_date", "match_state", "active")
    @api.depends_context("uid")
    def _compute_is_open(self):
        for entry in self:
            entry.is_open = not entry.id or not entry._get_mend_blocker()

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        records = self
        if not is_engine(self.env):
            check_dictionaries(self, vals_list)
            for vals in vals_list:
                self._guard_refuse(self._get_protected_fields() & set(vals))
            vals_list = self._prepare_slips(vals_list)
            # The caller's rights hold; only what the server has added is let through.
            records = engine(self)
        entries = super(GovFuelEntry, records).create(vals_list).with_env(self.env)
        # sudo: links, findings and consumption follow from the facts just written.
        sudo_entries = engine(entries.sudo())
        sudo_entries._match_slips()
        sudo_entries._follow_up()
        return entries

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        check_plain_values(self.browse(), vals)
        facts = _FACTS & set(vals)
        if "company_id" in vals:
            self._guard_refuse({"company_id"})
        if facts:
            for entry in self:
                if blocker := entry._get_mend_blocker():
                    raise UserError(blocker)
            self._check_figures(vals)
            check_records_exist(
                self.browse(),
                [vals],
                ("vehicle_id", "card_id", "driver_id", "station_id"),
            )
        before = self._get_vehicle_moments() if facts else {}
        result = super().write(vals)
        if facts:
            for entry in self:
                entry._check_reading()
            # sudo: as in create().
            entries = engine(self.sudo())
            entries._keep_slip_figures()
            entries._match_slips()
            entries._follow_up(before)
        elif _LATER & set(vals):
            engine(self.sudo())._check_facts()  # sudo: as in create()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_noted(self):
        raise UserError(
            self.env._("A fill that was noted stays on record: void it with a reason.")
        )

    # ------------------------------------------------------------------- actions

    def action_void(self, reason):
        """Void fills that were noted wrongly; they stay on record.

        :param reason: required.
        :return: True
        :raise UserError: without a reason, for a fill of a statement, or for others
            than its author on the same day and the technician.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(
                self.env._("Say why, in up to %(most)s characters.", most=500)
            )
        for entry in self.sorted("id"):
            entry.check_access("write")
            if blocker := entry._get_void_blocker():
                raise UserError(blocker)
            # sudo: person, right, state and reason have just been checked.
            document = engine(entry.sudo())
            before = document._get_vehicle_moments()
            document.write(
                {
                    "active": False,
                    "void_reason": reason,
                    "voided_by_id": self.env.uid,
                    "voided_at": fields.Datetime.now(),
                }
            )
            document._follow_up(before)
        return True

    def action_open_reason(self):
        """Ask for the reason of the action named in the context, then do it."""
        return self.env["gov.fuel.reason"]._open(self)

    # ------------------------------------------------------------------- helpers

    def _get_mend_blocker(self):
        """Return why the current user cannot mend this fill any more, or False."""
        self.ensure_one()
        if not self.active:
            return self.env._("%s has been voided.", self.display_name)
        if self.source != "slip" or self.match_state in ("matched", "differs"):
            return self.env._(
                "%s stands on a statement: it is no longer changed.", self.display_name
            )
        company = self.company_id
        typed = self.create_date and self.create_date >= company._gov_utc(
            fields.Datetime.to_datetime(company.gov_today())
        )
        if not typed:
            return self.env._(
                "%s was noted on an earlier day. Void it with a reason and note it "
                "again.",
                self.display_name,
            )
        technician = self.env.user.has_group("gov_fleet.group_technician")
        if self.create_uid != self.env.user and not technician:
            return self.env._(
                "%s was noted by somebody else, who may mend it today.",
                self.display_name,
            )
        return False

    def _get_void_blocker(self):
        """Return why the current user cannot void this fill, or False."""
        self.ensure_one()
        if not self.active:
            return self.env._("%s has been voided.", self.display_name)
        if self.source != "slip" or self.match_state in ("matched", "differs"):
            return self.env._(
                "%s stands on a statement of the supplier and is not voided. Where it "
                "was joined with the wrong slip, part the two first.",
                self.display_name,
            )
        if self.env.user.has_group("gov_fleet.group_technician"):
            return False
        return self._get_mend_blocker()

    def _get_vehicle_moments(self):
        """Return dict (vehicle id, kind) → earliest moment of these fills."""
        found = {}
        for entry in self:
            key = entry.vehicle_id.id, entry.kind
            if key not in found or entry.date < found[key]:
                found[key] = entry.date
        return found

    def _set_station(self, station):
        """Link fills with the station that their statement named."""
        if self:
            engine(self).write({"station_id": station.id})

    def _follow_up(self, before=None):
        """Link trips, measure consumption and look for findings, in a few queries.

        :param before: dict (vehicle id, kind) → moment, where facts stood until now.
        """
        self.env.flush_all()
        moments = self._get_vehicle_moments()
        for key, moment in (before or {}).items():
            moments[key] = min(moment, moments.get(key, moment))
        linked = self.filtered("active")._link_trips()
        measured = self._measure(moments)
        beside = self._get_beside(moments)
        (self | linked | measured | beside)._check_facts()
        # What stands on the cards follows from what was paid with them.
        self.env["gov.fuel.card"].invalidate_model(["balance"], flush=False)
