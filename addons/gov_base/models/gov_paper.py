import base64
import io
from datetime import datetime

import cn2an
import pytz
import qrcode
from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_M

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr, float_round

# cn2an reads sixteen digits before the point; no institution spends more.
_MOST = 1e16
# size: width, height, margins, as the paper formats in report/gov_paper_formats.xml
_SIZES = {
    "a4": ("210mm", "297mm", "15mm 15mm 12mm 18mm"),
    "a4_landscape": ("297mm", "210mm", "15mm 15mm 12mm 15mm"),
    "a5": ("148mm", "210mm", "10mm 10mm 8mm 12mm"),
    "a5_landscape": ("210mm", "148mm", "8mm 10mm 6mm 12mm"),
}
# size: lines that fit in normal type, and in tight type
_LINES = {
    "a4": (20, 30),
    "a4_landscape": (12, 18),
    "a5": (14, 22),
    "a5_landscape": (9, 14),
}
# A row of the approval block is as high as so many lines.
_APPROVAL_ROW = 1.5
# The ways a step can end, as its row on the paper shows them.
_CLOSED = ("approved", "checked", "rejected", "returned", "skipped")


class GovPaper(models.AbstractModel):
    """What every paper form needs: capitals, dates, the code, the approval rows.

    A form is a QWeb template that calls ``gov_base.paper`` per document, see
    ``report/gov_paper_templates.xml``; there ``paper`` is this model.
    """

    _name = "gov.paper"
    _description = "Paper Forms"

    @api.model
    def capitals(self, amount):
        """Return an amount in Chinese capitals: 470 gives 肆佰柒拾元整.

        :param amount: number of yuan, rounded to the fen.
        :raise UserError: not a number, or beyond what is written in capitals.
        """
        try:
            number = float(amount or 0)
            if not abs(number) < _MOST:
                raise ValueError
            rounded = float_round(number, precision_digits=2)
            text = float_repr(abs(rounded), 2)
        except (TypeError, ValueError):
            raise UserError(
                self.env._("“%(amount)s” is no amount of money.", amount=amount)
            ) from None
        text = text.rstrip("0").rstrip(".") if "." in text else text
        words = cn2an.an2cn(text, "rmb")
        return f"负{words}" if rounded < 0 else words

    @api.model
    def date_text(self, value, company=None):
        """Return a day as papers write it: 2026年11月22日; "" for no value.

        :param value: date, or datetime in UTC, shown as the institution's day.
        :param company: the institution; default the current one.
        """
        if not value:
            return ""
        if isinstance(value, datetime):
            value = self._local(value, company)
        return f"{value.year}年{value.month}月{value.day}日"

    @api.model
    def time_text(self, value, company=None):
        """Return a moment (datetime in UTC) as 2026年11月22日 09:30."""
        if not value:
            return ""
        local = self._local(value, company)
        return f"{self.date_text(local.date())} {local:%H:%M}"

    @api.model
    def amount_text(self, amount, company=None):
        """Return ``amount`` with sign and separators: ¥1,180.00."""
        currency = (company or self.env.company).currency_id
        return f"{currency.symbol or ''}{amount or 0:,.{currency.decimal_places}f}"

    @api.model
    def record_url(self, record):
        """Return the address at which ``record`` opens in the browser."""
        return f"{record.get_base_url()}/odoo/{record._name}/{record.id}"

    @api.model
    def qr_image(self, text):
        """Return a data address of ``text`` as QR code, for an ``img`` tag.

        The image stands in the page itself: a print needs no second request, and no
        graphics library beyond Odoo's own ``qrcode``.
        """
        code = qrcode.QRCode(border=0, box_size=6, error_correction=ERROR_CORRECT_M)
        code.add_data(text)
        png = io.BytesIO()
        code.make_image().save(png)
        return self.image(base64.b64encode(png.getvalue()))

    @api.model
    def image(self, value):
        """Return a data address of a stored picture (base64), e.g. a signature."""
        text = value.decode() if isinstance(value, bytes) else value
        return f"data:image/png;base64,{text}" if text else ""

    @api.model
    def approval_rows(self, doc):
        """Return what the approval block shows: one row per step of this round.

        :param doc: a matter of ``gov.approval.mixin``.
        :return: list of dicts: ``post`` (the tier), ``citation``, ``entries`` (dicts
            of ``name``, ``title``, ``opinion``, ``date``), one per decision. A step
            that is not decided yet has no entry, and room for ink.
        """
        decisions = doc.decision_ids.filtered(lambda d: d.outcome in _CLOSED)
        by_step = decisions.grouped("step_id")
        steps = doc.step_ids.filtered(
            lambda step: step.round == doc.approval_round and step.state != "cancelled"
        )
        return [
            {
                "post": step.name,
                "citation": step.citation or "",
                "entries": [
                    self._approval_entry(decision, doc.company_id)
                    for decision in self._step_decisions(step, by_step)
                ],
            }
            for step in steps.sorted("sequence")
        ]

    @api.model
    def company(self, doc):
        """Return the institution whose name heads the paper."""
        return doc._fields.get("company_id") and doc.company_id or self.env.company

    @api.model
    def footer(self, doc):
        """Return the line at the foot: number, head of the seal chain, time of print.

        :return: dict with ``number``, ``seal`` (start of the head hash, "" while there
            is none), ``printed_at``.
        """
        company = self.company(doc)
        return {
            "number": doc._fields.get("number") and doc.number or "",
            "seal": self.env["gov.seal"]._head_hash("decision", company)[:16],
            "printed_at": self.time_text(fields.Datetime.now(), company),
        }

    @api.model
    def stamp(self, doc):
        """Return the word printed across a paper that is not in force, else ""."""
        return {
            "draft": self.env._("Draft"),
            "submitted": "",
            "on_hold": "",
            "rejected": self.env._("Not agreed"),
            "cancelled": self.env._("Void"),
        }.get(doc._fields.get("approval_state") and doc.approval_state, "")

    @api.model
    def day_of(self, doc, day=None):
        """Return the day that a paper bears: given, of submission, else of creation."""
        submitted = doc._fields.get("submitted_at") and doc.submitted_at
        return day or submitted or doc.create_date

    @api.model
    def page_rule(self, size):
        """Return the CSS rule of the page, for printing from the browser."""
        width, height, margins = _SIZES[size]
        return Markup("@page { size: %s %s; margin: %s; }") % (width, height, margins)

    @api.model
    def density(self, size, line_count, doc=None):
        """Return how closely a form is set to stay on one page.

        :param str size: size of the paper.
        :param int line_count: lines of the form's table.
        :param doc: the matter; the rows of its approval block take room as well.
        """
        rows = self.approval_rows(doc) if doc and "step_ids" in doc._fields else []
        entries = sum(max(1, len(row["entries"])) for row in rows)
        normal, tight = _LINES[size]
        lines = line_count + _APPROVAL_ROW * entries
        if lines <= normal:
            return "normal"
        return "tight" if lines <= tight else "tightest"

    # === Helpers ===

    @api.model
    def _local(self, value, company=None):
        zone = pytz.timezone((company or self.env.company).gov_tz)
        return pytz.utc.localize(value).astimezone(zone).replace(tzinfo=None)

    @api.model
    def _step_decisions(self, step, by_step):
        """Return the decisions of a step, or of the step in which it was decided."""
        seen = step.browse()
        while step.decided_in_id and step not in by_step and step not in seen:
            seen += step
            step = step.decided_in_id
        return by_step.get(step, self.env["gov.approval.decision"]).sorted("id")

    @api.model
    def _decider_name(self, decision):
        if not decision.on_behalf_of_id:
            return decision.decider_id.name
        return self.env._(
            "%(delegate)s on behalf of %(delegator)s",
            delegate=decision.decider_id.name,
            delegator=decision.on_behalf_of_id.name,
        )

    @api.model
    def _approval_entry(self, decision, company):
        opinions = {
            "approved": self.env._("Agreed"),
            "checked": self.env._("Checked"),
            "rejected": self.env._("Not agreed"),
            "returned": self.env._("Returned"),
            "skipped": self.env._("Decided in an earlier step"),
        }
        met = decision.channel == "meeting"  # the number of the minutes signs
        return {
            "name": decision.post if met else self._decider_name(decision),
            "title": "" if met else decision.post or "",
            "opinion": decision.comment or opinions[decision.outcome],
            "date": self.date_text(decision.decided_at, company),
        }
