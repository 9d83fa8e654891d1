from odoo.tests import HttpCase, tagged

from .common_notice import NoticeCommon


@tagged("post_install", "-at_install")
class TestNoticeTours(NoticeCommon, HttpCase):
    """Person and head on the phone, in the language of the office."""

    browser_size = "375x667"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = cls.env["res.users"].search([("company_id", "=", cls.company.id)])
        users.lang = "zh_CN"

    def test_person_signs_and_appeals(self):
        notice = self._issued(self.staff, 4)
        self.start_tour("/odoo/my-points", "gov_points_person_phone", login="gov_staff")
        self.assertEqual(notice.state, "served")
        self.assertEqual(notice.service_ids.method, "app")
        appeal = notice.appeal_ids
        self.assertRecordValues(
            appeal,
            [
                {
                    "state": "submitted",
                    "handler_id": self.staff_user.id,
                    "body": "head",
                    "date": self.day,
                }
            ],
        )

    def test_head_decides(self):
        appeal = self._filed(points=4)
        self.start_tour("/odoo/gov-inbox", "gov_points_head_phone", login="gov_head")
        self.assertRecordValues(
            appeal, [{"state": "decided", "outcome": "reduced", "new_points": 2}]
        )
        self.assertEqual(appeal.notice_id.points_now, 2)
