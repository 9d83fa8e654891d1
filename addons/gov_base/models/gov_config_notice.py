import logging
from hashlib import sha256

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .gov_guard import engine

_logger = logging.getLogger(__name__)


class GovConfigNotice(models.Model):
    """Trouble with the configuration, told to the administrator once.

    A vacant post, a gap between two bands or a clause without a figure is not the
    fault of whoever submits a matter: it opens no finding per matter but one notice
    per institution, with what to do about it. The same trouble opens no second notice
    until the first one is done.

    The server opens notices (:meth:`_raise`, and :meth:`_raise_after_refusal` where
    the transaction is about to be undone); the approval administrator closes them,
    and the daily job those whose cause is gone (:meth:`_is_cured`).
    """

    _name = "gov.config.notice"
    _description = "Configuration Notice"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "state desc, opened_on desc, id desc"
    _rec_name = "text"
    _mail_post_access = "read"
    _engine_only = True
    _allow_sudo_commands = False

    code = fields.Char(required=True, readonly=True, index=True)
    text = fields.Text(string="What is wrong", required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    advice = fields.Text(string="What to do", compute="_compute_advice")
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    model = fields.Char(string="Kind of record", readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="model", readonly=True
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")],
        required=True,
        readonly=True,
        default="open",
    )
    opened_on = fields.Date(required=True, readonly=True)
    closed_on = fields.Date(readonly=True)
    closed_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, ondelete="restrict"
    )

    _one_open = models.UniqueIndex(
        "(company_id, code, fingerprint) WHERE state = 'open'",
        "This notice is open already.",
    )

    @api.depends("code")
    def _compute_advice(self):
        advice = self._get_advice()
        for notice in self:
            notice.advice = advice.get(notice.code, False)

    # === Actions ===

    def action_done(self):
        """Close the notices: the administrator has dealt with them.

        :return: True
        :raise UserError: a notice is closed already.
        """
        self.check_access("read")
        if not self.env.user.has_group("gov_base.group_approval_admin"):
            raise UserError(
                self.env._("Configuration notices are closed by the administrator.")
            )
        for notice in self:
            if notice.state != "open":
                raise UserError(
                    self.env._("“%(notice)s” is done already.", notice=notice.text)
                )
        # sudo: role, read access and state have just been checked.
        engine(self.sudo())._close(self.env.user)
        return True

    def action_open_place(self):
        """Open the record that the notice is about, or where it is set right.

        :return: a window action.
        :raise UserError: the record is gone.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.model:
            xml_id = self._get_places().get(self.code, "gov_base.gov_policy_action")
            return self.env["ir.actions.actions"]._for_xml_id(xml_id)
        if (
            self.model not in self.env
            or not self.env[self.model].browse(self.res_id).exists()
        ):
            raise UserError(self.env._("The record is no longer there."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === Engine ===

    @api.model
    def _raise(self, code, text, company, record=None):
        """Tell the administrator of ``company``, unless it stands there already.

        :param str code: what kind of trouble, see :meth:`_get_advice`.
        :param str text: one sentence in the institution's language; the same trouble
            always gives the same sentence.
        :param company: the institution concerned.
        :param record: where it is set right, e.g. the approval rule.
        :return: the open notice, old or new; empty when a rival is opening it.
        """
        # sudo: called by server code that has found the trouble; the user at work has
        # no rights on notices and is told nothing.
        notices = engine(self.sudo())
        where = f"{record._name},{record.id}" if record else ""
        key = {
            "company_id": company.id,
            "code": code,
            "fingerprint": sha256(f"{text}\n{where}".encode()).hexdigest(),
        }
        known = notices.search([*((k, "=", v) for k, v in key.items()), _OPEN])
        if known:
            return known.with_env(self.env)
        vals = {
            **key,
            "text": text,
            "model": record._name if record else False,
            "res_id": record.id if record else False,
            "opened_on": company.gov_today(),
        }
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                notice = notices.create(vals)
        except UniqueViolation:
            _logger.info("%s: opened by a rival", code)
            return self.browse()
        notice._tell_administrator()
        return notice.with_env(self.env)

    @api.model
    def _raise_after_refusal(self, code, text, company, record=None):
        """Tell the administrator although what happens now is about to be undone.

        The notice is written in a transaction of its own when the current one is
        rolled back, and not at all when it is committed after all.
        """
        registry, company_id = self.env.registry, company.id
        where = (record._name, record.id) if record else None

        def tell():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["gov.config.notice"]._raise(
                        code,
                        text,
                        env["res.company"].browse(company_id),
                        env[where[0]].browse(where[1]) if where else None,
                    )
            except Exception:
                _logger.exception("Notice %s could not be written", code)

        self.env.cr.postrollback.add(tell)

    @api.model
    def _tell_refused(self, code, matter, tier=None):
        """Tell the administrator why the configuration lets ``matter`` not pass.

        :param code: ``no_rule``, ``no_price_check``, ``band_gap`` or
            ``unreachable_tier``.
        :param tier: the rule, or frozen step, that nobody can decide.
        """
        env = matter._get_record_env()
        kind = env["ir.model"]._get(matter._name).name
        if code == "unreachable_tier":
            text = env._(
                "Too few people to decide: %(tier)s, %(department)s",
                tier=tier.with_env(env).name,
                department=matter.department_id.name,
            )
        elif code == "band_gap":
            amount = matter._approval_band_amount()
            text = env._(
                "%(kind)s: no approval rule covers %(amount)s.",
                kind=kind,
                amount=matter._approval_format_band(amount),
            )
        elif code == "no_price_check":
            text = env._("%(kind)s: no check fixes the amount.", kind=kind)
        else:
            text = env._("%(kind)s: no approval rule is in force.", kind=kind)
        record = tier if tier and tier._name == "gov.approval.rule" else None
        self._raise_after_refusal(code, text, matter.company_id, record)

    @api.model
    def _cure(self, code, company, record=None):
        """Close the open notices of this kind, about ``record`` if one is given."""
        domain = [("code", "=", code), ("company_id", "=", company.id), _OPEN]
        if record:
            domain += [("model", "=", record._name), ("res_id", "=", record.id)]
        # sudo: called by server code that has seen the trouble gone.
        notices = engine(self.sudo())
        notices.search(domain)._close()

    def _close(self, user=None):
        self.activity_unlink(["mail.mail_activity_data_todo"])
        for company, notices in self.grouped("company_id").items():
            notices.write(
                {
                    "state": "done",
                    "closed_on": company.gov_today(),
                    "closed_by_id": user.id if user else False,
                }
            )

    def _tell_administrator(self):
        """Leave one administrator of the institution a to-do, quietly."""
        self.ensure_one()
        group = self.env.ref("gov_base.group_approval_admin")
        admins = group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        for admin in admins.sorted("id")[:1]:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id.gov_today(),
                summary=self.text,
                user_id=admin.id,
            )

    @api.model
    def _get_advice(self):
        """Return what to do, by code; modules add theirs."""
        return {
            "vacant_tier": self.env._(
                "Fill the post: a holder for the role, or head and line leader of the "
                "department. Until then the fallback list decides."
            ),
            "unreachable_tier": self.env._(
                "Fill the post, or lower the number needed on the rule. The matter "
                "that waits can be withdrawn and submitted again."
            ),
            "no_rule": self.env._("Enter an approval rule for this kind of matter."),
            "band_gap": self.env._(
                "Close the gap between the bands of the approval rules."
            ),
            "no_price_check": self.env._(
                "Add a check tier that fixes the amount, such as the price check."
            ),
            "missing_clause": self.env._(
                "Enter the figure that is in force today among the policy clauses."
            ),
            "finding_off": self.env._(
                "Nothing to repair. Supervision has decided it; note it and close."
            ),
            "provisional_year": self.env._(
                "Load the official plan of the year, or import the notice. Until then "
                "deadlines in this year are provisional."
            ),
        }

    @api.model
    def _get_places(self):
        """Return the window action, by code, where the trouble is set right."""
        return {
            "no_rule": "gov_base.gov_approval_rule_action",
            "band_gap": "gov_base.gov_approval_rule_action",
            "no_price_check": "gov_base.gov_approval_rule_action",
            "missing_clause": "gov_base.gov_policy_action",
            "provisional_year": "gov_base.gov_workday_year_action",
        }

    def _is_cured(self):
        """Tell whether the cause of this notice is gone, as far as that is easy."""
        self.ensure_one()
        company = self.company_id
        if self.code == "provisional_year":
            return self._get_missing_year(company) not in self.text
        if self.code == "vacant_tier" and self.model == "gov.approval.rule":
            rule = self.env["gov.approval.rule"].browse(self.res_id).exists()
            if not rule.active or rule.approver_kind != "role":
                return not rule.active
            return bool(rule.role_id._get_holders(company).user_id)
        return False

    @api.model
    def _get_missing_year(self, company):
        """Return the year whose official plan should be here and is not, or "-".

        The plan of the next year is published between October and December.
        """
        today = company.gov_today()
        years = [today.year] + ([today.year + 1] if today.month == 12 else [])
        loaded = self.env["gov.workday.year"].search([("year", "in", years)])
        official = loaded.filtered(lambda y: y.state == "official").mapped("year")
        return next((str(year) for year in years if year not in official), "-")

    @api.model
    def _cron_check(self):
        """Once a day: look for what nobody trips over, close what is cured."""
        notices = engine(self.sudo())  # sudo: a job, it shows nobody anything
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            year = self._get_missing_year(company)
            if year != "-":
                lang = self.env["gov.approval.rule"]._get_lang(company)
                self._raise(
                    "provisional_year",
                    self.with_context(lang=lang).env._(
                        "No official plan of working days for %(year)s.", year=year
                    ),
                    company,
                )
        for notice in notices.search([_OPEN]):
            if notice._is_cured():
                notice._close()


_OPEN = ("state", "=", "open")
