from datetime import datetime, time, timedelta

import psycopg2
import pytz
from markupsafe import Markup

from odoo import api, models

from .gov_guard import engine

# People served per commit.
BATCH = 50


class GovApprovalDigest(models.AbstractModel):
    """Tell people what waits for them: one notice at two set times, never several.

    What is new or was reminded since is listed in one Odoo notification or e-mail per
    person, on working days at the two times of the institution; what is urgent goes
    out at once. The mark "to be told" (``notice_at``) is taken off in the transaction
    that makes the notice, so that the job may be killed at any moment: nobody is told
    twice.
    """

    _name = "gov.approval.digest"
    _description = "Digest of What Waits"

    @api.model
    def _cron_digest(self):
        """Send what is due at the set time that has just passed."""
        digest = engine(self.sudo())
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            slot = digest._get_slot(company)
            if slot and not digest._send_slot(company, slot):
                return

    @api.model
    def _get_slot(self, company):
        """Return the set time of today that has passed and is not served, as UTC.

        Nothing is sent on a day off; what came meanwhile waits for the next time.
        """
        now = company.gov_now()
        days = self.env["gov.workday"].with_company(company)
        hours = (company.gov_digest_first, company.gov_digest_second)
        zone = pytz.timezone(company.gov_tz or "Asia/Shanghai")
        midnight = datetime.combine(now.date(), time())
        passed = [
            midnight + timedelta(hours=hour)
            for hour in hours
            if midnight + timedelta(hours=hour) <= now
        ]
        if not passed or not days.is_working_day(now.date()):
            return None
        slot = zone.localize(max(passed)).astimezone(pytz.utc).replace(tzinfo=None)
        sent = company.gov_digest_sent
        return None if sent and sent >= slot else slot

    @api.model
    def _send_slot(self, company, slot):
        """Serve everybody who has something new; then note that the time is served.

        :return: False when the job has to stop here; the next run goes on.
        """
        cron = self.env["ir.cron"]
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "open"),
            ("notice_at", "!=", False),
            ("notice_at", "<=", slot),
        ]
        while users := self._get_people(domain):
            try:
                mine = [*domain, ("user_id", "in", users.ids)]
                self._send_now(
                    self.env["gov.approval.seat"].search(mine),
                    self.env["gov.approval.opinion"].search(mine),
                )
                self.env.flush_all()
            except psycopg2.errors.SerializationFailure:
                # Somebody has just decided one of them: look again.
                self.env.cr.rollback()
                continue
            if not cron._commit_progress(len(users)):
                return False
        company.gov_digest_sent = slot
        self.env.flush_all()
        return bool(cron._commit_progress())

    @api.model
    def _get_people(self, domain):
        """Return the next users who have something that they were not told."""
        ids = set()
        for model in "gov.approval.seat", "gov.approval.opinion":
            rows = self.env[model]._read_group(domain, ["user_id"], limit=BATCH)
            ids.update(user.id for (user,) in rows)
        return self.env["res.users"].browse(sorted(ids)[:BATCH])

    @api.model
    def _send_now(self, seats, opinions=None):
        """Tell the holders of ``seats`` and those asked, one notice per person."""
        opinions = self.env["gov.approval.opinion"] if opinions is None else opinions
        by_seat = seats._filter_current().grouped("user_id")
        by_opinion = opinions.grouped("user_id")
        for user in seats.user_id | opinions.user_id:
            mine = by_seat.get(user, seats.browse())
            asked = by_opinion.get(user, opinions.browse())
            if user.active and (mine or asked):
                self._notify(user, mine, asked)
        seats.write({"notice_at": False, "is_reminded": False})
        opinions.write({"notice_at": False})

    @api.model
    def _notify(self, user, seats, opinions):
        """Send ``user`` the one notice, as a notification or e-mail as set there."""
        lang = user.lang or self.env.lang
        digest, seats = self.with_context(lang=lang), seats.with_context(lang=lang)
        opinions = opinions.with_context(lang=lang)
        lines = [digest._get_seat_line(seat) for seat in seats]
        lines += [digest._get_opinion_line(opinion) for opinion in opinions]
        body = Markup("<ul>%s</ul>") % Markup("").join(lines)
        self.env["mail.thread"].with_context(lang=lang).message_notify(
            partner_ids=user.partner_id.ids,
            subject=digest.env._("Waiting for you: %s", len(lines)),
            body=body,
            force_send=False,
        )

    @api.model
    def _get_seat_line(self, seat):
        notes = [seat._get_todo()]
        if seat.summary:
            notes.append(seat.summary)
        if seat.is_reminded:
            notes.append(self.env._("reminded"))
        return self._get_line(seat, seat.matter_name, notes)

    @api.model
    def _get_opinion_line(self, opinion):
        text = self.env._(
            "%(asker)s asks: %(question)s",
            asker=opinion.asked_by_id.name,
            question=opinion.question,
        )
        return self._get_line(opinion, opinion.matter_name, [text])

    @api.model
    def _get_line(self, row, name, notes):
        url = self.env["gov.paper"].record_url(self.env[row.model].browse(row.res_id))
        return Markup('<li><a href="%s">%s</a> %s</li>') % (
            url,
            name,
            " · ".join(notes),
        )
