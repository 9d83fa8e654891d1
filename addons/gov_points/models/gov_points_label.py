from odoo import api, fields, models
from odoo.tools import ormcache

# Kinds of staff that do not follow the set of the institution.
_OWN_SETS = {
    "worker": "institution",
    "contract": "contract",
    "dispatch": "dispatch",
    "seconded": "seconded",
}


class GovPointsLabel(models.Model):
    """What a measure is called for a kind of staff.

    Civil servants are rated by other words than the staff of institutions (civil
    servants: "not competent", institution staff: "not qualified"), contract staff are
    dealt with by their contract, of dispatched and seconded staff their own unit is
    told by letter. Everybody reads the words, the manager of conduct scoring keeps
    them.
    """

    _name = "gov.points.label"
    _description = "Wording of a Measure"
    _order = "label_set, kind, id"

    label_set = fields.Selection(
        [
            ("civil_servant", "Civil servants"),
            ("institution", "Institution staff"),
            ("contract", "Contract staff"),
            ("dispatch", "Dispatched staff"),
            ("seconded", "Seconded staff"),
        ],
        string="For",
        required=True,
    )
    kind = fields.Selection(
        selection=lambda self: self.env["gov.points.measure"]._get_kinds(),
        string="Measure",
        required=True,
    )
    name = fields.Char(string="Wording", required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        index="btree_not_null",
        help="Empty: for every institution of this database.",
    )

    _set_kind_uniq = models.UniqueIndex(
        "(label_set, kind, coalesce(company_id, 0))",
        "There is a wording for this measure and kind of staff already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @ormcache("company_id", "self.env.lang")
    def _get_labels(self, company_id):
        """Return the wordings of an institution by (set, kind); its own go first."""
        # sudo: wordings are no secret.
        labels = self.sudo().search([("company_id", "in", [company_id, False])])
        labels = labels.sorted(lambda label: bool(label.company_id))
        return {(label.label_set, label.kind): label.name for label in labels}

    @api.model
    def _set_for(self, staff_type, company):
        """Return which set of words counts for a kind of staff."""
        return _OWN_SETS.get(staff_type) or company.points_label_set
