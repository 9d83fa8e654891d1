from odoo import api, models

from odoo.addons.gov_base.tools.input_check import (
    check_dictionaries,
    check_plain_values,
)


class GovPointsPartMixin(models.AbstractModel):
    """A row that belongs to a rulebook and is frozen together with it.

    Rows are made, changed and deleted while the rulebook is a draft, by whoever may
    write it. Every change meets the release on the rulebook's own row, so that nothing
    slips in while another person releases. Superuser environments are no exception.
    """

    _name = "gov.points.part.mixin"
    _description = "Part of a Rulebook"
    # The field that leads to the rulebook, or to the part that leads there.
    _part_of = "scheme_id"

    @api.model_create_multi
    def create(self, vals_list):
        check_dictionaries(self, vals_list)
        for vals in vals_list:
            check_plain_values(self, vals)
        self.check_access("create")
        parents = self._get_parents([vals.get(self._part_of) for vals in vals_list])
        self._get_schemes_of(parents)._check_open()
        return super().create(vals_list)

    def write(self, vals):
        check_dictionaries(self, [vals])
        check_plain_values(self, vals)
        self.check_access("write")
        parents = self._get_parents([vals.get(self._part_of)])
        schemes = self._get_schemes() | self._get_schemes_of(parents)
        schemes._check_open()
        return super().write(vals)

    def _update_field_translations(self, *args, **kwargs):
        self._get_schemes()._check_open()
        return super()._update_field_translations(*args, **kwargs)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        self._get_schemes()._check_open()

    @api.model
    def _get_parents(self, ids):
        """Return the records that values name as what the rows belong to.

        :raise AccessError: when the user may not change one of them.
        """
        parents = self.env[self._fields[self._part_of].comodel_name]
        parents = parents.browse([i for i in ids if i]).exists()
        parents.check_access("write")
        return parents

    @api.model
    def _get_schemes_of(self, parents):
        if parents._name == "gov.points.scheme":
            return parents
        return parents._get_schemes()

    def _get_schemes(self):
        """Return the rulebooks that these rows belong to."""
        return self._get_schemes_of(self[self._part_of])
