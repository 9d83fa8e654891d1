from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.scan import clean_scan


class GovSettlement(models.Model):
    """Closing: stamps, seal, budget; reversal, release of retention, void."""

    _inherit = "gov.settlement"

    # ------------------------------------------------------------------- stamping

    def action_stamp(self, scan=None, scan_name=""):
        """Put up the scan of the stamped paper; the statement is sealed with it.

        :param scan: content (base64), PDF, JPEG or PNG.
        :return: True
        :raise UserError: not the group, no scan, or it is not waiting for stamps.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_keeper()
        content = clean_scan(self.env, scan)[0]
        name = self._check_text(scan_name) or "scan"
        document = self._start("stamp")
        document.write({"scan": content, "scan_name": name})
        document._freeze_scan()
        document._seal_statement()
        return True

    def _seal_statement(self):
        """Seal the statement and its lines, book the budget, take the effect."""
        self.ensure_one()
        self.write({"sealed_at": fields.Datetime.now()})
        self.line_ids._seal()
        self._seal()
        self._book_budget()
        if self.kind == "reversal":
            self._count(1)
            self._pass_over_bill()
            self.reversal_of_id._take_reversal()

    def _pass_over_bill(self):
        """Make no refund of a bill that was never made: neither is to be booked."""
        original = self.reversal_of_id
        if (
            self.settlement_mode == "transfer"
            and not original.billed_at
            and not original.is_elsewhere
        ):
            self.billed_at = fields.Datetime.now()

    def _get_budget_line(self):
        """Return the budget line that this statement is booked on, or none.

        The department's own where it is served on internal account, the contract's
        where a vendor is paid; what is free of charge, or another unit pays, books
        nothing.
        """
        self.ensure_one()
        pays = self.settlement_mode == "internal" or self.service_role == "vendor"
        if self.settlement_mode == "free" or not pays:
            return False
        return self.contract_id.budget_line_id

    def _book_budget(self):
        """Book the payable as the actual of the budget line, once, when sealed."""
        line = self._get_budget_line()
        if line and self._counts() and self.amount_payable:
            exception = ""
            if self.company_id.gov_budget_over == "exception":
                # Finance and the head have agreed to the statement by its chain.
                exception = self.number
            # Each year of the contract is paid from the line of that year.
            line._for_day(self.date_to)._spend(
                self, self.amount_payable, exception=exception
            )

    # ------------------------------------------------------------------- reversal

    def action_reverse(self, reason=""):
        """Make the reversal statement of a sealed one: its lines with opposite sign.

        It is confirmed, decided, stamped and sealed like any other; then the statement
        counts no more and its period can be settled anew.

        :param reason: why; required.
        :return: id of the reversal statement.
        :raise UserError: not the group, no reason, not sealed, or being reversed.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_keeper()
        reason = reason or self.env.context.get("gov_reason", "")
        reason = self._check_text(reason, self.env._("Say why: the reason is empty."))
        document = self._start("reverse")
        if document.kind == "reversal":
            raise UserError(
                self.env._("A reversal is not reversed: settle the period anew.")
            )
        if open_one := document.reversal_ids.filtered(lambda s: s.state != "cancelled"):
            raise UserError(
                self.env._(
                    "%(statement)s is being reversed already by %(other)s.",
                    statement=document.display_name,
                    other=open_one[:1].display_name,
                )
            )
        return document._create_opposite(self.env.user, reason).id

    def _create_opposite(self, user, reason):
        contract = self.contract_id
        self._meet_contracts(contract)
        employee = self._get_handler_employee(user, contract)[self.company_id]
        statement = self.create(
            {
                **self._prepare_statement(
                    contract, "reversal", self.date_from, self.date_to
                ),
                "service_role": self.service_role,
                "settlement_mode": self.settlement_mode,
                "partner_id": self.partner_id.id,
                "served_department_id": self.served_department_id.id,
                "handler_id": user.id,
                "employee_id": employee.id,
                "reversal_of_id": self.id,
                "reason": reason,
            }
        )
        self.env["gov.settlement.line"].create(
            [
                {
                    **line.copy_data()[0],
                    "settlement_id": statement.id,
                    "amount": -line.amount,
                    "usage_count": 0,
                    "objection": False,
                    "objection_side": False,
                    "answer": False,
                }
                for line in self.line_ids
            ]
        )
        statement._sum_up()
        return statement

    def _take_reversal(self):
        """Let this statement, whose reversal was sealed, have no effect any more."""
        self.write({"reversed_at": fields.Datetime.now()})
        self.env["gov.service.assessment"]._unlock(self)
        self._free_usage()

    def _void(self):
        """Undo what a statement that was rejected or cancelled had frozen."""
        self._thaw()
        self._free_usage()

    # ------------------------------------------------------------------ retention

    @api.model
    def _get_retained(self, contracts):
        """Return ``{contract id: amount}`` that is kept back and not released.

        What an open statement is about to release counts as released.
        """
        self.env["gov.settlement.line"].flush_model()
        self.flush_model(["state", "kind", "contract_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT s.contract_id, -sum(l.amount)::float"
                " FROM gov_settlement_line l"
                " JOIN gov_settlement s ON s.id = l.settlement_id"
                " WHERE l.kind = 'retention' AND s.contract_id = ANY(%s)"
                " AND s.state != 'cancelled'"
                " AND (s.sealed_at IS NOT NULL OR s.kind = 'retention')"
                " GROUP BY s.contract_id",
                contracts.ids,
            )
        )
        return dict(rows)

    @api.model
    def _draft_release(self, contract, amount=None):
        """Draft the statement that releases retention of ``contract``.

        :param amount: what is released; without it all that is kept back.
        :return: the statement.
        :raise UserError: nothing is kept back, or less than that.
        """
        model = engine(self.sudo())
        contract = contract.sudo().with_env(model.env)
        model._meet_contracts(contract)
        kept = model._get_retained(contract).get(contract.id, 0.0)
        currency = contract.company_id.currency_id
        kept = currency.round(kept)
        amount = kept if amount is None else amount
        if currency.compare_amounts(amount, kept) > 0 or amount <= 0:
            raise UserError(
                self.env._(
                    "%(contract)s: %(amount)s cannot be released, %(kept)s are kept "
                    "back.",
                    contract=contract.display_name,
                    amount=currency.format(amount),
                    kept=currency.format(kept),
                )
            )
        today = contract.company_id.gov_today()
        statement = model.create(
            {
                **model._prepare_statement(contract, "retention", today, today),
                "handler_id": self.env.uid,
                "employee_id": model._get_handler_employee(self.env.user, contract)[
                    contract.company_id
                ].id,
            }
        )
        model.env["gov.settlement.line"].create(
            {
                **statement._prepare_extra(
                    "retention",
                    statement._get_record_env()._("Release of retention"),
                    0,
                    amount,
                ),
                "settlement_id": statement.id,
                "company_id": statement.company_id.id,
                "sequence": 90,
            }
        )
        statement._sum_up()
        return self.browse(statement.id)
