from odoo import models


class GovServiceAssessment(models.Model):
    """The paper form 考核评分表."""

    _inherit = "gov.service.assessment"

    def _get_paper_rows(self):
        """Return the table of the form: every criterion, with its faults below it.

        Criteria come from the sheet; a fault that was read by another wording keeps
        its own.

        :return: list of dicts ``name``, ``clause``, ``most``, ``reason``,
            ``deduction`` (0 for a criterion without a fault).
        """
        self.ensure_one()
        by_criterion = self.line_ids.grouped("criterion_id")
        criteria = self.sheet_id.with_context(active_test=False).line_ids.filtered(
            lambda criterion: criterion.active or criterion in by_criterion
        )
        rows = []
        for criterion in criteria:
            lines = by_criterion.get(criterion)
            if not lines:
                rows.append(
                    {
                        "name": criterion.name,
                        "clause": criterion.clause or "",
                        "most": criterion.max_deduction,
                        "reason": "",
                        "deduction": 0,
                    }
                )
                continue
            rows += [
                {
                    "name": line.name,
                    "clause": line.clause or "",
                    "most": line.max_deduction,
                    "reason": " ".join(filter(None, (line.place, line.reason))),
                    "deduction": line.deduction,
                }
                for line in lines
            ]
        return rows

    def _get_paper_signatures(self):
        """Return the line of signatures: two inspectors and the site manager.

        :return: list of dicts ``label``, ``image`` and ``date``, as
            ``gov_base.paper_signatures`` wants them; room for ink where nobody signed.
        """
        self.ensure_one()
        signed = self._get_signatures().with_context(bin_size=False)
        inspectors = signed.filtered(lambda row: row.role == "inspector")
        by_user = {row.user_id: row for row in inspectors}
        rows = [
            self._paper_signature(
                self.env._("Inspector %s", user.name), by_user.get(user)
            )
            for user in self._get_inspectors()
        ]
        rows += [
            self._paper_signature(self.env._("Inspector"), None)
            for _missing in range(2 - len(rows))
        ]
        manager = signed.filtered(lambda row: row.role == "site_manager")
        label = self.env._("Site manager %s", manager.person_name or "")
        if manager.method == "refused":
            label = self.env._(
                "Site manager %(name)s refused to sign; witnesses: %(witnesses)s",
                name=manager.person_name,
                witnesses=manager.witness_names,
            )
        elif manager.method == "paper":
            label = self.env._("Site manager %s (on paper)", manager.person_name)
        return [*rows, self._paper_signature(label, manager)]

    def _paper_signature(self, label, row):
        return {
            "label": label.strip(),
            "image": row.signature if row else False,
            "date": row.signed_at if row else False,
        }
