"""Reading Odoo's log: no warning and no error that is not accounted for."""

import re

from . import paths
from .console import Failure, relative

ALLOWED = paths.ROOT / "tools" / "log_allow.txt"
BAD = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")


def allowed():
    """The patterns of ``tools/log_allow.txt``; a reason follows after ``  # ``."""
    patterns = []
    for number, line in enumerate(ALLOWED.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, separator, reason = line.partition("  # ")
        if not separator or not reason.strip():
            raise Failure(f"{relative(ALLOWED)}:{number} gives no reason")
        patterns.append(re.compile(pattern))
    return patterns


def bad_lines(text):
    """Every line with a warning or an error that is not listed."""
    patterns = allowed()
    return [
        line
        for line in text.splitlines()
        if BAD.match(line) and not any(pattern.search(line) for pattern in patterns)
    ]


def check(path):
    """Fail if a log has lines that it must not have."""
    found = bad_lines(path.read_text(errors="replace"))
    if found:
        shown = "\n".join(found[:20])
        raise Failure(
            f"{shown}\n\n{len(found)} warnings or errors in {relative(path)}; mend "
            f"them, or list them with a reason in {relative(ALLOWED)}"
        )
