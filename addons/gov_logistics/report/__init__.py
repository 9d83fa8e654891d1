from . import gov_supply_consumption
