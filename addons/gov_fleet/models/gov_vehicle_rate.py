from odoo import api, fields, models


class GovVehicleRate(models.Model):
    """Which services a trip of a class of vehicles is charged as.

    Each trip that is back becomes usage of the service centre: km, hours and waiting
    hours, each as a service of the catalogue; its price stands in the contract with
    the side served. The narrowest rate of the day of return holds: class and body,
    then class, then body, then the rate for all.
    """

    _name = "gov.vehicle.rate"
    _description = "Vehicle Rate"
    _order = "usage_class, body_type, date_from desc, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    usage_class = fields.Selection(
        selection=lambda self: (
            self.env["fleet.vehicle"]
            ._fields["usage_class"]
            ._description_selection(self.env)
        ),
        string="Class",
        help="Empty: every class.",
    )
    body_type = fields.Selection(
        selection=lambda self: (
            self.env["fleet.vehicle"]
            ._fields["body_type"]
            ._description_selection(self.env)
        ),
        string="Body",
        help="Empty: every body.",
    )
    km_item_id = fields.Many2one(
        "gov.service.item",
        string="Service per km",
        check_company=True,
        ondelete="restrict",
    )
    hour_item_id = fields.Many2one(
        "gov.service.item",
        string="Service per hour",
        check_company=True,
        ondelete="restrict",
    )
    waiting_item_id = fields.Many2one(
        "gov.service.item",
        string="Service per hour of waiting",
        check_company=True,
        ondelete="restrict",
    )
    date_from = fields.Date(
        required=True, default=lambda self: self.env.company.gov_today()
    )
    date_to = fields.Date(help="Last day; empty: until further notice.")

    _days = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day is not before the first."
    )
    _one_rate = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&,"
        " int8range(hashtext(coalesce(usage_class, '')),"
        " hashtext(coalesce(usage_class, '')), '[]') WITH &&,"
        " int8range(hashtext(coalesce(body_type, '')),"
        " hashtext(coalesce(body_type, '')), '[]') WITH &&,"
        " daterange(date_from, date_to, '[]') WITH &&) WHERE (active)",
        "There is a rate for this class and body in these days already.",
    )
    _some_item = models.Constraint(
        "CHECK (km_item_id IS NOT NULL OR hour_item_id IS NOT NULL"
        " OR waiting_item_id IS NOT NULL)",
        "A rate names at least one service.",
    )

    @api.model
    def _find(self, company, day, usage_class, body_type):
        """Return the rate that holds, or none.

        :param day: local date of the return.
        """
        rates = self.search(
            [
                ("company_id", "=", company.id),
                ("date_from", "<=", day),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", day),
                ("usage_class", "in", [usage_class, False]),
                ("body_type", "in", [body_type, False]),
            ],
            order="id",
        )
        return rates.sorted(
            lambda rate: (bool(rate.usage_class), bool(rate.body_type)), reverse=True
        )[:1]
