from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.models.res_company import ResCompany

from .common import SIGNATURE, SupplyCommon


@tagged("post_install", "-at_install")
class TestMonth(SupplyCommon):
    """The register of a month, and its closing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_user = cls._create_user(
            "gov_manager", "gov_logistics.group_logistics_manager"
        )

    def _month(self, day, user=None):
        model = self._as(self.env["gov.supply.month"], user or self.manager_user)
        return model.create({"month": day, "company_id": self.company.id})

    def _issue(self, *lines):
        request = self._approved(*lines)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        return request

    def test_register_equals_the_slips(self):
        first = self._issue((self.paper, 3), (self.pen, 2))
        second = self._issue((self.pen, 5))
        second.with_user(self.store_user).action_return_goods(
            {second.line_ids.id: 1}, "Too many"
        )
        self.env.flush_all()
        month = self._month(self.company.gov_today(), self.store_user)
        rows = month._get_register()
        self.assertEqual(len(rows), 4)
        self.assertAlmostEqual(
            sum(row["line"].amount for row in rows), 3 * 20.5 + 2 * 1.6 + 4 * 1.6
        )
        lines = rows[0]["line"]
        self.assertEqual(lines.receiver_id, self.staff)
        self.assertEqual(lines.beneficiary_id, self.staff)
        self.assertTrue(rows[0]["signature"])
        html = self.env["ir.actions.report"]._render_qweb_html(
            "gov_logistics.report_supply_register", month.ids
        )[0]
        text = html.decode()
        for word in (first.number, "物资领用登记册", "71.10", self.staff.name):
            self.assertIn(word, text)
        action = month.action_open_register()
        self.assertEqual(
            self.env["gov.supply.consumption"].search_count(action["domain"]), 4
        )

    def test_month_is_chosen_as_a_month(self):
        with patch.object(ResCompany, "gov_today", lambda company: date(2026, 1, 10)):
            form = Form(self._as(self.env["gov.supply.month"], self.manager_user))
            self.assertEqual(form.month_key, "2025-12")
            form.month_key = "2025-11"
            month = form.save()
            options = month._get_month_options()
        self.assertEqual(month.month, date(2025, 11, 1))
        self.assertEqual(month.month_key, "2025-11")
        self.assertEqual((options[0][0], options[-1][0]), ("2026-01", "2023-01"))
        self.assertFalse(self._month("1999-01-01").month_key)

    def test_late_entry_counts_in_its_month(self):
        day = self.company.gov_today().replace(day=1)
        before = date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 15)
        request = self._request(
            (self.paper, 1), occurred_on=before, late_reason="forgotten"
        )
        request.action_submit()
        self._decide_all(request)
        request.with_user(self.store_user).action_issue(SIGNATURE)
        self.env.flush_all()
        [row] = self._month(before)._get_register()
        self.assertTrue(row["line"].is_late)
        self.assertEqual(row["line"].period_date, before)

    def test_late_entry_issued_after_the_closing(self):
        """A closed register stays as it was: what is issued later counts later."""
        first = self.company.gov_today().replace(day=1)
        before = first - timedelta(days=1)
        requests = [
            self._request((self.paper, 1), occurred_on=before, late_reason="forgotten")
            for _number in range(2)
        ]
        for request in requests:
            request.action_submit()
            self._decide_all(request)
        requests[0].with_user(self.store_user).action_issue(SIGNATURE)
        month = self._month(before)
        month.action_close()
        trace = self.env["gov.supply.closing"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(trace.line_count, 1)
        # Datetimes have no fractions: the issue is a second later.
        engine(trace).closed_at -= timedelta(seconds=1)
        requests[1].with_user(self.store_user).action_issue(SIGNATURE)
        engine(requests[0].sudo().picking_ids.move_ids).date -= timedelta(seconds=2)
        self.env.flush_all()
        self.assertEqual(len(month._get_register()), 1)
        [row] = self._month(first)._get_register()
        self.assertEqual(row["line"].request_id, requests[1])
        self.assertEqual(row["line"].period_date, first)
        self.assertTrue(row["line"].is_late)

    def test_months_are_closed_one_after_the_other(self):
        with patch.object(ResCompany, "gov_today", lambda company: date(2026, 11, 10)):
            with self.assertRaisesRegex(UserError, "not over"):
                self._month("2026-11-05").action_close()
            self.assertTrue(self._month("2026-08-05").action_close())
            for month in ("2026-08-01", "2026-07-01", "2026-10-01"):
                with (
                    self.subTest(month),
                    self.assertRaisesRegex(UserError, "one after"),
                ):
                    self._month(month).action_close()
            self.assertTrue(self._month("2026-09-30").action_close())
        self.assertEqual(self.company.gov_closed_until, date(2026, 9, 30))
        trace = self.env["gov.supply.closing"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(trace), 2)
        self.assertEqual(trace.user_id, self.manager_user)
        for call in (
            lambda: trace.sudo().write({"amount": 1}),
            trace.sudo().unlink,
            lambda: self._as(trace, self.manager_user).create({}),
        ):
            with self.assertRaises(UserError):
                call()

    def test_who_closes(self):
        for user in (self.store_user, self.supervision_user):
            month = self._month("2026-01-01", user).with_context(gov_engine=True)
            with self.subTest(user=user.login), self.assertRaises(UserError):
                month.action_close()
        for user in (self.staff_user, self.buyer_user, self.head_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._month("2026-01-01", user)
        self.assertFalse(self.company.gov_closed_until)
        foreign = self._month("2026-01-01")
        foreign.sudo().company_id = self.other_company
        with self.assertRaises(UserError):
            foreign.action_close()
        with self.assertRaises(UserError):
            foreign._get_register()

    def test_own_month_only(self):
        month = self._month("2026-01-01")
        self.store_user.group_ids = [
            Command.link(self.env.ref("gov_logistics.group_logistics_manager").id)
        ]
        with self.assertRaises(AccessError):
            self._as(month, self.store_user).read(["month"])
