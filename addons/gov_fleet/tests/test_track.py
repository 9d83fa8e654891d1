import io
import tracemalloc
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_sealing import SealingCase


class TrackCase(SealingCase):
    """A month of trips, and tracks beside them.

    The month is the last but one, so that it is over; ``yard`` is the parking place,
    ``bureau`` a destination some 11 km north of it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.track_user = cls._create_user("gov_track", "gov_fleet.group_track")
        cls.tracks = cls._as(cls.env["gov.vehicle.track"], cls.track_user)
        first = cls.today.replace(day=1)
        cls.month = (first - timedelta(days=1)).replace(day=1)
        cls.yard, cls.bureau = cls.env["gov.vehicle.place"].create(
            [
                {
                    "name": "Yard",
                    "kind": "parking",
                    "latitude": 30.0,
                    "longitude": 110.0,
                    "radius": 300,
                    "company_id": cls.company.id,
                },
                {
                    "name": "Finance Bureau",
                    "other_names": "county treasury，财政局",
                    "latitude": 30.1,
                    "longitude": 110.0,
                    "radius": 500,
                    "company_id": cls.company.id,
                },
            ]
        )

    @classmethod
    def _moment(cls, day, hour, minute=0):
        """Return a moment of the month on the institution's clock, in UTC."""
        return cls._at(hour, minute, day=cls.month.replace(day=day))

    @classmethod
    def _file(cls, *points, heading="time,latitude,longitude"):
        """Return a file; points are (day, hour, minute, latitude)."""
        rows = [heading]
        for day, hour, minute, latitude in points:
            local = datetime(cls.month.year, cls.month.month, day, hour, minute)
            rows.append(f"{local},{latitude},110.0")
        return io.BytesIO("\n".join(rows).encode())

    def _import(self, stream, vehicle=None, name="track.csv"):
        return self.tracks._import_stream(stream, (vehicle or self.car).id, name)

    @classmethod
    def _back(cls, vehicle, day, start, end, km, **values):
        """Return a trip that is back, from hour ``start`` to ``end`` of a day."""
        before = values.pop("before", 10000)
        return cls._trip(
            vehicle,
            **{
                "state": "back",
                "date_start": cls._moment(day, start),
                "date_end": cls._moment(day, end),
                "return_date": cls.month.replace(day=day),
                "odometer_out": before,
                "odometer_in": before + km,
                "distance": km,
                **values,
            },
        )


@tagged("post_install", "-at_install")
class TestTrackImport(TrackCase):
    """Files of points."""

    def _count(self, track):
        return self.env["gov.vehicle.track.point"].search_count(
            [("track_id", "=", track.id)]
        )

    def test_import(self):
        track = self._import(self._file((3, 8, 0, 30.0), (3, 8, 10, 30.05)))
        self.assertRecordValues(
            track,
            [
                {
                    "name": "track.csv",
                    "vehicle_id": self.car.id,
                    "company_id": self.company.id,
                    "point_count": 2,
                    "protected_count": 0,
                    "imported_by_id": self.track_user.id,
                    "date_start": self._moment(3, 8),
                    "date_end": self._moment(3, 8, 10),
                    "delete_on": self.month.replace(day=3) + timedelta(days=90),
                }
            ],
        )
        self.assertEqual(self._count(track), 2)

    def test_kinds_of_files(self):
        """Chinese headings, other orders, zones, separators and times."""
        for number, text in enumerate(
            (
                "定位时间;经度;纬度;速度\n{d} 08:00:00;110.0;30.0;0\n",
                "Lng\tLat\tTime\n110.0\t30.0\t{d}T00:00:00Z\n",
                '"time","lat","lon"\n"{d} 08:00:00","30.0","110.0"\n',
                "time,latitude,longitude\r\n\r\n{d}T08:00:00+08:00,30.0,110.0\r\n",
                "GPS_Time,lat,lng\n{s} 8:00,30.0,110.0",
            )
        ):
            day = self.month.replace(day=10 + number)
            content = text.format(d=day, s=f"{day.year}/{day.month}/{day.day}")
            for encoding in ("gb18030", "utf-8-sig") if number == 0 else ("utf-8",):
                track = self._import(io.BytesIO(content.encode(encoding)))
                self.assertEqual(track.date_start, self._moment(day.day, 8), text)
                self.env["gov.vehicle.track.point"].invalidate_model()
                track.action_delete_now()

    def test_broken_lines_are_named(self):
        day = self.month
        text = "\n".join(
            (
                "time,latitude,longitude",
                f"{day} 08:00:00,30.0,110.0",
                f"{day} 08:01:00,91,110.0",
                f"{day} 08:02:00,30.0",
                "yesterday,30.0,110.0",
                f"{day} 08:03:00,nan,110.0",
                f"{day} 25:00:00,30.0,110.0",
                "2100-01-01 00:00:00,30.0,110.0",
                "x" * 5000,
                f"{day} 08:04:00,30.0,110.0",
            )
        )
        with self.assertRaises(UserError) as caught:
            self._import(io.BytesIO(text.encode()))
        message = str(caught.exception)
        for row in (3, 4, 5, 6, 7, 8, 9):
            self.assertIn(f"Row {row}:", message)
        for row in (2, 10):
            self.assertNotIn(f"Row {row}:", message)
        self.assertIn("7 lines", message)
        self.assertFalse(
            self.env["gov.vehicle.track"].search([("vehicle_id", "=", self.car.id)])
        )

    def test_many_broken_lines(self):
        text = "time,latitude,longitude\n" + "nothing\n" * 500
        with self.assertRaisesRegex(UserError, "and 480 more"):
            self._import(io.BytesIO(text.encode()))

    def test_no_track_file(self):
        for content in (
            b"",
            b"\x00\x01\x02\xff" * 500,
            b"time,latitude\n",
            b"time,lat,latitude,lon\n",
            b"time,latitude,longitude\n",
            "時間,x,y\n1,2,3".encode("utf-16"),
        ):
            with self.subTest(content=content[:20]), self.assertRaises(UserError):
                self._import(io.BytesIO(content))

    def test_who_and_which(self):
        stream = self._file((3, 8, 0, 30.0))
        for user in (self.fleet_user, self.supervision_user, self.staff_user):
            with self.assertRaises(UserError):
                self._as(self.tracks, user)._import_stream(stream, self.car.id, "x")
        for bad in (0, True, None, "1", 2**40, 2**30):
            with self.assertRaises(UserError):
                self.tracks._import_stream(stream, bad, "x")
        other = engine(self.env["fleet.vehicle"].sudo()).create(
            {
                "model_id": self.car_model.id,
                "license_plate": "岚B·1",
                "company_id": self.other_company.id,
            }
        )
        with self.assertRaises(UserError):
            self.tracks._import_stream(stream, other.id, "x")

    def test_same_time_twice(self):
        self._import(self._file((3, 8, 0, 30.0), (3, 9, 0, 30.0)))
        with self.assertRaisesRegex(UserError, "already"):
            self._import(self._file((3, 8, 30, 30.0)))
        self._import(self._file((3, 8, 30, 30.0)), self.car2)

    def test_protected_trips_leave_no_points(self):
        self._back(self.car, 3, 8, 10, 50, is_protected=True)
        track = self._import(
            self._file((3, 7, 0, 30.0), (3, 9, 0, 30.3), (3, 11, 0, 30.0))
        )
        self.assertEqual((track.point_count, track.protected_count), (2, 1))
        self.assertEqual(self._count(track), 2)

    def test_flat_memory(self):
        """Ten times the points need no more memory."""
        peaks = []
        for number, count in enumerate((20_000, 200_000)):
            path = self._write_file(count, number)
            with open(path, "rb") as stream:
                tracemalloc.start()
                track = self._import(stream, (self.car, self.car2)[number])
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
            self.assertEqual(track.point_count, count)
        self.assertLess(peaks[1], peaks[0] * 1.5)

    def _write_file(self, count, number):
        import tempfile

        start = self._moment(1, 0) + timedelta(hours=8)
        with tempfile.NamedTemporaryFile("w", delete=False, suffix=".csv") as file:
            file.write("time,latitude,longitude\n")
            for step in range(count):
                file.write(f"{start + timedelta(seconds=step)},30.1,110.2\n")
        self.addCleanup(__import__("os").unlink, file.name)
        return file.name


@tagged("post_install", "-at_install")
class TestTrackRights(TrackCase):
    """Who sees tracks, and for how long."""

    def test_read(self):
        track = self._import(self._file((3, 8, 0, 30.0)))
        point = self.env["gov.vehicle.track.point"].search(
            [("track_id", "=", track.id)]
        )
        self.assertTrue(point.with_user(self.track_user).latitude)
        for user in (
            self.supervision_user,
            self.fleet_user,
            self.dispatcher_user,
            self.driver_user,
            self.staff_user,
        ):
            for records in (track, point):
                with self.assertRaises(AccessError):
                    self._as(records, user).read(["vehicle_id"])

    def test_written_by_nobody(self):
        track = self._import(self._file((3, 8, 0, 30.0)))
        for user in (self.track_user, self.fleet_user, self.env.user):
            mine = track.with_user(user)
            for call in (
                lambda mine=mine: mine.write({"delete_on": "2099-01-01"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.create({"name": "x"}),
            ):
                with self.assertRaises(UserError):
                    call()

    def test_deleted_on_time(self):
        track = self._import(self._file((3, 8, 0, 30.0), (3, 9, 0, 30.0)))
        purges = self.env["gov.vehicle.track.purge"]
        domain = [("vehicle_id", "=", self.car.id)]
        cron = self.env.ref("gov_fleet.cron_vehicle_track_purge")
        with self.enter_registry_test_mode():
            with freeze_time(self._moment(3, 12) + timedelta(days=89)):
                cron.method_direct_trigger()
            self.assertTrue(track.exists())
            with freeze_time(self._moment(3, 12) + timedelta(days=90)):
                cron.method_direct_trigger()
        self.assertFalse(track.exists())
        purge = purges.search(domain)
        self.assertRecordValues(
            purge,
            [
                {
                    "name": "track.csv",
                    "point_count": 2,
                    "imported_by_id": self.track_user.id,
                }
            ],
        )
        self.assertIn("Personal Information", purge.citation)
        self.assertFalse(
            self.env["gov.vehicle.track.point"].search(
                [("vehicle_id", "=", self.car.id)]
            )
        )
        self.assertTrue(purge.with_user(self.supervision_user).name)
        with self.assertRaises(UserError):
            purge.with_user(self.track_user).unlink()

    def test_deleted_by_hand(self):
        track = self._import(self._file((3, 8, 0, 30.0)))
        with self.assertRaises(AccessError):
            self._as(track, self.fleet_user).action_delete_now()
        track.action_delete_now()
        purge = self.env["gov.vehicle.track.purge"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertIn(self.track_user.name, purge.citation)

    def test_places(self):
        places = self._as(self.env["gov.vehicle.place"], self.fleet_user)
        for vals in (
            {"name": "x", "latitude": 91, "longitude": 0},
            {"name": "x", "latitude": float("nan"), "longitude": 0},
            {"name": "x", "latitude": 0, "longitude": 0, "radius": 1},
            {"name": "x", "latitude": "north", "longitude": 0},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                places.create(vals)
        with self.assertRaises(AccessError):
            self._as(self.yard, self.dispatcher_user).radius = 400


@tagged("post_install", "-at_install")
class TestTrackUpload(TrackCase, HttpCase):
    """The page on which files are sent."""

    def _send(self, content, vehicle=None):
        page = self.url_open("/gov_fleet/track")
        self.assertEqual(page.status_code, 200, page.text[:2000])
        token = page.text
        token = token.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        return self.url_open(
            "/gov_fleet/track",
            data={
                "csrf_token": token,
                "vehicle_id": str((vehicle or self.car).id),
            },
            files={"file": ("track.csv", content, "text/csv")},
        )

    def test_upload(self):
        self.authenticate("gov_track", "gov_track")
        action = self.env["gov.vehicle.track"].action_upload()
        # A window of its own would be stopped by the browser.
        self.assertEqual(
            (action["url"], action["target"]), ("/gov_fleet/track", "self")
        )
        answer = self._send(self._file((3, 8, 0, 30.0)).read())
        self.assertIn("1 points", " ".join(answer.text.split()))
        self.assertTrue(
            self.env["gov.vehicle.track"].search([("vehicle_id", "=", self.car.id)])
        )
        answer = self._send(b"time,latitude,longitude\nbad,1,2\n", self.car2)
        self.assertIn("Row 2", answer.text)
        self.assertFalse(
            self.env["gov.vehicle.track"].search([("vehicle_id", "=", self.car2.id)])
        )

    def test_others(self):
        self.authenticate("gov_staff", "gov_staff")
        self.assertEqual(self.url_open("/gov_fleet/track").status_code, 404)

    def test_nothing_is_taken_from_others(self):
        """Who may is asked first: not a byte of the file is read."""
        for login in ("gov_staff", "gov_fleet", None):
            if login:
                self.authenticate(login, login)
            else:
                self.logout()
            answer = self.url_open(
                "/gov_fleet/track",
                data={"vehicle_id": str(self.car.id)},
                files={"file": ("track.csv", b"time" * 5000, "text/csv")},
                allow_redirects=False,
            )
            self.assertIn(answer.status_code, (413,) if login else (303, 413))
