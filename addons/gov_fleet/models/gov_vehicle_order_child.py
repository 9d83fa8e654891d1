from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)


class GovVehicleOrderChild(models.AbstractModel):
    """A row of a repair order, free to change only while the order is a draft.

    Whoever may write the draft may write its rows; from submission on they are what
    was decided about, and only the engine touches them.
    """

    _name = "gov.vehicle.order.child"
    _description = "Row of a Repair Order"
    _inherit = ["gov.guard.mixin"]

    order_id = fields.Many2one(
        "fleet.vehicle.log.services",
        string="Order",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="order_id.company_id", string="Institution", store=True, index=True
    )
    currency_id = fields.Many2one(related="order_id.currency_id")

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, self._get_linked_names())
        rows = super().create(vals_list)
        rows._check_order_open()
        return rows

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self._guard_refuse({"order_id"} & set(vals))
            self._check_order_open(set(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        self._check_order_open()

    @api.model
    def _get_linked_names(self):
        """Return the many2one fields that a caller names by id."""
        return ("order_id",)

    def _check_order_open(self, names=()):
        """Refuse a change of what is decided about, or of somebody else's order.

        :param names: fields that are to be written; none for a new or deleted row.
        :raise UserError: naming the order.
        """
        if is_engine(self.env):
            return
        for order in self.order_id:
            order.check_access("write")
            if not order.order_kind:
                raise UserError(
                    self.env._(
                        "%s is a plain service log: quotes and parts belong to a "
                        "repair order.",
                        order.display_name,
                    )
                )
            if order.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been submitted: its quotes and lines can no longer be "
                        "changed. Withdraw it or have it returned first.",
                        order.display_name,
                    )
                )
