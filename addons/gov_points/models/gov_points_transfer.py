from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools import check_day, check_text, open_wizard

OUTCOMES = [
    ("scored", "Returned: scored by us"),
    ("discipline", "Discipline imposed"),
    ("criminal", "Criminal or administrative penalty"),
    ("no_violation", "No violation found"),
    ("other", "Other"),
]


class GovPointsTransfer(models.Model):
    """A case that went out to discipline inspection, police or another body (移送).

    While it is open this row is all that the office sees: number, body, letter, day.
    The recorded outcome opens the case again in the state that it had; a round that
    was under way has ended. Rows are written by the engine alone.
    """

    _name = "gov.points.transfer"
    _description = "Transfer of a Conduct Case"
    _inherit = ["gov.scan.mixin"]
    _order = "date desc, id desc"
    _rec_name = "case_number"
    _engine_only = True
    _allow_sudo_commands = False

    case_id = fields.Many2one(
        "gov.points.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, index=True, string="Institution"
    )
    case_number = fields.Char(
        related="case_id.number", string="Case number", store=True
    )
    body = fields.Char(string="Transferred to", required=True, readonly=True)
    letter = fields.Char(required=True, readonly=True)
    date = fields.Date(string="Letter of", required=True, readonly=True)
    state_before = fields.Selection(
        [
            ("clue", "Clue"),
            ("checked", "Checked"),
            ("waiting_penalty", "Waiting for a penalty"),
        ],
        required=True,
        readonly=True,
    )
    sent_by_id = fields.Many2one(
        "res.users", string="Entered by", required=True, readonly=True
    )
    state = fields.Selection(
        [("open", "Outcome awaited"), ("done", "Outcome recorded")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    outcome_text = fields.Text(string="About the outcome", readonly=True)
    outcome_document = fields.Char(string="Document of the outcome", readonly=True)
    outcome_date = fields.Date(string="Outcome of", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    recorded_at = fields.Datetime(readonly=True)
    age_days = fields.Integer(string="Days", compute="_compute_age_days")
    can_record = fields.Boolean(compute="_compute_can_record")

    _one_open = models.UniqueIndex(
        "(case_id) WHERE state = 'open'", "This case is transferred out already."
    )

    @api.depends("case_number", "body")
    def _compute_display_name(self):
        for transfer in self:
            transfer.display_name = self.env._(
                "%(case)s to %(body)s",
                case=transfer.case_number or "",
                body=transfer.body or "",
            )

    @api.depends("date", "outcome_date")
    def _compute_age_days(self):
        for transfer in self:
            last = transfer.outcome_date or transfer.company_id.gov_today()
            transfer.age_days = (last - transfer.date).days if transfer.date else 0

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_record(self):
        for transfer in self:
            # Only the user's own part in the case is asked.
            case = transfer.case_id.sudo()
            transfer.can_record = not case._get_blocker("outcome")

    def action_record_outcome(self, outcome, document="", date=None, text=""):
        """Record what came of it; the case opens again in the state it had.

        :param outcome: ``scored``, ``discipline``, ``criminal``, ``no_violation`` or
            ``other``.
        :param document: number of the answer; required.
        :param date: its day; required.
        :param text: more about it; required for ``other``.
        :return: True
        :raise UserError: something is missing, the outcome stands already, or the
            user is concerned or no officer.
        """
        self.check_access("read")
        if not isinstance(outcome, str) or outcome not in dict(OUTCOMES):
            raise UserError(self.env._("Choose the outcome."))
        paper = check_text(self, "outcome_document", document, 200)
        if text or outcome == "other":
            text = check_text(self, "outcome_text", text)
        for transfer in self.sorted("id"):
            day = check_day(self, date, transfer.company_id, transfer.date)
            # The case is closed to the office: its own checks are asked below.
            case = transfer.case_id.sudo()
            case._approval_meet_rivals()
            if blocker := case._get_blocker("outcome"):
                raise UserError(blocker)
            if transfer.state != "open":
                raise UserError(
                    self.env._("%s: recorded already.", transfer.display_name)
                )
            # State and person were checked just above.
            engine(transfer.sudo()).write(
                {
                    "state": "done",
                    "outcome": outcome,
                    "outcome_text": text or False,
                    "outcome_document": paper,
                    "outcome_date": day,
                    "recorded_by_id": self.env.uid,
                    "recorded_at": fields.Datetime.now(),
                }
            )
        return True

    def action_open_wizard(self):
        """Ask for the outcome.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        self.check_access("read")
        return open_wizard(self, "outcome")

    def action_open_case(self):
        """Open the case, once it is back.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.points.case",
            "res_id": self.case_id.id,
            "views": [(False, "form")],
        }
