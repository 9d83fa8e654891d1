"""Requests, chains, issues and the inbox against plain Odoo."""

import base64

from harness import Side, line
from lxml import etree

PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00"
    b"\x00\x00\x00IEND\xaeB`\x82"
).decode()


# ----------------------------------------------------------------------
# The institution that all lines here share
# ----------------------------------------------------------------------


def person(env, login, department, groups=()):
    """Make a user with an employee in ``department``."""
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": login,
                "login": login,
                "group_ids": [
                    (6, 0, [env.ref(name).id for name in ("base.group_user", *groups)])
                ],
            }
        )
    )
    return env["hr.employee"].create(
        {"name": login, "user_id": user.id, "department_id": department.id}
    )


def institution(env):
    """Make the section, its people and goods once; return them."""
    user = env["res.users"].search([("login", "=", "bench_applicant")])
    if not user:
        section = env["hr.department"].create({"name": "Bench section"})
        person(env, "bench_applicant", section)
        section.manager_id = person(env, "bench_head", section)
        section.line_leader_id = person(env, "bench_leader", section)
        person(
            env,
            "bench_clerk",
            section,
            ["gov_logistics.group_store", "maintenance.group_equipment_manager"],
        )
        tier = env.ref("gov_logistics.rule_issue_department_head")
        tier.copy(
            {
                "name": "Line leader",
                "approver_kind": "line_leader",
                "sequence": tier.sequence + 1,
            }
        )
        user = env["res.users"].search([("login", "=", "bench_applicant")])
    return user


def users(env):
    """Return the users by what they do."""
    found = env["res.users"].search([("login", "=like", "bench%")])
    return {user.login.removeprefix("bench_"): user for user in found}


def goods(env, quantity):
    """Make a product with ``quantity`` on the store's shelf."""
    product = env["product.product"].create(
        {
            "name": "Bench paper",
            "type": "consu",
            "is_storable": True,
            "standard_price": 20,
            "supply_ok": True,
        }
    )
    place = env["stock.warehouse"]._get_supply_warehouse(env.company).lot_stock_id
    env["stock.quant"]._update_available_quantity(product, place, quantity)
    return product


def requests(env, product, count):
    """Make ``count`` drafts of one line each."""
    applicant = institution(env)
    model = env["gov.supply.request"].with_user(applicant)
    return model.create(
        [
            {"line_ids": [(0, 0, {"product_id": product.id, "quantity": 1})]}
            for _index in range(count)
        ]
    )


# ----------------------------------------------------------------------
# Lists, as the web client reads them
# ----------------------------------------------------------------------


def specification(model, view=None):
    """Return what the web client asks for in the list view of ``model``."""
    arch = etree.fromstring(model.get_view(view and view.id, "list")["arch"])
    spec = {}
    for node in arch.iter("field"):
        name = node.get("name")
        hidden = node.get("column_invisible") in ("1", "True")
        if hidden and name != "currency_id":
            continue
        kind = model._fields[name].type
        spec[name] = {}
        if kind == "many2one":
            spec[name] = {"fields": {"display_name": {}}}
        elif kind in ("one2many", "many2many"):
            spec[name] = {"fields": {}}
    return spec


def read_list(model, domain, limit, spec):
    """One page of a list."""
    found = model.web_search_read(domain, spec, limit=limit, count_limit=10001)
    assert len(found["records"]) == limit, (len(found["records"]), limit)
    return found


def list_side(name, limit):
    """One page of the list of ``name`` for the clerk, from cold caches."""

    def prepare(env):
        return specification(env[name].with_user(users(env)["clerk"]))

    def work(env, spec):
        read_list(env[name].with_user(users(env)["clerk"]), [], limit, spec)

    return Side(work=work, prepare=prepare)


@line("request_list", "List of 80 requests, as the client reads it", limit=1.3)
def request_list(bench):
    """Requests under way and drafts, with whose turn it is; plain: maintenance.request.

    A page of 80 must cost no more queries than a page of 8.
    """

    def load(env):
        institution(env)
        drafts = requests(env, goods(env, 1000), 200)
        drafts.filtered(lambda r: r.id % 4).action_submit()
        clerk = users(env)["clerk"]
        env["maintenance.request"].with_user(clerk).create(
            [{"name": f"Lamp {number}"} for number in range(200)]
        )

    bench.run(load)
    bench.vacuum()
    few = bench.measure(
        list_side("gov.supply.request", 8), list_side("maintenance.request", 8), rows=8
    )
    result = bench.measure(
        list_side("gov.supply.request", 80),
        list_side("maintenance.request", 80),
        rows=80,
    )
    result.note = f"8 rows: {few.ours_queries} queries"
    if result.ours_queries > few.ours_queries:
        result.failures.append("more queries for 80 rows than for 8")
    return result


# ----------------------------------------------------------------------
# The whole path
# ----------------------------------------------------------------------


def walk(env, drafts, each_step):
    """Submit, decide twice and issue each request."""
    by = users(env)
    ids = {name: user.id for name, user in by.items()}
    drafts = env["gov.supply.request"].browse(drafts)
    for draft in drafts:
        for who, method, args in (
            ("applicant", "action_submit", ()),
            ("head", "action_approve", ()),
            ("leader", "action_approve", ()),
            ("clerk", "action_issue", (PNG,)),
        ):
            getattr(draft.with_user(ids[who]), method)(*args)
            if each_step:
                env.cr.commit()
        env.cr.commit()
    assert set(drafts.sudo().mapped("state")) == {"done"}


def pick(env, shelf, each_step):
    """Make a transfer and validate it, as often as ``walk``."""
    product_id, count = shelf
    kind = env["stock.warehouse"]._get_supply_warehouse(env.company).int_type_id
    store = kind.default_location_src_id
    target = env["stock.location"].search([("usage", "=", "inventory")], limit=1)
    for _index in range(count):
        move = {
            "product_id": product_id,
            "product_uom_qty": 1,
            "location_id": store.id,
            "location_dest_id": target.id,
        }
        picking = env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "location_id": store.id,
                "location_dest_id": target.id,
                "move_ids": [(0, 0, move)],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        if each_step:
            env.cr.commit()
        picking.button_validate()
        env.cr.commit()
        assert picking.state == "done"


def measure_path(bench, each_step):
    """Measure the path of a request against that of a picking."""
    count = bench.scale(small=200, medium=200, large=400)

    def drafts(env):
        return requests(env, goods(env, count), count).ids

    def shelf(env):
        return goods(env, count).id, count

    bench.run(institution)
    return bench.measure(
        ours=Side(work=lambda env, data: walk(env, data, each_step), prepare=drafts),
        plain=Side(work=lambda env, data: pick(env, data, each_step), prepare=shelf),
        rows=count,
    )


@line("request_path", "Submit, two decisions, issue against stock pickings", limit=2.2)
def request_path(bench):
    """Each request and each picking is one committed transaction, seals linked."""
    return measure_path(bench, each_step=False)


@line("request_steps", "The same, each click a transaction: four against two")
def request_steps(bench):
    """As people do it: four requests of the client against two, from cold caches."""
    return measure_path(bench, each_step=True)


# ----------------------------------------------------------------------
# The inbox
# ----------------------------------------------------------------------


def copy_rows(env, table, row_id, count, **columns):
    """Insert ``count`` copies of a row by SQL; ``columns`` are expressions of ``n``."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id' ORDER BY ordinal_position",
        [table],
    )
    names = [name for (name,) in env.cr.fetchall()]
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    env.cr.execute(
        f"INSERT INTO {table} ({quoted}) SELECT {values}"
        f" FROM {table}, generate_series(1, %s) AS n WHERE id = %s"
        " RETURNING id",
        [count, row_id],
    )
    return [id_ for (id_,) in env.cr.fetchall()]


def pending(env, count, mine):
    """Load ``count`` pending matters, of which the head decides ``mine``."""
    by = users(env)
    model = requests(env, goods(env, 1), 1)
    model.action_submit()
    env.flush_all()
    step = model.sudo().current_step_id
    first = (
        copy_rows(env, "gov_supply_request", model.id, count, number="'B' || n")[0] - 1
    )
    env.cr.execute("SELECT max(number) FROM gov_supply_request WHERE number LIKE 'B%%'")
    steps = (
        copy_rows(env, "gov_approval_step", step.id, count, res_id=f"{first} + n")[0]
        - 1
    )
    copy_rows(
        env,
        "gov_approval_seat",
        step.seat_ids.id,
        count,
        res_id=f"{first} + n",
        step_id=f"{steps} + n",
        user_id=f"CASE WHEN n <= {mine} THEN {by['head'].id} ELSE {by['clerk'].id} END",
    )


@line("inbox", "Inbox of one person at 100,000 pending against 1,000", limit=1.5)
def inbox(bench):
    """The first page of "waiting for me", 80 rows of one person.

    The smaller set is measured before the bigger one is loaded, so the order of the
    sides cannot alternate.
    """
    few, many = 1000, bench.scale(small=20_000, medium=100_000, large=400_000)

    def prepare(env):
        head = users(env)["head"]
        seats = env["gov.approval.seat"].with_user(head)
        return specification(seats)

    def work(env, spec):
        seats = env["gov.approval.seat"].with_user(users(env)["head"])
        domain = [("user_id", "=", seats.env.uid), ("state", "=", "open")]
        read_list(seats, domain, 80, spec)

    def clear(env):
        env.cr.execute(
            "DELETE FROM gov_approval_seat; UPDATE gov_supply_request SET number = NULL"
        )

    side = Side(work=work, prepare=prepare)
    bench.run(institution)
    bench.run(clear)
    bench.run(lambda env: pending(env, few, 80))
    bench.vacuum()
    small = bench.measure(side, side, rows=80)
    bench.run(lambda env: env.cr.execute("UPDATE gov_supply_request SET number = NULL"))
    bench.run(lambda env: pending(env, many - few, 0))
    bench.vacuum()
    result = bench.measure(side, side, rows=80)
    result.plain, result.plain_queries = small.ours, small.ours_queries
    return result
