import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .input_check import check_plain_values, check_records_exist

_KINDS = [
    ("office", "Office"),
    ("meeting", "Meeting room"),
    ("service", "Service room"),
    ("plant", "Plant room"),
    ("canteen", "Canteen"),
    ("public", "Hall, stairs, corridor"),
    ("outside", "Outside"),
    ("other", "Other"),
]


class GovRoom(models.Model):
    """A room, hall or place of the compound.

    A secret room (涉密场所) has no QR code, takes no photo, and a repairer is escorted
    there. All staff read the list of rooms (the code behind the QR sticker is for the
    service desk); the desk keeps it. A room in use is archived, never deleted.
    """

    _name = "gov.room"
    _description = "Room"
    _inherit = ["gov.guard.mixin"]
    _order = "building, floor, name, id"
    _check_company_auto = True
    _rec_names_search = ["building", "name"]

    _protected_fields = frozenset({"qr_token"})

    name = fields.Char(required=True, help="Number or name of the room.")
    building = fields.Char(index=True)
    floor = fields.Char()
    area = fields.Float(string="Area (m²)", digits=(16, 2))
    kind = fields.Selection(_KINDS, required=True, default="office")
    is_secret = fields.Boolean(
        string="Secret room",
        help="No photo, no QR code, and the repairer is escorted.",
    )
    department_id = fields.Many2one(
        "hr.department", check_company=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    note = fields.Char()
    active = fields.Boolean(default=True)
    qr_token = fields.Char(
        string="QR code",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="gov_logistics.group_service_desk",
    )
    request_count = fields.Integer(compute="_compute_request_count")

    _name_uniq = models.UniqueIndex(
        "(company_id, COALESCE(building, ''), COALESCE(floor, ''), name)",
        "This room is in the list already.",
    )
    _area_check = models.Constraint("CHECK (area >= 0)", "An area is not negative.")
    _secret_check = models.Constraint(
        "CHECK (NOT (is_secret AND qr_token IS NOT NULL))",
        "A secret room has no QR code.",
    )

    @api.depends("building", "name")
    def _compute_display_name(self):
        for room in self:
            room.display_name = f"{room.building or ''} {room.name or ''}".strip()

    def _compute_request_count(self):
        groups = self.env["maintenance.request"]._read_group(
            [("room_id", "in", self.ids)], ["room_id"], ["__count"]
        )
        counts = {room.id: count for room, count in groups}
        for room in self:
            room.request_count = counts.get(room.id, 0)

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        rooms = super().create(vals_list)
        rooms._set_tokens()
        return rooms

    def write(self, vals):
        self._check_input([vals])
        result = super().write(vals)
        if "is_secret" in vals:
            self._set_tokens()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: only whether there is a request.
        requests = self.env["maintenance.request"].sudo()
        if found := requests.search([("room_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%(room)s has had requests and stays on record; archive it "
                    "instead.",
                    room=found.room_id.display_name,
                )
            )

    @api.model
    def _check_input(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        names = ("department_id", "company_id")
        check_records_exist(self.browse(), vals_list, names)

    # ------------------------------------------------------------ public methods

    def action_renew_qr(self):
        """Give rooms new QR codes; stickers printed before no longer work.

        :return: True
        :raise UserError: the user does not belong to the service desk, or a room is
            secret.
        """
        if not self.env.user.has_group("gov_logistics.group_service_desk"):
            raise UserError(self.env._("QR codes are kept by the service desk."))
        self.check_access("write")
        for room in self:
            if room.is_secret:
                raise UserError(
                    self.env._("%s is a secret room: it has no QR.", room.display_name)
                )
        # Group, access and secrecy were checked just above.
        for room in engine(self.sudo()):
            room.qr_token = secrets.token_urlsafe(18)
        return True

    def action_open_requests(self):
        """Open the requests of this room.

        :return: a window action.
        """
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_logistics.maintenance_request_action_desk"
        )
        action["domain"] = [("room_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _set_tokens(self):
        """A secret room loses its code, every other one has one."""
        # sudo: whoever may write the room has just done so; the code is the server's.
        for room in engine(self.sudo()):
            if room.is_secret:
                room.qr_token = False
            elif not room.qr_token:
                room.qr_token = secrets.token_urlsafe(18)
