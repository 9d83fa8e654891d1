from odoo.addons.gov_base.models.gov_guard import engine

from . import matter_models
from .common import GovCommon


class ApprovalCase(GovCommon):
    """An institution with rules for a kind of matter of its own.

    ``kind = issue``: section head. ``kind = purchase``: section head, line leader,
    price check (store), then by amount: leader for logistics up to 1,000; head up to
    5,000; head and committee above.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        name = matter_models.load(cls.env)
        cls.addClassCleanup(matter_models.unload, cls.env, name)
        cls.Matter = cls.env[name]
        cls.roles = {
            role.code: role
            for role in cls.env["gov.role"].search([("company_id", "=", False)])
        }
        cls._create_person("store", "Hou Xiaoman", cls.works, 31, "Keeper")
        cls._create_person("buyer", "Bai Jianxun", cls.works, 32, "Buyer")
        cls._create_person("second", "Zou Jingyi", cls.leadership, 3, "Deputy")
        cls._create_person("third", "He Zhenbang", cls.leadership, 4, "Deputy")
        cls._hold("logistics_leader", cls.leader)
        cls._hold("head", cls.head)
        cls._hold("store", cls.store)
        for member in cls.head, cls.leader, cls.second, cls.third:
            cls._hold("committee", member)
        cls.rules = cls.env["gov.approval.rule"].browse()
        purchase = "[('kind', '=', 'purchase')]"
        cls.head_rule = cls._rule("Section head", 10, domain="[]")
        cls.line_rule = cls._rule(
            "Line leader", 20, approver_kind="line_leader", domain=purchase
        )
        cls.price_rule = cls._rule(
            "Price check",
            30,
            kind="check",
            check_code="price",
            fixes_amount=True,
            role="store",
            domain=purchase,
        )
        cls.small_rule = cls._rule(
            "Logistics", 50, role="logistics_leader", domain=purchase, amount_upto=1000
        )
        cls.middle_rule = cls._rule(
            "Head",
            50,
            role="head",
            domain=purchase,
            amount_over=1000,
            amount_upto=5000,
        )
        cls.big_rule = cls._rule(
            "Head reviews", 50, role="head", domain=purchase, amount_over=5000
        )
        cls.committee_rule = cls._rule(
            "Committee",
            60,
            role="committee",
            domain=purchase,
            amount_over=5000,
            required_kind="count",
            distinct_person=True,
        )

    @classmethod
    def _hold(cls, code, employee, **values):
        return cls.env["gov.role.holder"].create(
            {
                "role_id": cls.roles[code].id,
                "employee_id": employee.id,
                "company_id": employee.company_id.id,
                "date_from": "2020-01-01",
                **values,
            }
        )

    @classmethod
    def _rule(cls, name, sequence, role=None, **values):
        values.setdefault("approver_kind", "role" if role else "department_head")
        if role:
            values["role_id"] = cls.roles[role].id
        rule = cls.env["gov.approval.rule"].create(
            {
                "name": name,
                "sequence": sequence,
                "model_id": cls.env["ir.model"]._get(cls.Matter._name).id,
                "company_id": cls.company.id,
                **values,
            }
        )
        cls.rules |= rule
        return rule

    def _matter(self, user=None, price=0, kind="issue", **values):
        """Return a draft typed by ``user`` (the staff member of the office)."""
        user = user or self.staff_user
        matter = self.Matter.with_user(user).create({"kind": kind, **values})
        if price:
            self._set_price(matter, price)
        return matter

    def _set_price(self, matter, price):
        engine(matter.sudo()).price = price

    def _submitted(self, **values):
        matter = self._matter(**values)
        matter.action_submit()
        return matter

    def _decide(self, matter, *users, method="action_approve", args=()):
        for user in users:
            getattr(matter.with_user(user), method)(*args)

    def _states(self, matter):
        steps = matter.sudo().step_ids.filtered(
            lambda s: s.round == matter.approval_round
        )
        return [(s.name, s.state) for s in steps.sorted("sequence")]

    def _seat_users(self, matter, name, state="open"):
        steps = matter.sudo().step_ids.filtered(
            lambda s: s.name == name and s.round == matter.approval_round
        )
        return steps.seat_ids.filtered(lambda s: s.state == state).user_id
