import base64
import hashlib
import logging

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .imports.run import Run

_logger = logging.getLogger(__name__)

# The list shows so many remarks; who has more mends these first.
_MOST_SHOWN = 500
# The check of a small file ends with a trial of Odoo's import. A large one would take
# minutes twice; what Odoo refuses there is heard at the import, which is then undone.
_MOST_TRIED = 1000


class GovImport(models.TransientModel):
    """Takes over departments, people, products, norms, meters, usage … from Excel.

    The person checks a file until every row is clean and then imports exactly that
    file, whole or not at all. Everything runs through Odoo's own import with the
    person's own rights: people and departments need those of personnel in addition.
    """

    _name = "gov.import"
    _inherit = "gov.import.mixin"
    _description = "Import from Excel"
    _protected_fields = frozenset(
        {"row_count", "new_count", "existing_count", "line_ids"}
    )
    _files = ("file", "people_file")

    kind = fields.Selection(
        [
            ("department", "Departments"),
            ("person", "People"),
            ("product", "Products"),
            ("opening", "Opening stock"),
            ("norm", "Norms"),
            ("budget", "Budget of the year"),
            ("meter", "Meters"),
            ("reading", "Meter readings"),
            ("usage", "Usage of services"),
        ],
        string="What is imported",
        required=True,
        default="department",
    )
    file = fields.Binary(string="Excel file", attachment=False)
    filename = fields.Char()
    people_file = fields.Binary(
        string="File of people",
        attachment=False,
        help="Heads and line leaders that are not in the system yet may stand in this "
        "file; it is imported together with the departments.",
    )
    people_filename = fields.Char()
    create_missing = fields.Boolean(
        string="Create missing categories and units",
        help="Otherwise a category or unit that the system does not know is an error.",
    )
    reason = fields.Char(
        default=lambda self: self.env._("Opening stock"),
        help="Stands on the stock moves.",
    )
    state = fields.Selection(
        [("draft", "Not checked"), ("checked", "Checked"), ("done", "Imported")],
        default="draft",
        readonly=True,
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    existing_count = fields.Integer(string="There already", readonly=True)
    summary = fields.Char(compute="_compute_summary")
    line_ids = fields.One2many(
        "gov.import.line", "wizard_id", string="Remarks", readonly=True
    )

    @api.depends("people_file", "kind", "create_missing")
    def _compute_is_clean(self):
        return super()._compute_is_clean()

    @api.depends("state", "is_clean", "row_count", "new_count", "error_count")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = wizard._get_summary()

    def _get_summary(self):
        """Return in one sentence what the check or the import has found."""
        if self.state == "draft":
            return self.env._(
                "Fill in the template, choose the file and check it. Every wrong row "
                "is listed with its number and the reason; nothing is imported until "
                "all rows are clean."
            )
        if self.state == "done":
            return self.env._(
                "%(new)s new records were imported; %(existing)s were there already "
                "and stay as they are.",
                new=self.new_count,
                existing=self.existing_count,
            )
        if self.error_count:
            return self.env._(
                "%(count)s errors; nothing was imported. Mend these rows in the file, "
                "choose it again and check it again.",
                count=self.error_count,
            )
        if not self.is_clean:
            return self.env._("The file was changed; please check it again.")
        return self.env._(
            "All %(count)s rows are clean, %(new)s of them are new. Now the file can "
            "be imported.",
            count=self.row_count,
            new=self.new_count,
        )

    # === Actions === #

    def action_template(self):
        """Return the download of the empty template of this kind.

        :raise UserError: for the dialog of somebody else.
        """
        self._check_own()
        return {
            "type": "ir.actions.act_url",
            "url": f"/gov_logistics/static/xls/{self.kind}.xlsx",
            "target": "download",
        }

    def action_check(self):
        """Check the file and list every bad row; nothing is imported.

        :return: the action that shows the dialog again.
        :raise UserError: without a file, or when the person lacks a right.
        """
        self._check_own()
        run = self._make_run()
        if run.check(self._get_contents()) and run.new_count <= _MOST_TRIED:
            run.try_load()
        self._save_result(run, "checked")
        return self._reopen()

    def action_import(self):
        """Import the file that was checked last and found clean.

        It is checked once more, because the data may have changed since.

        :return: the action that shows the dialog again: what was imported, or the bad
            rows that have turned up, and then nothing was imported.
        :raise UserError: when exactly this file has not been checked as clean.
        """
        self._check_clean()
        # Two imports at once meet on the institution's row; the loser is retried and
        # finds what the winner has created.
        meet_rivals(self.env.company)
        run = self._make_run()
        done = run.check(self._get_contents()) and run.load()
        self._save_result(run, "done" if done else "checked")
        if done:
            _logger.info(
                "Import of %s by user %s: %s of %s rows were new",
                self.kind,
                self.env.uid,
                run.new_count,
                run.row_count,
            )
        return self._reopen()

    # === Helpers === #

    def _make_run(self):
        """Return a run with the person's rights and without the caller's context."""
        company = self.env.company
        env = self.env(
            context={
                "lang": self.env.lang,
                "tz": self.env.user.tz,
                "allowed_company_ids": company.ids,
                # A thousand new records need no followers and no log.
                "tracking_disable": True,
                "mail_create_nosubscribe": True,
                "mail_create_nolog": True,
            }
        )
        return Run(env, company.with_env(env), self.create_missing, self.reason or "")

    def _get_contents(self):
        """Return dict kind → content of the file.

        :raise UserError: without a file.
        """
        wizard = self.with_context(bin_size=False)
        if not wizard.file:
            raise UserError(self.env._("Please choose the Excel file first."))
        contents = {self.kind: base64.b64decode(wizard.file)}
        if self.kind == "department" and wizard.people_file:
            contents["person"] = base64.b64decode(wizard.people_file)
        return contents

    def _get_digest(self):
        """Return the fingerprint of the files and of how they are to be imported."""
        wizard = self.with_context(bin_size=False)
        digest = hashlib.sha256()
        for part in (
            self.kind,
            str(self.create_missing),
            str(self.env.company.id),
            wizard.file,
            self.kind == "department" and wizard.people_file,
        ):
            part = part or b""
            part = part.encode() if isinstance(part, str) else part
            digest.update(b"%d:" % len(part) + part)
        return digest.hexdigest()

    def _save_result(self, run, state):
        """Keep what a check or an import found."""
        issues = sorted(run.issues, key=lambda issue: (issue["sheet"], issue["row"]))
        errors = [issue for issue in issues if issue["level"] == "error"]
        existing = [issue for issue in issues if issue["level"] == "existing"]
        shown = (errors or existing)[:_MOST_SHOWN]
        # A rolled back trial has emptied the cache; the dialog itself is the person's.
        wizard = engine(self)
        wizard.line_ids.unlink()
        wizard.write(
            {
                "state": state,
                # What has been imported must be checked again to be imported again.
                "checked_digest": self._get_digest() if state == "checked" else False,
                "row_count": run.row_count,
                "new_count": run.new_count,
                "error_count": len(errors),
                "existing_count": len(existing),
                "line_ids": [Command.create(issue) for issue in shown],
            }
        )

    def _reopen(self):
        return self._reopen_as(self.env._("Import from Excel"))
