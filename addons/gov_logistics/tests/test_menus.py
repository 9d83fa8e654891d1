from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestMenus(TransactionCase):
    """One finds one's way: few groups on top, everybody lands where they work."""

    def _tops(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        root = menus[self.env.ref("gov_logistics.menu_supply_root").id]
        return [menus[child] for child in root["children"]], root

    def test_few_groups_on_top(self):
        tops, _root = self._tops(self.env.ref("base.user_admin"))
        self.assertLessEqual(len(tops), 9, [menu["name"] for menu in tops])
        self.assertTrue(all(menu["children"] for menu in tops))

    def test_who_is_nothing_special_lands_at_the_own_requests(self):
        user = self.env["res.users"].create({"name": "Menu", "login": "menu user"})
        tops, root = self._tops(user)
        self.assertEqual(tops[0]["xmlid"], "gov_logistics.menu_supply_requests")
        mine = self.env.ref("gov_logistics.gov_supply_request_action_mine")
        self.assertEqual(root["actionID"], mine.id)
        self.assertNotIn("gov_logistics.menu_measure", [top["xmlid"] for top in tops])
