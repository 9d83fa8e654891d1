from . import gov_vehicle_account
from . import gov_vehicle_account_posting
