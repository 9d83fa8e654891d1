"""Two readers, and a reader and a clerk, at one meter at once, on real connections."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestMeterRace(RaceCase):
    @classmethod
    def _prepare(cls, env):
        company = env.ref("base.main_company")
        cls.start = company.gov_today() - timedelta(days=40)
        group = env["gov.service.group"].create({"code": "race", "name": "Race"})
        cls.item = (
            env["gov.service.item"]
            .create(
                {
                    "code": "RACE",
                    "name": "Power",
                    "group_id": group.id,
                    "company_id": company.id,
                }
            )
            .id
        )
        cls.departments = (
            env["hr.department"]
            .create([{"name": f"Race {n}", "company_id": company.id} for n in range(2)])
            .ids
        )

    def _meter(self, env, number):
        meter = env["gov.meter"].create(
            {
                "number": number,
                "service_item_id": self.item,
                "company_id": env.ref("base.main_company").id,
                "department_id": self.departments[0],
            }
        )
        self._read(env, meter, 0, 1000)
        return meter.id

    def _read(self, env, meter, day, value):
        return (
            env["gov.meter.reading"]
            .create(
                {
                    "meter_id": meter.id,
                    "date": self.start + timedelta(days=day),
                    "value": value,
                }
            )
            .id
        )

    def _use(self, meter):
        with self.transaction() as env:
            meter = env["gov.meter"].browse(meter)
            usages = env["gov.service.usage"].search(
                [("reading_id.meter_id", "=", meter.id)]
            )
            return sum(usages.mapped("quantity")), meter.last_value

    def test_two_readers(self):
        """Each figure is counted once, whoever comes first."""
        with self.transaction() as env:
            meter = self._meter(env, "R-1")

        def reader(day, value):
            def read(env):
                return self._read(env, env["gov.meter"].browse(meter), day, value)

            return read

        for turn in range(5):
            day = turn * 3
            outcomes = self.race(
                reader(day + 1, 1000 + day * 10 + 10),
                reader(day + 2, 1000 + day * 10 + 20),
            )
            for outcome in outcomes:
                self.assertIsInstance(outcome, int | UserError)
            self.assertTrue(any(isinstance(outcome, int) for outcome in outcomes))
            used, last = self._use(meter)
            self.assertEqual(used, last - 1000)

    def test_two_clerks_set_shares(self):
        """Together they never come to more than a hundred."""
        with self.transaction() as env:
            meter = self._meter(env, "R-2")

        def clerk(department):
            def share(env):
                env["gov.meter"].browse(meter).write(
                    {
                        "share_ids": [
                            Command.create(
                                {
                                    "department_id": department,
                                    "percent": 100,
                                    "date_from": self.start + timedelta(days=1),
                                }
                            )
                        ]
                    }
                )
                return True

            return share

        outcomes = self.race(*map(clerk, self.departments))
        self.assertEqual(outcomes.count(True), 1, outcomes)
        self.assertTrue(any(isinstance(outcome, UserError) for outcome in outcomes))

    def test_recorded_at_the_same_time(self):
        """One document recorded by two transactions is one row."""
        with self.transaction() as env:
            partner = env["res.partner"].create({"name": "Race"}).id

        def record(env):
            rows = env["gov.service.usage"]._record(
                [
                    {
                        "source": "import",
                        "source_model": "res.partner",
                        "source_id": partner,
                        "service_item_id": self.item,
                        "company_id": env.ref("base.main_company").id,
                        "date": self.start,
                        "quantity": 1,
                    }
                ]
            )
            env.flush_all()
            return rows.ids

        self.race(record, record)
        with self.transaction() as env:
            count = env["gov.service.usage"].search_count(
                [("source_model", "=", "res.partner"), ("source_id", "=", partner)]
            )
            self.assertEqual(count, 1)
