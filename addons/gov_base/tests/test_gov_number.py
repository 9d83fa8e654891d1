from datetime import date

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.gov_guard import engine
from .common import GovCommon

CODE = "gov.test.paper"


def make_pattern(env, code=CODE, **values):
    """Create the pattern of a form: no company, no gaps, a range per year."""
    return env["ir.sequence"].create(
        {
            "name": "Test paper",
            "code": code,
            "company_id": False,
            "implementation": "no_gap",
            "use_date_range": True,
            "prefix": "TP〔%(range_year)s〕",
            "suffix": "号",
            "padding": 4,
            **values,
        }
    )


class NumberedPaper(models.Model):
    _name = "gov.test.paper"
    _description = "Test Paper"
    _inherit = ["gov.number.mixin"]
    _number_code = CODE

    title = fields.Char()


# Known to this file only, not to registries that are loaded later.
models.MetaModel._module_to_models__["gov_base"].remove(NumberedPaper)


@tagged("post_install", "-at_install")
class TestGovNumber(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.registry.reset_changes)
        cls.addClassCleanup(cls.registry.__delitem__, NumberedPaper._name)
        add_to_registry(cls.registry, NumberedPaper)
        cls.registry._setup_models__(cls.env.cr, [NumberedPaper._name])
        cls.registry.init_models(
            cls.env.cr, [NumberedPaper._name], {"models_to_check": True}
        )
        cls.pattern = make_pattern(cls.env)
        cls.Paper = cls.env["gov.test.paper"].with_user(cls.env.ref("base.user_root"))

    def _draw(self, company=None):
        paper = self.Paper.create({"company_id": (company or self.company).id})
        paper._assign_number()
        return paper.number

    def test_several_at_once(self):
        with freeze_time("2026-11-22 04:00:00"):
            first = self.Paper._draw_numbers(CODE, self.company, 2)
            self.assertEqual(first, ["TP〔2026〕0001号", "TP〔2026〕0002号"])
            self.assertEqual(self._draw(), "TP〔2026〕0003号")
            more = self.Paper._draw_numbers(CODE, self.company, 3)
            self.assertEqual(more[0], "TP〔2026〕0004号")
            self.assertEqual(more[-1], "TP〔2026〕0006号")
            self.assertEqual(self._draw(), "TP〔2026〕0007号")
        with freeze_time("2027-01-05 04:00:00"):
            later = self.Paper._draw_numbers(CODE, self.company, 2)
            self.assertEqual(later, ["TP〔2027〕0001号", "TP〔2027〕0002号"])

    def test_numbers_follow_each_other(self):
        with freeze_time("2026-11-22 04:00:00"):
            self.assertEqual(
                [self._draw() for _i in range(3)],
                ["TP〔2026〕0001号", "TP〔2026〕0002号", "TP〔2026〕0003号"],
            )

    def test_assigned_in_the_order_of_creation_and_only_once(self):
        papers = self.Paper.create([{"title": str(i)} for i in range(3)])
        with freeze_time("2026-11-22 04:00:00"):
            papers.sorted("id", reverse=True)._assign_number()
            papers._assign_number()
        self.assertEqual(
            papers.mapped("number"),
            ["TP〔2026〕0001号", "TP〔2026〕0002号", "TP〔2026〕0003号"],
        )

    def test_years_restart_at_the_institutions_midnight(self):
        cases = [
            ("2026-12-31 15:30:00", "TP〔2026〕0001号"),  # 23:30 in Shanghai
            ("2026-12-31 16:30:00", "TP〔2027〕0001号"),  # 00:30 on 1 January
            ("2027-01-01 03:00:00", "TP〔2027〕0002号"),
        ]
        for utc, number in cases:
            with self.subTest(utc=utc), freeze_time(utc):
                self.assertEqual(self._draw(), number)

    def test_plain_year_in_the_prefix_is_the_institutions_too(self):
        self.pattern.prefix = "%(year)s-"
        self.pattern.suffix = False
        with freeze_time("2026-12-31 16:30:00"):
            self.assertEqual(self._draw(), "2027-0001")

    def test_each_company_counts_for_itself(self):
        with freeze_time("2026-11-22 04:00:00"):
            self.assertEqual(self._draw(), "TP〔2026〕0001号")
            self.assertEqual(self._draw(self.other_company), "TP〔2026〕0001号")
            self.assertEqual(self._draw(), "TP〔2026〕0002号")
        sequences = self.env["ir.sequence"].search(
            [("code", "=", CODE), ("company_id", "!=", False)]
        )
        self.assertEqual(sequences.company_id, self.company + self.other_company)
        self.assertFalse(self.pattern.date_range_ids)

    def test_a_rolled_back_number_is_given_again(self):
        with freeze_time("2026-11-22 04:00:00"):
            self._draw()
            with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
                self.assertEqual(self._draw(), "TP〔2026〕0002号")
                raise ZeroDivisionError
            self.assertEqual(self._draw(), "TP〔2026〕0002号")

    def test_nobody_chooses_a_number(self):
        with self.assertRaisesRegex(UserError, "Number"):
            self.Paper.create({"number": "TP〔2026〕0099号"})
        paper = self.Paper.with_context(default_number="TP〔2026〕0099号").create({})
        self.assertFalse(paper.number)
        with self.assertRaisesRegex(UserError, "Number"):
            paper.write({"number": "TP〔2026〕0099号"})

    def test_a_number_is_neither_copied_nor_deleted(self):
        paper = self.Paper.create({})
        paper._assign_number()
        self.assertFalse(paper.copy().number)
        with self.assertRaisesRegex(UserError, paper.number):
            paper.unlink()
        self.Paper.create({}).unlink()

    def test_the_database_refuses_a_double(self):
        first, second = self.Paper.create([{}, {}])
        first._assign_number()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UniqueViolation, "number_uniq"),
            self.cr.savepoint(),
        ):
            engine(second).number = first.number
            self.env.flush_all()

    def test_a_missing_or_gapped_sequence_is_refused(self):
        self.pattern.code = "something.else"
        with self.assertRaisesRegex(UserError, CODE):
            self._draw()
        self.pattern.code = CODE
        self.pattern.implementation = "standard"
        with self.assertRaisesRegex(UserError, "gaps"):
            self._draw()

    def test_ranges_cover_one_calendar_year(self):
        with freeze_time("2026-06-30 04:00:00"):
            self._draw()
        sequence = self.Paper._number_sequence(CODE, self.company)
        self.assertEqual(
            (sequence.date_range_ids.date_from, sequence.date_range_ids.date_to),
            (date(2026, 1, 1), date(2026, 12, 31)),
        )
