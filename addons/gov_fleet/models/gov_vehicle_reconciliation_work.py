from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import plain_number

CHUNK = 50
_TEXTS = ("slip", "odometer", "fuel", "tolls", "sealing", "track")
_CODES = {
    "mismatch": "vehicle_mismatch",
    "sealed": "vehicle_sealed_use",
    "private": "vehicle_private_use",
}
# The heaviest of what was found names the matter.
_ORDER = ("mismatch", "private", "sealed")
# Findings that the trip itself, or a fill, has opened already.
_OF_TRIP = ("vehicle_odometer_gap", "vehicle_odometer_jump")


class GovVehicleReconciliation(models.Model):
    """The work of a run: compare, put side by side, raise what is new."""

    _inherit = "gov.vehicle.reconciliation"

    @api.model
    def _cron_work(self):
        """Work on all runs that are running, in committed chunks."""
        cron = self.env["ir.cron"]
        # sudo: a job.
        for run in self.sudo().search([("state", "=", "running")], order="id"):
            more = True
            while more:
                more = engine(run)._step()
                if not cron._commit_progress(1, remaining=int(more)):
                    return

    def _begin(self):
        self.write(
            {
                "state": "running",
                "handler_id": self.env.uid,
                "last_id": 0,
                "done_count": 0,
                "trip_count": 0,
                "total_count": self._get_vehicles().search_count(
                    self._get_vehicle_domain(0)
                ),
                "started_at": fields.Datetime.now(),
                "ended_at": False,
            }
        )

    @api.model
    def _get_vehicles(self):
        # Disposed and archived vehicles have had their trips all the same.
        return self.env["fleet.vehicle"].with_env(
            self.env(context={**self.env.context, "active_test": False})
        )

    def _get_vehicle_domain(self, last_id):
        return [("company_id", "=", self.company_id.id), ("id", ">", last_id)]

    def _step(self, limit=None):
        """Do one chunk of vehicles; the caller commits.

        :return: True while there is more to do.
        """
        self.ensure_one()
        self._meet_rivals()
        if self.state != "running":
            return False
        found = self._get_vehicles().search(
            self._get_vehicle_domain(self.last_id), order="id", limit=limit or CHUNK
        )
        if not found:
            self.write(
                {
                    "state": "done",
                    "ended_at": fields.Datetime.now(),
                    "matter_count": self._count_matters(),
                }
            )
            return False
        self.env.flush_all()
        trips, matters = self._compare(found.ids)
        self._settle(matters)
        self.write(
            {
                "last_id": found.ids[-1],
                "done_count": self.done_count + len(found),
                "trip_count": self.trip_count + len(trips),
            }
        )
        # Nothing of this chunk is held while the next is read.
        self.env.flush_all()
        self.env.invalidate_all(flush=False)
        return True

    def _count_matters(self):
        return self.env["gov.vehicle.reconciliation.line"].search_count(
            [("company_id", "=", self.company_id.id), ("month", "=", self.month)]
        )

    # === Comparing ===

    def _get_limits(self):
        """Return the clauses of the month's last day."""
        day = fields.Date.subtract(fields.Date.add(self.month, months=1), days=1)
        company, get_value = self.company_id, self.env["gov.policy"].get_value
        return {
            "km": get_value("vehicle.reconcile.km", day, company),
            "toll": get_value("vehicle.reconcile.toll", day, company),
            "margin": get_value("vehicle.track.margin", day, company),
            "distance": get_value("vehicle.track.distance", day, company),
        }

    def _compare(self, vehicle_ids):
        """Return the trips of these vehicles and what does not fit.

        :return: (list of trips, dict key → matter); the key is ("trip", id) or
            ("day", vehicle id, day).
        """
        limits = self._get_limits()
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        self = self.with_context(lang=lang)
        trips = self._read_trips(vehicle_ids)
        by_id = {trip["id"]: trip for trip in trips}
        matters = {}
        self._compare_figures(trips, limits, matters)
        self._compare_fills(vehicle_ids, by_id, limits, matters)
        self._compare_sealing(vehicle_ids, by_id, limits, matters)
        if self._has_tracks(vehicle_ids):
            self._compare_tracks(vehicle_ids, trips, by_id, limits, matters)
        self._name_drivers(trips, matters)
        return trips, matters

    @api.model
    def _name_drivers(self, trips, matters):
        """Name who drove the vehicle last before a day without a trip: they explain."""
        for matter in matters.values():
            if not matter["trip"]:
                drivers = [
                    trip["driver_id"]
                    for trip in trips
                    if trip["vehicle_id"] == matter["vehicle_id"]
                    and trip["return_date"] <= matter["date"]
                ]
                matter["driver_id"] = drivers[-1] if drivers else None

    def _compare_figures(self, trips, limits, matters):
        for trip in trips:
            if abs(trip["gap_km"]) > limits["km"]:
                self._note(
                    matters,
                    trip,
                    "odometer",
                    self.env._(
                        "%(out)s km out, but %(before)s km at the last return: "
                        "%(gap)s km",
                        out=plain_number(trip["odometer_out"]),
                        before=plain_number(trip["previous_reading"] or 0),
                        gap=plain_number(trip["gap_km"]),
                    ),
                )
            if trip["toll_amount"] > max(trip["distance"] or 0, 0) * limits["toll"]:
                self._note(
                    matters,
                    trip,
                    "tolls",
                    self.env._(
                        "%(amount)s for %(km)s km, more than %(limit)s per km",
                        amount=plain_number(trip["toll_amount"]),
                        km=plain_number(trip["distance"] or 0),
                        limit=plain_number(limits["toll"]),
                    ),
                )

    def _compare_fills(self, vehicle_ids, by_id, limits, matters):
        for fill in self._read_fills(vehicle_ids):
            trip = by_id.get(fill["trip_id"])
            if not trip or not fill["odometer"]:
                continue
            if self._is_on_trip(fill["odometer"], trip, limits["km"]):
                continue
            self._note(
                matters,
                trip,
                "fuel",
                self.env._(
                    "%(litres)s filled at %(odometer)s km, outside the trip's readings",
                    litres=plain_number(fill["litres"]),
                    odometer=plain_number(fill["odometer"]),
                ),
            )

    @api.model
    def _is_on_trip(self, reading, trip, tolerance):
        """Tell whether a reading lies between those of a trip, over all nines too."""
        after = reading >= trip["odometer_out"] - tolerance
        before = reading <= trip["odometer_in"] + tolerance
        return after or before if trip["is_rollover"] else after and before

    def _compare_sealing(self, vehicle_ids, by_id, limits, matters):
        for row in self._read_sealed_trips(vehicle_ids):
            if trip := by_id.get(row["trip_id"]):
                text = self.env._(
                    "Sealed over %(holiday)s, strip %(strip)s, no permit",
                    holiday=row["name"],
                    strip=row["strip_number"] or "-",
                )
                self._note(matters, trip, "sealing", text, "sealed")
        for row in self._read_sealing_readings(vehicle_ids, limits["km"]):
            self._note_day(
                matters,
                row["vehicle_id"],
                self.company_id._gov_local(row["sealed_at"]).date(),
                "sealing",
                self.env._(
                    "%(reading)s km at sealing over %(holiday)s, but %(last)s km at "
                    "the last return (%(trip)s)",
                    reading=plain_number(row["odometer_in"]),
                    holiday=row["name"],
                    last=plain_number(row["last_reading"]),
                    trip=row["number"] or "-",
                ),
                "mismatch",
            )

    def _compare_tracks(self, vehicle_ids, trips, by_id, limits, matters):
        driven = self._read_driven(vehicle_ids, limits["margin"], limits["distance"])
        time_text = self.env["gov.paper"].time_text
        for row in driven:
            text = self.env._(
                "%(km)s km driven outside the trips, from %(first)s to %(last)s",
                km=plain_number(round(row["km"], 1)),
                first=time_text(row["first"], self.company_id),
                last=time_text(row["last"], self.company_id),
            )
            self._note_day(
                matters, row["vehicle_id"], row["day"], "track", text, "private"
            )
        for row in self._read_parked(vehicle_ids):
            text = self.env._(
                "At three in the morning %(km)s km away from the parking places",
                km=plain_number(round(row["km"], 1)),
            )
            self._note_day(
                matters, row["vehicle_id"], row["day"], "track", text, "private"
            )
        for row in self._read_missed(trips, limits["distance"]):
            text = self.env._(
                "Never nearer than %(km)s km to %(place)s",
                km=plain_number(round(row["km"], 1)),
                place=row["name"],
            )
            self._note(matters, by_id[row["trip_id"]], "track", text, "private")

    def _note(self, matters, trip, source, text, kind="mismatch"):
        """Put what a source says of a trip beside the others."""
        matter = matters.setdefault(
            ("trip", trip["id"]),
            {
                "kind": kind,
                "found": {},
                "trip": trip,
                "date": trip["return_date"],
                "vehicle_id": trip["vehicle_id"],
                "driver_id": trip["driver_id"],
            },
        )
        self._add_text(matter, source, text, kind)

    def _note_day(self, matters, vehicle_id, day, source, text, kind):
        matter = matters.setdefault(
            ("day", vehicle_id, day),
            {
                "kind": kind,
                "found": {},
                "trip": None,
                "date": day,
                "vehicle_id": vehicle_id,
                "driver_id": None,
            },
        )
        self._add_text(matter, source, text, kind)

    @api.model
    def _add_text(self, matter, source, text, kind):
        matter["found"].setdefault(source, []).append(text)
        matter["kind"] = max(matter["kind"], kind, key=_ORDER.index)

    # === Settling ===

    def _settle(self, matters):
        """Write the matters and raise what is new; what is known stays as it is."""
        if not matters:
            return
        lines = self.env["gov.vehicle.reconciliation.line"]
        known = self._get_known(lines, matters)
        vehicles = self._get_vehicles().browse(
            {matter["vehicle_id"] for matter in matters.values()}
        )
        new = []
        for key, matter in matters.items():
            vals = self._prepare_line(matter)
            vals["department_id"] = self._find_department(vehicles, matter)
            line = known.get(key)
            if not line:
                new.append((matter, vals))
            elif line.evidence != vals["evidence"]:
                line.write(vals)
                self._raise_one(line, matter)
        for line, (matter, _vals) in zip(
            lines.create([vals for _matter, vals in new]), new, strict=True
        ):
            self._raise_one(line, matter)

    @api.model
    def _find_department(self, vehicles, matter):
        """Return to which department the vehicle belonged then, not where it is now."""
        if matter["trip"]:
            return matter["trip"]["department_id"]
        vehicle = vehicles.filtered(lambda v: v.id == matter["vehicle_id"])
        return vehicle._department_on(matter["date"]).id

    def _get_known(self, lines, matters):
        """Return key → line for matters that were found before."""
        trip_ids = [key[1] for key in matters if key[0] == "trip"]
        vehicle_ids = [key[1] for key in matters if key[0] == "day"]
        days = [key[2] for key in matters if key[0] == "day"]
        known = {
            ("trip", line.trip_id.id): line
            for line in lines.search([("trip_id", "in", trip_ids)])
        }
        for line in lines.search(
            [
                ("trip_id", "=", False),
                ("vehicle_id", "in", vehicle_ids),
                ("date", "in", days),
            ]
        ):
            known["day", line.vehicle_id.id, line.date] = line
        return known

    def _prepare_line(self, matter):
        """Return the values of a line: every source, and what was found."""
        texts = {
            source: "\n".join(matter["found"].get(source, [])) or False
            for source in _TEXTS
        }
        labels = {
            name: self.env["gov.vehicle.reconciliation.line"]
            ._fields[name]
            ._description_string(self._get_lang_env())
            for name in _TEXTS
        }
        evidence = "\n".join(
            f"{labels[name]}: {text}" for name, text in texts.items() if text
        )
        if trip := matter["trip"]:
            texts["slip"] = self._describe_trip(trip)
            for name, text in self._get_figures(trip).items():
                texts[name] = texts[name] or text
        return {
            **texts,
            "evidence": evidence,
            "company_id": self.company_id.id,
            "month": self.month,
            "date": matter["date"],
            "vehicle_id": matter["vehicle_id"],
            "trip_id": trip["id"] if trip else False,
            "driver_id": matter["driver_id"],
            "kind": matter["kind"],
        }

    def _get_lang_env(self):
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        return self.with_context(lang=lang).env

    def _describe_trip(self, trip):
        """Return the slip in words; of a protected trip neither user nor place."""
        env = self._get_lang_env()
        time_text = self.env["gov.paper"].time_text
        place = trip["destination"] or "-"
        if trip["is_protected"]:
            place = env._("Protected trip")
        return env._(
            "%(number)s: %(start)s to %(end)s, %(km)s km, %(place)s",
            number=trip["number"] or "-",
            start=time_text(trip["date_start"], self.company_id),
            end=time_text(trip["date_end"], self.company_id),
            km=plain_number(trip["distance"] or 0),
            place=place,
        )

    def _get_figures(self, trip):
        """Return what odometer and tolls say where nothing is wrong with them."""
        env = self._get_lang_env()
        return {
            "odometer": env._(
                "%(out)s km out, %(back)s km in",
                out=plain_number(trip["odometer_out"]),
                back=plain_number(trip["odometer_in"]),
            ),
            "tolls": plain_number(trip["toll_amount"]),
        }

    def _raise_one(self, line, matter):
        """Raise the finding of one matter, or add to the one that the trip has."""
        findings = self.env["gov.finding"]
        if line.finding_id.state in ("open", "explained"):
            engine(line.finding_id)._add_evidence(line.evidence)
            return
        if not line.finding_id and set(matter["found"]) == {"odometer"}:
            # The trip has opened its own: one matter, one finding.
            own = findings.search(
                [
                    ("rule_code", "in", _OF_TRIP),
                    ("model", "=", "gov.vehicle.trip"),
                    ("res_id", "=", line.trip_id.id),
                ],
                limit=1,
            )
            if own:
                line.finding_id = own
                return
        severity = "warning" if line.kind == "mismatch" else "serious"
        line.finding_id = findings._raise(
            _CODES[line.kind],
            line,
            line.evidence,
            severity,
            employee=line.driver_id or None,
        )
