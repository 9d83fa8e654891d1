import re
from xmlrpc.client import Fault

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests.common_rpc import RpcCase

from .test_photo import picture
from .test_public_http import SCRIPT, PublicCase


class PortalCase(PublicCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.unit + cls.unit2).is_served_unit = True
        for user in cls.portal_user + cls.portal2_user + cls.vendor_user:
            user.password = user.login
            user.lang = "en_US"

    def enter(self, user):
        self.authenticate(user.login, user.login)

    def file_request(self, user=None, **values):
        self.enter(user or self.portal_user)
        values = {"name": "Lamp is out", "place": "Room 1", "caller_phone": "8123"} | (
            values
        )
        return self.post("/my/service/new", values)

    def unit_requests(self):
        self.env.invalidate_all()
        return self.Request.search([("channel", "=", "portal")])


@tagged("post_install", "-at_install")
class TestPortalRequests(PortalCase):
    def test_liaison_files_and_follows(self):
        answer = self.file_request(description=f"{SCRIPT}both")
        self.assertEqual(answer.status_code, 200)
        request = self.unit_requests()
        self.assertEqual(request.served_partner_id, self.unit)
        self.assertEqual(request.handler_id, self.portal_user)
        self.assertEqual(request.company_id, self.company)
        self.assertFalse(request.user_id)
        self.assertNotIn("<script>alert", answer.text)
        self.assertIn(request.number, self.url_open("/my/service").text)
        self.assertIn("/my/service", self.url_open("/my").text)

    def test_photo(self):
        self.enter(self.portal_user)
        values = {"name": "Lamp", "place": "1", "caller_phone": "8123"}
        path = "/my/service/new"
        bad = [("photo", ("a.jpg", b"<svg/>", "image/jpeg"))]
        self.assertEqual(self.post(path, values, bad).status_code, 422)
        good = [("photo", ("a.jpg", picture(), "image/jpeg"))]
        self.assertEqual(self.post(path, values, good).status_code, 200)
        request = self.unit_requests()
        self.assertEqual(len(request), 1)
        self.assertEqual(request.message_attachment_count, 1)

    def test_other_unit_by_id(self):
        """Another unit's request and one that does not exist look the same."""
        self.file_request(user=self.portal2_user)
        other = self.unit_requests()
        phone = self.Request.with_user(self.desk_user).create({"name": "By phone"})
        self.enter(self.portal_user)
        answers = [
            self.url_open(f"/my/service/{number}")
            for number in (other.id, phone.id, 99999999, 2**40, 0)
        ]
        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertNotIn("Lamp", answers[0].text)
        for step, values in (
            ("rate", {"satisfaction": "poor"}),
            ("complain", {"facts": "x"}),
        ):
            answer = self.post(
                f"/my/service/{other.id}/{step}", values, form="/my/service/new"
            )
            self.assertEqual(answer.status_code, 404)
        self.assertNotIn(other.number, self.url_open("/my/service").text)

    def test_rating_and_complaint(self):
        self.file_request()
        request = self.unit_requests()
        path = f"/my/service/{request.id}"
        form = "/my/service/new"
        early = self.post(f"{path}/rate", {"satisfaction": "good"}, form=form)
        self.assertEqual(early.status_code, 422)
        desk = request.with_user(self.desk_user)
        desk.action_assign(user_id=self.repairer_user.id)
        desk.action_accept()
        desk.action_done("New tube")
        answer = self.post(f"{path}/rate", {"satisfaction": "good"}, form=form)
        self.assertIn("Thank you for your rating", answer.text)
        self.post(f"{path}/complain", {"facts": "Nobody came"}, form=form)
        request.invalidate_recordset()
        self.assertEqual(request.satisfaction, "good")
        self.assertEqual(request.satisfaction_via, "portal")
        complaint = self.env["gov.service.complaint"].search(
            [("request_id", "=", request.id)]
        )
        self.assertEqual(complaint.source, "portal")
        self.assertEqual(complaint.complainant_id, self.unit)

    def test_account_of_no_unit(self):
        self.enter(self.vendor_user)
        for path in ("/my/service", "/my/service/new", "/my/service/1"):
            self.assertEqual(self.url_open(path).status_code, 404)
        answer = self.post("/my/service/new", {"name": "x"}, form="/my/statements")
        self.assertIn(answer.status_code, (400, 404))
        self.assertFalse(self.unit_requests())

    def test_limit(self):
        self.policy("public.report.limit", "2")
        for _number in range(2):
            self.assertEqual(self.file_request().status_code, 200)
        self.assertEqual(self.file_request().status_code, 429)
        self.assertEqual(len(self.unit_requests()), 2)

    def test_nobody_logged_in(self):
        for path in ("/my/service", "/my/statements", "/my/assessments"):
            answer = self.url_open(path)
            self.assertIn("/web/login", answer.url)


@tagged("post_install", "-at_install")
class TestPortalRpc(PortalCase, RpcCase):
    """What a portal account can do without the pages: nothing."""

    MODELS = (
        "maintenance.request",
        "gov.service.complaint",
        "gov.duty.shift",
        "gov.public.limit",
        "gov.room",
        "gov.settlement",
        "gov.settlement.line",
        "gov.service.usage",
        "gov.service.rating",
        "gov.service.paper",
    )

    def test_models_are_closed(self):
        contracts = self.env["contract.contract"].with_user(self.portal_user)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(contracts.has_access(operation))
        for name in self.MODELS:
            if name not in self.env:
                continue
            model = self.env[name].with_user(self.portal_user)
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=name, operation=operation):
                    self.assertFalse(model.has_access(operation))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.service")
    def test_raw_calls(self):
        self.file_request()
        request = self.unit_requests()
        self.env.flush_all()
        self._make_keys(self.portal_user)
        for method, arguments in (
            ("read", [[request.id], ["name"]]),
            ("search_read", [[]]),
            ("write", [[request.id], {"name": "x"}]),
            ("write", [[request.id], {"satisfaction": "good"}]),
            ("create", [{"name": "x"}]),
            ("unlink", [[request.id]]),
            ("action_done", [[request.id]]),
            ("action_cancel", [[request.id], "x"]),
            ("action_rate", [[request.id], "good"]),
            ("action_paper", [[request.id], "x"]),
            ("_visitor_report", []),
            ("_rate", [[request.id], "good", "", "portal"]),
            ("_report_of_unit", []),
            ("_visitor_find", [request.id, "x"]),
        ):
            with self.subTest(method=method), self.assertRaises(Fault):
                self._xmlrpc(self.portal_user, request._name, method, *arguments)
        request.invalidate_recordset()
        self.assertEqual(request.name, "Lamp is out")
        self.assertEqual(request.gov_state, "new")

    def test_complaint_is_not_read_by_its_person(self):
        with self.assertRaises(AccessError):
            self.env["gov.service.complaint"].with_user(self.portal_user).search([])


class StatementCase(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        statements = cls.env["gov.settlement"]
        cls.named = cls._contract(
            "internal",
            (cls.guard, "fixed", 100, 1),
            name="Guards for the archives",
            partner_id=cls.unit.id,
            settlement_mode="transfer",
            other_confirmer_id=cls.portal_user.id,
        )
        first, last = cls.named._periods(cls.company.gov_today())[0]
        cls._as(statements, cls.keeper_user)._draft(cls.named, first, last)
        cls.statement = statements.search([("contract_id", "=", cls.named.id)])
        cls._as(cls.statement, cls.keeper_user).action_ask()
        cls.env.flush_all()
        cls.path = f"/my/statements/{cls.statement.id}"


@tagged("post_install", "-at_install")
class TestPortalStatements(StatementCase):
    def digest(self, text):
        match = re.search(r'name="content_hash" value="([^"]+)"', text)
        return match[1] if match else ""

    def test_confirm(self):
        self.enter(self.portal_user)
        page = self.url_open(self.path)
        self.assertIn("Confirm the statement", page.text)
        self.assertIn(self.path, self.url_open("/my/statements").text)
        answer = self.post(
            f"{self.path}/confirm",
            {"content_hash": self.digest(page.text)},
            form=self.path,
        )
        self.assertEqual(answer.status_code, 200)
        self.statement.invalidate_recordset()
        self.assertTrue(self.statement.other_confirmed_at)
        row = self.statement.confirmation_ids
        self.assertEqual(row.user_id, self.portal_user)
        self.assertEqual(row.channel, "portal")
        self.assertNotIn("Confirm the statement", answer.text)
        again = self.post(
            f"{self.path}/confirm",
            {"content_hash": self.digest(page.text)},
            form="/my/service/new",
        )
        self.assertEqual(again.status_code, 422)

    def test_confirm_what_was_not_seen(self):
        self.enter(self.portal_user)
        for digest in ("", "x" * 64):
            answer = self.post(
                f"{self.path}/confirm", {"content_hash": digest}, form=self.path
            )
            self.assertEqual(answer.status_code, 422)
        self.statement.invalidate_recordset()
        self.assertFalse(self.statement.other_confirmed_at)

    def test_object(self):
        self.enter(self.portal_user)
        line = self.statement.line_ids[:1]
        for values in (
            {"line_id": str(line.id), "reason": ""},
            {"line_id": "x", "reason": "No"},
            {"line_id": "999999", "reason": "No"},
            {"line_id": "-1", "reason": "No"},
        ):
            answer = self.post(f"{self.path}/object", values, form=self.path)
            self.assertEqual(answer.status_code, 422)
        answer = self.post(
            f"{self.path}/object",
            {"line_id": str(line.id), "reason": f"Nobody came {SCRIPT}"},
            form=self.path,
        )
        self.assertEqual(answer.status_code, 200)
        line.invalidate_recordset()
        self.assertIn("Nobody came", line.objection)
        self.assertEqual(line.objection_side, "other")
        self.assertNotIn("<script>alert", answer.text)

    def test_other_unit_and_vendor(self):
        for user in (self.portal2_user, self.vendor_user):
            self.enter(user)
            answers = [
                self.url_open(path)
                for path in (self.path, "/my/statements/99999999", "/my/statements/0")
            ]
            self.assertEqual({answer.status_code for answer in answers}, {404})
            self.assertNotIn(self.named.name, answers[0].text)
            self.assertNotIn(self.named.name, self.url_open("/my/statements").text)
            form = f"/repair/{self.room.qr_token}"
            for step, values in (
                ("confirm", {"content_hash": "x"}),
                ("object", {"line_id": "1", "reason": "x"}),
            ):
                answer = self.post(f"{self.path}/{step}", values, form=form)
                self.assertEqual(answer.status_code, 404)
        self.statement.invalidate_recordset()
        self.assertFalse(self.statement.other_confirmed_at)

    def test_units_under_one_parent_do_not_read_each_other(self):
        """Units that are contacts of one organ share its commercial partner."""
        organ = self.env["res.partner"].create(
            {"name": "County Committee", "is_company": True}
        )
        first, second = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": organ.id, "is_served_unit": True}
                for name in ("First office", "Second office")
            ]
        )
        self.assertEqual(first.commercial_partner_id, second.commercial_partner_id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_settlement SET partner_id = %s, asked_at = now() WHERE id = %s",
            [first.id, self.statement.id],
        )
        self.env.invalidate_all()
        for unit, status in ((first, 200), (second, 404)):
            _contact, user = self._create_portal(unit, f"Liaison of {unit.name}")
            user.password, user.lang = user.login, "en_US"
            self.enter(user)
            with self.subTest(unit=unit.name):
                self.assertEqual(self.url_open(self.path).status_code, status)

    def test_colleague_of_the_confirmer_reads_only(self):
        _contact, colleague = self._create_portal(self.unit, "Shi Second")
        colleague.password = colleague.login
        self.enter(colleague)
        page = self.url_open(self.path)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Confirm the statement", page.text)
        answer = self.post(
            f"{self.path}/confirm",
            {"content_hash": self.statement.content_hash},
            form="/my/service/new",
        )
        self.assertEqual(answer.status_code, 422)
        self.statement.invalidate_recordset()
        self.assertFalse(self.statement.other_confirmed_at)

    def test_staff_has_no_portal_of_statements(self):
        self.keeper_user.password = self.keeper_user.login
        self.enter(self.keeper_user)
        self.assertEqual(self.url_open(self.path).status_code, 404)
