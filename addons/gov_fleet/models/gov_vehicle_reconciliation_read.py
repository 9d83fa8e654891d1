from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools import SQL

# One degree of a meridian, in kilometres.
_DEGREE = 111.195
# A parked receiver wanders a little; a jump is no drive.
_LEAST_KM, _LEAST_SPEED, _MOST_SPEED = 0.05, 5, 200


class GovVehicleReconciliation(models.Model):
    """What the sources say of the vehicles of one chunk: a query each."""

    _inherit = "gov.vehicle.reconciliation"

    def _get_bounds(self):
        """Return the first moment of the month and the first after it (naive UTC)."""
        after = fields.Date.add(self.month, months=1)
        return tuple(
            self.company_id._gov_utc(datetime.combine(day, time()))
            for day in (self.month, after)
        )

    @api.model
    def _read_dicts(self, query):
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    def _read_trips(self, vehicle_ids):
        """Return the trips that came back in the month, protected ones too."""
        return self._read_dicts(
            SQL(
                """
                SELECT trip.id, trip.number, trip.vehicle_id, trip.driver_id,
                       trip.department_id, trip.date_start, trip.date_end,
                       trip.return_date,
                       trip.odometer_out::float AS odometer_out,
                       trip.odometer_in::float AS odometer_in,
                       trip.distance::float AS distance,
                       coalesce(trip.gap_km, 0)::float AS gap_km,
                       trip.previous_reading::float AS previous_reading,
                       coalesce(trip.is_rollover, false) AS is_rollover,
                       coalesce(trip.toll_amount, 0)::float AS toll_amount,
                       coalesce(trip.is_protected, false) AS is_protected,
                       CASE WHEN trip.is_protected THEN NULL
                            ELSE coalesce(request.destination, trip.route)
                       END AS destination
                  FROM gov_vehicle_trip trip
                  LEFT JOIN gov_vehicle_request request
                    ON request.id = trip.request_id
                 WHERE trip.vehicle_id = ANY(%s) AND trip.state = 'back'
                   AND trip.company_id = %s
                   AND trip.return_date >= %s AND trip.return_date < %s
                 ORDER BY trip.vehicle_id, trip.date_start, trip.id
                """,
                vehicle_ids,
                self.company_id.id,
                self.month,
                fields.Date.add(self.month, months=1),
            )
        )

    def _read_fills(self, vehicle_ids):
        """Return the fills on the trips of the month."""
        return self._read_dicts(
            SQL(
                """
                SELECT entry.id, trip.id AS trip_id, entry.date,
                       entry.litres::float AS litres,
                       coalesce(entry.odometer, 0)::float AS odometer
                  FROM gov_fuel_entry entry
                  JOIN gov_vehicle_trip trip
                    ON trip.vehicle_id = entry.vehicle_id AND trip.state = 'back'
                   AND (trip.id = entry.trip_id OR entry.trip_id IS NULL
                        AND entry.date BETWEEN trip.date_start AND trip.date_end)
                 WHERE entry.vehicle_id = ANY(%s) AND entry.active
                   AND trip.return_date >= %s AND trip.return_date < %s
                 ORDER BY entry.date, entry.id
                """,
                vehicle_ids,
                self.month,
                fields.Date.add(self.month, months=1),
            )
        )

    def _read_sealed_trips(self, vehicle_ids):
        """Return trip id and list for trips while the vehicle was sealed.

        What a permit opened is lawful.
        """
        return self._read_dicts(
            SQL(
                """
                SELECT DISTINCT ON (trip.id) trip.id AS trip_id, line.strip_number,
                       line.sealed_at, line.unsealed_at, sealing.name
                  FROM gov_vehicle_sealing_line line
                  JOIN gov_vehicle_sealing sealing ON sealing.id = line.sealing_id
                  JOIN gov_vehicle_trip trip
                    ON trip.vehicle_id = line.vehicle_id AND trip.state = 'back'
                   AND trip.date_end > line.sealed_at
                   AND trip.date_start < coalesce(line.unsealed_at, 'infinity')
                 WHERE line.vehicle_id = ANY(%s) AND line.sealed_at IS NOT NULL
                   AND trip.return_date >= %s AND trip.return_date < %s
                   AND NOT EXISTS (
                       SELECT 1 FROM gov_vehicle_sealing_permit permit
                        WHERE permit.line_id = line.id
                          AND permit.opened_at <= trip.date_end
                          AND coalesce(permit.resealed_at, 'infinity')
                              >= trip.date_start)
                 ORDER BY trip.id, line.id
                """,
                vehicle_ids,
                self.month,
                fields.Date.add(self.month, months=1),
            )
        )

    def _read_sealing_readings(self, vehicle_ids, tolerance):
        """Return seals of the month whose reading is not the last one before.

        That of the last trip, or of an instrument that was put in since; from the last
        km before all nines to the first after them is one km.
        """
        start, end = self._get_bounds()
        return self._read_dicts(
            SQL(
                """
                SELECT line.vehicle_id, line.sealed_at, line.keeper_id, sealing.name,
                       line.odometer_in::float AS odometer_in,
                       last.reading::float AS last_reading, last.number
                  FROM gov_vehicle_sealing_line line
                  JOIN gov_vehicle_sealing sealing ON sealing.id = line.sealing_id
                  JOIN fleet_vehicle vehicle ON vehicle.id = line.vehicle_id
                  LEFT JOIN LATERAL (
                       SELECT date, new_value, new_digits
                         FROM gov_vehicle_odometer_replacement
                        WHERE vehicle_id = line.vehicle_id AND state = 'valid'
                          AND date <= line.sealed_at
                        ORDER BY date DESC, id DESC LIMIT 1) swap ON true
                  JOIN LATERAL (
                       (SELECT odometer_in AS reading, number, date_end AS moment
                          FROM gov_vehicle_trip
                         WHERE vehicle_id = line.vehicle_id AND state = 'back'
                           AND date_end <= line.sealed_at
                         ORDER BY date_end DESC, id DESC LIMIT 1)
                        UNION ALL
                       SELECT swap.new_value, NULL, swap.date
                        WHERE swap.date IS NOT NULL
                        ORDER BY moment DESC LIMIT 1) last ON true
                 CROSS JOIN LATERAL (
                       SELECT abs(line.odometer_in - last.reading) AS km,
                              10::numeric ^ coalesce(
                                  swap.new_digits, vehicle.odometer_digits) AS register
                       ) off
                 WHERE line.vehicle_id = ANY(%s)
                   AND line.sealed_at >= %s AND line.sealed_at < %s
                   AND least(off.km, off.register - off.km) > %s
                 ORDER BY line.id
                """,
                vehicle_ids,
                start,
                end,
                tolerance,
            )
        )

    # === Tracks; protected trips are never compared ===

    def _has_tracks(self, vehicle_ids):
        start, end = self._get_bounds()
        return bool(
            self.env["gov.vehicle.track"].search_count(
                [
                    ("vehicle_id", "in", vehicle_ids),
                    ("date_start", "<", end),
                    ("date_end", ">=", start),
                ],
                limit=1,
            )
        )

    def _read_driven(self, vehicle_ids, minutes, least):
        """Return vehicle, day and km that were driven outside every trip."""
        start, end = self._get_bounds()
        return self._read_dicts(
            SQL(
                """
                WITH point AS (
                    SELECT vehicle_id, time, latitude, longitude,
                           lag(time) OVER path AS before,
                           lag(latitude) OVER path AS latitude_before,
                           lag(longitude) OVER path AS longitude_before
                      FROM gov_vehicle_track_point
                     WHERE vehicle_id = ANY(%(ids)s)
                       AND time >= %(start)s AND time < %(end)s
                    WINDOW path AS (PARTITION BY vehicle_id ORDER BY time, id)
                ), leg AS (
                    SELECT vehicle_id, time, before,
                           extract(epoch FROM time - before) / 3600.0 AS hours,
                           %(degree)s * sqrt((latitude - latitude_before) ^ 2
                               + ((longitude - longitude_before)
                                  * cos(radians(latitude))) ^ 2) AS km
                      FROM point WHERE before IS NOT NULL
                )
                SELECT vehicle_id,
                       (time AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day,
                       sum(km) AS km, min(before) AS first, max(time) AS last
                  FROM leg
                 WHERE km > %(least_km)s AND hours > 0
                   AND km / hours BETWEEN %(slow)s AND %(fast)s
                   AND NOT EXISTS (
                       SELECT 1 FROM gov_vehicle_trip trip
                        WHERE trip.vehicle_id = leg.vehicle_id
                          AND trip.state IN ('out', 'back')
                          AND trip.date_start - %(margin)s * interval '1 minute'
                              <= leg.time
                          AND coalesce(trip.date_end, 'infinity')
                              + %(margin)s * interval '1 minute' >= leg.before)
                 GROUP BY vehicle_id, day HAVING sum(km) > %(least)s
                 ORDER BY vehicle_id, day
                """,
                ids=vehicle_ids,
                start=start,
                end=end,
                degree=_DEGREE,
                zone=self.company_id.gov_tz,
                least_km=_LEAST_KM,
                slow=_LEAST_SPEED,
                fast=_MOST_SPEED,
                margin=minutes,
                least=least,
            )
        )

    def _read_parked(self, vehicle_ids):
        """Return vehicle, day and km for nights spent away from every parking place.

        Where a vehicle was seen last before three in the morning; nights on a trip
        are left out, and those after a protected trip of which no track is kept.
        """
        return self._read_dicts(
            SQL(
                """
                SELECT vehicle.id AS vehicle_id, night.day::date AS day, seen.time,
                       home.km
                  FROM unnest(%(ids)s) AS vehicle (id)
                 CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp,
                                            interval '1 day') AS night (day)
                 CROSS JOIN LATERAL (
                       SELECT (night.day + interval '3 hours')
                              AT TIME ZONE %(zone)s AT TIME ZONE 'UTC' AS time
                       ) three
                  JOIN LATERAL (
                       SELECT time, latitude, longitude FROM gov_vehicle_track_point
                        WHERE vehicle_id = vehicle.id AND time <= three.time
                          AND time > three.time - interval '24 hours'
                        ORDER BY time DESC, id DESC LIMIT 1) seen ON true
                 CROSS JOIN LATERAL (
                       SELECT min(%(degree)s * sqrt((seen.latitude - place.latitude) ^ 2
                                  + ((seen.longitude - place.longitude)
                                     * cos(radians(seen.latitude))) ^ 2)
                                  - place.radius / 1000.0) AS km
                         FROM gov_vehicle_place place
                        WHERE place.company_id = %(company)s AND place.active
                          AND place.kind = 'parking') home
                 WHERE home.km > 0
                   AND NOT EXISTS (
                       SELECT 1 FROM gov_vehicle_trip trip
                        WHERE trip.vehicle_id = vehicle.id
                          AND trip.state IN ('out', 'back')
                          AND trip.date_start <= three.time
                          AND (coalesce(trip.date_end, 'infinity') >= three.time
                               OR trip.is_protected AND trip.date_end >= seen.time))
                 ORDER BY vehicle.id, night.day
                """,
                ids=vehicle_ids,
                first=self.month,
                last=fields.Date.subtract(
                    fields.Date.add(self.month, months=1), days=1
                ),
                zone=self.company_id.gov_tz,
                degree=_DEGREE,
                company=self.company_id.id,
            )
        )

    def _read_missed(self, trips, least):
        """Return trip id and km for trips that never came near their destination.

        :param trips: dicts of :meth:`_read_trips`; only those whose destination is a
            known place are compared.
        """
        places = self.env["gov.vehicle.place"].search(
            [("company_id", "=", self.company_id.id), ("kind", "=", "destination")]
        )
        names = {name: place for place in places for name in place._get_names()}
        rows = []
        for trip in trips:
            if trip["is_protected"] or not trip["destination"]:
                continue
            text = trip["destination"].casefold()
            named = [name for name in names if name in text]
            if named:
                place = names[max(named, key=len)]
                rows.append(
                    SQL(
                        "(%s, %s, %s::timestamp, %s::timestamp, %s::float8,"
                        " %s::float8, %s::float8, %s)",
                        trip["id"],
                        trip["vehicle_id"],
                        trip["date_start"],
                        trip["date_end"],
                        place.latitude,
                        place.longitude,
                        place.radius / 1000,
                        place.name,
                    )
                )
        if not rows:
            return []
        return self._read_dicts(
            SQL(
                """
                SELECT trip.id AS trip_id, trip.name, near.km
                  FROM (VALUES %(rows)s) AS trip
                       (id, vehicle_id, first, last, latitude, longitude, radius, name)
                 CROSS JOIN LATERAL (
                       SELECT count(*) AS points,
                              min(%(degree)s * sqrt((point.latitude - trip.latitude) ^ 2
                                  + ((point.longitude - trip.longitude)
                                     * cos(radians(trip.latitude))) ^ 2)
                                  - trip.radius) AS km
                         FROM gov_vehicle_track_point point
                        WHERE point.vehicle_id = trip.vehicle_id
                          AND point.time BETWEEN trip.first AND trip.last) near
                 WHERE near.points >= 3 AND near.km > %(least)s
                """,
                rows=SQL(", ").join(rows),
                degree=_DEGREE,
                least=least,
            )
        )
