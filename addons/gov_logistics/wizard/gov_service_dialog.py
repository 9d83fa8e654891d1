from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.gov_service_callback import CALLBACK_RESULTS
from ..models.gov_service_pause import PAUSE_REASONS


class GovServiceDialog(models.TransientModel):
    """The dialog in which a step of service requests gets its text, person or parts.

    It only collects what the person enters; the request's own methods check and do.
    """

    _name = "gov.service.dialog"
    _description = "Service Request Dialog"

    request_ids = fields.Many2many("maintenance.request", readonly=True)
    mode = fields.Selection(
        [
            ("assign", "Dispatch"),
            ("refuse", "Give back"),
            ("pause", "Pause"),
            ("done", "Finish"),
            ("parts", "Use parts"),
            ("cancel", "Cancel"),
            ("reopen", "Open again"),
            ("call_back", "Call back"),
        ],
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    text = fields.Text()
    user_id = fields.Many2one("res.users", string="Repairer")
    team_id = fields.Many2one("maintenance.team", string="Team")
    candidate_ids = fields.Many2many(
        "res.users", "gov_service_dialog_candidate_rel", readonly=True
    )
    loads = fields.Text(string="Open requests", readonly=True)
    moment = fields.Datetime(string="Visit agreed for")
    pause_kind = fields.Selection(PAUSE_REASONS, string="Reason", default="parts")
    result = fields.Selection(CALLBACK_RESULTS, default="fixed")
    photo = fields.Binary()
    quantity = fields.Float(digits=(16, 4))
    is_secret = fields.Boolean(string="Secret room", readonly=True)
    has_item = fields.Boolean(readonly=True)
    part_ids = fields.One2many(
        "gov.service.dialog.part", "dialog_id", string="Parts used"
    )

    @api.model
    def _open(self, requests, mode):
        """Return the window action of a dialog for ``requests``.

        :param mode: key of the field ``mode``.
        """
        requests.check_access("read")
        labels = dict(self._fields["mode"]._description_selection(self.env))
        if not isinstance(mode, str) or mode not in labels or not requests:
            raise UserError(self.env._("Choose a request."))
        dialog = self.create(self._prepare(requests, mode))
        title = requests.display_name if len(requests) == 1 else str(len(requests))
        return {
            "type": "ir.actions.act_window",
            "name": f"{labels[mode]} · {title}",
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    @api.model
    def _prepare(self, requests, mode):
        first = requests[0]
        vals = {
            "request_ids": [Command.set(requests.ids)],
            "mode": mode,
            "company_id": first.company_id.id,
            "is_secret": any(request._is_secret() for request in requests),
            "has_item": len(requests) == 1 and bool(first.service_item_id),
            "quantity": first.quantity,
        }
        if mode == "done":
            vals["text"] = first.closing_text
            vals["photo"] = first.closing_photo
        if mode == "assign":
            user, team = first._suggest()
            loads = first._get_loads(first._get_teams().member_ids)
            users = sorted(loads, key=lambda one: (loads[one], one.id))
            vals.update(
                {
                    "user_id": user.id,
                    "team_id": team.id,
                    "candidate_ids": [Command.set([one.id for one in users])],
                    "loads": "\n".join(f"{one.name}: {loads[one]}" for one in users),
                }
            )
        return vals

    def action_apply(self):
        """Do what the dialog was opened for.

        :return: an action that closes the dialog.
        :raise UserError: as the request's own method.
        """
        self.ensure_one()
        requests = self.request_ids
        if self.mode == "assign":
            requests.action_assign(self.user_id.id, self.team_id.id, self.moment)
        elif self.mode == "refuse":
            requests.action_refuse(self.text)
        elif self.mode == "pause":
            kinds = dict(self._fields["pause_kind"]._description_selection(self.env))
            requests.action_pause(
                self.text or kinds.get(self.pause_kind), self.pause_kind
            )
        elif self.mode == "done":
            quantity = self.quantity if self.has_item else None
            photo = self.with_context(bin_size=False).photo or None
            requests.action_done(self.text or "", photo, quantity)
        elif self.mode == "parts":
            requests.action_use_parts(self._get_parts())
        elif self.mode == "cancel":
            requests.action_cancel(self.text)
        elif self.mode == "reopen":
            requests.action_reopen(self.text)
        else:
            requests.action_call_back(self.result, self.text or "")
        return {"type": "ir.actions.act_window_close"}

    def _get_parts(self):
        parts = {}
        for line in self.part_ids:
            product = line.product_id.id
            parts[product] = parts.get(product, 0) + line.quantity
        return parts
