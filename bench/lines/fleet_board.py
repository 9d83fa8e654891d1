"""The dispatch board: which vehicles are free then, and a week of 200 vehicles."""

from contextlib import contextmanager
from datetime import datetime, timedelta

from harness import Side, line

FIRST = datetime(2027, 1, 1)
EACH = 400
WINDOWS = 20
WEEK_VEHICLES = 200
MOST_QUERIES = 40
# What the timeline reads.
FIELDS = (
    "display_name",
    "driver_id",
    "kind",
    "date_start",
    "date_end",
    "vehicle_id",
    "state",
)


def dispatcher(env):
    """The dispatcher who opens the board."""
    users = env["res.users"]
    found = users.search([("login", "=", "bench_dispatcher")])
    if found:
        return found
    groups = env.ref("base.group_user") + env.ref("gov_fleet.group_dispatcher")
    # An institution of its own: other lines have vehicles, too.
    company = env["res.company"].create({"name": "Bench dispatch"})
    return users.create(
        {
            "name": "Bench dispatcher",
            "login": "bench_dispatcher",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, groups.ids)],
        }
    )


def copies(env, record, count, **columns):
    """Insert copies of a row by SQL; ``columns`` are expressions of ``n``."""
    names = [
        name
        for name, field in record._fields.items()
        if field.store and field.column_type and name != "id"
    ]
    values = [columns.get(name, f'source."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    env.cr.execute(
        f"INSERT INTO {record._table} ({quoted}) SELECT {', '.join(values)}"
        f" FROM {record._table} source, generate_series(1, %s) n WHERE source.id = %s"
        " RETURNING id",
        [count, record.id],
    )
    return [row[0] for row in env.cr.fetchall()]


@contextmanager
def unchecked(env):
    """Build the constraints anew at the end: ten times faster than row by row."""
    env.cr.execute(
        """
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid = 'gov_vehicle_booking'::regclass AND contype = 'x'
        """
    )
    constraints = env.cr.fetchall()
    for name, _text in constraints:
        env.cr.execute(f"ALTER TABLE gov_vehicle_booking DROP CONSTRAINT {name}")
    index = "gov_vehicle_booking_window"
    env.cr.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
    definition = env.cr.fetchone()[0]
    env.cr.execute(f"DROP INDEX {index}")
    yield
    env.cr.execute(definition)
    for name, text in constraints:
        env.cr.execute(f"ALTER TABLE gov_vehicle_booking ADD CONSTRAINT {name} {text}")


def load(env, count):
    """``count`` vehicles with 400 windows each, ten minutes apart from the next.

    A window lasts two to nine hours, one begins every eighteen: over 300 days.
    """
    company = dispatcher(env).company_id
    env["gov.vehicle.quota"].create(
        {
            "company_id": company.id,
            "usage_class": "platform",
            "number": count + 1,
            "clause": "Bench",
            "date_from": "2020-01-01",
        }
    )
    brand = env["fleet.vehicle.model.brand"].create({"name": "Bench"})
    model = env["fleet.vehicle.model"].create(
        {"name": "Bench", "brand_id": brand.id, "seats": 5}
    )
    vehicle = env["fleet.vehicle"].create(
        {
            "license_plate": "BENCH-0",
            "model_id": model.id,
            "company_id": company.id,
            "usage_class": "platform",
            "body_type": "sedan",
            "seats": 5,
        }
    )
    env.flush_all()
    ids = copies(
        env,
        vehicle,
        count,
        license_plate="'BENCH-' || n",
        name="'Bench BENCH-' || n",
        seats="CASE WHEN mod(n, 10) = 0 THEN 19 ELSE 5 END",
    )
    with unchecked(env):
        env.cr.execute(
            """
            INSERT INTO gov_vehicle_booking (company_id, vehicle_id, kind, state,
                   active, name, date_start, date_end)
            SELECT %s, vehicle, 'other', 'taken', TRUE, 'Trip ' || n,
                   begins, begins + (2 + mod(vehicle + n, 8)) * interval '1 hour'
              FROM unnest(%s) vehicle, generate_series(0, %s) n,
                   LATERAL (SELECT %s + n * interval '18 hours'
                            + mod(vehicle, 9) * interval '1 hour' AS begins) at
            """,
            [company.id, ids, EACH - 1, FIRST],
        )
    return ids


def windows():
    """Twenty windows of four hours all over the time that is filled."""
    for number in range(WINDOWS):
        start = FIRST + timedelta(days=number * 14, hours=number % 9 + 7)
        yield start, start + timedelta(hours=4)


@line(
    "fleet_free",
    "Which vehicles are free then, against the one plain SQL query",
    limit=2,
)
def fleet_free(bench):
    """Twenty windows, each asked for vehicles of five seats; the answers are equal.

    Large: 5,000 vehicles and 2,000,000 windows.
    """
    count = bench.scale(small=500, medium=1000, large=5000)
    bench.run(lambda env: load(env, count))
    bench.vacuum("gov_vehicle_booking", "fleet_vehicle")
    found = {"ours": [], "plain": []}

    def ours(env, _data):
        user = dispatcher(env)
        vehicles = env["fleet.vehicle"].with_user(user)
        vehicles = vehicles.with_context(allowed_company_ids=user.company_id.ids)
        found["ours"] = [
            set(vehicles._free(start, end, 5).ids) for start, end in windows()
        ]

    def plain(env, _data):
        company = dispatcher(env).company_id
        found["plain"] = []
        for start, end in windows():
            env.cr.execute(
                """
                SELECT id FROM fleet_vehicle
                 WHERE active AND gov_state = 'in_service' AND keeping = 'pool'
                   AND company_id = %(company)s AND seats >= 5
                   AND (inspection_date_to IS NULL OR inspection_date_to >= %(end)s)
                   AND (insurance_date_to IS NULL OR insurance_date_to >= %(end)s)
                   AND (licence_date_to IS NULL OR licence_date_to >= %(end)s)
                   AND id NOT IN (
                       SELECT vehicle_id FROM gov_vehicle_booking
                        WHERE active AND vehicle_id IS NOT NULL
                          AND tsrange(date_start, date_end, '[)')
                              && tsrange(%(start)s, %(end)s, '[)'))
                 ORDER BY license_plate, id
                """,
                {"company": company.id, "start": start, "end": end},
            )
            found["plain"].append({row[0] for row in env.cr.fetchall()})

    result = bench.measure(Side(work=ours), Side(work=plain), rows=count * EACH)
    if found["ours"] != found["plain"]:
        result.failures.append("the two answers differ")
    return result


@line(
    "fleet_board",
    "The board of a week for 200 vehicles, against plain SQL (40 queries at most)",
)
def fleet_board(bench):
    """What the timeline asks for when it opens: windows of a week and the rows."""

    def prepare(env):
        env.cr.execute(
            "SELECT id FROM fleet_vehicle WHERE license_plate LIKE 'BENCH-%%'"
            " ORDER BY id LIMIT %s",
            [WEEK_VEHICLES + 1],
        )
        ids = [row[0] for row in env.cr.fetchall()]
        return ids or load(env, WEEK_VEHICLES)

    since = FIRST + timedelta(days=100)
    until = since + timedelta(days=7)

    def ours(env, ids):
        user = dispatcher(env)
        bookings = env["gov.vehicle.booking"].with_user(user)
        bookings = bookings.with_context(allowed_company_ids=user.company_id.ids)
        rows = bookings.search_read(
            [
                ("vehicle_id", "in", ids),
                ("date_end", ">=", since),
                ("date_start", "<", until),
            ],
            FIELDS,
            limit=3000,
            order="vehicle_id",
        )
        assert len(rows) > WEEK_VEHICLES // 2 * 8
        assert bookings.action_board_rows("vehicle_id")

    def plain(env, ids):
        env.cr.execute(
            """
            SELECT booking.id, booking.name, booking.kind, booking.state,
                   booking.date_start, booking.date_end, booking.vehicle_id,
                   vehicle.name, booking.driver_id, employee.name
              FROM gov_vehicle_booking booking
              JOIN fleet_vehicle vehicle ON vehicle.id = booking.vehicle_id
              LEFT JOIN hr_employee employee ON employee.id = booking.driver_id
             WHERE booking.active AND booking.vehicle_id = ANY(%s)
               AND booking.date_end >= %s AND booking.date_start < %s
             ORDER BY vehicle.name
            """,
            [ids, since, until],
        )
        env.cr.fetchall()

    bench.run(prepare)
    bench.vacuum("gov_vehicle_booking", "fleet_vehicle")
    result = bench.measure(
        Side(work=ours, prepare=prepare),
        Side(work=plain, prepare=prepare),
        rows=WEEK_VEHICLES,
    )
    if result.ours_queries > MOST_QUERIES:
        result.failures.append(f"{result.ours_queries} queries")
    return result
