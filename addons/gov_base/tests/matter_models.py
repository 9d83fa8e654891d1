"""A kind of matter that exists in tests of the approval engine only."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry

INCOMPLETE = "incomplete"
NO_PRICE = "no price"


class TestMatter(models.Model):
    """A request with a price that the price check may set."""

    _name = "gov.test.matter"
    _inherit = ["gov.approval.mixin"]
    _description = "Test Matter"
    _protected_fields = frozenset({"price", "log"})

    name = fields.Char()
    kind = fields.Selection([("issue", "Issue"), ("purchase", "Purchase")])
    price = fields.Monetary(copy=False)
    log = fields.Char(copy=False)
    reviewer_id = fields.Many2one("res.users")

    @api.depends("price")
    def _compute_amount_for_approval(self):
        for matter in self:
            matter.amount_for_approval = matter.price

    def _approval_amount_is_fixed(self):
        return self.price > 0

    def _approval_check_submit(self):
        if self.name == "incomplete":
            raise UserError(INCOMPLETE)

    def _approval_check_step(self, step):
        if step.check_code == "price" and not self.price:
            raise UserError(NO_PRICE)

    def _approval_after_approved(self):
        self.log = (self.log or "") + "approved "

    def _approval_after_closed(self, action):
        self.log = (self.log or "") + f"{action} "

    def _approval_cancel_blocker(self):
        return "something was issued" if self.name == "issued" else False

    def _number_code_for(self):
        return "gov.test.matter"


models.MetaModel._module_to_models__["gov_base"].remove(TestMatter)


def load(env):
    """Put the test model into the registry, the database and the access list."""
    registry = env.registry
    name = add_to_registry(registry, TestMatter)._name
    registry._setup_models__(env.cr, [name])
    registry.init_models(env.cr, [name], {"models_to_check": True})
    env["ir.model"]._reflect_models([name])
    env["ir.model.fields"]._reflect_fields([name])
    model = env["ir.model"]._get(name)
    env["ir.model.access"].create(
        {
            "name": name,
            "model_id": model.id,
            "group_id": env.ref("base.group_user").id,
            "perm_read": True,
            "perm_write": True,
            "perm_create": True,
            "perm_unlink": True,
        }
    )
    env["ir.sequence"].create(
        {
            "name": name,
            "code": name,
            "company_id": False,
            "implementation": "no_gap",
            "use_date_range": True,
            "prefix": "T%(range_year)s-",
        }
    )
    group_user = env.ref("base.group_user")
    env["ir.rule"].create(
        [
            {
                "name": f"{name}: own and to decide",
                "model_id": model.id,
                "groups": [(4, group_user.id)],
                "domain_force": "['|', '|', '|', ('handler_id', '=', user.id),"
                " ('opinion_ids', 'any', [('user_id', '=', user.id),"
                " ('state', '=', 'open')]),"
                " ('employee_id.user_id', '=', user.id),"
                " ('seat_ids', 'any', [('user_id', '=', user.id),"
                " '|', ('on_behalf_of_id', '=', False),"
                " ('state', '!=', 'lapsed')])]",
            },
            {
                "name": f"{name}: supervision",
                "model_id": model.id,
                "groups": [(4, env.ref("gov_base.group_supervision").id)],
                "perm_write": False,
                "perm_create": False,
                "perm_unlink": False,
                "domain_force": "[(1, '=', 1)]",
            },
            {
                "name": f"{name}: company",
                "model_id": model.id,
                "domain_force": "[('company_id', 'in', company_ids)]",
            },
        ]
    )
    return name


def unload(env, name):
    """Take the test model out of the registry again."""
    env.registry.models.pop(name, None)
    for model in env.registry.models.values():
        model._inherit_children.discard(name)
    env.registry._setup_models__(env.cr)
