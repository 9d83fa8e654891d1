from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.tests.common_scan import PDF

from .common_case import CaseCommon
from .common_notice import SIGNATURE


@tagged("post_install", "-at_install")
class TestFromCaseToAppeal(CaseCommon):
    """The whole way: clue, decision, notice, appeal, decision; who took part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person("third", "Zhu Ningyuan", cls.leadership, 4, "Member")
        cls._create_person("fourth", "Yao Guifen", cls.leadership, 5, "Member")
        for code, people in (
            ("head", cls.head),
            ("committee", cls.head + cls.leader + cls.third + cls.fourth),
        ):
            role = cls.env.ref(f"gov_base.gov_role_{code}")
            for person in people:
                cls.env["gov.role.holder"].create(
                    {
                        "role_id": role.id,
                        "employee_id": person.id,
                        "company_id": cls.company.id,
                        "date_from": "2020-01-01",
                    }
                )

    @staticmethod
    def _as(records, user):
        return records.with_user(user).with_context(
            allowed_company_ids=user.company_id.ids
        )

    def _notice(self, case):
        return self.env["gov.points.notice"].search(
            [("share_id", "in", case.sudo().share_ids.ids)]
        )

    def _filed(self, notice):
        self._as(notice, self.staff_user).action_sign(SIGNATURE)
        appeals = self._as(self.env["gov.points.appeal"], self.staff_user)
        appeal = appeals.create({"notice_id": notice.id, "grounds": "Not me"})
        appeal.action_submit()
        return appeal

    def test_on_the_spot_then_the_head(self):
        case = self._decided()
        notice = self._notice(case)
        self.assertEqual(notice.employee_id, self.staff)
        self.assertEqual(notice.total_after, notice.points)
        self.assertEqual(notice.case_number, case.number)
        appeal = self._filed(notice)
        self.assertEqual(appeal.sudo().body, "head")
        for user in self.first_user + self.second_user:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._as(appeal, user).action_propose("revoked", "Because")
        self._as(appeal, self.chief_user).action_propose("upheld", "Clear")
        self._as(appeal, self.head_user).action_decide("revoked", "Not proven")
        self.assertEqual(case.sudo().share_ids.state, "revoked")
        cycle = self.env["gov.points.cycle"].search(
            [("employee_id", "=", self.staff.id)]
        )
        self.assertEqual(cycle.total, 0)

    def test_the_head_sat_in_the_leading_group(self):
        case = self._decided(self._share(self.staff, article="9.2"))
        appeal = self._filed(self._notice(case))
        self.assertEqual(appeal.sudo().body, "committee")
        step = appeal.sudo().current_step_id
        members = step._get_meeting_members(appeal.sudo())
        self.assertEqual(members, self.third + self.fourth)
        for user in self.head_user + self.leader_user:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(appeal, user).action_decide("upheld", "Because")
        self.assertTrue(self._as(appeal, self.third_user).has_access("read"))

    def test_a_member_who_was_absent_may_sit(self):
        case = self._submitted(self._share(self.staff, article="9.2"))
        self._meet(case, present=self.leader + self.deputy)
        appeal = self._filed(self._notice(case))
        self.assertEqual(appeal.sudo().body, "head")

    def test_everybody_took_part(self):
        for member in self.third, self.fourth:
            self._hold("points_group", member)
        case = self._decided(self._share(self.staff, article="9.2"))
        appeal = self._filed(self._notice(case))
        self.assertEqual(appeal.state, "parent")
        self._as(appeal, self.chief_user).action_record_outside(
            "upheld", "By letter", "County Office", "5", self.today, PDF
        )
        self.assertEqual(appeal.sudo().share_id.state, "final")

    def test_the_whole_decision_is_one_go(self):
        self._decided(self._share(self.third))  # the year's first numbers, caches
        case = self._submitted(
            self._share(self.staff, share=50),
            self._share(self.works_staff, share=30),
            self._share(self.deputy, share=20),
        )
        case.with_user(self.first_user).action_approve()
        self.env.flush_all()
        with self.assertQueryCount(60):
            case.with_user(self.second_user).action_approve()
            self.env.flush_all()
        self.assertEqual(len(self._notice(case)), 3)
