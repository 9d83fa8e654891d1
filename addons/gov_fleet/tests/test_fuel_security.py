from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests.common_rpc import RpcCase

from .common_fuel import FuelCase

_ROLES = ("staff", "driver", "dispatcher", "technician", "fleet", "supervision")
# model → operation → roles that may.
_MATRIX = {
    "gov.fuel.card": {
        "read": {"dispatcher", "technician", "fleet", "supervision"},
        "write": {"technician", "fleet"},
        "create": {"technician", "fleet"},
        "unlink": set(),
    },
    "gov.fuel.station": {
        "read": {"driver", "dispatcher", "technician", "fleet", "supervision"},
        "write": {"technician", "fleet"},
        "create": {"technician", "fleet"},
        "unlink": set(),
    },
    "gov.fuel.entry": {
        "read": {"driver", "dispatcher", "technician", "fleet", "supervision"},
        "write": {"driver", "dispatcher", "technician", "fleet"},
        "create": {"driver", "dispatcher", "technician", "fleet"},
        "unlink": set(),
    },
    "gov.fuel.topup": {
        "read": set(_ROLES),
        "write": {"technician", "fleet"},
        "create": {"technician", "fleet"},
        "unlink": {"technician", "fleet"},
    },
    "gov.fuel.statement": {
        "read": {"dispatcher", "technician", "fleet", "supervision"},
        "write": set(),
        "create": set(),
        "unlink": set(),
    },
    "gov.fuel.mapping": {
        "read": {"technician", "fleet"},
        "write": {"technician", "fleet"},
        "create": {"technician", "fleet"},
        "unlink": {"technician", "fleet"},
    },
    "gov.fuel.import": {
        operation: {"technician", "fleet"}
        for operation in ("read", "write", "create", "unlink")
    },
}


@tagged("post_install", "-at_install")
class TestFuelSecurity(FuelCase):
    """Who may what; and nothing crosses the border of an institution."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supervision_user = cls._create_user(
            "fuel_supervision", "gov_base.group_supervision"
        )

    def test_matrix(self):
        for model, operations in _MATRIX.items():
            for operation, roles in operations.items():
                for role in _ROLES:
                    user = getattr(self, f"{role}_user")
                    with self.subTest(model=model, operation=operation, role=role):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            role in roles,
                        )

    def test_supervision_reads_and_never_writes(self):
        entry = self._fill()
        mine = self._as(entry, self.supervision_user)
        self.assertEqual(mine.litres, 30)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            mine.note = "x"
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            mine.action_void("x")

    def test_driver_keeps_to_the_own_fills(self):
        entry = self._fill(driver_id=self.driver2.id)
        mine = self._as(entry, self.driver_user)
        for step in (
            lambda: mine.read(["litres"]),
            lambda: mine.write({"note": "x"}),
            lambda: mine.action_void("x"),
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                step()
        own = self._fill(user=self.driver_user)
        own.note = "Pump 3"
        own.action_void("Wrong vehicle")
        self.assertFalse(own.active)

    def test_another_institution(self):
        other = self._create_company("Second County")
        entry = self._fill()
        user = self._create_user(
            "fuel_other", "gov_fleet.group_fleet_manager", company=other
        )
        for record in (entry, self.card, self.station):
            found = self._as(record.browse(), user).search([("id", "=", record.id)])
            self.assertFalse(found)
        entries = self._as(self.env["gov.fuel.entry"], user)
        with self.assertRaises(UserError), mute_logger("odoo.models"):
            entries.create(
                {
                    "vehicle_id": self.car.id,
                    "card_id": self.card.id,
                    "product": "92",
                    "litres": 3,
                }
            )
        with self.assertRaises(UserError):
            self._fill(company_id=other.id)

    def test_lists_cost_the_same(self):
        def cost(count):
            self.env.flush_all()
            self.env.invalidate_all()
            entries = self._as(self.env["gov.fuel.entry"], self.technician_user)
            before = self.env.cr.sql_log_count
            entries.search([], limit=count, order="id").web_read(
                {
                    "vehicle_id": {"fields": {"display_name": {}}},
                    "station_id": {"fields": {"display_name": {}}},
                    "driver_id": {"fields": {"display_name": {}}},
                    "litres": {},
                    "is_open": {},
                    "finding_count": {},
                    "match_state": {},
                    "deviation": {},
                    "display_name": {},
                }
            )
            return self.env.cr.sql_log_count - before

        self._trip()
        entries = self._as(self.env["gov.fuel.entry"], self.technician_user)
        entries.create(
            [
                {
                    "vehicle_id": (self.car, self.car2, self.mpv)[number % 3].id,
                    "date": self._at(8, number % 60, day=self.day),
                    "litres": 20,
                    "station_id": self.station.id,
                }
                for number in range(80)
            ]
        )
        cost(8)
        self.assertEqual(cost(8), cost(80))


@tagged("post_install", "-at_install")
class TestFuelRpc(RpcCase, FuelCase):
    """Raw calls over the network change nothing that is not theirs to change."""

    def test_attacks(self):
        entry = self._fill()
        topup = self._as(self.env["gov.fuel.topup"], self.technician_user).create(
            {"card_id": self.card.id, "amount": 100}
        )
        self._make_keys(self.technician_user + self.driver_user + self.staff_user)
        for user in (self.technician_user, self.driver_user, self.staff_user):
            for model, record, vals in (
                ("gov.fuel.entry", entry, {"match_state": "matched"}),
                ("gov.fuel.entry", entry, {"litres": -1}),
                ("gov.fuel.entry", entry, {"consumption": 5}),
                ("gov.fuel.card", self.card, {"state": "closed"}),
                ("gov.fuel.topup", topup, {"state": "done"}),
            ):
                for context in ({}, {"gov_engine": True, "su": True}):
                    with self.subTest(user=user.login, vals=vals):
                        self._assert_refused(
                            user,
                            model,
                            "write",
                            ids=record.ids,
                            vals=vals,
                            context=context,
                        )
            self._assert_refused(
                user, "gov.fuel.statement", "create", vals_list=[{"row_count": 1}]
            )
            self._assert_refused(user, "gov.fuel.entry", "unlink", ids=entry.ids)
        self._assert_refused(
            self.driver_user, "gov.fuel.topup", "action_book", ids=topup.ids
        )
        self.assertEqual(entry.litres, 30)
        self.assertEqual(self.card.state, "active")

    def test_answers(self):
        self._make_keys(self.technician_user)
        status, answer = self._json2(
            self.technician_user,
            "gov.fuel.entry",
            "create",
            vals_list=[
                {
                    "vehicle_id": self.car.id,
                    "litres": 30,
                    "amount": 225,
                    "station_id": self.station.id,
                }
            ],
        )
        self.assertEqual(status, 200, answer)
        entry = self.env["gov.fuel.entry"].browse(answer)
        self.assertEqual(entry.price, 7.5)
        status, answer = self._json2(
            self.technician_user,
            "gov.fuel.entry",
            "action_void",
            ids=entry.ids,
            reason="Typed twice",
        )
        self.assertEqual((status, answer), (200, True))
