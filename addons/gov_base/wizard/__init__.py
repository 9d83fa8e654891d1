from . import gov_approval_wizard
