from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_request import RequestCase

_PLACE = "Quiet Valley"
_PURPOSE = "Talk with the witness"


@tagged("post_install", "-at_install")
class TestVehicleRequestSecret(RequestCase):
    """A protected trip: user, place and purpose are nobody's business."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary_user = cls.recorder_user
        cls.strangers = (
            cls.office_head_user  # head of the applicant's section
            + cls.clerk_user  # its liaison
            + cls.leader_user
            + cls.head_user
            + cls.dispatcher_user
            + cls.fleet_user
            + cls.technician_user
            + cls.driver_user
            + cls.supervision_user
            + cls.admin_user
            + cls.secretary_user
            + cls.works_staff_user
        )

    def _secret(self, **values):
        return self._ask(
            is_protected=True,
            destination=_PLACE,
            purpose=_PURPOSE,
            passenger_names="Witness X",
            **values,
        )

    def _submitted(self, **values):
        request = self._secret(**values)
        request.action_submit()
        return request

    # ------------------------------------------------------------------ reading

    def test_who_reads_it(self):
        request = self._submitted()
        for user in self.staff_user + self.guard_head_user:
            seen = self._as(request, user)
            self.assertEqual(seen.destination, _PLACE)
            self.assertTrue(seen.read(["purpose"]))
        for user in self.strangers:
            with self.subTest(user=user.login):
                seen = self._as(request, user)
                self.assertFalse(seen.has_access("read"))
                with self.assertRaises(AccessError):
                    seen.read(["number"])
                with self.assertRaises(UserError):
                    seen.export_data(["destination"])
                with self.assertRaises(AccessError):
                    seen.web_read({"destination": {}})

    def test_no_way_around_by_searching(self):
        request = self._submitted()
        domains = (
            [("id", "=", request.id)],
            [("destination", "ilike", _PLACE)],
            [("purpose", "ilike", "witness")],
            [("employee_id", "=", self.staff.id)],
            [("need_ids.request_id", "=", request.id)],
            [("is_protected", "=", True)],
        )
        for user in self.strangers:
            requests = self._as(self.Requests, user)
            for domain in domains:
                with self.subTest(user=user.login, domain=domain):
                    self.assertFalse(requests.search(domain))
                    self.assertFalse(requests.search_count(domain))
                    groups = requests.formatted_read_group(
                        domain, ["destination"], ["__count"]
                    )
                    self.assertFalse(groups)
            self.assertFalse(requests.name_search(_PLACE))
            needs = self._as(self.env["gov.vehicle.need"], user)
            self.assertFalse(needs.search([("request_id", "=", request.id)]))

    def test_bookings_and_trips_tell_nothing(self):
        request = self._submitted()
        self._agree_all(request)
        self.assertEqual(request.state, "approved")
        booking = self._bookings(request)
        mine = self._as(booking, self.dispatcher_user)
        self.assertEqual(mine.display_name, "Protected trip")
        mine.action_assign(self.car.id, self.driver.id)
        trip = self._as(booking.trip_id, self.dispatcher_user)
        self.assertEqual(request.state, "dispatched")
        self.assertIn("岚A·10001", request.dispatch_note)
        secrets = (_PLACE, _PURPOSE, "Witness X", "Bai Jing", "General Office")
        for user in self.dispatcher_user + self.driver_user + self.supervision_user:
            for record in (mine, trip):
                record = record.with_user(user)
                if not record.has_access("read"):
                    continue
                for name in record._fields:
                    if not record._has_field_access(record._fields[name], "read"):
                        continue
                    text = str(record.read([name]))
                    for secret in secrets:
                        self.assertNotIn(secret, text, (user.login, name))
        self._no_text_of(trip.sudo().message_ids.mapped("body"))

    def _no_text_of(self, texts):
        for text in texts:
            for secret in (_PLACE, _PURPOSE, "Bai Jing"):
                self.assertNotIn(secret, str(text))

    def test_no_way_around_by_bookings(self):
        """Neither by a domain nor by a group over the fields of the request."""
        request = self._submitted()
        self._agree_all(request)
        booking = self._bookings(request)
        bookings = self._as(self.env["gov.vehicle.booking"], self.dispatcher_user)
        for name, value in (
            ("request_id.destination", _PLACE),
            ("request_id.employee_id", self.staff.id),
            ("request_id.department_id", self.office.id),
            ("need_id.request_id.purpose", _PURPOSE),
        ):
            domain = [("id", "=", booking.id), (name, "=", value)]
            self.assertFalse(bookings.search(domain), name)
        for name in ("request_id.destination", "request_id.employee_id"):
            try:
                groups = bookings.formatted_read_group(
                    [("id", "=", booking.id)], [name], ["__count"]
                )
            except (AccessError, ValueError):
                continue
            self._no_text_of([str(groups)])
        values = booking.with_user(self.dispatcher_user).web_read(
            {"request_id": {"fields": {"display_name": {}}}}
        )
        self._no_text_of([str(values)])
        with self.assertRaises(AccessError):
            booking.with_user(self.dispatcher_user).web_read(
                {"request_id": {"fields": {"destination": {}}}}
            )

    # ------------------------------------------------------- what hangs on it

    def test_chain_is_hidden(self):
        request = self._submitted()
        self._agree_all(request)
        request = request.sudo()
        parts = {
            "gov.approval.step": request.step_ids.ids,
            "gov.approval.decision": request.decision_ids.ids,
            "gov.approval.seat": request.seat_ids.ids,
        }
        for user in self.strangers:
            for model, ids in parts.items():
                with self.subTest(user=user.login, model=model):
                    rows = self._as(self.env[model], user)
                    if not rows.has_access("read"):
                        continue
                    self.assertFalse(rows.search([("id", "in", ids)]))
                    self.assertFalse(rows.browse(ids).has_access("read"))

    def test_waiting_list_and_access_log(self):
        request = self._submitted()
        self.env.flush_all()
        for model in ("gov.approval.waiting", "gov.access.log"):
            rows = self._as(self.env[model], self.supervision_user)
            domain = [("model", "=", request._name), ("res_id", "=", request.id)]
            if model == "gov.access.log":
                rows.sudo().env.cr.execute(
                    "INSERT INTO gov_access_log (model, res_id, user_id, day, kind,"
                    " company_id, by_supervision, opened_at) VALUES"
                    " (%s, %s, %s, %s, 'form', %s, false, now())",
                    [
                        request._name,
                        request.id,
                        self.staff_user.id,
                        self.company.gov_today(),
                        self.company.id,
                    ],
                )
            self.assertTrue(self.env[model].sudo().search(domain), model)
            self.assertFalse(rows.search(domain), model)

    def test_ordinary_ones_stay_visible(self):
        request = self._ask()
        request.action_submit()
        domain = [("model", "=", request._name), ("res_id", "=", request.id)]
        for model in ("gov.approval.waiting", "gov.approval.seat"):
            rows = self._as(self.env[model], self.supervision_user)
            self.assertTrue(rows.search(domain), model)

    def test_inbox_of_its_approver(self):
        request = self._submitted()
        seats = self._as(self.env["gov.approval.seat"], self.guard_head_user)
        seat = seats.search([("res_id", "=", request.id), ("state", "=", "open")])
        self.assertEqual(seat.summary, "Protected trip")
        seat.action_approve()
        self.assertEqual(request.approval_state, "approved")

    def test_activity_says_nothing(self):
        request = self._submitted()
        activities = self.env["mail.activity"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(activities.user_id, self.guard_head_user)
        self._no_text_of(activities.mapped("summary"))
        for user in self.strangers:
            rows = self._as(self.env["mail.activity"], user)
            self.assertFalse(rows.search([("id", "in", activities.ids)]), user.login)

    def test_nobody_follows(self):
        request = self._secret()
        self.assertFalse(request.sudo().message_partner_ids)
        request.message_subscribe(self.leader_user.partner_id.ids)
        request.action_submit()
        self.assertFalse(request.sudo().message_partner_ids)
        with self.assertRaises(UserError):
            request.message_post(
                body="See", partner_ids=self.leader_user.partner_id.ids
            )

    def test_made_secret_later(self):
        request = self._ask()
        request.message_subscribe(self.leader_user.partner_id.ids)
        request.is_protected = True
        self.assertFalse(request.sudo().message_partner_ids)
        self.assertFalse(self._as(request, self.clerk_user).has_access("read"))
        request.action_submit()
        with self.assertRaises(UserError):
            request.is_protected = False

    def test_messages_are_closed(self):
        request = self._submitted()
        request.action_remind()
        for user in self.strangers:
            messages = self._as(self.env["mail.message"], user)
            found = messages.search(
                [("model", "=", request._name), ("res_id", "=", request.id)]
            )
            self.assertFalse(found, user.login)

    def test_finding_names_nobody(self):
        now = fields.Datetime.now()
        request = self._submitted(
            is_urgent=True,
            urgent_reason=f"{_PURPOSE} in {_PLACE}",
            date_start=now + timedelta(minutes=1),
            date_end=now + timedelta(hours=1),
        )
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "urgent_first"), ("res_id", "=", request.id)]
        )
        self.assertTrue(finding)
        self._no_text_of([finding.evidence, finding.display_name])
        self.assertFalse(finding.employee_id + finding.department_id.manager_id)
        self.assertFalse(finding.handler_id)
        marks = self._as(self.env["gov.approval.mark"], self.supervision_user)
        self.assertFalse(marks.search([("res_id", "=", request.id)]))
        self.assertEqual(self._agree_all(request), [self.guard_head_user])

    def test_secretariat_does_not_find_it(self):
        request = self._submitted()
        rows = self._as(self.env["gov.approval.offline"], self.secretary_user)
        with self.assertRaises(UserError) as caught:
            rows.create(
                {
                    "number": request.number,
                    "leader_id": self.guard_head_user.id,
                    "channel": "phone",
                    "call_note": "He called",
                }
            )
        self.assertIn("No matter under way", str(caught.exception))

    # --------------------------------------------------------------- its approver

    def test_own_approver_alone(self):
        request = self._submitted(area="outside_city")
        self.assertEqual(self._agree_all(request), [self.guard_head_user])

    def test_without_an_approver(self):
        """It does not go one post up: the section head is not to know."""
        self.env["gov.role.holder"].search(
            [("employee_id", "=", self.guard_head.id)]
        ).date_to = self.company.gov_today() - timedelta(days=1)
        request = self._secret()
        with self.assertRaises(UserError) as caught:
            request.action_submit()
        self.assertIn("Approver of protected trips", str(caught.exception))

    def test_own_matter_of_its_approver(self):
        request = self._secret(user=self.guard_head_user)
        with self.assertRaises(UserError):
            request.action_submit()

    def test_not_shown_nor_shared(self):
        request = self._submitted()
        self._agree_all(request)
        other = self._ask(self.works_staff_user)
        self.assertFalse(other.nearby_note)
        with self.assertRaises(UserError):
            other.action_join(self._bookings(request).id)
        with self.assertRaises(UserError):
            request.action_join(self._bookings(self._approved()).id)

    def test_writing_is_closed(self):
        request = self._secret()
        for user in self.dispatcher_user + self.clerk_user + self.fleet_user:
            mine = self._as(request, user)
            for attack in (
                lambda r: r.write({"is_protected": False}),
                lambda r: r.action_submit(),
                lambda r: r.unlink(),
                lambda r: r.copy(),
                lambda r: r.action_open_note(),
                lambda r: r.action_note_confirmation("He said yes"),
                lambda r: r.message_subscribe(r.env.user.partner_id.ids),
            ):
                try:
                    attack(mine)
                except (AccessError, UserError):
                    continue
                self.assertFalse(request.sudo().message_partner_ids)
        self.assertTrue(request.is_protected)
        self.assertEqual(request.state, "draft")
