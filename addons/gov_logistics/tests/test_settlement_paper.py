import base64
import io
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.gov_base.models.gov_guard import engine

from .common_settlement import SettlementCase

_PICTURES = (("JPEG", (60, 90)), ("PNG", (300, 100)))


@tagged("post_install", "-at_install")
class TestSettlementPaper(SettlementCase):
    """The printed statement, the payment pack, the two reports."""

    def _html(self, statement, report="action_report_settlement"):
        report = self.env.ref(f"gov_logistics.{report}").sudo()
        html, _kind = report._render_qweb_html(report.report_name, statement.ids)
        return html.decode()

    def test_the_paper(self):
        self.use(self.vendor_contract, self.power, self.day(1, 5), 1000)
        statement = self.draft(self.vendor_contract)
        self.confirm_both(statement)
        self.approve(statement)
        html = self._html(statement)
        for text in (
            "服务费用结算单",
            "壹万肆仟捌佰叁拾元整",
            statement.number,
            "Clean Garden Property Services",
            "Ma Site Manager",
            "11,550.00",
        ):
            self.assertIn(text, html)
        self.assertEqual(html.count("（盖章）"), 2)

    def test_no_place_for_stamps_inside_the_house(self):
        self.use(self.office_contract, self.meal, self.day(1, 9), 10)
        html = self._html(self.draft(self.office_contract))
        self.assertNotIn("（盖章）", html)
        self.assertIn(self.office.name, html)

    def test_the_payment_pack(self):
        usage = self.use(
            self.vendor_contract, self.power, self.day(1, 5), 1234, name="Main meter"
        )
        statement = self.draft(self.vendor_contract)
        with self.assertRaisesRegex(UserError, "once"):
            statement.action_payment_pack()
        self.seal(statement)
        self.assertEqual(usage.settlement_id, statement)
        statement.action_pay("T-1", self.company.gov_today(), 100)
        html = self._html(statement, "action_report_settlement_pack")
        for text in ("付款资料", "Main meter", "1234", "T-1", "Ma Site Manager"):
            self.assertIn(text, html)
        tables = statement._get_picture_page(
            base64.b64decode(self._picture("PNG", (9, 9)))
        )
        with patch.object(
            type(self.env["ir.actions.report"]),
            "_render_qweb_pdf",
            return_value=(tables, "pdf"),
        ):
            action = statement.action_payment_pack()
        pack = self.env["ir.attachment"].browse(
            int(action["url"].split("/web/content/")[1].split("?")[0])
        )
        # Behind the tables: the stamped paper, and the confirmation on paper.
        pages = PdfFileReader(io.BytesIO(pack.sudo().raw)).getNumPages()
        self.assertEqual(pages, 3)
        with self.assertRaises(UserError):
            statement.with_user(self.staff_user).action_payment_pack()

    def test_the_pack_takes_pictures_as_pages(self):
        tall, wide = (self._picture(kind, size) for kind, size in _PICTURES)
        self.vendor_contract.with_user(self.keeper_user).scan = tall
        statement = self.draft(self.vendor_contract)
        self.seal(statement)
        # The contract, the stamped paper, and the confirmation on paper.
        scans = statement._get_pack_scans()
        self.assertEqual(len(scans), 3)
        pages = [PdfFileReader(io.BytesIO(pdf)) for pdf in scans]
        self.assertEqual([page.getNumPages() for page in pages], [1, 1, 1])
        box = pages[0].getPage(0).mediaBox
        self.assertAlmostEqual(float(box[3]) / float(box[2]), 297 / 210, places=2)
        self.assertAlmostEqual(float(box[2]), 595, delta=2)
        page = PdfFileReader(
            io.BytesIO(statement._get_picture_page(base64.b64decode(wide)))
        ).getPage(0)
        self.assertGreater(page.mediaBox[2], page.mediaBox[3])

    def test_an_empty_or_pdf_scan_stays_as_it_is(self):
        statement = self.draft(self.vendor_contract)
        self.assertEqual(statement._get_pack_scans(), [])

    @staticmethod
    def _picture(kind, size):
        content = io.BytesIO()
        mode = "RGBA" if kind == "PNG" else "L"
        Image.new(mode, size, 90 if mode == "L" else (9, 9, 9, 0)).save(content, kind)
        return base64.b64encode(content.getvalue())

    def test_income_and_cost(self):
        self.seal(self.draft(self.vendor_contract))
        self.seal(self.draft(self.unit_contract))
        rows = self._as(self.env["gov.settlement.analysis"], self.keeper_user)
        groups = rows._read_group(
            [("company_id", "=", self.company.id)],
            ["service_group_id"],
            ["income:sum", "cost:sum", "balance:sum"],
        )
        self.assertEqual(groups, [(self.service_group, 300.0, 14150.0, -13850.0)])

    def test_a_reversed_statement_is_taken_off(self):
        statement = self.seal(self.draft(self.unit_contract))
        self.seal(self.statements().browse(statement.action_reverse("Wrong")))
        rows = self.env["gov.settlement.analysis"].search(
            [("contract_id", "=", self.unit_contract.id)]
        )
        self.assertEqual(sum(rows.mapped("income")), 0)

    def test_the_bill_so_far(self):
        today = self.company.gov_today()
        self.use(self.office_contract, self.meal, today, 3)
        line = self._line_of(self.office_contract, self.power)
        engine(line).write({"charge_kind": "fixed", "quantity": 1})
        rows = self._as(self.env["gov.settlement.running"], self.office_head_user)
        found = {row.service_item_id: row.amount for row in rows.search([])}
        self.assertEqual(found[self.meal], 36.0)
        share = today.day / (
            (today.replace(day=28).toordinal() - today.replace(day=1).toordinal()) + 1
        )
        self.assertLessEqual(found[self.power], 0.68 * share + 0.01)
        others = self._as(self.env["gov.settlement.running"], self.staff_user)
        self.assertFalse(others.search([]))

    def _running(self, contract, today):
        """Return ``{line: amount}`` of a contract as the report shows it on a day."""
        with patch.object(type(self.company), "gov_today", return_value=today):
            rows = self._as(self.env["gov.settlement.running"], self.keeper_user)
            self.env.invalidate_all()
            rows = rows.search([("contract_id", "=", contract.id)])
            return {row.id: row.amount for row in rows}

    def _running_contract(self, divisor):
        """Return a contract with whole, broken, yearly and repriced fixed fees."""
        whole, starts, ends, year = (
            self._create_item(f"run-{divisor}-{name}", name)
            for name in ("whole", "starts", "ends", "year")
        )
        values = self._line_values
        contract = self._contract(
            "internal",
            (whole, "fixed", 1000.005, 1),
            {**values(starts, "fixed", 777.77, 3), "date_start": self.day(1, 17)},
            {**values(ends, "fixed", 333.33, 2), "date_end": self.day(1, 3)},
            {**values(year, "fixed", 1234.56, 1), "fixed_per": "year"},
            (self.power, "metered", 0.123456),
            partner_id=self.unit2.copy().id,
            day_divisor=divisor,
            activate=False,
        )
        line = self._line_of(contract, whole)
        for day, price in ((10, 1200.01), (20, 1200.01), (25, 1000.005)):
            line.price_ids.create(
                {"line_id": line.id, "price": price, "date_from": self.day(1, day)}
            )
        contract.action_activate()
        return contract

    def test_the_bill_of_the_whole_month_is_the_statement(self):
        for divisor in ("calendar", "30"):
            with self.subTest(divisor):
                contract = self._running_contract(divisor)
                for day in (3, 4):
                    self.use(contract, self.power, self.day(1, day), 40.5)
                found = self._running(contract, self.day(1, 31))
                fees = {}
                for line in self.draft(contract).line_ids:
                    key = line.contract_line_id.id
                    fees[key] = round(fees.get(key, 0) + line.amount, 2)
                self.assertEqual(found, fees)

    def test_the_bill_grows_day_by_day(self):
        for divisor, starts in (("calendar", 1129.02), ("30", 1166.66)):
            contract = self._running_contract(divisor)
            line = contract.contract_line_ids[1]
            self.assertAlmostEqual(
                self._running(contract, self.day(1, 31))[line.id], starts, places=2
            )
            found = self._running(contract, self.day(1, 16))
            self.assertNotIn(line.id, found)
            # 777.77 x 3 for one day.
            day = 2333.31 / (31 if divisor == "calendar" else 30)
            self.assertAlmostEqual(
                self._running(contract, self.day(1, 17))[line.id], day, delta=0.005
            )
