"""For ``odoo shell``: build the web client's bundles, for every copy to come."""

# ruff: noqa: F821
SCRIPTS = ["web.assets_web", "web.assets_tests", "web.assets_frontend_lazy"]
SCRIPTS += ["web.__assets_tests_call__", "web.assets_frontend_minimal"]
STYLES = ["web.assets_web", "web.assets_web_print", "web.assets_frontend"]
STYLES += ["web.report_assets_common", "web.report_assets_pdf"]

qweb = env["ir.qweb"]
for bundle in SCRIPTS:
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
for bundle in STYLES:
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
env.cr.commit()
