from odoo import Command, models
from odoo.exceptions import UserError

from .input_check import find_record

_PERSONS_LIMIT = 1000


class GovSupplyRequest(models.Model):
    """Kits on a draft request."""

    _inherit = "gov.supply.request"

    def action_add_kit(self, kit_id, persons=1):
        """Put the goods of a kit on a draft; what is there already grows.

        :param kit_id: id of the kit.
        :param persons: for how many persons.
        :return: True
        :raise UserError: when the request is no draft of the user's, there is no such
            kit, or the number of persons makes no sense.
        """
        self._check_single()
        self.check_access("write")
        refusal = self.env._("There is no such kit.")
        kit = find_record(self.env["gov.supply.kit"], kit_id, refusal)
        if not kit.has_access("read") or kit.company_id != self.company_id:
            raise UserError(refusal)
        if type(persons) is not int or not 1 <= persons <= _PERSONS_LIMIT:
            raise UserError(
                self.env._("Say for how many persons: 1 to %s.", _PERSONS_LIMIT)
            )
        self._check_lines_open()
        commands = []
        for part in kit.line_ids:
            product, quantity = part.product_id, part.quantity * persons
            same = self.line_ids.filtered(
                lambda line, p=product: line.product_id == p and line.uom_id == p.uom_id
            )[:1]
            if same:
                values = {"quantity": same.quantity + quantity}
                commands.append(Command.update(same.id, values))
            else:
                values = {
                    "product_id": product.id,
                    "quantity": quantity,
                    "uom_id": product.uom_id.id,
                }
                commands.append(Command.create(values))
        vals = {"line_ids": commands}
        if kit.purpose and not self.purpose:
            vals["purpose"] = kit.purpose
        self.write(vals)
        return True

    def action_open_kit_wizard(self):
        """Ask which kit to put on this draft, and for how many persons.

        :return: a window action.
        """
        self._check_single()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a kit"),
            "res_model": "gov.supply.kit.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }
