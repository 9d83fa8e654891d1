from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.gov_vehicle_request import AREAS

_READ = (
    "destination",
    "purpose",
    "area",
    "date_start",
    "date_end",
    "passenger_count",
    "vehicle_count",
    "employee_id",
    "served_partner_id",
    "caller_name",
    "caller_phone",
)
_TYPED = (
    *_READ,
    "unit_approver",
    "unit_slip_number",
    "filing_number",
    "is_urgent",
    "urgent_reason",
)


class GovVehicleQuick(models.TransientModel):
    """The quick form of the dispatcher: one line, one key, the reply to copy.

    The line is read while it is typed; what it filled in stands below and may be
    corrected. The caller need not have an account.
    """

    _name = "gov.vehicle.quick"
    _description = "Call for a Vehicle"

    line = fields.Char(string="In one line")
    destination = fields.Char(compute="_compute_line", store=True, readonly=False)
    purpose = fields.Char(compute="_compute_line", store=True, readonly=False)
    area = fields.Selection(AREAS, compute="_compute_line", store=True, readonly=False)
    date_start = fields.Datetime(
        string="From", compute="_compute_line", store=True, readonly=False
    )
    date_end = fields.Datetime(
        string="Until", compute="_compute_line", store=True, readonly=False
    )
    passenger_count = fields.Integer(
        string="Number of people", compute="_compute_line", store=True, readonly=False
    )
    vehicle_count = fields.Integer(
        string="Number of vehicles", compute="_compute_line", store=True, readonly=False
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Applicant",
        compute="_compute_line",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    served_partner_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        compute="_compute_line",
        store=True,
        readonly=False,
        domain="[('is_served_unit', '=', True)]",
    )
    caller_name = fields.Char(
        string="Caller", compute="_compute_line", store=True, readonly=False
    )
    caller_phone = fields.Char(
        string="Phone", compute="_compute_line", store=True, readonly=False
    )
    unit_approver = fields.Char(string="Approved there by")
    unit_slip_number = fields.Char(string="Approval slip of the unit")
    filing_number = fields.Char()
    is_urgent = fields.Boolean(string="Urgent first")
    urgent_reason = fields.Char(string="Why it is urgent")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    request_id = fields.Many2one("gov.vehicle.request", string="Taken", readonly=True)
    # Related fields are read with the user's own rights.
    reply_text = fields.Char(related="request_id.reply_text", related_sudo=False)
    can_dispatch = fields.Boolean(compute="_compute_can_dispatch")

    @api.depends("line")
    def _compute_line(self):
        requests = self.env["gov.vehicle.request"]
        start, end = requests._get_default_times()
        usual = {
            "area": "town",
            "date_start": start,
            "date_end": end,
            "passenger_count": 1,
            "vehicle_count": 1,
        }
        for quick in self:
            vals = requests._parse_quick(quick.line) if quick.line else {}
            for name in _READ:
                if vals.get(name):
                    quick[name] = vals[name]
                elif not quick[name]:
                    quick[name] = usual.get(name, False)

    @api.depends("request_id")
    def _compute_can_dispatch(self):
        for quick in self:
            quick.can_dispatch = bool(
                quick.request_id and quick.request_id.state == "approved"
            )

    @api.model
    def action_new(self):
        """Open the form for the next call.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take a call for a car"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_take(self):
        """Take the call and show the reply to copy.

        :return: the same form with the reply.
        :raise UserError: as ``action_quick`` of the request.
        """
        self.ensure_one()
        if self.request_id:
            raise UserError(
                self.env._("%s has been taken.", self.request_id.display_name)
            )
        values = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in _TYPED
        }
        result = self.env["gov.vehicle.request"].action_quick("", values)
        self.request_id = result["id"]
        return {**self.action_new(), "name": result["number"], "res_id": self.id}

    def action_dispatch(self):
        """Assign vehicle and driver to the request just taken.

        :return: a window action.
        """
        self.ensure_one()
        return self.request_id.action_open_board()

    def action_open_request(self):
        """Open the request just taken.

        :return: a window action.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.vehicle.request",
            "res_id": self.request_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
