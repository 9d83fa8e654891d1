from datetime import timedelta
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day

from ..tools import settle
from .contract_contract import GENERATION, IN_FORCE
from .input_check import check_plain_values, check_records_exist

# What follows from the contract; a caller's value is left out.
_FOLLOWING = (
    "active",
    "company_id",
    "currency_id",
    "partner_id",
    "recurring_next_date",
)


class ContractLine(models.Model):
    """A line of a service contract: one item of the catalogue, fixed or metered.

    The price stands in rows with dates (``price_ids``). A line without days of its own
    has those of its contract. What OCA computes for its invoicing is switched off for
    these lines: they have no date of next invoice, and no job bills them.
    """

    _inherit = "contract.line"
    _check_company_auto = True

    generation_type = fields.Selection(related="contract_id.generation_type")
    gov_state = fields.Selection(related="contract_id.gov_state", string="Contract is")
    service_item_id = fields.Many2one(
        "gov.service.item",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    charge_kind = fields.Selection(
        [("fixed", "Fixed fee"), ("metered", "Metered")],
        string="Charged",
        default="fixed",
        help="Fixed: the same fee every period, by days where a period is not whole. "
        "Metered: the quantity used times the price of its day.",
    )
    fixed_per = fields.Selection(
        [("month", "Month"), ("year", "Year")],
        string="Fee per",
        default="month",
        help="Of a fixed fee: the price is for one unit and month, or one unit and "
        "year.",
    )
    quantity = fields.Float(digits=(16, 4))
    price_ids = fields.One2many(
        "gov.contract.price", "line_id", string="Prices", copy=True
    )
    price = fields.Float(
        compute="_compute_price",
        inverse="_inverse_price",
        digits=(16, 6),
        help="Of today, or of the first day of a line that has not begun. Tax "
        "included, never rounded.",
    )
    fee = fields.Float(
        string="Fee of a month",
        compute="_compute_fee",
        digits=(16, 2),
        help="Of a fixed fee: quantity times price, by the month.",
    )
    norm_quantity = fields.Float(
        string="Norm of a month",
        digits=(16, 4),
        help="Of metered use free of charge: what is free of question in a month; 0 "
        "for no norm. A period has the norm of its days. What lies above it is listed.",
    )
    note = fields.Char(string="Remark")

    _quantity_check = models.Constraint(
        "CHECK (service_item_id IS NULL OR (quantity >= 0 AND quantity < 1000000000))",
        "A quantity is not negative, and below 1,000,000,000.",
    )
    _norm_check = models.Constraint(
        "CHECK (norm_quantity >= 0 AND norm_quantity < 1000000000)",
        "A norm is not negative, and below 1,000,000,000.",
    )
    _item_dates = models.Index(
        "(service_item_id, date_start, date_end) WHERE service_item_id IS NOT NULL"
    )

    # -------------------------------------------------------------------- computes

    def _get_service_lines(self):
        """Return those lines of self that belong to service contracts."""
        return self.filtered(lambda line: line.contract_id._is_service())

    @api.depends("name", "service_item_id")
    def _compute_display_name(self):
        ours = self.filtered("service_item_id")
        for line in ours:
            line.display_name = line.name or line.service_item_id.name
        return super(ContractLine, self - ours)._compute_display_name()

    @api.depends("service_item_id")
    def _compute_name(self):
        ours = self.filtered("service_item_id")
        for line in ours:
            line.name = line.name or line.service_item_id.name
        return super(ContractLine, self - ours)._compute_name()

    @api.depends("service_item_id")
    def _compute_uom_id(self):
        ours = self.filtered("service_item_id")
        for line in ours:
            line.uom_id = line.service_item_id.uom_id
        return super(ContractLine, self - ours)._compute_uom_id()

    def _compute_allowed_uom_ids(self):
        ours = self.filtered("service_item_id")
        for line in ours:
            line.allowed_uom_ids = line.service_item_id.uom_id
        return super(ContractLine, self - ours)._compute_allowed_uom_ids()

    def _set_recurrence_field(self, field):
        """Lines of ours keep their own days; without any they have the contract's."""
        ours = self._get_service_lines()
        for line in ours:
            if field == "recurring_next_date":
                line[field] = False
            else:
                line[field] = line[field] or line.contract_id[field]
        return super(ContractLine, self - ours)._set_recurrence_field(field)

    @api.depends("contract_id.generation_type")
    def _compute_recurring_next_date(self):
        """No date of next invoice, so that no job and no wizard finds the line."""
        ours = self._get_service_lines()
        ours.recurring_next_date = False
        return super(ContractLine, self - ours)._compute_recurring_next_date()

    def _compute_analytic_distribution(self):
        return super(
            ContractLine, self - self._get_service_lines()
        )._compute_analytic_distribution()

    def _compute_monthly_recurring(self):
        ours = self._get_service_lines()
        ours.monthly_recurring = 0.0
        return super(ContractLine, self - ours)._compute_monthly_recurring()

    def _compute_price_unit(self):
        """What OCA shows as price is the price of today."""
        ours = self._get_service_lines()
        for line in ours:
            line.price_unit = line.price
        return super(ContractLine, self - ours)._compute_price_unit()

    @api.depends("price_ids.price", "price_ids.date_from", "price_ids.date_to")
    def _compute_price(self):
        for line in self:
            today = (line.company_id or self.env.company).gov_today()
            rows = line.price_ids.filtered("date_from").sorted("date_from")
            begun = rows.filtered(lambda row: row.date_from <= today)  # noqa: B023
            row = begun[-1:] or rows[:1]
            line.price = row.price

    def _inverse_price(self):
        """Write the first price of a line of a draft; supplements bring later ones."""
        rows = self.env["gov.contract.price"]
        missing = self.filtered(lambda line: not line.price_ids)
        vals_list = [
            {
                "line_id": line.id,
                "price": line.price,
                "date_from": line.date_start,
            }
            for line in missing
        ]
        for line in self - missing:
            if len(line.price_ids) > 1:
                raise UserError(
                    self.env._(
                        "%(line)s has several prices: change the one you mean.",
                        line=line.display_name,
                    )
                )
            line.price_ids.price = line.price
        return rows.create(vals_list)

    @api.depends("charge_kind", "fixed_per", "quantity", "price")
    def _compute_fee(self):
        for line in self:
            fee = line.quantity * line.price if line.charge_kind == "fixed" else 0.0
            line.fee = fee / 12 if line.fixed_per == "year" else fee

    def _get_norm(self, date_from, date_to):
        """Return the norm of the days between, by months and days; exact.

        :return: Fraction in the unit of the line, with four decimals; 0 for no norm.
        """
        self.ensure_one()
        days = settle.overlap(date_from, date_to, self.date_start, self.date_end)
        if not days or not self.norm_quantity:
            return Fraction(0)
        months = settle.fee_share(*days, days, settle.CALENDAR)
        return round(settle.exact(self.norm_quantity) * months, 4)

    # ----------------------------------------------------------------- constraints

    @api.constrains("recurring_next_date")
    def _check_recurring_next_date_recurring_invoices(self):
        others = self - self._get_service_lines()
        return super(
            ContractLine, others
        )._check_recurring_next_date_recurring_invoices()

    @api.constrains("service_item_id", "contract_id")
    def _check_service_item(self):
        for line in self._get_service_lines():
            if not line.service_item_id:
                self._refuse_without_item(line.contract_id)

    def _refuse_without_item(self, contract):
        raise UserError(
            self.env._(
                "%(contract)s: every line names an item of the service catalogue.",
                contract=contract.display_name,
            )
        )

    def _check_within_term(self):
        """Raise for days outside the contract's term.

        No constraint: while the days of a contract change its lines follow one by one.
        """
        for line in self._get_service_lines():
            contract = line.contract_id
            begins = line.date_start and contract.date_start
            ends = line.date_end and contract.date_end
            if (begins and line.date_start < contract.date_start) or (
                ends and line.date_end > contract.date_end
            ):
                raise UserError(
                    self.env._(
                        "%(line)s: its days (%(from)s to %(to)s) lie outside the term "
                        "of %(contract)s.",
                        line=line.display_name,
                        **{
                            "from": format_day(self.env, line.date_start),
                            "to": format_day(self.env, line.date_end) or "…",
                        },
                        contract=contract.display_name,
                    )
                )

    # ------------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(
            self.browse(), vals_list, ("contract_id", "service_item_id")
        )
        vals_list = self._prepare_service_lines(vals_list)
        lines = super().create(vals_list)
        lines._refuse_frozen()
        lines._check_within_term()
        return lines

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        ours = self._get_service_lines()
        if "contract_id" in vals and not is_engine(self.env):
            target = self.env["contract.contract"].browse(vals["contract_id"])
            # sudo: only whether it is a service contract.
            if ours or target.sudo()._is_service():
                raise UserError(
                    self.env._("A line stays with its contract: enter another one.")
                )
        if ours and not is_engine(self.env):
            ours._refuse_frozen()
            vals = {k: v for k, v in vals.items() if k not in _FOLLOWING}
        result = super().write(vals)
        if ours and {"date_start", "date_end"} & set(vals) and not is_engine(self.env):
            ours._check_within_term()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        self._refuse_frozen()

    @api.model
    def _prepare_service_lines(self, vals_list):
        """Return values of new lines, those of ours completed.

        Days are the contract's, words and unit the item's, unless they are given.
        """
        contracts = self.env["contract.contract"].browse(
            {vals["contract_id"] for vals in vals_list if vals.get("contract_id")}
        )
        items = self.env["gov.service.item"].browse(
            {
                vals["service_item_id"]
                for vals in vals_list
                if vals.get("service_item_id")
            }
        )
        ours = {
            contract.id: contract for contract in contracts._get_service_contracts()
        }
        named = {item.id: item for item in items}
        prepared = []
        for vals in vals_list:
            contract = ours.get(vals.get("contract_id"))
            if contract:
                item = named.get(vals.get("service_item_id"))
                if not item:
                    self._refuse_without_item(contract)
                vals = {
                    **{k: v for k, v in vals.items() if k not in _FOLLOWING},
                    "recurring_next_date": False,
                    "date_start": vals.get("date_start") or contract.date_start,
                    "date_end": vals.get("date_end") or contract.date_end,
                    "name": vals.get("name") or item.name,
                    "uom_id": vals.get("uom_id") or item.uom_id.id,
                }
            prepared.append(vals)
        return prepared

    def _refuse_frozen(self):
        """Raise for lines of contracts that are no drafts (any more).

        :raise UserError: naming the contract; the engine may pass.
        """
        if is_engine(self.env):
            return
        for contract in self._get_service_lines().contract_id:
            contract._refuse_not_keeper()
            if contract.gov_state != "draft":
                raise UserError(contract._get_frozen_text())

    # -------------------------------------------------------------------- the price

    def _price_on(self, day):
        """Return the price of this line on a day.

        :param day: date or ISO string.
        :return: float, tax included, per unit (fixed fees: per unit and ``fixed_per``).
        :raise UserError: there is no price on that day.
        """
        self.ensure_one()
        return self._prices_on(day)[self]

    def _prices_on(self, day):
        """Return ``{line: price}`` on a day, by one query for all lines of self.

        :raise UserError: naming the first line that has no price on that day.
        """
        day = to_day(self.env, day)
        # sudo: called by the server's own documents, which have checked their reader.
        rows = (
            self.env["gov.contract.price"]
            .sudo()
            .search_fetch(
                [
                    ("line_id", "in", self.ids),
                    ("date_from", "<=", day),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", day),
                ],
                ["line_id", "price"],
            )
        )
        prices = {row.line_id.id: row.price for row in rows}
        for line in self:
            if line.id not in prices:
                raise UserError(
                    self.env._(
                        "%(contract)s, %(line)s: there is no price on %(day)s.",
                        contract=line.sudo().contract_id.display_name,
                        line=line.sudo().display_name,
                        day=format_day(self.env, day) or "-",
                    )
                )
        return {line: prices[line.id] for line in self}

    # ------------------------------------------------------------------- the search

    @api.model
    def _find(
        self,
        item,
        day,
        partner=None,
        department=None,
        company=None,
        charge_kind=None,
    ):
        """Return the line by which ``item`` is charged on ``day``, or none.

        Contracts that have ended count for the days of their term: usage may come
        late. Metered lines go before fixed ones.

        :param item: ``gov.service.item``
        :param day: date or ISO string
        :param partner: served unit, or vendor, whose contract it is
        :param department: department served by an internal contract; one with a
            department above it serves it too, the nearest goes first
        :param company: institution; default the current one
        :param charge_kind: ``fixed`` or ``metered`` only
        :return: ``contract.line``, one or empty. Without partner and department: the
            vendor's line, where one vendor alone has the item.
        """
        day = to_day(self.env, day)
        company = company or self.env.company
        if not item or not day:
            return self.browse()
        domain = Domain(
            [
                ("service_item_id", "=", item.id),
                ("company_id", "=", company.id),
                ("contract_id.generation_type", "=", GENERATION),
                ("contract_id.gov_state", "in", IN_FORCE),
                ("date_start", "<=", day),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", day),
            ]
        )
        if charge_kind:
            domain &= Domain("charge_kind", "=", charge_kind)
        # sudo: which contract an item is charged to is found for everybody; the
        # caller's document decides who reads it.
        lines = self.sudo()
        if department:
            found = lines.search(
                domain & self._get_department_domain(department), order="id"
            )
            found = found._get_nearest(department)
        elif partner:
            # sudo: as above
            partners = partner.sudo() | partner.sudo().commercial_partner_id
            found = lines.search(
                domain
                & Domain("contract_id.partner_id", "in", partners.ids)
                & Domain("contract_id.served_department_id", "=", False),
                order="id",
            )
        else:
            found = lines.search(
                domain & Domain("contract_id.service_role", "=", "vendor"), order="id"
            )
            if len(found.contract_id) > 1:
                found = lines.browse()
        found = found.sorted(lambda line: (line.charge_kind != "metered", line.id))
        return found[:1].with_env(self.env)

    @api.model
    def _get_department_domain(self, department):
        # sudo: only the ids of the departments above.
        above = [int(part) for part in department.sudo().parent_path.split("/") if part]
        return Domain("contract_id.service_role", "=", "internal") & Domain(
            "contract_id.served_department_id", "in", above
        )

    def _get_nearest(self, department):
        """Return the lines of self whose contract serves the nearest department."""
        path = department.sudo().parent_path.split("/")
        depth = {int(part): place for place, part in enumerate(path) if part}
        nearest = max(
            (depth[line.contract_id.served_department_id.id] for line in self),
            default=None,
        )
        return self.filtered(
            lambda line: depth[line.contract_id.served_department_id.id] == nearest
        )

    # --------------------------------------------------------------------- overlaps

    @api.model
    def _get_overlaps(self, contracts):
        """Return pairs of line ids: of ``contracts``, and of another in force.

        Two lines overlap when they charge the same item, to the same department or
        partner, on the same days. Metered lines of one contract count too: usage
        would not know its line. By one query for all contracts.
        """
        self.env.flush_all()
        # Joined by plain equalities, so that 2,000 contracts are hashed, not compared
        # each with each.
        return self.env.execute_query(
            SQL(
                """
                WITH charged AS MATERIALIZED (
                    SELECT l.id, l.contract_id, l.service_item_id, l.charge_kind,
                           c.company_id, c.service_role, c.gov_state,
                           coalesce(c.served_department_id, -c.partner_id) AS payer,
                           daterange(l.date_start, l.date_end, '[]') AS days
                      FROM contract_line l
                      JOIN contract_contract c ON c.id = l.contract_id
                     WHERE c.generation_type = %(generation)s
                       AND (c.gov_state IN %(in_force)s OR c.id = ANY(%(ids)s))
                       AND l.service_item_id IN (
                           SELECT service_item_id FROM contract_line
                            WHERE contract_id = ANY(%(ids)s))
                )
                SELECT mine.id, other.id
                  FROM charged mine
                  JOIN charged other
                    ON other.service_item_id = mine.service_item_id
                   AND other.payer = mine.payer
                   AND other.company_id = mine.company_id
                   AND other.service_role = mine.service_role
                 WHERE mine.contract_id = ANY(%(ids)s) AND other.id != mine.id
                   AND other.days && mine.days
                   AND CASE WHEN other.contract_id = mine.contract_id
                            THEN mine.charge_kind = 'metered'
                                 AND other.charge_kind = 'metered'
                            ELSE other.gov_state IN %(in_force)s END
                 ORDER BY mine.id, other.id LIMIT 5
                """,
                generation=GENERATION,
                in_force=IN_FORCE,
                ids=contracts.ids,
            )
        )

    def _covers_term(self):
        """Tell whether the prices of the line leave no day of it without one."""
        self.ensure_one()
        day = self.date_start
        for row in self.price_ids.filtered("date_from").sorted("date_from"):
            if row.date_from > day:
                return False
            if not row.date_to:
                return True
            day = max(day, row.date_to + timedelta(days=1))
        return bool(self.date_end and day > self.date_end)
