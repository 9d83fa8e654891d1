"""Statements of a month against OCA's invoice run, their usage against SQL, bills.

Contracts have five lines: two fixed fees, three metered ones with a hundred rows of
usage a month between them. OCA's contracts beside them have the same five lines.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from harness import Result, Side, line

LINES = 5
USAGE = 100
ROUNDS = 3
BATCH = 200
_PRICES = (2.6, 3850, 0.68, 12, 45.5)


def contract_count(bench):
    """Return how many contracts the lines are measured with."""
    return bench.scale(small=200, medium=600, large=2_000)


def load(bench):
    """Load the contracts of both kinds, once per database.

    :return: dict of ``company_id``, ``contract_ids``, ``oca_ids``, ``user_id``.
    """
    known = bench.run(_known)
    if known:
        return known
    number = contract_count(bench)
    bench.run(_load_company)
    bench.run(lambda env: _clone(env, "gov_settlement", number))
    bench.run(lambda env: _clone(env, "invoice", number))
    bench.vacuum("contract_contract", "contract_line", "gov_contract_price")
    return bench.run(_known)


def _known(env):
    company = env["res.company"].search([("name", "=", "Bench settlement")])
    if not company:
        return None
    found = {"company_id": company.id}
    for name, kind in (("contract_ids", "gov_settlement"), ("oca_ids", "invoice")):
        found[name] = (
            env["contract.contract"]
            .search(
                [("company_id", "=", company.id), ("generation_type", "=", kind)],
                order="id",
            )
            .ids
        )
    user = env["res.users"].search([("login", "=", "bench_settlement")])
    return {**found, "user_id": user.id}


def _load_company(env):
    """The institution with its chart, a clerk, one contract of each kind."""
    company = env["res.company"].create(
        {"name": "Bench settlement", "country_id": env.ref("base.cn").id}
    )
    env.user.company_ids |= company
    env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
    env["account.chart.template"].try_loading(
        env.ref("base.main_company").chart_template, company, install_demo=False
    )
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": "Bench contracts",
                "login": "bench_settlement",
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
                "group_ids": [(6, 0, [env.ref("gov_logistics.group_contract").id])],
            }
        )
    )
    department = env["hr.department"].create(
        {"name": "Bench centre", "company_id": company.id}
    )
    env["hr.employee"].create(
        {
            "name": user.name,
            "user_id": user.id,
            "company_id": company.id,
            "department_id": department.id,
        }
    )
    partner = env["res.partner"].create({"name": "Bench vendor", "is_company": True})
    group = env["gov.service.group"].create({"name": "Bench", "code": "bench"})
    items = env["gov.service.item"].create(
        [
            {
                "name": f"Bench service {n}",
                "code": f"B{n}",
                "group_id": group.id,
                "company_id": company.id,
                "uom_id": env.ref("uom.product_uom_unit").id,
            }
            for n in range(LINES)
        ]
    )
    start = date(company.gov_today().year - 1, 1, 1)
    ours = env["contract.contract"].create(
        {
            "name": "Bench contract",
            "code": "B-0",
            "service_role": "vendor",
            "company_id": company.id,
            "partner_id": partner.id,
            "department_id": department.id,
            "date_start": start,
            "date_end": date(start.year + 1, 12, 31),
            "contract_line_ids": [
                (
                    0,
                    0,
                    {
                        "service_item_id": item.id,
                        "charge_kind": "fixed" if n < 2 else "metered",
                        "quantity": 3,
                        "price": _PRICES[n],
                    },
                )
                for n, item in enumerate(items)
            ],
        }
    )
    ours.action_activate()
    product = env["product.product"].create({"name": "Bench fee", "type": "service"})
    env["contract.contract"].create(
        {
            "name": "Bench OCA contract",
            "company_id": company.id,
            "partner_id": partner.id,
            "contract_type": "purchase",
            "generation_type": "invoice",
            "line_recurrence": True,
            "contract_line_ids": [
                (
                    0,
                    0,
                    {
                        "name": item.name,
                        "product_id": product.id,
                        "quantity": 3,
                        "specific_price": _PRICES[n],
                        "recurring_rule_type": "monthly",
                        "recurring_interval": 1,
                        "date_start": start,
                        "recurring_next_date": start,
                    },
                )
                for n, item in enumerate(items)
            ],
        }
    )


def _columns(env, table, leave):
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name != ALL(%s) ORDER BY ordinal_position",
        [table, list(leave)],
    )
    return ", ".join(f'"{row[0]}"' for row in env.cr.fetchall())


def _clone(env, kind, number, prefix="B-"):
    """Copy the one contract of a kind, its lines and prices, by SQL."""
    company = env["res.company"].search([("name", "=", "Bench settlement")])
    contract = env["contract.contract"].search(
        [("company_id", "=", company.id), ("generation_type", "=", kind)], limit=1
    )
    heads = _columns(env, "contract_contract", ("id", "code", "access_token"))
    lines = _columns(env, "contract_line", ("id", "contract_id"))
    prices = _columns(env, "gov_contract_price", ("id", "line_id", "contract_id"))
    env.cr.execute(
        f"""
        WITH head AS (
            INSERT INTO contract_contract (code, {heads})
            SELECT '{prefix}' || n, {heads} FROM contract_contract
             CROSS JOIN generate_series(2, %(number)s) n WHERE id = %(id)s
            RETURNING id),
        source AS (SELECT *, row_number() OVER (ORDER BY id) AS place
                     FROM contract_line WHERE contract_id = %(id)s),
        made AS (
            INSERT INTO contract_line (contract_id, {lines})
            SELECT head.id, {", ".join("source." + c for c in lines.split(", "))}
              FROM head CROSS JOIN source ORDER BY head.id, source.place
            RETURNING id, contract_id),
        placed AS (SELECT id, contract_id,
                          row_number() OVER (PARTITION BY contract_id ORDER BY id)
                              AS place FROM made)
        INSERT INTO gov_contract_price (line_id, contract_id, {prices})
        SELECT placed.id, placed.contract_id,
               {", ".join("p." + c for c in prices.split(", "))}
          FROM placed JOIN source USING (place)
          JOIN gov_contract_price p ON p.line_id = source.id
        """,
        {"id": contract.id, "number": number},
    )


def _load_usage(env, known, month):
    """A hundred rows of usage for each contract in a month, by SQL."""
    first = _month(env, month)[0]
    env.cr.execute(
        """
        INSERT INTO gov_service_usage
               (company_id, contract_line_id, contract_id, service_item_id, date,
                quantity, kind, source, source_model, source_id, source_part)
        SELECT l.company_id, l.id, l.contract_id, l.service_item_id,
               %(first)s::date + (n * 7 + l.id) %% 28,
               1 + ((n * 37 + l.id) %% 997) / 100.0, 'use', 'import', 'bench',
               l.id * 1000 + n, %(month)s::text
          FROM (SELECT *, row_number() OVER (PARTITION BY contract_id ORDER BY id) - 3
                       AS place FROM contract_line
                 WHERE contract_id = ANY(%(ids)s) AND charge_kind = 'metered') l
          CROSS JOIN generate_series(1, %(rows)s) n
         WHERE n %% 3 = (l.place + 3) %% 3
        """,
        {
            "first": first,
            "month": month,
            "ids": known["contract_ids"],
            "rows": USAGE,
        },
    )


def _month(env, number):
    """Return first and last day of the n-th month of the contracts."""
    from odoo.tools import date_utils

    year = env.company.gov_today().year - 1
    first = date(year + number // 12, number % 12 + 1, 1)
    return first, date_utils.end_of(first, "month")


def _batches(ids):
    return [ids[n : n + BATCH] for n in range(0, len(ids), BATCH)]


@line(
    "settlement_draft",
    "Statements of a month with their usage against OCA's invoice run",
    limit=0.25,
)
def settlement_draft(bench):
    """Five lines and a hundred rows of usage for each contract; chunks of 200."""
    known = load(bench)
    months = iter(range(100))

    def prepare(env):
        month = next(months)
        _load_usage(env, known, month)
        env.cr.commit()
        bench.vacuum("gov_service_usage", "gov_settlement", "gov_settlement_line")
        return month

    def draft(env, month):
        first, last = _month(env, month)
        env = env(user=known["user_id"])
        contracts = env["contract.contract"]
        for ids in _batches(known["contract_ids"]):
            env["gov.settlement"]._draft_batch(contracts.browse(ids), first, last)
            env.flush_all()
            env.cr.commit()
            env.invalidate_all()

    def invoice(env, _data):
        env = env(context={"allowed_company_ids": [known["company_id"]]})
        contracts = env["contract.contract"]
        for ids in _batches(known["oca_ids"]):
            contracts.browse(ids)._recurring_create_invoice()
            env.flush_all()
            env.cr.commit()
            env.invalidate_all()

    result = bench.measure(
        ours=Side(draft, prepare),
        plain=Side(invoice),
        rows=len(known["contract_ids"]),
        rounds=ROUNDS,
    )
    result.failures = bench.run(lambda env: _check(env, known))
    return result


def _check(env, known):
    """Return what is wrong: statements against an SQL sum of fees and usage."""
    env.cr.execute(
        """
        SELECT (SELECT sum(amount_due) FROM gov_settlement
                 WHERE contract_id = ANY(%(contract_ids)s)),
               (SELECT sum(round(amount, 2)) FROM (
                    SELECT sum(u.quantity) * p.price AS amount
                      FROM gov_service_usage u
                      JOIN gov_contract_price p ON p.line_id = u.contract_line_id
                      JOIN gov_settlement s ON s.contract_id = u.contract_id
                       AND u.date BETWEEN s.date_from AND s.date_to
                     WHERE u.contract_id = ANY(%(contract_ids)s)
                     GROUP BY u.contract_line_id, s.id, p.price) used)
             + (SELECT sum(round(l.quantity * p.price, 2))
                  FROM gov_settlement s
                  JOIN contract_line l ON l.contract_id = s.contract_id
                  JOIN gov_contract_price p ON p.line_id = l.id
                 WHERE l.charge_kind = 'fixed'
                   AND s.contract_id = ANY(%(contract_ids)s)),
               (SELECT count(*) FROM gov_service_usage
                 WHERE contract_id = ANY(%(contract_ids)s)
                   AND settlement_line_id IS NULL)
        """,
        known,
    )
    total, expected, open_rows = env.cr.fetchone()
    failures = []
    if total != expected:
        failures.append(f"statements {total}, SQL {expected}")
    if open_rows:
        failures.append(f"{open_rows} rows of usage on no statement")
    return failures


@line(
    "settlement_usage",
    "Summing the usage of a month against the SQL insert-select",
    limit=2,
)
def settlement_usage(bench):
    """Ours: sum by line, price and lateness, for drafts; plain: one insert-select."""
    known = load(bench)
    month = ROUNDS

    def prepare_all(env):
        first, last = _month(env, month)
        env = env(user=known["user_id"])
        contracts = env["contract.contract"].browse(known["contract_ids"])
        env["gov.settlement"]._draft_batch(contracts, first, last)
        _load_usage(env, known, month)
        env.cr.execute(
            "CREATE TABLE IF NOT EXISTS bench_usage"
            " (line_id int, price numeric, quantity numeric,"
            " amount numeric)"
        )

    bench.run(prepare_all)
    bench.vacuum("gov_service_usage", "gov_settlement", "gov_settlement_line")
    found = bench.run(
        lambda env: (
            env["gov.settlement"]
            .search(
                [
                    ("contract_id", "in", known["contract_ids"]),
                    ("date_from", "=", _month(env, month)[0]),
                ]
            )
            .ids
        )
    )

    def summed(env, _data):
        return env["gov.settlement"].browse(found)._read_usage()

    def plain(env, _data):
        first, last = _month(env, month)
        env.cr.execute(
            """
            INSERT INTO bench_usage
            SELECT u.contract_line_id, p.price, sum(u.quantity),
                   round(sum(u.quantity * p.price), 2)
              FROM gov_service_usage u
              JOIN gov_contract_price p
                ON p.line_id = u.contract_line_id AND p.date_from <= u.date
               AND (p.date_to IS NULL OR p.date_to >= u.date)
             WHERE u.company_id = %s AND u.date BETWEEN %s AND %s
             GROUP BY 1, 2
            """,
            [known["company_id"], first, last],
        )

    return bench.measure(
        ours=Side(summed),
        plain=Side(plain),
        rows=len(known["contract_ids"]) * USAGE,
    )


@line(
    "settlement_bill",
    "Bills of sealed statements against plain account.move",
    limit=1.25,
)
def settlement_bill(bench):
    """As many moves with as many lines; batches of 200, the first 40 by themselves."""
    known = load(bench)
    number = bench.scale(small=100, medium=240, large=600)
    months = iter(range(ROUNDS + 1, 2 * ROUNDS + 1))

    def prepare(env):
        month = next(months)
        first, last = _month(env, month)
        env = env(user=known["user_id"])
        ids = known["contract_ids"][:number]
        _load_usage(env, {**known, "contract_ids": ids}, month)
        drafted = env["gov.settlement"]._draft_batch(
            env["contract.contract"].browse(ids), first, last
        )
        env.flush_all()
        _seal(env, drafted.statements.ids)
        env.cr.commit()
        bench.vacuum("account_move", "account_move_line")
        return drafted.statements.ids

    def chunks(ids):
        yield ids[:40]
        yield from _batches(ids[40:])

    def bill(env, ids):
        statements = env["gov.settlement"]
        for part in chunks(ids):
            statements.browse(part)._bill_sealed()
            env.flush_all()
            env.cr.commit()
            if part == ids[:40]:
                statements._analyze_moves()
            env.invalidate_all()

    def plain_values(env, ids):
        env = env(context={"allowed_company_ids": [known["company_id"]]})
        journal = env["account.journal"].search(
            [("company_id", "=", known["company_id"]), ("type", "=", "purchase")],
            limit=1,
        )
        return [
            {
                "move_type": "in_invoice",
                "journal_id": journal.id,
                "company_id": known["company_id"],
                "partner_id": statement.partner_id.id,
                "invoice_date": statement.company_id.gov_today(),
                "ref": f"plain {statement.id}",
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": line.name,
                            "quantity": 1,
                            "price_unit": line.amount,
                            "tax_ids": [(5, 0, 0)],
                        },
                    )
                    for line in statement.line_ids
                ],
            }
            for statement in env["gov.settlement"].browse(ids)
        ]

    def prepare_plain(env):
        found = env["gov.settlement"].search(
            [("contract_id", "in", known["contract_ids"][:number])], limit=number
        )
        return plain_values(env, found.ids)

    def plain(env, vals_list):
        env = env(context={"allowed_company_ids": [known["company_id"]]})
        for part in chunks(vals_list):
            env["account.move"].create(part)
            env.flush_all()
            env.cr.commit()
            if len(part) == 40:
                env.cr.execute("ANALYZE account_move")
                env.cr.execute("ANALYZE account_move_line")
            env.invalidate_all()

    result = bench.measure(
        ours=Side(bill, prepare),
        plain=Side(plain, prepare_plain),
        rows=number,
        rounds=ROUNDS,
    )
    extra = (result.ours_queries - result.plain_queries) / number
    result.note = f"{extra:.1f} more queries for each bill"
    if extra > 5:
        result.failures.append(result.note)
    return result


def _seal(env, ids):
    """Put statements into the state that their last step gives, by SQL."""
    env.cr.execute(
        """
        UPDATE gov_settlement
           SET approval_state = 'approved', state = 'sealed', frozen_at = now(),
               sealed_at = now(), number = 'bench ' || id
         WHERE id = ANY(%s)
        """,
        [ids],
    )
    env.invalidate_all()


@line(
    "settlement_memory",
    "Peak memory of a run over ten times as many contracts",
    limit=1.25,
)
def settlement_memory(bench):
    """A process of its own for each: 500 and 5,000 contracts (a tenth when small)."""
    few, many = bench.scale(small=(50, 500), medium=(200, 2000), large=(500, 5000))
    known = load(bench)
    month = 20
    ids = _fresh(bench, few + many, month)
    peaks = {}
    for number, part in ((few, ids[:few]), (many, ids[few:])):
        process = _spawn(bench, {**known, "contract_ids": part}, month)
        out, error = process.communicate(timeout=3600)
        if process.returncode:
            raise RuntimeError(error.decode()[-2000:])
        peaks[number] = int(out.split()[-1])
    base = peaks[few]
    return Result(
        ours=peaks[many] / 2**10,
        plain=base / 2**10,
        rows=many,
        note=f"peak {base / 2**10:.0f} MB with {few:,} contracts, "
        f"{peaks[many] / 2**10:.0f} MB with {many:,}; the figures are MB, not "
        "times",
    )


def _fresh(bench, number, month):
    """Return the ids of ``number`` more contracts, which begin with a month."""

    def make(env):
        env.cr.execute("SELECT max(id) FROM contract_contract")
        [last] = env.cr.fetchone()
        known = _known(env)
        _clone(env, "gov_settlement", number + 1, prefix=f"B{last}-")
        env.cr.execute(
            """
            WITH head AS (
                UPDATE contract_contract SET date_start = %(first)s
                 WHERE id > %(last)s AND company_id = %(company)s RETURNING id)
            UPDATE contract_line SET date_start = %(first)s
             WHERE contract_id IN (SELECT id FROM head) RETURNING contract_id
            """,
            {
                "first": _month(env, month)[0],
                "last": last,
                "company": known["company_id"],
            },
        )
        return sorted({row[0] for row in env.cr.fetchall()})

    ids = bench.run(make)
    bench.vacuum("contract_contract", "contract_line", "gov_contract_price")
    return ids


_WORKER = """
import resource, sys
from datetime import date
contract_ids, user_id, first, last = {contract_ids}, {user_id}, {first!r}, {last!r}
env = env(user=user_id)
contracts = env["contract.contract"]
step = min(200, len(contract_ids) // 10 or 1)
for start in range(0, len(contract_ids), step):
    env["gov.settlement"]._draft_batch(
        contracts.browse(contract_ids[start:start + step]),
        date.fromisoformat(first), date.fromisoformat(last))
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _spawn(bench, known, month):
    """Start a process that drafts a month of the contracts."""
    from odoo.tools import config

    first, last = bench.run(lambda env: _month(env, month))
    script = _WORKER.format(
        contract_ids=known["contract_ids"],
        user_id=known["user_id"],
        first=first.isoformat(),
        last=last.isoformat(),
    )
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "odoo",
            "shell",
            "-c",
            str(Path(config["config"])),
            "-d",
            bench.registry.db_name,
            "--no-http",
            "--log-level=error",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdin.write(script.encode())
    process.stdin.close()
    process.stdin = None
    return process


@line("settlement_kill", "A run killed eight times: nothing lost, nothing twice")
def settlement_kill(bench):
    """At seeded moments, started again each time; then compared with SQL."""
    import random

    known = load(bench)
    chance = random.Random(20261122)
    month = 22
    number = contract_count(bench)
    known["contract_ids"] = _fresh(bench, number, month)
    bench.run(lambda env: _load_usage(env, known, month))

    def count(env):
        env.cr.execute(
            "SELECT count(*), count(DISTINCT contract_id) FROM gov_settlement"
            " WHERE contract_id = ANY(%s)",
            [known["contract_ids"]],
        )
        return env.cr.fetchone()

    kills = 0
    start = time.perf_counter()
    for _turn in range(8):
        done = bench.run(count)[0]
        process = _spawn(bench, known, month)
        # Somewhere in the middle of its work: after a chunk of its own.
        while process.poll() is None and bench.run(count)[0] == done:
            time.sleep(0.05)
        time.sleep(chance.random() / 4)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()
    process = _spawn(bench, known, month)
    process.communicate(timeout=3600)
    seconds = time.perf_counter() - start

    rows, contracts = bench.run(count)
    failures = bench.run(lambda env: _check(env, known))
    if (rows, contracts) != (number, number):
        failures.append(f"{rows} statements of {contracts} contracts, not {number}")
    return Result(
        ours=seconds,
        plain=seconds,
        rows=number,
        failures=failures,
        note=f"killed {kills} times",
    )
