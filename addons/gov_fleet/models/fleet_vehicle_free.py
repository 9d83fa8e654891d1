from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# Without a date a paper is not known to have lapsed.
_PAPERS = (
    "inspection_date_to",
    "insurance_date_to",
    "licence_date_to",
    "rental_date_to",
)


class FleetVehicle(models.Model):
    """Which vehicles are free then."""

    _inherit = "fleet.vehicle"

    @api.model
    def _free(self, start, end, seats=0, body_type=None, company=None, ignored=None):
        """Return the vehicles that can be dispatched for a whole window; one query.

        Pool vehicles in service without any window in the time, whose inspection,
        insurance, licence and rent last until its end.

        :param start: UTC moment, or its text.
        :param end: UTC moment after ``start``; a window that ends then is not in the
            way.
        :param seats: seats needed, the driver's included; 0 for any.
        :param body_type: a body, or empty for any.
        :param company: institution; the current ones without it.
        :param ignored: bookings that are not in the way.
        :return: vehicles, by plate.
        :raise UserError: an end not after the start, negative seats, unknown body.
        """
        window = self.env["gov.vehicle.booking"]._clean_window(
            {"date_start": start, "date_end": end}
        )
        if isinstance(seats, bool) or not isinstance(seats, int) or seats < 0:
            raise UserError(self.env._("Seats are a number, not negative."))
        if body_type and body_type not in self._fields["body_type"].get_values(
            self.env
        ):
            raise UserError(self.env._("There is no body “%s”.", body_type))
        companies = company or self.env.companies
        day = companies[:1]._gov_local(window["date_end"]).date()
        domain = Domain("active", "=", True) & Domain("company_id", "in", companies.ids)
        domain &= self._get_free_domain(day, seats, body_type)
        domain &= self._get_untaken_domain(
            window["date_start"], window["date_end"], ignored
        )
        return self.search(domain, order="license_plate, id")

    @api.model
    def _get_free_domain(self, day, seats, body_type):
        """Return the domain of vehicles whose card lets them go until ``day``.

        One condition in SQL: the board asks this at every click, and a dozen terms
        would cost more than the answer.
        """
        self.flush_model(
            [*_PAPERS, "is_rented", "gov_state", "keeping", "seats", "body_type"]
        )

        def to_sql(model, alias, query):
            def column(name):
                return SQL.identifier(alias, name)

            terms = [
                SQL("%s = 'in_service'", column("gov_state")),
                SQL("%s = 'pool'", column("keeping")),
            ]
            for name in _PAPERS:
                late = SQL("%s < %s", column(name), day)
                if name == "rental_date_to":
                    late = SQL("%s AND %s", column("is_rented"), late)
                terms.append(SQL("(%s) IS NOT TRUE", late))
            if seats:
                terms.append(SQL("%s >= %s", column("seats"), seats))
            if body_type:
                terms.append(SQL("%s = %s", column("body_type"), body_type))
            return SQL("(%s)", SQL(" AND ").join(terms))

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _get_untaken_domain(self, start, end, ignored=None):
        """Return the domain of vehicles without a window in a time."""
        self.env["gov.vehicle.booking"].flush_model()
        ids = tuple(ignored.ids) if ignored else ()
        skipped = SQL("AND id NOT IN %s", ids) if ids else SQL("")
        # The window's own index finds the few that overlap, whatever the past holds.
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """%(id)s NOT IN (
                    SELECT vehicle_id FROM gov_vehicle_booking
                     WHERE active AND vehicle_id IS NOT NULL %(skipped)s
                       AND tsrange(date_start, date_end, '[)')
                           && tsrange(%(start)s, %(end)s, '[)'))""",
                id=model._field_to_sql(alias, "id", query),
                skipped=skipped,
                start=start,
                end=end,
            )
        )
