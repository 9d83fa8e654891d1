from . import (
    test_bad_input,
    test_issue,
    test_purchase,
    test_supply_request,
)
