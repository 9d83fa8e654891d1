from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestLedgerPapers(LedgerCommon):
    """Record of a talk, letters, the sheet of deductions; words by kind of staff."""

    def _html(self, report, records):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, records.ids
        )
        return html.decode()

    def _measure(self, entry, kind):
        return entry.cycle_id.measure_ids.filtered(lambda m: m.kind == kind)

    def test_record_of_a_talk(self):
        entry = self._score(self.staff, 4)
        talk = self._measure(entry, "talk_section")
        empty = self._html("gov_points.report_talk", talk)
        self.assertIn(self.scheme.talk_title, empty)
        self.assertNotIn("诫勉", empty)
        talk.with_user(self.office_head_user).action_done(
            "Keep the times.", place="Room 204", person_text="I shall."
        )
        html = self._html("gov_points.report_talk", talk)
        for text in (
            self.staff.name,
            self.office_head.name,
            "Room 204",
            "Keep the times.",
            "I shall.",
            entry.article_id.code,
            "谈话人",
            "被谈话人",
        ):
            self.assertIn(text, html)
        self.assertTrue(talk.action_print_talk())
        circular = self._measure(self._score(self.clerk, 6), "circular")
        with self.assertRaises(UserError):
            circular.action_print_talk()

    def test_letters(self):
        self.staff.staff_type = "dispatch"
        self.clerk.staff_type = "seconded"
        for person, kind, words in (
            (self.staff, "firm", "dispatched by your firm"),
            (self.clerk, "home", "seconded from your unit"),
        ):
            measure = self._measure(self._score(person, 12), "unqualified")
            self.assertEqual(measure.letter, kind)
            html = self._html("gov_points.report_letter", measure)
            self.assertIn(words, " ".join(html.split()))
            self.assertIn(measure.label, html)
        own = self._measure(self._score(self.head, 12), "unqualified")
        self.assertFalse(own.letter)
        with self.assertRaises(UserError):
            own.action_print_letter()

    def test_words_by_kind_of_staff(self):
        """Data: each kind of staff has its words, an institution may have its own."""

        def label(person):
            return self._measure(self._score(person, 12), "unqualified").label

        self.staff.staff_type = "contract"
        self.assertIn("By contract", label(self.staff))
        self.clerk.staff_type = "career"
        self.assertIn("not qualified", label(self.clerk))
        self.company.points_label_set = "civil_servant"
        self.head.staff_type = "career"
        self.assertIn("not competent", label(self.head))
        self.works_staff.staff_type = "worker"
        self.assertIn("not qualified", label(self.works_staff))
        self.env["gov.points.label"].with_user(self.manager_user).create(
            {
                "label_set": "institution",
                "kind": "unqualified",
                "name": "Our own word",
                "company_id": self.company.id,
            }
        )
        self.env.invalidate_all()
        self.assertEqual(
            self._measure(self._score(self.works_staff, 1), "unqualified").label,
            "Our own word",
        )

    def test_sheet_of_deductions(self):
        scheme = self.scheme.copy({"code": "PAY", "company_id": self.company.id})
        scheme.write(
            {
                "deduction_per_point": 50,
                "deduction_cap": 1000,
                "date_from": "2025-01-01",
            }
        )
        entries = self._score(self.staff, 4, scheme=scheme)
        entries |= self._score(self.clerk, 2, scheme=scheme)
        entries |= self.entries._correct(entries[0].share_id, 1, "Reduced")
        html = self._html("gov_points.report_deduction", entries)
        self.assertIn("考核扣款建议表", html)
        for text in (self.staff.name, self.clerk.name, "200.00", "-200.00", "150.00"):
            self.assertIn(text, html)
        self.assertEqual(html.count("gov_paper_sheet"), 1)
