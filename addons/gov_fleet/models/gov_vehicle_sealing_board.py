from odoo import api, models


class GovVehicleSealingLine(models.Model):
    """What a sealing list reads from the dispatch board, and books there."""

    _inherit = "gov.vehicle.sealing.line"

    # === Proposals ===

    @api.model
    def _propose(self, sealing, vehicles):
        """Return vehicle → kind and reason, as proposed for a new list.

        As on the last list; else exempt and on duty by the classes of the clauses;
        in the workshop or on duty where something is booked at the beginning.
        """
        company = sealing.company_id
        get_value = self.env["gov.policy"].get_value
        by_class = {}
        for kind in ("duty", "exempt"):
            text = get_value(f"vehicle.sealing.{kind}", company=company)
            by_class.update(dict.fromkeys(text.replace("，", ",").split(","), kind))
        last = self.env["gov.vehicle.sealing"].search(
            [("company_id", "=", company.id), ("date_from", "<", sealing.date_from)],
            limit=1,
        )
        before = {line.vehicle_id: line for line in last.line_ids}
        taken = self._get_taken(sealing, vehicles)
        env = sealing._get_lang_env()
        labels = dict(vehicles._fields["usage_class"]._description_selection(env))
        proposals = {}
        for vehicle in vehicles:
            old, usage = before.get(vehicle), vehicle.usage_class
            if kind := taken.get(vehicle):
                reasons = {
                    "workshop": env._("In the workshop"),
                    "duty": env._("Booked during the holiday"),
                }
                values = {"kind": kind, "reason": reasons[kind]}
            elif old and old.kind in ("duty", "exempt"):
                values = {"kind": old.kind, "reason": old.reason}
            elif not old and usage in by_class:
                values = {"kind": by_class[usage], "reason": labels[usage]}
            else:
                values = {"kind": "sealed"}
            proposals[vehicle] = values
        return proposals

    @api.model
    def _get_taken(self, sealing, vehicles):
        """Return vehicle → kind for those that are booked within the holiday."""
        start, end = sealing._get_window()
        bookings = self.env["gov.vehicle.booking"].search(
            [
                ("vehicle_id", "in", vehicles.ids),
                ("date_start", "<", end),
                ("date_end", ">", start),
                ("kind", "!=", "sealing"),
            ]
        )
        taken = {}
        for booking in bookings:
            kind = "workshop" if booking.kind == "repair" else "duty"
            if taken.get(booking.vehicle_id) != "workshop":
                taken[booking.vehicle_id] = kind
        return taken

    # === Windows on the board ===

    def _get_windows(self):
        """Return the active windows that these lines hold on the board."""
        return self.env["gov.vehicle.booking"].search(
            [
                ("kind", "=", "sealing"),
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
            ]
        )

    def _release_windows(self, when=None):
        """Give the windows back.

        :param when: only what lies after this moment (naive UTC).
        """
        if self.ids:
            self._get_windows()._release(when)

    def _follow_kind(self, again=False):
        """Book vehicles to be sealed, free the others; of lines not sealed yet.

        :param again: the days or the vehicle have changed.
        """
        lines = self.filtered(lambda line: line.state == "planned")
        windows = lines._get_windows()
        held = set(windows.mapped("res_id"))
        drop = lines.filtered(lambda line: again or line.kind != "sealed")
        windows.filtered(lambda window: window.res_id in drop.ids)._release()
        missing = lines.filtered(
            lambda line: line.kind == "sealed" and (again or line.id not in held)
        )
        missing._take_windows()

    def _take_windows(self, parts=None):
        """Book these vehicles.

        :param parts: list of (start, end) instead of the whole holiday.
        """
        vals_list = []
        for line in self:
            for start, end in parts or [line.sealing_id._get_window()]:
                if start < end:
                    vals_list.append(line._prepare_window(start, end))
        if vals_list:
            self.env["gov.vehicle.booking"]._take(vals_list)

    def _prepare_window(self, start, end):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "vehicle_id": self.vehicle_id.id,
            "date_start": start,
            "date_end": end,
            "kind": "sealing",
            "note": self.sealing_id.display_name,
            "res_model": self._name,
            "res_id": self.id,
        }
