from odoo.tests import HttpCase, tagged

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestReaderTours(CaseCommon, HttpCase):
    """Those who read: HR from the overview to the sheet, supervision into a case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["res.users"].search(
            [("company_id", "=", cls.company.id)]
        ).lang = "zh_CN"

    def test_hr(self):
        shares = self._submitted(self._share(self.staff, "8.7")).share_ids
        self.env["gov.points.entry"]._post(shares)
        self.start_tour("/odoo/points-overview", "gov_points_hr", login="points_hr")

    def test_supervision(self):
        case = self._submitted(
            self._share(self.staff, "11.5"), reporter_name="Old Zhang"
        )
        for user in self.first_user, self.second_user:
            case.with_user(user).action_approve()
        self.start_tour(
            "/odoo/points-cases", "gov_points_supervision", login="gov_supervision"
        )
