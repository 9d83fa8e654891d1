from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from ..models.maintenance_request_step import TRANSITIONS
from .common_desk import DeskCase, make_photo


@tagged("post_install", "-at_install")
class TestServiceRequest(DeskCase):
    """A request from the call to the call back."""

    # ------------------------------------------------------------------- intake

    def test_one_line(self):
        result = self.requests.action_quick(
            "Building2/305 light-is-out Zhang 8001",
        )
        request = self.requests.browse(result["id"])
        self.assertRecordValues(
            request,
            [
                {
                    "place": "Building2/305",
                    "name": "light-is-out",
                    "caller_name": "Zhang",
                    "caller_phone": "8001",
                    "channel": "phone",
                    "gov_state": "new",
                    "handler_id": self.desk_user.id,
                    "employee_id": False,
                }
            ],
        )
        self.assertEqual(request.stage_id.gov_state, "new")
        self.assertIn(request.number, result["reply"])
        self.assertIn("8000", result["reply"])

    def test_lines_of_all_lengths(self):
        for line, expected in {
            "2号楼305 灯不亮 张三 8001": ("2号楼305", "灯不亮", "张三", "8001"),
            "2号楼305，灯不亮，张三，0777-8001": (
                "2号楼305",
                "灯不亮",
                "张三",
                "0777-8001",
            ),
            "大厅 水管爆了 很急 王工 8002": ("大厅", "水管爆了 很急", "王工", "8002"),
            "大厅 水管爆了 8002": ("大厅", "水管爆了", None, "8002"),
            "大厅 水管爆了": ("大厅", "水管爆了", None, None),
            "水管爆了": (None, "水管爆了", None, None),
        }.items():
            with self.subTest(line=line):
                vals = self.requests._parse_line(line)
                names = ("place", "name", "caller_name", "caller_phone")
                self.assertEqual(tuple(vals.get(name) for name in names), expected)

    def test_room_is_found(self):
        vals = self.requests._parse_line("Building2305 dark")
        self.assertNotIn("room_id", vals)
        vals = self.requests._parse_line("305 dark")
        self.assertEqual(vals["room_id"], self.room.id)
        self.room.building = "2号楼"
        vals = self.requests._parse_line("2号楼305 灯不亮")
        self.assertEqual(vals["room_id"], self.room.id)
        # Two rooms of this number: nobody guesses.
        self.room.copy({"building": "3号楼"})
        self.assertNotIn("room_id", self.requests._parse_line("305 dark"))

    def test_caller_is_known_by_phone(self):
        self._take(caller_phone="8001", served_partner_id=self.unit.id)
        vals = self.requests._parse_line("hall dark 8001")
        self.assertEqual(vals["served_partner_id"], self.unit.id)

    def test_bad_lines(self):
        for line in ("", "   ", None, 7, [], "x" * 501, "a\0b c"):
            with self.subTest(line=line), self.assertRaises(UserError):
                self.requests.action_quick(line)
        with self.assertRaises(UserError):
            self.requests.action_quick("hall dark", "no dict")

    def test_calls_are_taken_by_the_desk(self):
        with self.assertRaises(UserError):
            self._as(self.requests, self.staff_user).action_quick("hall dark")

    def test_quick_form(self):
        quick = self._as(self.env["gov.service.quick"], self.desk_user).create(
            {"line": "305 dark Zhang 8001", "service_item_id": self.lamp.id}
        )
        self.assertRecordValues(
            quick,
            [{"name": "dark", "caller_phone": "8001", "room_id": self.room.id}],
        )
        quick.action_take()
        request = quick.request_id
        self.assertEqual(request.service_item_id, self.lamp)
        self.assertEqual(quick.reply_text, request.reply_text)
        with self.assertRaises(UserError):
            quick.action_take()

    def test_employee_makes_their_own(self):
        request = self._take(
            user=self.staff_user,
            department_id=self.works.id,
            served_partner_id=self.unit.id,
            channel="phone",
            quantity=100,
        )
        self.assertRecordValues(
            request,
            [
                {
                    "employee_id": self.staff.id,
                    "department_id": self.office.id,
                    "served_partner_id": False,
                    "channel": "app",
                    "quantity": 1.0,
                    "caller_name": "Bai Jing",
                }
            ],
        )

    def test_a_form_left_empty_has_the_caller_all_the_same(self):
        self.staff.work_phone = "8302"
        request = self._take(
            user=self.staff_user, caller_name=False, caller_phone=False
        )
        self.assertEqual(request.caller_name, "Bai Jing")
        self.assertEqual(request.caller_phone, "8302")

    def test_numbers_have_no_gaps(self):
        requests = self.requests.create([{"name": f"Fault {i}"} for i in range(3)])
        numbers = [int(number[-5:-1]) for number in requests.mapped("number")]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
        after = self._take()
        self.assertEqual(int(after.number[-5:-1]), numbers[-1] + 1)

    def test_state_of_the_caller_counts_nothing(self):
        context = {
            "default_gov_state": "done",
            "default_user_id": self.repairer_user.id,
        }
        requests = self.requests.with_env(self.requests.env(context=context))
        request = requests.create({"name": "Dark"})
        self.assertEqual(request.gov_state, "new")
        self.assertFalse(request.user_id)

    def test_closed_catalogue(self):
        other = self.lamp.copy(
            {"code": "OTHER", "company_id": self.other_company.id, "price_ids": []}
        )
        with self.assertRaises(UserError):
            self._take(service_item_id=other.id)
        with self.assertRaises(UserError):
            self._take(service_item_id=10**8)

    # ------------------------------------------------------------------ dispatch

    def test_suggestion_by_trade_building_and_load(self):
        first = self._take(service_item_id=self.lamp.id, room_id=self.room.id)
        first.action_assign()
        self.assertEqual(first.maintenance_team_id, self.water_team)
        self.assertEqual(first.user_id, self.repairer_user)
        second = self._take(service_item_id=self.lamp.id, room_id=self.room.id)
        second.action_assign()
        # The first repairer has one, the second none.
        self.assertEqual(second.user_id, self.repairer2_user)
        self.assertEqual(second.gov_state, "assigned")

    def test_another_building_another_team(self):
        east = self.water_team.copy(
            {"name": "East", "buildings": "Building 9", "member_ids": []}
        )
        east.member_ids = self.repairer2_user
        east.service_group_ids = self.service_group
        room = self.room.copy({"building": "Building 9"})
        request = self._take(service_item_id=self.lamp.id, room_id=room.id)
        self.assertEqual(request._suggest(), (self.repairer2_user, east))
        request = self._take(service_item_id=self.lamp.id, room_id=self.room.id)
        self.assertEqual(request._suggest()[1], self.water_team)

    def test_team_of_the_service_goes_first(self):
        team = self.env["maintenance.team"].create(
            {"name": "Lamps", "company_id": self.company.id}
        )
        self.lamp.team_id = team
        request = self._take(service_item_id=self.lamp.id, room_id=self.room.id)
        request.action_assign()
        self.assertEqual(request.maintenance_team_id, team)
        self.assertFalse(request.user_id)

    def test_who_cannot_be_sent(self):
        request = self._take()
        for user_id in (
            self.staff_user.id,
            self.portal_user.id,
            self.other_staff_user.id,
            10**9,
            -1,
            True,
            "1",
            [1],
        ):
            with self.subTest(user=user_id), self.assertRaises(UserError):
                request.action_assign(user_id)
        other = self.env["maintenance.team"].create(
            {"name": "Other", "company_id": self.other_company.id}
        )
        for team_id in (other.id, 10**9, "x"):
            with self.subTest(team=team_id), self.assertRaises(UserError):
                request.action_assign(None, team_id)

    def test_repairer_is_told_and_the_todo_goes(self):
        request = self._take()
        request.action_assign(self.repairer_user.id)
        kind = self.env.ref("gov_logistics.mail_activity_type_service")
        todos = self.env["mail.activity"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(todos.user_id, self.repairer_user)
        self.assertEqual(todos.activity_type_id, kind)
        self._bring(request, "done")
        self.assertFalse(todos.exists().filtered("active"))

    # --------------------------------------------------------------------- steps

    def test_whole_way(self):
        request = self._take(service_item_id=self.lamp.id)
        self._bring(request, "arrived")
        self._as(request, self.repairer_user).action_done("Lamp changed")
        self.assertRecordValues(
            request,
            [
                {
                    "gov_state": "done",
                    "closing_text": "Lamp changed",
                    "sla_state": "met",
                    "close_date": self.company.gov_today(),
                    "done": True,
                }
            ],
        )
        self.assertEqual(request.stage_id.gov_state, "done")

    def test_table_is_the_law(self):
        """Every step from every state: what the table lacks is refused."""
        actions = {
            "assign": lambda r: r.action_assign(self.repairer_user.id),
            "refuse": lambda r: r.action_refuse("No"),
            "accept": lambda r: r.action_accept(),
            "arrive": lambda r: r.action_arrive(),
            "pause": lambda r: r.action_pause("Wait"),
            "resume": lambda r: r.action_resume(),
            "done": lambda r: r.action_done(),
            "cancel": lambda r: r.action_cancel("No"),
            "reopen": lambda r: r.action_reopen("Again"),
            "call_back": lambda r: r.action_call_back("fixed"),
        }
        self.assertEqual(set(actions), set(TRANSITIONS))
        for state in dict(self.requests._fields["gov_state"].selection):
            for action, run in actions.items():
                starts, target, _who = TRANSITIONS[action]
                request = self._take()
                engine(request.sudo())._set_state(state, user_id=self.repairer_user.id)
                with self.subTest(state=state, action=action):
                    if state in starts:
                        run(request)
                        self.assertIn(request.gov_state, (target, "accepted"))
                    else:
                        with self.assertRaises(UserError):
                            run(request)

    def test_one_of_the_team_takes_it(self):
        request = self._take()
        request.action_assign(None, self.water_team.id)
        self.assertFalse(request.user_id)
        self._as(request, self.repairer2_user).action_accept()
        self.assertEqual(request.user_id, self.repairer2_user)
        with self.assertRaises(UserError):
            self._as(request, self.repairer_user).action_arrive()

    def test_another_repairer_cannot(self):
        request = self._take()
        request.action_assign(self.repairer_user.id, self.water_team.id)
        self.assertFalse(self._as(request, self.repairer2_user).can_accept)
        with self.assertRaises(UserError):
            self._as(request, self.repairer2_user).action_accept()

    def test_given_back(self):
        request = self._bring(self._take(), "accepted")
        mine = self._as(request, self.repairer_user)
        for reason in ("", "  ", None, 5, "x" * 3000, "a\0"):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                mine.action_refuse(reason)
        mine.action_refuse("Not my trade")
        self.assertEqual(request.gov_state, "new")
        self.assertFalse(request.user_id)

    def test_requester_cancels_until_accepted(self):
        request = self._take(user=self.staff_user)
        self._as(request, self.desk_user).action_assign(self.repairer_user.id)
        self.assertTrue(request.can_cancel)
        self._as(request, self.repairer_user).action_accept()
        with self.assertRaises(UserError):
            request.action_cancel("Works again")
        other = self._take(user=self.staff_user)
        other.action_cancel("Works again")
        self.assertEqual(other.gov_state, "cancelled")
        self.assertEqual(other.cancel_reason, "Works again")

    def test_requester_reopens_within_days(self):
        request = self._take(user=self.staff_user)
        self._bring(self._as(request, self.desk_user), "done")
        self.assertTrue(request.can_reopen)
        engine(request.sudo()).close_date -= timedelta(days=8)
        with self.assertRaises(UserError) as caught:
            request.action_reopen("Dark again")
        self.assertIn("7", str(caught.exception))
        self._as(request, self.desk_user).action_reopen("Dark again")
        self.assertEqual(request.gov_state, "new")
        self.assertFalse(request.user_id)

    def test_many_at_once(self):
        requests = self._take() + self._take() + self._take()
        requests.action_assign(self.repairer_user.id)
        self._as(requests, self.repairer_user).action_accept()
        self.assertEqual(set(requests.mapped("gov_state")), {"accepted"})
        with self.assertRaises(UserError):
            self.requests.browse().action_accept()

    def test_form_opens_for_everybody(self):
        """No field of the form asks for rights that its reader lacks."""
        part = self._create_product("LED tube", 18.0, 10)
        request = self._bring(
            self._as(self._take(user=self.staff_user), self.desk_user), "arrived"
        )
        self._as(request, self.repairer_user).action_use_parts({part.id: 1})
        for user in (
            self.staff_user
            + self.repairer_user
            + self.desk_user
            + self.inspector_user
            + self.keeper_user
            + self.supervision_user
        ):
            requests = self._as(self.requests, user)
            view = requests.get_view(view_type="form")
            names = requests.get_views([(False, "form")])["models"][request._name]
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                self.assertTrue(view["arch"])
                self.assertTrue(requests.browse(request.id).read(list(names["fields"])))

    def test_dialogs(self):
        request = self._take(service_item_id=self.lamp.id)
        dialogs = self._as(self.env["gov.service.dialog"], self.desk_user)

        def apply(mode, **values):
            action = request.action_open_dialog(mode)
            dialog = dialogs.browse(action["res_id"])
            dialog.write(values)
            dialog.action_apply()

        apply("assign")
        self.assertEqual(request.gov_state, "assigned")
        request.action_accept()
        apply("pause", pause_kind="parts")
        self.assertEqual(request.pause_ids.kind, "parts")
        request.action_resume()
        request.action_arrive()
        apply("done", text="Changed", quantity=2)
        self.assertEqual(request.quantity, 2)
        apply("call_back", result="not_fixed", text="Dark again")
        self.assertEqual(request.gov_state, "new")
        apply("cancel", text="Found out")
        self.assertEqual(request.gov_state, "cancelled")
        for mode in ("nonsense", None, 5):
            with self.subTest(mode=mode), self.assertRaises(UserError):
                request.action_open_dialog(mode)

    # --------------------------------------------------------------------- photos

    def test_photo_on_closing(self):
        self.lamp.is_photo_required = True
        request = self._bring(self._take(service_item_id=self.lamp.id), "arrived")
        mine = self._as(request, self.repairer_user)
        with self.assertRaises(UserError):
            mine.action_done("Changed")
        for photo in ("not base64!", "aGVsbG8=", 5, {"a": 1}):
            with self.subTest(photo=photo), self.assertRaises(UserError):
                mine.action_done("Changed", photo)
        mine.action_done("Changed", make_photo())
        self.assertTrue(request.closing_photo)

    def test_no_photo_of_a_secret_room(self):
        self.lamp.is_photo_required = True
        request = self._take(service_item_id=self.lamp.id, room_id=self.secret.id)
        with self.assertRaises(UserError):
            request.photo = make_photo()
        with self.assertRaises(UserError):
            self._take(room_id=self.secret.id, photo=make_photo())
        self._bring(request, "arrived")
        mine = self._as(request, self.repairer_user)
        with self.assertRaises(UserError):
            mine.action_done("Changed", make_photo())
        # No photo is asked for there.
        mine.action_done("Changed")
        self.assertEqual(request.gov_state, "done")

    def test_no_picture_attached_to_a_secret_room(self):
        files = self._as(self.env["ir.attachment"], self.desk_user)
        for room in (self.secret, self.room):
            request = self._take(room_id=room.id)
            vals = {
                "name": "x.png",
                "datas": make_photo(),
                "res_model": request._name,
                "res_id": request.id,
            }
            if room == self.room:
                self.assertTrue(files.create(vals))
                continue
            with self.assertRaises(UserError):
                files.create(vals)
            loose = files.create({**vals, "res_id": False})
            with self.assertRaises(UserError):
                loose.res_id = request.id

    def test_device_in_a_secret_room(self):
        device = self.env["maintenance.equipment"].create(
            {"name": "Server", "room_id": self.secret.id, "company_id": self.company.id}
        )
        request = self._take(equipment_id=device.id)
        with self.assertRaises(UserError):
            request.photo = make_photo()
        with self.assertRaisesRegex(UserError, "501 is a secret room"):
            self._take(equipment_id=device.id, room_id=self.room.id, photo=make_photo())

    def test_pictures_do_not_move_into_a_secret_room(self):
        """What a visitor's or a unit's photo shows is known after it was sent."""
        device = self.env["maintenance.equipment"].create(
            {"name": "Safe", "room_id": self.secret.id, "company_id": self.company.id}
        )
        attached, described = self._take(), self._take()
        self.env["ir.attachment"].create(
            {
                "name": "x.png",
                "datas": make_photo(),
                "res_model": attached._name,
                "res_id": attached.id,
            }
        )
        picture = f'<img src="data:image/png;base64,{make_photo()}"/>'
        described.description = picture
        for request in (attached, described):
            for vals in ({"room_id": self.secret.id}, {"equipment_id": device.id}):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    request.write(vals)
        with self.assertRaises(UserError):
            self._take(room_id=self.secret.id, description=picture)

    def test_a_device_sends_nobody(self):
        """Core hands a request to the technician of whatever device is named."""
        team = self.env["maintenance.team"].create(
            {"name": "Others", "company_id": self.company.id}
        )
        devices = self.env["maintenance.equipment"].create(
            [
                {
                    "name": "Pump",
                    "company_id": self.company.id,
                    "technician_user_id": self.repairer2_user.id,
                    "maintenance_team_id": team.id,
                },
                {"name": "Tap", "company_id": self.company.id},
            ]
        )
        for device in devices:
            request = self._bring(self._take(service_item_id=self.lamp.id), "accepted")
            sent = request.user_id, request.maintenance_team_id
            self._as(request, self.repairer_user).equipment_id = device
            self.env.flush_all()
            request.invalidate_recordset()
            self.assertEqual(request.equipment_id, device)
            self.assertEqual((request.user_id, request.maintenance_team_id), sent)
        request = self._take(user=self.staff_user, equipment_id=devices[0].id)
        self.env.flush_all()
        self.assertFalse(request.user_id)

    # ------------------------------------------------------------ recurring faults

    def test_recurring_in_a_room(self):
        values = {"room_id": self.room.id, "service_item_id": self.lamp.id}
        requests = [self._take(**values) for _number in range(3)]
        self.assertEqual([r.repeat_count for r in requests], [1, 2, 3])
        self.assertEqual([r.is_recurring for r in requests], [False, False, True])
        other = self._take(room_id=self.room.id, service_item_id=self.cleaning.id)
        self.assertEqual(other.repeat_count, 1)
        requests[0].action_cancel("Mistake")
        fourth = self._take(**values)
        self.assertEqual(fourth.repeat_count, 3)

    def test_recurring_device(self):
        device = self.env["maintenance.equipment"].create(
            {"name": "Pump", "company_id": self.company.id}
        )
        first, second = (self._take(equipment_id=device.id) for _number in range(2))
        self.assertEqual((first.repeat_count, second.repeat_count), (1, 2))
        engine(first.sudo()).requested_at -= timedelta(days=91)
        third = self._take(equipment_id=device.id)
        self.assertEqual(third.repeat_count, 2)

    # ------------------------------------------------------------------ call backs

    def test_sample_is_drawn_from_the_number(self):
        self.company.service_callback_percent = 100
        request = self._bring(self._take(), "done")
        self.assertTrue(request.is_callback_due)
        self.company.service_callback_percent = 0
        self.assertFalse(self._bring(self._take(), "done").is_callback_due)
        self.assertFalse(
            self._bring(self._take(is_emergency=True), "done").is_callback_due
        )
        self.company.service_callback_percent = 1
        self.assertTrue(
            self._bring(self._take(is_emergency=True), "done").is_callback_due
        )

    def test_call_back(self):
        request = self._bring(self._take(), "done")
        with self.assertRaises(UserError):
            self._as(request, self.repairer_user).action_call_back("fixed")
        with self.assertRaises(UserError):
            request.action_call_back("splendid")
        with self.assertRaises(UserError):
            request.action_call_back("not_fixed")
        request.action_call_back("unreached")
        self.assertTrue(request.is_callback_due)
        request.action_call_back("fixed", "Thanks")
        self.assertFalse(request.is_callback_due)
        self.assertEqual(request.callback_state, "fixed")
        request.action_call_back("not_fixed", "Dark again")
        self.assertEqual(request.gov_state, "new")
        self.assertEqual(len(request.callback_ids), 3)

    # ---------------------------------------------------------------------- usage

    def test_usage_on_closing(self):
        request = self._take(
            service_item_id=self.meal.id, served_partner_id=self.unit.id, quantity=3
        )
        self._bring(request, "done")
        usage = request.sudo().usage_id
        self.assertEqual(usage.quantity, 3)
        self.assertEqual(
            usage.contract_line_id, self._line_of(self.unit_contract, self.meal)
        )
        # Opened again and closed again: still one row.
        request.action_reopen("Dark again")
        self._bring(request, "arrived")
        mine = self._as(request, self.repairer_user)
        with self.assertRaises(UserError):
            mine.action_done("x", None, 4)
        mine.action_done("x", None, 3)
        rows = self.env["gov.service.usage"].search(
            [("source_model", "=", request._name), ("source_id", "=", request.id)]
        )
        self.assertEqual(rows, usage)

    def test_recorded_use_is_not_rewritten(self):
        """What was billed stays what the request says."""
        request = self._take(
            service_item_id=self.meal.id, served_partner_id=self.unit.id, quantity=3
        )
        self._bring(request, "done")
        request.action_reopen("Dark again")
        self._bring(request, "arrived")
        mine = self._as(request, self.repairer_user)
        for one, vals in (
            (mine, {"quantity": 9}),
            (mine, {"service_item_id": self.lamp.id}),
            (request, {"served_partner_id": self.unit2.id}),
            (request, {"department_id": self.office.id}),
        ):
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(UserError, "use of 3 has been recorded"):
                    one.write(vals)
        mine.write({"quantity": 3, "closing_text": "Done"})
        self.assertTrue(mine.action_done())

    def test_work_of_a_vendor_is_metered_on_its_contract(self):
        self.water_team.partner_id = self.service_vendor
        request = self._take(service_item_id=self.lamp.id, department_id=self.office.id)
        request.action_assign(self.repairer_user.id, self.water_team.id)
        self._bring(request, "done")
        usage = request.sudo().usage_id
        self.assertEqual(
            usage.contract_line_id, self._line_of(self.vendor_contract, self.lamp)
        )

    def test_no_contract_no_usage(self):
        request = self._bring(self._take(service_item_id=self.lamp.id), "done")
        self.assertFalse(request.sudo().usage_id)

    def test_bad_quantities(self):
        request = self._bring(self._take(service_item_id=self.lamp.id), "arrived")
        mine = self._as(request, self.repairer_user)
        for quantity in (-1, float("nan"), float("inf"), 10**7, "3", True, [1]):
            with self.subTest(quantity=quantity), self.assertRaises(UserError):
                mine.action_done("x", None, quantity)
        with self.assertRaises(UserError):
            self._take(quantity=-1)

    # ---------------------------------------------------------------------- parts

    def test_parts_from_stock(self):
        lamp = self._create_product("LED tube", 18.0, 10)
        request = self._bring(self._take(department_id=self.office.id), "accepted")
        mine = self._as(request, self.repairer_user)
        mine.action_use_parts({lamp.id: 2})
        self.assertEqual(self._on_hand(lamp), 8)
        self.assertEqual(request.parts_cost, 36)
        self.assertIn("LED tube × 2", mine.parts_text)
        move = request.sudo().part_ids
        self.assertEqual(move.state, "done")
        self.assertEqual(move.location_dest_id.supply_department_id, self.office)
        mine.action_use_parts({str(lamp.id): 1})
        self.assertEqual(request.parts_cost, 54)
        with self.assertRaises(UserError):
            request.action_cancel("Mistake")

    def test_parts_refused(self):
        lamp = self._create_product("LED tube", 18.0, 1)
        request = self._take()
        with self.assertRaises(UserError):
            request.action_use_parts({lamp.id: 1})
        self._bring(request, "accepted")
        mine = self._as(request, self.repairer_user)
        for parts in (
            {lamp.id: 2},
            {lamp.id: 0},
            {lamp.id: -1},
            {lamp.id: float("nan")},
            {lamp.id: "1"},
            {10**9: 1},
            {"x": 1},
            {self.service.id: 1},
            {},
            None,
            [lamp.id],
        ):
            with self.subTest(parts=parts), self.assertRaises(UserError):
                mine.action_use_parts(parts)
        with self.assertRaises(UserError):
            self._as(request, self.repairer2_user).action_use_parts({lamp.id: 1})
        self.assertEqual(self._on_hand(lamp), 1)

    def test_parts_without_department(self):
        lamp = self._create_product("LED tube", 18.0, 3)
        request = self._bring(self._take(), "arrived")
        self._as(request, self.repairer_user).action_use_parts({lamp.id: 1})
        self.assertEqual(request.sudo().part_ids.location_dest_id.usage, "production")

    # -------------------------------------------------------------------- old rows

    def test_old_requests_get_their_state(self):
        """Requests of the maintenance app that were there before this module."""
        requests = self.requests.create([{"name": str(i)} for i in range(4)])
        stages = {
            name: self.env.ref(f"maintenance.{name}").id
            for name in ("stage_1", "stage_3")
        }
        self.env.flush_all()
        for request, stage, archive, user in zip(
            requests,
            ("stage_1", "stage_3", "stage_1", "stage_1"),
            (False, False, True, False),
            (None, None, None, self.repairer_user.id),
            strict=True,
        ):
            self.env.cr.execute(
                "UPDATE maintenance_request SET gov_state = NULL, stage_id = %s,"
                " archive = %s, user_id = %s, handler_id = NULL WHERE id = %s",
                (stages[stage], archive, user, request.id),
            )
        self.env.invalidate_all()
        self.requests._adopt_old_requests(size=2)
        self.assertEqual(
            requests.mapped("gov_state"), ["new", "done", "cancelled", "assigned"]
        )
        self.assertEqual(
            requests.mapped("stage_id.gov_state"),
            ["new", "done", "cancelled", "assigned"],
        )
        self.assertEqual(requests.handler_id, self.desk_user)
        # Again, as after an upgrade that was interrupted: nothing is left to do.
        self.requests._adopt_old_requests()
        self.assertEqual(
            requests.mapped("gov_state"), ["new", "done", "cancelled", "assigned"]
        )

    def test_preventive_maintenance_goes_on(self):
        """Core copies a recurring request when it is done: the copy starts anew."""
        request = self._take(
            maintenance_type="preventive",
            recurring_maintenance=True,
            repeat_interval=1,
            repeat_unit="month",
            schedule_date=fields.Datetime.now(),
        )
        self._bring(request, "done")
        copy = self.requests.search([("name", "=", request.name)], limit=1)
        self.assertNotEqual(copy, request)
        self.assertEqual(copy.gov_state, "new")
        self.assertNotEqual(copy.number, request.number)
        self.assertFalse(copy.user_id)

    @freeze_time("2031-03-04 16:30:00")
    def test_day_of_the_institution(self):
        """At 00:30 in Shanghai it is the next day, whatever the server says."""
        request = self._bring(self._take(), "done")
        self.assertEqual(str(request.close_date), "2031-03-05")
        self.assertEqual(str(request.request_date), "2031-03-05")

    # ------------------------------------------------------------------- by mail

    def test_by_mail(self):
        """The alias of a team takes requests for the institution of that team."""
        team = self.env["maintenance.team"].create(
            {"name": "Heating", "company_id": self.other_company.id}
        )
        long = "x" * 600
        for subject, name in (
            ("Cold", "Cold"),
            ("", "E-mail from Ms Chen"),
            (long, long[:500]),
        ):
            request = self.requests.sudo().message_new(
                {
                    "subject": subject,
                    "body": "<p>Hall</p>",
                    "email_from": '"Ms Chen" <chen@example.com>',
                    "from": '"Ms Chen" <chen@example.com>',
                    "to": "heating@example.com",
                },
                {"maintenance_team_id": team.id},
            )
            with self.subTest(subject=subject[:9]):
                self.assertEqual(request.name, name)
                self.assertEqual(request.channel, "mail")
                self.assertEqual(request.caller_name, "Ms Chen")
                self.assertEqual(request.company_id, self.other_company)
                self.assertEqual(request.maintenance_team_id, team)
                self.assertEqual(request.gov_state, "new")
