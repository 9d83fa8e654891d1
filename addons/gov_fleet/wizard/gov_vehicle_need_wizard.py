from datetime import datetime, time, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

_MOST_ROWS = 200
_WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class GovVehicleNeedWizard(models.TransientModel):
    """Make the rows of a recurring trip or of a convoy.

    One row for each vehicle on each day between two dates: on the chosen weekdays,
    worked days only if wished (a worked weekend is one), from one hour to another; or
    one stretch from the first day to the last, for cars that stay away.
    """

    _name = "gov.vehicle.need.wizard"
    _description = "Several Vehicles or Days"

    request_id = fields.Many2one("gov.vehicle.request", required=True)
    mode = fields.Selection(
        [("daily", "Out and back each day"), ("away", "Away until the last day")],
        required=True,
        default="daily",
    )
    date_from = fields.Date(string="First day", required=True)
    date_to = fields.Date(string="Last day", required=True)
    hour_from = fields.Float(string="Departure", required=True, default=8.0)
    hour_to = fields.Float(string="Return", required=True, default=18.0)
    only_working_days = fields.Boolean(string="Working days only", default=True)
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean(default=True)
    sunday = fields.Boolean(default=True)
    vehicles = fields.Integer(string="Vehicles each time", required=True, default=1)
    seats = fields.Integer(
        string="Seats of each", help="That of the driver included; 0: as needed."
    )
    body_type = fields.Selection(
        selection=lambda self: self.env["fleet.vehicle"]
        ._fields["body_type"]
        ._description_selection(self.env),
        string="Body",
    )
    note = fields.Char()
    replaces = fields.Boolean(string="Replace the rows there are", default=True)
    row_count = fields.Integer(string="Rows", compute="_compute_row_count")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        requests = self.env["gov.vehicle.request"]
        request_id = values.get("request_id")
        request = requests.browse(request_id).exists() if request_id else requests
        if request and request.has_access("read"):
            (start, end), *_rest = request._get_local_windows() or [(None, None)]
            if start:
                values |= {
                    "date_from": start.date(),
                    "date_to": end.date(),
                    "hour_from": start.hour + start.minute / 60,
                    "hour_to": end.hour + end.minute / 60,
                    "vehicles": request.vehicle_count,
                }
        return values

    @api.depends(
        "mode",
        "date_from",
        "date_to",
        "only_working_days",
        "vehicles",
        "hour_from",
        "hour_to",
        *_WEEKDAYS,
    )
    def _compute_row_count(self):
        for wizard in self:
            try:
                windows = wizard._get_windows()
            except UserError:
                windows = []
            wizard.row_count = len(windows) * max(0, wizard.vehicles)

    def action_make(self):
        """Write the rows into the request, a draft.

        :return: an action that closes the window.
        :raise UserError: impossible days, hours or numbers, no day left, or the
            request has been submitted.
        """
        self.ensure_one()
        request = self.request_id
        request.check_access("write")
        request._check_needs_open()
        windows = self._get_windows()
        count = len(windows) * self.vehicles
        if not 0 < count <= _MOST_ROWS:
            raise UserError(
                self.env._(
                    "These days and vehicles make %(count)s rows: 1 to %(most)s are "
                    "possible on one request.",
                    count=count,
                    most=_MOST_ROWS,
                )
            )
        seats = self.seats or request._get_seats_of_each()
        commands = [Command.clear()] if self.replaces else []
        commands += [
            Command.create(
                {
                    "date_start": start,
                    "date_end": end,
                    "seats": seats,
                    "body_type": self.body_type,
                    "note": self.note,
                }
            )
            for start, end in windows
            for _number in range(self.vehicles)
        ]
        request.write({"need_ids": commands})
        return {"type": "ir.actions.act_window_close"}

    def _get_windows(self):
        """Return the windows as pairs of UTC moments.

        :raise UserError: naming what is impossible.
        """
        self.ensure_one()
        first, last = self.date_from, self.date_to
        if not first or not last or last < first or (last - first).days > 366:
            raise UserError(
                self.env._(
                    "Choose a first and a last day, in this order and within a year."
                )
            )
        hours = self.hour_from, self.hour_to
        if not all(0 <= hour < 24 for hour in hours) or self.vehicles < 1:
            raise UserError(
                self.env._("Choose hours of the day and one vehicle at least.")
            )
        company = self.request_id.company_id or self.env.company
        if self.mode == "away":
            pairs = [(first, last)]
        else:
            pairs = [(day, day) for day in self._get_days(company)]
        return [self._get_window(company, start, end) for start, end in pairs]

    def _get_window(self, company, first, last):
        start, end = (
            datetime.combine(day, time()) + timedelta(minutes=round(hour * 60))
            for day, hour in ((first, self.hour_from), (last, self.hour_to))
        )
        if end <= start:  # back after midnight
            end += timedelta(days=1)
        return company._gov_utc(start), company._gov_utc(end)

    def _get_days(self, company):
        calendar = self.env["gov.workday"].with_company(company)
        calendar = calendar._calendar(self.date_from, self.date_to)
        for number in range((self.date_to - self.date_from).days + 1):
            day = self.date_from + timedelta(days=number)
            if not self[_WEEKDAYS[day.weekday()]]:
                continue
            if not self.only_working_days or calendar.is_working(day):
                yield day
