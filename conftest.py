"""What every test run of the project has in common."""

import os

import pytest


def pytest_configure(config):
    """Say what is missing instead of failing in the middle of pytest-odoo."""
    named = config.getoption("--odoo-database") or os.environ.get("ODOO_RC")
    if not named and not config.getoption("--help", default=False):
        raise pytest.UsageError(
            "Which database? `make test` makes its own; for a single file: "
            "python3 tools/gov.py pytest <database> -- <file>"
        )


def pytest_collection_modifyitems(items):
    """The longest file goes first, so that no worker waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_normal_install.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that is skipped because its browser did not start has failed."""
    report = (yield).get_result()
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].lower()
        if "chrome" in reason or "websocket-client" in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: {report.longrepr[2]}"
