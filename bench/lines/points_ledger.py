"""Conduct scoring: closing a year, and how everybody stands."""

from datetime import date
from itertools import count
from unittest.mock import patch

from harness import Side, line

# Rounds of one size: each closes a year of everybody.
ROUNDS_CLOSE = 3
CHUNK = 1000
TODAY = date(2026, 9, 15)

_STANDING = """
    SELECT c.employee_id, coalesce(sum(e.points), 0),
           coalesce(max(e.points) FILTER (
               WHERE e.reversal_of_id IS NULL AND r.id IS NULL), 0)
      FROM gov_points_cycle c
 LEFT JOIN gov_points_entry e ON e.cycle_id = c.id
 LEFT JOIN gov_points_entry r ON r.reversal_of_id = e.id
     WHERE c.company_id = %s AND c.date_from <= %s AND c.date_to >= %s
  GROUP BY c.employee_id
  ORDER BY 2 DESC, 1
"""


def _people(env, number, first, last):
    """Make an institution with ``number`` people, each with one cycle, by SQL.

    :return: id of the institution.
    """
    # A kept database has those of the runs before.
    made = env["res.company"].search_count([("name", "like", "Bench scoring")])
    company = env["res.company"].create({"name": f"Bench scoring {made + 1}"})
    scheme = env.ref("gov_points.scheme_default")
    values = {
        "number": number,
        "company": company.id,
        "scheme": scheme.id,
        "first": first,
        "last": last,
    }
    env.flush_all()
    env.cr.execute(
        """
        WITH resource AS (
            INSERT INTO resource_resource (name, resource_type, tz, time_efficiency,
                                           company_id, active)
            SELECT 'Bench person ' || n, 'user', 'Asia/Shanghai', 100, %(company)s, true
              FROM generate_series(1, %(number)s) n RETURNING id, name)
        INSERT INTO hr_employee (resource_id, company_id, name, active,
                                 points_review_date)
        SELECT id, %(company)s, name, true, '2020-01-01' FROM resource
        """,
        values,
    )
    env.cr.execute(
        """
        WITH version AS (
            INSERT INTO hr_version (employee_id, company_id, date_version, active,
                                    last_modified_uid, last_modified_date,
                                    hr_responsible_id, distance_home_work_unit,
                                    marital, employee_type)
            SELECT id, company_id, '2020-01-01', true, 1, now(), 1, 'kilometers',
                   'single', 'employee'
              FROM hr_employee WHERE company_id = %(company)s RETURNING id, employee_id)
        UPDATE hr_employee SET current_version_id = version.id
          FROM version WHERE version.employee_id = hr_employee.id
        """,
        values,
    )
    env.cr.execute(
        """
        INSERT INTO gov_points_cycle (employee_id, company_id, scheme_id, basis, colour,
                                      date_from, date_to, total, highest_single,
                                      deduction, closed, is_behind)
        SELECT id, company_id, %(scheme)s, 'review_date', '0', %(first)s, %(last)s,
               0, 0, 0, false, false
          FROM hr_employee WHERE company_id = %(company)s ORDER BY id
        """,
        values,
    )
    env.invalidate_all()
    return company.id


@line("points_close", "Closing a year of everybody against create and seal", 1.5)
def points_close(bench):
    """The job closes all cycles, seals their figures and opens the next ones.

    Plain: as many rows of the same sealed model, created and sealed by the ORM in
    committed chunks; it neither reads nor closes nor opens anything.
    """
    number = bench.scale(small=2_000, medium=20_000, large=100_000)
    first = 2001
    company_id = bench.run(
        lambda env: _people(env, number, f"{first}-01-01", f"{first}-12-31")
    )
    bench.vacuum("hr_employee", "hr_version", "gov_points_cycle")
    years = count(first + 1)
    memory = []

    def close(env, year):
        today = date(year, 1, 1)
        companies = type(env["res.company"])
        before = _resident()
        with patch.object(companies, "gov_today", lambda company: today):
            env["gov.points.cycle"]._cron_close()
        memory.append(_resident() - before)

    def rows(env):
        env.cr.execute(
            "SELECT id, employee_id FROM gov_points_cycle"
            " WHERE company_id = %s AND NOT closed ORDER BY id",
            [company_id],
        )
        return env.cr.fetchall()

    def create(env, found):
        from odoo.addons.gov_base.models.gov_guard import engine

        closings = engine(env["gov.points.closing"])
        for start in range(0, len(found), CHUNK):
            closings.create(
                [
                    {
                        "cycle_id": cycle_id,
                        "employee_id": employee_id,
                        "company_id": company_id,
                        "kind": "closing",
                        "date_from": "2001-01-01",
                        "date_to": "2001-12-31",
                        "total": 4,
                        "highest_single": 4,
                        "level": "talk_section",
                        "level_name": "Talk in the section",
                        "closed_on": "2002-01-01",
                    }
                    for cycle_id, employee_id in found[start : start + CHUNK]
                ]
            )
            env.flush_all()
            env.cr.commit()
            env.invalidate_all()

    result = bench.measure(
        ours=Side(prepare=lambda env: next(years), work=close),
        plain=Side(prepare=rows, work=create),
        rows=number,
        rounds=ROUNDS_CLOSE,
    )
    result.failures = _check_closed(bench, company_id, number)
    grown = max(memory) / 2**20
    result.note = f"memory grew by at most {grown:.0f} MB"
    if grown > 64:
        result.failures.append(result.note)
    return result


def _resident():
    import psutil

    return psutil.Process().memory_info().rss


def _check_closed(bench, company_id, number):
    """Return what is wrong after the rounds: nothing lost, nothing twice."""

    def look(env):
        env.cr.execute(
            """
            SELECT count(*) FILTER (WHERE closed), count(*) FILTER (WHERE NOT closed),
                   (SELECT count(DISTINCT cycle_id) FROM gov_points_closing s
                     WHERE s.company_id = %(company)s AND s.closed_on > s.date_to
                       AND s.level IS NULL)
              FROM gov_points_cycle WHERE company_id = %(company)s
            """,
            {"company": company_id},
        )
        return env.cr.fetchone()

    closed, running, sealed = bench.run(look)
    expected = (number * ROUNDS_CLOSE, number, number * ROUNDS_CLOSE)
    if (closed, running, sealed) == expected:
        return []
    return [f"closed {closed}, running {running}, sealed {sealed}: not {expected}"]


@line("points_standing", "How everybody stands, against the query that adds up", 2)
def points_standing(bench):
    """The list of all totals, highest scores and levels of the running cycles.

    Plain: the one SQL query that computes totals and highest scores from the ledger,
    ten entries a person.
    """
    people = bench.scale(small=2_000, medium=20_000, large=100_000)
    company_id = bench.run(lambda env: _load_ledger(env, people))
    bench.vacuum("gov_points_cycle", "gov_points_entry")
    found = {}

    def ours(env, _data):
        company = env["res.company"].browse(company_id)
        rows = env["gov.points.cycle"]._read_standing(company, TODAY)
        found["ours"] = [(row.employee_id, row.total, row.highest) for row in rows]

    def plain(env, _data):
        env.cr.execute(_STANDING, [company_id, TODAY, TODAY])
        found["plain"] = env.cr.fetchall()

    result = bench.measure(ours=Side(work=ours), plain=Side(work=plain), rows=people)
    if found["ours"] != found["plain"]:
        result.failures.append("the two lists differ")
    if len(found["ours"]) != people:
        result.failures.append(f"{len(found['ours'])} people, not {people}")
    return result


def _load_ledger(env, people):
    """Make ``people`` with ten entries each; every tenth is reversed."""
    company_id = _people(env, people, "2026-01-01", "2026-12-31")
    company = env["res.company"].browse(company_id)
    share_id = _share(env, company)
    scheme = env.ref("gov_points.scheme_default")
    values = {"company": company_id, "share": share_id, "scheme": scheme.id}
    env.cr.execute(
        """
        INSERT INTO gov_points_entry (employee_id, cycle_id, points, share_id, revision,
                                      scheme_id, company_id, date, posted_on, deduction,
                                      is_sealed)
        SELECT c.employee_id, c.id,
               (ARRAY[1, 1, 2, 4, 1, 6, 2, 1, 1, 4])[1 + (c.id + n) %% 10],
               %(share)s, c.id * 10 + n, %(scheme)s, c.company_id,
               date '2026-01-01' + (c.id + n * 23) %% 250, date '2026-09-10', 0, true
          FROM gov_points_cycle c CROSS JOIN generate_series(0, 8) n
         WHERE c.company_id = %(company)s
        """,
        values,
    )
    env.cr.execute(
        """
        INSERT INTO gov_points_entry (employee_id, cycle_id, points, share_id, revision,
                                      scheme_id, company_id, date, posted_on, deduction,
                                      reversal_of_id, is_sealed)
        SELECT employee_id, cycle_id, -points, share_id, revision, scheme_id,
               company_id, date, posted_on, 0, id, true
          FROM gov_points_entry
         WHERE company_id = %(company)s AND revision %% 10 = 3
        """,
        values,
    )
    env.cr.execute(
        """
        UPDATE gov_points_cycle SET total = sums.total, highest_single = sums.highest
          FROM (SELECT e.cycle_id, sum(e.points) AS total,
                       max(e.points) FILTER (WHERE e.reversal_of_id IS NULL
                           AND r.id IS NULL) AS highest
                  FROM gov_points_entry e
             LEFT JOIN gov_points_entry r ON r.reversal_of_id = e.id
                 WHERE e.company_id = %(company)s GROUP BY e.cycle_id) sums
         WHERE sums.cycle_id = gov_points_cycle.id
        """,
        values,
    )
    env.invalidate_all()
    return company_id


def _share(env, company):
    """Make the one case and share that all these entries name; return its id."""
    from odoo.addons.gov_base.models.gov_guard import engine

    person = env["hr.employee"].search([("company_id", "=", company.id)], limit=1)
    department = env["hr.department"].create(
        {"name": "Bench office", "company_id": company.id}
    )
    env.cr.execute(
        "UPDATE hr_version SET department_id = %s WHERE employee_id = %s",
        [department.id, person.id],
    )
    env.invalidate_all()
    user = env.user.copy({"login": f"bench_points_{company.id}"})
    user.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
    person.user_id = user
    case = engine(env["gov.points.case"]).create(
        {
            "date": "2026-01-05",
            "facts": "Bench",
            "handler_id": user.id,
            "employee_id": person.id,
            "company_id": company.id,
            "scheme_id": env.ref("gov_points.scheme_default").id,
        }
    )
    share = engine(env["gov.points.share"]).create(
        {"case_id": case.id, "employee_id": person.id}
    )
    return share.id
