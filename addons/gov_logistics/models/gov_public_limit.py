import hashlib
import hmac
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

_RETRIES = 3
_KEEP_HOURS = 48


class GovPublicLimit(models.Model):
    """How often one address has posted to one public page within a window of time.

    An agency shares one address, so address and page (the QR code) count together.
    The address is kept as a keyed hash only. A post above the limit reads one row and
    writes nothing; one below it is counted by one statement in a transaction of its
    own, so that no post waits for what another one does with its photo, and a post
    that is refused later has been counted all the same.
    """

    _name = "gov.public.limit"
    _description = "Posts to Public Pages"
    _log_access = False
    _allow_sudo_commands = False

    key = fields.Char(required=True, readonly=True)
    window = fields.Integer(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)
    created_at = fields.Datetime(required=True, readonly=True, index=True)

    _key_window_uniq = models.UniqueIndex(
        '("key", "window")', "One row for an address, a page and a window."
    )

    @api.model
    def _allow(self, address, page, limit, minutes):
        """Count a post, unless there have been enough of them.

        :param str address: the visitor's address.
        :param str page: what the post goes to, a QR token for example.
        :param int limit: posts within a window.
        :param int minutes: length of the window.
        :return: False when the limit is reached.
        """
        key = self._key(address, page)
        window = int(time.time() // (60 * max(1, minutes)))
        if self._count(key, window) >= limit:
            return False
        for _attempt in range(_RETRIES):
            try:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    return self.with_env(env)._add(key, window) <= limit
            except psycopg2.errors.SerializationFailure:
                continue  # counted by somebody else at this very moment
        return False

    @api.model
    def _key(self, address, page):
        # sudo: the key of the database never leaves this method.
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"gov.public.limit\0{address}\0{page}".encode()
        return hmac.new((secret or "").encode(), text, hashlib.sha256).hexdigest()[:40]

    @api.model
    def _count(self, key, window):
        rows = self.env.execute_query(
            SQL(
                'SELECT count FROM gov_public_limit WHERE "key" = %s AND "window" = %s',
                key,
                window,
            )
        )
        return rows[0][0] if rows else 0

    @api.model
    def _add(self, key, window):
        [(count,)] = self.env.execute_query(
            SQL(
                'INSERT INTO gov_public_limit ("key", "window", count, created_at)'
                " VALUES (%s, %s, 1, %s)"
                ' ON CONFLICT ("key", "window")'
                " DO UPDATE SET count = gov_public_limit.count + 1 RETURNING count",
                key,
                window,
                fields.Datetime.now(),
            )
        )
        return count

    @api.autovacuum
    def _gc_windows(self):
        """Forget windows that are over."""
        self.env.execute_query(
            SQL(
                "WITH gone AS (DELETE FROM gov_public_limit WHERE created_at <"
                " (now() AT TIME ZONE 'UTC') - make_interval(hours => %s) RETURNING id)"
                " SELECT count(*) FROM gone",
                _KEEP_HOURS,
            )
        )
