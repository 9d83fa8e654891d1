from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .gov_guard import engine


class GovPublicationObjection(models.Model):
    """An objection to a notice, made within its period, and the answer to it.

    ====== ==== ======== ============================================================
    action from to       who
    ====== ==== ======== ============================================================
    answer open answered a publisher, never the objector
    ====== ==== ======== ============================================================

    It is made by ``gov.publication.action_object``. Its author is known to the
    publishers and to supervision only; everybody else reads their own.
    """

    _name = "gov.publication.objection"
    _description = "Objection to a Notice"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "id desc"
    _rec_name = "title"
    _mail_post_access = "read"
    _engine_only = True
    _allow_sudo_commands = False

    publication_id = fields.Many2one(
        "gov.publication", required=True, readonly=True, index=True, ondelete="restrict"
    )
    title = fields.Char(string="Notice objected to", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Objector",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    text = fields.Text(string="Objection", required=True, readonly=True)
    objected_at = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(
        [("open", "To be answered"), ("answered", "Answered")],
        required=True,
        readonly=True,
        default="open",
    )
    answer = fields.Text(readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    answered_at = fields.Datetime(readonly=True)
    can_answer = fields.Boolean(compute="_compute_can_answer")

    _one_open = models.UniqueIndex(
        "(publication_id, user_id) WHERE state = 'open'",
        "Your objection to this notice is waiting for its answer.",
    )

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_answer(self):
        publisher = self.env.user.has_group("gov_base.group_publisher")
        for objection in self:
            objection.can_answer = (
                publisher
                and objection.state == "open"
                and objection.user_id != self.env.user
            )

    def action_answer(self, text):
        """Answer objections with a text.

        :param str text: the answer.
        :return: True
        :raise UserError: no text, answered already, no publisher, or one's own.
        """
        text = self.env["gov.publication"]._check_text(text)
        for objection in self:
            objection.check_access("read")
            if not objection.can_answer:
                raise UserError(
                    self.env._(
                        "An open objection is answered by a publisher who did not make "
                        "it."
                    )
                )
            # sudo: role, person and state have just been checked.
            document = engine(objection.sudo())
            document.write(
                {
                    "state": "answered",
                    "answer": text,
                    "answered_by_id": self.env.uid,
                    "answered_at": fields.Datetime.now(),
                }
            )
            document.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    @api.model
    def _object(self, publication, text):
        """Write the objection of the current user and tell who released the notice.

        :param publication: the notice in the engine's environment; the caller has
            checked period and audience.
        """
        vals = {
            "publication_id": publication.id,
            "title": publication.title,
            "company_id": publication.company_id.id,
            "user_id": self.env.uid,
            "text": text,
            "objected_at": fields.Datetime.now(),
        }
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                objection = self.create(vals)
        except UniqueViolation:
            raise UserError(
                self.env._("Your objection to this notice is waiting for its answer.")
            ) from None
        people = publication.released_by_id | publication.author_id
        for user in people.filtered(lambda u: u.active and u != self.env.user)[:1]:
            objection.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=publication.date_to,
                summary=self.env._("Answer the objection"),
                user_id=user.id,
            )
