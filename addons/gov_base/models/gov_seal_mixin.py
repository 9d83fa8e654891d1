from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..tools import seal

SEAL_BATCH = 5000

# column types that a payload can hold, with what is read of them
_TEXT_TYPES = {"char", "text", "html", "selection", "reference"}
_NUMBER_TYPES = {"float", "monetary"}
_PLAIN_TYPES = {"integer", "many2one", "many2one_reference", "date", "datetime"}


class GovSealMixin(models.AbstractModel):
    """A record whose named fields never change again once it is sealed.

    The model says ``_sealed_fields`` (own stored columns and many2many fields; no
    related, computed, translated, company-dependent or set-null ones: the registry
    refuses them), ``_seal_chain`` (the chain of its company that its seals join) and
    ``_seal_schema``, to be raised when the list of fields changes; the list of an
    earlier schema then goes into ``_seal_schemas``, so that old seals can still be
    verified. ``company_id`` is required on it.

    :meth:`_seal` seals a batch; with ``_seal_on_create`` a row is sealed when it is
    made. From then on nobody writes these fields or deletes the row: the ORM says so
    in words, a trigger of the database stops everything else, be it raw SQL, a
    superuser or the deletion of a record that it refers to.
    """

    _name = "gov.seal.mixin"
    _inherit = ["gov.guard.mixin"]
    _description = "Sealed Record"

    _sealed_fields = ()
    _seal_chain = None
    _seal_schema = 1
    _seal_schemas = {}
    _seal_on_create = False
    _protected_fields = frozenset({"is_sealed"})

    is_sealed = fields.Boolean(
        string="Sealed",
        readonly=True,
        copy=False,
        help="The sealed values of this record can no longer be changed.",
    )

    # ------------------------------------------------------------------
    # Set-up
    # ------------------------------------------------------------------

    @api.model
    def _post_model_setup__(self):
        if not self._abstract:
            self._seal_check_definition()
        return super()._post_model_setup__()

    @api.model
    def _seal_check_definition(self):
        """Refuse a model whose seals could not be relied on (a programming error).

        :raise TypeError: naming the model and the field
        """
        problem = None
        if not self._seal_chain or not self._sealed_fields:
            problem = "names no _seal_chain or no _sealed_fields"
        company = self._fields.get("company_id")
        if not (company and company.store and company.required):
            problem = "needs a stored and required company_id"
        lists = [self._sealed_fields, *self._seal_schemas.values()]
        for name in dict.fromkeys(name for names in lists for name in names):
            reason = self._seal_field_problem(self._fields.get(name))
            if reason:
                problem = f"cannot seal the field {name!r}: {reason}"
        if self._seal_schema in self._seal_schemas:
            problem = f"lists its present schema {self._seal_schema} as an earlier one"
        if problem:
            raise TypeError(f"Model {self._name!r} {problem}.")

    @api.model
    def _seal_field_problem(self, field):
        """Return why ``field`` cannot be sealed, or None."""
        if field is None:
            return "there is no such field"
        checks = {
            "it is related or inherited": field.related or field.inherited,
            "it is computed": field.compute,
            "it is not stored": not field.store,
            "it is translated": getattr(field, "translate", False),
            "it depends on the company": field.company_dependent,
            "the deletion of what it refers to would empty it": (
                field.type == "many2one" and field.ondelete == "set null"
            ),
            f"values of type {field.type} cannot be sealed": not (
                field.type in _TEXT_TYPES | _NUMBER_TYPES | _PLAIN_TYPES
                or field.type in ("boolean", "many2many")
                or (field.type == "binary" and not field.attachment)
            ),
        }
        return next((reason for reason, found in checks.items() if found), None)

    @api.private
    def init(self):
        if not self._abstract:
            seal.create_functions(self.env.cr)
            self._seal_install_guards()
        return super().init()

    def _register_hook(self):
        # An add-on that brought a sealed column took the guard along when it was
        # uninstalled: put it back.
        if not self._abstract and seal.lacks_guard(self.env.cr, self._table):
            self._seal_install_guards()
        return super()._register_hook()

    @api.model
    def _seal_install_guards(self):
        """Create the triggers of this table, or follow the list of fields."""
        cr = self.env.cr
        sealed = [self._fields[name] for name in self._sealed_fields]
        columns = {"id", "company_id", "is_sealed"}
        columns.update(field.name for field in sealed if field.column_type)
        seal.guard_rows(cr, self._table, sorted(columns))
        for field in sealed:
            if field.type == "many2many":
                seal.guard_relation(cr, field.relation, field.column1, self._table)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._seal_at_insert():
            records._seal_rows(self._seal_look)
        elif self._seal_on_create:
            records._seal()
        return records

    @api.model
    def _prepare_create_values(self, vals_list):
        prepared = super()._prepare_create_values(vals_list)
        if self._seal_at_insert():
            for vals in prepared:
                vals["is_sealed"] = True
        return prepared

    def write(self, vals):
        if not {"company_id", *self._sealed_fields}.isdisjoint(vals):
            self._seal_refuse_sealed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed(self):
        self._seal_refuse_sealed()

    def _seal_refuse_sealed(self):
        """Raise if one of these records is sealed."""
        for record in self:
            if record.is_sealed:
                raise UserError(
                    self.env._(
                        "%(document)s “%(name)s” is sealed: it can neither be changed "
                        "nor deleted. A mistake is put right by a new entry.",
                        document=self.env["ir.model"]._get(self._name).name,
                        name=record.display_name,
                    )
                )

    @api.model
    def _sql_error_to_message(self, exc):
        if exc.diag.constraint_name == seal.REFUSED:
            return self.env._(
                "%(document)s: a sealed record can neither be changed nor deleted, nor "
                "can what it refers to. A mistake is put right by a new entry.",
                document=self.env["ir.model"]._get(self._name).name,
            )
        return super()._sql_error_to_message(exc)

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------

    def _seal(self):
        """Seal these records; those that are sealed already stay as they are.

        The rows are marked before their values are read, so that a rival who changes
        one of them at this moment is told to try again. The links of the chain are
        made right after the commit.

        :return: the number of records that were sealed now
        :rtype: int
        :raise MissingError: if a record is not there any more
        """
        return self._seal_rows(self._seal_mark)

    def _seal_rows(self, take):
        """Write the seals of these records; ``take(ids)`` reads the rows to seal."""
        self.flush_recordset(["company_id", "is_sealed", *self._sealed_fields])
        count = 0
        companies = set()
        for ids in split_every(SEAL_BATCH, sorted(set(self.ids)), list):
            rows = take(ids)
            if len(rows) < len(ids):
                self._seal_check_missing(set(ids) - {row[0] for row in rows})
            if rows:
                payloads = self._seal_payloads(rows, self._sealed_fields)
                company_ids = {row[0]: row[1] for row in rows}
                self.env["gov.seal"]._insert_waiting(
                    self._seal_chain,
                    self._name,
                    self._seal_schema,
                    [(company_ids[id_], id_, text) for id_, text in payloads.items()],
                )
                companies.update(company_ids.values())
                count += len(rows)
        self._fields["is_sealed"]._update_cache(self, True)
        self.env["gov.seal"]._link_after_commit(
            {(self._seal_chain, company_id) for company_id in companies}
        )
        return count

    @api.model
    def _seal_at_insert(self):
        """Tell whether rows are marked when they are inserted, not afterwards.

        They are if they are sealed when they are made and the INSERT is all that
        writes their sealed values: relations follow it.
        """
        return self._seal_on_create and not any(
            self._fields[name].type == "many2many" for name in self._sealed_fields
        )

    @api.model
    def _seal_look(self, ids):
        """Return what stands in the rows of ``ids``, which this transaction made."""
        return self.env.execute_query(
            SQL(
                "SELECT id, company_id, %s FROM %s WHERE id = ANY(%s) ORDER BY id",
                self._seal_columns(self._sealed_fields),
                SQL.identifier(self._table),
                ids,
            )
        )

    @api.model
    def _seal_mark(self, ids):
        """Mark the rows of ``ids`` that are open and return what stands in them."""
        return self.env.execute_query(
            SQL(
                "UPDATE %s SET is_sealed = true"
                " WHERE id = ANY(%s) AND is_sealed IS NOT TRUE"
                " RETURNING id, company_id, %s",
                SQL.identifier(self._table),
                ids,
                self._seal_columns(self._sealed_fields),
            )
        )

    @api.model
    def _seal_check_missing(self, ids):
        """Raise if one of ``ids``, which were not open, is not sealed either."""
        found = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM %s WHERE id = ANY(%s) AND is_sealed",
                SQL.identifier(self._table),
                list(ids),
            )
        )
        if found[0][0] < len(ids):
            raise MissingError(
                self.env._(
                    "%(document)s: a record that was to be sealed does not exist "
                    "any more.",
                    document=self.env["ir.model"]._get(self._name).name,
                )
            )

    @api.model
    def _seal_read(self, ids, schema):
        """Return the payloads that the rows of ``ids`` would have now.

        :param int schema: the schema they were sealed with
        :return: ``{id: (still marked as sealed, payload)}`` without missing rows, or
            False if the model does not know the schema
        """
        names = (
            self._sealed_fields
            if schema == self._seal_schema
            else self._seal_schemas.get(schema)
        )
        if names is None:
            return False
        rows = self.env.execute_query(
            SQL(
                "SELECT id, is_sealed, %s FROM %s WHERE id = ANY(%s)",
                self._seal_columns(names),
                SQL.identifier(self._table),
                list(ids),
            )
        )
        payloads = self._seal_payloads(rows, names)
        return {row[0]: (bool(row[1]), payloads[row[0]]) for row in rows}

    @api.model
    def _seal_columns(self, names):
        """Return the SQL of what is read for the fields ``names``, in their order.

        Decimals are read as the text that the database holds: exact, with the digits
        that the field had when they were written.
        """
        columns = []
        for name in names:
            field = self._fields[name]
            column = SQL.identifier(name)
            if field.type == "many2many":
                columns.append(SQL("NULL"))
            elif field.type in _NUMBER_TYPES:
                columns.append(SQL("%s::text", column))
            elif field.type == "boolean":
                columns.append(SQL("coalesce(%s, false)", column))
            elif field.type == "binary":
                columns.append(SQL("encode(sha256(%s), 'hex')", column))
            else:
                columns.append(column)
        return SQL(", ").join(columns)

    @api.model
    def _seal_payloads(self, rows, names):
        """Return ``{id: canonical text}`` for rows of id, one more column and the
        columns of :meth:`_seal_columns`."""
        relations = {
            position: self._seal_relation(field, [row[0] for row in rows])
            for position, field in enumerate(map(self._fields.get, names))
            if field.type == "many2many"
        }
        dates = [
            name for name in names if self._fields[name].type in ("date", "datetime")
        ]
        payloads = {}
        for row in rows:
            values = dict(zip(names, row[2:], strict=True))
            for name in dates:
                if values[name] is not None:
                    # ISO, a blank between day and time
                    values[name] = str(values[name])
            for position, related in relations.items():
                values[names[position]] = related.get(row[0], [])
            payloads[row[0]] = seal.canonical(values)
        return payloads

    @api.model
    def _seal_relation(self, field, ids):
        """Return ``{id: sorted ids of the records it refers to}``."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT %(own)s, array_agg(%(other)s ORDER BY %(other)s)"
                    " FROM %(table)s WHERE %(own)s = ANY(%(ids)s) GROUP BY %(own)s",
                    own=SQL.identifier(field.column1),
                    other=SQL.identifier(field.column2),
                    table=SQL.identifier(field.relation),
                    ids=ids,
                )
            )
        )
