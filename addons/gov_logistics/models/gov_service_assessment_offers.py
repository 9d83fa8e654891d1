from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine

from .input_check import find_record

_LIMIT = 200


class GovServiceAssessment(models.Model):
    """Findings and complaints that are offered as lines; each counts once."""

    _inherit = "gov.service.assessment"

    def action_open_offers(self):
        """Show what is known against the other side, with what was used already.

        :return: a window action.
        :raise UserError: the sheet is signed or not the user's, or there is nothing.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_fill_in()
        return self.env["gov.service.assessment.offer"]._get_action(self)

    def _get_finding_domain(self):
        """Return the confirmed findings about people of this contract's vendor."""
        # sudo: only which partners belong to the vendor is asked.
        vendor = self.sudo().contract_id.partner_id.commercial_partner_id
        if self.contract_id.service_role != "vendor":
            return Domain.FALSE
        people = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search([("id", "child_of", vendor.id)])
        )
        return (
            Domain("rule_code", "=", "vendor_staff_conduct")
            & Domain("state", "=", "confirmed")
            & Domain("company_id", "=", self.company_id.id)
            & Domain("model", "=", "res.partner")
            & Domain("res_id", "in", people.ids)
            & Domain("opened_on", "<=", self.date_to)
        )

    def _get_complaint_domain(self):
        """Return the verified complaints about this contract, or its vendor."""
        # sudo: only which vendor it is.
        contract = self.sudo().contract_id
        about = Domain("contract_id", "=", contract.id)
        if contract.service_role == "vendor":
            vendor = contract.partner_id.commercial_partner_id
            about |= Domain("contract_id", "=", False) & Domain(
                "partner_id", "child_of", vendor.id
            )
        return (
            about
            & Domain("state", "=", "verified")
            & Domain("company_id", "=", self.company_id.id)
            & Domain("date", "<=", self.date_to)
        )

    def _find_offers(self):
        """Return what is offered, with the sheet that a row stands on already.

        What was used on this or an earlier sheet of the last year is shown as such.

        :return: list of values for the rows of the dialog, the newest first.
        """
        self.ensure_one()
        # sudo: the caller has checked that the user fills in this sheet; a finding or
        # complaint about its vendor is what the sheet is for.
        findings = (
            self.env["gov.finding"]
            .sudo()
            .search(
                self._get_finding_domain(), order="opened_on desc, id", limit=_LIMIT
            )
        )
        complaints = (
            self.env["gov.service.complaint"]
            .sudo()
            .search(self._get_complaint_domain(), order="date desc, id", limit=_LIMIT)
        )
        used = self._get_used(findings, complaints)
        rows = [
            {
                "kind": "finding",
                "finding_id": finding.id,
                "day": finding.opened_on,
                "facts": finding.evidence,
                "reason": finding.evidence[:2000],
                "used_in": used.get(finding),
            }
            for finding in findings
        ]
        rows += [
            {
                "kind": "complaint",
                "complaint_id": complaint.id,
                "day": complaint.date,
                "facts": complaint.facts,
                "reason": complaint.facts[:2000],
                "used_in": used.get(complaint),
            }
            for complaint in complaints
        ]
        return rows

    def _get_used(self, findings, complaints):
        """Return where findings and complaints stand already, by record."""
        # sudo: as in _find_offers().
        lines = (
            self.env["gov.service.assessment.line"]
            .sudo()
            .search(
                Domain("is_void", "=", False)
                & (
                    Domain("finding_id", "in", findings.ids)
                    | Domain("complaint_id", "in", complaints.ids)
                )
            )
        )
        return {
            line.finding_id or line.complaint_id: line.assessment_id.display_name
            for line in lines
        }

    def _take_offers(self, rows):
        """Write offered rows onto the sheet.

        :param rows: dicts of ``finding_id`` or ``complaint_id``, ``criterion_id``,
            ``deduction`` and ``reason``.
        :return: the lines.
        :raise UserError: naming what is not offered, was used, or lacks a criterion.
        """
        self.ensure_one()
        self._check_fill_in()
        # sudo: as in _find_offers().
        findings = self.env["gov.finding"].sudo()
        complaints = self.env["gov.service.complaint"].sudo()
        finding_domain = self._get_finding_domain()
        complaint_domain = self._get_complaint_domain()
        wanted_findings = findings.browse(
            row["finding_id"] for row in rows if row.get("finding_id")
        )
        wanted_complaints = complaints.browse(
            row["complaint_id"] for row in rows if row.get("complaint_id")
        )
        offered = wanted_findings.filtered_domain(finding_domain)
        offered_complaints = wanted_complaints.filtered_domain(complaint_domain)
        if wanted_findings - offered or wanted_complaints - offered_complaints:
            raise UserError(
                self.env._(
                    "Not offered to this sheet: %s.",
                    (
                        (wanted_findings - offered).mapped("display_name")
                        + (wanted_complaints - offered_complaints).mapped(
                            "display_name"
                        )
                    ),
                )
            )
        used = self._get_used(offered, offered_complaints)
        for record, sheet in used.items():
            raise UserError(
                self.env._(
                    "%(record)s counts once, and stands on %(sheet)s already.",
                    record=record.display_name,
                    sheet=sheet,
                )
            )
        vals_list = []
        for row in rows:
            criterion = find_record(
                self.env["gov.service.sheet.line"],
                row.get("criterion_id"),
                self.env._("Choose the criterion of each row that you take."),
            )
            vals = {
                "assessment_id": self.id,
                "criterion_id": criterion.id,
                "finding_id": row.get("finding_id") or False,
                "complaint_id": row.get("complaint_id") or False,
            }
            for name in ("deduction", "reason"):
                if row.get(name):
                    vals[name] = row[name]
            vals_list.append(vals)
        # Person, state and what is offered have just been checked.
        return engine(self.env["gov.service.assessment.line"]).create(vals_list)
