"""An Excel workbook as a rulebook: every row is checked, every error is told."""

from collections import defaultdict

from odoo import Command
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools import book, cells

from .scheme_columns import CHOICES, SECTION_HEAD, SETTINGS, SHEETS
from .scheme_export import record_name

_SEPARATORS = str.maketrans({mark: "\n" for mark in "、；;，"})
_LEVEL = (
    "name",
    "total_from",
    "total_from_included",
    "total_to",
    "total_to_included",
    "single_from",
    "colour",
)
_MEASURE = ("measure", "owner", "days_number", "days_unit", "only_if_serious")


class SchemeImport:
    """One reading of a workbook for one draft.

    The file is the whole rulebook: an article or level that it lacks leaves the draft.
    Articles and levels are known by number and code, so what stays keeps its
    translations.

    :ivar issues: what is wrong, as values of ``gov.points.import.line``.
    """

    def __init__(self, scheme):
        self.scheme = scheme
        self.env = scheme.env
        self.issues = []
        self.settings = {}
        self.named_from = None
        self.articles = []
        self.levels = []
        self._headings = {}
        self._places = {}

    @property
    def is_clean(self):
        return not self.issues

    # === Reading === #

    def check(self, content):
        """Read and check the file; nothing is written.

        :return: True when every row is clean.
        """
        tables = {code: self._read_sheet(content, code) for code in SHEETS}
        if len({issue["reason"] for issue in self.issues}) == 1 and not any(
            tables.values()
        ):
            # What is no workbook at all is said once.
            self.issues = [{**self.issues[0], "sheet": "", "heading": ""}]
        if tables["settings"] is not None:
            self._read_settings(tables["settings"])
        if tables["articles"] is not None:
            self._read_articles(tables["articles"])
        if tables["thresholds"] is not None:
            self._read_levels(tables["thresholds"])
        return self.is_clean

    def _read_sheet(self, content, code):
        """Return the rows of a sheet, None when it cannot be used."""
        names, columns = SHEETS[code]
        try:
            headings, rows = book.read_table(self.env, content, columns, names)
        except UserError as error:
            self._report(code, None, "", None, str(error))
            return None
        self._headings[code] = headings
        for row in rows:
            for column in columns:
                # What a setting may be depends on which one it is.
                if column.key != "value":
                    row.values[column.key] = self._read_cell(code, row, column)
        return rows

    def _read_cell(self, code, row, column):
        if column.key not in row.raw:
            return None
        return self._read_value(code, row, column.key, column, row.raw[column.key])

    def _read_value(self, code, row, key, column, raw):
        """Return what a cell says for ``column``; what is wrong is reported."""
        try:
            value = cells.read(self.env, column, raw, CHOICES)
        except cells.BadCell as bad:
            self._report(code, row, key, raw, str(bad))
            return None
        if value is not None and column.kind == "integer" and value < column.least:
            least = self.env._("the number is too small, at least %s", column.least)
            self._report(code, row, key, raw, least)
            return None
        return value

    def _report(self, code, row, key, raw, reason):
        """Note that something is wrong in a row, or in a sheet as a whole."""
        names, columns = SHEETS[code]
        shown = {column.key: column.zh for column in columns}
        issue = {
            "sheet": names[0],
            "row": row.number if row else 0,
            "heading": self._headings.get(code, {}).get(key) or shown.get(key, ""),
            "value": cells.plain(raw),
            "reason": reason,
        }
        if issue not in self.issues:
            self.issues.append(issue)

    def _report_row(self, code, row, key, reason):
        self._report(code, row, key, row.raw.get(key), reason)

    # === Settings === #

    def _read_settings(self, rows):
        known = {}
        for column in SETTINGS:
            known[cells.key(column.zh)] = known[cells.key(column.en)] = column
        seen = {}
        for row in rows:
            column = known.get(cells.key(row.values["setting"] or ""))
            if column is None:
                if row.values["setting"]:
                    reason = self.env._("there is no such setting")
                    self._report_row("settings", row, "setting", reason)
            elif column.key in seen:
                self._report_double("settings", row, "setting", seen[column.key])
            else:
                seen[column.key] = row.number
                raw = row.raw.get("value")
                value = self._read_value("settings", row, "value", column, raw)
                self._keep_setting(row, column, value)
        for column in SETTINGS:
            if column.key not in seen:
                reason = self.env._("the setting “%s” is missing", column.zh)
                self._report("settings", None, "setting", None, reason)

    def _keep_setting(self, row, column, value):
        field = self.scheme._fields[column.key]
        if column.key == "named_from_threshold_id":
            self.named_from = value and (row, value)
        elif column.key == "scores":
            self._keep_scores(row, value)
        elif field.relational:
            self._keep_records(row, column, field, value)
        elif column.kind in ("text", "date"):
            self.settings[column.key] = value or False
        else:
            self.settings[column.key] = value or 0
        self._check_days(row, column)

    def _keep_scores(self, row, value):
        try:
            self.settings["scores"] = sorted(
                self.scheme._parse_scores(value), reverse=True
            )
        except UserError as error:
            self._report_row("settings", row, "value", str(error))

    def _keep_records(self, row, column, field, value):
        """Find the records that the names in a cell stand for."""
        names = (value or "").translate(_SEPARATORS).split("\n")
        found = self.env[field.comodel_name]
        for name in filter(None, map(str.strip, names)):
            record = self._find_record(field.comodel_name, name)
            if record is None:
                reason = self.env._("“%s” is not known, or not unique", name)
                self._report_row("settings", row, "value", reason)
            else:
                found |= record
        if field.type == "many2one" and len(found) > 1:
            reason = self.env._("only one is possible here")
            self._report_row("settings", row, "value", reason)
        elif field.type == "many2one":
            self.settings[column.key] = found.id
        else:
            self.settings[column.key] = [Command.set(found.ids)]

    def _check_days(self, row, column):
        first, last = self.settings.get("date_from"), self.settings.get("date_to")
        if column.key == "date_to" and last and (not first or last < first):
            reason = self.env._("a rulebook cannot end before it begins")
            self._report_row("settings", row, "value", reason)

    def _find_record(self, model, name):
        """Return the one record that ``name`` or its code stands for, or None."""
        if model not in self._places:
            self._places[model] = self._read_places(model)
        found = self._places[model].get(cells.key(name), set())
        return self.env[model].browse(found) if len(found) == 1 else None

    def _read_places(self, model):
        """Return name → ids of the records of the institution and the shared ones.

        A name counts in every language, so that a file serves readers of each.
        """
        company = self.scheme.company_id or self.env.company
        domain = [("company_id", "in", [company.id, False])]
        places = defaultdict(set)
        found = self.env[model].search(domain)
        for lang, _name in self.env["res.lang"].get_installed():
            for record in found.with_context(lang=lang):
                names = {record_name(record), record.name}
                names |= {record.code} if model == "gov.role" else set()
                for name in names:
                    places[cells.key(name)].add(record.id)
        return places

    # === Articles === #

    def _read_articles(self, rows):
        seen = {}
        for row in rows:
            values = row.values
            if isinstance(row.raw.get("code"), float):
                reason = self.env._(
                    "format the column as text: as a number, 8.10 and 8.1 are the same"
                )
                self._report_row("articles", row, "code", reason)
            code = values["code"]
            if code in seen:
                self._report_double("articles", row, "code", seen[code])
            seen.setdefault(code, row.number)
            self._check_article(row)
            self.articles.append(
                {
                    "code": code,
                    "name": values["name"],
                    "points": values["points"] or 0,
                    "is_discretion": bool(values["is_discretion"]),
                    "must_transfer": bool(values["must_transfer"]),
                    "rule_code": values["rule_code"] or False,
                    "trigger_count": values["trigger_count"] or 1,
                    "trigger_months": values["trigger_months"] or 12,
                    "note": values["note"] or False,
                }
            )

    def _check_article(self, row):
        points, allowed = row.values["points"], self.settings.get("scores")
        if row.values["is_discretion"]:
            if points:
                reason = self.env._("an article of discretion has no points of its own")
                self._report_row("articles", row, "points", reason)
        elif allowed and (points or 0) not in allowed:
            reason = self.env._("only the allowed scores are possible: %s", allowed)
            self._report_row("articles", row, "points", reason)

    def _report_double(self, code, row, key, first):
        self._report_row(code, row, key, self.env._("stands in row %s already", first))

    # === Levels === #

    def _read_levels(self, rows):
        levels = {}
        for row in rows:
            code = row.values["code"]
            if not code:
                continue
            if code not in levels:
                levels[code] = self._make_level(row)
            else:
                self._check_repeated(row, levels[code]["row"])
            self._add_measure(row, levels[code])
        self.levels = list(levels.values())
        if self.named_from:
            self._check_named(levels)

    def _make_level(self, row):
        values = row.values
        low, high = values["total_from"] or 0, values["total_to"] or 0
        within = values["total_from_included"] and values["total_to_included"]
        if not values["name"]:
            reason = self.env._("the cell is empty, it must be filled in")
            self._report_row("thresholds", row, "name", reason)
        if high and (high < low or (high == low and not within)):
            reason = self.env._("the upper bound must lie above the lower one")
            self._report_row("thresholds", row, "total_to", reason)
        return {
            "row": row,
            "code": values["code"],
            "name": values["name"],
            "total_from": low,
            "total_from_included": bool(values["total_from_included"]),
            "total_to": high,
            "total_to_included": bool(values["total_to_included"]),
            "single_from": values["single_from"] or 0,
            "colour": values["colour"] or "1",
            "measures": {},
        }

    def _check_repeated(self, row, first):
        """What a level says again in a later row must be the same."""
        for key in _LEVEL:
            value = row.values[key]
            if value is not None and value != first.values[key]:
                reason = self.env._(
                    "row %s says otherwise of the same level", first.number
                )
                self._report_row("thresholds", row, key, reason)

    def _add_measure(self, row, level):
        values = row.values
        kind = values["kind"]
        if not kind:
            filled = [key for key in _MEASURE if values[key] is not None]
            if filled:
                reason = self.env._("the cell is empty, it must be filled in")
                self._report_row("thresholds", row, "kind", reason)
            return
        key = (kind, values["measure"] if kind == "other" else "")
        if key in level["measures"]:
            first = level["measures"][key][0].number
            self._report_double("thresholds", row, "kind", first)
            return
        if not values["measure"]:
            reason = self.env._("the cell is empty, it must be filled in")
            self._report_row("thresholds", row, "measure", reason)
        level["measures"][key] = (
            row,
            {
                "kind": kind,
                "name": values["measure"],
                **self._read_owner(row),
                "days_number": values["days_number"] or 0,
                "days_unit": values["days_unit"] or "working_day",
                "only_if_serious": bool(values["only_if_serious"]),
            },
        )

    def _read_owner(self, row):
        name = row.values["owner"] or SECTION_HEAD[0]
        if cells.key(name) in map(cells.key, SECTION_HEAD):
            return {"owner_kind": "department_head", "role_id": False}
        role = self._find_record("gov.role", name)
        if role is None:
            reason = self.env._("“%s” is not known, or not unique", name)
            self._report_row("thresholds", row, "owner", reason)
        return {"owner_kind": "role", "role_id": role and role.id}

    def _check_named(self, levels):
        row, code = self.named_from
        if code not in levels:
            reason = self.env._("there is no level with this code")
            self._report_row("settings", row, "value", reason)

    # === Writing === #

    def load(self):
        """Make the draft what the file says."""
        scheme = self.scheme
        settings = dict(self.settings)
        settings["scores"] = ", ".join(map(str, settings.pop("scores")))
        scheme.named_from_threshold_id = False
        scheme.write(self._changed(scheme, settings))
        self._load_rows(scheme, "article_ids", self.articles)
        self._load_rows(
            scheme,
            "threshold_ids",
            [{key: level[key] for key in ("code", *_LEVEL)} for level in self.levels],
        )
        rows = {row.code: row for row in scheme.threshold_ids}
        for level in self.levels:
            measures = [values for _row, values in level["measures"].values()]
            self._load_rows(rows[level["code"]], "measure_ids", measures)
        if self.named_from:
            scheme.named_from_threshold_id = rows[self.named_from[1]]

    def _load_rows(self, parent, name, vals_list):
        """Make the lines ``name`` of ``parent`` what ``vals_list`` says, in order."""
        known = {line._get_diff_key(): line for line in parent[name]}
        commands = []
        for number, vals in enumerate(vals_list, 1):
            vals = {**vals, "sequence": number * 10}
            line = known.pop(self._get_key(parent, name, vals), None)
            if line is None:
                commands.append(Command.create(vals))
            elif changed := self._changed(line, vals):
                commands.append(Command.update(line.id, changed))
        gone = [Command.delete(line.id) for line in known.values()]
        parent.write({name: gone + commands})

    def _get_key(self, parent, name, vals):
        if name != "measure_ids":
            return vals["code"]
        return (
            parent.code,
            vals["kind"],
            vals["name"] if vals["kind"] == "other" else "",
        )

    def _changed(self, record, vals):
        """Return those of ``vals`` that say something new."""
        changed = {}
        for name, value in vals.items():
            field = record._fields[name]
            if field.type == "many2many":
                same = set(record[name].ids) == set(value[0][2])
            elif field.type == "many2one":
                same = (record[name].id or False) == (value or False)
            else:
                same = (record[name] or False) == (value or False)
            if not same:
                changed[name] = value
        return changed
