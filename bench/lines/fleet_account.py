"""The per-vehicle account of a month, read from two years of trips."""

from datetime import date

from harness import Side, line

MONTH = date(2025, 6, 1)
NEXT = date(2025, 7, 1)
SUMS = (
    "km",
    "trips",
    "days_used",
    "fuel_litres",
    "fuel_amount",
    "repair_amount",
    "toll_amount",
    "cost",
)


def load(env, vehicles, trips):
    """Load vehicles with their trips, fills and repairs over 2024 and 2025 by SQL.

    :return: the id of their institution, which has no quota yet.
    """
    company = env["res.company"].create({"name": "Bench account"})
    brand = env["fleet.vehicle.model.brand"].create({"name": "Bench account"})
    model = env["fleet.vehicle.model"].create({"name": "Sedan", "brand_id": brand.id})
    values = {
        "model_id": model.id,
        "company_id": company.id,
        "usage_class": "platform",
        "body_type": "sedan",
        "registered_on": "2023-05-01",
    }
    department = env["hr.department"].create(
        {"name": "Bench account", "company_id": company.id}
    )
    records = env["fleet.vehicle"].create(
        [{**values, "license_plate": f"B{n:05}"} for n in range(vehicles)]
    )
    env.flush_all()
    first, each = min(records.ids), trips // vehicles
    ids = {"first": first, "last": max(records.ids), "each": each}
    ids |= {"company": company.id, "department": department.id}
    kind = env["fleet.service.type"].create({"name": "Bench", "category": "service"})
    ids["type"] = kind.id
    env.cr.execute(
        """
        INSERT INTO gov_vehicle_trip (company_id, vehicle_id, department_id, state,
            entry, date_start, date_end, return_date, odometer_out, odometer_in,
            distance, toll_amount, parking_amount, other_amount, is_protected)
        SELECT %(company)s, v, %(department)s, 'back', 'system', moment,
               moment + interval '6 hours',
               (moment + interval '6 hours' + interval '8 hours')::date,
               n * 65, n * 65 + 65, 20 + mod(n * 7 + v, 90), mod(n, 40), mod(n, 7), 0,
               mod(n, 50) = 0
          FROM generate_series(%(first)s, %(last)s) v,
               generate_series(1, %(each)s) n,
               LATERAL (SELECT timestamp '2024-01-01 01:00:00'
                        + n * (interval '730 days' / %(each)s)) at(moment)
        """,
        ids,
    )
    env.cr.execute(
        """
        INSERT INTO gov_fuel_entry (company_id, vehicle_id, department_id, date, day,
            product, kind, litres, price, amount, active, source, match_state, is_full)
        SELECT %(company)s, v, %(department)s,
               timestamp '2024-01-01 04:00:00' + n * interval '8 days',
               date '2024-01-01' + n * 8, '92', 'fuel', 40, 7.75, 310, true, 'slip',
               'none', true
          FROM generate_series(%(first)s, %(last)s) v, generate_series(1, 90) n
        """,
        ids,
    )
    env.cr.execute(
        """
        INSERT INTO fleet_vehicle_log_services (company_id, vehicle_id, service_type_id,
            handler_id, approval_state, state, active, date, amount)
        SELECT %(company)s, v, %(type)s, 1, 'draft', 'done', true,
               date '2024-01-01' + n * 60 + mod(v, 30), 500
          FROM generate_series(%(first)s, %(last)s) v, generate_series(1, 11) n
        """,
        ids,
    )
    return company.id


def ours(env, company_id):
    """The account of the month by vehicle, as the pivot asks for it."""
    rows = env["gov.vehicle.account"]._read_group(
        [("company_id", "=", company_id), ("month", "=", MONTH)],
        ["vehicle_id"],
        [f"{name}:sum" for name in SUMS] + ["cost_per_km:avg", "use_rate:avg"],
    )
    return check([[row[0].id, *row[1:9]] for row in rows])


def plain(env, company_id):
    """The same figures straight from the tables, as one would write it by hand."""
    env.cr.execute(
        """
        WITH trip AS (
            SELECT t.vehicle_id, sum(t.distance) FILTER (WHERE back = 0) AS km,
                   count(*) FILTER (WHERE back = 0) AS trips,
                   count(DISTINCT t.return_date - back)
                       FILTER (WHERE t.return_date - back >= %(month)s) AS days_used,
                   sum(t.toll_amount + t.parking_amount)
                       FILTER (WHERE back = 0) AS tolls,
                   sum(t.other_amount) FILTER (WHERE back = 0) AS other
              FROM gov_vehicle_trip t,
                   generate_series(0, t.return_date
                       - (t.date_start + interval '8 hours')::date) back
             WHERE t.company_id = %(company)s AND t.state = 'back'
               AND t.return_date >= %(month)s AND t.return_date < %(next)s
             GROUP BY t.vehicle_id
        ), fuel AS (
            SELECT vehicle_id, sum(litres) AS litres, sum(amount) AS amount
              FROM gov_fuel_entry
             WHERE company_id = %(company)s AND active
               AND day >= %(month)s AND day < %(next)s
             GROUP BY vehicle_id
        ), repair AS (
            SELECT vehicle_id, sum(amount) AS amount FROM fleet_vehicle_log_services
             WHERE company_id = %(company)s AND state = 'done'
               AND date >= %(month)s AND date < %(next)s
             GROUP BY vehicle_id
        )
        SELECT v.id, coalesce(t.km, 0), coalesce(t.trips, 0), coalesce(t.days_used, 0),
               coalesce(f.litres, 0), coalesce(f.amount, 0), coalesce(r.amount, 0),
               coalesce(t.tolls, 0),
               coalesce(t.tolls, 0) + coalesce(t.other, 0) + coalesce(f.amount, 0)
               + coalesce(r.amount, 0) AS cost
          FROM fleet_vehicle v
          LEFT JOIN trip t ON t.vehicle_id = v.id
          LEFT JOIN fuel f ON f.vehicle_id = v.id
          LEFT JOIN repair r ON r.vehicle_id = v.id
         WHERE v.company_id = %(company)s AND v.registered_on < %(next)s
         ORDER BY v.id
        """,
        {"company": company_id, "month": MONTH, "next": NEXT},
    )
    return check(env.cr.fetchall())


FOUND = {}


def check(rows):
    """Both sides give the same figures for the same vehicles."""
    columns = list(zip(*rows, strict=True))[1:]
    sums = [round(float(sum(column)), 2) for column in columns]
    assert FOUND.setdefault("rows", len(rows)) == len(rows), (FOUND, len(rows))
    assert FOUND.setdefault("sums", sums) == sums, (FOUND, sums)
    return rows


@line("fleet_account", "Per-vehicle account of a month against plain SQL", limit=2)
def fleet_account(bench):
    """One month of 5,000 vehicles in 2,000,000 trips of two years, all costs.

    Ours is the report grouped by vehicle, with the ratios; plain is the one query by
    hand. Both have to give the same sums.
    """
    vehicles = bench.scale(small=500, medium=5_000, large=5_000)
    trips = bench.scale(small=200_000, medium=2_000_000, large=2_000_000)
    company_id = bench.run(lambda env: load(env, vehicles, trips))
    bench.vacuum(
        "fleet_vehicle",
        "gov_vehicle_trip",
        "gov_fuel_entry",
        "fleet_vehicle_log_services",
    )
    return bench.measure(
        ours=Side(work=ours, prepare=lambda _env: company_id),
        plain=Side(work=plain, prepare=lambda _env: company_id),
        rows=vehicles,
    )
