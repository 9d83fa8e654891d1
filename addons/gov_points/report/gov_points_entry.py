from functools import reduce

from odoo import api, fields, models
from odoo.tools import unique

_PLAIN = ("many2one", "selection", "date", "char")


def _add(one, other):
    return tuple((a or b) and a + b for a, b in zip(one, other, strict=True))


class GovPointsEntry(models.Model):
    """The ledger as pivot and graph read it.

    Scores and their reversals bear the same day, person, department and article, so
    that every sum is what stands. The subtotals of a pivot are added up from its
    cells: one plain GROUP BY, whatever the number of rows.
    """

    _inherit = "gov.points.entry"

    level_id = fields.Many2one(related="cycle_id.threshold_id", string="Level")

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        specs = list(unique(spec for group in grouping_sets for spec in group))
        finest = max(grouping_sets, key=len, default=())
        if (
            len(grouping_sets) < 2
            or set(specs) != set(finest)
            or (order and order.replace(" ", "").split(",") != specs)
            or any(self._fields[s.split(":")[0]].type not in _PLAIN for s in specs)
            or any(name != "__count" and name[-4:] != ":sum" for name in aggregates)
        ):
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        # Ordered here: sorting by what is linked would join it to every row.
        cells = self._read_group(domain, specs, aggregates, order="__count")
        if not cells:
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        ranks = self._get_ranks(specs, cells)
        return [self._roll_up(specs, group, cells, ranks) for group in grouping_sets]

    @api.model
    def _roll_up(self, specs, group, cells, ranks):
        """Return the rows of one grouping, added up from the finest cells."""
        width = len(specs)
        places = [specs.index(spec) for spec in group]
        rows = {}
        for cell in cells:
            key = tuple(cell[place] for place in places)
            rows.setdefault(key, []).append(cell[width:])
        found = [(*key, *reduce(_add, figures)) for key, figures in rows.items()]
        columns = sorted(zip(places, range(len(places)), strict=True))
        return sorted(
            found,
            key=lambda row: [
                ranks[place].get(row[column], len(ranks[place]))
                for place, column in columns
            ],
        )

    @api.model
    def _get_ranks(self, specs, cells):
        """Return for each spec the place of its values in the order of the database.

        What is empty stands in none: it comes last.
        """
        ranks = []
        for place, _spec in enumerate(specs):
            values = {cell[place] for cell in cells} - {None, False}
            linked = next((v for v in values if isinstance(v, models.BaseModel)), None)
            if linked is None:
                values = sorted(values)
            else:
                # sudo: only the order of what the caller's rows name is asked.
                found = linked.sudo().with_context(active_test=False)
                ids = found.union(*values).ids
                found = found.search([("id", "in", ids)])
                values = [record.with_env(linked.env) for record in found]
            ranks.append({value: rank for rank, value in enumerate(values)})
        return ranks
