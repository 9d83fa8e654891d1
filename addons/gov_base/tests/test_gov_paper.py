import base64
import io
import re
from datetime import date, datetime

from freezegun import freeze_time
from lxml import html
from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfReader

from .common_approval import ApprovalCase

FORM = """
<t t-name="gov_base.test_form">
    <t t-call="web.html_container">
        <t t-foreach="docs" t-as="doc">
            <t t-call="gov_base.paper">
                <t t-set="paper_title">采购申请（备案审批）单</t>
                <t t-set="paper_size" t-value="'a5_landscape'" />
                <t t-set="signatures" t-value="[{'label': '领用人'}]" />
                <table class="gov_paper_table">
                    <tr><th>金额</th><td t-out="env['gov.paper'].capitals(470)" /></tr>
                </table>
                <t t-call="gov_base.paper_approval_block" />
                <t t-call="gov_base.paper_signatures" />
            </t>
        </t>
    </t>
</t>
"""
SIGNATURE = base64.b64encode(b"png").decode()


@tagged("post_install", "-at_install")
class TestGovPaperText(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.paper = self.env["gov.paper"]

    def test_capitals(self):
        cases = [
            (470, "肆佰柒拾元整"),
            (0, "零元整"),
            (10, "壹拾元整"),
            (0.5, "伍角"),
            (0.05, "伍分"),
            (20.10, "贰拾元壹角"),
            (1000.05, "壹仟元零伍分"),
            (16409.02, "壹万陆仟肆佰零玖元零贰分"),
            (12345678.90, "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角"),
            (0.1 + 0.2, "叁角"),
            (1180.005, "壹仟壹佰捌拾元零壹分"),
            (999999.999, "壹佰万元整"),
            (-12.5, "负壹拾贰元伍角"),
            (None, "零元整"),
            (False, "零元整"),
            ("470", "肆佰柒拾元整"),
        ]
        for amount, words in cases:
            with self.subTest(amount=amount):
                self.assertEqual(self.paper.capitals(amount), words)
        for amount in ("much", float("nan"), float("inf"), 1e16, [1]):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.paper.capitals(amount)

    def test_days_and_moments_are_the_institutions(self):
        self.assertEqual(self.paper.date_text(date(2026, 1, 2)), "2026年1月2日")
        late = datetime(2026, 11, 22, 16, 30)
        self.assertEqual(self.paper.date_text(late, self.company), "2026年11月23日")
        self.assertEqual(
            self.paper.time_text(late, self.company), "2026年11月23日 00:30"
        )
        self.assertEqual(self.paper.date_text(False), "")
        self.assertEqual(self.paper.time_text(None), "")

    def test_amount_with_separators(self):
        self.assertEqual(self.paper.amount_text(1180, self.company), "¥1,180.00")
        self.assertEqual(self.paper.amount_text(False, self.company), "¥0.00")

    def test_many_lines_are_set_closer(self):
        self.assertEqual(
            [self.paper.density("a4", lines) for lines in (0, 20, 21, 30, 31)],
            ["normal", "normal", "tight", "tight", "tightest"],
        )
        self.assertEqual(self.paper.density("a5_landscape", 12), "tight")
        matter = self._submitted(kind="purchase", price=470)  # four steps
        self.assertEqual(
            [self.paper.density("a4", lines, matter) for lines in (14, 15, 24, 25)],
            ["normal", "tight", "tight", "tightest"],
        )

    def test_page_rules_match_the_paper_formats(self):
        for size in ("a4", "a4_landscape", "a5", "a5_landscape"):
            paper_format = self.env.ref(f"gov_base.paperformat_{size}")
            margins = " ".join(
                f"{paper_format[f'margin_{side}']:g}mm"
                for side in ("top", "right", "bottom", "left")
            )
            with self.subTest(size=size):
                rule = str(self.paper.page_rule(size))
                self.assertIn(f"margin: {margins};", rule)
                self.assertEqual(
                    "210mm 148mm" in rule or "297mm 210mm" in rule,
                    paper_format.orientation == "Landscape",
                )


@tagged("post_install", "-at_install")
class TestGovPaper(ApprovalCase):
    def _render(self, docs, user=None):
        source = self.env["ir.ui.view"].create(
            {"name": "form", "type": "qweb", "arch": FORM, "key": "gov_base.test_form"}
        )
        qweb = self.env["ir.qweb"].with_user(user or self.env.user)
        return html.fromstring(
            str(qweb._render(source.id, {"docs": docs.with_env(qweb.env)}))
        )

    def _texts(self, tree, path):
        return [
            re.sub(r"\s+", " ", node.text_content()).strip()
            for node in tree.xpath(path)
        ]

    def _block(self, tree):
        rows = tree.xpath("//table[contains(@class, 'gov_paper_approval')]/tbody/tr")
        return [
            [re.sub(r"\s+", " ", cell.text_content()).strip() for cell in row]
            for row in rows
        ]

    def test_page_of_a_matter_on_its_way(self):
        with freeze_time("2026-11-22 16:30:00"):
            matter = self._submitted(kind="purchase", price=470)
            matter.with_user(self.office_head_user).action_approve("拟同意")
            tree = self._render(matter.sudo())
        self.assertEqual(
            self._texts(tree, "//div[@class='gov_paper_agency']"),
            ["County Service Centre"],
        )
        self.assertEqual(
            self._texts(tree, "//div[@class='gov_paper_title']"),
            ["采购申请（备案审批）单"],
        )
        self.assertEqual(
            self._texts(tree, "//table[@class='gov_paper_line']//td"),
            ["2026年11月23日", f"No. {matter.number}"],
        )
        self.assertEqual(self._texts(tree, "//th[.='金额']/../td"), ["肆佰柒拾元整"])
        self.assertEqual(
            self._block(tree),
            [
                ["Section head", "拟同意", "Cheng Xiaolan", "Section Head"]
                + ["2026年11月23日"],
                ["Line leader", "", "", "", ""],
                ["Price check", "", "", "", ""],
                ["Logistics", "", "", "", ""],
            ],
        )
        self.assertIn(
            "Printed 2026年11月23日 00:30",
            self._texts(tree, "//table[@class='gov_paper_foot']")[0],
        )
        self.assertFalse(tree.xpath("//div[@class='gov_paper_stamp']"))
        [article] = tree.xpath("//div[contains(@class, 'article')]")
        self.assertEqual(article.get("data-oe-id"), str(matter.id))
        self.assertIn("gov_paper_a5_landscape", article.get("class"))
        self.assertIn("size: 210mm 148mm", tree.xpath("//style")[0].text)

    def test_everybody_on_the_chain_prints_it(self):
        matter = self._submitted(kind="purchase", price=470)
        for user in (self.staff_user, self.office_head_user, self.supervision_user):
            with self.subTest(user=user.login):
                tree = self._render(matter, user)
                self.assertEqual(len(self._block(tree)), 4)

    def test_the_code_opens_the_record(self):
        matter = self._submitted()
        url = self.env["gov.paper"].record_url(matter)
        self.assertTrue(url.endswith(f"/odoo/{matter._name}/{matter.id}"))
        tree = self._render(matter.sudo())
        source = tree.xpath("//img[@class='gov_paper_qr']/@src")[0]
        self.assertEqual(source, self.env["gov.paper"].qr_image(url))
        content = base64.b64decode(source.removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(content)) as image:
            self.assertEqual(image.width, image.height)
            self.assertGreater(image.width, 100)

    def test_each_decision_of_a_committee_has_its_line(self):
        matter = self._submitted(kind="purchase", price=9600)
        self._decide(
            matter,
            self.office_head_user,
            self.leader_user,
            self.store_user,
            self.head_user,
            self.second_user,
            self.third_user,
        )
        self.assertEqual(matter.approval_state, "approved")
        block = self._block(self._render(matter.sudo()))
        self.assertEqual(block[2][1:3], ["Checked", "Hou Xiaoman"])
        self.assertEqual(block[3][:3], ["Head reviews", "Agreed", "Lu Qiming"])
        self.assertEqual(block[4][:3], ["Committee", "Agreed", "Zou Jingyi"])
        self.assertEqual(block[5][:2], ["Agreed", "He Zhenbang"])
        self.assertEqual(len(block), 6)

    def test_a_second_round_shows_what_was_decided_in_the_first(self):
        matter = self._submitted(kind="purchase", price=3000)
        self._decide(matter, self.office_head_user, self.leader_user, self.store_user)
        self._decide(matter, self.head_user, method="action_return", args=("price?", 3))
        block = self._block(self._render(matter.sudo()))
        self.assertEqual(
            [row[:3] for row in block],
            [
                ["Section head", "Agreed", "Cheng Xiaolan"],
                ["Line leader", "Agreed", "Han Suqin"],
                ["Price check", "", ""],
                ["Head", "", ""],
            ],
        )

    def test_a_paper_not_in_force_says_so(self):
        matter = self._matter()
        stamp = "//div[@class='gov_paper_stamp']"
        page = self._render(matter.sudo())
        self.assertEqual(self._texts(page, stamp), ["Draft"])
        # Without a number there is no line for it.
        number = "//*[@class='gov_paper_number']"
        self.assertFalse(self._texts(page, number))
        matter.action_submit()
        self._decide(
            matter, self.office_head_user, method="action_reject", args=("not now",)
        )
        self.assertEqual(
            self._texts(self._render(matter.sudo()), stamp), ["Not agreed"]
        )
        self.assertTrue(self._texts(self._render(matter.sudo()), number))
        other = self._submitted()
        other.with_user(self.office_head_user).action_approve()
        other.with_user(self.staff_user).action_cancel("not needed")
        self.assertEqual(self._texts(self._render(other.sudo()), stamp), ["Void"])

    def test_several_papers_make_several_pages(self):
        matters = self._submitted() + self._submitted()
        tree = self._render(matters.sudo())
        self.assertEqual(
            tree.xpath("//div[contains(@class, 'article')]/@data-oe-id"),
            [str(matter.id) for matter in matters],
        )

    def test_signature_picture_or_a_line_for_ink(self):
        signatures = [
            {"label": "领用人", "image": SIGNATURE, "date": date(2026, 11, 22)},
            {"label": "保管员"},
        ]
        tree = html.fromstring(
            str(
                self.env["ir.qweb"]._render(
                    "gov_base.paper_signatures",
                    {"signatures": signatures, "doc": self._matter()},
                )
            )
        )
        signed, blank = tree.xpath("//td")
        self.assertEqual(
            signed.xpath(".//img/@src"), [f"data:image/png;base64,{SIGNATURE}"]
        )
        self.assertIn("2026年11月22日", signed.text_content())
        self.assertFalse(blank.xpath(".//img"))
        self.assertTrue(blank.xpath(".//span[@class='gov_paper_blank']"))

    def test_what_a_title_holds_is_text(self):
        self.company.name = "<b>Centre</b>"
        self.assertEqual(
            self._texts(
                self._render(self._matter().sudo()), "//div[@class='gov_paper_agency']"
            ),
            ["<b>Centre</b>"],
        )


@tagged("post_install", "-at_install")
class TestGovPaperPdf(ApprovalCase, HttpCase):
    """The page as wkhtmltopdf prints it, where that program is installed."""

    def test_one_page_with_chinese_glyphs(self):
        report_model = self.env["ir.actions.report"]
        if report_model.get_wkhtmltopdf_state() not in ("ok", "workers"):
            self.skipTest("wkhtmltopdf is not installed")
        key = "gov_base.test_form"
        self.env["ir.ui.view"].create(
            {"name": "form", "type": "qweb", "arch": FORM, "key": key}
        )
        report = report_model.create(
            {
                "name": "Form",
                "model": self.Matter._name,
                "report_type": "qweb-pdf",
                "report_name": key,
                "paperformat_id": self.env.ref("gov_base.paperformat_a5_landscape").id,
            }
        )
        matter = self._submitted(kind="purchase", price=470)
        matter.with_user(self.office_head_user).action_approve("拟同意")
        with self.allow_pdf_render():
            content, kind = report_model.with_context(
                force_report_rendering=True
            )._render_qweb_pdf(report, matter.ids)
        self.assertEqual(kind, "pdf")
        reader = PdfReader(io.BytesIO(content))
        self.assertEqual(len(reader.pages), 1)
        page = reader.pages[0]
        self.assertEqual(round(float(page.mediabox.width) / 72 * 25.4), 210)
        text = page.extract_text()
        for expected in ("采购申请", "拟同意", "肆佰柒拾元整", matter.number):
            self.assertIn(expected, text)
        fonts = page["/Resources"]["/Font"].values()
        names = " ".join(str(font.get_object()["/BaseFont"]) for font in fonts)
        self.assertRegex(names, "CJK|Fang|Song|Ming|Hei")
