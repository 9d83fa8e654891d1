import csv
import io

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import split_every

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

# Many draft moves in one transaction on tables with stale statistics cost three times
# as much: bills are made in small batches.
BILL_BATCH = 200


class GovSettlement(models.Model):
    """Billing once, and what the treasury has paid."""

    _inherit = "gov.settlement"

    # -------------------------------------------------------------------- billing

    def action_bill(self):
        """Make the bills of sealed statements: each statement stands on one, once.

        A customer invoice to a served unit, a vendor bill from a vendor; one for each
        contract and period, or for each partner and period where the contracts say
        so. Without a journal the statement is left to be billed elsewhere.

        :return: True
        :raise UserError: not the group, not sealed, not by transfer, or billed.
        """
        self._check_keeper()
        for statement in self.sorted("id"):
            document = statement._start("bill")
            if document.settlement_mode != "transfer":
                raise UserError(
                    self.env._(
                        "%s is not by transfer: no bill is made of it.",
                        statement.display_name,
                    )
                )
        # sudo: group, state and mode were checked just above; who keeps contracts is
        # no accountant.
        engine(self.sudo().sorted("id"))._bill()
        return True

    def _bill_sealed(self):
        """Bill what of these is sealed; rivals meet on the statements' own rows.

        :return: the statements billed now, or left to be billed elsewhere.
        """
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["state", "billed_at"], flush=False)
        # sudo: called by the run, whose starter has been checked.
        sealed = engine(self.sudo()).filtered(
            lambda s: s.state == "sealed" and s.settlement_mode == "transfer"
        )
        sealed._bill()
        return sealed

    def _bill(self):
        """Make the bills; the caller has checked person, state and mode."""
        journals = self._get_journals()
        outside = self.filtered(lambda s: not journals.get(s._get_journal_key()))
        if outside:
            outside.write({"is_elsewhere": True})
        inside = self - outside
        nothing = inside.filtered(lambda s: s.currency_id.is_zero(s.amount_due))
        nothing.write({"billed_at": fields.Datetime.now()})
        groups = {}
        for statement in inside - nothing:
            groups.setdefault(statement._get_bill_key(), []).append(statement.id)
        for keys in split_every(BILL_BATCH, groups, list):
            vals_list, found = [], []
            for key in keys:
                statements = self.browse(groups[key]).with_prefetch(self.ids)
                if move := statements._get_open_bill(key):
                    statements._join_bill(move)
                    continue
                found.append(statements)
                vals_list.append(
                    statements._prepare_move(
                        journals[statements[:1]._get_journal_key()]
                    )
                )
            moves = (
                self.env["account.move"]
                .with_company(self.company_id[:1])
                .create(vals_list)
            )
            now = fields.Datetime.now()
            for statements, move in zip(found, moves, strict=True):
                statements.write({"move_id": move.id, "billed_at": now})

    def _get_journal_key(self):
        kind = "purchase" if self.service_role == "vendor" else "sale"
        return self.company_id.id, kind

    def _get_journals(self):
        """Return ``{(company id, type): journal}`` of those that there are."""
        journals = {}
        for journal in self.env["account.journal"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("type", "in", ("sale", "purchase")),
            ],
            order="company_id, sequence, id",
        ):
            if journal.default_account_id:
                journals.setdefault((journal.company_id.id, journal.type), journal)
        return journals

    def _get_bill_key(self):
        """Return what the statements of one bill have in common."""
        key = (self.company_id.id, self.service_role, self.amount_due < 0)
        if self.contract_id.bill_grouping == "partner" and self.kind == "period":
            return (*key, self.partner_id.id, self.date_to.replace(day=1))
        return (*key, self.id)

    def _get_open_bill(self, key):
        """Return the draft bill of the same partner and period, if there is one."""
        if len(key) < 5:
            return self.env["account.move"]
        first = self[:1]
        return (
            self.search(
                [
                    ("company_id", "=", first.company_id.id),
                    ("service_role", "=", first.service_role),
                    ("partner_id", "=", first.partner_id.id),
                    ("kind", "=", "period"),
                    ("contract_id.bill_grouping", "=", "partner"),
                    ("move_id.state", "=", "draft"),
                    ("id", "not in", self.ids),
                ]
            )
            .filtered(lambda s: s._get_bill_key() == key)
            .move_id[:1]
        )

    def _join_bill(self, move):
        """Add the lines to a bill of the same partner and period, still a draft."""
        sign = -1 if move.move_type in ("in_refund", "out_refund") else 1
        move.write({"invoice_line_ids": self._prepare_move_lines(sign)})
        self.write({"move_id": move.id, "billed_at": fields.Datetime.now()})

    def _prepare_move(self, journal):
        """Return the values of the bill of these statements."""
        first = self[:1]
        is_refund = sum(self.mapped("amount_due")) < 0
        kind = "in" if first.service_role == "vendor" else "out"
        numbers = ", ".join(statement.number or "" for statement in self)
        return {
            "move_type": f"{kind}_{'refund' if is_refund else 'invoice'}",
            "journal_id": journal.id,
            "company_id": first.company_id.id,
            "partner_id": first.partner_id.id,
            "invoice_date": first.company_id.gov_today(),
            "invoice_origin": numbers,
            "ref": numbers,
            "narration": first.reason or False,
            "reversed_entry_id": first.reversal_of_id.move_id.id,
            "invoice_line_ids": self._prepare_move_lines(-1 if is_refund else 1),
        }

    def _prepare_move_lines(self, sign):
        """Return one line for each line of the statements, tax included.

        Amounts go over as they were rounded: quantity 1, no tax on top.
        """
        return [
            Command.create(
                {
                    "name": statement._get_bill_text(line),
                    "quantity": 1,
                    "price_unit": sign * line.amount,
                    "tax_ids": [Command.clear()],
                }
            )
            for statement in self
            for line in statement.line_ids
        ]

    def _get_bill_text(self, line):
        text = f"{self.number or self.display_name} {line.name}"
        if line.kind in ("fixed", "metered") and line.quantity:
            text += f" {line.quantity:g} × {line.price_unit:g}"
        return text

    def action_billed_elsewhere(self, number):
        """Fill back the number of the bill that another system has made.

        :param number: text; required.
        :return: True
        :raise UserError: not the group, no text, or there is a journal here.
        """
        self._check_keeper()
        number = self._check_text(number, self.env._("The number is missing."))
        for statement in self.sorted("id"):
            document = statement._start("bill")
            if not document.is_elsewhere:
                raise UserError(
                    self.env._(
                        "%s is billed here: there is a journal.",
                        statement.display_name,
                    )
                )
            document.write({"bill_number": number, "billed_at": fields.Datetime.now()})
        return True

    def action_export(self):
        """Return the lines of these statements as a file for another system's books.

        :return: an action that downloads a CSV file.
        :raise UserError: not the group.
        """
        self._check_keeper()
        header = self.env._(
            "Number|Contract|Other side|From|Until|Line|Quantity|Price|Amount"
        )
        rows = [
            (
                statement.number or "",
                statement.contract_id.sudo().display_name,
                statement.other_name,
                statement.date_from,
                statement.date_to,
                line.name,
                line.quantity,
                line.price_unit,
                f"{line.amount:.2f}",
            )
            for statement in self.sorted("id")
            for line in statement.line_ids
        ]
        return self._download_csv("statements.csv", header.split("|"), rows)

    @api.model
    def _download_csv(self, name, header, rows):
        """Return the action that downloads a table for another system's books.

        The caller has checked who may have it.

        :param name: of the file.
        :param header: names of the columns.
        :param rows: iterables of values.
        """
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(map(self._get_safe_cell, row) for row in rows)
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": ("\ufeff" + stream.getvalue()).encode(),
                "mimetype": "text/csv",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    @api.model
    def _get_safe_cell(self, value):
        """Return a cell that no spreadsheet takes for a formula."""
        text = str(value if value not in (None, False) else "")
        try:
            float(text)
        except ValueError:
            return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
        return text

    # ------------------------------------------------------------------- payments

    def action_pay(self, number, date, amount):
        """Fill back a payment of the treasury's system.

        :param number: its number there; required, once for each statement.
        :param date: day of the payment, not in the future.
        :param amount: above 0, not more than is left to be paid.
        :return: id of the payment.
        :raise UserError: naming what is wrong.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_paymaster()
        number = self._check_text(number, self.env._("The number is missing."))
        day = to_day(self.env, date)
        amount = self._check_amount_entered(amount)
        document = self._start("pay")
        if document.settlement_mode != "transfer":
            raise UserError(
                self.env._("%s is not paid: it is no transfer.", self.display_name)
            )
        today = document.company_id.gov_today()
        if not day or day > today or day < document.date_from:
            raise UserError(
                self.env._(
                    "A payment on %(day)s is not possible: the day lies between "
                    "%(first)s and today.",
                    day=format_day(self.env, day) or "-",
                    first=format_day(self.env, document.date_from),
                )
            )
        currency = document.currency_id
        left = document._get_left_to_pay()
        if currency.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than the %(left)s that are left to be paid.",
                    amount=currency.format(amount),
                    left=currency.format(left),
                )
            )
        if document._get_payments().filtered(lambda row: row.number == number):
            raise UserError(
                self.env._("The payment %s has been entered already.", number)
            )
        sign = -1 if document.amount_due < 0 else 1
        payment = document.env["gov.settlement.payment"].create(
            {
                "settlement_id": document.id,
                "number": number,
                "date": day,
                "amount": sign * amount,
                "user_id": self.env.uid,
            }
        )
        return payment.id

    def action_pay_back(self, payment_id, reason):
        """Take a payment back that was entered by mistake.

        :param payment_id: id of the payment.
        :param reason: why; required.
        :return: id of the opposite row.
        :raise UserError: no reason, no such payment, or taken back already.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_paymaster()
        reason = self._check_text(reason, self.env._("Say why: the reason is empty."))
        document = self._start("pay")
        payment = document._get_payments().filtered(
            lambda row: type(payment_id) is int and row.id == payment_id
        )
        if not payment:
            raise UserError(
                self.env._("There is no such payment of %s.", self.display_name)
            )
        return (
            document.env["gov.settlement.payment"]
            .create(
                {
                    "settlement_id": document.id,
                    "number": payment.number,
                    "date": payment.date,
                    "amount": -payment.amount,
                    "user_id": self.env.uid,
                    "reversal_of_id": payment.id,
                    "reason": reason,
                }
            )
            .id
        )

    def _get_left_to_pay(self):
        """Return what can still be paid; a reversal gives back what was paid only."""
        due = abs(self.amount_due)
        if self.kind == "reversal":
            # sudo: only how much was paid of what this one reverses.
            due = min(due, abs(self.reversal_of_id.sudo().amount_paid))
        return self.currency_id.round(due - abs(self.amount_paid))

    def _get_payments(self):
        """Return the payments that stand: neither taken back, nor taking back."""
        rows = self.payment_ids
        return rows - rows.reversal_of_id - rows.filtered("reversal_of_id")

    def _check_paymaster(self):
        if not self._is_paymaster():
            raise UserError(
                self.env._(
                    "Payments are filled back by contracts and settlement, or by the "
                    "budget clerk."
                )
            )
        self.check_access("read")

    @api.model
    def _analyze_moves(self):
        """Refresh the statistics of the tables of moves after the first bills."""
        for table in ("account_move", "account_move_line"):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
