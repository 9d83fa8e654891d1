from odoo.tests import HttpCase, tagged

from .common_desk import DeskCase


class ServiceTourCase(DeskCase, HttpCase):
    """The service desk in the language of the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = cls.env["res.users"].search([("company_id", "=", cls.company.id)])
        users.lang = "zh_CN"
        cls.room.building = "2号楼"
        cls.water_team.buildings = False


@tagged("post_install", "-at_install")
class TestServiceTours(ServiceTourCase):
    """The desk takes a call and sends somebody; an employee asks for a repair."""

    def test_call(self):
        self.start_tour("/odoo/take-call", "gov_service_call", login="gov_desk")
        request = self.requests.search([("name", "=", "灯不亮")])
        self.assertRecordValues(
            request,
            [
                {
                    "gov_state": "assigned",
                    "room_id": self.room.id,
                    "caller_name": "张三",
                    "caller_phone": "8001",
                    "channel": "phone",
                    "user_id": self.repairer_user.id,
                }
            ],
        )

    def test_employee(self):
        self.start_tour(
            "/odoo/my-service-requests", "gov_service_employee", login="gov_staff"
        )
        request = self.requests.search([("name", "=", "水龙头漏水")])
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.gov_state, "new")


@tagged("post_install", "-at_install")
class TestServicePhoneTours(ServiceTourCase):
    """The repairer on a phone: accept, arrive, finish."""

    browser_size = "375x667"
    touch_enabled = True

    def test_repair(self):
        request = self._take("灯不亮", place="2号楼305")
        request.action_assign(self.repairer_user.id)
        self.start_tour(
            "/odoo/my-repairs", "gov_service_repair_phone", login="gov_repairer"
        )
        self.assertEqual(request.gov_state, "done")
        self.assertEqual(request.closing_text, "换灯管一支")
