from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .contract_contract import GENERATION

_OPEN_REQUESTS = ("new", "assigned", "accepted", "arrived", "paused")
_EMPTY = ("empty", "over")
_OPEN = ("gov_state", "in", _OPEN_REQUESTS)
_OURS = ("generation_type", "=", GENERATION)
# What is counted: model, field summed, domain of each figure by its code.
_SOURCES = (
    (
        "maintenance.request",
        None,
        {
            "request_open": [_OPEN],
            "request_new": [("gov_state", "=", "new")],
            "request_late": [("sla_state", "=", "overdue")],
            "request_paused": [("gov_state", "=", "paused")],
            "request_emergency": [_OPEN, ("is_emergency", "=", True)],
        },
    ),
    (
        "gov.service.complaint",
        None,
        {"complaint_open": [("state", "=", "open")]},
    ),
    (
        "gov.settlement",
        "amount_due",
        {
            "settlement_draft": [("state", "=", "draft")],
            "settlement_objected": [
                ("state", "=", "draft"),
                ("objection_count", ">", 0),
            ],
            "settlement_confirmed": [("state", "=", "confirmed")],
            "settlement_stamping": [("state", "=", "stamping")],
            "settlement_to_bill": [
                ("state", "=", "sealed"),
                ("settlement_mode", "=", "transfer"),
            ],
        },
    ),
    ("gov.contract.period", None, {"contract_missed": [("state", "=", "missed")]}),
    (
        "contract.contract",
        None,
        {
            "contract_ceiling": [
                _OURS,
                ("gov_state", "=", "active"),
                ("is_near_ceiling", "=", True),
            ],
            "contract_expiring": [_OURS, ("is_expiring", "=", True)],
        },
    ),
    ("gov.contract.proposal", None, {"contract_proposal": [("state", "=", "open")]}),
    (
        "gov.service.assessment",
        None,
        {
            "assessment_draft": [("state", "=", "draft")],
            "assessment_stated": [("state", "=", "stated")],
        },
    ),
)


class GovServiceFigure(models.Model):
    """A figure on the page of the centre's manager, with the list behind it.

    Rows are shipped; what each counts is its domain below. A figure counts what its
    reader may read, so that the list it opens has as many rows; whose model the reader
    may not read at all is not shown. Manager of the service centre and supervision.
    """

    _name = "gov.service.figure"
    _description = "Figure of the Service Centre"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    section = fields.Selection(
        [
            ("request", "Service requests"),
            ("settlement", "Statements"),
            ("contract", "Contracts and assessment"),
            ("budget", "Budget"),
        ],
        required=True,
        readonly=True,
        index=True,
        group_expand=True,
    )
    sequence = fields.Integer(readonly=True)
    severity = fields.Selection(
        [("info", "For information"), ("warning", "To do"), ("danger", "Late")],
        required=True,
        readonly=True,
        default="info",
    )
    count = fields.Integer(compute="_compute_count", aggregator=None)
    amount = fields.Monetary(
        compute="_compute_count", currency_field="currency_id", aggregator=None
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    is_raised = fields.Boolean(compute="_compute_count")
    is_shown = fields.Boolean(compute="_compute_is_shown", search="_search_is_shown")

    _code_uniq = models.Constraint("UNIQUE (code)", "There is such a figure already.")

    @api.model
    def _get_sources(self):
        """Return ``{code: (model, domain, field summed)}``; extended by add-ons."""
        year = Domain("year", "=", self.env.company.gov_today().year)
        low, empty = Domain("level", "=", "warn"), Domain("level", "in", _EMPTY)
        return {
            **{
                code: (model, Domain(domain), summed)
                for model, summed, domains in _SOURCES
                for code, domain in domains.items()
            },
            "budget_warn": ("gov.budget.line", year & low, "amount_available"),
            "budget_empty": ("gov.budget.line", year & empty, "amount_available"),
        }

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_count(self):
        sources = self._get_sources()
        for figure in self:
            model, domain, summed = sources.get(figure.code, (None, None, None))
            count, amount = 0, 0.0
            if model and self.env[model].has_access("read"):
                aggregates = ["__count", *([f"{summed}:sum"] if summed else [])]
                [(count, *sums)] = self.env[model]._read_group(domain, [], aggregates)
                amount = sums[0] or 0.0 if sums else 0.0
            figure.count = count
            figure.amount = amount
            figure.is_raised = bool(count) and figure.severity != "info"

    @api.depends_context("company")
    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    @api.depends_context("uid")
    def _compute_is_shown(self):
        readable = self._get_readable_codes()
        for figure in self:
            figure.is_shown = figure.code in readable

    @api.model
    def _search_is_shown(self, operator, value):
        if operator != "in":
            return NotImplemented
        shown = Domain("code", "in", self._get_readable_codes())
        return shown if True in value else ~shown

    @api.model
    def _get_readable_codes(self):
        return [
            code
            for code, (model, _domain, _summed) in self._get_sources().items()
            if self.env[model].has_access("read")
        ]

    def action_open(self):
        """Open what the figure counts.

        :return: a window action.
        :raise UserError: not one figure, or one that counts nothing any more.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        model, domain, _summed = self._get_sources().get(self.code, (None, None, None))
        if not model:
            raise UserError(self.env._("%s counts nothing any more.", self.name))
        action = {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }
        if model == "contract.contract":
            action["views"] = [
                (
                    self.env.ref(f"gov_logistics.contract_contract_view_{kind}_gov").id,
                    kind,
                )
                for kind in ("list", "kanban", "form")
            ]
            action["view_mode"] = "list,kanban,form"
        elif model == "gov.contract.period":
            action["views"], action["view_mode"] = [(False, "list")], "list"
        return action
