from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day

from .contract_contract import _TRANSITIONS, GENERATION
from .gov_settlement import FROZEN

_CHUNK = 100


class ContractContract(models.Model):
    """What happens to a service contract in force: supplements, end, alerts, periods.

    The nightly job marks contracts whose term is over as expired and puts each alert
    once on the list of who keeps the contract: that the next tender must be prepared,
    that 90 % of the ceiling are settled.
    """

    _inherit = "contract.contract"
    _protected_fields = frozenset({"alerted_end", "alerted_ceiling"})

    supplement_ids = fields.One2many(
        "gov.contract.supplement", "contract_id", string="Supplements"
    )
    supplement_count = fields.Integer(compute="_compute_supplement_count")
    proposal_ids = fields.One2many(
        "gov.contract.proposal", "contract_id", string="Proposals of termination"
    )
    has_open_proposal = fields.Boolean(
        string="Termination proposed", compute="_compute_has_open_proposal"
    )
    price_row_ids = fields.One2many(
        "gov.contract.price", "contract_id", string="Prices", copy=False
    )
    period_ids = fields.One2many(
        "gov.contract.period", "contract_id", string="Periods", readonly=True
    )
    missed_count = fields.Integer(
        string="Periods missed",
        compute="_compute_missed_count",
        search="_search_missed_count",
        help="Periods that are over and have no statement.",
    )
    alerted_end = fields.Boolean(readonly=True, copy=False)
    alerted_ceiling = fields.Boolean(readonly=True, copy=False)

    # -------------------------------------------------------------------- computes

    @api.depends("supplement_ids")
    def _compute_supplement_count(self):
        groups = self.env["gov.contract.supplement"]._read_group(
            [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
        )
        counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.supplement_count = counts.get(contract.id, 0)

    @api.depends("proposal_ids.state")
    def _compute_has_open_proposal(self):
        for contract in self:
            # sudo: who reads the contract reads whether its end is proposed.
            proposals = contract.sudo().proposal_ids
            contract.has_open_proposal = "open" in proposals.mapped("state")

    @api.depends("gov_state", "date_start", "date_end", "settlement_period")
    def _compute_missed_count(self):
        # sudo: the reader of a contract sees how many of its periods lack a statement.
        groups = (
            self.env["gov.contract.period"]
            .sudo()
            ._read_group(
                [("contract_id", "in", self.ids), ("state", "=", "missed")],
                ["contract_id"],
                ["__count"],
            )
        )
        counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.missed_count = counts.get(contract.id, 0)

    @api.model
    def _search_missed_count(self, operator, value):
        if (operator, value) not in ((">", 0), ("=", 0), ("!=", 0)):
            return NotImplemented
        # sudo: only the ids; record rules of the search itself still hold.
        rows = self.env["gov.contract.period"].sudo()
        missing = rows._read_group([("state", "=", "missed")], ["contract_id"])
        ids = [contract.id for (contract,) in missing]
        return [("id", "not in" if operator == "=" else "in", ids)]

    def _periods_missing(self, until):
        """Return the periods that are over by ``until`` and have no statement.

        :param until: date or ISO string
        :return: list of (date_from, date_to), in order; of a period that is settled
            in part the rest.
        """
        self.ensure_one()
        day = to_day(self.env, until)
        # sudo: called by the server's own documents for their contract.
        statements = self.env["gov.settlement"].sudo()
        missing = statements._get_missing_periods(
            self.sudo(), day + timedelta(days=1) if day else date.min
        )
        return missing.get(self.id, [])

    def _get_frozen_until(self):
        """Return the last day that frozen period statements reach, or None."""
        self.ensure_one()
        self.env["gov.settlement"].flush_model(["state", "kind", "date_to"])
        return self.env.execute_query(
            SQL(
                "SELECT max(date_to) FROM gov_settlement WHERE contract_id = %s"
                " AND kind = 'period' AND state IN %s",
                self.id,
                FROZEN,
            )
        )[0][0]

    # ----------------------------------------------------------------- supplements

    def action_new_supplement(self):
        """Open a new supplement to this contract.

        :return: a window action.
        """
        return self._open_supplement("term")

    def action_open_termination(self):
        """Open the supplement that ends this contract.

        :return: a window action.
        """
        return self._open_supplement("termination")

    def _open_supplement(self, kind):
        self.ensure_one()
        self._refuse_not_keeper()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supplement"),
            "res_model": "gov.contract.supplement",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_contract_id": self.id, "default_kind": kind},
        }

    def action_open_supplements(self):
        """Open the supplements to this contract.

        :return: a window action.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Supplements"),
            "res_model": "gov.contract.supplement",
            "view_mode": "list,form",
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_contract_id": self.id},
        }

    def action_terminate(self, reason, date):
        """End the contract before its term, by a sealed supplement.

        :param str reason: why
        :param date: last day of service, date or ISO string
        :return: True
        :raise UserError: the contract is not in force, the day is settled already,
            or something was used after it.
        """
        supplements = self.env["gov.contract.supplement"]
        for contract in self.sorted("id"):
            contract._begin("terminate")
            supplements._terminate(contract, reason, date)
        return True

    def _post_supplement(self, supplement):
        """Note a supplement that has come into force."""
        kinds = dict(supplement._fields["kind"]._description_selection(self.env))
        self.message_post(
            body=self.env._(
                "%(number)s, %(kind)s: %(reason)s",
                number=supplement.number,
                kind=kinds[supplement.kind],
                reason=supplement.reason,
            )
        )

    def _reopen(self):
        """Put an expired contract, whose term has been lengthened, into force again.

        In the engine's environment.
        """
        self.ensure_one()
        if self.gov_state in _TRANSITIONS["reopen"][0]:
            self.gov_state = _TRANSITIONS["reopen"][1]

    # ------------------------------------------------------------------ nightly job

    @api.model
    def _cron_service_contracts(self):
        """Expire contracts whose term is over; tell once what comes near.

        In committed chunks; whatever is done is not done again.
        """
        # sudo: a job; it reads and marks the contracts of all institutions.
        contracts = engine(self.sudo())
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        for company in companies:
            here = contracts.with_company(company)
            for step in (here._expire, here._alert_end, here._alert_ceiling):
                while done := step(company):
                    if not self.env["ir.cron"]._commit_progress(done):
                        return
        self.env["gov.contract.proposal"]._propose_all()

    @api.model
    def _expire(self, company):
        chunk = self.search(
            [
                ("generation_type", "=", GENERATION),
                ("company_id", "=", company.id),
                ("gov_state", "in", _TRANSITIONS["expire"][0]),
                ("date_end", "<", company.gov_today()),
            ],
            limit=_CHUNK,
            order="id",
        )
        chunk.gov_state = _TRANSITIONS["expire"][1]
        return len(chunk)

    @api.model
    def _alert_end(self, company):
        """Tell that the next tender must be prepared."""
        today = company.gov_today()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM contract_contract WHERE generation_type = %s"
                " AND company_id = %s AND gov_state = 'active'"
                " AND alerted_end IS NOT TRUE"
                " AND date_end - tender_lead_days <= %s ORDER BY id LIMIT %s",
                GENERATION,
                company.id,
                today,
                _CHUNK,
            )
        )
        chunk = self.browse(row[0] for row in rows)
        for contract in chunk:
            env = contract._get_alert_env()
            contract._alert(
                env._(
                    "%(contract)s ends on %(end)s: prepare the next one",
                    contract=contract.display_name,
                    end=format_day(env, contract.date_end),
                ),
                contract.date_end,
            )
        chunk.alerted_end = True
        chunk.flush_recordset(["alerted_end"])
        return len(chunk)

    @api.model
    def _alert_ceiling(self, company):
        """Tell that 90 % of a ceiling are settled."""
        chunk = self.search(
            [
                ("generation_type", "=", GENERATION),
                ("company_id", "=", company.id),
                ("gov_state", "=", "active"),
                ("alerted_ceiling", "=", False),
                ("is_near_ceiling", "=", True),
            ],
            limit=_CHUNK,
            order="id",
        )
        for contract in chunk:
            env = contract._get_alert_env()
            contract._alert(
                env._(
                    "%(contract)s: %(used)s %% of its ceiling are settled, "
                    "%(left)s is left",
                    contract=contract.display_name,
                    used=f"{contract.ceiling_used:.1f}",
                    left=contract.gov_currency_id.format(contract.amount_left),
                ),
                company.gov_today() + timedelta(days=7),
            )
        chunk.alerted_ceiling = True
        return len(chunk)

    def _get_alert_env(self):
        """Return the environment in the language of who is told."""
        lang = self._get_alert_user().lang
        return self.with_context(lang=lang).env if lang else self.env

    def _get_alert_user(self):
        """Return who keeps this contract, else the head of the department in charge."""
        self.ensure_one()
        for user in (self.user_id, self.department_id.manager_id.user_id):
            if (
                user.active
                and not user.share
                and user.id != self.env.ref("base.user_root").id
            ):
                return user
        return self.env["res.users"]

    def _alert(self, summary, deadline, user=None):
        """Put a to-do on the list of ``user``, default who keeps this contract."""
        user = user or self._get_alert_user()
        if user:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=deadline,
                summary=summary,
                user_id=user.id,
            )
