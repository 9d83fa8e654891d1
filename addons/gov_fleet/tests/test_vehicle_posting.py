import base64
import io
from datetime import date, datetime

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .test_vehicle_account import AccountCase

MARCH = date(2025, 3, 1)


@tagged("post_install", "-at_install")
class TestVehiclePosting(AccountCase):
    """What is posted of the account, the yearly figures and the register's export."""

    def _wizard(self, user=None, **values):
        return self._as(
            self.env["gov.vehicle.disclosure"], user or self.fleet_user
        ).create({"day": "2025-03-15", **values})

    def _month(self):
        return self._as(self.accounts, self.fleet_user)._read_month(self.company, MARCH)

    def _refused(self, method, *args, text=""):
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            method(*args)
        self.assertIn(text, str(caught.exception))

    # --------------------------------------------------------------------- month

    def test_month_by_vehicle(self):
        self._back(
            self.car,
            datetime(2025, 3, 3, 8),
            datetime(2025, 3, 3, 9),
            100,
            toll_amount=9,
        )
        self._filled(self.car, datetime(2025, 3, 4, 9), 40, 310)
        columns, rows = self._month()
        self.assertEqual(columns[:3], ["Vehicle", "Number of trips", "Km"])
        by_plate = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        car = by_plate["岚A·10001"]
        self.assertEqual(
            (car["Number of trips"], car["Km"], car["Total cost"]), (1, 100, 319)
        )
        self.assertAlmostEqual(car["Cost Per Km"], 3.19, 2)
        self.assertEqual(by_plate["岚A·10004"]["Km"], 0, "an idle one stands there too")
        self.assertEqual(by_plate["Together"]["Total cost"], 319)
        self.assertNotIn("Protected trips, together", by_plate)

    def test_protected_trips_in_one_line(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 100)
        self._back(
            self.car,
            datetime(2025, 3, 5, 8),
            datetime(2025, 3, 5, 9),
            70,
            toll_amount=20,
            other_amount=4,
            is_protected=True,
        )
        secret = self._create_vehicle(
            "岚A·19999",
            usage_class="confidential",
            net_car_value=110000,
            displacement=1.6,
            registered_on=date(2022, 3, 1),
        )
        self._back(secret, datetime(2025, 3, 6, 8), datetime(2025, 3, 6, 9), 33)
        self._billed(secret, date(2025, 3, 7), 500)
        columns, rows = self._month()
        by_plate = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        self.assertNotIn("岚A·19999", by_plate)
        car = by_plate["岚A·10001"]
        self.assertEqual(
            (car["Number of trips"], car["Km"], car["Total cost"]), (1, 100, 0)
        )
        self.assertFalse(car["Cost Per Km"], "it would tell how far they went")
        hidden = by_plate["Protected trips, together"]
        self.assertEqual((hidden["Number of trips"], hidden["Km"]), (2, 103))
        self.assertEqual(hidden["Total cost"], 524)
        self.assertEqual(by_plate["Together"]["Km"], 203)
        self.assertEqual(by_plate["Together"]["Total cost"], 524)
        draft = self._draft(self._wizard())
        self.assertNotIn("岚A·19999", draft.body)
        self.assertIn("岚A·10001", draft.body)

    def _draft(self, wizard):
        told = wizard.action_draft()
        self.assertIn("drafted", told["params"]["message"])
        return self.env["gov.publication"].search(
            [("company_id", "=", self.company.id)], order="id desc", limit=1
        )

    def test_draft_is_released_by_another(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 100)
        draft = self._draft(self._wizard())
        self.assertEqual(draft.stage, "draft")
        self.assertEqual(draft.author_id, self.fleet_user)
        self.assertEqual(draft.kind, "disclosure")
        self.assertIn("2025-03", draft.title)

    def test_who_posts_and_when(self):
        today = self.company.gov_today()
        self._refused(self._wizard(day=today).action_draft, text="ends on")
        self._refused(self._wizard(day=today, period="year").action_book)
        with self.assertRaises(AccessError):
            self._wizard(user=self.dispatcher_user)
        for values in ({"day": "soon"}, {"period": "week"}, {"day": 5}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._wizard(**values)

    def test_preview_and_book(self):
        self._back(self.car, datetime(2025, 3, 3, 8), datetime(2025, 3, 3, 9), 100)
        wizard = self._wizard()
        self.assertIn("岚A·10001", wizard.preview)
        action = wizard.action_book()
        self.assertEqual(action["type"], "ir.actions.act_url")
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.book)))
        values = [cell.value for row in book.active.rows for cell in row]
        self.assertIn("岚A·10001", values)
        self.assertIn(100, values)

    # ---------------------------------------------------------------------- year

    def test_year(self):
        new = self._create_vehicle(
            "岚A·20250", registered_on=date(2025, 5, 1), net_car_value=140000
        )
        engine(self.car2).write(
            {"gov_state": "disposed", "disposed_on": date(2025, 7, 1), "active": False}
        )
        self._back(new, datetime(2025, 12, 31, 8), datetime(2026, 1, 1, 9), 55)
        self._back(new, datetime(2025, 6, 1, 8), datetime(2025, 6, 1, 9), 45)
        self._billed(new, date(2025, 12, 31), 1000)
        self._billed(new, date(2026, 1, 1), 7)
        columns, rows = self._as(self.accounts, self.fleet_user)._read_year(
            self.company, 2025
        )
        by_class = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        platform = by_class["Dispatch platform"]
        self.assertEqual(
            (platform["Bought"], platform["Price of those bought"]), (1, 140000)
        )
        self.assertEqual(platform["Disposed of"], 1)
        self.assertEqual(platform["Held at the year's end"], 4)
        self.assertEqual((platform["Km"], platform["Repair"]), (45, 1000))
        self.assertEqual(platform["Cost per vehicle held"], 250)
        self.assertEqual(by_class["Emergency support"]["Held at the year's end"], 1)
        self.assertEqual(by_class["Together"]["Held at the year's end"], 5)
        wizard = self._wizard(period="year")
        self.assertIn("2025", self._draft(wizard).title)

    # ------------------------------------------------------------------- register

    def _export(self, user=None, **values):
        values.setdefault("map_id", self.env.ref("gov_fleet.register_map_pattern").id)
        return self._as(
            self.env["gov.vehicle.register.export"], user or self.fleet_user
        ).create(values)

    def test_gap_report(self):
        self.car.write({"vin_sn": "LVIN1", "positioning_device": "D1"})
        export = self._export()
        self.assertEqual(export.vehicle_count, 5)
        export.action_check()
        gaps = {(gap.vehicle_id, gap.line_id.source) for gap in export.gap_ids}
        self.assertNotIn((self.car, "vin_sn"), gaps)
        self.assertIn((self.car2, "vin_sn"), gaps)
        self.assertIn((self.car, "location"), gaps)
        self.assertNotIn((self.car, "color"), gaps, "optional")
        self.assertEqual(export.gap_count, len(export.gap_ids))

    def test_register_book(self):
        export = self._export()
        export.action_book()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(export.book)))
        data, gaps = book.worksheets
        heads = [cell.value for cell in data[2]]
        self.assertEqual(heads[:2], ["号牌号码", "车辆识别代号"])
        first = dict(zip(heads, [cell.value for cell in data[3]], strict=True))
        self.assertEqual(first["号牌号码"], "岚A·10001")
        self.assertEqual(first["用途类别"], "06", "translated by the list")
        self.assertEqual(data.max_row, 2 + 5)
        self.assertEqual(gaps.max_row, 2 + export.gap_count)

    def test_own_map(self):
        pattern = self._as(
            self.env.ref("gov_fleet.register_map_pattern"), self.fleet_user
        )
        with self.assertRaises(AccessError):
            pattern.write({"name": "Mine"})
        own = pattern.copy()
        self.assertEqual(own.company_id, self.company)
        line = own.line_ids.filtered(lambda line: line.source == "usage_class")
        line.codes = "emergency = E1"
        self.assertEqual(line._get_value(self.mpv), "E1")
        self.assertFalse(line._get_value(self.car), "not listed counts as missing")
        line.write({"source": "constant", "constant": "X", "codes": False})
        self.assertEqual(line._get_value(self.car), "X")
        self._refused(line.write, {"codes": "nonsense"}, text="no pair")
        self._refused(line.write, {"source": "company_id.secret"})

    def test_register_rights(self):
        for user in (self.dispatcher_user, self.staff_user, self.supervision_user):
            with self.assertRaises(AccessError):
                self._export(user=user)
        with self.assertRaises(UserError):
            self._export(map_id=2**30)
        mine = self._export()
        other = self._create_person(
            "fleet2",
            "Che Er",
            self.carpool,
            71,
            "Officer",
            "gov_fleet.group_fleet_manager",
        )
        with self.assertRaises(AccessError):
            self._as(mine, other.user_id).action_book()
