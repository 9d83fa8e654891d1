from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools.split import exact
from .input_check import check_plain_values, plain_number

# These say how readings are to be understood; a new instrument brings new ones.
_FIXED = frozenset({"company_id", "digits", "factor", "kind", "service_item_id"})
# The usual use is the average of so many days, if so many uses lie in them.
_USUAL_DAYS = 400
_USUAL_LEAST = 3

# Shares are checked when all lines of a form are written, not after each: only this
# process knows the object, so that no caller can leave the check out.
SHARES_LATER = "gov_meter_shares_later"
_LATER = object()
JUMP_POLICY = "meter.jump.times"

KINDS = [
    ("electricity", "Electricity"),
    ("water", "Water"),
    ("gas", "Gas"),
    ("heat", "Heat"),
    ("print", "Printing"),
    ("other", "Other"),
]


def checks_shares_later(env):
    """Tell whether the meter itself will check its shares at the end of its write."""
    return env.context.get(SHARES_LATER) is _LATER


class GovMeter(models.Model):
    """A meter (计量表) for power, water, gas or prints, and who shares what it counts.

    Who keeps the contracts sets meters up; inspectors read them. The last reading
    stands on the meter and is the server's: two readings at once meet on this row.
    """

    _name = "gov.meter"
    _description = "Meter"
    _inherit = ["gov.guard.mixin", "mail.thread"]
    _order = "sequence, number, id"
    _rec_names_search = ["number", "name", "place"]
    _check_company_auto = True

    _protected_fields = frozenset({"last_reading_id"})

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(
        string="Round", default=10, help="Order in which the reader walks."
    )
    kind = fields.Selection(KINDS, required=True, default="electricity")
    number = fields.Char(
        required=True, tracking=True, help="As it stands on the meter."
    )
    name = fields.Char(string="What it counts")
    room_id = fields.Many2one("gov.room", ondelete="restrict", check_company=True)
    place = fields.Char(help="Where to find it.")
    department_id = fields.Many2one(
        "hr.department",
        string="Used by",
        check_company=True,
        tracking=True,
        help="Whose use it is where no shares are set; also explains jumps.",
    )
    service_item_id = fields.Many2one(
        "gov.service.item",
        string="Service",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    uom_id = fields.Many2one(related="service_item_id.uom_id", string="Unit")
    digits = fields.Integer(
        required=True,
        default=5,
        tracking=True,
        help="Digits before the decimal point; after all nines the meter starts at 0.",
    )
    factor = fields.Float(
        digits=(16, 6),
        required=True,
        default=1.0,
        tracking=True,
        help="What one step of the meter stands for, in the unit of the service.",
    )
    usual_use = fields.Float(
        string="Usual use in a month",
        digits=(16, 4),
        tracking=True,
        help="In the unit of the service; empty: the average of the last readings.",
    )
    parent_id = fields.Many2one(
        "gov.meter",
        string="Main meter",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The meter that counts this one's use too; figures of the institution "
        "take main meters only.",
    )
    share_ids = fields.One2many("gov.meter.share", "meter_id", string="Shares")
    reading_ids = fields.One2many("gov.meter.reading", "meter_id", string="Readings")
    last_reading_id = fields.Many2one("gov.meter.reading", readonly=True, copy=False)
    last_date = fields.Date(related="last_reading_id.date", string="Last read on")
    last_value = fields.Float(
        related="last_reading_id.value", string="Last reading", digits=(16, 4)
    )
    note = fields.Text()

    _number_uniq = models.UniqueIndex(
        "(company_id, kind, number) WHERE active",
        "There is a meter of this kind and number already.",
    )
    _digits_possible = models.Constraint(
        "CHECK (digits BETWEEN 1 AND 12)", "A meter has 1 to 12 digits."
    )
    _factor_positive = models.Constraint(
        "CHECK (factor > 0)", "The factor of a meter is above zero."
    )
    _usual_use_positive = models.Constraint(
        "CHECK (usual_use >= 0)", "The usual use is not below zero."
    )

    @api.depends("number", "name")
    def _compute_display_name(self):
        for meter in self:
            meter.display_name = " ".join(filter(None, (meter.number, meter.name)))

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise UserError(
                self.env._("A meter cannot be the main meter of its own main meter.")
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        env = self.env(context={**self.env.context, SHARES_LATER: _LATER})
        meters = super(GovMeter, self.with_env(env)).create(vals_list)
        meters = meters.with_env(self.env)
        meters._check_shares()
        return meters

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if not is_engine(self.env):
            self._check_fixed(vals)
        if "share_ids" not in vals:
            return super().write(vals)
        env = self.env(context={**self.env.context, SHARES_LATER: _LATER})
        result = super(GovMeter, self.with_env(env)).write(vals)
        self._check_shares()
        return result

    def _check_fixed(self, vals):
        """Refuse another scale for a meter that has been read.

        :raise UserError: naming the meter and the fields.
        """
        for meter in self.filtered("last_reading_id"):
            changed = [
                name
                for name in _FIXED & set(vals)
                if self._fields[name].convert_to_write(meter[name], meter)
                != (vals[name] or 0 if name in ("digits", "factor") else vals[name])
            ]
            if changed:
                labels = self.fields_get(sorted(changed), ["string"])
                raise UserError(
                    self.env._(
                        "Meter %(meter)s has been read: %(fields)s cannot change. A "
                        "new instrument is entered with its first reading.",
                        meter=meter.display_name,
                        fields=[labels[name]["string"] for name in sorted(changed)],
                    )
                )

    # === Shares === #

    def _check_shares(self):
        """Check that the shares come to 100 on every day that has any.

        :raise UserError: naming the meter, the first such day and the sum.
        """
        if not self:
            return
        # Rivals who change shares of one meter meet on its row.
        meet_rivals(self)
        for meter in self:
            shares = meter.share_ids
            days = set(shares.mapped("date_from"))
            days |= {
                share.date_to + timedelta(days=1) for share in shares if share.date_to
            }
            for day in sorted(days):
                there = shares._on(day)
                total = sum(exact(share.percent) for share in there)
                if there and total != 100:
                    raise UserError(
                        self.env._(
                            "Meter %(meter)s: its shares come to %(total)s percent on "
                            "%(day)s; together they must be exactly 100.",
                            meter=meter.display_name,
                            total=plain_number(total),
                            day=format_day(self.env, day),
                        )
                    )

    def _share_spans(self, first, last):
        """Return ``[(from, to, shares)]`` for the days from ``first`` to ``last``.

        The shares of a span stand in a lasting order.
        """
        self.ensure_one()
        shares = self.share_ids.filtered(
            lambda share: share.date_from <= last
            and (not share.date_to or share.date_to >= first)
        ).sorted("id")
        starts = {first}
        for share in shares:
            starts.add(max(first, share.date_from))
            if share.date_to and share.date_to < last:
                starts.add(share.date_to + timedelta(days=1))
        starts = sorted(starts)
        ends = [start - timedelta(days=1) for start in starts[1:]] + [last]
        return [
            (start, end, shares._on(start))
            for start, end in zip(starts, ends, strict=True)
        ]

    # === Plausible use === #

    def _jump_policy(self, day=None):
        """Return the clause that says how many times the usual use is plausible."""
        return self.env["gov.policy"]._get_policy(JUMP_POLICY, day, self.company_id)

    def _jump_limits(self):
        """Return ``{id: largest plausible use in a month}``; 0 where none is known."""
        usual = self._usual_uses()
        limits = {}
        for company, meters in self.grouped("company_id").items():
            times = exact(
                float(self.env["gov.policy"].get_value(JUMP_POLICY, company=company))
            )
            for meter in meters:
                limits[meter.id] = times * exact(usual[meter.id])
        return limits

    def _usual_uses(self):
        """Return ``{id: usual use in a month}``: as set, else the average so far.

        The average is that of all readings in the last 400 days without jumps, where
        there are three at least.
        """
        usual = {meter.id: meter.usual_use for meter in self}
        asked = [id_ for id_, use in usual.items() if not use]
        if not asked:
            return usual
        self.flush_recordset(["last_reading_id"])
        self.reading_ids.browse().flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT reading.meter_id,
                       sum(reading.quantity) * 365.0 / 12
                           / nullif(sum(reading.date - before.date), 0)
                  FROM gov_meter_reading reading
                  JOIN gov_meter_reading before ON before.id = reading.previous_id
                  JOIN gov_meter_reading last ON last.id = (
                       SELECT last_reading_id FROM gov_meter
                        WHERE id = reading.meter_id)
                 WHERE reading.meter_id = ANY(%s)
                   AND reading.state = 'valid'
                   AND reading.is_jump IS NOT TRUE
                   AND reading.date > last.date - %s
                 GROUP BY reading.meter_id
                HAVING count(*) >= %s
                """,
                asked,
                _USUAL_DAYS,
                _USUAL_LEAST,
            )
        )
        return usual | {id_: max(float(use or 0), 0.0) for id_, use in rows}
