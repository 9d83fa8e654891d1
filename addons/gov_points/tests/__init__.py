from . import test_scheme
from . import test_ledger
from . import test_scheme_freeze
from . import test_scheme_release
from . import test_scheme_scope
from . import test_case
