from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare
from odoo.tools.misc import split_every

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day

from .input_check import check_plain_values, check_records_exist, plain_number

# What one row may hold at most; more is a slip of the keyboard.
MOST_QUANTITY = 100_000_000
_BATCH = 5000
# By these a source names one row of its own, for ever.
_KEY = ("source", "source_model", "source_id", "source_part")
# A clerk may mend these in what a clerk wrote, until a statement holds the row.
_TYPED = frozenset(
    {
        "contract_line_id",
        "date",
        "department_id",
        "kind",
        "name",
        "partner_id",
        "quantity",
        "service_item_id",
    }
)
# What a statement has counted; a row of a frozen one keeps all of it.
_COUNTED = (
    "company_id",
    "contract_line_id",
    "contract_id",
    "service_item_id",
    "date",
    "quantity",
    "kind",
    "is_split",
    "amount_split",
    "department_id",
    "partner_id",
    "reversal_of_id",
    "settlement_line_id",
)
_REFUSED = "gov_service_usage_frozen"
_GUARD = """
CREATE OR REPLACE FUNCTION gov_service_usage_frozen() RETURNS trigger
LANGUAGE plpgsql AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM gov_settlement_line line
          JOIN gov_settlement statement ON statement.id = line.settlement_id
         WHERE line.id = OLD.settlement_line_id
           AND statement.state IN ('confirmed', 'stamping', 'sealed', 'billed')
    ) THEN
        RAISE EXCEPTION 'usage % stands on a frozen statement', OLD.id
        USING ERRCODE = 'check_violation', TABLE = 'gov_service_usage',
              CONSTRAINT = 'gov_service_usage_frozen';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$function$
"""


class GovServiceUsage(models.Model):
    """What was used of a metered service (计量记录): a ledger, each unit billed once.

    Rows come from closed requests, readings of meters, print counters, meetings,
    meals and trips (:meth:`_record`), from a file, or are typed by who keeps the
    contracts. A source names each of its rows once: recording it again finds the row
    that is there. A row that a statement holds is never changed; a mistake is put
    right by a row of its own with the opposite quantity (:meth:`action_reverse`),
    which stands on the next open statement at the price of the same day.

    Contracts and settlement, and the manager of the centre, read and type rows;
    inspectors, the desk and supervision read them; heads those of their department.
    """

    _name = "gov.service.usage"
    _description = "Usage"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "amount_split",
            "company_id",
            "contract_id",
            "date_from",
            "is_late",
            "is_reversed",
            "is_split",
            "reading_id",
            "reversal_of_id",
            "source",
            "source_id",
            "source_model",
            "source_part",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    contract_line_id = fields.Many2one(
        "contract.line",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: used, but no contract bills it.",
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id",
        store=True,
        precompute=True,
        index=True,
    )
    service_item_id = fields.Many2one(
        "gov.service.item", string="Service", ondelete="restrict", check_company=True
    )
    uom_id = fields.Many2one(related="service_item_id.uom_id", string="Unit")
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company.gov_today(),
        help="The day whose price holds.",
    )
    date_from = fields.Date(
        string="Used from",
        readonly=True,
        help="First day of the time in which it was used; empty: the day itself.",
    )
    quantity = fields.Float(digits=(16, 4), required=True)
    kind = fields.Selection(
        [("use", "Use"), ("missing", "Missing service")],
        required=True,
        default="use",
        help="Missing service: how many posts (or units of the line) were missing on "
        "that day, taken off at the day price. One row for each day.",
    )
    is_split = fields.Boolean(
        string="Part of a split",
        readonly=True,
        help="The row is a share of a quantity that several parties used together.",
    )
    amount_split = fields.Monetary(
        string="Share in money",
        readonly=True,
        help="Exact share of the rounded whole; the odd cent is with the largest "
        "share. Only on rows that are part of a split.",
    )
    department_id = fields.Many2one("hr.department", check_company=True)
    partner_id = fields.Many2one("res.partner", string="Served unit")
    name = fields.Char(string="What for")
    source = fields.Selection(
        [
            ("request", "Service request"),
            ("meter", "Meter"),
            ("print", "Print counter"),
            ("meeting", "Meeting"),
            ("meal", "Meals"),
            ("trip", "Trip"),
            ("import", "File"),
            ("manual", "Typed"),
        ],
        required=True,
        readonly=True,
        default="manual",
    )
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(
        string="Source record", model_field="source_model", readonly=True
    )
    source_part = fields.Char(string="Part of the source", readonly=True)
    reading_id = fields.Many2one(
        "gov.meter.reading", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    is_late = fields.Boolean(
        string="Late usage",
        readonly=True,
        help="It arrived after the statement of its own period was confirmed.",
    )
    reversal_of_id = fields.Many2one(
        "gov.service.usage",
        string="Reverses",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_reversed = fields.Boolean(string="Reversed", readonly=True)
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _source_uniq = models.UniqueIndex(
        "(source, source_model, source_id, source_part)"
        " WHERE source_id IS NOT NULL AND reversal_of_id IS NULL"
        " AND is_reversed IS NOT TRUE",
        "This has been recorded already.",
    )
    _reversal_uniq = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This usage has been reversed already.",
    )
    _company_date = models.Index("(company_id, date DESC, id DESC)")
    _department_date = models.Index(
        "(department_id, date) WHERE department_id IS NOT NULL"
    )

    @api.private
    def init(self):
        """Let the database keep what stands on a frozen statement, whoever writes."""
        result = super().init()
        cr = self.env.cr
        cr.execute(_GUARD)
        columns = SQL(", ").join(map(SQL.identifier, _COUNTED))
        for name, event in (
            ("gov_service_usage_frozen_update", SQL("UPDATE OF %s", columns)),
            ("gov_service_usage_frozen_delete", SQL("DELETE")),
        ):
            cr.execute(
                SQL(
                    "CREATE OR REPLACE TRIGGER %s BEFORE %s ON gov_service_usage"
                    " FOR EACH ROW WHEN (OLD.settlement_line_id IS NOT NULL)"
                    " EXECUTE FUNCTION gov_service_usage_frozen()",
                    SQL.identifier(name),
                    event,
                )
            )
        return result

    @api.model
    def _sql_error_to_message(self, exc):
        if exc.diag.constraint_name == _REFUSED:
            return self.env._(
                "This usage stands on a statement that both sides have confirmed: it "
                "is not changed any more. Reverse it and enter what is right."
            )
        return super()._sql_error_to_message(exc)

    # === Compute === #

    @api.depends("service_item_id", "contract_line_id", "date", "quantity")
    def _compute_display_name(self):
        for usage in self:
            what = usage.service_item_id.name or usage.contract_line_id.name or ""
            usage.display_name = " ".join(
                part
                for part in (
                    usage.date and format_day(self.env, usage.date),
                    what,
                    plain_number(usage.quantity),
                )
                if part
            )

    @api.depends("source", "is_reversed", "reversal_of_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        may_write = self.has_access("write") if self.ids else True
        for usage in self:
            usage.can_edit = (
                may_write
                and usage.source in ("manual", "import")
                and not usage.is_reversed
                and not usage.reversal_of_id
                and not usage._is_settled()
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return super().create(vals_list)
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_values(vals)
        check_records_exist(
            self.browse(),
            vals_list,
            ("contract_line_id", "department_id", "partner_id", "service_item_id"),
        )
        usages = super().create(vals_list)
        usages._check_typed()
        return usages

    def write(self, vals):
        if is_engine(self.env):
            return super().write(vals)
        if frozen := set(vals) - _TYPED:
            self._guard_refuse(frozen)
        self._check_values(vals)
        check_records_exist(
            self.browse(),
            [vals],
            ("contract_line_id", "department_id", "partner_id", "service_item_id"),
        )
        self.check_access("write")
        self._check_open()
        result = super().write(vals)
        self._check_typed()
        return result

    def _check_company(self, fnames=None):
        """Check each combination of records once: many rows name few."""
        rows = {
            (
                usage.company_id,
                usage.contract_line_id,
                usage.service_item_id,
                usage.department_id,
            ): usage.id
            for usage in self
        }
        return super(GovServiceUsage, self.browse(rows.values()))._check_company(fnames)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        # What was recorded stays; a mistake is reversed.
        if not is_engine(self.env):
            self._guard_refuse_rows()

    @api.model
    def _check_values(self, vals):
        """Refuse values that no usage can have.

        :raise UserError: naming the field and the value.
        """
        check_plain_values(self.browse(), vals)
        if "quantity" in vals:
            quantity = float(vals["quantity"] or 0)
            if not 0 < quantity <= MOST_QUANTITY:
                raise UserError(
                    self.env._(
                        "A quantity of %(quantity)s is not possible: it lies above 0 "
                        "and goes up to %(most)s. A mistake is put right by reversing "
                        "the row.",
                        quantity=plain_number(quantity),
                        most=MOST_QUANTITY,
                    )
                )

    def _check_open(self):
        """Raise unless these rows were typed or imported and no statement has them."""
        for usage in self:
            if usage.source not in ("manual", "import") or usage.reversal_of_id:
                raise UserError(
                    self.env._(
                        "%(usage)s follows from its source and is not changed by "
                        "hand; put the source right.",
                        usage=usage.display_name,
                    )
                )
            if usage.is_reversed or usage._is_settled():
                raise UserError(
                    self.env._(
                        "%(usage)s stands on a statement or has been reversed: it is "
                        "not changed any more. Reverse it and enter what is right.",
                        usage=usage.display_name,
                    )
                )

    def _is_settled(self):
        """Tell whether a statement holds this row."""
        self.ensure_one()
        return False

    def _check_typed(self):
        """Check what a person typed: the day, and that its contract bills it.

        :raise UserError: naming the row.
        """
        for usage in self:
            if line := usage.contract_line_id:
                usage._check_line(line.sudo())  # sudo: only its days and kind
            if not usage.contract_line_id and not usage.service_item_id:
                raise UserError(
                    self.env._(
                        "Usage needs the line of a contract, or a service of the "
                        "catalogue."
                    )
                )
            today = usage.company_id.gov_today()
            if usage.date > today:
                raise UserError(
                    self.env._(
                        "Usage of %(day)s cannot be entered: today is %(today)s.",
                        day=format_day(self.env, usage.date),
                        today=format_day(self.env, today),
                    )
                )

    def _check_line(self, line):
        """Refuse a line of a contract that cannot bill this row."""
        self.ensure_one()
        if not line.contract_id._is_service():
            raise UserError(
                self.env._(
                    "%(line)s is no line of a service contract.",
                    line=line.display_name,
                )
            )
        if line.date_start > self.date or (line.date_end and line.date_end < self.date):
            raise UserError(
                self.env._(
                    "%(line)s of %(contract)s does not hold on %(day)s.",
                    line=line.display_name,
                    contract=line.contract_id.display_name,
                    day=format_day(self.env, self.date),
                )
            )
        wanted = "fixed" if self.kind == "missing" else "metered"
        if line.charge_kind != wanted:
            raise UserError(
                self.env._(
                    "%(line)s: use is recorded on a metered line, missing service on "
                    "one with a fixed fee.",
                    line=line.display_name,
                )
            )
        if self.service_item_id and self.service_item_id != line.service_item_id:
            raise UserError(
                self.env._(
                    "%(line)s bills %(item)s, not %(other)s.",
                    line=line.display_name,
                    item=line.service_item_id.display_name,
                    other=self.service_item_id.display_name,
                )
            )
        if self.kind == "missing":
            self._check_posts(line)
        if not self.service_item_id:
            # The catalogue item follows from the line.
            engine(self).service_item_id = line.service_item_id

    def _check_posts(self, line):
        """Refuse more missing posts on one day than the line has.

        A post missing for many days is a row for each of them: entered as one, it
        would not be seen that it costs its month's fee at most.
        """
        self.ensure_one()
        # sudo: only the sum of the day is read.
        [(missing,)] = self.sudo()._read_group(
            [
                ("contract_line_id", "=", line.id),
                ("kind", "=", "missing"),
                ("date", "=", self.date),
            ],
            aggregates=["quantity:sum"],
        )
        if float_compare(missing, line.quantity, precision_digits=4) > 0:
            raise UserError(
                self.env._(
                    "%(line)s has %(posts)s: %(missing)s cannot be missing on "
                    "%(day)s. Enter a row for each day on which one was missing.",
                    line=line.display_name,
                    posts=plain_number(line.quantity),
                    missing=plain_number(missing),
                    day=format_day(self.env, self.date),
                )
            )

    # === Actions === #

    def action_reverse(self, reason):
        """Put a mistake right by rows with the opposite quantity.

        :param str reason: why; stands on the new rows.
        :return: the ids of the new rows.
        :raise UserError: no reason, no right, reversed already, or written by a
            source of its own, which is put right there.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(self.env._("Please give a reason of at most 500 signs."))
        self.check_access("write")
        for usage in self:
            if usage.source not in ("manual", "import"):
                raise UserError(
                    self.env._(
                        "%(usage)s follows from its source and is not changed by "
                        "hand; put the source right.",
                        usage=usage.display_name,
                    )
                )
        return self._reverse(reason).ids

    def action_open_source(self):
        """Open the record that this usage comes from.

        :return: the action.
        :raise UserError: typed rows have none.
        """
        self.ensure_one()
        if not self.source_id or self.source_model not in self.env:
            raise UserError(
                self.env._("%(usage)s has no source.", usage=self.display_name)
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === Engine === #

    @api.model
    def _record(self, vals_list):
        """Record what a source has used; the same source twice is one row.

        :param vals_list: one dict per row: ``source``, ``source_model``,
            ``source_id``, optionally ``source_part`` name the row; ``date``,
            ``quantity`` in the unit of the service, ``contract_line_id`` (or
            ``service_item_id`` where no contract bills it), and any other field.
        :return: the rows in the order of ``vals_list``, old and new.
        :raise UserError: a value that no usage can have.
        """
        # sudo: called by server code that has checked its own document.
        usages = engine(self.sudo())
        rows = [usages._prepare(vals) for vals in vals_list]
        found = usages._find_recorded(rows)
        new = {}
        for row in rows:
            key = usages._key(row)
            if key not in found:
                new.setdefault(key, row)
        created = usages.browse()
        for part in split_every(_BATCH, new.values(), list):
            created += usages.create(part)
        found |= dict(zip(new, created, strict=True))
        ids = [found[usages._key(row)].id for row in rows]
        return self.browse(ids)

    @api.model
    def _key(self, row):
        """Return what names a row: of values, or of a record."""
        return tuple(row[name] or "" for name in _KEY)

    @api.model
    def _prepare(self, vals):
        """Return the values of one row of :meth:`_record`, completed and checked."""
        # A part is never NULL: the database holds two of those for different.
        vals = {**vals, "source_part": vals.get("source_part") or ""}
        check_plain_values(self.browse(), vals)
        if not all(vals.get(name) for name in _KEY[:3]):
            raise UserError(self.env._("Usage needs the document it comes from."))
        line = self.env["contract.line"].browse(vals.get("contract_line_id"))
        if line:
            vals["company_id"] = line.contract_id.company_id.id
            # Worked out by the ORM this would cost a record of its own for each row.
            vals["contract_id"] = line.contract_id.id
            vals["service_item_id"] = (
                vals.get("service_item_id") or line.service_item_id.id
            )
        elif not vals.get("service_item_id"):
            raise UserError(
                self.env._(
                    "Usage needs the line of a contract, or a service of the catalogue."
                )
            )
        vals.setdefault("company_id", self.env.company.id)
        return vals

    @api.model
    def _find_recorded(self, rows):
        """Return dict key → row for those of ``rows`` that are there already."""
        found = {}
        sources = {}
        for row in rows:
            sources.setdefault((row["source"], row["source_model"]), []).append(row)
        for (source, model), named in sources.items():
            named.sort(key=lambda row: (row["source_id"], row["source_part"]))
            for part in split_every(_BATCH, named, list):
                usages = self.search(
                    [
                        ("source", "=", source),
                        ("source_model", "=", model),
                        ("source_id", "in", {row["source_id"] for row in part}),
                        ("source_part", "in", {row["source_part"] for row in part}),
                        ("reversal_of_id", "=", False),
                        ("is_reversed", "=", False),
                    ],
                    order="id",
                )
                found |= {self._key(usage): usage for usage in usages}
        return found

    def _reverse(self, reason):
        """Record the opposite of these rows; each of them once.

        :param str reason: stands on the new rows.
        :return: the new rows.
        :raise UserError: one of them is reversed already, or is a reversal.
        """
        # sudo: the caller has checked who may reverse its rows.
        usages = engine(self.sudo())
        for usage in usages:
            if usage.is_reversed or usage.reversal_of_id:
                raise UserError(
                    self.env._(
                        "%(usage)s has been reversed, or is itself a reversal.",
                        usage=usage.display_name,
                    )
                )
        # Rivals meet on the rows themselves; the unique index is behind it.
        usages.write({"is_reversed": True})
        usages.flush_recordset(["is_reversed"])
        return self.browse(
            usages.create([usage._reversal_values(reason) for usage in usages]).ids
        )

    def _reversal_values(self, reason):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "contract_line_id": self.contract_line_id.id,
            "service_item_id": self.service_item_id.id,
            "date": self.date,
            "date_from": self.date_from,
            "quantity": -self.quantity,
            "kind": self.kind,
            "is_split": self.is_split,
            "amount_split": -self.amount_split,
            "department_id": self.department_id.id,
            "partner_id": self.partner_id.id,
            "name": self.env._("Reversal: %(reason)s", reason=reason),
            "source": self.source,
            "source_model": self.source_model,
            "source_id": self.source_id,
            "source_part": self.source_part,
            "reading_id": self.reading_id.id,
            "reversal_of_id": self.id,
        }
