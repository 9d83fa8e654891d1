from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

# Known to this process only: a caller over RPC chooses the context, but JSON and
# XML cannot carry this object, so the key alone opens nothing.
EDIT_SENTINEL = object()
_CONTEXT_KEY = "gov_engine"
# By these, and by defaults, a caller could steer what the engine finds or leaves out.
_CALLER_KEYS = {"active_test", "mail_activity_automation_skip"}


def engine(records):
    """Return ``records`` with the right to write protected fields.

    :param records: any recordset; the environment keeps its user.
    :return: the same recordset in the engine's context, without the keys by which a
        caller could steer the engine.
    """
    context = {
        key: value
        for key, value in clean_context(records.env.context).items()
        if key not in _CALLER_KEYS
    }
    context[_CONTEXT_KEY] = EDIT_SENTINEL
    return records.with_env(records.env(context=context))


def is_engine(env):
    """Tell whether ``env`` was opened by :func:`engine` in this process."""
    return env.context.get(_CONTEXT_KEY) is EDIT_SENTINEL


class GovGuardMixin(models.AbstractModel):
    """Fields that only the server's own methods may set.

    A model lists them in ``_protected_fields`` (the lists of all classes it is built
    from are joined), or sets ``_engine_only`` when its rows as a whole are made and
    changed by the engine alone. The guard holds for every role and for superuser
    environments; it is opened in process by :func:`engine`.
    """

    _name = "gov.guard.mixin"
    _description = "Protected Fields"

    _protected_fields = frozenset()
    _engine_only = False

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return super().create(vals_list)
        if self._engine_only:
            self._guard_refuse_rows()
        protected = self._get_protected_fields()
        for vals in vals_list:
            self._guard_refuse(protected & set(vals))
        records = self._guard_drop_defaults(protected)
        return super(GovGuardMixin, records).create(vals_list)

    def write(self, vals):
        if not is_engine(self.env):
            if self._engine_only:
                self._guard_refuse_rows()
            self._guard_refuse(self._get_protected_fields() & set(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine_only(self):
        if self._engine_only and not is_engine(self.env):
            self._guard_refuse_rows()

    @api.model
    def _get_protected_fields(self):
        """Return the names listed by all classes that this model is built from."""
        return frozenset().union(
            *(vars(cls).get("_protected_fields", ()) for cls in type(self).__mro__)
        )

    @api.model
    def _guard_drop_defaults(self, protected):
        """Return self without ``default_<field>`` keys for ``protected`` fields."""
        context = {
            key: value
            for key, value in self.env.context.items()
            if not (key.startswith("default_") and key[8:] in protected)
        }
        return self.with_env(self.env(context=context))

    @api.model
    def _guard_refuse(self, names):
        """Raise if ``names`` holds a field; the message gives the labels."""
        if not names:
            return
        fields = self.fields_get(sorted(names), ["string"])
        labels = [fields.get(name, {}).get("string", name) for name in sorted(names)]
        raise UserError(
            self.env._(
                "%(document)s: %(fields)s cannot be set directly. These values follow "
                "from the steps of the matter; use its buttons.",
                document=self.env["ir.model"]._get(self._name).name,
                fields=labels,
            )
        )

    @api.model
    def _guard_refuse_rows(self):
        raise UserError(
            self.env._(
                "%(document)s: these records are written by the system when a matter "
                "moves on. They cannot be created, changed or deleted by hand.",
                document=self.env["ir.model"]._get(self._name).name,
            )
        )
