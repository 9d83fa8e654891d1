from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day

from .input_check import check_plain_values, check_records_exist, plain_number

# One table for methods, write() and buttons: action → (from, to)
_TRANSITIONS = {
    "apply": (("draft",), "applied"),
    "cancel": (("draft",), "cancelled"),
}
# Which fields a kind needs.
_NEEDED = {
    "term": ("date_end",),
    "ceiling": (),
    "price": ("line_id", "date_from"),
    "line_add": ("service_item_id", "charge_kind", "date_from"),
    "line_end": ("line_id", "date_end"),
    "norm": ("line_id",),
    "termination": ("date_end",),
}
# A price of 0 is one that was forgotten, unless nothing is charged anyway.
_PRICED = ("price", "line_add")
_MAX_TEXT = 5000


class GovContractSupplement(models.Model):
    """A supplement (补充协议) to a service contract in force: one agreed change.

    ======= ===== ========= ====================================================
    action  from  to        who
    ======= ===== ========= ====================================================
    apply   draft applied   keeper of contracts; the change is made and sealed
    cancel  draft cancelled the same
    ======= ===== ========= ====================================================

    Nothing of what frozen statements go by is changed afterwards: a term, a line or a
    price changes after the last period whose lines are frozen. A ceiling is never set
    below what has been settled. Termination is a supplement too, so that its reason
    and its last day are sealed like the rest.
    """

    _name = "gov.contract.supplement"
    _description = "Supplement to a Contract"
    _inherit = ["gov.scan.mixin", "gov.seal.mixin", "gov.number.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _check_company_auto = True
    _number_code = "gov.contract.supplement"
    _seal_chain = "contract"
    _sealed_fields = (
        "company_id",
        "number",
        "contract_id",
        "kind",
        "date",
        "date_from",
        "date_end",
        "ceiling",
        "line_id",
        "service_item_id",
        "charge_kind",
        "fixed_per",
        "quantity",
        "price",
        "norm_quantity",
        "reason",
        "before",
        "scan_sha256",
        "applied_at",
        "applied_by_id",
    )
    _protected_fields = frozenset({"state", "before", "applied_at", "applied_by_id"})

    contract_id = fields.Many2one(
        "contract.contract",
        string="Service contract",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain=[
            ("generation_type", "=", "gov_settlement"),
            ("gov_state", "in", ("active", "expired")),
        ],
    )
    kind = fields.Selection(
        [
            ("term", "Term"),
            ("ceiling", "Ceiling"),
            ("price", "Price"),
            ("line_add", "Line added"),
            ("line_end", "Line ended"),
            ("norm", "Norm of free use"),
            ("termination", "Termination"),
        ],
        string="What changes",
        required=True,
        default="term",
    )
    date = fields.Date(
        string="Signed on",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_from = fields.Date(string="From", help="The first day of the change.")
    date_end = fields.Date(string="Last day")
    ceiling = fields.Monetary(
        string="New ceiling",
        currency_field="currency_id",
        help="Tax included; 0 for no ceiling.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_id = fields.Many2one(
        "contract.line",
        string="Line",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('contract_id', '=', contract_id)]",
    )
    service_item_id = fields.Many2one(
        "gov.service.item", check_company=True, ondelete="restrict"
    )
    charge_kind = fields.Selection(
        [("fixed", "Fixed fee"), ("metered", "Metered")], string="Charged"
    )
    fixed_per = fields.Selection(
        [("month", "Month"), ("year", "Year")], string="Fee per", default="month"
    )
    quantity = fields.Float(digits=(16, 4), default=1.0)
    price = fields.Float(string="New price", digits=(16, 6))
    norm_quantity = fields.Float(
        string="New norm of a month",
        digits=(16, 4),
        help="Of metered use free of charge; 0 for no norm. It holds for all periods "
        "whose lines are not frozen yet.",
    )
    reason = fields.Text(required=True)
    before = fields.Char(
        string="Until now", readonly=True, copy=False, help="What the change replaced."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("applied", "In effect"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    applied_at = fields.Datetime(string="Put into force at", readonly=True, copy=False)
    applied_by_id = fields.Many2one(
        "res.users",
        string="Put into force by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    _figures_check = models.Constraint(
        "CHECK (ceiling >= 0 AND price >= 0 AND price < 1000000000"
        " AND quantity >= 0 AND quantity < 1000000000"
        " AND norm_quantity >= 0 AND norm_quantity < 1000000000)",
        "A ceiling, a price, a quantity and a norm are not negative.",
    )

    @api.depends("number", "kind", "contract_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for supplement in self:
            supplement.display_name = supplement.number or self.env._(
                "%(kind)s of %(contract)s",
                kind=kinds.get(supplement.kind, ""),
                contract=supplement.contract_id.display_name or "",
            )

    # ------------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        contracts = self.env["contract.contract"]
        names = ("contract_id", "line_id", "service_item_id")
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, names)
        prepared = []
        for vals in vals_list:
            contract = contracts.browse(
                vals.get("contract_id", self.env.context.get("default_contract_id"))
            )
            if len(contract) != 1 or not contract._is_service():
                raise UserError(
                    self.env._("A supplement belongs to a service contract.")
                )
            contract._refuse_not_keeper()
            prepared.append({**vals, "company_id": contract.company_id.id})
        return super().create(prepared)

    def write(self, vals):
        if not is_engine(self.env):
            for supplement in self:
                supplement.contract_id._refuse_not_keeper()
                if supplement.state != "draft":
                    raise UserError(
                        self.env._(
                            "%s is no draft any more: enter another supplement.",
                            supplement.display_name,
                        )
                    )
            if {"contract_id", "company_id"} & set(vals):
                raise UserError(self.env._("A supplement stays with its contract."))
        return super().write(vals)

    # --------------------------------------------------------------------- actions

    def _begin(self, action):
        """Return self for the engine, after the checks that every step shares."""
        self.check_access("write")
        self.contract_id._refuse_not_keeper()
        # Rivals meet on the row of the contract.
        self.contract_id._meet_rivals()
        self.invalidate_recordset(["state"])
        states = dict(self._fields["state"]._description_selection(self.env))
        for supplement in self:
            if supplement.state not in _TRANSITIONS[action][0]:
                raise UserError(
                    self.env._(
                        "%(supplement)s: this step is not possible in the state "
                        "“%(state)s”.",
                        supplement=supplement.display_name,
                        state=states[supplement.state],
                    )
                )
        # sudo: access, group and state were checked just above.
        return engine(self.sudo())

    def action_apply(self):
        """Make the change and seal the supplement.

        :return: True
        :raise UserError: what is missing, or why the change is not possible.
        """
        for supplement in self._begin("apply").sorted("id"):
            supplement._check_complete()
            supplement.before = getattr(supplement, f"_apply_{supplement.kind}")()
            supplement._freeze_scan(required=False)
            supplement._assign_number()
            supplement.write(
                {
                    "state": _TRANSITIONS["apply"][1],
                    "applied_at": fields.Datetime.now(),
                    "applied_by_id": self.env.uid,
                }
            )
            supplement.contract_id._post_supplement(supplement)
            supplement._seal()
        return True

    def action_cancel(self):
        """Give a draft up.

        :return: True
        """
        self._begin("cancel").state = _TRANSITIONS["cancel"][1]
        return True

    # ------------------------------------------------------------------ the changes

    def _check_complete(self):
        """Raise for a supplement that says too little, or comes too late or early."""
        self.ensure_one()
        if not (self.reason or "").strip() or len(self.reason) > _MAX_TEXT:
            raise UserError(self.env._("Say why: a supplement has a reason."))
        needed = _NEEDED[self.kind]
        if self.kind in _PRICED and self.contract_id.settlement_mode != "free":
            needed = (*needed, "price")
        missing = [name for name in needed if not self[name]]
        if missing:
            labels = [self._fields[n]._description_string(self.env) for n in missing]
            raise UserError(
                self.env._(
                    "%(supplement)s: %(fields)s is missing.",
                    supplement=self.display_name,
                    fields=labels,
                )
            )
        states = ("active", "expired") if self.kind == "term" else ("active",)
        if self.contract_id.gov_state not in states:
            raise UserError(
                self.env._(
                    "%s is not in force: nothing can be changed in it.",
                    self.contract_id.display_name,
                )
            )
        if self.line_id and self.line_id.contract_id != self.contract_id:
            raise UserError(
                self.env._(
                    "%(line)s is no line of %(contract)s.",
                    line=self.line_id.display_name,
                    contract=self.contract_id.display_name,
                )
            )

    def _check_after_frozen(self, last_day):
        """Raise if ``last_day`` lies before the end of a frozen period.

        :param last_day: the last day to which everything stays as it was.
        """
        frozen = self.contract_id._get_frozen_until()
        if frozen and last_day < frozen:
            raise UserError(
                self.env._(
                    "%(contract)s is settled until %(frozen)s, its lines are frozen: a "
                    "change from %(day)s on comes too late.",
                    contract=self.contract_id.display_name,
                    frozen=format_day(self.env, frozen),
                    day=format_day(self.env, last_day + timedelta(days=1)),
                )
            )

    def _check_no_usage_after(self, lines, day):
        """Raise if something was used on ``lines`` after their new last day."""
        used = self.env["gov.service.usage"].search(
            [("contract_line_id", "in", lines.ids), ("date", ">", day)],
            limit=1,
            order="date desc, id desc",
        )
        if used:
            raise UserError(
                self.env._(
                    "%(line)s was still used on %(used)s: its last day is not before.",
                    line=used.contract_line_id.display_name,
                    used=format_day(self.env, used.date),
                )
            )

    def _apply_term(self):
        return self._set_last_day("term")

    def _apply_termination(self):
        contract = self.contract_id
        if contract.date_end and self.date_end > contract.date_end:
            raise UserError(
                self.env._(
                    "%(contract)s ends on %(end)s anyway.",
                    contract=contract.display_name,
                    end=format_day(self.env, contract.date_end),
                )
            )
        before = self._set_last_day("termination")
        contract.write({"gov_state": "terminated", "terminated_on": self.date_end})
        contract.activity_unlink(["mail.mail_activity_data_todo"])
        return before

    def _set_last_day(self, kind):
        """Move the last day of the contract; its lines follow.

        :return: the last day until now, in words.
        """
        contract, day, old = self.contract_id, self.date_end, self.contract_id.date_end
        if day < contract.date_start or (kind == "term" and day == old):
            raise UserError(
                self.env._(
                    "%(contract)s runs from %(start)s to %(end)s: %(day)s is no new "
                    "last day.",
                    contract=contract.display_name,
                    start=format_day(self.env, contract.date_start),
                    end=format_day(self.env, old) or "…",
                    day=format_day(self.env, day),
                )
            )
        lines = contract.contract_line_ids
        if not old or day < old:
            self._check_after_frozen(day)
            self._check_no_usage_after(lines, day)
            late = lines.filtered(lambda line: line.date_start > day)
            if late:
                raise UserError(
                    self.env._(
                        "%(line)s begins on %(day)s only: end it first.",
                        line=late[0].display_name,
                        day=format_day(self.env, late[0].date_start),
                    )
                )
            lines.filtered(
                lambda line: not line.date_end or line.date_end > day
            ).date_end = day
        contract.write({"date_end": day, "alerted_end": False})
        if contract.gov_state == "expired" and day >= contract.company_id.gov_today():
            contract._reopen()
        for line in lines:
            if contract.settlement_mode != "free" and not line._covers_term():
                raise UserError(
                    self.env._(
                        "%(line)s has no price on some days of the new term: enter its "
                        "price first.",
                        line=line.display_name,
                    )
                )
        contract._check_overlaps()
        return format_day(self.env, old) if old else ""

    def _apply_ceiling(self):
        contract = self.contract_id
        old = contract.ceiling
        if self.ceiling and self.ceiling < contract.amount_settled:
            raise UserError(
                self.env._(
                    "%(contract)s: %(settled)s is settled already, a ceiling of "
                    "%(ceiling)s is too low.",
                    contract=contract.display_name,
                    settled=self.currency_id.format(contract.amount_settled),
                    ceiling=self.currency_id.format(self.ceiling),
                )
            )
        contract.write({"ceiling": self.ceiling, "alerted_ceiling": False})
        return plain_number(old) if old else ""

    def _apply_price(self):
        """End the price in force the day before and add the new one."""
        line, day = self.line_id, self.date_from
        if day < line.date_start or (line.date_end and day > line.date_end):
            raise UserError(
                self.env._(
                    "%(line)s runs from %(start)s to %(end)s: it has no price on "
                    "%(day)s.",
                    line=line.display_name,
                    start=format_day(self.env, line.date_start),
                    end=format_day(self.env, line.date_end) or "…",
                    day=format_day(self.env, day),
                )
            )
        self._check_after_frozen(day - timedelta(days=1))
        later = line.price_ids.filtered(lambda row: row.date_from > day)
        if later:
            raise UserError(
                self.env._(
                    "%(line)s has the later price “%(price)s”: prices follow one "
                    "another.",
                    line=line.display_name,
                    price=later[0].display_name,
                )
            )
        current = line.price_ids.filtered(
            lambda row: not row.date_to or row.date_to >= day
        )
        before = plain_number(current.price) if current else ""
        if current and current.date_from == day:
            current.price = self.price
            return before
        current.date_to = day - timedelta(days=1)
        line.price_ids.create(
            {"line_id": line.id, "price": self.price, "date_from": day}
        )
        return before

    def _apply_line_add(self):
        contract, day = self.contract_id, self.date_from
        self._check_after_frozen(day - timedelta(days=1))
        line = contract.contract_line_ids.create(
            {
                "contract_id": contract.id,
                "service_item_id": self.service_item_id.id,
                "charge_kind": self.charge_kind,
                "fixed_per": self.fixed_per,
                "quantity": self.quantity,
                "norm_quantity": self.norm_quantity,
                "date_start": day,
                "date_end": self.date_end,
                "price_ids": [
                    fields.Command.create({"price": self.price, "date_from": day})
                ],
            }
        )
        line._check_within_term()
        contract._check_overlaps()
        self.line_id = line
        return ""

    def _apply_line_end(self):
        line, day = self.line_id, self.date_end
        if day < line.date_start or (line.date_end and day >= line.date_end):
            raise UserError(
                self.env._(
                    "%(line)s runs from %(start)s to %(end)s: %(day)s is no earlier "
                    "last day.",
                    line=line.display_name,
                    start=format_day(self.env, line.date_start),
                    end=format_day(self.env, line.date_end) or "…",
                    day=format_day(self.env, day),
                )
            )
        self._check_after_frozen(day)
        self._check_no_usage_after(line, day)
        before = line.date_end
        line.date_end = day
        return format_day(self.env, before) if before else ""

    def _apply_norm(self):
        """Change the norm of a metered line of a contract free of charge."""
        line = self.line_id
        if self.contract_id.settlement_mode != "free" or line.charge_kind != "metered":
            raise UserError(
                self.env._(
                    "%(line)s of %(contract)s has no norm: metered use free of charge "
                    "has one.",
                    line=line.display_name,
                    contract=self.contract_id.display_name,
                )
            )
        before = line.norm_quantity
        line.norm_quantity = self.norm_quantity
        return plain_number(before) if before else ""

    @api.model
    def _terminate(self, contract, reason, date):
        """Return the applied supplement that ends ``contract``.

        :param str reason: why; required
        :param date: last day of service
        """
        day = to_day(self.env, date)
        if not day:
            raise UserError(self.env._("Name the last day of service."))
        if not isinstance(reason, str) or not reason.strip() or "\0" in reason:
            raise UserError(self.env._("Say why: a supplement has a reason."))
        supplement = self.create(
            {
                "contract_id": contract.id,
                "kind": "termination",
                "date_end": day,
                "reason": reason.strip(),
            }
        )
        supplement.action_apply()
        return supplement
