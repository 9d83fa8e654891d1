"""The dialog that asks for the words of a step."""

from odoo.exceptions import UserError


def open_wizard(record, step):
    """Return the action of the dialog for ``step`` of ``record``.

    :raise UserError: when there is no such step.
    """
    steps = dict(record.env["gov.points.case.wizard"]._fields["step"].selection)
    if len(record) != 1 or step not in steps:
        raise UserError(record.env._("Choose one row."))
    labels = record.env["gov.points.case.wizard"]._fields["step"]
    return {
        "type": "ir.actions.act_window",
        "name": dict(labels._description_selection(record.env))[step],
        "res_model": "gov.points.case.wizard",
        "view_mode": "form",
        "target": "new",
        "context": {"default_step": step, "default_res_id": record.id},
    }
