import chinese_calendar
from chinese_calendar import constants

from odoo import api, fields, models
from odoo.exceptions import UserError


class GovWorkdayYear(models.Model):
    """One year of the shared calendar: is its official plan here, and where from.

    The plan of the next year appears between October and December. Years that the
    package chinesecalendar knows are loaded by a button, others from a CSV file.
    """

    _name = "gov.workday.year"
    _description = "Year of Working Days"
    _order = "year desc"
    _rec_name = "year"

    year = fields.Integer(required=True, aggregator=None)
    source = fields.Char(readonly=True)
    holiday_count = fields.Integer(
        string="Days off in the plan", compute="_compute_counts", aggregator=None
    )
    workday_count = fields.Integer(
        string="Worked weekends", compute="_compute_counts", aggregator=None
    )
    working_days = fields.Integer(compute="_compute_counts", aggregator=None)
    state = fields.Selection(
        [("provisional", "Provisional"), ("official", "Official plan loaded")],
        compute="_compute_counts",
    )
    can_load = fields.Boolean(compute="_compute_can_load")

    _year_uniq = models.Constraint("UNIQUE (year)", "This year is in the list already.")
    _year_in_range = models.Constraint(
        "CHECK (year BETWEEN 1950 AND 2200)", "This is no year of the calendar."
    )

    # === Compute ===

    @api.depends("year")
    def _compute_counts(self):
        days = self.env["gov.workday"].search_fetch(
            [("year", "in", self.mapped("year")), ("company_id", "=", False)],
            ["year", "date", "kind", "official"],
        )
        by_year = days.grouped("year")
        for record in self:
            rows = by_year.get(record.year, days.browse())
            off = rows.filtered(lambda row: row.kind == "holiday")
            worked = rows - off
            record.holiday_count = len(off)
            record.workday_count = len(worked)
            record.working_days = (
                _weekdays(record.year)
                - sum(row.date.weekday() < 5 for row in off)
                + sum(row.date.weekday() >= 5 for row in worked)
            )
            record.state = "official" if any(rows.mapped("official")) else "provisional"

    @api.depends("year")
    def _compute_can_load(self):
        known = self._known_years()
        for record in self:
            record.can_load = record.year in known

    @api.depends("year")
    def _compute_display_name(self):
        for record in self:
            record.display_name = str(record.year or "")

    # === Actions ===

    def action_load(self):
        """Load the official plan of these years from chinesecalendar.

        Days of the shared calendar in these years are replaced; an institution's own
        days stay.

        :raise UserError: the installed package does not know the year.
        """
        for record in self:
            if not record.can_load:
                raise UserError(
                    self.env._(
                        "The installed package chinesecalendar does not know the year "
                        "%(year)s. Update the package, or import the official notice "
                        "from a CSV file.",
                        year=str(record.year),
                    )
                )
        years = set(self.mapped("year"))
        source = f"chinesecalendar {chinese_calendar.__version__}"
        self._replace_days(
            [
                {"date": day, "kind": kind, "name": name, "official": True}
                for kind, days in (
                    ("holiday", constants.holidays),
                    ("workday", constants.workdays),
                )
                for day, name in days.items()
                if day.year in years
            ],
            source,
        )
        return True

    def action_open_days(self):
        """Show the days of this year that differ from the plain week."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_base.gov_workday_action"
        )
        action["domain"] = [("year", "=", self.year)]
        action["context"] = {"initial_date": f"{self.year}-01-01"}
        action["display_name"] = str(self.year)
        return action

    # === Helpers ===

    @api.model
    def _known_years(self):
        """Return the years that the installed chinesecalendar knows."""
        return {day.year for day in constants.holidays}

    @api.model
    def _load_known_years(self):
        """Load every year the package knows and name the one after them."""
        known = self._known_years()
        years = known | {max(known) + 1}
        present = self.search([("year", "in", list(years))])
        missing = sorted(years - set(present.mapped("year")))
        records = self.create([{"year": year} for year in missing])
        records.filtered("can_load").action_load()

    def _replace_days(self, vals_list, source):
        """Put ``vals_list`` in the place of the shared days of these years."""
        self.check_access("write")
        workdays = self.env["gov.workday"]
        workdays.search(
            [("year", "in", self.mapped("year")), ("company_id", "=", False)]
        ).unlink()
        days = workdays.create(
            [{**vals, "source": source, "company_id": False} for vals in vals_list]
        )
        days._translate_names()
        self.source = source
        self.invalidate_recordset()


def _weekdays(year):
    """Return how many days from Monday to Friday ``year`` has."""
    first = fields.Date.to_date(f"{year}-01-01")
    last = fields.Date.to_date(f"{year}-12-31")
    days = (last - first).days + 1
    weeks, rest = divmod(days, 7)
    return weeks * 5 + sum((first.weekday() + extra) % 7 < 5 for extra in range(rest))
