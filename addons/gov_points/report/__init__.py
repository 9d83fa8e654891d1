from . import gov_points_entry
from . import gov_points_standing
from . import gov_points_ranking
from . import gov_points_repeat
from . import gov_points_procedure
from . import gov_points_overview
