from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_seal import SealCase

MODELS = ("gov.seal", "gov.seal.head", "gov.seal.export")


@tagged("post_install", "-at_install")
class TestSealAccess(SealCase):
    """Every role, every operation: supervision reads, nobody writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_notes(2)
        cls._create_notes(2, cls.other_company)
        cls.Seal._link_pending()
        cls.env["gov.seal.export"]._cron_export()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.portal_user = cls.env["res.users"].create(
            {
                "name": "Portal",
                "login": "gov_portal",
                "group_ids": cls.env.ref("base.group_portal").ids,
                "company_id": cls.company.id,
                "company_ids": cls.company.ids,
            }
        )
        cls.roles = {
            "supervision": cls.supervision_user,
            "approval administrator": cls.admin_user,
            "system administrator": cls.system_user,
            "head": cls.head_user,
            "staff": cls.staff_user,
            "portal": cls.portal_user,
        }

    def _records(self, model):
        return self.env[model].search([("company_id", "=", self.company.id)])

    def test_read(self):
        for model in MODELS:
            record = self._records(model)[0]
            for role, user in self.roles.items():
                mine = record.with_user(user)
                with self.subTest(model=model, role=role):
                    if role == "supervision":
                        self.assertTrue(mine.read())
                        self.assertIn(record, mine.search([]))
                    else:
                        with self.assertRaises(AccessError):
                            mine.read(["company_id"])
                        with self.assertRaises(AccessError):
                            mine.search([])

    def test_other_companies_are_not_seen(self):
        for model in MODELS:
            found = self.env[model].with_user(self.supervision_user).search([])
            self.assertEqual(found.company_id, self.company, model)

    def test_write(self):
        values = {
            "gov.seal": {"payload": "{}"},
            "gov.seal.head": {"sequence": 99},
            "gov.seal.export": {"file_name": "x"},
        }
        contexts = ({}, {"gov_engine": True}, {"gov_engine": 1, "install_mode": True})
        for model in MODELS:
            record = self._records(model)[0]
            for role, user in self.roles.items():
                for context in contexts:
                    mine = record.with_user(user).with_context(**context)
                    with self.subTest(model=model, role=role):
                        with self.assertRaises(UserError):
                            mine.write(values[model])
                        with self.assertRaises(UserError):
                            mine.create(record.copy_data()[0])
                        with self.assertRaises(UserError):
                            mine.unlink()
            with self.subTest(model=model, role="superuser"):
                with self.assertRaises(UserError):
                    record.sudo().write(values[model])
                with self.assertRaises(UserError):
                    record.sudo().unlink()

    def test_verify_wizard_is_for_supervision(self):
        for role, user in self.roles.items():
            Wizard = self.env["gov.seal.verify"].with_user(user)
            with self.subTest(role=role):
                if role == "supervision":
                    self.assertTrue(Wizard.create({"chain": "test-note"}))
                else:
                    with self.assertRaises(AccessError):
                        Wizard.create({"chain": "test-note"})

    def test_wizard_refuses_a_company_of_others(self):
        wizard = (
            self.env["gov.seal.verify"]
            .with_user(self.supervision_user)
            .create({"chain": "test-note", "company_id": self.other_company.id})
        )
        with self.assertRaises(UserError):
            wizard.action_verify()

    def test_only_verify_is_public(self):
        """Nothing else of the seal can be called over RPC."""
        own = {
            name
            for model in MODELS + ("gov.seal.verify",)
            for cls in type(self.env[model]).__mro__
            if cls.__module__.startswith("odoo.addons.gov_base")
            for name, value in vars(cls).items()
            if callable(value)
            and not name.startswith("_")
            and not getattr(value, "_api_private", False)
        }
        self.assertEqual(
            own - {"create", "write"}, {"verify", "action_verify", "action_open_record"}
        )
