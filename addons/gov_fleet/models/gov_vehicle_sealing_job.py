from datetime import timedelta

from odoo import api, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

from ..tools.jobs import each_institution
from .gov_vehicle_sealing import PEOPLE

_ONE_DAY = timedelta(days=1)
_DAYS_BEFORE = "vehicle.sealing.days_before"


class GovVehicleSealing(models.Model):
    """The sealing list makes itself: before each holiday, with every vehicle."""

    _inherit = "gov.vehicle.sealing"

    @api.model
    def _cron_prepare(self):
        """Make the lists of the holidays that come within the days of the clause."""
        each_institution(self, "_prepare_for")

    @api.model
    def _prepare_for(self, company):
        """Make the lists of ``company`` that are due; those there are stay.

        :return: the new lists.
        """
        # sudo: called by the job, for each institution.
        lists = engine(self.sudo().with_company(company))
        made = lists.browse()
        if not lists._get_vehicles(company):
            return made.with_env(self.env)
        days = self.env["gov.policy"].get_value(_DAYS_BEFORE, company=company)
        today = company.gov_today()
        last_day = today + timedelta(days=days)
        for name, first, last in lists._get_holidays(company, today, last_day):
            if lists._find_overlap(company.id, first, last):
                continue
            sealing = lists.create(
                {
                    "name": name,
                    "date_from": first,
                    "date_to": last,
                    "company_id": company.id,
                    **lists._get_last_people(company),
                }
            )
            sealing._add_lines()
            sealing._tell_keepers()
            made |= sealing
        return made.with_env(self.env)

    @api.model
    def _get_holidays(self, company, first, last):
        """Return (name, first day, last day) of holidays that begin in these days.

        A holiday takes in the days off that touch it; a weekend that is worked ends
        it. Plain weekends are none.
        """
        calendar = self.env["gov.workday"].with_company(company)._calendar(first)
        found, day = [], first
        while day <= last:
            if calendar.is_working(day):
                day += _ONE_DAY
                continue
            begin = end = day
            while not calendar.is_working(begin - _ONE_DAY):
                begin -= _ONE_DAY
            while not calendar.is_working(end + _ONE_DAY):
                end += _ONE_DAY
            days = (begin + n * _ONE_DAY for n in range((end - begin).days + 1))
            kinds = [calendar.kind(each) for each in days]
            names = [name for kind, name in kinds if kind == "holiday"]
            # What has begun already is not sealed after the event.
            if names and begin >= first:
                name = next(filter(None, names), self.env._("Holiday"))
                found.append((name, begin, end))
            day = end + _ONE_DAY
        return found

    def _get_lang_env(self):
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id)
        return self.with_context(lang=lang).env

    @api.model
    def _get_last_people(self, company):
        """Return who kept the keys last time, as a proposal."""
        last = self.search([("company_id", "=", company.id)], limit=1)
        return {name: last[name].filtered("active").id for name in PEOPLE}

    @api.model
    def _get_vehicles(self, company):
        """Return the vehicles that stand on a list: all that are in service."""
        # sudo: a list holds every vehicle of the institution.
        vehicles = self.env["fleet.vehicle"].sudo()
        domain = [("company_id", "=", company.id), ("active", "=", True)]
        if "gov_state" in vehicles._fields:
            domain.append(("gov_state", "!=", "disposed"))
        return vehicles.search(domain, order="license_plate, id")

    def _add_lines(self):
        """Add a line with its proposal for each vehicle that has none yet."""
        self.ensure_one()
        # sudo: the caller is the job, or was checked by _begin().
        sealing = engine(self.sudo())
        vehicles = self._get_vehicles(self.company_id) - sealing.line_ids.vehicle_id
        lines = sealing.line_ids.browse()
        proposals = lines._propose(sealing, vehicles)
        return lines.create(
            [
                {"sealing_id": sealing.id, "vehicle_id": vehicle.id, **proposal}
                for vehicle, proposal in proposals.items()
            ]
        )

    def _tell_keepers(self):
        """Tell the dispatchers that a list was made."""
        self.ensure_one()
        group = self.env.ref("gov_fleet.group_dispatcher")
        users = group.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        env = self._get_lang_env()
        self.message_post(
            body=env._(
                "The sealing list of %(holiday)s (%(first)s to %(last)s) was made. "
                "Please check who is on duty and who is exempt.",
                holiday=self.name,
                first=format_day(env, self.date_from),
                last=format_day(env, self.date_to),
            ),
            partner_ids=users.partner_id.ids,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )
