from . import gov_approval_wizard
from . import gov_finding_switch_text
from . import gov_finding_text
from . import gov_publication_text
from . import gov_seal_verify
from . import gov_workday_import
from . import gov_paper_wizard
