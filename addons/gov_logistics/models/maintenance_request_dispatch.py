import re

from odoo import api, models
from odoo.exceptions import UserError

from .input_check import find_record
from .maintenance_request import OPEN_STATES

_PHONE = re.compile(r"\+?\d[\d\-]{3,19}")
_SPLIT = re.compile(r"[\s,，;；、]+")
_MAX_LINE = 500


class MaintenanceRequest(models.Model):
    """Taking a call in one line, and whom to send."""

    _inherit = "maintenance.request"

    # --------------------------------------------------------------- quick intake

    @api.model
    def action_quick(self, line, values=None):
        """Take a call: one line of place, fault, caller and phone.

        :param line: e.g. ``2号楼305 灯不亮 张三 8001``: the place first, the fault,
            then the caller and the phone as far as they were given.
        :param values: dict of fields that are known better than the line says.
        :return: dict ``id``, ``number``, ``reply`` (text to copy to the caller).
        :raise UserError: not the service desk, or nothing that could be taken.
        """
        if not self._is_desk():
            raise UserError(self.env._("Calls are taken by the service desk."))
        if values is not None and not isinstance(values, dict):
            raise UserError(self.env._("These values are not possible here."))
        vals = {**self._parse_line(line), "channel": "phone", **(values or {})}
        if not vals.get("name"):
            raise UserError(self.env._("Say what is broken: “%s”.", line))
        request = self.create([vals])
        return {
            "id": request.id,
            "number": request.number,
            "reply": request.reply_text,
        }

    @api.model
    def _parse_line(self, line):
        """Return the values that one line says, with what is known of the phone.

        :raise UserError: no text, or too long for one line.
        """
        if not isinstance(line, str) or "\0" in line or len(line) > _MAX_LINE:
            raise UserError(self.env._("Write one line: place, fault, caller, phone."))
        words = [word for word in _SPLIT.split(line.strip()) if word]
        vals = {}
        place = words.pop(0) if len(words) > 1 else ""
        if words and len(words) > 1 and _PHONE.fullmatch(words[-1]):
            vals["caller_phone"] = words.pop()
        if len(words) > 1:
            vals["caller_name"] = words.pop()
        vals["name"] = " ".join(words)
        if place:
            vals["place"] = place
            room = self._find_room(place)
            if room:
                vals["room_id"] = room.id
        vals.update(self._find_caller(vals.get("caller_phone")))
        return vals

    @api.model
    def _find_room(self, place):
        """Return the room that ``place`` names without doubt, or an empty one."""
        rooms = self.env["gov.room"]
        # A handful of letters away from the whole: what a caller says.
        text = place.replace(" ", "")
        found = rooms.search(
            [("company_id", "=", self.env.company.id), ("name", "!=", False)]
            + [
                "|",
                ("name", "=", place),
                ("building", "in", [text[:end] for end in range(1, len(text))]),
            ],
            limit=500,
        )
        exact = found.filtered(
            lambda room: text in (room.name, f"{room.building or ''}{room.name}")
        )
        return exact if len(exact) == 1 else rooms

    @api.model
    def _find_caller(self, phone):
        """Return whom the last call from ``phone`` was for."""
        if not phone:
            return {}
        last = self.search(
            [("caller_phone", "=", phone), ("company_id", "=", self.env.company.id)],
            limit=1,
            order="id desc",
        )
        names = ("department_id", "served_partner_id", "employee_id")
        return {name: last[name].id for name in names if last[name]}

    # ------------------------------------------------------------------- dispatch

    def _find_repairer(self, user_id, team_id):
        """Return (user, team) that a caller named, or the suggestion.

        :raise UserError: no repairer of this institution, or nobody to suggest.
        """
        self.ensure_one()
        # Who may be sent is looked at below; the desk does not edit accounts.
        user, team = self.env["res.users"].sudo(), self.maintenance_team_id.browse()
        if not user_id and not team_id:
            user, team = self._suggest()
            if not user and not team:
                raise UserError(
                    self.env._(
                        "%(request)s: there is no team for this work. Choose whom to "
                        "send.",
                        request=self.display_name,
                    )
                )
            return user, team
        if team_id:
            team = find_record(team, team_id, self.env._("There is no such team."))
            if not team.active or team.company_id not in (
                self.company_id,
                team.company_id.browse(),
            ):
                raise UserError(self.env._("There is no such team."))
        if user_id:
            refusal = self.env._("There is no such repairer.")
            user = find_record(user, user_id, refusal)
            if (
                not user.active
                or user.share
                or self.company_id not in user.company_ids
                or not user.has_group("gov_logistics.group_repairer")
            ):
                raise UserError(refusal)
            team = team or self._get_team_of(user)
        return user, team

    def _get_team_of(self, user):
        """Return the team in which ``user`` does this work."""
        teams = self._get_teams().filtered(lambda team: user in team.member_ids)
        return teams[:1]

    def _get_teams(self):
        """Return the teams of the institution, most fitting first.

        Device before service before trade and building; a team without trades does
        everything, after those that name the trade.
        """
        self.ensure_one()
        # sudo: the teams of one's own institution are known to all staff.
        request = self.sudo()
        teams = request.env["maintenance.team"].search(
            [("company_id", "in", (request.company_id.id, False))], order="id"
        )
        group, building = request.service_group_id, request._get_room().building

        def fit(team):
            return (
                team != request.equipment_id.maintenance_team_id,
                team != request.service_item_id.team_id,
                not (group and group in team.service_group_ids),
                bool(team.service_group_ids),
                not team._serves_building(building),
                bool(not team.buildings),
                team.id,
            )

        return teams.sorted(fit)

    def _suggest(self):
        """Return (user, team) that suit best: trade, then building, then load."""
        self.ensure_one()
        team = self._get_teams()[:1]
        loads = self._get_loads(team.member_ids)
        members = sorted(loads, key=lambda user: (loads[user], user.id))
        return (members[0] if members else team.member_ids.browse()), team

    @api.model
    def _get_loads(self, users):
        """Return {repairer: number of open requests}, one query for all."""
        users = users.filtered(
            lambda user: user.active and user.has_group("gov_logistics.group_repairer")
        )
        # sudo: how much everybody has to do is what the desk dispatches by.
        groups = self.sudo()._read_group(
            [("user_id", "in", users.ids), ("gov_state", "in", OPEN_STATES)],
            ["user_id"],
            ["__count"],
        )
        counts = {user.id: count for user, count in groups}
        return {user: counts.get(user.id, 0) for user in users}
