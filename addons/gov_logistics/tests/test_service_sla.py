from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_desk import DeskCase

_STATES = ("none", "ok", "due", "overdue", "paused", "met", "missed")


@tagged("post_install", "-at_install")
class TestServiceSla(DeskCase):
    """Promised times: stored when known, compared with the clock."""

    def _lamp(self, **values):
        return self._take(service_item_id=self.lamp.id, **values)

    def test_deadlines_of_the_service(self):
        with freeze_time(self._at(2031, 3, 4, 11)):
            request = self._lamp()
        self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 4, 15))
        self.assertEqual(request.sla_resolve_deadline, self._at(2031, 3, 5, 11))
        self.assertEqual(request.sla_next_deadline, request.sla_response_deadline)
        # A quarter of the two hours is left.
        self.assertEqual(request.sla_warn_at, self._at(2031, 3, 4, 14, 30))

    def test_default_of_the_centre(self):
        self.company.write({"service_response_hours": 1, "service_resolve_hours": 0})
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._take()
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 4, 10))
            self.assertFalse(request.sla_resolve_deadline)

    def test_emergency_runs_by_the_wall(self):
        with freeze_time(self._at(2031, 3, 8, 23)):
            request = self._lamp(is_emergency=True)
        self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 9, 1))

    def test_made_an_emergency_later(self):
        with freeze_time(self._at(2031, 3, 7, 17)):
            request = self._lamp()
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 10, 9))
            request.is_emergency = True
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 7, 19))

    def test_colours(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._lamp()
            self._assert_state(request, "ok")
        with freeze_time(self._at(2031, 3, 4, 10, 45)):
            self._assert_state(request, "due")
        with freeze_time(self._at(2031, 3, 4, 11, 1)):
            self._assert_state(request, "overdue")
            self._bring(request, "arrived")
            self.assertTrue(request.sla_missed)
            # The work itself is still in time.
            self._assert_state(request, "ok")
            self._bring_done(request)
            self._assert_state(request, "missed")

    def test_kept(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._bring(self._lamp(), "done")
            self._assert_state(request, "met")

    def test_settled_by_phone_in_time_and_late(self):
        for minute, expected in ((59, "met"), (61, "missed")):
            with freeze_time(self._at(2031, 3, 4, 9)):
                request = self._bring(self._lamp(), "accepted")
            with freeze_time(self._at(2031, 3, 4, 10) + timedelta(minutes=minute)):
                self._bring_done(request)
                self._assert_state(request, expected)

    def test_no_promise(self):
        self.company.write({"service_response_hours": 0, "service_resolve_hours": 0})
        request = self._take()
        self._assert_state(request, "none")
        self._bring(request, "done")
        self._assert_state(request, "none")

    def _bring_done(self, request):
        self._as(request, self.repairer_user).action_done("Done")

    def _assert_state(self, request, state):
        self.env.invalidate_all()
        self.assertEqual(request.sla_state, state)
        for other in _STATES:
            found = self.requests.search(
                [("id", "=", request.id), ("sla_state", "=", other)]
            )
            self.assertEqual(bool(found), other == state, f"searched {other}")
        groups = self.requests._read_group(
            [("id", "=", request.id)], ["sla_state"], ["__count"]
        )
        self.assertEqual(groups, [(state, 1)])

    def test_pause_stops_the_clock(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._bring(self._lamp(), "arrived")
        with freeze_time(self._at(2031, 3, 4, 15)):
            # Four of eight hours are gone, four are left.
            self._as(request, self.repairer_user).action_pause("Parts", "parts")
            self._assert_state(request, "paused")
            self.assertFalse(request.sla_next_deadline)
        with freeze_time(self._at(2031, 3, 20, 9)):
            self._assert_state(request, "paused")
            self._as(request, self.repairer_user).action_resume()
            self.assertEqual(request.gov_state, "arrived")
            self.assertEqual(request.sla_resolve_deadline, self._at(2031, 3, 20, 15))
            self._assert_state(request, "ok")

    def test_pause_before_arrival_and_twice(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._bring(self._lamp(), "accepted")
            mine = self._as(request, self.repairer_user)
        with freeze_time(self._at(2031, 3, 4, 10)):
            mine.action_pause("Parts", "parts")
        with freeze_time(self._at(2031, 3, 5, 10)):
            mine.action_resume()
            self.assertEqual(request.gov_state, "accepted")
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 5, 11))
            mine.action_pause("Parts", "parts")
        with freeze_time(self._at(2031, 3, 6, 8)):
            mine.action_resume()
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 6, 9))
        self.assertEqual(len(request.pause_ids), 2)

    def test_what_was_late_stays_late_after_a_pause(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._bring(self._lamp(), "accepted")
        late = request.sla_response_deadline
        mine = self._as(request, self.repairer_user)
        with freeze_time(self._at(2031, 3, 4, 16)):
            mine.action_pause("Parts", "parts")
        with freeze_time(self._at(2031, 3, 10, 16)):
            mine.action_resume()
            self.assertEqual(request.sla_response_deadline, late)
            self._assert_state(request, "overdue")

    def test_reopened_runs_anew(self):
        with freeze_time(self._at(2031, 3, 4, 9)):
            request = self._bring(self._lamp(), "done")
        with freeze_time(self._at(2031, 3, 6, 9)):
            request.action_reopen("Dark again")
            self.assertEqual(request.sla_response_deadline, self._at(2031, 3, 6, 11))

    # ---------------------------------------------------------------- escalation

    def _escalate(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "gov_logistics.ir_cron_service_escalate"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _todos(self, request):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", request._name),
                ("res_id", "=", request.id),
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("gov_logistics.mail_activity_type_service_late").id,
                ),
            ]
        )

    def test_chief_is_told_before_and_after(self):
        request = self._lamp()
        self._escalate()
        self.assertFalse(self._todos(request))
        now = fields.Datetime.now()
        engine(request.sudo()).sla_warn_at = now - timedelta(minutes=1)
        self._escalate()
        self.assertEqual(request.escalation, "before")
        before = self._todos(request)
        self.assertEqual(before.user_id, self.works_head_user)
        self._escalate()
        self.assertEqual(self._todos(request), before)
        engine(request.sudo()).sla_next_deadline = now - timedelta(minutes=1)
        self._escalate()
        self.assertEqual(request.escalation, "after")
        after = self._todos(request)
        self.assertEqual(len(after), 1)
        self.assertNotEqual(after, before)
        # The chief reads what they are told of.
        self.assertTrue(self._as(request, self.works_head_user).name)
        self._escalate()
        self.assertEqual(self._todos(request), after)

    def test_chief_of_the_service_goes_first(self):
        self.lamp.chief_id = self.centre_user
        request = self._lamp()
        engine(request.sudo()).sla_next_deadline = fields.Datetime.now() - timedelta(1)
        self._escalate()
        self.assertEqual(self._todos(request).user_id, self.centre_user)

    def test_nobody_is_told_of_paused_and_closed_ones(self):
        past = fields.Datetime.now() - timedelta(days=1)
        paused = self._bring(self._lamp(), "accepted")
        self._as(paused, self.repairer_user).action_pause("Parts", "parts")
        closed = self._bring(self._lamp(), "done")
        engine((paused + closed).sudo()).write(
            {"sla_next_deadline": past, "sla_warn_at": past}
        )
        self._escalate()
        self.assertFalse(self._todos(paused) + self._todos(closed))

    def test_after_arrival_the_next_deadline_is_told_again(self):
        request = self._lamp()
        past = fields.Datetime.now() - timedelta(hours=1)
        engine(request.sudo()).sla_next_deadline = past
        self._escalate()
        self.assertEqual(request.escalation, "after")
        self._bring(request, "arrived")
        self.assertFalse(request.escalation)

    def test_no_chief_named(self):
        self.company.service_chief_id = False
        request = self._lamp()
        engine(request.sudo()).sla_next_deadline = fields.Datetime.now() - timedelta(1)
        self._escalate()
        self.assertEqual(request.escalation, "after")
        self.assertFalse(self._todos(request))
        notice = self.env["gov.config.notice"].search(
            [("code", "=", "service_chief"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(notice), 1)
        self.assertTrue(notice.advice)
        self.assertFalse(notice._is_cured())
        self.company.service_chief_id = self.centre_user
        self.assertTrue(notice._is_cured())
