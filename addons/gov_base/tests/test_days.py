from datetime import date

from odoo.tests import TransactionCase, tagged

from odoo.addons.gov_base.tools.days import format_day


@tagged("post_install", "-at_install")
class TestDays(TransactionCase):
    """Days and periods read as a Chinese office writes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.chinese = cls.env(context={"lang": "zh_CN", "tz": "Asia/Shanghai"})

    def test_a_day(self):
        day = date(2026, 1, 9)
        self.assertEqual(format_day(self.chinese, day), "2026年1月9日")
        self.assertEqual(
            format_day(self.env(context={"lang": "en_US"}), day), "01/09/2026"
        )
        for env in (self.env, self.chinese):
            self.assertEqual(format_day(env, False), "")

    def test_a_group_of_days(self):
        logs = self.chinese["res.partner"]
        logs.create({"name": "Vendor"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2026-08-31 20:30'"
            " WHERE name = 'Vendor'"
        )
        self.env.invalidate_all()
        for granularity, name in (
            ("day", "2026年9月1日"),
            ("month", "2026年9月"),
            ("quarter", "2026年第3季度"),
            ("year", "2026年"),
        ):
            key = f"create_date:{granularity}"
            with self.subTest(granularity):
                [group] = logs.formatted_read_group(
                    [("name", "=", "Vendor")], [key], ["__count"]
                )
                self.assertEqual(group[key][1], name)
                # The name is all that changes.
                self.assertEqual(
                    logs.search_count(
                        [("name", "=", "Vendor"), *group["__extra_domain"]]
                    ),
                    1,
                )
        english = logs.with_context(lang="en_US")
        [group] = english.formatted_read_group(
            [("name", "=", "Vendor")], ["create_date:month"], ["__count"]
        )
        self.assertEqual(group["create_date:month"][1], "September 2026")
