from . import gov_points_serve_wizard
from . import gov_points_decide_wizard
from . import gov_points_case_wizard
from . import gov_points_import
from . import gov_points_import_line
from . import gov_points_measure_record
from . import gov_points_disclosure
