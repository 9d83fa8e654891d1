from odoo.tests import HttpCase, tagged

from .common_case import CaseCommon


class CaseTours(CaseCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["res.users"].search(
            [("company_id", "=", cls.company.id)]
        ).lang = "zh_CN"


@tagged("post_install", "-at_install")
class TestCaseTour(CaseTours):
    """The officer's desk."""

    def test_from_clue_to_the_first_yes(self):
        self.start_tour(
            "/odoo/points-clue", "gov_points_case_officer", login="gov_first"
        )
        case = self.Case.search([("company_id", "=", self.company.id)])
        self.assertEqual(case.state, "submitted")
        self.assertEqual(case.share_ids.heard_on, self.today)
        self.assertEqual(case.current_step_id.votes, 1)


@tagged("post_install", "-at_install")
class TestCaseTourPhone(CaseTours):
    """The second officer on the phone."""

    browser_size = "375x667"
    touch_enabled = True

    def test_the_last_yes(self):
        case = self._submitted(self._share(self.staff, "11.5"))
        case.with_user(self.first_user).action_approve()
        self.start_tour(
            "/odoo/points-my-turn", "gov_points_case_second_phone", login="gov_second"
        )
        self.env.invalidate_all()
        self.assertEqual(case.state, "decided")
        self.assertEqual(len(case.sudo().share_ids.entry_ids), 1)
