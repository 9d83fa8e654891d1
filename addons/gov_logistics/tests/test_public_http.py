import re
import time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers import public
from .common_service import ServiceCase
from .test_photo import HEIC, picture

SCRIPT = "<script>alert(1)</script>"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class PublicCase(ServiceCase, HttpCase):
    """A room, a hall, a device and their codes, and a browser without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.main_company").partner_id.lang = "en_US"
        cls.company.partner_id.lang = "en_US"
        cls.company.service_phone = "8110"
        cls.room, cls.hall, cls.secret = cls.env["gov.room"].create(
            [
                {"name": "305", "building": "2", "company_id": cls.company.id},
                {"name": "Hall", "kind": "public", "company_id": cls.company.id},
                {"name": "901", "is_secret": True, "company_id": cls.company.id},
            ]
        )
        cls.lift, cls.safe = cls.env["maintenance.equipment"].create(
            [
                {"name": "Lift 3", "company_id": cls.company.id},
                {
                    "name": "Secret safe",
                    "company_id": cls.company.id,
                    "room_id": cls.secret.id,
                },
            ]
        )
        (cls.lift + cls.safe)._ensure_qr_token()
        cls.Request = cls.env["maintenance.request"]

    def setUp(self):
        super().setUp()
        public._blocked.clear()
        self.policy("public.report.limit", "50")

    def policy(self, code, value):
        clause = self.env["gov.policy"].search([("code", "=", code)], limit=1)
        self.env.cr.execute(
            "UPDATE gov_policy SET value = %s WHERE id = %s", [value, clause.id]
        )
        clause.invalidate_recordset()

    def csrf(self, path):
        self.env.flush_all()
        page = self.url_open(path)
        match = _CSRF.search(page.text)
        return match[1] if match else ""

    def post(self, path, values=None, files=None, form=None, **options):
        """Post a form as a browser does, with the token of the page ``form``."""
        values = {"csrf_token": self.csrf(form or path), **(values or {})}
        return self.opener.post(
            self.base_url() + path, data=values, files=files, timeout=60, **options
        )

    def report(self, room=None, files=None, **values):
        values = {"name": "Lamp is out", "caller_phone": "8123", **values}
        path = f"/repair/{(room or self.room).qr_token}"
        return self.post(path, values, files)

    def made(self):
        self.env.invalidate_all()
        return self.Request.search(
            [("channel", "=", "qr"), ("company_id", "=", self.company.id)]
        )


@tagged("post_install", "-at_install")
class TestPublicReport(PublicCase):
    def test_report_and_follow(self):
        answer = self.report(
            description="Since Monday\nboth lamps",
            place="beside the door",
            caller_name="Ms Chen",
            files=[("photo", ("lamp.jpg", picture(), "image/jpeg"))],
        )
        self.assertEqual(answer.status_code, 200)
        request = self.made()
        self.assertEqual(len(request), 1)
        self.assertTrue(answer.url.endswith(request._visitor_path()))
        self.assertEqual(request.gov_state, "new")
        self.assertEqual(request.room_id, self.room)
        self.assertEqual(request.caller_phone, "8123")
        self.assertIn("beside the door", request.place)
        self.assertEqual(request.company_id, self.company)
        self.assertFalse(request.employee_id)
        photo = self.env["ir.attachment"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual((photo.name, photo.mimetype), ("lamp.jpg", "image/jpeg"))
        self.assertFalse(photo.public)
        self.assertIn(request.number, answer.text)
        self.assertNotIn("caller", answer.text.lower().split("<main>")[1])

    def test_page_speaks_of_secrets_and_forbids_scripts(self):
        page = self.url_open(f"/repair/{self.room.qr_token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("non-secret system", page.text)
        self.assertIn("8110", page.text)
        self.assertNotIn("<script", page.text)
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["X-Frame-Options"], "DENY")
        self.assertTrue(page.text.lstrip().startswith("<!DOCTYPE html>"))

    def test_device_and_hall(self):
        answer = self.report(room=self.lift)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(self.made().equipment_id, self.lift)
        self.report(room=self.hall, name="Tap drips")
        self.assertEqual(self.made().filtered("room_id").room_id, self.hall)

    def test_secret_and_unknown_codes_are_refused_alike(self):
        self.assertFalse(self.secret.qr_token)
        self.assertFalse(self.safe.qr_token)
        old = self.room.qr_token
        self.room.is_secret = True
        device = self.lift.qr_token
        self.lift.room_id = self.secret
        self.hall.active = False
        self.env.flush_all()
        answers = [
            self.url_open(f"/repair/{code}")
            for code in (
                old,
                device,
                self.hall.qr_token,
                "x" * 24,
                "0",
                "%00",
                "a' OR '1'='1",
                "..%2f..%2fetc",
                "é" * 20,
            )
        ]
        for answer in answers:
            self.assertEqual(answer.status_code, 404)
        ours = [answer.text for answer in answers if "not valid" in answer.text]
        self.assertEqual(len(set(ours)), 1)
        self.assertGreaterEqual(len(ours), 7)

    def test_scripts_in_text_are_harmless(self):
        """Refused or kept, what was typed is shown as text, wherever it is shown."""
        answer = self.report(
            name=f"{SCRIPT}lamp", description=SCRIPT, caller_phone='"><script>'
        )
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn("<script", answer.text)
        self.assertIn("&lt;script&gt;", answer.text)
        self.assertFalse(self.made())
        answer = self.report(
            name=f"{SCRIPT}lamp",
            description=f"{SCRIPT}<img src=x onerror=alert(1)>",
            place="{{7*7}}<b>",
            caller_name='"><svg onload=alert(1)>',
        )
        self.assertNotIn("<script", answer.text)
        self.assertNotIn("<b>", answer.text)
        request = self.made()
        self.assertIn("&lt;script&gt;", request.description)
        self.assertNotIn("<script", request.description)
        self.assertNotIn("<img", request.description)
        self.assertIn("{{7*7}}", request.place)
        for message in request.message_ids:
            self.assertNotIn("<script", str(message.body))

    def test_wrong_files_are_refused_by_content(self):
        for name, content, kind in (
            ("lamp.jpg", b"<svg onload='alert(1)'/>", "image/jpeg"),
            ("lamp.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
            ("lamp.png", b"<html><script>alert(1)</script></html>", "image/png"),
            ("lamp.jpg", b"MZ" + b"\0" * 500, "image/jpeg"),
            ("lamp.gif", picture("GIF"), "image/gif"),
            ("lamp.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"),
        ):
            with self.subTest(name=name, kind=kind):
                answer = self.report(files=[("photo", (name, content, kind))])
                self.assertEqual(answer.status_code, 422)
                self.assertIn("no photo", answer.text)
                # Nothing that was typed is lost.
                self.assertIn('value="Lamp is out"', answer.text)
        self.assertFalse(self.made())

    def test_name_of_the_file_is_not_believed(self):
        self.report(
            files=[
                ("photo", ("../../x.html", picture("PNG"), "text/html")),
                ("photo", ("灯.HEIC", HEIC, "application/octet-stream")),
            ]
        )
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "maintenance.request"), ("res_id", "=", self.made().id)]
        )
        self.assertEqual(
            sorted((file.name, file.mimetype) for file in files),
            [("x.png", "image/png"), ("灯.heic", "image/heic")],
        )

    def test_photo_too_large_and_too_many(self):
        large = picture() + b"\0" * (9 * 1024 * 1024)
        answer = self.report(files=[("photo", ("a.jpg", large, "image/jpeg"))])
        self.assertEqual(answer.status_code, 422)
        self.assertIn("larger than 8 MB", answer.text)
        four = [("photo", (f"{i}.jpg", picture(), "image/jpeg")) for i in range(4)]
        answer = self.report(files=four)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("At most 3 photos", answer.text)
        self.assertFalse(self.made())

    def test_fifty_megabytes_are_refused_by_their_length(self):
        huge = picture() + b"\0" * (50 * 1024 * 1024)
        path = f"/repair/{self.room.qr_token}"
        token = self.csrf(path)
        start = time.monotonic()
        answer = self.opener.post(
            self.base_url() + path,
            data={"csrf_token": token, "name": "x", "caller_phone": "8123"},
            files=[("photo", ("a.jpg", huge, "image/jpeg"))],
            timeout=60,
        )
        self.assertEqual(answer.status_code, 413)
        self.assertIn("too large", answer.text)
        self.assertLess(time.monotonic() - start, 10)
        self.assertFalse(self.made())

    def test_texts_that_are_not_possible(self):
        for values, words in (
            ({"name": ""}, "what is broken"),
            ({"name": "   "}, "what is broken"),
            ({"name": "x" * 121}, "at most 120"),
            ({"description": "x" * 2001}, "at most 2000"),
            ({"caller_phone": ""}, "phone number"),
            ({"caller_phone": "call me"}, "phone number"),
            ({"caller_phone": "1" * 25}, "phone number"),
            ({"caller_phone": "- - -"}, "phone number"),
            ({"caller_phone": "(1)+2"}, "phone number"),
        ):
            with self.subTest(values=values):
                answer = self.report(**values)
                self.assertEqual(answer.status_code, 422)
                self.assertIn(words, answer.text)
        answer = self.report(name="La\0mp\x07", caller_name="a\0b")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.made().name, "Lamp")

    def test_unknown_fields_are_left_aside(self):
        self.report(
            gov_state="done",
            user_id=str(self.desk_user.id),
            company_id=str(self.other_company.id),
            employee_id=str(self.staff.id),
            visitor_token="mine",
            channel="phone",
        )
        request = self.made()
        self.assertEqual(request.gov_state, "new")
        self.assertEqual(request.company_id, self.company)
        self.assertFalse(request.user_id)
        self.assertFalse(request.employee_id)
        self.assertNotEqual(request.sudo().visitor_token, "mine")

    @mute_logger("odoo.http")
    def test_csrf_is_kept(self):
        path = f"/repair/{self.room.qr_token}"
        self.url_open(path)
        answer = self.opener.post(
            self.base_url() + path, data={"name": "x", "caller_phone": "8123"}
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.made())

    def test_trap(self):
        answer = self.report(website="http://spam.example")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("has been received", answer.text)
        self.assertFalse(self.made())

    def test_flood(self):
        """Six get in, the rest cost one read each; another code is not affected.

        1,000 posts a minute of several senders at once: ``tests/test_public_flood.py``.
        """
        self.policy("public.report.limit", "6")
        path = f"/repair/{self.room.qr_token}"
        token = self.csrf(path)
        values = {"csrf_token": token, "name": "Flood", "caller_phone": "8123"}
        statuses = []
        for _number in range(120):
            answer = self.opener.post(
                self.base_url() + path,
                data=values,
                timeout=60,
                allow_redirects=False,
                # What the sender says of its address counts for nothing.
                headers={"X-Forwarded-For": f"10.0.0.{_number}"},
            )
            statuses.append(answer.status_code)
        self.assertEqual(statuses.count(303), 6)
        self.assertEqual(statuses.count(429), 114)
        self.assertEqual(len(self.made()), 6)
        self.assertIn("try again", answer.text)
        self.assertEqual(self.report(room=self.hall).status_code, 200)
        self.assertEqual(len(self.made()), 7)


@tagged("post_install", "-at_install")
class TestPublicFollow(PublicCase):
    def setUp(self):
        super().setUp()
        self.report()
        self.request = self.made()
        self.path = self.request._visitor_path()

    def finish(self):
        request = self.request.with_user(self.desk_user)
        request.action_assign(user_id=self.repairer_user.id)
        request = self.request.with_user(self.repairer_user)
        request.action_accept()
        request.action_arrive()
        request.action_done("New tube")
        self.env.flush_all()

    def test_guessed_links_are_refused_alike(self):
        self.report(name="Another")
        other = self.made() - self.request
        token = self.request.sudo().visitor_token
        quiet = self.Request.with_user(self.desk_user).create({"name": "By phone"})
        self.env.flush_all()
        answers = [
            self.url_open(path)
            for path in (
                f"/repair/follow/{other.id}/{token}",
                f"/repair/follow/{self.request.id}/{other.sudo().visitor_token}",
                f"/repair/follow/{self.request.id}/{token[:-1]}",
                f"/repair/follow/{self.request.id}/{token.swapcase()}",
                f"/repair/follow/{quiet.id}/False",
                f"/repair/follow/{quiet.id}/" + "x" * 32,
                f"/repair/follow/999999999/{token}",
                f"/repair/follow/99999999999999/{token}",
                f"/repair/follow/0/{token}",
            )
        ]
        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertEqual(len({answer.text for answer in answers}), 1)
        self.assertNotIn("Lamp", answers[0].text)
        self.assertEqual(self.url_open(self.path).status_code, 200)

    def test_token_is_read_by_nobody(self):
        for user in (self.desk_user, self.centre_user, self.repairer_user):
            fields = self.Request.with_user(user).fields_get()
            self.assertNotIn("visitor_token", fields)

    def test_steps_without_names(self):
        self.finish()
        page = self.url_open(self.path)
        self.assertIn("New tube", page.text)
        self.assertIn("Finished", page.text)
        self.assertNotIn(self.repairer.name, page.text)
        self.assertNotIn(self.desk.name, page.text)

    def test_rating_once_after_the_work(self):
        early = self.post(f"{self.path}/rate", {"satisfaction": "good"}, form=self.path)
        self.assertEqual(early.status_code, 422)
        self.assertFalse(self.request.satisfaction)
        self.finish()
        answer = self.post(
            f"{self.path}/rate",
            {"satisfaction": "fair", "text": f"Slow {SCRIPT}"},
            form=self.path,
        )
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Thank you for your rating", answer.text)
        self.request.invalidate_recordset()
        self.assertEqual(self.request.satisfaction, "fair")
        self.assertEqual(self.request.satisfaction_via, "link")
        self.assertEqual(self.request.rating_ids.rating, 3)
        self.assertNotIn("<script>", answer.text)
        again = self.post(f"{self.path}/rate", {"satisfaction": "good"}, form=self.path)
        self.assertEqual(again.status_code, 422)
        self.request.invalidate_recordset()
        self.assertEqual(self.request.satisfaction, "fair")

    def test_bad_rating(self):
        self.finish()
        for value in ("great", "", "5", "good\0"):
            answer = self.post(
                f"{self.path}/rate", {"satisfaction": value}, form=self.path
            )
            self.assertEqual(answer.status_code, 422)
        self.request.invalidate_recordset()
        self.assertFalse(self.request.satisfaction)

    def test_complaint_by_link(self):
        answer = self.post(
            f"{self.path}/complain", {"facts": f"Nobody came {SCRIPT}"}, form=self.path
        )
        self.assertEqual(answer.status_code, 200)
        complaint = self.env["gov.service.complaint"].search(
            [("request_id", "=", self.request.id)]
        )
        self.assertEqual(complaint.source, "qr")
        self.assertEqual(complaint.complainant_phone, "8123")
        self.assertIn(complaint.number, answer.text)
        self.assertNotIn("<script>", answer.text)
        form = f"/repair/{self.room.qr_token}"
        again = self.post(f"{self.path}/complain", {"facts": "Nobody came"}, form=form)
        self.assertEqual(again.status_code, 422)
        empty = self.post(f"{self.path}/complain", {"facts": " "}, form=form)
        self.assertEqual(empty.status_code, 422)

    def test_posts_by_a_guessed_link(self):
        self.finish()
        wrong = f"/repair/follow/{self.request.id}/" + "x" * 32
        for step, values in (
            ("rate", {"satisfaction": "poor"}),
            ("complain", {"facts": "x"}),
        ):
            answer = self.post(f"{wrong}/{step}", values, form=self.path)
            self.assertEqual(answer.status_code, 404)
        self.request.invalidate_recordset()
        self.assertFalse(self.request.satisfaction)
