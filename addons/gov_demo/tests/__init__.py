from . import test_demo
from . import test_fleet
from . import test_life
from . import test_matters
from . import test_points
from . import test_service
from . import test_year
