from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import (
    check_line_commands,
    check_plain_values,
    check_records_exist,
)

GENERATION = "gov_settlement"
# A contract that has ended is still settled for the days of its term.
IN_FORCE = ("active", "terminated", "expired")

# One table for methods, write() and buttons: action → (from, to)
_TRANSITIONS = {
    "activate": (("draft",), "active"),
    "terminate": (("active",), "terminated"),
    "expire": (("active",), "expired"),
    "reopen": (("expired",), "active"),
}
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_OPEN_PREFIXES = ("message_", "activity_", "rating_", "website_message_")


class ContractContract(models.Model):
    """A service contract: OCA's contract with ``generation_type`` ``gov_settlement``.

    Either a vendor's contract with the institution, or one by which the service centre
    serves a department or a served unit. It is settled by statements, never by OCA's
    invoicing.

    ========= ========== ==========================================================
    from      to         by
    ========= ========== ==========================================================
    draft     active     ``action_activate`` by the keeper of contracts
    active    terminated ``action_terminate`` with a reason and the last day
    active    expired    the nightly job, after the last day of the term
    expired   active     a supplement that lengthens the term
    ========= ========== ==========================================================

    A draft is its keeper's to change. In force it is frozen: term, ceiling, prices and
    lines change by a ``gov.contract.supplement``. The keeper is the group *Contracts
    and settlement*; supervision and inspectors read; department heads and those who
    confirm read their own.
    """

    _name = "contract.contract"
    _inherit = ["contract.contract", "gov.scan.mixin"]
    _protected_fields = frozenset({"gov_state", "amount_settled", "terminated_on"})
    # What may be written while a contract is in force (the sets of all classes are
    # joined); the rest comes by a supplement.
    _open_fields = frozenset(
        {
            "user_id",
            "tag_ids",
            "note",
            "own_confirmer_id",
            "other_confirmer_id",
            "tender_lead_days",
            "inspector_ids",
            "budget_line_id",
            "scan",
            "scan_name",
            "active",
        }
    )

    generation_type = fields.Selection(
        selection_add=[(GENERATION, "Statement of the service centre")],
        ondelete={GENERATION: "set null"},
    )
    service_role = fields.Selection(
        [
            ("internal", "The centre serves"),
            ("vendor", "A vendor serves"),
        ],
        string="Kind of contract",
        index="btree_not_null",
    )
    settlement_mode = fields.Selection(
        [
            ("transfer", "By transfer"),
            ("internal", "Internal account"),
            ("free", "Free of charge"),
        ],
        string="Settled by",
        compute="_compute_settlement_mode",
        store=True,
        readonly=False,
        precompute=True,
        help="By transfer: billed to another legal person. Internal: the department's "
        "figures and budget only. Free: use is listed, nothing is charged.",
    )
    gov_state = fields.Selection(
        [
            ("draft", "Draft (not in force)"),
            ("active", "In force"),
            ("terminated", "Terminated"),
            ("expired", "Expired"),
        ],
        string="State of the contract",
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    terminated_on = fields.Date(string="Last day of service", copy=False, readonly=True)
    department_id = fields.Many2one(
        "hr.department",
        string="Department in charge",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        default=lambda self: self._get_default_department(),
    )
    served_department_id = fields.Many2one(
        "hr.department",
        string="Department served",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    service_group_id = fields.Many2one(
        "gov.service.group", index="btree_not_null", ondelete="restrict"
    )
    gov_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the institution"
    )
    ceiling = fields.Monetary(
        currency_field="gov_currency_id",
        help="What may be settled in all, tax included; 0 for no ceiling.",
    )
    ceiling_citation = fields.Char(
        string="Clause of the ceiling", help="Named when a statement would go beyond."
    )
    day_divisor = fields.Selection(
        [("calendar", "Days of the month"), ("30", "30 days")],
        string="Fee by days",
        default="calendar",
        help="Part of a month: the month's fee times its days, divided by the days of "
        "that month or by 30; never above the month's fee.",
    )
    settlement_period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        default="month",
    )
    amount_settled = fields.Monetary(
        string="Settled so far",
        currency_field="gov_currency_id",
        readonly=True,
        copy=False,
        default=0.0,
        help="Statements whose lines are frozen: after deductions, before retention.",
    )
    amount_left = fields.Monetary(
        string="Ceiling left",
        currency_field="gov_currency_id",
        compute="_compute_ceiling_used",
    )
    ceiling_used = fields.Float(
        string="Ceiling used (%)",
        compute="_compute_ceiling_used",
        digits=(16, 2),
    )
    is_near_ceiling = fields.Boolean(
        string="Near its ceiling",
        compute="_compute_ceiling_used",
        search="_search_is_near_ceiling",
        help="90 % of the ceiling or more is settled.",
    )
    retention_percent = fields.Float(
        string="Retention (%)",
        digits=(5, 2),
        help="Kept back from each payable; released by a statement of its own.",
    )
    bill_grouping = fields.Selection(
        [("contract", "One for each contract"), ("partner", "One for each partner")],
        string="Bills",
        default="contract",
    )
    assessment_required = fields.Boolean(
        string="Assessed",
        help="A period is settled only with its final score.",
    )
    deduction_table_id = fields.Many2one(
        "gov.deduction.table",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', 'in', [company_id, False])]",
    )
    own_confirmer_id = fields.Many2one(
        "res.users",
        string="Confirms for us",
        index="btree_not_null",
        ondelete="restrict",
        help="Who confirms the statements on the side of the institution.",
    )
    other_confirmer_id = fields.Many2one(
        "res.users",
        string="Confirms for the other side",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the other side confirms on paper.",
    )
    tender_lead_days = fields.Integer(
        string="Days for the tender",
        default=90,
        help="So many days before the end of the term the next contract is prepared.",
    )
    tender_date = fields.Date(
        string="Prepare the next one from", compute="_compute_tender_date"
    )
    is_expiring = fields.Boolean(
        string="Expiring",
        compute="_compute_is_expiring",
        search="_search_is_expiring",
        help="In force, and the days for the next tender have begun.",
    )
    month_fee = fields.Monetary(
        string="Fixed fee of a month",
        currency_field="gov_currency_id",
        compute="_compute_month_fee",
    )

    _retention_check = models.Constraint(
        "CHECK (retention_percent >= 0 AND retention_percent < 100)",
        "The retention is a percentage from 0 to below 100.",
    )
    _ceiling_check = models.Constraint(
        "CHECK (ceiling >= 0 AND tender_lead_days >= 0)",
        "A ceiling and the days for the tender are not negative.",
    )
    _service_check = models.Constraint(
        "CHECK (generation_type IS DISTINCT FROM 'gov_settlement'"
        " OR (company_id IS NOT NULL AND service_role IS NOT NULL"
        " AND settlement_mode IS NOT NULL AND gov_state IS NOT NULL"
        " AND day_divisor IS NOT NULL AND settlement_period IS NOT NULL"
        " AND bill_grouping IS NOT NULL))",
        "A service contract names its institution, its kind, how it is settled, its "
        "period and its divisor.",
    )
    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE generation_type = 'gov_settlement'"
        " AND code IS NOT NULL AND code != ''",
        "Another service contract has this reference.",
    )

    # -------------------------------------------------------------------- computes

    def _is_service(self):
        """Tell whether this is one contract of ours; an empty one is not."""
        return self.generation_type == GENERATION

    def _get_service_contracts(self):
        return self.filtered(lambda contract: contract._is_service())

    @api.model
    def _get_default_department(self):
        """Return the user's department for a new service contract."""
        if self.env.context.get("default_generation_type") != GENERATION:
            return False
        # sudo: only the user's own department.
        return self.env.user.sudo().employee_id._gov_department()

    @api.depends("service_role", "served_department_id")
    def _compute_settlement_mode(self):
        for contract in self:
            if contract.service_role == "vendor":
                contract.settlement_mode = "transfer"
            elif contract.service_role and contract.settlement_mode != "free":
                contract.settlement_mode = (
                    "internal" if contract.served_department_id else "transfer"
                )

    @api.depends("ceiling", "amount_settled")
    def _compute_ceiling_used(self):
        for contract in self:
            contract.amount_left = contract.ceiling - contract.amount_settled
            contract.ceiling_used = (
                100 * contract.amount_settled / contract.ceiling
                if contract.ceiling
                else 0.0
            )
            contract.is_near_ceiling = contract.ceiling_used >= 90

    @api.model
    def _search_is_near_ceiling(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["ceiling", "amount_settled"])
        near = Domain(
            "id",
            "in",
            SQL(
                "(SELECT id FROM contract_contract WHERE ceiling > 0"
                " AND amount_settled >= ceiling * 0.9)"
            ),
        )
        return near if True in value else ~near

    @api.depends("date_end", "tender_lead_days")
    def _compute_tender_date(self):
        for contract in self:
            contract.tender_date = contract.date_end and contract.date_end - timedelta(
                days=min(contract.tender_lead_days, 36500)
            )

    @api.depends("date_end", "tender_lead_days", "gov_state")
    def _compute_is_expiring(self):
        for contract in self:
            contract.is_expiring = (
                contract.gov_state == "active"
                and contract.tender_date
                and contract.tender_date <= contract.company_id.gov_today()
            )

    @api.model
    def _search_is_expiring(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["gov_state", "date_end", "tender_lead_days"])
        expiring = Domain("gov_state", "=", "active") & Domain(
            "id",
            "in",
            SQL(
                "(SELECT id FROM contract_contract"
                " WHERE date_end - tender_lead_days <= %s)",
                self.env.company.gov_today(),
            ),
        )
        return expiring if True in value else ~expiring

    @api.depends("contract_line_ids.fee")
    def _compute_month_fee(self):
        for contract in self:
            today = contract.company_id.gov_today()
            contract.month_fee = sum(
                line.fee
                for line in contract.contract_line_ids
                if (not line.date_start or line.date_start <= today)
                and (not line.date_end or line.date_end >= today)
            )

    # OCA's computes, off for contracts of ours: no journal, no date of next invoice,
    # and a term of the contract's own.

    def _compute_journal_id(self):
        ours = self._get_service_contracts()
        ours.journal_id = False
        return super(ContractContract, self - ours)._compute_journal_id()

    def _compute_currency_id(self):
        ours = self._get_service_contracts()
        for contract in ours:
            contract.currency_id = contract.company_id.currency_id
        return super(ContractContract, self - ours)._compute_currency_id()

    @api.depends("generation_type")
    def _compute_recurring_next_date(self):
        ours = self._get_service_contracts()
        ours.recurring_next_date = False
        return super(ContractContract, self - ours)._compute_recurring_next_date()

    def _compute_date_end(self):
        ours = self._get_service_contracts()
        for contract in ours:
            contract.date_end = contract.date_end
        return super(ContractContract, self - ours)._compute_date_end()

    def _compute_group_id(self):
        ours = self._get_service_contracts()
        ours.group_id = False
        return super(ContractContract, self - ours)._compute_group_id()

    def _compute_create_invoice_visibility(self):
        ours = self._get_service_contracts()
        ours.create_invoice_visibility = False
        return super(ContractContract, self - ours)._compute_create_invoice_visibility()

    def _inverse_partner_id(self):
        return super(
            ContractContract, self - self._get_service_contracts()
        )._inverse_partner_id()

    def _set_start_contract_modification(self):
        """OCA writes a first entry and subscribes the partner: not for ours."""
        return super(
            ContractContract, self - self._get_service_contracts()
        )._set_start_contract_modification()

    # ----------------------------------------------------------------- constraints

    @api.constrains("date_start", "date_end", "generation_type")
    def _check_term(self):
        for contract in self._get_service_contracts():
            start, end = contract.date_start, contract.date_end
            if not start:
                raise UserError(self.env._("A service contract has a first day."))
            if end and end < start:
                raise UserError(
                    self.env._(
                        "%(contract)s ends on %(end)s, before its first day %(start)s.",
                        contract=contract.display_name,
                        start=format_day(self.env, start),
                        end=format_day(self.env, end),
                    )
                )

    @api.constrains(
        "service_role", "settlement_mode", "served_department_id", "generation_type"
    )
    def _check_mode(self):
        for contract in self._get_service_contracts():
            mode, department = contract.settlement_mode, contract.served_department_id
            if contract.service_role == "vendor":
                possible = mode == "transfer" and not department
            elif department:
                possible = mode in ("internal", "free")
            else:
                possible = mode in ("transfer", "free")
            if not possible:
                raise UserError(
                    self.env._(
                        "%(contract)s: a vendor is paid by transfer and names no "
                        "department served; a department is served on internal "
                        "account or free of charge, a served unit by transfer or free "
                        "of charge.",
                        contract=contract.display_name,
                    )
                )

    @api.constrains("other_confirmer_id", "served_department_id", "generation_type")
    def _check_other_confirmer(self):
        if is_engine(self.env):
            return
        for contract in self._get_service_contracts():
            # sudo: only whether the person keeps contracts on our side.
            user = contract.other_confirmer_id.sudo()
            if (
                user
                and not contract.served_department_id
                and user.has_group("gov_logistics.group_contract")
            ):
                raise UserError(
                    self.env._(
                        "%(contract)s: %(person)s keeps contracts on our side and does "
                        "not confirm for the other one.",
                        contract=contract.display_name,
                        person=user.name,
                    )
                )

    # ------------------------------------------------------------------------ CRUD

    @api.model
    def default_get(self, fields):  # pylint: disable=redefined-outer-name
        values = super().default_get(fields)
        if values.get("generation_type") == GENERATION and "date_start" in fields:
            today = self.env.company.gov_today()
            values["date_start"] = today
            if "date" in fields:
                values["date"] = today
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_service_contract(vals) for vals in vals_list]
        ours = [v for v in vals_list if v.get("generation_type") == GENERATION]
        if ours:
            self._check_keeper()
            check_records_exist(
                self.browse(),
                ours,
                (
                    "partner_id",
                    "department_id",
                    "served_department_id",
                    "deduction_table_id",
                    "service_group_id",
                    "own_confirmer_id",
                    "other_confirmer_id",
                ),
            )
        return super().create(vals_list)

    @api.model
    def _prepare_service_contract(self, vals):
        """Complete the values of a new contract of ours; others stay as they are."""
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        context = self.env.context
        role = vals.get("service_role", context.get("default_service_role"))
        kind = vals.get("generation_type", context.get("default_generation_type"))
        if not role and kind != GENERATION:
            return vals
        self._check_line_values(vals)
        vals = dict(vals)
        company = self.env["res.company"].browse(vals.get("company_id"))
        company = company or self.env.company
        vals.update(
            generation_type=GENERATION,
            line_recurrence=True,
            contract_type="purchase" if role == "vendor" else "sale",
            company_id=company.id,
        )
        vals.setdefault("date_start", company.gov_today())
        vals.setdefault("date", company.gov_today())
        if not vals.get("partner_id") and vals.get("served_department_id"):
            vals["partner_id"] = company.partner_id.id
        return vals

    @api.model
    def _check_line_values(self, vals):
        for name in ("contract_line_ids", "contract_line_fixed_ids"):
            if vals.get(name):
                check_line_commands(self.browse(), name, vals[name])

    def write(self, vals):
        self._check_service_write(vals)
        # Lines that had the contract's first or last day follow it.
        names = {"date_start", "date_end"} & set(vals)
        ours = self._get_service_contracts() if names else self.browse()
        following = [
            (name, line)
            for name in names
            for line in ours.contract_line_ids
            if line[name] == line.contract_id[name]
        ]
        result = super().write(vals)
        for name in names:
            day = to_day(self.env, vals[name])
            lines = self.env["contract.line"].concat(
                *(line for key, line in following if key == name)
            )
            # The caller's right to write the contract has been checked by now.
            engine(lines).filtered(lambda line: line[name] != day).write({name: day})  # noqa: B023
        ours.contract_line_ids._check_within_term()
        if vals.get("scan") and not is_engine(self.env):
            in_force = self._get_service_contracts().filtered(
                lambda contract: contract.gov_state != "draft"
            )
            for contract in in_force:
                # sudo: the right to write was checked; the paper stays from now on.
                engine(contract.sudo())._freeze_scan()
        return result

    def _check_service_write(self, vals):
        """Refuse what would make, unmake or change a service contract."""
        ours = self._get_service_contracts()
        if not isinstance(vals, dict):
            raise UserError(self.env._("These values are not possible here."))
        check_plain_values(self.browse(), vals)
        if "generation_type" in vals and vals["generation_type"] != GENERATION:
            if ours and not is_engine(self.env):
                raise UserError(
                    self.env._("A service contract stays one: it cannot be changed.")
                )
        elif "generation_type" in vals and self - ours:
            raise UserError(
                self.env._(
                    "A contract that is invoiced does not become a service contract: "
                    "enter a new one."
                )
            )
        if ours and not is_engine(self.env):
            self._check_line_values(vals)
            self._refuse_service_write(ours, vals)

    def _refuse_service_write(self, ours, vals):
        """Raise for a caller who is not the keeper, or a contract in force."""
        names = {name for name in vals if not name.startswith(_OPEN_PREFIXES)}
        if not names:
            return
        ours._refuse_not_keeper()
        fixed = names & {"company_id", "access_token", "line_recurrence"}
        fixed = {
            name for name in fixed if name != "company_id" or self._changes(name, vals)
        }
        self._guard_refuse(fixed)
        if "active" in names and not vals["active"]:
            ours._refuse_archiving()
        if names & {"scan", "scan_name"}:
            ours._refuse_other_scan()
        frozen = names.difference(
            *(vars(cls).get("_open_fields", ()) for cls in type(self).__mro__)
        )
        for contract in ours if frozen else ():
            if contract.gov_state != "draft":
                raise UserError(contract._get_frozen_text(frozen))

    def _refuse_other_scan(self):
        """Raise for contracts whose signed paper has been put up."""
        for contract in self:
            if contract.gov_state != "draft" and contract.scan_sha256:
                raise UserError(
                    self.env._(
                        "The signed paper of %s has been put up and stays: another one "
                        "comes with a supplement.",
                        contract.display_name,
                    )
                )

    def _refuse_archiving(self):
        """Raise for contracts that the month run has still to find."""
        for contract in self:
            if contract.gov_state == "active" or contract.missed_count:
                raise UserError(
                    self.env._(
                        "%s is in force or has periods without a statement: it is not "
                        "put away yet.",
                        contract.display_name,
                    )
                )

    def _changes(self, name, vals):
        return any(contract[name].id != vals[name] for contract in self)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for contract, vals in zip(self, vals_list, strict=True):
            if contract._is_service():
                vals.update(code=False, **(default or {}))
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for contract in self._get_service_contracts():
            contract._refuse_not_keeper()
            if contract.gov_state != "draft":
                raise UserError(
                    self.env._(
                        "%(contract)s has been in force and stays in the books.",
                        contract=contract.display_name,
                    )
                )

    @api.model
    def _check_keeper(self):
        """Raise unless the user keeps contracts."""
        user = self.env.user
        if not (self.env.su or user.has_group("gov_logistics.group_contract")):
            raise UserError(
                self.env._(
                    "Service contracts are kept by the group “Contracts and "
                    "settlement”."
                )
            )

    def _refuse_not_keeper(self):
        if not is_engine(self.env):
            self._check_keeper()

    def _get_frozen_text(self, names=()):
        """Return why a contract in force is not changed by hand."""
        self.ensure_one()
        labels = [
            self._fields[name]._description_string(self.env)
            for name in sorted(names)
            if name in self._fields
        ]
        state = dict(self._fields["gov_state"]._description_selection(self.env))
        return self.env._(
            "%(contract)s is “%(state)s”: %(fields)s can only be changed by a "
            "supplement.",
            contract=self.display_name,
            state=state[self.gov_state],
            fields=labels or self.env._("its lines and prices"),
        )

    # --------------------------------------------------------------------- actions

    def _begin(self, action):
        """Return self for the engine, after the checks that every step shares.

        :raise UserError: the user is not the keeper, or the state does not allow it.
        """
        self.check_access("write")
        self._check_keeper()
        for contract in self:
            if not contract._is_service():
                raise UserError(
                    self.env._("%s is no service contract.", contract.display_name)
                )
        self._meet_rivals()
        sources = _TRANSITIONS[action][0]
        states = dict(self._fields["gov_state"]._description_selection(self.env))
        for contract in self:
            if contract.gov_state not in sources:
                raise UserError(
                    self.env._(
                        "%(contract)s: this step is not possible in the state "
                        "“%(state)s”.",
                        contract=contract.display_name,
                        state=states[contract.gov_state],
                    )
                )
        # sudo: access, group and state were checked just above.
        return engine(self.sudo())

    def _meet_rivals(self):
        """UPDATE the rows on which rivals meet; the loser is retried by Odoo."""
        meet_rivals(self)
        self.invalidate_recordset(["gov_state", "amount_settled", "ceiling"])

    def action_activate(self):
        """Put drafts into force: complete, priced, and overlapping no other contract.

        :return: True
        :raise UserError: naming what is missing, or the contract that overlaps.
        """
        contracts = self._begin("activate")
        contracts._check_complete()
        # Two contracts about one item meet on the institution's row.
        meet_rivals(contracts.company_id)
        contracts.deduction_table_id._meet_rivals()
        contracts.gov_state = _TRANSITIONS["activate"][1]
        contracts._check_overlaps()
        for contract in contracts:
            contract._freeze_scan(required=False)
        return True

    def _check_complete(self):
        """Raise for a draft that cannot go into force yet."""
        for contract in self:
            missing = contract._get_missing()
            if missing:
                raise UserError(
                    self.env._(
                        "%(contract)s cannot go into force yet: %(missing)s",
                        contract=contract.display_name,
                        missing=" ".join(missing),
                    )
                )

    def _get_missing(self):
        """Return sentences about what a draft lacks."""
        self.ensure_one()
        texts = []
        lines = self.contract_line_ids
        if not lines:
            texts.append(self.env._("It has no lines."))
        if not self.department_id:
            texts.append(self.env._("The department in charge is missing."))
        if self.service_role == "vendor" and not self.date_end:
            texts.append(self.env._("A vendor's contract has a last day."))
        if self.assessment_required and not self.deduction_table_id:
            texts.append(self.env._("An assessed contract names a deduction table."))
        for line in lines:
            if self.settlement_mode != "free" and not line._covers_term():
                texts.append(
                    self.env._(
                        "%s has no price from its first day on.", line.display_name
                    )
                )
            if line.charge_kind == "fixed" and not line.quantity:
                texts.append(self.env._("%s has no quantity.", line.display_name))
        return texts

    def _check_overlaps(self):
        """Raise if an item is charged twice on some day; see ``_get_overlaps``."""
        pairs = self.env["contract.line"]._get_overlaps(self)
        for line_id, other_id in pairs:
            # sudo: the caller keeps contracts; which one is in the way is told.
            lines = self.env["contract.line"].sudo()
            line, other = lines.browse(line_id), lines.browse(other_id)
            raise UserError(
                self.env._(
                    "%(contract)s: %(item)s is charged already by %(other)s, from "
                    "%(start)s to %(end)s, to the same department or partner.",
                    contract=line.contract_id.display_name,
                    item=line.service_item_id.name,
                    other=other.contract_id.display_name,
                    start=format_day(self.env, other.date_start),
                    end=format_day(self.env, other.date_end) or "…",
                )
            )

    # --------------------------------------------------------------------- periods

    def _periods(self, until):
        """Return the periods of the term that are over by ``until``.

        Periods follow the calendar (month, quarter or year); the first begins with the
        first day of the contract, the last ends with its last one.

        :param until: date or ISO string; a period whose last day is later is not
            over yet.
        :return: list of (date_from, date_to), in order.
        """
        self.ensure_one()
        until = to_day(self.env, until)
        # sudo: called by the server's own documents for their contract.
        contract = self.sudo()
        start, end = contract.date_start, contract.date_end
        if not start or not until:
            return []
        months = _PERIOD_MONTHS[contract.settlement_period or "month"]
        first = date(start.year, start.month - (start.month - 1) % months, 1)
        periods = []
        while True:
            after = first + relativedelta(months=months)
            date_from = max(first, start)
            date_to = after - timedelta(days=1)
            if end:
                date_to = min(date_to, end)
            if date_from > date_to or date_to > until:
                return periods
            periods.append((date_from, date_to))
            first = after

    def _period_of(self, day):
        """Return the period of the term in which ``day`` lies, or None."""
        self.ensure_one()
        day = to_day(self.env, day)
        contract = self.sudo()  # sudo: as in _periods
        start, end = contract.date_start, contract.date_end
        if not day or not start or day < start or (end and day > end):
            return None
        months = _PERIOD_MONTHS[contract.settlement_period or "month"]
        first = date(day.year, day.month - (day.month - 1) % months, 1)
        last = first + relativedelta(months=months) - timedelta(days=1)
        return max(first, start), min(last, end) if end else last

    # ------------------------------------------------------------- OCA's invoicing

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """OCA's daily job and its manual wizard never find contracts of ours."""
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        return Domain.AND([domain, [("generation_type", "!=", GENERATION)]])

    def recurring_create_invoice(self):
        for contract in self._get_service_contracts():
            raise UserError(
                self.env._(
                    "%(contract)s is settled by statements: it is not invoiced here.",
                    contract=contract.display_name,
                )
            )
        return super().recurring_create_invoice()

    def _recurring_create_invoice(self, date_ref=False):
        others = self - self._get_service_contracts()
        if not others:
            return self.env["account.move"]
        return super(ContractContract, others)._recurring_create_invoice(date_ref)

    def _portal_ensure_token(self):
        """No link opens a contract of ours without an account."""
        if self._is_service():
            return ""
        return super()._portal_ensure_token()

    def get_formview_id(self, access_uid=None):
        if self[:1]._is_service():
            return self.env.ref("gov_logistics.contract_contract_view_form_gov").id
        return super().get_formview_id(access_uid=access_uid)
