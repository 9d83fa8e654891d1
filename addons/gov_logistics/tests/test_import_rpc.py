from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_import import ImportCommon, make_table


@tagged("post_install", "-at_install")
class TestImportRpc(ImportCommon, RpcCase):
    """The import over real HTTP, by every role, with any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.others = (
            cls.staff_user
            + cls.clerk_user
            + cls.office_head_user
            + cls.store_user
            + cls.buyer_user
            + cls.supervision_user
            + cls.admin_user
            + cls.system_user
        )
        cls._make_keys(cls.others + cls.manager_user + cls.keeper_user)

    def _create(self, user, kind, content, **values):
        status, ids = self._json2(
            user,
            "gov.import",
            "create",
            vals_list=[{"kind": kind, "file": content.decode(), **values}],
        )
        self.assertEqual(status, 200, ids)
        return ids

    def test_the_good_way(self):
        ids = self._create(
            self.manager_user, "department", make_table("department", {"name": "New"})
        )
        for method in ("action_check", "action_import"):
            status, action = self._json2(
                self.manager_user, "gov.import", method, ids=ids
            )
            self.assertEqual(status, 200, action)
            self.assertEqual(action["res_id"], ids[0])
        department = self.env["hr.department"].search([("name", "=", "New")])
        self.assertEqual(department.create_uid, self.manager_user)

    def test_nobody_else(self):
        content = make_table("department", {"name": "New"}).decode()
        ids = self._create(
            self.manager_user, "department", make_table("department", {"name": "New"})
        )
        for user in self.others:
            for context in CONTEXTS:
                with self.subTest(user=user.login, context=context):
                    self._assert_refused(
                        user,
                        "gov.import",
                        "create",
                        vals_list=[{"kind": "department", "file": content}],
                        context=context,
                    )
                    for method in ("action_check", "action_import", "action_template"):
                        self._assert_refused(
                            user, "gov.import", method, ids=ids, context=context
                        )
        self.assertFalse(self.env["hr.department"].search([("name", "=", "New")]))

    def test_forged_results(self):
        ids = self._create(
            self.manager_user, "department", make_table("department", {"name": "New"})
        )
        digest = self.env["gov.import"].browse(ids)._get_digest()
        for context in (*CONTEXTS, {"default_checked_digest": digest}):
            with self.subTest(context=context):
                self._assert_refused(
                    self.manager_user,
                    "gov.import",
                    "write",
                    ids=ids,
                    vals={"checked_digest": digest},
                    context=context,
                )
                self._assert_refused(
                    self.manager_user,
                    "gov.import",
                    "action_import",
                    ids=ids,
                    context=context,
                )
                self._assert_refused(
                    self.manager_user,
                    "gov.import.line",
                    "create",
                    vals_list=[{"wizard_id": ids[0], "level": "error"}],
                    context=context,
                )
        self.assertFalse(self.env["hr.department"].search([("name", "=", "New")]))

    def test_bad_files(self):
        for value in (5, {"a": 1}, "no base64!", "A" * 15_000_000):
            message = self._assert_refused(
                self.manager_user,
                "gov.import",
                "create",
                vals_list=[{"kind": "department", "file": value}],
            )
            self.assertIn("Excel file", message)
        for method in ("action_check", "action_import", "action_template"):
            self._assert_refused(
                self.manager_user, "gov.import", method, ids=[2**31 - 1]
            )
            self._assert_refused(self.manager_user, "gov.import", method, ids=[])

    def test_import_of_people_without_the_right(self):
        ids = self._create(
            self.keeper_user, "department", make_table("department", {"name": "New"})
        )
        message = self._assert_refused(
            self.keeper_user, "gov.import", "action_check", ids=ids
        )
        self.assertIn("administrator", message)
