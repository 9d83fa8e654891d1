from odoo.tests import tagged

from .common_fleet import FleetCase

_ACTIONS = (
    "fleet_vehicle_action_official",
    "gov_vehicle_driver_action",
    "gov_vehicle_quota_action",
    "gov_vehicle_acquisition_action",
    "gov_vehicle_disposal_action",
    "gov_vehicle_account_action",
    "gov_vehicle_account_action_chart",
    "gov_vehicle_register_map_action",
)
_NOT_FOR = {
    "dispatcher": {
        "gov_vehicle_acquisition_action",
        "gov_vehicle_disposal_action",
        "gov_vehicle_register_map_action",
    },
    "technician": {
        "gov_vehicle_acquisition_action",
        "gov_vehicle_disposal_action",
        "gov_vehicle_register_map_action",
    },
}


@tagged("post_install", "-at_install")
class TestVehicleScreens(FleetCase):
    """Each role opens each of its lists with every field that the view shows."""

    def _open(self, name, user):
        action = self.env.ref(f"gov_fleet.{name}")
        model = self._as(self.env[action.res_model], user)
        views = [(False, mode) for mode in action.view_mode.split(",")]
        views = [tuple(view) for view in action.views] or views
        found = model.get_views([*views, (False, "search")])
        for mode, view in found["views"].items():
            fields = found["models"][action.res_model]["fields"]
            if mode == "search":
                continue
            names = [
                name
                for name in fields
                if f'name="{name}"' in view["arch"] and name in model._fields
            ]
            records = model.search([("company_id", "=", self.company.id)], limit=5)
            records.web_read({name: {} for name in names})
        return records

    def test_lists_by_role(self):
        roles = {
            "dispatcher": self.dispatcher_user,
            "technician": self.technician_user,
            "fleet": self.fleet_user,
            "supervision": self.supervision_user,
        }
        self._as(self.env["gov.vehicle.disposal"], self.fleet_user).create(
            {"vehicle_id": self.car.id, "reason": "Old"}
        )
        self._as(self.env["gov.vehicle.acquisition"], self.fleet_user).create(
            {"price": 1, "reason": "New"}
        )
        self.env["gov.vehicle.register.map"].create(
            {"name": "Own", "company_id": self.company.id}
        )
        for role, user in roles.items():
            for name in _ACTIONS:
                if name in _NOT_FOR.get(role, ()):
                    continue
                with self.subTest(role=role, action=name):
                    self.assertTrue(self._open(name, user))

    def test_card_for_everybody(self):
        """Who taps a plate reads the card, without what is not for them."""
        for user in (self.staff_user, self.driver_user):
            vehicles = self._as(self.env["fleet.vehicle"], user)
            found = vehicles.get_views([(False, "form")])
            arch = found["views"]["form"]["arch"]
            names = [
                name
                for name in found["models"]["fleet.vehicle"]["fields"]
                if f'name="{name}"' in arch
            ]
            with self.subTest(user=user.login):
                card = vehicles.browse(self.car.id).web_read(
                    {name: {} for name in names}
                )
                self.assertEqual(card[0]["license_plate"], self.car.license_plate)
                self.assertNotIn("norm_ids", names)

    def test_choice_on_the_phone(self):
        """Whoever chooses a vehicle on a phone sees our plain cards, not core's."""
        for user in (self.staff_user, self.driver_user, self.dispatcher_user):
            vehicles = self._as(self.env["fleet.vehicle"], user)
            found = vehicles.get_views([(False, "kanban"), (False, "list")])
            for mode in ("kanban", "list"):
                view = found["views"][mode]
                official = self.env.ref(f"gov_fleet.fleet_vehicle_view_{mode}_official")
                with self.subTest(user=user.login, mode=mode):
                    self.assertEqual(view["id"], official.id)
                    names = {
                        name: {}
                        for name in found["models"]["fleet.vehicle"]["fields"]
                        if f'name="{name}"' in view["arch"]
                    }
                    self.assertNotIn("contract_count", names)
                    rows = vehicles.web_search_read([("id", "=", self.car.id)], names)
                    self.assertEqual(rows["length"], 1)

    def test_menus_of_the_area(self):
        menus = {
            user: self._as(self.env["ir.ui.menu"], user)._visible_menu_ids()
            for user in (self.staff_user, self.supervision_user, self.fleet_user)
        }
        posting = self.env.ref("gov_fleet.menu_vehicle_disclosure").id
        account = self.env.ref("gov_fleet.menu_vehicle_account").id
        self.assertIn(posting, menus[self.fleet_user])
        self.assertNotIn(posting, menus[self.supervision_user])
        self.assertIn(account, menus[self.supervision_user])
        self.assertNotIn(account, menus[self.staff_user])

    def test_register_from_an_acquisition(self):
        """The card opens filled in, and what it opens can be saved."""
        acquisition = self._as(
            self.env["gov.vehicle.acquisition"], self.fleet_user
        ).create({"price": 170000, "displacement": 1.8, "reason": "Paper 12"})
        acquisition.action_submit()
        self._decide_all(acquisition)
        action = acquisition.action_register()
        vehicles = self._as(self.env["fleet.vehicle"], self.fleet_user)
        vehicle = vehicles.with_context(**action["context"]).create(
            {"license_plate": "岚A·40001", "model_id": self.car_model.id}
        )
        self.assertEqual(vehicle.net_car_value, 170000)
        self.assertEqual(acquisition.vehicle_id, vehicle)
        self.assertEqual(acquisition.state, "used")

    def test_dispose_from_the_card(self):
        action = self._as(self.car, self.fleet_user).action_dispose()
        disposal = (
            self._as(self.env["gov.vehicle.disposal"], self.fleet_user)
            .with_context(**action["context"])
            .create({"reason": "Old"})
        )
        self.assertEqual(disposal.vehicle_id, self.car)

    def test_account_from_the_card(self):
        action = self._as(self.car, self.dispatcher_user).action_open_account()
        accounts = self._as(self.env[action["res_model"]], self.dispatcher_user)
        rows = accounts.search(action["domain"])
        self.assertEqual(rows.vehicle_id, self.car)
