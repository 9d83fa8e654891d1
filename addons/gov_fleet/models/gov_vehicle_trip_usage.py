from odoo import models


class GovVehicleTripUsage(models.Model):
    """What a trip comes to in the settlement of the service centre."""

    _inherit = "gov.vehicle.trip"

    def _usage_domain(self):
        """Return the domain of the rows that come from these trips and hold."""
        return [
            ("source", "=", "trip"),
            ("source_model", "=", self._name),
            ("source_id", "in", self.ids),
            ("is_reversed", "=", False),
            ("reversal_of_id", "=", False),
        ]

    def action_open_usage(self):
        """Open the rows of the settlement that come from these trips.

        :return: a window action.
        """
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Usage"),
            "res_model": "gov.service.usage",
            "view_mode": "list,form",
            "domain": [
                ("source", "=", "trip"),
                ("source_model", "=", self._name),
                ("source_id", "in", self.ids),
            ],
        }

    def _record_usage(self):
        """Hand km, hours and waiting of trips that are back to the settlement.

        Once for each trip; of a protected trip nobody is named, so nothing is charged.
        """
        rows = []
        # sudo: rates and contracts are read for the server's own work.
        for trip in self.sudo():
            payer = trip.served_partner_id or trip.user_department_id
            if trip.state == "back" and payer and not trip.is_protected:
                rows += trip._usage_values()
        if rows:
            self.env["gov.service.usage"]._record(rows)
        self.invalidate_recordset(["usage_count", "usage_ids"], flush=False)

    def _usage_values(self):
        """Return the values of the usage of one trip."""
        self.ensure_one()
        rate = self.env["gov.vehicle.rate"]._find(
            self.company_id,
            self.return_date,
            self.usage_class,
            self.vehicle_id.body_type,
        )
        hours = (self.date_end - self.date_start).total_seconds() / 3600
        parts = (
            ("km", rate.km_item_id, self.distance),
            ("hour", rate.hour_item_id, hours),
            ("waiting", rate.waiting_item_id, self.waiting_hours),
        )
        rows = []
        for part, item, quantity in parts:
            quantity = round(quantity, 2)
            if item and quantity > 0:
                rows.append(self._usage_row(part, item, quantity))
        return rows

    def _usage_row(self, part, item, quantity):
        """Return the values of one row; without a contract nobody is billed."""
        department = self.env["hr.department"]
        if not self.served_partner_id:
            department = self.user_department_id
        line = self.env["contract.line"]._find(
            item,
            self.return_date,
            partner=self.served_partner_id or None,
            department=department or None,
            company=self.company_id,
            charge_kind="metered",
        )
        return {
            "company_id": self.company_id.id,
            "contract_line_id": line.id,
            "service_item_id": item.id,
            "date": self.return_date,
            "quantity": quantity,
            "name": self.display_name,
            "department_id": department.id,
            "partner_id": self.served_partner_id.id,
            "source": "trip",
            "source_model": self._name,
            "source_id": self.id,
            "source_part": part,
        }

    def _renew_usage(self, reason):
        """Reverse what was recorded of corrected trips, and record it anew."""
        # sudo: the caller has checked who corrects the trip.
        usage = self.env["gov.service.usage"].sudo().search(self._usage_domain())
        if usage:
            usage._reverse(reason)
        self._record_usage()
