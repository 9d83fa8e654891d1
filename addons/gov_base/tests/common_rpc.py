import json
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import HttpCase
from odoo.tools import mute_logger

# What a caller might hope opens a guard.
CONTEXTS = (
    {},
    {"gov_engine": True},
    {"gov_engine": "EDIT_SENTINEL", "install_mode": True, "su": True},
)


class RpcCase(HttpCase):
    """Calls over real HTTP, JSON-2 and XML-RPC, with keys of one's own.

    Mix it into a case with users and call :meth:`_make_keys` for those who call.
    """

    @classmethod
    def _make_keys(cls, users):
        expiry = fields.Datetime.now() + timedelta(days=1)
        cls.keys = {
            user: cls.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", expiry)
            for user in users
        }

    def _json2(self, user, model, method, **arguments):
        """Return (status, decoded answer) of a JSON-2 call."""
        self.env.flush_all()
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.keys[user]}",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def _xmlrpc(self, user, model, method, *arguments, **named):
        """Return the answer of an XML-RPC call; a refusal raises ``Fault``."""
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                user.id,
                self.keys[user],
                model,
                method,
                arguments,
                named,
            )
        finally:
            self.env.invalidate_all()

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.json2")
    def _assert_refused(self, user, model, method, **arguments):
        """Return the message with which a JSON-2 call is refused."""
        status, answer = self._json2(user, model, method, **arguments)
        self.assertGreaterEqual(status, 400, answer)
        self.assertLess(status, 500, f"a stack, not a message: {answer}")
        return answer["message"]

    @mute_logger("odoo.http")
    def _assert_refused_xml(self, user, model, method, *arguments, **named):
        """Return the message with which an XML-RPC call is refused."""
        with self.assertRaises(Fault) as caught:
            self._xmlrpc(user, model, method, *arguments, **named)
        self.assertNotIn("Traceback", caught.exception.faultString)
        return caught.exception.faultString
