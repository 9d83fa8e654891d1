from .tools import seal


def uninstall_hook(env):
    """Open the guards of sealed tables, which are about to be dropped."""
    seal.drop_functions(env.cr)
