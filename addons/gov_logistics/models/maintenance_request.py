from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_split_tuples

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import check_dictionaries

from ..tools.photo import check_photo_text
from .gov_service_callback import CALLBACK_RESULTS
from .input_check import check_plain_values, check_records_exist, plain_number
from .maintenance_stage import GOV_STATES

OPEN_STATES = ("new", "assigned", "accepted", "arrived", "paused")
_OPEN_SQL = "gov_state IN ('new', 'assigned', 'accepted', 'arrived', 'paused')"

CHANNELS = [
    ("phone", "Phone"),
    ("counter", "Counter"),
    ("app", "System"),
    ("portal", "Served unit"),
    ("qr", "QR code"),
    ("mail", "E-mail"),
    ("meter", "Inspection"),
]

# What anybody who may read the request may write: talk, and marks of no consequence.
_FREE_FIELDS = frozenset(
    {
        "message_follower_ids",
        "message_ids",
        "website_message_ids",
        "activity_ids",
        "color",
        "email_cc",
    }
)
# What the requester may correct as long as nobody has been sent.
_REQUESTER_FIELDS = frozenset(
    {
        "name",
        "description",
        "place",
        "room_id",
        "equipment_id",
        "service_item_id",
        "caller_name",
        "caller_phone",
        "photo",
    }
)
# What the repairer fills in.
_REPAIRER_FIELDS = frozenset(
    {
        "equipment_id",
        "room_id",
        "place",
        "service_item_id",
        "quantity",
        "closing_text",
        "closing_photo",
        "schedule_date",
        "schedule_end",
        "kanban_state",
    }
)
# What the recorded use was counted by.
_USED_FIELDS = ("quantity", "service_item_id", "department_id", "served_partner_id")
# What somebody who only asks for a service does not say.
_NOT_ASKED = (
    "department_id",
    "served_partner_id",
    "quantity",
    "maintenance_type",
    "recurring_maintenance",
    "closing_text",
    "closing_photo",
)
_SHORT_TEXTS = ("name", "place", "caller_name", "caller_phone")
_MOST_SIGNS = 500


class MaintenanceRequest(models.Model):
    """The service request (报修): taken, dispatched, done, called back.

    ``gov_state`` is the truth and drives ``stage_id``; both change by the request's
    own methods alone, which read one table (``maintenance_request_step.py``).

    - Any employee makes requests of their own and reads them, corrects them until
      somebody is sent, and cancels them until somebody has accepted.
    - The service desk takes requests for everybody, dispatches and corrects them.
    - A repairer reads the requests of their teams and works on those that are theirs.
    - Supervision, inspectors and the contract clerk read all of the institution.

    A request is never deleted: it is cancelled with a reason and keeps its number.
    """

    _name = "maintenance.request"
    _inherit = [
        "maintenance.request",
        "gov.number.mixin",
        "rating.mixin",
        "portal.mixin",
    ]
    _number_code = "maintenance.request"
    _rec_names_search = ["name", "number"]

    _protected_fields = frozenset(
        {
            "gov_state",
            "stage_id",
            "archive",
            "user_id",
            "maintenance_team_id",
            "owner_user_id",
            "close_date",
            "request_date",
            "handler_id",
            "requested_at",
            "assigned_at",
            "accepted_at",
            "arrived_at",
            "resolved_at",
            "finished_by_id",
            "cancel_reason",
            "repeat_count",
            "is_recurring",
            "pause_ids",
            "callback_ids",
            "callback_state",
            "is_callback_due",
            "usage_id",
            "picking_ids",
            "parts_cost",
            "access_token",
            "rating_ids",
            "rating_last_value",
        }
    )

    # Core wants a team; who comes is for the service desk to say.
    maintenance_team_id = fields.Many2one(required=False, default=lambda self: False)
    # The index of a field of core would outlive us: see _company_idx.
    company_id = fields.Many2one(index=False)

    gov_state = fields.Selection(
        GOV_STATES,
        string="State",
        readonly=True,
        copy=False,
        group_expand=True,
    )
    channel = fields.Selection(CHANNELS, required=True, default="app")
    service_item_id = fields.Many2one(
        "gov.service.item",
        string="Service",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('is_requestable', '=', True), ('company_id', '=', company_id)]",
        tracking=True,
    )
    service_group_id = fields.Many2one(
        related="service_item_id.group_id", store=True, index="btree_not_null"
    )
    quantity = fields.Float(
        digits=(16, 4), default=1.0, help="How many units of the service were given."
    )
    uom_id = fields.Many2one(related="service_item_id.uom_id")
    room_id = fields.Many2one(
        "gov.room",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_secret = fields.Boolean(related="room_id.is_secret", string="Secret room")
    place = fields.Char(string="Where", help="In the caller's words.")
    caller_name = fields.Char(string="Caller")
    caller_phone = fields.Char(string="Phone", index="btree_not_null")
    served_partner_id = fields.Many2one(
        "res.partner",
        string="Served unit",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    department_id = fields.Many2one(
        "hr.department", check_company=True, index="btree_not_null", ondelete="restrict"
    )
    handler_id = fields.Many2one(
        "res.users",
        string="Taken by",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
    )
    is_emergency = fields.Boolean(
        string="Emergency",
        tracking=True,
        help="Goes first; its promised times run by the clock on the wall.",
    )
    photo = fields.Binary(copy=False, help="What is broken. None in a secret room.")
    requested_at = fields.Datetime(string="Taken at", readonly=True, copy=False)
    assigned_at = fields.Datetime(string="Dispatched at", readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    arrived_at = fields.Datetime(readonly=True, copy=False)
    resolved_at = fields.Datetime(string="Finished at", readonly=True, copy=False)
    finished_by_id = fields.Many2one(
        "res.users",
        string="Finished by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Who entered that the work is finished; not always who did it.",
    )
    closing_text = fields.Text(string="What was done", copy=False)
    closing_photo = fields.Binary(
        string="Photo of the finished work", copy=False, help="None in a secret room."
    )
    cancel_reason = fields.Char(
        string="Reason of cancelling", readonly=True, copy=False
    )
    repeat_count = fields.Integer(
        string="Faults before",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Faults of the same device, or of the same kind in the same room, within "
        "the days of the settings, this one included.",
    )
    is_recurring = fields.Boolean(string="Recurring fault", readonly=True, copy=False)
    pause_ids = fields.One2many(
        "gov.service.pause", "request_id", string="Pauses", readonly=True, copy=False
    )
    callback_ids = fields.One2many(
        "gov.service.callback",
        "request_id",
        string="Calls back",
        readonly=True,
        copy=False,
    )
    is_callback_due = fields.Boolean(
        string="To be called back", readonly=True, copy=False
    )
    callback_state = fields.Selection(
        CALLBACK_RESULTS, string="Call back", readonly=True, copy=False
    )
    usage_id = fields.Many2one(
        "gov.service.usage",
        string="Usage",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reply_text = fields.Char(string="Reply to copy", compute="_compute_reply_text")

    _quantity_check = models.Constraint(
        "CHECK (quantity IS NULL OR (quantity >= 0 AND quantity <= 1000000))",
        "The quantity of a service lies between 0 and 1,000,000.",
    )
    _company_idx = models.Index("(company_id)")
    # As the list sorts: Odoo takes an empty flag for no.
    _desk_idx = models.Index(
        "(company_id, COALESCE(is_emergency, FALSE) DESC, sla_next_deadline, id)"
        f" WHERE {_OPEN_SQL}"
    )
    _repairer_idx = models.Index(f"(user_id) WHERE {_OPEN_SQL}")
    _callback_idx = models.Index("(company_id, id) WHERE is_callback_due")
    _repeat_idx = models.Index("(room_id, requested_at) WHERE room_id IS NOT NULL")

    # ------------------------------------------------------------------ computes

    @api.depends("number", "name")
    def _compute_display_name(self):
        for request in self:
            request.display_name = (
                f"{request.number or ''} {request.name or ''}".strip()
            )

    def _compute_user_id(self):
        """Who comes is for the service desk to say, whatever device is named."""
        for request in self:
            request.user_id = request.user_id

    def _compute_maintenance_team_id(self):
        """The team of a device is a hint as long as nobody has been sent."""
        unsent = self.filtered(lambda request: request.gov_state in (False, "new"))
        return super(MaintenanceRequest, unsent)._compute_maintenance_team_id()

    @api.model
    def _default_stage(self):
        return self._get_stage("new")

    @api.model
    def _get_stage(self, state):
        """Return the stage that stands for ``state``."""
        # sudo: which stage is drawn for a state is no secret; portal users ask too.
        stages = self.env["maintenance.stage"].sudo()
        return stages.search([("gov_state", "=", state)], limit=1)

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        """Show the stages of the states, and those that still hold requests."""
        found = stages.sudo().search([("gov_state", "!=", False)]) | stages
        return stages.browse(found.sorted().ids)

    @api.depends_context("lang")
    @api.depends("number", "name", "place", "room_id", "gov_state", "requested_at")
    def _compute_reply_text(self):
        for request in self:
            request.reply_text = request._get_reply_text()

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for request in self:
            request.access_url = f"/my/service/{request.id}"
        return result

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        vals_list = [{**self._get_context_values(), **vals} for vals in vals_list]
        self._check_input(vals_list)
        if not is_engine(self.env):
            # A team may be named from outside (mail alias, equipment): it is a hint.
            protected = self._get_protected_fields() - {"maintenance_team_id"}
            for vals in vals_list:
                self._guard_refuse(protected & set(vals))
                self._take_own(vals)
        self._prepare_new(vals_list)
        requests = super(MaintenanceRequest, engine(self)).create(vals_list)
        requests._plan_deadlines()
        requests._count_repeats()
        return requests.with_env(self.env)

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        self._check_input([vals])
        self._guard_refuse(self._get_protected_fields() & set(vals))
        self._check_may_write(set(vals))
        self._check_stays(vals)
        vals = dict(vals)
        result = super().write(vals)
        # Who may write these fields has been checked just above.
        document = engine(self.sudo())
        if {"service_item_id", "is_emergency"} & set(vals):
            document._plan_deadlines()
        if {"service_item_id", "room_id", "equipment_id"} & set(vals):
            document._count_repeats()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_service_request(self):
        if self and not is_engine(self.env):
            raise UserError(
                self.env._(
                    "%(request)s cannot be deleted: every request stays on record. "
                    "Cancel it, its number is then void.",
                    request=self[:1].display_name,
                )
            )

    @api.model
    def _get_context_values(self):
        """Return the defaults that the caller's context names, less what is guarded."""
        guarded = self._get_protected_fields() - {"maintenance_team_id"}
        names = {
            key[8:]: value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        return {
            name: value
            for name, value in names.items()
            if name in self._fields and name not in guarded
        }

    @api.model
    def _check_input(self, vals_list):
        """Refuse values that make no sense, by the name of the field."""
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
            self._check_texts(vals)
            for name in ("photo", "closing_photo"):
                if vals.get(name):
                    check_photo_text(self.env, vals[name])
            quantity = vals.get("quantity") or 0
            if not 0 <= float(quantity) <= 1_000_000:
                raise UserError(
                    self.env._(
                        "The quantity of a service lies between 0 and 1,000,000, not "
                        "%(quantity)s.",
                        quantity=quantity,
                    )
                )
        names = (
            "service_item_id",
            "room_id",
            "equipment_id",
            "employee_id",
            "department_id",
            "served_partner_id",
            "company_id",
        )
        check_records_exist(model, vals_list, names)

    @api.model
    def _check_texts(self, vals):
        """Refuse a request without a name, and texts that are no single line."""
        for name in _SHORT_TEXTS:
            text = str(vals.get(name) or "")
            if name in vals and name == "name" and not text.strip():
                raise UserError(self.env._("Please say what is broken or needed."))
            if len(text) > _MOST_SIGNS:
                raise UserError(
                    self.env._(
                        "%(field)s: at most %(most)s signs, not %(count)s.",
                        field=self._fields[name]._description_string(self.env),
                        most=_MOST_SIGNS,
                        count=len(text),
                    )
                )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """As the core's: what came by mail says so, and belongs to its team's house."""
        values = dict(custom_values or {})
        # sudo: the gateway reads the team of the alias.
        team = self.env["maintenance.team"].sudo()
        team = team.browse(values.get("maintenance_team_id") or []).exists()
        if team.company_id:
            values["company_id"] = team.company_id.id
        sender = msg_dict.get("email_from") or ""
        name = next((name or mail for name, mail in email_split_tuples(sender)), sender)
        subject = (msg_dict.get("subject") or "").strip()
        values.setdefault(
            "name", (subject or self.env._("E-mail from %s", name))[:_MOST_SIGNS]
        )
        values.update(channel="mail", caller_name=name[:_MOST_SIGNS] or False)
        return super().message_new(msg_dict, custom_values=values)

    @api.model
    def _take_own(self, vals):
        """Whoever is not of the service desk makes requests in their own name."""
        if self.env.su or self._is_desk():
            return
        employee = self.env.user.employee_id
        for name in _NOT_ASKED:
            vals.pop(name, None)
        vals["channel"] = "app"
        vals["employee_id"] = employee.id
        # A form sends what was left empty, too.
        if not vals.get("caller_name"):
            vals["caller_name"] = self.env.user.name
        if not vals.get("caller_phone"):
            # sudo: one's own telephone at work.
            vals["caller_phone"] = employee.sudo().work_phone or False

    @api.model
    def _prepare_new(self, vals_list):
        """Complete the values of new requests: state, number, who, where."""
        stage = self._get_stage("new")
        now = fields.Datetime.now()
        for vals in vals_list:
            vals["gov_state"] = "new"
            vals["stage_id"] = stage.id
            vals["archive"] = False
            # Core copies a recurring request with who did the last one.
            vals["user_id"] = False
            vals.setdefault("requested_at", now)
            vals.setdefault("handler_id", self.env.uid)
            vals.setdefault("company_id", self.env.company.id)
            vals.setdefault("employee_id", False)
            company = self.env["res.company"].browse(vals["company_id"])
            vals.setdefault("request_date", company.gov_today())
            if not vals.get("department_id") and vals["employee_id"]:
                # sudo: where somebody works is known to all staff.
                employee = self.env["hr.employee"].sudo().browse(vals["employee_id"])
                vals["department_id"] = employee._gov_department().id
            if vals.get("room_id") and not vals.get("place"):
                # sudo: the name of a room is known to all staff.
                room = self.env["gov.room"].sudo().browse(vals["room_id"])
                vals["place"] = room.display_name
        self._number_new(vals_list)

    @api.model
    def _number_new(self, vals_list):
        by_company = {}
        for vals in vals_list:
            if not vals.get("number"):
                by_company.setdefault(vals["company_id"], []).append(vals)
        for company_id, rows in sorted(by_company.items()):
            company = self.env["res.company"].browse(company_id)
            numbers = self._draw_numbers(self._number_code, company, len(rows))
            for vals, number in zip(rows, numbers, strict=True):
                vals["number"] = number

    @api.constrains("photo", "closing_photo", "description", "room_id", "equipment_id")
    def _check_no_photo_of_secret_room(self):
        for request in self:
            if not request._is_secret():
                continue
            if request.photo or request.closing_photo or request._has_pictures():
                raise UserError(
                    self.env._(
                        "%(room)s is a secret room: no photo is taken there.",
                        room=request._get_room().display_name,
                    )
                )

    def _has_pictures(self):
        """Tell whether pictures are attached, or stand in the description."""
        self.ensure_one()
        if "<img" in (self.description or "").lower():
            return True
        # sudo: only whether there is one.
        files = self.env["ir.attachment"].sudo()
        return bool(
            files.search_count(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    "|",
                    ("mimetype", "=like", "image/%"),
                    ("mimetype", "=like", "video/%"),
                ],
                limit=1,
            )
        )

    # -------------------------------------------------------------------- rights

    @api.model
    def _is_desk(self):
        return self.env.user.has_group("gov_logistics.group_service_desk")

    def _is_requester(self):
        """Tell whether the user is the requester, or typed the request."""
        self.ensure_one()
        user = self.env.user
        # sudo: only whether the account is the user's own.
        return user in (self.handler_id | self.sudo().employee_id.user_id)

    def _is_repairer(self):
        """Tell whether the work is the user's: their own, or their team's so far."""
        self.ensure_one()
        user = self.env.user
        if not user.has_group("gov_logistics.group_repairer"):
            return False
        if self.user_id:
            return self.user_id == user
        # sudo: only whether the user is one of the team.
        return user in self.sudo().maintenance_team_id.member_ids

    def _check_may_write(self, names):
        """Refuse what is not this user's to write, or no longer."""
        names = names - _FREE_FIELDS
        if not names or self.env.su:
            return
        desk = self._is_desk()
        for request in self:
            allowed = frozenset()
            if request.gov_state in OPEN_STATES:
                if desk:
                    continue
                if request._is_repairer():
                    allowed |= _REPAIRER_FIELDS
                if request.gov_state == "new" and request._is_requester():
                    allowed |= _REQUESTER_FIELDS
            refused = names - allowed
            if refused:
                self._refuse_write(request, refused)

    def _check_stays(self, vals):
        """Refuse another institution, and other figures than those of the usage."""
        for request in self:
            if "company_id" in vals and vals["company_id"] != request.company_id.id:
                raise UserError(
                    self.env._(
                        "%(request)s stays in the books of %(institution)s: cancel it "
                        "and take it there anew.",
                        request=request.display_name,
                        institution=request.company_id.display_name,
                    )
                )
            if request.sudo().usage_id and any(
                request._is_other(name, vals[name])
                for name in _USED_FIELDS
                if name in vals
            ):
                raise UserError(
                    self.env._(
                        "%(request)s: the use of %(quantity)s has been recorded. The "
                        "contract clerk corrects it.",
                        request=request.display_name,
                        quantity=plain_number(request.quantity),
                    )
                )

    def _is_other(self, name, value):
        """Tell whether ``value``, which is a possible one, changes the field."""
        before = self._fields[name].convert_to_write(self[name], self)
        if name == "quantity":
            return float(value or 0) != before
        return (value or False) != (before or False)

    def _refuse_write(self, request, names):
        labels = self.fields_get(sorted(names), ["string"])
        states = dict(self._fields["gov_state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(request)s is in state “%(state)s”: you cannot change %(fields)s. "
                "The service desk corrects what is still open.",
                request=request.display_name,
                state=states.get(request.gov_state, ""),
                fields=[label["string"] for label in labels.values()],
            )
        )

    # ------------------------------------------------------------------- helpers

    def _get_room(self):
        """Return where it is: the room, or that of the device."""
        self.ensure_one()
        # sudo: whether a room is secret holds whoever asks.
        request = self.sudo()
        rooms = request.room_id | request.equipment_id.room_id
        return rooms.filtered("is_secret")[:1] or rooms[:1]

    def _is_secret(self):
        self.ensure_one()
        # sudo: as above.
        request = self.sudo()
        return request.room_id.is_secret or request.equipment_id.room_id.is_secret

    def _get_reply_text(self):
        """Return what the desk copies back to the caller."""
        self.ensure_one()
        company = self.company_id or self.env.company
        zone = company._gov_zone()

        def moment(value):
            local = fields.Datetime.context_timestamp(
                self.with_context(tz=zone.zone), value
            )
            return local.strftime("%m-%d %H:%M")

        what = " ".join(part for part in (self.place, self.name) if part)
        text = self.env._(
            "%(number)s “%(what)s” has been taken.",
            number=self.number or "",
            what=what,
        )
        if self.sla_response_deadline:
            text = self.env._(
                "%(text)s A repairer will be there by %(moment)s.",
                text=text,
                moment=moment(self.sla_response_deadline),
            )
        elif self.sla_resolve_deadline:
            text = self.env._(
                "%(text)s It will be finished by %(moment)s.",
                text=text,
                moment=moment(self.sla_resolve_deadline),
            )
        # sudo: the telephone of the desk is public.
        if phone := company.sudo().service_phone:
            text = self.env._("%(text)s Questions: %(phone)s.", text=text, phone=phone)
        return text

    def _count_repeats(self):
        """Count the faults before, in one query for all devices and rooms."""
        for company, requests in self.grouped("company_id").items():
            requests._count_repeats_of(company)

    def _count_repeats_of(self, company):
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT request.id, count(other.id)
              FROM maintenance_request request
              JOIN maintenance_request other
                ON other.company_id = request.company_id
               AND other.requested_at <= request.requested_at
               AND other.requested_at > request.requested_at - make_interval(days => %s)
               AND other.gov_state IS DISTINCT FROM 'cancelled'
               AND (other.equipment_id = request.equipment_id
                    OR (request.equipment_id IS NULL
                        AND other.room_id = request.room_id
                        AND other.service_item_id = request.service_item_id))
             WHERE request.id = ANY(%s)
          GROUP BY request.id
            """,
            [company.sudo().service_repeat_days, self.ids],
        )
        counts = dict(self.env.cr.fetchall())
        enough = company.sudo().service_repeat_count
        for request in self:
            count = counts.get(request.id, 0)
            if count != request.repeat_count:
                request.repeat_count = count
                request.is_recurring = count >= enough

    def _portal_ensure_token(self):
        """As the portal's, past the guard: the token is drawn by the server."""
        if not self.access_token:
            # sudo: whoever shares the link reads the request; the token is the
            # server's own draw.
            return super(MaintenanceRequest, engine(self.sudo()))._portal_ensure_token()
        return self.access_token

    # ------------------------------------------------------------------- old rows

    @api.model
    def _adopt_old_requests(self, size=10_000):
        """Give requests that were there before this module their state, in batches.

        What was archived is cancelled, what stands in a finished stage is done, what
        has a responsible person is dispatched; the rest is new. Run again it finds
        nothing.
        """
        last = 0
        while True:
            self.env.cr.execute(
                """
                WITH old AS (
                    SELECT id FROM maintenance_request
                     WHERE gov_state IS NULL AND id > %s
                  ORDER BY id LIMIT %s
                ), adopted AS (
                    UPDATE maintenance_request AS request
                       SET gov_state = CASE
                             WHEN request.archive THEN 'cancelled'
                             WHEN stage.done THEN 'done'
                             WHEN request.user_id IS NOT NULL THEN 'assigned'
                             ELSE 'new' END,
                           requested_at = COALESCE(request.create_date, now()),
                           resolved_at = CASE WHEN stage.done
                             THEN request.close_date::timestamp END,
                           handler_id = COALESCE(request.handler_id,
                                                 request.create_uid),
                           channel = COALESCE(request.channel, 'app'),
                           quantity = COALESCE(request.quantity, 1)
                      FROM old, maintenance_request AS self
                 LEFT JOIN maintenance_stage AS stage ON stage.id = self.stage_id
                     WHERE request.id = old.id AND self.id = old.id
                 RETURNING request.id
                )
                SELECT max(id) FROM adopted
                """,
                [last, size],
            )
            last = self.env.cr.fetchone()[0]
            if not last:
                break
        self.env.cr.execute(
            """
            UPDATE maintenance_request AS request
               SET stage_id = stage.id
              FROM maintenance_stage AS stage
             WHERE stage.gov_state = request.gov_state
               AND request.stage_id IS DISTINCT FROM stage.id
            """
        )
        self.env.invalidate_all()
