from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.input_check import find_record

from ..models.gov_vehicle_accident import SHARES

_MODELS = {
    "fleet.vehicle.log.services": "order_id",
    "gov.vehicle.accident": "accident_id",
    "gov.vehicle.offence": "offence_id",
}


class GovVehicleRepairWizard(models.TransientModel):
    """One small form for every step of repair that asks for something."""

    _name = "gov.vehicle.repair.wizard"
    _description = "Step of a Repair"

    step = fields.Selection(
        [
            ("plan", "Hold the window"),
            ("send", "Send to the shop"),
            ("back", "Back from the shop"),
            ("rework", "Send back to the shop"),
            ("complete", "Enter the paper"),
            ("elsewhere", "Billed elsewhere"),
            ("claim", "Hand in the claim"),
            ("settle", "Settle the accident"),
            ("reopen", "Reopen"),
            ("cancel", "Cancel"),
            ("handle", "Paid by the driver"),
            ("dispute", "Dispute"),
            ("lift", "Lifted by the police"),
        ],
        required=True,
        readonly=True,
    )
    order_id = fields.Many2one("fleet.vehicle.log.services", readonly=True)
    accident_id = fields.Many2one("gov.vehicle.accident", readonly=True)
    offence_id = fields.Many2one("gov.vehicle.offence", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    date_start = fields.Datetime(string="From")
    date_end = fields.Datetime(string="Until")
    odometer = fields.Float(string="Reading (km)", digits=(12, 1))
    is_replaced = fields.Boolean(string="The instrument was replaced")
    instrument_last = fields.Float(
        string="Old instrument, last reading", digits=(12, 1)
    )
    instrument_first = fields.Float(
        string="New instrument, first reading", digits=(12, 1)
    )
    date_from = fields.Date(string="Valid from")
    date_to = fields.Date(string="Valid until")
    number = fields.Char()
    date = fields.Date(default=lambda self: self.env.company.gov_today())
    amount = fields.Monetary()
    text = fields.Char()
    scan = fields.Binary(help="PDF, JPEG or PNG, up to 10 MB.")
    scan_name = fields.Char(string="File")
    partner_id = fields.Many2one("res.partner", string="Insurer")
    share = fields.Selection(SHARES, string="Share of blame")
    amount_other_side = fields.Monetary(string="Paid by the other side")
    amount_driver = fields.Monetary(string="Borne by the driver")

    @api.model
    def _open(self, record):
        """Return the action that opens this form on ``record``.

        The step is named by the context (``gov_step``).
        """
        if len(record) != 1:
            raise UserError(self.env._("Choose one row."))
        record.check_access("read")
        step = self.env.context.get("gov_step")
        labels = dict(self._fields["step"]._description_selection(self.env))
        if step not in labels:
            raise UserError(self.env._("Choose a step."))
        context = {
            "default_step": step,
            f"default_{_MODELS[record._name]}": record.id,
        }
        if record._name == "fleet.vehicle.log.services":
            context |= {
                "default_amount": record.amount_total,
                "default_date_start": record.window_start or fields.Datetime.now(),
                "default_date_end": record.window_end,
                "default_odometer": record.reading_in
                # sudo: the last reading of the vehicle of an order that one reads.
                or record.vehicle_id.sudo().odometer_value,
            }
        return {
            "type": "ir.actions.act_window",
            "name": labels[step],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for model, name in _MODELS.items():
                if vals.get(name):
                    missing = self.env._("This record does not exist any more.")
                    record = find_record(self.env[model], vals[name], missing)
                    record.check_access("read")
        return super().create(vals_list)

    def action_apply(self):
        """Do the step, with the rights of the user.

        :return: an action that closes the form.
        :raise UserError: as the step.
        """
        self.ensure_one()
        record = self.order_id or self.accident_id or self.offence_id
        steps = {
            "fleet.vehicle.log.services": self._apply_order,
            "gov.vehicle.accident": self._apply_accident,
            "gov.vehicle.offence": self._apply_offence,
        }
        steps[record._name](record)
        return {"type": "ir.actions.act_window_close"}

    def _apply_order(self, order):
        if self.step == "plan":
            order.action_plan(self.date_start, self.date_end)
        elif self.step == "send":
            order.action_send(self.odometer, self.date_end)
        elif self.step == "rework":
            order.action_rework(self.text, self.date_end)
        elif self.step == "elsewhere":
            order.action_billed_elsewhere(self.number)
        elif self.step in ("back", "complete"):
            values = {
                "odometer": self.odometer,
                "bill_number": self.number,
                "bill_date": self.date,
                "amount": self.amount,
                "scan": self.scan,
                "date_from": self.date_from,
                "date_to": self.date_to,
            }
            if self.is_replaced:
                values["instrument_last"] = self.instrument_last
                values["instrument_first"] = self.instrument_first
            getattr(order, f"action_{self.step}")(values)
        else:
            raise UserError(self.env._("Choose a step."))

    def _apply_accident(self, accident):
        if self.step == "claim":
            accident.action_claim(self.partner_id.id, self.number, self.amount)
        elif self.step == "settle":
            accident.action_settle(
                self.share, self.amount, self.amount_other_side, self.amount_driver
            )
        elif self.step == "reopen":
            accident.action_reopen(self.text)
        elif self.step == "cancel":
            accident.action_cancel(self.text)
        else:
            raise UserError(self.env._("Choose a step."))

    def _apply_offence(self, offence):
        if self.step == "handle":
            offence.action_handle(self.date, self.number)
        elif self.step == "dispute":
            offence.action_dispute(self.text)
        elif self.step == "lift":
            offence.action_lift(self.text)
        else:
            raise UserError(self.env._("Choose a step."))
