import math

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.input_check import plain_number

from ..tools.odometer import gap

# How many acceptances a repair needs.
ACCEPTORS = 2


class FleetVehicleLogServices(models.Model):
    """From the approved order to the accepted repair."""

    _inherit = "fleet.vehicle.log.services"

    # ------------------------------------------------------------------- helpers

    def _start(self, action):
        """Meet rivals, check ``action``, return the order in the engine's environment.

        :raise UserError: naming the state or the person.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self.flush_recordset()
        self._approval_meet_rivals()
        self.invalidate_recordset(["order_state", "acceptance_round"], flush=False)
        if blocker := self._get_step_blocker(action):
            raise UserError(blocker)
        # sudo: access, state and person were checked just above.
        return engine(self.sudo())

    @api.model
    def _check_order_text(self, text, missing):
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            raise UserError(missing)
        return text.strip()[:500]

    @api.model
    def _check_moment(self, value, name):
        """Return ``value`` as a moment (UTC), or False when it is empty.

        :raise UserError: naming the field and the value.
        """
        if not value:
            return False
        try:
            return fields.Datetime.to_datetime(value).replace(microsecond=0)
        except (AttributeError, TypeError, ValueError):
            raise UserError(
                self.env._(
                    "%(field)s: “%(value)s” is not possible here.",
                    field=self._fields[name]._description_string(self.env),
                    value=value,
                )
            ) from None

    def _check_past_moment(self, value, name):
        """Return a moment that is not in the future; now when it is empty."""
        moment = self._check_moment(value, name) or fields.Datetime.now()
        if moment > fields.Datetime.now():
            raise UserError(self.env._("This cannot have happened in the future."))
        return moment

    @api.model
    def _check_figure(self, value, name, limit=1e9):
        """Return ``value`` as a number from 0 up to ``limit``.

        :raise UserError: naming the field and the value.
        """
        possible = type(value) in (int, float) and math.isfinite(value)
        if not possible or not 0 <= value < limit:
            raise UserError(
                self.env._(
                    "%(field)s: “%(value)s” is not possible here.",
                    field=self._fields[name]._description_string(self.env),
                    value=value,
                )
            )
        return value

    def _check_reading(self, value, name, least):
        """Return a reading of the vehicle's odometer in km.

        :param least: the last reading known, which it is not below.
        :raise UserError: more digits than the instrument has, or below ``least``
            without having passed all nines.
        """
        trips = self.env["gov.vehicle.trip"]
        register = 10.0 ** trips._digits_on(self.vehicle_id, fields.Datetime.now())
        value = self._check_figure(value, name, register)
        if gap(least, value, register) < 0:
            raise UserError(
                self.env._(
                    "%(value)s km is below the last reading of %(least)s km. If the "
                    "shop replaced the instrument, enter its last and the new one's "
                    "first reading.",
                    value=plain_number(value),
                    least=plain_number(least),
                )
            )
        return value

    def _is_in_the_way(self, start, now):
        """Tell whether the vehicle of this order cannot leave at ``start``.

        What lies behind the window at the shop can be planned.
        """
        if self.is_unsafe or start <= now:
            return True
        if self.order_state == "returned":
            return False
        return not self.window_end or self.window_end < now or start < self.window_end

    def _describe_block(self):
        """Return in words why the vehicle of this order cannot be dispatched."""
        if self.order_state in ("in_shop", "returned"):
            return self.env._(
                "In the shop: %(order)s since %(day)s",
                order=self.number,
                day=format_day(
                    self.env, self.company_id._gov_local(self.sent_at).date()
                ),
            )
        return self.env._(
            "Not roadworthy: %(order)s, %(what)s",
            order=self.display_name,
            what=self.description or "-",
        )

    @api.model
    def _open_from_fault(self, vehicle, text, driver, check=None):
        """Open the report of a fault that a driver found; the caller asked who speaks.

        A technician takes it over, adds parts and quote, and submits it. Whether the
        vehicle may leave meanwhile is the check's to say.

        :param vehicle: the vehicle.
        :param text: what is wrong.
        :param driver: the employee who found it.
        :param check: the check in which it was found; empty for a fault on the way.
        :return: the order, a draft.
        """
        # sudo: the caller has checked who speaks for the driver.
        order = engine(self.sudo()).create(
            {
                "order_kind": "repair",
                "vehicle_id": vehicle.id,
                "employee_id": driver.id,
                "description": text[:200],
                "notes": text,
                "origin": check.display_name if check else self.env._("Fault report"),
            }
        )
        return order.with_env(self.env)

    def _open_form(self):
        """Return the window action of this order's own form."""
        self.ensure_one()
        view = self.env.ref("gov_fleet.gov_vehicle_order_view_form")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
        }

    def action_open_order(self):
        """Open this row as the repair order that it is.

        :return: a window action.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        return self._open_form()

    def action_open_step(self):
        """Open the small form of the step that the context names (``gov_step``).

        :return: a window action.
        """
        return self.env["gov.vehicle.repair.wizard"]._open(self)

    # --------------------------------------------------------------------- steps

    def action_take(self):
        """Take over a driver's report as its handler, to complete and submit it.

        :return: True
        :raise UserError: not a technician, or no draft.
        """
        for order in self:
            document = order._start("take")
            document.handler_id = self.env.uid
        return True

    def action_plan(self, start, end):
        """Hold the window in which the vehicle is away on the dispatch board.

        :param start: UTC moment.
        :param end: UTC moment after it.
        :return: True
        :raise UserError: naming what is in the way.
        """
        start = self._check_moment(start, "window_start")
        end = self._check_moment(end, "window_end")
        if not start or not end or end <= start:
            raise UserError(
                self.env._("The window ends after its beginning: name both.")
            )
        self._start("plan")._hold_window(start, end)
        return True

    def _hold_window(self, start, end):
        """Take or move the window; the caller has checked the person."""
        booking = self.booking_id
        if booking and booking.active and booking.vehicle_id == self.vehicle_id:
            booking._retake(start, end)
        else:
            booking = self.env["gov.vehicle.booking"]._take(
                [
                    {
                        "vehicle_id": self.vehicle_id.id,
                        "company_id": self.company_id.id,
                        "date_start": start,
                        "date_end": end,
                        "kind": "repair",
                        "res_model": self._name,
                        "res_id": self.id,
                    }
                ]
            )
        self.write({"booking_id": booking.id, "window_start": start, "window_end": end})

    def _give_back_window(self, when=None):
        booking = self.booking_id
        if booking and booking.active:
            booking._release(when)

    def action_send(self, odometer, until, when=None):
        """Hand the vehicle over to the shop.

        :param odometer: its reading in km.
        :param until: UTC moment at which it should be back.
        :param when: UTC moment of the handover; now without one.
        :return: True
        :raise UserError: naming what is wrong or in the way.
        """
        when = self._check_past_moment(when, "sent_at")
        until = self._check_moment(until, "window_end")
        order = self._start("send")
        if not until or until <= when:
            raise UserError(self.env._("Say until when it should be back."))
        vehicle = order.vehicle_id
        reading = order._check_reading(odometer, "reading_in", vehicle.odometer_value)
        if out := order._get_trip_out():
            raise UserError(
                self.env._(
                    "The vehicle is out on %s. Enter its return first.",
                    out.display_name,
                )
            )
        order._hold_window(when, until)
        order.write({"sent_at": when, "reading_in": reading})
        return True

    def _get_trip_out(self):
        """Return the trip that the vehicle is out on now; may be none."""
        return self.env["gov.vehicle.trip"].search(
            [("vehicle_id", "=", self.vehicle_id.id), ("state", "=", "out")], limit=1
        )

    def action_back(self, values):
        """Take the vehicle back from the shop, with its bill and list of work.

        :param values: dictionary with ``odometer`` (km), ``bill_number``,
            ``bill_date``, ``amount``, ``scan`` (the shop's list, base64; required
            unless it is there), and where it applies ``when`` (UTC),
            ``instrument_last`` and ``instrument_first`` (km) of a replaced instrument.
        :return: True
        :raise UserError: naming what is wrong; a bill above the approved sum and the
            tolerance of the clause ``vehicle.repair.tolerance`` needs a supplement.
        """
        if not isinstance(values, dict):
            raise UserError(self.env._("These values are not possible here."))
        when = self._check_past_moment(values.get("when"), "returned_at")
        order = self._start("back")
        if when < order.sent_at:
            raise UserError(self.env._("It came back before it was sent."))
        vals = order._prepare_bill(values)
        vals |= order._prepare_readings(values)
        if values.get("scan"):
            order.write({"scan": values["scan"], "scan_name": order.number})
        order._freeze_scan()
        order.write(
            {
                **vals,
                "returned_at": when,
                "acceptance_round": order.acceptance_round + 1,
            }
        )
        order._give_back_window(when)
        order._tell_applicant()
        if order.instrument_last:
            self._enter_instrument(when)
        return True

    def _tell_applicant(self):
        """Leave the driver who asked for the repair a to-do to accept it."""
        self.activity_unlink(["gov_fleet.mail_activity_type_acceptance"])
        user = self.employee_id.user_id - self.handler_id
        if self.order_state == "returned" and user:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "gov_fleet.mail_activity_type_acceptance",
                date_deadline=self.company_id.gov_today(),
                user_id=user.id,
            )

    def _prepare_readings(self, values):
        last = values.get("instrument_last") or 0
        if not last:
            reading = self._check_reading(
                values.get("odometer"), "reading_out", self.reading_in
            )
            return {"reading_out": reading}
        last = self._check_reading(last, "instrument_last", self.reading_in)
        first = self._check_figure(
            values.get("instrument_first") or 0, "instrument_first", 1e8
        )
        reading = self._check_figure(values.get("odometer"), "reading_out", 1e8)
        if reading < first:
            raise UserError(
                self.env._("The reading on return is below the new one's first.")
            )
        return {
            "reading_out": reading,
            "instrument_last": last,
            "instrument_first": first,
        }

    def _enter_instrument(self, when):
        """Let the vehicle's chain of readings pass the replaced instrument.

        In the user's own environment: the chain asks who may enter it.
        """
        # sudo: what was just entered, and the shop's name.
        order = self.sudo()
        env = self._get_record_env()
        self.env["gov.vehicle.odometer.replacement"].create(
            [
                {
                    "vehicle_id": order.vehicle_id.id,
                    "date": when,
                    "old_value": order.instrument_last,
                    "new_value": order.instrument_first,
                    "reason": env._(
                        "Replaced in the shop: %(order)s, %(shop)s",
                        order=order.number,
                        shop=order.vendor_id.display_name,
                    ),
                }
            ]
        )

    def _prepare_bill(self, values):
        """Return the values of the bill, checked against what was approved."""
        number = self._check_order_text(
            values.get("bill_number"), self.env._("The number of the bill is missing.")
        )
        day = to_day(self.env, values.get("bill_date")) or self.company_id.gov_today()
        if day > self.company_id.gov_today():
            raise UserError(self.env._("The bill is dated in the future."))
        amount = self._check_figure(values.get("amount"), "amount_billed")
        self._check_bill_amount(amount)
        return {"bill_number": number, "bill_date": day, "amount_billed": amount}

    def _check_bill_amount(self, amount):
        """Refuse a bill above what was approved, supplements and tolerance included.

        :raise UserError: naming the sum, what was approved, the tolerance and clause.
        """
        policies = self.env["gov.policy"]
        code = "vehicle.repair.tolerance"
        tolerance = policies.get_value(code, company=self.company_id.id)
        approved = self.amount_frozen + sum(
            self.supplement_ids.filtered(lambda o: o.order_state == "approved").mapped(
                "amount_frozen"
            )
        )
        limit = self.currency_id.round(approved * (1 + tolerance / 100))
        if self.currency_id.compare_amounts(amount, limit) > 0:
            raise UserError(
                self.env._(
                    "The bill of %(amount)s is above the approved %(approved)s and the "
                    "tolerance of %(tolerance)s%% (%(clause)s). Submit the additional "
                    "work as a supplement to this order first.",
                    amount=self.currency_id.format(amount),
                    approved=self.currency_id.format(approved),
                    tolerance=plain_number(tolerance),
                    clause=policies._get_policy(code, company=self.company_id).citation,
                )
            )

    def action_accept(self, note=""):
        """Accept the repair as one of two people.

        :param note: text, may be empty.
        :return: True
        :raise UserError: not one of those who accept, or not back from the shop.
        """
        note = note.strip()[:500] if isinstance(note, str) else ""
        for order in self.sorted("id"):
            document = order._start("accept")
            document._add_acceptance("accepted", note)
            accepted = document.acceptance_ids.filtered(
                lambda row, o=document: row.round == o.acceptance_round
                and row.outcome == "accepted"
            )
            if len(accepted) >= ACCEPTORS:
                document._finish(document.returned_at)
                document._tell_applicant()
            elif self.env.user == document.employee_id.user_id:
                document.activity_unlink(["gov_fleet.mail_activity_type_acceptance"])
        return True

    def action_rework(self, reason, until):
        """Send the vehicle back to the shop: the work is not accepted.

        :param reason: text; required.
        :param until: UTC moment at which it should be back.
        :return: True
        :raise UserError: no reason, or not one of those who accept.
        """
        reason = self._check_order_text(
            reason, self.env._("Say why: the reason is empty.")
        )
        now = fields.Datetime.now()
        until = self._check_moment(until, "window_end")
        order = self._start("rework")
        if not until or until <= now:
            raise UserError(self.env._("Say until when it should be back."))
        order._add_acceptance("refused", reason)
        order.write({"returned_at": False, "booking_id": False})
        order._tell_applicant()
        order._hold_window(now, until)
        return True

    def _add_acceptance(self, outcome, note):
        self.env["gov.vehicle.acceptance"].create(
            {
                "order_id": self.id,
                "company_id": self.company_id.id,
                "round": self.acceptance_round,
                "user_id": self.env.uid,
                "outcome": outcome,
                "note": note or False,
                "accepted_at": fields.Datetime.now(),
            }
        )

    def action_complete(self, values):
        """Enter the policy or the result of the inspection; the vehicle's date moves.

        :param values: dictionary with ``date_from``, ``date_to`` (days),
            ``bill_number``, ``bill_date``, ``amount``, ``scan`` (the paper).
        :return: True
        :raise UserError: naming what is wrong.
        """
        if not isinstance(values, dict):
            raise UserError(self.env._("These values are not possible here."))
        first = to_day(self.env, values.get("date_from"))
        last = to_day(self.env, values.get("date_to"))
        order = self._start("complete")
        if not first or not last or last < first:
            raise UserError(
                self.env._("Name the days from which and until which it is valid.")
            )
        vals = order._prepare_bill(values)
        if values.get("scan"):
            order.write({"scan": values["scan"], "scan_name": order.number})
        order._freeze_scan()
        order.write({**vals, "date_from": first, "date_to": last})
        order._move_vehicle_date()
        order._give_back_window(fields.Datetime.now())
        order._finish(fields.Datetime.now())
        return True

    def _move_vehicle_date(self):
        """Let the vehicle's date follow the latest paper."""
        name = f"{self.order_kind}_date_to"
        vehicle = self.vehicle_id
        if not vehicle[name] or vehicle[name] < self.date_to:
            vehicle.write({name: self.date_to})

    def _finish(self, when):
        """Close the work: parts count as fitted, the plan moves on, repeats show."""
        day = self.company_id._gov_local(when).date()
        orders = self | self.supplement_ids.filtered(
            lambda order: order.order_state == "approved"
        )
        reading = self.reading_out or self.vehicle_id.odometer_value
        for order in orders:
            order.write(
                {
                    "sent_at": order.sent_at or when,
                    "returned_at": order.returned_at or when,
                    "accepted_at": fields.Datetime.now(),
                    "bill_number": self.bill_number,
                    "bill_date": self.bill_date,
                    "date": self.bill_date or day,
                }
            )
        self.amount = self.amount_billed
        orders.part_line_ids.write({"fitted_on": day, "fitted_odometer": reading})
        for plan in self.plan_id:
            plan._done(day, reading)
        for order in orders:
            order._report_repeats()
        return True

    def _report_repeats(self):
        """Open a finding on parts fitted again too early, with both bills."""
        lines = self.part_line_ids.filtered("repeat_note")
        if not lines:
            return
        env = self._get_record_env()
        texts = [
            env._(
                "%(before)s Fitted again on %(day)s at %(km)s km (%(order)s, bill "
                "%(bill)s, %(shop)s, %(price)s).",
                before=line.with_env(env).repeat_note,
                day=format_day(env, line.fitted_on),
                km=plain_number(line.fitted_odometer),
                order=self.number,
                bill=self.bill_number or "-",
                shop=self.vendor_id.display_name or "-",
                price=self.currency_id.format(line.amount),
            )
            for line in lines
        ]
        self.env["gov.finding"]._raise("vehicle_part_repeat", self, "\n".join(texts))
