from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GovCommon


@tagged("post_install", "-at_install")
class TestRefusal(GovCommon):
    """What a person reads who may not read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finding = cls.env["gov.finding"]._raise(
            "test_rule", cls.staff, "Evidence", employee=cls.staff
        )

    def _refuse(self, records):
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError) as caught,
        ):
            records.with_user(self.works_staff_user).check_access("read")
        return str(caught.exception)

    def test_ours_say_what_is_missing_and_whom_to_ask(self):
        text = self._refuse(self.finding)
        self.assertIn("Finding: you have no right to open this one", text)
        self.assertIn("ask the system administrator", text)
        self.assertNotIn("cookies", text)

    def test_other_documents_keep_the_text_of_odoo(self):
        other = self.staff_user.res_users_settings_id
        self.assertIn("res.users.settings", self._refuse(other))
