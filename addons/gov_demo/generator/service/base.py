"""The service centre before its first call: catalogue, rooms, devices, logins."""

from odoo.fields import Command

from ..people import PASSWORD

TEAMS = {
    "power": ("水电维修组", ("repair", "security"), "chenyongkang zhouxuemei"),
    "hvac": ("空调电梯组", ("plant",), "lishijie zhangchunhua"),
    "wood": ("木瓦油漆组", ("repair",), "heguoping zhangchunhua"),
    "clean": ("保洁绿化组", ("cleaning", "greening"), "maqiuju xuzhiqiang"),
    "av": ("会议音响组", ("meetings",), "luowenjing gaoxiaoyan"),
}
DESK_PHONE = "内线 8110"
PEOPLE, FLOOR = 1060, 42_000
# Copies count as paper in the figures per head.
COPIES = ("PT01", "PT02")
# Who is told when a promised time runs out.
CHIEF = "gaohaitao"
# Plant with statutory dates: kind, where, number of devices.
DEVICES = (
    ("电梯", "lift", ("r081", "r082", "r087", "r088", "r092", "r096"), 8),
    ("锅炉", "boiler", ("r099",), 2),
    ("燃气储罐", "gas_tank", ("r099",), 1),
    ("变压器", "transformer", ("r101",), 2),
    ("柴油发电机", "diesel", ("r100",), 1),
    ("灭火器组", "extinguisher", (), 46),
)
LIAISON_LOGINS = {"finance_bureau": "shimin", "county_office": "jiangyuehua"}


def load(loader, window):
    _load_company(loader)
    _load_teams(loader)
    _load_items(loader, window)
    _load_rooms(loader)
    _load_devices(loader)
    _load_contractors(loader)
    _load_units(loader)
    _load_portal_users(loader)


def _load_company(loader):
    loader.company.write(
        {
            "service_phone": DESK_PHONE,
            # The whole compound stands behind the main meters.
            "use_heads": PEOPLE,
            "use_area": FLOOR,
            "service_chief_id": loader.ref(f"user_{CHIEF}").id,
        }
    )


def groups(loader):
    """Return dict code → group of the shipped catalogue."""
    return {group.code: group for group in loader.env["gov.service.group"].search([])}


def _load_teams(loader):
    known = groups(loader)
    loader.make(
        "maintenance.team",
        [
            (
                f"team_{name}",
                {
                    "name": title,
                    "company_id": loader.company.id,
                    "service_group_ids": [
                        Command.set([known[code].id for code in codes])
                    ],
                    "member_ids": [
                        Command.set(
                            [loader.ref(f"user_{login}").id for login in logins.split()]
                        )
                    ],
                },
            )
            for name, (title, codes, logins) in TEAMS.items()
        ],
    )


def _load_items(loader, window):
    rows = loader.table("service_items")
    units = dict.fromkeys(row["unit"] for row in rows)
    missing = [unit for unit in units if not loader.get(f"uom_{unit}")]
    loader.make("uom.uom", [(f"uom_{unit}", {"name": unit}) for unit in missing])
    known = groups(loader)
    items = loader.make(
        "gov.service.item",
        [
            (
                f"item_{row['code']}",
                {
                    "code": row["code"],
                    "name": row["name"],
                    "sequence": number,
                    "group_id": known[row["group"]].id,
                    "company_id": loader.company.id,
                    "uom_id": loader.ref(f"uom_{row['unit']}").id,
                    "standard": row["standard"],
                    "response_hours": float(row["response"] or 0),
                    "resolve_hours": float(row["resolve"] or 0),
                    "is_requestable": bool(row["response"]),
                    "use_kind": "print" if row["code"] in COPIES else False,
                    "team_id": row["team"] and loader.ref(f"team_{row['team']}").id,
                },
            )
            for number, row in enumerate(rows, 1)
        ],
    )
    loader.env["gov.service.price"].create(
        [
            {
                "item_id": item.id,
                "price": float(row["price"]),
                "reference_price": float(row["reference"]),
                "reference_source": "县域市场询价",
                "date_from": window.months[0].first,
            }
            for item, row in zip(items, rows, strict=True)
            if row["price"]
        ]
    )


def _load_rooms(loader):
    loader.make(
        "gov.room",
        [
            (
                f"room_{row['id']}",
                {
                    "building": row["building"],
                    "floor": row["floor"],
                    "name": row["name"],
                    "area": float(row["area"]),
                    "kind": row["kind"],
                    "is_secret": row["secret"] == "1",
                    "department_id": loader.ref(f"department_{row['department']}").id,
                    "company_id": loader.company.id,
                },
            )
            for row in loader.table("rooms")
        ],
    )


def _load_devices(loader):
    """Plant with a date by which it is inspected, each in its room."""
    rooms = loader.table("rooms")
    public = [row["id"] for row in rows_without_secret(rooms)]
    batch = []
    for name, code, places, count in DEVICES:
        places = places or public[:: len(public) // count]
        for number in range(count):
            batch.append(
                (
                    f"device_{code}_{number + 1}",
                    {
                        "name": f"{name}{number + 1:02}",
                        "serial_no": f"{code[:2].upper()}-{number + 1:03}",
                        "company_id": loader.company.id,
                        "room_id": loader.ref(
                            f"room_{places[number % len(places)]}"
                        ).id,
                    },
                )
            )
    loader.make("maintenance.equipment", batch)


def rows_without_secret(rooms):
    return [row for row in rooms if not row["secret"]]


def _load_contractors(loader):
    """Create the vendors of services, each with a site manager."""
    country = loader.env.ref("base.cn").id
    rows = loader.table("contractors")
    loader.make(
        "res.partner",
        [
            (
                f"vendor_{row['id']}",
                {
                    "name": row["name"],
                    "is_company": True,
                    "supplier_rank": 1,
                    "country_id": country,
                    "street": row["street"],
                    "lang": "zh_CN",
                },
            )
            for row in rows
            if row["name"]
        ],
    )
    loader.make(
        "res.partner",
        [
            (
                f"vendor_{row['id']}_manager",
                {
                    "name": row["site_manager"],
                    "parent_id": loader.ref(f"vendor_{row['id']}").id,
                    "function": row["contact"],
                    "lang": "zh_CN",
                },
            )
            for row in rows
        ],
    )


def _load_units(loader):
    units = [loader.ref(f"unit_{row['id']}") for row in loader.table("served_units")]
    loader.env["res.partner"].union(*units).write(
        {"is_served_unit": True, "company_id": loader.company.id}
    )


def _load_portal_users(loader):
    """Two liaisons and two site managers see their own in the portal."""
    partners = {
        login: loader.ref(f"unit_{unit}_liaison")
        for unit, login in LIAISON_LOGINS.items()
    }
    partners |= {
        row["login"]: loader.ref(f"vendor_{row['id']}_manager")
        for row in loader.table("contractors")
        if row["login"]
    }
    users = loader.make(
        "res.users",
        [
            (
                f"user_{login}",
                {
                    "partner_id": partner.id,
                    "name": partner.name,
                    "login": login,
                    "email": f"{login}@yunlan.invalid",
                    "lang": "zh_CN",
                    "tz": "Asia/Shanghai",
                    "company_id": loader.company.id,
                    "company_ids": [Command.set(loader.company.ids)],
                    "group_ids": [Command.set(loader.ref("base.group_portal").ids)],
                },
            )
            for login, partner in partners.items()
        ],
    )
    loader.set_password(users, PASSWORD)
