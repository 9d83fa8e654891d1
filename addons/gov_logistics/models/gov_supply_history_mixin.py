from odoo import api, models
from odoo.tools import SQL


class GovSupplyHistoryMixin(models.AbstractModel):
    """Supply requests of the years before, taken over from the paper registers.

    Private methods: server code calls them once, nothing over RPC leads here.
    """

    _name = "gov.supply.history.mixin"
    _description = "Imported History of Supplies"

    @api.model
    def _import_issues(self, vals_list, opinions):
        """Write down what was handed out over the counter, with its stock moves.

        The goods leave the store at the moment of the last decision.

        :param vals_list: as for ``_import_matters``, all of one company.
        :param opinions: as for ``_import_chains``.
        :return: the requests, done.
        """
        requests = self._import_matters([{**v, "kind": "issue"} for v in vals_list])
        requests._import_chains(opinions)
        requests._import_transfers()
        return requests

    @api.model
    def _import_purchases(self, vals_list, prices, opinions):
        """Write down what was bought and handed out on paper; no order is made.

        :param vals_list: as for ``_import_matters``, with ``fund_source``.
        :param prices: for each request the prices of its lines, None for the
            catalogue's.
        :param opinions: as for ``_import_chains``.
        :return: the requests, done.
        """
        requests = self._import_matters([{**v, "kind": "purchase"} for v in vals_list])
        for request, line_prices in zip(requests, prices, strict=True):
            for line, price in zip(request.line_ids, line_prices, strict=True):
                if price is not None:
                    line.price_unit = price
        requests._import_chains(opinions)
        for request in requests:
            reason = request._get_record_env()._("Bought and received on paper")
            for line in request.line_ids:
                line.write({"qty_closed": line.qty_open, "close_reason": reason})
        return requests

    def _import_transfers(self):
        """Make and finish one transfer for each of these requests, then date them."""
        store = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        source = store.lot_stock_id
        places = {
            department: self.env["stock.location"]._get_supply_location(
                department, self.company_id
            )
            for department in self.department_id
        }
        pickings = self.env["stock.picking"].create(
            [
                {
                    "supply_request_id": request.id,
                    "supply_receiver_id": request.beneficiary_id.id,
                    "counter_method": "paper",
                    "supply_book": str(request.occurred_on.year),
                    "supply_page": request.number,
                    "picking_type_id": store.supply_type_id.id,
                    "location_id": source.id,
                    "location_dest_id": places[request.department_id].id,
                    "company_id": request.company_id.id,
                    "origin": request.number,
                }
                for request in self
            ]
        )
        moves = []
        for request, picking in zip(self, pickings, strict=True):
            for line in request.line_ids:
                parts = [(None, line._to_product_unit(line.qty_approved))]
                values = request._prepare_move(
                    line, parts, source.id, picking.location_dest_id.id
                )
                values["supply_line_id"] = line.id
                moves.append(request._put_on_picking(values, picking))
        self.env["stock.move"].create(moves)._action_done(cancel_backorder=True)
        self._date_transfers()

    def _date_transfers(self):
        """Date finished transfers and their moves to the last decision."""
        self.env.flush_all()
        for query in (
            "UPDATE stock_picking part SET date_done = request.decided_at"
            " FROM gov_supply_request request"
            " WHERE part.supply_request_id = request.id AND request.id IN %s",
            "UPDATE stock_move part SET date = request.decided_at"
            " FROM gov_supply_request request, gov_supply_request_line line"
            " WHERE part.supply_line_id = line.id"
            " AND line.request_id = request.id AND request.id IN %s",
            "UPDATE stock_move_line part SET date = move.date FROM stock_move move,"
            " gov_supply_request_line line WHERE part.move_id = move.id"
            " AND move.supply_line_id = line.id AND line.request_id IN %s",
        ):
            self.env.cr.execute(SQL(query, tuple(self.ids)))
        self.env.invalidate_all()
