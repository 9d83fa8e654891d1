"""Sealing against plain create, parallel writers, memory of a verification."""

import ctypes
import gc
import multiprocessing
import os
import statistics
import threading
import time
from itertools import count

from harness import ROUNDS, Result, Side, line

CHAIN = "bench"
# How long a business transaction lasts apart from what it does for the seal: moving
# goods, posting messages, drawing a paper. Slept, so that two cores carry them all.
BUSINESS_SECONDS = 0.25
WRITERS = 8
_serial = count(1)


def _models(bench):
    """Two tables like that of decisions: one is sealed, one is plain."""
    if "gov.bench.sealed" in bench.registry:
        return
    from odoo import fields

    from odoo.addons.gov_base.tests import seal_models

    names = (
        "model res_id round tier_name rule_citation decider_id on_behalf_of_id post"
        " outcome comment decided_at recorded_at channel amount"
    ).split()

    def columns():
        return {
            "company_id": fields.Many2one(
                "res.company", required=True, index=True, ondelete="restrict"
            ),
            "currency_id": fields.Many2one("res.currency", ondelete="restrict"),
            "model": fields.Char(required=True),
            "res_id": fields.Many2oneReference(model_field="model", required=True),
            "round": fields.Integer(),
            "tier_name": fields.Char(required=True),
            "rule_citation": fields.Char(),
            "decider_id": fields.Many2one("res.users", ondelete="restrict", index=True),
            "on_behalf_of_id": fields.Many2one("res.users", ondelete="restrict"),
            "post": fields.Char(),
            "outcome": fields.Selection([("approved", "Approved")], required=True),
            "comment": fields.Text(),
            "decided_at": fields.Datetime(required=True),
            "recorded_at": fields.Datetime(required=True),
            "channel": fields.Selection([("system", "System")]),
            "amount": fields.Monetary(),
        }

    sealed = {
        "_inherit": ["gov.seal.mixin"],
        "_sealed_fields": tuple(names),
        "_seal_chain": CHAIN,
    }
    definitions = [
        seal_models.define("gov.bench.plain", **columns()),
        seal_models.define("gov.bench.sealed", **columns(), **sealed),
        seal_models.define(
            "gov.bench.auto", **columns(), **sealed, _seal_on_create=True
        ),
    ]
    bench.run(lambda env: seal_models.load(env.cr, bench.registry, definitions))


def _rows(env, number):
    """Values of ``number`` decisions, the same in every run."""
    company = env.ref("base.main_company")
    return [
        {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "model": "gov.supply.request",
            "res_id": 1 + n % 997,
            "round": 1 + n % 3,
            "tier_name": f"Section head {n % 7}",
            "rule_citation": "Rules for office supplies, article 12",
            "decider_id": env.uid,
            "post": "Head of the General Office",
            "outcome": "approved",
            "comment": f"Agreed, within the norm of the section. No. {n}",
            "decided_at": "2026-03-02 08:30:00",
            "recorded_at": "2026-03-02 08:30:00",
            "channel": "system",
            "amount": 12.5 * (n % 400),
        }
        for n in range(number)
    ]


def _create(model):
    return lambda env, rows: env[model].create(rows)


def _existing(number):
    """Return a ``prepare`` that loads ``number`` unsealed rows by SQL."""

    def prepare(env):
        (first,) = _rows(env, 1)
        names = sorted(first)
        env.cr.execute(
            f"""INSERT INTO gov_bench_sealed (create_uid, {", ".join(names)})
                SELECT 1, {", ".join(f"%({name})s" for name in names)}
                  FROM generate_series(1, %(number)s) RETURNING id""",
            {**first, "number": number},
        )
        return [id_ for (id_,) in env.cr.fetchall()]

    return prepare


def _check_chain(bench):
    """Return what is wrong with the chain after a line."""
    result = bench.run(
        lambda env: env["gov.seal"].verify(CHAIN, env.ref("base.main_company"))
    )
    failures = [] if result["ok"] else [result["message"]]
    if result["waiting"]:
        failures.append(f"{result['waiting']} seals without a link")
    return failures


@line(
    "seal_existing", "Sealing existing rows, links included, against plain create", 0.8
)
def seal_existing(bench):
    """Rows loaded by SQL are sealed in one transaction and linked after its commit."""
    _models(bench)
    number = bench.scale(small=1000, medium=10000, large=10000)
    load = _existing(number)

    def prepare(env):
        ids = load(env)
        env.cr.postcommit.add(
            lambda: bench.vacuum("gov_bench_sealed", "gov_seal", "gov_bench_plain")
        )
        return ids

    result = bench.measure(
        ours=Side(
            prepare=prepare,
            work=lambda env, ids: env["gov.bench.sealed"].browse(ids)._seal(),
        ),
        plain=Side(
            prepare=lambda env: _rows(env, number), work=_create("gov.bench.plain")
        ),
        rows=number,
    )
    result.failures = _check_chain(bench)
    return result


@line("seal_create", "Create and seal, links included, against plain create", 1.8)
def seal_create(bench):
    """A model that seals when it creates, against the same model without a seal."""
    _models(bench)
    number = bench.scale(small=1000, medium=10000, large=10000)
    result = bench.measure(
        ours=Side(
            prepare=lambda env: _rows(env, number), work=_create("gov.bench.auto")
        ),
        plain=Side(
            prepare=lambda env: _rows(env, number), work=_create("gov.bench.plain")
        ),
        rows=number,
    )
    result.failures = _check_chain(bench)
    return result


@line(
    "seal_writers", "95 of 100 transactions: eight writers on one chain against one", 2
)
def seal_writers(bench):
    """Processes like Odoo's workers, each with its own connection, on one chain.

    A transaction creates and seals one row, does other business for a quarter of a
    second, commits and is linked; its whole time counts. A row of the chain that is
    held until the commit would make the eight wait for each other here.
    """
    _models(bench)
    turns = bench.scale(small=8, medium=40, large=200)
    ours, plain, failures = [], [], []
    for turn in range(ROUNDS):
        sides = [(WRITERS, ours), (1, plain)]
        for writers, times in sides if turn % 2 == 0 else reversed(sides):
            found, errors = _write_in_parallel(bench, writers, turns)
            times.append(found)
            failures += errors
    p95 = [
        statistics.median(sorted(found)[int(len(found) * 0.95)] for found in times)
        for times in (ours, plain)
    ]
    middle = [
        statistics.median(time for found in times for time in found)
        for times in (ours, plain)
    ]
    worst = max(max(found) for found in ours)
    return Result(
        ours=p95[0],
        plain=p95[1],
        rows=ROUNDS * turns,
        failures=failures + _check_chain(bench),
        note=f"medians {middle[0] * 1000:.0f} / {middle[1] * 1000:.0f} ms, slowest of "
        f"all {worst * 1000:.0f} ms, {len(failures)} failures",
    )


def _write_in_parallel(bench, writers, turns):
    """Return the times of all transactions, and what failed."""
    import odoo.sql_db

    odoo.sql_db.close_all()  # a child must not share a connection
    context = multiprocessing.get_context("fork")
    start = context.Barrier(writers)
    queue = context.Queue()
    processes = [
        context.Process(target=_writer, args=(bench, turns, start, queue))
        for _number in range(writers)
    ]
    for process in processes:
        process.start()
    times, failures = [], []
    for _process in processes:
        found, errors = queue.get(timeout=300)
        times += found
        failures += errors
    for process in processes:
        process.join()
    return times, failures


def _writer(bench, turns, start, queue):
    """One worker: its transactions, one after the other."""
    times, errors = [], []

    def transaction(env):
        env["gov.bench.auto"].create(_rows(env, 1))
        env.flush_all()
        time.sleep(BUSINESS_SECONDS)

    try:
        for _turn in range(2):  # caches warm, as in a worker that has been up a while
            bench.run(transaction)
        start.wait()
        for _turn in range(turns):
            begun = time.perf_counter()
            bench.run(transaction)
            times.append(time.perf_counter() - begun)
    except Exception as error:
        errors.append(repr(error))
    queue.put((times, errors))
    queue.close()
    queue.join_thread()
    os._exit(0)


@line("seal_verify", "Verifying 1,000,000 links: memory against 10,000 links", 2)
def seal_verify(bench):
    """Every link against the one before and against its record, streamed.

    ``ours`` and ``plain`` are seconds per 10,000 links of the long and of the short
    chain: twice as long per link would be the sign of something that grows. The note
    gives the growth of the process's memory.
    """
    _models(bench)
    long, short = bench.scale(small=100_000, medium=1_000_000, large=1_000_000), 10_000
    companies = [_chain_of(bench, short, "Short chain"), _chain_of(bench, long, "Long")]
    bench.vacuum("gov_bench_sealed", "gov_seal")
    figures = [_verify(bench, company) for company in companies]
    (short_s, _short_mb, short_result), (long_s, grown, result) = figures
    failures = [r["message"] for r in (short_result, result) if not r["ok"]]
    if (short_result["checked"], result["checked"]) != (short, long):
        failures.append("not all links were checked")
    if grown > 32:
        failures.append(f"memory grew by {grown:.0f} MB")
    return Result(
        ours=long_s / long * 10_000,
        plain=short_s / short * 10_000,
        rows=long,
        failures=failures,
        note=f"{long_s:.0f} s for {long:,} links; memory grew by {grown:.1f} MB",
    )


def _chain_of(bench, number, name):
    """Make a company with a chain of ``number`` links; return its id."""
    name = f"{name} {next(_serial)}"
    company_id = bench.run(lambda env: env["res.company"].create({"name": name}).id)
    chunk = 50_000

    def seal(size):
        def load(env):
            ids = _existing(size)(env)
            env.cr.execute(
                "UPDATE gov_bench_sealed SET company_id = %s WHERE id = ANY(%s)",
                [company_id, ids],
            )
            env["gov.bench.sealed"].browse(ids)._seal()
            env.cr.postcommit.clear()

        return load

    for done in range(0, number, chunk):
        bench.run(seal(min(chunk, number - done)))

    def link(env):
        return env["gov.seal"]._link_chain(CHAIN, company_id, limit=20_000)

    while bench.run(link):
        pass
    return company_id


def _verify(bench, company_id):
    """Return (seconds, growth of the memory in MB, result) of one verification."""
    import psutil

    process = psutil.Process()
    # what was freed before is given back, so that it cannot hide what grows now
    gc.collect()
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    peak = start = process.memory_info().rss
    stop = threading.Event()

    def watch():
        nonlocal peak
        while not stop.wait(0.05):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    try:
        result = bench.run(lambda env: env["gov.seal"].verify(CHAIN, company_id))
    finally:
        seconds = time.perf_counter() - begun
        stop.set()
        watcher.join()
    return seconds, (peak - start) / 2**20, result
