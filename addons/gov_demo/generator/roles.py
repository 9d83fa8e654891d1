"""Who holds which role of the institution, and who stands in as a last resort."""

# In this order when a tier finds nobody: the deputies.
FALLBACK = ("hansuqin", "hezhenbang")


def load(loader):
    env = loader.env
    roles = {role.code: role for role in env["gov.role"].search([])}
    rows = loader.table("role_holders")
    # The administrator of the demo can play every part. Nobody gave that to
    # themselves, so there is nothing to report.
    admin = env.ref("base.user_admin").employee_id
    rows += [
        {"role": code, "employee": "", "title": admin.official_title, "acting": ""}
        for code in roles
    ]
    # Last year's register was decided by the same people.
    today = loader.company.gov_today()
    since = today.replace(year=today.year - 1, month=1, day=1)
    batch = []
    for row in rows:
        employee = admin
        if row["employee"]:
            employee = loader.ref(f"employee_{row['employee']}")
        values = {
            "role_id": roles[row["role"]].id,
            "employee_id": employee.id,
            "company_id": loader.company.id,
            "title": row["title"],
            "is_acting": row["acting"] == "1",
            "date_from": since,
        }
        batch.append((f"holder_{row['role']}_{row['employee'] or 'admin'}", values))
    loader.make("gov.role.holder", batch)
    loader.make(
        "gov.approval.fallback",
        [
            (
                f"fallback_{employee}",
                {
                    "employee_id": loader.ref(f"employee_{employee}").id,
                    "company_id": loader.company.id,
                    "sequence": number,
                },
            )
            for number, employee in enumerate(FALLBACK, 1)
        ],
    )
