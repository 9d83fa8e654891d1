import io

import openpyxl

from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common import PointsCommon

MODEL = "gov.points.scheme"


@tagged("post_install", "-at_install")
class TestSchemeRpc(PointsCommon, RpcCase):
    """Rulebooks asked and attacked over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.released = cls._draft()
        cls.released.action_release()
        cls.draft = cls._draft(code="OTHER")
        cls.everybody = (
            cls.staff_user
            + cls.hr_user
            + cls.officer_user
            + cls.manager_user
            + cls.supervision_user
            + cls.admin_user
        )
        cls._make_keys(cls.everybody)

    def _ids(self, record):
        return [record.id]

    def test_released_rulebook_cannot_be_changed(self):
        article = self.released.article_ids[0]
        measure = self.released.threshold_ids.measure_ids[0]
        attacks = [
            (MODEL, "write", {"ids": self.released.ids, "vals": {"name": "X"}}),
            (MODEL, "write", {"ids": self.released.ids, "vals": {"state": "draft"}}),
            (MODEL, "unlink", {"ids": self.released.ids}),
            (article._name, "write", {"ids": article.ids, "vals": {"points": 6}}),
            (article._name, "unlink", {"ids": article.ids}),
            (measure._name, "write", {"ids": measure.ids, "vals": {"name": "X"}}),
            (
                article._name,
                "create",
                {
                    "vals_list": [
                        {"scheme_id": self.released.id, "code": "8", "name": "X"}
                    ]
                },
            ),
            (
                article._name,
                "update_field_translations",
                {
                    "ids": article.ids,
                    "field_name": "name",
                    "translations": {"en_US": "X"},
                },
            ),
        ]
        for user in self.manager_user, self.officer_user, self.admin_user:
            for context in CONTEXTS:
                for model, method, arguments in attacks:
                    with self.subTest(user=user.login, method=method, context=context):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        self.released.invalidate_recordset()
        self.assertEqual(self.released.name, "Test rulebook")
        self.assertEqual(len(self.released.article_ids), 3)

    def test_private_names_are_no_calls(self):
        for method in "_get_for", "_find", "_score", "_release_shipped", "_meet_rivals":
            with self.subTest(method=method):
                self._assert_refused(self.manager_user, MODEL, method)

    def test_the_good_way(self):
        status, result = self._json2(
            self.manager_user, MODEL, "action_release", ids=self.draft.ids
        )
        self.assertEqual((status, result), (200, True))
        refused = self._assert_refused(
            self.manager_user, MODEL, "action_release", ids=self.draft.ids
        )
        self.assertIn("released already", refused)
        refused = self._assert_refused(
            self.manager_user,
            MODEL,
            "action_set_last_day",
            ids=self.draft.ids,
            day="soon",
        )
        self.assertIn("soon", refused)
        for ids in ([], [10**8], self.draft.ids + self.released.ids):
            with self.subTest(ids=ids):
                self._assert_refused(
                    self.manager_user, MODEL, "action_new_version", ids=ids
                )

    def test_nobody_else_releases(self):
        for user in self.everybody - self.manager_user:
            for method in "action_release", "action_new_version", "action_import":
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(user, MODEL, method, ids=self.draft.ids)
        self.assertEqual(self.draft.state, "draft")

    def test_download(self):
        self.authenticate("points_manager", "points_manager")
        url = self.released.action_export()["url"]
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("TEST-1.xlsx", response.headers["Content-Disposition"])
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        self.assertEqual(len(book.sheetnames), 3)
        self.authenticate("points_hr", "points_hr")
        response = self.url_open(self.draft.action_export()["url"])
        self.assertNotEqual(response.status_code, 200)
