from odoo.tests import TransactionCase, tagged

from odoo.addons.gov_base.tools.masking import (
    find_files,
    find_unmasked,
    mask_html,
    mask_name,
    mask_text,
)


@tagged("post_install", "-at_install")
class TestMasking(TransactionCase):
    def test_names(self):
        for name, masked in (
            ("王小明", "王**"),
            ("王伟", "王*"),
            ("欧阳修", "欧阳*"),
            ("欧阳", "欧*"),
            ("司马相如", "司马**"),
            ("王", "王*"),
        ):
            self.assertEqual(mask_name(name), masked)

    def test_phone_numbers(self):
        for text in (
            "13812340000",
            "138-1234-0000",
            "138 1234 0000",
            "１３８１２３４００００",
        ):
            masked = mask_text(f"电话{text}。")
            self.assertNotIn("1234", masked)
            self.assertNotIn("１２３４", masked)
            self.assertIn("****", masked)
        self.assertEqual(mask_text("13812340000"), "138****0000")

    def test_identity_and_card_numbers(self):
        for text in (
            "110101199003071234",
            "11010119900307123X",
            "110101 19900307 123X",
            "１１０１０１１９９００３０７１２３４",
            "110101900307123",
            "6222 0212 3456 7890 123",
            "6222021234567890123",
            "1101\u200b01199003071234",
        ):
            masked = mask_text(text)
            self.assertNotIn("9003", masked.replace(" ", ""), text)
            self.assertNotIn("3456", masked)
            self.assertGreaterEqual(masked.count("*"), 7)

    def test_what_stays(self):
        for text in (
            "2026年11月22日",
            "12,800.00元",
            "机服购〔2026〕0012号",
            "0571-88001234",
            "第15000000号",
            "12345678901234",
        ):
            self.assertEqual(mask_text(text), text)

    def test_html(self):
        body = (
            '<p>王小明 <b>13812340000</b> <a href="tel:13812340000">call</a></p>'
            '<img src="data:image/png;base64,13812340000"/>'
        )
        masked = mask_html(body, ["王小明"])
        self.assertIn("<b>138****0000</b>", masked)
        self.assertIn("王**", masked)
        self.assertNotIn("tel:13812340000", masked)
        self.assertIn("base64,13812340000", masked)
        self.assertEqual(mask_html("13812340000"), "138****0000")
        self.assertEqual(
            mask_html("a &lt;b&gt; 王小明", ["王小明"]), "a &lt;b&gt; 王**"
        )
        self.assertEqual(mask_html(False), "")

    def test_nothing_stays_in_the_source_of_the_page(self):
        body = (
            "<p>a<!-- 王小明 13812340000 -->王小明<?x 13812340000?></p>"
            '<a href="/x" name="13812340000" class="王小明" data-x="13812340000">b</a>'
        )
        masked = mask_html(body, ["王小明"])
        self.assertNotIn("13812340000", masked)
        self.assertNotIn("王小明", masked)
        self.assertIn("a王**", masked)

    def test_files_that_are_not_part_of_the_text(self):
        body = (
            '<p>a <a href="/web/content/7">b</a><img src="/web/image/1"/>'
            '<img src="data:image/png;base64,AA"/></p><table background="//x/y"/>'
        )
        self.assertEqual(find_files(body), ["/web/image/1", "//x/y"])
        self.assertEqual(find_files(False), [])

    def test_a_number_cut_by_formatting_is_found(self):
        body = mask_html("<p>1381<b>2340000</b></p><p>王<i>小明</i></p>", ["王小明"])
        self.assertEqual(find_unmasked(body, ["王小明"]), ["13812340000", "王小明"])
        self.assertEqual(find_unmasked("<p>13812</p><p>340000</p>"), [])
