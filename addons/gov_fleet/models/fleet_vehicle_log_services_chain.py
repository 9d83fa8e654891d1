from odoo import models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day

from .fleet_vehicle_log_services import QUOTED_KINDS


class FleetVehicleLogServices(models.Model):
    """What the approval chain asks of a repair order: shop, quotes, sums."""

    _inherit = "fleet.vehicle.log.services"

    def _approval_may_type_for_all(self, user):
        return user.has_group("gov_fleet.group_technician")

    def _approval_summary(self):
        text = self.env._(
            "%(vehicle)s: %(what)s, %(shop)s",
            # sudo: plate and shop stand in the line of the inbox.
            vehicle=self.vehicle_id.sudo().license_plate
            or self.vehicle_id.sudo().display_name,
            what=self.description or "-",
            # sudo: as above.
            shop=self.vendor_id.sudo().display_name or "-",
        )
        if self.repeat_count:
            text = self.env._(
                "%(text)s; %(count)s parts again within warranty or interval",
                text=text,
                count=self.repeat_count,
            )
        return text

    def _approval_band_amount(self):
        """A supplement is decided by the sum of the whole work."""
        amount = super()._approval_band_amount()
        if first := self.supplement_of_id:
            others = (first | first.supplement_ids) - self
            amount += sum(
                others.filtered(
                    lambda o: o.approval_state in ("submitted", "on_hold", "approved")
                ).mapped("amount_frozen")
            )
        return amount

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        if not self.order_kind:
            raise UserError(self.env._("A plain service log is not submitted."))
        if not (self.description or "").strip() or not self.part_line_ids:
            raise UserError(
                self.env._("Say what is to be done, with its parts and jobs.")
            )
        if not self.amount_total:
            raise UserError(self.env._("The parts and jobs have no price."))
        if not self.vendor_id:
            raise UserError(self.env._("Choose the shop."))
        if first := self.supplement_of_id:
            # Two supplements at once would each count without the other.
            first._approval_meet_rivals()
            first.invalidate_recordset(["order_state", "supplement_ids"])
            if first.order_state not in ("approved", "in_shop"):
                raise UserError(
                    self.env._(
                        "%s is not under way: a supplement is made until the vehicle "
                        "is back.",
                        first.display_name,
                    )
                )
        if self.order_kind in QUOTED_KINDS:
            self._check_shop()
            self._check_quotes()
        return result

    def _check_shop(self):
        shop = self.vendor_id
        day = self.company_id.gov_today()
        if not shop._is_designated_on(day) and not (self.shop_reason or "").strip():
            raise UserError(
                self.env._(
                    "%(shop)s is not a designated shop on %(day)s: say why it is "
                    "chosen.",
                    shop=shop.display_name,
                    day=format_day(self.env, day),
                )
            )

    def _check_quotes(self):
        """Refuse an order whose quotes are missing, too few or do not add up."""
        chosen = self.quote_ids.filtered("is_chosen")
        money = self.currency_id
        if not chosen or chosen.partner_id != self.vendor_id:
            raise UserError(self.env._("Choose the quote of the shop."))
        if money.compare_amounts(chosen.amount, self.amount_total):
            raise UserError(
                self.env._(
                    "Parts and jobs add up to %(sum)s, the chosen quote is %(quote)s.",
                    sum=money.format(self.amount_total),
                    quote=money.format(chosen.amount),
                )
            )
        if self.is_urgent or (self.quote_reason or "").strip():
            return
        policies, company = self.env["gov.policy"], self.company_id
        over = policies.get_value("vehicle.repair.quotes.over", company=company.id)
        number = policies.get_value("vehicle.repair.quotes.number", company=company.id)
        if (
            money.compare_amounts(self.amount_total, over) > 0
            and len(self.quote_ids) < number
        ):
            clause = policies._get_policy("vehicle.repair.quotes.over", company=company)
            raise UserError(
                self.env._(
                    "Above %(over)s an order has %(number)s quotes, this one has "
                    "%(count)s (%(clause)s). Add them, or say why not.",
                    over=money.format(over),
                    number=number,
                    count=len(self.quote_ids),
                    clause=clause.citation,
                )
            )
        if money.compare_amounts(chosen.amount, min(self.quote_ids.mapped("amount"))):
            raise UserError(
                self.env._("The chosen quote is not the lowest: say why it is chosen.")
            )

    def _approval_after_closed(self, action):
        result = super()._approval_after_closed(action)
        self._give_back_window()
        self.write({"window_start": False, "window_end": False})
        return result

    def _approval_cancel_blocker(self):
        blocker = super()._approval_cancel_blocker()
        if not blocker and self.sent_at:
            blocker = self.env._(
                "%s: the vehicle was in the shop; the order is brought to its end.",
                self.display_name,
            )
        if not blocker and self.supplement_ids.filtered(
            lambda o: o.approval_state in ("submitted", "on_hold", "approved")
        ):
            blocker = self.env._("%s has a supplement.", self.display_name)
        return blocker
