from odoo import api, fields, models

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.names import join_names


class GovVehicleTripClose(models.Model):
    """Trips that come after their month was closed: kept, and marked.

    A slip is never lost: it counts in the month of its return, as the law asks. What
    was signed, handed over or posted of that month stays as it was; the trip says
    after what it came, the account has it in a column of its own, the signed sheet and
    the posting tell that there is more now.
    """

    _inherit = "gov.vehicle.trip"

    _protected_fields = frozenset({"after_close_at", "close_note"})

    after_close_at = fields.Datetime(
        string="Entered after the close",
        readonly=True,
        copy=False,
        help="When it was entered or corrected, after its month was closed.",
    )
    close_note = fields.Char(string="Came after", readonly=True, copy=False)

    _after_close = models.Index(
        "(vehicle_id, return_date) WHERE after_close_at IS NOT NULL"
    )

    @api.model
    def _prepare_closes(self, vehicles, first):
        """Return what :meth:`_describe_close` needs, by three queries at most.

        :param first: the first day of return that is asked for.
        :return: dict; empty where no month is over.
        """
        # sudo: the institutions of the vehicles, and what is closed there.
        companies = vehicles.sudo().company_id | self.env.company
        today = min(company.gov_today() for company in companies)
        if first >= today.replace(day=1):
            return {}
        first = first.replace(day=1)
        here = ("company_id", "in", companies.ids)
        # sudo: only which months are closed is asked.
        postings = self.env["gov.publication"].sudo()
        logs = self.env["gov.vehicle.log.sheet"].sudo()
        sheets = self.env["gov.driver.sheet"].sudo()
        return {
            "postings": postings.search(
                [
                    here,
                    # The figures of a draft stand already.
                    ("stage", "in", ("draft", "released")),
                    ("vehicle_to", ">=", first),
                ],
                order="id",
            ),
            "logs": {
                (log.vehicle_id.id, log.month): log
                for log in logs.search(
                    [
                        ("vehicle_id", "in", vehicles.ids),
                        ("state", "=", "signed"),
                        ("month", ">=", first),
                    ],
                    order="id desc",
                )
            },
            "sheets": {
                (sheet.company_id.id, sheet.month): sheet
                for sheet in sheets.search(
                    [here, ("state", "=", "handed"), ("month", ">=", first)]
                )
            },
        }

    @api.model
    def _describe_close(self, closes, vehicle, day):
        """Return in words after what a trip of ``vehicle`` back on ``day`` comes.

        :param dict closes: see :meth:`_prepare_closes`.
        :return: text; empty while nothing of its month is closed.
        """
        # sudo: its institution, and until when the books are closed there.
        company = vehicle.sudo().company_id or self.env.company
        env, texts = self.env, []
        closed = company.sudo().gov_closed_until
        if closed and day <= closed:
            texts.append(env._("books closed until %s", format_day(env, closed)))
        if not closes:
            return join_names(env, texts)

        def moment_day(moment):
            return format_day(env, company._gov_local(moment).date())

        month = day.replace(day=1)
        if log := closes["logs"].get((vehicle.id, month)):
            texts.append(env._("log signed on %s", moment_day(log.signed_at)))
        if sheet := closes["sheets"].get((company.id, month)):
            texts.append(
                env._("drivers' sheet handed over on %s", moment_day(sheet.handed_at))
            )
        for posting in closes["postings"]:
            if (
                posting.company_id == company
                and posting.vehicle_from <= day <= posting.vehicle_to
            ):
                texts.append(
                    env._(
                        "figures posted as of %(day)s %(number)s",
                        day=moment_day(posting.vehicle_read_at),
                        number=posting.number or "",
                    ).strip()
                )
        return join_names(env, texts)

    def _note_close(self, before=None):
        """Mark those of these trips whose month was closed before they came.

        :param before: the day of return that a correction has moved; its month counts
            as well.
        """
        trips = self.filtered(lambda trip: trip.state == "back")
        if not trips:
            return
        days = [*trips.mapped("return_date"), *filter(None, [before])]
        lang = self.env["gov.approval.rule"]._get_lang(trips[0].company_id)
        marks = trips.with_context(lang=lang)
        closes = marks._prepare_closes(trips.vehicle_id, min(days))
        now = fields.Datetime.now()
        for trip in trips:
            texts = [
                marks._describe_close(closes, trip.vehicle_id, day)
                for day in (before, trip.return_date)
                if day
            ]
            if text := next(filter(None, texts), ""):
                trip._engine().write({"after_close_at": now, "close_note": text})
