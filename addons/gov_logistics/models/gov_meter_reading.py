from odoo import fields, models


class GovMeterReading(models.Model):
    """A reading of a meter (抄表记录) and the use that follows from it.

    A reading is never changed. The last one of a meter can be cancelled with a
    reason; its usage is then reversed.
    """

    _name = "gov.meter.reading"
    _description = "Meter Reading"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    _protected_fields = frozenset(
        {
            "cancel_reason",
            "cancelled_at",
            "cancelled_by_id",
            "factor",
            "is_first",
            "is_jump",
            "is_rollover",
            "previous_id",
            "quantity",
            "reader_id",
            "register",
            "state",
        }
    )

    meter_id = fields.Many2one(
        "gov.meter", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    department_id = fields.Many2one(related="meter_id.department_id", store=True)
    kind = fields.Selection(related="meter_id.kind", store=True)
    uom_id = fields.Many2one(related="meter_id.uom_id")
    date = fields.Date(required=True, default=lambda self: self.env.company.gov_today())
    value = fields.Float(string="Reading", digits=(16, 4), required=True)
    is_estimated = fields.Boolean(
        string="Estimated",
        help="The meter could not be seen; the next reading corrects.",
    )
    is_replacement = fields.Boolean(
        string="Instrument replaced",
        help="The meter was taken out at the last reading of the old instrument; the "
        "new one starts at this reading.",
    )
    end_value = fields.Float(
        string="Last reading of the old instrument", digits=(16, 4)
    )
    photo = fields.Image(max_width=1600, max_height=1600)
    note = fields.Char()
    reader_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    previous_id = fields.Many2one(
        "gov.meter.reading", string="Reading before", readonly=True, ondelete="restrict"
    )
    factor = fields.Float(digits=(16, 6), readonly=True)
    register = fields.Float(
        digits=(16, 0),
        readonly=True,
        help="At this figure the meter starts again at 0.",
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
    cancel_reason = fields.Char(readonly=True)
    cancelled_by_id = fields.Many2one("res.users", readonly=True)
    cancelled_at = fields.Datetime(readonly=True)

    _one_a_day = models.UniqueIndex(
        "(meter_id, date) WHERE state = 'valid'",
        "This meter has a reading of this day already.",
    )
