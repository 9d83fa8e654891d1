from odoo import api, fields, models

from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import plain_number


class GovSupplyNormMixin(models.AbstractModel):
    """Requests for issue within the norm need no chain.

    The norm side of ``gov.supply.request``. A request for issue all of whose lines have
    a norm and stay within it is approved at its submission; one line above its norm, or
    without one, and the whole request walks the chain. So does that of a person who
    entered the norm themselves. The norm is that of the day of
    the request; its use counts from the first of the month in which the request counts.
    """

    _name = "gov.supply.norm.mixin"
    _description = "Norms of Supply Requests"

    norm_note = fields.Char(
        string="Norm",
        compute="_compute_norm_note",
        help="Which lines are above the norm of the department, and by how much.",
    )

    @api.depends(
        "kind",
        "line_ids.product_id",
        "line_ids.quantity",
        "line_ids.qty_approved",
        "line_ids.uom_id",
        "department_id",
        "occurred_on",
    )
    def _compute_norm_note(self):
        drawing = self.filtered(lambda request: request.kind == "issue")
        measures = drawing.line_ids._measure_norms()
        for request in self:
            request.norm_note = False
            if request in drawing:
                request.norm_note = request._get_norm_note(measures)

    def _get_norm_note(self, measures):
        """Return in words which lines are above their norm, or False."""
        texts = []
        for line in self.line_ids:
            over = line._get_norm_over(measures.get(line))
            if line.uom_id and line.uom_id.compare(over, 0) > 0:
                texts.append(
                    self.env._(
                        "%(line)s by %(over)s",
                        line=line.display_name,
                        over=line._quantity_text(over),
                    )
                )
        if not texts:
            return False
        return self.env._("Above the norm: %s.", join_names(self.env, texts))

    def _get_norm_days(self):
        """Return (day whose norm applies, day in whose month the use counts)."""
        self.ensure_one()
        day = self.occurred_on or self._get_entry_day()
        if self.period_date:
            return day, self.period_date
        company = self.company_id or self.env.company
        return day, company._gov_open_day(day)

    def _may_see_norm_use(self):
        """Tell whether the user may know what the department has drawn.

        Whoever reads the request may; an unsaved one may name any department, so that
        there only those may who type for it.
        """
        self.ensure_one()
        saved = self._origin
        if self.env.su or (saved and saved.department_id == self.department_id):
            return True
        # Only where the person works is read.
        employee = self.employee_id.sudo()
        department = employee._gov_department()
        return bool(employee) and self._may_type_for(
            self.env.user, employee, department
        )

    def _meet_norm_rivals(self):
        """UPDATE the departments' rows, which all requests under one norm share.

        Two requests that would each stay within the norm, and not both, meet here: the
        later one is tried again by Odoo and counts the earlier one.
        """
        drawing = self.filtered(lambda request: request.kind == "issue")
        # Where the applicants work is what a submission counts by.
        departments = self.env["hr.department"].union(
            *(request.employee_id.sudo()._gov_department() for request in drawing)
        )
        meet_rivals(departments)

    def _get_chain_rows(self):
        """The preview says which line is above the norm, and by how much."""
        rows = super()._get_chain_rows()
        if rows and self.approval_state == "draft" and self.norm_note:
            note = " ".join(filter(None, [self.norm_note, rows[0]["note"]]))
            rows[0] = {**rows[0], "note": note}
        return rows

    def _approval_exemption(self):
        """Nobody has to decide on what stays within the norm."""
        exemption = super()._approval_exemption()
        if exemption or self.kind != "issue" or not self.line_ids:
            return exemption
        measures = self.line_ids._measure_norms()
        if any(not line._is_within_norm(measures.get(line)) for line in self.line_ids):
            return False
        # Nobody lets their own matter pass by a norm which they have entered.
        norms = (
            self.env["gov.supply.norm"]
            .sudo()
            .union(*(measure.norm for measure in measures.values()))
        )
        if (norms.create_uid | norms.write_uid) & self._get_benefiting_users():
            return False
        # What is recorded is in the language of the institution's records.
        env = self.env if self.approval_state == "draft" else self._get_record_env()
        texts = [
            env._(
                "%(line)s: norm %(norm)s, used %(used)s, now %(now)s",
                line=line.display_name,
                norm=plain_number(line._from_norm(measure.allowed, measure)),
                used=plain_number(
                    line._from_norm(measure.used + measure.before, measure)
                ),
                now=line._quantity_text(line._get_norm_demand()),
            )
            for line, measure in measures.items()
        ]
        citations = dict.fromkeys(m.norm.citation for m in measures.values())
        return {
            "tier_name": env._("Within the norm"),
            "rule_citation": join_names(env, citations),
            "comment": "\n".join(texts),
        }
