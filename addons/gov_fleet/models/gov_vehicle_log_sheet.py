from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_one,
    check_plain_values,
    check_records_exist,
)
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools.jobs import each_institution

# action: (state it starts from, state it leads to)
_TRANSITIONS = {
    "sign": ("draft", "signed"),
    "cancel": ("draft", "cancelled"),
}


class GovVehicleLogSheet(models.Model):
    """The month of an allocated vehicle (归科室使用车辆用车登记表).

    Allocated vehicles are not dispatched: they keep a log, and the section head signs
    it each month. A sheet holds the trips that ended in the month (local time); with
    the signature its lines are written and sealed. A trip that is entered after that
    stands on a further sheet of the same month; the signed one tells so, and which of
    its trips were corrected since.

    ======== ====== ========= ==================================================
    action   from   to        who
    ======== ====== ========= ==================================================
    sign     draft  signed    head of the section; on paper: the dispatcher
    cancel   draft  cancelled dispatcher
    ======== ====== ========= ==================================================

    The section head reads and signs the sheets of the section, dispatchers and
    managers all of the institution, supervision reads.
    """

    _name = "gov.vehicle.log.sheet"
    _description = "Monthly Vehicle Log"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "gov.scan.mixin",
        "gov.seal.mixin",
    ]
    _order = "month desc, id desc"
    _check_company_auto = True
    _seal_chain = "vehicle_log"
    _sealed_fields = (
        "vehicle_id",
        "month",
        "department_id",
        "trip_count",
        "distance",
        "odometer_first",
        "odometer_last",
        "amount",
        "signer_id",
        "signer_name",
        "signed_at",
        "channel",
        "scan_sha256",
    )
    _protected_fields = frozenset(
        {
            "state",
            "trip_count",
            "distance",
            "odometer_first",
            "odometer_last",
            "amount",
            "signer_id",
            "signer_name",
            "signed_at",
            "channel",
            "department_id",
        }
    )

    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
        domain=[("keeping", "=", "allocated")],
        ondelete="restrict",
    )
    month = fields.Date(
        required=True,
        index=True,
        default=lambda self: self._default_month(),
        help="Any day of the month.",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Section",
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [("draft", "To be signed"), ("signed", "Signed"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
    )
    trip_ids = fields.Many2many(
        "gov.vehicle.trip", string="Trips", compute="_compute_trip_ids"
    )
    line_ids = fields.One2many(
        "gov.vehicle.log.sheet.line", "sheet_id", string="Signed lines", readonly=True
    )
    trip_count = fields.Integer(string="Number of trips", readonly=True, copy=False)
    distance = fields.Float(string="km", digits=(12, 1), readonly=True, copy=False)
    odometer_first = fields.Float(
        string="First reading", digits=(12, 1), readonly=True, copy=False
    )
    odometer_last = fields.Float(
        string="Last reading", digits=(12, 1), readonly=True, copy=False
    )
    amount = fields.Monetary(string="Tolls and parking", readonly=True, copy=False)
    channel = fields.Selection(
        [("system", "In the system"), ("paper", "On paper")],
        string="Signed by way of",
        readonly=True,
        copy=False,
    )
    signer_id = fields.Many2one(
        "res.users",
        string="Signed by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    signer_name = fields.Char(string="Name signed", readonly=True, copy=False)
    signed_at = fields.Datetime(readonly=True, copy=False)
    can_sign = fields.Boolean(compute="_compute_can_sign")
    later_text = fields.Char(
        string="After the signature", compute="_compute_later_text"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _one_draft = models.UniqueIndex(
        "(vehicle_id, month) WHERE state = 'draft'",
        "There is a sheet of this vehicle and month that is not signed yet.",
    )
    _first_day = models.Constraint(
        "CHECK (EXTRACT(day FROM month) = 1)", "A sheet is about a month."
    )

    # === Compute ===

    @api.model
    def _default_month(self):
        """Return the first day of last month."""
        today = self.env.company.gov_today()
        return today.replace(day=1) - relativedelta(months=1)

    @api.depends("vehicle_id", "month")
    def _compute_display_name(self):
        for sheet in self:
            # sudo: whoever reads the sheet knows the plate of its vehicle.
            plate = sheet.sudo().vehicle_id.license_plate or ""
            month = sheet.month and sheet.month.strftime("%Y-%m") or ""
            sheet.display_name = f"{plate} {month}".strip()

    @api.depends("vehicle_id", "month", "state")
    def _compute_trip_ids(self):
        """The trips that a signature would put on the sheet, or that stand on it."""
        trips = self.env["gov.vehicle.trip"]
        for sheet in self:
            if sheet.state == "draft":
                sheet.trip_ids = sheet._find_trips()
            else:
                # sudo: the signed lines name them.
                sheet.trip_ids = trips.browse(sheet.sudo().line_ids.trip_id.ids)

    @api.depends("state", "department_id")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for sheet in self:
            sheet.can_sign = not sheet._refusal("sign")

    @api.depends("state", "line_ids")
    def _compute_later_text(self):
        """Tell what has changed since a sheet was signed, by one query."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sheet.id, line.sheet_id IS NOT DISTINCT FROM sheet.id, count(*)
                  FROM gov_vehicle_log_sheet sheet
                  JOIN gov_vehicle_trip trip
                    ON trip.vehicle_id = sheet.vehicle_id AND trip.state = 'back'
                   AND trip.after_close_at >= sheet.signed_at
                  LEFT JOIN gov_vehicle_log_sheet_line line ON line.trip_id = trip.id
                 WHERE sheet.id = ANY(%s) AND sheet.state = 'signed'
                   AND CASE WHEN line.id IS NULL OR line.sheet_id > sheet.id
                            THEN date_trunc('month', trip.return_date) = sheet.month
                            ELSE line.sheet_id = sheet.id AND
                                 (line.date_start, line.date_end, line.odometer_out,
                                  line.odometer_in)
                                 IS DISTINCT FROM
                                 (trip.date_start, trip.date_end, trip.odometer_out,
                                  trip.odometer_in)
                       END
                 GROUP BY 1, 2
                """,
                self.ids,
            )
        )
        counts = {(sheet_id, signed): count for sheet_id, signed, count in rows}
        for sheet in self:
            texts = []
            if count := counts.get((sheet._origin.id, False)):
                texts.append(self.env._("entered on further sheets, trips: %s", count))
            if count := counts.get((sheet._origin.id, True)):
                texts.append(self.env._("trips corrected: %s", count))
            sheet.later_text = join_names(self.env, texts) or False

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        vals_list = [self._prepare_month(dict(vals)) for vals in vals_list]
        check_records_exist(self.browse(), vals_list, ("vehicle_id",))
        sheets = super().create(vals_list)
        for sheet in sheets:
            sheet._check_vehicle()
            # sudo: the section follows from the vehicle, it is not the caller's.
            engine(sheet.sudo()).department_id = sheet._find_department()
        return sheets

    def write(self, vals):
        if not is_engine(self.env):
            check_dictionaries(self, [vals])
            self._guard_refuse({"vehicle_id", "month", "company_id"} & set(vals))
        return super().write(vals)

    @api.model
    def _prepare_month(self, vals):
        """Return ``vals`` with the first day of its month, which is over or runs."""
        check_plain_values(self.browse(), vals)
        day = to_day(self.env, vals.get("month")) or self._default_month()
        if day > self.env.company.gov_today():
            raise UserError(
                self.env._(
                    "%s lies ahead: there are no trips yet.", format_day(self.env, day)
                )
            )
        vals["month"] = day.replace(day=1)
        return vals

    def _check_vehicle(self):
        # sudo: only how the vehicle is kept is read.
        vehicle = self.sudo().vehicle_id
        if vehicle.keeping != "allocated":
            raise UserError(
                self.env._(
                    "%s is not allocated to a section: its trips are dispatched and "
                    "need no monthly log.",
                    vehicle.license_plate or vehicle.name,
                )
            )

    def _find_department(self):
        """Return the section that the vehicle belonged to on the month's last day."""
        # sudo: only to which section the vehicle belonged.
        vehicle = self.sudo().vehicle_id
        return vehicle._department_on(self._last_day())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        if self.filtered(lambda sheet: sheet.state != "draft"):
            raise UserError(self.env._("A sheet that was signed stays on record."))

    # === Actions ===

    def action_sign(self):
        """Sign the month, as head of the section; the sheet is sealed.

        :return: True
        :raise UserError: not the head, signed before, or the month is not over.
        """
        for sheet in self.sorted("id"):
            sheet._meet_rivals()
            sheet._require("sign")
            sheet._sign("system", self.env.user.name, fields.Datetime.now())
        return True

    def action_sign_paper(self, person, signed_on, scan, scan_name=""):
        """Record that the section head has signed the printed sheet.

        :param str person: who signed.
        :param signed_on: the day on the paper, ISO; not ahead, not before the month's
            end.
        :param scan: content of the scan (base64), PDF, JPEG or PNG.
        :return: True
        :raise UserError: not the dispatcher, a name, day or scan is missing.
        """
        check_one(self)
        self._meet_rivals()
        self._require("paper")
        text = self.env["gov.vehicle.trip"]._driver_text
        person = text(person, self.env._("Say who signed."))
        name = scan_name and text(scan_name, "") or "scan"
        day = to_day(self.env, signed_on)
        if not day or not self._last_day() <= day <= self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The day on the paper is missing, lies ahead or before the end of "
                    "the month: %s.",
                    format_day(self.env, day) or "-",
                )
            )
        # State, role and texts were checked just above; the scan is looked at by
        # its mixin.
        document = engine(self.sudo())
        document.write({"scan": scan, "scan_name": name})
        document._freeze_scan()
        noon = self.company_id._gov_utc(datetime.combine(day, time(12)))
        self._sign("paper", person, min(noon, fields.Datetime.now()))
        return True

    def action_cancel(self):
        """Cancel a sheet that is not signed.

        :return: True
        :raise UserError: not the dispatcher, or the sheet is signed.
        """
        for sheet in self.sorted("id"):
            sheet._meet_rivals()
            sheet._require("cancel")
            document = engine(sheet.sudo())  # role and state were checked just above
            document.state = _TRANSITIONS["cancel"][1]
            document.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_open_trips(self):
        """Open the trips of the sheet.

        :return: a window action.
        """
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Trips · %s", self.display_name),
            "res_model": "gov.vehicle.trip",
            "view_mode": "list,form",
            "domain": [("id", "in", self.trip_ids.ids)],
        }

    # === Rights ===

    def _refusal(self, action):
        """Return why the current user cannot take a step now, or an empty text."""
        self.ensure_one()
        step = "cancel" if action == "cancel" else "sign"
        if self.state != _TRANSITIONS[step][0]:
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(sheet)s is in state “%(state)s”.",
                sheet=self.display_name,
                state=states[self.state],
            )
        if step == "sign" and self._last_day() >= self.company_id.gov_today():
            return self.env._("%s is signed when the month is over.", self.display_name)
        user = self.env.user
        if action == "sign":
            # sudo: only to compare accounts.
            head = self.sudo().department_id.manager_id
            if not head or head.user_id != user:
                return self.env._(
                    "The head of the section signs the month: %s.",
                    head.name or self.env._("nobody is named"),
                )
        elif not user.has_group("gov_fleet.group_dispatcher"):
            return self.env._("This is a matter of dispatchers.")
        return ""

    def _require(self, action):
        """Raise unless the current user can take ``action`` now."""
        self.check_access("read")
        if refusal := self._refusal(action):
            raise UserError(refusal)

    def _meet_rivals(self):
        """UPDATE the rows that signers of one month and vehicle share."""
        self.check_access("read")
        # sudo: the rows are touched, nothing is read.
        self.sudo().vehicle_id._driver_meet_rivals()
        meet_rivals(self)
        self.invalidate_recordset(["state"])

    # === Helpers ===

    def _last_day(self):
        return self.month + relativedelta(months=1, days=-1)

    def _find_trips(self):
        """Return the trips of the month that stand on no sheet yet."""
        self.ensure_one()
        # sudo: the section head signs for the vehicle, whoever drove it.
        trips = self.env["gov.vehicle.trip"].sudo()
        month = trips.search(
            [
                ("vehicle_id", "=", self.vehicle_id.id),
                ("state", "=", "back"),
                ("return_date", ">=", self.month),
                ("return_date", "<=", self._last_day()),
            ],
            order="date_start, id",
        )
        # sudo: which trips stand on a signed sheet already.
        lines = self.env["gov.vehicle.log.sheet.line"].sudo()
        signed = lines.search([("trip_id", "in", month.ids)]).trip_id
        return (month - signed).with_env(self.env)

    def _sign(self, channel, name, moment):
        """Write lines and totals and seal them; the caller has checked all."""
        # sudo: the caller has checked state and person.
        document = engine(self.sudo())
        trips = document._find_trips().sudo()
        document.write(
            {
                "department_id": document._find_department().id,
                "trip_count": len(trips),
                "distance": sum(trips.mapped("distance")),
                "odometer_first": trips[:1].odometer_out,
                "odometer_last": trips[-1:].odometer_in,
                "amount": sum(trips.mapped("cost_amount")),
                "channel": channel,
                "signer_id": self.env.uid,
                "signer_name": name,
                "signed_at": moment,
                "state": _TRANSITIONS["sign"][1],
            }
        )
        # sudo: the signer was checked; the lines are those of this sheet.
        lines = engine(self.env["gov.vehicle.log.sheet.line"].sudo())
        lines.create([document._prepare_line(trip) for trip in trips])
        document._seal()
        document.activity_unlink(["mail.mail_activity_data_todo"])

    def _prepare_line(self, trip):
        return {
            "sheet_id": self.id,
            "trip_id": trip.id,
            "driver_id": trip.driver_id.id,
            "date_start": trip.date_start,
            "date_end": trip.date_end,
            "odometer_out": trip.odometer_out,
            "odometer_in": trip.odometer_in,
            "distance": trip.distance,
            "route": False if trip.is_protected else trip.route,
            "amount": trip.cost_amount,
            "company_id": self.company_id.id,
        }

    def _get_paper_rows(self):
        """Return the rows of the printed sheet: signed lines, else the trips so far."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the reader of the sheet reads its lines; a protected route is left out.
        rows = self.sudo().line_ids or self._find_trips().sudo()
        signed = rows._name == "gov.vehicle.log.sheet.line"
        return [
            {
                "when": self._get_window_text(row),
                "driver": row.driver_id.name or "",
                "route": (signed or not row.is_protected) and row.route or "",
                "out": row.odometer_out,
                "in": row.odometer_in,
                "distance": row.distance,
                "amount": row.amount if signed else row.cost_amount,
            }
            for row in rows
        ]

    def _get_window_text(self, row):
        """Return when a row's vehicle was out; the day of the return if another."""
        start, end = (
            self.env["gov.paper"]._local(moment, self.company_id)
            for moment in (row.date_start, row.date_end)
        )
        same = start.date() == end.date()
        until = f"{end:%H:%M}" if same else f"{end:%m-%d %H:%M}"
        return f"{start:%m-%d %H:%M}–{until}"

    # === Jobs ===

    @api.model
    def _cron_prepare(self):
        """Prepare last month's sheets of allocated vehicles and ask for signatures.

        Run again it makes none twice; trips entered after the signature get a further
        sheet.
        """
        # sudo: a job; it shows each head only what they may read anyway.
        each_institution(self.sudo(), "_prepare_sheets")

    def _prepare_sheets(self, company):
        month = company.gov_today().replace(day=1) - relativedelta(months=1)
        vehicles = self.env["fleet.vehicle"].search(
            [("company_id", "=", company.id), ("keeping", "=", "allocated")]
        )
        known = self.search([("vehicle_id", "in", vehicles.ids), ("month", "=", month)])
        missing = [(vehicle.id, month) for vehicle in vehicles - known.vehicle_id]
        for vehicle_id, first in [*missing, *self._find_late_months(vehicles)]:
            sheet = self.create(
                {
                    "vehicle_id": vehicle_id,
                    "month": first,
                    "company_id": company.id,
                }
            )
            sheet._ask_signature()

    @api.model
    def _find_late_months(self, vehicles):
        """Return (vehicle id, month) of signed months that have got trips since."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT sheet.vehicle_id, sheet.month
                  FROM gov_vehicle_log_sheet sheet
                  JOIN gov_vehicle_trip trip
                    ON trip.vehicle_id = sheet.vehicle_id AND trip.state = 'back'
                   AND trip.after_close_at IS NOT NULL
                   AND trip.return_date >= sheet.month
                   AND trip.return_date < sheet.month + interval '1 month'
                 WHERE sheet.vehicle_id = ANY(%s) AND sheet.state = 'signed'
                   AND NOT EXISTS (SELECT FROM gov_vehicle_log_sheet_line line
                                    WHERE line.trip_id = trip.id)
                   AND NOT EXISTS (SELECT FROM gov_vehicle_log_sheet other
                                    WHERE other.vehicle_id = sheet.vehicle_id
                                      AND other.month = sheet.month
                                      AND other.state <> 'signed')
                 ORDER BY 1, 2
                """,
                vehicles.ids,
            )
        )

    def _ask_signature(self):
        """Put the sheet on the list of the section head."""
        head = self.department_id.manager_id.user_id.filtered("active")
        if not head:
            return
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        env = self.with_context(lang=lang).env
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.company_id.gov_today(),
            summary=env._("Please sign the vehicle's month"),
            user_id=head[0].id,
        )
