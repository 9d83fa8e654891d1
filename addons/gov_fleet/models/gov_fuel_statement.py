from odoo import api, fields, models

from odoo.addons.gov_base.tools.input_check import check_one


class GovFuelStatement(models.Model):
    """A statement of a supplier as it was imported (对账单), held against the slips.

    Made by the import alone. Each of its rows is a fill: joined with the slip that the
    driver noted, or standing alone until the slip turns up. A slip that was paid by a
    card of this statement and does not stand on it is a finding.
    """

    _name = "gov.fuel.statement"
    _description = "Fuel Statement"
    _inherit = ["mail.thread", "gov.number.mixin", "gov.guard.mixin"]
    _order = "date_to desc, id desc"
    _rec_name = "number"
    _number_code = "gov.fuel.statement"
    _check_company_auto = True
    _engine_only = True

    supplier_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    filename = fields.Char(string="File", readonly=True)
    digest = fields.Char(string="Fingerprint of the file", readonly=True)
    date_from = fields.Date(string="First fill", readonly=True)
    date_to = fields.Date(string="Last fill", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    existing_count = fields.Integer(string="There before", readonly=True)
    left_out_count = fields.Integer(string="No fills", readonly=True)
    entry_ids = fields.One2many("gov.fuel.entry", "statement_id", string="Fills")
    litres = fields.Float(digits=(12, 2), compute="_compute_figures")
    amount = fields.Monetary(compute="_compute_figures")
    matched_count = fields.Integer(string="With slip", compute="_compute_figures")
    differing_count = fields.Integer(string="Differing", compute="_compute_figures")
    single_count = fields.Integer(string="Without slip", compute="_compute_figures")
    missing_count = fields.Integer(
        string="Slips not on it", compute="_compute_missing_count"
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    @api.depends("entry_ids.match_state", "entry_ids.litres", "entry_ids.amount")
    def _compute_figures(self):
        groups = self.env["gov.fuel.entry"]._read_group(
            [("statement_id", "in", self.ids)],
            ["statement_id", "match_state"],
            ["__count", "statement_litres:sum", "statement_amount:sum"],
        )
        found = {}
        for statement, state, *figures in groups:
            found.setdefault(statement.id, {})[state] = figures
        for statement in self:
            states = found.get(statement._origin.id, {})
            statement.matched_count = states.get("matched", [0])[0]
            statement.differing_count = states.get("differs", [0])[0]
            statement.single_count = states.get("statement", [0])[0]
            statement.litres = sum(figures[1] for figures in states.values())
            statement.amount = sum(figures[2] for figures in states.values())

    def _compute_missing_count(self):
        for statement in self:
            statement.missing_count = self.env["gov.fuel.entry"].search_count(
                statement._get_missing_domain()
            )

    def _get_missing_domain(self):
        """Return the slips paid by its cards, in its days, that do not stand on it."""
        self.ensure_one()
        cards = self.env["gov.fuel.entry"]._read_group(
            [("statement_id", "=", self.id)], ["card_id"]
        )
        return [
            ("company_id", "=", self.company_id.id),
            ("match_state", "=", "slip"),
            ("card_id", "in", [card.id for (card,) in cards if card]),
            ("day", ">=", self.date_from),
            ("day", "<=", self.date_to),
        ]

    # ------------------------------------------------------------------ importing

    @api.model
    def _import(self, company, supplier, check, values):
        """Make a statement of rows that were checked; called by the import.

        :param check: a ``StatementCheck`` without issues.
        :param values: name and fingerprint of the file.
        :return: the statement.
        """
        entries = self.env["gov.fuel.entry"]
        statement = self.create(
            {
                **values,
                "company_id": company.id,
                "supplier_id": supplier.id,
                "row_count": check.row_count,
                "existing_count": check.existing,
                "left_out_count": check.left_out,
            }
        )
        statement._assign_number()
        rows = [{**row, "statement_id": statement.id} for row in check.rows]
        slips = entries._match_rows(rows, company)
        taken = set(slips.values())
        made = entries.create(
            [row for index, row in enumerate(rows) if index not in taken]
        )
        joined = entries.browse(slips)
        days = (made | joined).mapped("day")
        statement.write({"date_from": min(days), "date_to": max(days)})
        self.env.flush_all()
        joined._follow_up()
        # Slips of those days that do not stand on the statement.
        entries.search(statement._get_missing_domain(), order="id")._check_facts()
        return statement

    # -------------------------------------------------------------------- actions

    def action_open_entries(self):
        """Open the fills of this statement, those without a slip first."""
        check_one(self)
        self.check_access("read")
        action = self._get_entry_action()
        return {
            **action,
            "name": self.display_name,
            "domain": [("statement_id", "=", self.id)],
            "context": {"search_default_by_match": 1},
        }

    def action_open_missing(self):
        """Open the slips that should stand on this statement and do not."""
        check_one(self)
        self.check_access("read")
        return {
            **self._get_entry_action(),
            "name": self.env._("Not on %s", self.display_name),
            "domain": self._get_missing_domain(),
            "context": {},
        }

    def _get_entry_action(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_fuel_entry_action"
        )
