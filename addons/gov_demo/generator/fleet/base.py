"""Vehicles, their quota, their drivers and who dispatches them."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.addons.gov_base.models.gov_guard import engine

QUOTA_PAPER = "云岚县公务用车编制核定表（2020）"
QUOTAS = {
    "confidential": 2,
    "emergency": 6,
    "platform": 18,
    "enforcement": 2,
    "support": 2,
}
SPECIAL_CASES = {
    "mpv": "承担接待、调研等集体出行",
    "offroad": "山区防汛抢险",
    "bus": "会议、培训等集体用车",
}
PARKING = "中心院内1号车场"
PHONE = "内线 8130"
KEEPER = "leizhenjiang"
# Who may drive buses; everybody else has a licence for small vehicles.
BUS_DRIVERS = ("hechunhua", "guoyongkang", "huangguoping", "wanghongmei")
# The driver with a login, and the vehicle that is out today.
PHONE_DRIVER = "v10", "chenhaitao"
LICENCE_ENDS = "gaoshaohua"
# The vehicle whose insurance ends soon.
INSURANCE_ENDS = "v15"
# body → (name, service per km); each hour of waiting is the same service.
RATES = {
    False: ("公务用车（轿车）", "VE01"),
    "mpv": ("公务用车（商务车）", "VE02"),
    "offroad": ("公务用车（越野车）", "VE03"),
    "bus": ("公务用车（客车）", "VE04"),
    "coach": ("公务用车（客车，45座）", "VE04"),
}
WAITING = "VE05"
FIRM = "云岚安驰劳务派遣有限公司"
STAFF_TYPES = {
    "career": "established",
    "worker": "worker",
    "contract": "contract",
    "dispatch": "dispatched",
}


def load(loader, window):
    loader.company.write(
        {"fleet_phone": PHONE, "fleet_keeper_id": loader.id(f"user_{KEEPER}")}
    )
    _load_quota(loader, window)
    _load_drivers(loader, window)
    _load_vehicles(loader, window)


def load_rates(loader, window):
    """Charge trips from the first of this month on; months before are settled."""
    loader.make(
        "gov.vehicle.rate",
        [
            (
                f"vehicle_rate_{body or 'all'}",
                {
                    "name": name,
                    "company_id": loader.company.id,
                    "body_type": body,
                    "km_item_id": loader.id(f"item_{code}"),
                    "waiting_item_id": loader.id(f"item_{WAITING}"),
                    "date_from": window.current.first,
                },
            )
            for body, (name, code) in RATES.items()
        ],
    )


def drivers(loader):
    """Return the rows of the drivers who are at work here."""
    return [
        row
        for row in loader.table("people")
        if row["post"] == "驾驶员"
        and row["active"] == "1"
        and not row["working_department"]
    ]


def vehicles(loader):
    """Return the rows of the vehicles, each with its usual driver's row."""
    rows, people = loader.table("vehicles"), drivers(loader)
    buses = [row for row in people if row["id"] in BUS_DRIVERS]
    own = (*BUS_DRIVERS, PHONE_DRIVER[1])
    others = [row for row in people if row["id"] not in own]
    for number, row in enumerate(rows):
        crew = buses if row["body"] in ("bus", "coach") else others
        row["driver"] = crew[number % len(crew)]["id"]
        if row["id"] == PHONE_DRIVER[0]:
            row["driver"] = PHONE_DRIVER[1]
    return rows


def _load_quota(loader, window):
    loader.env["gov.vehicle.quota"].create(
        [
            {
                "company_id": loader.company.id,
                "usage_class": usage_class,
                "number": number,
                "clause": QUOTA_PAPER,
                "date_from": window.today - relativedelta(years=6),
            }
            for usage_class, number in QUOTAS.items()
        ]
    )


def _load_drivers(loader, window):
    firm = loader.make("res.partner", [("driver_firm", _firm(loader))])
    batch = []
    for number, row in enumerate(drivers(loader)):
        until = window.today + timedelta(days=400 + number * 53)
        if row["id"] == LICENCE_ENDS:
            until = window.today + timedelta(days=20)
        kind = STAFF_TYPES[row["staff_type"]]
        batch.append(
            (
                f"driver_{row['id']}",
                {
                    "employee_id": loader.id(f"employee_{row['id']}"),
                    "company_id": loader.company.id,
                    "sequence": number,
                    "licence_class": "A1" if row["id"] in BUS_DRIVERS else "C1",
                    "licence_date_to": until,
                    "phone": f"内线 {8301 + number}",
                    "staff_type": kind,
                    "firm_id": firm.id if kind == "dispatched" else False,
                },
            )
        )
    loader.make("gov.vehicle.driver", batch)


def _firm(loader):
    return {
        "name": FIRM,
        "is_company": True,
        "supplier_rank": 1,
        "country_id": loader.env.ref("base.cn").id,
        "lang": "zh_CN",
    }


def _load_vehicles(loader, window):
    rows = vehicles(loader)
    models = _load_models(loader, rows)
    state = loader.env.ref("fleet.fleet_vehicle_state_registered")
    records = loader.make(
        "fleet.vehicle",
        [
            (f"vehicle_{row['id']}", _vehicle(loader, window, row, models, state))
            for row in rows
        ],
    )
    for number, vehicle in enumerate(records):
        # What it had driven before the twelve months began.
        engine(vehicle).odometer_value = first_reading(rows[number])


def first_reading(row):
    return round(float(row["km"]) * max(float(row["bought"]) - 1, 0.3)) + 120


def _load_models(loader, rows):
    """Return dict (brand, model) → record, made once each."""
    brands, made = {}, {}
    for row in rows:
        key = row["brand"], row["model"]
        if key in made:
            continue
        if row["brand"] not in brands:
            name = f"vehicle_brand_{len(brands) + 1}"
            brands[row["brand"]] = loader.make(
                "fleet.vehicle.model.brand", [(name, {"name": row["brand"]})]
            )
        made[key] = loader.make(
            "fleet.vehicle.model",
            [
                (
                    f"vehicle_model_{len(made) + 1}",
                    {
                        "name": row["model"],
                        "brand_id": brands[row["brand"]].id,
                        "seats": int(row["seats"]),
                        "default_fuel_type": row["fuel_type"],
                    },
                )
            ],
        )
    return made


def _vehicle(loader, window, row, models, state):
    bought = window.today - timedelta(days=round(float(row["bought"]) * 365.25))
    insured = _next_birthday(window.today, bought)
    if row["id"] == INSURANCE_ENDS:
        insured = window.today + timedelta(days=12)
    return {
        "license_plate": row["plate"],
        "model_id": models[row["brand"], row["model"]].id,
        "company_id": loader.company.id,
        "state_id": state.id,
        "usage_class": row["usage_class"],
        "body_type": row["body"],
        "special_case": SPECIAL_CASES.get(row["body"]),
        "keeping": row["keeping"],
        "department_id": loader.id(f"department_{row['department']}"),
        "custody_partner_id": (
            loader.id("unit_agriculture") if row["keeping"] == "custody" else False
        ),
        "net_car_value": float(row["price"]),
        "displacement": float(row["displacement"] or 0),
        "seats": int(row["seats"]),
        "fuel_type": row["fuel_type"],
        "fuel_product": row["product"],
        "norm_consumption": float(row["norm"]),
        "tank_capacity": float(row["tank"]),
        "registered_on": bought,
        "acquisition_date": bought,
        "order_date": bought - timedelta(days=40),
        "inspection_date_to": _next_birthday(window.today, bought, months=6),
        "insurance_date_to": insured,
        "licence_date_to": bought + relativedelta(years=15),
        "location": PARKING,
        "driver_card_id": loader.id(f"driver_{row['driver']}"),
    }


def _next_birthday(today, bought, months=0):
    """Return the next yearly return of a date, at least a month ahead."""
    day = bought + relativedelta(months=months)
    while day < today + timedelta(days=35):
        day += relativedelta(years=1)
    return day
