from odoo import fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class GovPublication(models.Model):
    """Circulars of conduct scoring: shown for the scheme's days, then done."""

    _inherit = "gov.publication"

    def _check_release(self):
        if self.stage == "draft" and (measure := self._get_points_measure()):
            # The days of the scheme count from the day on which it is shown. With the
            # stage in it the write does not count as a new version of the draft.
            start = max(self.date_from, self.company_id.gov_today())
            last = measure._get_shown_until(start)
            # sudo: the period is the scheme's; who releases is checked next.
            engine(self.sudo()).write({"date_to": last, "stage": "draft"})
        return super()._check_release()

    def _freeze(self):
        result = super()._freeze()
        measure = self._get_points_measure()
        if measure.publication_id == self and measure.state == "todo":
            measure._note_released()
        return result

    def _get_points_measure(self):
        """Return the measure that this publication was made from, if any."""
        # sudo: the engine of the publication has checked who releases it.
        measures = engine(self.env["gov.points.measure"].sudo())
        if self.model != measures._name:
            return measures
        return measures.browse(self.res_id).exists()

    def _draft_for(self, measures, values):
        """Return a draft for each measure, made in one go: see ``_draft_from``."""
        # sudo: called by the engine of the measures, for scores that were decided.
        drafts = engine(self.sudo()).create(
            [
                {
                    "company_id": measure.company_id.id,
                    **vals,
                    "author_id": self.env.uid,
                    "model": measure._name,
                    "res_id": measure.id,
                }
                for measure, vals in zip(measures, values, strict=True)
            ]
        )
        return drafts.with_env(self.env)

    def _take_down_for(self, measure, reason):
        """Take the publication of ``measure`` down because its ground fell away.

        The entry names the person whose decision took the ground away.
        """
        document = self._begin()
        if document.stage != "released":
            return
        document.env["gov.publication.takedown"].create(
            {
                "publication_id": document.id,
                "company_id": document.company_id.id,
                "reason": reason,
                "user_id": self.env.uid,
                "taken_down_at": fields.Datetime.now(),
            }
        )
        document.stage = "taken_down"
