import base64
import csv
import io
import re
from datetime import date

from odoo import fields, models
from odoo.exceptions import UserError

_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII
)
_KINDS = {
    "holiday": "holiday",
    "off": "holiday",
    "休": "holiday",
    "休息": "holiday",
    "放假": "holiday",
    "节假日": "holiday",
    "workday": "workday",
    "work": "workday",
    "班": "workday",
    "上班": "workday",
    "调休上班": "workday",
}
_MOST_SHOWN = 20


class GovWorkdayImport(models.TransientModel):
    """Reads the official plan of a year from a CSV file: day, kind, name.

    Nothing is imported until every row is clean.
    """

    _name = "gov.workday.import"
    _description = "Import Working Days"

    year_id = fields.Many2one("gov.workday.year", required=True, ondelete="cascade")
    source = fields.Char(
        string="Official notice",
        required=True,
        help="Number and date of the official notice.",
    )
    file = fields.Binary(required=True)
    filename = fields.Char()
    official = fields.Boolean(
        string="This is the official plan",
        default=True,
        help="Clear it for a forecast: the year then stays provisional.",
    )

    def action_import(self):
        """Replace the shared days of the year by those in the file.

        :raise UserError: names each bad row by its number and reason.
        """
        self.ensure_one()
        vals_list, errors = self._read_rows()
        if errors:
            shown = errors[:_MOST_SHOWN]
            if len(errors) > _MOST_SHOWN:
                shown.append(
                    self.env._("… and %(count)s more", count=len(errors) - _MOST_SHOWN)
                )
            raise UserError(
                self.env._(
                    "Nothing was imported. Please mend these rows:\n%(rows)s",
                    rows="\n".join(shown),
                )
            )
        self.year_id._replace_days(vals_list, self.source)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s days of %(year)s imported.",
                    count=len(vals_list),
                    year=str(self.year_id.year),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _read_rows(self):
        """Return the values of the days, and the errors found."""
        vals_list, errors, seen = [], [], {}
        rows = list(csv.reader(io.StringIO(self._read_text())))
        for number, row in enumerate(rows, start=1):
            cells = [cell.strip() for cell in row] + ["", "", ""]
            if not any(cells):
                continue
            if (
                number == 1
                and not _DAY.fullmatch(cells[0])
                and not cells[0][:1].isdigit()
            ):
                continue  # the headings
            vals, reason = self._read_row(*cells[:3])
            if not reason and vals["date"] in seen:
                reason = self.env._(
                    "the day stands in row %(other)s already", other=seen[vals["date"]]
                )
            if reason:
                errors.append(
                    self.env._(
                        "Row %(number)s: %(reason)s", number=number, reason=reason
                    )
                )
                continue
            seen[vals["date"]] = number
            vals_list.append(vals)
        if not vals_list and not errors:
            errors.append(self.env._("The file has no rows."))
        return vals_list, errors

    def _read_row(self, day_text, kind_text, name):
        """Return the values of one row and False, or None and the reason why not."""
        match = _DAY.fullmatch(day_text)
        try:
            day = date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if not day:
            return None, self.env._("“%(text)s” is not a date", text=day_text)
        if day.year != self.year_id.year:
            return None, self.env._(
                "%(day)s is not in %(year)s", day=day_text, year=str(self.year_id.year)
            )
        kind = _KINDS.get(kind_text.lower())
        if not kind:
            return None, self.env._(
                "“%(text)s” is no kind of day; write holiday or workday", text=kind_text
            )
        if kind == "workday" and day.weekday() < 5:
            return None, self.env._(
                "%(day)s is no Saturday or Sunday and is worked anyway", day=day_text
            )
        if not name:
            return None, self.env._("the name of the holiday is missing")
        return (
            {"date": day, "kind": kind, "name": name, "official": self.official},
            False,
        )

    def _read_text(self):
        """Return the file as text with commas, whatever program has saved it."""
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            raise UserError(
                self.env._("The file is not a CSV file in UTF-8 or GB18030.")
            )
        first_line = text.split("\n", 1)[0]
        for separator in ("\t", ";"):
            if separator in first_line and "," not in first_line:
                text = text.replace(separator, ",")
        return text
