from odoo import api, fields, models

KINDS = [
    ("electricity", "Electricity"),
    ("water", "Water"),
    ("gas", "Gas"),
    ("heat", "Heat"),
    ("print", "Printing"),
    ("other", "Other"),
]


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
