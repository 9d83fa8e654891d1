from odoo import Command
from odoo.tests.common import TransactionCase, new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT


class GovCommon(TransactionCase):
    """One small institution with people in every post that the suite knows.

    Leadership: ``head`` (head of the institution), ``leader`` (leader for logistics,
    line leader of both departments). Section ``office`` with ``office_head``,
    ``clerk`` (liaison) and ``staff``; section ``works`` with ``works_head`` and
    ``works_staff``. ``<name>_user`` is the account of ``<name>``. Users without an
    employee: ``supervision_user``, ``admin_user`` (approval administrator). A second
    company with ``other_staff``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **DISABLED_MAIL_CONTEXT))
        cls.company = cls._create_company("County Service Centre")
        cls.other_company = cls._create_company("Other Centre")
        # The suite's own tests work in this company, whatever the database holds.
        cls.env.user.write(
            {
                "company_ids": [
                    Command.link(cls.company.id),
                    Command.link(cls.other_company.id),
                ],
                "company_id": cls.company.id,
            }
        )
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.company.ids)
        )
        cls._create_departments()
        cls._create_people()
        cls.supervision_user = cls._create_user(
            "gov_supervision", "gov_base.group_supervision"
        )
        cls.admin_user = cls._create_user("gov_admin", "gov_base.group_approval_admin")

    @classmethod
    def _create_company(cls, name):
        currency = cls.env.ref("base.CNY")
        currency.active = True
        return cls.env["res.company"].create(
            {
                "name": name,
                "country_id": cls.env.ref("base.cn").id,
                "currency_id": currency.id,
            }
        )

    @classmethod
    def _create_departments(cls):
        Department = cls.env["hr.department"]
        cls.leadership, cls.office, cls.works, cls.other_department = Department.create(
            [
                {"name": "Leadership", "rank_sequence": 1},
                {"name": "General Office", "rank_sequence": 10},
                {"name": "Works", "rank_sequence": 20},
                {"name": "Other Office", "company_id": cls.other_company.id},
            ]
        )

    @classmethod
    def _create_people(cls):
        people = [
            ("head", "Lu Qiming", cls.leadership, 1, "Director"),
            ("leader", "Han Suqin", cls.leadership, 2, "Deputy Director"),
            ("office_head", "Cheng Xiaolan", cls.office, 10, "Section Head"),
            ("clerk", "An Wen", cls.office, 30, "Clerk"),
            ("staff", "Bai Jing", cls.office, 40, "Officer"),
            ("works_head", "Shao Liqun", cls.works, 11, "Deputy Head (acting)"),
            ("works_staff", "Jiang Yan", cls.works, 50, "Worker"),
            ("other_staff", "Wang Fang", cls.other_department, 40, "Officer"),
        ]
        for name, full_name, department, rank, title in people:
            cls._create_person(name, full_name, department, rank, title)
        cls.leadership.manager_id = cls.head
        cls.office.manager_id = cls.office_head
        cls.works.manager_id = cls.works_head
        (cls.office + cls.works).line_leader_id = cls.leader
        cls.office.liaison_ids = cls.clerk_user

    @classmethod
    def _create_person(cls, name, full_name, department, rank, title, groups=None):
        """Set ``cls.<name>`` (employee) and ``cls.<name>_user`` (account)."""
        company = department.company_id
        user = cls._create_user(
            f"gov_{name}", groups or "base.group_user", company, name=full_name
        )
        employee = cls.env["hr.employee"].create(
            {
                "name": full_name,
                "user_id": user.id,
                "company_id": company.id,
                "department_id": department.id,
                "rank_sequence": rank,
                "official_title": title,
            }
        )
        setattr(cls, name, employee)
        setattr(cls, f"{name}_user", user)
        return employee

    @classmethod
    def _create_user(cls, login, groups, company=None, **values):
        company = company or cls.company
        if "base.group_user" not in groups.split(","):
            groups = f"base.group_user,{groups}"
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            tz="Asia/Shanghai",
            **values,
        )
