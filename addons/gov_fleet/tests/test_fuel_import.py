import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_logistics.tests.common_import import make_book

from .common_fuel import FuelCase

HEADINGS = ("卡号", "交易时间", "油品", "数量", "单价", "金额", "网点", "流水号")


class FuelImportCase(FuelCase):
    """Opens, checks and imports statements of ``oil_company``."""

    def _row(self, time="09:00", litres="40", card="9001", reference="", **values):
        row = {
            "卡号": card,
            "交易时间": f"{self.day} {time}",
            "油品": "92号车用汽油",
            "数量": litres,
            "单价": "7.50",
            "金额": "300.00",
            "网点": "East Gate Station",
            "流水号": reference,
            **values,
        }
        return [row[name] for name in HEADINGS]

    def _csv(self, *rows, headings=HEADINGS, encoding="utf-8"):
        text = "\n".join(",".join(row) for row in (headings, *rows))
        return base64.b64encode(text.encode(encoding))

    def _open(self, content, user=None, **values):
        wizards = self._as(self.env["gov.fuel.import"], user or self.technician_user)
        return wizards.create(
            {
                "supplier_id": self.oil_company.id,
                "file": content,
                "filename": "statement.csv",
                **values,
            }
        )

    def _checked(self, content, **values):
        wizard = self._open(content, **values)
        wizard.action_read()
        wizard.action_check()
        return wizard

    def _imported(self, content, **values):
        wizard = self._checked(content, **values)
        self.assertTrue(wizard.is_clean, wizard.line_ids.mapped("reason"))
        wizard.action_import()
        return wizard

    def _entries(self):
        return self.env["gov.fuel.entry"].search(
            [("company_id", "=", self.company.id)], order="id"
        )


@tagged("post_install", "-at_install")
class TestFuelImport(FuelImportCase):
    """Statements: read, mapped, checked row by row, imported whole or not at all."""

    def test_imported(self):
        self._trip()
        wizard = self._imported(self._csv(self._row(reference="T1")))
        self.assertEqual(wizard.state, "done")
        entry = self._entries()
        self.assertRecordValues(
            entry,
            [
                {
                    "vehicle_id": self.car.id,
                    "card_id": self.card.id,
                    "driver_id": self.driver.id,
                    "station_id": self.station.id,
                    "date": self._at(9, day=self.day),
                    "product": "92",
                    "litres": 40,
                    "price": 7.5,
                    "amount": 300,
                    "source": "statement",
                    "match_state": "statement",
                    "payment": "card",
                    "statement_ref": "T1",
                    "statement_line": 2,
                }
            ],
        )
        self.assertFalse(self._codes(entry))
        statement = wizard.statement_id
        self.assertTrue(statement.number)
        self.assertRecordValues(
            statement,
            [
                {
                    "date_from": self.day,
                    "date_to": self.day,
                    "row_count": 1,
                    "single_count": 1,
                    "amount": 300,
                    "litres": 40,
                }
            ],
        )

    def test_twice_gives_no_double(self):
        rows = [self._row(), self._row(), self._row("10:00", reference="T1")]
        self._imported(self._csv(*rows))
        self.assertEqual(len(self._entries()), 3)
        wizard = self._imported(self._csv(*rows))
        self.assertEqual((wizard.new_count, wizard.existing_count), (0, 3))
        self.assertFalse(wizard.statement_id)
        self.assertEqual(len(self._entries()), 3)
        # A longer statement of the same days brings only what is new.
        wizard = self._imported(self._csv(*rows, self._row("17:00")))
        self.assertEqual((wizard.new_count, wizard.existing_count), (1, 3))
        # Another layout without the transaction number is known all the same.
        short = [row[:-1] for row in rows]
        wizard = self._imported(self._csv(*short, headings=HEADINGS[:-1]))
        self.assertEqual((wizard.new_count, wizard.existing_count), (0, 3))

    def test_two_transactions_that_look_alike(self):
        """The second of two equal fills is no double: its number is its own."""
        self._imported(self._csv(self._row(reference="T1")))
        wizard = self._imported(
            self._csv(self._row(reference="T1"), self._row(reference="T2"))
        )
        self.assertEqual((wizard.new_count, wizard.existing_count), (1, 1))
        self.assertEqual(self._entries().mapped("statement_ref"), ["T1", "T2"])

    def test_changed_row_is_told(self):
        self._imported(self._csv(self._row(reference="T1")))
        wizard = self._checked(self._csv(self._row(litres="41", reference="T1")))
        self.assertIn("other figures", wizard.line_ids.reason)
        wizard = self._checked(self._csv(self._row("11:00", reference="T1")))
        self.assertIn("other figures", wizard.line_ids.reason)

    def test_bad_rows_stop_all(self):
        tomorrow = self.company.gov_today() + timedelta(days=2)
        rows = [
            self._row(),
            self._row(litres="-3"),
            self._row(card="7777"),
            self._row(litres="0"),
            self._row(litres="many"),
            self._row(**{"交易时间": f"{tomorrow} 08:00"}),
            self._row(**{"交易时间": "soon"}),
            self._row(**{"油品": "玻璃水"}),
            self._row(card="9000"),
            self._row("10:00", reference="T9"),
            self._row("12:00", reference="T9"),
            self._row(card=""),
        ]
        wizard = self._checked(self._csv(*rows))
        self.assertFalse(wizard.is_clean)
        found = {line.row: (line.heading, line.reason) for line in wizard.line_ids}
        self.assertEqual(sorted(found), [3, 4, 5, 6, 7, 8, 9, 10, 12, 13])
        self.assertEqual(found[3][0], "数量")
        self.assertIn("below zero", found[3][1])
        self.assertIn("no card", found[4][1])
        self.assertIn("above zero", found[5][1])
        self.assertIn("not a number", found[6][1])
        self.assertIn("future", found[7][1])
        self.assertIn("no date", found[8][1])
        self.assertIn("burns", found[9][1])
        self.assertIn("main card", found[10][1])
        self.assertIn("row 11", found[12][1])
        self.assertIn("neither", found[13][1])
        with self.assertRaisesRegex(UserError, "check the file"):
            wizard.action_import()
        self.assertFalse(self._entries())

    def test_plates(self):
        headings = ("车牌号", "日期", "时间", "数量（升）", "金额", "里程")
        day = str(self.day).replace("-", "/")
        good = ["岚A10001", day, "08:30:15", "40", "300", "12000"]
        wizard = self._imported(self._csv(good, headings=headings))
        entry = self._entries()
        self.assertEqual(entry.vehicle_id, self.car)
        self.assertEqual(entry.product, "92")
        self.assertEqual(entry.odometer, 12000)
        self.assertEqual(entry.payment, "account")
        bad = ["岚A99999", day, "25:00", "40", "300", "1200000"]
        wizard = self._checked(self._csv(bad, headings=headings))
        reasons = " ".join(wizard.line_ids.mapped("reason"))
        for text in ("no vehicle", "time of the day", "digits"):
            self.assertIn(text, reasons)

    def test_instrument_of_the_day(self):
        """A reading is held against the instrument that the vehicle had that day."""
        self.env["gov.vehicle.odometer.replacement"].create(
            {
                "vehicle_id": self.car.id,
                "date": self._at(6, day=self.day),
                "old_value": 100100,
                "new_value": 5,
                "new_digits": 5,
                "reason": "Broken",
            }
        )
        headings = ("车牌号", "日期", "时间", "数量（升）", "金额", "里程")
        before = self.day - timedelta(days=1)
        rows = [
            ["岚A10001", str(day).replace("-", "/"), "08:30:15", "40", "300", "100050"]
            for day in (before, self.day)
        ]
        wizard = self._checked(self._csv(*rows, headings=headings))
        self.assertEqual(wizard.line_ids.mapped("row"), [3])
        self.assertIn("5 digits", wizard.line_ids.reason)

    def test_other_vehicle_s_card(self):
        self._trip(vehicle_id=self.car2.id)
        headings = (*HEADINGS, "车牌")
        row = [*self._row(), "岚A·10002"]
        self._imported(self._csv(row, headings=headings))
        entry = self._entries()
        self.assertEqual(entry.vehicle_id, self.car2)
        self.assertEqual(self._codes(entry), ["fuel_other_vehicle"])

    def test_top_ups_are_left_out(self):
        headings = (*HEADINGS, "交易类型")
        rows = [
            [*self._row(), "加油"],
            [*self._row(litres=""), "圈存"],
            [*self._row(litres="-40"), "加油退款"],
            [*self._row("10:00", card="", **{"交易时间": ""}), ""],
        ]
        wizard = self._imported(self._csv(*rows, headings=headings))
        self.assertEqual((wizard.new_count, wizard.left_out_count), (1, 3))

    def test_excel(self):
        rows = [self._row(), self._row("10:00")]
        book = make_book(list(HEADINGS), *rows, title="Statement of the month")
        wizard = self._imported(book, filename="statement.xlsx")
        self.assertEqual(wizard.new_count, 2)
        self.assertEqual(wizard.heading_row, 2)

    def test_gb18030(self):
        content = self._csv(self._row(), encoding="gb18030")
        self.assertEqual(self._imported(content).new_count, 1)

    def test_columns_remembered(self):
        headings = ("K1", "K2", "K3", "K4", "金额")
        row = ["9001", f"{self.day} 09:00", "92", "40", "300"]
        content = self._csv(row, headings=headings)
        wizard = self._open(content)
        with self.assertRaisesRegex(UserError, "row of headings"):
            wizard.action_read()
        headings = ("K1", "K2", "K3", "数量", "金额")
        content = self._csv(row, headings=headings)
        wizard = self._open(content)
        wizard.action_read()
        with self.assertRaisesRegex(UserError, "No column holds"):
            wizard.action_check()
        for column, target in zip(
            wizard.column_ids, ("card", "moment", "product"), strict=False
        ):
            column.target = target
        wizard.action_check()
        wizard.action_import()
        self.assertEqual(wizard.new_count, 1)
        wizard = self._open(content)
        wizard.action_read()
        self.assertEqual(
            wizard.column_ids.mapped("target"),
            ["card", "moment", "product", "litres", "amount"],
        )
        wizard.column_ids[2].target = "card"
        with self.assertRaisesRegex(UserError, "Two columns"):
            wizard.action_check()

    def test_changed_after_the_check(self):
        wizard = self._checked(self._csv(self._row()))
        wizard.file = self._csv(self._row("10:00"))
        self.assertFalse(wizard.is_clean)
        with self.assertRaisesRegex(UserError, "check the file"):
            wizard.action_import()

    def test_no_files(self):
        for content, text in (
            (b"", "choose the file"),
            (base64.b64encode(b"\0\1\2"), "neither"),
            (base64.b64encode(b"PK\3\4broken"), "no Excel"),
            (base64.b64encode(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ".xls"),
        ):
            wizard = self._open(content)
            with self.subTest(text=text), self.assertRaisesRegex(UserError, text):
                wizard.action_read()
        with self.assertRaisesRegex(UserError, "no file"):
            self._open("not base64!")
        wizard = self._open(self._csv())
        wizard.action_read()
        with self.assertRaisesRegex(UserError, "no rows"):
            wizard.action_check()

    def test_others_refused(self):
        for user in (self.dispatcher_user, self.driver_user, self.staff_user):
            with (
                self.subTest(user=user.login),
                self.assertRaises(AccessError),
                mute_logger("odoo.models"),
            ):
                self._open(self._csv(self._row()), user=user)
        wizard = self._checked(self._csv(self._row()))
        for name in ("action_read", "action_check", "action_import"):
            with self.subTest(name=name), self.assertRaises(UserError):
                getattr(wizard.with_user(self.fleet_user).sudo(), name)()
        with self.assertRaises(UserError):
            wizard.write({"state": "checked", "error_count": 0})

    def test_queries_do_not_grow(self):
        def rows(count, hour):
            return [
                self._row(f"{hour:02}:{minute:02}", litres="20")
                for minute in range(count)
            ]

        self._trip()
        self._imported(self._csv(self._row()))
        counts = []
        for count, hour in ((2, 10), (40, 11)):
            wizard = self._checked(self._csv(*rows(count, hour)))
            self.env["gov.finding.rule"].search([])
            self.env.flush_all()
            self.env.invalidate_all()
            # Findings are opened one by one: none here but of the second fill on.
            self._switch_off("fuel_two_fills")
            before = self.env.cr.sql_log_count
            wizard.action_import()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 45 * 4)

    def _switch_off(self, code):
        rule = self.env["gov.finding.rule"].search([("code", "=", code)])
        self.env["gov.finding.switch"]._write_switch(rule, self.company, False, "Test")


@tagged("post_install", "-at_install")
class TestFuelMatch(FuelImportCase):
    """Slips and rows of statements that are one fill."""

    def setUp(self):
        super().setUp()
        self._trip()

    def test_slip_first(self):
        slip = self._fill(hour=8, minute=50, litres=40, price=7.5)
        self._imported(self._csv(self._row(reference="T1")))
        self.assertEqual(self._entries(), slip)
        self.assertRecordValues(
            slip,
            [
                {
                    "match_state": "matched",
                    "source": "slip",
                    "statement_ref": "T1",
                    "litres": 40,
                    "amount": 300,
                    "slip_litres": 40,
                    "difference": 0,
                }
            ],
        )
        self.assertFalse(self._codes(slip))
        with self.assertRaisesRegex(UserError, "statement"):
            slip.litres = 39
        with self.assertRaisesRegex(UserError, "statement"):
            slip.action_void("Wrong")

    def test_statement_first(self):
        self._imported(self._csv(self._row()))
        row = self._entries()
        slip = self._fill(hour=9, minute=5, litres=40, price=7.5, odometer=12000)
        self.assertEqual(self._entries(), slip)
        self.assertEqual(slip.match_state, "matched")
        self.assertEqual(row.merged_into_id, slip)
        self.assertFalse(row.active)
        # The row is still known when the statement comes again.
        wizard = self._imported(self._csv(self._row()))
        self.assertEqual((wizard.new_count, wizard.existing_count), (0, 1))

    def test_differing(self):
        slip = self._fill(hour=9, litres=45, price=7.5)
        self._imported(self._csv(self._row()))
        self.assertEqual(slip.match_state, "differs")
        self.assertEqual((slip.litres, slip.amount), (40, 300))
        self.assertEqual((slip.slip_litres, slip.slip_amount), (45, 337.5))
        self.assertEqual(slip.difference, -5)
        self.assertEqual(self._codes(slip), ["fuel_statement"])

    def test_closest_litres_first(self):
        first = self._fill(hour=9, litres=20)
        second = self._fill(hour=11, litres=40)
        self._imported(
            self._csv(
                self._row("09:10", litres="40"),
                self._row("11:10", litres="20", **{"金额": "150"}),
            )
        )
        self.assertEqual(first.statement_litres, 20)
        self.assertEqual(second.statement_litres, 40)

    def test_slip_not_on_the_statement(self):
        later = self._working_day(self.day - timedelta(days=2))
        self._trip(day=later)
        slip = self._fill(day=later, litres=20)
        rows = [
            self._row(**{"交易时间": f"{later - timedelta(days=3)} 09:00"}),
            self._row(),
        ]
        wizard = self._imported(self._csv(*rows))
        self.assertEqual(self._codes(slip), ["fuel_statement"])
        self.assertEqual(wizard.statement_id.missing_count, 1)
        # The next file brings it: the finding is taken back.
        moment = f"{later} 12:00"
        self._imported(
            self._csv(self._row(litres="20", **{"交易时间": moment, "金额": "225"}))
        )
        self.assertEqual(slip.match_state, "differs")
        self.assertEqual(slip.statement_litres, 20)

    def test_matched_by_hand_and_parted(self):
        slip = self._fill(day=self._working_day(self.day - timedelta(days=4)))
        self._imported(self._csv(self._row()))
        row = self._entries() - slip
        both = (slip | row).with_user(self.technician_user)
        with self.assertRaises(UserError):
            slip.action_match()
        both.action_match()
        self.assertEqual(slip.match_state, "differs")
        self.assertEqual(slip.litres, 40)
        with self.assertRaisesRegex(UserError, "Say why"):
            slip.action_unmatch("")
        slip.action_unmatch("Another fill")
        self.assertEqual((slip.litres, slip.amount), (30, 225))
        self.assertEqual(slip.match_state, "slip")
        new = self._entries() - slip
        self.assertEqual(new.match_state, "statement")
        self.assertEqual(new.statement_litres, 40)
        with self.assertRaisesRegex(UserError, "different vehicles"):
            other = self._fill(vehicle_id=self.car2.id)
            (other | new).with_user(self.technician_user).action_match()
        with self.assertRaisesRegex(UserError, "technician"):
            (slip | new).with_user(self.dispatcher_user).action_match()
