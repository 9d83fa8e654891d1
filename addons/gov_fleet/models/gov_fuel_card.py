from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.input_check import check_plain_values
from odoo.addons.gov_base.tools.rivals import meet_rivals

# action: (states it starts from, state it leads to)
_TRANSITIONS = {
    "block": (("active",), "blocked"),
    "unblock": (("blocked",), "active"),
    "close": (("active", "blocked"), "closed"),
}
_FROZEN = ("number", "vehicle_id", "is_main", "supplier_id", "balance_start")


class GovFuelCard(models.Model):
    """A fuel or charging card (加油卡): one card, one vehicle.

    A main card (主卡) takes the institution's money and belongs to no vehicle; its
    sub-cards (副卡) are filled from it, one for each vehicle. A vehicle has at most one
    active card, which the database itself holds. What stands on a card follows from
    what was charged to it, allotted from it and paid with it.

    ======= ================ ======= ==================================================
    action  from             to      who
    ======= ================ ======= ==================================================
    block   active           blocked vehicle technician (挂失: lost, or locked away)
    unblock blocked          active  vehicle technician
    close   active, blocked  closed  vehicle technician; the row stays, and the number
                                     may be given to another vehicle on a new row
    ======= ================ ======= ==================================================
    """

    _name = "gov.fuel.card"
    _description = "Fuel Card"
    _inherit = ["mail.thread", "gov.guard.mixin"]
    _order = "is_main desc, number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "vehicle_id"]
    _check_company_auto = True
    _protected_fields = frozenset({"state", "date_to"})

    number = fields.Char(string="Card number", required=True, tracking=True)
    is_main = fields.Boolean(string="Main card", tracking=True)
    parent_id = fields.Many2one(
        "gov.fuel.card",
        string="Charged from",
        domain="[('is_main', '=', True), ('state', '=', 'active')]",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="The main card that this card is filled from.",
    )
    child_ids = fields.One2many("gov.fuel.card", "parent_id", string="Sub-cards")
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    supplier_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="Who issued the card and sends its statements.",
    )
    holder_id = fields.Many2one(
        "hr.employee",
        string="Keeper",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Who keeps the card when it is not with the vehicle.",
    )
    date_from = fields.Date(
        string="In use from",
        required=True,
        default=lambda self: self.env.company.gov_today(),
    )
    date_to = fields.Date(string="Closed on", readonly=True, copy=False)
    state = fields.Selection(
        [("active", "In use"), ("blocked", "Blocked"), ("closed", "Closed")],
        required=True,
        readonly=True,
        copy=False,
        default="active",
        index=True,
        tracking=True,
    )
    balance_start = fields.Monetary(
        string="Balance at the start",
        help="What stood on the card when it was entered here.",
    )
    balance = fields.Monetary(
        compute="_compute_balance",
        help="The start, and what was charged to the card, less what was allotted "
        "from it and paid with it.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    note = fields.Char()
    can_manage = fields.Boolean(compute="_compute_can_manage")

    _one_per_vehicle = models.UniqueIndex(
        "(vehicle_id) WHERE state = 'active' AND vehicle_id IS NOT NULL",
        "This vehicle has an active card already: one card, one vehicle.",
    )
    _number_once = models.UniqueIndex(
        "(company_id, number) WHERE state <> 'closed'",
        "A card with this number is in use already.",
    )
    _vehicle_or_main = models.Constraint(
        "CHECK (is_main = (vehicle_id IS NULL))",
        "A main card belongs to no vehicle, every other card to one.",
    )
    _main_has_no_parent = models.Constraint(
        "CHECK (NOT coalesce(is_main, FALSE) OR parent_id IS NULL)",
        "A main card is not filled from another card.",
    )
    _start_not_negative = models.Constraint(
        "CHECK (coalesce(balance_start, 0) >= 0)",
        "The balance at the start must not be below zero.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("number", "vehicle_id")
    def _compute_display_name(self):
        for card in self:
            # sudo: the plate is painted on the vehicle.
            plate = card.vehicle_id.sudo().license_plate
            card.display_name = " · ".join(filter(None, (card.number, plate)))

    def _compute_balance(self):
        for card, figure in zip(self, self._get_balances(), strict=True):
            card.balance = figure

    def _get_balances(self):
        """Return what stands on each card, by three queries for any number of cards."""
        # sudo: whoever may read the card may read what stands on it.
        topups = self.env["gov.fuel.topup"].sudo()
        entries = self.env["gov.fuel.entry"].sudo()
        done = [("state", "=", "done")]
        ids = self._origin.ids
        charged = dict(
            topups._read_group(
                [*done, ("card_id", "in", ids)], ["card_id"], ["amount:sum"]
            )
        )
        allotted = dict(
            topups._read_group(
                [*done, ("source_id", "in", ids)], ["source_id"], ["amount:sum"]
            )
        )
        paid = dict(
            entries._read_group(
                [("card_id", "in", ids), ("payment", "=", "card")],
                ["card_id"],
                ["amount:sum"],
            )
        )
        for card in self:
            # sudo: figures of a card that the user reads.
            row = card._origin.sudo()
            yield card.balance_start + (
                charged.get(row, 0) - allotted.get(row, 0) - paid.get(row, 0)
            )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_manage(self):
        technician = self.env.user.has_group("gov_fleet.group_technician")
        for card in self:
            card.can_manage = technician

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._clean(vals) for vals in vals_list]
        self._check_vehicles_free(
            [vals["vehicle_id"] for vals in vals_list if vals.get("vehicle_id")]
        )
        return super().create(vals_list)

    def write(self, vals):
        vals = self._clean(vals)
        frozen = set(_FROZEN) & set(vals)
        if frozen and not is_engine(self.env):
            self._check_not_used(frozen)
        if vals.get("vehicle_id"):
            self._check_vehicles_free([vals["vehicle_id"]])
        return super().write(vals)

    @api.model
    def _clean(self, vals):
        check_plain_values(self.browse(), vals)
        if "number" not in vals:
            return dict(vals)
        number = "".join((vals["number"] or "").split())
        if not number:
            raise UserError(self.env._("A card needs its number."))
        return {**vals, "number": number}

    @api.model
    def _check_vehicles_free(self, vehicle_ids):
        """Refuse a second active card, naming the one there is.

        The database refuses it all the same when two clerks are quick.
        """
        # sudo: only number and plate of the card that is in the way are told to the
        # technician who enters another one.
        taken = self.sudo().search(
            [
                ("vehicle_id", "in", vehicle_ids),
                ("state", "=", "active"),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(plate)s has the active card %(number)s already: one card, one "
                    "vehicle. Close that card first.",
                    plate=taken.vehicle_id.license_plate,
                    number=taken.number,
                )
            )
        if len(set(vehicle_ids)) < len(vehicle_ids):
            raise UserError(self.env._("Two cards for one vehicle are not possible."))

    def _check_not_used(self, names):
        """Refuse to change what past fills and top-ups stand on."""
        # sudo: only whether the card has been used is asked.
        used = self.env["gov.fuel.entry"].sudo().with_context(active_test=False)
        used = used.search([("card_id", "in", self.ids)], limit=1).card_id
        topups = self.env["gov.fuel.topup"].sudo()  # sudo: as above
        used |= topups.search(
            ["|", ("card_id", "in", self.ids), ("source_id", "in", self.ids)], limit=1
        ).card_id
        if used:
            labels = self.fields_get(sorted(names), ["string"])
            raise UserError(
                self.env._(
                    "%(card)s has been used: %(fields)s can no longer be changed. "
                    "Close the card and enter it anew.",
                    card=used[:1].number,
                    fields=[labels[name]["string"] for name in sorted(names)],
                )
            )

    # ------------------------------------------------------------------- actions

    def action_block(self, reason):
        """Block cards: lost, or locked away (挂失).

        :param reason: required.
        :return: True
        :raise UserError: for others than the technician, without a reason, or for a
            card that is not in use.
        """
        return self._move("block", reason)

    def action_unblock(self):
        """Put blocked cards back in use.

        :return: True
        :raise UserError: as :meth:`action_block`, or when the vehicle has another
            active card by now.
        """
        self._check_vehicles_free(self.vehicle_id.ids)
        return self._move("unblock", self.env._("Put back in use"))

    def action_close(self, reason):
        """Close cards for good; what was done with them stays.

        :param reason: required.
        :return: True
        :raise UserError: as :meth:`action_block`.
        """
        return self._move("close", reason)

    def _move(self, action, reason):
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(
                self.env._("Say why, in up to %(most)s characters.", most=500)
            )
        if not self.env.user.has_group("gov_fleet.group_technician"):
            raise UserError(
                self.env._("Fuel cards are kept by the vehicle technician.")
            )
        sources, target = _TRANSITIONS[action]
        labels = dict(self._fields["state"]._description_selection(self.env))
        self._meet_rivals()
        for card in self.sorted("id"):
            card.check_access("write")
            if card.state not in sources:
                raise UserError(
                    self.env._(
                        "%(card)s is in state “%(state)s”; this step is not possible "
                        "now.",
                        card=card.number,
                        state=labels[card.state],
                    )
                )
            vals = {"state": target}
            if target == "closed":
                vals["date_to"] = card.company_id.gov_today()
            # sudo: person, right and state have just been checked.
            engine(card.sudo()).write(vals)
            card.message_post(body=reason)
        return True

    def action_open_reason(self):
        """Ask for the reason of the action named in the context, then do it."""
        return self.env["gov.fuel.reason"]._open(self)

    def action_open_entries(self):
        """Open the fills paid with these cards."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gov_fleet.gov_fuel_entry_action"
        )
        return {**action, "domain": [("card_id", "in", self.ids)], "context": {}}

    # ------------------------------------------------------------------- helpers

    def _meet_rivals(self):
        """UPDATE the rows that top-ups and changes of these cards share."""
        meet_rivals(self)

    @api.model
    def _for_vehicles(self, vehicles):
        """Return dict vehicle id → its active card."""
        # sudo: whoever may note a fill of the vehicle may name its card.
        cards = self.sudo().search(
            [("vehicle_id", "in", vehicles.ids), ("state", "=", "active")]
        )
        return {card.vehicle_id.id: card for card in cards}
