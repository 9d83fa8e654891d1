from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import GovCommon


@tagged("post_install", "-at_install")
class TestPeople(GovCommon):
    def test_people_stand_in_order_of_rank_for_everybody(self):
        for user in (self.env.user, self.staff_user):
            with self.subTest(user=user.login):
                people = (
                    self.env["hr.employee"]
                    .with_user(user)
                    .search([("company_id", "=", self.company.id)])
                )
                self.assertEqual(
                    people.mapped("name"),
                    [
                        "Lu Qiming",
                        "Han Suqin",
                        "Cheng Xiaolan",
                        "Shao Liqun",
                        "An Wen",
                        "Bai Jing",
                        "Jiang Yan",
                    ],
                )

    def test_departments_stand_in_order_of_rank(self):
        (self.office + self.works).rank_sequence = 10
        self.works.rank_sequence = 5
        departments = self.env["hr.department"].search(
            [("id", "in", (self.leadership + self.office + self.works).ids)]
        )
        self.assertEqual(departments, self.leadership + self.works + self.office)

    def test_plain_user_reads_title_and_rank_of_colleagues(self):
        head = self.head.with_user(self.staff_user)
        head.invalidate_recordset()
        self.assertEqual(head.official_title, "Director")
        self.assertEqual(head.rank_sequence, 1)
        values = (
            self.env["hr.employee.public"]
            .with_user(self.staff_user)
            .browse(self.works_head.id)
            .read(["official_title", "rank_sequence", "working_department_id"])[0]
        )
        self.assertEqual(values["official_title"], "Deputy Head (acting)")

    def test_plain_user_neither_reads_kind_of_staff_nor_writes_rank(self):
        self.head.staff_type = "career"
        head = self.head.with_user(self.staff_user)
        with self.assertRaises(AccessError):
            head.read(["staff_type"])
        with self.assertRaises(AccessError):
            head.write({"rank_sequence": 5000})
        with self.assertRaises(AccessError):
            self.office.with_user(self.staff_user).write(
                {"line_leader_id": self.staff.id}
            )

    def test_plain_user_reads_leader_and_liaisons_of_a_department(self):
        office = self.office.with_user(self.works_staff_user)
        office.invalidate_recordset()
        self.assertEqual(office.line_leader_id.display_name, "Han Suqin")
        self.assertEqual(office.liaison_ids, self.clerk_user)

    def test_working_department_comes_before_the_personnel_one(self):
        staff = self.staff.with_user(self.works_staff_user)
        staff.invalidate_recordset()
        self.assertEqual(staff._gov_department(), self.office)
        self.staff.working_department_id = self.works
        staff.invalidate_recordset()
        self.assertEqual(staff._gov_department(), self.works)
        self.assertEqual(staff._gov_department().env.user, self.works_staff_user)

    def test_nobody_works_nowhere(self):
        self.assertFalse(self.env["hr.employee"]._gov_department())
        self.staff.department_id = False
        self.assertFalse(self.staff._gov_department())

    def test_forms_show_the_fields(self):
        with Form(self.staff) as employee_form:
            employee_form.official_title = "Senior Officer"
            employee_form.staff_type = "seconded"
            employee_form.working_department_id = self.works
        self.assertEqual(self.staff.staff_type, "seconded")
        self.assertEqual(self.staff._gov_department(), self.works)
        with Form(self.works) as department_form:
            department_form.line_leader_id = self.head
        self.assertEqual(self.works.line_leader_id, self.head)
