from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_meter import MeterCase


@tagged("post_install", "-at_install")
class TestMeterUse(MeterCase):
    """Use per head and per m², against the norm and the same month last year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.water_item = cls._create_item("water", "Water")
        cls.main = cls._meter(
            "W-1",
            kind="water",
            service_item_id=cls.water_item.id,
            usual_use=0,
            digits=7,
        )
        cls.sub = cls._meter(
            "W-2",
            kind="water",
            service_item_id=cls.water_item.id,
            usual_use=0,
            department_id=cls.office.id,
            parent_id=cls.main.id,
        )
        cls.env["gov.room"].create(
            [
                {"name": "U-101", "area": 60, "department_id": cls.office.id},
                {"name": "U-102", "area": 140, "department_id": cls.works.id},
            ]
        )

    def _rows(self, kind="water", user=None, **values):
        self.env.flush_all()
        rows = self._as(self.env["gov.meter.use"], user or self.keeper_user)
        domain = [("kind", "=", kind)]
        domain += [(name, "=", value) for name, value in values.items()]
        return rows.search(domain, order="month, scope")

    def _heads(self, department=None):
        domain = [("company_id", "=", self.company.id)]
        people = self.env["hr.employee"].search(domain)
        if department:
            people = people.filtered(lambda p: p._gov_department() == department)
        return len(people)

    def test_the_compound_counts_for_the_institution_only(self):
        self._read(self.main, date(self.year, 1, 1), 0)
        self._read(self.sub, date(self.year, 1, 1), 0)
        self._read(self.main, date(self.year, 1, 31), 600)
        self._read(self.sub, date(self.year, 1, 31), 60)
        self.company.write({"use_heads": 1060, "use_area": 42_000})
        [row] = self._rows(scope="institution")
        self.assertEqual((row.heads, row.area), (1060, 42_000))
        self.assertAlmostEqual(row.per_head, row.quantity / 1060, 4)
        self.assertAlmostEqual(row.per_area, row.quantity / 42_000, 4)
        [office] = self._rows(scope="department", department_id=self.office.id)
        self.assertEqual(office.heads, self._heads(self.office))
        self.assertEqual(office.area, 60)

    def test_use_between_two_readings_is_spread_over_its_days(self):
        self._read(self.main, date(self.year, 1, 16), 0)
        self._read(self.main, date(self.year, 3, 15), 580)
        rows = self._rows(scope="institution")
        # 58 days at 10: 15 in January, 28 (or 29) in February, 15 in March
        february = (date(self.year, 3, 1) - date(self.year, 2, 1)).days
        a_day = 580 / (15 + february + 15)
        self.assertEqual(
            [round(row.quantity, 2) for row in rows],
            [round(a_day * days, 2) for days in (15, february, 15)],
        )
        self.assertEqual(
            rows.mapped("period"), [f"{self.year}-{month:02}" for month in (1, 2, 3)]
        )

    def test_institution_counts_main_meters_and_departments_theirs(self):
        for meter, value in ((self.main, 310), (self.sub, 62)):
            self._read(meter, date(self.year - 1, 12, 31), 0)
            self._read(meter, date(self.year, 1, 31), value)
        whole = self._rows(scope="institution")
        part = self._rows(scope="department")
        self.assertEqual((whole.quantity, part.quantity), (310, 62))
        self.assertEqual(part.department_id, self.office)
        self.assertEqual(part.heads, self._heads(self.office))
        self.assertEqual(whole.heads, self._heads())
        self.assertEqual((part.area, whole.area), (60, 200))
        self.assertAlmostEqual(whole.per_head, 310 / self._heads(), 4)
        self.assertAlmostEqual(part.per_area, 62 / 60, 4)
        self.assertEqual(whole.unit, "m³")

    def test_norm_is_the_clause_of_the_month(self):
        self.env["gov.policy"].create(
            {
                "code": "use.norm.water.area",
                "name": "Water per m²",
                "value_type": "float",
                "value": "12",
                "citation": "Test",
                "date_from": date(self.year, 2, 1),
                "company_id": self.company.id,
            }
        )
        self._read(self.main, date(self.year - 1, 12, 31), 0)
        self._read(self.main, date(self.year, 1, 31), 10)
        self._read(self.main, date(self.year, 2, 28), 410)
        january, february = self._rows(scope="institution")[:2]
        self.assertAlmostEqual(january.norm_head, 20.24 / 12, 4)
        self.assertFalse(january.norm_area)
        self.assertEqual(january.deviation, "within")
        self.assertEqual(february.norm_area, 1)
        self.assertAlmostEqual(
            february.ratio,
            max(2, 400 / self._heads() / 20.24 * 12),
            4,
        )
        self.assertEqual(february.deviation, "above")

    def test_same_month_last_year(self):
        self._read(self.main, date(self.year - 2, 12, 31), 0)
        self._read(self.main, date(self.year - 1, 1, 31), 310)
        self._read(self.main, date(self.year - 1, 12, 31), 900)
        self._read(self.main, date(self.year, 1, 31), 900 + 465)
        row = self._rows(scope="institution", month=date(self.year, 1, 1))
        self.assertEqual((row.quantity, row.last_year), (465, 310))
        self.assertAlmostEqual(row.change, 0.5)

    def test_energy_as_standard_coal(self):
        gas = self._meter(
            "G-1", kind="gas", service_item_id=self.water_item.id, usual_use=0
        )
        power = self._meter("E-7", usual_use=0)
        for meter, value in ((gas, 100), (power, 1000)):
            self._read(meter, date(self.year - 1, 12, 31), 0)
            self._read(meter, date(self.year, 1, 31), value)
        row = self._rows("energy", scope="institution", month=date(self.year, 1, 1))
        self.assertAlmostEqual(row.quantity, 100 * 1.33 + 1000 * 0.1229, 4)
        self.assertAlmostEqual(row.norm_head, 309.79 / 12, 4)
        self.assertAlmostEqual(row.norm_area, 17.56 / 12, 4)

    def test_prints_that_are_no_meter(self):
        printing = self._create_item("print", "Printing", use_kind="print")
        self.env["gov.service.usage"]._record(
            [
                {
                    "source": "print",
                    "source_model": "maintenance.equipment",
                    "source_id": 1,
                    "service_item_id": printing.id,
                    "department_id": self.works.id,
                    "company_id": self.company.id,
                    "date": date(self.year, 1, 9),
                    "quantity": 500,
                }
            ]
        )
        self.assertEqual(self._rows("print").mapped("quantity"), [500, 500])

    def test_cancelled_readings_and_served_units_do_not_count(self):
        self._share(self.meter, (self.unit_line, 100))
        self._read(self.meter, 10, 1010)
        self.assertFalse(self._rows("electricity"))
        self._read(self.main, date(self.year, 1, 1), 0)
        reading = self._read(self.main, date(self.year, 1, 31), 300)
        self._as(reading, self.keeper_user).action_cancel("x")
        self.assertFalse(self._rows())

    def test_who_reads_it(self):
        for meter in (self.main, self.sub):
            self._read(meter, date(self.year, 1, 1), 0)
            self._read(meter, date(self.year, 1, 31), 30)
        self.assertEqual(len(self._rows()), 2)
        self.assertEqual(len(self._rows(user=self.inspector_user)), 2)
        own = self._rows(user=self.office_head_user)
        self.assertEqual(own.department_id, self.office)
        self.assertFalse(self._rows(user=self.staff_user))
        with self.assertRaises(AccessError):
            self._rows().write({"quantity": 0})
