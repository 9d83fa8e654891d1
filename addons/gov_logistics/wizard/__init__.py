from . import gov_supply_vendor_wizard, gov_supply_wizard, gov_supply_wizard_line
