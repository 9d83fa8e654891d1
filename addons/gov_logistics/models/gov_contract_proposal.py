from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.names import join_names

from .input_check import plain_number

# One table for methods, write() and buttons: action → (from, to)
_TRANSITIONS = {"confirm": (("open",), "confirmed"), "drop": (("open",), "dropped")}
_MAX_TEXT = 5000


class GovContractProposal(models.Model):
    """A proposal to end a contract: its last scores lay under the table's limit.

    Made by the server when so many final scores in a row as the deduction table says
    lie below its limit; a human decides.

    ======= ==== ========= ========================================================
    action  from to        who
    ======= ==== ========= ========================================================
    confirm open confirmed manager of the service centre; the contract is terminated
                           by a supplement
    drop    open dropped   the same, with a reason
    ======= ==== ========= ========================================================
    """

    _name = "gov.contract.proposal"
    _description = "Proposal of Termination"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _engine_only = True

    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="Service contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    assessment_id = fields.Many2one(
        "gov.service.assessment",
        string="Last score",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    date = fields.Date(string="Proposed on", required=True, readonly=True)
    evidence = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("confirmed", "Terminated"), ("dropped", "Dropped")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    reason = fields.Text(readonly=True)
    supplement_id = fields.Many2one(
        "gov.contract.supplement",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _score_uniq = models.UniqueIndex(
        "(contract_id, assessment_id)", "This score has led to a proposal already."
    )
    _one_open = models.UniqueIndex(
        "(contract_id) WHERE state = 'open'", "A proposal is open already."
    )

    @api.depends("contract_id", "date")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = self.env._(
                "%(contract)s, %(day)s",
                contract=proposal.contract_id.display_name,
                day=format_day(self.env, proposal.date),
            )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        manager = self.env.user.has_group("gov_logistics.group_service_manager")
        for proposal in self:
            proposal.can_decide = manager and proposal.state == "open"

    # --------------------------------------------------------------------- actions

    def action_confirm(self, date, reason=""):
        """Terminate the contract.

        :param date: last day of service, date or ISO string
        :param str reason: why; default the evidence
        :return: True
        :raise UserError: not the manager, decided already, or the termination is not
            possible on that day.
        """
        day = to_day(self.env, date)
        for proposal in self.sorted("id"):
            document = proposal._begin("confirm")
            text = self._clean_text(reason) or document.evidence
            supplement = self.env["gov.contract.supplement"]._terminate(
                proposal.contract_id, text, day
            )
            document._decide("confirm", text, supplement_id=supplement.id)
        return True

    def action_drop(self, reason):
        """Leave the contract in force.

        :param str reason: why; required
        :return: True
        :raise UserError: not the manager, decided already, or no reason.
        """
        text = self._clean_text(reason)
        if not text:
            raise UserError(self.env._("Say why the contract stays in force."))
        for proposal in self.sorted("id"):
            proposal._begin("drop")._decide("drop", text)
        return True

    def action_open_decision(self):
        """Open the form to decide.

        :return: a window action.
        """
        self.ensure_one()
        self._begin("drop")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on the proposal"),
            "res_model": "gov.contract.proposal.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_proposal_id": self.id},
        }

    def _clean_text(self, text):
        if text and (
            not isinstance(text, str) or "\0" in text or len(text) > _MAX_TEXT
        ):
            raise UserError(
                self.env._("The text is longer than %(most)s signs.", most=_MAX_TEXT)
            )
        return (text or "").strip()

    def _begin(self, action):
        """Return self for the engine, after the checks that both steps share."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("gov_logistics.group_service_manager"):
            raise UserError(
                self.env._("The manager of the service centre decides on this.")
            )
        self.contract_id._meet_rivals()
        self.invalidate_recordset(["state"])
        if self.state not in _TRANSITIONS[action][0]:
            raise UserError(
                self.env._("%s has been decided already.", self.display_name)
            )
        # sudo: access, group and state were checked just above.
        return engine(self.sudo())

    def _decide(self, action, reason, **values):
        self.write(
            {
                "state": _TRANSITIONS[action][1],
                "reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                **values,
            }
        )

    # -------------------------------------------------------------------- proposing

    @api.model
    def _propose_all(self):
        """Propose for every contract in force whose newest scores are too low."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT c.id FROM contract_contract c"
                " JOIN gov_deduction_table t ON t.id = c.deduction_table_id"
                " JOIN gov_service_assessment a ON a.contract_id = c.id"
                " AND a.state = 'final' AND a.score < t.termination_limit"
                " WHERE c.gov_state = 'active' AND NOT EXISTS ("
                "SELECT 1 FROM gov_contract_proposal p WHERE p.contract_id = c.id"
                " AND (p.state = 'open' OR p.assessment_id = a.id))"
                " ORDER BY c.id"
            )
        )
        # sudo: a job; what it finds is shown to the keepers of contracts.
        contracts = self.env["contract.contract"].sudo()
        return self._propose(contracts.browse(row[0] for row in rows))

    @api.model
    def _propose(self, contracts):
        """Propose the end of those of ``contracts`` whose last scores lie too low.

        Called when a score becomes final. The scores of the last periods count, as
        many as the deduction table says; one newer that is good ends the row.

        :return: the new proposals.
        """
        # sudo: called by server code; the scores are the contract's own.
        proposals = engine(self.sudo())
        assessments = self.env["gov.service.assessment"].sudo()
        made = proposals.browse()
        for contract in contracts.sudo():
            table = contract.deduction_table_id
            if contract.gov_state != "active" or not table.termination_limit:
                continue
            last = assessments.search(
                [("contract_id", "=", contract.id), ("state", "=", "final")],
                order="date_to desc, id desc",
                limit=table.in_a_row,
            )
            low = all(score.score < table.termination_limit for score in last)
            if len(last) < table.in_a_row or not low:
                continue
            if contract.proposal_ids.filtered(
                lambda proposal: (
                    proposal.state == "open" or proposal.assessment_id == last[0]  # noqa: B023
                )
            ):
                continue
            made |= proposals.create(proposals._prepare(contract, table, last))
        for proposal in made:
            proposal._tell()
        return made.with_env(self.env)

    @api.model
    def _prepare(self, contract, table, last):
        env = contract._get_alert_env()
        scores = [
            env._(
                "%(start)s to %(end)s: %(score)s",
                start=format_day(env, row.date_from),
                end=format_day(env, row.date_to),
                score=plain_number(row.score),
            )
            for row in last.sorted("date_from")
        ]
        return {
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "assessment_id": last[0].id,
            "date": contract.company_id.gov_today(),
            "evidence": env._(
                "%(count)s scores in a row below %(limit)s (%(citation)s): %(scores)s.",
                count=table.in_a_row,
                limit=plain_number(table.termination_limit),
                citation=table.citation,
                scores=join_names(env, scores),
            ),
        }

    def _tell(self):
        """Put the proposal on the list of a manager of the service centre."""
        contract = self.contract_id
        user = self._get_manager()
        env = contract.with_context(lang=user.lang or self.env.lang).env
        contract._alert(
            env._("Termination of %s is proposed", contract.display_name),
            contract.company_id.gov_today(),
            user,
        )

    def _get_manager(self):
        """Return who is told: keeper or head where they may decide, else a manager."""
        contract = self.contract_id
        group = self.env.ref("gov_logistics.group_service_manager")
        managers = group.all_user_ids.filtered(
            lambda user: (
                user.active
                and contract.company_id in user.company_ids
                and user.id != self.env.ref("base.user_root").id
            )
        ).sorted("id")
        near = (contract.user_id | contract.department_id.manager_id.user_id) & managers
        return (near or managers)[:1]
