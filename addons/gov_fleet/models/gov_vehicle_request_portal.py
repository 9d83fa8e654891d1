import re
from datetime import datetime

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

_LENGTHS = {
    "destination": 120,
    "purpose": 200,
    "passenger_names": 200,
    "unit_approver": 60,
    "unit_slip_number": 60,
    "caller_name": 60,
}
_NEEDED = ("destination", "purpose", "unit_approver")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9+()\- ]{3,24}", re.ASCII)


class GovVehicleRequest(models.Model):
    """What a served unit's liaison asks for on the portal.

    The request comes in with the dispatcher whom the institution names for that, in
    whose name and with whose rights it is entered; the liaison has confirmed it by
    asking. Everything else goes its usual way.
    """

    _inherit = "gov.vehicle.request"

    @api.model
    def _ask_of_unit(self, unit, form):
        """Enter and submit what a liaison asked.

        :param unit: the served unit that the current user speaks for; checked by the
            caller.
        :param dict form: texts by field; others are left aside.
        :return: the request in a superuser environment.
        :raise UserError: naming what is missing or impossible, or as
            ``action_submit``.
        """
        company = unit.company_id or self.env.company
        values = self._check_form(form, company)
        asker = self.env.user
        intake = self._get_intake(company)
        # The dispatcher's own rights: a portal account has none, and what was typed
        # has been checked just above.
        requests = self.browse().with_user(intake)
        requests = requests.with_context(
            allowed_company_ids=company.ids, lang=asker.lang
        )
        request = requests.create(
            {
                **values,
                "served_partner_id": unit.id,
                "employee_id": intake.with_company(company).employee_id.id,
                "company_id": company.id,
            }
        )
        request.action_submit()
        request.with_user(asker)._confirm_as_unit()
        # sudo: the controller shows the unit its own request.
        return request.sudo()

    @api.model
    def _get_intake(self, company):
        """Return the dispatcher with whom the requests of units come in.

        :raise UserError: nobody takes them.
        """
        # sudo: a portal account reads neither users nor settings; only who takes the
        # requests in is asked.
        company = company.sudo()
        group = self.env.ref("gov_fleet.group_dispatcher").sudo()
        for user in company.fleet_intake_id | group.all_user_ids.sorted("id"):
            employee = user.with_company(company).employee_id
            is_here = user.active and company in user.company_ids
            if is_here and user in group.all_user_ids and employee._gov_department():
                return user
        raise UserError(
            self.env._("No requests are taken here yet. Please call the office.")
        )

    @api.model
    def _check_form(self, form, company):
        """Return the values of a form, as a liaison typed them.

        :raise UserError: naming the field that is missing or impossible.
        """
        values = {}
        labels = {
            name: self._fields[name]._description_string(self.env) for name in _LENGTHS
        }
        for name, most in _LENGTHS.items():
            text = form.get(name)
            text = _CONTROL.sub(" ", text).strip() if isinstance(text, str) else ""
            if len(text) > most:
                raise UserError(
                    self.env._(
                        "%(field)s: at most %(most)s signs.",
                        field=labels[name],
                        most=most,
                    )
                )
            if not text and name in _NEEDED:
                raise UserError(
                    self.env._("%(field)s: please fill it in.", field=labels[name])
                )
            values[name] = text or False
        values["caller_phone"] = self._check_phone(form.get("caller_phone"))
        values["area"] = form.get("area")
        if values["area"] not in dict(self._fields["area"].selection):
            raise UserError(self.env._("Please choose the area."))
        values["passenger_count"] = self._check_count(form.get("passenger_count"))
        for name in ("date_start", "date_end"):
            values[name] = self._check_moment(form.get(name), company)
        return values

    @api.model
    def _check_phone(self, phone):
        phone = phone.strip() if isinstance(phone, str) else ""
        if not _PHONE.fullmatch(phone):
            raise UserError(
                self.env._("Please give a phone number or an extension, in digits.")
            )
        return phone

    @api.model
    def _check_count(self, text):
        text = text.strip() if isinstance(text, str) else ""
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= 200):
            raise UserError(self.env._("How many people travel? 1 to 200."))
        return int(text)

    @api.model
    def _check_moment(self, text, company):
        """Return the UTC moment of a local one, as a browser writes it."""
        try:
            moment = datetime.strptime(str(text)[:16], "%Y-%m-%dT%H:%M")
            return company._gov_utc(moment)
        except (ValueError, OverflowError):
            raise UserError(
                self.env._("“%s” is no day with its hour.", text or "")
            ) from None

    def _confirm_as_unit(self):
        """Note that the unit itself has asked; the current user speaks for it."""
        # sudo: the caller has checked that the user speaks for the unit.
        engine(self.sudo())._set_confirmed("")
        return True

    def _confirm_of_unit(self, user, form):
        """Confirm for the unit what was asked by phone.

        :param user: the liaison; the caller has checked the unit.
        :param dict form: number of the unit's slip and who approved it there; may be
            empty.
        :return: True
        :raise UserError: it does not wait for that, or a text is too long.
        """
        self.ensure_one()
        self._approval_meet_rivals()
        self._check_waits()
        values = {}
        for name in ("unit_approver", "unit_slip_number"):
            text = form.get(name)
            text = _CONTROL.sub(" ", text).strip() if isinstance(text, str) else ""
            if len(text) > _LENGTHS[name]:
                raise UserError(self.env._("At most %s signs.", _LENGTHS[name]))
            if text and not self[name]:
                values[name] = text
        # sudo: state, unit and texts have just been checked.
        document = engine(self.sudo())
        if values:
            document.write(values)
        # sudo: as above; the account stays who confirms.
        document.with_user(user).sudo()._set_confirmed("")
        return True
