from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals


class GovSupplyMonth(models.TransientModel):
    """A month of supplies: its register (领用登记册), and its closing.

    The register is read by whoever may read the consumption; a month is closed by the
    manager of supplies, past months only, one after the other.
    """

    _name = "gov.supply.month"
    _description = "Month of Supplies"

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    month = fields.Date(
        string="Any day of the month",
        required=True,
        default=lambda self: self._get_default_month(),
    )
    month_key = fields.Selection(
        "_get_month_options",
        string="Month",
        compute="_compute_month_key",
        readonly=False,
    )
    closed_until = fields.Date(compute="_compute_closed_until")
    can_close = fields.Boolean(compute="_compute_closed_until")

    @api.model
    def _get_default_month(self):
        """The month before this one, which is about to be closed."""
        first = self.env.company.gov_today().replace(day=1)
        return first - relativedelta(months=1)

    @api.depends("company_id", "month")
    def _compute_closed_until(self):
        manager = self.env.user.has_group("gov_logistics.group_logistics_manager")
        for wizard in self:
            # Until when the books are closed is no secret.
            wizard.closed_until = wizard.company_id.sudo().gov_closed_until
            wizard.can_close = manager and not wizard._get_closing_refusal()

    @api.model
    def _get_month_options(self):
        """Return this month and the 36 before it, the last one first."""
        this = self.env.company.gov_today().replace(day=1)
        months = [this - relativedelta(months=number) for number in range(37)]
        return [(f"{month:%Y-%m}", self._get_label(month)) for month in months]

    @api.model
    def _get_label(self, month):
        return self.env._("%(year)s-%(month)s", year=month.year, month=f"{month:%m}")

    @api.depends("month")
    def _compute_month_key(self):
        known = dict(self._get_month_options())
        for wizard in self:
            key = f"{wizard.month:%Y-%m}" if wizard.month else False
            wizard.month_key = key if key in known else False

    @api.onchange("month_key")
    def _onchange_month_key(self):
        if self.month_key:
            self.month = fields.Date.to_date(f"{self.month_key}-01")

    @api.depends("month")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self._get_label(wizard.month) if wizard.month else ""

    def _get_bounds(self):
        """Return the first and the last day of the month."""
        self.ensure_one()
        first = self.month.replace(day=1)
        return first, first + relativedelta(months=1, days=-1)

    def _get_closing_refusal(self):
        """Return why this month cannot be closed now, or False."""
        if not self.month or not self.company_id:
            return self.env._("Choose a month.")
        first, last = self._get_bounds()
        if last >= self.company_id.gov_today():
            return self.env._(
                "%s is not over yet and cannot be closed.", self._get_label(first)
            )
        closed = self.company_id.sudo().gov_closed_until  # no secret, as above
        if closed and first != closed + relativedelta(days=1):
            return self.env._(
                "Closed until %(closed)s: months are closed one after the other.",
                closed=format_day(self.env, closed),
            )
        return False

    def _get_domain(self):
        first, last = self._get_bounds()
        return [
            ("company_id", "=", self.company_id.id),
            ("period_date", ">=", first),
            ("period_date", "<=", last),
        ]

    def _get_register(self):
        """Return the lines of the register that the user may read, day by day."""
        self.ensure_one()
        self._check_company_choice()
        lines = self.env["gov.supply.consumption"].search(
            self._get_domain(), order="period_date, id"
        )
        return [
            {
                "line": line,
                # Who may read the line sees the signature on it.
                "signature": line.sudo()
                .picking_id.with_context(bin_size=False)
                .supply_signature,
            }
            for line in lines
        ]

    def _check_company_choice(self):
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("This institution is not yours."))

    def action_open_register(self):
        """Open the register of the month as a list.

        :return: a window action.
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_logistics.gov_supply_consumption_action"
        )
        return {
            **action,
            "name": self.env._("Register of issues %s", self.display_name),
            "view_mode": "list,pivot,graph",
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "domain": self._get_domain(),
            "context": {"hierarchical_naming": False},
        }

    def action_print_register(self):
        """Print the register of the month.

        :return: a report action.
        """
        self.ensure_one()
        report = self.env.ref("gov_logistics.action_report_supply_register")
        return report.report_action(self)

    def action_close(self):
        """Close the month: what is entered later counts in the first open month.

        :return: True
        :raise UserError: when the user is not the manager of supplies, the month is
            not over, or another one has to be closed first.
        """
        self.ensure_one()
        self._check_company_choice()
        if not self.env.user.has_group("gov_logistics.group_logistics_manager"):
            raise UserError(
                self.env._("A month is closed by the manager of office supplies.")
            )
        # Two who close at once meet on the company's row.
        meet_rivals(self.company_id)
        if refusal := self._get_closing_refusal():
            raise UserError(refusal)
        first, last = self._get_bounds()
        self.company_id._gov_close_until(last)
        # Group and month were checked just above; the sums are of all departments.
        [(count, amount)] = (
            self.env["gov.supply.consumption"]
            .sudo()
            ._read_group(self._get_domain(), [], ["__count", "amount:sum"])
        )
        engine(self.env["gov.supply.closing"].sudo()).create(
            {
                "company_id": self.company_id.id,
                "date_from": first,
                "date_to": last,
                "user_id": self.env.uid,
                "closed_at": fields.Datetime.now(),
                "line_count": count,
                "amount": amount or 0.0,
            }
        )
        return True
