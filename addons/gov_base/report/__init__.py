from . import gov_finding_report
