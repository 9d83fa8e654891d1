"""For ``odoo shell``: open every menu as the administrator and as a plain employee.

The views of each window action are loaded and its records searched and read, as the web
client does it; server actions behind menus of ours are run. ``GOV_ADDONS`` names our
add-ons. Everything is rolled back.
"""

# ruff: noqa: F821
import os
import sys
import traceback

from odoo.tools import safe_eval

names = os.environ["GOV_ADDONS"].split(",")
failures = []


def evaluated(user_env, text, default):
    """A domain or context as the web client would evaluate it."""
    if not isinstance(text, str) or not text.strip():
        return text or default
    values = {
        "uid": user_env.uid,
        "context": {},
        "active_id": False,
        "active_ids": [],
        "active_model": False,
        "allowed_company_ids": user_env.companies.ids,
        "current_company_id": user_env.company.id,
        "context_today": safe_eval.datetime.date.today,
        "datetime": safe_eval.datetime,
        "relativedelta": safe_eval.dateutil.relativedelta.relativedelta,
        "time": safe_eval.time,
    }
    return safe_eval.safe_eval(text, values)


def named_in(loaded, action, kind):
    """The fields of a view, each without its sub-fields."""
    arch = loaded["views"][kind]["arch"]
    fields = loaded["models"][action["res_model"]]["fields"]
    return {name: {} for name in fields if f'name="{name}"' in arch}


def open_window(user_env, action):
    """Load the views of a window action and read what it would show first."""
    context = evaluated(user_env, action["context"], {})
    Model = user_env[action["res_model"]].with_context(**context)
    search = (action.get("search_view_id") or [False])[0]
    views = [tuple(view) for view in action["views"]] + [(search, "search")]
    loaded = Model.get_views(views, {"toolbar": True, "action_id": action["id"]})
    first = views[0][1]
    if first == "form":
        Model.onchange({}, [], named_in(loaded, action, "form"))
        return
    domain = evaluated(user_env, action["domain"], [])
    if first in ("list", "kanban"):
        Model.web_search_read(domain, named_in(loaded, action, first), limit=80)
    else:
        Model.search(domain, limit=80)


def open_menu(user_env, menu):
    """Do what a click on a menu does; true if there was something to do."""
    kind = menu.get("action_model")
    action = user_env[kind].sudo().browse(menu["action_id"]) if kind else None
    if kind == "ir.actions.act_window":
        open_window(user_env, action._get_action_dict())
    elif kind == "ir.actions.server" and menu["xmlid"].split(".")[0] in names:
        action.sudo(False).run()
    else:
        return False
    user_env.flush_all()
    return True


def open_menus(user):
    """Every menu that this user sees; how many of ours and of others it opened."""
    user_env = env(user=user.id, context={"lang": user.lang, "tz": user.tz})
    opened = [0, 0]
    for menu in user_env["ir.ui.menu"].load_menus(False).values():
        ours = (menu.get("xmlid") or "").split(".")[0] in names
        try:
            with env.cr.savepoint():
                opened[not ours] += open_menu(user_env, menu)
        except Exception:
            failures.append(f"{user.login}: {menu['name']} ({menu.get('xmlid')})")
            failures.append(traceback.format_exc(limit=-4))
            env.invalidate_all()
    return opened


Users = env["res.users"].with_context(no_reset_password=True)
internal = env.ref("base.group_user").ids
plain = Users.create(
    {"name": "Plain Employee", "login": "plain", "group_ids": [(6, 0, internal)]}
)
rows = env["ir.model.data"].search(
    [("module", "in", names), ("model", "=", "res.groups")]
)
admin = env.ref("base.user_admin")
admin.write({"group_ids": [(4, group) for group in rows.mapped("res_id")]})
env.flush_all()
counts = {user.login: open_menus(user) for user in (admin, plain)}
env.cr.rollback()
for login, (ours, others) in counts.items():
    print(f"{login}: {ours} menus of ours, {others} of Odoo's own")
if failures:
    sys.exit("\n".join(failures))
if not counts["admin"][0]:
    sys.exit("no menu of ours was found")
