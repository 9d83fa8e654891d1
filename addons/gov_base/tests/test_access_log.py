from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models import gov_access_log
from odoo.addons.gov_base.models.gov_guard import engine

from .common_approval import ApprovalCase
from .common_rpc import CONTEXTS, RpcCase

# What the form of a matter asks for, and what a list asks for.
FORM = {"display_name": {}, "approval_state": {}, "chain_preview": {}}
LIST = {"display_name": {}, "approval_state": {}}


class AccessLogCase(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Log = cls.env["gov.access.log"]

    def setUp(self):
        super().setUp()
        gov_access_log._seen.clear()
        self.addCleanup(gov_access_log._seen.clear)

    def _commit(self):
        """Do what the commit of a request does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()
        self.env.invalidate_all()

    def _open_form(self, matter, user):
        self.env.invalidate_all()
        matter.with_user(user).web_read(FORM)
        self._commit()

    def _logs(self, matter):
        return self.Log.search(
            [("model", "=", matter._name), ("res_id", "=", matter.id)]
        )


@tagged("post_install", "-at_install")
class TestAccessLog(AccessLogCase):
    def test_one_row_per_person_day_and_kind(self):
        matter = self._submitted()
        for _index in range(3):
            self._open_form(matter, self.office_head_user)
        self._open_form(matter, self.supervision_user)
        gov_access_log._seen.clear()  # another process
        self._open_form(matter, self.office_head_user)
        logs = self._logs(matter)
        self.assertEqual(len(logs), 2)
        self.assertEqual(logs.user_id, self.office_head_user + self.supervision_user)
        self.assertEqual(set(logs.mapped("kind")), {"form"})
        self.assertEqual(logs[0].matter_name, matter.display_name)
        self.assertEqual(logs.company_id, self.company)

    def test_a_new_day_at_the_institution_is_a_new_row(self):
        matter = self._submitted()
        for moment in "2026-05-05 15:50", "2026-05-05 15:55", "2026-05-05 16:10":
            with freeze_time(moment):
                self._open_form(matter, self.office_head_user)
        days = self._logs(matter).mapped("day")
        self.assertEqual([str(day) for day in days], ["2026-05-06", "2026-05-05"])

    def test_lists_leave_no_trace(self):
        matter = self._submitted()
        matter.with_user(self.office_head_user).web_read(LIST)
        self.Matter.with_user(self.office_head_user).web_search_read(
            [("id", "=", matter.id)], LIST
        )
        two = matter + self._submitted()
        two.with_user(self.office_head_user).web_read(FORM)
        self._commit()
        self.assertFalse(self._logs(matter))

    def test_a_form_that_was_refused_leaves_no_trace(self):
        matter = self._submitted()
        with self.assertRaises(AccessError):
            matter.with_user(self.works_staff_user).web_read(FORM)
        self._commit()
        self.assertFalse(self._logs(matter))

    def test_opening_costs_no_query_on_the_requests_connection(self):
        matter = self._submitted()

        def cost():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            matter.with_user(self.office_head_user).web_read(FORM)
            return self.cr.sql_log_count - before

        cost()
        with patch.object(type(self.Log), "_note"):
            without = cost()
        self.assertLessEqual(cost(), without + 1, "the institution of the matter")

    def test_a_read_only_connection_is_enough(self):
        matter = self._submitted()
        method = type(matter.with_user(self.office_head_user)).web_read
        self.assertTrue(method._readonly)
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor(readonly=True) as cr:
            env = self.env(cr=cr, user=self.office_head_user)
            env[matter._name].browse(matter.id).web_read(FORM)
            self.assertTrue(cr.postcommit._funcs)
            cr.postcommit.clear()

    def test_prints_are_logged(self):
        matters = self._submitted() + self._submitted()
        report = self.env["ir.actions.report"].create(
            {
                "name": "Test paper",
                "model": matters._name,
                "report_name": "gov_base.test_paper",
            }
        )
        reports = self.env["ir.actions.report"].with_user(self.office_head_user)
        reports._get_rendering_context(report, matters.ids, {})
        self._commit()
        for matter in matters:
            log = self._logs(matter)
            self.assertEqual((log.user_id, log.kind), (self.office_head_user, "print"))

    def test_other_documents_print_as_before(self):
        report = self.env["ir.actions.report"].create(
            {"name": "x", "model": "res.partner", "report_name": "x"}
        )
        context = report._get_rendering_context(
            report, self.env.user.partner_id.ids, {}
        )
        self.assertEqual(context["docs"], self.env.user.partner_id)
        self._commit()
        self.assertFalse(self.Log.search([("model", "=", "res.partner")]))

    @mute_logger("odoo.addons.gov_base.models.gov_access_log")
    def test_a_log_that_cannot_be_written_breaks_nothing(self):
        matter = self._submitted()
        with patch.object(self.registry, "cursor", side_effect=OSError("full")):
            matter.with_user(self.office_head_user).web_read(FORM)
            self.env.cr.postcommit.run()
        self.assertFalse(gov_access_log._seen)
        self._open_form(matter, self.office_head_user)
        self.assertTrue(self._logs(matter))

    # === Who reads it ===

    def test_supervision_reads_it_the_person_does_not(self):
        matter = self._submitted()
        self._open_form(matter, self.office_head_user)
        log = self._logs(matter)
        self.assertIn(log, self.Log.with_user(self.supervision_user).search([]))
        for user in self.staff_user, self.office_head_user, self.admin_user:
            self.assertFalse(self.Log.with_user(user).search([]))
            with self.assertRaises(AccessError):
                log.with_user(user).read(["user_id"])
            with self.assertRaises(AccessError):
                matter.with_user(user).action_open_access_log()
        action = matter.with_user(self.supervision_user).action_open_access_log()
        self.assertEqual(self.Log.search(action["domain"]), log)
        self.assertEqual(
            log.with_user(self.supervision_user).action_open_matter()["res_id"],
            matter.id,
        )

    def test_the_person_concerned_never_sees_supervision(self):
        matter, foreign = self._submitted(), self._submitted(user=self.clerk_user)
        for user in self.office_head_user, self.supervision_user:
            self._open_form(matter, user)
            self._open_form(foreign, user)
        with patch.object(
            type(matter), "_access_log_visible_to_person", lambda self: True
        ):
            logs = self.Log.with_user(self.staff_user).search([])
            self.assertEqual(logs.user_id, self.office_head_user)
            self.assertEqual(logs.mapped("res_id"), [matter.id])
            matter.with_user(self.staff_user).action_open_access_log()

    def test_other_institutions(self):
        matter = self._submitted()
        self._open_form(matter, self.office_head_user)
        foreign = self._create_user(
            "foreign_supervision", "gov_base.group_supervision", self.other_company
        )
        logs = self.Log.with_user(foreign).with_context(
            allowed_company_ids=self.other_company.ids
        )
        self.assertFalse(logs.search([]))

    def test_append_only(self):
        matter = self._submitted()
        self._open_form(matter, self.office_head_user)
        log = self._logs(matter)
        for user in self.supervision_user, self.admin_user, self.staff_user:
            for call in (
                lambda rows: rows.write({"user_id": 1}),
                lambda rows: rows.unlink(),
                lambda rows: rows.create({"res_id": 1}),
            ):
                with self.assertRaises(UserError):
                    call(log.with_user(user))
        with self.assertRaises(UserError):
            log.sudo().unlink()

    # === Retention ===

    def _old(self, days):
        matter = self._matter()
        return engine(self.Log).create(
            {
                "model": matter._name,
                "res_id": matter.id,
                "company_id": self.company.id,
                "user_id": self.staff_user.id,
                "kind": "form",
                "day": self.company.gov_today() - timedelta(days=days),
                "opened_at": "2020-01-01",
            }
        )

    def test_the_job_deletes_what_is_over_age_in_chunks(self):
        old = [self._old(1096 + index) for index in range(5)]
        young = self._old(1094)
        self.env.flush_all()
        with (
            patch.object(gov_access_log, "PURGE_BATCH", 2),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("gov_base.cron_gov_access_log_purge").method_direct_trigger()
        self.assertFalse(self.Log.union(*old).exists())
        self.assertTrue(young.exists())

    def test_a_clause_below_six_months_deletes_no_more(self):
        self.env["gov.policy"].create(
            {
                "code": "access.log.days",
                "name": "Own",
                "value_type": "integer",
                "value": "10",
                "citation": "Own rule",
                "date_from": "2020-01-01",
                "company_id": self.company.id,
            }
        )
        young, old = self._old(180), self._old(190)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("gov_base.cron_gov_access_log_purge").method_direct_trigger()
        self.assertTrue(young.exists())
        self.assertFalse(old.exists())

    def test_the_list_costs_the_same_for_eight_and_sixteen(self):
        for index in range(16):
            self._old(index)
        columns = {name: {} for name in ("opened_at", "user_id", "matter_name", "kind")}
        logs = self.Log.with_user(self.supervision_user)
        counts = []
        for limit in 8, 8, 16:
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = logs.web_search_read([], columns, limit=limit)
            self.assertEqual(len(rows["records"]), limit)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestAccessLogRpc(AccessLogCase, RpcCase):
    def test_raw_calls(self):
        system = self._create_user("gov_system", "base.group_system")
        everybody = self.staff_user | self.supervision_user | self.admin_user | system
        self._make_keys(everybody)
        matter = self._submitted()
        log = engine(self.Log).create(
            {
                "model": matter._name,
                "res_id": matter.id,
                "company_id": self.company.id,
                "user_id": self.staff_user.id,
                "kind": "form",
                "day": self.company.gov_today(),
                "opened_at": "2026-01-01",
            }
        )
        for user in everybody:
            for context in CONTEXTS:
                for method, arguments in (
                    ("write", {"ids": log.ids, "vals": {"user_id": user.id}}),
                    ("unlink", {"ids": log.ids}),
                    ("create", {"vals_list": [{"kind": "form"}]}),
                    ("_note", {"matters": [1], "kind": "form"}),
                    ("_cron_purge", {}),
                ):
                    with self.subTest(user=user.login, method=method):
                        self._assert_refused(
                            user,
                            "gov.access.log",
                            method,
                            context=context,
                            **arguments,
                        )
        self.assertEqual(log.exists().user_id, self.staff_user)
