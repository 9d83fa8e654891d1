import logging
import time

from werkzeug.exceptions import abort

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

_logger = logging.getLogger(__name__)

# Three photos of eight megabytes, and the form around them.
MAX_BODY = 32 * 1024 * 1024
# What is not read of a body that is too large would cut the answer off.
_MAX_DRAIN = 128 * 1024 * 1024
_CHUNK = 64 * 1024
# What this process has refused of late: (database, address, page): (until, answer).
_blocked = {}
_BLOCKED_SECONDS = 30
_MOST_BLOCKED = 5000
# A field that people do not see and programs fill in.
_TRAP = "website"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_FORM_FIELDS = (
    "name",
    "description",
    "place",
    "caller_name",
    "caller_phone",
    "is_emergency",
)


def _company_lang(company):
    """Return the language of the institution's public pages."""
    installed = dict(request.env["res.lang"].get_installed())
    # sudo: the language of the institution is no secret.
    lang = company.sudo().partner_id.lang
    if lang in installed:
        return lang
    return "zh_CN" if "zh_CN" in installed else "en_US"


def speak(company):
    """Answer in the language of the institution that the page belongs to."""
    request.update_context(lang=_company_lang(company))


def page(template, values=None, status=200):
    """Return one of the public pages, with headers that forbid scripts and frames."""
    company = (values or {}).get("company") or request.env["res.company"].browse()
    values = {"company": company.sudo(), **(values or {})}
    response = request.render(template, values)
    response.status_code = status
    response.headers.update(_HEADERS)
    return response


def refuse():
    """Return the one answer to any code or link that leads nowhere."""
    company = request.env.ref("base.main_company").sudo()
    request.update_context(lang=_company_lang(company))
    return page("gov_logistics.public_unknown", status=404)


def check_length():
    """Refuse a body that is too large before any of it is kept.

    Called by ``ir.http`` before the form is read.
    """
    length = request.httprequest.content_length or 0
    if length <= MAX_BODY:
        return
    _drain(length)
    company = request.env.ref("base.main_company").sudo()
    request.update_context(lang=_company_lang(company))
    response = page(
        "gov_logistics.public_too_large",
        {"limit": MAX_BODY // (1024 * 1024)},
        status=413,
    )
    response.flatten()
    abort(response)


def _drain(length):
    """Throw a body away, so that the sender hears the answer; nothing is kept."""
    if length > _MAX_DRAIN:
        return
    # Odoo hides the stream of a body behind its parsers, which keep what they read.
    environ = getattr(request.httprequest, "_HTTPRequest__environ", {})
    stream = environ.get("wsgi.input")
    try:
        while stream and length > 0 and (chunk := stream.read(min(_CHUNK, length))):
            length -= len(chunk)
    except OSError:
        _logger.info("A body that was too large was broken off by its sender.")


def is_allowed(name, company):
    """Count this post; False when its address has posted enough to this page.

    A post that Odoo runs again, since it met a rival, has been counted.
    """
    if (known := getattr(request, "gov_allowed", None)) is not None:
        return known
    # sudo: the clauses are no secret, the counters are the server's.
    policy = request.env["gov.policy"].sudo()
    limit = policy.get_value("public.report.limit", company=company)
    minutes = policy.get_value("public.report.window", company=company)
    limits = request.env["gov.public.limit"].sudo()
    request.gov_allowed = limits._allow(_address(), name, limit, minutes)
    return request.gov_allowed


def _address():
    return request.httprequest.remote_addr or ""


def busy(name, company, back):
    """Return the page for who has posted enough; it is drawn once and remembered.

    A flood is then answered from memory for half a minute, without a query of ours.
    """
    response = page(
        "gov_logistics.public_busy", {"company": company, "back": back}, status=429
    )
    response.flatten()
    if len(_blocked) > _MOST_BLOCKED:
        _blocked.clear()
    until = time.monotonic() + _BLOCKED_SECONDS
    _blocked[request.db, _address(), name] = until, response.get_data()
    return response


def still_busy(name):
    """Return the page of :func:`busy` while it is remembered, else None."""
    until, body = _blocked.get((request.db, _address(), name), (0, b""))
    if time.monotonic() >= until:
        return None
    headers = [*_HEADERS.items(), ("Content-Type", "text/html; charset=utf-8")]
    return request.make_response(body, headers, status=429)


def read_photos():
    """Return name and content of the photos of the form."""
    files = request.httprequest.files.getlist("photo")
    return [(file.filename, file.read()) for file in files if file.filename]


def message_of(problem):
    """Return what a visitor may read of a refusal."""
    if isinstance(problem, AccessError):
        return request.env._("This is not possible.")
    return str(problem.args[0]) if problem.args else request.env._("Not possible.")


def take_answer(found, post, channel):
    """Rate the request or complain, as the address of the form says.

    :param found: the request, in an environment that may act on it.
    :param channel: ``link`` or ``portal``.
    :return: why it was refused; empty when it was taken.
    """
    try:
        with request.env.cr.savepoint():
            if request.httprequest.path.endswith("/rate"):
                found._rate(post.get("satisfaction"), post.get("text"), channel)
            else:
                found._visitor_complain(post)
    except (UserError, AccessError) as problem:
        return message_of(problem)
    return ""


class ServicePublic(http.Controller):
    """Pages for visitors without an account: report by QR code, follow by link.

    Everything is checked on the server; no page has a script. Codes and links that
    lead nowhere are answered alike, whatever they were.
    """

    @http.route(
        "/repair/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=True,
    )
    def report(self, token, **_kwargs):
        room, device = request.env["maintenance.request"]._visitor_find_place(token)
        if not room and not device:
            return refuse()
        return self._form(token, room, device, {})

    @http.route(
        "/repair/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        max_content_length=MAX_BODY,
        gov_photo_form=True,
        sitemap=False,
    )
    def report_submit(self, token, **post):
        if answer := still_busy(token):
            return answer
        requests = request.env["maintenance.request"]
        room, device = requests._visitor_find_place(token)
        if not room and not device:
            return refuse()
        company = device.company_id or room.company_id
        speak(company)
        if not is_allowed(token, company):
            return busy(token, company, f"/repair/{token}")
        if post.get(_TRAP):
            # A program: it is told that all went well, and nothing is kept.
            return page("gov_logistics.public_thanks", {"company": company})
        # In the visitor's language and institution by now.
        requests = requests.with_env(request.env)
        try:
            with request.env.cr.savepoint():
                made = requests._visitor_report(room, device, post, read_photos())
        except (UserError, AccessError) as problem:
            return self._form(token, room, device, post, message_of(problem), 422)
        return request.redirect(made._visitor_path(), code=303)

    def _form(self, token, room, device, post, error="", status=200):
        company = device.company_id or room.company_id
        speak(company)
        typed = {name: post.get(name) or "" for name in _FORM_FIELDS}
        shift = request.env["gov.duty.shift"]._on_duty(company=company)
        return page(
            "gov_logistics.public_report",
            {
                "company": company,
                "token": token,
                "place": room.with_env(request.env).sudo().display_name,
                "device": device.name or "",
                "typed": typed,
                "error": error,
                "trap": _TRAP,
                "desk_phone": company.sudo().service_phone,
                "duty_phone": shift.phone,
            },
            status,
        )

    # ----------------------------------------------------------------- the link

    @http.route(
        "/repair/follow/<int:request_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=True,
    )
    def follow(self, request_id, token, **_kwargs):
        found = request.env["maintenance.request"]._visitor_find(request_id, token)
        if not found:
            return refuse()
        return self._follow(found)

    @http.route(
        [
            "/repair/follow/<int:request_id>/<string:token>/rate",
            "/repair/follow/<int:request_id>/<string:token>/complain",
        ],
        type="http",
        auth="public",
        methods=["POST"],
        max_content_length=64 * 1024,
        sitemap=False,
    )
    def follow_submit(self, request_id, token, **post):
        found = request.env["maintenance.request"]._visitor_find(request_id, token)
        if not found:
            return refuse()
        speak(found.company_id)
        if not is_allowed(token, found.company_id):
            return busy(token, found.company_id, found._visitor_path())
        # sudo: the link is the right to this one request; its methods do the checks.
        found = found.with_env(request.env).sudo()
        if problem := take_answer(found, post, "link"):
            return self._follow(found, problem, 422)
        return request.redirect(found._visitor_path(), code=303)

    def _follow(self, found, error="", status=200):
        speak(found.company_id)
        # sudo: the link is the right to this one request; the page shows steps only.
        found = found.with_env(request.env).sudo()
        return page(
            "gov_logistics.public_follow",
            {
                "company": found.company_id,
                "found": found,
                "steps": found._follow_steps(),
                "path": found._visitor_path(),
                "error": error,
                "can_rate": not found._rating_refusal("link"),
                "complaint": found._visitor_complaint(),
                "desk_phone": found.company_id.service_phone,
            },
            status,
        )
