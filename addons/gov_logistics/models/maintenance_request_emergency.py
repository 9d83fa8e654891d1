from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals
from odoo.addons.gov_base.tools.scan import clean_scan

from ..tools.clock import WorkClock

_MAX_TEXT = 2000
_CHUNK = 200
_TODO = "gov_logistics.mail_activity_type_emergency"


class MaintenanceRequest(models.Model):
    """Emergencies outside working time: first the work, then the paper (急办后补).

    An emergency that is taken at night or on a day off knows who is on duty and is
    papered within the working days of the clause ``service.emergency.paper.days``: who
    called, who agreed, what was done, with the signed slip when there is one. What is
    not becomes the finding ``emergency_not_papered``.
    """

    _inherit = "maintenance.request"

    _protected_fields = frozenset(
        {
            "duty_shift_id",
            "paper_deadline",
            "papered_on",
            "papered_by_id",
            "paper_text",
            "paper_scan",
        }
    )

    duty_shift_id = fields.Many2one(
        "gov.duty.shift",
        string="On duty then",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    duty_phone = fields.Char(related="duty_shift_id.phone")
    paper_deadline = fields.Date(
        string="Paper by", readonly=True, copy=False, index="btree_not_null"
    )
    papered_on = fields.Date(readonly=True, copy=False)
    papered_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    paper_text = fields.Text(string="Paper of the emergency", readonly=True, copy=False)
    paper_scan = fields.Binary(
        string="Scan of the slip", attachment=True, readonly=True, copy=False
    )
    can_paper = fields.Boolean(compute="_compute_can_paper")
    is_to_paper = fields.Boolean(
        string="To be papered",
        compute="_compute_can_paper",
        search="_search_is_to_paper",
    )

    @api.depends("paper_deadline", "papered_on", "gov_state")
    @api.depends_context("uid")
    def _compute_can_paper(self):
        for request in self:
            waits = bool(request.paper_deadline and not request.papered_on)
            request.is_to_paper = waits and request.gov_state != "cancelled"
            request.can_paper = waits and request._may_paper()

    @api.model
    def _search_is_to_paper(self, operator, value):
        if operator != "in":
            return NotImplemented
        waits = (
            Domain("paper_deadline", "!=", False)
            & Domain("papered_on", "=", False)
            & Domain("gov_state", "!=", "cancelled")
        )
        return waits if True in value else ~waits

    def _may_paper(self):
        return self._is_desk() or self._is_repairer()

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        # sudo: what follows from the moment of the call is the server's to write.
        engine(requests.filtered("is_emergency").sudo())._note_emergency()
        return requests

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_emergency") and not is_engine(self.env):
            # sudo: as above; who may write the field was checked by super().
            engine(self.sudo())._note_emergency()
        return result

    def _note_emergency(self):
        """Name the shift and the day by which to paper; tell who is on duty."""
        for company, requests in self.grouped("company_id").items():
            clock = WorkClock(self.env, company)
            for request in requests:
                moment = request.requested_at or fields.Datetime.now()
                if request.paper_deadline or clock.between(
                    moment, moment + timedelta(minutes=1)
                ):
                    continue
                shift = self.env["gov.duty.shift"]._on_duty(moment, company)
                request.write(
                    {
                        "duty_shift_id": shift.id,
                        "paper_deadline": request._get_paper_deadline(moment),
                    }
                )
                request._tell_duty(shift)

    def _get_paper_deadline(self, moment):
        """Return the working day by which an emergency of ``moment`` is papered."""
        company = self.company_id
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=company._gov_zone().zone), moment
        )
        env = self.with_company(company).env
        try:
            # sudo: the clause is no secret; visitors come here too.
            days = (
                env["gov.policy"]
                .sudo()
                .get_value("service.emergency.paper.days", local.date(), company)
            )
        except UserError:
            days = 1  # a clause that is missing must not stop an emergency
        # Before office hours of a working day the next working day is the one after.
        return env["gov.workday"].add_working_days(local.date(), days)

    def _tell_duty(self, shift):
        """Give who is on duty, else the leader of the shift, a to-do."""
        users = shift.employee_ids.user_id or shift.leader_id.user_id
        quiet = self.with_context(mail_activity_quick_update=True)
        for user in users.filtered("active"):
            quiet.activity_schedule(
                _TODO,
                date_deadline=self.company_id.gov_today(),
                summary=self.name,
                user_id=user.id,
            )

    # -------------------------------------------------------------------- actions

    def action_paper(self, text, scan=None):
        """Paper an emergency that went ahead (补单).

        :param str text: who called, who agreed, what was done; required.
        :param scan: signed slip, base64 of a PDF, JPEG or PNG; may be empty.
        :return: True
        :raise UserError: nothing to paper, papered already, no text, no such file, or
            neither the service desk nor the repairer.
        """
        self.ensure_one()
        self.check_access("read")
        text = text.strip() if isinstance(text, str) else ""
        if not text or len(text) > _MAX_TEXT or "\0" in text:
            raise UserError(
                self.env._(
                    "Say who called, who agreed and what was done, in at most %(most)s "
                    "characters.",
                    most=_MAX_TEXT,
                )
            )
        if scan:
            scan = clean_scan(self.env, scan)[0]
        # sudo: rivals meet on this row; right and state are checked below.
        request = engine(self.sudo())
        meet_rivals(self)
        if not self.is_to_paper:
            raise UserError(
                self.env._("%s: there is nothing to be papered.", self.display_name)
            )
        if not self._may_paper():
            raise UserError(
                self.env._(
                    "%s is papered by the service desk or by the repairer.",
                    self.display_name,
                )
            )
        request.write(
            {
                "paper_text": text,
                "paper_scan": scan or False,
                "papered_on": self.company_id.gov_today(),
                "papered_by_id": self.env.uid,
            }
        )
        request.activity_unlink([_TODO])
        return True

    def action_open_paper(self):
        """Open the dialog that papers an emergency.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Paper the emergency"),
            "res_model": "gov.service.paper",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    # ------------------------------------------------------------------------ job

    @api.model
    def _cron_emergency_papers(self):
        """Open a finding about each emergency that was not papered in time."""
        # sudo: a job; findings show each person only what they may read.
        requests = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            domain = [
                ("company_id", "=", company.id),
                ("is_to_paper", "=", True),
                ("paper_deadline", "<", company.gov_today()),
            ]
            last = 0
            while late := requests.search(
                [*domain, ("id", ">", last)], limit=_CHUNK, order="id"
            ):
                last = late[-1].id
                late._raise_not_papered()
                self.env["ir.cron"]._commit_progress(len(late))

    def _raise_not_papered(self):
        findings = self.env["gov.finding"]
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id[:1])
        for request in self.with_context(lang=lang):
            evidence = request.env._(
                "%(request)s went ahead outside working time and was to be papered by "
                "%(day)s (clause service.emergency.paper.days).",
                request=request.display_name,
                day=format_day(request.env, request.paper_deadline),
            )
            findings._raise(
                "emergency_not_papered",
                request,
                evidence,
                employee=request.user_id.employee_id or None,
            )
