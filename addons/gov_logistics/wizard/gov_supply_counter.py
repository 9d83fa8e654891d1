from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class GovSupplyCounter(models.TransientModel):
    """The counter on one screen: who draws, what, and the signature.

    Within the norm the request is made, submitted and handed out in one go; above it,
    or without a norm, it is submitted and walks its chain.
    """

    _name = "gov.supply.counter"
    _description = "Counter"
    _inherit = ["gov.supply.sign.mixin"]

    department_id = fields.Many2one(
        "hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        help="Narrows the choice of the person.",
    )
    employee_id = fields.Many2one("hr.employee", string="Who draws", required=True)
    purpose = fields.Char()
    kit_id = fields.Many2one("gov.supply.kit")
    persons = fields.Integer(default=1)
    line_ids = fields.One2many("gov.supply.counter.line", "wizard_id", string="Goods")
    norm_note = fields.Char(compute="_compute_norm")
    within_norm = fields.Boolean(compute="_compute_norm")

    @api.depends("employee_id")
    def _compute_department_id(self):
        for wizard in self:
            # Where the person works is shown to the clerk who serves them.
            department = wizard.employee_id.sudo()._gov_department()
            wizard.department_id = department or wizard.department_id

    @api.onchange("employee_id")
    def _onchange_employee_id(self):
        self.receiver_id = self.employee_id

    @api.onchange("department_id")
    def _onchange_department_id(self):
        person = self.employee_id.sudo()
        if (
            person
            and self.department_id
            and person._gov_department() != (self.department_id)
        ):
            self.employee_id = False

    @api.onchange("kit_id", "persons")
    def _onchange_kit_id(self):
        if not self.kit_id:
            return
        self.purpose = self.purpose or self.kit_id.purpose
        self.line_ids = [Command.clear()] + [
            Command.create(
                {"product_id": line.product_id.id, "quantity": line.quantity * count}
            )
            for count in [max(self.persons, 1)]
            for line in self.kit_id.line_ids
        ]

    @api.depends("employee_id", "line_ids.product_id", "line_ids.quantity")
    def _compute_norm(self):
        for wizard in self:
            request = wizard._get_preview()
            wizard.norm_note = request.norm_note
            wizard.within_norm = bool(
                request and request.line_ids and request._approval_exemption()
            )

    def _get_preview(self):
        """Return the request that these lines would make, unsaved."""
        requests = self.env["gov.supply.request"]
        if not self.employee_id:
            return requests
        return requests.new(self._prepare_request())

    def _prepare_request(self):
        return {
            "kind": "issue",
            "employee_id": self.employee_id.id,
            "beneficiary_id": self.employee_id.id,
            "company_id": self.employee_id.company_id.id,
            "purpose": self.purpose,
            "line_ids": [
                Command.create(
                    {"product_id": line.product_id.id, "quantity": line.quantity}
                )
                for line in self.line_ids
                if line.product_id
            ],
        }

    def _get_sign_request(self):
        return self._get_preview()

    def action_hand_out(self):
        """Make, submit and hand out the request; above the norm it is only submitted.

        :return: an action: a fresh counter, or the request when it has to walk its
            chain or nothing of it is on hand.
        :raise UserError: as for creating, submitting and issuing a request.
        """
        self.ensure_one()
        self._check_own()
        if not self.env.user.has_group("gov_logistics.group_store"):
            raise UserError(self.env._("Goods are handed out by the store clerk."))
        request = self.env["gov.supply.request"].create(self._prepare_request())
        request.action_submit()
        if request.state != "approved":
            return request._get_records_action()
        evidence = self._take_evidence(request)
        goods = self.line_ids.filtered("product_id")
        old_items = {
            made.id: line._get_old_item()
            for made, line in zip(request.line_ids.sorted("id"), goods, strict=True)
        }
        request._issue(evidence, None, old_items)
        fresh = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_logistics.gov_supply_counter_action"
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(request)s handed out: %(goods)s",
                    request=request.number,
                    goods=request.line_summary,
                ),
                "next": fresh,
            },
        }
