from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .input_check import check_plain_values, check_records_exist

_NAMES = ("counter_id", "keeper_id", "witness_id")


class GovSupplyStocktake(models.Model):
    """A stocktake (盘点) of the store: book, counted, difference, reason, three names.

    The book is frozen when the count starts; of a blind count it is nobody's to read
    until the sheet is handed in. Each count is held against the book at
    its own moment, so goods that move while others count make no difference. What
    differs needs a reason and goes through its own chain; only its last yes adjusts
    the stock, through Odoo's inventory adjustment.

    ========= ========= ==============================================================
    from      to        by
    ========= ========= ==============================================================
    draft     counting  ``action_start`` by the store clerk
    counting  submitted ``action_submit`` once every line is counted and explained
    submitted counting  ``action_return``, ``action_withdraw``
    submitted approved  the last tier agrees; the differences are applied
    any       cancelled ``action_cancel`` before it was applied
    ========= ========= ==============================================================

    The store clerk prepares and submits, the counter (盘点人) enters what they count.
    Counter, keeper (保管人) and witness (监盘人, from finance) are three people;
    counter and keeper do not decide.
    """

    _name = "gov.supply.stocktake"
    _description = "Stocktake"
    _inherit = ["gov.approval.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.supply.stocktake"

    _protected_fields = frozenset(
        {
            "state",
            "started_at",
            "applied_at",
            "amount_gain",
            "amount_loss",
            "is_handed_in",
        }
    )

    date = fields.Date(required=True, default=lambda self: self.env.company.gov_today())
    location_id = fields.Many2one(
        "stock.location",
        string="Store",
        required=True,
        check_company=True,
        domain=[("usage", "=", "internal")],
        default=lambda self: self._get_default_location(),
        ondelete="restrict",
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Categories",
        help="Only goods of these categories are counted; empty: all.",
    )
    counter_id = fields.Many2one(
        "hr.employee",
        string="Counted by",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    keeper_id = fields.Many2one(
        "hr.employee",
        string="Keeper",
        required=True,
        default=lambda self: self._get_default_keeper(),
        check_company=True,
        ondelete="restrict",
    )
    witness_id = fields.Many2one(
        "hr.employee",
        string="Witness from finance",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    is_blind = fields.Boolean(
        string="Blind count",
        default=True,
        help="The sheet does not show the book while it is being counted.",
    )
    is_handed_in = fields.Boolean(string="Handed in", readonly=True, copy=False)
    is_book_hidden = fields.Boolean(
        string="Book is hidden", compute="_compute_is_book_hidden"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("counting", "Being counted"),
            ("submitted", "Submitted"),
            ("approved", "Applied"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    started_at = fields.Datetime(string="Count started", readonly=True, copy=False)
    applied_at = fields.Datetime(readonly=True, copy=False)
    line_ids = fields.One2many(
        "gov.supply.stocktake.line", "stocktake_id", string="Sheet", copy=False
    )
    line_count = fields.Integer(compute="_compute_counted")
    counted_count = fields.Integer(string="Counted", compute="_compute_counted")
    amount_gain = fields.Monetary(
        string="Gains", compute="_compute_amounts", store=True
    )
    amount_loss = fields.Monetary(
        string="Losses", compute="_compute_amounts", store=True
    )
    can_start = fields.Boolean(compute="_compute_can_start")

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_default_location(self):
        stores = self.env["stock.warehouse"]
        return stores._get_supply_warehouse(self.env.company).lot_stock_id

    @api.model
    def _get_default_keeper(self):
        """Return the store clerk who begins the count."""
        user = self.env.user
        clerk = user.has_group("gov_logistics.group_store")
        return user.employee_id if clerk else False

    @api.depends("approval_state", "started_at")
    def _compute_state(self):
        for stocktake in self:
            state = stocktake.approval_state
            if state == "draft" and stocktake.started_at:
                state = "counting"
            # Whatever else the chain knows, such as a hold, is under way.
            known = dict(self._fields["state"].selection)
            stocktake.state = state if state in known else "submitted"

    @api.depends("is_blind", "is_handed_in", "state")
    def _compute_is_book_hidden(self):
        for stocktake in self:
            stocktake.is_book_hidden = (
                stocktake.is_blind
                and not stocktake.is_handed_in
                and stocktake.state in ("draft", "counting")
            )

    @api.depends("line_ids.is_counted")
    def _compute_counted(self):
        groups = self.env["gov.supply.stocktake.line"]._read_group(
            [("stocktake_id", "in", self.ids)],
            ["stocktake_id", "is_counted"],
            ["__count"],
        )
        for stocktake in self:
            counts = {
                counted: count for take, counted, count in groups if take == stocktake
            }
            stocktake.line_count = sum(counts.values())
            stocktake.counted_count = counts.get(True, 0)

    @api.depends("line_ids.value")
    def _compute_amounts(self):
        for stocktake in self:
            values = stocktake.line_ids.mapped("value")
            stocktake.amount_gain = sum(value for value in values if value > 0)
            stocktake.amount_loss = -sum(value for value in values if value < 0)

    @api.depends("amount_gain", "amount_loss")
    def _compute_amount_for_approval(self):
        """A gain does not make up for a loss: both are looked at."""
        for stocktake in self:
            stocktake.amount_for_approval = (
                stocktake.amount_gain + stocktake.amount_loss
            )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_start(self):
        clerk = self.env.user.has_group("gov_logistics.group_store")
        for stocktake in self:
            stocktake.can_start = clerk and stocktake.state == "draft"

    # --------------------------------------------------------------- constraints

    @api.constrains(*_NAMES)
    def _check_three_names(self):
        for stocktake in self:
            if len({stocktake[name].id for name in _NAMES}) < 3:
                raise UserError(
                    self.env._(
                        "Counter, keeper and witness of a stocktake are three "
                        "different people."
                    )
                )

    @api.constrains("witness_id")
    def _check_witness(self):
        role = self.env.ref("gov_base.gov_role_finance")
        for stocktake in self:
            # Who holds finance, and where they work, is no secret.
            holders = role.sudo()._get_holders(stocktake.company_id).employee_id
            departments = holders.mapped("department_id") | role.sudo().department_id
            witness = stocktake.witness_id.sudo()
            if witness not in holders and witness._gov_department() not in departments:
                raise UserError(
                    self.env._(
                        "%(person)s does not belong to finance: the witness of a "
                        "stocktake comes from there.",
                        person=witness.name,
                    )
                )

    @api.constrains("location_id")
    def _check_location(self):
        for stocktake in self:
            if stocktake.location_id.usage != "internal":
                raise UserError(
                    self.env._("%s is no store.", stocktake.location_id.display_name)
                )

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_input(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_input([vals])
        started = self.filtered("started_at")
        if started and not is_engine(self.env):
            frozen = {"location_id", "categ_ids", "is_blind"} & set(vals)
            if frozen:
                raise UserError(
                    self.env._(
                        "%(stocktake)s is being counted: %(fields)s can no longer be "
                        "changed.",
                        stocktake=started[:1].display_name,
                        fields=self._get_labels(frozen),
                    )
                )
        return super().write(vals)

    @api.model
    def _check_input(self, vals_list):
        model = self.browse()
        for vals in vals_list:
            check_plain_values(model, vals)
        check_records_exist(model, vals_list, (*_NAMES, "location_id", "employee_id"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered("started_at"):
            raise UserError(
                self.env._("A count that was started stays on record; cancel it.")
            )

    # ------------------------------------------------------------- public actions

    def action_start(self):
        """Freeze the book: one line for each product, place and lot in the store.

        :return: True
        :raise UserError: when the user is not the store clerk, the count was started
            before, or there is nothing to count.
        """
        for stocktake in self:
            stocktake.check_access("write")
            if not self.env.user.has_group("gov_logistics.group_store"):
                raise UserError(
                    self.env._("A stocktake is started by the store clerk.")
                )
            stocktake._meet_rivals()
            if stocktake.state != "draft":
                raise UserError(
                    self.env._("%s has been started before.", stocktake.display_name)
                )
            # Group, access and state were checked just above.
            document = engine(stocktake.sudo())
            document._create_lines()
            document.started_at = fields.Datetime.now()
        return True

    def action_open_count(self):
        """Open the sheet to count, one line after the other, on a phone too.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Count · %s", self.display_name),
            "res_model": "gov.supply.stocktake.line",
            "view_mode": "list,kanban,form",
            "domain": [("stocktake_id", "=", self.id)],
            "context": {"default_stocktake_id": self.id},
        }

    # ------------------------------------------------------------------- counting

    def _meet_rivals(self):
        """UPDATE the row that counting, submitting and deciding share."""
        meet_rivals(self)

    def _check_not_elsewhere(self, places):
        """Refuse what stands on another open sheet: it would be adjusted twice.

        :param places: (product, location, lot) of each line.
        :raise UserError: naming the product and the other count.
        """
        self.ensure_one()
        # Two sheets begun at once meet on the institution's row; the loser is retried.
        meet_rivals(self.company_id)
        keys = {tuple(record.id for record in place) for place in places}
        # Which other count is under way is told to the clerk who begins this one.
        others = (
            self.env["gov.supply.stocktake.line"]
            .sudo()
            .search(
                [
                    ("product_id", "in", [key[0] for key in keys]),
                    ("company_id", "=", self.company_id.id),
                    ("stocktake_id", "!=", self.id),
                    ("stocktake_id.state", "in", ("counting", "submitted")),
                ]
            )
        )
        for other in others:
            if (other.product_id.id, other.location_id.id, other.lot_id.id) in keys:
                raise UserError(
                    self.env._(
                        "%(product)s is counted already, by %(person)s since %(day)s: "
                        "finish or cancel that count first.",
                        product=other.display_name,
                        person=other.stocktake_id.counter_id.name,
                        day=format_day(self.env, other.stocktake_id.date),
                    )
                )

    def _read_book(self, products=None):
        """Return what the book says now.

        :param products: only these; default those of the categories.
        :return: dict (product, location, lot) → quantity.
        """
        domain = [
            ("location_id", "child_of", self.location_id.id),
            ("location_id.usage", "=", "internal"),
            ("owner_id", "=", False),
        ]
        if products is not None:
            domain.append(("product_id", "in", products.ids))
        elif self.categ_ids:
            domain.append(("product_id.categ_id", "child_of", self.categ_ids.ids))
        # The sheet of a count shows what the store has.
        groups = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                domain, ["product_id", "location_id", "lot_id"], ["quantity:sum"]
            )
        )
        return {tuple(group[:3]): group[3] for group in groups}

    def _create_lines(self):
        book = self._read_book()
        vals_list = [
            {
                "stocktake_id": self.id,
                "product_id": product.id,
                "location_id": location.id,
                "lot_id": lot.id,
                "book_quantity": quantity,
                "price_unit": product.with_company(self.company_id).standard_price,
            }
            for (product, location, lot), quantity in book.items()
            if quantity
        ]
        if not vals_list:
            raise UserError(
                self.env._("There is nothing to count in %s.", self.location_id.name)
            )
        self._check_not_elsewhere(book)
        self.env["gov.supply.stocktake.line"].create(vals_list)

    def _check_counting(self):
        """Refuse changes of the sheet unless it is being counted."""
        self._meet_rivals()
        for stocktake in self:
            if stocktake.state != "counting":
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(stocktake)s is in state “%(state)s”: only a sheet that is "
                        "being counted can be filled in.",
                        stocktake=stocktake.display_name,
                        state=labels[stocktake.state],
                    )
                )

    # ------------------------------------------------------------- approval hooks

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_logistics.group_store")

    def _approval_party_users(self):
        """Who counted or keeps the goods does not decide on what is missing."""
        # Only the logins of counter and keeper are read.
        people = (self.counter_id | self.keeper_id).sudo()
        # The names on the sheet can be changed until it is submitted; who entered
        # its figures cannot.
        counted = self.line_ids.sudo().counted_by_id
        return super()._approval_party_users() | people.user_id | counted

    def _approval_summary(self):
        return self.env._(
            "%(store)s: gains %(gain)s, losses %(loss)s",
            store=self.location_id.display_name,
            gain=self.currency_id.format(self.amount_gain),
            loss=self.currency_id.format(self.amount_loss),
        )

    def _approval_check_submit(self):
        """Refuse a sheet that is not counted, or differs without a reason."""
        result = super()._approval_check_submit()
        if blocker := self._get_blocker("submit"):
            raise UserError(blocker)
        self._check_counting()
        # Person and state have just been checked: from here on the book is compared;
        # a sheet that is refused below stays as it was.
        engine(self.sudo()).is_handed_in = True
        self._check_three_names()
        self._check_witness()
        open_lines = self.line_ids.filtered(lambda line: not line.is_counted)
        if open_lines:
            raise UserError(
                self.env._(
                    "%(count)s lines are not counted yet: %(lines)s.",
                    count=len(open_lines),
                    lines=open_lines[:5].mapped("display_name"),
                )
            )
        silent = self.line_ids.filtered(
            lambda line: line._differs() and not (line.reason or "").strip()
        )
        if silent:
            raise UserError(
                self.env._(
                    "Say why these differ from the book: %s.",
                    silent[:5].mapped("display_name"),
                )
            )
        return result

    def _approval_exemption(self):
        """A count that agrees with the book needs nobody's decision."""
        exemption = super()._approval_exemption()
        if exemption or not self.started_at or self.is_book_hidden:
            return exemption
        if any(line._differs() or not line.is_counted for line in self.line_ids):
            return False
        clause = self.env["gov.policy"]._get_policy(
            "supply.stocktake", company=self.company_id
        )
        env = self._get_record_env()
        return {
            "tier_name": env._("No differences"),
            "rule_citation": clause.citation,
            "comment": env._("The count agrees with the book."),
        }

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        if self.approval_state == "draft":
            # A sheet that came back is counted blind again.
            self.is_handed_in = False
        return result

    def _approval_after_approved(self):
        result = super()._approval_after_approved()
        self._apply_differences()
        return result

    def _apply_differences(self):
        """Adjust the stock by the differences, through Odoo's own adjustment.

        What has moved since each count stays as it moved.

        :raise UserError: when a loss is greater than what is left by now.
        """
        quants = self.env["stock.quant"].with_context(inventory_name=self.number)
        changed = quants.browse()
        for line in self.line_ids.filtered(lambda line: line._differs()):
            quant = quants._gather(
                line.product_id, line.location_id, lot_id=line.lot_id, strict=True
            ).filtered(lambda quant: not quant.package_id and not quant.owner_id)[:1]
            if not quant:
                quant = quants.create(
                    {
                        "product_id": line.product_id.id,
                        "location_id": line.location_id.id,
                        "lot_id": line.lot_id.id,
                    }
                )
            quantity = quant.quantity + line.difference
            if line.uom_id.compare(quantity, 0) < 0:
                raise UserError(
                    self.env._(
                        "%(line)s: the loss of %(loss)s is more than the %(left)s left "
                        "by now. Return the stocktake, so that it is counted again.",
                        line=line.display_name,
                        loss=-line.difference,
                        left=quant.quantity,
                    )
                )
            quant.inventory_quantity = quantity
            quant.inventory_quantity_set = True
            changed |= quant
        if changed:
            changed.action_apply_inventory()
        self.write({"applied_at": fields.Datetime.now()})

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.applied_at:
            blocker = self.env._(
                "%s has been applied to the stock: a mistake is put right by another "
                "stocktake.",
                self.display_name,
            )
        return blocker
