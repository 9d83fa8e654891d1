from . import gov_approval_waiting
from . import gov_finding_report
