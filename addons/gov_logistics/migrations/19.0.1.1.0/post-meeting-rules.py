from odoo import SUPERUSER_ID, api

_SUPPLIED = ("rule_purchase_band_committee", "rule_purchase_above_committee")


def migrate(cr, version):
    """Let the committee decide at meetings, where its tiers are still as supplied.

    A tier that the institution has changed to another approver or to all of them stays
    as it is, and so do the frozen steps of matters under way.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    committee = env.ref("gov_base.gov_role_committee", raise_if_not_found=False)
    for name in _SUPPLIED:
        rule = env.ref(f"gov_logistics.{name}", raise_if_not_found=False)
        if (
            rule
            and rule.kind == "decision"
            and rule.role_id == committee
            and rule.required_kind == "count"
        ):
            rule.kind = "meeting"
