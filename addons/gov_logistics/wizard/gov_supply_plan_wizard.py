from odoo import api, fields, models
from odoo.exceptions import UserError


class GovSupplyPlanWizard(models.TransientModel):
    """The dialog in which a department signs for its part of a monthly plan.

    It only collects the signature; the plan's own method checks and hands out.
    """

    _name = "gov.supply.plan.wizard"
    _description = "Distribution Dialog"

    plan_id = fields.Many2one(
        "gov.supply.plan", string="Monthly plan", required=True, readonly=True
    )
    waiting_department_ids = fields.Many2many(
        "hr.department", compute="_compute_waiting_department_ids"
    )
    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', waiting_department_ids)]",
    )
    line_ids = fields.Many2many(
        "gov.supply.request.line", compute="_compute_line_ids", string="Goods"
    )
    receiver_id = fields.Many2one(
        "hr.employee",
        string="Received by",
        domain="[('company_id', 'in', allowed_company_ids)]",
        help="Who signs; empty: the user of each request.",
    )
    signature = fields.Binary(attachment=False)

    @api.depends("plan_id")
    def _compute_waiting_department_ids(self):
        for wizard in self:
            wizard.waiting_department_ids = wizard._get_lines().department_id

    @api.depends("plan_id")
    def _compute_department_id(self):
        for wizard in self:
            wizard.department_id = wizard._get_lines().department_id[:1]

    @api.depends("plan_id", "department_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = wizard._get_lines().filtered(
                lambda line, wizard=wizard: line.department_id == wizard.department_id
            )

    def _get_lines(self):
        """Return what has arrived and waits to be handed out, in order of rank."""
        # Related fields would be read with all rights: the plan is read with the
        # user's own.
        self.plan_id.check_access("read")
        return self.plan_id._get_parts().filtered(
            lambda line: line._get_to_distribute() > 0
        )

    def action_confirm(self):
        """Hand out to the department, then offer the next one.

        :return: an action that opens the dialog again, or closes it.
        :raise UserError: as ``gov.supply.plan.action_distribute``.
        """
        self.ensure_one()
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This dialog was opened by somebody else."))
        self.plan_id.action_distribute(
            self.department_id.id, self.signature, self.receiver_id.id or None
        )
        if self._get_lines():
            return self.plan_id.action_open_distribution()
        return {"type": "ir.actions.act_window_close"}
