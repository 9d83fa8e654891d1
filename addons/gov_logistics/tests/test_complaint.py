from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SupplyCommon

DESK = "gov_logistics.group_service_desk"


@tagged("post_install", "-at_install")
class TestComplaint(SupplyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person("desk", "Jiang Xiaoyan", cls.works, 36, "Desk", DESK)
        cls._create_person("desk2", "Mei Lan", cls.works, 38, "Desk", DESK)
        cls._create_person(
            "inspector",
            "Wu Qing",
            cls.works,
            39,
            "Inspector",
            "gov_logistics.group_service_inspector",
        )
        cls.Complaint = cls.env["gov.service.complaint"]

    def _complain(self, user=None, **values):
        values.setdefault("facts", "The lamp was out again an hour later.")
        return self.Complaint.with_user(user or self.desk_user).create(values)

    def _findings(self, complaint):
        return self.env["gov.finding"].search(
            [("model", "=", complaint._name), ("res_id", "=", complaint.id)]
        )

    @freeze_time("2026-11-20 02:00:00")
    def test_number_and_deadline(self):
        """Friday: the fifth working day is the Friday after."""
        complaint = self._complain()
        self.assertRegex(complaint.number, r"^机服诉〔2026〕\d{4}号$")
        self.assertEqual(str(complaint.deadline), "2026-11-27")
        self.assertEqual(complaint.handler_id, self.desk_user)
        self.assertFalse(complaint.is_overdue)
        with freeze_time("2026-11-28 02:00:00"):
            complaint.invalidate_recordset()
            self.assertTrue(complaint.is_overdue)
            self.assertIn(complaint, self.Complaint.search([("is_overdue", "=", True)]))
            self.assertNotIn(
                complaint, self.Complaint.search([("is_overdue", "=", False)])
            )

    def test_verified_about_a_person_opens_a_finding(self):
        complaint = self._complain(
            employee_id=self.works_staff.id,
            complainant_name="Ms Chen",
            complainant_phone="8123",
        )
        self.assertEqual(complaint.department_id, self.works)
        complaint.with_user(self.desk2_user).action_verify("Heard both; it is true.")
        self.assertEqual(complaint.state, "verified")
        self.assertEqual(complaint.verified_by_id, self.desk2_user)
        finding = self._findings(complaint)
        self.assertEqual(finding.rule_code, "verified_complaint")
        self.assertEqual(
            finding.rule_id,
            self.env.ref("gov_base.finding_rule_verified_complaint"),
        )
        self.assertEqual(finding.employee_id, self.works_staff)
        self.assertIn(complaint.number, finding.evidence)
        self.assertIn("Heard both", finding.evidence)
        self.assertNotIn("Chen", finding.evidence)
        self.assertNotIn("8123", finding.evidence)

    def test_no_finding_without_a_person_or_when_unfounded(self):
        vendor = self._complain(partner_id=self.vendor.id)
        vendor.action_verify("True.")
        about = self._complain(employee_id=self.works_staff.id)
        about.action_dismiss("Nobody was there that day.")
        self.assertEqual(about.state, "unfounded")
        self.assertFalse(self._findings(vendor) + self._findings(about))

    def test_own_work_is_examined_by_others(self):
        """The person complained about neither reads nor examines; nor who did it."""
        about = self._complain(employee_id=self.desk2.id)
        with self.assertRaises(AccessError):
            about.with_user(self.desk2_user).read(["facts"])
        with self.assertRaises(AccessError):
            about.with_user(self.desk2_user).action_dismiss("No.")
        self.assertFalse(
            self.Complaint.with_user(self.desk2_user).search([("id", "=", about.id)])
        )
        requests = self.env["maintenance.request"].with_user(self.desk_user)
        request = requests.create({"name": "Lamp"})
        request.action_assign(user_id=self.desk2_user.id)
        mine = self._complain(request_id=request.id)
        self.assertFalse(mine.with_user(self.desk2_user).can_close)
        with self.assertRaisesRegex(UserError, "your own work"):
            mine.with_user(self.desk2_user).action_dismiss("No.")
        self.assertTrue(mine.with_user(self.inspector_user).can_close)
        mine.with_user(self.inspector_user).action_dismiss("Seen, all is well.")

    def test_steps_only_once(self):
        complaint = self._complain()
        complaint.action_verify("True.")
        for step in (complaint.action_verify, complaint.action_dismiss):
            with self.assertRaisesRegex(UserError, "not possible in the state"):
                step("Again.")
        with self.assertRaisesRegex(UserError, "stays as it is"):
            complaint.facts = "Something else."

    def test_guard(self):
        """No role sets the outcome by raw writes, with whatever context."""
        complaint = self._complain(employee_id=self.works_staff.id)
        for vals in (
            {"state": "verified"},
            {"result": "True."},
            {"verified_by_id": self.desk2_user.id},
            {"deadline": "2030-01-01"},
            {"number": "机服诉〔2026〕9999号"},
            {"handler_id": self.desk2_user.id},
        ):
            for context in ({}, {"gov_engine": True}, {"gov_engine": "x"}):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    complaint.with_context(**context).write(vals)
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    self._complain(**vals)
        fresh = (
            self.Complaint.with_user(self.desk_user)
            .with_context(default_state="verified")
            .create({"facts": "x"})
        )
        self.assertEqual(fresh.state, "open")
        with self.assertRaises(AccessError):
            complaint.unlink()
        with self.assertRaises(UserError):
            complaint.sudo().unlink()

    def test_employee_hands_in_and_reads_own_only(self):
        mine = self._complain(user=self.staff_user, source="app")
        other = self._complain(user=self.clerk_user)
        self.assertEqual(
            self.Complaint.with_user(self.staff_user).search(
                [("id", "in", (mine + other).ids)]
            ),
            mine,
        )
        with self.assertRaisesRegex(UserError, "service desk or an inspector"):
            mine.with_user(self.staff_user).action_verify("I say so.")
        with self.assertRaises(AccessError):
            other.with_user(self.staff_user).facts = "x"
        self.assertEqual(
            other.with_user(self.supervision_user).facts, other.sudo().facts
        )
        with self.assertRaises(AccessError):
            other.with_user(self.supervision_user).facts = "x"

    def test_others_requests_are_not_named(self):
        """A complaint shows the title of its request: the caller has to read it."""
        requests = self.env["maintenance.request"]
        other = requests.with_user(self.works_staff_user).create({"name": "Not yours"})
        for context in ({}, {"gov_engine": True}):
            mine = self.Complaint.with_user(self.staff_user).with_context(**context)
            with self.assertRaisesRegex(UserError, "no such record among those"):
                mine.create({"facts": "x", "request_id": other.id})
        complaint = self._complain(user=self.staff_user)
        with self.assertRaisesRegex(UserError, "no such record among those"):
            complaint.request_id = other
        own = requests.with_user(self.staff_user).create({"name": "Mine"})
        complaint.request_id = own
        self.assertEqual(complaint.request_id, own)

    def test_words_of_another_stay(self):
        """The desk does not reword a complaint, nor those concerned its subject."""
        requests = self.env["maintenance.request"].with_user(self.desk_user)
        request = requests.create({"name": "Lamp", "caller_name": "Ms Chen"})
        request.action_assign(user_id=self.desk2_user.id)
        visitor = self.env.ref("base.public_user")
        complaint = (
            request.with_user(visitor).sudo()._visitor_complain({"facts": "Bad"})
        )
        for vals in (
            {"facts": "All was well"},
            {"date": "2026-01-01"},
            {"source": "letter"},
            {"request_id": False},
            {"complainant_name": "Nobody"},
        ):
            for user in (self.desk_user, self.inspector_user):
                with (
                    self.subTest(vals=vals),
                    self.assertRaisesRegex(UserError, "stays as it was handed in"),
                ):
                    complaint.with_user(user).write(vals)
        for vals in ({"request_id": False}, {"employee_id": self.works_staff.id}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "your own work"),
            ):
                complaint.with_user(self.desk2_user).write(vals)
        # What the complainant left open is for whoever examines it to fill in.
        complaint.with_user(self.inspector_user).employee_id = self.works_staff
        self.assertEqual(complaint.employee_id, self.works_staff)

    def test_bad_input(self):
        complaint = self._complain()
        for values in (
            {"facts": ""},
            {"facts": "   "},
            {"facts": "x" * 4001},
            {"facts": "a\0b"},
            {"date": "2999-01-01"},
            {"date": "soon"},
            {"employee_id": 987654321},
            {"employee_id": 2**40},
            {"employee_id": self.other_staff.id},
            {"source": "dream"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._complain(**values)
        for text in ("", "  ", None, 5, "x" * 4001, "a\0b"):
            with self.subTest(text=text), self.assertRaises(UserError):
                complaint.action_verify(text)
        with self.assertRaises(UserError):
            self.Complaint.create(["x"])

    def test_dialog(self):
        complaint = self._complain()
        action = complaint.with_context(gov_outcome="dismiss").action_open_result()
        wizard = self.env[action["res_model"]].with_user(self.desk_user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.result = "Nothing was found."
        form.record.action_apply()
        self.assertEqual(complaint.state, "unfounded")

    def test_offered_to_the_assessment(self):
        contract, other = self.env["contract.contract"].create(
            [
                {"name": "Cleaning", "partner_id": self.vendor.id},
                {"name": "Guards", "partner_id": self.vendor2.id},
            ]
        )
        by_contract = self._complain(contract_id=contract.id)
        by_vendor = self._complain(partner_id=self.vendor.id)
        other_vendor = self._complain(partner_id=self.vendor2.id)
        unverified = self._complain(contract_id=contract.id)
        for complaint in by_contract + by_vendor + other_vendor:
            complaint.action_verify("True.")
        today = self.company.gov_today()
        found = self.Complaint._find_verified(contract, today, today)
        self.assertEqual(found, by_contract + by_vendor)
        self.assertNotIn(unverified, found)
        self.assertEqual(
            self.Complaint._find_verified(other, today, today), other_vendor
        )
        with self.assertRaisesRegex(UserError, "is with"):
            self._complain(contract_id=contract.id, partner_id=self.vendor2.id)
