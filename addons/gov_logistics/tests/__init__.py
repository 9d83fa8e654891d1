from . import (
    test_bad_input,
    test_form,
    test_issue,
    test_multicompany,
    test_papers,
    test_purchase,
    test_queries,
    test_review,
    test_rpc,
    test_security,
    test_supply_request,
    test_tours,
)
