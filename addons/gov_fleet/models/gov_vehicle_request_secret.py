from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import is_engine

_ROLE = "vehicle_protected"


class GovVehicleRequest(models.Model):
    """Protected trips: user, place and purpose are nobody's business.

    Confidential mail, discipline and inspection, the security of leaders: the request
    is read by its handler, its applicant, who uses the vehicle and who holds a seat in
    its chain; a global record rule shuts out everybody else, dispatchers, managers and
    supervision too. One tier decides: the role ``vehicle_protected``. Plate, driver,
    phone and time of the vehicle stand on the request (``dispatch_note``).

    What could tell others is shut as well: nobody follows it and no message goes out,
    a finding about it names nobody, and seats, waiting lists, records of decisions by
    phone, seals and the access log of it are hidden (``gov.protected.part``). Its
    bookings and trips carry no user, place or purpose; to dispatchers they are a
    “Protected trip”.
    """

    _inherit = "gov.vehicle.request"

    is_protected = fields.Boolean(
        string="Protected trip",
        help="User, place and purpose are hidden from everybody but handler, "
        "applicant, who uses the vehicle and the approver of protected trips.",
    )

    _protected_idx = models.Index("(id) WHERE is_protected")

    @api.model
    def _get_protected_domain(self):
        """Return the domain of the protected requests that the user may not read."""
        # sudo: only which requests are hidden is asked.
        requests = self.sudo().with_context(active_test=False)
        hidden = requests._search(Domain("is_protected", "=", True))
        return Domain("model", "=", self._name) & Domain("res_id", "in", hidden)

    def _check_protected(self):
        """Refuse a protected request that its own approver could not decide.

        It must not go one post up: whoever sits there is not to know.

        :raise UserError: nobody holds the role, or only a party of the request does.
        """
        if not self.is_protected:
            return
        # sudo: only whether somebody else holds the role is asked.
        role = self.env.ref("gov_fleet.gov_role_vehicle_protected").sudo()
        holders = role._get_holders(self.company_id).user_id.filtered("active")
        if not holders - self._approval_party_users():
            raise UserError(
                self.env._(
                    "Nobody but the parties of this request holds the role “%(role)s”, "
                    "and nobody else may read it. Ask the approval administrator to "
                    "name a holder.",
                    role=role.name,
                )
            )

    # ------------------------------------------------------- followers and messages

    @api.model_create_multi
    def create(self, vals_list):
        if any(isinstance(v, dict) and v.get("is_protected") for v in vals_list):
            # Who types is no follower, and no line says who made it.
            quiet = self.with_context(mail_create_nosubscribe=True)
            return super(GovVehicleRequest, quiet).create(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_protected"):
            # sudo: whoever may write the request may make it a secret.
            request = self.sudo()
            request.message_unsubscribe(request.message_partner_ids.ids)
        return result

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Nobody follows a protected request."""
        # sudo: only whether it is protected.
        open_ones = self.filtered(lambda r: not r.sudo().is_protected)
        if not open_ones:
            return True
        return super(GovVehicleRequest, open_ones).message_subscribe(
            partner_ids, subtype_ids
        )

    def message_post(self, **kwargs):
        """Nothing is sent about a protected request; the engine logs on it."""
        for request in self:
            # sudo: only whether it is protected.
            if request.sudo().is_protected and not is_engine(self.env):
                raise UserError(
                    self.env._(
                        "This is a protected trip: nothing is sent about it. Use the "
                        "opinion of a decision, or the telephone."
                    )
                )
        return super().message_post(**kwargs)

    # ---------------------------------------------------------- what others may know

    def _get_open_facts(self):
        """Return what bookings and trips may show and keep, nothing of a secret one.

        :return: dict ``label`` (text), ``passenger_count``, ``destination``,
            ``purpose``, ``department`` (hr.department), ``partner`` (res.partner),
            ``employee`` (hr.employee); empty ones of a protected request but for the
            label.
        """
        self.ensure_one()
        request = self.sudo()  # what it may tell is decided just below
        if request.is_protected:
            return {
                "label": self.env._("Protected trip"),
                "passenger_count": 0,
                "destination": False,
                "purpose": False,
                "department": request.department_id.browse(),
                "partner": request.served_partner_id.browse(),
                "employee": request.employee_id.browse(),
            }
        unit = request.served_partner_id
        who = unit or request.department_id
        parts = (who.name, request.destination)
        return {
            "label": " · ".join(part for part in parts if part) or request.number,
            "passenger_count": request.passenger_count,
            "destination": request.destination,
            "purpose": request.purpose,
            "department": request.department_id.browse()
            if unit
            else request.department_id,
            "partner": unit,
            "employee": request.beneficiary_id,
        }
