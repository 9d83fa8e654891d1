from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

from odoo.addons.gov_base.models.gov_guard import engine

_LENGTH_MIN, _LENGTH_MAX = 4, 8
_RETRIES = 5


class GovSupplyPin(models.Model):
    """The PIN with which a department's liaison signs at the counter.

    Set by the liaison alone, kept as a hash that nobody reads, and locked for some
    minutes after a number of wrong tries (``supply.pin.tries``, ``supply.pin.lock``).
    """

    _name = "gov.supply.pin"
    _description = "Counter PIN"
    _inherit = ["gov.guard.mixin"]
    _rec_name = "user_id"
    _engine_only = True
    _allow_sudo_commands = False

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    pin_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    failures = fields.Integer(required=True, readonly=True, default=0)
    locked_until = fields.Datetime(readonly=True)

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
        if not self._is_pin(pin) or len(set(pin)) == 1:
            raise UserError(
                self.env._("A PIN has 4 to 8 digits, and not one digit only.")
            )
        # The user sets their own PIN and no other.
        pins = engine(self.sudo())
        values = {
            "pin_hash": user._crypt_context().hash(pin),
            "failures": 0,
            "locked_until": False,
        }
        if known := pins.search([("user_id", "=", user.id)]):
            known.write(values)
        else:
            pins.create({"user_id": user.id, **values})
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
    def _is_pin(self, pin):
        return (
            isinstance(pin, str)
            and pin.isascii()
            and pin.isdecimal()
            and _LENGTH_MIN <= len(pin) <= _LENGTH_MAX
        )

    @api.model
    def _verify(self, user, pin, company):
        """Refuse unless ``pin`` is the PIN of ``user``.

        Each try is counted in a transaction of its own, before it is looked at: what
        the caller's transaction does afterwards, or how many call at once, does not
        bring it back.
        """
        policy = self.env["gov.policy"].sudo()  # the clauses are no secret
        limits = (
            policy.get_value("supply.pin.tries", company=company),
            policy.get_value("supply.pin.lock", company=company),
        )
        for _attempt in range(_RETRIES):
            try:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    outcome, figure = self.with_env(env)._try(user.id, pin, *limits)
                break
            except psycopg2.errors.SerializationFailure:
                continue
        else:
            outcome, figure = "locked", 1
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

    def _try(self, user_id, pin, tries, minutes):
        """Count a try and look at it.

        :return: (``right``, ``wrong``, ``locked`` or ``missing``, tries or minutes
            left)
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                "UPDATE gov_supply_pin SET failures = failures"
                " + CASE WHEN locked_until > %(now)s THEN 0 ELSE 1 END"
                " WHERE user_id = %(user)s"
                " RETURNING id, pin_hash, failures, locked_until",
                now=now,
                user=user_id,
            )
        )
        if not rows:
            return "missing", 0
        pin_id, pin_hash, failures, locked_until = rows[0]
        if locked_until and locked_until > now:
            return "locked", int((locked_until - now).total_seconds() // 60) + 1
        context = self.env["res.users"]._crypt_context()
        right = self._is_pin(pin) and context.verify(pin, pin_hash)
        locks = not right and failures >= tries
        self.env.execute_query(
            SQL(
                "UPDATE gov_supply_pin SET failures = %s, locked_until = %s"
                " WHERE id = %s RETURNING id",
                0 if right or locks else failures,
                now + timedelta(minutes=minutes) if locks else None,
                pin_id,
            )
        )
        if right:
            return "right", 0
        return ("locked", minutes) if locks else ("wrong", tries - failures)
