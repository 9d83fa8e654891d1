from . import test_vehicle
from . import test_fuel_entry
from . import test_vehicle_quota
from . import test_vehicle_driver
