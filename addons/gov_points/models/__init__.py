from . import gov_points_part_mixin
from . import gov_points_scheme
from . import gov_points_score
from . import gov_points_article
from . import gov_points_threshold
from . import gov_points_threshold_measure
