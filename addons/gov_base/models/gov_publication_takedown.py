from odoo import fields, models


class GovPublicationTakedown(models.Model):
    """The entry that takes a publication off the board: who, when and why.

    Written by ``gov.publication.action_take_down`` and sealed; what was shown stays
    as it was.
    """

    _name = "gov.publication.takedown"
    _description = "Publication Taken Down"
    _inherit = ["gov.seal.mixin"]
    _order = "id"
    _rec_name = "reason"
    _engine_only = True
    _allow_sudo_commands = False
    _seal_chain = "publication"
    _seal_on_create = True
    _sealed_fields = (
        "publication_id",
        "reason",
        "user_id",
        "taken_down_at",
    )

    publication_id = fields.Many2one(
        "gov.publication", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    reason = fields.Text(string="Why", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Taken down by",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    taken_down_at = fields.Datetime(required=True, readonly=True)
