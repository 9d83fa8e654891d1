from odoo.tests import tagged

from .test_portal_service import PortalCase, StatementCase
from .test_public_http import PublicCase

# A visitor's pages have no script and forbid any: the browser is led from outside. The
# expression is asked again and again, also after the form has led to the next page,
# which may have a form of its own that is not touched.
_FILL = """
    const page = document.body.innerText;
    if (document.documentElement.scrollWidth > window.innerWidth) {
        throw new Error("The page is wider than the phone.");
    }
    const arrived = page.includes(%(next)r);
    const button = !arrived && document.querySelector(%(button)r);
    const set = (name, value) => {
        document.querySelector(`[name="${name}"]`).value = value;
    };
    if (button && document.readyState === "complete" && !window.govSent) {
        %(fill)s
        window.govSent = true;
        button.click();
    }
    arrived;
"""
_LOOK = """
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

    def fill(self, path, button, fill, follows):
        """Fill in the form of a page and send it; ``follows`` stands on the next."""
        self.env.flush_all()
        ready = _FILL % {"fill": fill, "button": button, "next": follows}
        self.browser_js(path, 'console.log("test successful")', ready, login=None)
        self.env.invalidate_all()

    def look(self, path, text):
        self.env.flush_all()
        self.browser_js(path, _LOOK % {"text": text}, login=None)

    def test_report_repair_rating(self):
        self.fill(
            f"/repair/{self.room.qr_token}",
            "button[type=submit]",
            "set('name', '305 lamp is out'); set('caller_phone', '8123');",
            "Your report",
        )
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
        self.fill(
            path,
            "form[action$=rate] button",
            "document.querySelector('[value=good]').checked = true;"
            "set('text', 'Quick');",
            "Thank you for your rating",
        )
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
