from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import to_day

from ..tools.clock import MAX_HOURS
from .input_check import check_plain_values, check_records_exist


class GovServiceItem(models.Model):
    """A service of the closed catalogue (服务事项目录).

    Requests, contract lines, meters and usage name an item of this list and nothing
    else: giving more than is listed is an offence. Its standard says in words what is
    promised; its hours are the promised times, in working hours of the institution
    (for emergencies by the clock on the wall). Everybody reads the catalogue, the
    manager of the service centre keeps it. What has been used is archived, never
    deleted.
    """

    _name = "gov.service.item"
    _description = "Service Item"
    _order = "group_id, sequence, code, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    group_id = fields.Many2one(
        "gov.service.group",
        string="Service group",
        required=True,
        index=True,
        ondelete="restrict",
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        required=True,
        default=lambda self: self._get_default_uom(),
        ondelete="restrict",
    )
    standard = fields.Text(
        string="Service standard",
        translate=True,
        help="What the requester may expect, in words.",
    )
    price_ids = fields.One2many("gov.service.price", "item_id", string="Prices")
    price = fields.Float(
        string="Price today",
        digits=(16, 6),
        compute="_compute_price",
        help="Per unit, tax included; empty: the service is free.",
    )
    reference_price = fields.Float(
        string="Market reference price", digits=(16, 6), compute="_compute_price"
    )
    response_hours = fields.Float(
        string="On the spot within",
        aggregator=None,
        help="Working hours from the call until the repairer is there; 0: no promise.",
    )
    resolve_hours = fields.Float(
        string="Finished within",
        aggregator=None,
        help="Working hours from the call until the work is done; 0: no promise.",
    )
    team_id = fields.Many2one(
        "maintenance.team",
        string="Team",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who does this work; empty: the teams that serve its group.",
    )
    chief_id = fields.Many2one(
        "res.users",
        string="Chief told of delays",
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Empty: the chief named in the settings of the service centre.",
    )
    is_requestable = fields.Boolean(
        string="Can be requested",
        default=True,
        help="Offered when a request is taken; else used in contracts and meters only.",
    )
    is_photo_required = fields.Boolean(
        string="Photo on closing",
        help="The repairer shows the finished work; never in a secret room.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "Another service has the same code."
    )
    _hours_check = models.Constraint(
        "CHECK (response_hours >= 0 AND resolve_hours >= 0)",
        "Promised times are not negative.",
    )

    @api.model
    def _get_default_uom(self):
        return self.env.ref("uom.product_uom_unit", raise_if_not_found=False)

    @api.depends("name", "code")
    def _compute_display_name(self):
        for item in self:
            item.display_name = item.name or ""

    @api.depends("price_ids.price", "price_ids.date_from", "price_ids.date_to")
    def _compute_price(self):
        for item in self:
            row = item._get_price_row((item.company_id or item.env.company).gov_today())
            item.price = row.price
            item.reference_price = row.reference_price

    # ------------------------------------------------------------ public methods

    def get_price(self, day=None):
        """Return the price of this service on a day.

        :param day: date or ISO string; today at the institution without one.
        :return: price per unit, tax included, not rounded; 0 when it is free.
        :raise UserError: not a date, or not one item.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        day = to_day(self.env, day) or self.company_id.gov_today()
        return self._get_price_row(day).price

    def _get_price_row(self, day):
        """Return the price row in force on ``day``, or an empty one."""
        return self.price_ids.filtered(
            lambda row: (
                row.date_from
                and row.date_from <= day
                and (not row.date_to or day <= row.date_to)
            )
        )[:1]

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        frozen = {"company_id", "uom_id"} & set(vals)
        for item in self if frozen else ():
            changed = any(vals[name] != item[name].id for name in frozen)
            if changed and item._is_used():
                raise UserError(
                    self.env._(
                        "%(item)s is in use: its unit and institution stay what they "
                        "are. Archive it and make a new one.",
                        item=item.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for item in self:
            if item._is_used():
                raise UserError(
                    self.env._(
                        "%(item)s is in use and stays on record; archive it instead.",
                        item=item.display_name,
                    )
                )

    @api.model
    def _check_input(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
            for name in ("response_hours", "resolve_hours"):
                if not 0 <= (vals.get(name) or 0) <= MAX_HOURS:
                    raise UserError(
                        self.env._(
                            "“%(value)s” is no number of hours: from 0 to %(most)s is "
                            "possible.",
                            value=vals[name],
                            most=MAX_HOURS,
                        )
                    )
        names = ("group_id", "uom_id", "team_id", "chief_id")
        check_records_exist(self.browse(), vals_list, names)

    def _is_used(self):
        """Tell whether a request names this item; contracts and usage add more."""
        self.ensure_one()
        # sudo: only whether there is one.
        requests = self.env["maintenance.request"].sudo()
        return bool(requests.search([("service_item_id", "=", self.id)], limit=1))
