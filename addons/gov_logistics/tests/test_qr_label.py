from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_service import ServiceCase


@tagged("post_install", "-at_install")
class TestQrLabel(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_phone = "8110"
        cls.rooms = cls.env["gov.room"].create(
            [
                {"name": str(number), "building": "2", "company_id": cls.company.id}
                for number in range(301, 313)
            ]
        )
        cls.secret = cls.env["gov.room"].create(
            {"name": "901", "is_secret": True, "company_id": cls.company.id}
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

    def _render(self, name, records, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.desk_user)
        html = reports._render_qweb_html(f"gov_logistics.{name}", records.ids)[0]
        return html.decode()

    def test_sheet(self):
        html = self._render("report_room_label", self.rooms)
        self.assertEqual(html.count("gov_label_qr"), 12)
        self.assertEqual(html.count("page-break-after"), 1)
        self.assertEqual(html.count("<b>8110</b>"), 12)
        self.assertIn("2 301", html)
        # The code is in the picture only: a label that is read out opens nothing.
        self.assertNotIn(self.rooms[0].sudo().qr_token, html)

    def test_a_bare_figure_is_named_as_a_floor(self):
        room = self.rooms[:1]
        room.floor = "-1"
        self.assertIn("Floor -1", self._render("report_room_label", room))
        room.floor = "Roof"
        html = self._render("report_room_label", room)
        self.assertIn("Roof", html)
        self.assertNotIn("Floor", html)

    def test_no_label_for_a_secret_room(self):
        html = self._render("report_room_label", self.rooms[:1] + self.secret)
        self.assertEqual(html.count("gov_label_qr"), 1)
        self.assertNotIn("901", html)
        with self.assertRaisesRegex(UserError, "secret rooms"):
            self.env["report.gov_logistics.report_room_label"].with_user(
                self.desk_user
            )._get_report_values(self.secret.ids)

    def test_devices(self):
        html = self._render("report_equipment_label", self.lift + self.safe)
        self.assertEqual(html.count("gov_label_qr"), 1)
        self.assertIn("Lift 3", html)
        self.assertNotIn("Secret safe", html)
        token = self.lift.sudo().qr_token
        self.assertGreaterEqual(len(token), 24)
        self._render("report_equipment_label", self.lift)
        self.assertEqual(self.lift.sudo().qr_token, token)
        self.assertFalse(self.safe.sudo().qr_token)

    def test_only_the_desk(self):
        for user in (self.staff_user, self.repairer_user, self.inspector_user):
            values = self.env["report.gov_logistics.report_room_label"].with_user(user)
            with self.subTest(user=user.name), self.assertRaises(UserError):
                values._get_report_values(self.rooms.ids)
            self.assertNotIn(
                "qr_token", self.env["gov.room"].with_user(user).fields_get()
            )
            self.assertNotIn(
                "qr_token",
                self.env["maintenance.equipment"].with_user(user).fields_get(),
            )

    def test_code_is_drawn_by_the_server(self):
        for device in (self.lift, self.lift.with_user(self.desk_user)):
            with self.assertRaises(UserError):
                device.write({"qr_token": "chosen-by-the-caller"})
        with self.assertRaises(UserError):
            self.env["maintenance.equipment"].create(
                {"name": "x", "qr_token": "y" * 20}
            )
