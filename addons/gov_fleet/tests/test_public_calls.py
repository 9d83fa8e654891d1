"""Public methods, called as nobody's screen does."""

import inspect

from odoo.exceptions import UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .common_fleet import FleetCase


@tagged("post_install", "-at_install")
class TestPublicCalls(FleetCase):
    def _methods(self, model):
        """Return the public steps that this add-on gives to a model."""
        for name, method in inspect.getmembers(type(model), callable):
            classes = [c for c in type(model).__mro__ if name in vars(c)]
            if not name.startswith("action_") or not any(
                "gov_fleet" in c.__module__ for c in classes
            ):
                continue
            try:
                get_public_method(model, name)
            except Exception:
                continue
            yield name, method

    def test_none_chosen(self):
        """Without a row there is a plain sentence, or nothing happens."""
        count = 0
        for name in sorted(self.env.registry):
            model = self._as(self.env[name], self.fleet_user)
            if model._abstract or model._transient:
                continue
            for step, method in self._methods(model):
                parameters = list(inspect.signature(method).parameters.values())[1:]
                wanted = [p for p in parameters if p.default is p.empty]
                count += 1
                with self.subTest(model=name, step=step):
                    try:
                        with self.env.cr.savepoint():
                            getattr(model, step)(*("x" for _parameter in wanted))
                    except UserError as refusal:
                        self.assertTrue(str(refusal))
        self.assertGreater(count, 80)
