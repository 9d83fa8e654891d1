import re
from xmlrpc.client import Fault

from odoo.tests import HttpCase, tagged

from odoo.addons.gov_logistics.controllers import public

from .common_request import RequestCase

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_SCRIPT = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestVehicleRequestPortal(RequestCase, HttpCase):
    """Served units ask for cars on the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"
        cls.company.fleet_intake_id = cls.dispatcher_user
        cls.company.fleet_phone = "8008"
        for user in cls.portal_user + cls.portal2_user + cls.vendor_user:
            user.password = user.login
            user.lang = "en_US"

    def setUp(self):
        super().setUp()
        public._blocked.clear()
        clause = self.env["gov.policy"].search(
            [("code", "=", "public.report.limit")], limit=1
        )
        self.env.cr.execute(
            "UPDATE gov_policy SET value = '90' WHERE id = %s", [clause.id]
        )
        clause.invalidate_recordset()

    def _enter(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, path, values, form="/my/vehicles/new"):
        self.env.flush_all()
        match = _CSRF.search(self.url_open(form).text)
        values = {**values, "csrf_token": match[1] if match else ""}
        return self.url_open(path, data=values)

    def _file(self, user=None, **values):
        self._enter(user or self.portal_user)
        day = self.work_day.isoformat()
        answer = self._post(
            "/my/vehicles/new",
            {
                "destination": "County hospital",
                "purpose": "Visit",
                "area": "town",
                "date_start": f"{day}T09:00",
                "date_end": f"{day}T11:00",
                "passenger_count": "3",
                "unit_approver": "Director Gu",
                "caller_phone": "8123",
                **values,
            },
        )
        self.env.invalidate_all()
        return answer

    def _of(self, unit):
        self.env.invalidate_all()
        return self.Requests.search([("served_partner_id", "=", unit.id)])

    def test_ask_and_follow(self):
        answer = self._file(purpose=f"{_SCRIPT}Visit")
        self.assertEqual(answer.status_code, 200)
        request = self._of(self.unit)
        self.assertEqual(request.handler_id, self.dispatcher_user)
        self.assertEqual(request.approval_state, "approved")
        self.assertEqual(request.confirmation_state, "confirmed")
        self.assertEqual(request.confirmed_by_id, self.portal_user)
        self.assertEqual(request.date_start, self._at(9, day=self.work_day))
        self.assertEqual(len(self._bookings(request)), 1)
        self.assertNotIn(_SCRIPT, answer.text)
        self.assertIn("8008", answer.text)
        self.assertIn(request.number, self.url_open("/my/vehicles").text)
        self.assertIn("/my/vehicles", self.url_open("/my").text)
        self._dispatch(request)
        self.env.flush_all()
        page = self.url_open(f"/my/vehicles/{request.id}")
        self.assertIn("岚A·10001", page.text)

    def test_confirm_what_was_phoned(self):
        request = self._ask(
            self.dispatcher_user,
            served_partner_id=self.unit.id,
            caller_name="Ren Liaison",
        )
        request.action_submit()
        self.assertEqual(request.confirmation_state, "waiting")
        self._enter(self.portal_user)
        path = f"/my/vehicles/{request.id}"
        self.env.flush_all()
        self.assertIn("o_gov_confirm", self.url_open(path).text)
        answer = self._post(f"{path}/confirm", {"unit_approver": "Gu"}, path)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(request.confirmation_state, "confirmed")
        self.assertEqual(request.confirmed_by_id, self.portal_user)
        self.assertEqual(request.unit_approver, "Gu")
        again = self._post(f"{path}/confirm", {}, "/my/vehicles/new")
        self.assertEqual(again.status_code, 422)

    def test_another_unit(self):
        """Another unit's request and one that does not exist look the same."""
        self._file(self.portal2_user)
        other = self._of(self.unit2)
        self.assertEqual(len(other), 1)
        own_house = self._approved()
        hidden = self._ask(
            self.dispatcher_user, served_partner_id=self.unit.id, is_protected=True
        )
        hidden.action_submit()
        self.env.flush_all()
        self._enter(self.portal_user)
        for number in (other.id, own_house.id, hidden.id, 99999999, 2**40, 0):
            answer = self.url_open(f"/my/vehicles/{number}")
            self.assertEqual(answer.status_code, 404, number)
            answer = self._post(f"/my/vehicles/{number}/confirm", {})
            self.assertEqual(answer.status_code, 404, number)
        self.assertNotIn(hidden.number, self.url_open("/my/vehicles").text)

    def test_vendor_has_no_page(self):
        self._enter(self.vendor_user)
        for path in ("/my/vehicles", "/my/vehicles/new"):
            self.assertEqual(self.url_open(path).status_code, 404)

    def test_bad_forms(self):
        for values in (
            {"destination": ""},
            {"purpose": " "},
            {"unit_approver": ""},
            {"destination": "x" * 121},
            {"area": "moon"},
            {"passenger_count": "-1"},
            {"passenger_count": "many"},
            {"passenger_count": "9" * 40},
            {"date_start": "tomorrow"},
            {"date_start": "9999-99-99T09:00"},
            {"date_end": f"{self.work_day}T08:00"},
            {"date_start": "2020-01-01T09:00"},
            {"caller_phone": "call me"},
            {"area": "outside_province"},
        ):
            with self.subTest(values=values):
                answer = self._file(**values)
                self.assertEqual(answer.status_code, 422)
                self.assertIn("o_gov_error", answer.text)
        self.assertFalse(self._of(self.unit))

    def test_without_token(self):
        self._enter(self.portal_user)
        answer = self.url_open("/my/vehicles/new", data={"destination": "x"})
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._of(self.unit))

    def test_nobody_takes_them(self):
        group = self.env.ref("gov_fleet.group_dispatcher")
        users = group.all_user_ids.filtered(lambda u: self.company in u.company_ids)
        users.group_ids = [
            (3, group.id),
            (3, self.env.ref("gov_fleet.group_fleet_manager").id),
        ]
        answer = self._file()
        self.assertEqual(answer.status_code, 422)

    def test_no_rights_by_rpc(self):
        self._file()
        request = self._of(self.unit)
        login = self.portal_user.login
        for method, args in (
            ("read", [request.ids]),
            ("search", [[]]),
            ("action_cancel", [request.ids, "x"]),
            ("action_quick", ["x"]),
            ("action_confirm_request", [request.ids]),
        ):
            with self.subTest(method=method), self.assertRaises(Fault):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname,
                    self.portal_user.id,
                    login,
                    "gov.vehicle.request",
                    method,
                    args,
                )
