import logging
from functools import partial

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import seal
from ..tools.names import join_names
from ..tools.seal_verify import ChainVerifier

_logger = logging.getLogger(__name__)

# Links made in one short transaction, and how many of them follow one commit at
# most: what is left over is the catch-up job's.
LINK_BATCH = 2000
LINK_BATCHES_AFTER_COMMIT = 10


class GovSeal(models.Model):
    """One sealed record: what stood in its sealed fields, and its link in the chain.

    Written by :meth:`GovSealMixin._seal` in the transaction of the matter itself, at
    first without a link. The link (``sequence``, ``previous_hash``, ``hash``) is made
    right after the commit in a short transaction of its own, gapless per company and
    chain. Nothing else ever changes in this table, whoever tries: see :meth:`init`.
    Supervision reads the seals of its companies, nobody writes them.
    """

    _name = "gov.seal"
    _inherit = ["gov.guard.mixin"]
    _description = "Seal"
    _order = "id desc"
    _log_access = False
    _allow_sudo_commands = False
    _engine_only = True

    chain = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(
        string="Number",
        readonly=True,
        help="Number of the link in the chain; 0 while it waits for its link.",
    )
    model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="model", required=True, readonly=True
    )
    schema = fields.Integer(
        required=True,
        readonly=True,
        help="Version of the list of sealed fields.",
    )
    payload = fields.Text(
        string="Sealed Values",
        required=True,
        readonly=True,
        help="Canonical text of the sealed fields.",
    )
    payload_hash = fields.Char(
        string="Hash of the Values", required=True, readonly=True
    )
    previous_hash = fields.Char(string="Hash of the Link Before", readonly=True)
    hash = fields.Char(string="Hash of the Link", readonly=True)
    sealed_at = fields.Datetime(string="Sealed On", required=True, readonly=True)
    sealed_by_id = fields.Many2one(
        "res.users",
        string="Sealed By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )

    label = fields.Char(string="Kind of Record", compute="_compute_label")

    _chain_uniq = models.UniqueIndex(
        "(company_id, chain, sequence)",
        "Two links of a chain cannot have the same number.",
    )
    _document_uniq = models.UniqueIndex(
        "(model, res_id, schema)", "This record is sealed already."
    )
    _waiting_idx = models.Index("(chain, company_id, id) WHERE sequence IS NULL")

    @api.private
    def init(self):
        """Guard the table: a link is filled in once, nothing else changes."""
        cr = self.env.cr
        seal.create_functions(cr)
        link = ("sequence", "previous_hash", "hash")
        kept = [
            field.name
            for field in self._fields.values()
            if field.store and field.column_type and field.name not in link
        ]
        seal.ensure_trigger(
            cr,
            self._table,
            "gov_seal_update",
            SQL(
                "BEFORE UPDATE ON gov_seal FOR EACH ROW WHEN (NOT ("
                "%s AND %s AND (%s) IS NOT DISTINCT FROM (%s)"
                ")) EXECUTE FUNCTION gov_seal_refuse()",
                _all_of("OLD", link, "IS NULL"),
                _all_of("NEW", link, "IS NOT NULL"),
                _columns("OLD", kept),
                _columns("NEW", kept),
            ),
        )
        seal.ensure_trigger(
            cr,
            self._table,
            "gov_seal_insert",
            SQL(
                "BEFORE INSERT ON gov_seal FOR EACH ROW WHEN (NOT (%s))"
                " EXECUTE FUNCTION gov_seal_refuse()",
                _all_of("NEW", link, "IS NULL"),
            ),
        )
        seal.ensure_trigger(
            cr,
            self._table,
            "gov_seal_delete",
            SQL(
                "BEFORE DELETE ON gov_seal FOR EACH ROW"
                " EXECUTE FUNCTION gov_seal_refuse()"
            ),
        )
        seal.guard_truncate(cr, self._table)
        return super().init()

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("chain", "sequence")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.label} {record.sequence or '…'}"

    @api.depends("chain")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = self._chain_labels()
        for record in self:
            record.label = labels.get(record.chain, record.chain)

    @api.model
    def _sql_error_to_message(self, exc):
        if exc.diag.constraint_name == seal.REFUSED:
            return self.env._("A seal can neither be changed nor deleted.")
        return super()._sql_error_to_message(exc)

    # ------------------------------------------------------------------
    # Public
    # ------------------------------------------------------------------

    @api.model
    def verify(self, chain, company=None):
        """Check a chain link by link and every sealed value against its record.

        :param str chain: name of the chain
        :param company: id or record of the company, by default the current one
        :return: a dictionary: ``ok``; ``checked`` (links compared); ``waiting`` (seals
            that wait for their link; their values are compared too); ``unchecked``
            (links of documents whose add-on is gone); ``head_sequence`` and
            ``head_hash``; ``message`` for people; ``broken``, False or a dictionary
            on the first broken place: ``reason``, ``sequence``, ``seal_id``,
            ``model``, ``res_id``, ``name``, ``field``, ``expected``, ``found``
        :raise UserError: if the user is not of supervision, or for an unknown chain
            or company
        """
        if not self.env.su and not self.env.user.has_group(
            "gov_base.group_supervision"
        ):
            raise UserError(
                self.env._("Chains of seals are verified by supervision only.")
            )
        company = self._verify_company(company)
        if not isinstance(chain, str) or chain not in self._chain_labels():
            raise UserError(
                self.env._(
                    "There is no chain “%(chain)s”. Known chains: %(known)s.",
                    chain=chain,
                    known=list(self._chain_labels()),
                )
            )
        # Supervision, or the server itself, for a company of theirs: checked above.
        # Comparing means reading all rows of the chain, whatever other rules say;
        # values are told of those only that the user may read.
        reader = self.with_company(company).env
        return ChainVerifier(self.sudo().env, chain, company.sudo(), reader).run()

    @api.model
    def _verify_company(self, company):
        """Return the company to verify; refuse one that the user cannot see."""
        if not company:
            return self.env.company
        company_id = company.id if isinstance(company, models.BaseModel) else company
        if isinstance(company_id, int):
            found = self.env["res.company"].browse(company_id)
            # the server itself may name any; of a user's own only the ids are read
            if self.env.su and found.exists():
                return found
            if found in self.env.user.sudo().company_ids:
                return found
        raise UserError(
            self.env._("“%(company)s” is none of your companies.", company=company_id)
        )

    @api.model
    def _chain_labels(self):
        """Return ``{chain: what it holds}`` of all chains, also of removed add-ons."""
        labels = {}
        for model in self._sealed_models():
            labels.setdefault(model._seal_chain, []).append(
                self.env["ir.model"]._get(model._name).name
            )
        labels = {chain: join_names(self.env, names) for chain, names in labels.items()}
        # the names of the chains say nothing of any matter
        heads = self.env["gov.seal.head"].sudo()._read_group([], ["chain"])
        labels.update((chain, chain) for (chain,) in heads if chain not in labels)
        return dict(sorted(labels.items()))

    @api.model
    def _sealed_models(self):
        """Return all models whose rows are sealed, as empty recordsets."""
        return [
            self.env[name]
            for name in self.pool.descendants(["gov.seal.mixin"], "_inherit")
            if not self.env[name]._abstract
        ]

    @api.model
    def _head_hash(self, chain, company=None):
        """Return the hash of the last link of a chain, for a printed form; "" if none.

        :param str chain: name of the chain
        :param company: record of the company, by default the current one
        """
        company = company or self.env.company
        # a hash says nothing of any matter; every form shows it
        head = self.env["gov.seal.head"].sudo()
        found = head.search([("chain", "=", chain), ("company_id", "=", company.id)])
        return found.hash or ""

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model
    def _insert_waiting(self, chain, model, schema, rows):
        """Write seals that wait for their link, in the transaction of the matter.

        :param rows: a list of (company id, record id, canonical text)
        """
        company_ids, res_ids, payloads = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO gov_seal (chain, model, schema, sealed_at, sealed_by_id,
                                      company_id, res_id, payload, payload_hash)
                SELECT %s, %s, %s, %s, %s, *
                  FROM unnest(%s::integer[], %s::integer[], %s::text[], %s::text[])
                """,
                chain,
                model,
                schema,
                fields.Datetime.now(),
                self.env.uid,
                list(company_ids),
                list(res_ids),
                list(payloads),
                [seal.sha256(payload) for payload in payloads],
            )
        )

    @api.model
    def _link_after_commit(self, keys):
        """Have the links of some chains made when this transaction is committed.

        :param keys: a set of (chain, company id)
        """
        if not keys:
            return
        postcommit = self.env.cr.postcommit
        if "gov_base.seal" not in postcommit.data:
            postcommit.data["gov_base.seal"] = set()
            postcommit.add(
                partial(
                    _link_committed,
                    self.env.registry,
                    postcommit.data["gov_base.seal"],
                )
            )
        postcommit.data["gov_base.seal"].update(keys)

    @api.model
    def _link_chain(self, chain, company_id, limit=LINK_BATCH):
        """Link seals that wait, oldest first, in the current transaction.

        All who link a chain meet on its head row: the next one waits for the few
        milliseconds that this takes and goes on behind the last link. (Where the
        transaction reads an older snapshot, it gets a serialization failure instead.)

        :return: the number of links made, at most ``limit``
        """
        head = self._lock_head(chain, company_id)
        waiting = self.env.execute_query(
            SQL(
                "SELECT id, payload_hash, model, res_id, schema, sealed_at,"
                " sealed_by_id FROM gov_seal WHERE chain = %s AND company_id = %s"
                " AND sequence IS NULL ORDER BY id LIMIT %s",
                chain,
                company_id,
                limit,
            )
        )
        if not waiting:
            return 0
        links = list(seal.next_links(*head, chain, company_id, waiting))
        self.env.cr.execute(
            SQL(
                """
                UPDATE gov_seal SET sequence = link.sequence,
                                    previous_hash = link.previous_hash,
                                    hash = link.hash
                  FROM unnest(%s::integer[], %s::integer[], %s::text[], %s::text[])
                       AS link (id, sequence, previous_hash, hash)
                 WHERE gov_seal.id = link.id
                """,
                *map(list, zip(*links, strict=True)),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE gov_seal_head SET sequence = %s, hash = %s, linked_at = %s"
                " WHERE chain = %s AND company_id = %s",
                links[-1][1],
                links[-1][3],
                fields.Datetime.now(),
                chain,
                company_id,
            )
        )
        self.invalidate_model(["sequence", "previous_hash", "hash"], flush=False)
        self.env["gov.seal.head"].invalidate_model(flush=False)
        return len(links)

    @api.model
    def _lock_head(self, chain, company_id):
        """Lock the head row of a chain, made if need be; return (sequence, hash)."""
        lock = SQL(
            "SELECT sequence, hash FROM gov_seal_head"
            " WHERE chain = %s AND company_id = %s FOR UPDATE",
            chain,
            company_id,
        )
        self.env.cr.execute(lock, log_exceptions=False)
        head = self.env.cr.fetchone()
        if not head:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO gov_seal_head (chain, company_id, sequence, hash)
                    SELECT %(chain)s, %(company)s, coalesce(max(sequence), 0),
                           coalesce((array_agg(hash ORDER BY sequence DESC))[1],
                                    %(genesis)s)
                      FROM (SELECT sequence, hash FROM gov_seal
                             WHERE chain = %(chain)s AND company_id = %(company)s
                               AND sequence IS NOT NULL
                             ORDER BY sequence DESC LIMIT 1) AS last
                    ON CONFLICT (company_id, chain) DO NOTHING
                    """,
                    chain=chain,
                    company=company_id,
                    genesis=seal.GENESIS,
                ),
                log_exceptions=False,
            )
            self.env.cr.execute(lock, log_exceptions=False)
            head = self.env.cr.fetchone()
        return head

    @api.model
    def _waiting_chains(self):
        """Return the (chain, company id) that have seals without a link."""
        return self.env.execute_query(
            SQL(
                "SELECT DISTINCT chain, company_id FROM gov_seal"
                " WHERE sequence IS NULL ORDER BY chain, company_id"
            )
        )

    @api.model
    def _link_pending(self):
        """Link all that waits in the current transaction (tests, data loading)."""
        total = 0
        for chain, company_id in self._waiting_chains():
            while linked := self._link_chain(chain, company_id):
                total += linked
        return total

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_link(self):
        """Catch up: link what was left over after a commit, in committed chunks."""
        cron = self.env["ir.cron"]
        waiting = self.env.execute_query(
            SQL("SELECT count(*) FROM gov_seal WHERE sequence IS NULL")
        )
        cron._commit_progress(remaining=waiting[0][0])
        for chain, company_id in self._waiting_chains():
            while linked := self._link_behind_rivals(chain, company_id):
                if not cron._commit_progress(linked):
                    return

    @api.model
    def _link_behind_rivals(self, chain, company_id):
        """Link a chunk in a fresh transaction, again where a rival was quicker."""
        while True:
            try:
                return self._link_chain(chain, company_id)
            except psycopg2.errors.SerializationFailure:
                self.env.cr.rollback()


def _columns(row, names):
    """Return the SQL list of the columns of OLD or NEW."""
    return SQL(", ").join(SQL(f"{row}.%s", SQL.identifier(name)) for name in names)


def _all_of(row, names, condition):
    """Return the SQL that says ``condition`` of all columns of OLD or NEW."""
    return SQL(" AND ").join(
        SQL(f"{row}.%s {condition}", SQL.identifier(name)) for name in names
    )


def _link_committed(registry, keys):
    """Link chains in transactions of their own; never fail, the catch-up job follows.

    READ COMMITTED: whoever waited for the head row sees what its rival linked.
    """
    for chain, company_id in sorted(keys):
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                for _batch in range(LINK_BATCHES_AFTER_COMMIT):
                    cr.execute(
                        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
                        "SET LOCAL lock_timeout = '2s'"
                    )
                    linked = env["gov.seal"]._link_chain(chain, company_id)
                    cr.commit()  # pylint: disable=invalid-commit
                    if linked < LINK_BATCH:
                        break
        except psycopg2.OperationalError as error:
            _logger.info("Chain %s waits for the catch-up job: %s", chain, error)
        except Exception:
            _logger.exception("Chain %s waits for the catch-up job", chain)
