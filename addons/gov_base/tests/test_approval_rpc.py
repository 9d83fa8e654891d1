import json
import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalRpc(ApprovalCase, HttpCase):
    """What a stranger, the applicant and the approver can do from outside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.name = cls.Matter._name
        cls.matter = cls.Matter.with_user(cls.staff_user).create(
            {"kind": "purchase", "name": "laptops"}
        )
        cls.matter.action_submit()
        cls.matter.with_user(cls.office_head_user).action_approve("secret word")

    def setUp(self):
        super().setUp()
        self.keys = {}

    def _key(self, user):
        if user not in self.keys:
            key = self.env["res.users.apikeys"].with_user(user)
            self.keys[user] = key._generate(
                "rpc", "test", fields.Datetime.now() + timedelta(days=1)
            )
            self.env.flush_all()
        return self.keys[user]

    def _json(self, user, model, method, **body):
        """Return status and answer of one call over JSON-2."""
        self.env.flush_all()
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {self._key(user)}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def _xml(self, user, method, *args):
        """Return the answer of one call on the matter over XML-RPC."""
        self.env.flush_all()
        answer = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            user.id,
            self._key(user),
            self.name,
            method,
            [self.matter.ids, *args],
        )
        self.env.invalidate_all()
        return answer

    def _rows(self):
        matter = self.matter.sudo()
        return (
            matter,
            matter.step_ids[:1],
            matter.seat_ids[:1],
            matter.decision_ids[:1],
        )

    def test_a_stranger_finds_nothing(self):
        spec = {"company_id": {}}
        for rows in self._rows():
            for method, body, empty in (
                ("search", {"domain": []}, []),
                ("search_count", {"domain": []}, 0),
                ("search_read", {"domain": [], "fields": ["company_id"]}, []),
                ("name_search", {"name": ""}, []),
                (
                    "web_search_read",
                    {"domain": [], "specification": spec},
                    {"length": 0, "records": []},
                ),
                (
                    "formatted_read_group",
                    {"domain": [], "groupby": ["company_id"]},
                    [],
                ),
            ):
                with self.subTest(model=rows._name, method=method):
                    answer = self._json(
                        self.works_staff_user, rows._name, method, **body
                    )
                    self.assertEqual(answer, (200, empty))

    def test_a_stranger_reads_nothing(self):
        values = {"approval_state": "submitted"}
        onchange = {
            "values": values,
            "field_names": [],
            "fields_spec": {"chain_preview": {}},
        }
        for rows in self._rows():
            for method, body in (
                ("read", {"fields": ["company_id"]}),
                ("web_read", {"specification": {"company_id": {}}}),
                ("copy", {}),
                ("get_metadata", {}),
                ("onchange", onchange),
            ):
                with self.subTest(model=rows._name, method=method):
                    status, _answer = self._json(
                        self.works_staff_user,
                        rows._name,
                        method,
                        ids=rows.ids,
                        **body,
                    )
                    self.assertEqual(status, 403)

    def test_nothing_of_the_engine_is_written(self):
        _matter, step, _seat, decision = self._rows()
        forged = {"gov_engine": True, "default_approval_state": "approved"}
        for vals in (
            {"approval_state": "approved"},
            {"number": "1"},
            {"amount_for_approval": 3},
            {"step_ids": [[1, step.id, {"state": "approved"}]]},
            {"decision_ids": [[2, decision.id, 0]]},
            {"seat_ids": [[0, 0, {"user_id": self.staff_user.id}]]},
        ):
            for user in self.staff_user, self.office_head_user, self.admin_user:
                for method, body in (
                    ("write", {"ids": self.matter.ids, "vals": vals}),
                    (
                        "web_save",
                        {"ids": self.matter.ids, "vals": vals, "specification": {}},
                    ),
                    ("create", {"vals_list": [{"kind": "issue", **vals}]}),
                ):
                    with self.subTest(user=user.login, vals=vals, method=method):
                        status, _answer = self._json(
                            user, self.name, method, context=forged, **body
                        )
                        self.assertIn(status, (403, 422))
        self.assertEqual(self.matter.approval_state, "submitted")

    def test_bad_arguments_are_refused_in_words(self):
        for user, method, body in (
            (self.leader_user, "action_return", {"reason": "x", "to_sequence": "a"}),
            (self.leader_user, "action_return", {"reason": "x", "to_sequence": [1]}),
            (self.leader_user, "action_return", {"reason": "x", "to_sequence": 10**30}),
            (self.leader_user, "action_return", {"reason": {"a": 1}}),
            (self.leader_user, "action_approve", {"comment": {"a": 1}}),
            (self.leader_user, "action_approve", {"comment": "a\x00b"}),
            (self.staff_user, "action_withdraw", {"reason": [1]}),
            (self.staff_user, "action_cancel", {"reason": "x"}),
            (self.staff_user, "action_approve", {}),
        ):
            with self.subTest(method=method, body=body):
                status, answer = self._json(
                    user, self.name, method, ids=self.matter.ids, **body
                )
                self.assertEqual(status, 422)
                self.assertEqual(answer["name"], "odoo.exceptions.UserError")
        self.assertEqual(len(self.matter.decision_ids), 1)

    def test_each_action_answers_over_xml_rpc(self):
        self.assertTrue(self._xml(self.staff_user, "action_open_reason_wizard"))
        for user, method, args in (
            (self.staff_user, "action_withdraw", ()),
            (self.staff_user, "action_submit", ()),
            (self.office_head_user, "action_approve", ()),
            (self.leader_user, "action_return", ("why", 1)),
            (self.office_head_user, "action_return", ("why", False)),
            (self.staff_user, "action_submit", ()),
            (self.office_head_user, "action_reject", ("no",)),
        ):
            with self.subTest(method=method):
                self.assertIs(self._xml(user, method, *args), True)
        self.assertEqual(self.matter.approval_state, "rejected")
        with self.assertRaisesRegex(xmlrpc.client.Fault, "Rejected"):
            self._xml(self.staff_user, "action_submit")
