from . import test_scheme
from . import test_ledger
