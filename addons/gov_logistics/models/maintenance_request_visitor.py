import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS
from odoo.tools import consteq, plaintext2html

from odoo.addons.gov_base.models.gov_guard import engine

from ..tools.photo import check_photo, photo_name

_TOKEN = re.compile(r"[A-Za-z0-9_\-]{16,64}", re.ASCII)
# Three digits at least, whatever stands between them.
_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9+()\- ]{3,24}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# field of the form: signs it may have
_LENGTHS = {"name": 120, "description": 2000, "place": 120, "caller_name": 60}
# Compared with when there is no such request, so that both take as long.
_NO_TOKEN = "x" * 32


class MaintenanceRequest(models.Model):
    """Reports of visitors without an account: in by a QR code, followed by a link.

    The link carries a token of its own that nobody reads in the system, not even the
    desk or the repairer: whoever has it is the visitor.
    """

    _inherit = "maintenance.request"

    _protected_fields = frozenset({"visitor_token"})

    visitor_token = fields.Char(readonly=True, copy=False, groups=NO_ACCESS)
    is_by_visitor = fields.Boolean(
        string="Reported by a visitor", compute="_compute_is_by_visitor"
    )

    @api.depends("channel")
    def _compute_is_by_visitor(self):
        for request in self:
            request.is_by_visitor = request.channel == "qr"

    # ----------------------------------------------------------------- the QR code

    @api.model
    def _visitor_find_place(self, token):
        """Return the room and the device behind a QR code; both may be empty.

        :param token: what the caller sent.
        """
        # sudo: a visitor reads no rooms; whoever stands before the code may report.
        rooms = self.env["gov.room"].sudo()
        devices = self.env["maintenance.equipment"].sudo()
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return rooms, devices
        room = rooms.search([("qr_token", "=", token)], limit=1)
        device = devices
        if not room:
            device = devices.search([("qr_token", "=", token)], limit=1)
            room = device.room_id
        # A code that was printed before the room became secret leads nowhere.
        if room.is_secret or (room and not room.active):
            return rooms, devices
        return room, device

    # ------------------------------------------------------------------ the report

    @api.model
    def _visitor_check(self, form):
        """Return the values of a report, as a visitor typed them.

        :param dict form: texts by field; others are left aside.
        :raise UserError: naming the field that is missing or impossible.
        """
        values = {}
        for name, most in _LENGTHS.items():
            text = form.get(name)
            text = _CONTROL.sub("", text).strip() if isinstance(text, str) else ""
            if len(text) > most:
                raise UserError(
                    self.env._(
                        "%(field)s: at most %(most)s signs, not %(count)s.",
                        field=self._visitor_labels()[name],
                        most=most,
                        count=len(text),
                    )
                )
            values[name] = text
        if not values["name"]:
            raise UserError(self.env._("Please say what is broken or needed."))
        phone = form.get("caller_phone")
        phone = phone.strip() if isinstance(phone, str) else ""
        if not _PHONE.fullmatch(phone):
            raise UserError(
                self.env._(
                    "Please give a phone number or an extension, in digits, so that "
                    "the repairer can reach you."
                )
            )
        values["caller_phone"] = phone
        values["is_emergency"] = form.get("is_emergency") in ("1", "on", True)
        return values

    @api.model
    def _visitor_labels(self):
        return {
            "name": self.env._("What is broken"),
            "description": self.env._("More about it"),
            "place": self.env._("Where exactly"),
            "caller_name": self.env._("Your name"),
        }

    @api.model
    def _visitor_report(self, room, device, form, photos=()):
        """Make the request of a visitor.

        :param room: where the code hangs; may be empty for a device.
        :param device: the device the code is stuck on; may be empty.
        :param dict form: see :meth:`_visitor_check`.
        :param photos: pairs of file name and content.
        :return: the request, in the engine's environment.
        :raise UserError: a text, a number or a photo that is not possible.
        """
        return self._report_from_outside(
            device.company_id or room.company_id,
            form,
            photos,
            room_id=room.id,
            equipment_id=device.id,
            channel="qr",
            visitor_token=secrets.token_urlsafe(24),
        )

    @api.model
    def _report_of_unit(self, unit, form, photos=()):
        """Make the request of a served unit's liaison, see :meth:`_visitor_report`.

        :param unit: the unit that the current user speaks for; checked by the caller.
        """
        return self._report_from_outside(
            unit.company_id or self.env.company,
            form,
            photos,
            served_partner_id=unit.id,
            channel="portal",
        )

    @api.model
    def _report_from_outside(self, company, form, photos, **values):
        """Make a request of somebody who has no rights here.

        :param values: where it is and whose it is, named by the server.
        """
        values = {**self._visitor_check(form), **values}
        pictures = self._visitor_check_photos(photos, company)
        # sudo: names of rooms and devices stand on their labels.
        room = self.env["gov.room"].sudo().browse(values.get("room_id"))
        device = self.env["maintenance.equipment"].sudo()
        device = device.browse(values.get("equipment_id"))
        place = f"{room.display_name or ''} {values['place']}".strip()
        # sudo: a visitor has no rights; texts and photos were checked just above.
        requests = engine(self.sudo().with_company(company))
        request = requests.create(
            {
                **values,
                "description": _to_html(values["description"]),
                "place": place or device.name,
                "company_id": company.id,
                "employee_id": False,
            }
        )
        request._visitor_keep(pictures)
        return request

    @api.model
    def _visitor_check_photos(self, photos, company):
        """Return name, type and content of each photo, after a look at its content."""
        photos = [(name, content) for name, content in photos if content]
        # sudo: the clauses are no secret.
        policy = self.env["gov.policy"].sudo()
        most = policy.get_value("public.photo.count", company=company)
        if len(photos) > most:
            raise UserError(
                self.env._("At most %(most)s photos come with a report.", most=most)
            )
        size = policy.get_value("public.photo.size", company=company)
        pictures = []
        for name, content in photos:
            kind = check_photo(self.env, content, size)
            pictures.append((photo_name(name, kind), kind, content))
        return pictures

    def _visitor_keep(self, pictures):
        """Keep photos beside the request; the records are the engine's."""
        self.ensure_one()
        self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": kind,
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for name, kind, content in pictures
            ]
        )

    # -------------------------------------------------------------------- the link

    @api.model
    def _visitor_find(self, request_id, token):
        """Return the request that a visitor's link opens; empty for any other.

        A link that was guessed, one of another request and one that never was look
        the same and take as long.
        """
        # sudo: the token is the visitor's right to this one request.
        requests = self.sudo()
        request = requests
        if isinstance(request_id, int) and 0 < request_id < 2**31:
            request = requests.browse(request_id).exists()
        known = request.visitor_token or _NO_TOKEN
        given = token if isinstance(token, str) and token.isascii() else ""
        right = consteq(known, given) and bool(request.visitor_token)
        return request if right else requests

    def _visitor_path(self):
        self.ensure_one()
        # sudo: asked for by the page of the visitor who has just reported.
        return f"/repair/follow/{self.id}/{self.sudo().visitor_token}"

    def _follow_steps(self):
        """Return the steps to show to the requester: label, local time, done or not.

        Neither people nor notes of the house are among them.
        """
        self.ensure_one()
        zone = self.company_id._gov_zone()

        def local(moment):
            if not moment:
                return ""
            here = fields.Datetime.context_timestamp(
                self.with_context(tz=zone.zone), moment
            )
            return here.strftime("%m-%d %H:%M")

        if self.gov_state == "cancelled":
            return [
                (self.env._("Taken"), local(self.requested_at), True),
                (self.env._("Cancelled"), "", True),
            ]
        steps = [
            (self.env._("Taken"), self.requested_at),
            (self.env._("Sent to a repairer"), self.assigned_at),
            (self.env._("Repairer is coming"), self.accepted_at),
            (self.env._("Repairer is there"), self.arrived_at),
            (self.env._("Finished"), self.resolved_at),
        ]
        finished = self.gov_state == "done"
        return [
            (label, local(moment), bool(moment) or finished) for label, moment in steps
        ]

    def _visitor_complain(self, form):
        """Hand in a complaint about this request by its link.

        :raise UserError: no text, too long, or one is being examined already.
        :return: the complaint.
        """
        self.ensure_one()
        facts = form.get("facts") if isinstance(form.get("facts"), str) else ""
        facts = _CONTROL.sub("", facts).strip()
        if self._visitor_complaint([("state", "=", "open")]):
            raise UserError(
                self.env._("Your complaint has been taken already and is examined.")
            )
        # sudo: the link is the right to this request; the text is checked by create.
        complaints = self.env["gov.service.complaint"].sudo()
        return complaints.with_company(self.company_id).create(
            {
                "facts": facts,
                "source": "portal" if self.channel == "portal" else "qr",
                "request_id": self.id,
                "company_id": self.company_id.id,
                "complainant_name": self.caller_name,
                "complainant_phone": self.caller_phone,
                "complainant_id": self.served_partner_id.id,
            }
        )

    def _visitor_complaint(self, domain=()):
        """Return the complaint handed in by link or portal; may be empty."""
        # sudo: who has the request before them reads what was said about it.
        return (
            self.env["gov.service.complaint"]
            .sudo()
            .search(
                [
                    ("request_id", "=", self.id),
                    ("source", "in", ("qr", "portal")),
                    *domain,
                ],
                limit=1,
            )
        )


def _to_html(text):
    """Return plain text as HTML; what looks like a tag stays text."""
    return plaintext2html(text) if text else False
