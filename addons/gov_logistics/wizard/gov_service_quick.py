from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.maintenance_request import CHANNELS


class GovServiceQuick(models.TransientModel):
    """The quick form of the service desk: one line, one key, the reply to copy.

    The line is read while it is typed: place, fault, caller, phone. What it filled in
    stands below and may be corrected. The caller need not exist anywhere.
    """

    _name = "gov.service.quick"
    _description = "Call to the Service Desk"

    line = fields.Char(string="In one line")
    name = fields.Char(
        string="Fault", compute="_compute_line", store=True, readonly=False
    )
    place = fields.Char(
        string="Where", compute="_compute_line", store=True, readonly=False
    )
    room_id = fields.Many2one(
        "gov.room", compute="_compute_line", store=True, readonly=False
    )
    caller_name = fields.Char(
        string="Caller", compute="_compute_line", store=True, readonly=False
    )
    caller_phone = fields.Char(
        string="Phone", compute="_compute_line", store=True, readonly=False
    )
    department_id = fields.Many2one(
        "hr.department", compute="_compute_line", store=True, readonly=False
    )
    served_partner_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        compute="_compute_line",
        store=True,
        readonly=False,
    )
    service_item_id = fields.Many2one(
        "gov.service.item",
        string="Service",
        domain="[('is_requestable', '=', True), ('company_id', '=', company_id)]",
    )
    equipment_id = fields.Many2one("maintenance.equipment", string="Device")
    is_emergency = fields.Boolean(string="Emergency")
    channel = fields.Selection(
        [pair for pair in CHANNELS if pair[0] in ("phone", "counter", "mail")],
        required=True,
        default="phone",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    request_id = fields.Many2one("maintenance.request", string="Taken", readonly=True)
    # Related fields are read with the user's own rights.
    reply_text = fields.Char(related="request_id.reply_text", related_sudo=False)

    @api.depends("line")
    def _compute_line(self):
        requests = self.env["maintenance.request"]
        names = (
            "name",
            "place",
            "room_id",
            "caller_name",
            "caller_phone",
            "department_id",
            "served_partner_id",
        )
        for quick in self:
            vals = requests._parse_line(quick.line) if quick.line else {}
            for name in names:
                if vals.get(name):
                    quick[name] = vals[name]
                elif not quick[name]:
                    quick[name] = False

    @api.model
    def action_new(self):
        """Open the form for the next call.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take a call"),
            "res_model": self._name,
            "view_mode": "form",
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
        result = self.env["maintenance.request"].action_quick(
            self.line or self.name or "", self._prepare_values()
        )
        self.request_id = result["id"]
        return {
            **self.action_new(),
            "name": result["number"],
            "res_id": self.id,
        }

    def action_dispatch(self):
        """Ask whom to send for the request just taken.

        :return: a window action.
        """
        self.ensure_one()
        return self.request_id.action_open_dialog("assign")

    def action_open_request(self):
        """Open the request just taken.

        :return: a window action.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "maintenance.request",
            "res_id": self.request_id.id,
            "view_mode": "form",
        }

    def _prepare_values(self):
        return {
            "name": self.name,
            "place": self.place,
            "room_id": self.room_id.id,
            "caller_name": self.caller_name,
            "caller_phone": self.caller_phone,
            "department_id": self.department_id.id,
            "served_partner_id": self.served_partner_id.id,
            "service_item_id": self.service_item_id.id,
            "equipment_id": self.equipment_id.id,
            "is_emergency": self.is_emergency,
            "channel": self.channel,
        }
