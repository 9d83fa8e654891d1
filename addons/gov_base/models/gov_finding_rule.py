from odoo import api, fields, models
from odoo.exceptions import UserError


class GovFindingRule(models.Model):
    """What a kind of finding is called and why it is looked at.

    Modules ship their kinds as data; a code that nobody described gets a row of its
    own when its first finding is opened. Supervision may switch a kind off for one
    institution, and on again; each switch stays on record with its reason
    (``gov.finding.switch``) and is told to the approval administrator.
    """

    _name = "gov.finding.rule"
    _description = "Kind of Finding"
    _order = "name, id"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="What is looked at, and the rule that it comes from."
    )
    is_on = fields.Boolean(
        string="Looked at",
        compute="_compute_is_on",
        help="In the institution that is chosen at the top.",
    )
    switch_ids = fields.One2many("gov.finding.switch", "rule_id", readonly=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "This kind of finding exists already."
    )

    @api.depends("switch_ids.is_on")
    @api.depends_context("company")
    def _compute_is_on(self):
        off = self._get_off(self.env.company)
        for rule in self:
            rule.is_on = rule not in off

    @api.model
    def _get(self, code):
        """Return the kind with this code, made on the spot when it is unknown."""
        # sudo: called by the server code that opens a finding.
        rules = self.sudo()
        return rules.search([("code", "=", code)]) or rules.create(
            {"code": code, "name": code.replace("_", " ").capitalize()}
        )

    def _get_off(self, companies):
        """Return the kinds that are switched off in one of ``companies``."""
        # sudo: only whether a kind is looked at is asked.
        last = self.env["gov.finding.switch"].sudo()._get_last(self, companies)
        return last.filtered(lambda switch: not switch.is_on).rule_id.with_env(self.env)

    def action_switch(self, reason):
        """Switch kinds off in the current institution, or on again.

        :param str reason: required; it stays on record.
        :return: True
        :raise UserError: no reason, or the caller is not of supervision.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 2000 or "\x00" in reason:
            raise UserError(
                self.env._("Say why: a switch needs a reason of up to 2,000 signs.")
            )
        if not self.env.user.has_group("gov_base.group_supervision"):
            raise UserError(
                self.env._("Kinds of findings are switched by supervision.")
            )
        self.check_access("read")
        for rule in self.exists():
            self.env["gov.finding.switch"]._write_switch(
                rule, self.env.company, not rule.is_on, reason
            )
        self.invalidate_recordset(["is_on"])
        return True
