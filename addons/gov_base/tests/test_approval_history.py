from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common_approval import ApprovalCase

# 00:30 of 1 March 2024 at the institution.
MOMENT = datetime(2024, 2, 29, 16, 30)
OPINIONS = {"department_head": "Goes ahead"}


@tagged("post_install", "-at_install")
class TestApprovalHistory(ApprovalCase):
    """The paper register of the years before, entered by the server's own code."""

    def _values(self, **values):
        return {
            "kind": "issue",
            "employee_id": self.staff.id,
            "handler_id": self.clerk_user.id,
            "company_id": self.company.id,
            "department_id": self.works.id,
            "submitted_at": MOMENT,
            **values,
        }

    def _import(self, *vals_list, price=0):
        matters = self.Matter._import_matters(list(vals_list))
        for matter in matters if price else ():
            matter.price = price
        matters._import_chains(OPINIONS)
        return matters

    def test_the_matter_is_marked_and_stands_as_it_was(self):
        matter = self._import(self._values())
        self.assertRecordValues(
            matter,
            [
                {
                    "approval_state": "approved",
                    "is_imported": True,
                    "is_late": False,
                    "occurred_on": date(2024, 3, 1),
                    "period_date": date(2024, 3, 1),
                    "submitted_at": MOMENT,
                    # Where the applicant worked then, not where they work today.
                    "department_id": self.works.id,
                    "handler_id": self.clerk_user.id,
                    "number": "T2024-1",
                }
            ],
        )

    def test_decisions_tell_when_they_fell_and_when_they_were_entered(self):
        before = datetime.now()
        matter = self._import(self._values(kind="purchase"), price=900)
        decisions = matter.decision_ids
        self.assertEqual(
            decisions.mapped("tier_name"),
            ["Section head", "Line leader", "Price check", "Logistics"],
        )
        self.assertEqual(
            decisions.mapped("outcome"),
            ["approved", "approved", "checked", "approved"],
        )
        self.assertEqual(decisions[0].comment, "Goes ahead")
        self.assertEqual(set(decisions.mapped("channel")), {"paper"})
        self.assertEqual(set(decisions.mapped("amount")), {900.0})
        self.assertEqual(decisions.sorted("decided_at"), decisions)
        self.assertTrue(all(d.decided_at > MOMENT for d in decisions))
        self.assertTrue(all(d.decided_at.year == 2024 for d in decisions))
        self.assertTrue(
            all(d.recorded_at >= before.replace(microsecond=0) for d in decisions)
        )
        self.assertEqual(matter.decided_at, decisions[-1].decided_at)
        self.assertEqual(matter.amount_frozen, 900)

    def test_the_chain_is_that_of_the_band(self):
        matter = self._import(self._values(kind="purchase"), price=6000)
        committee = matter.step_ids.filtered(lambda s: s.name == "Committee")
        self.assertEqual(set(matter.step_ids.mapped("state")), {"approved"})
        self.assertEqual(len(committee.seat_ids), committee.needed)

    def test_imported_rows_are_sealed(self):
        self._import(self._values())
        seals = self.env["gov.seal"]
        self.env.flush_all()
        answer = seals.sudo().verify("decision", self.company.id)
        self.assertFalse(answer["broken"])
        self.assertTrue(answer["checked"] + answer["waiting"])

    def test_whoever_decided_reads_it_and_nobody_waits(self):
        matter = self._import(self._values(department_id=self.office.id))
        self.assertTrue(matter.with_user(self.office_head_user).has_access("read"))
        self.assertFalse(matter.activity_ids)
        self.assertFalse(matter.seat_ids.filtered(lambda s: s.state == "open"))

    def test_numbers_of_a_past_year_and_of_this_one_do_not_mix(self):
        self._import(self._values())
        matter = self._submitted()
        year = self.company.gov_today().year
        self.assertEqual(matter.number, f"T{year}-1")
        self.assertEqual(self._import(self._values()).number, "T2024-2")

    def test_nobody_calls_a_matter_imported(self):
        with self.assertRaisesRegex(UserError, "Imported history"):
            self._matter(is_imported=True)
        with self.assertRaisesRegex(UserError, "Imported history"):
            self._matter().write({"is_imported": True})
        stranger = self.Matter.with_user(self.staff_user)
        stranger = stranger.with_context(default_is_imported=True)
        self.assertFalse(stranger.create({"kind": "issue"}).is_imported)


@tagged("post_install", "-at_install")
class TestApprovalHistoryRpc(ApprovalCase, HttpCase):
    def test_no_call_from_outside_leads_there(self):
        matter = self._matter(user=self.staff_user)
        self.authenticate("admin", "admin")
        for method in ("_import_matters", "_import_chains", "_prepare_history"):
            answer = self.url_open(
                f"/web/dataset/call_kw/{matter._name}/{method}",
                json={
                    "params": {
                        "model": matter._name,
                        "method": method,
                        "args": [[]],
                        "kwargs": {},
                    }
                },
            ).json()
            self.assertIn("Private methods", str(answer["error"]))
