from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.rivals import meet_rivals


class GovVehicleMatterMixin(models.AbstractModel):
    """What accidents and traffic offences share: their steps, by one table.

    The model gives the table (:meth:`_get_transitions`, which buttons and methods
    read), ``state``, ``driver_id`` and one ``can_<action>`` for each action.
    """

    _name = "gov.vehicle.matter.mixin"
    _description = "Matter of a Vehicle with Steps"

    @api.model
    def _get_transitions(self):
        """Return the one table: action → ``Transition`` (states, target, who)."""
        raise NotImplementedError

    def _get_person_text(self, action):
        """Return who takes a step, for those who may not."""
        raise NotImplementedError

    def _is_manager(self):
        return self.env.user.has_group("gov_fleet.group_fleet_manager")

    def _get_blocker(self, action):
        """Return why the current user cannot do ``action`` now, or False."""
        self.ensure_one()
        move = self._get_transitions()[action]
        if self.state not in move.sources:
            labels = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(matter)s is in state “%(state)s”; this step is not possible now.",
                matter=self.display_name,
                state=labels[self.state],
            )
        if getattr(self, move.who)():
            return False
        return self._get_person_text(action)

    @api.depends("state", "driver_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for matter in self:
            for action in self._get_transitions():
                matter[f"can_{action}"] = not matter._get_blocker(action)

    def _start(self, action):
        """Meet rivals, check ``action``, return the row in the engine's environment."""
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self.flush_recordset()
        meet_rivals(self)
        self.invalidate_recordset(["state"], flush=False)
        if blocker := self._get_blocker(action):
            raise UserError(blocker)
        # sudo: access, state and person were checked just above.
        return engine(self.sudo())

    @api.model
    def _check_text(self, text, missing):
        """Return a text that is one.

        :param missing: what is said when there is none.
        """
        if not isinstance(text, str) or not text.strip():
            raise UserError(missing)
        return text.strip()[:500]

    def action_open_step(self):
        """Open the small form of the step that the context names (``gov_step``).

        :return: a window action.
        """
        return self.env["gov.vehicle.repair.wizard"]._open(self)
