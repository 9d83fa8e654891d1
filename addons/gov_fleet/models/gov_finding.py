from odoo import SUPERUSER_ID, api, models


class GovFinding(models.Model):
    """Findings about protected trips name nobody and no place."""

    _inherit = "gov.finding"

    @api.model
    def _raise(self, rule_code, records, evidence, severity="warning", employee=None):
        secret = self._get_secret(records)
        if not secret:
            return super()._raise(rule_code, records, evidence, severity, employee)
        # Whose step opened it would tell whose trip it is.
        findings = self.with_user(SUPERUSER_ID).with_company(self.env.company)
        text = self.env._(
            "Protected trip: what was found is known to its handler, applicant and "
            "approver."
        )
        found = super(GovFinding, findings)._raise(rule_code, secret, text, severity)
        found = found.with_env(self.env)
        if others := records - secret:
            found |= super()._raise(rule_code, others, evidence, severity, employee)
        return found

    @api.model
    def _get_secret(self, records):
        """Return those of ``records`` that say whose protected trip it is."""
        if records._name == "gov.vehicle.request":
            # sudo: only which requests are hidden is asked.
            return records.filtered(lambda r: r.sudo().is_protected)
        if records._name == "gov.approval.offline":
            return records.filtered(lambda r: r.sudo().on_protected_trip)  # as above
        return records.browse()

    @api.model
    def _values_from_record(self, record, employee):
        values = super()._values_from_record(record, employee)
        if self._get_secret(record):
            values |= {"employee_id": False, "handler_id": False}
            values["department_id"] = False
        return values
