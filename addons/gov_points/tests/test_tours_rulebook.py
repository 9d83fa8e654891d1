from odoo.tests import HttpCase, tagged

from .common_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestRulebookTours(LedgerCommon, HttpCase):
    """The manager's desk, in the language of the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.manager = cls._create_user("points_desk", "gov_points.group_points_manager")
        cls.manager.lang = "zh_CN"

    def test_new_version_is_changed_seen_and_released(self):
        self.start_tour(
            f"/odoo/points-rulebooks/{self.scheme.id}",
            "gov_points_rulebook",
            login="points_desk",
        )
        version = self.env["gov.points.scheme"].search(
            [
                ("parent_id", "=", self.scheme.id),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertRecordValues(
            version,
            [{"state": "released", "appeal_number": 5, "version": 2}],
        )
        self.assertEqual(version.released_by_id, self.manager)

    def test_other_bound_is_tried_out(self):
        self._score(self.staff, 4)
        action = self.env.ref("gov_points.gov_points_whatif_action")
        dialog = self.env["gov.points.whatif"].with_user(self.manager)
        dialog = dialog.create({"scheme_id": self.scheme.id})
        self.start_tour(
            f"/odoo/action-{action.id}/{dialog.id}",
            "gov_points_whatif",
            login="points_desk",
        )
        self.assertEqual(dialog.line_ids.direction, "harsher")
        self.assertFalse(
            self.scheme.threshold_ids.filtered(lambda r: r.single_from == 4)
        )
