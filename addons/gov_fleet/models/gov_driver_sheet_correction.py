from odoo import models
from odoo.tools import SQL

from .gov_driver_sheet_line import FIGURES


class GovDriverSheet(models.Model):
    """Corrections: what was handed over stays, the difference stands on the next sheet.

    A trip that is corrected after its line was handed over is counted anew with the
    line's other trips, by the clauses of that month; what differs from the line and
    from earlier corrections of it is a line of its own.
    """

    _inherit = "gov.driver.sheet"

    def _prepare_corrections(self, kept):
        """Return the values of the lines that correct earlier sheets.

        :param dict kept: (driver id, id of the corrected line) → adjustment, reason.
        """
        lines = self._find_corrected_lines()
        earlier = lines.search(
            [
                ("corrects_id", "in", lines.ids),
                ("sheet_id.state", "=", "handed"),
                ("sheet_id", "!=", self.id),
            ]
        ).grouped("corrects_id")
        reasons = self._explain_corrections(lines)
        vals_list = []
        for sheet, mine in lines.grouped("sheet_id").items():
            counted = sheet._recount(mine)
            for line in mine:
                adjusted = kept.get((line.driver_id.id, line.id), (0, False))
                before = line | earlier.get(line, line)
                vals = self._prepare_correction(line, before, counted[line], adjusted)
                if vals:
                    vals_list.append({**vals, "explanation": reasons[line]})
        return vals_list

    def _find_corrected_lines(self):
        """Return lines of other sheets with a trip corrected since the hand-over."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT line.id
                  FROM gov_driver_sheet sheet
                  JOIN gov_driver_sheet_line line ON line.sheet_id = sheet.id
                  JOIN gov_vehicle_trip trip ON trip.driver_sheet_line_id = line.id
                  JOIN gov_vehicle_odometer_correction correction
                    ON correction.trip_id = trip.id
                   AND correction.corrected_at >= sheet.handed_at
                 WHERE sheet.company_id = %s AND sheet.state = 'handed'
                   AND sheet.id <> %s
                 ORDER BY line.id
                """,
                self.company_id.id,
                self.id,
            )
        )
        return self.env["gov.driver.sheet.line"].browse(row[0] for row in rows)

    def _explain_corrections(self, lines):
        """Return dict line → what was corrected since its hand-over, one a row."""
        corrections = self.env["gov.vehicle.odometer.correction"].search(
            [("trip_id.driver_sheet_line_id", "in", lines.ids)], order="id"
        )
        texts = {
            line: [self.env._("Correction of %s", line.sheet_id.display_name)]
            for line in lines
        }
        trips, vehicles = self.env["gov.vehicle.trip"], corrections.trip_id.vehicle_id
        look = trips._prepare_look(vehicles)
        for row in corrections:
            line, vehicle = row.trip_id.driver_sheet_line_id, row.trip_id.vehicle_id
            if row.corrected_at >= line.sheet_id.handed_at:
                old = (row.old_start, row.old_out), (row.old_end, row.old_in)
                new = (row.new_start, row.new_out), (row.new_end, row.new_in)
                before = self._span_text(*old, trips._km_between(vehicle, *old, look))
                after = self._span_text(*new, trips._km_between(vehicle, *new, look))
                texts[line].append(
                    f"{row.trip_id.number}: {before} → {after} ({row.reason})"
                )
        return {line: "\n".join(rows) for line, rows in texts.items()}

    def _span_text(self, out, back, km):
        """Return a trip in words; ``out`` and ``back`` are (moment, reading)."""
        start, end = self._to_local(out[0]), self._to_local(back[0])
        return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}, {km:g} km"

    def _recount(self, lines):
        """Return dict line → its values, counted anew from its trips as they are."""
        trips = self.env["gov.vehicle.trip"].search(
            [("driver_sheet_line_id", "in", lines.ids)], order="date_start, id"
        )
        by_line = trips.grouped("driver_sheet_line_id")
        rules, rates = self._read_rules(), self._read_rates()
        kind_of = self._read_days(trips)
        later = self._read_later_starts(lines.driver_id)
        return {
            line: self._prepare_line(
                line.driver_id,
                by_line[line],
                (rules, rates, kind_of, later.get(line.driver_id.id, [])),
                (0, False),
            )
            for line in lines
        }

    def _prepare_correction(self, line, before, counted, adjusted):
        """Return the values of one correction; none where nothing differs.

        :param before: the line and its corrections that were handed over.
        """
        apart = {
            name: round(counted[name] - sum(before.mapped(name)), 2) for name in FIGURES
        }
        if not any(apart.values()):
            return {}
        currency = self.company_id.currency_id
        amount = sum(apart[name] for name in FIGURES if name.startswith("amount_"))
        adjustment, reason = adjusted
        return {
            **apart,
            "sheet_id": self.id,
            "company_id": self.company_id.id,
            "driver_id": line.driver_id.id,
            "department_id": counted["department_id"],
            "corrects_id": line.id,
            "adjustment": adjustment,
            "adjustment_reason": reason,
            "amount_total": currency.round(amount + adjustment),
        }
