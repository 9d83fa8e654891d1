import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import plain_number

CODES = (
    "fuel_over_tank",
    "fuel_wrong_product",
    "fuel_other_station",
    "fuel_other_vehicle",
    "fuel_two_fills",
    "fuel_sealed",
    "fuel_on_holiday",
    "fuel_no_trip",
    "fuel_consumption",
    "fuel_statement",
)
_SERIOUS = ("fuel_sealed", "fuel_other_vehicle")
_OF_TIME = ("fuel_sealed", "fuel_on_holiday", "fuel_no_trip")
_CHUNK = 500


class GovFuelEntry(models.Model):
    """What about a fill is worth a look; looked at anew whenever a fact changes.

    ================== ================================================================
    finding            fact
    ================== ================================================================
    fuel_over_tank     more than the tank holds, with the clause's allowance
    fuel_wrong_product not what the vehicle takes
    fuel_other_station not a designated station that day, and not lawfully away
    fuel_other_vehicle the card of another vehicle
    fuel_two_fills     another fill of the vehicle so many minutes before
    fuel_sealed        the vehicle was sealed, and no trip covers the fill
    fuel_on_holiday    a statutory holiday, and the vehicle was not on duty
    fuel_no_trip       no trip of the vehicle that day
    fuel_consumption   the tankful is off the vehicle's own season
    fuel_statement     slip and statement differ, or the slip does not stand on it
    ================== ================================================================

    Sealed, holiday and no trip are one matter: the gravest alone is opened. A fill
    noted before its trip finds it when the trip is entered; the finding is then taken
    back in the system's name, which says why. What supervision has closed is not
    opened again by the same fact.
    """

    _inherit = "gov.fuel.entry"

    finding_count = fields.Integer(string="Findings", compute="_compute_finding_count")

    def _compute_finding_count(self):
        # Record rules of findings hold: a driver counts those about themselves.
        groups = self.env["gov.finding"]._read_group(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("state", "!=", "dismissed"),
            ],
            ["res_id"],
            ["__count"],
        )
        counts = dict(groups)
        for entry in self:
            entry.finding_count = counts.get(entry._origin.id, 0)

    def action_open_findings(self):
        """Open what was found about these fills."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Findings"),
            "res_model": "gov.finding",
            "view_mode": "list,form",
            "domain": [("model", "=", self._name), ("res_id", "in", self.ids)],
        }

    # --------------------------------------------------------------------- trips

    def _link_trips(self):
        """Link each fill with the trip of its time, else of its day.

        :return: the fills whose trip changed.
        """
        changed = self.browse()
        for company, entries in self.grouped("company_id").items():
            rows = self.env.execute_query(
                SQL(
                    """
                    UPDATE gov_fuel_entry entry SET trip_id = found.trip_id,
                           driver_id = coalesce(entry.driver_id, found.driver_id)
                      FROM (%s) AS found
                     WHERE entry.id = found.id
                       AND entry.trip_id IS DISTINCT FROM found.trip_id
                 RETURNING entry.id
                    """,
                    self._get_trip_query(entries.ids, company),
                )
            )
            changed |= self.browse(id_ for (id_,) in rows)
        changed.invalidate_recordset(["trip_id", "driver_id"], flush=False)
        return changed

    @api.model
    def _get_trip_query(self, ids, company):
        """Return the query of the trip that each fill belongs to.

        No trip lasts two months: one that is never ended does not cover all to come,
        and the index needs to be walked no further back.
        """
        zone = company._gov_zone().zone
        return SQL(
            """
            SELECT entry.id, trip.id AS trip_id, trip.driver_id
              FROM gov_fuel_entry entry
              LEFT JOIN LATERAL (
                    SELECT trip.id, trip.driver_id
                      FROM gov_vehicle_trip trip
                     WHERE trip.vehicle_id = entry.vehicle_id
                       AND trip.state IN ('out', 'back')
                       AND trip.date_start > entry.date - interval '62 days'
                       AND trip.date_start < timezone(
                           'UTC', timezone(%(zone)s, (entry.day + 1)::timestamp))
                       AND coalesce(trip.date_end, 'infinity') >= timezone(
                           'UTC', timezone(%(zone)s, entry.day::timestamp))
                     ORDER BY trip.date_start <= entry.date
                              AND coalesce(trip.date_end, 'infinity') >= entry.date
                              DESC,
                              abs(extract(epoch FROM entry.date - trip.date_start)),
                              trip.id
                     LIMIT 1) trip ON TRUE
             WHERE entry.id = ANY(%(ids)s) AND entry.active
            """,
            zone=zone,
            ids=list(ids),
        )

    @api.model
    def _follow_trips(self, windows):
        """Look again at fills beside trips that were entered, moved or cancelled.

        :param windows: list of (vehicle id, first moment, last moment or False).
        """
        if not windows:
            return
        self.env["gov.vehicle.trip"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT entry.id
                  FROM gov_fuel_entry entry
                  JOIN unnest(%s::int[], %s::timestamp[], %s::timestamp[])
                       AS trip (vehicle_id, first, last)
                    ON entry.vehicle_id = trip.vehicle_id
                   AND entry.date >= trip.first - interval '1 day'
                   AND entry.date <= coalesce(trip.last, 'infinity') + interval '1 day'
                 WHERE entry.active
                """,
                [window[0] for window in windows],
                [window[1] for window in windows],
                [window[2] or None for window in windows],
            )
        )
        # sudo: which trip a fill belongs to follows from both.
        entries = engine(self.sudo()).browse(id_ for (id_,) in rows)
        if entries:
            entries._link_trips()
            entries._check_facts()

    # ------------------------------------------------------------------- findings

    def _check_facts(self):
        """Open findings for what is wrong about fills, take back what no longer is."""
        self.env.flush_all()
        for company, entries in self.grouped("company_id").items():
            lang = self.env["gov.approval.rule"]._get_lang(company)
            worded = entries.with_context(lang=lang).with_company(company)
            worded._sync_findings(worded._get_facts(company))

    def _get_facts(self, company):
        """Return dict fill id → dict code → evidence."""
        clauses = {
            name: self._get_clause_value(f"fuel.{name}", company)
            for name in (
                "tank.percent",
                "battery.percent",
                "fills.minutes",
                "trip.days",
            )
        }
        rows = self._read_surroundings(clauses)
        dues = self._read_dues()
        entries = self.filtered("active")
        entries.fetch(["vehicle_id", "card_id", "station_id", "trip_id", "day"])
        entries.vehicle_id.fetch(["license_plate", "tank_capacity"])
        days = entries.mapped("day")
        calendar = days and self.env["gov.workday"]._calendar(min(days), max(days))
        # Read with the others, not one by one.
        near = self.browse(row["near_id"] for row in rows.values() if row["near_id"])
        by_id = {other.id: other for other in near}
        today = company.gov_today()
        asked = entries._get_asked_for_time()
        facts = {entry.id: {} for entry in self}
        for entry in entries:
            found = facts[entry.id]
            around = rows.get(entry.id, {})
            entry._find_amounts(found, clauses)
            entry._find_place(found)
            entry._find_double(found, by_id.get(around.get("near_id")))
            recent = (today - entry.day).days <= clauses["trip.days"]
            # Time alone settles no finding that is there.
            if recent or entry.id in asked:
                entry._find_time(found, around, calendar)
            if entry._is_off():
                found["fuel_consumption"] = entry._get_consumption_text()
            entry._find_statement(found, dues.get(entry.id))
        return facts

    def _get_asked_for_time(self):
        """Return the ids of fills whose time or trip a finding is still about."""
        # sudo: the engine compares facts with findings.
        findings = self.env["gov.finding"].sudo()
        return set(
            findings.search_fetch(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("rule_code", "in", _OF_TIME),
                    ("state", "in", ("open", "explained")),
                ],
                ["res_id"],
            ).mapped("res_id")
        )

    def _read_surroundings(self, clauses):
        """Return dict fill id → what lies around it, by one query."""
        self.env["gov.vehicle.booking"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT entry.id, near.id, near.date,
                       EXISTS (SELECT 1 FROM gov_vehicle_booking booking
                                WHERE booking.vehicle_id = entry.vehicle_id
                                  AND booking.active AND booking.kind = 'sealing'
                                  AND booking.date_start <= entry.date
                                  AND booking.date_end > entry.date),
                       EXISTS (SELECT 1 FROM gov_vehicle_booking booking
                                WHERE booking.vehicle_id = entry.vehicle_id
                                  AND booking.active AND booking.kind = 'duty'
                                  AND booking.date_start <= entry.date
                                  AND booking.date_end > entry.date),
                       coalesce(trip.date_start <= entry.date
                                AND coalesce(trip.date_end, 'infinity') >= entry.date,
                                FALSE)
                  FROM gov_fuel_entry entry
                  LEFT JOIN gov_vehicle_trip trip ON trip.id = entry.trip_id
                  LEFT JOIN LATERAL (
                       SELECT other.id, other.date
                         FROM gov_fuel_entry other
                        WHERE other.vehicle_id = entry.vehicle_id AND other.active
                          AND other.kind = entry.kind
                          AND (other.date, other.id) < (entry.date, entry.id)
                          AND other.date >= entry.date - make_interval(mins => %s)
                        ORDER BY other.date DESC, other.id DESC
                        LIMIT 1) near ON TRUE
                 WHERE entry.id = ANY(%s)
                """,
                int(clauses["fills.minutes"]),
                self.ids,
            )
        )
        names = ("near_id", "near_date", "sealed", "duty", "covered")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def _find_amounts(self, found, clauses):
        """More than the tank holds, or the wrong thing."""
        vehicle = self.vehicle_id
        is_charge = self.kind == "charge"
        percent = clauses["battery.percent" if is_charge else "tank.percent"]
        tank = vehicle.tank_capacity
        if tank and round(self.litres - tank * (1 + percent / 100), 2) > 0:
            found["fuel_over_tank"] = self.env._(
                "%(plate)s: %(litres)s %(unit)s were filled, the tank holds %(tank)s "
                "(allowance %(percent)s %%).",
                plate=vehicle.license_plate,
                litres=plain_number(self.litres),
                unit=self.env._("kWh") if is_charge else self.env._("L"),
                tank=plain_number(tank),
                percent=plain_number(percent),
            )
        takes = vehicle.fuel_product
        if takes and self.product and takes != self.product:
            labels = dict(self._fields["product"]._description_selection(self.env))
            found["fuel_wrong_product"] = self.env._(
                "%(plate)s takes %(takes)s; %(product)s was filled.",
                plate=vehicle.license_plate,
                takes=labels.get(takes, takes),
                product=labels[self.product],
            )

    def _find_place(self, found):
        """Not a designated station, or the card of another vehicle."""
        card = self.card_id
        if card and self.payment == "card" and card.vehicle_id != self.vehicle_id:
            found["fuel_other_vehicle"] = self.env._(
                "The card %(card)s of %(owner)s was used for %(plate)s.",
                card=card.number,
                owner=card.vehicle_id.license_plate or self.env._("no vehicle"),
                plate=self.vehicle_id.license_plate,
            )
        lawful = (
            self.is_away and self.trip_id and (self.invoice_number or self.scan_name)
        )
        named = self.station_id or self.station_name
        if lawful or (not named and not self.is_away):
            return
        station = self.station_id
        if station and station._is_designated_on(self.day):
            return
        text = self.env._(
            "%(station)s is not a designated station on %(day)s.",
            station=station.name or self.station_name or self.env._("The place"),
            day=format_day(self.env, self.day),
        )
        if self.is_away:
            text = self.env._(
                "%s Paid by the driver away from home: lawful with a trip of that day "
                "and the invoice, one of which is missing.",
                text,
            )
        found["fuel_other_station"] = text

    def _find_double(self, found, near):
        """Another fill shortly before."""
        if not near:
            return
        minutes = int((self.date - near.date).total_seconds() // 60)
        found["fuel_two_fills"] = self.env._(
            "%(plate)s was filled twice within %(minutes)s minutes: %(first)s at "
            "%(first_time)s and %(second)s at %(second_time)s.",
            plate=self.vehicle_id.license_plate,
            minutes=minutes,
            first=plain_number(near.litres),
            first_time=self._get_local_time(near.date),
            second=plain_number(self.litres),
            second_time=self._get_local_time(self.date),
        )

    def _find_time(self, found, around, calendar):
        """Sealed, on a holiday, or without a trip: the gravest of the three."""
        figures = {
            "plate": self.vehicle_id.license_plate,
            "time": self._get_local_time(self.date),
            "day": format_day(self.env, self.day),
        }
        kind, holiday = calendar.kind(self.day)
        trip = self.trip_id
        beside = (
            # Its number says nothing about who went where.
            self.env._("The trip of that day is %s.", trip.number or "-")
            if trip
            else self.env._("There is no trip of it that day.")
        )
        if around.get("sealed") and not around.get("covered"):
            found["fuel_sealed"] = self.env._(
                "%(plate)s was filled on %(day)s at %(time)s while it was sealed. "
                "%(trip)s",
                trip=beside,
                **figures,
            )
        elif kind == "holiday" and not around.get("duty"):
            found["fuel_on_holiday"] = self.env._(
                "%(plate)s was filled on %(day)s at %(time)s, a holiday (%(holiday)s), "
                "and was not on duty. %(trip)s",
                trip=beside,
                holiday=holiday or "-",
                **figures,
            )
        elif not trip:
            found["fuel_no_trip"] = self.env._(
                "%(plate)s was filled on %(day)s at %(time)s; there is no trip of it "
                "that day.",
                **figures,
            )

    def _find_statement(self, found, due):
        """Slip and statement differ, or the slip should stand on one and does not."""
        if self.match_state == "differs":
            found["fuel_statement"] = self.env._(
                "Slip: %(slip)s for %(slip_amount)s; statement: %(billed)s for "
                "%(billed_amount)s.",
                slip=plain_number(self.slip_litres),
                slip_amount=self.currency_id.format(self.slip_amount),
                billed=plain_number(self.statement_litres),
                billed_amount=self.currency_id.format(self.statement_amount),
            )
        elif due:
            found["fuel_statement"] = self.env._(
                "The slip of %(day)s, paid by the card %(card)s, does not stand on "
                "%(statement)s.",
                day=format_day(self.env, self.day),
                card=self.card_id.number,
                statement=due,
            )

    def _read_dues(self):
        """Return dict slip id → number of the statement that should hold it."""
        slips = self.filtered(lambda entry: entry.match_state == "slip")
        if not slips:
            return {}
        self.env["gov.fuel.statement"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT slip.id, min(statement.number)
                      FROM gov_fuel_entry slip
                      JOIN gov_fuel_statement statement
                        ON statement.company_id = slip.company_id
                       AND slip.day BETWEEN statement.date_from AND statement.date_to
                     WHERE slip.id = ANY(%s) AND slip.active
                       AND EXISTS (SELECT 1 FROM gov_fuel_entry line
                                    WHERE line.statement_id = statement.id
                                      AND line.card_id = slip.card_id)
                     GROUP BY slip.id
                    """,
                    slips.ids,
                )
            )
        )

    def _get_local_time(self, moment):
        """Return a moment on the institution's clock as people write it."""
        zone = self.company_id._gov_zone()
        return pytz.utc.localize(moment).astimezone(zone).strftime("%H:%M")

    def _sync_findings(self, facts):
        """Open what is new, take back what is gone, leave what supervision closed.

        :param facts: dict fill id → dict code → evidence.
        """
        # sudo: the engine compares facts with findings; nobody's rights are asked.
        findings = self.env["gov.finding"].sudo()
        known = {}
        for finding in findings.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("rule_code", "in", CODES),
            ],
            order="id",
        ):
            known.setdefault((finding.res_id, finding.rule_code), []).append(finding)
        new = {}
        for entry in self:
            for code, evidence in facts[entry.id].items():
                rows = known.get((entry.id, code), ())
                if not entry._is_known(rows, evidence):
                    new.setdefault(code, {})[entry.id] = evidence
        for code, texts in new.items():
            entries = self.browse(texts)
            findings._raise(
                code,
                entries,
                texts,
                severity="serious" if code in _SERIOUS else "warning",
                employee={entry.id: entry.driver_id for entry in entries},
            )
        gone = findings.browse(
            finding.id
            for (entry_id, code), rows in known.items()
            for finding in rows
            if code not in facts[entry_id] and finding.state in ("open", "explained")
        )
        for finding in gone:
            finding._withdraw(self.browse(finding.res_id)._get_reason_gone(finding))

    @api.model
    def _is_known(self, rows, evidence):
        """Tell whether a fact stands in a finding: open, or closed by a person."""
        return any(
            evidence in finding.evidence and not finding._is_withdrawn()
            for finding in rows
        )

    def _get_reason_gone(self, finding):
        """Return in words why a finding about this fill is taken back."""
        if not self.active:
            return self.env._(
                "Taken back by the system: the fill was voided or joined with its "
                "statement. %s",
                self.void_reason or "",
            ).strip()
        if self.trip_id and finding.rule_code in (
            "fuel_no_trip",
            "fuel_sealed",
            "fuel_other_station",
        ):
            return self.env._(
                "Taken back by the system: the trip %s was entered, and the fill "
                "belongs to it.",
                self.trip_id.number or "-",
            )
        return self.env._(
            "Taken back by the system: what was found no longer holds; the data it "
            "came from has been mended."
        )

    @api.model
    def _get_beside(self, moments):
        """Return the fills shortly after changed ones: they may be the second."""
        if not moments:
            return self.browse()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT near.id
                  FROM gov_fuel_entry near
                  JOIN unnest(%s::int[], %s::timestamp[]) AS moved (vehicle_id, date)
                    ON near.vehicle_id = moved.vehicle_id
                 WHERE near.active AND near.date >= moved.date
                   AND near.date <= moved.date + interval '1 day'
                """,
                [vehicle_id for vehicle_id, _kind in moments],
                list(moments.values()),
            )
        )
        return self.browse(id_ for (id_,) in rows)

    @api.model
    def _recheck_open(self, domain):
        """Look again at fills with an open finding, among those of ``domain``."""
        # sudo: the engine compares facts with findings.
        findings = engine(self.sudo()).env["gov.finding"]
        ids = findings.search(
            [
                ("model", "=", self._name),
                ("rule_code", "in", CODES),
                ("state", "in", ("open", "explained")),
            ]
        ).mapped("res_id")
        # sudo: what the checks found follows, whoever entered the fills.
        entries = engine(self.sudo()).with_context(active_test=False)
        entries = entries.search([("id", "in", ids), *domain], order="id")
        for start in range(0, len(entries), _CHUNK):
            entries[start : start + _CHUNK]._check_facts()

    @api.model
    def _cron_check(self):
        """At night: look again at the fills of the last days and at open findings.

        Trips, sealing lists and holidays may have been entered since. In chunks, each
        committed; what was done is not done again when the job is killed.
        """
        # sudo: a job.
        entries = engine(self.sudo()).with_context(active_test=False)
        since = fields.Datetime.subtract(fields.Datetime.now(), days=10)
        findings = entries.env["gov.finding"].search(
            [
                ("model", "=", self._name),
                ("rule_code", "in", CODES),
                ("state", "in", ("open", "explained")),
            ]
        )
        ids = entries.search(
            ["|", ("id", "in", findings.mapped("res_id")), ("date", ">=", since)],
            order="id",
        ).ids
        cron = self.env["ir.cron"]
        for start in range(0, len(ids), _CHUNK):
            chunk = entries.browse(ids[start : start + _CHUNK])
            chunk._link_trips()
            chunk._check_facts()
            if not cron._commit_progress(
                len(chunk), remaining=max(0, len(ids) - start - _CHUNK)
            ):
                break
