from . import test_vehicle
from . import test_fuel_entry
from . import test_vehicle_quota
from . import test_vehicle_driver
from . import test_booking
from . import test_booking_oracle
from . import test_dispatch
from . import test_vehicle_request
