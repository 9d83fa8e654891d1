import base64

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_desk import DeskCase, make_photo

OPERATIONS = ("read", "write", "create", "unlink")


class SecurityCase(DeskCase):
    """Every role beside one request of the staff member, sent to ``repairer``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr_user = cls._create_user("gov_hr", "hr.group_hr_user")
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.logistics_user = cls._create_user(
            "gov_logistics_manager", "gov_logistics.group_logistics_manager"
        )
        cls.roles_of = {
            "requester": cls.staff_user,
            "colleague": cls.works_staff_user,
            "section head": cls.office_head_user,
            "repairer": cls.repairer_user,
            "repairer2": cls.repairer2_user,
            "desk": cls.desk_user,
            "inspector": cls.inspector_user,
            "contract": cls.keeper_user,
            "manager": cls.centre_user,
            "supervision": cls.supervision_user,
            "HR": cls.hr_user,
            "logistics": cls.logistics_user,
            "system": cls.system_user,
        }
        cls.request = cls._take(user=cls.staff_user)
        cls._as(cls.request, cls.desk_user).action_assign(
            cls.repairer_user.id, cls.water_team.id
        )


@tagged("post_install", "-at_install")
class TestServiceSecurity(SecurityCase):
    """Role × model × operation, which requests each role sees, and what it writes."""

    def test_matrix_of_models(self):
        every = {role: "r" for role in self.roles_of}
        manager = {**every, "manager": "rwcu"}
        desk = {**every, "desk": "rwcu", "manager": "rwcu"}
        none = {role: "" for role in self.roles_of}
        for model, expected in {
            "gov.service.group": manager,
            "gov.service.item": manager,
            "gov.service.price": manager,
            "gov.room": desk,
            "gov.service.pause": every,
            "gov.service.callback": every,
            "gov.service.quick": {**none, "desk": "rwc", "manager": "rwc"},
            "gov.service.dialog": {role: "rwc" for role in self.roles_of},
        }.items():
            for role, user in self.roles_of.items():
                given = "".join(
                    operation[0]
                    for operation in OPERATIONS
                    if self.env[model].with_user(user).has_access(operation)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(given, expected[role])

    def test_who_sees_the_request(self):
        sees = {
            "requester",
            "section head",
            "repairer",
            "repairer2",
            "desk",
            "inspector",
            "contract",
            "manager",
            "supervision",
            # Odoo's equipment managers, among them HR, see all requests.
            "HR",
        }
        for role, user in self.roles_of.items():
            with self.subTest(role=role):
                found = self._as(self.requests, user).search(
                    [("id", "=", self.request.id)]
                )
                self.assertEqual(bool(found), role in sees)
        other = self._as(self.requests, self.repairer_user)
        foreign = self._take(name="Not mine")
        self.assertFalse(other.search([("id", "=", foreign.id)]))

    def test_pauses_and_calls_back_are_read_with_the_request(self):
        self._as(self.request, self.repairer_user).action_accept()
        self._as(self.request, self.repairer_user).action_pause("Secret part")
        for role, user in self.roles_of.items():
            pauses = self._as(self.env["gov.service.pause"], user)
            with self.subTest(role=role):
                self.assertEqual(
                    bool(pauses.search([("request_id", "=", self.request.id)])),
                    role
                    in (
                        "requester",
                        "repairer",
                        "repairer2",
                        "desk",
                        "inspector",
                        "contract",
                        "manager",
                        "supervision",
                    ),
                )

    def test_other_institution(self):
        foreign = self._as(self.requests, self.other_staff_user)
        self.assertFalse(foreign.search([("id", "=", self.request.id)]))
        with self.assertRaises(AccessError):
            foreign.browse(self.request.id).action_cancel("Mine now")
        room = self._as(self.env["gov.room"], self.other_staff_user)
        self.assertFalse(room.search([("id", "in", (self.room + self.secret).ids)]))

    def test_portal_and_public_see_nothing_here(self):
        for user in self.portal_user + self.env.ref("base.public_user"):
            for model in ("maintenance.request", "gov.room", "gov.service.price"):
                with self.subTest(user=user.login, model=model):
                    found = self.env[model].with_user(user)
                    if found.has_access("read"):
                        self.assertFalse(found.search([], limit=1))

    # ------------------------------------------------------------- what is written

    def _attacks(self):
        """Return values that nobody writes, whatever the role."""
        stage = self.env["maintenance.stage"]
        done = stage.search([("gov_state", "=", "done")])
        scrap = self.env.ref("maintenance.stage_4")
        return [
            {"gov_state": "done"},
            {"stage_id": done.id},
            {"stage_id": scrap.id},
            {"archive": True},
            {"user_id": self.repairer2_user.id},
            {"maintenance_team_id": False},
            {"number": "X"},
            {"handler_id": self.repairer2_user.id},
            {"requested_at": "2020-01-01 00:00:00"},
            {"sla_response_deadline": "2099-01-01 00:00:00"},
            {"sla_resolve_deadline": "2099-01-01 00:00:00"},
            {"sla_next_deadline": False},
            {"sla_warn_at": False},
            {"sla_missed": False},
            {"escalation": "after"},
            {"arrived_at": "2020-01-01 00:00:00"},
            {"resolved_at": "2020-01-01 00:00:00"},
            {"close_date": "2020-01-01"},
            {"usage_id": False},
            {"parts_cost": 1},
            {"repeat_count": 0},
            {"callback_state": "fixed"},
            {"is_callback_due": False},
            {"access_token": "known"},
            {"rating_last_value": 5},
            {"rating_ids": [Command.clear()]},
            {"pause_ids": [Command.clear()]},
            {"callback_ids": [Command.create({"result": "fixed"})]},
            {"picking_ids": [Command.clear()]},
            {"name": "Harmless", "gov_state": "done"},
        ]

    def test_raw_writes_by_every_role(self):
        before = self.request.sudo().read(
            ["gov_state", "stage_id", "archive", "user_id", "sla_next_deadline"]
        )
        for role, user in self.roles_of.items():
            for vals in self._attacks():
                for context in CONTEXTS:
                    request = self._as(self.request, user)
                    request = request.with_env(request.env(context=context))
                    with self.subTest(role=role, vals=vals), self._refused():
                        request.write(vals)
        self.env.invalidate_all()
        after = self.request.sudo().read(
            ["gov_state", "stage_id", "archive", "user_id", "sla_next_deadline"]
        )
        self.assertEqual(before, after)

    def _refused(self):
        # AccessError is a UserError.
        return self.assertRaises(UserError)

    def test_nobody_deletes(self):
        for role, user in self.roles_of.items():
            with self.subTest(role=role), self._refused():
                self._as(self.request, user).unlink()
        with self._refused():
            self.request.sudo().unlink()

    def test_what_each_role_may_write(self):
        may = {
            "name": {"desk", "manager"},
            "caller_phone": {"desk", "manager"},
            "is_emergency": {"desk", "manager"},
            "department_id": {"desk", "manager"},
            "closing_text": {"repairer", "desk", "manager"},
        }
        values = {
            "name": "Changed",
            "caller_phone": "1",
            "is_emergency": True,
            "department_id": self.works.id,
            "closing_text": "Done",
        }
        for name, roles in may.items():
            for role, user in self.roles_of.items():
                request = self._as(self.request, user)
                with self.subTest(field=name, role=role):
                    if role in roles:
                        self.assertTrue(request.write({name: values[name]}))
                    else:
                        with self._refused():
                            request.write({name: values[name]})

    def test_raw_photos_are_looked_at(self):
        """A photo that is written and not taken is checked by its content too."""
        svg = base64.b64encode(b"<svg><script>alert(1)</script></svg>").decode()
        page = base64.b64encode(b"<html><script>1</script></html>").decode()
        desk = self._as(self.request, self.desk_user)
        for value in (svg, page, "abcd", "%%%", {"a": 1}, 7, "A" * (21 * 1024 * 1024)):
            with self.subTest(value=str(value)[:20]):
                with self.assertRaises(UserError):
                    desk.write({"closing_photo": value})
                with self.assertRaises(UserError):
                    self._take(user=self.staff_user, photo=value)
        self.assertTrue(desk.write({"closing_photo": make_photo()}))
        self.assertTrue(desk.write({"closing_photo": False}))

    def test_stays_in_its_institution(self):
        self.desk_user.company_ids += self.other_company
        desk = self._as(self.request, self.desk_user)
        both = (self.company + self.other_company).ids
        for context in ({}, {"allowed_company_ids": both}, *CONTEXTS):
            with self.assertRaisesRegex(UserError, "stays in the books"):
                desk.with_context(**context).write({"company_id": both[1]})
        self.assertTrue(desk.write({"company_id": self.company.id}))

    def test_what_an_employee_does_not_say(self):
        request = self._take(
            user=self.staff_user,
            maintenance_type="preventive",
            recurring_maintenance=True,
            repeat_type="forever",
            closing_text="Done",
            closing_photo=make_photo(),
        )
        self.assertFalse(request.recurring_maintenance)
        self.assertEqual(request.maintenance_type, "corrective")
        self.assertFalse(request.closing_text or request.closing_photo)

    def test_texts_have_an_end(self):
        for vals in ({"name": " "}, {"name": "x" * 501}, {"place": "x" * 501}):
            with self.subTest(vals=str(vals)[:20]), self.assertRaises(UserError):
                self._take(**{"name": "Lamp", **vals})
            with self.subTest(vals=str(vals)[:20]), self.assertRaises(UserError):
                self._as(self.request, self.desk_user).write(vals)

    def test_requester_corrects_until_somebody_is_sent(self):
        request = self._take(user=self.staff_user)
        request.write({"name": "It is the switch", "place": "Room 7"})
        for vals in (
            {"is_emergency": True},
            {"department_id": self.works.id},
            {"employee_id": self.works_staff.id},
            {"quantity": 100},
            {"channel": "phone"},
            {"closing_text": "Done by myself"},
        ):
            with self.subTest(vals=vals), self._refused():
                request.write(vals)
        with self._refused():
            self.request.write({"name": "Something else"})

    def test_closed_is_closed(self):
        request = self._bring(self._take(), "done")
        for user in (self.desk_user, self.repairer_user, self.centre_user):
            with self.subTest(user=user.login), self._refused():
                self._as(request, user).name = "Another fault"
        # Talk goes on.
        self._as(request, self.desk_user).message_post(body="Thanks")

    def test_steps_by_every_role(self):
        """Whoever is neither the repairer nor the desk moves nothing."""
        steps = (
            ("action_accept", ()),
            ("action_arrive", ()),
            ("action_pause", ("Wait",)),
            ("action_resume", ()),
            ("action_done", ("Done",)),
            ("action_refuse", ("No",)),
            ("action_call_back", ("fixed",)),
            ("action_assign", ()),
            ("action_use_parts", ({self.paper.id: 1},)),
        )
        for role, user in self.roles_of.items():
            if role in ("repairer", "desk", "manager"):
                continue
            for method, arguments in steps:
                with self.subTest(role=role, step=method), self._refused():
                    getattr(self._as(self.request, user), method)(*arguments)
        self.assertEqual(self.request.gov_state, "assigned")

    def test_create_with_guarded_values(self):
        for vals in self._attacks():
            if set(vals) == {"maintenance_team_id"}:
                continue
            for user in (self.staff_user, self.desk_user, self.centre_user):
                requests = self._as(self.requests, user)
                with self.subTest(vals=vals, user=user.login), self._refused():
                    requests.create({"name": "New", **vals})

    def test_engine_rows(self):
        self._as(self.request, self.repairer_user).action_accept()
        self._as(self.request, self.repairer_user).action_pause("Wait")
        pause = self.request.sudo().pause_ids
        for user in (self.desk_user, self.centre_user, self.system_user):
            mine = self._as(pause, user)
            for attack in (
                lambda rows: rows.write({"reason": "Another"}),
                lambda rows: rows.unlink(),
                lambda rows: rows.create(
                    {
                        "request_id": self.request.id,
                        "reason": "Mine",
                        "user_id": self.desk_user.id,
                        "date_from": "2020-01-01",
                        "state_before": "done",
                    }
                ),
            ):
                with self.subTest(user=user.login), self._refused():
                    attack(mine)

    def test_dialog_of_another(self):
        action = self._as(self.request, self.desk_user).action_open_dialog("cancel")
        dialog = self.env["gov.service.dialog"].browse(action["res_id"])
        with self.assertRaises(AccessError):
            self._as(dialog, self.staff_user).action_apply()
        # A dialog made by hand for a request that one does not see.
        mine = self._as(self.env["gov.service.dialog"], self.works_staff_user)
        with self._refused():
            dialog = mine.create(
                {
                    "mode": "cancel",
                    "text": "No",
                    "request_ids": [Command.set(self.request.ids)],
                }
            )
            dialog.action_apply()

    def test_rooms(self):
        desk = self._as(self.room, self.desk_user)
        self.assertTrue(desk.qr_token)
        with self.assertRaises(AccessError):
            self._as(self.room, self.staff_user).read(["qr_token"])
        with self._refused():
            desk.qr_token = "mine"
        with self._refused():
            self._as(self.env["gov.room"], self.desk_user).create(
                {"name": "9", "qr_token": "mine"}
            )
        with self.assertRaises(AccessError):
            self._as(self.room, self.staff_user).write({"is_secret": False})
        token = desk.qr_token
        desk.action_renew_qr()
        self.assertNotEqual(desk.qr_token, token)
        with self._refused():
            self._as(self.room, self.staff_user).action_renew_qr()

    def test_secret_room_has_no_code(self):
        secret = self._as(self.secret, self.desk_user)
        self.assertFalse(secret.qr_token)
        with self._refused():
            secret.action_renew_qr()
        room = self._as(self.room, self.desk_user)
        room.is_secret = True
        self.assertFalse(room.qr_token)
        room.is_secret = False
        self.assertTrue(room.qr_token)
        # A copy has a code of its own.
        self.assertNotEqual(room.copy({"name": "306"}).qr_token, room.qr_token)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.env.cr.execute(
                "UPDATE gov_room SET qr_token = 'x' WHERE id = %s", [self.secret.id]
            )

    def test_catalogue_is_kept_by_the_manager(self):
        for user in (self.desk_user, self.keeper_user, self.staff_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(self.lamp, user).name = "Another"
        self._as(self.lamp, self.centre_user).name = "Lamp"


@tagged("post_install", "-at_install")
class TestServiceRpc(SecurityCase, RpcCase):
    """The same from outside: JSON-2 and XML-RPC with keys of one's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_keys(
            cls.staff_user + cls.repairer_user + cls.desk_user + cls.centre_user
        )

    def test_writes(self):
        attacks = (
            {"gov_state": "done"},
            {"archive": True},
            {"sla_missed": False},
            {"stage_id": self.env.ref("maintenance.stage_4").id},
        )
        for user in self.keys:
            for vals in attacks:
                self._assert_refused(
                    user,
                    "maintenance.request",
                    "write",
                    ids=self.request.ids,
                    vals=vals,
                    context=CONTEXTS[-1],
                )
            self._assert_refused_xml(
                user, "maintenance.request", "unlink", self.request.ids
            )
        self.assertEqual(self.request.gov_state, "assigned")

    def test_core_methods(self):
        for method in ("archive_equipment_request", "reset_equipment_request"):
            self._assert_refused(
                self.desk_user, "maintenance.request", method, ids=self.request.ids
            )

    def test_private_methods(self):
        for method, arguments in (
            ("_set_state", {"state": "done"}),
            ("_plan_deadlines", {}),
            ("_cron_escalate", {}),
            ("_adopt_old_requests", {}),
        ):
            self._assert_refused(
                self.centre_user,
                "maintenance.request",
                method,
                ids=self.request.ids,
                **arguments,
            )

    def test_bad_input(self):
        for method, arguments in (
            ("action_assign", {"user_id": "x"}),
            ("action_assign", {"user_id": {"a": 1}}),
            ("action_assign", {"team_id": [1]}),
            ("action_assign", {"moment": "tomorrow"}),
            ("action_pause", {"reason": "Wait", "kind": "coffee"}),
            ("action_pause", {"reason": {"a": 1}}),
            ("action_done", {"text": 5}),
            ("action_done", {"photo": "not an image"}),
            ("action_cancel", {"reason": ["x"]}),
            ("action_use_parts", {"quantities": "x"}),
            ("action_open_dialog", {"mode": {"a": 1}}),
        ):
            self._assert_refused(
                self.desk_user,
                "maintenance.request",
                method,
                ids=self.request.ids,
                **arguments,
            )
        for vals in (
            {"name": "x", "service_item_id": "lamp"},
            {"name": "x", "room_id": 10**12},
            {"name": "x", "quantity": "many"},
        ):
            self._assert_refused(
                self.desk_user, "maintenance.request", "create", vals_list=[vals]
            )

    def test_deleted_request(self):
        for method in ("action_accept", "action_arrive", "action_resume"):
            self._assert_refused(
                self.desk_user, "maintenance.request", method, ids=[10**8]
            )

    def test_steps_over_rpc(self):
        status, answer = self._json2(
            self.desk_user,
            "maintenance.request",
            "action_quick",
            line="Hall dark Zhang 8001",
        )
        self.assertEqual(status, 200, answer)
        request = self.requests.browse(answer["id"])
        for user, method, arguments in (
            (self.desk_user, "action_assign", {"user_id": self.repairer_user.id}),
            (self.repairer_user, "action_accept", {}),
            (self.repairer_user, "action_arrive", {}),
            (self.repairer_user, "action_done", {"text": "ok", "photo": make_photo()}),
        ):
            status, answer = self._json2(
                user, "maintenance.request", method, ids=request.ids, **arguments
            )
            self.assertEqual((status, answer), (200, True))
        self.assertEqual(request.gov_state, "done")
