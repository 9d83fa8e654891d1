import base64

from odoo import fields
from odoo.tests import tagged

from odoo.addons.gov_base.tools.scan import SCAN_LIMIT

from .common_rpc import CONTEXTS, RpcCase
from .common_scan import PDF, TEXT
from .test_approval_offline import OfflineCase


@tagged("post_install", "-at_install")
class TestSpecialRpc(OfflineCase, RpcCase):
    """Paper, phone, meetings and late entries, over real HTTP by every role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callers = (
            cls.staff_user,
            cls.office_head_user,
            cls.recorder_user,
            cls.second_user,
            cls.supervision_user,
            cls.admin_user,
        )
        cls._make_keys(cls.callers)
        cls.name = cls.Matter._name

    def test_the_channel_is_not_the_callers(self):
        matter = self._submitted()
        for arguments in (
            {"channel": "paper"},
            {"decided_at": "2020-01-01 00:00:00"},
            {"comment": "x", "decider_id": self.head_user.id},
        ):
            for context in CONTEXTS:
                self._assert_refused(
                    self.office_head_user,
                    self.name,
                    "action_approve",
                    ids=matter.ids,
                    context=context,
                    **arguments,
                )
        self.assertEqual(matter.approval_state, "submitted")
        for user in self.callers:
            for model in ("gov.approval.decision", "gov.approval.mark"):
                self._assert_refused(
                    user,
                    model,
                    "create",
                    vals_list=[{"model": self.name, "res_id": matter.id}],
                    context=CONTEXTS[2],
                )
        self.assertFalse(matter.sudo().decision_ids)

    def test_a_meeting_is_not_confirmed_from_outside(self):
        matter = self._at_meeting()
        meeting = self._entered(matter)
        for user in self.callers:
            for context in CONTEXTS:
                self._assert_refused(
                    user,
                    "gov.approval.meeting",
                    "write",
                    ids=meeting.ids,
                    vals={"state": "confirmed"},
                    context=context,
                )
                if user != self.second_user:
                    self._assert_refused(
                        user,
                        "gov.approval.meeting",
                        "action_confirm",
                        ids=meeting.ids,
                        context=context,
                    )
                for method in ("action_approve", "action_reject"):
                    arguments = {"reason": "x"} if method == "action_reject" else {}
                    self._assert_refused(
                        user,
                        self.name,
                        method,
                        ids=matter.ids,
                        context=context,
                        **arguments,
                    )
        self.assertEqual(matter.approval_state, "submitted")
        status, answer = self._json2(
            self.second_user,
            "gov.approval.meeting",
            "action_confirm",
            ids=meeting.ids,
        )
        self.assertEqual((status, answer), (200, True))
        self.assertEqual(matter.approval_state, "approved")

    def test_an_offline_decision_from_outside(self):
        matter = self._submitted()
        values = {
            "number": matter.number,
            "leader_id": self.office_head_user.id,
            "decided_at": fields.Datetime.to_string(fields.Datetime.now()),
            "channel": "paper",
        }
        large = base64.b64encode(b"%PDF-" + b"0" * SCAN_LIMIT).decode()
        for bad in (
            {"scan": TEXT},
            {"scan": 1},
            {"scan": large},
            {"channel": "meeting"},
            {"channel": "system"},
            {"decided_at": "soon"},
            {"leader_id": "x"},
            {"outcome": "approved"},
            {"state": "recorded"},
            {"recorder_id": self.head_user.id},
        ):
            self._assert_refused(
                self.recorder_user,
                "gov.approval.offline",
                "create",
                vals_list=[{**values, **bad}],
            )
        status, ids = self._json2(
            self.recorder_user,
            "gov.approval.offline",
            "create",
            vals_list=[{**values, "scan": PDF}],
        )
        self.assertEqual(status, 200)
        for user in self.callers:
            if user != self.recorder_user:
                self._assert_refused(
                    user, "gov.approval.offline", "action_record", ids=ids
                )
        status, answer = self._json2(
            self.recorder_user, "gov.approval.offline", "action_record", ids=ids
        )
        self.assertEqual((status, answer), (200, True))
        for user in self.callers:
            if user != self.office_head_user:
                for method, arguments in (
                    ("action_confirm", {}),
                    ("action_dispute", {"reason": "x"}),
                ):
                    self._assert_refused(
                        user, "gov.approval.offline", method, ids=ids, **arguments
                    )
        for bad in (None, "", 1, [1], {"a": 1}, "a\x00"):
            self._assert_refused(
                self.office_head_user,
                "gov.approval.offline",
                "action_dispute",
                ids=ids,
                reason=bad,
            )
        status, answer = self._json2(
            self.office_head_user, "gov.approval.offline", "action_confirm", ids=ids
        )
        self.assertEqual((status, answer), (200, True))

    def test_books_are_not_closed_from_outside(self):
        for user in self.callers:
            self._assert_refused(
                user,
                "res.company",
                "write",
                ids=self.company.ids,
                vals={"gov_closed_until": "2026-01-31"},
                context=CONTEXTS[2],
            )
        for day, reason in ((17, "x"), ("2026-01-31", 17), ("x", "x"), (False, "")):
            self._assert_refused(
                self.admin_user,
                "res.company",
                "action_gov_reopen",
                ids=self.company.ids,
                day=day,
                reason=reason,
            )
