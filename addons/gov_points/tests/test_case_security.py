from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import EDIT_SENTINEL
from odoo.addons.gov_base.tests.common_rpc import CONTEXTS, RpcCase

from .common_case import CaseCommon


@tagged("post_install", "-at_install")
class TestCaseAccess(CaseCommon):
    """Roles × operations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "other_officer",
            "Wang Min",
            cls.other_department,
            40,
            "Officer",
            groups="gov_points.group_points_manager",
        )

    def _can(self, user, record, operation):
        companies = {"allowed_company_ids": user.company_ids.ids}
        return record.with_user(user).with_context(**companies).has_access(operation)

    def test_matrix_of_a_clue(self):
        case = self._case(reporter_id=self.clerk.id)
        self.env.flush_all()
        expected = {
            # user: read, write, create, unlink of the case
            self.first_user: (True, True, True, False),
            self.manager_user: (True, True, True, False),
            self.supervision_user: (True, False, False, False),
            self.hr_user: (False, False, False, False),
            self.staff_user: (False, False, False, False),
            self.office_head_user: (False, False, False, False),
            self.clerk_user: (False, False, False, False),
            self.recorder_user: (False, False, False, False),
            self.head_user: (False, False, False, False),
            self.admin_user: (False, False, False, False),
            self.other_officer_user: (False, False, False, False),
        }
        operations = ("read", "write", "create", "unlink")
        for user, rights in expected.items():
            with self.subTest(user=user.login):
                found = tuple(self._can(user, case, op) for op in operations)
                self.assertEqual(found, rights)

    def test_matrix_of_a_share(self):
        case = self._case()
        share = case.share_ids
        for user, readable, writable in (
            (self.first_user, True, True),
            (self.supervision_user, True, False),
            (self.staff_user, True, False),  # the person, who was heard
            (self.works_staff_user, False, False),
            (self.office_head_user, False, False),
            (self.hr_user, False, False),
            (self.other_officer_user, False, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._can(user, share, "read"), readable)
                self.assertEqual(self._can(user, share, "write"), writable)
        unheard = self._case(self._share(self.staff, heard=False)).share_ids
        self.assertFalse(self._can(self.staff_user, unheard, "read"))

    def test_who_decides_reads_and_does_not_see_the_reporter(self):
        case = self._submitted(
            self._share(self.staff, "9.3"), reporter_name="Aunt Wang"
        )
        for user in self.leader_user, self.recorder_user:
            mine = case.with_user(user)
            self.assertEqual(mine.facts, "Came at nine without a word.")
            self.assertEqual(mine.share_ids.points, 4)
            for name in (
                "reporter_id",
                "reporter_name",
                "reporter_contact",
                "barred_user_ids",
                "recusal_ids",
            ):
                with self.assertRaises(AccessError):
                    mine.read([name])
            with self.assertRaises(AccessError):
                mine.search([("reporter_name", "ilike", "Wang")])
            form = Form(mine)
            self.assertEqual(form.highest_points, 4)
            self.assertFalse(self._can(user, case, "write"))
        # The secretariat reads while it waits for the meeting, and no other case.
        self.assertFalse(self._can(self.recorder_user, self._case(), "read"))
        case.with_user(self.first_user).action_withdraw()
        self.env.flush_all()

    def test_every_role_opens_its_forms(self):
        case = self._checked()
        case.action_transfer("Police", "1", self.today)
        self.env.flush_all()
        # Supervision reads what is closed to the office.
        form = Form(case.with_user(self.supervision_user))
        self.assertEqual(form.state, "transferred")
        transfer = case.sudo().transfer_ids
        for user in self.first_user, self.supervision_user:
            self.assertEqual(Form(transfer.with_user(user)).letter, "1")
        decided = self._decided()
        for user in self.first_user, self.second_user, self.supervision_user:
            self.assertEqual(Form(decided.with_user(user)).state, "decided")

    def test_who_is_asked_reads_while_the_question_is_open(self):
        case = self._submitted()
        case.with_user(self.second_user).action_ask_opinion(
            self.works_head_user.ids, "Was the gate open?"
        )
        self.assertTrue(self._can(self.works_head_user, case, "read"))
        self.assertTrue(self._can(self.works_head_user, case.share_ids, "read"))
        with self.assertRaisesRegex(UserError, "own matter"):
            case.with_user(self.second_user).action_ask_opinion(
                self.staff_user.ids, "Well?"
            )
        case.with_user(self.second_user).action_withdraw()
        self.env.flush_all()
        self.assertFalse(self._can(self.works_head_user, case, "read"))

    def test_under_way_nothing_is_written(self):
        case = self._submitted()
        share = case.share_ids
        for user in self.first_user, self.second_user, self.manager_user:
            for record, values in (
                (case, {"facts": "Else"}),
                (case, {"share_ids": [Command.clear()]}),
                (share, {"statement": "Else"}),
                (share, {"share": 50}),
            ):
                with self.assertRaises(UserError):
                    record.with_user(user).write(values)
                self._forget()
            with self.assertRaises(UserError):
                share.with_user(user).unlink()
            with self.assertRaises(UserError):
                self.env["gov.points.share"].with_user(user).create(
                    {"case_id": case.id, "employee_id": self.works_staff.id}
                )
            self._forget()

    def test_evidence_stays_once_decided(self):
        case = self._case()
        paper = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": case._name, "res_id": case.id}
        )
        case.action_check()
        case.action_submit()
        self.env.flush_all()
        with self.assertRaises(AccessError):
            paper.with_user(self.first_user).unlink()
        # Nor by core's own way for the author of a note.
        for change in paper.sudo().unlink, lambda: paper.sudo().write({"raw": b"b"}):
            with self.assertRaisesRegex(UserError, "its evidence stays"):
                change()
        # A note may still be added.
        case.with_user(self.first_user).message_post(body="He called again.")

    def test_evidence_stays_when_the_case_is_taken_back(self):
        """What was put before somebody once is not swapped before the next time."""
        case = self._checked()
        file = self.env["ir.attachment"].with_user(self.first_user)
        file = file.create(
            {
                "name": "letter.txt",
                "raw": b"proof",
                "res_model": case._name,
                "res_id": case.id,
            }
        )
        case.action_submit()
        case.action_withdraw("A slip")
        for values in {"raw": b"other"}, {"type": "url", "url": "https://example.org"}:
            with self.assertRaisesRegex(UserError, "stays as it is"):
                file.write(values)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            file.unlink()

    def test_notes_are_read_by_who_reads_the_case(self):
        """Neither author nor addressee reads on once the case is closed to them."""
        case = self._case()
        to = self.second_user | self.staff_user
        note = case.message_post(
            body="Aunt Wang told us", partner_ids=to.partner_id.ids
        )

        def seen_by(user):
            messages = note.with_user(user)
            found = messages.search([("id", "=", note.id)])
            self.assertEqual(bool(found), messages.has_access("read"), user.login)
            self.assertEqual(bool(found), messages.has_access("write"), user.login)
            return bool(found)

        self.assertFalse(seen_by(self.staff_user))
        self.assertTrue(seen_by(self.first_user))
        self.assertTrue(seen_by(self.second_user))
        case.recusal_ids = [
            Command.create({"employee_id": self.second.id, "reason": "Married"})
        ]
        self.assertFalse(seen_by(self.second_user))
        case.action_transfer("Inspection", "No. 1", self.today)
        self.assertFalse(seen_by(self.first_user))
        self.assertTrue(note.with_user(self.supervision_user).has_access("read"))

    def test_evidence_of_a_clue_may_be_sorted_out(self):
        case = self._case()
        paper = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": case._name, "res_id": case.id}
        )
        paper.with_user(self.first_user).unlink()
        self.assertFalse(paper.exists())

    def test_handler_and_officer_in_charge_record_nobodys_word(self):
        case = self._submitted(employee_id=self.second.id)
        for user in self.first_user, self.second_user:
            self.assertFalse(case.with_user(user).can_record_offline)
            offline = self.env["gov.approval.offline"].with_user(user)
            with self.assertRaisesRegex(UserError, "neither handler, applicant"):
                offline._check_recorder(case.sudo())

    def test_another_institution(self):
        case = self._case()
        there = {"allowed_company_ids": self.other_company.ids}
        foreign = self.Case.with_user(self.other_officer_user).with_context(**there)
        foreign = foreign.create({"facts": "Slept", "share_ids": []})
        self.assertEqual(foreign.company_id, self.other_company)
        self.assertFalse(self._can(self.first_user, foreign, "read"))
        with self.assertRaises(UserError):
            self.Case.with_user(self.first_user).create(
                {"facts": "x", "share_ids": [self._share(self.other_staff)]}
            )
        self._forget()
        for values in (
            {"reporter_id": self.other_staff.id},
            {"employee_id": self.other_staff.id},
            {"company_id": self.other_company.id},
        ):
            with self.assertRaises(UserError):
                case.write(values)
            self._forget()
        # Each institution counts its own papers.
        self.assertTrue(foreign.number)

    def test_the_person_may_know_who_looked(self):
        self.assertTrue(self.Case._access_log_visible_to_person())

    def test_three_people_in_few_queries(self):
        # The first case of all makes the sequences of the year.
        self._decided(self._share(self.works_head))
        people = self.staff, self.works_staff, self.clerk
        shares = [
            self._share(person, share=part)
            for person, part in zip(people, (34, 33, 33), strict=True)
        ]
        case = self._submitted(*shares)
        case.with_user(self.first_user).action_approve()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        case.with_user(self.second_user).action_approve()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(case.state, "decided")
        self.assertLessEqual(queries, 60)

    def test_a_list_costs_the_same_for_many(self):
        cases = self.Case.browse()
        for _i in range(6):
            cases |= self._case()
        spec = {
            "number": {},
            "date": {},
            "persons": {},
            "concerned_department_id": {"fields": {"display_name": {}}},
            "source": {},
            "highest_points": {},
            "repeat_count": {},
            "waiting_for": {},
            "state": {},
        }

        def count(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Case.with_user(self.first_user).web_search_read(
                [("id", "in", cases.ids)], spec, limit=limit
            )
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(6), count(1) + 1)


@tagged("post_install", "-at_install")
class TestCaseRpc(CaseCommon, RpcCase):
    """Attacks over real HTTP, by every role and with any context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = (
            cls.first_user
            | cls.manager_user
            | cls.supervision_user
            | cls.hr_user
            | cls.staff_user
            | cls.head_user
        )
        cls._make_keys(cls.users | cls.second_user)

    def test_states_and_figures_are_the_servers(self):
        case = self._checked()
        share = case.share_ids
        for user in self.users:
            for context in CONTEXTS:
                for model, ids, values in (
                    ("gov.points.case", case.ids, {"state": "decided"}),
                    ("gov.points.case", case.ids, {"approval_state": "approved"}),
                    ("gov.points.case", case.ids, {"penalty_state": "not_due"}),
                    ("gov.points.case", case.ids, {"number": "1"}),
                    ("gov.points.case", case.ids, {"highest_points": 1}),
                    ("gov.points.case", case.ids, {"barred_user_ids": []}),
                    ("gov.points.case", case.ids, {"is_on_spot": True}),
                    ("gov.points.case", case.ids, {"handler_id": 1}),
                    ("gov.points.share", share.ids, {"points": 0}),
                    ("gov.points.share", share.ids, {"state": "final"}),
                    ("gov.points.share", share.ids, {"heard_points": 12}),
                ):
                    self._assert_refused(
                        user, model, "write", ids=ids, vals=values, context=context
                    )
        self.assertEqual((case.state, share.state), ("checked", "checked"))
        self.assertEqual(share.points, 1)

    def test_rows_of_the_server_are_not_made(self):
        case = self._checked()
        for user in self.users:
            for model, values in (
                (
                    "gov.points.transfer",
                    {"case_id": case.id, "body": "a", "letter": "b"},
                ),
                ("gov.points.proposal", {"employee_id": self.staff.id}),
                ("gov.points.spot.list", {"month": "2026-01"}),
                ("gov.points.case", {"facts": "x", "state": "decided"}),
                ("gov.points.case", {"facts": "x", "approval_state": "approved"}),
            ):
                self._assert_refused(user, model, "create", vals_list=[values])

    def test_a_stranger_finds_nothing(self):
        case = self._case(self._share(self.works_staff))
        share = case.share_ids
        for user in self.hr_user, self.staff_user, self.head_user:
            for model, record in (
                ("gov.points.case", case),
                ("gov.points.share", share),
            ):
                status, found = self._json2(
                    user, model, "search", domain=[("id", "=", record.id)]
                )
                self.assertEqual((status, found), (200, []))
                self._assert_refused(
                    user, model, "read", ids=record.ids, fields=["create_date"]
                )
            for method, arguments in (
                ("action_check", {}),
                ("action_submit", {}),
                ("action_dismiss", {"reason": "x"}),
                ("action_approve", {}),
                ("action_open_access_log", {}),
                ("action_open_wizard", {}),
                ("action_open_case", {}),
            ):
                self._assert_refused(
                    user, "gov.points.case", method, ids=case.ids, **arguments
                )

    def test_the_person_does_not_fish_for_the_reporter(self):
        """Neither by reading, searching, grouping nor through the share."""
        case = self._case(reporter_name="Aunt Wang", reporter_id=self.clerk.id)
        self.assertTrue(case.share_ids)
        user = self.staff_user
        share = case.share_ids
        status, rows = self._json2(
            user,
            "gov.points.share",
            "read",
            ids=share.ids,
            fields=["points", "facts", "statement"],
        )
        self.assertEqual((status, rows[0]["points"]), (200, 1))
        for path in "case_id.reporter_name", "case_id.reporter_id.name":
            self._assert_refused(
                user, "gov.points.share", "search", domain=[(path, "ilike", "Wang")]
            )
        self._assert_refused(
            user,
            "gov.points.share",
            "formatted_read_group",
            domain=[],
            groupby=["case_id.reporter_id"],
            aggregates=["__count"],
        )
        self._assert_refused(
            user,
            "gov.points.share",
            "web_read",
            ids=share.ids,
            specification={"case_id": {"fields": {"reporter_name": {}}}},
        )

    def test_bad_arguments(self):
        case = self._checked()
        for method, arguments in (
            ("action_dismiss", {"reason": None}),
            ("action_dismiss", {"reason": 7}),
            ("action_dismiss", {"reason": ["x"]}),
            ("action_dismiss", {"reason": "a\0b"}),
            ("action_transfer", {"body": {}, "letter": [], "date": {}}),
            ("action_transfer", {"body": "a", "letter": "b", "date": "tomorrow"}),
            (
                "action_transfer",
                {"body": "a", "letter": "b", "date": "2026-11-01", "scan": 7},
            ),
            ("action_record_penalty", {"text": 1, "document": 2, "date": 3}),
            ("action_penalty_not_due", {"text": False}),
        ):
            with self.subTest(method=method, arguments=arguments):
                self._assert_refused(
                    self.first_user,
                    "gov.points.case",
                    method,
                    ids=case.ids,
                    **arguments,
                )
        for values in (
            {"facts": {}},
            {"date": "never"},
            {"share_ids": 7},
            {"share_ids": [[0, 0, {"share": "NaN"}]]},
            {"share_ids": [[0, 0, {"employee_id": 2**40}]]},
            {"share_ids": [[0, 0, {"employee_id": 999999}]]},
            {"share_ids": [[1, share_id, {"share": 1e300}] for share_id in [10**6]]},
            {"recusal_ids": [[0, 0, {"employee_id": self.works_staff.id}]]},
            {"reporter_id": "abc"},
            {"reporter_id": 999999},
            {"scheme_id": 999999},
            {"source": "rumour"},
            {"number": "x"},
        ):
            with self.subTest(values=values):
                self._assert_refused(
                    self.first_user,
                    "gov.points.case",
                    "write",
                    ids=case.ids,
                    vals=values,
                )
        for share in (
            {"case_id": 999999, "employee_id": self.staff.id},
            {"case_id": True},
            {"case_id": case.id},
            {"case_id": case.id, "partner_id": self.vendor.id},
            {
                "case_id": case.id,
                "employee_id": self.clerk.id,
                "partner_id": self.vendor.id,
            },
            {
                "case_id": case.id,
                "employee_id": self.clerk.id,
                "discretion_points": "x",
            },
        ):
            with self.subTest(share=share):
                self._assert_refused(
                    self.first_user, "gov.points.share", "create", vals_list=[share]
                )
        self.assertEqual(case.state, "checked")

    def test_over_xml_rpc(self):
        case = self._case()
        self.assertIs(
            self._xmlrpc(self.first_user, "gov.points.case", "action_check", case.ids),
            True,
        )
        self.assertIs(
            self._xmlrpc(self.first_user, "gov.points.case", "action_submit", case.ids),
            True,
        )
        for user in self.first_user, self.second_user:
            self.assertIs(
                self._xmlrpc(user, "gov.points.case", "action_approve", case.ids), True
            )
        self.assertEqual(case.state, "decided")
        message = self._assert_refused_xml(
            self.first_user,
            "gov.points.share",
            "write",
            case.share_ids.ids,
            {"share": 10},
        )
        self.assertIn("is not open any more", message)

    def test_the_sentinel_does_not_travel(self):
        self.assertNotIsInstance(EDIT_SENTINEL, (str, int, bool))
