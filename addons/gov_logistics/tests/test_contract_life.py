from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_service import ServiceCase


@tagged("post_install", "-at_install")
class TestContractLife(ServiceCase):
    """Supplements, termination, proposals, expiry, alerts, missed periods."""

    def setUp(self):
        super().setUp()
        self._set_today(date(self.year, 11, 22))

    def _set_today(self, day):
        patcher = patch.object(
            type(self.env["res.company"]), "gov_today", lambda s: day
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _supplement(self, contract, kind, apply=True, **values):
        """Return a supplement by the keeper, in force unless told otherwise."""
        supplement = self._as(
            self.env["gov.contract.supplement"], self.keeper_user
        ).create(
            {
                "contract_id": contract.id,
                "kind": kind,
                "reason": "Agreed on both sides",
                **values,
            }
        )
        if apply:
            supplement.action_apply()
        return supplement

    def _freeze(self, contract, until):
        """Let statements of ``contract`` freeze until the end of a month."""
        statements = self.env["gov.settlement"].with_user(self.keeper_user)
        statements = statements._draft(contract, date(self.year, 1, 1), until)
        engine(statements.sudo()).write({"state": "confirmed"})
        return statements

    # ------------------------------------------------------------------ supplements

    def test_term_longer(self):
        contract = self.vendor_contract
        day = date(self.year + 1, 3, 31)
        supplement = self._supplement(contract, "term", date_end=day)
        self.assertEqual(contract.date_end, day)
        self.assertEqual(set(contract.contract_line_ids.mapped("date_end")), {day})
        self.assertEqual(supplement.state, "applied")
        self.assertTrue(supplement.is_sealed)
        self.assertTrue(supplement.number)
        self.assertTrue(supplement.before)
        self.assertEqual(supplement.applied_by_id, self.keeper_user)
        for action in (
            lambda: supplement.write({"reason": "x"}),
            lambda: supplement.write({"date_end": date(self.year, 12, 31)}),
            supplement.unlink,
            supplement.action_apply,
            supplement.action_cancel,
            lambda: supplement.write({"state": "draft"}),
        ):
            with self.assertRaises(UserError):
                action()

    def test_term_refused(self):
        contract = self.vendor_contract
        for values, text in (
            ({"date_end": contract.date_end}, "no new last day"),
            ({"date_end": date(self.year - 1, 12, 31)}, "no new last day"),
            ({"date_end": False}, "is missing"),
            ({"date_end": date(self.year, 6, 30), "reason": " "}, "Say why"),
        ):
            with self.assertRaisesRegex(UserError, text), self.cr.savepoint():
                self._supplement(contract, "term", **values)
        self.assertEqual(contract.date_end, date(self.year, 12, 31))

    def test_term_overlap(self):
        """A term is not lengthened into the next contract."""
        self._contract(
            "vendor",
            (self.power, "metered", 1),
            date_start=date(self.year + 1, 1, 1),
            date_end=date(self.year + 1, 12, 31),
        )
        with self.assertRaisesRegex(UserError, "charged already"):
            self._supplement(
                self.vendor_contract, "term", date_end=date(self.year + 1, 1, 31)
            )

    def test_term_needs_prices(self):
        contract = self._contract(
            "vendor",
            (self.meal, "metered", 9),
            activate=False,
            partner_id=self.service_vendor2.id,
        )
        contract.contract_line_ids.price_ids.date_to = contract.date_end
        contract.action_activate()
        with self.assertRaisesRegex(UserError, "no price on some days"):
            self._supplement(contract, "term", date_end=date(self.year + 1, 1, 31))

    def test_term_not_before_frozen(self):
        contract = self.vendor_contract
        self._freeze(contract, date(self.year, 3, 31))
        with self.assertRaisesRegex(UserError, "comes too late"), self.cr.savepoint():
            self._supplement(contract, "term", date_end=date(self.year, 3, 30))
        self._supplement(contract, "term", date_end=date(self.year, 3, 31))
        self.assertEqual(
            set(contract.contract_line_ids.mapped("date_end")),
            {date(self.year, 3, 31)},
        )

    def test_expired_contract_is_lengthened(self):
        contract = self.vendor_contract
        self._set_today(date(self.year + 1, 1, 5))
        engine(self.env["contract.contract"].sudo())._expire(self.company)
        self.assertEqual(contract.gov_state, "expired")
        self._supplement(contract, "term", date_end=date(self.year + 1, 6, 30))
        self.assertEqual(contract.gov_state, "active")
        with self.assertRaisesRegex(UserError, "not in force"):
            engine(contract.sudo()).gov_state = "expired"
            self._supplement(contract, "ceiling", ceiling=5)

    def test_ceiling(self):
        contract = self.vendor_contract
        self._supplement(contract, "ceiling", ceiling=100)
        self.assertEqual(contract.ceiling, 100)
        engine(contract.sudo()).amount_settled = 90
        self.assertTrue(contract.is_near_ceiling)
        with self.assertRaisesRegex(UserError, "is too low"), self.cr.savepoint():
            self._supplement(contract, "ceiling", ceiling=89.99)
        supplement = self._supplement(contract, "ceiling", ceiling=200)
        self.assertEqual(supplement.before, "100")
        self.assertFalse(contract.is_near_ceiling)

    def test_price(self):
        """A price changes in mid-month; the old one ends the day before."""
        contract = self.vendor_contract
        line = self._line_of(contract, self.power)
        day = date(self.year, 6, 16)
        supplement = self._supplement(
            contract, "price", line_id=line.id, price=0.755555, date_from=day
        )
        self.assertEqual(supplement.before, "0.68")
        self.assertEqual(line._price_on(day - timedelta(days=1)), 0.68)
        self.assertEqual(line._price_on(day), 0.755555)
        self.assertEqual(line.price, 0.755555)
        self._supplement(contract, "price", line_id=line.id, price=1, date_from=day)
        self.assertEqual(line._price_on(day), 1)
        self.assertEqual(len(line.price_ids), 2)

    def test_price_refused(self):
        contract = self.vendor_contract
        line = self._line_of(contract, self.power)
        self._freeze(contract, date(self.year, 3, 31))
        foreign = self._line_of(self.unit_contract, self.power)
        for values, text in (
            ({"date_from": date(self.year, 3, 31)}, "comes too late"),
            ({"date_from": date(self.year + 1, 1, 1)}, "has no price on"),
            ({"line_id": foreign.id}, "no line of"),
            ({"line_id": False}, "is missing"),
        ):
            with self.assertRaisesRegex(UserError, text), self.cr.savepoint():
                self._supplement(
                    contract,
                    "price",
                    **{
                        "line_id": line.id,
                        "price": 1,
                        "date_from": date(self.year, 4, 1),
                        **values,
                    },
                )
        self._supplement(
            contract,
            "price",
            line_id=line.id,
            price=1,
            date_from=date(self.year, 9, 1),
        )
        with self.assertRaisesRegex(UserError, "follow one another"):
            self._supplement(
                contract,
                "price",
                line_id=line.id,
                price=2,
                date_from=date(self.year, 8, 1),
            )

    def test_line_added_and_ended(self):
        contract = self.vendor_contract
        values = {
            "service_item_id": self.meal.id,
            "charge_kind": "metered",
            "price": 12.5,
            "date_from": date(self.year, 7, 1),
        }
        supplement = self._supplement(contract, "line_add", **values)
        line = self._line_of(contract, self.meal)
        self.assertEqual(supplement.line_id, line)
        self.assertEqual(line.date_start, date(self.year, 7, 1))
        self.assertEqual(line.date_end, contract.date_end)
        self.assertEqual(line._price_on(date(self.year, 7, 1)), 12.5)
        with self.assertRaisesRegex(UserError, "charged already"), self.cr.savepoint():
            self._supplement(contract, "line_add", **values)
        self._supplement(
            contract, "line_end", line_id=line.id, date_end=date(self.year, 9, 30)
        )
        self.assertEqual(line.date_end, date(self.year, 9, 30))
        with self.assertRaisesRegex(UserError, "no earlier last day"):
            self._supplement(
                contract, "line_end", line_id=line.id, date_end=date(self.year, 10, 1)
            )

    def test_line_added_outside(self):
        values = {
            "service_item_id": self.meal.id,
            "charge_kind": "metered",
            "price": 1,
        }
        for days in (
            {"date_from": date(self.year - 1, 7, 1)},
            {
                "date_from": date(self.year, 7, 1),
                "date_end": date(self.year + 1, 7, 1),
            },
        ):
            with (
                self.assertRaisesRegex(UserError, "outside the term"),
                self.cr.savepoint(),
            ):
                self._supplement(self.vendor_contract, "line_add", **values, **days)

    def test_not_ended_before_its_usage(self):
        contract = self.vendor_contract
        line = self._line_of(contract, self.power)
        self.env["gov.service.usage"].sudo()._record(
            [
                {
                    "contract_line_id": line.id,
                    "date": date(self.year, 8, 5),
                    "quantity": 3,
                    "name": "Reading",
                    "source": "manual",
                    "source_model": "res.company",
                    "source_id": self.company.id,
                }
            ]
        )
        for kind in ("term", "termination", "line_end"):
            with (
                self.assertRaisesRegex(UserError, "was still used on"),
                self.cr.savepoint(),
            ):
                self._supplement(
                    contract, kind, line_id=line.id, date_end=date(self.year, 8, 4)
                )
        self._supplement(
            contract, "line_end", line_id=line.id, date_end=date(self.year, 8, 5)
        )

    def test_supplement_input(self):
        nan = float("nan")
        supplements = self._as(self.env["gov.contract.supplement"], self.keeper_user)
        oca = self.env["contract.contract"].create(
            {"name": "OCA", "partner_id": self.unit.id}
        )
        for values in (
            {"contract_id": False},
            {"contract_id": oca.id},
            {"contract_id": 999999999},
            {"kind": "gift"},
            {"price": nan},
            {"date_end": "soon"},
            {"line_id": 999999999},
            {"state": "applied"},
            {"applied_by_id": self.keeper_user.id},
            {"number": "1"},
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                supplements.create(
                    {
                        "contract_id": self.vendor_contract.id,
                        "kind": "term",
                        "reason": "x",
                        **values,
                    }
                )
        draft = self._supplement(self.vendor_contract, "ceiling", apply=False)
        with self.assertRaises(UserError):
            draft.contract_id = self.unit_contract
        with self.assertRaises(UserError):
            draft.company_id = self.other_company
        draft.action_cancel()
        with self.assertRaises(UserError):
            draft.action_apply()
        with self.assertRaises(UserError):
            draft.reason = "later"

    # ------------------------------------------------------------------ termination

    def test_terminate(self):
        contract = self.vendor_contract
        self.assertTrue(
            contract.action_terminate("Two scores below 80", f"{self.year}-11-30")
        )
        self.assertEqual(contract.gov_state, "terminated")
        self.assertEqual(contract.date_end, date(self.year, 11, 30))
        self.assertEqual(contract.terminated_on, date(self.year, 11, 30))
        supplement = contract.supplement_ids
        self.assertEqual(supplement.kind, "termination")
        self.assertTrue(supplement.is_sealed)
        line = self.env["contract.line"]._find(
            self.power, date(self.year, 11, 30), partner=self.service_vendor
        )
        self.assertEqual(line.contract_id, contract)
        with self.assertRaises(UserError):
            contract.action_terminate("again", f"{self.year}-10-31")
        self.assertEqual(
            contract._periods(date(self.year, 12, 31))[-1],
            (date(self.year, 11, 1), date(self.year, 11, 30)),
        )

    def test_terminate_refused(self):
        contract = self.vendor_contract
        for reason, day in (
            ("", f"{self.year}-11-30"),
            ("  ", f"{self.year}-11-30"),
            (7, f"{self.year}-11-30"),
            ("x", "never"),
            ("x", False),
            ("x", f"{self.year + 1}-01-31"),
            ("x", f"{self.year - 1}-12-31"),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                contract.action_terminate(reason, day)
        self._freeze(contract, date(self.year, 3, 31))
        with self.assertRaisesRegex(UserError, "comes too late"), self.cr.savepoint():
            contract.action_terminate("x", f"{self.year}-03-15")
        draft = self._contract("vendor", activate=False)
        with self.assertRaises(UserError):
            draft.action_terminate("x", f"{self.year}-06-30")
        for user in (
            self.staff_user,
            self.inspector_user,
            self.desk_user,
            self.supervision_user,
            self.budget_user,
        ):
            with self.assertRaises(UserError):
                contract.with_user(user).action_terminate("x", f"{self.year}-11-30")
        self.assertEqual(contract.gov_state, "active")

    # -------------------------------------------------------------------- proposals

    def _score(self, month, score, contract=None):
        """Return the final assessment of a month of this year."""
        contract = contract or self.vendor_contract
        if not contract.sheet_id:
            engine(contract.sudo()).sheet_id = self.env["gov.service.sheet"].create(
                {
                    "name": "Property",
                    "group_id": self.service_group.id,
                    "company_id": self.company.id,
                }
            )
        first = date(self.year, month, 1)
        last = date(self.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        assessments = engine(self.env["gov.service.assessment"].sudo())
        assessment = assessments.create(
            {"contract_id": contract.id, "date_from": first, "date_to": last}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gov_service_assessment SET score = %s WHERE id = %s",
            [score, assessment.id],
        )
        assessment.invalidate_recordset()
        assessment.write({"state": "final"})
        # As the last step of an assessment does.
        self.env["gov.contract.proposal"]._propose(contract)
        return assessment

    def test_two_low_scores_propose(self):
        """88 and 79 and 78 in three months: the third opens the proposal, once."""
        contract = self.vendor_contract
        self._score(1, 88)
        self._score(2, 79)
        self.assertFalse(contract.proposal_ids)
        last = self._score(3, 78)
        proposal = contract.proposal_ids
        self.assertEqual(len(proposal), 1)
        self.assertEqual(proposal.assessment_id, last)
        self.assertIn("79", proposal.evidence)
        self.assertIn("78", proposal.evidence)
        self.assertTrue(contract.has_open_proposal)
        self.assertEqual(contract.activity_ids.user_id, self.centre_user)
        self.env["gov.contract.proposal"]._propose_all()
        self._score(4, 70)
        self.assertEqual(len(contract.proposal_ids), 1)

    def test_scores_not_in_a_row(self):
        contract = self.vendor_contract
        self._score(1, 79)
        self._score(2, 80)
        self._score(3, 79.99)
        self.assertFalse(contract.proposal_ids)

    def _proposal(self):
        self._score(1, 79)
        self._score(2, 78)
        return self.vendor_contract.proposal_ids.with_user(self.centre_user)

    def test_confirm_proposal(self):
        proposal = self._proposal()
        for user in (self.keeper_user, self.inspector_user, self.supervision_user):
            with self.assertRaisesRegex(UserError, "manager of the service centre"):
                proposal.with_user(user).action_confirm(f"{self.year}-11-30")
        with self.assertRaises(UserError):
            proposal.action_confirm("")
        self.assertTrue(proposal.action_confirm(f"{self.year}-11-30"))
        self.assertEqual(proposal.state, "confirmed")
        self.assertEqual(self.vendor_contract.gov_state, "terminated")
        self.assertEqual(proposal.supplement_id.kind, "termination")
        with self.assertRaisesRegex(UserError, "decided already"):
            proposal.action_drop("changed my mind")

    def test_drop_proposal(self):
        proposal = self._proposal()
        for reason in ("", "  ", 5, "x" * 6000):
            with self.assertRaises(UserError):
                proposal.action_drop(reason)
        proposal.action_drop("A new site manager has come")
        self.assertEqual(proposal.state, "dropped")
        self.assertEqual(self.vendor_contract.gov_state, "active")
        self.env["gov.contract.proposal"]._propose_all()
        self.assertEqual(len(self.vendor_contract.proposal_ids), 1)
        self._score(3, 77)
        self.assertEqual(len(self.vendor_contract.proposal_ids), 2)

    def test_proposal_is_the_servers(self):
        proposal = self._proposal()
        for action in (
            lambda: proposal.write({"state": "dropped"}),
            lambda: proposal.sudo().write({"reason": "x"}),
            lambda: proposal.sudo().unlink(),
            lambda: proposal.sudo().copy(),
        ):
            with self.assertRaises(UserError):
                action()

    # ------------------------------------------------------------- expiry and alerts

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("gov_logistics.cron_service_contracts").method_direct_trigger()
        self.env.invalidate_all()

    def test_expiry(self):
        """The last day is still in force; the day after is not."""
        contract = self.vendor_contract
        self._set_today(contract.date_end)
        self._run_job()
        self.assertEqual(contract.gov_state, "active")
        self._set_today(contract.date_end + timedelta(days=1))
        self._run_job()
        self.assertEqual(contract.gov_state, "expired")
        with self.assertRaises(UserError):
            contract.ceiling = 5

    def test_tender_alert_once(self):
        contract = self.vendor_contract
        contract.tender_lead_days = 30
        day = contract.date_end - timedelta(days=30)
        self.assertEqual(contract.tender_date, day)
        self._set_today(day - timedelta(days=1))
        self._run_job()
        self.assertFalse(contract.activity_ids)
        self._set_today(day)
        contract.invalidate_recordset()
        self.assertTrue(contract.is_expiring)
        expiring = self.env["contract.contract"].search([("is_expiring", "=", True)])
        self.assertIn(contract, expiring)
        self._run_job()
        self.assertEqual(len(contract.activity_ids), 1)
        self.assertEqual(contract.activity_ids.user_id, self.keeper_user)
        self._run_job()
        self.assertEqual(len(contract.activity_ids), 1)

    def test_ceiling_alert_once(self):
        contract = self.vendor_contract
        self._set_today(date(self.year, 2, 1))
        self._supplement(contract, "ceiling", ceiling=1000)
        engine(contract.sudo()).amount_settled = 899.99
        self._run_job()
        self.assertFalse(contract.activity_ids)
        engine(contract.sudo()).amount_settled = 900
        self._run_job()
        self._run_job()
        self.assertEqual(len(contract.activity_ids), 1)
        self.assertIn("90.0", contract.activity_ids.summary)
        near = self.env["contract.contract"].search([("is_near_ceiling", "=", True)])
        self.assertIn(contract, near)
        self.assertNotIn(self.unit_contract, near)

    # --------------------------------------------------------------- missed periods

    def test_not_archived_while_to_be_settled(self):
        """What is archived no run finds: not in force, not with periods missing."""
        contract = self.vendor_contract
        with self.assertRaisesRegex(UserError, "not put away"):
            contract.action_archive()
        engine(contract.sudo()).gov_state = "expired"
        if contract.missed_count:
            with self.assertRaisesRegex(UserError, "not put away"):
                contract.active = False
        self._contract("vendor", activate=False).action_archive()

    def test_missed_periods(self):
        """What is over and has no statement is shown, and never skipped."""
        contract = self.vendor_contract
        self.env.cr.execute("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
        today = self.env.cr.fetchone()[0]
        self._set_today(today)
        over = contract._periods(today - timedelta(days=1))
        self.env.invalidate_all()
        self.assertEqual(contract.missed_count, len(over))
        self.assertEqual(contract._periods_missing(today - timedelta(days=1)), over)
        if len(over) < 3:
            return
        self._freeze(contract, over[1][1])
        self.env.invalidate_all()
        self.assertEqual(contract.missed_count, len(over) - 2)
        states = {row.date_from: row.state for row in contract.period_ids}
        self.assertEqual(states[over[0][0]], "done")
        self.assertEqual(states[over[2][0]], "missed")
        self.assertIn(
            contract,
            self.env["contract.contract"].search([("missed_count", ">", 0)]),
        )
        self.assertEqual(
            contract._periods_missing(over[2][1]),
            [over[2]],
        )
