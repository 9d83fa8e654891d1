from odoo.tests import tagged

from .test_portal_service import PortalCase, StatementCase
from .test_public_http import PublicCase

# A visitor's pages have no script and forbid any: the browser looks at each page, and
# the forms are posted as it would post them.
_LOOK = """
    if (document.documentElement.scrollWidth > window.innerWidth) {
        console.error("The page is wider than the phone.");
    }
    if (!document.body.innerText.includes(%(text)r)) {
        console.error("Not on the page: " + %(text)r);
    }
    console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestVisitorTour(PublicCase):
    """Report by QR on a phone, repaired by the desk's people, rated by the link."""

    browser_size = "375x667"
    touch_enabled = True

    def look(self, path, text):
        self.env.flush_all()
        self.browser_js(path, _LOOK % {"text": text}, login=None)

    def test_report_repair_rating(self):
        self.look(f"/repair/{self.room.qr_token}", self.room.name)
        answer = self.report(name="305 lamp is out")
        self.assertIn("Your report", answer.text)
        request = self.made()
        self.assertEqual(request.name, "305 lamp is out")
        path = request._visitor_path()
        self.look(path, request.number)
        request.with_user(self.desk_user).action_assign(user_id=self.repairer_user.id)
        repairer = request.with_user(self.repairer_user)
        repairer.action_accept()
        repairer.action_arrive()
        repairer.action_done("New tube")
        self.look(path, "New tube")
        values = {"satisfaction": "good", "text": "Quick"}
        answer = self.post(f"{path}/rate", values, form=path)
        self.assertIn("Thank you for your rating", answer.text)
        self.env.invalidate_all()
        self.assertEqual(request.satisfaction, "good")
        self.assertEqual(request.satisfaction_text, "Quick")
        self.assertEqual(request.rating_ids.rating, 5)


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_liaison_reports(self):
        self.start_tour(
            "/my/service", "gov_portal_request", login=self.portal_user.login
        )
        self.assertEqual(self.unit_requests().served_partner_id, self.unit)


@tagged("post_install", "-at_install")
class TestStatementTour(StatementCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_liaison_confirms(self):
        self.start_tour(
            "/my/statements", "gov_portal_statement", login=self.portal_user.login
        )
        self.statement.invalidate_recordset()
        self.assertTrue(self.statement.other_confirmed_at)
        self.assertEqual(self.statement.confirmation_ids.user_id, self.portal_user)
