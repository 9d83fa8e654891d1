from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Requests of the maintenance app become service requests with a state."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["maintenance.request"]._adopt_old_requests()
