from datetime import datetime

import pytz

from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    """The institution's own calendar day.

    Every deadline, number and clause follows the day at the institution, not the
    day in UTC nor the day where a user happens to sit.
    """

    _inherit = "res.company"

    gov_tz = fields.Selection(
        _tz_get,
        string="Time zone of the institution",
        required=True,
        default="Asia/Shanghai",
        help="Days, years and deadlines are counted in this time zone.",
    )

    def gov_now(self):
        """Return the wall-clock time at the institution.

        :return: naive datetime in the company's time zone; an empty recordset means
            the current company.
        """
        company = self[:1] or self.env.company
        # sudo: the time zone of the institution is no secret; served units' portal
        # users come here without read access to the company.
        zone = pytz.timezone(company.sudo().gov_tz or "Asia/Shanghai")
        return datetime.now(pytz.utc).astimezone(zone).replace(tzinfo=None)

    def gov_today(self):
        """Return today's date at the institution (never ``fields.Date.today()``)."""
        return self.gov_now().date()
