from .plain import check_day, check_text
