from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .gov_settlement import VOID


class ContractContract(models.Model):
    """What has been settled of a service contract, what is missing, what is kept."""

    _inherit = "contract.contract"

    settlement_ids = fields.One2many(
        "gov.settlement", "contract_id", string="Statements", readonly=True
    )
    budget_line_id = fields.Many2one(
        "gov.budget.line",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Where sealed statements are booked as used: of the department served on "
        "internal account, or of the department in charge when a vendor is paid.",
    )
    settlement_count = fields.Integer(compute="_compute_settlement_count")
    retention_balance = fields.Monetary(
        string="Retention kept",
        currency_field="gov_currency_id",
        compute="_compute_retention_balance",
    )
    missed_periods = fields.Char(
        compute="_compute_missed_periods",
        help="Periods that are over and have no statement.",
    )

    @api.constrains("budget_line_id", "department_id", "served_department_id")
    def _check_budget_line(self):
        for contract in self._get_service_contracts():
            # sudo: only whose line it is; a clerk of contracts reads no budget.
            owner = contract.sudo().budget_line_id.department_id
            payer = contract.served_department_id or contract.department_id
            above = (payer.sudo().parent_path or "").split("/")
            if owner and str(owner.id) not in above:
                raise UserError(
                    self.env._(
                        "%(contract)s is paid by %(payer)s: the budget line is that of "
                        "%(owner)s.",
                        contract=contract.display_name,
                        payer=payer.name or "-",
                        owner=owner.name,
                    )
                )

    @api.depends("settlement_ids")
    def _compute_settlement_count(self):
        groups = dict(
            self.env["gov.settlement"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.settlement_count = groups.get(contract, 0)

    @api.depends("settlement_ids.state")
    def _compute_retention_balance(self):
        # sudo: who reads the contract reads what is kept back of it.
        kept = self.env["gov.settlement"].sudo()._get_retained(self)
        for contract in self:
            contract.retention_balance = kept.get(contract._origin.id, 0.0)

    @api.depends("settlement_ids.state", "gov_state")
    def _compute_missed_periods(self):
        statements = self.env["gov.settlement"]
        for contract in self:
            contract.missed_periods = False
        ours = self.filtered(
            lambda c: c._is_service() and c.gov_state != "draft" and c.id
        )
        for company, contracts in ours.grouped("company_id").items():
            # sudo: who reads the contract reads which periods lack a statement.
            missing = statements.sudo()._get_missing_periods(
                contracts, company.gov_today()
            )
            for contract in contracts:
                contract.missed_periods = (
                    ", ".join(
                        statements._get_period_text(first, last)
                        for first, last in missing.get(contract.id, ())
                    )
                    or False
                )

    def action_draft_statements(self):
        """Draft the statements of these contracts that are due, missed ones included.

        :return: a window action with the new statements.
        :raise UserError: not the group, nothing is due, or what is in the way.
        """
        statements = self.env["gov.settlement"]
        if not statements._is_keeper():
            raise UserError(
                self.env._("Statements are drafted by “Contracts and settlement”.")
            )
        self.check_access("read")
        for contract in self:
            if not contract._is_service() or contract.gov_state == "draft":
                raise UserError(
                    self.env._(
                        "%s is not in force: nothing is settled.", contract.display_name
                    )
                )
        drafted = statements
        for company, contracts in self.grouped("company_id").items():
            day = fields.Date.subtract(company.gov_today(), days=1)
            drafted |= statements._draft(contracts, day, day)
        if not drafted:
            raise UserError(
                self.env._("Every period that is over has its statement already.")
            )
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_logistics.gov_settlement_action"
        )
        action["domain"] = [("id", "in", drafted.ids)]
        action["context"] = {}
        return action

    def action_open_settlements(self):
        """Open the statements of this contract.

        :return: a window action.
        """
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_logistics.gov_settlement_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_release_retention(self, amount=None):
        """Draft the statement that releases what was kept back.

        :param amount: what is released; without it everything.
        :return: a window action with the statement.
        :raise UserError: not the group, no amount, or more than is kept.
        """
        statements = self.env["gov.settlement"]
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        if not statements._is_keeper():
            raise UserError(
                self.env._("Retention is released by “Contracts and settlement”.")
            )
        self.check_access("read")
        if amount is not None:
            amount = statements._check_amount_entered(amount)
        statement = statements._draft_release(self, amount)
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.settlement",
            "res_id": statement.id,
            "view_mode": "form",
        }


class GovSettlement(models.Model):
    _inherit = "gov.settlement"

    @api.model
    def _get_missing_periods(self, contracts, today):
        """Return ``{contract id: [(first, last)]}`` without a statement, over by now.

        :param today: the institution's day; a period that ends today is not over.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT contract_id, date_from, date_to, false FROM gov_settlement"
                " WHERE contract_id = ANY(%s) AND kind = 'period'"
                " AND state NOT IN %s ORDER BY date_from",
                contracts.ids,
                VOID,
            )
        )
        settled = {}
        for contract_id, *row in rows:
            settled.setdefault(contract_id, []).append(row)
        until = fields.Date.subtract(today, days=1)
        return {
            contract.id: [
                span
                for first, last in contract._periods(until)
                for span in self._subtract(first, last, settled.get(contract.id, []))
            ]
            for contract in contracts
        }
