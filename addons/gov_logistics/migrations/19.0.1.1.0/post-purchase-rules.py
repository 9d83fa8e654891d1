from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Leave what is handed in to a monthly plan out of the rules of purchases."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    old = str([("kind", "=", "purchase")]).replace("'", '"')
    rules = env["gov.approval.rule"].with_context(active_test=False)
    rules.search([("model", "=", "gov.supply.request"), ("domain", "=", old)]).write(
        {
            "domain": '[("kind", "=", "purchase"),'
            ' ("plan_role", "in", ["none", "merged"])]'
        }
    )
