from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_plain_values
from odoo.addons.gov_base.tools.rivals import meet_rivals

from .gov_settlement_bill import BILL_BATCH

DRAFT_BATCH = 200
# So many bills are made and committed before the statistics are refreshed.
FIRST_BILLS = 40


class GovSettlementRun(models.Model):
    """The month run: drafts the statements of all contracts, or bills what is sealed.

    It works in committed chunks, so that it may be killed at any moment and started
    again: what has a statement or a bill is passed over. Two runs at once meet on the
    contracts' rows; the loser of a chunk looks again and finds it done.

    ======= ======= ================================================================
    from    to      by
    ======= ======= ================================================================
    draft   running ``action_start`` by contracts and settlement
    running done    the last chunk
    done    running ``action_start`` again: only what is missing is made
    ======= ======= ================================================================
    """

    _name = "gov.settlement.run"
    _description = "Month Run"
    _inherit = ["gov.guard.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _protected_fields = frozenset(
        {
            "state",
            "handler_id",
            "last_id",
            "done_count",
            "total_count",
            "statement_count",
            "problem_ids",
            "started_at",
            "ended_at",
            "settlement_ids",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("draft", "Draft statements"), ("bill", "Make bills")],
        string="What",
        required=True,
        default="draft",
    )
    date_to = fields.Date(
        string="Periods over by",
        required=True,
        default=lambda self: self._get_default_day(),
    )
    state = fields.Selection(
        [("draft", "Not started"), ("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    handler_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, copy=False, ondelete="restrict"
    )
    last_id = fields.Integer(readonly=True, copy=False, aggregator=None)
    total_count = fields.Integer(string="To look at", readonly=True, copy=False)
    done_count = fields.Integer(string="Looked at", readonly=True, copy=False)
    statement_count = fields.Integer(string="Made", readonly=True, copy=False)
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    problem_ids = fields.One2many(
        "gov.settlement.run.problem",
        "run_id",
        string="Not made",
        readonly=True,
        copy=False,
    )
    problem_count = fields.Integer(string="Problems", compute="_compute_problem_count")
    settlement_ids = fields.One2many(
        "gov.settlement", "run_id", string="Statements", readonly=True, copy=False
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(readonly=True, copy=False)

    # ------------------------------------------------------------------ computes

    @api.model
    def _get_default_day(self):
        """Return the last day of the month before this one."""
        return self.env.company.gov_today().replace(day=1) - timedelta(days=1)

    @api.depends("kind", "date_to")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            day = run.date_to and f"{run.date_to:%Y-%m}"
            run.display_name = f"{labels.get(run.kind, '')} {day or ''}".strip()

    @api.depends("done_count", "total_count", "state")
    def _compute_progress(self):
        for run in self:
            run.progress = (
                100
                if run.state == "done"
                else 100 * run.done_count / run.total_count
                if run.total_count
                else 0
            )

    @api.depends("problem_ids")
    def _compute_problem_count(self):
        groups = dict(
            self.env["gov.settlement.run.problem"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.problem_count = groups.get(run, 0)

    # ----------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_plain_values(self.browse(), vals)
        return super().create(vals_list)

    def write(self, vals):
        check_plain_values(self.browse(), vals)
        if {"company_id", "date_to", "kind"} & set(vals) and self.filtered(
            "started_at"
        ):
            raise UserError(
                self.env._("A run that was started stays as it is: enter another one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered("started_at"):
            raise UserError(self.env._("A run that was started stays on record."))

    # -------------------------------------------------------------------- actions

    def action_start(self):
        """Start, or start again: the job works through the contracts, chunk by chunk.

        :return: True
        :raise UserError: not the group, the days are not over, or no employee.
        """
        for run in self:
            run.check_access("write")
            if not self.env["gov.settlement"]._is_keeper():
                raise UserError(
                    self.env._("The run is started by “Contracts and settlement”.")
                )
            if run.date_to >= run.company_id.gov_today():
                raise UserError(
                    self.env._("The period is not over yet: statements follow it.")
                )
            # sudo: access, group and day were checked just above.
            engine(run.sudo())._begin()
        self.env.ref("gov_logistics.cron_settlement_run")._trigger()
        return True

    def _begin(self):
        self._meet_rivals()
        if self.kind == "draft":
            self.env["gov.settlement"]._get_handler_employee(
                self.env.user, self._get_contracts(limit=1)
            )
        self.problem_ids.unlink()
        self.write(
            {
                "state": "running",
                "handler_id": self.env.uid,
                "last_id": 0,
                "done_count": 0,
                "total_count": self._count_work(),
                "started_at": fields.Datetime.now(),
                "ended_at": False,
            }
        )

    def action_open_statements(self):
        """Open the statements of this run.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_logistics.gov_settlement_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action

    def _meet_rivals(self):
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(flush=False)

    # ----------------------------------------------------------------------- work

    @api.model
    def _cron_work(self):
        """Work on all runs that are running, in committed chunks."""
        cron = self.env["ir.cron"]
        for run in self.sudo().search([("state", "=", "running")], order="id"):
            more = True
            while more:
                more = engine(run)._step()
                if not cron._commit_progress(1, remaining=int(more)):
                    return

    def _step(self, limit=None):
        """Do one chunk; the caller commits.

        :return: True while there is more to do.
        """
        self.ensure_one()
        self._meet_rivals()
        if self.state != "running":
            return False
        step = self._step_bill if self.kind == "bill" else self._step_draft
        ids, made = step(limit)
        self.write(
            {
                "last_id": ids[-1] if ids else self.last_id,
                "done_count": self.done_count + len(ids),
                "statement_count": self.statement_count + made,
            }
        )
        if not ids:
            self.write({"state": "done", "ended_at": fields.Datetime.now()})
        return bool(ids)

    def _get_contract_domain(self):
        return [
            ("generation_type", "=", "gov_settlement"),
            ("company_id", "=", self.company_id.id),
            ("gov_state", "in", ("active", "terminated", "expired")),
            ("date_start", "<=", self.date_to),
        ]

    def _get_contracts(self, limit=DRAFT_BATCH):
        return (
            self.env["contract.contract"]
            .with_context(active_test=False)
            .search(
                [*self._get_contract_domain(), ("id", ">", self.last_id)],
                order="id",
                limit=limit,
            )
        )

    def _get_bill_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sealed"),
            ("settlement_mode", "=", "transfer"),
            ("is_elsewhere", "=", False),
            ("date_to", "<=", self.date_to),
        ]

    def _count_work(self):
        if self.kind == "bill":
            return self.env["gov.settlement"].search_count(self._get_bill_domain())
        return (
            self.env["contract.contract"]
            .with_context(active_test=False)
            .search_count(self._get_contract_domain())
        )

    def _step_draft(self, limit):
        contracts = self._get_contracts(limit or DRAFT_BATCH)
        if not contracts:
            return [], 0
        drafted = self.env["gov.settlement"]._draft_batch(
            contracts, self.date_to, self.date_to, handler=self.handler_id, run=self
        )
        self.env["gov.settlement.run.problem"].create(
            [
                {"run_id": self.id, "contract_id": contract.id, "name": text}
                for contract, text in drafted.problems
            ]
        )
        return contracts.ids, len(drafted.statements)

    def _step_bill(self, limit):
        first = not self.done_count
        statements = self.env["gov.settlement"].search(
            [*self._get_bill_domain(), ("id", ">", self.last_id)],
            order="id",
            limit=limit or (FIRST_BILLS if first else BILL_BATCH),
        )
        if not statements:
            return [], 0
        if self.done_count == FIRST_BILLS:
            statements._analyze_moves()
        made = statements._bill_sealed()
        return statements.ids, len(made)
