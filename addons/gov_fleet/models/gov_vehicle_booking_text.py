from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine


class GovVehicleBooking(models.Model):
    """What is told about a trip: the dispatch text, the driver, who comes next."""

    _inherit = "gov.vehicle.booking"

    dispatch_text = fields.Text(
        string="Dispatch text",
        compute="_compute_dispatch_text",
        help="To copy and paste to who asked: plate, driver, phone, time, place.",
    )
    window_text = fields.Char(string="When", compute="_compute_window_text")
    is_late_before = fields.Boolean(
        string="Vehicle may come late",
        readonly=True,
        copy=False,
        help="The trip before this one is not back in time.",
    )

    # ---------------------------------------------------------------- dispatch text

    @api.depends("vehicle_id", "driver_id", "date_start", "date_end", "destination")
    def _compute_dispatch_text(self):
        cards = self.env["gov.vehicle.driver"]._of(self.driver_id)
        for booking in self:
            booking.dispatch_text = booking._get_dispatch_text(cards)

    def _get_dispatch_text(self, cards):
        """Return one line: plate and body, driver, phone, time, place."""
        if not self.vehicle_id or not self.driver_id:
            return False
        # sudo: the text tells plate, name and phone to who asked for the vehicle.
        vehicle, driver = self.sudo().vehicle_id, self.sudo().driver_id
        card = cards.get(driver.id)
        model = vehicle.model_id.name or ""
        parts = [
            f"{self._get_taken_name(vehicle)} {model}".strip(),
            self.env._("driver %s", driver.name),
            (card and card.phone) or "",
            self._get_window_text(),
            "" if self.is_protected else self.destination or "",
        ]
        text, *others = filter(None, parts)
        for part in others:  # strung together as the reader's language does it
            text = self.env._("%(text)s, %(part)s", text=text, part=part)
        return self.env._("Vehicle: ") + text

    @api.depends("date_start", "date_end", "company_id")
    def _compute_window_text(self):
        for booking in self:
            has_both = booking.date_start and booking.date_end
            booking.window_text = has_both and booking._get_window_text()

    def _get_window_text(self):
        """Return from when to when, the day once where it is the same."""
        start = self._get_moment_text(self.date_start, self.company_id)
        local = self._get_local(self.date_start, self.company_id)
        until = self._get_local(self.date_end, self.company_id)
        end = (
            f"{until:%H:%M}"
            if local.date() == until.date()
            else self._get_moment_text(self.date_end, self.company_id)
        )
        return f"{start}–{end}"

    def action_copy_text(self):
        """Return the dispatch text of one trip, for a client that copies it.

        :return: text; empty while vehicle or driver is missing.
        """
        self.check_access("read")
        return self[:1].dispatch_text or ""

    # ---------------------------------------------------------------------- telling

    def _get_off_text(self, reason):
        return self.env._(
            "The trip on %(time)s is taken off you. %(reason)s",
            time=self._get_window_text(),
            reason=reason,
        )

    def _tell_driver(self, driver, text):
        """Send a driver with an account a message about the trip, quietly."""
        # sudo: only the driver's own account is addressed.
        partner = driver.sudo().user_id.partner_id
        if partner and text and self.trip_id:
            engine(self.trip_id.sudo()).message_notify(
                partner_ids=partner.ids,
                subject=self.env._("Trip %s", self._get_window_text()),
                body=text,
            )

    # ------------------------------------------------------------------ late return

    def _warn_next(self, trip=None):
        """Tell who waits for the vehicle or the driver that they come late.

        Called when a trip comes back after its planned end, or is still out then. The
        next windows keep their time; each is told of once.

        :param trip: the late trip; without it the trips of these bookings.
        :return: the bookings that were warned.
        """
        # sudo: called by the server when a trip comes back or is late.
        bookings = engine((trip.booking_id if trip else self).sudo())
        warned = self.browse()
        for booking in bookings:
            until = booking.trip_id.date_end
            # Still out: who leaves within the hour is told, too.
            until = until or fields.Datetime.now() + timedelta(hours=1)
            if (booking.trip_id.date_end or fields.Datetime.now()) <= booking.date_end:
                continue
            for after in booking._get_next(until):
                if not after.is_late_before:
                    after.is_late_before = True
                    after._tell_late(booking)
                    warned |= after
        return warned

    def _give_back_early(self):
        """Free what is left of the windows of trips that are back before their end."""
        # sudo: called by the server when a trip comes back.
        for booking in engine(self.sudo()):
            back = booking.trip_id.date_end
            if not back or back >= booking.date_end:
                continue
            with booking._retried():
                booking.write(booking._get_used_window(back))
                booking.flush_recordset()

    def _get_used_window(self, back):
        """Return the window of a trip that was ``back`` before its planned end.

        One that was back before its planned beginning, too, moves to when it was;
        where something else holds that time, a moment of the window is left.
        """
        if back > self.date_start:
            return {"date_end": back}
        moment = timedelta(seconds=1)
        start = min(self.trip_id.date_start or back, back - moment)
        used = {"date_start": start, "date_end": back}
        taken = {"vehicle_id": self.vehicle_id.id, "driver_id": self.driver_id.id}
        if self._get_conflicts([{**taken, **used}], self):
            return {"date_end": self.date_start + moment}
        return used

    def _get_next(self, until):
        """Return trips that begin before the vehicle or driver of this one is back."""
        domain = [
            ("id", "!=", self.id),
            ("kind", "=", "request"),
            ("state", "=", "assigned"),
            ("date_start", ">=", self.date_end),
            ("date_start", "<", until),
            "|",
            ("vehicle_id", "=", self.vehicle_id.id),
            ("driver_id", "=", self.driver_id.id),
        ]
        return self.search(domain, order="date_start, id", limit=20)

    def _tell_late(self, late):
        """Tell dispatcher and driver of this trip that ``late`` is not back."""
        people = self.assigned_by_id | self.driver_id.user_id
        if not people or not self.trip_id:
            return
        self.trip_id.message_notify(
            partner_ids=people.partner_id.ids,
            subject=self.env._("Late return: %s", self._get_window_text()),
            body=self.env._(
                "%(vehicle)s should have been back on %(planned)s. The next trip "
                "begins on %(next)s.",
                vehicle=self._get_taken_name(late.vehicle_id),
                planned=self._get_moment_text(late.date_end),
                next=self._get_moment_text(self.date_start),
            ),
        )

    @api.model
    def _cron_warn_late(self):
        """Warn of vehicles that are still out after their planned end."""
        late = self.search(
            [
                ("state", "=", "out"),
                ("date_end", "<", fields.Datetime.now()),
            ],
            order="date_end",
            limit=500,
        )
        late._warn_next()
