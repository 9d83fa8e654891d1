"""The monthly plan against plain purchase orders."""

from datetime import timedelta

from harness import Side, line
from lines.supply import institution, users

PRODUCTS = 80


def office(env):
    """The institution of the other lines, with a buyer who merges and 80 products."""
    institution(env)
    clerk = users(env)["clerk"]
    group = env.ref("gov_logistics.group_procurement")
    if group not in clerk.group_ids:
        clerk.group_ids += group
    rules = env["gov.approval.rule"].search([("model", "=", "gov.supply.request")])
    rules = rules.filtered(lambda rule: "purchase" in rule.domain)
    tiers = {
        "approver_kind": "department_head",
        "required_kind": "one",
        "distinct_person": False,
    }
    rules.filtered(lambda rule: rule.kind == "meeting").write(
        {**tiers, "kind": "decision"}
    )
    rules.write(tiers)
    if not env["res.partner"].search([("name", "=", "Bench vendor")]):
        env["res.partner"].create({"name": "Bench vendor"})
    if not env["product.product"].search([("name", "=like", "Bench good %")]):
        env["product.product"].create(
            [
                {
                    "name": f"Bench good {number}",
                    "type": "consu",
                    "is_storable": True,
                    "standard_price": 10 + number,
                }
                for number in range(PRODUCTS)
            ]
        )


def goods(env):
    return env["product.product"].search([("name", "=like", "Bench good %")])


def handed_in(env, count):
    """Make a plan with ``count`` agreed requests of one line each."""
    from odoo.addons.gov_base.models.gov_guard import engine

    # One plan for each round, of months that have begun: those before.
    plans = env["gov.supply.plan"]
    first = plans.search([], order="month", limit=1)
    day = first.month - timedelta(days=1) if first else env.company.gov_today()
    plan = plans._get_plan(env.company, day)
    products = goods(env)
    requests = (
        env["gov.supply.request"]
        .with_user(users(env)["applicant"])
        .create(
            [
                {
                    "kind": "purchase",
                    "plan_id": plan.id,
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": products[number % len(products)].id,
                                "quantity": 1 + number % 3,
                            },
                        )
                    ],
                }
                for number in range(count)
            ]
        )
    )
    # As agreed to by the section head, whose decisions are not what is measured.
    engine(requests.sudo()).write({"approval_state": "submitted"})
    engine(requests.sudo()).write({"approval_state": "approved"})
    return plan.id


def merge(env, plan_id):
    plan = env["gov.supply.plan"].browse(plan_id).with_user(users(env)["clerk"])
    plan.action_merge()
    assert plan.state == "merged"


@line("plan_merge", "Merge of 2,000 requests against as many order lines", limit=2)
def plan_merge(bench):
    """Merging and submitting; plain: one purchase order with as many lines."""
    count = bench.scale(small=500, medium=2000, large=5000)

    def order(env, _data):
        products = goods(env)
        vendor = env["res.partner"].search([("name", "=", "Bench vendor")], limit=1)
        env["purchase.order"].with_user(users(env)["clerk"]).create(
            {
                "partner_id": vendor.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": products[number % len(products)].id,
                            "product_qty": 1 + number % 3,
                        },
                    )
                    for number in range(count)
                ],
            }
        )

    bench.run(office)
    return bench.measure(
        ours=Side(work=merge, prepare=lambda env: handed_in(env, count)),
        plain=Side(work=order),
        rows=count,
    )
