from . import fleet_vehicle
from . import gov_vehicle_booking
from . import gov_vehicle_driver
from . import gov_vehicle_need
from . import gov_vehicle_request
from . import gov_vehicle_trip
