from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import is_engine

_GUARDED = "maintenance.request"


class RatingRating(models.Model):
    """Ratings of service requests come from their requesters alone.

    Core lets every internal user write ratings.
    """

    _inherit = "rating.rating"

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_service_rating()
        return ratings

    def write(self, vals):
        self._check_service_rating()
        result = super().write(vals)
        self._check_service_rating()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_service_rating(self):
        self._check_service_rating()

    def _check_service_rating(self):
        if is_engine(self.env):
            return
        # sudo: only what the rows are about is asked.
        if any(rating.res_model == _GUARDED for rating in self.sudo()):
            raise UserError(
                self.env._(
                    "A service request is rated by the person who asked for it, once "
                    "it is finished."
                )
            )
