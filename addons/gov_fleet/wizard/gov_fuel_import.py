import base64
import hashlib
import logging

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools import cells
from odoo.addons.gov_base.tools.book import read_grid
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools import statement
from .gov_fuel_import_check import StatementCheck

_logger = logging.getLogger(__name__)

MOST_ROWS = 50_000
MOST_BYTES = 20 * 1024 * 1024
# The list shows so many remarks; who has more mends these first.
_MOST_SHOWN = 500


class GovFuelImport(models.TransientModel):
    """Imports a supplier's statement of fills from CSV or Excel.

    Three steps: choose supplier and file; say what each column holds, which is
    remembered for the supplier's next file; check, and import when every row is
    clean, whole or not at all. Rows that were imported before are known again, so
    that the same statement twice gives no double. Each row finds its slip.

    The vehicle technician imports, within the institution that is chosen.
    """

    _name = "gov.fuel.import"
    _inherit = "gov.import.mixin"
    _description = "Import a Fuel Statement"
    _protected_fields = frozenset(
        {
            "row_count",
            "new_count",
            "existing_count",
            "left_out_count",
            "heading_row",
            "line_ids",
            "statement_id",
        }
    )

    _most_bytes = MOST_BYTES

    supplier_id = fields.Many2one("res.partner", required=True)
    file = fields.Binary(string="CSV or Excel file", attachment=False)
    filename = fields.Char()
    all_full = fields.Boolean(
        string="Every fill was to the brim",
        help="Then consumption is measured from fill to fill where the file has the "
        "odometer. Slips say it themselves.",
    )
    state = fields.Selection(
        [
            ("draft", "File"),
            ("mapping", "Columns"),
            ("checked", "Checked"),
            ("done", "Imported"),
        ],
        default="draft",
        readonly=True,
    )
    column_ids = fields.One2many(
        "gov.fuel.import.column", "wizard_id", string="Columns"
    )
    line_ids = fields.One2many(
        "gov.fuel.import.line", "wizard_id", string="Remarks", readonly=True
    )
    heading_row = fields.Integer(string="Row of headings", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    existing_count = fields.Integer(string="There already", readonly=True)
    left_out_count = fields.Integer(string="No fills", readonly=True)
    summary = fields.Char(compute="_compute_summary")
    statement_id = fields.Many2one("gov.fuel.statement", readonly=True)

    @api.depends("state", "column_ids.target", "all_full")
    def _compute_is_clean(self):
        result = super()._compute_is_clean()
        for wizard in self:
            wizard.is_clean &= wizard.state == "checked"
        return result

    @api.depends("state", "is_clean", "row_count", "error_count", "new_count")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = wizard._get_summary()

    def _get_summary(self):
        """Return in one sentence what was found so far."""
        if self.state == "draft":
            return self.env._(
                "Choose the supplier and the file as the station or the issuer of the "
                "cards sends it."
            )
        if self.state == "mapping":
            return self.env._(
                "Say what each column holds. It is remembered for the supplier's next "
                "file."
            )
        if self.state == "done":
            return self.env._(
                "%(new)s fills were imported; %(existing)s were there already and stay "
                "as they are; %(left_out)s rows are no fills.",
                new=self.new_count,
                existing=self.existing_count,
                left_out=self.left_out_count,
            )
        if self.error_count:
            return self.env._(
                "%(count)s errors; nothing was imported. Mend these rows, or what they "
                "name, and check again.",
                count=self.error_count,
            )
        if not self.is_clean:
            return self.env._("The file was changed; please check it again.")
        return self.env._(
            "All %(count)s rows are clean: %(new)s are new, %(existing)s were imported "
            "before, %(left_out)s are no fills.",
            count=self.row_count,
            new=self.new_count,
            existing=self.existing_count,
            left_out=self.left_out_count,
        )

    # === Actions === #

    def action_read(self):
        """Read the file and show its columns, with what they are known to hold.

        :return: the action that shows the dialog again.
        :raise UserError: without a file, or when it has no row of headings.
        """
        self._check_own()
        known = self._get_known()
        lines = self._read_lines()
        place = statement.find_headings(lines, set(known))
        if place is None:
            raise UserError(
                self.env._(
                    "The row of headings was not found: at least two columns must be "
                    "named, such as card number, time, litres, amount."
                )
            )
        number, values = lines[place]
        samples = lines[place + 1][1] if len(lines) > place + 1 else []
        columns, taken = [], set()
        for index, value in enumerate(values):
            heading = cells.plain(value).strip()
            if not heading:
                continue
            target = known.get(cells.key(heading)) or statement.guess(heading)
            if target != "ignore" and target in taken:
                target = "ignore"
            taken.add(target)
            sample = cells.plain(samples[index]) if index < len(samples) else ""
            columns.append(
                {
                    "position": index,
                    "heading": heading,
                    "sample": sample,
                    "target": target,
                }
            )
        wizard = engine(self)
        wizard.column_ids.unlink()
        wizard.line_ids.unlink()
        wizard.write(
            {
                "state": "mapping",
                "heading_row": number,
                "checked_digest": False,
                "column_ids": [Command.create(vals) for vals in columns],
            }
        )
        return self._reopen()

    def action_check(self):
        """Check every row and list the bad ones; nothing is imported.

        :return: the action that shows the dialog again.
        :raise UserError: when the columns say too little.
        """
        self._check_own()
        self._save_result(self._run_check(), "checked")
        return self._reopen()

    def action_import(self):
        """Import the file that was checked last and found clean, whole.

        It is checked once more, because the data may have changed since.

        :return: the action that shows the dialog again: what was imported, or the bad
            rows that have turned up, and then nothing was imported.
        :raise UserError: when exactly this file has not been checked as clean.
        """
        self._check_clean()
        # Two imports at once meet on the institution's row; the loser is retried and
        # finds what the winner has imported.
        meet_rivals(self.env.company)
        check = self._run_check()
        made = self.env["gov.fuel.statement"]
        if not check.issues:
            self._remember()
            if check.rows:
                # sudo: the technician's right and every row were checked just now.
                made = engine(made.sudo())._import(
                    self.env.company,
                    self.supplier_id,
                    check,
                    {"filename": self.filename, "digest": self._get_file_digest()},
                )
        self._save_result(check, "checked" if check.issues else "done", made)
        _logger.info(
            "Fuel statement imported by user %s: %s of %s rows were new",
            self.env.uid,
            len(check.rows),
            check.row_count,
        )
        return self._reopen()

    def action_open_statement(self):
        """Open the statement that was imported."""
        self._check_own()
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.fuel.statement",
            "res_id": self.statement_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === Helpers === #

    def _check_own(self):
        if not self.env.user.has_group("gov_fleet.group_technician"):
            raise UserError(
                self.env._("Statements are imported by the vehicle technician.")
            )
        return super()._check_own()

    def _read_lines(self):
        """Return the rows of the file.

        :raise UserError: without a file, or when it is none.
        """
        wizard = self.with_context(bin_size=False)
        if not wizard.file:
            raise UserError(self.env._("Please choose the file first."))
        content = base64.b64decode(wizard.file)
        return read_grid(self.env, content, MOST_ROWS, MOST_BYTES)

    def _get_known(self):
        """Return dict heading as compared → what it held in the last file."""
        mappings = self.env["gov.fuel.mapping"].search_fetch(
            [
                ("company_id", "=", self.env.company.id),
                ("supplier_id", "=", self.supplier_id.id),
            ],
            ["heading", "target"],
        )
        return {cells.key(mapping.heading): mapping.target for mapping in mappings}

    def _get_targets(self):
        """Return dict target → column.

        :raise UserError: when two columns hold the same, or too little is known.
        """
        targets = {}
        for column in self.column_ids:
            if column.target == "ignore":
                continue
            if column.target in targets:
                raise UserError(
                    self.env._(
                        "Two columns cannot hold the same: %(first)s and %(second)s.",
                        first=targets[column.target].heading,
                        second=column.heading,
                    )
                )
            targets[column.target] = column
        labels = dict(
            self.column_ids._fields["target"]._description_selection(self.env)
        )
        for choice in (
            ("card", "plate"),
            ("moment", "date"),
            ("litres",),
            ("amount", "price"),
        ):
            if not targets.keys() & set(choice):
                raise UserError(
                    self.env._(
                        "No column holds this: %(choices)s.",
                        choices=[labels[target] for target in choice],
                    )
                )
        return targets

    def _run_check(self):
        """Return the check of all rows, with the person's own rights."""
        targets = self._get_targets()
        rows = [line for line in self._read_lines() if line[0] > self.heading_row]
        if not rows:
            raise UserError(self.env._("There are no rows below the headings."))
        if len(rows) > MOST_ROWS:
            raise UserError(
                self.env._(
                    "The file has too many rows; at most %(most)s are possible. Please "
                    "divide it.",
                    most=MOST_ROWS,
                )
            )
        company = self.env.company
        env = self.env(
            context={
                "lang": self.env.lang,
                "tz": self.env.user.tz,
                "allowed_company_ids": company.ids,
            }
        )
        check = StatementCheck(
            env,
            company.with_env(env),
            self.supplier_id,
            {target: column.position for target, column in targets.items()},
            {target: column.heading for target, column in targets.items()},
            self.all_full,
        )
        check.run(rows)
        return check

    def _remember(self):
        """Keep what the columns hold for the supplier's next file."""
        mappings = self.env["gov.fuel.mapping"]
        old = mappings.search(
            [
                ("company_id", "=", self.env.company.id),
                ("supplier_id", "=", self.supplier_id.id),
            ]
        )
        by_heading = {cells.key(mapping.heading): mapping for mapping in old}
        for column in self.column_ids:
            mapping = by_heading.get(cells.key(column.heading))
            if not mapping:
                by_heading[cells.key(column.heading)] = mappings.create(
                    {
                        "supplier_id": self.supplier_id.id,
                        "heading": column.heading,
                        "target": column.target,
                        "company_id": self.env.company.id,
                    }
                )
            elif mapping.target != column.target:
                mapping.target = column.target

    def _get_file_digest(self):
        wizard = self.with_context(bin_size=False)
        return hashlib.sha256(base64.b64decode(wizard.file or b"")).hexdigest()

    def _get_digest(self):
        """Return the fingerprint of the file and of how it is to be imported."""
        parts = [
            self._get_file_digest(),
            str(self.env.company.id),
            str(self.supplier_id.id),
            str(self.all_full),
            *(f"{column.position}:{column.target}" for column in self.column_ids),
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def _save_result(self, check, state, made=None):
        """Keep what a check or an import found."""
        wizard = engine(self)
        wizard.line_ids.unlink()
        wizard.write(
            {
                "state": state,
                "checked_digest": self._get_digest() if state == "checked" else False,
                "row_count": check.row_count,
                "new_count": len(check.rows),
                "existing_count": check.existing,
                "left_out_count": check.left_out,
                "error_count": len(check.issues),
                "line_ids": [
                    Command.create(issue) for issue in check.issues[:_MOST_SHOWN]
                ],
                "statement_id": made.id if made else False,
            }
        )

    def _reopen(self):
        return self._reopen_as(self.env._("Import a statement"))
