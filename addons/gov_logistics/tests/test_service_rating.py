from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_service import ServiceCase


class FinishedCase(ServiceCase):
    @classmethod
    def _finish(cls, user=None, repairer=None, **values):
        """Return a finished request of ``user``."""
        user = user or cls.staff_user
        repairer = repairer or cls.repairer_user
        request = cls._as(cls.env["maintenance.request"], user).create(
            {"name": "Lamp is out", **values}
        )
        cls._as(request, cls.desk_user).action_assign(user_id=repairer.id)
        request = cls._as(request, repairer)
        request.action_accept()
        request.action_arrive()
        request.action_done("New tube")
        return cls._as(request, user)


@tagged("post_install", "-at_install")
class TestServiceRating(FinishedCase):
    def _of(self, request):
        return self.env["rating.rating"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )

    def test_requester_rates_once(self):
        request = self._finish()
        self.assertTrue(request.can_rate)
        request.action_rate("good", "Quick")
        self.assertEqual(request.satisfaction, "good")
        self.assertEqual(request.satisfaction_via, "app")
        rating = self._of(request)
        self.assertEqual(rating.rating, 5)
        self.assertEqual(rating.rated_partner_id, self.repairer_user.partner_id)
        self.assertTrue(rating.consumed)
        self.assertFalse(request.can_rate)
        with self.assertRaisesRegex(UserError, "rated already"):
            request.action_rate("poor")

    def test_silence_is_no_answer(self):
        request = self._finish()
        self.assertFalse(request.satisfaction)
        self.assertFalse(self._of(request))

    def test_nobody_else(self):
        request = self._finish()
        users = self.repairer_user + self.desk_user + self.centre_user
        for user in users + self.supervision_user:
            with self.subTest(user=user.name), self.assertRaises(UserError):
                self._as(request, user).action_rate("good")
        with self.assertRaises(AccessError):
            self._as(request, self.store_user).action_rate("good")
        own = self._finish(user=self.repairer_user)
        with self.assertRaisesRegex(UserError, "own work"):
            own.action_rate("good")

    def test_not_by_who_finished_it(self):
        """The desk that finishes its own request for a team praises nobody."""
        team = self.env["maintenance.team"].create(
            {"name": "Vendor's people", "company_id": self.company.id}
        )
        requests = self._as(self.env["maintenance.request"], self.desk_user)
        request = requests.create({"name": "Lamp", "employee_id": self.desk.id})
        request.action_assign(team_id=team.id)
        request.action_accept()
        request.action_done("New tube")
        self.assertFalse(request.user_id)
        self.assertFalse(request.can_rate)
        with self.assertRaisesRegex(UserError, "own work"):
            request.action_rate("good")
        with self.assertRaises(UserError):
            request.finished_by_id = self.repairer_user

    def test_not_before_the_end(self):
        request = self._as(self.env["maintenance.request"], self.staff_user).create(
            {"name": "Lamp"}
        )
        with self.assertRaisesRegex(UserError, "when it is finished"):
            request.action_rate("good")

    def test_raw_writes(self):
        request = self._finish()
        for user in (self.staff_user, self.repairer_user, self.centre_user):
            for vals in (
                {"satisfaction": "good"},
                {"satisfaction_at": "2026-01-01 00:00:00"},
                {"rating_nudged_at": False},
                {"visitor_token": "x"},
            ):
                with self.subTest(user=user.name, vals=vals):
                    with self.assertRaises(UserError):
                        self._as(request, user).write(vals)
        model_id = self.env["ir.model"]._get_id("maintenance.request")
        for user in (self.staff_user, self.repairer_user):
            with self.assertRaises(UserError):
                self._as(self.env["rating.rating"], user).create(
                    {"res_model_id": model_id, "res_id": request.id, "rating": 5}
                )
        request.action_rate("poor")
        rating = self._of(request)
        for user in (self.repairer_user, self.centre_user):
            with self.assertRaises(UserError):
                self._as(rating, user).write({"rating": 5})
        with self.assertRaises(UserError):
            rating.unlink()
        with self.assertRaises(UserError):
            self._as(rating, self.repairer_user).write({"res_id": 1})

    def test_bad_input(self):
        request = self._finish()
        for value in ("great", None, 5, [], "", {"x": 1}):
            with self.subTest(value=value), self.assertRaises(UserError):
                request.action_rate(value)
        with self.assertRaises(UserError):
            request.action_rate("good", "x" * 1001)
        with self.assertRaises(UserError):
            request.action_rate("good", "a\0b")

    def test_rated_anew_after_it_was_opened_again(self):
        request = self._finish()
        request.action_rate("poor")
        request.action_reopen("Out again")
        self.assertFalse(request.can_rate)
        desk = self._as(request, self.desk_user)
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            desk.action_assign(user_id=self.repairer_user.id)
            repairer = self._as(request, self.repairer_user)
            repairer.action_accept()
            repairer.action_done("Cable")
            self.assertTrue(request.can_rate)
            request.action_rate("good")
        self.assertEqual(request.satisfaction, "good")
        self.assertEqual(self._of(request).rating, 5)

    def test_dialog(self):
        request = self._finish()
        action = request.action_open_rate()
        wizard = self._as(self.env[action["res_model"]], self.staff_user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.satisfaction = "fair"
        form.record.action_apply()
        self.assertEqual(request.satisfaction, "fair")

    def test_asked_once(self):
        request = self._finish()
        rated = self._finish(user=self.clerk_user)
        rated.action_rate("good")
        job = self.env.ref("gov_logistics.cron_gov_nudge_rating")

        def asked():
            kind = self.env.ref("gov_logistics.mail_activity_type_rating")
            return (
                (request + rated)
                .sudo()
                .activity_ids.filtered(lambda row: row.activity_type_id == kind)
            )

        with self.enter_registry_test_mode():
            job.method_direct_trigger()
            self.assertFalse(asked())
            later = fields.Datetime.now() + timedelta(days=3)
            with freeze_time(later):
                job.method_direct_trigger()
                self.assertEqual(asked().user_id, self.staff_user)
                job.method_direct_trigger()
                self.assertEqual(len(asked()), 1)
        request.action_rate("good")
        self.assertFalse(asked())
