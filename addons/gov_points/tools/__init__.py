from .plain import check_day, check_text
from .wizard import open_wizard
