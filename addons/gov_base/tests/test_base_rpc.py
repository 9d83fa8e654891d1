from odoo.tests import tagged

from .common import GovCommon
from .common_rpc import CONTEXTS, RpcCase


@tagged("post_install", "-at_install")
class TestBaseRpc(GovCommon, RpcCase):
    """Clauses, working days, findings and people, asked and attacked over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.everybody = (
            cls.staff_user
            + cls.office_head_user
            + cls.supervision_user
            + cls.admin_user
            + cls.system_user
        )
        cls._make_keys(cls.everybody)
        cls.clause = cls.env["gov.policy"].create(
            {
                "code": "test.limit",
                "name": "Test limit",
                "value": "1000",
                "citation": "Test rules, article 1",
                "date_from": "2026-01-01",
            }
        )
        cls.finding = cls.env["gov.finding"]._raise(
            "test_rule", cls.staff, "Evidence", employee=cls.staff
        )

    def test_clauses(self):
        model = "gov.policy"
        question = {"code": "test.limit", "date": "2026-06-01"}
        for user in self.everybody:
            with self.subTest(user=user.login):
                self.assertEqual(
                    self._json2(user, model, "get_value", **question), (200, 1000.0)
                )
                self.assertEqual(
                    self._xmlrpc(user, model, "get_value", *question.values()), 1000.0
                )
        refused = self._assert_refused(
            self.staff_user, model, "get_value", code="test.limit", date="soon"
        )
        self.assertIn("soon", refused)
        refused = self._assert_refused_xml(
            self.staff_user, model, "get_value", "no.such.clause"
        )
        self.assertIn("no.such.clause", refused)
        self._assert_refused(
            self.staff_user, model, "get_value", code="test.limit", company=10**6
        )

    def test_working_days(self):
        model = "gov.workday"
        self.env["gov.workday.year"]._load_known_years()
        arguments = {"date": "2026-09-18", "number": 3, "unit": "working_day"}
        for answer in (
            self._json2(self.staff_user, model, "deadline", **arguments)[1],
            self._xmlrpc(self.staff_user, model, "deadline", *arguments.values()),
        ):
            self.assertEqual(answer["date"], "2026-09-22")
            self.assertIs(answer["provisional"], False)
            self.assertEqual(len(answer["days"]), 4)
            self.assertEqual(answer["days"][1]["kind"], "workday")
        self.assertEqual(
            self._xmlrpc(self.staff_user, model, "add_working_days", "2026-02-13", 3),
            "2026-02-25",
        )
        self.assertIs(
            self._xmlrpc(self.staff_user, model, "is_working_day", "2026-02-14"), True
        )
        for arguments in (
            {"date": "yesterday", "n": 3},
            {"date": "2026-02-13", "n": -1},
            {"date": "2026-02-13", "n": "3"},
        ):
            self._assert_refused(
                self.staff_user, model, "add_working_days", **arguments
            )

    def test_the_institutions_day(self):
        today = self._xmlrpc(
            self.staff_user, "res.company", "gov_today", self.company.ids
        )
        self.assertEqual(today, str(self.company.gov_today()))

    def test_findings_move_by_their_own_steps_only(self):
        model, ids = "gov.finding", self.finding.ids
        for user in self.everybody:
            for context in CONTEXTS:
                with self.subTest(user=user.login, context=context):
                    for method, arguments in (
                        ("write", {"ids": ids, "vals": {"state": "dismissed"}}),
                        ("unlink", {"ids": ids}),
                        ("copy", {"ids": ids}),
                        ("create", {"vals_list": [{"rule_code": "mine"}]}),
                    ):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        self._assert_refused(
            self.staff_user, model, "_raise", rule_code="x", records=1, evidence="y"
        )
        self.assertEqual(
            self._json2(
                self.staff_user, model, "action_explain", ids=ids, text="An error"
            ),
            (200, True),
        )
        for user in (self.staff_user, self.office_head_user, self.admin_user):
            self._assert_refused(user, model, "action_dismiss", ids=ids, text="No")
        self.assertIs(
            self._xmlrpc(
                self.supervision_user, model, "action_confirm", ids, "The log differs"
            ),
            True,
        )
        self.assertEqual(self.finding.state, "confirmed")

    def test_configuration_is_written_by_its_administrator_only(self):
        workday = self.env["gov.workday"].create(
            {"date": "2030-01-01", "name": "New Year"}
        )
        for user in self.everybody - self.admin_user:
            for record, vals in (
                (self.clause, {"value": "1"}),
                (workday, {"kind": "workday"}),
                (self.finding.rule_id, {"name": "Mine"}),
            ):
                with self.subTest(user=user.login, model=record._name):
                    arguments = {"ids": record.ids}
                    self._assert_refused(
                        user, record._name, "write", vals=vals, **arguments
                    )
                    self._assert_refused(user, record._name, "unlink", **arguments)
        self.assertEqual(
            self._json2(
                self.admin_user,
                "gov.workday",
                "write",
                ids=workday.ids,
                vals={"name": "New Year's Day"},
            ),
            (200, True),
        )

    def test_rank_and_post_are_not_for_everybody_to_write(self):
        for user in (self.staff_user, self.supervision_user, self.admin_user):
            for record, vals in (
                (self.staff, {"rank_sequence": 0, "official_title": "Director"}),
                (self.office, {"line_leader_id": self.staff.id}),
                (self.company, {"gov_tz": "UTC"}),
            ):
                with self.subTest(user=user.login, model=record._name):
                    self._assert_refused(
                        user, record._name, "write", ids=record.ids, vals=vals
                    )
