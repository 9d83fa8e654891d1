from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_absence import AbsenceCase


@tagged("post_install", "-at_install")
class TestOpinion(AbsenceCase):
    def _ask(self, matter, *users, question="Is it usual?"):
        matter.with_user(self.office_head_user).action_ask_opinion(
            [user.id for user in users], question
        )
        return matter.sudo().opinion_ids.sorted("id")

    def test_the_asked_reads_and_answers_once(self):
        matter = self._submitted()
        asked = matter.with_user(self.works_staff_user)
        with self.assertRaises(AccessError):
            asked.check_access("read")
        opinion = self._ask(matter, self.works_staff_user)
        asked.check_access("read")
        self.assertTrue(asked.can_answer)
        self.assertFalse(asked.can_decide)
        self.assertIn(
            self.works_staff_user, matter.sudo().activity_ids.user_id, "one to-do"
        )
        mine = opinion.with_user(self.works_staff_user)
        mine.action_answer("Yes, every year")
        self.assertRecordValues(
            opinion, [{"state": "answered", "answer": "Yes, every year"}]
        )
        self.assertNotIn(self.works_staff_user, matter.sudo().activity_ids.user_id)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            asked.check_access("read")
        with self.assertRaisesRegex(UserError, "not open any more"):
            mine.action_answer("No")
        self.assertIn("Yes, every year", matter.chain_preview)
        self.assertEqual(self._open_seats(matter).keys(), {self.office_head_user})

    def test_asking_gives_no_decision_away(self):
        matter = self._submitted()
        opinion = self._ask(matter, self.works_staff_user)
        with self.assertRaises(UserError):
            self._decide(matter, self.works_staff_user)
        self._decide(matter, self.office_head_user)
        self.assertEqual(opinion.state, "lapsed")
        self.assertFalse(matter.sudo().activity_ids)
        with self.assertRaisesRegex(UserError, "not open any more"):
            opinion.with_user(self.works_staff_user).action_answer("late")

    def test_the_asked_follows_no_longer_than_reading(self):
        for answers in True, False:
            matter = self._submitted(kind="purchase", price=500)
            head = matter.with_user(self.office_head_user)
            head.action_ask_opinion(self.buyer_user.ids, "Is the price right?")
            partner = self.buyer_user.partner_id
            matter.with_user(self.buyer_user).message_subscribe(partner.ids)
            self.assertIn(partner, matter.sudo().message_partner_ids)
            if answers:
                question = matter.sudo().opinion_ids.with_user(self.buyer_user)
                question.action_answer("Yes")
            else:
                head.action_approve()
            self.assertNotIn(partner, matter.sudo().message_partner_ids)

    def test_who_may_ask_whom(self):
        matter = self._submitted()
        for user in self.staff_user, self.leader_user, self.admin_user:
            with self.assertRaises(UserError):
                matter.with_user(user).action_ask_opinion([self.clerk_user.id], "?")
        for bad in (
            self.staff_user,  # a party
            self.other_staff_user,  # elsewhere
            self.office_head_user,  # oneself
            self.env.ref("base.public_user"),
        ):
            with self.subTest(bad.name), self.assertRaises(UserError):
                self._ask(matter, bad)
        head = matter.with_user(self.office_head_user)
        for ids in (
            [],
            "x",
            None,
            [True],
            [0],
            [10**12],
            [self.env.uid, "1"],
            {"a": 1},
        ):
            with self.subTest(ids), self.assertRaises(UserError):
                head.action_ask_opinion(ids, "?")
        for question in ("", "  ", None, 5, "a\0b"):
            with self.subTest(question), self.assertRaises(UserError):
                head.action_ask_opinion([self.clerk_user.id], question)
        self._ask(matter, self.clerk_user)
        with self.assertRaisesRegex(UserError, "asked already"):
            self._ask(matter, self.clerk_user)

    def test_nobody_answers_for_another(self):
        matter = self._submitted()
        opinion = self._ask(matter, self.works_staff_user)
        for user in self.office_head_user, self.staff_user, self.supervision_user:
            with self.assertRaises(UserError):
                opinion.with_user(user).action_answer("forged")
            with self.assertRaises(UserError):
                opinion.with_user(user).write({"answer": "forged"})
        self.assertEqual(opinion.state, "open")

    def test_the_dialog(self):
        matter = self._submitted()
        wizard = Form(
            self.env["gov.approval.wizard"]
            .with_user(self.office_head_user)
            .with_context(
                default_model=matter._name,
                default_res_ids=str(matter.id),
                default_outcome="opinion",
            )
        )
        wizard.user_ids.add(self.works_staff_user)
        wizard.reason = "Is it usual?"
        wizard.save().action_confirm()
        answer = Form(
            self.env["gov.approval.wizard"]
            .with_user(self.works_staff_user)
            .with_context(
                default_model=matter._name,
                default_res_ids=str(matter.id),
                default_outcome="answer",
            )
        )
        self.assertIn("Is it usual?", answer.question)
        answer.reason = "Yes"
        action = answer.save().action_confirm()
        self.assertEqual(action["res_model"], "gov.approval.opinion")
        self.assertEqual(matter.sudo().opinion_ids.answer, "Yes")


@tagged("post_install", "-at_install")
class TestPhrases(AbsenceCase):
    def _wizard(self, user, matter, outcome="approve"):
        return Form(
            self.env["gov.approval.wizard"]
            .with_user(user)
            .with_context(
                default_model=matter._name,
                default_res_ids=str(matter.id),
                default_outcome=outcome,
            )
        )

    def test_filled_in_by_post(self):
        matter = self._submitted(kind="purchase", price=900)
        head = self._wizard(self.office_head_user, matter)
        self.assertEqual(head.reason, "拟同意")
        head.save().action_confirm()
        leader = self._wizard(self.leader_user, matter)
        self.assertEqual(leader.reason, "同意")
        leader.phrase_id = self.env.ref("gov_base.phrase_by_rule")
        self.assertEqual(leader.reason, "按规定办理")
        leader.save().action_confirm()
        self.assertEqual(
            matter.decision_ids.mapped("comment"), ["拟同意", "按规定办理"]
        )

    def test_nothing_is_filled_in_for_a_refusal(self):
        matter = self._submitted()
        self.assertFalse(self._wizard(self.office_head_user, matter, "reject").reason)

    def test_hold_by_the_dialog(self):
        matter = self._submitted()
        wizard = self._wizard(self.office_head_user, matter, "hold")
        wizard.reason = "Later"
        wizard.save().action_confirm()
        self.assertEqual(matter.approval_state, "on_hold")

    def test_the_administrator_keeps_them(self):
        phrases = self.env["gov.approval.phrase"]
        phrases.with_user(self.admin_user).create({"name": "阅", "outcome": "approve"})
        with self.assertRaises(AccessError):
            phrases.with_user(self.staff_user).create({"name": "x"})
