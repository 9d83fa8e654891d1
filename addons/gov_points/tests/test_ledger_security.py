from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_ledger import LedgerCommon

MODELS = (
    "gov.points.entry",
    "gov.points.cycle",
    "gov.points.closing",
    "gov.points.measure",
)


class LedgerSecurityCommon(LedgerCommon):
    """One scored person in each section, and one in another institution."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._score(cls.staff, 12)
        cls.far = cls._score(cls.works_staff, 6)
        cls._close_for(cls.staff)
        cls._close_for(cls.works_staff)

    @classmethod
    def _close_for(cls, person):
        """Give the person a closed cycle as well."""
        old = cls._score(person, 1, "2026-02-10").cycle_id
        old._close(old.ids)

    def _rows(self, model, person):
        return self.env[model].search([("employee_id", "=", person.id)])

    def _roles(self):
        return {
            "person": self.staff_user,
            "colleague": self.clerk_user,
            "section head": self.office_head_user,
            "line leader": self.leader_user,
            "other head": self.works_head_user,
            "hr": self.hr_user,
            "officer": self.points_user,
            "manager": self.manager_user,
            "supervision": self.supervision_user,
            "other institution": self.other_staff_user,
            "approval administrator": self.admin_user,
        }


@tagged("post_install", "-at_install")
class TestLedgerSecurity(LedgerSecurityCommon):
    """Who reads what; nobody writes."""

    def test_who_reads(self):
        """Roles × models, about a person of the General Office and one of Works."""
        matrix = {
            # role: (reads staff, reads works_staff)
            "person": (True, False),
            "colleague": (False, False),
            "section head": (True, False),
            "line leader": (True, True),
            "other head": (False, True),
            "hr": (True, True),
            "officer": (True, True),
            "manager": (True, True),
            "supervision": (True, True),
            "other institution": (False, False),
            "approval administrator": (False, False),
        }
        roles = self._roles()
        self.assertEqual(set(matrix), set(roles))
        for role, expected in matrix.items():
            for model in MODELS:
                for person, reads in zip(
                    (self.staff, self.works_staff), expected, strict=True
                ):
                    rows = self._rows(model, person)
                    self.assertTrue(rows, model)
                    user = roles[role]
                    rows = rows.with_user(user).with_context(
                        allowed_company_ids=user.company_ids.ids
                    )
                    seen = rows.search([("id", "in", rows.ids)])
                    with self.subTest(role=role, model=model, person=person.name):
                        self.assertEqual(bool(seen), reads)
                        if not reads:
                            with self.assertRaises(AccessError):
                                rows[:1].read(["employee_id"])

    def test_person_sees_no_proposals(self):
        rows = self._rows("gov.points.measure", self.staff).with_user(self.staff_user)
        seen = rows.search([])
        self.assertTrue(seen)
        self.assertNotIn("proposed", seen.mapped("state"))
        self.assertEqual(seen.employee_id, self.staff)

    def test_the_case_stays_hidden(self):
        """The entry leads to no case: it holds the reporter."""
        for user in (self.staff_user, self.office_head_user, self.hr_user):
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.own.with_user(user).read(["case_id"])
        self.assertTrue(self.own.with_user(self.points_user).read(["case_id"]))

    def test_review_date_is_not_everybodys(self):
        with self.assertRaises(AccessError):
            self.staff.with_user(self.clerk_user).read(["points_review_date"])

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_nobody_writes(self):
        """Roles × operations, the superuser's own environment included."""
        users = [*self._roles().values(), self.env.user]
        for model in MODELS:
            row = self._rows(model, self.staff)[:1]
            vals = {"employee_id": self.clerk.id, "company_id": self.company.id}
            for user in users:
                records = row.with_user(user).with_context(gov_engine=True)
                if user == self.env.user:
                    records = row.sudo().with_context(gov_engine=True)
                for operation in (
                    lambda r=records: r.write({"employee_id": self.clerk.id}),
                    lambda r=records: r.unlink(),
                    lambda r=records, v=vals: r.create([v]),
                    lambda r=records: r.copy(),
                ):
                    with (
                        self.subTest(model=model, user=user.name),
                        self.assertRaises(UserError),
                    ):
                        operation()
        self.assertEqual(self.own.employee_id, self.staff)

    def test_private_methods_stay_private(self):
        for model, methods in (
            ("gov.points.entry", ("_post", "_correct")),
            ("gov.points.cycle", ("_ensure", "_refresh", "_cron_close", "_close")),
            ("gov.points.measure", ("_make", "_sync", "_fall")),
        ):
            for method in methods:
                self.assertTrue(hasattr(self.env[model], method))

    def test_other_institution(self):
        """A user of both reads each; of one only that one."""
        self.other_staff.points_review_date = "2020-03-01"
        self.points_user.company_ids |= self.other_company
        share = self._shares(self.staff, 2, "2026-09-01")
        entry = self.entries._post(share)
        self.hr_user.company_ids |= self.other_company
        both = self.entries.with_user(self.hr_user).with_context(
            allowed_company_ids=[self.other_company.id]
        )
        self.assertFalse(both.search([("id", "=", entry.id)]))
        own = both.with_context(allowed_company_ids=[self.company.id])
        self.assertEqual(own.search([("id", "=", entry.id)]), entry)

    def test_labels(self):
        label = self.env.ref("gov_points.label_institution_unqualified")
        with self.assertRaises(AccessError):
            label.with_user(self.points_user).name = "Anything"
        label.with_user(self.manager_user).name = "Another word"


@tagged("post_install", "-at_install")
class TestLedgerRpc(LedgerSecurityCommon, RpcCase):
    """The same over real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callers = (
            cls.staff_user,
            cls.office_head_user,
            cls.points_user,
            cls.manager_user,
            cls.supervision_user,
        )
        cls._make_keys(cls.callers)

    def test_writes(self):
        for user in self.callers:
            for model in MODELS:
                row = self._rows(model, self.staff)[:1]
                for context in CONTEXTS:
                    for method, arguments in (
                        ("write", {"ids": row.ids, "vals": {"company_id": 1}}),
                        ("unlink", {"ids": row.ids}),
                        ("create", {"vals_list": [{"employee_id": self.staff.id}]}),
                    ):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        self.assertEqual(self.own.cycle_id.total, 12)

    def test_engine_is_out_of_reach(self):
        cycle = self.own.cycle_id
        for user in self.callers:
            for model, method, ids in (
                ("gov.points.entry", "_post", []),
                ("gov.points.entry", "_correct", []),
                ("gov.points.cycle", "_refresh", cycle.ids),
                ("gov.points.cycle", "_cron_close", []),
                ("gov.points.measure", "_fall", cycle.measure_ids.ids),
                ("gov.points.measure", "_sync", []),
            ):
                self._assert_refused(user, model, method, ids=ids)
        self.assertFalse(cycle.closed)

    def test_measure_of_oneself(self):
        """The person records nothing, whatever the context says."""
        talk = self.own.cycle_id.measure_ids.filtered(lambda m: m.kind == "talk_office")
        for context in CONTEXTS:
            for method in ("action_done", "action_confirm", "action_drop"):
                self._assert_refused(
                    self.staff_user,
                    "gov.points.measure",
                    method,
                    ids=talk.ids,
                    text="Done",
                    context=context,
                )
        for arguments in (
            {"text": {"a": 1}},
            {"text": ["x"]},
            {"text": 7},
            {"text": "x", "done_on": [1]},
            {"text": "x", "done_on": "2099-01-01"},
            {"text": "x", "scan": "x" * 100},
        ):
            self._assert_refused(
                self.points_user,
                "gov.points.measure",
                "action_done",
                ids=talk.ids,
                **arguments,
            )
        self.assertEqual(talk.state, "todo")
        status, answer = self._json2(
            self.points_user,
            "gov.points.measure",
            "action_done",
            ids=talk.ids,
            text="By the office",
        )
        self.assertEqual((status, answer), (200, True))
