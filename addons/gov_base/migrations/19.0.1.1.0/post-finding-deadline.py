from odoo import SUPERUSER_ID, api

from odoo.addons.gov_base.models.gov_guard import engine


def migrate(cr, version):
    """Findings that wait already get a full term from today on."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    findings = engine(env["gov.finding"])
    waiting = findings.search([("state", "=", "open"), ("deadline", "=", False)])
    for company, some in waiting.grouped("company_id").items():
        some.write({"deadline": findings._get_deadline(company.id)})
