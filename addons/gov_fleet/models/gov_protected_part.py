from odoo import api, fields, models


class GovProtectedPart(models.AbstractModel):
    """Rows that hang on a matter and would tell who takes a protected trip.

    Seats, waiting matters, records of decisions by phone, seals and the access log are
    read by supervision and administrators. The rows of protected trips are not theirs:
    a global record rule on ``on_protected_trip`` hides them.
    """

    _name = "gov.protected.part"
    _description = "Part of a Matter that May Be a Protected Trip"

    on_protected_trip = fields.Boolean(
        compute="_compute_on_protected_trip", search="_search_on_protected_trip"
    )

    @api.depends("model", "res_id")
    def _compute_on_protected_trip(self):
        requests = self.env["gov.vehicle.request"]
        rows = self.filtered(lambda row: row.model == requests._name)
        # sudo: only which requests are hidden is asked.
        hidden = requests.sudo().with_context(active_test=False)
        hidden = hidden.search(
            [("id", "in", rows.mapped("res_id")), ("is_protected", "=", True)]
        )
        for row in self:
            row.on_protected_trip = row in rows and row.res_id in hidden.ids

    @api.model
    def _search_on_protected_trip(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self.env["gov.vehicle.request"]._get_protected_domain()
        return domain if True in value else ~domain
