from odoo import api, models

from odoo.addons.gov_base.tools.past import on_day

# What the creation of a case would overwrite.
_PENALTY = ("penalty_state", "penalty_text", "penalty_document", "penalty_date")


class GovPointsCase(models.Model):
    """Cases that were decided on paper before the system was there.

    Taken over by the server's own code (no public method leads here), as
    ``gov.approval.history`` does for all matters: marked as imported, the decisions on
    the channel ``paper`` or ``meeting`` with the moment at which they fell and that of
    their entry. What follows from a decision (entries, notices, measures, numbers) is
    made by the ordinary engine, with the institution's clock on that day.
    """

    _inherit = "gov.points.case"

    @api.model
    def _import_case(self, vals, opinions, meeting=None, files=()):
        """Write down a case that was decided on paper, with all that followed.

        It has to hold what a case needs that is submitted today.

        :param vals: as for ``_import_matters``, with ``share_ids``; decided on the day
            of ``submitted_at``.
        :param opinions: as for ``_import_chains``.
        :param meeting: values of the record of the meeting that decided it, as for
            ``_import_chains``.
        :param files: (name, content) of the evidence.
        :return: the case, in the engine's environment.
        :raise UserError: as ``action_submit``.
        """
        company = self.env["res.company"].browse(vals["company_id"])
        day = self.env["gov.paper"]._local(vals["submitted_at"], company).date()
        penalty = {name: vals[name] for name in _PENALTY if name in vals}
        vals = {name: value for name, value in vals.items() if name not in _PENALTY}
        vals.setdefault("checked_at", vals["submitted_at"])
        vals.setdefault("checked_by_id", vals["handler_id"])
        case = on_day(self, day)._import_matters([vals])
        case.write(penalty)
        case._import_files(files)
        case._approval_check_submit()
        case._import_chains(opinions, {case: meeting})
        case._approval_after_submit()
        case._approval_after_approved()
        return case

    def _import_files(self, files):
        """Keep the evidence with the case: the notice says how many files there are."""
        self.env["ir.attachment"].create(
            [
                {"name": name, "raw": raw, "res_model": self._name, "res_id": self.id}
                for name, raw in files
            ]
        )
        self.invalidate_recordset(["message_attachment_count"])
