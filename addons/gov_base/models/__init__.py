from . import gov_guard
