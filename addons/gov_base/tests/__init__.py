from . import test_people
from . import test_res_company
from . import test_seal
