import logging
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

PURGE_BATCH = 5000
# Logs are kept for at least six months, whatever the clause says.
_LEAST_DAYS = 183
# What this process has written today: nobody is logged twice, nothing is asked.
_MOST_SEEN = 50_000
_seen = set()


class GovAccessLog(models.Model):
    """Who opened the form or the print of a matter, on which day.

    One row per person, matter, day and kind. Rows are made by the server
    (:meth:`_note`) after the request has been answered, on a connection of their own:
    opening a form costs no query more, and works on a read-only replica. They are
    never changed; the job deletes those older than the clause ``access.log.days``.

    Supervision reads all rows of its institutions; the person concerned reads those on
    their matters where the kind of matter says so
    (``_access_log_visible_to_person``), but never that supervision looked.
    """

    _name = "gov.access.log"
    _description = "Access Log"
    _inherit = ["gov.guard.mixin"]
    _order = "opened_at desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False
    _log_access = False

    model = fields.Char(string="Kind of matter", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Matter", model_field="model", required=True, readonly=True
    )
    matter_name = fields.Char(string="Opened", compute="_compute_matter_name")
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Opened by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [("form", "Form"), ("print", "Print")], required=True, readonly=True
    )
    day = fields.Date(required=True, readonly=True)
    opened_at = fields.Datetime(string="First opened at", required=True, readonly=True)
    by_supervision = fields.Boolean(readonly=True)
    for_me = fields.Boolean(
        string="On my matter", compute="_compute_for_me", search="_search_for_me"
    )

    _once_a_day = models.UniqueIndex(
        "(model, res_id, user_id, day, kind)", "This has been logged already."
    )
    _company_day_idx = models.Index("(company_id, day)")
    _user_idx = models.Index("(user_id, day)")

    # === Compute, search ===

    @api.depends("model", "res_id")
    def _compute_display_name(self):
        for log in self:
            log.display_name = log.matter_name

    @api.depends("model", "res_id")
    def _compute_matter_name(self):
        for model, logs in self.grouped("model").items():
            names = {}
            if model in self.env:
                # sudo: the reader of the log may know which matter was opened.
                matters = self.env[model].sudo().browse(logs.mapped("res_id"))
                names = {m.id: m.display_name for m in matters.exists()}
            for log in logs:
                log.matter_name = names.get(log.res_id, f"{model},{log.res_id}")

    @api.depends_context("uid")
    def _compute_for_me(self):
        # sudo: the domain itself asks whose matter it is.
        found = self.sudo().search(self._domain_for_me() & Domain("id", "in", self.ids))
        for log in self:
            log.for_me = log.id in found.ids

    def _search_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._domain_for_me()
        return domain if True in value else ~domain

    @api.model
    def _domain_for_me(self):
        """Return the domain of what the person concerned may know."""
        domains = [Domain.FALSE]
        for name in self._get_logged_models():
            matters = self.env[name]
            if matters._access_log_visible_to_person():
                # sudo: only which matters are the user's own is asked.
                own = matters.sudo()._search(
                    matters._access_log_domain_of_person(), active_test=False
                )
                domains.append(
                    Domain("model", "=", name)
                    & Domain("res_id", "in", own)
                    & matters._access_log_domain_shown()
                )
        return Domain("by_supervision", "=", False) & Domain.OR(domains)

    @api.model
    def _get_logged_models(self):
        """Return the names of the models whose forms and prints leave a trace."""
        names = self.env.registry.descendants(["gov.access.mixin"], "_inherit")
        return sorted(name for name in names if not self.env[name]._abstract)

    # === Actions ===

    def action_open_matter(self):
        """Open the matter of this row.

        :raise UserError: it is no longer there.
        """
        self.ensure_one()
        self.check_access("read")
        if (
            self.model not in self.env
            or not self.env[self.model].browse(self.res_id).exists()
        ):
            raise UserError(self.env._("The matter is no longer there."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # === Engine ===

    @api.model
    def _note(self, matters, kind):
        """Log that the current user opened ``matters``, once this request is done.

        :param matters: documents that the user has just been allowed to read.
        :param str kind: ``form`` or ``print``.
        """
        user = self.env.user
        if user.id == SUPERUSER_ID:
            return
        day_of = {}
        by_supervision = user.has_group("gov_base.group_supervision")
        rows = []
        for matter in matters.sudo():  # sudo: only its institution is read
            company = matter.company_id
            day = day_of.setdefault(company, company.gov_today())
            key = (matters._name, matter.id, user.id, day, kind)
            if (self.env.cr.dbname, *key) not in _seen:
                rows.append((*key, company.id, by_supervision))
        if rows:
            registry, dbname = self.env.registry, self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: self._write_rows(registry, dbname, rows))

    @staticmethod
    def _write_rows(registry, dbname, rows):
        """Insert ``rows`` in a transaction of their own; a rival's row will do."""
        now = fields.Datetime.now()
        values = SQL(", ").join(SQL("%s", (*row, now)) for row in sorted(rows))
        query = SQL(
            "INSERT INTO gov_access_log (model, res_id, user_id, day, kind,"
            " company_id, by_supervision, opened_at) VALUES %s ON CONFLICT DO NOTHING",
            values,
        )
        try:
            with registry.cursor() as cr, mute_logger("odoo.sql_db"):
                cr.execute(query)
        except SerializationFailure:
            _logger.debug("Access log: written by a rival")
        except Exception:
            _logger.exception("Access log: %s rows could not be written", len(rows))
            return
        if len(_seen) > _MOST_SEEN:
            _seen.clear()
        _seen.update((dbname, *row[:5]) for row in rows)

    @api.model
    def _cron_purge(self):
        """Delete what is older than the clause says, in committed chunks."""
        cron = self.env["ir.cron"]
        policies = self.env["gov.policy"]
        # sudo: a job; every institution has its own clause.
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            days = policies.get_value("access.log.days", company=company)
            first = company.gov_today() - timedelta(days=max(days, _LEAST_DAYS))
            query = SQL(
                "DELETE FROM gov_access_log WHERE id IN (SELECT id FROM gov_access_log"
                " WHERE company_id = %s AND day < %s ORDER BY id LIMIT %s)",
                company.id,
                first,
                PURGE_BATCH,
            )
            while True:
                self.env.cr.execute(query)
                count = self.env.cr.rowcount
                if not count:
                    break
                if not cron._commit_progress(count):
                    return
