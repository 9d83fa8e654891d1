from datetime import timedelta

from lxml import html
from psycopg2.errors import RestrictViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.gov_base.models.gov_guard import engine

from .common import GovCommon
from .common_rpc import CONTEXTS, RpcCase

PUBLISHER = "base.group_user,gov_base.group_publisher"


class PublicationCase(GovCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["gov.workday.year"]._load_known_years()
        for name, full_name in ("author", "Wen Author"), ("editor", "Lin Editor"):
            cls._create_person(name, full_name, cls.office, 60, "Clerk", PUBLISHER)
        cls.Publication = cls.env["gov.publication"]

    def _draft(self, **values):
        return self.Publication.with_user(self.author_user).create(
            {
                "title": "Result of the selection",
                "body": "<p>王小明 13812340000</p>",
                "kind": "notice",
                "date_to": self.company.gov_today() + timedelta(days=30),
                **values,
            }
        )

    def _released(self, **values):
        draft = self._draft(**values)
        draft.with_user(self.editor_user).action_release()
        return draft

    def _shown_to(self, publication, user):
        publications = self.Publication.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        found = publications.search([])
        return publication.id in found.ids


@tagged("post_install", "-at_install")
class TestPublication(PublicationCase):
    def test_release_masks_numbers_and_seals(self):
        draft = self._draft(masked_names="王小明、李四", title="关于王小明")
        self.assertIn("王**", draft.preview)
        released = draft.with_user(self.editor_user)
        released.action_release()
        self.assertEqual(draft.state, "released")
        self.assertEqual(draft.title, "关于王**")
        self.assertIn("王** 138****0000", draft.body)
        self.assertFalse(draft.masked_names)
        self.assertIn("公示", draft.number)
        self.assertEqual(draft.audience_text, "All staff")
        self.assertEqual(draft.released_by_id, self.editor_user)
        self.assertTrue(draft.is_sealed)
        seal = self.env["gov.seal"].search(
            [("model", "=", "gov.publication"), ("res_id", "=", draft.id)]
        )
        self.assertEqual(seal.chain, "publication")

    def test_a_picture_that_could_be_exchanged_is_not_released(self):
        picture = self.env["ir.attachment"].create({"name": "a.png", "raw": b"x"})
        draft = self._draft(body=f'<p>a</p><img src="/web/image/{picture.id}"/>')
        with self.assertRaisesRegex(UserError, "could be exchanged later"):
            draft.with_user(self.editor_user).action_release()
        self.assertEqual(draft.stage, "draft")

    def test_a_remark_in_the_source_is_not_released(self):
        released = self._released(body="<p>a<!-- 王小明 13812340000 --></p>")
        self.assertNotIn("13812340000", released.body)

    def test_a_reader_reads_all_that_is_shown(self):
        shown = self._released().with_user(self.staff_user)
        self.env.invalidate_all()
        [values] = shown.read()
        self.assertNotIn("takedown_ids", values)
        self.assertNotIn("13812340000", str(values))

    def test_the_author_does_not_release(self):
        with self.assertRaisesRegex(UserError, "another publisher"):
            self._draft().action_release()
        foreign = self._draft()
        with self.assertRaises(AccessError):
            foreign.with_user(self.staff_user).action_release()
        with self.assertRaisesRegex(UserError, "by publishers"):
            foreign.with_user(self.supervision_user).action_release()

    def test_only_the_author_edits_the_draft(self):
        draft = self._draft()
        with self.assertRaisesRegex(UserError, "edited by its author"):
            draft.with_user(self.editor_user).title = "Mine"
        with self.assertRaisesRegex(UserError, "edited by its author"):
            draft.with_user(self.editor_user).unlink()
        draft.title = "Corrected"
        copy = draft.with_user(self.editor_user).copy()
        self.assertEqual(copy.author_id, self.editor_user)

    def test_a_draft_that_changed_is_looked_at_again(self):
        draft = self._draft()
        seen = draft.version
        draft.body = "<p>Something else</p>"
        stale = draft.with_user(self.editor_user).with_context(gov_version=seen)
        with self.assertRaisesRegex(UserError, "changed since"):
            stale.action_release()
        stale.with_context(gov_version=draft.version).action_release()

    def test_nothing_changes_after_release(self):
        shown = self._released()
        for user in self.author_user, self.editor_user:
            for values in (
                {"title": "x"},
                {"body": "x"},
                {"date_to": "2030-01-01"},
                {"department_ids": [Command.link(self.office.id)]},
                {"stage": "draft"},
                {"number": "x"},
                {"author_id": user.id},
            ):
                with self.assertRaises(UserError):
                    shown.with_user(user).write(values)
            with self.assertRaises(UserError):
                shown.with_user(user).unlink()
        with self.assertRaises(UserError):
            engine(shown.sudo()).body = "x"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE gov_publication SET body = 'x' WHERE id = %s", [shown.id]
            )

    def test_a_notice_is_shown_long_enough(self):
        with freeze_time("2026-09-17 02:00:00"):
            # 5 working days after Thursday: Fri 18, Sun 20 (worked), Mon, Tue, Wed 23.
            draft = self._draft(date_from="2026-09-17", date_to="2026-09-22")
            with self.assertRaisesRegex(UserError, "5 working days.*article 38"):
                draft.with_user(self.editor_user).action_release()
            draft.date_to = "2026-09-23"
            draft.with_user(self.editor_user).action_release()
            self.assertEqual(draft.state, "released")
            with self.assertRaisesRegex(UserError, "working days"):
                self._released(date_to=False)
            self._released(kind="circular", date_to=False)

    def test_period_counts_from_the_day_of_release(self):
        with freeze_time("2026-09-01 02:00:00"):
            draft = self._draft(date_from="2026-09-01", date_to="2026-09-23")
        with (
            freeze_time("2026-09-18 02:00:00"),
            self.assertRaisesRegex(UserError, "working days"),
        ):
            draft.with_user(self.editor_user).action_release()
        with (
            freeze_time("2026-10-18 02:00:00"),
            self.assertRaisesRegex(UserError, "has passed"),
        ):
            draft.with_user(self.editor_user).action_release()

    def test_it_ends_by_itself_on_the_institutions_day(self):
        with freeze_time("2026-09-01 02:00:00"):
            shown = self._released(date_to="2026-09-30")
        with freeze_time("2026-09-30 15:50:00"):  # 23:50 at the institution
            self.assertTrue(self._shown_to(shown, self.staff_user))
        with freeze_time("2026-09-30 16:10:00"):  # 00:10 on 1 October
            shown.invalidate_recordset()
            self.assertEqual(shown.state, "ended")
            self.assertFalse(self._shown_to(shown, self.staff_user))
            self.assertTrue(self._shown_to(shown, self.author_user))
            ended = self.Publication.search([("state", "=", "ended")])
            self.assertIn(shown, ended)
            self.assertNotIn(
                shown, self.Publication.search([("state", "in", ["released", "draft"])])
            )
            with self.assertRaises(UserError):
                shown.with_user(self.staff_user).action_object("Too late")

    def test_shown_from_a_later_day(self):
        today = self.company.gov_today()
        shown = self._released(
            date_from=today + timedelta(days=3), date_to=today + timedelta(days=30)
        )
        self.assertFalse(self._shown_to(shown, self.staff_user))

    def test_audience(self):
        works = self._released(
            audience="departments", department_ids=[Command.set(self.works.ids)]
        )
        self.assertEqual(works.audience_text, "Works")
        self.assertTrue(self._shown_to(works, self.works_staff_user))
        self.assertFalse(self._shown_to(works, self.staff_user))
        self.assertTrue(self._shown_to(works, self.supervision_user))
        with self.assertRaises(AccessError):
            works.with_user(self.staff_user).read(["body"])
        self.staff.working_department_id = self.env["hr.department"].create(
            {"name": "Workshop", "parent_id": self.works.id}
        )
        self.assertTrue(self._shown_to(works, self.staff_user))
        group = self._released(
            audience="groups",
            group_ids=[Command.set(self.env.ref("gov_base.group_approval_admin").ids)],
        )
        self.assertTrue(self._shown_to(group, self.admin_user))
        self.assertFalse(self._shown_to(group, self.staff_user))
        with self.assertRaisesRegex(UserError, "to whom"):
            self._released(audience="groups")

    def test_other_institutions_see_nothing(self):
        shown = self._released()
        self.assertTrue(self._shown_to(shown, self.staff_user))
        self.assertFalse(self._shown_to(shown, self.other_staff_user))
        draft = self._draft()
        self.assertFalse(self._shown_to(draft, self.staff_user))
        with self.assertRaises(UserError):
            draft.company_id = self.other_company

    def test_a_number_cut_by_formatting_is_refused(self):
        draft = self._draft(body="<p>1381<b>2340000</b></p>")
        with self.assertRaisesRegex(UserError, "13812340000"):
            draft.with_user(self.editor_user).action_release()
        with self.assertRaisesRegex(UserError, "no text"):
            self._released(body="<p><br></p>")

    def test_scripts_do_not_survive(self):
        draft = self._draft(body="<p onclick='x()'>A</p><script>x()</script>")
        self.assertNotIn("script", draft.body)
        self.assertNotIn("onclick", draft.body)
        self.assertNotIn("script", draft.preview)

    def test_staff_named_but_not_masked_are_shown_to_the_author(self):
        draft = self._draft(body="<p>Bai Jing and Jiang Yan</p>")
        self.assertIn("Bai Jing", draft.unlisted_names)
        draft.masked_names = "路人"
        with self.assertRaises(UserError):
            draft.with_user(self.editor_user).action_mask_staff()
        draft.masked_names = "Bai"
        draft.masked_names = "Bai;Jiang"
        self.assertIn("Bai Jing", draft.unlisted_names)
        draft.write({"body": "<p>白静和江燕</p>", "masked_names": False})
        self.assertFalse(draft.unlisted_names)
        (self.staff | self.works_staff).sudo().name = "白静"
        draft.invalidate_recordset()
        self.assertEqual(draft.unlisted_names, "白静")
        draft.action_mask_staff()
        self.assertFalse(draft.unlisted_names)
        self.assertIn("白*和江燕", draft.preview)

    def test_take_down_is_an_entry(self):
        shown = self._released()
        for bad in "", "  ", None, 5, "x" * 5001, "a\x00b":
            with self.assertRaises(UserError):
                shown.with_user(self.editor_user).action_take_down(bad)
        with self.assertRaisesRegex(UserError, "by a publisher"):
            shown.with_user(self.staff_user).action_take_down("I do not like it")
        shown.with_user(self.editor_user).action_take_down("Wrong figure")
        entry = shown.takedown_ids
        self.assertEqual(
            (entry.reason, entry.user_id), ("Wrong figure", self.editor_user)
        )
        self.assertTrue(entry.is_sealed)
        self.assertEqual(shown.state, "taken_down")
        self.assertIn("138****0000", shown.body)
        self.assertFalse(self._shown_to(shown, self.staff_user))
        with self.assertRaisesRegex(UserError, "not shown"):
            shown.with_user(self.editor_user).action_take_down("Again")
        with self.assertRaises(UserError):
            entry.with_user(self.editor_user).write({"reason": "x"})

    def test_supervision_may_take_down(self):
        shown = self._released()
        shown.with_user(self.supervision_user).action_take_down("A name too many")
        self.assertEqual(shown.state, "taken_down")

    def test_objection_and_answer(self):
        shown = self._released()
        reader = shown.with_user(self.staff_user)
        self.assertTrue(reader.can_object)
        self.assertTrue(reader.action_object("The score is wrong"))
        with self.assertRaisesRegex(UserError, "waiting for its answer"):
            reader.action_object("Again")
        objection = shown.objection_ids
        self.assertEqual(objection.user_id, self.staff_user)
        self.assertEqual(
            objection.sudo().activity_ids.user_id, self.editor_user, "who released it"
        )
        self.assertEqual(shown.with_user(self.editor_user).objection_count, 1)
        with self.assertRaises(UserError):
            objection.with_user(self.staff_user).action_answer("I agree with myself")
        objection.with_user(self.editor_user).action_answer("It has been checked")
        self.assertEqual(objection.state, "answered")
        self.assertFalse(objection.activity_ids)
        self.assertEqual(
            objection.with_user(self.staff_user).answer, "It has been checked"
        )
        with self.assertRaises(UserError):
            objection.with_user(self.editor_user).action_answer("Twice")

    def test_the_objector_is_known_to_few(self):
        shown = self._released()
        shown.with_user(self.staff_user).action_object("The score is wrong")
        objection = shown.objection_ids
        for user in self.clerk_user, self.office_head_user, self.admin_user:
            self.env.invalidate_all()
            self.assertFalse(shown.with_user(user).objection_ids)
            with self.assertRaises(AccessError):
                objection.with_user(user).read(["user_id"])
        for user in self.editor_user, self.supervision_user, self.staff_user:
            self.assertEqual(objection.with_user(user).user_id, self.staff_user)

    def test_who_may_not_object(self):
        works = self._released(
            audience="departments", department_ids=[Command.set(self.works.ids)]
        )
        with self.assertRaises(AccessError):
            works.with_user(self.staff_user).action_object("x")
        with self.assertRaisesRegex(UserError, "to whom"):
            works.with_user(self.supervision_user).action_object("x")
        circular = self._released(kind="circular")
        with self.assertRaisesRegex(UserError, "to notices"):
            circular.with_user(self.staff_user).action_object("x")
        with self.assertRaises(UserError):
            self._released().with_user(self.staff_user).action_object({"a": 1})

    def test_a_publisher_does_not_answer_their_own_objection(self):
        shown = self._released()
        shown.with_user(self.author_user).action_object("I have seen an error")
        objection = shown.objection_ids
        with self.assertRaises(UserError):
            objection.with_user(self.author_user).action_answer("Never mind")

    def test_draft_made_from_a_record(self):
        draft = self.Publication.with_user(self.author_user)._draft_from(
            self.works, title="Works", body="<p>x</p>", kind="disclosure"
        )
        self.assertEqual(
            (draft.model, draft.res_id, draft.author_id, draft.company_id),
            ("hr.department", self.works.id, self.author_user, self.company),
        )
        self.assertEqual(draft.action_open_source()["res_id"], self.works.id)
        with self.assertRaises(UserError):
            draft.write({"res_id": self.office.id})
        with self.assertRaisesRegex(UserError, "no source"):
            self._draft().action_open_source()

    def test_print(self):
        shown = self._released()
        report = self.env.ref("gov_base.action_report_publication")
        page = report._render_qweb_html(report.report_name, shown.ids)[0]
        text = html.fromstring(page).text_content()
        for expected in shown.number, "138****0000", "County Service Centre", "公示":
            self.assertIn(expected, text)
        draft = self._draft(body="<p>13812340000</p>")
        page = report._render_qweb_html(report.report_name, draft.ids)[0]
        self.assertNotIn(b"13812340000", page)

    def test_the_list_costs_the_same_for_eight_and_eighty(self):
        for _index in range(16):
            self._released()
        columns = {
            name: {}
            for name in ("title", "kind", "state", "date_to", "objection_count")
        }
        counts = []
        for limit in 8, 8, 16:
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = self.Publication.with_user(self.editor_user).web_search_read(
                [], columns, limit=limit
            )
            self.assertEqual(len(rows["records"]), limit)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestPublicationRpc(PublicationCase, RpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_user = cls._create_user("gov_system", "base.group_system")
        cls.everybody = (
            cls.staff_user
            | cls.author_user
            | cls.editor_user
            | cls.supervision_user
            | cls.admin_user
            | cls.system_user
        )
        cls._make_keys(cls.everybody)

    def test_values_that_no_field_can_hold(self):
        for values in (
            {"title": "a\0"},
            {"kind": "x"},
            {"audience": "x"},
            {"department_ids": "x"},
            {"group_ids": [[6, 0, ["x"]]]},
            {"date_from": 5},
            {"date_to": "x"},
            {"company_id": "x"},
        ):
            with self.subTest(**values):
                self._assert_refused(
                    self.author_user,
                    "gov.publication",
                    "create",
                    vals_list=[{"title": "x", "body": "<p>x</p>", **values}],
                )

    def test_raw_writes(self):
        shown, draft = self._released(), self._draft()
        shown.with_user(self.staff_user).action_object("Why?")
        objection = shown.objection_ids
        attacks = [
            ("gov.publication", "write", {"ids": shown.ids, "vals": vals})
            for vals in ({"title": "x"}, {"stage": "draft"}, {"released_by_id": 1})
        ]
        attacks += [
            ("gov.publication", "unlink", {"ids": shown.ids}),
            ("gov.publication", "write", {"ids": draft.ids, "vals": {"stage": "x"}}),
            ("gov.publication", "_freeze", {"ids": draft.ids}),
            ("gov.publication", "_draft_from", {"record": 1}),
            (
                "gov.publication",
                "create",
                {"vals_list": [{"title": "x", "body": "x", "stage": "released"}]},
            ),
            ("gov.publication.objection", "write", {"ids": objection.ids, "vals": {}}),
            ("gov.publication.objection", "unlink", {"ids": objection.ids}),
            (
                "gov.publication.objection",
                "create",
                {"vals_list": [{"publication_id": shown.id, "text": "x"}]},
            ),
            (
                "gov.publication.takedown",
                "create",
                {"vals_list": [{"publication_id": shown.id, "reason": "x"}]},
            ),
        ]
        for user in self.everybody:
            for context in CONTEXTS:
                for model, method, arguments in attacks:
                    with self.subTest(user=user.login, model=model, method=method):
                        self._assert_refused(
                            user, model, method, context=context, **arguments
                        )
        self.assertEqual((shown.state, draft.state), ("released", "draft"))
        self.assertEqual(objection.text, "Why?")

    def test_the_author_cannot_be_forged(self):
        status, answer = self._json2(
            self.author_user,
            "gov.publication",
            "create",
            vals_list=[{"title": "x", "body": "<p>x</p>", "kind": "circular"}],
            context={"default_author_id": self.editor_user.id},
        )
        self.assertEqual(status, 200)
        draft = self.Publication.browse(answer)
        self.assertEqual(draft.author_id, self.author_user)
        self._assert_refused(
            self.author_user,
            "gov.publication",
            "create",
            vals_list=[{"title": "x", "body": "x", "author_id": self.editor_user.id}],
        )
        self._assert_refused(
            self.author_user, "gov.publication", "action_release", ids=draft.ids
        )

    def test_bad_ids_and_texts(self):
        shown = self._released()
        for ids in [10**9], [-1]:
            for method, arguments in (
                ("action_release", {}),
                ("action_take_down", {"reason": "x"}),
                ("action_object", {"text": "x"}),
            ):
                self._assert_refused(
                    self.editor_user, "gov.publication", method, ids=ids, **arguments
                )
        for text in None, [], {}, 1, True, "", "x" * 10**5:
            self._assert_refused(
                self.staff_user,
                "gov.publication",
                "action_object",
                ids=shown.ids,
                text=text,
            )
