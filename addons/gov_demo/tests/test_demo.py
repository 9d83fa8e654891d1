import csv
from collections import Counter

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_open

from odoo.addons.gov_demo.generator.loader import Loader
from odoo.addons.gov_demo.hooks import post_init_hook

# Department → staff of each kind: career, worker, contract, dispatch.
STAFF = {
    "leaders": (6, 0, 0, 0),
    "general": (6, 1, 4, 1),
    "personnel": (5, 0, 1, 0),
    "finance": (7, 0, 2, 0),
    "assets": (6, 0, 3, 0),
    "energy": (4, 1, 1, 0),
    "supplies": (5, 1, 3, 0),
    "vehicles": (5, 12, 9, 10),
    "meetings": (4, 0, 6, 4),
    "catering": (2, 3, 8, 7),
    "property": (3, 5, 6, 1),
    "security": (3, 1, 2, 2),
}
KINDS = ("career", "worker", "contract", "dispatch")


class DemoCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "zh_CN"})
        cls.company = cls.env.ref("base.main_company")
        cls.loader = Loader(cls.env)

    @classmethod
    def demo(cls, name):
        return cls.env.ref(f"gov_demo.{name}")

    @staticmethod
    def logins():
        with file_open("gov_demo/logins.csv") as stream:
            return list(csv.DictReader(stream))


@tagged("post_install", "-at_install")
class TestAgency(DemoCase):
    """The agency is the one that part 3 of the office handbook describes."""

    def test_company(self):
        self.assertRecordValues(
            self.company,
            [
                {
                    "name": "云岚县机关事务服务中心",
                    "currency_id": self.env.ref("base.CNY").id,
                    "country_id": self.env.ref("base.cn").id,
                    "gov_tz": "Asia/Shanghai",
                }
            ],
        )

    def test_departments_stand_in_rank_order(self):
        departments = self.env["hr.department"].search([])
        self.assertEqual(
            departments.mapped("name"),
            [
                "中心领导",
                "综合科",
                "人事教育科（记分办）",
                "财务核算科",
                "资产房产科",
                "公共机构节能科",
                "物资采购科",
                "公务用车平台",
                "会议接待科",
                "餐饮服务科",
                "物业维修科",
                "安全保卫科",
            ],
        )
        self.assertTrue(all(departments.mapped("manager_id.user_id")))
        self.assertTrue(all(department.liaison_ids for department in departments))

    def test_staff_of_each_department(self):
        found = {
            name: tuple(
                self.env["hr.employee"].search_count(
                    [
                        ("department_id", "=", self.demo(f"department_{name}").id),
                        ("staff_type", "=", kind),
                    ]
                )
                for kind in KINDS
            )
            for name in STAFF
        }
        self.assertEqual(found, STAFF)

    def test_150_people_with_96_logins(self):
        people = self.env["hr.employee"].search([])
        self.assertEqual(len(people), 150)
        self.assertEqual(
            Counter(people.mapped("staff_type")),
            {"career": 56, "worker": 24, "contract": 45, "dispatch": 25},
        )
        self.assertEqual(len(set(people.mapped("name"))), 150)
        self.assertEqual(len(people.user_id), 96)
        self.assertFalse(
            people.filtered(lambda person: not person.official_title),
            "Nobody stands without a title",
        )

    def test_leaders_come_first(self):
        people = self.env["hr.employee"].search([], limit=5)
        self.assertEqual(
            people.mapped("name"), ["陆启明", "韩素琴", "贺振邦", "祝宁远", "姚桂芬"]
        )

    def test_line_leaders(self):
        led = {
            "hansuqin": {"supplies", "assets", "meetings", "catering"},
            "hezhenbang": {"vehicles", "property", "security", "energy"},
            "yaoguifen": {"general"},
        }
        for leader, names in led.items():
            departments = self.env["hr.department"].search(
                [("line_leader_id", "=", self.demo(f"employee_{leader}").id)]
            )
            expected = {self.demo(f"department_{name}").id for name in names}
            self.assertEqual(set(departments.ids), expected, leader)

    def test_acting_head_and_vacant_post(self):
        finance = self.demo("department_finance")
        self.assertEqual(finance.manager_id.name, "邹静怡")
        self.assertEqual(finance.manager_id.official_title, "副科长（主持工作）")
        vacant = self.env["hr.job"].search([("no_of_recruitment", ">", 0)])
        self.assertEqual(vacant.mapped("name"), ["副主任"])

    def test_people_who_work_elsewhere(self):
        seconded = self.env["hr.employee"].search(
            [("working_department_id", "!=", False)]
        )
        self.assertEqual(len(seconded), 3)
        for person in seconded:
            self.assertNotEqual(person.working_department_id, person.department_id)
            self.assertEqual(person._gov_department(), person.working_department_id)
        away = self.env["hr.employee"].search([("official_title", "like", "借调县")])
        self.assertEqual(len(away), 2)
        left = self.env["hr.employee"].search([("active", "=", False)])
        self.assertEqual(len(left), 3)
        self.assertFalse(left.user_id)

    def test_served_units_have_a_liaison(self):
        units = [
            self.demo(f"unit_{row['id']}") for row in self.loader.table("served_units")
        ]
        self.assertEqual(len(units), 12)
        for unit in units:
            self.assertEqual(len(unit.child_ids), 1, unit.name)

    def test_no_mail_leaves_the_house(self):
        self.assertFalse(self.env["ir.mail_server"].search([]))
        partners = self.env["res.users"].search([("share", "=", False)]).partner_id
        for partner in partners:
            self.assertTrue(partner.email.endswith("@yunlan.invalid"), partner.email)


@tagged("post_install", "-at_install")
class TestLogins(DemoCase):
    def test_every_login_works(self):
        for row in self.logins():
            with self.subTest(login=row["login"]):
                user = self.env["res.users"].search([("login", "=", row["login"])])
                self.assertEqual(user.name, row["name"])
                self.assertEqual(user.lang, "zh_CN")
                self.assertEqual(user.tz, "Asia/Shanghai")
                info = user.with_user(user)._check_credentials(
                    {
                        "type": "password",
                        "login": row["login"],
                        "password": row["password"],
                    },
                    {"interactive": True},
                )
                self.assertEqual(info["uid"], user.id)

    def test_all_staff_share_the_demo_password(self):
        hashes = self.env.execute_query_dict(
            self.env["res.users"]
            ._search([("login", "not in", ("admin", "__system__"))])
            .select("id", "password")
        )
        # 95 of the staff, two from outside, four in the portal.
        self.assertEqual(len(hashes), 95 + 2 + 4)
        self.assertEqual(len({row["password"] for row in hashes}), 1)

    def test_supervision_comes_from_outside(self):
        for login in ("peizhengsheng", "yinjie"):
            user = self.demo(f"user_{login}")
            self.assertTrue(user.has_group("gov_base.group_supervision"))
            self.assertFalse(user.employee_ids)

    def test_admin_holds_every_role_without_a_finding(self):
        admin = self.env.ref("base.user_admin")
        holders = self.env["gov.role.holder"].search([("user_id", "=", admin.id)])
        self.assertEqual(
            holders.role_id, self.env["gov.role"].search([]), "every role is held"
        )
        for group in (
            "gov_base.group_approval_admin",
            "gov_base.group_supervision",
            "gov_base.group_secretariat",
            "gov_logistics.group_store",
            "gov_logistics.group_procurement",
            "gov_logistics.group_logistics_manager",
        ):
            self.assertTrue(admin.has_group(group), group)
        self.assertFalse(
            self.env["gov.finding"].search(
                [("rule_code", "=", "self_granted_role")],
            )
        )

    def test_role_holders_can_decide(self):
        roles = {
            "logistics_leader": {"韩素琴"},
            "head": {"陆启明"},
            "committee": {
                "陆启明",
                "韩素琴",
                "贺振邦",
                "祝宁远",
                "姚桂芬",
                "朱永康",
            },
            "store": {"侯小满", "赵建国"},
            "procurement": {"白建勋", "徐红梅"},
            "finance": {"邹静怡", "朱建国"},
        }
        admin = self.env.ref("base.user_admin")
        for code, names in roles.items():
            role = self.env["gov.role"].search([("code", "=", code)])
            holders = role._get_holders(self.company)
            self.assertTrue(all(holder.user_id.active for holder in holders), code)
            people = holders.filtered(lambda holder: holder.user_id != admin)
            self.assertEqual(set(people.employee_id.mapped("name")), names, code)

    def test_second_run_changes_nothing(self):
        models = ("hr.employee", "res.users", "gov.role.holder", "stock.move")
        before = {
            model: self.env[model].search([], order="id").mapped("write_date")
            for model in models
        }
        post_init_hook(self.env)
        self.env.flush_all()
        self.env.invalidate_all()
        for model in models:
            self.assertEqual(
                self.env[model].search([], order="id").mapped("write_date"),
                before[model],
                model,
            )


@tagged("post_install", "-at_install")
class TestGoods(DemoCase):
    def test_80_supplies_in_nine_groups(self):
        rows = self.loader.table("supplies")
        supplies = [row for row in rows if row["category"] != "设备家具"]
        self.assertEqual(len(supplies), 80)
        self.assertEqual(
            Counter(row["category"] for row in supplies),
            {
                "纸张": 8,
                "书写工具": 9,
                "本册文件": 11,
                "桌面用品": 12,
                "打印与电脑耗材": 12,
                "清洁用品": 10,
                "会议茶水": 5,
                "维修配件": 9,
                "应急物资": 4,
            },
        )
        self.assertEqual(len(rows) - len(supplies), 11)
        for row in rows:
            product = self.demo(f"product_{row['id']}")
            self.assertEqual(product.name, row["name"])
            self.assertEqual(product.standard_price, float(row["price"]))
            self.assertEqual(product.uom_id.name, row["unit"])
            self.assertTrue(product.is_storable)
            # The price of the catalogue is what is paid, nothing is added to it.
            self.assertFalse(product.supplier_taxes_id)

    def test_stocked_goods_are_on_the_shelf(self):
        for row in self.loader.table("supplies"):
            product = self.demo(f"product_{row['id']}")
            if row["stocked"] == "1":
                self.assertGreater(product.qty_available, 0, product.name)

    def test_nothing_is_below_zero(self):
        self.assertFalse(
            self.env["stock.quant"].search(
                [("location_id.usage", "=", "internal"), ("quantity", "<", 0)]
            )
        )
