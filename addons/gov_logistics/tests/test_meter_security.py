from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common_meter import MeterCase

# model → what each role may do: (r)ead, (w)rite, (c)reate, (d)elete
MATRIX = {
    "gov.meter": {"inspector": "r", "keeper": "rwc", "centre": "rwc", "watch": "r"},
    "gov.meter.share": {
        "inspector": "r",
        "keeper": "rwcd",
        "centre": "rwcd",
        "watch": "r",
    },
    "gov.meter.reading": {
        "inspector": "rc",
        "keeper": "rc",
        "centre": "rc",
        "watch": "r",
    },
    "gov.meter.round": {
        "inspector": "rwcd",
        "keeper": "rwcd",
        "centre": "rwcd",
        "watch": "r",
    },
    "gov.meter.round.line": {
        "inspector": "rwcd",
        "keeper": "rwcd",
        "centre": "rwcd",
        "watch": "r",
    },
    "gov.service.usage": {
        "staff": "r",
        "repairer": "r",
        "desk": "r",
        "inspector": "r",
        "keeper": "rwc",
        "centre": "rwc",
        "budget": "r",
        "store": "r",
        "watch": "r",
    },
    "gov.meter.use": dict.fromkeys(
        (
            "staff",
            "repairer",
            "desk",
            "inspector",
            "keeper",
            "centre",
            "budget",
            "store",
            "watch",
        ),
        "r",
    ),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
ROLES = (
    "staff",
    "repairer",
    "desk",
    "inspector",
    "keeper",
    "centre",
    "budget",
    "store",
    "watch",
    "portal",
)


@tagged("post_install", "-at_install")
class TestMeterAccess(MeterCase):
    def test_matrix(self):
        self.watch_user = new_test_user(
            self.env,
            "gov_watch_meter",
            "gov_base.group_supervision",
            company_id=self.company.id,
        )
        for model, rights in MATRIX.items():
            for role in ROLES:
                records = self.env[model].with_user(getattr(self, f"{role}_user"))
                found = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if records.has_access(operation)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(found, rights.get(role, ""))

    def test_meter_of_another_institution_is_out_of_reach(self):
        other = self._create_company("Other Institution")
        user = new_test_user(
            self.env,
            "gov_other_keeper",
            "gov_logistics.group_service_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for change in (
            lambda: self._as(self.meter, user).write({"name": "x"}),
            lambda: self._read(self.meter, 5, 1005, user=user),
            lambda: self._as(self.first, user).action_cancel("x"),
            lambda: self._as(self.first, user).read(["value"]),
            lambda: self._share(self.meter, (self.office_line, 100), user=user),
        ):
            with self.assertRaises(AccessError):
                change()


@tagged("post_install", "-at_install")
class TestMeterRpc(HttpCase, MeterCase):
    """What a caller over RPC can send, with any context."""

    CONTEXTS = (
        {},
        {
            "gov_engine": True,
            "gov_meter_shares_later": True,
            "active_test": False,
            "default_state": "cancelled",
            "install_mode": True,
            "tracking_disable": True,
        },
    )

    def _call(self, user, model, method, *args, context=None):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": {
                    "context": {
                        **(context or {}),
                        "allowed_company_ids": self.company.ids,
                    }
                },
            },
        )

    def test_attacks(self):
        for user in (
            self.inspector_user,
            self.keeper_user,
            self.centre_user,
            self.staff_user,
        ):
            user.password = user.login
        reading = self._read(self.meter, 10, 1100)
        usage = self._usages(reading)
        meter, first = self.meter, self.first
        day = str(self.start + timedelta(days=20))
        attacks = [
            ("gov.meter.reading", "write", [first.id], {"value": 1}),
            ("gov.meter.reading", "write", [first.id], {"state": "cancelled"}),
            ("gov.meter.reading", "unlink", [reading.id]),
            ("gov.meter.reading", "copy", [reading.id]),
            (
                "gov.meter.reading",
                "create",
                {"meter_id": meter.id, "date": day, "value": 1101, "quantity": 9},
            ),
            (
                "gov.meter.reading",
                "create",
                {"meter_id": [meter.id], "date": day, "value": 1101},
            ),
            (
                "gov.meter.reading",
                "create",
                {"meter_id": meter.id, "date": "tomorrow", "value": 1101},
            ),
            ("gov.meter.reading", "_create_wave", []),
            ("gov.meter.reading", "_cancel", [reading.id], "x"),
            ("gov.meter", "write", [meter.id], {"last_reading_id": False}),
            ("gov.meter", "write", [meter.id], {"digits": 9}),
            ("gov.meter", "unlink", [meter.id]),
            (
                "gov.meter",
                "write",
                [meter.id],
                {"reading_ids": [[0, 0, {"date": day, "quantity": 5}]]},
            ),
            (
                "gov.meter",
                "write",
                [meter.id],
                {"share_ids": [[0, 0, {"department_id": 1, "percent": 30}]]},
            ),
            (
                "gov.meter.share",
                "create",
                {"meter_id": meter.id, "department_id": 1, "percent": "NaN"},
            ),
            ("gov.service.usage", "write", [usage.id], {"quantity": 1}),
            ("gov.service.usage", "write", [usage.id], {"settlement_line_id": 1}),
            ("gov.service.usage", "unlink", [usage.id]),
            ("gov.service.usage", "_record", []),
            ("gov.service.usage", "_reverse", [usage.id], "x"),
            ("gov.service.usage", "action_reverse", [usage.id], "x"),
            (
                "gov.service.usage",
                "create",
                {"contract_line_id": self.office_line.id, "quantity": -4},
            ),
            (
                "gov.service.usage",
                "create",
                {
                    "contract_line_id": self.office_line.id,
                    "quantity": 4,
                    "source": "meter",
                },
            ),
            ("gov.meter.round", "write", [0], {"state": "done"}),
        ]
        self.env.cr.flush()
        for user in (
            self.inspector_user,
            self.keeper_user,
            self.centre_user,
            self.staff_user,
        ):
            for context in self.CONTEXTS:
                for model, method, *args in attacks:
                    with (
                        self.subTest(user.login, attack=(model, method, args)),
                        mute_logger("odoo.http"),
                        self.assertRaises(JsonRpcException) as caught,
                    ):
                        self._call(user, model, method, *args, context=context)
                    self.assertNotIn("Traceback", str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual(meter.last_reading_id, reading)
        self.assertEqual(usage.quantity, 100)
        self.assertEqual(first.value, 1000)
        self.assertFalse(meter.share_ids)

    def test_methods_answer_with_a_value(self):
        self.inspector_user.password = self.inspector_user.login
        reading = self._read(self.meter, 10, 1100)
        self.assertIs(
            self._call(
                self.inspector_user,
                "gov.meter.reading",
                "action_cancel",
                reading.ids,
                "Misread",
            ),
            True,
        )
