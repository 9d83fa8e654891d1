from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class GovMatterPart(models.AbstractModel):
    """Rows that hang on a matter by ``model`` and ``res_id``.

    They are written by the engine alone and may be read by whoever may read the
    matter itself: the matter's own access rights and record rules are asked.
    """

    _name = "gov.matter.part"
    _inherit = ["gov.guard.mixin"]
    _description = "Part of a Matter"
    _engine_only = True
    _allow_sudo_commands = False

    model = fields.Char(string="Kind of matter", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Matter", model_field="model", required=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    matter_name = fields.Char(
        string="Name of the matter", compute="_compute_matter_name"
    )

    def _compute_currency_id(self):
        """An amount of a matter that counts no money is shown without a currency."""
        for model, parts in self.grouped("model").items():
            # A kind of matter that is not installed any more counted money.
            matters = self.env.get(model)
            is_money = getattr(matters, "_approval_band_is_money", True)
            for part in parts:
                part.currency_id = is_money and part.company_id.currency_id

    @api.depends("model", "res_id")
    def _compute_matter_name(self):
        for model, parts in self.grouped("model").items():
            # Whoever may read the part may read the matter that it hangs on.
            names = {
                matter.id: matter.display_name
                for matter in self.env[model].sudo().browse(parts.mapped("res_id"))
            }
            for part in parts:
                part.matter_name = names.get(part.res_id)

    @api.model
    def _get_matter_models(self):
        """Return the names of the concrete models that walk an approval chain."""
        names = self.env.registry.descendants(["gov.approval.mixin"], "_inherit")
        return sorted(name for name in names if not self.env[name]._abstract)

    @api.model
    def _get_readable_domain(self):
        """Return the domain of the rows whose matter the current user may read."""
        domains = []
        for name in self._get_matter_models():
            matter = self.env[name].with_context(active_test=False)
            if matter.has_access("read"):
                domains.append(
                    Domain("model", "=", name)
                    & Domain("res_id", "in", matter._search([]))
                )
        return Domain.OR(domains)

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._get_readable_domain()
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden = result[0] if result else self.browse()
        # Read without rules only to learn which matter each row belongs to.
        for model, parts in (self - forbidden).sudo().grouped("model").items():
            ids = self.env[model].browse(parts.mapped("res_id"))
            readable = set(ids.exists()._filtered_access("read").ids)
            unreadable = parts.filtered(lambda p, r=readable: p.res_id not in r)
            forbidden |= unreadable.with_env(self.env)
        if not forbidden:
            return None
        return forbidden, result[1] if result else self._get_part_access_error

    def _get_part_access_error(self):
        return AccessError(
            self.env._("You may read this only if you may read the matter itself.")
        )

    def _get_matter(self):
        """Return the matter of this single row, with the current user's rights."""
        self.ensure_one()
        return self.env[self.model].browse(self.res_id)

    def action_open_matter(self):
        """Open the form of the matter.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "context": {"create": False},
        }
