from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_TEXT = 500


class GovVehicleTrip(models.Model):
    """The trip in the driver's hand: on the phone, or at the car room's tablet."""

    _inherit = "gov.vehicle.trip"

    is_my_trip = fields.Boolean(
        string="I drive", compute="_compute_is_my_trip", search="_search_is_my_trip"
    )
    is_today = fields.Boolean(
        string="Today", compute="_compute_is_today", search="_search_is_today"
    )

    # === Compute ===

    @api.depends("driver_id")
    @api.depends_context("uid")
    def _compute_is_my_trip(self):
        # sudo: only whether the driver is the user.
        mine = self.env.user.sudo().employee_ids
        for trip in self:
            trip.is_my_trip = trip.sudo().driver_id in mine

    @api.model
    def _search_is_my_trip(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only the user's own employee records.
        mine = Domain("driver_id", "in", self.env.user.sudo().employee_ids.ids)
        return mine if True in value else ~mine

    @api.depends("state", "date_start", "date_end")
    def _compute_is_today(self):
        for trip in self:
            trip.is_today = bool(trip.filtered_domain(trip._today_domain()))

    @api.model
    def _search_is_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self._today_domain()
        return today if True in value else ~today

    @api.model
    def _today_domain(self):
        """Return the domain of trips that are out, planned for or back today."""
        company = self.env.company
        midnight = datetime.combine(company.gov_today(), time())
        start = company._gov_utc(midnight)
        end = company._gov_utc(midnight + timedelta(days=1))
        return (
            Domain("state", "=", "out")
            | Domain("state", "=", "planned") & Domain("planned_start", "<", end)
            | Domain("state", "=", "back")
            & Domain("date_end", ">=", start)
            & Domain("date_end", "<", end)
        )

    # === Who speaks ===

    def _driver_speaks(self):
        """Return the driver of the trip and the way in which the user speaks for them.

        :return: (employee, ``phone`` or ``desk``)
        :raise UserError: the user is neither the driver nor a dispatcher.
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: read access has been checked; only the driver's account is compared.
        driver = self.sudo().driver_id
        if driver and driver.user_id == self.env.user:
            return driver, "phone"
        if driver and self.env.user.has_group("gov_fleet.group_dispatcher"):
            return driver, "desk"
        if not driver:
            raise UserError(self.env._("%s has no driver yet.", self.display_name))
        raise UserError(
            self.env._(
                "%(trip)s is driven by %(driver)s: they enter it, or the dispatcher.",
                trip=self.display_name,
                driver=driver.name,
            )
        )

    def _driver_check_state(self, *states):
        """Refuse a step that the state of the trip does not allow."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for trip in self:
            if trip.state not in states:
                raise UserError(
                    self.env._(
                        "%(trip)s is in state “%(state)s”: this is not possible any "
                        "more, or not yet.",
                        trip=trip.display_name,
                        state=labels[trip.state],
                    )
                )

    @api.model
    def _driver_text(self, text, missing):
        """Return a text that somebody typed.

        :param missing: message when there is none.
        :raise UserError: no text, too long, or no text at all.
        """
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            raise UserError(missing or self.env._("The text is missing."))
        if len(text) > _TEXT or "\0" in text:
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_TEXT)
            )
        return text
