from odoo.tests import tagged

from .common_seal import SealCase


@tagged("post_install", "-at_install")
class TestSeal(SealCase):
    def test_smoke(self):
        note = self.Note.create(
            {
                "name": "x",
                "partner_id": self.partner.id,
                "user_ids": self.env.user.ids,
                "measure": 1.5,
            }
        )
        self.assertEqual(note._seal(), 1)
        self.Seal._link_pending()
        print(self.Seal.search([("model", "=", note._name)]).read())
        print(self.Seal.verify("test-note", self.company))
