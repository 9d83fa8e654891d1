from . import gov_guard
from . import res_company
from . import res_config_settings
from . import hr_department
from . import hr_employee
from . import hr_employee_public
