from .tools import seal


def post_init_hook(env):
    """Fill the calendar with every year that chinesecalendar knows."""
    env["gov.workday.year"]._load_known_years()


def uninstall_hook(env):
    """Open the guards of sealed tables, which are about to be dropped."""
    seal.drop_functions(env.cr)
