from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_notice import SIGNATURE, NoticeCommon

MODELS = ("gov.points.notice", "gov.points.service", "gov.points.appeal")
FORGED = {"default_state": "decided", "default_outcome": "revoked", "gov_engine": 1}


@tagged("post_install", "-at_install")
class TestNoticeMatrix(NoticeCommon):
    """Who reads and writes what: roles × models."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_user = cls._create_user(
            "gov_points_manager", "gov_points.group_points_manager"
        )
        cls.appeal = cls._filed()
        cls.notice = cls.appeal.notice_id
        cls.service = cls.notice.service_ids

    def _reads(self, record, *users):
        """Return those of ``users`` who read ``record``."""
        return [
            user.login for user in users if self._as(record, user).has_access("read")
        ]

    def _logins(self, *users):
        return [user.login for user in users]

    def test_read(self):
        everybody = (
            self.staff_user,  # the person
            self.office_head_user,  # head of the department
            self.leader_user,  # line leader
            self.head_user,  # decides the appeal
            self.points_user,
            self.hr_user,
            self.manager_user,
            self.supervision_user,
            self.clerk_user,  # colleague, liaison of the department
            self.works_staff_user,
            self.works_head_user,
            self.recorder_user,
            self.admin_user,
            self.other_staff_user,
        )
        office = (
            self.points_user,
            self.hr_user,
            self.manager_user,
            self.supervision_user,
        )
        heads = (self.staff_user, self.office_head_user, self.leader_user)
        self.assertEqual(
            self._reads(self.notice, *everybody),
            self._logins(*heads, self.head_user, *office),
        )
        self.assertEqual(
            self._reads(self.service, *everybody), self._logins(*heads, *office)
        )
        self.assertEqual(
            self._reads(self.appeal, *everybody),
            self._logins(
                self.staff_user,
                self.head_user,
                self.points_user,
                self.manager_user,
                self.supervision_user,
            ),
        )
        case = self.appeal.sudo().share_id.case_id
        self.assertNotIn("gov_staff", self._reads(case, *everybody))

    def test_write_create_unlink(self):
        users = (
            self.staff_user
            + self.head_user
            + self.points_user
            + self.manager_user
            + self.supervision_user
            + self.hr_user
        )
        for record in (self.notice, self.service, self.appeal):
            for user in users:
                mine = self._as(record, user)
                with self.subTest(model=record._name, user=user.login):
                    with self.assertRaises(UserError):
                        mine.write({"company_id": self.other_company.id})
                    with self.assertRaises(UserError):
                        mine.unlink()
                    with self.assertRaises(UserError):
                        mine.browse().create({})

    def test_every_field_of_a_filed_appeal_is_frozen(self):
        mine = self._as(self.appeal, self.staff_user)
        values = {
            "grounds": "Something else",
            "date": "2026-04-01",
            "scan": PDF,
            "approval_state": "approved",
            "state": "decided",
            "outcome": "revoked",
            "new_points": 0,
            "decision_number": "X",
            "decided_on": "2026-04-28",
            "body": "parent",
            "handler_id": self.clerk_user.id,
            "is_returned": True,
            "suspends": True,
            "decision_received_on": "2026-04-28",
        }
        for name, value in values.items():
            with self.subTest(field=name), self.assertRaises(UserError):
                mine.write({name: value})

    def test_the_case_is_not_reached_through_the_notice(self):
        mine = self._as(self.notice, self.staff_user)
        with self.assertRaises(AccessError):
            mine.read(["case_id"])
        with self.assertRaises(AccessError):
            mine.share_id.case_id.read(["facts"])

    def test_leaving_the_office_closes_it(self):
        self.points_user.group_ids = [
            Command.unlink(self.env.ref("gov_points.group_points_officer").id)
        ]
        other = self._issued(self.works_staff)
        self.assertFalse(self._as(other, self.points_user).has_access("read"))

    def test_other_institution(self):
        outsider = self._create_user(
            "gov_points_outsider",
            "gov_points.group_points_manager,gov_base.group_supervision",
            self.other_company,
        )
        for record in (self.notice, self.service, self.appeal):
            with self.subTest(model=record._name):
                self.assertFalse(self._as(record, outsider).has_access("read"))
        records = self._as(self.env["gov.points.record"], outsider)
        self.assertFalse(records.search([("employee_id", "=", self.staff.id)]))
        with self.assertRaises(AccessError):
            self._as(self.notice, outsider).action_serve_paper(self.day, PDF)


@tagged("post_install", "-at_install")
class TestNoticeRpc(NoticeCommon, RpcCase):
    """Attacks over real HTTP: JSON-2 and XML-RPC, every role, any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_points_system", "base.group_system")
        cls.callers = (
            cls.staff_user
            + cls.clerk_user
            + cls.office_head_user
            + cls.points_user
            + cls.free_user
            + cls.head_user
            + cls.hr_user
            + cls.supervision_user
            + cls.system_user
        )
        cls._make_keys(cls.callers)

    # --------------------------------------------------------------- the good way

    def test_from_signature_to_decision(self):
        notice = self._issued(self.staff)
        status, answer = self._json2(
            self.staff_user,
            "gov.points.notice",
            "action_sign",
            ids=notice.ids,
            signature=SIGNATURE,
        )
        self.assertEqual((status, answer), (200, True), answer)
        status, ids = self._json2(
            self.staff_user,
            "gov.points.appeal",
            "create",
            vals_list=[{"notice_id": notice.id, "grounds": "Not me"}],
        )
        self.assertEqual(status, 200, ids)
        status, answer = self._json2(
            self.staff_user, "gov.points.appeal", "action_submit", ids=ids
        )
        self.assertEqual((status, answer), (200, True), answer)
        self.assertTrue(
            self._xmlrpc(
                self.head_user,
                "gov.points.appeal",
                "action_decide",
                ids,
                "revoked",
                "Not proven",
            )
        )
        self.assertEqual(notice.share_id.state, "revoked")

    # --------------------------------------------------------------- the bad ways

    def test_no_raw_write(self):
        notice = self._served()
        appeal = self._appeal(notice)
        appeal.action_submit()
        self.env.flush_all()
        targets = {
            "gov.points.notice": (notice, {"points": 1, "state": "issued"}),
            "gov.points.service": (notice.service_ids, {"received_on": "2026-04-01"}),
            "gov.points.appeal": (appeal, {"outcome": "revoked"}),
        }
        for user in self.callers:
            for model, (record, values) in targets.items():
                for context in (*CONTEXTS, FORGED):
                    with self.subTest(user=user.login, model=model, context=context):
                        self._assert_refused(
                            user,
                            model,
                            "write",
                            ids=record.ids,
                            vals=values,
                            context=context,
                        )
                with self.subTest(user=user.login, model=model, verb="unlink"):
                    self._assert_refused(user, model, "unlink", ids=record.ids)
        self.assertEqual(notice.points, 4)
        self.assertFalse(appeal.outcome)

    def test_no_raw_create(self):
        share = self._shares(self.clerk)
        values = {
            "gov.points.notice": {
                "title": "x",
                "share_id": share.id,
                "employee_id": self.clerk.id,
                "person_name": "x",
                "issued_on": "2026-04-28",
            },
            "gov.points.service": {"method": "app", "employee_id": self.clerk.id},
        }
        for user in self.callers:
            for model, vals in values.items():
                for context in (*CONTEXTS, FORGED):
                    with self.subTest(user=user.login, model=model, context=context):
                        self._assert_refused(
                            user, model, "create", vals_list=[vals], context=context
                        )

    def test_the_engine_is_private(self):
        notice = self._issued(self.staff)
        for model, method in (
            ("gov.points.notice", "_issue"),
            ("gov.points.notice", "_serve"),
            ("gov.points.notice", "_cron_notices"),
            ("gov.points.appeal", "_take_effect"),
            ("gov.points.appeal", "_file"),
        ):
            with self.subTest(method=method):
                self._assert_refused(
                    self.points_user, model, method, ids=notice.ids, context=FORGED
                )

    def test_a_stranger_signs_or_appeals(self):
        notice = self._issued(self.staff)
        for user in self.callers - self.staff_user:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user,
                    "gov.points.notice",
                    "action_sign",
                    ids=notice.ids,
                    signature=SIGNATURE,
                )
        self._as(notice, self.points_user).action_serve_paper(self.day, PDF)
        for user in self.callers - self.staff_user - self.points_user - self.free_user:
            with self.subTest(user=user.login):
                self._assert_refused(
                    user,
                    "gov.points.appeal",
                    "create",
                    vals_list=[
                        {
                            "notice_id": notice.id,
                            "grounds": "x",
                            "employee_id": user.employee_id.id,
                        }
                    ],
                )
        self.assertEqual(notice.state, "served")
        self.assertFalse(notice.appeal_ids)

    def test_whoever_has_no_seat_decides(self):
        appeal = self._filed()
        for user in self.callers - self.head_user:
            with self.subTest(user=user.login):
                message = self._assert_refused(
                    user,
                    "gov.points.appeal",
                    "action_decide",
                    ids=appeal.ids,
                    outcome="revoked",
                    grounds="x",
                )
                self.assertTrue(message)
        for method, arguments in (
            ("action_propose", {"outcome": "revoked", "grounds": "x"}),
            (
                "action_record_outside",
                {
                    "outcome": "revoked",
                    "grounds": "x",
                    "body": "x",
                    "number": "x",
                    "date": "2026-04-28",
                    "scan": PDF,
                },
            ),
        ):
            # Who decides may propose to themselves.
            for user in self.callers - self.free_user - self.head_user:
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(
                        user, "gov.points.appeal", method, ids=appeal.ids, **arguments
                    )
        self.assertEqual(appeal.state, "submitted")

    def test_bad_values(self):
        appeal = self._filed()
        for outcome, grounds, points in (
            ("reduced", "x", 12),
            ("reduced", "x", 10**12),
            ("reduced", "x", "two"),
            ("reduced", "x", [2]),
            ({"a": 1}, "x", None),
            ("upheld", {"a": 1}, None),
            ("upheld", "x" * 100000, None),
            ([], "x", None),
        ):
            with self.subTest(outcome=outcome, points=points):
                self._assert_refused(
                    self.head_user,
                    "gov.points.appeal",
                    "action_decide",
                    ids=appeal.ids,
                    outcome=outcome,
                    grounds=grounds,
                    points=points,
                )
        notice = self._issued(self.clerk)
        for arguments in (
            {"received_on": "2026-13-45", "scan": PDF},
            {"received_on": [1], "scan": PDF},
            {"received_on": "2026-04-28", "scan": 5},
            {"received_on": "2026-04-28", "scan": PDF, "scan_name": {"a": 1}},
        ):
            with self.subTest(arguments=list(arguments)):
                self._assert_refused(
                    self.points_user,
                    "gov.points.notice",
                    "action_serve_paper",
                    ids=notice.ids,
                    **arguments,
                )
        self._assert_refused(
            self.points_user,
            "gov.points.notice",
            "action_serve_refused",
            ids=notice.ids,
            received_on="2026-04-28",
            witness_ids=[self.works_head.id, 999999],
            place="x",
            text="x",
        )
        self.assertEqual(notice.state, "issued")

    def test_the_dialogs_show_no_more_than_the_papers(self):
        appeal = self._filed()
        for model, vals, names in (
            (
                "gov.points.decide.wizard",
                {"appeal_id": appeal.id},
                ["grounds_of_appeal", "person_name", "points_before"],
            ),
            (
                "gov.points.serve.wizard",
                {"model": "gov.points.notice", "res_id": appeal.notice_id.id},
                ["paper_text"],
            ),
        ):
            for user in self.clerk_user + self.system_user:
                with self.subTest(model=model, user=user.login):
                    status, ids = self._json2(user, model, "create", vals_list=[vals])
                    if status == 200:
                        self._assert_refused(user, model, "read", ids=ids, fields=names)

    def test_the_log_and_the_record_of_others(self):
        status, rows = self._json2(
            self.clerk_user, "gov.points.record", "search_read", domain=[]
        )
        self.assertEqual(status, 200, rows)
        self.assertEqual([row["name"] for row in rows], ["An Wen"])
        self._assert_refused(
            self.clerk_user,
            "gov.points.record",
            "read",
            ids=self.staff.ids,
            fields=["total"],
        )
        self._assert_refused(
            self.system_user,
            "gov.points.record",
            "write",
            ids=self.staff.ids,
            vals={"name": "x"},
        )
