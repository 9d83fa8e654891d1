"""The agency as an institution: company, departments, served units."""

import base64

from odoo.tools import file_open

NAME = "云岚县机关事务服务中心"


def load(loader):
    _load_language(loader.env)
    _load_company(loader)
    _load_departments(loader)
    _load_served_units(loader)


def _load_language(env):
    """Make Chinese available, as a database of this institution is created anyway."""
    lang = env["res.lang"].with_context(active_test=False)
    language = lang.search([("code", "=", "zh_CN")])
    if not language.active:
        env["base.language.install"].create(
            {"lang_ids": [(6, 0, language.ids)], "overwrite": False}
        ).lang_install()


def _load_company(loader):
    env, company = loader.env, loader.company
    with file_open("gov_demo/static/img/logo.png", "rb") as stream:
        logo = base64.b64encode(stream.read())
    values = {
        "name": NAME,
        "logo": logo,
        "country_id": env.ref("base.cn").id,
        "street": "府前路1号",
        "city": "云岚县",
        "zip": False,
        "state_id": False,
        "phone": "内线 8001",
        "email": "office@yunlan.invalid",
        "website": False,
        "gov_tz": "Asia/Shanghai",
    }
    currency = env.ref("base.CNY")
    if company.currency_id != currency:
        # Only a new database gets here: with journal entries core refuses the change.
        currency.active = True
        values["currency_id"] = currency.id
    company.write(values)
    company.partner_id.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
    company.resource_calendar_id.write({"name": "标准工作时间", "tz": "Asia/Shanghai"})


def _load_departments(loader):
    """Create the departments; heads and leaders follow with the people."""
    rows = loader.table("departments")
    # Core brings one department along: it becomes the first section, as an
    # administrator at the desk would do it, in every language of the database.
    spare = loader.env.ref("hr.dep_administration", raise_if_not_found=False)
    for row in rows:
        values = {
            "name": row["name"],
            "rank_sequence": int(row["rank"]),
            "company_id": loader.company.id,
            "parent_id": row["parent"] and loader.ref(f"department_{row['parent']}").id,
        }
        name = f"department_{row['id']}"
        if row["id"] == "general" and spare:
            for lang, __ in loader.env["res.lang"].get_installed():
                spare.with_context(lang=lang).name = values["name"]
            spare.write(values)
            loader.remember({name: spare})
        else:
            loader.make("hr.department", [(name, values)])


def _load_served_units(loader):
    """Create the organs that the centre serves, each with its liaison."""
    country = loader.env.ref("base.cn").id
    for row in loader.table("served_units"):
        unit = loader.make(
            "res.partner",
            [
                (
                    f"unit_{row['id']}",
                    {
                        "name": row["name"],
                        "is_company": True,
                        "country_id": country,
                        "city": "云岚县",
                        "lang": "zh_CN",
                    },
                )
            ],
        )
        loader.make(
            "res.partner",
            [
                (
                    f"unit_{row['id']}_liaison",
                    {
                        "name": row["liaison"],
                        "parent_id": unit.id,
                        "function": "联络员",
                        "lang": "zh_CN",
                    },
                )
            ],
        )
