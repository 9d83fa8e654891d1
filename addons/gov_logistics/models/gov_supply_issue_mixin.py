import base64
import binascii
import hashlib
from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import find_record, plain_number

# A drawn signature has some 10 kB; a megabyte is no signature.
_SIGNATURE_LIMIT = 1_000_000


class GovSupplyIssueMixin(models.AbstractModel):
    """Handing goods over the counter, and taking them back.

    The stock side of ``gov.supply.request``. An issue is one internal transfer from
    the store to the department's consumption location, made and finished in one go:
    the quantities are what the receiver signs for, so there is nothing to reserve in
    advance and nothing to validate later.
    """

    _name = "gov.supply.issue.mixin"
    _description = "Issue of Supplies"

    # ------------------------------------------------------------ public actions

    def action_issue(
        self,
        signature=None,
        quantities=None,
        receiver_id=None,
        pin=None,
        liaison_id=None,
        book=None,
        page=None,
        old_items=None,
    ):
        """Hand out approved goods against a signature on screen, by PIN or on paper.

        :param signature: image (PNG, JPEG …) drawn by the receiver, base64.
        :param quantities: dict line id → quantity; without it all that is approved,
            not yet issued and on hand.
        :param receiver_id: employee who signs; without it the user of the goods, or
            with a PIN the liaison.
        :param pin: PIN of the department's liaison, instead of a signature.
        :param liaison_id: user whose PIN it is, when the department has several.
        :param book: number of the paper register, instead of a signature.
        :param page: page in it; the scan follows with ``action_attach_scan``.
        :param old_items: for goods handed out old for new, dict line id → True when
            the old one came back, else the reason why not.
        :return: True
        :raise UserError: when the user is not the store clerk or would issue to
            themselves, the request is not approved, nobody signed, or a quantity is
            more than approved or than on hand.
        """
        self._check_single()
        evidence = self._prepare_evidence(
            signature, receiver_id, pin, liaison_id, book, page
        )
        self._issue(evidence, quantities, old_items)
        return True

    def _issue(self, evidence, quantities=None, old_items=None):
        """Hand out on ``evidence``; group and person have been checked with it."""
        document = engine(self.sudo())
        document._meet_rivals()
        document._meet_closing()
        document._check_approved()
        wanted = None if quantities is None else document._clean_quantities(quantities)
        open_lines = document.line_ids.filtered(
            lambda line: line.qty_open > 0 and line._is_issuable()
        )
        lines = open_lines if wanted is None else document._get_lines(wanted)
        free = document._take_quants(lines.product_id)
        plan = document._plan_issue(lines, wanted, free)
        old = document._clean_old_items(plan, old_items)
        document._create_issue(plan, evidence, old)

    def action_return_goods(self, quantities, reason):
        """Take unused goods back into the store.

        They are in stock again for everybody: whoever needs them later asks anew, a
        return does not open the request again.

        :param quantities: dict line id → quantity, at most what was issued.
        :param reason: why the goods come back; required.
        :return: True
        :raise UserError: when the user is not the store clerk or brings back their
            own goods, without a reason, or when more comes back than was issued.
        """
        self._check_single()
        self._check_counter()
        reason = self._check_reason(reason)
        # Group and person were checked just above.
        document = engine(self.sudo())
        document._meet_rivals()
        wanted = document._clean_quantities(quantities)
        wanted = {line: quantity for line, quantity in wanted.items() if quantity}
        if not wanted:
            raise UserError(self.env._("Say how much comes back."))
        for line, quantity in wanted.items():
            line._check_return_quantity(quantity)
        document._create_return(wanted, reason)
        return True

    def action_close_rest(self, reason):
        """Close what is approved and will not be handed out or delivered any more.

        :param reason: why; required.
        :return: True
        :raise UserError: when the user is neither store clerk nor procurement, the
            request is not approved, or goods are still on order.
        """
        self._check_single()
        self.check_access("read")
        if not self.env.user.has_groups(
            "gov_logistics.group_store,gov_logistics.group_procurement"
        ):
            raise UserError(
                self.env._("The rest is closed by the store clerk or procurement.")
            )
        reason = self._check_reason(reason)
        # Group was checked just above, the state is checked just below.
        document = engine(self.sudo())
        document._meet_rivals()
        document._check_approved()
        lines = document.line_ids.filtered(lambda line: line.qty_open > 0)
        for line in lines:
            if line.uom_id.compare(line.qty_ordered, line.qty_received) > 0:
                raise UserError(
                    self.env._(
                        "%(line)s is on order (%(orders)s) and has not arrived: cancel "
                        "or reduce the order first.",
                        line=line.display_name,
                        orders=line.purchase_line_ids.order_id.mapped("name"),
                    )
                )
        document._drop_quotations(lines)
        for line in lines:
            line.write(
                {
                    "qty_closed": line.qty_closed + line.qty_open,
                    "close_reason": reason,
                }
            )
        document.message_post(
            body=self.env._("Rest closed: %s", reason),
            author_id=self.env.user.partner_id.id,
        )
        return True

    def _get_signed_issues(self):
        """Return what the issue form shows of each issue, oldest first.

        :return: list of dicts ``receiver``, ``signature``, ``method``, ``reference``,
            ``clerk``, ``date``.
        """
        self.check_access("read")
        # Whoever reads the request may print it with the signatures on it.
        issues = self.sudo().picking_ids.filtered("counter_method")
        return [
            {
                "receiver": issue.supply_receiver_id.name,
                "signature": issue.with_context(bin_size=False).supply_signature,
                "method": issue.counter_method,
                "reference": issue._get_supply_reference(),
                "clerk": issue.create_uid.name,
                "date": issue.date_done,
            }
            for issue in issues.sorted("id")
        ]

    # -------------------------------------------------------------------- checks

    def _check_counter(self, receiver_id=None):
        """Check that the user is the store clerk and serves somebody else.

        :return: the employee who receives the goods.
        """
        if not self.env.user.has_group("gov_logistics.group_store"):
            raise UserError(self.env._("Goods are handed out by the store clerk."))
        self.check_access("read")
        # Only the receiver's existence, name and account are read.
        receiver = self.sudo().beneficiary_id
        if receiver_id:
            refusal = self.env._("There is no such receiver.")
            receiver = find_record(receiver.browse(), receiver_id, refusal)
            if not receiver.active or receiver.company_id != self.company_id:
                raise UserError(refusal)
        if self.env.user in self._get_benefiting_users() | receiver.user_id:
            raise UserError(
                self.env._(
                    "Nobody hands goods out to themselves: another clerk serves "
                    "%(name)s.",
                    name=self.env.user.name,
                )
            )
        return receiver

    def _check_approved(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        if self.state != "approved":
            raise UserError(
                self.env._(
                    "%(request)s is in state “%(state)s”: goods are handed out only "
                    "after the last approval and until all is issued.",
                    request=self.display_name,
                    state=labels[self.state],
                )
            )

    def _clean_signature(self, signature):
        """Return the signature as base64 and its SHA-256 fingerprint."""
        if not signature:
            raise UserError(
                self.env._("The signature of the receiver is missing: let them sign.")
            )
        try:
            if isinstance(signature, str):
                signature = signature.encode("ascii")
            content = base64.b64decode(signature, validate=True)
        except (AttributeError, TypeError, UnicodeError, binascii.Error, ValueError):
            content = b""
        if not guess_mimetype(content, "").startswith("image/"):
            raise UserError(self.env._("The signature is not an image."))
        if len(content) > _SIGNATURE_LIMIT:
            raise UserError(self.env._("The signature is too large to be one."))
        return base64.b64encode(content), hashlib.sha256(content).hexdigest()

    def _get_lines(self, wanted):
        """Return the lines of ``wanted`` that are to be issued, as a recordset."""
        lines = self.env["gov.supply.request.line"].browse(
            [line.id for line, quantity in wanted.items() if quantity]
        )
        for line in lines:
            if not line._is_issuable():
                raise UserError(
                    self.env._(
                        "%s is a service and is not handed out.", line.display_name
                    )
                )
        # No more rights than the caller's environment has.
        return engine(lines.sudo(self.env.su))

    # ------------------------------------------------------------------ rivals

    def _meet_rivals(self):
        """UPDATE the rows of these requests, which every issue and change shares.

        Under REPEATABLE READ the second of two clerks (or clicks) fails here when the
        first has committed, is tried again by Odoo, and sees the truth.
        """
        meet_rivals(self)

    def _meet_closing(self):
        """UPDATE the institution's row, which the closing of a month shares.

        A late entry counts in an earlier month: it stands in the register that is
        being closed, or is handed out after the closing and counts later.
        """
        if self.is_late:
            meet_rivals(self.company_id)

    def _take_quants(self, products):
        """UPDATE the quants of ``products`` in the store, in id order, then read them.

        Two clerks who issue the last item at once meet here: the loser is tried again
        and finds the shelf empty.

        :return: dict product → list of ``[quant row, free quantity]``, oldest first.
        """
        free = defaultdict(list)
        products = products.filtered("is_storable")
        if not products:
            return free
        quants = self.env["stock.quant"]
        quants.flush_model()
        place = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        self.env.cr.execute(
            SQL(
                """
                UPDATE stock_quant AS quant
                   SET write_date = quant.write_date
                  FROM (SELECT q.id
                          FROM stock_quant q
                          JOIN stock_location l ON l.id = q.location_id
                         WHERE q.product_id IN %(products)s
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
                products=tuple(products.ids),
                place=f"{place.lot_stock_id.parent_path}%",
            )
        )
        rows = self.env.cr.dictfetchall()
        rows.sort(key=lambda row: (row["in_date"], row["id"]))
        for row in rows:
            free[products.browse(row["product_id"])].append(row)
        return free

    def _plan_issue(self, lines, wanted, free):
        """Decide which quants serve which line.

        :param lines: lines to issue.
        :param wanted: dict line → quantity, or None for all that is possible.
        :param free: what ``_take_quants`` found.
        :return: dict line → list of (quant row or None, quantity in product units).
        :raise UserError: when more is wanted than approved or than on hand.
        """
        plan = {}
        for line in lines:
            quantity = line.qty_open if wanted is None else wanted[line]
            if line.uom_id.compare(quantity, line.qty_open) > 0:
                raise UserError(
                    self.env._(
                        "%(line)s: %(quantity)s cannot be issued; approved and not yet "
                        "issued is %(open)s.",
                        line=line.display_name,
                        quantity=line._quantity_text(quantity),
                        open=line._quantity_text(line.qty_open),
                    )
                )
            need = line._to_product_unit(quantity)
            if line.product_id.is_storable:
                parts, missing = self._draw(line.product_id, need, free)
            else:
                parts, missing = self._draw_arrived(line, need)
            if missing and wanted is not None:
                self._raise_not_on_hand(line, quantity, need - missing)
            if parts:
                plan[line] = parts
        if not plan:
            raise UserError(
                self.env._(
                    "%(request)s: nothing can be issued, nothing of what is open is on "
                    "hand.",
                    request=self.display_name,
                )
            )
        return plan

    def _draw(self, product, need, free):
        """Take ``need`` from the free quants, oldest first.

        :return: (list of (quant row, quantity), what is missing).
        """
        unit, parts = product.uom_id, []
        # A shelf that Odoo's own transfers drew below zero takes from the others.
        there = max(sum(row["free"] for row in free[product]), 0.0)
        missing, need = max(need - there, 0.0), min(need, there)
        for row in free[product]:
            part = min(need, row["free"])
            if unit.compare(part, 0) > 0:
                row["free"] -= part
                need -= part
                parts.append((row, part))
        return parts, missing if unit.compare(missing, 0) > 0 else 0.0

    def _draw_arrived(self, line, need):
        """Goods that stock does not count: what was bought must have arrived."""
        if self.kind == "purchase":
            arrived = line._to_product_unit(line.qty_received - line.qty_issued)
            part = min(need, max(arrived, 0.0))
        else:
            part = need
        missing = need - part
        return ([(None, part)] if part else []), missing

    def _raise_not_on_hand(self, line, quantity, on_hand):
        raise UserError(
            self.env._(
                "%(line)s: %(quantity)s %(unit)s cannot be issued, only %(on_hand)s "
                "%(product_unit)s is on hand.",
                line=line.display_name,
                quantity=plain_number(quantity),
                unit=line.uom_id.name,
                on_hand=plain_number(line.product_id.uom_id.round(on_hand)),
                product_unit=line.product_id.uom_id.name,
            )
        )

    # ------------------------------------------------------------------ transfers

    def _create_issue(self, plan, evidence, old):
        """Make and finish the transfer to the department."""
        store = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        destination = self.env["stock.location"]._get_supply_location(
            self.department_id, self.company_id
        )
        moves = []
        for line, parts in plan.items():
            source = store.lot_stock_id.id
            vals = self._prepare_move(line, parts, source, destination.id)
            moves.append({**vals, **old.get(line, {}), "supply_line_id": line.id})
        return self._create_done_picking(
            store, store.lot_stock_id, destination, moves, evidence
        )

    def _create_return(self, wanted, reason):
        """Make and finish the transfer back, from the newest issue to the oldest."""
        moves, destination, source = [], None, None
        for line, quantity in wanted.items():
            need = line._to_product_unit(quantity)
            issues = line.move_ids.filtered(lambda m: not m.origin_returned_move_id)
            for move in issues.sorted("id", reverse=True):
                back = move.returned_move_ids.filtered(lambda m: m.state == "done")
                left = move.quantity - sum(back.mapped("quantity"))
                part = min(need, left)
                if move.state != "done" or line.uom_id.compare(part, 0) <= 0:
                    continue
                need -= part
                source, destination = move.location_dest_id, move.location_id
                parts = [
                    (
                        {"location_id": ml.location_dest_id.id, "lot_id": ml.lot_id.id},
                        qty,
                    )
                    for ml, qty in self._split_over_move_lines(move, part)
                ]
                vals = self._prepare_move(line, parts, source.id, destination.id)
                moves.append({**vals, "origin_returned_move_id": move.id})
        store = self.env["stock.warehouse"]._get_supply_warehouse(self.company_id)
        return self._create_done_picking(
            store, source, destination, moves, {"supply_reason": reason}
        )

    def _split_over_move_lines(self, move, quantity):
        """Yield (move line, part of ``quantity``) over the lots that were issued."""
        if not move.has_tracking or move.has_tracking == "none":
            yield move.move_line_ids[:1], quantity
            return
        for move_line in move.move_line_ids:
            part = min(quantity, move_line.quantity)
            if part > 0:
                quantity -= part
                yield move_line, part

    def _prepare_move(self, line, parts, source_id, destination_id):
        """Return the values of one finished move with its detailed operations."""
        product = line.product_id
        shared = {
            "product_id": product.id,
            "location_dest_id": destination_id,
            "company_id": self.company_id.id,
            "picked": True,
        }
        return {
            **shared,
            "product_uom": product.uom_id.id,
            "product_uom_qty": sum(quantity for _row, quantity in parts),
            "location_id": source_id,
            "origin": self.number,
            "move_line_ids": [
                {
                    **shared,
                    "product_uom_id": product.uom_id.id,
                    "quantity": quantity,
                    "location_id": row["location_id"] if row else source_id,
                    "lot_id": row.get("lot_id") if row else False,
                    "package_id": row.get("package_id") if row else False,
                }
                for row, quantity in parts
            ],
        }

    def _create_done_picking(self, store, source, destination, moves, evidence):
        """Create the transfer with its moves and finish it, without detours."""
        picking_type = store.supply_type_id or store.int_type_id
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        picking = quiet.env["stock.picking"].create(
            {
                **evidence,
                "supply_request_id": self.id,
                "picking_type_id": picking_type.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "company_id": self.company_id.id,
                "origin": self.number,
                "date_done": fields.Datetime.now(),
            }
        )
        moves = [self._put_on_picking(vals, picking) for vals in moves]
        quiet.env["stock.move"].create(moves)._action_done(cancel_backorder=True)
        return picking

    def _put_on_picking(self, vals, picking):
        """Return the values of a move and its details as part of ``picking``."""
        details = [
            Command.create({**detail, "picking_id": picking.id})
            for detail in vals["move_line_ids"]
        ]
        return {
            **vals,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "move_line_ids": details,
        }
