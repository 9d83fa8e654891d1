from odoo import models

# More vehicles and days than these make the form longer than its one page.
_MOST_ROWS = 8


class GovVehicleRequest(models.Model):
    """The request form (用车申请单), A5: for who decides on paper, and for the file."""

    _inherit = "gov.vehicle.request"

    def _get_form_texts(self):
        """Return what the paper shows: dict of texts, and ``needs``, a list of texts.

        Only who may read the request prints it, a protected one as well.

        :raise AccessError: the request is not theirs to read.
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: names and phones of who asked and travels, for who reads the request.
        request = self.sudo()
        unit, person = request.served_partner_id, request.employee_id
        areas = dict(self._fields["area"]._description_selection(self.env))
        filing = request.filing_number
        phone = request.caller_phone or person.work_phone
        asked = [request.caller_name or person.name, phone]
        return {
            "unit": unit.name or request.department_id.name or "",
            "applicant": " ".join(filter(None, asked)),
            "user": request.beneficiary_id.name or request.passenger_names or "",
            "people": str(request.passenger_count or ""),
            "area": " ".join(filter(None, (areas[request.area], filing))),
            "vehicles": str(len(request._get_own_needs()) or request.vehicle_count),
            "needs": request._get_need_texts(),
            "dispatched": request.dispatch_note or "",
        }

    def _get_own_needs(self):
        return self.need_ids.filtered(lambda need: not need.is_auto)

    def _get_need_texts(self):
        """Return a text for each vehicle and day that was entered, the first few."""
        bodies = dict(
            self.need_ids._fields["body_type"]._description_selection(self.env)
        )
        needs = self._get_own_needs()
        texts = []
        for need in needs[:_MOST_ROWS]:
            parts = [self._format_window(need.date_start, need.date_end)]
            if need.seats:
                parts.append(self.env._("%s seats", need.seats))
            parts += [bodies.get(need.body_type), need.note]
            texts.append(" · ".join(part for part in parts if part))
        if len(needs) > _MOST_ROWS:
            texts.append(self.env._("and %s more", len(needs) - _MOST_ROWS))
        return texts
