import math

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import find_record, plain_number

_PART_STATES = ("accepted", "arrived", "paused")


class MaintenanceRequest(models.Model):
    """Parts used from stock: one finished internal transfer for each entry."""

    _inherit = "maintenance.request"

    currency_id = fields.Many2one(related="company_id.currency_id")
    picking_ids = fields.One2many(
        "stock.picking",
        "service_request_id",
        string="Parts transfers",
        readonly=True,
        copy=False,
    )
    part_ids = fields.One2many(
        "stock.move",
        "service_request_id",
        string="Parts used",
        readonly=True,
        copy=False,
    )
    parts_cost = fields.Monetary(
        string="Cost of parts",
        readonly=True,
        copy=False,
        help="By the price of the store on the day of use.",
    )
    parts_text = fields.Text(string="Parts taken", compute="_compute_parts_text")
    can_use_parts = fields.Boolean(compute="_compute_can_use_parts")

    @api.depends("part_ids.quantity", "part_ids.product_id")
    @api.depends_context("lang")
    def _compute_parts_text(self):
        for request in self:
            # sudo: stock moves belong to the store; who reads the request sees what
            # was used for it.
            moves = request.sudo().part_ids.sorted("id")
            request.parts_text = "\n".join(
                self.env._(
                    "%(part)s × %(quantity)s %(unit)s",
                    part=move.product_id.display_name,
                    quantity=plain_number(move.quantity),
                    unit=move.product_uom.name,
                )
                for move in moves
            )

    @api.depends("gov_state", "user_id", "maintenance_team_id")
    @api.depends_context("uid")
    def _compute_can_use_parts(self):
        for request in self:
            request.can_use_parts = request.gov_state in _PART_STATES and (
                request._is_desk() or request._is_repairer()
            )

    def action_use_parts(self, quantities):
        """Take parts from the store of repair parts and book them to this request.

        :param quantities: dict product id → quantity in the product's unit.
        :return: True
        :raise UserError: not one's own request, not accepted yet, no goods kept in
            stock, or more than is on hand.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose a request."))
        wanted = self._clean_parts(quantities)
        self.check_access("read")
        self.flush_recordset()
        meet_rivals(self)
        if not self.can_use_parts:
            raise UserError(
                self.env._(
                    "%(request)s: parts are used by the repairer who has accepted it, "
                    "or entered by the service desk.",
                    request=self.display_name,
                )
            )
        # Access, state and person were checked just above.
        engine(self.sudo())._take_parts(wanted)
        return True

    def _clean_parts(self, quantities):
        """Return {product: quantity}, refusing what is no part or no number."""
        if not isinstance(quantities, dict) or not quantities:
            raise UserError(self.env._("Say which parts were used."))
        wanted = {}
        for product_id, quantity in quantities.items():
            # JSON has no numbers as keys.
            if isinstance(product_id, str) and product_id.isdecimal():
                product_id = int(product_id)
            # sudo: whether there is such a part; the catalogue is read by all staff.
            product = find_record(
                self.env["product.product"].sudo(),
                product_id,
                self.env._("There is no such part."),
            )
            number = isinstance(quantity, int | float) and type(quantity) is not bool
            if not number or not math.isfinite(quantity) or not 0 < quantity <= 100_000:
                raise UserError(
                    self.env._(
                        "%(part)s: “%(quantity)s” is no quantity.",
                        part=product.display_name,
                        quantity=quantity,
                    )
                )
            if product.type != "consu" or product.company_id not in (
                self.company_id,
                product.company_id.browse(),
            ):
                raise UserError(
                    self.env._("%s is not kept in stock.", product.display_name)
                )
            wanted[product] = product.uom_id.round(quantity)
        return wanted

    def _get_parts_store(self):
        """Return the location from which parts are taken."""
        store = self.company_id.service_store_id
        warehouse = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        return store or warehouse.lot_stock_id

    def _take_parts(self, wanted):
        """Make and finish the transfer; the caller has checked person and state."""
        store = self._get_parts_store()
        free = self._take_part_quants(wanted, store)
        moves = []
        for product, quantity in wanted.items():
            rows, left = [], quantity
            for row in free.get(product.id, ()):
                part = min(left, row["free"])
                if product.uom_id.compare(part, 0) > 0:
                    rows.append((row, part))
                    left -= part
            if product.is_storable and product.uom_id.compare(left, 0) > 0:
                raise UserError(
                    self.env._(
                        "%(part)s: %(quantity)s %(unit)s cannot be used, only "
                        "%(on_hand)s is on hand in %(store)s.",
                        part=product.display_name,
                        quantity=plain_number(quantity),
                        unit=product.uom_id.name,
                        on_hand=plain_number(quantity - left),
                        store=store.display_name,
                    )
                )
            if not product.is_storable:
                rows = [({"location_id": store.id}, quantity)]
            moves.append(self._prepare_part(product, rows, store))
        self._create_part_picking(moves, store)
        costs = self.sudo().part_ids.mapped("service_cost")
        self.parts_cost = sum(costs)

    def _take_part_quants(self, wanted, store):
        """UPDATE the quants of the parts in id order, then read what is free."""
        products = [product.id for product in wanted if product.is_storable]
        if not products:
            return {}
        self.env["stock.quant"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE stock_quant AS quant
                   SET write_date = quant.write_date
                  FROM (SELECT q.id
                          FROM stock_quant q
                          JOIN stock_location l ON l.id = q.location_id
                         WHERE q.product_id = ANY(%(products)s)
                           AND l.usage = 'internal'
                           AND l.parent_path LIKE %(place)s
                           AND q.owner_id IS NULL
                         ORDER BY q.id
                           FOR UPDATE OF q) AS taken
                 WHERE taken.id = quant.id
             RETURNING quant.product_id, quant.location_id, quant.lot_id,
                       quant.package_id, quant.in_date, quant.id,
                       quant.quantity - quant.reserved_quantity AS free
                """,
                products=products,
                place=f"{store.parent_path}%",
            )
        )
        free = {}
        rows = self.env.cr.dictfetchall()
        for row in sorted(rows, key=lambda row: (row["in_date"], row["id"])):
            free.setdefault(row["product_id"], []).append(row)
        return free

    def _get_parts_destination(self, product):
        """Return where parts go: the department's consumption, or production."""
        if self.department_id:
            return self.env["stock.location"]._get_supply_location(
                self.department_id, self.company_id
            )
        return product.with_company(self.company_id).property_stock_production

    def _prepare_part(self, product, rows, store):
        shared = {
            "product_id": product.id,
            "location_dest_id": self._get_parts_destination(product).id,
            "company_id": self.company_id.id,
            "picked": True,
        }
        quantity = sum(part for _row, part in rows)
        cost = product.with_company(self.company_id).standard_price * quantity
        return {
            **shared,
            "product_uom": product.uom_id.id,
            "product_uom_qty": quantity,
            "location_id": store.id,
            "origin": self.number,
            "service_request_id": self.id,
            "service_cost": self.company_id.currency_id.round(cost),
            "move_line_ids": [
                {
                    **shared,
                    "product_uom_id": product.uom_id.id,
                    "quantity": part,
                    "location_id": row["location_id"],
                    "lot_id": row.get("lot_id"),
                    "package_id": row.get("package_id"),
                }
                for row, part in rows
            ],
        }

    def _create_part_picking(self, moves, store):
        warehouse = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        picking_type = warehouse.supply_type_id or warehouse.int_type_id
        picking = quiet.env["stock.picking"].create(
            {
                "service_request_id": self.id,
                "picking_type_id": picking_type.id,
                "location_id": store.id,
                "location_dest_id": moves[0]["location_dest_id"],
                "company_id": self.company_id.id,
                "origin": self.number,
                "date_done": fields.Datetime.now(),
            }
        )
        for vals in moves:
            details = vals.pop("move_line_ids")
            vals["picking_id"] = picking.id
            vals["picking_type_id"] = picking_type.id
            vals["move_line_ids"] = [
                Command.create({**detail, "picking_id": picking.id})
                for detail in details
            ]
        quiet.env["stock.move"].create(moves)._action_done(cancel_backorder=True)
