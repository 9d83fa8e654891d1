from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine


class GovSupplyPin(models.Model):
    """The PIN with which a department's liaison signs at the counter.

    Set by the liaison alone, kept as a hash that nobody reads, and locked for some
    minutes after a number of wrong tries (``supply.pin.tries``, ``supply.pin.lock``).
    """

    _name = "gov.supply.pin"
    _description = "Counter PIN"
    _inherit = ["gov.pin.mixin"]
    _rec_name = "user_id"
    _allow_sudo_commands = False
    _pin_owner = "user_id"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )

    _user_uniq = models.UniqueIndex("(user_id)", "One PIN for one person.")

    @api.model
    def action_set(self, pin):
        """Set the current user's own PIN; it replaces an older one and its lock.

        :param pin: 4 to 8 digits, not all the same, as text.
        :return: True
        :raise UserError: when the user is the liaison of no department, or the PIN is
            none.
        """
        user = self.env.user
        # Only whether the user is a liaison is asked.
        departments = self.env["hr.department"].sudo()
        if not departments.search_count([("liaison_ids", "in", user.ids)], limit=1):
            raise UserError(
                self.env._("Only the liaison of a department signs with a PIN.")
            )
        if not self._is_new_pin(pin):
            raise UserError(
                self.env._("A PIN has 4 to 8 digits, and not one digit only.")
            )
        # The user sets their own PIN and no other.
        engine(self.sudo())._set_pin(user, pin)
        return True

    @api.model
    def action_has(self):
        """Tell whether the current user has set a PIN.

        :return: bool
        """
        # Only the user's own row is looked for.
        return bool(self.sudo().search_count([("user_id", "=", self.env.uid)], limit=1))

    @api.model
    def action_open_wizard(self):
        """Open the dialog in which liaisons set their PIN.

        :return: a window action.
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("My counter PIN"),
            "res_model": "gov.supply.pin.wizard",
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------------- checking

    @api.model
    def _verify(self, user, pin, company):
        """Refuse unless ``pin`` is the PIN of ``user``.

        The try is counted whatever becomes of the caller's transaction.
        """
        policy = self.env["gov.policy"].sudo()  # the clauses are no secret
        limits = (
            policy.get_value("supply.pin.tries", company=company),
            policy.get_value("supply.pin.lock", company=company),
        )
        outcome, figure = self._count_try(user, pin, *limits)
        if outcome == "missing":
            raise UserError(
                self.env._(
                    "%s has not set a PIN yet: they do it themselves, under Requests.",
                    user.name,
                )
            )
        if outcome == "locked":
            raise UserError(
                self.env._(
                    "The PIN of %(name)s is locked after too many wrong tries; try "
                    "again in %(minutes)s minutes, or let them sign on screen.",
                    name=user.name,
                    minutes=figure,
                )
            )
        if outcome == "wrong":
            raise UserError(
                self.env._(
                    "This is not the PIN of %(name)s; %(left)s more tries.",
                    name=user.name,
                    left=figure,
                )
            )
        return True
