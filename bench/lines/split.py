"""The splitting check on a long history."""

from harness import Side, line
from lines.supply import copy_rows, users

YEARS = 20


def institution(env):
    """Make a section, its people and a category of devices once."""
    from lines.supply import institution as supply_institution

    supply_institution(env)
    if env["product.product"].search([("name", "=", "Bench device")]):
        return
    # Only the section head decides: what is measured is the sum of the others.
    rules = env["gov.approval.rule"].search(
        [("model", "=", "gov.supply.request"), ("approver_kind", "!=", "field")]
    )
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
    categories = env["product.category"].create(
        [{"name": f"Bench category {number}"} for number in range(100)]
    )
    env["product.product"].create(
        [
            {
                "name": "Bench device",
                "type": "consu",
                "standard_price": 20,
                "categ_id": category.id,
            }
            for category in categories
        ]
    )


def drafts(env, count):
    """Make ``count`` drafts of one device each, all of one category."""
    product = env["product.product"].search(
        [("name", "=", "Bench device")], order="id", limit=1
    )
    requests = env["gov.supply.request"].with_user(users(env)["applicant"])
    return requests.create(
        [
            {
                "kind": "purchase",
                "line_ids": [(0, 0, {"product_id": product.id, "quantity": 1})],
            }
            for _number in range(count)
        ]
    )


def history(env, count, first):
    """Load ``count`` requests of one line over twenty years and 100 categories.

    About as many of them lie in the window of one category however long the history
    is: an institution buys a longer time, not more in a month.
    """
    request = drafts(env, 1)
    env.flush_all()
    products = env["product.product"].search(
        [("name", "=", "Bench device")], order="id"
    )
    lowest = products[0].categ_id.id
    recent = 40 * 100
    # The last month holds the same purchases in the small and in the big set.
    age = old = f"60 + mod(n, {YEARS * 365})"
    if first:
        age = f"CASE WHEN n <= {recent} THEN mod(n, 29) ELSE {old} END"
    moment = f"now() at time zone 'UTC' - ({age}) * interval '1 day'"
    ids = copy_rows(
        env,
        "gov_supply_request",
        request.id,
        count,
        approval_state="'approved'",
        state="'done'",
        submitted_at=moment,
        number="NULL",
        amount_for_approval="0.01",
    )
    base = ids[0] - 1
    copy_rows(
        env,
        "gov_supply_request_line",
        request.line_ids.id,
        count,
        request_id=f"{base} + n",
        categ_id=f"{lowest} + mod(n, {len(products)})",
        product_id=f"{products[0].id} + mod(n, {len(products)})",
        submitted_at=moment,
    )
    request.sudo().unlink()


@line("split_check", "Splitting check at 1,000,000 lines against 10,000", limit=1.5)
def split_check(bench):
    """Submit 200 purchases whose band takes the sum of their category.

    The smaller set is measured before the bigger one is loaded, so the order of the
    sides cannot alternate. What was submitted by a round is withdrawn by the next.
    """
    few, many = 10_000, bench.scale(small=100_000, medium=1_000_000, large=3_000_000)

    def prepare(env):
        mine = env["gov.supply.request"].search(
            [("state", "=", "submitted"), ("kind", "=", "purchase")]
        )
        env.cr.execute(
            "UPDATE gov_supply_request SET approval_state = 'cancelled'"
            " WHERE id = ANY(%s)",
            [mine.ids],
        )
        return drafts(env, 200).ids

    def work(env, ids):
        requests = env["gov.supply.request"].browse(ids)
        requests = requests.with_user(users(env)["applicant"])
        requests.action_submit()

    side = Side(work=work, prepare=prepare)
    bench.run(institution)
    bench.run(lambda env: history(env, few, first=True))
    bench.vacuum()
    small = bench.measure(side, side, rows=200)
    bench.run(lambda env: history(env, many - few, first=False))
    bench.vacuum()
    result = bench.measure(side, side, rows=200)
    result.plain, result.plain_queries = small.ours, small.ours_queries
    return result
