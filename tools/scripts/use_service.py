"""For ``odoo shell``: rows of an organization that name records which we ship.

A budget line of a shipped item, a contract of a shipped group with the shipped
deduction table, a service request in a shipped stage. Commits.
"""

# ruff: noqa: F821
from odoo import Command

from odoo.addons.gov_base.models.gov_guard import engine

company = env.company
today = company.gov_today()
department = env["hr.department"].create({"name": "Rear", "company_id": company.id})
group = env["gov.service.group"].search([], limit=1)
item = env["gov.service.item"].create(
    {
        "code": "uninstall",
        "name": "Service",
        "group_id": group.id,
        "uom_id": env.ref("uom.product_uom_unit").id,
    }
)
engine(env["gov.budget.line"]).create(
    {
        "company_id": company.id,
        "department_id": department.id,
        "item_id": env["gov.budget.item"].search([], limit=1).id,
        "year": today.year,
    }
)
env["contract.contract"].create(
    {
        "name": "Vendor's contract",
        "service_role": "vendor",
        "partner_id": env["res.partner"].create({"name": "Vendor"}).id,
        "department_id": department.id,
        "service_group_id": group.id,
        "date_start": today.replace(month=1, day=1),
        "date_end": today.replace(month=12, day=31),
        "deduction_table_id": env.ref("gov_logistics.gov_deduction_table_standard").id,
        "contract_line_ids": [
            Command.create({"service_item_id": item.id, "price": 1, "quantity": 1})
        ],
    }
)
request = env["maintenance.request"].create({"name": "The roof leaks"})
assert request.stage_id.get_external_id()[request.stage_id.id].startswith(
    "gov_logistics."
), request.stage_id
env.cr.commit()
print("USED", flush=True)
