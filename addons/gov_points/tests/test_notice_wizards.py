from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.tests.common_scan import PDF

from .common_notice import SIGNATURE, NoticeCommon


@tagged("post_install", "-at_install")
class TestWizards(NoticeCommon):
    """The dialogs of service and decision, as people use them."""

    def _open(self, record, user, method, **context):
        """Return the form of the dialog that a button of ``record`` opens."""
        action = getattr(self._as(record, user).with_context(**context), method)()
        wizards = self._as(self.env[action["res_model"]], user)
        return Form(wizards.with_context(**action["context"]))

    def test_sign(self):
        notice = self._issued(self.staff)
        form = self._open(notice, self.staff_user, "action_open_sign")
        self.assertIn("Left the stove burning", str(form.paper_text))
        form.signature = SIGNATURE
        form.save().action_confirm()
        self.assertEqual(notice.state, "served")

    def test_paper(self):
        notice = self._issued(self.driver)
        context = {"default_method": "paper"}
        form = self._open(notice, self.points_user, "action_open_serve", **context)
        self.assertEqual(form.received_on, self.day)
        form.scan = PDF
        form.save().action_confirm()
        self.assertEqual(notice.service_ids.method, "paper")

    def test_refused(self):
        notice = self._issued(self.staff)
        context = {"default_method": "refused"}
        form = self._open(notice, self.points_user, "action_open_serve", **context)
        public = self.env["hr.employee.public"].browse(
            (self.works_head + self.works_staff).ids
        )
        for witness in public:
            form.witness_ids.add(witness)
        form.place = "Meeting room 2"
        form.text = "Left on the table"
        form.save().action_confirm()
        self.assertEqual(notice.state, "refused")
        self.assertEqual(
            notice.service_ids.witness_ids, self.works_head + self.works_staff
        )

    def test_another_model(self):
        wizard = self._as(self.env["gov.points.serve.wizard"], self.staff_user).create(
            {"model": "res.users", "res_id": self.staff_user.id}
        )
        with self.assertRaisesRegex(UserError, "Choose a paper"):
            wizard.action_confirm()

    def test_decide(self):
        appeal = self._filed(points=6)
        form = self._open(appeal, self.head_user, "action_open_decide")
        form.outcome = "reduced"
        scores = self.scheme.score_ids.filtered(lambda s: s.points < 6)
        self.assertEqual(sorted(form.score_ids.ids), sorted(scores.ids))
        form.score_id = scores.filtered(lambda s: s.points == 4)
        form.phrase_id = self.env.ref("gov_points.phrase_appeal_reduced_1")
        self.assertIn("酌情", form.grounds)
        form.save().action_confirm()
        self.assertEqual((appeal.outcome, appeal.new_points), ("reduced", 4))

    def test_propose_then_decide(self):
        appeal = self._filed()
        context = {"default_step": "propose"}
        form = self._open(appeal, self.free_user, "action_open_decide", **context)
        form.outcome = "revoked"
        form.grounds = "Not proven"
        form.save().action_confirm()
        self.assertEqual(appeal.proposed_outcome, "revoked")
        form = self._open(appeal, self.head_user, "action_open_decide")
        self.assertEqual(form.outcome, "revoked")
        self.assertEqual(form.grounds, "Not proven")
        form.save().action_confirm()
        self.assertEqual(appeal.outcome, "revoked")

    def test_withdrawal_on_paper(self):
        appeal = self._filed()
        context = {"default_step": "withdraw"}
        form = self._open(appeal, self.points_user, "action_open_decide", **context)
        form.grounds = "I understand it now"
        form.scan = PDF
        form.save().action_confirm()
        self.assertEqual(appeal.state, "withdrawn")

    def test_from_the_notice(self):
        notice = self._served()
        action = self._as(notice, self.staff_user).action_open_appeal()
        appeals = self._as(self.appeals, self.staff_user)
        form = Form(appeals.with_context(**action["context"]))
        form.grounds = "It was not me"
        appeal = form.save()
        self.assertEqual(appeal.notice_id, notice)
        self.assertEqual(appeal.employee_id, self.staff)
        again = self._as(notice, self.staff_user).action_open_appeal()
        self.assertEqual(again["res_id"], appeal.id)

    def test_paper_appeal_by_the_officer(self):
        notice = self._served(self.driver)
        action = self._as(notice, self.points_user).action_open_appeal()
        appeals = self._as(self.appeals, self.points_user)
        form = Form(appeals.with_context(**action["context"]))
        form.grounds = "As the paper says"
        appeal = form.save()
        self.assertTrue(appeal.is_paper)
        with Form(appeal) as form:
            form.scan = PDF
            form.date = self.day
        appeal.action_submit()
        self.assertEqual(appeal.state, "submitted")
