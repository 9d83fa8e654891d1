from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.quick_line import guess_area, parse_line

_MOST_SIGNS = 300
_FIELDS = (
    "destination",
    "purpose",
    "area",
    "date_start",
    "date_end",
    "passenger_count",
    "vehicle_count",
    "employee_id",
    "beneficiary_id",
    "served_partner_id",
    "caller_name",
    "caller_phone",
    "unit_approver",
    "unit_slip_number",
    "filing_number",
    "is_urgent",
    "urgent_reason",
    "is_protected",
)


class GovVehicleRequest(models.Model):
    """One line becomes a request: what was asked by phone, typed in 15 seconds."""

    _inherit = "gov.vehicle.request"

    @api.model
    def action_quick(self, line, values=None):
        """Enter and submit a request for who calls.

        :param line: what was said, in one line; may be empty when ``values`` say it.
        :param values: dict of fields that go before what the line says.
        :return: dict ``id``, ``number`` and ``state`` of the request.
        :raise UserError: not a dispatcher, nobody to ask for, or as ``action_submit``.
        """
        if not self.env.user.has_group("gov_fleet.group_dispatcher"):
            raise UserError(self.env._("Calls are taken by a dispatcher."))
        values = values or {}
        if not isinstance(values, dict) or not set(values) <= set(_FIELDS):
            raise UserError(self.env._("These values are not possible here."))
        vals = {
            **self._parse_quick(line),
            **{name: value for name, value in values.items() if value},
        }
        if not vals.get("employee_id") and vals.get("served_partner_id"):
            vals["employee_id"] = self.env.user.employee_id.id
        if not vals.get("employee_id"):
            raise UserError(
                self.env._("Say who asks: a person of the house or a served unit.")
            )
        vals.setdefault("purpose", vals.get("destination"))
        request = self.create(vals)
        request.action_submit()
        return {"id": request.id, "number": request.number, "state": request.state}

    @api.model
    def _parse_quick(self, line):
        """Return the values that one line says, as far as they are understood.

        :raise UserError: when it is no text, or a very long one.
        """
        line = line or ""
        if not isinstance(line, str) or "\0" in line or len(line) > _MOST_SIGNS:
            raise UserError(
                self.env._("One line of at most %s signs, please.", _MOST_SIGNS)
            )
        company = self.env.company
        found = parse_line(line, company.gov_now())
        words = found.pop("rest")
        vals = {
            name: company._gov_utc(value) if name.startswith("date_") else value
            for name, value in found.items()
        }
        vals |= self._find_asker(words)
        if words and "destination" not in vals:
            vals["destination"] = words.pop(0)
        if words:
            vals["purpose"] = " ".join(words)
        return {**self._get_habits(vals.get("destination")), **vals}

    @api.model
    def _find_asker(self, words):
        """Take the person and the served unit out of ``words``, two queries.

        :return: dict ``employee_id``, ``served_partner_id``, ``caller_name``.
        """
        if not words:
            return {}
        vals, company = {}, self.env.company
        # sudo: a dispatcher enters for anybody of the house; only names are compared.
        people = (
            self.env["hr.employee"]
            .sudo()
            .search(
                [("name", "in", words), ("company_id", "=", company.id)],
                limit=2,
            )
        )
        units = self.env["res.partner"].search(
            [
                ("is_served_unit", "=", True),
                ("name", "in", words),
                ("company_id", "in", (False, company.id)),
            ],
            limit=1,
        )
        if not units:
            units = self._find_unit_by_part(words)
        if units:
            word, unit = units if isinstance(units, tuple) else (units.name, units)
            vals["served_partner_id"] = unit.id
            words.remove(word)
        if len(people) == 1 and not units:
            vals["employee_id"] = people.id
            words.remove(people.name)
        elif people and units:
            vals["caller_name"] = people[0].name
            words.remove(people[0].name)
        elif units and words and len(words[0]) <= 4:
            vals["caller_name"] = words.pop(0)
        return vals

    @api.model
    def _find_unit_by_part(self, words):
        """Return (word, unit) when one word is part of one unit's name, else None."""
        for word in [word for word in words if len(word) >= 2][:6]:
            units = self.env["res.partner"].search(
                [("is_served_unit", "=", True), ("name", "ilike", word)], limit=2
            )
            if len(units) == 1:
                return word, units
        return None

    @api.model
    def _get_habits(self, destination):
        """Return the area of the last request there, else what its name points at."""
        if not destination:
            return {}
        # Only what the user may read is looked at; a protected one never.
        last = self.search(
            [
                ("destination", "=ilike", destination),
                ("is_protected", "=", False),
                ("approval_state", "!=", "draft"),
                ("company_id", "=", self.env.company.id),
            ],
            order="id desc",
            limit=1,
        )
        area = last.area or guess_area(destination)
        return {"area": area} if area else {}

    @api.onchange("destination")
    def _onchange_destination(self):
        if self.area == "town" and (habits := self._get_habits(self.destination)):
            self.area = habits["area"]

    def _get_reply(self):
        """Return the text to send back to who called."""
        self.ensure_one()
        if self.dispatch_note:
            return self.dispatch_note
        return self.env._(
            "%(number)s: %(when)s, %(where)s. %(next)s",
            number=self.number or "",
            when=self.window_text,
            where=self.destination or "",
            next=self.env._("A vehicle is being dispatched.")
            if self.approval_state == "approved"
            else self.env._("Waiting for: %s", self.waiting_for or "-"),
        )

    reply_text = fields.Char(string="Reply", compute="_compute_reply_text")

    @api.depends("state", "dispatch_note", "waiting_for")
    def _compute_reply_text(self):
        for request in self:
            request.reply_text = request.number and request._get_reply()
