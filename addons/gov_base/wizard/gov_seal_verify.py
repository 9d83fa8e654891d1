from odoo import api, fields, models
from odoo.exceptions import UserError

PRINTED_DIGITS = 8


class GovSealVerify(models.TransientModel):
    """Lets supervision verify a chain and find a hash that stands on a paper."""

    _name = "gov.seal.verify"
    _description = "Verify Seals"

    chain = fields.Selection(
        selection="_selection_chain",
        required=True,
        default=lambda self: next(iter(self._selection_chain()), [False])[0],
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.user.company_ids.ids)],
    )
    printed_hash = fields.Char(
        string="Hash on a Paper",
        help="The hash that is printed on a form, or its first digits: does the chain "
        "still hold that link?",
    )
    state = fields.Selection(
        [("new", "Not verified"), ("ok", "In order"), ("broken", "Not in order")],
        default="new",
        readonly=True,
    )
    message = fields.Text(string="Result", readonly=True)
    printed_message = fields.Char(string="Paper", readonly=True)
    checked = fields.Integer(string="Links Checked", readonly=True)
    waiting = fields.Integer(string="Waiting for Their Link", readonly=True)
    unchecked = fields.Integer(
        string="Without a Record",
        readonly=True,
        help="Links whose documents belong to an add-on that is no longer there: the "
        "links are checked, their records cannot be.",
    )
    head_sequence = fields.Integer(string="Last Link", readonly=True)
    head_hash = fields.Char(string="Hash of the Last Link", readonly=True)
    broken_model = fields.Char(readonly=True)
    broken_res_id = fields.Integer(readonly=True)

    @api.model
    def _selection_chain(self):
        return list(self.env["gov.seal"]._chain_labels().items())

    def action_verify(self):
        """Verify the chain and show the result on this form.

        :raise UserError: if the user is not of supervision, or the hash that was typed
            is too short or none
        """
        self.ensure_one()
        result = self.env["gov.seal"].verify(self.chain, self.company_id)
        broken = result["broken"] or {}
        found, printed = self._find_printed()
        self.write(
            {
                "state": "ok" if result["ok"] and found else "broken",
                "message": result["message"],
                "printed_message": printed,
                "checked": result["checked"],
                "waiting": result["waiting"],
                "unchecked": result["unchecked"],
                "head_sequence": result["head_sequence"],
                "head_hash": result["head_hash"],
                "broken_model": broken.get("model", False),
                "broken_res_id": broken.get("res_id", 0),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify Seals"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_record(self):
        """Open the record at which the chain is broken."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.broken_model,
            "res_id": self.broken_res_id,
            "view_mode": "form",
        }

    def _find_printed(self):
        """Look for the typed hash: (found or not asked for, what to say)."""
        digits = "".join((self.printed_hash or "").split()).lower()
        if not digits:
            return True, False
        if len(digits) < PRINTED_DIGITS or digits.strip("0123456789abcdef"):
            raise UserError(
                self.env._(
                    "“%(hash)s” is no hash: type at least its first %(number)s digits "
                    "(0–9, a–f).",
                    hash=self.printed_hash,
                    number=PRINTED_DIGITS,
                )
            )
        # sudo: user and company have just been checked; only the number of the link
        # that a hash on paper belongs to is told.
        seals = self.env["gov.seal"].sudo()
        link = seals.search(
            [
                ("chain", "=", self.chain),
                ("company_id", "=", self.company_id.id),
                ("hash", "=like", f"{digits}%"),
            ],
            limit=1,
        )
        if link:
            return True, self.env._(
                "The hash on the paper is that of link %(number)s.",
                number=link.sequence,
            )
        return False, self.env._(
            "The hash on the paper is not in this chain: the chain has been rebuilt, "
            "or the paper belongs to another one."
        )
