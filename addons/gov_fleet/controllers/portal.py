from datetime import datetime

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.gov_logistics.controllers.portal import ServicePortal
from odoo.addons.gov_logistics.controllers.public import is_allowed, message_of
from odoo.addons.portal.controllers.portal import pager as portal_pager

_PER_PAGE = 20
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
        if not self._unit() or not 0 < request_id < 2**31:
            return self._vehicles()
        return self._vehicles().search(
            self._vehicle_domain() & Domain("id", "=", request_id), limit=1
        )

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
        domain, vehicles = self._vehicle_domain(), self._vehicles()
        pager = portal_pager(
            "/my/vehicles", vehicles.search_count(domain), page, step=_PER_PAGE
        )
        return self._page(
            "gov_fleet.portal_vehicles",
            page_name="gov_vehicle",
            unit=unit,
            requests=vehicles.search(
                domain, order="id desc", limit=_PER_PAGE, offset=pager["offset"]
            ),
            states=self._states(),
            pager=pager,
        )

    def _states(self):
        states = self._vehicles()._fields["state"]
        return dict(states._description_selection(request.env))

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
        try:
            with request.env.cr.savepoint():
                made = request.env["gov.vehicle.request"]._ask_of_unit(unit, post)
                request.env.flush_all()
        except (UserError, AccessError) as problem:
            request.env.invalidate_all()
            return self._vehicle_form(post, message_of(problem), 422)
        return request.redirect(f"/my/vehicles/{made.id}", code=303)

    def _vehicle_form(self, post, error="", status=200):
        unit = self._unit()
        if not unit:
            return self._refuse()
        user = request.env.user
        start, end = self._default_window(unit)
        typed = {name: post.get(name) or "" for name in _TYPED}
        typed["area"] = typed["area"] or "town"
        typed["passenger_count"] = typed["passenger_count"] or "1"
        typed["date_start"] = typed["date_start"] or start
        typed["date_end"] = typed["date_end"] or end
        typed["caller_name"] = post.get("caller_name") or user.name
        typed["caller_phone"] = post.get("caller_phone") or user.partner_id.phone or ""
        areas = self._vehicles()._fields["area"]._description_selection(request.env)
        return self._page(
            "gov_fleet.portal_vehicle_new",
            status=status,
            page_name="gov_vehicle",
            unit=unit,
            typed=typed,
            areas=areas,
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
        try:
            with request.env.cr.savepoint():
                found._confirm_of_unit(request.env.user, post)
        except (UserError, AccessError) as problem:
            return self._vehicle_page(found, message_of(problem), 422)
        return request.redirect(f"/my/vehicles/{found.id}", code=303)

    def _vehicle_page(self, found, error="", status=200):
        return self._page(
            "gov_fleet.portal_vehicle",
            status=status,
            page_name="gov_vehicle",
            found=found,
            states=self._states(),
            areas=dict(found._fields["area"]._description_selection(request.env)),
            phone=found.company_id.fleet_phone,
            error=error,
        )
