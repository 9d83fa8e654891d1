from datetime import datetime, timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get

from ..tools.days import format_day, to_day
from ..tools.past import get_past_day
from .gov_guard import engine


class ResCompany(models.Model):
    """The institution's own calendar day.

    Every deadline, number and clause follows the day at the institution, not the
    day in UTC nor the day where a user happens to sit.
    """

    _name = "res.company"
    _inherit = ["res.company", "gov.guard.mixin"]
    _protected_fields = frozenset({"gov_closed_until"})

    gov_tz = fields.Selection(
        _tz_get,
        string="Time zone of the institution",
        required=True,
        default="Asia/Shanghai",
        help="Days, years and deadlines are counted in this time zone.",
    )
    gov_closed_until = fields.Date(
        string="Closed until",
        readonly=True,
        copy=False,
        help="What happened up to this day counts on the first open day.",
    )

    gov_digest_first = fields.Float(
        string="First digest",
        default=8.5,
        help="When people are told, on working days, what is new and waits for them.",
    )
    gov_digest_second = fields.Float(string="Second digest", default=14.5)
    gov_digest_sent = fields.Datetime(readonly=True)

    _digest_check = models.Constraint(
        "CHECK (gov_digest_first >= 0 AND gov_digest_first < 24"
        " AND gov_digest_second >= 0 AND gov_digest_second < 24)",
        "A digest goes out at a time of the day between 0:00 and 23:59.",
    )

    def gov_now(self):
        """Return the wall-clock time at the institution.

        :return: naive datetime in the company's time zone; an empty recordset means
            the current company.
        """
        zone = self._gov_zone()
        return datetime.now(pytz.utc).astimezone(zone).replace(tzinfo=None)

    def _gov_utc(self, moment):
        """Return a moment on the institution's clock in UTC, as it is stored."""
        zone = self._gov_zone()
        return zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def _gov_zone(self):
        company = self[:1] or self.env.company
        # sudo: the time zone of the institution is no secret; served units' portal
        # users come here without read access to the company.
        return pytz.timezone(company.sudo().gov_tz or "Asia/Shanghai")

    def gov_today(self):
        """Return today's date at the institution (never ``fields.Date.today()``).

        While history is taken over it is the day of that time.
        """
        return get_past_day(self.env) or self.gov_now().date()

    # -------------------------------------------------------------- closed months

    def _gov_open_day(self, day):
        """Return ``day``, or the first open day when ``day`` is closed already."""
        self.ensure_one()
        # sudo: until when the books are closed is no secret.
        closed = self.sudo().gov_closed_until
        return closed + timedelta(days=1) if closed and day <= closed else day

    def _gov_close_until(self, day):
        """Close the books up to and including ``day``; the caller has checked who asks.

        :param day: date, or ISO string.
        :return: True
        :raise UserError: when ``day`` lies before the day closed already, or is not
            over yet.
        """
        self.ensure_one()
        day = to_day(self.env, day)
        # sudo: the caller has checked the person and the month.
        company = engine(self.sudo())
        if not day or day >= company.gov_today():
            raise UserError(
                self.env._(
                    "%s is not over yet and cannot be closed.",
                    format_day(self.env, day) or "-",
                )
            )
        if company.gov_closed_until and day < company.gov_closed_until:
            raise UserError(
                self.env._(
                    "The books are closed until %(closed)s already. Opening them again "
                    "needs a reason.",
                    closed=format_day(self.env, company.gov_closed_until),
                )
            )
        company.gov_closed_until = day
        return True

    def action_gov_reopen(self, day, reason):
        """Set the last closed day back; the reason stays in a finding.

        :param day: the new last closed day, or False to open everything.
        :param reason: text; required.
        :return: True
        :raise UserError: not the approval administrator, without a reason, or for a
            day that is not earlier.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        if not self.env.user.has_group("gov_base.group_approval_admin"):
            raise UserError(
                self.env._("The approval administrator opens a closed month again.")
            )
        if self not in self.env.user.company_ids:
            raise UserError(self.env._("This institution is not yours."))
        if not isinstance(reason, str) or not reason.strip() or "\0" in reason:
            raise UserError(self.env._("Say why: the reason is empty."))
        day = to_day(self.env, day)
        # sudo: person, institution and reason have just been checked.
        company = engine(self.sudo())
        before = company.gov_closed_until
        if not before or (day and day >= before):
            raise UserError(
                self.env._(
                    "Nothing to open: closed until %(closed)s.", closed=before or "-"
                )
            )
        company.gov_closed_until = day
        self.env["gov.finding"].with_company(company)._raise(
            "month_reopened",
            self.env.user,
            self.env._(
                "%(company)s: closed until %(before)s, now until %(after)s. %(reason)s",
                company=company.name,
                before=before,
                after=format_day(self.env, day) or "-",
                reason=reason.strip(),
            ),
            severity="serious",
        )
        return True
