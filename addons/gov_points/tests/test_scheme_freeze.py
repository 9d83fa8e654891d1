from psycopg2.errors import RestrictViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import EDIT_SENTINEL

from .common import PointsCommon

# What a caller over RPC might put into the context to be let through.
FORGED = {
    "gov_engine": True,
    "install_mode": True,
    "tracking_disable": True,
    "module": "gov_points",
    "default_state": "draft",
}


@tagged("post_install", "-at_install")
class TestSchemeFreeze(PointsCommon):
    """A released rulebook never changes, by nobody and in no context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.released = cls._draft()
        cls.released.action_release()
        cls.draft = cls._draft(code="OTHER")

    def _users(self):
        """Everybody who may ever write a rulebook, superuser included."""
        yield self.env.user
        yield self.manager_user
        yield self.env.ref("base.user_root")

    def _refused(self, records, method, *args):
        for user in self._users():
            for context in ({}, FORGED):
                with (
                    self.subTest(user=user.login, model=records._name, method=method),
                    self.assertRaisesRegex(UserError, "has been released"),
                ):
                    asked = records.with_user(user).with_context(**context)
                    getattr(asked, method)(*args)

    def test_rulebook_is_frozen(self):
        for values in (
            {"name": "Another name"},
            {"date_from": "2020-01-01"},
            {"date_to": "2030-01-01"},
            {"appeal_number": 1},
            {"scores": "100"},
            {"sequence": 1},
            {"company_id": False},
            {"department_ids": [Command.link(self.office.id)]},
            {"score_ids": [Command.clear()]},
            {"article_ids": [Command.create({"code": "77", "name": "New"})]},
            {"threshold_ids": [Command.clear()]},
        ):
            self._refused(self.released, "write", values)
        self._refused(self.released, "unlink")

    def test_parts_are_frozen(self):
        article = self.released.article_ids[0]
        level = self.released.threshold_ids[0]
        parts = [
            (article, {"points": 6}),
            (article, {"scheme_id": self.draft.id}),
            (self.released.score_ids[0], {"points": 5}),
            (level, {"total_to": 5}),
            (level, {"measure_ids": [Command.clear()]}),
            (level.measure_ids, {"days_number": 9}),
            (level.measure_ids, {"threshold_id": self.draft.threshold_ids[0].id}),
        ]
        for part, values in parts:
            self._refused(part, "write", values)
            self._refused(part, "unlink")

    def test_nothing_is_added(self):
        scheme = {"scheme_id": self.released.id}
        for model, values in [
            ("gov.points.article", {**scheme, "code": "8", "name": "New"}),
            ("gov.points.score", {**scheme, "points": 3}),
            ("gov.points.threshold", {**scheme, "code": "x", "name": "X"}),
            (
                "gov.points.threshold.measure",
                {"threshold_id": self.released.threshold_ids[0].id, "name": "Study"},
            ),
        ]:
            self._refused(self.env[model], "create", values)

    def test_nothing_moves_in_from_a_draft(self):
        article = self.draft.article_ids[0]
        self._refused(article, "write", {"scheme_id": self.released.id})
        measure = self.draft.threshold_ids[0].measure_ids
        target = self.released.threshold_ids[0]
        self._refused(measure, "write", {"threshold_id": target.id})
        self._refused(
            self.draft,
            "write",
            {"article_ids": [Command.link(self.released.article_ids[0].id)]},
        )

    def test_translations_are_frozen(self):
        for record in self.released, self.released.article_ids[0]:
            self._refused(
                record, "update_field_translations", "name", {"en_US": "Harmless"}
            )

    def test_state_and_version_follow_the_steps_only(self):
        for values in (
            {"state": "released"},
            {"version": 7},
            {"parent_id": self.released.id},
            {"released_on": "2020-01-01"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.draft.with_user(self.manager_user).write(values)
            with self.subTest(values=values), self.assertRaises(UserError):
                self._draft(code="FORGED", **values)
            with self.subTest(values=values), self.assertRaises(UserError):
                self.released.copy(values)

    def test_only_the_object_of_this_process_opens(self):
        """The key of the context alone opens nothing; the object behind it does."""
        forged = self.released.with_context(gov_engine=str(EDIT_SENTINEL))
        with self.assertRaises(UserError):
            forged.name = "Forged"
        forged.with_context(gov_engine=EDIT_SENTINEL).name = "By the engine"
        self.assertEqual(self.released.name, "By the engine")

    def test_departments_and_posts_of_a_rulebook_stay(self):
        """A department that is deleted would make the rulebook one for everybody."""
        section = self.env["hr.department"].create({"name": "Fleet"})
        self.draft.department_ids = section
        self.draft.action_release()
        with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation):
            section.unlink()

    def test_drafts_are_open_to_managers_only(self):
        draft = self.draft
        draft.with_user(self.manager_user).name = "Renamed"
        draft.with_user(self.manager_user).article_ids[0].points = 2
        for user in self.officer_user, self.supervision_user:
            self.assertEqual(draft.with_user(user).name, "Renamed")
            with self.assertRaises(AccessError):
                draft.with_user(user).name = "Mine"
            with self.assertRaises(AccessError):
                draft.with_user(user).article_ids[0].points = 1
            with self.assertRaises(AccessError):
                draft.with_user(user).action_release()
        for user in self.staff_user, self.hr_user:
            with self.assertRaises(AccessError):
                draft.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                draft.article_ids.with_user(user).read(["name"])

    def test_released_rulebook_is_read_by_all_staff_of_the_institution(self):
        released = self.released.with_user(self.staff_user)
        self.assertTrue(released.name)
        self.assertEqual(len(released.article_ids), 3)
        self.assertTrue(released.threshold_ids.measure_ids.mapped("owner"))
        self.assertTrue(self.scheme.with_user(self.staff_user).name)
        elsewhere = self._elsewhere(self.released, self.other_staff_user)
        with self.assertRaisesRegex(AccessError, "no right to open"):
            elsewhere.read(["name"])
        self.assertTrue(self._elsewhere(self.scheme, self.other_staff_user).name)

    def test_other_institution_adds_nothing(self):
        manager = self._create_points_user(
            "points_other", "gov_points.group_points_manager"
        )
        manager.write(
            {
                "company_ids": [Command.set(self.other_company.ids)],
                "company_id": self.other_company.id,
            }
        )
        values = {"scheme_id": self.draft.id, "code": "8", "name": "New"}
        with self.assertRaisesRegex(AccessError, "you have no right"):
            self._elsewhere(self.env["gov.points.article"], manager).create(values)
        with self.assertRaisesRegex(AccessError, "you have no right"):
            self._elsewhere(self.draft, manager).action_release()

    def _elsewhere(self, records, user):
        """Return ``records`` as a user of the other institution has them."""
        context = {"allowed_company_ids": self.other_company.ids}
        return records.with_user(user).with_context(**context)
