from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PointsCommon

DAY = "2026-06-01"


@tagged("post_install", "-at_install")
class TestSchemeScope(PointsCommon):
    """Whom a rulebook applies to, and which one counts for a person and a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schemes = cls.env["gov.points.scheme"]
        # Nobody is without a rulebook in these tests but where they say so.
        cls.nobody = cls.env["hr.employee"]

    def _released(self, **values):
        scheme = self._draft(**values)
        scheme.action_release()
        return scheme

    def _find(self, employee, day=DAY, company=None):
        return self.schemes._find(employee, day, company or self.company)

    def test_shared_rulebook_serves_every_institution(self):
        self.assertEqual(self._find(self.staff), self.scheme)
        self.assertEqual(
            self._find(self.other_staff, company=self.other_company), self.scheme
        )

    def test_own_rulebook_replaces_the_shared_one_of_its_code(self):
        own = self._released(code=self.scheme.code)
        self.assertEqual(self._find(self.staff), own)
        self.assertEqual(self._find(self.staff, "2025-12-31"), self.scheme)
        self.assertEqual(
            self._find(self.other_staff, company=self.other_company), self.scheme
        )

    def test_in_force_is_what_counts_in_the_institution(self):
        own = self._released(code=self.scheme.code, date_from="2026-01-01")
        self.assertTrue(own.is_current)
        self.assertFalse(self.scheme.is_current)
        domain = [("scheme_id.is_current", "=", True)]
        articles = self.env["gov.points.article"]
        self.assertEqual(articles.search(domain).scheme_id, own)
        elsewhere = articles.with_context(allowed_company_ids=self.other_company.ids)
        self.assertEqual(elsewhere.search(domain).scheme_id, self.scheme)
        self.assertFalse(
            own.with_context(allowed_company_ids=self.other_company.ids).is_current
        )

    def test_first_in_order_that_applies(self):
        works = self._released(code="W", department_ids=self.works, sequence=20)
        all_staff = self._released(code="ALL", sequence=30)
        self.assertEqual(self._find(self.works_staff), works)
        self.assertEqual(self._find(self.staff), all_staff)

    def test_version_of_the_incident_counts(self):
        first = self._released(date_to="2026-05-31")
        second = first.copy({"code": first.code, "date_from": "2026-06-01"})
        self.assertNotEqual(second.code, first.code)
        action = first.action_new_version()
        second = self.schemes.browse(action["res_id"])
        second.date_from = "2026-06-01"
        second.action_release()
        self.assertEqual(self._find(self.staff, "2026-05-31"), first)
        self.assertEqual(self._find(self.staff, "2026-06-01"), second)

    def test_drafts_do_not_count(self):
        self._draft()
        self.assertEqual(self._find(self.staff), self.scheme)

    def test_nobody_applies_names_the_person(self):
        self._released(code=self.scheme.code, department_ids=self.works)
        with self.assertRaisesRegex(UserError, "Bai Jing"):
            self._find(self.staff)
        with self.assertRaisesRegex(UserError, "No rulebook of conduct scoring"):
            self._find(self.staff, "2020-01-01")

    def test_departments_include_those_below(self):
        section = self.env["hr.department"].create(
            {"name": "Fleet", "parent_id": self.works.id}
        )
        person = self.env["hr.employee"].create(
            {
                "name": "Lei Zhenjiang",
                "department_id": section.id,
                "company_id": self.company.id,
            }
        )
        scheme = self._draft(department_ids=self.works)
        self.assertTrue(scheme._applies_to(person))
        self.assertFalse(scheme._applies_to(self.staff))
        person.working_department_id = self.office
        self.assertFalse(scheme._applies_to(person))

    def test_department_and_post_of_that_day(self):
        driver = self.env["hr.job"].create({"name": "Driver"})
        self.staff.version_id.date_version = "2020-01-01"
        self.staff.create_version(
            {
                "date_version": "2026-06-01",
                "department_id": self.works.id,
                "job_id": driver.id,
            }
        )
        department = self._draft(department_ids=self.works)
        post = self._draft(code="POST", job_ids=driver)
        for scheme in department, post:
            self.assertFalse(scheme._applies_to(self.staff, "2026-05-31"))
            self.assertTrue(scheme._applies_to(self.staff, "2026-06-01"))

    def test_kinds_of_staff(self):
        scheme = self._draft()
        self.assertFalse(self.staff.staff_type)
        self.assertTrue(scheme._applies_to(self.staff))
        scheme.for_dispatch = False
        self.assertFalse(scheme._applies_to(self.staff))
        for kind, applies in (("career", True), ("dispatch", False)):
            self.staff.staff_type = kind
            self.assertEqual(scheme._applies_to(self.staff), applies)

    def test_people_without_login(self):
        person = self.env["hr.employee"].create(
            {
                "name": "Guard",
                "department_id": self.works.id,
                "staff_type": "contract",
                "company_id": self.company.id,
            }
        )
        self.assertFalse(person.user_id)
        self.assertEqual(self._find(person), self.scheme)

    def test_people_of_vendors(self):
        self.assertEqual(self._find(self.nobody), self.scheme)
        own = self._released(code=self.scheme.code, includes_vendors=False)
        self.assertFalse(own._applies_to(self.nobody))
        with self.assertRaisesRegex(UserError, "a person of a vendor"):
            self._find(self.nobody)

    def test_plain_users_may_ask(self):
        """Post and kind of staff sit behind rights that an officer does not have."""
        scheme = self._released(
            department_ids=[Command.set(self.office.ids)], for_career=True
        )
        asked = self.schemes.with_user(self.officer_user)
        employee = self.staff.with_user(self.officer_user)
        found = asked._find(employee, DAY, self.company)
        self.assertEqual(found.id, scheme.id)
        self.assertFalse(found.env.su)

    def test_one_query_more_for_a_hundred_people(self):
        """The people of a list share their reading."""
        scheme = self._released(department_ids=self.works)
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Person {number}",
                    "department_id": self.works.id,
                    "company_id": self.company.id,
                }
                for number in range(40)
            ]
        )
        self.env.flush_all()

        def ask(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(scheme._applies_to(person, DAY) for person in some))
            return self.env.cr.sql_log_count - before

        few, many = ask(people[:4]), ask(people)
        self.assertLessEqual(many, few + 2)
