import io
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import find_record
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .gov_vehicle_track_reader import BadLine, TrackReader

_COPY = (
    "COPY gov_vehicle_track_point (track_id, vehicle_id, time, latitude, longitude)"
    " FROM STDIN"
)
_CHUNK = 20_000
_MOST_POINTS = 5_000_000
_SHOWN = 20
_DAYS = "vehicle.track.days"
_PURGE_CHUNK = 100_000


class GovVehicleTrack(models.Model):
    """A track file of one vehicle: where it was, point by point.

    Tracks show where people were. Only the group for tracks reads and imports them;
    they are deleted on the day that the clause ``vehicle.track.days`` says, by a job
    that leaves a record (``gov.vehicle.track.purge``). What falls into protected trips
    is never kept.

    The import reads a file as a stream, so that two million points need no more memory
    than two hundred; it takes all of a file or nothing.
    """

    _name = "gov.vehicle.track"
    _description = "Vehicle Track"
    _inherit = ["gov.guard.mixin"]
    _order = "date_start desc, id desc"
    _engine_only = True
    _check_company_auto = True

    name = fields.Char(string="File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date_start = fields.Datetime(string="First point", readonly=True)
    date_end = fields.Datetime(string="Last point", readonly=True)
    point_count = fields.Integer(string="Track points", readonly=True)
    protected_count = fields.Integer(
        string="Not kept",
        readonly=True,
        help="Points within protected trips: no track is kept of these.",
    )
    imported_by_id = fields.Many2one(
        "res.users", string="Imported by", readonly=True, ondelete="restrict"
    )
    imported_at = fields.Datetime(readonly=True)
    delete_on = fields.Date(
        readonly=True, index=True, help="By the clause vehicle.track.days."
    )

    # === Import ===

    def action_upload(self):
        """Open the page on which a file is chosen and sent.

        :return: an action.
        """
        return {
            "type": "ir.actions.act_url",
            "url": "/gov_fleet/track",
            "target": "self",
        }

    @api.model
    def _import_stream(self, stream, vehicle_id, name):
        """Import a track file of a vehicle.

        :param stream: binary file object: CSV whose first line names the columns time,
            latitude and longitude; times without a zone are the institution's.
        :param vehicle_id: id of the vehicle.
        :param str name: of the file.
        :return: the track.
        :raise UserError: not the group for tracks, no such vehicle, the time is there
            already, or broken lines: rows and reasons; nothing is imported then.
        """
        vehicle = self._check_import(vehicle_id)
        company = vehicle.company_id or self.env.company
        # sudo: group and vehicle have just been checked.
        track = engine(self.sudo()).create(
            {
                "name": (name or self.env._("Track"))[:200],
                "company_id": company.id,
                "vehicle_id": vehicle.id,
                "imported_by_id": self.env.uid,
                "imported_at": fields.Datetime.now(),
            }
        )
        try:
            with TrackReader(self.env, stream, company._gov_zone()) as reader:
                track._load(reader)
        except BadLine as problem:
            raise UserError(str(problem)) from None
        track._check_apart()
        track._drop_protected()
        track._measure()
        return track.with_env(self.env)

    @api.model
    def _check_import(self, vehicle_id):
        """Return the vehicle, after rivals have met on its row."""
        if not self.env.user.has_group("gov_fleet.group_track"):
            raise UserError(
                self.env._("Tracks are imported by the group “Vehicle tracks”.")
            )
        message = self.env._("Choose the vehicle of this track.")
        # sudo: the group for tracks chooses among the vehicles of its institutions.
        vehicle = find_record(self.env["fleet.vehicle"].sudo(), vehicle_id, message)
        if vehicle.company_id not in self.env.companies:
            raise UserError(message)
        meet_rivals(vehicle)
        return vehicle

    def _load(self, reader):
        """Write the points of ``reader`` into the table, chunk by chunk."""
        self.flush_recordset()
        prefix = f"{self.id}\t{self.vehicle_id.id}\t"
        lines, broken, bad_count, count = [], [], 0, 0
        for number, point, reason in reader:
            if reason:
                bad_count += 1
                if len(broken) < _SHOWN:
                    broken.append((number, reason))
            elif not bad_count:
                time, latitude, longitude = point
                lines.append(f"{prefix}{time}\t{latitude}\t{longitude}\n")
                count += 1
                if len(lines) >= _CHUNK:
                    self._copy(lines)
                    lines = []
            if count > _MOST_POINTS:
                raise UserError(
                    self.env._(
                        "The file has more than %(most)s points. Please divide it.",
                        most=_MOST_POINTS,
                    )
                )
        if bad_count:
            self._refuse_lines(broken, bad_count)
        if not count:
            raise UserError(self.env._("There are no points below the headings."))
        self._copy(lines)

    def _copy(self, lines):
        if lines:
            self.env.cr.copy_expert(_COPY, io.StringIO("".join(lines)))

    def _refuse_lines(self, broken, count):
        rows = [
            self.env._("Row %(row)s: %(reason)s", row=row, reason=reason)
            for row, reason in broken
        ]
        if count > len(rows):
            rows.append(self.env._("and %(count)s more", count=count - len(rows)))
        raise UserError(
            self.env._(
                "Nothing was imported, %(count)s lines are broken:\n%(rows)s",
                count=count,
                rows="\n".join(rows),
            )
        )

    def _check_apart(self):
        """Refuse a time of which the vehicle has a track already."""
        [(first, last)] = self.env.execute_query(
            SQL(
                "SELECT min(time), max(time) FROM gov_vehicle_track_point"
                " WHERE track_id = %s",
                self.id,
            )
        )
        self.write({"date_start": first, "date_end": last})
        other = self.search(
            [
                ("vehicle_id", "=", self.vehicle_id.id),
                ("id", "!=", self.id),
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "There is a track of %(vehicle)s in this time already: %(name)s.",
                    vehicle=self.vehicle_id.display_name,
                    name=other.name,
                )
            )

    def _drop_protected(self):
        """Delete the points within protected trips: no track is kept of these."""
        self.env["gov.vehicle.trip"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM gov_vehicle_track_point point
                 USING gov_vehicle_trip trip
                 WHERE point.track_id = ANY(%s)
                   AND trip.vehicle_id = point.vehicle_id
                   AND trip.is_protected AND trip.state IN ('out', 'back')
                   AND point.time >= trip.date_start
                   AND point.time <= coalesce(trip.date_end, 'infinity')
                """,
                self.ids,
            )
        )
        dropped = self.env.cr.rowcount
        if dropped and len(self) == 1:
            self.protected_count += dropped
        return dropped

    def _measure(self):
        """Note how many points are kept and until when."""
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM gov_vehicle_track_point WHERE track_id = %s",
                self.id,
            )
        )
        days = self.env["gov.policy"].get_value(_DAYS, company=self.company_id)
        last = self.company_id._gov_local(self.date_end).date()
        self.write({"point_count": count, "delete_on": last + timedelta(days=days)})

    # === Deletion ===

    def action_delete_now(self):
        """Delete tracks before their time, e.g. of a wrong vehicle; a record stays.

        :return: True
        :raise UserError: not the group for tracks.
        """
        self.check_access("read")
        if not self.env.user.has_group("gov_fleet.group_track"):
            raise UserError(
                self.env._("Tracks are deleted by the group “Vehicle tracks”.")
            )
        # sudo: group and read access have just been checked.
        for track in engine(self.sudo()):
            while track._delete_points():
                pass
            track._leave_record(
                self.env._("Deleted by hand: %(user)s", user=self.env.user.name)
            )
        return True

    @api.model
    def _cron_purge(self):
        """Delete the tracks whose time is over; each leaves its record.

        In committed chunks: a job that was killed goes on where it stopped.
        """
        cron = self.env["ir.cron"]
        # sudo: a job.
        tracks = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            for track in tracks._get_due(company):
                while deleted := track._delete_points():
                    if not cron._commit_progress(deleted):
                        return
                clause = self.env["gov.policy"]._get_policy(_DAYS, company=company)
                track._leave_record(clause.citation)
                if not cron._commit_progress(1):
                    return

    @api.model
    def _get_due(self, company):
        """Return the tracks of ``company`` that are kept for too long today.

        A clause that was shortened since the import counts from its first day.
        """
        held = self.search([("company_id", "=", company.id)], limit=1)
        if not held:
            return held
        today = company.gov_today()
        days = self.env["gov.policy"].get_value(_DAYS, company=company)
        due = self.search([("company_id", "=", company.id)], limit=100_000)
        return due.filtered(
            lambda track: (
                track.delete_on <= today
                or company._gov_local(track.date_end).date() + timedelta(days=days)
                <= today
            )
        )

    def _delete_points(self):
        """Delete one chunk of points.

        :return: how many.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                "DELETE FROM gov_vehicle_track_point WHERE id IN ("
                "SELECT id FROM gov_vehicle_track_point WHERE track_id = %s LIMIT %s)",
                self.id,
                _PURGE_CHUNK,
            )
        )
        return self.env.cr.rowcount

    def _leave_record(self, citation):
        """Put the deletion on record and delete the track itself."""
        for track in self:
            self.env["gov.vehicle.track.purge"].create(
                {
                    "name": track.name,
                    "company_id": track.company_id.id,
                    "vehicle_id": track.vehicle_id.id,
                    "date_start": track.date_start,
                    "date_end": track.date_end,
                    "point_count": track.point_count,
                    "imported_by_id": track.imported_by_id.id,
                    "imported_at": track.imported_at,
                    "delete_on": track.delete_on,
                    "deleted_at": fields.Datetime.now(),
                    "citation": citation,
                }
            )
        return self.unlink()
