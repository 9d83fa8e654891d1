from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

_CIRCLE = ("audience", "department_ids", "group_ids")


class GovPointsMeasure(models.Model):
    """The circular: drafted with the measure, released by a publisher.

    Period and circle are the scheme's. Whoever has reached the level from which the
    scheme names people is named, everybody else is masked. When a score that it names
    is reversed, the draft goes; what was released is taken down at once, and a
    correction for the same circle is drafted beside it.
    """

    _inherit = "gov.points.measure"

    shown_entry_ids = fields.Many2many(
        "gov.points.entry",
        "gov_points_measure_shown_rel",
        "measure_id",
        "entry_id",
        string="Scores that it names",
        readonly=True,
    )
    is_named = fields.Boolean(
        string="Names the person",
        readonly=True,
        help="Whether the circular names the person; a correction does as it did.",
    )

    # === Actions ===

    def action_draft_circular(self):
        """Draft the circular again after its draft was deleted.

        :return: True
        :raise UserError: no circular to do, or there is a draft.
        """
        for measure in self.sorted("id"):
            document = measure._begin("done", self.env._("Draft"))
            if measure.kind != "circular" or document.publication_id:
                raise UserError(
                    self.env._("%s: there is nothing to draft.", measure.display_name)
                )
            document._draft_circulars()
        return True

    # === Engine ===

    def _draft_circulars(self):
        """Draft the publications of circulars that have none; of others nothing."""
        due = self.filtered(
            lambda m: m.kind == "circular"
            and m.state == "todo"
            and not m.publication_id
        )
        if not due:
            return
        until = {}
        values = [measure._circular_values(until) for measure in due]
        drafts = self.env["gov.publication"]._draft_for(due, values)
        for measure, draft in zip(due, drafts, strict=True):
            measure.publication_id = draft

    def _circular_values(self, until):
        """Note which scores the circular names, and how; return its text and circle."""
        entries = self._get_shown_entries()
        self.write(
            {
                "shown_entry_ids": [Command.set(entries.ids)],
                "is_named": self._is_at_named_level(),
            }
        )
        title = self._get_company_env()._("Circular on conduct points")
        body = self._render("gov_points.circular_body", entries=entries)
        return self._publication_values(title, body, self._get_circle(), until)

    def _get_shown_entries(self):
        entries = self.cycle_id.entry_ids
        return entries._standing(entries).sorted(lambda e: (e.date, e.id))

    def _get_circle(self):
        """Return to whom the scheme shows it."""
        scheme = self.cycle_id.scheme_id
        if scheme.publication_audience != "departments" or not self.department_id:
            return {"audience": "all"}
        return {
            "audience": "departments",
            "department_ids": [Command.set(self.department_id.ids)],
        }

    def _publication_values(self, title, body, circle, until):
        """Return the values of a draft.

        :param until: dict that keeps last days during a batch.
        """
        today = self.company_id.gov_today()
        key = (self.company_id, self.cycle_id.scheme_id)
        if key not in until:
            until[key] = self._get_shown_until(today)
        return {
            "title": title,
            "body": body,
            "kind": "circular",
            "date_from": today,
            "date_to": until[key],
            "masked_names": False if self.is_named else self.employee_id.name,
            **circle,
        }

    def _get_shown_until(self, day):
        """Return the last day of the scheme's period when it is shown from ``day``."""
        scheme = self.cycle_id.scheme_id
        workdays = self.env["gov.workday"].with_company(self.company_id)
        return workdays.deadline(day, scheme.publication_days, scheme.publication_unit)[
            "date"
        ]

    def _is_at_named_level(self):
        """Tell whether the person has reached the level from which people are named."""
        scheme = self.cycle_id.scheme_id
        named = scheme.named_from_threshold_id
        reached = scheme.threshold_ids.filtered(
            lambda row: row._is_reached(
                self.cycle_id.total, self.cycle_id.highest_single
            )
        )
        return named in reached

    def _render(self, template, **values):
        """Return a text of the institution, in the language of its papers."""
        env = self._get_company_env()
        return env["ir.qweb"]._render(
            template,
            {"measure": self.with_env(env), "paper": env["gov.paper"], **values},
        )

    def _get_circular_text(self):
        """Return the opening sentence of a circular."""
        return self.env._(
            "By “%s” the following has been decided and is made known within the "
            "institution.",
            self.cycle_id.scheme_id.name,
        )

    def _get_correction_texts(self, publication):
        """Return the paragraphs of the correction of a circular."""
        date_text = self.env["gov.paper"].date_text
        cycle = self.cycle_id
        return [
            self.env._(
                "The circular %(number)s of %(day)s about %(person)s has been taken "
                "down: a score on which it rested has been reduced or revoked on "
                "appeal.",
                number=publication.number,
                day=date_text(publication.date_from),
                person=self.employee_id.name,
            ),
            self.env._(
                "%(person)s stands at %(total)s points in the cycle from %(first)s to "
                "%(last)s. What was shown before is no longer valid; this correction "
                "goes to the same circle.",
                person=self.employee_id.name,
                total=cycle.total,
                first=date_text(cycle.date_from),
                last=date_text(cycle.date_to),
            ),
        ]

    def _clear_circular(self):
        """Take the publication back: a draft goes, what was shown is corrected."""
        publication = self.publication_id
        if not publication:
            return
        if publication.stage == "draft":
            engine(publication).unlink()
            return
        publication._take_down_for(self, self._get_correction_reason())
        circle = {name: publication[name] for name in _CIRCLE[:1]}
        for name in _CIRCLE[1:]:
            circle[name] = [Command.set(publication[name].ids)]
        title = self._get_company_env()._("Correction: %s", publication.title)
        body = self._render("gov_points.correction_body", publication=publication)
        self.correction_id = self.env["gov.publication"]._draft_for(
            self, [self._publication_values(title, body, circle, {})]
        )

    def _get_correction_reason(self):
        return self._get_company_env()._(
            "The score on which this circular rests has been reduced or revoked."
        )

    def _note_released(self):
        """The circular has been released: its task is done."""
        self.write(
            {
                "state": "done",
                "done_on": self.company_id.gov_today(),
                "done_by_id": self.env.uid,
                "text": self._get_company_env()._(
                    "Released as %s", self.publication_id.number
                ),
            }
        )
        self._close_todos()

    def _renew_circulars(self):
        """Have circulars name the scores that stand.

        A draft that nobody has edited is made anew when another score has joined. What
        was released names what stood then; it is corrected and published anew when one
        of these scores has been reversed.
        """
        until = {}
        for measure in self.filtered("publication_id"):
            publication = measure.publication_id
            if publication.stage == "draft" and not publication.version:
                if measure.shown_entry_ids != measure._get_shown_entries():
                    # With the stage in it the write makes no new version of it.
                    vals = measure._circular_values(until)
                    publication.write({**vals, "stage": "draft"})
            elif measure.shown_entry_ids.reversal_ids and not measure.is_cleared:
                measure._clear_circular()
                measure.write({"publication_id": False, "state": "todo"})
                measure._close_todos()
                measure._schedule()
                measure._draft_circulars()
