from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools.jobs import each_institution
from .common_sealing import SealingCase

# job: (model, its method, the work of one institution)
JOBS = (
    ("gov.vehicle.plan", "_cron_tell", "_tell"),
    ("gov.vehicle.sealing", "_cron_prepare", "_prepare_for"),
    ("gov.vehicle.log.sheet", "_cron_prepare", "_prepare_sheets"),
    ("gov.vehicle.roll", "_cron_make", "_make"),
    ("gov.vehicle.duty.order", "_cron_follow_up", "_follow_up"),
)
_LOG = "odoo.addons.gov_fleet.tools.jobs"


@tagged("post_install", "-at_install")
class TestJobs(SealingCase):
    """A job goes through the institutions one by one and can be repeated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gov.vehicle.quota"].create(
            {
                "company_id": cls.other_company.id,
                "usage_class": "platform",
                "number": 5,
                "clause": "Paper",
                "date_from": "2020-01-01",
            }
        )
        cls.far_car = cls._create_vehicle(
            "岚B·1",
            company_id=cls.other_company.id,
            department_id=cls.other_department.id,
            keeping="allocated",
        )
        for company in (cls.company, cls.other_company):
            cls.env.ref("gov_fleet.policy_vehicle_roll_hour").copy(
                {"company_id": company.id, "value": "0", "date_from": "2021-01-01"}
            )
        cls._set_days("holiday", [3])
        cls.workdays.create(
            {
                "date": cls.today + timedelta(days=3),
                "kind": "holiday",
                "name": "Far Festival",
                "company_id": cls.other_company.id,
            }
        )
        plan = {
            "name": "Oil",
            "interval_km": 5000,
            "last_odometer": 1000,
            "user_id": cls.technician_user.id,
        }
        cls.plans = cls.env["gov.vehicle.plan"].create(
            [
                {**plan, "vehicle_id": cls.car.id},
                {
                    **plan,
                    "vehicle_id": cls.far_car.id,
                    "user_id": cls.env.ref("base.user_admin").id,
                },
            ]
        )

    def _count(self, model, company):
        """Return how much of a job's work there is for an institution."""
        if model == "gov.vehicle.plan":
            return len(
                self.plans.filtered(
                    lambda plan: plan.company_id == company
                ).activity_ids
            )
        if model == "gov.vehicle.duty.order":
            return self.env["gov.finding"].search_count(
                [
                    ("rule_code", "=", "vehicle_duty_slip"),
                    ("company_id", "=", company.id),
                ]
            )
        return self.env[model].search_count([("company_id", "=", company.id)])

    def _late_orders(self):
        yesterday = self.today - timedelta(days=1)
        engine(self.env["gov.vehicle.duty.order"]).create(
            [
                {
                    "company_id": vehicle.company_id.id,
                    "vehicle_id": vehicle.id,
                    "driver_id": driver.id,
                    "leader_id": driver.id,
                    "handler_id": self.dispatcher_user.id,
                    "destination": "Hospital",
                    "purpose": "Illness",
                    "ordered_at": fields.Datetime.now() - timedelta(days=2),
                    "slip_due": yesterday,
                }
                for vehicle, driver in (
                    (self.car, self.driver),
                    (self.far_car, self.other_staff),
                )
            ]
        )

    def test_one_institution_fails(self):
        """The others have their work; the next run does what is left, and no more."""
        self._late_orders()
        companies = self.company, self.other_company
        for model, job, work in JOBS:
            for failing in companies:
                with self.subTest(job=model, failing=failing.name):
                    self._run_with_failure(model, job, work, failing)
            for company in companies:
                self.assertTrue(self._count(model, company), (model, company.name))
            before = [self._count(model, company) for company in companies]
            getattr(self.env[model], job)()
            after = [self._count(model, company) for company in companies]
            self.assertEqual(before, after, f"{model}: no doubles")

    def _run_with_failure(self, model, job, work, failing):
        """Let the job fail for one institution after it has done its work there."""
        cls = self.registry[model]
        whole = getattr(cls, work)
        before = self._count(model, failing)

        def fails(records, company):
            result = whole(records, company)
            if company == failing:
                records.env.flush_all()
                raise ValueError("The work of one institution")
            return result

        with patch.object(cls, work, fails), mute_logger(_LOG):
            getattr(self.env[model], job)()
        self.assertEqual(self._count(model, failing), before, "undone")

    def test_each_is_committed(self):
        """What is done is committed before the next one; the time may be up."""
        done, told = [], []
        cron = type(self.env["ir.cron"])

        def commit(_self, processed=0, remaining=None):
            told.append((processed, remaining, len(done)))
            return len(done) < 2 and 60.0

        def make(rolls, company):
            done.append(company)
            # A job has no language of its own.
            self.assertEqual(rolls.env.lang, company.partner_id.lang)
            self.assertEqual(rolls.env.company, company)

        self.env["res.company"].search([]).partner_id.lang = "zh_CN"

        rolls = self.env["gov.vehicle.roll"]
        with (
            patch.object(cron, "_commit_progress", commit),
            patch.object(self.registry["gov.vehicle.roll"], "_make", make),
        ):
            whole = each_institution(rolls, "_make")
        self.assertFalse(whole)
        self.assertEqual(len(done), 2)
        self.assertEqual([row[2] for row in told], [0, 1, 2])
        self.assertGreaterEqual(told[0][1], 2)
