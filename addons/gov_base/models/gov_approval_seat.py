from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.todos import find_todos


class GovApprovalSeat(models.Model):
    """The right of one person to decide one step.

    The inbox "waiting for me" is the list of a user's open seats, for every kind of
    matter, and the record rules that let an approver read a matter go through the
    seats. Seats are written by the engine alone.

    A delegate has a seat of their own beside the delegator's, with ``on_behalf_of_id``
    and the last day of the delegation; one vote for the two.
    """

    _name = "gov.approval.seat"
    _description = "Seat in an Approval Step"
    _inherit = ["gov.guard.mixin"]
    _engine_only = True
    _allow_sudo_commands = False
    _order = "deadline, id"

    model = fields.Char(string="Kind of matter", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Matter", model_field="model", required=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True
    )
    step_id = fields.Many2one(
        "gov.approval.step",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Approver",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("open", "Open"),
            ("approved", "Agreed"),
            ("rejected", "Rejected"),
            ("returned", "Returned"),
            ("lapsed", "Lapsed"),
            ("member", "Sits in the meeting"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    deadline = fields.Date(readonly=True)
    on_behalf_of_id = fields.Many2one(
        "res.users", string="On behalf of", readonly=True, ondelete="restrict"
    )
    delegation_id = fields.Many2one(
        "gov.approval.delegation",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    date_to = fields.Date(
        string="Until",
        readonly=True,
        help="The last day of the delegation that the seat comes from.",
    )
    notice_at = fields.Datetime(
        readonly=True,
        help="Since when the holder has to be told; the digest takes it off.",
    )
    is_reminded = fields.Boolean(string="Reminded", readonly=True)
    is_vacant = fields.Boolean(
        string="Left",
        readonly=True,
        help="Whoever had the seat has left the post; a successor may take it.",
    )
    opened_at = fields.Datetime(related="step_id.opened_at")
    step_name = fields.Char(string="Tier", related="step_id.name")
    step_kind = fields.Selection(related="step_id.kind")
    citation = fields.Char(related="step_id.citation")
    matter_name = fields.Char(string="Name of the matter", compute="_compute_matter")
    summary = fields.Char(string="What", compute="_compute_matter")
    matter_kind = fields.Char(string="Kind of document", compute="_compute_matter")
    employee_id = fields.Many2one(
        "hr.employee", string="Applicant", compute="_compute_matter"
    )
    department_id = fields.Many2one("hr.department", compute="_compute_matter")
    currency_id = fields.Many2one("res.currency", compute="_compute_matter")
    amount = fields.Monetary(compute="_compute_matter")
    on_hold = fields.Boolean(compute="_compute_matter")

    _inbox_idx = models.Index("(user_id, state, deadline, id)")
    _matter_idx = models.Index("(model, res_id)")
    _notice_idx = models.Index(
        "(company_id, notice_at) WHERE notice_at IS NOT NULL AND state = 'open'"
    )
    _user_uniq = models.Constraint(
        "UNIQUE (step_id, user_id)", "A person counts once in a step."
    )

    @api.depends("model", "res_id")
    def _compute_matter(self):
        for model, seats in self.grouped("model").items():
            # A seat is shown to its holder and to supervision, who may both read the
            # matter.
            matters = self.env[model].sudo().browse(seats.mapped("res_id"))
            by_id = {matter.id: matter for matter in matters}
            kind = self.env["ir.model"]._get(model).name
            for seat in seats:
                matter = by_id[seat.res_id]
                seat.matter_name = matter.display_name
                seat.summary = matter._approval_summary()
                seat.matter_kind = kind
                seat.employee_id = matter.employee_id
                seat.department_id = matter.department_id
                seat.currency_id = matter._approval_currency()
                seat.amount = matter.amount_for_approval
                seat.on_hold = matter.approval_state == "on_hold"

    def action_open_matter(self):
        """Open the form of the matter.

        :return: a window action.
        :raise UserError: for none or several seats.
        """
        return self.step_id.action_open_matter()

    def action_approve(self, comment=""):
        """Approve every matter that these seats belong to, in order of their ids.

        :param comment: the opinion recorded with each decision.
        :return: True
        :raise UserError: when a seat is not open (a second click would decide the next
            tier unseen), and as ``gov.approval.mixin.action_approve``; nothing is
            decided then.
        """
        self.check_access("read")
        for seat in self:
            if seat.state != "open":
                raise UserError(
                    self.env._(
                        "%(matter)s: the tier “%(tier)s” does not wait for a decision "
                        "any more. Open the list anew.",
                        matter=seat.matter_name,
                        tier=seat.step_name,
                    )
                )
        for model, seats in self.sorted("id").grouped("model").items():
            self.env[model].browse(seats.mapped("res_id")).action_approve(comment)
        return True

    # ------------------------------------------------------------------- helpers

    def _get_principals(self):
        """Return the users whose votes these seats are."""
        delegated = self.filtered("on_behalf_of_id")
        return (self - delegated).user_id | delegated.on_behalf_of_id

    def _filter_current(self):
        """Return the seats without those whose delegation is over by now."""
        delegated = self.filtered(lambda s: s.delegation_id and s.state == "open")
        return self - delegated.filtered(lambda s: not s.delegation_id._is_in_force())

    def _get_holder_name(self):
        """Return the name of who decides, and in whose name."""
        self.ensure_one()
        if not self.on_behalf_of_id:
            return self.user_id.name
        return self.env._(
            "%(delegate)s on behalf of %(delegator)s",
            delegate=self.user_id.name,
            delegator=self.on_behalf_of_id.name,
        )

    # -------------------------------------------------------------------- engine

    def _lapse_partners(self):
        """End the other seats of the same vote: the delegate's, or the delegator's."""
        for seat in self:
            principals = seat._get_principals()
            partners = (seat.step_id.seat_ids - seat).filtered(
                lambda s, p=principals: s._get_principals() <= p
            )
            partners._lapse()

    def _lapse(self):
        """End the seats that nobody used."""
        unused = self.filtered(lambda s: s.state in ("waiting", "open"))
        was_open = unused.filtered(lambda s: s.state == "open")
        unused.write({"state": "lapsed"})
        # Put away, not deleted: a deletion empties the whole cache in mid-decision.
        was_open._get_activities().write({"active": False})
        # A delegate read the matter for the delegator only.
        for seat in was_open.filtered("on_behalf_of_id"):
            if seat.model in self.env:
                matter = self.env[seat.model].browse(seat.res_id)
                matter._drop_followers(seat.user_id)

    def _settle(self, state):
        """Give these seats, just used, their final state; the to-dos are done."""
        self.write({"state": state})
        self._get_activities().write({"active": False})

    def _schedule_activities(self):
        """Give each seat's holder the to-do, quietly."""
        if not self:
            return
        activity_type_id = self._get_activity_type_id()
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(seat.model),
                    "res_id": seat.res_id,
                    "activity_type_id": activity_type_id,
                    "summary": seat._get_todo(),
                    "user_id": seat.user_id.id,
                    "date_deadline": seat.deadline or seat.company_id.gov_today(),
                }
                for seat in self
            ]
        )

    def _get_todo(self):
        """Return the text of the holder's to-do."""
        if not self.on_behalf_of_id:
            return self.step_id.name
        return self.env._(
            "%(tier)s, on behalf of %(delegator)s",
            tier=self.step_id.name,
            delegator=self.on_behalf_of_id.name,
        )

    @api.model
    def _get_activity_type_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(
            "gov_base.mail_activity_type_approval"
        )

    def _get_activities(self):
        """Return the to-dos of these seats."""
        return find_todos(self, self._get_activity_type_id())
