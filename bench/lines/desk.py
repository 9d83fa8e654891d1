"""The service desk: the list of open requests, however many are closed."""

from harness import Side, line

OPEN_STATES = ("new", "assigned", "accepted", "arrived", "paused")
OPEN = [("gov_state", "in", OPEN_STATES)]
OPEN_COUNT = 2000
FIELDS = (
    "number",
    "is_emergency",
    "place",
    "name",
    "caller_name",
    "caller_phone",
    "requested_at",
    "sla_next_deadline",
    "sla_state",
    "gov_state",
)
RECORDS = ("user_id", "maintenance_team_id", "service_item_id", "department_id")


def clerk(env):
    """The clerk of the service desk who opens the list."""
    users = env["res.users"]
    found = users.search([("login", "=", "bench_service_desk")])
    if found:
        return found
    group = env.ref("gov_logistics.group_service_desk")
    return users.create(
        {
            "name": "Bench service desk",
            "login": "bench_service_desk",
            "group_ids": [(4, group.id), (4, env.ref("base.group_user").id)],
        }
    )


def history(env, first, count):
    """Load ``count`` requests from number ``first`` on over ten years by SQL.

    The first 2,000 are open, as many in the small set as in the big one: an
    institution has a longer past, not more lamps out today.
    """
    clerk(env)
    template = env["maintenance.request"].with_user(clerk(env)).create({"name": "Dark"})
    env.flush_all()
    columns = {
        name
        for name, field in env["maintenance.request"]._fields.items()
        if field.store and field.column_type
    } - {"id", "number", "access_token"}
    states = env["maintenance.stage"].search([("gov_state", "!=", False)])
    stage = dict(zip(states.mapped("gov_state"), states.ids, strict=True))
    is_open = f"n <= {OPEN_COUNT}"
    state = (
        f"CASE WHEN {is_open} THEN (ARRAY['new', 'assigned', 'accepted', 'arrived'])"
        "[1 + mod(n, 4)] ELSE 'done' END"
    )
    moment = (
        f"now() at time zone 'UTC' - (CASE WHEN {is_open} THEN mod(n, 48) ELSE"
        " 48 + mod(n, 87600) END) * interval '1 hour'"
    )
    deadline = f"CASE WHEN {is_open} THEN {moment} + interval '1 day' END"
    warning = f"CASE WHEN {is_open} THEN {moment} + interval '1 hour' END"
    values = {
        "gov_state": state,
        "stage_id": f"CASE WHEN {is_open} THEN {stage['new']} ELSE {stage['done']} END",
        "requested_at": moment,
        "create_date": moment,
        "sla_next_deadline": deadline,
        "sla_warn_at": warning,
        "is_emergency": "mod(n, 50) = 0",
        "caller_phone": "(8000 + mod(n, 900))::text",
        "place": "'Room ' || mod(n, 400)",
    }
    names = sorted(columns)
    selected = [values.get(name, f"template.{name}") for name in names]
    env.cr.execute(
        f"""
        INSERT INTO maintenance_request ({", ".join(names)}, number)
        SELECT {", ".join(selected)}, 'BENCH' || n
          FROM maintenance_request template, generate_series(%s, %s) n
         WHERE template.id = %s
        """,
        [first, first + count - 1, template.id],
    )


def open_list(env, _data):
    """Open the list as the browser does: the first 80 and how many there are."""
    env.invalidate_all()
    fields = {name: {} for name in FIELDS} | {
        name: {"fields": {"display_name": {}}} for name in RECORDS
    }
    result = (
        env["maintenance.request"]
        .with_user(clerk(env))
        .web_search_read(
            OPEN,
            fields,
            limit=80,
            order="is_emergency desc, sla_next_deadline, id",
            count_limit=10001,
        )
    )
    assert len(result["records"]) == 80
    assert result["length"] > OPEN_COUNT - 5


@line("desk_list", "Open requests at 1,000,000 against 10,000", limit=1.2)
def desk_list(bench):
    """The desk's list with 2,000 open ones, ten times in a round.

    The smaller set is measured before the bigger one is loaded, so the order of the
    sides cannot alternate.
    """
    few, many = 10_000, bench.scale(small=100_000, medium=1_000_000, large=3_000_000)

    def work(env, data):
        for _time in range(10):
            open_list(env, data)

    side = Side(work=work)
    bench.run(lambda env: history(env, 1, few))
    bench.vacuum()
    small = bench.measure(side, side, rows=few)
    bench.run(lambda env: history(env, few + 1, many - few))
    bench.vacuum()
    result = bench.measure(side, side, rows=many)
    result.plain, result.plain_queries = small.ours, small.ours_queries
    return result
