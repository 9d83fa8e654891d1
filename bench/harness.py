"""A small frame for measuring pairs: ours, and plain Odoo doing the same work."""

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

ROUNDS = 5
LINES = {}


@dataclass
class Line:
    """One measurement: a name, what it says, its limit for ours ÷ plain."""

    name: str
    title: str
    limit: float | None
    function: Callable


@dataclass
class Side:
    """One side of a pair.

    ``work(env, data)`` is measured, with its flush, its commit and what follows the
    commit. ``prepare(env)`` makes ``data`` before that and is committed, not measured.
    """

    work: Callable
    prepare: Callable = lambda env: None


@dataclass
class Result:
    """The outcome of a line; times in seconds, ``ratio`` is what the limit binds."""

    ours: float
    plain: float
    ours_queries: int | None = None
    plain_queries: int | None = None
    rows: int | None = None
    note: str = ""
    failures: list = field(default_factory=list)

    @property
    def ratio(self):
        return self.ours / self.plain


def line(name, title, limit=None):
    """Register a function ``(bench) → Result`` as a line."""

    def register(function):
        LINES[name] = Line(name, title, limit, function)
        return function

    return register


class Bench:
    """What a line works with: the database and its size."""

    def __init__(self, registry, size):
        self.registry = registry
        self.size = size

    def scale(self, small, medium, large):
        """Return the number for the chosen size."""
        return {"small": small, "medium": medium, "large": large}[self.size]

    def run(self, function):
        """Run ``function(env)`` as a request is run: retried, then committed."""
        from odoo import SUPERUSER_ID, api
        from odoo.service.model import retrying

        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return retrying(lambda: function(env), env)

    def vacuum(self, *tables):
        """VACUUM ANALYZE tables, or the whole database."""
        import odoo.sql_db

        with closing(odoo.sql_db.db_connect(self.registry.db_name).cursor()) as cr:
            cr._cnx.rollback()
            cr._cnx.autocommit = True
            for table in tables or [""]:
                cr._obj.execute(f"VACUUM ANALYZE {table}")
            cr._cnx.autocommit = False

    def measure(self, ours, plain, rows=None, rounds=ROUNDS, note=""):
        """Measure a pair: alternating order, median of ``rounds``."""
        times = {id(ours): [], id(plain): []}
        queries = {}
        for turn in range(rounds):
            for side in (ours, plain) if turn % 2 == 0 else (plain, ours):
                seconds, count = self._measure_once(side)
                times[id(side)].append(seconds)
                queries[id(side)] = count
        return Result(
            ours=statistics.median(times[id(ours)]),
            plain=statistics.median(times[id(plain)]),
            ours_queries=queries[id(ours)],
            plain_queries=queries[id(plain)],
            rows=rows,
            note=note,
        )

    def _measure_once(self, side):
        import odoo.sql_db
        from odoo import SUPERUSER_ID, api

        data = self.run(side.prepare)
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            gc.collect()
            queries = odoo.sql_db.sql_counter
            start = time.perf_counter()
            side.work(env, data)
            env.flush_all()
            cr.commit()
            seconds = time.perf_counter() - start
            return seconds, odoo.sql_db.sql_counter - queries


# ----------------------------------------------------------------------
# Results
# ----------------------------------------------------------------------

HEADER = (
    "| line | what | rows | ours | plain | ratio | limit | queries ours / plain | |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def row(entry, result):
    """Return the row of RESULTS.md for a line."""
    limit = f"{entry.limit:g}×" if entry.limit else "–"
    queries = (
        f"{result.ours_queries} / {result.plain_queries}"
        if result.ours_queries is not None
        else "–"
    )
    cells = [
        entry.name,
        entry.title,
        f"{result.rows:,}" if result.rows else "–",
        _duration(result.ours),
        _duration(result.plain),
        f"{result.ratio:.2f}×",
        limit,
        queries,
        "; ".join([*problems(entry, result), result.note]).strip("; "),
    ]
    return "| " + " | ".join(cells) + " |\n"


def problems(entry, result):
    """Return what is wrong with a result, in words."""
    found = [f"**{text}**" for text in result.failures]
    if entry.limit and result.ratio > entry.limit:
        found.append("**over its limit**")
    return found


def write(path, results, about):
    """Write RESULTS.md; lines that were not measured now keep their row."""
    rows = {}
    if path.exists():
        for text in path.read_text().splitlines(keepends=True):
            name = text.split("|")[1].strip() if text.startswith("| ") else ""
            if name in LINES:
                rows[name] = text
    rows.update({name: row(LINES[name], result) for name, result in results.items()})
    ordered = "".join(rows[name] for name in LINES if name in rows)
    path.write_text(f"# Results of `make bench`\n\n{about}\n\n{HEADER}{ordered}")


def about(size, server_version, odoo_version):
    """Return where and on what the lines were measured."""
    return (
        f"Size `{size}`; {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, "
        f"Odoo {odoo_version}, PostgreSQL {server_version}. What each line measures: "
        "[README.md](README.md) and the functions in `lines/`. Times depend on the "
        "machine, ratios much less."
    )


def _duration(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
