from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .public import MAX_BODY, is_allowed, message_of, read_photos, take_answer

_PER_PAGE = 20
_MAX_TEXT_BODY = 64 * 1024
# What of a statement is for the house alone.
_HIDDEN_STATES = ("cancelled",)


class ServicePortal(CustomerPortal):
    """The portal of served units and vendors.

    A portal account has no rights on requests and statements: every page looks for
    what belongs to the account's own unit, and answers alike for what is another's
    and for what does not exist.
    """

    # ------------------------------------------------------------------- home page

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "gov_service_count" in counters:
            values["gov_service_count"] = (
                self._requests().search_count(self._request_domain())
                if self._unit()
                else 0
            )
        if "gov_statement_count" in counters:
            values["gov_statement_count"] = self._statements().search_count(
                self._statement_domain()
            )
        if "gov_assessment_count" in counters:
            assessments = request.env["gov.service.assessment"]
            values["gov_assessment_count"] = (
                assessments.search_count([]) if assessments.has_access("read") else 0
            )
        return values

    # -------------------------------------------------------------------- requests

    def _unit(self):
        """Return the served unit that the account speaks for; may be empty."""
        return request.env.user.partner_id._get_served_unit()

    def _requests(self):
        # sudo: only with _request_domain(), or after _find_request().
        return request.env["maintenance.request"].sudo()

    def _request_domain(self):
        return Domain("served_partner_id", "child_of", self._unit().ids)

    def _find_request(self, request_id):
        """Return the request of the account's own unit; empty for any other."""
        if not self._unit():
            return self._requests()
        return self._find_one(self._requests(), self._request_domain(), request_id)

    @http.route(
        ["/my/service", "/my/service/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_service(self, page=1, **_kwargs):
        unit = self._unit()
        if not unit:
            return self._refuse()
        requests, domain = self._requests(), self._request_domain()
        found, pager = self._list_page(requests, domain, "/my/service", page)
        return self._page(
            "gov_logistics.portal_service",
            page_name="gov_service",
            unit=unit,
            requests=found,
            states=self._labels(requests, "gov_state"),
            pager=pager,
        )

    @http.route(
        "/my/service/new", type="http", auth="user", methods=["GET"], website=True
    )
    def portal_service_new(self, **_kwargs):
        return self._new_form({})

    @http.route(
        "/my/service/new",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_BODY,
        gov_photo_form=True,
    )
    def portal_service_create(self, **post):
        unit = self._unit()
        if not unit:
            return self._refuse()
        company = unit.company_id or request.env.company
        if not is_allowed(f"portal {request.env.uid}", company):
            problem = request.env._(
                "There have been many reports in a short time. Please try again in "
                "some minutes, or call the service desk."
            )
            return self._new_form(post, problem, 429)
        requests = request.env["maintenance.request"]
        made, problem = self._attempt(
            lambda: requests._report_of_unit(unit, post, read_photos())
        )
        if problem:
            return self._new_form(post, problem, 422)
        return request.redirect(f"/my/service/{made.id}", code=303)

    def _new_form(self, post, error="", status=200):
        unit = self._unit()
        if not unit:
            return self._refuse()
        names = ("name", "description", "place", "is_emergency")
        return self._page(
            "gov_logistics.portal_service_new",
            status=status,
            page_name="gov_service",
            unit=unit,
            typed=self._typed(post, names),
            error=error,
        )

    @http.route(
        "/my/service/<int:request_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_service_request(self, request_id, **_kwargs):
        found = self._find_request(request_id)
        return self._request_page(found) if found else self._refuse()

    @http.route(
        [
            "/my/service/<int:request_id>/rate",
            "/my/service/<int:request_id>/complain",
        ],
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=_MAX_TEXT_BODY,
    )
    def portal_service_answer(self, request_id, **post):
        found = self._find_request(request_id)
        if not found:
            return self._refuse()
        if problem := take_answer(found, post, "portal"):
            return self._request_page(found, problem, 422)
        return request.redirect(f"/my/service/{found.id}", code=303)

    def _request_page(self, found, error="", status=200):
        return self._page(
            "gov_logistics.portal_service_request",
            status=status,
            page_name="gov_service",
            found=found,
            steps=found._follow_steps(),
            path=f"/my/service/{found.id}",
            can_rate=not found._rating_refusal("portal"),
            complaint=found._visitor_complaint(),
            error=error,
        )

    # ------------------------------------------------------------------ statements

    def _statements(self):
        # sudo: only with _statement_domain().
        return request.env["gov.settlement"].sudo()

    def _statement_domain(self):
        """Statements of the account's own unit or firm, once they were sent to it.

        Whom the contract names for the other side sees the drafts too.
        """
        user = request.env.user
        if not user.share:
            return Domain.FALSE
        # A served unit may be one of several under the same parent.
        owner = self._unit() or user.partner_id.commercial_partner_id
        own = Domain("partner_id", "child_of", owner.ids)
        sent = Domain("asked_at", "!=", False) | Domain("state", "!=", "draft")
        named = Domain("contract_id.other_confirmer_id", "=", user.id)
        return ((own & sent) | named) & Domain("state", "not in", _HIDDEN_STATES)

    def _find_statement(self, statement_id):
        domain = self._statement_domain()
        return self._find_one(self._statements(), domain, statement_id)

    @http.route(
        ["/my/statements", "/my/statements/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_statements(self, page=1, **_kwargs):
        found, pager = self._list_page(
            self._statements(),
            self._statement_domain(),
            "/my/statements",
            page,
            order="date_from desc, id desc",
        )
        return self._page(
            "gov_logistics.portal_statements",
            page_name="gov_statement",
            statements=found,
            states=self._labels(found, "state"),
            pager=pager,
        )

    @http.route(
        "/my/statements/<int:statement_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_statement(self, statement_id, **_kwargs):
        found = self._find_statement(statement_id)
        return self._statement_page(found) if found else self._refuse()

    @http.route(
        [
            "/my/statements/<int:statement_id>/confirm",
            "/my/statements/<int:statement_id>/object",
        ],
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=_MAX_TEXT_BODY,
    )
    def portal_statement_answer(self, statement_id, **post):
        found = self._find_statement(statement_id)
        if not found:
            return self._refuse()
        _taken, problem = self._attempt(lambda: self._answer_statement(found, post))
        if problem:
            return self._statement_page(found, problem, 422)
        return request.redirect(f"/my/statements/{found.id}", code=303)

    def _answer_statement(self, found, post):
        # sudo: the statement is the account's own to read; the steps check that the
        # user, who stays the same, confirms for the other side.
        if request.httprequest.path.endswith("/confirm"):
            return found.action_confirm("other", self._digest(post))
        reason = post.get("reason") or ""
        return found.action_object(self._line_id(post), reason, "other")

    def _digest(self, post):
        """Return the fingerprint of what the confirmer saw.

        :raise UserError: it is missing: the page always sends it.
        """
        digest = post.get("content_hash")
        if not digest:
            raise UserError(request.env._("Open the statement again and look at it."))
        return digest

    def _line_id(self, post):
        text = post.get("line_id") or ""
        return int(text) if text.isascii() and text.isdecimal() else 0

    def _statement_page(self, found, error="", status=200):
        confirmer = found._is_other_confirmer()
        return self._page(
            "gov_logistics.portal_statement",
            status=status,
            page_name="gov_statement",
            statement=found,
            kinds=self._labels(found.line_ids, "kind"),
            states=self._labels(found, "state"),
            can_confirm=confirmer
            and found.state == "draft"
            and not found.other_confirmed_at,
            can_object=confirmer and found.state == "draft",
            error=error,
        )

    # ----------------------------------------------------------------- assessments

    @http.route(
        "/my/assessments", type="http", auth="user", methods=["GET"], website=True
    )
    def portal_assessments(self, **_kwargs):
        assessments = request.env["gov.service.assessment"]
        if not assessments.has_access("read"):
            return self._refuse()
        found = assessments.search([], order="date_from desc, id desc", limit=100)
        return self._page(
            "gov_logistics.portal_assessments",
            page_name="gov_assessment",
            # sudo: read rights were checked by the search.
            assessments=found.sudo(),
            states=self._labels(assessments, "state"),
        )

    def _find_assessment(self, assessment_id):
        """Return the assessment when the record rules let the account read it."""
        assessments = request.env["gov.service.assessment"]
        if not assessments.has_access("read"):
            return assessments
        return self._find_one(assessments, Domain.TRUE, assessment_id)

    @http.route(
        "/my/assessments/<int:assessment_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_assessment(self, assessment_id, **_kwargs):
        found = self._find_assessment(assessment_id)
        return self._assessment_page(found) if found else self._refuse()

    @http.route(
        "/my/assessments/<int:assessment_id>/state",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=_MAX_TEXT_BODY,
    )
    def portal_assessment_state(self, assessment_id, **post):
        found = self._find_assessment(assessment_id)
        if not found:
            return self._refuse()
        text, accepts = post.get("text") or "", post.get("accepts") == "1"
        _taken, problem = self._attempt(
            lambda: found.action_statement(text, accepts=accepts)
        )
        if problem:
            return self._assessment_page(found, problem, 422)
        return request.redirect(f"/my/assessments/{found.id}", code=303)

    def _assessment_page(self, found, error="", status=200):
        may_state = found._may_state()
        # sudo: the record rules have let the account read it.
        found = found.sudo()
        return self._page(
            "gov_logistics.portal_assessment",
            status=status,
            page_name="gov_assessment",
            assessment=found,
            lines=found.line_ids.filtered(lambda line: not line.is_void),
            states=self._labels(found, "state"),
            can_state=may_state and found.state == "inspected",
            error=error,
        )

    # ---------------------------------------------- helpers, for other areas as well

    def _find_one(self, records, domain, record_id):
        """Return the record with this id within ``domain``; empty for any other."""
        if not 0 < record_id < 2**31:
            return records.browse()
        return records.search(domain & Domain("id", "=", record_id), limit=1)

    def _list_page(self, records, domain, url, page, order="id desc"):
        """Return one page of records and the pager that leads to the others."""
        count = records.search_count(domain)
        pager = portal_pager(url, count, page, step=_PER_PAGE)
        found = records.search(
            domain, order=order, limit=_PER_PAGE, offset=pager["offset"]
        )
        return found, pager

    def _labels(self, records, name):
        """Return value → label of a selection field, in the reader's language."""
        return dict(records._fields[name]._description_selection(request.env))

    def _typed(self, post, names):
        """Return what stands in the form: as typed; the account as who calls."""
        user = request.env.user
        return {
            **{name: post.get(name) or "" for name in names},
            "caller_name": post.get("caller_name") or user.name,
            "caller_phone": post.get("caller_phone") or user.partner_id.phone or "",
        }

    def _attempt(self, work):
        """Call ``work``, whole or not at all.

        :return: what it returned, and why it was refused; empty when it was not.
        """
        try:
            with request.env.cr.savepoint():
                return work(), ""
        except (UserError, AccessError) as problem:
            return None, message_of(problem)

    def _page(self, template, status=200, **values):
        response = request.render(
            template, {**self._prepare_portal_layout_values(), **values}
        )
        response.status_code = status
        return response

    def _refuse(self):
        """Return the one answer for what is another's and what does not exist."""
        return self._page("gov_logistics.portal_unknown", status=404, page_name="")
