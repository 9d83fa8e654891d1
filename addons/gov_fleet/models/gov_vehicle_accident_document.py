from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_records_exist,
)


class GovVehicleAccidentDocument(models.Model):
    """A paper of an accident: the police's, the insurer's, a photo, an invoice."""

    _name = "gov.vehicle.accident.document"
    _description = "Paper of an Accident"
    _inherit = ["gov.scan.mixin"]
    _order = "accident_id, date, id"

    accident_id = fields.Many2one(
        "gov.vehicle.accident", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="accident_id.company_id", string="Institution", store=True, index=True
    )
    kind = fields.Selection(
        [
            ("police", "Police paper on the blame"),
            ("photo", "Photo"),
            ("estimate", "Insurer's estimate"),
            ("invoice", "Invoice of the repair"),
            ("payment", "Proof of payment"),
            ("agreement", "Agreement with the other side"),
            ("other", "Other"),
        ],
        required=True,
        default="police",
    )
    name = fields.Char(string="Number or title", required=True)
    date = fields.Date(required=True, default=lambda self: self.env.company.gov_today())

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        check_records_exist(self.browse(), vals_list, ("accident_id",))
        documents = super().create(vals_list)
        documents._check_open()
        return documents

    def write(self, vals):
        if not is_engine(self.env):
            self._guard_refuse({"accident_id"} & set(vals))
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()

    def _check_open(self):
        """Refuse a change of the papers of an accident that is closed."""
        for accident in self.accident_id:
            accident.check_access("write")
            if accident.state in ("closed", "cancelled"):
                raise UserError(
                    self.env._(
                        "%s is closed: its papers stay as they are.",
                        accident.display_name,
                    )
                )
