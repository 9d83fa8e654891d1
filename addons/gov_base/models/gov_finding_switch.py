from odoo import api, fields, models

from .gov_guard import engine


class GovFindingSwitch(models.Model):
    """One switch of a kind of finding: off or on, where, by whom and why.

    The last row of a kind and institution says whether it is looked at. Rows are
    written by ``gov.finding.rule.action_switch`` and stay as they are.
    """

    _name = "gov.finding.switch"
    _description = "Kind of Finding Switched"
    _inherit = ["gov.guard.mixin"]
    _order = "id desc"
    _rec_name = "rule_id"
    _engine_only = True
    _allow_sudo_commands = False

    rule_id = fields.Many2one(
        "gov.finding.rule",
        string="Kind",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    is_on = fields.Boolean(string="Looked at", readonly=True)
    reason = fields.Text(string="Why", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    switched_at = fields.Datetime(required=True, readonly=True)

    @api.model
    def _get_last(self, rules, companies):
        """Return the last switch of each of ``rules`` in each of ``companies``."""
        switches = self.search(
            [("rule_id", "in", rules.ids), ("company_id", "in", companies.ids)]
        )
        last = {}
        for switch in switches:  # newest first
            last.setdefault((switch.rule_id, switch.company_id), switch)
        return self.browse(switch.id for switch in last.values())

    @api.model
    def _write_switch(self, rule, company, is_on, reason):
        """Put a switch on record and tell the administrator of one that is off."""
        # sudo: the caller has checked that supervision asks, with a reason.
        switches = engine(self.sudo())
        switches.create(
            {
                "rule_id": rule.id,
                "company_id": company.id,
                "is_on": is_on,
                "reason": reason,
                "user_id": self.env.uid,
                "switched_at": fields.Datetime.now(),
            }
        )
        notices = self.env["gov.config.notice"]
        if is_on:
            notices._cure("finding_off", company, rule.sudo())
            return
        lang = self.env["gov.approval.rule"]._get_lang(company)
        named = rule.with_context(lang=lang)
        text = named.env._(
            "%(user)s has switched off: %(kind)s. Reason: %(reason)s",
            user=self.env.user.name,
            kind=named.name,
            reason=reason,
        )
        notices._raise("finding_off", text, company, rule.sudo())
