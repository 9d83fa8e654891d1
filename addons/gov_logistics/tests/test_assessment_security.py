"""Who sees and changes an assessment, over real HTTP too."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common import SIGNATURE
from .common_assessment import AssessmentCase

MODEL = "gov.service.assessment"


@tagged("post_install", "-at_install")
class TestAccess(AssessmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "other_insp",
            "Other Inspector",
            cls.other_department,
            60,
            "Officer",
            "gov_logistics.group_service_inspector",
        )
        cls.draft = cls._sheet(month=1)
        cls.line = cls._deduct(cls.draft, cls.corridor, 5, "Dust")
        cls.signed = cls._inspected(5, month=2)

    def _reads(self, user, sheet):
        found = self._as(self.env[MODEL], user).search([("id", "=", sheet.id)])
        return bool(found)

    def test_who_reads(self):
        """(draft, inspected) by role."""
        for user, expected in (
            (self.inspector_user, (True, True)),
            (self.keeper_user, (True, True)),
            (self.centre_user, (True, True)),
            (self.supervision_user, (True, True)),
            (self.works_head_user, (True, True)),  # department in charge, confirms
            (self.vendor_user, (False, True)),
            (self.portal_user, (False, False)),
            (self.desk_user, (False, False)),
            (self.repairer_user, (False, False)),
            (self.budget_user, (False, False)),
            (self.staff_user, (False, False)),
            (self.other_insp_user, (False, False)),
        ):
            with self.subTest(user=user.name):
                seen = (self._reads(user, self.draft), self._reads(user, self.signed))
                self.assertEqual(seen, expected)

    def test_lines_and_signatures_follow(self):
        for user, expected in (
            (self.vendor_user, True),
            (self.portal_user, False),
            (self.staff_user, False),
            (self.supervision_user, True),
        ):
            for name in ("line_ids", "signature_ids"):
                records = self.signed.sudo()[name]
                found = self._as(self.env[records._name], user).search(
                    [("id", "in", records.ids)]
                )
                self.assertEqual(bool(found), expected, (user.name, name))

    def test_who_writes(self):
        for user in (
            self.staff_user,
            self.supervision_user,
            self.works_head_user,
            self.desk_user,
            self.vendor_user,
            self.portal_user,
            self.other_insp_user,
        ):
            with self.subTest(user=user.name):
                for action in (
                    lambda u=user: self._as(self.draft, u).write({"note": "x"}),
                    lambda u=user: self._as(self.line, u).write({"deduction": 1}),
                    lambda u=user: self._as(self.line, u).unlink(),
                    lambda u=user: self._as(self.draft, u).unlink(),
                    lambda u=user: self._as(self.sheet, u).write({"name": "x"}),
                    lambda u=user: self._as(self.draft, u).action_sign(SIGNATURE),
                ):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        action()

    def test_manager_and_keeper_do_not_fill_in(self):
        """Only the two inspectors named write deductions."""
        for user in (self.centre_user, self.keeper_user):
            for action in (
                lambda u=user: self._as(self.line, u).write({"deduction": 1}),
                lambda u=user: self._as(self.line, u).unlink(),
                lambda u=user: self._as(self.line, u).create(
                    {
                        "assessment_id": self.draft.id,
                        "criterion_id": self.corridor.id,
                        "deduction": 1,
                        "reason": "x",
                    }
                ),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    action()
        self.assertEqual(self.draft.score, 95)

    def test_protected_fields_by_every_role(self):
        values = {
            "state": "final",
            "score": 100,
            "points_deducted": 0,
            "deduction_percent": 0,
            "round": 9,
            "is_signed": False,
            "number": "1",
            "statement_deadline": self.today,
            "statement_text": "x",
            "inspected_on": self.today,
            "final_on": self.today,
            "late_count": 0,
            "is_sealed": False,
            "signature_ids": [Command.clear()],
            "lock_ids": [Command.clear()],
        }
        users = (
            self.inspector_user,
            self.keeper_user,
            self.centre_user,
            self.supervision_user,
            self.vendor_user,
            self.env.ref("base.user_admin"),
        )
        for user in users:
            for name, value in values.items():
                for context in CONTEXTS:
                    record = self.signed.with_user(user).with_env(
                        self.env(user=user, context=dict(context))
                    )
                    with (
                        self.subTest(user=user.name, field=name),
                        self.assertRaises(UserError),
                        self.cr.savepoint(),
                    ):
                        record.write({name: value})
        self.assertEqual((self.signed.state, self.signed.score), ("inspected", 95))

    def test_rows_of_the_engine(self):
        row = self.signed.signature_ids[0]
        for user in (self.inspector_user, self.centre_user, self.keeper_user):
            for action in (
                lambda u=user: self._as(row, u).write({"person_name": "x"}),
                lambda u=user: self._as(row, u).unlink(),
                lambda u=user: self._as(row, u).create({"person_name": "x"}),
                lambda u=user: self._as(
                    self.env["gov.service.assessment.lock"], u
                ).create({"assessment_id": self.signed.id}),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    action()
        with self.assertRaises(UserError):
            row.sudo().write({"person_name": "x"})

    def test_create_with_results(self):
        first, last = self._sheet(month=3), None
        for values in ({"state": "final"}, {"score": 50.0}, {"number": "7"}):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._as(self.env[MODEL], self.inspector_user).create(
                    {
                        "contract_id": self.contract.id,
                        "date_from": self.today.replace(day=1),
                        "date_to": self.today,
                        **values,
                    }
                )
        defaults = self._as(self.env[MODEL], self.inspector_user).with_context(
            default_state="final", default_score=1, default_is_signed=True
        )
        sheet = defaults.create(
            {
                "contract_id": self.contract.id,
                "date_from": self.today.replace(day=1),
                "date_to": self.today,
            }
        )
        self.assertEqual((sheet.state, sheet.score), ("draft", 100))
        self.assertFalse(sheet.is_signed)
        self.assertTrue(first)
        self.assertIsNone(last)

    def test_vendor_states_only_its_own(self):
        with self.assertRaises(AccessError):
            self._as(self.signed, self.portal_user).action_statement("Not mine")
        contact = self.env["res.partner"].create(
            {"name": "Second", "parent_id": self.service_vendor.id}
        )
        self.vendor_user.partner_id.parent_id = self.service_vendor2
        with self.assertRaises(AccessError):
            self._as(self.signed, self.vendor_user).action_statement("Not mine")
        self.assertTrue(contact)

    def test_other_institution(self):
        """A contract, a criterion or a sheet of another institution is refused."""
        foreign = self.sheet.sudo().copy({"company_id": self.other_company.id})
        with self.assertRaises(UserError), self.cr.savepoint():
            self._as(self.draft, self.inspector_user).write({"sheet_id": foreign.id})
        with self.assertRaises(UserError), self.cr.savepoint():
            self._as(self.line, self.inspector_user).write(
                {"criterion_id": foreign.line_ids[0].id}
            )

    def test_list_costs_the_same(self):
        """A list of many assessments costs as many queries as one of few."""
        spec = {
            "display_name": {},
            "contract_id": {"fields": {"display_name": {}}},
            "score": {},
            "line_count": {},
            "percent_preview": {},
            "state": {},
            "can_sign": {},
            "is_locked": {},
        }
        for month in range(4, 14):
            self._sheet(month=month)
        sheets = self._as(self.env[MODEL], self.keeper_user).search([])
        counts = []
        for records in (sheets[:3], sheets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.web_read(spec)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1, counts)


@tagged("post_install", "-at_install")
class TestRpc(AssessmentCase, RpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signed = cls._inspected(5)
        cls.users = (
            cls.inspector_user,
            cls.centre_user,
            cls.keeper_user,
            cls.staff_user,
            cls.vendor_user,
        )
        cls._make_keys(cls.users)

    def test_attacks(self):
        line = self.signed.line_ids
        for user in self.users:
            for model, ids, values in (
                (MODEL, self.signed.ids, {"score": 100}),
                (MODEL, self.signed.ids, {"state": "final"}),
                (MODEL, self.signed.ids, {"line_ids": [[5, 0, 0]]}),
                (line._name, line.ids, {"deduction": 0.01}),
                (
                    "gov.service.assessment.signature",
                    self.signed.signature_ids.ids,
                    {"score": 100},
                ),
            ):
                for context in CONTEXTS:
                    self._assert_refused(
                        user, model, "write", ids=ids, vals=values, context=context
                    )
        self.assertEqual((self.signed.state, self.signed.score), ("inspected", 95))

    @mute_logger("odoo.addons.rpc.controllers.json2")
    def test_wrong_types(self):
        ids = self.signed.ids
        for method, arguments in (
            ("action_sign", {"signature": {"a": 1}}),
            ("action_sign", {"signature": [1]}),
            ("action_sign_manager", {"name": {}, "signature": SIGNATURE}),
            ("action_refuse_manager", {"name": "Ma", "witness_ids": "x", "text": "y"}),
            ("action_statement", {"text": 5}),
            (
                "action_enter_statement",
                {"received_on": [], "text": "x", "scan": SIGNATURE},
            ),
            ("action_finalise", {"answer": {"a": 1}}),
            ("action_reopen", {"reason": ["x"]}),
            ("action_replace", {"reason": 7}),
        ):
            with self.subTest(method=method):
                self._assert_refused(
                    self.inspector_user, MODEL, method, ids=ids, **arguments
                )
        for day in ("soon", 5, "2026-02-31"):
            self._assert_refused(self.keeper_user, MODEL, "action_draft_month", day=day)

    def test_vendor_states_over_rpc(self):
        status, answer = self._json2(
            self.vendor_user,
            MODEL,
            "action_statement",
            ids=self.signed.ids,
            text="It rained",
        )
        self.assertEqual((status, answer), (200, True))
        self.assertEqual(self.signed.state, "stated")
        self._assert_refused(
            self.vendor_user, MODEL, "action_finalise", ids=self.signed.ids, answer="x"
        )
        self._assert_refused(
            self.vendor_user, MODEL, "action_reopen", ids=self.signed.ids, reason="x"
        )
