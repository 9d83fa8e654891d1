"""Enters what was used, in batches, as its sources would have written it."""

from odoo.addons.gov_base.models.gov_guard import engine

from .usage_plan import UsagePlan


def load(loader, window):
    uses = UsagePlan(window).make()
    lines = _find_lines(loader, uses)
    values = []
    for row in uses:
        line = lines.get((row.contract, row.item))
        if not line or not line.date_start <= row.date:
            continue
        values.append(
            {
                "company_id": loader.company.id,
                "contract_line_id": line.id,
                "service_item_id": line.service_item_id.id,
                "date": row.date,
                "quantity": row.quantity,
                "kind": row.kind,
                "name": row.name,
                "source": row.source,
                "partner_id": row.unit and loader.id(f"unit_{row.unit}"),
                "department_id": row.department
                and loader.id(f"department_{row.department}"),
            }
        )
    engine(loader.env["gov.service.usage"]).create(values)


def _find_lines(loader, uses):
    """Return dict (contract, item) → line."""
    lines = {}
    for name in {row.contract for row in uses}:
        for line in loader.ref(f"contract_{name}").contract_line_ids:
            lines[name, line.service_item_id.code] = line
    return lines
