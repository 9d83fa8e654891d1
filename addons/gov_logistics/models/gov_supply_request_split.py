from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.tools.names import join_names

# No more of the other requests are named in one finding.
_NAMED = 20


class GovSupplyRequest(models.Model):
    """Splitting (化整为零): purchases of one category count together.

    A purchase takes the band of its own amount plus that of all purchase requests of
    the institution that hold a line of the same product category and were submitted
    within the days of the clause ``supply.split.days``. The whole amount of such a
    request counts, not only its lines of that category: the rule speaks of the
    amounts of the requests. Drafts, withdrawn, returned, rejected and cancelled
    requests do not count, nor do those of a monthly plan, nor products without a
    category of their own.
    """

    _inherit = "gov.supply.request"

    _protected_fields = frozenset({"amount_band"})

    amount_band = fields.Monetary(
        string="Amount of the band",
        readonly=True,
        copy=False,
        help="What decided the band: the amount of this request and of all purchases "
        "of the same category within the days of the clause.",
    )
    split_note = fields.Char(string="Splitting", compute="_compute_split_note")

    # ------------------------------------------------------------------ computes

    @api.depends(
        "kind", "plan_id", "line_ids.product_id", "amount_estimated", "amount_band"
    )
    @api.depends_context("lang")
    def _compute_split_note(self):
        for request in self:
            request.split_note = request._get_split_note()

    def _get_split_note(self):
        """Return in words what the band is decided by, when it is not just this."""
        if self.approval_state == "draft":
            count, others = self._read_split()
            own = self.amount_estimated
            if not count or self._get_band_rules(own) == self._get_band_rules(
                own + others
            ):
                return False
            clause = self._get_split_clause()
            return self.env._(
                "Together with %(count)s other purchases of the same category within "
                "%(days)s days the amount is %(total)s; this sum decides who approves "
                "(%(citation)s).",
                count=count,
                days=clause._typed_value(),
                total=self.currency_id.format(own + others),
                citation=clause.citation,
            )
        if self.currency_id.compare_amounts(self.amount_band, self.amount_frozen) > 0:
            return self.env._(
                "Who approves was decided by %(total)s: this request together with "
                "the purchases of the same category at that time.",
                total=self.currency_id.format(self.amount_band),
            )
        return False

    # ------------------------------------------------------------ the others' sum

    def _is_split_checked(self):
        """Tell whether other purchases count for the band of this request."""
        return self.kind == "purchase" and not self.plan_id

    def _get_split_clause(self):
        # The clause is no secret; everybody may read clauses.
        return self.env["gov.policy"]._get_policy(
            "supply.split.days", company=self.company_id
        )

    def _get_split_categories(self):
        """Return the categories of the lines that are categories of their own."""
        # Whoever may read the line may know what kind of thing it is.
        categories = self.line_ids.product_id.sudo().categ_id
        return categories._filter_supply_own()

    def _get_split_domain(self):
        """Return which other requests count for the band, or None for none at all."""
        categories = self._get_split_categories()
        if not categories or not self._is_split_checked():
            return None
        first, last = self._get_split_window()
        return [
            ("id", "!=", self._origin.id),
            ("kind", "=", "purchase"),
            ("plan_id", "=", False),
            ("approval_state", "not in", ("draft", "rejected", "cancelled")),
            (
                "line_ids",
                "any",
                [
                    ("company_id", "=", self.company_id.id),
                    ("categ_id", "in", categories.ids),
                    ("submitted_at", ">=", first),
                    ("submitted_at", "<", last),
                ],
            ),
        ]

    def _get_split_window(self):
        """Return the first moment of the window and the one after its last.

        Whole days of the institution before and after the submission: a price check
        that names the category later must see what was submitted since.
        """
        company = self.company_id
        days = timedelta(days=max(self._get_split_clause()._typed_value(), 0))
        zone = pytz.timezone(company.sudo().gov_tz)  # no secret of the institution
        day = company.gov_today()
        if self.submitted_at:
            day = pytz.utc.localize(self.submitted_at).astimezone(zone).date()

        def midnight(date):
            local = zone.localize(datetime.combine(date, time.min))
            return local.astimezone(pytz.utc).replace(tzinfo=None)

        return midnight(day - days), midnight(day + days + timedelta(days=1))

    def _read_split(self):
        """Return how many other requests count, and the sum of their amounts."""
        domain = self._get_split_domain()
        if domain is None:
            return 0, 0.0
        # All departments count, whoever asks; number and sum are all that is shown.
        [(count, amount)] = self.sudo()._read_group(
            domain, [], ["__count", "amount_for_approval:sum"]
        )
        return count, amount or 0.0

    def _meet_category_rivals(self):
        """UPDATE the rows of the categories, which all purchases of them share.

        Of two requests submitted at once the second fails here under REPEATABLE READ,
        is tried again by Odoo, and sees the first.
        """
        categories = self._get_split_categories()
        if not categories or not self._is_split_checked():
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE product_category AS category
                   SET parent_path = category.parent_path
                  FROM (SELECT id FROM product_category WHERE id IN %s
                         ORDER BY id FOR NO KEY UPDATE) AS taken
                 WHERE taken.id = category.id
                """,
                tuple(categories.ids),
            )
        )

    # ------------------------------------------------------------- approval hooks

    def _approval_check_submit(self):
        result = super()._approval_check_submit()
        self.line_ids._refresh_category()
        return result

    def _approval_band_amount(self):
        """Add the other purchases of the same category; rivals wait for each other."""
        amount = super()._approval_band_amount()
        self._meet_category_rivals()
        return amount + self._read_split()[1]

    def _check_urgent_amount(self):
        """Add the other urgent purchases of the category: the cap is not split.

        An urgent matter has no band, so that nothing else would add them up.
        """
        result = super()._check_urgent_amount()
        if (domain := self._get_split_domain()) is None:
            return result
        self._meet_category_rivals()
        domain = [*domain, ("is_urgent", "=", True)]
        # As in ``_read_split``: only number and sum are shown.
        [(count, others)] = self.sudo()._read_group(
            domain, [], ["__count", "amount_for_approval:sum"]
        )
        cap = self.env["gov.policy"]._get_policy(
            "approval.urgent.max", self.company_id.gov_today(), self.company_id
        )
        total = self.amount_for_approval + (others or 0.0)
        if count and self.currency_id.compare_amounts(total, cap._typed_value()) > 0:
            raise UserError(
                self.env._(
                    "Together with %(count)s other urgent purchases of the same "
                    "category within %(days)s days the amount is %(total)s, above "
                    "%(cap)s (%(clause)s): submit it without “urgent”.",
                    count=count,
                    days=self._get_split_clause()._typed_value(),
                    total=self.currency_id.format(total),
                    cap=self.currency_id.format(cap._typed_value()),
                    clause=cap.citation,
                )
            )
        return result

    def _approval_preview_amount(self):
        return super()._approval_preview_amount() + self._read_split()[1]

    def _get_band_tiers(self, bands):
        """Note the amount that decides the band, and open the finding."""
        tiers = super()._get_band_tiers(bands)
        if self._is_split_checked():
            count, others = self._read_split()
            own = self.amount_for_approval
            self.write({"amount_band": own + others})
            if count and bands.filtered(lambda rule: rule._covers(own)) != tiers:
                self._raise_split_finding(count, others)
        return tiers

    def _begin_urgent(self):
        """An urgent purchase has no band; with the others above the cap it is found.

        Several small ones would otherwise walk the one tier of urgent matters where
        together they belong to a band.
        """
        result = super()._begin_urgent()
        if self._is_split_checked():
            self._meet_category_rivals()
            count, others = self._read_split()
            own = self.amount_for_approval
            cap = self.env["gov.policy"].get_value(
                "approval.urgent.max", company=self.company_id
            )
            if count and self.currency_id.compare_amounts(own + others, cap) > 0:
                self._raise_split_finding(count, others)
        return result

    def _get_band_rules(self, amount):
        """Return the rules of today whose band holds ``amount``."""
        # Which tiers there are is shown to whoever may read the request.
        rules = self.env["gov.approval.rule"].sudo()._get_in_force(self.sudo())
        return rules.filtered(lambda rule: rule._has_band() and rule._covers(amount))

    def _raise_split_finding(self, count, others):
        """Open the finding ``split_purchase`` with the figures behind the band."""
        env = self._get_record_env()
        clause = self._get_split_clause()
        named = self.search(self._get_split_domain(), limit=_NAMED, order="id desc")
        own = self.amount_for_approval
        texts = [
            f"{request.number} {request.department_id.name} "
            f"{self.currency_id.format(request.amount_for_approval)}"
            for request in named
        ]
        if count > len(named):
            texts.append("…")
        evidence = env._(
            "%(own)s and %(count)s other purchases of the category %(category)s within "
            "%(days)s days make %(total)s, which lies in a higher band: %(others)s "
            "(%(citation)s).",
            own=self.currency_id.format(own),
            count=count,
            category=join_names(env, self._get_split_categories().mapped("name")),
            days=clause._typed_value(),
            total=self.currency_id.format(own + others),
            others=join_names(env, texts),
            citation=clause.citation,
        )
        self.env["gov.finding"]._raise("split_purchase", self, evidence)

    def _reset_to_draft(self):
        result = super()._reset_to_draft()
        self.write({"amount_band": 0})
        return result
