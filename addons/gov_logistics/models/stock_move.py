from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine


class StockMove(models.Model):
    """Moves of issued goods, linked to the line of the request that allows them.

    A move with ``origin_returned_move_id`` brings goods back. Odoo lets a stock user
    change the quantity of a finished move; what was handed out against a signature
    stays as signed, and unused goods come back by a return.
    """

    _name = "stock.move"
    _inherit = ["stock.move", "gov.guard.mixin"]

    _protected_fields = frozenset(
        {
            "supply_line_id",
            "supply_old_returned",
            "supply_old_reason",
            "service_request_id",
            "service_cost",
        }
    )
    _supply_frozen_fields = frozenset(
        {
            "date",
            "location_dest_id",
            "location_id",
            "move_line_ids",
            "origin_returned_move_id",
            "picking_id",
            "picked",
            "product_id",
            "product_uom",
            "product_uom_qty",
            "quantity",
            "state",
        }
    )

    service_request_id = fields.Many2one(
        "maintenance.request",
        string="Service request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    service_cost = fields.Float(string="Cost of the part", readonly=True, copy=False)
    supply_line_id = fields.Many2one(
        "gov.supply.request.line",
        string="Supply request line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    supply_old_returned = fields.Boolean(
        string="Old one came back", readonly=True, copy=False
    )
    supply_old_reason = fields.Char(string="Why no old one", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # Goods brought back by Odoo's own return count on the request as well.
        for move in moves:
            origin = move.origin_returned_move_id
            if (
                origin.supply_line_id
                and not move.supply_line_id
                and move.location_id == origin.location_dest_id
            ):
                engine(move).supply_line_id = origin.supply_line_id
        moves.filtered(lambda m: m.state == "done")._check_supply_guard({"state"})
        return moves

    def write(self, vals):
        if names := self._supply_frozen_fields & set(vals):
            self._check_supply_guard(names)
        return super().write(vals)

    def _check_supply_guard(self, names):
        """Refuse to change finished moves that carry out a supply request.

        :param names: set of the fields to be changed.
        """
        if is_engine(self.env):
            return
        for move in self:
            # Odoo dates a return when its transfer has been finished.
            frozen = names - ({"date"} if move.origin_returned_move_id else set())
            if not frozen or move.state != "done":
                continue
            # The user is changing stock; only the request's number is named.
            matter = move.sudo()
            request = (
                matter.supply_line_id.request_id or matter.picking_id.supply_request_id
            )
            if request:
                raise UserError(
                    self.env._(
                        "%(product)s was issued on %(request)s against a signature and "
                        "stays as signed. Use “Return unused” on the request instead.",
                        product=move.product_id.display_name,
                        request=request.display_name,
                    )
                )
            move._check_supply_destination()

    def _action_done(self, cancel_backorder=False):
        if not is_engine(self.env):
            for move in self:
                move._check_supply_destination()
            self._check_supply_return()
            self._check_supply_loss()
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        # Server code: goods have moved by the rules checked above.
        lines = self.sudo().supply_line_id
        if any(company.gov_budget_on for company in lines.company_id):
            lines.request_id._budget_sync_all()
        return moves

    def _check_supply_destination(self):
        """Refuse to bring goods to a department other than by issuing a request."""
        places = self.location_dest_id | self.move_line_ids.location_dest_id
        # Whether a place belongs to a department is asked, nothing of it is shown.
        if places.sudo().supply_department_id:
            raise UserError(
                self.env._(
                    "%(product)s: goods go to a department only by “Issue” on an "
                    "approved request, against a signature.",
                    product=self.product_id.display_name,
                )
            )

    def _check_supply_return(self):
        """Refuse to take back by Odoo's own return what was not issued."""
        # The user is moving stock; only product and quantity are compared.
        for line, moves in self.sudo().grouped("supply_line_id").items():
            back = moves.filtered("origin_returned_move_id")
            if not line or not back:
                continue
            products = back.product_id | back.move_line_ids.product_id
            if products != back.origin_returned_move_id.product_id:
                raise UserError(
                    self.env._(
                        "%s: what comes back must be what was issued.",
                        line.display_name,
                    )
                )
            line._check_return_quantity(
                sum(line._from_unit(move.quantity, move.product_uom) for move in back)
            )

    def _check_supply_loss(self):
        """Refuse to write off, give away or conjure up stock of the supply store.

        Odoo lets every stock user scrap goods, deliver them to anybody, or move them
        from and to the place of inventory losses. Losses and gains of supplies go
        through the chain of a stocktake; goods go out by a request, or back to whom
        they were bought from.
        """
        if self.env["stock.quant"]._may_correct_supply():
            return
        stores = self.env["stock.warehouse"]
        for company, moves in self.grouped("company_id").items():
            path = stores._get_supply_warehouse(company).lot_stock_id.parent_path
            # A return brings back what was issued; that was checked before.
            for move in moves.filtered(lambda move: not move.origin_returned_move_id):
                if path and move._get_supply_loss(path):
                    raise UserError(
                        self.env._(
                            "%(product)s: stock of the supply store is written off or "
                            "found by a stocktake, and handed out by a request.",
                            product=move.product_id.display_name,
                        )
                    )

    def _get_supply_loss(self, path):
        """Tell whether goods pass between the store and the outside of all stock.

        :param path: where the supply store lies.
        """
        outside = ("customer", "inventory", "production")
        # Only kind and place of the locations are looked at.
        for step in (self.sudo(), *self.sudo().move_line_ids):
            source, target = step.location_id, step.location_dest_id
            for store, other in ((source, target), (target, source)):
                if other.usage in outside and (store.parent_path or "").startswith(
                    path
                ):
                    return True
        return False
