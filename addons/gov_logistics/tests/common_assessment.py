from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import Command

from .common import SIGNATURE
from .common_service import ServiceCase


class AssessmentCase(ServiceCase):
    """``contract`` with a vendor is assessed by ``sheet``; ``month`` is the last month.

    The sheet has ``corridor`` (at most 40, 2 each time) and ``guarding`` (at most 60).
    ``inspectors`` are ``inspector_user`` and ``inspector2_user``; ``keeper_user``
    keeps contracts and made no inspection.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        first = cls.today.replace(day=1) - relativedelta(months=1)
        cls.month = (first, first + relativedelta(months=1, days=-1))
        cls.inspectors = cls.inspector_user + cls.inspector2_user
        cls.sheet = cls.env["gov.service.sheet"].create(
            {
                "name": "Property services",
                "group_id": cls.service_group.id,
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create(
                        {
                            "name": "Corridors",
                            "clause": "Annex 2, 1",
                            "max_deduction": 40,
                            "usual_deduction": 2,
                            "usual_reason": "Not clean",
                        }
                    ),
                    Command.create(
                        {"name": "Posts", "clause": "Annex 2, 2", "max_deduction": 60}
                    ),
                ],
            }
        )
        cls.corridor, cls.guarding = cls.sheet.line_ids
        cls.contract = cls._contract(
            "vendor",
            (cls.guard, "fixed", 3850, 3),
            name="Guards",
            partner_id=cls.service_vendor.id,
            date_start=date(cls.today.year - 1, 1, 1),
            date_end=date(cls.today.year + 1, 12, 31),
            service_group_id=cls.service_group.id,
            assessment_required=True,
            sheet_id=cls.sheet.id,
            deduction_table_id=cls.deduction_table.id,
            inspector_ids=[Command.set(cls.inspectors.ids)],
        )

    def setUp(self):
        super().setUp()
        # A job commits; a test must not.
        self.patch(
            type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0
        )

    @classmethod
    def _create_contracts(cls):
        result = super()._create_contracts()
        # The guards are a contract of their own here.
        cls.guard = cls._create_item("guard2", "Guard post of the annex")
        return result

    @contextmanager
    def _on(self, day):
        """Let the institution's clock stand on ``day``."""
        with patch.object(type(self.company), "gov_today", return_value=day):
            yield

    @classmethod
    def _create_sheet(cls, first, last, contract=None, inspectors=None):
        inspectors = cls.inspectors if inspectors is None else inspectors
        return cls._as(cls.env["gov.service.assessment"], cls.inspector_user).create(
            {
                "contract_id": (contract or cls.contract).id,
                "date_from": first,
                "date_to": last,
                "inspector_ids": [Command.set(inspectors.ids)],
            }
        )

    @classmethod
    def _sheet(cls, month=1, **values):
        """Return the sheet of the last month, or of ``month`` months ago."""
        first = cls.month[0] - relativedelta(months=month - 1)
        last = first + relativedelta(months=1, days=-1)
        return cls._create_sheet(first, last, **values).with_env(cls.env)

    @classmethod
    def _deduct(cls, sheet, criterion, points, reason, **values):
        return cls._as(
            cls.env["gov.service.assessment.line"], cls.inspector_user
        ).create(
            {
                "assessment_id": sheet.id,
                "criterion_id": criterion.id,
                "deduction": points,
                "reason": reason,
                **values,
            }
        )

    @classmethod
    def _sign(cls, sheet):
        """Let both inspectors and the site manager sign."""
        for user in sheet.inspector_ids:
            cls._as(sheet, user).action_sign(SIGNATURE)
        first = sheet.inspector_ids[0]
        cls._as(sheet, first).action_sign_manager("Ma", SIGNATURE)

    @classmethod
    def _inspected(cls, points, month=1, **values):
        sheet = cls._sheet(month, **values)
        if points:
            cls._deduct(sheet, cls.corridor, points, "Not swept")
        cls._sign(sheet)
        return sheet

    @classmethod
    def _finish(cls, sheet):
        cls._sign(sheet)
        cls._as(sheet, cls.vendor_user).action_statement(False, accepts=True)

    @classmethod
    def _final(cls, points, month=1):
        """Return a final assessment of the month with so many points off."""
        sheet = cls._inspected(points, month)
        cls._as(sheet, cls.vendor_user).action_statement(False, accepts=True)
        return sheet

    def _period_scores(self):
        """Return what a statement of the last month goes by."""
        return self.contract._get_assessment(*self.month).with_env(self.env)

    @classmethod
    def _forget(cls, sheet):
        """Free the month for another assessment, as a replacement does."""
        cls._as(sheet, cls.keeper_user).action_replace("Once more")
        sheet.replaced_by_ids.sudo().with_context(active_test=False).unlink()
