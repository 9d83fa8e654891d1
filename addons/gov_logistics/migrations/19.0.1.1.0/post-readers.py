"""Delegates read while their seat has not lapsed, the asked while they are asked."""

from odoo import SUPERUSER_ID, api

_OLD = "('%sseat_ids.user_id', '=', user.id)"
_NEW = (
    "('{0}opinion_ids', 'any', [('user_id', '=', user.id), ('state', '=', 'open')]), "
    "'|', ('{0}seat_ids', 'any', [('user_id', '=', user.id), "
    "'|', ('on_behalf_of_id', '=', False), ('state', '!=', 'lapsed')])"
)
_RULES = {
    "gov_logistics.gov_supply_request_rule_read": "",
    "gov_logistics.gov_supply_request_line_rule_read": "request_id.",
}


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for xml_id, path in _RULES.items():
        rule = env.ref(xml_id, raise_if_not_found=False)
        if rule and _OLD % path in rule.domain_force:
            rule.domain_force = rule.domain_force.replace(
                _OLD % path, _NEW.format(path)
            )
