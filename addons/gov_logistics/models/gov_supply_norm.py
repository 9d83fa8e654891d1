from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.gov_base.tools.days import format_day

from .input_check import check_plain_values, check_records_exist, plain_number

SCOPES = ("product_id", "product_tmpl_id", "categ_id")
_PLACE_FIELDS = {*SCOPES, "department_id", "company_id", "date_from", "date_to"}


class GovSupplyNorm(models.Model):
    """A norm (定额): how much of a thing a department may draw in a month.

    Per head (the people who work in the department on that day) or per device (as many
    as stand on the norm of the department), for one product, all variants of a product
    or a category. What is drawn within the norm goes over the counter without a chain;
    see ``gov.supply.norm.mixin``. All products that one norm covers share it.

    The norm of a department goes before the general one; among these that of the
    product goes before that of the template, and that before the nearest category. A
    norm whose unit cannot count a product says nothing about it.

    Like a clause, a norm that has come into force keeps its figure: a new figure is a
    new norm, the old one gets a last day. On the day of its entry it may be corrected.
    All staff read the norms; the manager of office supplies writes them.
    """

    _name = "gov.supply.norm"
    _description = "Supply Norm"
    _order = "categ_id, product_tmpl_id, product_id, department_id, date_from desc, id"
    _check_company_auto = True

    # Written in these fields a norm in force would change the past.
    _frozen_fields = frozenset(
        {
            "product_id",
            "product_tmpl_id",
            "categ_id",
            "department_id",
            "company_id",
            "basis",
            "quantity",
            "device_count",
            "uom_id",
            "carry_over",
            "date_from",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Variant",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("type", "=", "consu")],
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Product",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain=[("type", "=", "consu")],
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        index="btree_not_null",
        ondelete="restrict",
        help="All products of the category and of those below it share the norm.",
    )
    department_id = fields.Many2one(
        "hr.department",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: for every department that has no norm of its own.",
    )
    basis = fields.Selection(
        [("head", "Per head"), ("device", "Per device")],
        required=True,
        default="head",
    )
    quantity = fields.Float(
        string="Per month",
        digits="Product Unit",
        required=True,
        help="What one person, or one device, needs in a month.",
    )
    device_count = fields.Integer(
        string="Devices",
        help="How many devices, printers for example, the department has.",
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        required=True,
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    carry_over = fields.Integer(
        string="Months carried over",
        help="The unused part of so many months before may still be drawn; 0 for none.",
    )
    date_from = fields.Date(
        string="In force from",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(
        string="In force until",
        help="The last day; empty while the norm stays in force.",
    )
    citation = fields.Char(
        string="Document", required=True, help="Where the norm is laid down."
    )
    is_current = fields.Boolean(
        string="In force", compute="_compute_is_current", search="_search_is_current"
    )

    _scope_check = models.Constraint(
        "CHECK (num_nonnulls(product_id, product_tmpl_id, categ_id) = 1)",
        "A norm is about one product, one variant or one category.",
    )
    _quantity_check = models.Constraint(
        "CHECK (quantity > 0 AND quantity <= 1000000)",
        "The quantity of a norm must be above zero and within reason.",
    )
    _carry_over_check = models.Constraint(
        "CHECK (coalesce(carry_over, 0) BETWEEN 0 AND 12)",
        "Between 0 and 12 months can be carried over.",
    )
    _device_check = models.Constraint(
        "CHECK (basis <> 'device' OR (department_id IS NOT NULL"
        " AND coalesce(device_count, 0) BETWEEN 1 AND 100000))",
        "A norm per device names the department and how many devices it has.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A norm cannot end before it begins.",
    )
    # Two norms of one thing and department never share a day (see gov.policy).
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist ("
        "int4range(company_id, company_id, '[]') WITH &&, "
        "int4range(coalesce(department_id, 0), coalesce(department_id, 0), '[]')"
        " WITH &&, "
        "int4range(coalesce(product_id, 0), coalesce(product_id, 0), '[]') WITH &&, "
        "int4range(coalesce(product_tmpl_id, 0), coalesce(product_tmpl_id, 0), '[]')"
        " WITH &&, "
        "int4range(coalesce(categ_id, 0), coalesce(categ_id, 0), '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&)",
        "Another norm for the same thing is in force on some of these days.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("product_id", "product_tmpl_id")
    def _compute_uom_id(self):
        for norm in self:
            unit = norm.product_id.uom_id or norm.product_tmpl_id.uom_id
            if unit and not (norm.uom_id and norm.uom_id._has_common_reference(unit)):
                norm.uom_id = unit
            elif not norm.uom_id:
                norm.uom_id = False

    @api.depends(
        "product_id", "product_tmpl_id", "categ_id", "quantity", "uom_id", "basis"
    )
    def _compute_display_name(self):
        for norm in self:
            thing = norm.product_id or norm.product_tmpl_id or norm.categ_id
            facts = {
                "thing": thing.display_name or "",
                "quantity": plain_number(norm.quantity),
                "unit": norm.uom_id.name or "",
            }
            norm.display_name = (
                self.env._(
                    "%(thing)s: %(quantity)s %(unit)s per device a month", **facts
                )
                if norm.basis == "device"
                else self.env._(
                    "%(thing)s: %(quantity)s %(unit)s per head a month", **facts
                )
            )

    @api.depends("date_from", "date_to")
    @api.depends_context("company")
    def _compute_is_current(self):
        today = self.env.company.gov_today()
        for norm in self:
            norm.is_current = bool(norm.date_from and norm._is_in_force(today))

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company.gov_today()
        return Domain("date_from", "<=", today) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", today)
        )

    # --------------------------------------------------------------- constraints

    @api.constrains("uom_id", "product_id", "product_tmpl_id")
    def _check_uom(self):
        for norm in self:
            unit = norm.product_id.uom_id or norm.product_tmpl_id.uom_id
            if unit and not norm.uom_id._has_common_reference(unit):
                raise ValidationError(
                    self.env._(
                        "%(norm)s: the product is counted in %(unit)s.",
                        norm=norm.display_name,
                        unit=unit.name,
                    )
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        self._check_overlap([self._read_place(vals) for vals in vals_list])
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        for norm in self:
            norm._check_frozen(vals)
        if not vals.keys().isdisjoint(_PLACE_FIELDS):
            self._check_overlap([norm._read_place(vals) for norm in self])
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy begins on the day after the original ends, or today."""
        vals_list = super().copy_data(default)
        for norm, vals in zip(self, vals_list, strict=True):
            if "date_from" not in (default or {}):
                after = norm.date_to and norm.date_to + timedelta(days=1)
                vals["date_from"] = after or norm.company_id.gov_today()
                vals["date_to"] = False
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        for norm in self:
            if norm._is_frozen():
                raise UserError(
                    self.env._(
                        "%(norm)s has been in force since %(day)s and cannot be "
                        "deleted. Give it a last day instead.",
                        norm=norm.display_name,
                        day=format_day(self.env, norm.date_from),
                    )
                )

    @api.model
    def _check_input(self, vals_list):
        """Refuse values and records that make no sense, by the name of the field."""
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        names = (*SCOPES, "department_id", "company_id", "uom_id")
        check_records_exist(self.browse(), vals_list, names)

    def _is_frozen(self):
        """Tell whether the norm is in force, or was, and was not entered just now."""
        self.ensure_one()
        just_entered = self.create_date > fields.Datetime.now() - timedelta(days=1)
        return self.date_from <= self.company_id.gov_today() and not just_entered

    def _check_frozen(self, vals):
        """Refuse to change what was in force; a last day is given, or taken later."""
        if not self._is_frozen():
            return
        changed = {
            name
            for name in self._frozen_fields & set(vals)
            if self._fields[name].convert_to_cache(vals[name], self)
            != self._fields[name].convert_to_cache(self[name], self)
        }
        yesterday = self.company_id.gov_today() - timedelta(days=1)
        last_day = self.date_to
        if "date_to" in vals:
            last_day = fields.Date.to_date(vals["date_to"] or None)
        if last_day != self.date_to:
            over = self.date_to and self.date_to < yesterday
            if over or (last_day and last_day < yesterday):
                changed.add("date_to")
        if changed:
            raise UserError(
                self.env._(
                    "%(norm)s has been in force since %(day)s and keeps its figure. "
                    "Give it a last day, yesterday at the earliest, and enter a new "
                    "norm.",
                    norm=self.display_name,
                    day=format_day(self.env, self.date_from),
                )
            )

    def _read_place(self, vals):
        """Return the fields that say where and when a norm holds, as they will be."""
        place = {name: self[name] for name in _PLACE_FIELDS}
        for name in (*SCOPES, "department_id", "company_id"):
            place[name] = vals.get(name, place[name].id) or False
        place["company_id"] = place["company_id"] or self.env.company.id
        for name in ("date_from", "date_to"):
            place[name] = fields.Date.to_date(vals.get(name, place[name]) or None)
        place["date_from"] = place["date_from"] or self.env.company.gov_today()
        return place

    def _check_overlap(self, places):
        """Name the norm that is in the way, before the exclusion constraint does.

        :param places: what ``_read_place`` gives of the norms ``self``, or of new ones.
        """
        taken = [
            (norm._read_place({}), norm)
            for norm in self.search(
                [
                    ("company_id", "in", [place["company_id"] for place in places]),
                    ("id", "not in", self.ids),
                ]
            )
        ]
        dates = {"date_from", "date_to"}
        for place in places:
            for other, norm in taken:
                same = all(place[name] == other[name] for name in _PLACE_FIELDS - dates)
                first = max(place["date_from"], other["date_from"])
                last = min(place["date_to"] or date.max, other["date_to"] or date.max)
                if same and first <= last:
                    self._raise_overlap(other, norm)
            taken.append((place, self.browse()))
        # A last day that is pending goes to the database before the constraint looks.
        self.flush_model()

    def _raise_overlap(self, place, norm):
        raise UserError(
            self.env._(
                "%(norm)s is already in force from %(first)s until %(last)s for the "
                "same department: give the older norm a last day first.",
                norm=norm.display_name or self.env._("Another norm of this entry"),
                first=format_day(self.env, place["date_from"]),
                last=format_day(self.env, place["date_to"])
                or self.env._("further notice"),
            )
        )

    # ------------------------------------------------------------------- helpers

    def _get_key(self):
        """Return what the norm is about: its dates apart, one key is one norm."""
        scope = next((name for name in SCOPES if self[name]), False)
        return (
            self.company_id.id,
            self.department_id.id or False,
            scope,
            self[scope].id if scope else False,
        )

    def _is_in_force(self, day):
        return self.date_from <= day and (not self.date_to or day <= self.date_to)

    def _get_month_quantity(self, heads):
        """Return the norm of a department for one month, in the unit of the norm.

        :param heads: how many people work there.
        """
        self.ensure_one()
        return self.quantity * (self.device_count if self.basis == "device" else heads)
