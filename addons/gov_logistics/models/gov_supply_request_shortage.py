from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.names import join_names


class GovSupplyRequest(models.Model):
    """An approved issue splits itself: what the store lacks is asked for as a purchase.

    What is on hand, less what requests approved before still wait for, is issued as
    ever. What is short becomes a request of kind ``purchase`` in the same names, which
    walks its own whole chain before anything is ordered; the short quantity of the
    issue is closed with the number of that request, so that nothing is asked twice.
    """

    _inherit = "gov.supply.request"

    _protected_fields = frozenset({"origin_request_id", "shortage_request_ids"})

    origin_request_id = fields.Many2one(
        "gov.supply.request",
        string="Short on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The issue whose missing goods this request buys.",
    )
    shortage_request_ids = fields.One2many(
        "gov.supply.request",
        "origin_request_id",
        string="Bought for it",
        readonly=True,
        copy=False,
    )
    shortage_count = fields.Integer(compute="_compute_shortage_count")

    @api.depends("shortage_request_ids")
    def _compute_shortage_count(self):
        for request in self:
            request.shortage_count = len(request.shortage_request_ids)

    # ------------------------------------------------------------ public actions

    def action_buy_shortage(self, quantities=None):
        """Ask for the purchase of what the shelf turns out to lack.

        :param quantities: dict line id → quantity that is short, at most what is
            approved and not yet issued; without it all that is not on hand, or on
            which requests approved before wait.
        :return: True
        :raise UserError: when the user is not the store clerk or serves themselves,
            the request is no approved issue, or nothing is short.
        """
        self._check_single()
        self._check_counter()
        # Group, person and state were checked just above and just below.
        document = engine(self.sudo())
        document._meet_rivals()
        document._check_approved()
        if document.kind != "issue":
            raise UserError(
                self.env._("%s is a purchase already.", document.display_name)
            )
        if quantities is None:
            short = document._read_shortage(only_older=True)
        else:
            short = document._check_shortage(document._clean_quantities(quantities))
        if not short:
            raise UserError(
                self.env._(
                    "%s: nothing is short, what is open is on hand.",
                    document.display_name,
                )
            )
        document._split_shortage(short)
        return True

    def action_view_shortage(self):
        """Open the purchases of what was short.

        :return: a window action.
        """
        return self.shortage_request_ids._get_records_action(
            name=self.env._("Bought for it")
        )

    # -------------------------------------------------------------------- engine

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        if self.kind == "issue":
            if short := self._read_shortage():
                self._split_shortage(short)
        return result

    def _read_shortage(self, only_older=False):
        """Return ``{line: quantity}`` of what the store does not have for this request.

        Rivals meet on the stock of the products: of two approvals for the last items
        the later one is tried again and sees that the first waits for them.

        :param only_older: leave out the requests that were approved after this one.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line._is_issuable()
            and line.product_id.is_storable
            and line.qty_open > 0
        )
        free = self._take_quants(lines.product_id)
        waiting = self._read_waiting(lines.product_id, only_older)
        left = {
            product: sum(row["free"] for row in free.get(product, ()))
            - waiting.get(product.id, 0.0)
            for product in lines.product_id
        }
        short = {}
        for line in lines:
            product = line.product_id
            need = line._to_product_unit(line.qty_open)
            part = max(min(need, left[product]), 0.0)
            left[product] -= part
            if product.uom_id.compare(part, need) >= 0:
                continue
            there = product.uom_id._compute_quantity(
                part, line.uom_id, rounding_method="DOWN"
            )
            short[line] = line.qty_open - there
        return short

    def _read_waiting(self, products, only_older):
        """Return what other approved requests wait for, in product units."""
        waiting = defaultdict(float)
        lines = self.env["gov.supply.request.line"].search(
            [
                ("request_id.to_issue", "=", True),
                ("request_id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("product_id", "in", products.ids),
                ("qty_open", ">", 0),
            ]
        )
        mine = (self.decided_at or fields.Datetime.now(), self.id)
        for line in lines:
            request = line.request_id
            if only_older and (request.decided_at, request.id) > mine:
                continue
            quantity = line.qty_open
            if request.kind == "purchase":
                # Of what is bought only what has arrived lies on the shelf.
                quantity = min(quantity, max(line.qty_received - line.qty_issued, 0))
            waiting[line.product_id.id] += line._to_product_unit(quantity)
        return waiting

    def _check_shortage(self, wanted):
        """Refuse to buy what is not open; return what is above zero."""
        short = {line: quantity for line, quantity in wanted.items() if quantity}
        for line, quantity in short.items():
            if (
                not line._is_issuable()
                or line.uom_id.compare(quantity, line.qty_open) > 0
            ):
                raise UserError(
                    self.env._(
                        "%(line)s: %(quantity)s cannot be short; approved and not yet "
                        "issued is %(open)s.",
                        line=line.display_name,
                        quantity=line._quantity_text(quantity),
                        open=line._quantity_text(line.qty_open),
                    )
                )
        return short

    def _split_shortage(self, short):
        """Ask for the purchase of ``short`` and close it here.

        :param short: dict line → quantity.
        :return: the new request.
        """
        purchase = self._create_shortage(short)
        reason = self._get_record_env()._("Short, bought by %s", purchase.number)
        for line, quantity in short.items():
            line.write(
                {"qty_closed": line.qty_closed + quantity, "close_reason": reason}
            )
        texts = [
            f"{line.display_name} {line._quantity_text(quantity)}"
            for line, quantity in short.items()
        ]
        self.message_post(
            body=self.env._(
                "Not in stock: %(lines)s. Asked for by %(request)s.",
                lines=join_names(self.env, texts),
                request=purchase.number,
            ),
            author_id=self.env.user.partner_id.id,
        )
        purchase._submit_shortage()
        return purchase

    def _create_shortage(self, short):
        """Create the purchase in the names of this request, with its number."""
        purchase = self.create(
            {
                "kind": "purchase",
                "company_id": self.company_id.id,
                "handler_id": self.handler_id.id,
                "employee_id": self.employee_id.id,
                "beneficiary_id": self.beneficiary_id.id,
                "purpose": self.purpose,
                "date_needed": self.date_needed,
                "origin_request_id": self.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "quantity": quantity,
                            "uom_id": line.uom_id.id,
                        }
                    )
                    for line, quantity in short.items()
                ],
            }
        )
        # The issue names it from now on, whether or not it can be submitted.
        purchase._assign_number()
        return purchase

    def _submit_shortage(self):
        """Submit as the handler; what is refused stays a draft, and they are told."""
        handler = self.handler_id
        context = {
            "allowed_company_ids": self.company_id.ids,
            "lang": handler.lang,
            "tz": handler.tz,
        }
        # Not the engine: the handler's own rights, as if they pressed Submit.
        mine = self.with_env(self.env(user=handler.id, su=False, context=context))
        try:
            with self.env.cr.savepoint():
                mine.action_submit()
        except UserError as error:
            self._tell_handler(
                mine.env._(
                    "%(request)s could not be submitted by itself: %(reason)s",
                    request=self.number,
                    reason=str(error),
                )
            )
