from . import gov_vehicle_account
