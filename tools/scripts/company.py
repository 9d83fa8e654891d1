"""For ``odoo shell``: the company of a new database, before any other module."""

# ruff: noqa: F821
import sys

from odoo.tools.translate import load_language

# with the terms of base, which is installed already
load_language(env.cr, "zh_CN")
company = env.ref("base.main_company")
company.partner_id.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
company.write({"country_id": env.ref("base.cn").id})
company.write({"currency_id": env.ref("base.CNY").id})
env.ref("base.CNY").active = True
env.ref("base.user_admin").write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
env.cr.commit()
if company.currency_id.name != "CNY" or company.country_id.code != "CN":
    sys.exit("the company did not take country and currency")
