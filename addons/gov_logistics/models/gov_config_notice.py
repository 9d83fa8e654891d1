from odoo import api, models


class GovConfigNotice(models.Model):
    """The service desk's part of what is wrong with the configuration."""

    _inherit = "gov.config.notice"

    @api.model
    def _get_advice(self):
        return {
            **super()._get_advice(),
            "service_chief": self.env._(
                "Name the chief who is told of delays in the settings of the service "
                "desk, or one for each service of the catalogue."
            ),
        }

    def _is_cured(self):
        if self.code == "service_chief":
            return bool(self.company_id.service_chief_id)
        return super()._is_cured()
