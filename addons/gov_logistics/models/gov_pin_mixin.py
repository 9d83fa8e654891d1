from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL

_LENGTH_MIN, _LENGTH_MAX = 4, 8
_RETRIES = 5


class GovPinMixin(models.AbstractModel):
    """A PIN of somebody: kept as a hash that nobody reads, locked after wrong tries.

    The model names in ``_pin_owner`` the many2one to whose record a PIN belongs (one
    row each), and says the outcome of a try in its own words.
    """

    _name = "gov.pin.mixin"
    _description = "PIN"
    _inherit = ["gov.guard.mixin"]
    _engine_only = True
    _allow_sudo_commands = False
    _pin_owner = None

    pin_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    failures = fields.Integer(required=True, readonly=True, default=0)
    locked_until = fields.Datetime(readonly=True)

    @api.model
    def _is_pin(self, pin):
        """Tell whether ``pin`` is a text of 4 to 8 digits."""
        return (
            isinstance(pin, str)
            and pin.isascii()
            and pin.isdecimal()
            and _LENGTH_MIN <= len(pin) <= _LENGTH_MAX
        )

    @api.model
    def _is_new_pin(self, pin):
        """Tell whether ``pin`` may be chosen: digits, and not one digit only."""
        return self._is_pin(pin) and len(set(pin)) > 1

    @api.model
    def _set_pin(self, owner, pin, **values):
        """Set the PIN of ``owner``; it replaces an older one and its lock.

        The caller has checked person and PIN and gives an engine's recordset.
        """
        context = self.env["res.users"]._crypt_context()
        values.update(pin_hash=context.hash(pin), failures=0, locked_until=False)
        if known := self.search([(self._pin_owner, "=", owner.id)]):
            known.write(values)
            return known
        return self.create({self._pin_owner: owner.id, **values})

    @api.model
    def _count_try(self, owner, pin, tries, minutes):
        """Count a try at the PIN of ``owner`` and look at it.

        Each try is counted in a transaction of its own, before it is looked at: what
        the caller's transaction does afterwards, or how many call at once, does not
        bring it back.

        :param tries: wrong tries after which the PIN is locked for ``minutes``.
        :return: (``right``, ``wrong``, ``locked`` or ``missing``, tries or minutes
            left)
        """
        for _attempt in range(_RETRIES):
            try:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    return self.with_env(env)._try(owner.id, pin, tries, minutes)
            except psycopg2.errors.SerializationFailure:
                continue
        return "locked", 1

    def _try(self, owner_id, pin, tries, minutes):
        now = fields.Datetime.now()
        table = SQL.identifier(self._table)
        rows = self.env.execute_query(
            SQL(
                "UPDATE %(table)s SET failures = failures"
                " + CASE WHEN locked_until > %(now)s THEN 0 ELSE 1 END"
                " WHERE %(owner)s = %(id)s"
                " RETURNING id, pin_hash, failures, locked_until",
                table=table,
                owner=SQL.identifier(self._pin_owner),
                now=now,
                id=owner_id,
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
                "UPDATE %s SET failures = %s, locked_until = %s"
                " WHERE id = %s RETURNING id",
                table,
                0 if right or locks else failures,
                now + timedelta(minutes=minutes) if locks else None,
                pin_id,
            )
        )
        if right:
            return "right", 0
        return ("locked", minutes) if locks else ("wrong", tries - failures)
