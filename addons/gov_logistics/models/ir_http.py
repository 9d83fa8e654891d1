from odoo import models

from ..controllers.public import check_length


class IrHttp(models.AbstractModel):
    """Public forms with photos look at the length before anything is read."""

    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        result = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("gov_photo_form"):
            check_length()
        return result
