import math

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_approval_chain import Transition
from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
    check_records_exist,
)

_FACTS = ("vehicle_id", "date", "place")
SHARES = [
    ("none", "No blame"),
    ("minor", "Minor blame"),
    ("equal", "Equal blame"),
    ("main", "Main blame"),
    ("full", "Full blame"),
]
# From this share on the driver is asked to explain.
_TO_EXPLAIN = ("equal", "main", "full")


class GovVehicleAccident(models.Model):
    """An accident of an official vehicle and its claim (事故与理赔).

    ======= ================= ========= ==============================================
    action  from              to        by
    ======= ================= ========= ==============================================
    claim   reported          claimed   technician: insurer, its number, what is asked
    settle  reported, claimed settled   technician: share of blame with the police
                                        paper, what the insurer and the driver pay
    close   settled           closed    manager of vehicles
    reopen  settled           claimed   manager of vehicles, with a reason
    cancel  reported          cancelled technician, with a reason
    ======= ================= ========= ==============================================

    With equal blame or more a finding asks the driver; whether it becomes a case is
    decided there.
    """

    _name = "gov.vehicle.accident"
    _description = "Accident"
    _inherit = [
        "gov.vehicle.matter.mixin",
        "gov.number.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "number"
    _number_code = "gov.vehicle.accident"
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "state",
            "amount_own",
            "trip_id",
            "share",
            "claim_number",
            "insurer_id",
            "amount_claimed",
            "amount_insurer",
            "amount_driver",
            "amount_other_side",
            "settled_on",
            "reason",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        compute="_compute_company_id",
        precompute=True,
        store=True,
        required=True,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        string="Vehicle",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    date = fields.Datetime(string="Time", required=True)
    place = fields.Char(required=True)
    description = fields.Text(string="What happened", required=True)
    injured = fields.Boolean(string="Somebody was hurt")
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        string="Trip",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        string="Driver",
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    other_side = fields.Char(
        string="Other side", help="Plate and insurer of the other vehicle."
    )
    police_number = fields.Char(string="Number of the police paper")
    share = fields.Selection(
        SHARES, string="Share of blame", readonly=True, tracking=True
    )
    insurer_id = fields.Many2one(
        "res.partner", string="Insurer", readonly=True, ondelete="restrict"
    )
    claim_number = fields.Char(string="Number of the claim", readonly=True)
    document_ids = fields.One2many(
        "gov.vehicle.accident.document", "accident_id", string="Papers"
    )
    order_ids = fields.One2many(
        "fleet.vehicle.log.services", "accident_id", string="Repairs", readonly=True
    )
    loss_own = fields.Monetary(string="Own loss", help="As estimated, repair included.")
    loss_other = fields.Monetary(string="Loss of the other side")
    amount_claimed = fields.Monetary(string="Claimed", readonly=True)
    amount_insurer = fields.Monetary(string="Paid by the insurer", readonly=True)
    amount_other_side = fields.Monetary(string="Paid by the other side", readonly=True)
    amount_driver = fields.Monetary(string="Borne by the driver", readonly=True)
    amount_own = fields.Monetary(
        string="Left to the institution", compute="_compute_amount_own", store=True
    )
    repair_amount = fields.Monetary(
        string="Repairs billed", compute="_compute_repair_amount"
    )
    settled_on = fields.Date(readonly=True)
    reason = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("reported", "Reported"),
            ("claimed", "Claimed"),
            ("settled", "Settled"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="reported",
        index=True,
        tracking=True,
    )
    can_claim = fields.Boolean(compute="_compute_can")
    can_settle = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    _amounts_check = models.Constraint(
        "CHECK (loss_own BETWEEN 0 AND 1e9 AND loss_other BETWEEN 0 AND 1e9"
        " AND amount_claimed BETWEEN 0 AND 1e9 AND amount_insurer BETWEEN 0 AND 1e9"
        " AND amount_other_side BETWEEN 0 AND 1e9 AND amount_driver BETWEEN 0 AND 1e9)",
        "Sums lie between 0 and 1,000,000,000.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("vehicle_id")
    def _compute_company_id(self):
        for accident in self:
            accident.company_id = accident.vehicle_id.company_id or self.env.company

    @api.depends(
        "loss_own",
        "loss_other",
        "amount_insurer",
        "amount_other_side",
        "amount_driver",
    )
    def _compute_amount_own(self):
        for accident in self:
            paid = (
                accident.amount_insurer
                + accident.amount_other_side
                + accident.amount_driver
            )
            loss = accident.loss_own + accident.loss_other
            accident.amount_own = max(loss - paid, 0)

    @api.depends("order_ids.amount_billed")
    def _compute_repair_amount(self):
        for accident in self:
            # sudo: the sum of the repairs is shown to whoever reads the accident.
            orders = accident.sudo().order_ids
            accident.repair_amount = sum(orders.mapped("amount_billed"))

    # --------------------------------------------------------------- transitions

    @api.model
    def _get_transitions(self):
        """Return the one table: action → states, target, who."""
        return {
            "claim": Transition({"reported"}, "claimed", "_is_technician"),
            "settle": Transition({"reported", "claimed"}, "settled", "_is_technician"),
            "close": Transition({"settled"}, "closed", "_is_manager"),
            "reopen": Transition({"settled"}, "claimed", "_is_manager"),
            "cancel": Transition({"reported"}, "cancelled", "_is_technician"),
        }

    def _is_technician(self):
        return self.env.user.has_group("gov_fleet.group_technician")

    def _get_person_text(self, action):
        if self._get_transitions()[action].who == "_is_manager":
            return self.env._("This is done by the manager of official vehicles.")
        return self.env._("This step is done by a vehicle technician.")

    # ---------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        check_records_exist(self.browse(), vals_list, ("vehicle_id", "driver_id"))
        accidents = super().create(vals_list)
        now = fields.Datetime.now()
        # sudo: super() has checked who enters it; number and driver follow.
        for accident in engine(accidents.sudo()):
            if accident.date > now:
                raise UserError(self.env._("The accident lies in the future."))
            accident._assign_number()
            accident._find_driver()
        return accidents

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if is_engine(self.env):
            return super().write(vals)
        self._guard_refuse({"company_id", *_FACTS} & set(vals))
        helpers = set(self.env["mail.thread"]._fields)
        helpers |= set(self.env["mail.activity.mixin"]._fields)
        for accident in self if set(vals) - helpers else self.browse():
            if accident.state not in ("reported", "claimed"):
                raise UserError(
                    self.env._(
                        "%s is settled: it stays as it is.", accident.display_name
                    )
                )
        return super().write(vals)

    def _find_driver(self):
        """Name the driver of the trip of that time, unless somebody named one."""
        self.trip_id = self.env["gov.vehicle.offence"]._find_trip(
            self.vehicle_id, self.date
        )
        if self.trip_id.driver_id and not self.driver_id:
            self.driver_id = self.trip_id.driver_id

    # ------------------------------------------------------------- public actions

    def action_claim(self, insurer_id, number, amount):
        """Enter the claim handed in.

        :param insurer_id: id of the insurer.
        :param number: the insurer's number of the claim; required.
        :param amount: what is claimed, in the institution's currency, above 0.
        :return: True
        :raise UserError: naming what is wrong.
        """
        number = self._check_text(number, self.env._("The number is missing."))
        amount = self._check_sum(amount, self._fields["amount_claimed"])
        insurer = self._find_insurer(insurer_id)
        if not amount:
            raise UserError(self.env._("A claim asks for more than 0."))
        self._start("claim").write(
            {
                "state": "claimed",
                "insurer_id": insurer.id,
                "claim_number": number,
                "amount_claimed": amount,
            }
        )
        return True

    def action_settle(self, share, insurer=0, other_side=0, driver=0):
        """Enter how the accident ended: blame and who paid what.

        :param share: a value of ``share``; needs the police paper among the papers.
        :param insurer: what the insurer paid.
        :param other_side: what the other side paid.
        :param driver: what the driver bears.
        :return: True
        :raise UserError: naming what is wrong.
        """
        if share not in dict(SHARES):
            raise UserError(self.env._("Choose the share of blame."))
        sums = {
            name: self._check_sum(value, self._fields[name])
            for name, value in (
                ("amount_insurer", insurer),
                ("amount_other_side", other_side),
                ("amount_driver", driver),
            )
        }
        accident = self._start("settle")
        papers = accident.document_ids.filtered(
            lambda row: row.kind in ("police", "agreement") and row.scan_name
        )
        if not papers or not accident.driver_id:
            raise UserError(
                self.env._(
                    "%s needs its driver and the paper of the police or the agreement "
                    "with the other side, with the scan, before it is settled.",
                    accident.display_name,
                )
            )
        loss = accident.loss_own + accident.loss_other
        currency = accident.currency_id
        if currency.compare_amounts(sum(sums.values()), loss) > 0:
            raise UserError(
                self.env._(
                    "%(paid)s paid in all is more than the loss of %(loss)s.",
                    paid=currency.format(sum(sums.values())),
                    loss=currency.format(loss),
                )
            )
        accident.write(
            {
                **sums,
                "share": share,
                "state": "settled",
                "settled_on": accident.company_id.gov_today(),
            }
        )
        if share in _TO_EXPLAIN:
            accident.env["gov.finding"]._raise(
                "vehicle_accident",
                accident,
                accident._get_evidence(),
                employee=accident.driver_id,
            )
        return True

    def action_close(self):
        """Close a settled accident.

        :return: True
        """
        for accident in self:
            accident._start("close").state = "closed"
        return True

    def action_reopen(self, reason):
        """Take the settlement back, with a reason.

        :return: True
        """
        reason = self._check_text(reason, self.env._("The reason is missing."))
        accident = self._start("reopen")
        accident.write({"state": "claimed", "reason": reason})
        return True

    def action_cancel(self, reason):
        """Void a report that was a mistake; its number stays visible.

        :return: True
        """
        reason = self._check_text(reason, self.env._("The reason is missing."))
        accident = self._start("cancel")
        if accident.order_ids.filtered(
            lambda order: order.order_state not in ("rejected", "cancelled")
        ):
            raise UserError(self.env._("%s has a repair order.", accident.display_name))
        accident.write({"state": "cancelled", "reason": reason})
        return True

    def action_order(self):
        """Draft the repair order of this accident and open it.

        :return: a window action.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("write")
        order = self.env["fleet.vehicle.log.services"].create(
            {
                "order_kind": "accident",
                "vehicle_id": self.vehicle_id.id,
                "accident_id": self.id,
                "description": self.env._("Accident %s", self.number),
            }
        )
        return order._open_form()

    # -------------------------------------------------------------------- helpers

    def _get_evidence(self):
        # sudo: plate and trip stand in the evidence of the accident.
        accident = self.sudo()
        shares = dict(self._fields["share"]._description_selection(self.env))
        local = fields.Datetime.context_timestamp(
            accident.with_context(tz=accident.company_id.gov_tz), accident.date
        )
        money = accident.currency_id
        return self.env._(
            "%(plate)s, %(time)s, %(place)s: %(share)s (%(paper)s). Loss %(loss)s, "
            "insurer %(insurer)s, other side %(other)s, driver %(driver)s, left to "
            "the institution %(own)s. Trip %(trip)s.",
            plate=accident.vehicle_id.license_plate or accident.vehicle_id.display_name,
            time=f"{format_day(self.env, local.date())} {local:%H:%M}",
            place=accident.place,
            share=shares[accident.share],
            paper=accident.police_number or "-",
            loss=money.format(accident.loss_own + accident.loss_other),
            insurer=money.format(accident.amount_insurer),
            other=money.format(accident.amount_other_side),
            driver=money.format(accident.amount_driver),
            own=money.format(accident.amount_own),
            trip=self.env["gov.vehicle.offence"]._get_trip_text(accident.trip_id),
        )

    def _find_insurer(self, insurer_id):
        is_id = type(insurer_id) is int and 0 < insurer_id < 2**31
        insurer = self.env["res.partner"].browse(insurer_id if is_id else 0).exists()
        if not insurer:
            raise UserError(self.env._("Choose the insurer."))
        return insurer

    @api.model
    def _check_sum(self, value, field):
        """Return ``value`` as a sum from 0 up.

        :raise UserError: naming the field and the value.
        """
        possible = type(value) in (int, float) and math.isfinite(value)
        if not possible or not 0 <= value < 1e9:
            raise UserError(
                self.env._(
                    "%(field)s: “%(value)s” is not possible here.",
                    field=field._description_string(self.env),
                    value=value,
                )
            )
        return value
