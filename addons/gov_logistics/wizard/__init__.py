from . import (
    gov_import,
    gov_import_line,
    gov_supply_plan_wizard,
    gov_supply_vendor_wizard,
    gov_supply_wizard,
    gov_supply_wizard_line,
)
