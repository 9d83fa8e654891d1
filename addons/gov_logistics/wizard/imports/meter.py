"""The files of meters and of their readings."""

from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.cells import key

from .kind import Kind, Refused


class Meters(Kind):
    """The meters of the institution, each with its first reading where it is known."""

    code = "meter"
    creates = (("gov.meter", "gov_logistics.group_contract"),)

    def link(self):
        seen = {}
        for row in self.rows:
            row.values["item_to"] = self.find(
                self.run.items, row, "item", self.env._("there is no such service")
            )
            row.values["department_to"] = self.find(
                self.run.departments,
                row,
                "department",
                self.env._("there is no such department"),
            )
            self._check_figures(row)
            if not row.values["kind"] or not row.values["number"]:
                continue
            place = (row.values["kind"], key(row.values["number"]))
            if self.check_double(row, seen, place, "number"):
                continue
            if place in self.run.meters:
                row.raw["name"] = row.raw.get("number")
                self.report_existing(row, self.run.meters[place])

    def _check_figures(self, row):
        values = row.values
        above = self.env._("the number must be above zero")
        if values["digits"] == 0:
            self.report(row, "digits", above)
        if values["factor"] == 0:
            self.report(row, "factor", above)
        if (values["value"] is None) != (values["date"] is None):
            self.report(
                row,
                "value",
                self.env._("the first reading and its day belong together"),
            )
        elif values["date"] and values["date"] > self.company.gov_today():
            self.report(row, "date", self.env._("the day lies in the future"))
        if values["digits"] and (values["value"] or 0) >= 10 ** values["digits"]:
            self.report(
                row, "value", self.env._("the meter has too few digits for this")
            )

    def load(self):
        rows = self.new_rows
        ids = self.load_rows(
            "gov.meter",
            rows,
            {
                "company_id/.id": lambda row: self.company.id,
                "kind": lambda row: row.values["kind"],
                "number": lambda row: row.values["number"],
                "name": lambda row: row.values["name"],
                "place": lambda row: row.values["place"],
                "department_id/.id": lambda row: row.values["department_to"],
                "service_item_id/.id": lambda row: row.values["item_to"],
                "digits": lambda row: row.values["digits"],
                "factor": lambda row: row.values["factor"] or 1,
                "usual_use": lambda row: row.values["usual"] or 0,
            },
        )
        for row, record_id in zip(rows, ids, strict=True):
            row.record_id = record_id

    def finish(self):
        self.env["gov.meter.reading"].create(
            [
                {
                    "meter_id": row.record_id,
                    "date": row.values["date"],
                    "value": row.values["value"],
                }
                for row in self.new_rows
                if row.values["date"]
            ]
        )


class Readings(Kind):
    """Readings of meters that are in the system, in whatever order."""

    code = "reading"
    takes_csv = True
    creates = (("gov.meter.reading", "gov_logistics.group_service_inspector"),)

    def link(self):
        seen, there = {}, self._read_there()
        today = self.company.gov_today()
        for row in self.rows:
            meter = row.values["meter"] = self._find_meter(row)
            day = row.values["date"]
            if not meter or not day:
                continue
            if day > today:
                self.report(row, "date", self.env._("the day lies in the future"))
            if self.check_double(row, seen, (meter, day), "number"):
                continue
            if (meter, day) not in there:
                continue
            if there[meter, day] == row.values["value"]:
                row.raw["name"] = row.raw.get("number")
                self.report_existing(row, meter)
            else:
                self.report(
                    row,
                    "value",
                    self.env._(
                        "the meter was read on this day with %(value)s",
                        value=f"{there[meter, day]:g}",
                    ),
                )

    def _find_meter(self, row):
        """Return the id of the meter of a row, or None with a report."""
        number, kind = row.values["number"], row.values["kind"]
        if not number or (row.raw.get("kind") and not kind):
            return None
        found = [
            meter
            for (its_kind, its_number), meter in self.run.meters.items()
            if its_number == key(number) and kind in (None, its_kind)
        ]
        if len(found) == 1:
            return found[0]
        self.report(
            row,
            "number",
            self.env._("several meters have this number; give the kind")
            if found
            else self.env._("there is no such meter"),
        )
        return None

    def _read_there(self):
        """Return dict (meter id, day) → value of the readings that are there."""
        days = [row.values["date"] for row in self.rows if row.values["date"]]
        readings = self.env["gov.meter.reading"].search_fetch(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "valid"),
                ("date", "in", list(set(days))),
            ],
            ["meter_id", "date", "value"],
        )
        return {
            (reading.meter_id.id, reading.date): reading.value for reading in readings
        }

    def load(self):
        readings = self.env["gov.meter.reading"]
        for row in sorted(self.new_rows, key=lambda row: row.values["date"]):
            try:
                row.record_id = readings.create(
                    {
                        "meter_id": row.values["meter"],
                        "date": row.values["date"],
                        "value": row.values["value"],
                        "is_estimated": bool(row.values["estimated"]),
                        "note": row.values["note"],
                    }
                ).id
            except UserError as refusal:
                self.report(row, "value", str(refusal))
                raise Refused() from refusal
