from odoo import api, fields, models

from odoo.addons.gov_base.tools.rivals import meet_rivals


class StockLocation(models.Model):
    """One consumption location per department, made when goods first go there.

    Its usage is ``production``: for Odoo goods that enter it have been used up. They
    leave the stock on hand and its value (``internal`` would keep both, and a count
    would ask for pens that were handed out), without mixing with losses found at a
    count or with scrap (``inventory``), nor with sales (``customer``). Its quants
    show what a department has had, and its own expense account can be set where the
    books are kept in Odoo.
    """

    _inherit = "stock.location"

    supply_department_id = fields.Many2one(
        "hr.department",
        string="Department (consumption)",
        index="btree_not_null",
        ondelete="restrict",
        help="Goods issued to this department end here.",
    )

    _supply_department_uniq = models.UniqueIndex(
        "(supply_department_id, company_id) WHERE supply_department_id IS NOT NULL",
        "A department has one consumption location per institution.",
    )

    @api.model
    def _get_supply_location(self, department, company):
        """Return the consumption location of ``department``, made on demand.

        :param department: where the goods go.
        :param company: the institution whose store issues them.
        """
        # The clerk's right to issue to this department was checked by the request;
        # locations are configuration that clerks do not edit.
        locations = self.sudo().with_context(active_test=False)
        domain = [
            ("supply_department_id", "=", department.id),
            ("company_id", "=", company.id),
        ]
        if location := locations.search(domain, limit=1):
            return location
        # Two first issues at once meet on the company's row; the loser is retried.
        meet_rivals(company)
        return locations.create(
            {
                "name": department.name,
                "usage": "production",
                "location_id": self._get_supply_parent(company).id,
                "company_id": company.id,
                "supply_department_id": department.id,
            }
        )

    @api.model
    def _get_supply_parent(self, company):
        """Return the view location above all consumption locations of ``company``."""
        # As above: configuration, made on behalf of a clerk who may issue.
        locations = self.sudo()
        name = self.env._("Consumption by department")
        children = locations.search(
            [
                ("supply_department_id", "!=", False),
                ("company_id", "=", company.id),
                ("location_id.usage", "=", "view"),
            ],
            limit=1,
        )
        return children.location_id or locations.create(
            {"name": name, "usage": "view", "company_id": company.id}
        )
