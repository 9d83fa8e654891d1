"""The 150 people of the agency, their logins and the supervision from outside."""

from odoo.fields import Command

PASSWORD = "demo"
# Sent by the discipline inspection: they have a login and no post in the agency.
SUPERVISORS = {"peizhengsheng": "裴正声", "yinjie": "尹洁"}
# One of the two posts of a deputy director is vacant.
VACANT_POST = "副主任"
# What the administrator of the demo holds besides the roles of the institution.
ADMIN_GROUPS = (
    "gov_base.group_approval_admin",
    "gov_base.group_supervision",
    "gov_base.group_secretariat",
    "gov_logistics.group_logistics_manager",
    "gov_logistics.group_service_manager",
    "gov_logistics.group_budget",
    "gov_fleet.group_fleet_manager",
    "gov_fleet.group_track",
    "gov_points.group_points_manager",
    "hr.group_hr_manager",
    "stock.group_stock_manager",
    "purchase.group_purchase_manager",
)


def load(loader):
    rows = loader.table("people")
    _load_users(loader, rows)
    _load_jobs(loader, rows)
    _load_employees(loader, rows)
    _load_heads(loader)


def _load_users(loader, rows):
    env = loader.env
    groups = {
        row["login"]: [loader.ref(group).id for group in row["groups"].split()]
        for row in loader.table("groups")
    }
    people = {row["login"]: row["name"] for row in rows if row["login"]}
    common = {"lang": "zh_CN", "tz": "Asia/Shanghai", "notification_type": "inbox"}
    admin = env.ref("base.user_admin")
    admin.write(
        {
            **common,
            "name": people.pop("admin"),
            "email": "admin@yunlan.invalid",
            "image_1920": False,
            "group_ids": [Command.link(env.ref(xmlid).id) for xmlid in ADMIN_GROUPS],
        }
    )
    users = loader.make(
        "res.users",
        [
            (
                f"user_{login}",
                {
                    **common,
                    "name": name,
                    "login": login,
                    "email": f"{login}@yunlan.invalid",
                    "company_id": loader.company.id,
                    "company_ids": [Command.set(loader.company.ids)],
                    "group_ids": [
                        Command.link(env.ref("base.group_user").id),
                        *(Command.link(group) for group in groups.get(login, ())),
                    ],
                },
            )
            for login, name in (people | SUPERVISORS).items()
        ],
    )
    supervision = env.ref("gov_base.group_supervision")
    supervision.user_ids = [
        Command.link(loader.ref(f"user_{login}").id) for login in SUPERVISORS
    ]
    loader.set_password(users, PASSWORD)
    loader.remember({"user_admin": admin})


def _load_jobs(loader, rows):
    posts = list(dict.fromkeys(row["post"] for row in rows))
    loader.make(
        "hr.job",
        [
            (
                f"job_{number}",
                {
                    "name": post,
                    "sequence": number,
                    "no_of_recruitment": int(post == VACANT_POST),
                },
            )
            for number, post in enumerate(posts, 1)
        ],
    )


def _load_employees(loader, rows):
    env = loader.env
    jobs = {job.name: job.id for job in env["hr.job"].search([])}
    departments = {
        row["id"]: loader.ref(f"department_{row['id']}").id
        for row in loader.table("departments")
    }
    spare = env.ref("hr.employee_admin", raise_if_not_found=False)
    batch = []
    for row in rows:
        name = f"employee_{row['id']}"
        values = {
            "name": row["name"],
            "company_id": loader.company.id,
            "tz": "Asia/Shanghai",
            "department_id": departments[row["department"]],
            "working_department_id": departments.get(row["working_department"]),
            "job_id": jobs[row["post"]],
            "official_title": row["title"],
            "staff_type": row["staff_type"],
            "rank_sequence": int(row["rank"]),
            "additional_note": row["remark"],
            "work_phone": False,
            "active": row["active"] == "1",
        }
        if row["login"]:
            values["user_id"] = loader.ref(f"user_{row['login']}").id
            values["work_email"] = f"{row['login']}@yunlan.invalid"
        if row["login"] == "admin" and spare:
            spare.write(values)
            loader.remember({name: spare})
        else:
            batch.append((name, values))
    loader.make("hr.employee", batch)


def _load_heads(loader):
    """Name heads, line leaders and liaisons; every person gets a superior."""
    for row in loader.table("departments"):
        department = loader.ref(f"department_{row['id']}")
        head = loader.ref(f"employee_{row['head']}")
        leader = row["line_leader"] and loader.ref(f"employee_{row['line_leader']}")
        department.write(
            {
                "manager_id": head.id,
                "line_leader_id": leader and leader.id,
                "liaison_ids": [Command.set(loader.ref(f"user_{row['liaisons']}").ids)],
            }
        )
        chief = loader.ref(f"employee_{loader.table('departments')[0]['head']}")
        (department.member_ids - head).parent_id = head
        head.parent_id = (leader or chief) - head
