from datetime import datetime

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.gov_logistics.controllers.portal import ServicePortal
from odoo.addons.gov_logistics.controllers.public import is_allowed

_MAX_BODY = 64 * 1024
_TYPED = (
    "destination",
    "purpose",
    "area",
    "date_start",
    "date_end",
    "passenger_count",
    "passenger_names",
    "unit_approver",
    "unit_slip_number",
)


class VehiclePortal(ServicePortal):
    """Vehicles for served units: ask, follow, confirm what was asked by phone.

    A portal account has no rights on requests: every page looks for what belongs to
    the account's own unit, and answers alike for what is another's and for what does
    not exist. Protected trips are not shown to anybody here.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "gov_vehicle_count" in counters:
            values["gov_vehicle_count"] = (
                self._vehicles().search_count(self._vehicle_domain())
                if self._unit()
                else 0
            )
        return values

    def _vehicles(self):
        # sudo: only with _vehicle_domain().
        return request.env["gov.vehicle.request"].sudo()

    def _vehicle_domain(self):
        return (
            Domain("served_partner_id", "child_of", self._unit().ids)
            & Domain("is_protected", "=", False)
            & Domain("approval_state", "!=", "draft")
        )

    def _find_vehicle(self, request_id):
        """Return the request of the account's own unit; empty for any other."""
        if not self._unit():
            return self._vehicles()
        return self._find_one(self._vehicles(), self._vehicle_domain(), request_id)

    @http.route(
        ["/my/vehicles", "/my/vehicles/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_vehicles(self, page=1, **_kwargs):
        unit = self._unit()
        if not unit:
            return self._refuse()
        vehicles, domain = self._vehicles(), self._vehicle_domain()
        found, pager = self._list_page(vehicles, domain, "/my/vehicles", page)
        return self._page(
            "gov_fleet.portal_vehicles",
            page_name="gov_vehicle",
            unit=unit,
            requests=found,
            states=self._labels(vehicles, "state"),
            pager=pager,
        )

    @http.route(
        "/my/vehicles/new", type="http", auth="user", methods=["GET"], website=True
    )
    def portal_vehicle_new(self, **_kwargs):
        return self._vehicle_form({})

    @http.route(
        "/my/vehicles/new",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=_MAX_BODY,
    )
    def portal_vehicle_create(self, **post):
        unit = self._unit()
        if not unit:
            return self._refuse()
        company = unit.company_id or request.env.company
        if not is_allowed(f"portal {request.env.uid}", company):
            problem = request.env._(
                "There have been many requests in a short time. Please try again in "
                "some minutes, or call the dispatch office."
            )
            return self._vehicle_form(post, problem, 429)
        requests = request.env["gov.vehicle.request"]
        made, problem = self._attempt(lambda: requests._ask_of_unit(unit, post))
        if problem:
            return self._vehicle_form(post, problem, 422)
        return request.redirect(f"/my/vehicles/{made.id}", code=303)

    def _vehicle_form(self, post, error="", status=200):
        unit = self._unit()
        if not unit:
            return self._refuse()
        start, end = self._default_window(unit)
        typed = self._typed(post, _TYPED)
        typed["area"] = typed["area"] or "town"
        typed["passenger_count"] = typed["passenger_count"] or "1"
        typed["date_start"] = typed["date_start"] or start
        typed["date_end"] = typed["date_end"] or end
        return self._page(
            "gov_fleet.portal_vehicle_new",
            status=status,
            page_name="gov_vehicle",
            unit=unit,
            typed=typed,
            areas=list(self._labels(self._vehicles(), "area").items()),
            error=error,
        )

    def _default_window(self, unit):
        """Return tomorrow 9 and 11 o'clock as the form writes them."""
        company = unit.company_id or request.env.company
        day = datetime.fromordinal(company.gov_today().toordinal() + 1)
        return [f"{day:%Y-%m-%d}T{hour:02}:00" for hour in (9, 11)]

    @http.route(
        "/my/vehicles/<int:request_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_vehicle(self, request_id, **_kwargs):
        found = self._find_vehicle(request_id)
        return self._vehicle_page(found) if found else self._refuse()

    @http.route(
        "/my/vehicles/<int:request_id>/confirm",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=_MAX_BODY,
    )
    def portal_vehicle_confirm(self, request_id, **post):
        found = self._find_vehicle(request_id)
        if not found:
            return self._refuse()
        user = request.env.user
        _taken, problem = self._attempt(lambda: found._confirm_of_unit(user, post))
        if problem:
            return self._vehicle_page(found, problem, 422)
        return request.redirect(f"/my/vehicles/{found.id}", code=303)

    def _vehicle_page(self, found, error="", status=200):
        return self._page(
            "gov_fleet.portal_vehicle",
            status=status,
            page_name="gov_vehicle",
            found=found,
            states=self._labels(found, "state"),
            areas=self._labels(found, "area"),
            phone=found.company_id.fleet_phone,
            error=error,
        )
