from . import gov_vehicle_assign
from . import gov_vehicle_assign_option
from . import gov_vehicle_odometer_wizard
from . import gov_vehicle_trip_wizard
from . import gov_fuel_reason
from . import gov_fuel_topup_book
from . import gov_vehicle_repair_wizard
