"""Reconciling a month of trips in committed chunks: growth and memory."""

import gc
import time

import psutil
from harness import Result, line

MONTH = "2026-03-01"
TRIPS_EACH = 20
# One trip in so many does not fit its figures and becomes a matter with a finding.
ODD = 200
MOST_MB = 60


def _columns(env, table, without):
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s"
        " AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in env.cr.fetchall() if name not in without]


def _clone(env, table, id_, values, source):
    """Copy one row as often as ``source`` has rows; ``values``: column → SQL."""
    names = _columns(env, table, {"id", *values})
    env.cr.execute(
        f"INSERT INTO {table} ({', '.join([*names, *values])})"
        f" SELECT {', '.join(['r.' + name for name in names] + list(values.values()))}"
        f"   FROM {table} r CROSS JOIN {source} WHERE r.id = {id_}"
    )


def _load(env, name, trips):
    """Make an institution with ``trips`` trips of one month; return its id."""
    from odoo.addons.gov_base.models.gov_guard import engine

    known = env["res.company"].search([("name", "=", name)])
    if known:
        return known.id
    company = env["res.company"].create({"name": name})
    vehicle, driver = _make_first(env, company)
    count = trips // TRIPS_EACH
    _clone(
        env,
        "fleet_vehicle",
        vehicle.id,
        {"license_plate": "'B' || n", "name": "'Bench ' || n"},
        f"generate_series(2, {count}) n",
    )
    trip = engine(env["gov.vehicle.trip"]).create(
        {
            "vehicle_id": vehicle.id,
            "driver_id": driver.id,
            "company_id": company.id,
            "state": "back",
            "date_start": f"{MONTH} 01:00:00",
            "date_end": f"{MONTH} 03:00:00",
            "return_date": MONTH,
            "odometer_out": 10000,
            "odometer_in": 10065,
            "distance": 65,
        }
    )
    env.flush_all()
    day = "(k || ' days')::interval"
    _clone(
        env,
        "gov_vehicle_trip",
        trip.id,
        {
            "vehicle_id": "v.id",
            "number": "NULL",
            "date_start": f"r.date_start + {day}",
            "date_end": f"r.date_end + {day}",
            "return_date": "r.return_date + k",
            "odometer_out": "10000 + 65 * k",
            "odometer_in": "10065 + 65 * k",
            "gap_km": f"CASE WHEN (v.id * {TRIPS_EACH} + k) % {ODD} = 0"
            " THEN 38 ELSE 0 END",
            "toll_amount": "k % 3 * 10",
        },
        f"(SELECT v.id, k FROM fleet_vehicle v,"
        f" generate_series(0, {TRIPS_EACH - 1}) k"
        f" WHERE v.company_id = {company.id}"
        f" AND NOT (v.id = {vehicle.id} AND k = 0)) v",
    )
    return company.id


def _make_first(env, company):
    """Return the vehicle and the driver that all others are copies of."""
    from odoo.addons.gov_base.models.gov_guard import engine

    brand = env["fleet.vehicle.model.brand"].create({"name": "Bench"})
    model = env["fleet.vehicle.model"].create({"name": "Car", "brand_id": brand.id})
    vehicle = engine(env["fleet.vehicle"]).create(
        {"model_id": model.id, "company_id": company.id, "license_plate": "B1"}
    )
    driver = env["hr.employee"].create({"name": "Bench", "company_id": company.id})
    return vehicle, driver


def _reconcile(bench, company_id):
    """Run the month chunk by chunk, each committed.

    :return: (seconds, growth of the memory in MB after the first chunks, what the run
        found)
    """
    from odoo.addons.gov_base.models.gov_guard import engine

    def begin(env):
        run = engine(env["gov.vehicle.reconciliation"]).create(
            {"company_id": company_id, "month": MONTH}
        )
        run._begin()
        return run.id

    run_id = bench.run(begin)
    process = psutil.Process()
    gc.collect()
    start, peak, first, chunks, more = time.perf_counter(), 0, None, 0, True
    while more:
        more = bench.run(
            lambda env: engine(env["gov.vehicle.reconciliation"].browse(run_id))._step()
        )
        chunks += 1
        memory = process.memory_info().rss / 2**20
        peak = max(peak, memory)
        # What a process loads once is there after some chunks.
        if chunks == 5:
            first = memory
    seconds = time.perf_counter() - start
    found = bench.run(
        lambda env: env["gov.vehicle.reconciliation"]
        .browse(run_id)
        .read(["trip_count", "matter_count", "state"])[0]
    )
    return seconds, peak - (first or peak), found


@line("fleet_reconcile", "Reconciling a trip of a month: 100,000 against 25,000", 1.3)
def fleet_reconcile(bench):
    """The run of a whole month, per trip, against a month of a quarter of its size.

    In committed chunks of 50 vehicles; the memory of the process may not grow. One
    trip in 200 does not fit and gets its matter and its finding.
    """
    most = bench.scale(small=8_000, medium=100_000, large=200_000)
    few = most // 4
    companies = [
        bench.run(lambda env, n=count: _load(env, f"Bench reconcile {n}", n))
        for count in (few, most)
    ]
    bench.vacuum()
    failures, results = [], []
    for company_id, count in zip(companies, (few, most), strict=True):
        seconds, grown, found = _reconcile(bench, company_id)
        results.append(seconds / count)
        if found["trip_count"] != count or found["matter_count"] != count // ODD:
            failures.append(f"found {found} of {count}")
    if grown > MOST_MB:
        failures.append(f"memory grew by {grown:.0f} MB")
    return Result(
        ours=results[1],
        plain=results[0],
        rows=most,
        failures=failures,
        note=f"{seconds:.0f} s in all; memory grew by {grown:.1f} MB",
    )
