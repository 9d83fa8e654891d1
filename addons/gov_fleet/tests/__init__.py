from . import test_vehicle
from . import test_fuel_entry
