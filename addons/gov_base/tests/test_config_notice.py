from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common_approval import ApprovalCase
from .common_rpc import CONTEXTS, RpcCase


@tagged("post_install", "-at_install")
class TestConfigNotice(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Notice = cls.env["gov.config.notice"]

    def _open(self, code="vacant_tier"):
        return self.Notice.search(
            [
                ("code", "=", code),
                ("company_id", "=", self.company.id),
                ("state", "=", "open"),
            ]
        )

    def _refused(self, code):
        """Return the notice that is written once the refusal is rolled back."""
        with self.enter_registry_test_mode():
            self.env.cr.postrollback.run()
        return self._open(code)

    def test_the_same_trouble_opens_one_notice(self):
        first = self.Notice._raise("x", "Nobody at the desk", self.company)
        again = self.Notice._raise("x", "Nobody at the desk", self.company)
        self.assertEqual(first, again)
        other = self.Notice._raise("x", "Nobody at the gate", self.company)
        elsewhere = self.Notice._raise("x", "Nobody at the desk", self.other_company)
        on_rule = self.Notice._raise(
            "x", "Nobody at the desk", self.company, self.head_rule
        )
        self.assertEqual(len(first | other | elsewhere | on_rule), 4)
        self.assertEqual(first.activity_ids.user_id, self.admin_user)
        self.assertFalse(elsewhere.activity_ids)

    def test_after_it_was_done_it_may_come_again(self):
        first = self.Notice._raise("x", "Nobody at the desk", self.company)
        self.assertTrue(first.with_user(self.admin_user).action_done())
        self.assertRecordValues(
            first,
            [
                {
                    "state": "done",
                    "closed_on": self.company.gov_today(),
                    "closed_by_id": self.admin_user.id,
                }
            ],
        )
        self.assertFalse(first.activity_ids)
        with self.assertRaisesRegex(UserError, "done already"):
            first.with_user(self.admin_user).action_done()
        again = self.Notice._raise("x", "Nobody at the desk", self.company)
        self.assertNotEqual(first, again)

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_rivals_apart(self):
        first = self.Notice._raise("x", "Nobody at the desk", self.company)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            engine(self.Notice).create(
                {
                    "code": "x",
                    "text": first.text,
                    "fingerprint": first.fingerprint,
                    "company_id": self.company.id,
                    "opened_on": first.opened_on,
                }
            )

    def test_rows_are_the_servers(self):
        notice = self.Notice._raise("x", "Nobody at the desk", self.company)
        for user in self.admin_user, self.staff_user, self.supervision_user:
            for call in (
                lambda n: n.create({"code": "y"}),
                lambda n: n.write({"state": "done"}),
                lambda n: n.unlink(),
            ):
                with self.assertRaises(UserError):
                    call(notice.with_user(user))
        with self.assertRaises(UserError):
            notice.sudo().write({"text": "nothing"})

    def test_only_the_administrator_of_the_institution_reads_and_closes(self):
        notice = self.Notice._raise("x", "Nobody at the desk", self.company)
        foreign = self._create_user(
            "foreign_admin", "gov_base.group_approval_admin", self.other_company
        )
        for user in self.staff_user, self.supervision_user, foreign:
            with self.assertRaises(AccessError):
                notice.with_user(user).read(["text"])
            with self.assertRaises(UserError):
                notice.with_user(user).action_open_place()
            with self.assertRaises(UserError):
                notice.with_user(user).action_done()
        self.assertNotIn(
            notice.id,
            self.Notice.with_user(foreign)
            .with_company(self.other_company)
            .with_context(allowed_company_ids=self.other_company.ids)
            .search([])
            .ids,
        )
        self.assertEqual(notice.state, "open")

    def test_it_says_what_to_do_and_opens_the_place(self):
        on_rule = self.Notice._raise("vacant_tier", "x", self.company, self.head_rule)
        self.assertIn("fallback list", on_rule.advice)
        action = on_rule.with_user(self.admin_user).action_open_place()
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("gov.approval.rule", self.head_rule.id),
        )
        clause = self.Notice._raise("missing_clause", "x", self.company)
        action = clause.with_user(self.admin_user).action_open_place()
        self.assertEqual(action["res_model"], "gov.policy")
        gone = self.line_rule.copy()
        notice = self.Notice._raise("vacant_tier", "y", self.company, gone)
        gone.unlink()
        with self.assertRaisesRegex(UserError, "no longer there"):
            notice.action_open_place()

    def test_a_refused_submission_tells_the_administrator(self):
        self.office.write({"manager_id": False, "line_leader_id": False})
        for _index in range(2):
            with self.assertRaises(UserError):
                self._matter().action_submit()
        self.assertFalse(self._open("unreachable_tier"))
        notice = self._refused("unreachable_tier")
        self.assertEqual(len(notice), 1)
        self.assertIn("Section head", notice.text)
        self.assertEqual(notice.res_id, self.head_rule.id)

    def test_gap_between_bands_and_no_rule(self):
        self.small_rule.amount_upto = 500
        with self.assertRaises(UserError):
            self._submitted(kind="purchase", price=800)
        self.assertIn("800", self._refused("band_gap").text)
        self.rules.active = False
        with self.assertRaises(UserError):
            self._submitted()
        self.assertIn("Test Matter", self._refused("no_rule").text)

    def test_missing_clause_is_told_for_known_codes_today_only(self):
        policy = self.env["gov.policy"]
        for question in ("no.such.clause", None), ("test.gone", "2020-01-01"):
            with self.assertRaises(UserError):
                policy.get_value(*question)
        self.assertFalse(self._refused("missing_clause"))
        policy.create(
            {
                "code": "test.gone",
                "name": "Gone",
                "value": "1",
                "citation": "Test rules",
                "date_from": "2020-01-01",
                "date_to": "2020-12-31",
            }
        )
        with self.assertRaises(UserError):
            policy.get_value("test.gone")
        self.assertIn("Gone", self._refused("missing_clause").text)

    def test_the_job_closes_what_is_cured(self):
        self.roles["store"].holder_ids.date_to = "2020-12-31"
        self.roles["store"].holder_ids.flush_recordset()
        notice = self.Notice._raise("vacant_tier", "x", self.company, self.price_rule)
        self.Notice._cron_check()
        self.assertEqual(notice.state, "open")
        self._hold("store", self.store, date_from=self.company.gov_today())
        self.Notice._cron_check()
        self.assertEqual(notice.state, "done")
        self.assertFalse(notice.closed_by_id)

    def test_year_without_official_plan(self):
        with freeze_time("2031-03-01"):
            self.Notice._cron_check()
            self.Notice._cron_check()
            notice = self._open("provisional_year")
            self.assertEqual(len(notice), 1)
            self.assertIn("2031", notice.text)
            year = self.env["gov.workday.year"].create({"year": 2031})
            self.env["gov.workday"].create(
                {
                    "date": "2031-05-01",
                    "kind": "holiday",
                    "name": "Labour Day",
                    "official": True,
                }
            )
            year.invalidate_recordset()
            self.Notice._cron_check()
            self.assertEqual(notice.state, "done")


@tagged("post_install", "-at_install")
class TestConfigNoticeRpc(ApprovalCase, RpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.everybody = (
            cls.staff_user | cls.supervision_user | cls.admin_user | cls.system_user
        )
        cls._make_keys(cls.everybody)
        cls.notice = cls.env["gov.config.notice"]._raise(
            "x", "Nobody at the desk", cls.company
        )

    def test_raw_calls_are_refused(self):
        model, ids = "gov.config.notice", self.notice.ids
        for user in self.everybody:
            for context in CONTEXTS:
                for method, arguments in (
                    ("create", {"vals_list": [{"code": "x", "text": "y"}]}),
                    ("write", {"ids": ids, "vals": {"state": "done"}}),
                    ("unlink", {"ids": ids}),
                    ("_raise", {"code": "x", "text": "y", "company": 1}),
                    ("_close", {"ids": ids}),
                ):
                    with self.subTest(user=user.login, method=method):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        for user in self.everybody - self.admin_user:
            self._assert_refused(user, model, "action_done", ids=ids)
        self.assertEqual(self.notice.state, "open")
        self.assertEqual(
            self._json2(self.admin_user, model, "action_done", ids=ids), (200, True)
        )

    def test_a_refusal_over_http_leaves_the_notice(self):
        self.office.write({"manager_id": False, "line_leader_id": False})
        self.admin_user.company_ids = [Command.link(self.company.id)]
        matter = self._matter()
        self._assert_refused(
            self.staff_user, matter._name, "action_submit", ids=matter.ids
        )
        notice = self.env["gov.config.notice"].search(
            [("code", "=", "unreachable_tier"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(notice), 1)
        self.assertEqual(matter.approval_state, "draft")
