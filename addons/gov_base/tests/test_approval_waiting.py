from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestWaiting(ApprovalCase):
    """Waiting matters by tier and age, without a name."""

    def _age(self, matter, days):
        """Let the open step of ``matter`` have waited so many days."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE gov_approval_step SET opened_at = %s"
                " WHERE model = %s AND res_id = %s AND state = 'open'",
                fields.Datetime.now() - timedelta(days=days),
                matter._name,
                matter.id,
            )
        )
        self.env.invalidate_all()

    def _rows(self, matters, user=None):
        rows = self.env["gov.approval.waiting"].with_user(user or self.supervision_user)
        return rows.search([("model", "=", matters._name)], order="res_id")

    def test_buckets(self):
        matters = self.Matter
        for days in (0, 3, 4, 10, 11):
            matter = self._submitted()
            self._age(matter, days)
            matters |= matter
        rows = self._rows(matters)
        self.assertEqual(rows.mapped("res_id"), matters.ids)
        self.assertEqual(rows.mapped("days"), [0, 3, 4, 10, 11])
        self.assertEqual(rows.mapped("age"), ["1", "1", "2", "2", "3"])
        self.assertEqual(set(rows.mapped("step_name")), {"Section head"})
        self.assertEqual(rows.department_id, self.office)
        self.assertEqual(rows.model_id.model, matters._name)
        self.assertEqual(
            rows._read_group([("id", "in", rows.ids)], ["age"], ["__count"]),
            [("1", 2), ("2", 2), ("3", 1)],
        )

    def test_moves_with_the_matter(self):
        """The open tier only, and nothing of what is a draft or over."""
        draft = self._matter()
        matter = self._submitted(kind="purchase", price=900)
        self.assertEqual(self._rows(draft).mapped("res_id"), matter.ids)
        self._decide(matter, self.office_head_user, self.leader_user)
        row = self._rows(matter)
        self.assertEqual((row.step_name, row.step_kind), ("Price check", "check"))
        self.assertEqual((row.number, row.days), (matter.number, 0))
        matter.with_user(self.store_user).action_return("Which size?")
        self.assertFalse(self._rows(matter))

    def test_on_hold_stands_apart(self):
        held, waiting = self._submitted(), self._submitted()
        self._decide(held, self.office_head_user, method="action_hold", args=("Later",))
        for matter in held + waiting:
            self._age(matter, 20)
        rows = self._rows(held)
        self.assertEqual(rows.mapped("state"), ["on_hold", "waiting"])
        self.assertEqual(rows.mapped("age"), ["hold", "3"])
        # No clock: it does not make the average longer.
        self.assertEqual(
            rows._read_group([("id", "in", rows.ids)], [], ["days:avg"]), [(20,)]
        )

    def test_no_names(self):
        """Neither approver nor applicant can be read, sorted or searched."""
        self._submitted()
        report = self._rows(self.Matter)
        people = {"res.users", "hr.employee", "res.partner", "gov.approval.seat"}
        for name, field in report._fields.items():
            if name not in ("create_uid", "write_uid"):
                self.assertNotIn(field.comodel_name, people, name)
        # Nor by way of the step.
        self.assertNotIn(
            "gov.approval.step", [f.comodel_name for f in report._fields.values()]
        )

    def test_roles(self):
        matter = self._submitted()
        self.assertTrue(self._rows(matter))
        for user in (self.staff_user, self.office_head_user, self.admin_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rows(matter, user)
        row = self._rows(matter)
        for call in (
            lambda: row.write({"days": 1}),
            row.unlink,
            lambda: row.create({"step_name": "x"}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_open_the_matter(self):
        matter = self._submitted()
        row = self._rows(matter)
        action = row.action_open_matter()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (matter._name, matter.id)
        )
        stranger = row.with_user(self.works_staff_user)
        with self.assertRaises(AccessError):
            stranger.action_open_matter()
        self._decide(matter, self.office_head_user)
        self.env.invalidate_all()
        for rows in (row, row.browse(), row.browse([1, 2])):
            with self.assertRaises(UserError):
                rows.action_open_matter()

    def test_other_institution(self):
        self._create_person(
            "other_head", "Zhou Lixin", self.other_department, 10, "Section Head"
        )
        self.other_department.manager_id = self.other_head
        self.head_rule.company_id = False
        other = self.Matter.with_user(self.other_staff_user).with_context(
            allowed_company_ids=self.other_company.ids
        )
        foreign = other.create({"kind": "issue", "company_id": self.other_company.id})
        foreign.action_submit()
        self.assertFalse(self._rows(foreign))
        self.supervision_user.company_ids = [Command.link(self.other_company.id)]
        both = (self.company + self.other_company).ids
        rows = self._rows(foreign).with_context(allowed_company_ids=both)
        self.assertEqual(
            rows.search([("model", "=", foreign._name)]).mapped("res_id"), foreign.ids
        )

    def test_queries(self):
        """A list of 80 costs as many queries as a list of 8."""
        for number in range(80):
            user = self.staff_user if number % 2 else self.works_staff_user
            self._submitted(user=user)
        self.env.flush_all()
        load = {
            name: {} for name in ("step_name", "number", "opened_on", "days", "age")
        } | {
            name: {"fields": {"display_name": {}}}
            for name in ("model_id", "department_id", "company_id")
        }
        rows = self.env["gov.approval.waiting"].with_user(self.supervision_user)
        domain = [("model", "=", self.Matter._name)]
        counts = []
        for limit in (8, 8, 80):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = rows.web_search_read(domain, load, limit=limit)
            self.assertEqual(len(result["records"]), limit)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
        self.assertLessEqual(counts[2], 18)
