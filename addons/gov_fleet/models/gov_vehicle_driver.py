from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

_SMALL = frozenset({"A1", "A2", "A3", "B1", "B2", "C1", "C2"})
# Which licence drives how many seats, and how it is said in a refusal; the largest
# number of seats that each row is for. From the order on driving licences (机动车驾驶证
# 申领和使用规定, annex 1).
_CLASSES_BY_SEATS = (
    (9, _SMALL),
    (19, frozenset({"A1", "A3", "B1"})),
    (10**6, frozenset({"A1", "A3"})),
)
_SEATS_BY_BODY = {"bus": 19, "coach": 45}


class GovVehicleDriver(models.Model):
    """A driver's card (驾驶员档案): what dispatch has to know of a driver.

    Kept by the manager of official vehicles; dispatchers and technicians read it
    without rights on personnel files, drivers their own.
    """

    _name = "gov.vehicle.driver"
    _description = "Driver"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True
    # They follow the personnel file: whose trips a card shows is nobody's choice.
    _protected_fields = frozenset({"department_id", "name", "user_id"})

    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    name = fields.Char(compute="_compute_person", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Account",
        compute="_compute_person",
        store=True,
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        "hr.department", compute="_compute_person", store=True
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    licence_class = fields.Selection(
        [(code, code) for code in ("A1", "A2", "A3", "B1", "B2", "C1", "C2")],
        required=True,
        default="C1",
        tracking=True,
    )
    licence_date_to = fields.Date(
        string="Licence valid until", copy=False, tracking=True
    )
    phone = fields.Char(help="Stands on trip slips and in messages to the user.")
    staff_type = fields.Selection(
        [
            ("established", "Established post"),
            ("worker", "Worker of the institution"),
            ("contract", "Contract staff"),
            ("dispatched", "Dispatched by a firm"),
        ],
        string="Employed as",
        default="worker",
    )
    firm_id = fields.Many2one("res.partner", string="Firm")
    vehicle_ids = fields.One2many(
        "fleet.vehicle", "driver_card_id", string="Usual vehicles"
    )
    note = fields.Text()

    _employee_uniq = models.UniqueIndex(
        "(employee_id)", "This person has a driver's card already."
    )

    # ------------------------------------------------------------------ computes

    @api.depends(
        "employee_id.name", "employee_id.user_id", "employee_id.current_version_id"
    )
    def _compute_person(self):
        for card in self:
            # sudo: name, account and section of the driver, who is told on slips.
            person = card.employee_id.sudo()
            card.name = person.name
            card.user_id = person.user_id
            card.department_id = person._gov_department() if person else False

    @api.depends("name", "licence_class")
    def _compute_display_name(self):
        for card in self:
            card.display_name = f"{card.name or ''} ({card.licence_class or '-'})"

    # --------------------------------------------------------------- constraints

    @api.constrains("staff_type", "firm_id")
    def _check_firm(self):
        for card in self:
            if card.staff_type == "dispatched" and not card.firm_id:
                raise UserError(
                    self.env._(
                        "%(driver)s is dispatched by a firm: name the firm.",
                        driver=card.name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("employee_id",))
        return super().create(vals_list)

    def write(self, vals):
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), [vals], ("employee_id",))
        if "employee_id" in vals and any(
            card.employee_id.id != vals["employee_id"] for card in self
        ):
            raise UserError(
                self.env._("A driver's card stays with its person; make a new one.")
            )
        renewed = {card: card.licence_date_to for card in self}
        done = super().write(vals)
        if "licence_date_to" in vals:
            self.env["gov.vehicle.expiry"]._settle("licence_date_to", renewed)
        return done

    @api.ondelete(at_uninstall=False)
    def _unlink_except_driven(self):
        # sudo: protected trips count too.
        trips = self.env["gov.vehicle.trip"].sudo()
        driven = trips.search([("driver_id", "in", self.employee_id.ids)], limit=1)
        if driven:
            raise UserError(
                self.env._(
                    "%(driver)s has driven: archive the card, it stays on record.",
                    driver=driven.driver_id.name,
                )
            )

    # ----------------------------------------------------------------------- rules

    @api.model
    def _of(self, employees):
        """Return the cards of drivers by employee, archived ones left out.

        :param employees: ``hr.employee``.
        :return: dict employee id → card.
        """
        # sudo: requesters and drivers see who drives them, and the phone on the slip.
        cards = self.sudo().search([("employee_id", "in", employees.ids)])
        return {card.employee_id.id: card for card in cards}

    def _may_drive(self, vehicle, start, end):
        """Tell whether the driver may drive a vehicle during a window.

        :param vehicle: ``fleet.vehicle``.
        :param start: naive UTC datetime.
        :param end: naive UTC datetime; the licence has to be valid on this day too.
        :return: why not, or an empty text.
        """
        self.ensure_one()
        # sudo: only whether the person is still there is asked.
        if not self.active or not self.employee_id.sudo().active:
            return self.env._("%s drives no more.", self.name)
        last_day = self.company_id._gov_local(end).date()
        if self.licence_date_to and self.licence_date_to < last_day:
            return self.env._(
                "The licence of %(driver)s is valid until %(until)s; the vehicle comes "
                "back on %(day)s.",
                driver=self.name,
                until=format_day(self.env, self.licence_date_to),
                day=format_day(self.env, last_day),
            )
        return self._get_class_problem(vehicle)

    def _get_class_problem(self, vehicle):
        seats = vehicle.seats or _SEATS_BY_BODY.get(vehicle.body_type, 5)
        classes = next(found for upto, found in _CLASSES_BY_SEATS if seats <= upto)
        if self.licence_class not in classes:
            return self.env._(
                "%(driver)s has a licence %(licence)s; %(vehicle)s with %(seats)s "
                "seats asks for %(classes)s.",
                driver=self.name,
                licence=self.licence_class,
                vehicle=vehicle.display_name,
                seats=seats,
                classes=sorted(classes),
            )
        if self.licence_class == "C2" and vehicle.transmission == "manual":
            return self.env._(
                "%(driver)s has a licence C2, for automatic gearboxes; %(vehicle)s is "
                "shifted by hand.",
                driver=self.name,
                vehicle=vehicle.display_name,
            )
        return ""
