from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .test_track import TrackCase

_C, _R, _W, _D = "create", "read", "write", "unlink"
# model: role → operations; who is not named may do nothing.
_MATRIX = {
    "gov.vehicle.sealing": {
        "dispatcher": {_C, _R, _W, _D},
        "fleet": {_C, _R, _W, _D},
        "technician": {_R},
        "supervision": {_R},
    },
    "gov.vehicle.sealing.line": {
        "dispatcher": {_C, _R, _W, _D},
        "fleet": {_C, _R, _W, _D},
        "technician": {_R},
        "supervision": {_R},
    },
    "gov.vehicle.sealing.permit": {
        "dispatcher": {_C, _R, _W, _D},
        "fleet": {_C, _R, _W, _D},
        "technician": {_R},
        "supervision": {_R},
        "driver": {_R},
        "staff": {_R},
        "track": {_R},
    },
    "gov.vehicle.spot.check": {
        "dispatcher": {_R},
        "fleet": {_R},
        "technician": {_R},
        "supervision": {_C, _R, _W},
    },
    "gov.vehicle.roll": {
        "dispatcher": {_C, _R, _W},
        "fleet": {_C, _R, _W},
        "supervision": {_R},
    },
    "gov.vehicle.roll.line": {
        "dispatcher": {_R, _W},
        "fleet": {_R, _W},
        "supervision": {_R},
    },
    "gov.vehicle.place": {"dispatcher": {_R}, "fleet": {_C, _R, _W, _D}},
    "gov.vehicle.track": {"track": {_R}},
    "gov.vehicle.track.point": {"track": {_R}},
    "gov.vehicle.track.purge": {
        "track": {_R},
        "fleet": {_R},
        "supervision": {_R},
    },
    "gov.vehicle.reconciliation": {
        "fleet": {_C, _R, _W, _D},
        "supervision": {_R},
    },
    "gov.vehicle.reconciliation.line": {
        role: {_R}
        for role in (
            "dispatcher",
            "driver",
            "fleet",
            "staff",
            "supervision",
            "technician",
            "track",
        )
    },
}
_ROLES = (
    "dispatcher",
    "driver",
    "fleet",
    "staff",
    "supervision",
    "technician",
    "track",
)


@tagged("post_install", "-at_install")
class TestSealingAccess(TrackCase):
    """Who may do what, and nobody more."""

    def test_matrix(self):
        for model, roles in _MATRIX.items():
            for role in _ROLES:
                user = getattr(self, f"{role}_user")
                records = self.env[model].with_user(user)
                allowed = {
                    operation
                    for operation in (_C, _R, _W, _D)
                    if records.has_access(operation)
                }
                with self.subTest(model=model, role=role):
                    self.assertEqual(allowed, roles.get(role, set()))

    def test_permit_is_read_by_its_people(self):
        self._on_duty()
        line = self._line(self._sealed(last=2), self.car)
        permit = self._as(
            self.env["gov.vehicle.sealing.permit"], self.dispatcher_user
        ).create(
            {
                "line_id": line.id,
                "purpose": "Flood",
                "employee_id": self.dispatcher.id,
                "date_start": fields.Datetime.now(),
                "date_end": fields.Datetime.now() + timedelta(hours=1),
            }
        )
        with self.assertRaises(AccessError):
            permit.with_user(self.leader_user).read(["purpose"])
        permit.action_submit()
        self.assertTrue(permit.with_user(self.leader_user).purpose)
        with self.assertRaises(AccessError):
            permit.with_user(self.staff_user).read(["purpose"])

    def test_other_company(self):
        """Nothing of another institution is read, written or referred to."""
        sealing = self._list()
        other = self._create_user(
            "gov_other_dispatcher",
            "gov_fleet.group_fleet_manager,gov_fleet.group_track,"
            "gov_base.group_supervision",
            self.other_company,
        )
        track = self._import(self._file((3, 8, 0, 30.0)))
        roll = self._as(self.env["gov.vehicle.roll"], self.dispatcher_user).create({})
        check = self._as(
            self.env["gov.vehicle.spot.check"], self.supervision_user
        ).create({"vehicle_id": self.car.id})
        run = self._as(self.env["gov.vehicle.reconciliation"], self.fleet_user).create(
            {"month": self.month}
        )
        for records in (
            sealing,
            sealing.line_ids,
            track,
            roll,
            roll.line_ids,
            check,
            run,
            self.yard,
        ):
            mine = self._as(records, other)
            self.assertFalse(mine.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                mine.read(["company_id"])
        for model, vals in (
            (
                "gov.vehicle.sealing",
                {"keeper_id": self.pool_head.id, "name": "x", **self._days()},
            ),
            ("gov.vehicle.spot.check", {"vehicle_id": self.car.id}),
        ):
            with self.assertRaises(UserError):
                self._as(self.env[model], other).create(vals)
        with self.assertRaises(UserError):
            self._as(self.env[run._name], other).create(
                {"month": "2020-01-01", "company_id": self.company.id}
            )

    def _days(self):
        return {"date_from": self.today, "date_to": self.today}

    def test_job_keeps_institutions_apart(self):
        """Each institution has its own list of its own vehicles."""
        engine(self.env["fleet.vehicle"].sudo()).create(
            {
                "model_id": self.car_model.id,
                "license_plate": "岚B·1",
                "company_id": self.other_company.id,
            }
        )
        self._set_days("holiday", range(5, 8))
        days = [self.today + timedelta(days=number) for number in range(5, 8)]
        self.workdays.create(
            [
                {
                    "date": day,
                    "kind": "holiday",
                    "name": "Test Festival",
                    "company_id": self.other_company.id,
                }
                for day in days
            ]
        )
        lists = self.env["gov.vehicle.sealing"]
        lists._prepare_for(self.company)
        lists.with_company(self.other_company)._prepare_for(self.other_company)
        found = lists.sudo().search(
            [
                ("company_id", "in", (self.company + self.other_company).ids),
                ("date_from", "<=", days[0]),
                ("date_to", ">=", days[0]),
            ]
        )
        self.assertEqual(len(found), 2)
        for sealing in found:
            self.assertEqual(sealing.line_ids.vehicle_id.company_id, sealing.company_id)


@tagged("post_install", "-at_install")
class TestSealingRpc(TrackCase, RpcCase):
    """Raw calls, with any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_keys(
            cls.dispatcher_user
            + cls.fleet_user
            + cls.supervision_user
            + cls.track_user
            + cls.staff_user
        )

    def _refused(self, user, model, method, **arguments):
        for context in CONTEXTS:
            status, answer = self._json2(
                user, model, method, context=context, **arguments
            )
            self.assertNotEqual(status, 200, (model, method, arguments, answer))

    def test_states_and_ledgers(self):
        sealing = self._sealed()
        line = self._line(sealing, self.car)
        roll = self._as(self.env["gov.vehicle.roll"], self.dispatcher_user).create({})
        track = self._import(self._file((3, 8, 0, 30.0)))
        run = self._as(self.env["gov.vehicle.reconciliation"], self.fleet_user).create(
            {"month": self.month}
        )
        for user, records, vals in (
            (self.dispatcher_user, sealing, {"state": "unsealed"}),
            (self.dispatcher_user, sealing, {"number": "车封〔2026〕999号"}),
            (self.fleet_user, sealing, {"sealed_at": "2020-01-01 00:00:00"}),
            (self.dispatcher_user, line, {"state": "unsealed"}),
            (self.fleet_user, line, {"permitted_km": 500}),
            (self.fleet_user, line, {"difference": 0}),
            (self.fleet_user, line, {"odometer_in": 1}),
            (self.dispatcher_user, roll, {"state": "closed"}),
            (self.dispatcher_user, roll.line_ids[:1], {"vehicle_id": self.bus.id}),
            (self.track_user, track, {"delete_on": "2099-01-01"}),
            (self.fleet_user, run, {"state": "done"}),
            (self.fleet_user, run, {"last_id": 999999}),
            (self.supervision_user, line, {"reason": "x"}),
        ):
            before = records.sudo().read(list(vals))
            self._refused(user, records._name, "write", ids=records.ids, vals=vals)
            self.assertEqual(records.sudo().read(list(vals)), before)

    def test_rows(self):
        track = self._import(self._file((3, 8, 0, 30.0)))
        for user, model, vals in (
            (self.track_user, "gov.vehicle.track", {"name": "x"}),
            (
                self.track_user,
                "gov.vehicle.track.point",
                {"track_id": track.id, "time": "2026-01-01 00:00:00"},
            ),
            (self.track_user, "gov.vehicle.track.purge", {"name": "x"}),
            (self.fleet_user, "gov.vehicle.reconciliation.line", {}),
            (self.dispatcher_user, "gov.vehicle.spot.check", {}),
            (self.staff_user, "gov.vehicle.sealing", {"name": "x"}),
        ):
            self._refused(user, model, "create", vals_list=[vals])
        for user, records in (
            (self.track_user, track),
            (self.dispatcher_user, self._sealed(first=-9, last=-8)),
        ):
            self._refused(user, records._name, "unlink", ids=records.ids)
            self.assertTrue(records.sudo().exists())

    def test_methods(self):
        sealing = self._list()
        for user in (self.supervision_user, self.staff_user, self.track_user):
            for method in (
                "action_seal",
                "action_unseal",
                "action_prepare",
                "action_number_strips",
            ):
                self._refused(user, sealing._name, method, ids=sealing.ids)
        for method in ("_prepare_for", "_cron_prepare", "_seal_lines"):
            self._refused(self.fleet_user, sealing._name, method, ids=sealing.ids)
        self._refused(
            self.track_user, "gov.vehicle.track", "_import_stream", stream="x"
        )
        self.assertEqual(sealing.state, "draft")
