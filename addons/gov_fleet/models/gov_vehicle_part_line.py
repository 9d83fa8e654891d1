from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import plain_number


class GovVehiclePartLine(models.Model):
    """A part or job of a repair order: what, how many, price, warranty, interval.

    The same part again on the same vehicle, within the warranty or the interval of the
    earlier one (by months or by km, whichever is longer kept), is pointed out on the
    order and becomes a finding once the work is accepted.
    """

    _name = "gov.vehicle.part.line"
    _description = "Part or Job of a Repair"
    _inherit = ["gov.vehicle.order.child"]
    _order = "order_id, sequence, id"
    _check_company_auto = True
    _protected_fields = frozenset(
        {"amount", "fitted_odometer", "fitted_on", "part_key", "vehicle_id"}
    )

    sequence = fields.Integer(default=10)
    part_id = fields.Many2one(
        "gov.vehicle.part",
        string="Known part",
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    name = fields.Char(
        string="Part or job",
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
    )
    code = fields.Char(
        compute="_compute_from_part", precompute=True, store=True, readonly=False
    )
    kind = fields.Selection(
        [("part", "Part"), ("labour", "Labour"), ("fee", "Premium or fee")],
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
    )
    position = fields.Char(
        help="Where it sits, when the vehicle has several: front left, rear axle."
    )
    quantity = fields.Float(digits=(12, 2), required=True, default=1)
    price_unit = fields.Monetary(string="Price", required=True)
    amount = fields.Monetary(compute="_compute_amount", precompute=True, store=True)
    warranty_months = fields.Integer(
        string="Warranty, months",
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
    )
    warranty_km = fields.Integer(
        string="Warranty, km",
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
    )
    interval_months = fields.Integer(
        string="Interval, months",
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
    )
    interval_km = fields.Integer(
        string="Interval, km",
        compute="_compute_from_part",
        precompute=True,
        store=True,
        readonly=False,
    )
    vehicle_id = fields.Many2one(
        related="order_id.vehicle_id", store=True, index=True, string="Vehicle"
    )
    part_key = fields.Char(
        compute="_compute_part_key", precompute=True, store=True, readonly=True
    )
    fitted_on = fields.Date(
        string="Fitted on",
        readonly=True,
        copy=False,
        help="The day on which the vehicle came back from the shop.",
    )
    fitted_odometer = fields.Float(
        string="Fitted at", digits=(12, 1), readonly=True, copy=False
    )
    repeat_note = fields.Char(string="Had before", compute="_compute_repeat_note")

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0 AND quantity < 100000)",
        "The quantity lies above 0 and below 100,000.",
    )
    _price_check = models.Constraint(
        "CHECK (price_unit >= 0 AND price_unit < 100000000)",
        "The price lies between 0 and 100,000,000.",
    )
    _figures_check = models.Constraint(
        "CHECK (warranty_months BETWEEN 0 AND 240 AND interval_months BETWEEN 0 AND 240"
        " AND warranty_km BETWEEN 0 AND 1000000"
        " AND interval_km BETWEEN 0 AND 1000000)",
        "Warranty and interval are 0 to 240 months and 0 to 1,000,000 km.",
    )
    _same_part = models.Index("(vehicle_id, part_key, fitted_on)")

    # ------------------------------------------------------------------ computes

    @api.depends("part_id")
    def _compute_from_part(self):
        names = ("warranty_months", "warranty_km", "interval_months", "interval_km")
        for line in self:
            part = line.part_id
            line.name = part.name or line.name
            line.code = part.code or line.code
            line.kind = part.kind or line.kind or "part"
            for name in names:
                line[name] = part[name] if part else line[name]

    @api.depends("part_id", "name", "code", "position")
    def _compute_part_key(self):
        """One key for the same part: the known one, else its code, else its name."""
        for line in self:
            key = line.part_id.id or line._plain(line.code) or line._plain(line.name)
            line.part_key = f"{key}|{line._plain(line.position)}"

    @staticmethod
    def _plain(text):
        return "".join((text or "").lower().split())

    @api.depends("quantity", "price_unit")
    def _compute_amount(self):
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            line.amount = currency.round(line.quantity * line.price_unit)

    @api.depends("part_key", "vehicle_id", "kind")
    def _compute_repeat_note(self):
        earlier = self._get_earlier()
        for line in self:
            before = earlier.get(line.id)
            line.repeat_note = line._describe_repeat(before) if before else False

    # -------------------------------------------------------------- the same part

    def _get_earlier(self):
        """Return the last earlier fitting of the same part that should still hold.

        :return: dict id of a line → the earlier line, of another order of the vehicle.
        """
        lines = self.filtered(lambda line: line.kind == "part" and line.id)
        if not lines.ids:
            return {}
        lines.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (line.id) line.id, before.id
                  FROM gov_vehicle_part_line line
                  JOIN gov_vehicle_part_line before
                    ON before.vehicle_id = line.vehicle_id
                   AND before.part_key = line.part_key
                   AND before.kind = 'part'
                   AND before.order_id <> line.order_id
                   AND before.fitted_on IS NOT NULL
                   AND (line.fitted_on IS NULL
                        OR (before.fitted_on, before.id) < (line.fitted_on, line.id))
                 WHERE line.id IN %s
                 ORDER BY line.id, before.fitted_on DESC, before.id DESC
                """,
                tuple(lines.ids),
            )
        )
        look = self.env["gov.vehicle.trip"]._prepare_look(lines.vehicle_id)
        # sudo: the earlier bill is told to whoever reads the order of the same vehicle.
        before = self.sudo().browse([row[1] for row in rows])
        pairs = {row[0]: line for row, line in zip(rows, before, strict=True)}
        return {
            line.id: pairs[line.id]
            for line in lines
            if line.id in pairs and line._is_too_early(pairs[line.id], look)
        }

    def _is_too_early(self, before, look):
        """Tell whether ``before`` should still have held when this one was fitted.

        :param dict look: see ``gov.vehicle.trip._prepare_look``.
        """
        order = self.order_id
        day = self.fitted_on or order.company_id.gov_today()
        months = max(before.warranty_months, before.interval_months)
        if months and day <= before.fitted_on + relativedelta(months=months):
            return True
        km = max(before.warranty_km, before.interval_km)
        if not km or not before.fitted_odometer:
            return False
        # sudo: only the last reading of the vehicle.
        vehicle, now = order.vehicle_id.sudo(), fields.Datetime.now()
        driven = self.env["gov.vehicle.trip"]._km_between(
            vehicle,
            (before.order_id.returned_at or now, before.fitted_odometer),
            (
                (self.fitted_on and order.returned_at) or now,
                self.fitted_odometer or vehicle.odometer_value,
            ),
            look,
        )
        return 0 <= driven <= km

    def _describe_repeat(self, before):
        """Return in words what this line repeats: orders, bills, days, km."""
        env = self.env
        order = before.order_id
        terms = []
        if months := max(before.warranty_months, before.interval_months):
            terms.append(env._("%s months", months))
        if km := max(before.warranty_km, before.interval_km):
            terms.append(env._("%s km", km))
        return env._(
            "%(part)s was fitted on %(day)s at %(km)s km (%(order)s, bill %(bill)s, "
            "%(shop)s, %(price)s) and should last %(terms)s.",
            part=before.name,
            day=format_day(env, before.fitted_on),
            km=plain_number(before.fitted_odometer),
            order=order.number or "-",
            bill=order.bill_number or "-",
            shop=order.vendor_id.display_name or "-",
            price=before.currency_id.format(before.amount),
            terms=" / ".join(terms),
        )

    def _get_paper_line(self):
        """Return this line as texts for the paper of the order."""
        terms = []
        if self.warranty_months:
            terms.append(self.env._("%s months", self.warranty_months))
        if self.warranty_km:
            terms.append(self.env._("%s km", self.warranty_km))
        return {
            "name": " ".join(filter(None, (self.name, self.position))),
            "quantity": plain_number(self.quantity),
            "price": f"{self.price_unit:.2f}",
            "amount": f"{self.amount:.2f}",
            "warranty": " / ".join(terms),
        }

    @api.model
    def _get_linked_names(self):
        return (*super()._get_linked_names(), "part_id")
