"""What is sealed, and what is stored at all, of protected trips."""

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common_request import RequestCase

_SECRET = "Quiet Valley"
_OTHERS = (
    "supervision",
    "admin",
    "head",
    "leader",
    "office_head",
    "clerk",
    "recorder",
    "fleet",
    "dispatcher",
    "technician",
    "driver",
    "works_staff",
)


@tagged("post_install", "-at_install")
class TestProtectedSeals(RequestCase):
    """Seals and all else that is stored is read no further than the trip itself."""

    def _rejected(self, **values):
        """Return a rejected request whose decision names the secret."""
        request = self._ask(destination=_SECRET, purpose=_SECRET, **values)
        request.action_submit()
        seat = request.sudo().current_step_id.seat_ids[:1]
        self._as(request, seat.user_id).action_reject(f"Not to {_SECRET}")
        return request

    def _seals(self, request):
        decisions = request.sudo().decision_ids
        self.assertIn(_SECRET, str(decisions.mapped("comment")))
        domain = [("model", "=", decisions._name), ("res_id", "in", decisions.ids)]
        return self.env["gov.seal"].search(domain)

    def test_seals_are_hidden(self):
        seals = self._seals(self._rejected(is_protected=True))
        cancelled = self._approved(is_protected=True)
        cancelled.action_cancel(f"No more {_SECRET}")
        seals |= self._seals(cancelled)
        self.assertEqual(seals.mapped("on_protected_trip"), [True] * len(seals))
        for name in _OTHERS:
            mine = self._as(seals, getattr(self, f"{name}_user"))
            with self.subTest(role=name):
                for field in ("payload", "sealed_by_id", "res_id"):
                    with self.assertRaises(AccessError):
                        mine.read([field])
                if mine.has_access("read"):
                    self.fail("The seals can be read.")
                if not mine.browse().has_access("read"):
                    continue
                for domain in (
                    [("id", "in", seals.ids)],
                    [("payload", "ilike", _SECRET)],
                    [("sealed_by_id", "=", self.guard_head_user.id)],
                ):
                    self.assertFalse(mine.search(domain))
                    groups = mine.formatted_read_group(domain, ["sealed_by_id"])
                    self.assertFalse(groups)

    def test_made_secret_after_a_first_round(self):
        request = self._ask(destination=_SECRET)
        request.action_submit()
        seat = request.sudo().current_step_id.seat_ids[:1]
        self._as(request, seat.user_id).action_return(f"{_SECRET} is secret")
        seals = self._seals(request)
        mine = self._as(seals, self.supervision_user)
        self.assertIn(_SECRET, str(mine.mapped("payload")))
        request.is_protected = True
        self.env.invalidate_all()
        self.assertFalse(mine.search([("id", "in", seals.ids)]))

    def test_other_seals_stay_open(self):
        seals = self._seals(self._rejected())
        self.assertFalse(any(seals.mapped("on_protected_trip")))
        mine = self._as(seals, self.supervision_user)
        self.assertIn(_SECRET, str(mine.mapped("payload")))
        self.assertEqual(mine.search([("id", "in", seals.ids)]), mine)

    def test_chain_is_verified_all_the_same(self):
        seals = self._seals(self._rejected(is_protected=True))
        self.env["gov.seal"]._link_pending()
        self.env.invalidate_all()
        mine = self._as(self.env["gov.seal"], self.supervision_user)
        result = mine.verify("decision")
        self.assertTrue(result["ok"], result["message"])
        self.assertGreaterEqual(result["checked"], max(seals.mapped("sequence")))
        # The hash that stands on a paper of the trip is found.
        dialogs = self._as(self.env["gov.seal.verify"], self.supervision_user)
        dialog = dialogs.create({"chain": "decision", "printed_hash": seals[-1].hash})
        dialog.action_verify()
        self.assertEqual(dialog.state, "ok", dialog.message)
        self.assertIn(str(seals[-1].sequence), dialog.printed_message)

    def test_broken_chain_tells_no_values(self):
        for is_protected in (True, False):
            seals = self._seals(self._rejected(is_protected=is_protected))
            self.env["gov.seal"]._link_pending()
            savepoint = self.env.cr.savepoint()
            self._forge(seals.filtered(lambda s: _SECRET in s.payload)[-1].res_id)
            mine = self._as(self.env["gov.seal"], self.supervision_user)
            result = mine.verify("decision")
            self.assertEqual(result["broken"]["field"], "comment")
            self.assertEqual(_SECRET in str(result), not is_protected)
            row = self.env["gov.approval.decision"].browse(result["broken"]["res_id"])
            self.assertEqual(
                row.display_name in result["broken"]["name"], not is_protected
            )
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _forge(self, decision_id):
        """Change a decision as somebody with the database's password could."""
        table = "ALTER TABLE gov_approval_decision {} TRIGGER USER"
        self.env.flush_all()
        self.env.cr.execute(table.format("DISABLE"))
        self.env.cr.execute(
            "UPDATE gov_approval_decision SET comment = %s WHERE id = %s",
            [f"Gladly to {_SECRET}", decision_id],
        )
        self.env.cr.execute(table.format("ENABLE"))
        self.env.invalidate_all()

    # ------------------------------------------------------------ other rows

    def test_no_row_tells_of_it(self):
        values = {
            "is_protected": True,
            "destination": _SECRET,
            "purpose": _SECRET,
            "passenger_names": _SECRET,
            "caller_name": _SECRET,
        }
        request = self._ask(**values)
        request.action_submit()
        seat = request.sudo().current_step_id.seat_ids[:1]
        self._as(request, seat.user_id).action_ask_opinion(
            self.leader_user.ids, f"What of {_SECRET}?"
        )
        opinion = request.sudo().opinion_ids
        self._as(opinion, self.leader_user).action_answer(f"{_SECRET}: yes")
        self._agree_all(request)
        trip = self._dispatch(request)
        request.action_cancel(f"No more {_SECRET}")
        self.assertEqual(trip.state, "cancelled")
        returned = self._ask(**values)
        returned.action_submit()
        returned.action_withdraw(f"{_SECRET} can wait")
        self.env.flush_all()
        for name in ("supervision", "admin", "dispatcher", "fleet", "recorder"):
            self._assert_untold(getattr(self, f"{name}_user"))

    def _assert_untold(self, user):
        """Search every stored text that ``user`` may search."""
        for name in sorted(self.env.registry):
            rows = self._as(self.env[name], user).with_context(active_test=False)
            kept = name.startswith(("gov.", "mail.", "ir.attachment", "fleet.", "bus"))
            if not kept or rows._abstract or not rows.has_access("read"):
                continue
            texts = [
                field.name
                for field in rows._fields.values()
                if field.store
                and field.type in ("char", "text", "html")
                and not field.company_dependent
                and rows._has_field_access(field, "read")
            ]
            domain = Domain.OR(Domain(text, "ilike", _SECRET) for text in texts)
            self.assertFalse(rows.search(domain, limit=1), (user.login, name))

    # ------------------------------------------------------------- boarding

    def _assert_may_board(self, request, user):
        [values] = self._as(request, user).read(["destination", "dispatch_note"])
        self.assertEqual(values["destination"], _SECRET)
        for text in ("岚A·10001", self.driver.name, "8001", "09:00"):
            self.assertIn(text, values["dispatch_note"])

    def test_applicant_may_board(self):
        request = self._approved(is_protected=True, destination=_SECRET)
        self._dispatch(request)
        self._assert_may_board(request, self.staff_user)

    def test_who_uses_it_may_board(self):
        """Somebody asked in their own name for another person."""
        request = self._approved(
            is_protected=True, destination=_SECRET, beneficiary_id=self.works_staff.id
        )
        self._dispatch(request)
        for user in self.staff_user + self.works_staff_user:
            self._assert_may_board(request, user)
        mine = self._as(request, self.works_staff_user)
        self.assertTrue(mine.need_ids.read(["date_start"]))
        self.assertFalse(mine.has_access("write"))
        for user in self.office_head_user + self.dispatcher_user + self.leader_user:
            self.assertFalse(self._as(request, user).has_access("read"))
