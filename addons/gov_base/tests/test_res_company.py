from datetime import date, datetime
from types import SimpleNamespace

from freezegun import freeze_time

from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day

from .common import GovCommon


@tagged("post_install", "-at_install")
class TestInstitutionDay(GovCommon):
    def test_day_starts_at_midnight_of_the_institution(self):
        cases = [
            ("2026-11-22 16:30:00", date(2026, 11, 23), datetime(2026, 11, 23, 0, 30)),
            ("2026-11-22 15:30:00", date(2026, 11, 22), datetime(2026, 11, 22, 23, 30)),
            ("2026-12-31 16:00:00", date(2027, 1, 1), datetime(2027, 1, 1, 0, 0)),
        ]
        for utc, day, wall_clock in cases:
            with self.subTest(utc=utc), freeze_time(utc):
                self.assertEqual(self.company.gov_today(), day)
                self.assertEqual(self.company.gov_now(), wall_clock)

    def test_users_own_time_zone_is_ignored(self):
        self.staff_user.tz = "America/New_York"
        company = self.company.with_user(self.staff_user).with_context(
            tz="America/New_York"
        )
        with freeze_time("2026-11-22 16:30:00"):
            self.assertEqual(company.gov_today(), date(2026, 11, 23))

    def test_each_company_has_its_own_zone(self):
        self.other_company.gov_tz = "Asia/Urumqi"
        with freeze_time("2026-11-22 17:00:00"):
            self.assertEqual(self.company.gov_now().hour, 1)
            self.assertEqual(self.other_company.gov_now().hour, 23)

    def test_empty_recordset_means_current_company(self):
        with freeze_time("2026-11-22 16:30:00"):
            self.assertEqual(self.env["res.company"].gov_today(), date(2026, 11, 23))

    def test_history_is_taken_over_on_its_own_day(self):
        past = date(2025, 3, 4)
        company = on_day(self.company, past)
        self.assertEqual(company.gov_today(), past)
        self.assertEqual(on_day(company, date(2025, 4, 1)).gov_today().month, 4)
        self.assertEqual(engine(company).with_user(self.staff_user).gov_today(), past)
        self.assertNotEqual(self.company.gov_today(), past)

    def test_nobody_turns_the_clock_back_from_outside(self):
        """A caller chooses the context, but cannot send what opens it."""
        today = self.company.gov_today()
        for forged in (
            date(2025, 3, 4),
            "2025-03-04",
            {"day": date(2025, 3, 4)},
            SimpleNamespace(day=date(2025, 3, 4)),
            True,
        ):
            company = self.company.with_context(gov_past_day=forged)
            self.assertEqual(company.gov_today(), today, forged)
            self.assertEqual(engine(company).gov_today(), today, forged)

    def test_time_zone_is_set_on_the_settings_page(self):
        with Form(self.env["res.config.settings"]) as settings:
            settings.gov_tz = "Asia/Urumqi"
        settings.record.execute()
        self.assertEqual(self.company.gov_tz, "Asia/Urumqi")
