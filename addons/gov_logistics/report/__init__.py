from . import gov_meter_use
from . import gov_contract_period
from . import gov_qr_label
from . import gov_settlement_analysis
from . import gov_settlement_running
from . import gov_supply_consumption
from . import gov_supply_dead_stock
from . import gov_supply_per_head
