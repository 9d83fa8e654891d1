from . import gov_points_entry
from . import gov_points_standing
