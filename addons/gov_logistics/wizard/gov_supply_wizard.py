from odoo import Command, api, fields, models


class GovSupplyWizard(models.TransientModel):
    """The dialog in which one supply request is lowered, priced, issued or taken back.

    It only collects what the person enters; the request's own methods check and do.
    """

    _name = "gov.supply.wizard"
    _description = "Supply Request Dialog"
    _inherit = ["gov.supply.sign.mixin"]

    request_id = fields.Many2one("gov.supply.request", required=True, readonly=True)
    mode = fields.Selection(
        [
            ("lower", "Lower quantities"),
            ("price", "Price check"),
            ("funds", "Source of money"),
            ("issue", "Issue"),
            ("short", "Buy what is short"),
            ("return", "Return unused"),
            ("close", "Close the rest"),
        ],
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many("gov.supply.wizard.line", "wizard_id", string="Lines")
    fund_source = fields.Char(string="Source of money")
    budget_line_id = fields.Many2one(
        "gov.budget.line",
        string="Budget line",
        help="Pays for the lines that have none yet.",
    )
    has_budget = fields.Boolean(compute="_compute_has_budget")
    budget_left = fields.Char(related="request_id.budget_left", related_sudo=False)
    budget_year = fields.Integer(compute="_compute_has_budget")
    company_id = fields.Many2one(related="request_id.company_id", related_sudo=False)
    reason = fields.Char()
    comment = fields.Char(string="Opinion")
    # Related fields are read with the user's own rights: anybody may name a request.
    currency_id = fields.Many2one(related="request_id.currency_id", related_sudo=False)
    amount_approved = fields.Monetary(
        related="request_id.amount_approved", related_sudo=False
    )

    @api.depends("request_id")
    def _compute_has_budget(self):
        for wizard in self:
            company = wizard.request_id.company_id
            wizard.has_budget = (
                company.gov_budget_on and not wizard.request_id.is_plan_merged
            )
            wizard.budget_year = company.gov_today().year

    @api.model
    def _open(self, request, mode):
        """Return the window action of a dialog for ``request``.

        :param mode: key of the field ``mode``.
        """
        wizard = self.create({"request_id": request.id, "mode": mode})
        wizard.line_ids = [
            Command.create(vals) for vals in wizard._prepare_lines(request)
        ]
        wizard.fund_source = request.fund_source
        wizard.receiver_id = request.beneficiary_id
        labels = dict(self._fields["mode"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": f"{labels[mode]} · {request.display_name}",
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref(f"gov_logistics.gov_supply_wizard_view_{mode}").id,
                    "form",
                )
            ],
            "target": "new",
            # The price check has the most columns to fill in.
            "context": {"dialog_size": "extra-large" if mode == "price" else "large"},
        }

    def _prepare_lines(self, request):
        """Return the values of the dialog's lines, with what is usually entered."""
        prepared = []
        for line in request.line_ids:
            quantity = line.qty_approved
            if self.mode == "issue":
                if not line._is_issuable() or not line.qty_open:
                    continue
                quantity = line.qty_open
                if line.product_id.is_storable:
                    quantity = min(quantity, max(line.qty_on_hand, 0))
                elif request.kind == "purchase":
                    quantity = min(quantity, line.qty_received - line.qty_issued)
            elif self.mode == "short":
                if not line._is_issuable() or not line.qty_open:
                    continue
                quantity = max(line.qty_open - max(line.qty_on_hand, 0), 0)
            elif self.mode == "return":
                if line.qty_issued <= line.qty_returned:
                    continue
                quantity = 0
            elif self.mode not in ("lower", "price"):
                continue
            prepared.append(
                {
                    "request_line_id": line.id,
                    "quantity": quantity,
                    "product_id": line.product_id.id,
                    "price_unit": line.price_unit,
                    "vendor_id": line.vendor_id.id,
                }
            )
        return prepared

    def action_confirm(self):
        """Do what the dialog was opened for.

        :return: an action that closes the dialog.
        :raise UserError: as the request's own method.
        """
        self.ensure_one()
        self._check_own()
        {
            "lower": self._confirm_lower,
            "price": self._confirm_price,
            "funds": self._confirm_funds,
            "issue": self._confirm_issue,
            "short": self._confirm_short,
            "return": self._confirm_return,
            "close": self._confirm_close,
        }[self.mode]()
        return {"type": "ir.actions.act_window_close"}

    def action_confirm_and_close_check(self):
        """Save the check and close it, so that the request moves on.

        :return: an action that closes the dialog.
        :raise UserError: as ``action_confirm`` and ``action_approve``.
        """
        action = self.action_confirm()
        self.request_id.action_approve(self.comment or "")
        return action

    def _get_sign_request(self):
        return self.request_id

    def _get_quantities(self):
        return {line.request_line_id.id: line.quantity for line in self.line_ids}

    def _confirm_lower(self):
        self.request_id.action_set_approved(self._get_quantities())

    def _confirm_price(self):
        self.request_id.action_price_lines(
            {
                line.request_line_id.id: line._prepare_price_values()
                for line in self.line_ids
            }
        )

    def _confirm_funds(self):
        self.request_id.action_set_fund_source(
            self.fund_source, self.budget_line_id.id or None
        )

    def _confirm_issue(self):
        self.request_id._issue(
            self._take_evidence(self.request_id),
            self._get_quantities(),
            {
                line.request_line_id.id: line._get_old_item()
                for line in self.line_ids
                if line._get_old_item()
            },
        )

    def _confirm_short(self):
        self.request_id.action_buy_shortage(self._get_quantities())

    def _confirm_return(self):
        self.request_id.action_return_goods(self._get_quantities(), self.reason)

    def _confirm_close(self):
        self.request_id.action_close_rest(self.reason)
