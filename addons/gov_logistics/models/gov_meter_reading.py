from collections import Counter
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day

from ..tools.split import exact, round_half_up, split_exact
from .gov_meter import KINDS
from .gov_settlement import FROZEN
from .input_check import check_plain_values, check_records_exist, plain_number

JUMP_RULE = "meter_jump"
# What a person says about a reading; the rest is worked out.
_TYPED = frozenset(
    {
        "meter_id",
        "date",
        "value",
        "is_estimated",
        "is_replacement",
        "end_value",
        "new_number",
        "new_digits",
        "new_factor",
        "photo",
        "note",
    }
)


class GovMeterReading(models.Model):
    """A reading of a meter (抄表记录) and the use that follows from it.

    Each use is counted from the last real reading: what it comes to by now, less what
    estimates have booked since. So an estimate that was too high is taken back by the
    next real reading, and all uses together are what the meter has counted. A reading
    below the last real one means that the meter has passed all nines, if the use that
    follows is at most half the register; otherwise it is refused.

    Inspectors and who keeps the contracts enter readings; nobody changes one. The last
    one of a meter can be cancelled with a reason, by who read it or who keeps the
    contracts; its usage is then reversed.
    """

    _name = "gov.meter.reading"
    _description = "Meter Reading"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "base_value",
            "cancel_reason",
            "cancelled_at",
            "cancelled_by_id",
            "factor",
            "is_first",
            "is_jump",
            "is_rollover",
            "old_number",
            "pending",
            "previous_id",
            "quantity",
            "reader_id",
            "register",
            "round_id",
            "state",
        }
    )

    meter_id = fields.Many2one(
        "gov.meter", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        related="meter_id.company_id", store=True, precompute=True, index=True
    )
    department_id = fields.Many2one(
        related="meter_id.department_id", store=True, precompute=True
    )
    kind = fields.Selection(KINDS, readonly=True, required=True, default="other")
    uom_id = fields.Many2one(related="meter_id.uom_id")
    date = fields.Date(required=True, default=lambda self: self.env.company.gov_today())
    value = fields.Float(string="Reading", digits=(16, 4), required=True)
    is_estimated = fields.Boolean(
        string="Estimated",
        help="The meter could not be read; the next reading corrects what is too much "
        "or too little.",
    )
    is_replacement = fields.Boolean(
        string="Instrument replaced",
        help="The old instrument was taken out at its last reading; the new one "
        "starts at this reading.",
    )
    end_value = fields.Float(
        string="Last reading of the old instrument", digits=(16, 4)
    )
    new_number = fields.Char(string="Number of the new instrument")
    new_digits = fields.Integer(
        string="Digits of the new instrument", help="Empty: as before."
    )
    new_factor = fields.Float(
        string="Factor of the new instrument", digits=(16, 6), help="Empty: as before."
    )
    photo = fields.Image(max_width=1600, max_height=1600)
    note = fields.Char()
    reader_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    round_id = fields.Many2one(
        "gov.meter.round", readonly=True, index="btree_not_null", ondelete="set null"
    )
    previous_id = fields.Many2one(
        "gov.meter.reading", string="Reading before", readonly=True, ondelete="restrict"
    )
    previous_value = fields.Float(
        related="previous_id.value", string="Before", digits=(16, 4)
    )
    factor = fields.Float(digits=(16, 6), readonly=True)
    register = fields.Float(
        digits=(16, 0),
        readonly=True,
        help="At this figure the meter starts again at 0.",
    )
    old_number = fields.Char(string="Number of the old instrument", readonly=True)
    base_value = fields.Float(
        string="Last real reading",
        digits=(16, 4),
        readonly=True,
        help="From here the next use is counted.",
    )
    pending = fields.Float(
        string="Booked by estimates",
        digits=(16, 4),
        readonly=True,
        help="Steps of the meter that estimates have booked since the last real "
        "reading.",
    )
    quantity = fields.Float(string="Use", digits=(16, 4), readonly=True)
    is_first = fields.Boolean(string="First reading", readonly=True)
    is_rollover = fields.Boolean(string="Rolled over", readonly=True)
    is_jump = fields.Boolean(string="Jump", readonly=True)
    usage_ids = fields.One2many("gov.service.usage", "reading_id", readonly=True)
    state = fields.Selection(
        [("valid", "Valid"), ("cancelled", "Cancelled")],
        readonly=True,
        required=True,
        default="valid",
    )
    cancel_reason = fields.Char(string="Why cancelled", readonly=True)
    cancelled_by_id = fields.Many2one("res.users", readonly=True)
    cancelled_at = fields.Datetime(readonly=True)
    can_cancel = fields.Boolean(compute="_compute_can_cancel")

    _one_a_day = models.UniqueIndex(
        "(meter_id, date) WHERE state = 'valid'",
        "This meter has a reading of this day already.",
    )

    # === Compute === #

    @api.depends("meter_id", "date")
    def _compute_display_name(self):
        for reading in self:
            reading.display_name = " ".join(
                filter(
                    None,
                    (
                        reading.meter_id.display_name,
                        reading.date and format_day(self.env, reading.date),
                    ),
                )
            )

    @api.depends("state", "meter_id.last_reading_id", "reader_id")
    @api.depends_context("uid")
    def _compute_can_cancel(self):
        for reading in self:
            reading.can_cancel = not reading._refusal_to_cancel()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Take readings over; several of one meter are worked out in order of days.

        :raise UserError: naming the meter, the figure and the limit.
        """
        if is_engine(self.env):
            return super().create(vals_list)
        self._check_values(vals_list)
        meters = self.env["gov.meter"].browse({vals["meter_id"] for vals in vals_list})
        self.check_access("create")
        meters.check_access("read")
        vals_list = [
            {"date": meter.company_id.gov_today(), **vals}
            for vals in vals_list
            for meter in meters.browse(vals["meter_id"])
        ]
        order = sorted(
            range(len(vals_list)),
            key=lambda rank: fields.Date.to_date(vals_list[rank]["date"]),
        )
        taken, waves = Counter(), {}
        for rank in order:
            meter_id = vals_list[rank]["meter_id"]
            waves.setdefault(taken[meter_id], []).append(rank)
            taken[meter_id] += 1
        created = {}
        for ranks in waves.values():
            readings = self._create_wave([vals_list[rank] for rank in ranks])
            created |= dict(zip(ranks, readings.ids, strict=True))
        return self.browse(created[rank] for rank in range(len(vals_list)))

    def write(self, vals):
        if not is_engine(self.env):
            self._guard_refuse_rows()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not is_engine(self.env):
            self._guard_refuse_rows()

    @api.model
    def _check_values(self, vals_list):
        for vals in vals_list:
            if frozen := set(vals) - _TYPED:
                self._guard_refuse(frozen)
            check_plain_values(self.browse(), vals)
            if not vals.get("meter_id"):
                raise UserError(self.env._("A reading needs its meter."))
        check_records_exist(self.browse(), vals_list, ("meter_id",))

    @api.model
    def _create_wave(self, vals_list):
        """Create at most one reading for each meter."""
        meters = self.env["gov.meter"].browse(vals["meter_id"] for vals in vals_list)
        limits = meters._jump_limits()
        worked_out = [
            self._work_out(meter, vals, limits[meter.id])
            for meter, vals in zip(meters, vals_list, strict=True)
        ]
        warnings = [more.pop("warning") for more in worked_out]
        # The rights of the person hold; the context lets what was worked out through.
        readings = (
            engine(self)
            .create(
                [
                    {**vals, **more, "reader_id": self.env.uid}
                    for vals, more in zip(vals_list, worked_out, strict=True)
                ]
            )
            .with_env(self.env)
        )
        for reading in readings.sorted("meter_id"):
            reading._move_meter()
        readings._make_usage()
        for reading, warning in zip(readings, warnings, strict=True):
            if warning:
                self.env["gov.finding"]._raise(JUMP_RULE, reading, warning)
        return readings

    # === Working out === #

    @api.model
    def _work_out(self, meter, vals, limit=None):
        """Return what follows from a new reading of ``meter``; writes nothing.

        :param meter: one meter.
        :param vals: what a person typed, see ``_TYPED``.
        :param limit: most plausible use in a month, see ``gov.meter._jump_limits``.
        :return: dict of values, and ``warning``: a text, or False.
        :raise UserError: naming the meter, the figure and the limit.
        """
        meter.ensure_one()
        previous = meter.last_reading_id
        day = fields.Date.to_date(vals["date"])
        replaced = bool(vals.get("is_replacement"))
        register = Decimal(10) ** meter.digits
        self._check_day(meter, day)
        self._check_register(meter, exact(float(vals.get("value") or 0)), vals)
        result = {
            "kind": meter.kind,
            "date": day,
            "value": float(vals.get("value") or 0),
            "previous_id": previous.id,
            "factor": meter.factor,
            "register": float(register),
            "old_number": meter.number if replaced else False,
            "is_first": not previous,
            "is_rollover": False,
            "is_jump": False,
            "quantity": 0.0,
            "pending": 0.0,
            "base_value": float(vals.get("value") or 0),
            "warning": False,
        }
        if not previous:
            if replaced or vals.get("is_estimated"):
                raise UserError(
                    self.env._(
                        "Meter %(meter)s: the first reading must be a real one.",
                        meter=meter.display_name,
                    )
                )
            return result
        seen = exact(float(vals.get("end_value" if replaced else "value") or 0))
        self._check_register(meter, seen)
        base = exact(previous.base_value)
        steps, result["is_rollover"] = self._distance(meter, base, seen, register)
        use = steps - exact(previous.pending)
        result["quantity"] = float(round_half_up(use * exact(meter.factor), 4))
        if vals.get("is_estimated"):
            if replaced:
                raise UserError(
                    self.env._(
                        "Meter %(meter)s: the instrument is replaced at a real "
                        "reading, not at an estimate.",
                        meter=meter.display_name,
                    )
                )
            result["base_value"] = previous.base_value
            result["pending"] = float(steps)
        self._find_jump(meter, result, limit, use * 2 > register)
        return result

    @api.model
    def _check_day(self, meter, day):
        today = meter.company_id.gov_today()
        if day > today:
            raise UserError(
                self.env._(
                    "Meter %(meter)s: a reading of %(day)s is not possible, today is "
                    "%(today)s.",
                    meter=meter.display_name,
                    day=format_day(self.env, day),
                    today=format_day(self.env, today),
                )
            )
        last = meter.last_reading_id.date
        if last and day <= last:
            raise UserError(
                self.env._(
                    "Meter %(meter)s was read on %(last)s: a reading of %(day)s cannot "
                    "come after it. If that reading is wrong, cancel it first.",
                    meter=meter.display_name,
                    last=format_day(self.env, last),
                    day=format_day(self.env, day),
                )
            )

    @api.model
    def _check_register(self, meter, value, vals=None):
        """Refuse a figure that the instrument cannot show.

        :param vals: values of a replacement, whose new instrument has own digits.
        """
        digits = meter.digits
        if vals and vals.get("is_replacement"):
            digits = vals.get("new_digits") or digits
            factor = vals.get("new_factor") or meter.factor
            if not 1 <= digits <= 12 or not 0 < factor <= 1_000_000:
                raise UserError(
                    self.env._(
                        "Meter %(meter)s: a new instrument has 1 to 12 digits and a "
                        "factor above zero.",
                        meter=meter.display_name,
                    )
                )
        if not 0 <= value < Decimal(10) ** digits:
            raise UserError(
                self.env._(
                    "Meter %(meter)s cannot show %(value)s: it has %(digits)s digits, "
                    "from 0 up to %(most)s.",
                    meter=meter.display_name,
                    value=plain_number(value),
                    digits=digits,
                    most=10**digits - 1,
                )
            )

    @api.model
    def _distance(self, meter, base, seen, register):
        """Return the steps from ``base`` to ``seen``, and whether it rolled over."""
        if seen >= base:
            return seen - base, False
        wrapped = register - base + seen
        if wrapped * 2 > register:
            raise UserError(
                self.env._(
                    "Meter %(meter)s: %(value)s lies below the last reading %(last)s. "
                    "If the meter had passed all nines, the use would be %(use)s, more "
                    "than half of its register (%(half)s). Please look again; if the "
                    "instrument was replaced, say so.",
                    meter=meter.display_name,
                    value=plain_number(seen),
                    last=plain_number(base),
                    use=plain_number(wrapped),
                    half=plain_number(register / 2),
                )
            )
        return wrapped, True

    @api.model
    def _find_jump(self, meter, result, limit, is_half):
        """Mark a use above the plausible one; it is kept all the same."""
        months = max(self._months(meter.last_reading_id.date, result["date"]), 1)
        most = exact(limit) * months if limit else None
        above = most is not None and exact(result["quantity"]) > most
        if not above and not is_half:
            return
        result["is_jump"] = True
        figures = {
            "value": plain_number(result["value"]),
            "before": plain_number(meter.last_reading_id.value),
            "use": plain_number(result["quantity"]),
            "unit": meter.uom_id.name or "",
        }
        if above:
            result["warning"] = self.env._(
                "Reading %(value)s after %(before)s: use %(use)s %(unit)s, months: "
                "%(months)s; at most %(most)s is plausible (%(citation)s).",
                months=months,
                most=plain_number(round_half_up(most, 2)),
                citation=meter._jump_policy(result["date"]).citation,
                **figures,
            )
        else:
            result["warning"] = self.env._(
                "Reading %(value)s after %(before)s: use %(use)s %(unit)s, more than "
                "half of the register.",
                **figures,
            )

    @api.model
    def _months(self, start, end):
        """Return the whole months from ``start`` to ``end``."""
        passed = relativedelta(end, start)
        return passed.years * 12 + passed.months

    # === What follows === #

    def _move_meter(self):
        """Let the meter stand at this reading; rivals meet on its row."""
        self.ensure_one()
        vals = {"last_reading_id": self.id}
        if self.is_replacement:
            vals |= {
                "number": self.new_number or self.meter_id.number,
                "digits": self.new_digits or self.meter_id.digits,
                "factor": self.new_factor or self.meter_id.factor,
            }
        # sudo: the reading itself was created with the person's rights.
        engine(self.meter_id.sudo()).write(vals)

    def _make_usage(self):
        """Record what the readings have counted, for each who shares the meter."""
        # sudo: contracts and shares are read for the server's own work.
        rows = []
        for reading in self.sudo():
            rows += reading._usage_values()
        self.env["gov.service.usage"]._record(rows)

    def _usage_values(self):
        """Return the values of the usage of one reading.

        The use is spread over its days; where the shares change in between, each part
        is shared as agreed for its own days.
        """
        self.ensure_one()
        if not self.quantity or not self.previous_id:
            return []
        first = fields.Date.add(self.previous_id.date, days=1)
        spans = self.meter_id._share_spans(first, self.date)
        days = [(span[1] - span[0]).days + 1 for span in spans]
        quantities = split_exact(self.quantity, days, 4)
        rows = []
        for (start, end, shares), quantity in zip(spans, quantities, strict=True):
            if quantity:
                rows += self._span_values(start, end, shares, quantity)
        return rows

    def _span_values(self, start, end, shares, quantity):
        """Return the values of the usage of some days; ``quantity`` is exact."""
        common = {
            "company_id": self.company_id.id,
            "service_item_id": self.meter_id.service_item_id.id,
            "date": end,
            "date_from": start,
            "name": self.env._(
                "%(meter)s: %(before)s to %(now)s",
                meter=self.meter_id.display_name,
                before=plain_number(self.previous_id.value),
                now=plain_number(self.end_value if self.is_replacement else self.value),
            ),
            "source": "print" if self.kind == "print" else "meter",
            "source_model": self._name,
            "source_id": self.id,
            "reading_id": self.id,
        }
        if not shares:
            return [
                {
                    **common,
                    "source_part": str(start),
                    "quantity": float(quantity),
                    "department_id": self.meter_id.department_id.id,
                }
            ]
        percents = shares.mapped("percent")
        parts = split_exact(quantity, percents, 4)
        parties = [share._party_values(end) for share in shares]
        amounts = self._split_amounts(quantity, percents, parties, end)
        return [
            {
                **common,
                **party,
                "source_part": f"{start}:{share.id}",
                "quantity": float(part),
                "is_split": amount is not None,
                "amount_split": float(amount or 0),
            }
            for share, part, party, amount in zip(
                shares, parts, parties, amounts, strict=True
            )
        ]

    def _split_amounts(self, quantity, percents, parties, day):
        """Return the exact money of each share, or None where there is none.

        The whole is priced and rounded once, then shared; that needs one price. Parts
        at prices of their own are priced by their own contracts.
        """
        lines = self.env["contract.line"].browse(
            party["contract_line_id"] for party in parties if party["contract_line_id"]
        )
        nothing = [None] * len(percents)
        if len(percents) < 2 or not lines:
            return nothing
        try:
            prices = {exact(price) for price in lines._prices_on(day).values()}
        except UserError:
            # A day without a price is the contract's to mend; the statement says so.
            return nothing
        if len(prices) != 1:
            return nothing
        return split_exact(quantity * prices.pop(), percents, 2)

    def _resplit(self, lines):
        """Share the money of these readings anew by the prices of now.

        Rows of frozen statements stay. Where they have money that the new prices do
        not give, the other rows of the same days are priced by their own contracts.

        :param lines: the lines of contracts whose prices have changed.
        """
        # sudo: called by the prices, which have checked their user.
        usages = self.sudo().usage_ids.filtered(
            lambda usage: not usage.is_reversed and not usage.reversal_of_id
        )
        usages = usages.sorted("id")
        for rows in usages.grouped(lambda row: (row.reading_id, row.date)).values():
            if rows.contract_line_id & lines:
                rows.reading_id._resplit_rows(rows)

    def _resplit_rows(self, rows):
        """Write the money of the rows of the same days of one reading."""
        shares = (
            self.env["gov.meter.share"]
            .sudo()
            .browse(int(row.source_part.partition(":")[2] or 0) for row in rows)
        )
        if len(rows) < 2 or not all(shares._ids):
            return
        amounts = self._split_amounts(
            sum(exact(row.quantity) for row in rows),
            shares.exists().mapped("percent"),
            [{"contract_line_id": row.contract_line_id.id} for row in rows],
            rows[0].date,
        )
        frozen = rows.filtered(lambda row: row.settlement_id.state in FROZEN)
        found = dict(zip(rows, amounts, strict=True))
        if any(
            row.is_split != (found[row] is not None)
            or float_compare(row.amount_split, float(found[row] or 0), 2)
            for row in frozen
        ):
            found = dict.fromkeys(rows)
        for row in rows - frozen:
            amount = float(found[row] or 0)
            split = found[row] is not None
            if row.is_split != split or float_compare(row.amount_split, amount, 2):
                engine(row).write({"is_split": split, "amount_split": amount})

    # === Cancelling === #

    def action_cancel(self, reason):
        """Cancel the last reading of its meter; its usage is reversed.

        :param str reason: why; kept on the reading.
        :return: True.
        :raise UserError: no reason, not the last reading, cancelled already, or the
            caller has neither read it nor keeps the contracts.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(self.env._("Please give a reason of at most 500 signs."))
        for reading in self:
            reading.check_access("read")
            if refusal := reading._refusal_to_cancel():
                raise UserError(refusal)
            # sudo: _refusal_to_cancel() has checked the person and the reading.
            engine(reading.sudo())._cancel(reason)
        return True

    def _refusal_to_cancel(self):
        """Return why the current user cannot cancel this reading, or False."""
        self.ensure_one()
        if self.state != "valid" or self != self.meter_id.last_reading_id:
            return self.env._(
                "%(reading)s: only the last valid reading of a meter is cancelled.",
                reading=self.display_name,
            )
        user = self.env.user
        keeper = user.has_group("gov_logistics.group_contract")
        if not keeper and (
            self.reader_id != user
            or not user.has_group("gov_logistics.group_service_inspector")
        ):
            return self.env._(
                "%(reading)s is cancelled by who read it or who keeps the contracts.",
                reading=self.display_name,
            )
        return False

    def _cancel(self, reason):
        meter_vals = {"last_reading_id": self.previous_id.id}
        if self.is_replacement:
            meter_vals |= {
                "number": self.old_number,
                "digits": len(str(int(self.register))) - 1,
                "factor": self.factor,
            }
        self.meter_id.write(meter_vals)
        self.write(
            {
                "state": "cancelled",
                "cancel_reason": reason,
                "cancelled_by_id": self.env.uid,
                "cancelled_at": fields.Datetime.now(),
            }
        )
        # Another reading of this day may follow at once.
        self.flush_recordset(["state"])
        self.usage_ids.filtered(
            lambda usage: not usage.is_reversed and not usage.reversal_of_id
        )._reverse(reason)
