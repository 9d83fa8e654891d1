from datetime import timedelta

from odoo import Command

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common import PointsCommon


class CaseCommon(PointsCommon):
    """A scoring office at work.

    Section ``scoring`` with ``chief`` (head of the scoring office), ``first`` and
    ``second`` (scoring officers, who decide on the spot) and ``recorder`` (clerk of
    the secretariat). The leading group: ``head``, ``leader``, ``deputy``. People who
    are scored: ``staff`` (office), ``works_staff`` (works).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scoring = cls.env["hr.department"].create(
            {"name": "Scoring office", "company_id": cls.company.id}
        )
        officer = "gov_points.group_points_officer"
        for name, full_name, groups in (
            ("chief", "Luo Anping", officer),
            ("first", "Shen Huiwen", officer),
            ("second", "Ma Lili", officer),
            ("recorder", "Wen Shu", "gov_base.group_secretariat"),
        ):
            cls._create_person(
                name, full_name, cls.scoring, 20, "Officer", groups=groups
            )
        cls._create_person("deputy", "He Zhenbang", cls.leadership, 3, "Deputy")
        cls.scoring.manager_id = cls.chief
        cls._hold("points_office_head", cls.chief)
        for officer in cls.first, cls.second:
            cls._hold("points_officer", officer)
        for member in cls.head, cls.leader, cls.deputy:
            cls._hold("points_group", member)
        cls._ensure_rules()
        cls.today = cls.company.gov_today()
        cls.yesterday = cls.today - timedelta(days=1)
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Landun Guards", "is_company": True}
        )
        cls.Case = cls.env["gov.points.case"]

    @classmethod
    def _hold(cls, code, employee):
        return cls.env["gov.role.holder"].create(
            {
                "role_id": cls.env.ref(f"gov_points.role_{code}").id,
                "employee_id": employee.id,
                "company_id": employee.company_id.id,
                "date_from": "2020-01-01",
            }
        )

    @classmethod
    def _ensure_rules(cls):
        """Two officers up to 2 points, the leading group's meeting above."""
        rules = cls.env["gov.approval.rule"]
        if rules.search([("model", "=", "gov.points.case")]):
            return
        model = cls.env["ir.model"]._get("gov.points.case").id
        rules.create(
            [
                {
                    "name": "Two officers on the spot",
                    "model_id": model,
                    "approver_kind": "role",
                    "role_id": cls.env.ref("gov_points.role_points_officer").id,
                    "required_kind": "count",
                    "required_count": 2,
                    "amount_upto": 2,
                },
                {
                    "name": "Leading group",
                    "model_id": model,
                    "kind": "meeting",
                    "approver_kind": "role",
                    "role_id": cls.env.ref("gov_points.role_points_group").id,
                    "amount_over": 2,
                },
            ]
        )

    @classmethod
    def _article(cls, code, scheme=None):
        scheme = scheme or cls.scheme
        return scheme.article_ids.filtered(lambda a: a.code == code)

    def _share(self, employee=None, article="11.4", heard=True, **values):
        """Return the command of a share, of a person who was heard."""
        vals = {"article_id": self._article(article).id if article else False}
        if employee:
            vals["employee_id"] = employee.id
        if heard:
            vals |= {"heard_on": self.today, "statement": "I am sorry."}
        return Command.create({**vals, **values})

    def _case(self, *shares, user=None, **values):
        """Return a clue; by default one person, one point, entered by ``first``."""
        shares = shares or (self._share(self.staff),)
        return self.Case.with_user(user or self.first_user).create(
            {
                "date": self.yesterday,
                "facts": "Came at nine without a word.",
                "share_ids": list(shares),
                **values,
            }
        )

    def _checked(self, *shares, **values):
        case = self._case(*shares, **values)
        case.action_check()
        return case

    def _submitted(self, *shares, **values):
        case = self._checked(*shares, **values)
        case.action_submit()
        return case

    def _decided(self, *shares, **values):
        """Return a case that was decided, on the spot or by the leading group."""
        case = self._submitted(*shares, **values)
        if case.is_on_spot:
            case.with_user(self.first_user).action_approve()
            case.with_user(self.second_user).action_approve()
        else:
            self._meet(case)
        self.assertEqual(case.state, "decided")
        return case

    def _meet(self, *cases, conclusion="agreed", present=None, **values):
        """Let the leading group decide ``cases``; return the confirmed record."""
        meetings = self.env["gov.approval.meeting"]
        role = self.env.ref("gov_points.role_points_group")
        holders = role.holder_ids.filtered(lambda h: h.company_id == self.company)
        if present:
            holders = holders.filtered(lambda h: h.employee_id in present)
        steps = [case.sudo().current_step_id for case in cases]
        meeting = meetings.with_user(self.recorder_user).create(
            {
                "company_id": self.company.id,
                "role_id": role.id,
                "number": f"〔2026〕第{meetings.sudo().search_count([]) + 1}次",
                "date": self.today,
                "chair_id": holders[:1].id,
                "present_ids": [Command.set(holders.ids)],
                "line_ids": [
                    Command.create(
                        {
                            "step_id": step.id,
                            "conclusion": conclusion,
                            "text": "As discussed",
                        }
                    )
                    for step in steps
                ],
                "scan": self._scan(),
                **values,
            }
        )
        meeting.action_enter()
        meeting.with_user(holders[:1].employee_id.user_id).action_confirm()
        return meeting

    def _forget(self):
        """Drop what a refused call left in the cache, as its transaction would."""
        self.env.transaction.clear()

    @staticmethod
    def _scan():
        return PDF

    def _confirmed_finding(self, code, employee, day, text="Complaint"):
        """Return a finding of ``code`` about ``employee``, found on ``day``."""
        rule = self.env["gov.finding.rule"]._get(code)
        finding = self._engine(self.env["gov.finding"]).create(
            {
                "rule_code": code,
                "rule_id": rule.id,
                "model": "hr.employee",
                "res_id": employee.id,
                "res_name": employee.name,
                "evidence": text,
                "employee_id": employee.id,
                "company_id": self.company.id,
                "opened_on": day,
            }
        )
        finding.with_user(self.supervision_user).action_confirm("True.")
        return finding

    @staticmethod
    def _engine(records):
        return engine(records.sudo())
