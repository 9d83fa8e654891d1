from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.names import join_names

# What a rulebook says beside its lists, as the form, the comparison and the Excel file
# show it.
SETTINGS = (
    "name",
    "citation",
    "date_from",
    "date_to",
    "scores",
    "share_rule",
    "cycle_months",
    "cycle_start",
    "appeal_number",
    "appeal_unit",
    "appeal_roll",
    "appeal_role_id",
    "appeal_else_role_id",
    "appeal_suspends",
    "correction_number",
    "correction_unit",
    "correction_roll",
    "publication_days",
    "publication_unit",
    "publication_audience",
    "named_from_threshold_id",
    "notice_title",
    "talk_title",
    "deduction_per_point",
    "deduction_cap",
    "scope_note",
    "for_career",
    "for_worker",
    "for_contract",
    "for_dispatch",
    "for_seconded",
    "includes_vendors",
    "department_ids",
    "job_ids",
)
_ARTICLE = (
    "name",
    "points",
    "is_discretion",
    "must_transfer",
    "rule_code",
    "trigger_count",
    "trigger_months",
    "note",
)
_THRESHOLD = ("name", "bounds", "colour")
_MEASURE = ("name", "owner", "days_number", "days_unit", "only_if_serious")


class GovPointsScheme(models.Model):
    """What a version of a rulebook changes against another one."""

    _inherit = "gov.points.scheme"

    changes = fields.Html(
        string="Changes against the version before",
        compute="_compute_changes",
        sanitize=False,
    )

    @api.depends("parent_id")
    @api.depends_context("lang")
    def _compute_changes(self):
        for scheme in self:
            before = scheme.parent_id
            scheme.changes = bool(before) and self.env["ir.qweb"]._render(
                "gov_points.scheme_changes",
                {
                    "before": before,
                    "after": scheme,
                    "rows": scheme._get_changes(before),
                },
            )

    def _get_changes(self, before):
        """Return what this version changes against ``before``, in the user's language.

        Articles and levels are told apart by number and code, not by their order.

        :return: list of dicts with ``part`` (setting, article, threshold, measure),
            ``kind`` (added, removed, changed), ``what``, ``before`` and ``after``.
        """
        self.ensure_one()
        return (
            self._get_setting_changes(before)
            + self._get_list_changes(
                "article", before.article_ids, self.article_ids, _ARTICLE
            )
            + self._get_list_changes(
                "threshold", before.threshold_ids, self.threshold_ids, _THRESHOLD
            )
            + self._get_list_changes(
                "measure",
                before.threshold_ids.measure_ids,
                self.threshold_ids.measure_ids,
                _MEASURE,
            )
        )

    def _get_setting_changes(self, before):
        rows = []
        for name in SETTINGS:
            old, new = before._read_out(before, name), self._read_out(self, name)
            if old != new:
                rows.append(
                    {
                        "part": "setting",
                        "kind": "changed",
                        "what": self._fields[name]._description_string(self.env),
                        "before": old,
                        "after": new,
                    }
                )
        return rows

    def _get_list_changes(self, part, before, after, names):
        """Return the rows of one list: first what is new or changed, then what went."""
        known = {record._get_diff_key(): record for record in before}
        rows = []
        for record in after:
            old = known.pop(record._get_diff_key(), None)
            if old is None:
                telling = self._get_telling(record, names)
                rows.append(self._get_row(part, "added", record, "", telling))
                continue
            changed = [
                name
                for name in names
                if self._read_out(old, name) != self._read_out(record, name)
            ]
            if changed:
                row = self._get_row(part, "changed", record, "", changed)
                rows.append({**row, "before": self._describe(old, changed)})
        for old in known.values():
            telling = self._get_telling(old, names)
            row = self._get_row(part, "removed", old, "", telling)
            rows.append({**row, "before": row["after"], "after": ""})
        return rows

    def _get_telling(self, record, names):
        """Return the fields that say something of a part that came or went."""
        return [
            name
            for name in names
            if record[name] and (not name.startswith("trigger_") or record["rule_code"])
        ]

    def _get_row(self, part, kind, record, before, names):
        return {
            "part": part,
            "kind": kind,
            "what": record._get_diff_text(),
            "before": before,
            "after": self._describe(record, names),
        }

    def _describe(self, record, names):
        """Return some fields of a part as one text; what is empty is left out."""
        texts = []
        for name in names:
            text = self._read_out(record, name)
            if name == "name" or not text:
                texts += [text] if text else []
                continue
            label = record._fields[name]._description_string(self.env)
            texts.append(self.env._("%(label)s: %(value)s", label=label, value=text))
        return "\n".join(texts)

    def _read_out(self, record, name):
        """Return the value of a field as people read it, "" when it says nothing."""
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "date":
            return format_day(self.env, value) if value else ""
        if field.type == "monetary":
            return format_amount(self.env, value, record.currency_id)
        if field.relational:
            # sudo: names of departments, posts and roles are known to all staff.
            return join_names(self.env, value.sudo().mapped("name"))
        return str(value or (0 if field.type == "integer" else ""))
