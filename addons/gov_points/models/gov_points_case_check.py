from odoo import models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import plain_number
from odoo.addons.gov_base.tools.names import join_names


class GovPointsCaseCheck(models.AbstractModel):
    """What a case must hold before it is decided.

    Every refusal names the person, the figure, the limit and the article.
    """

    _name = "gov.points.case.check"
    _description = "Checks of a Conduct Case"

    def _approval_check_submit(self):
        """Refuse a case that cannot be decided yet.

        :raise UserError: naming what is missing.
        """
        result = super()._approval_check_submit()
        self.check_access("read")
        for case in self:
            # Read access was checked; the figures do not hang on the reader's rights.
            document = case.sudo()
            document._check_facts()
            document._check_officer()
            document._check_penalty_gate()
            document._check_scheme_in_force()
            document._check_shares_add_up()
            for share in document.share_ids:
                share._check_article()
                share._check_scope()
                share._check_discretion()
                share._check_hearing()
                share._check_not_raised()
            document._check_must_transfer()
        return result

    def _check_facts(self):
        if not (self.facts or "").strip():
            raise UserError(
                self.env._("%s: write down the facts first.", self.display_name)
            )
        if not self.share_ids:
            raise UserError(
                self.env._("%s: name at least one person.", self.display_name)
            )

    def _check_officer(self):
        """The officer in charge is named on the notice: no party of the case."""
        if self.employee_id in self._approval_party_employees():
            raise UserError(
                self.env._(
                    "%(case)s: %(officer)s is concerned, the reporter or recused, or "
                    "reports to a person concerned. Name another officer in charge.",
                    case=self.display_name,
                    officer=self.employee_id.name,
                )
            )

    def _check_penalty_gate(self):
        """Points never stand in for a legal penalty: it comes first."""
        if self.penalty_state == "pending":
            raise UserError(
                self.env._(
                    "%s waits for a legal penalty. Record the penalty, or the decision "
                    "that none is due, first.",
                    self.display_name,
                )
            )

    def _check_scheme_in_force(self):
        """The rulebook of the incident's day counts, whatever came later."""
        schemes = self.env["gov.points.scheme"]._get_for(self.date, self.company_id)
        if not self.scheme_id or self.scheme_id not in schemes.sudo():
            raise UserError(
                self.env._(
                    "%(case)s: the rulebook “%(scheme)s” was not in force on the day "
                    "of the incident, %(day)s. In force: %(schemes)s.",
                    case=self.display_name,
                    scheme=self.scheme_id.display_name or "-",
                    day=format_day(self.env, self.date),
                    schemes=join_names(self.env, schemes.mapped("display_name")) or "-",
                )
            )

    def _check_shares_add_up(self):
        """Shares of blame add to 100, the vendor's people included."""
        if self.share_rule == "full":
            return
        for share in self.share_ids:
            share._check_share_value()
        total = sum(self.share_ids.mapped("share"))
        if float_compare(total, 100, precision_digits=2):
            raise UserError(
                self.env._(
                    "%(case)s: the shares add up to %(total)s %%, not to 100 %%: "
                    "%(shares)s.",
                    case=self.display_name,
                    total=plain_number(total),
                    shares=join_names(
                        self.env,
                        [
                            f"{share.person} {plain_number(share.share)} %"
                            for share in self.share_ids
                        ],
                    ),
                )
            )

    def _check_must_transfer(self):
        """An article that has to go out first needs the outcome of a transfer."""
        articles = self.share_ids.article_id.filtered("must_transfer")
        if not articles:
            return
        outcomes = self.transfer_ids.filtered(lambda t: t.state == "done")
        if not outcomes:
            raise UserError(
                self.env._(
                    "%(case)s: what article %(articles)s names is transferred out to "
                    "the competent body first. Points wait until its outcome is "
                    "recorded.",
                    case=self.display_name,
                    articles=join_names(self.env, articles.mapped("code")),
                )
            )
        if outcomes.sorted("id")[-1:].outcome == "no_violation":
            raise UserError(
                self.env._(
                    "%(case)s: %(body)s found no violation. Article %(articles)s "
                    "cannot be scored; dismiss the case or name another article.",
                    case=self.display_name,
                    body=outcomes.sorted("id")[-1:].body,
                    articles=join_names(self.env, articles.mapped("code")),
                )
            )
