from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.rivals import meet_rivals
from ..tools.todos import find_todos
from .gov_guard import engine


class GovApprovalOpinion(models.Model):
    """A question put to a colleague by whoever has to decide (征求意见).

    The colleague reads the matter while the question is open and answers once, in
    words; the answer stands under the chain. Asking gives no decision away: the seat
    stays where it is, and the question lapses when its tier is closed. Rows are
    written by the engine alone.
    """

    _name = "gov.approval.opinion"
    _description = "Opinion Asked"
    _inherit = ["gov.matter.part"]
    _order = "id desc"
    _rec_name = "question"

    step_id = fields.Many2one(
        "gov.approval.step",
        string="Tier",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    asked_by_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person asked",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    question = fields.Text(required=True, readonly=True)
    answer = fields.Text(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("open", "Asked"),
            ("answered", "Answered"),
            ("lapsed", "Lapsed"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    notice_at = fields.Datetime(readonly=True)
    summary = fields.Char(string="What", compute="_compute_summary")

    _open_idx = models.Index("(user_id, id) WHERE state = 'open'")
    _matter_idx = models.Index("(model, res_id)")
    _once = models.UniqueIndex(
        "(step_id, user_id) WHERE state = 'open'",
        "This person has been asked already.",
    )

    @api.depends("model", "res_id")
    def _compute_summary(self):
        for model, opinions in self.grouped("model").items():
            # Whoever may read the question may read the matter that it hangs on.
            matters = self.env[model].sudo().browse(opinions.mapped("res_id"))
            by_id = {matter.id: matter for matter in matters}
            for opinion in opinions:
                opinion.summary = by_id[opinion.res_id]._approval_summary()

    def action_answer(self, text):
        """Answer, once, as the person asked.

        :param text: the opinion; required.
        :return: True
        :raise UserError: without a text, when it was not the user who is asked, or
            when the question is not open any more.
        """
        text = self.env["gov.approval.mixin"]._check_reason(text)
        for opinion in self.sorted("id"):
            # Only whether the user was asked is read before the check.
            if opinion.sudo().user_id != self.env.user:
                raise UserError(self.env._("Only the person asked answers."))
            # sudo: it is the user's own question; rivals meet on its row.
            engine(opinion.sudo())._answer(text)
        return True

    def _answer(self, text):
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)
        if self.state != "open":
            raise UserError(
                self.env._("This question is not open any more; nothing was recorded.")
            )
        self.write(
            {"state": "answered", "answer": text, "answered_at": fields.Datetime.now()}
        )
        matter = self._get_matter()
        self._get_activities().write({"active": False})
        env = matter._get_record_env()
        matter._message_log(
            body=env._(
                "Opinion of %(person)s: %(answer)s",
                person=self.user_id.name,
                answer=text,
            )
        )
        seats = self.step_id.seat_ids.filtered(
            lambda s: s.state == "open" and s.user_id == self.asked_by_id
        )
        seats.write({"notice_at": fields.Datetime.now()})
        matter._drop_followers(self.user_id)

    # -------------------------------------------------------------------- engine

    @api.model
    def _ask(self, matter, step, asker, users, question):
        """Put ``question`` to ``users``, in the engine's environment."""
        now = fields.Datetime.now()
        opinions = self.create(
            [
                {
                    "model": matter._name,
                    "res_id": matter.id,
                    "company_id": matter.company_id.id,
                    "step_id": step.id,
                    "asked_by_id": asker.id,
                    "user_id": user.id,
                    "question": question,
                    "notice_at": now,
                }
                for user in users
            ]
        )
        # The asked may read the matter from now on, which a to-do asks for.
        self.env.flush_all()
        activity_type_id = self._get_activity_type_id()
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(matter._name),
                    "res_id": matter.id,
                    "activity_type_id": activity_type_id,
                    "summary": self.env._(
                        "%(asker)s asks: %(question)s",
                        asker=asker.name,
                        question=question,
                    )[:200],
                    "user_id": user.id,
                    "date_deadline": matter.company_id.gov_today(),
                }
                for user in users
            ]
        )
        if matter.is_urgent:
            self.env["gov.approval.digest"]._send_now(
                self.env["gov.approval.seat"], opinions
            )
        return opinions

    @api.model
    def _lapse_of(self, steps):
        """End the open questions of ``steps``, which are closed."""
        opinions = self.search([("step_id", "in", steps.ids), ("state", "=", "open")])
        opinions.write({"state": "lapsed"})
        opinions._get_activities().unlink()
        for opinion in opinions:
            opinion._get_matter()._drop_followers(opinion.user_id)

    @api.model
    def _get_activity_type_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(
            "gov_base.mail_activity_type_opinion"
        )

    def _get_activities(self):
        """Return the to-dos of these questions."""
        return find_todos(self, self._get_activity_type_id())

    def _get_text(self):
        """Return question or answer as one line under the chain."""
        self.ensure_one()
        if self.state == "answered":
            return self.env._(
                "Opinion of %(person)s: %(answer)s",
                person=self.user_id.name,
                answer=self.answer,
            )
        return self.env._(
            "%(asker)s asks %(person)s: %(question)s",
            asker=self.asked_by_id.name,
            person=self.user_id.name,
            question=self.question,
        )
