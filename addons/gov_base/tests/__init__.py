from . import test_people
from . import test_res_company
from . import test_seal
from . import test_gov_number
from . import test_gov_number_race
from . import test_gov_policy
