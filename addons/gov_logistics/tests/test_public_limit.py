from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestPublicLimit(TransactionCase):
    def setUp(self):
        super().setUp()
        self.limits = self.env["gov.public.limit"]
        self.registry_enter_test_mode()

    def _rows(self):
        return self.limits.sudo().search_count([])

    def test_address_and_page_count_together(self):
        with freeze_time("2026-11-22 02:00:00"):
            allowed = [self.limits._allow("10.0.0.1", "a", 3, 10) for _i in range(50)]
            self.assertEqual(allowed, [True] * 3 + [False] * 47)
            self.assertTrue(self.limits._allow("10.0.0.1", "b", 3, 10))
            self.assertTrue(self.limits._allow("10.0.0.2", "a", 3, 10))
        with freeze_time("2026-11-22 02:10:00"):
            self.assertTrue(self.limits._allow("10.0.0.1", "a", 3, 10))

    def test_refused_posts_write_nothing(self):
        with freeze_time("2026-11-22 02:00:00"):
            for _i in range(2):
                self.limits._allow("10.0.0.1", "a", 2, 10)
            before = self._rows()
            with self.assertQueryCount(20):
                for _i in range(20):
                    self.assertFalse(self.limits._allow("10.0.0.1", "a", 2, 10))
            self.assertEqual(self._rows(), before)

    def test_address_is_not_kept(self):
        self.limits._allow("10.11.12.13", "a", 2, 10)
        row = self.limits.sudo().search([], order="id desc", limit=1)
        self.assertNotIn("10.11", row.key)
        self.assertEqual(len(row.key), 40)

    def test_old_windows_are_forgotten(self):
        with freeze_time("2020-01-01 02:00:00"):
            self.limits._allow("10.0.0.9", "old", 2, 10)
        self.limits._allow("10.0.0.9", "new", 2, 10)
        self.limits._gc_windows()
        self.limits.invalidate_model()
        old = self.limits.sudo().search([("created_at", "<", "2021-01-01")])
        self.assertFalse(old)
        self.assertTrue(self._rows())

    def test_nobody_reads_it(self):
        user = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            self.limits.with_user(user).search([])
