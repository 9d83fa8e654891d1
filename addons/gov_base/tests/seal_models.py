"""Models that exist in tests of the seal only.

They are loaded into the registry by :class:`SealCase`, never with the module.
"""

from odoo import fields, models
from odoo.orm.model_classes import add_to_registry


class SealedNote(models.Model):
    """One field of every kind that can be sealed, and some that are not sealed."""

    _name = "gov.test.note"
    _inherit = ["gov.seal.mixin"]
    _description = "Test Note"

    _seal_chain = "test-note"
    _sealed_fields = (
        "name",
        "text",
        "kind",
        "count",
        "ratio",
        "measure",
        "amount",
        "currency_id",
        "agreed",
        "day",
        "moment",
        "partner_id",
        "res_model",
        "res_id",
        "reference",
        "body",
        "stamp",
        "user_ids",
    )

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    name = fields.Char()
    text = fields.Text()
    kind = fields.Selection([("a", "A"), ("b", "B")])
    count = fields.Integer()
    ratio = fields.Float()
    measure = fields.Float(digits=(16, 3))
    currency_id = fields.Many2one("res.currency", ondelete="restrict")
    amount = fields.Monetary()
    agreed = fields.Boolean()
    day = fields.Date()
    moment = fields.Datetime()
    partner_id = fields.Many2one("res.partner", ondelete="restrict")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    reference = fields.Reference([("res.partner", "Contact")])
    body = fields.Html(sanitize=False)
    stamp = fields.Binary(attachment=False)
    user_ids = fields.Many2many(
        "res.users", "gov_test_note_user_rel", "note_id", "user_id"
    )
    # not sealed
    remark = fields.Char()
    reviewer_id = fields.Many2one("res.partner")


class SealedEntry(models.Model):
    """A ledger: sealed when it is made."""

    _name = "gov.test.entry"
    _inherit = ["gov.seal.mixin"]
    _description = "Test Entry"
    _engine_only = True

    _seal_chain = "test-entry"
    _sealed_fields = ("note_id", "points")
    _seal_on_create = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    note_id = fields.Many2one("gov.test.note", ondelete="cascade")
    points = fields.Float(digits=(16, 1))
    remark = fields.Char()


MODELS = (SealedNote, SealedEntry)


def define(name, **attributes):
    """Return a model definition that is not loaded with the module."""
    definition = type(models.Model)(
        name.title().replace(".", ""),
        (models.Model,),
        {"_name": name, "_description": name, "_module": "gov_base", **attributes},
    )
    _forget(definition)
    return definition


def load(cr, registry, definitions=MODELS):
    """Put test models into ``registry`` and their tables into the database."""
    names = [add_to_registry(registry, model)._name for model in definitions]
    registry._setup_models__(cr, names)
    registry.init_models(cr, names, {"models_to_check": True})
    return names


def unload(cr, registry, names):
    """Take test models out of ``registry`` again."""
    for name in names:
        registry.models.pop(name, None)
        for model in registry.models.values():
            model._inherit_children.discard(name)
    registry._setup_models__(cr)


def _forget(definition):
    """Keep a definition from being loaded with gov_base in this process."""
    models.MetaModel._module_to_models__["gov_base"].remove(definition)


for _model in MODELS:
    _forget(_model)
