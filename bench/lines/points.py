"""Conduct scoring: the pivot of the ledger, over people and scores loaded by SQL."""

from harness import Side, line

# What a score gives; one in fifty is reversed.
POINTS = "(ARRAY[1, 1, 2, 1, 4, 1, 2, 6, 1, 2])"
ENTRIES_A_PERSON = 10


def people_count(bench):
    """Return how many people the lines of conduct scoring are measured with."""
    return bench.scale(small=1_000, medium=10_000, large=100_000)


def load_ledger(bench):
    """Load people, two cycles each and their scores, once per database.

    :return: dict of ``company_id``, ``scheme_id`` and ``user_id`` (HR of the scoring).
    """
    known = bench.run(_known)
    if known:
        return known
    number = people_count(bench)
    bench.run(lambda env: _load_people(env, number))
    bench.run(_load_cycles)
    bench.run(_load_scores)
    bench.vacuum(
        "hr_employee",
        "hr_version",
        "gov_points_cycle",
        "gov_points_case",
        "gov_points_share",
        "gov_points_entry",
    )
    return bench.run(_known)


def _known(env):
    company = env["res.company"].search([("name", "=", "Bench scoring")])
    if not company:
        return None
    user = env["res.users"].search([("login", "=", "bench_points_hr")])
    return {
        "company_id": company.id,
        "scheme_id": env.ref("gov_points.scheme_default").id,
        "user_id": user.id,
    }


def _load_people(env, number):
    """Make the institution, 40 departments and ``number`` people without accounts."""
    company = env["res.company"].create(
        {"name": "Bench scoring", "country_id": env.ref("base.cn").id}
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Bench HR of the scoring",
            "login": "bench_points_hr",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, [env.ref("gov_points.group_points_hr").id])],
        }
    )
    env["hr.department"].create(
        [
            {"name": f"Section {n}", "company_id": company.id, "rank_sequence": n}
            for n in range(40)
        ]
    )
    env.flush_all()
    env.cr.execute(
        """
        WITH resource AS (
            INSERT INTO resource_resource
                   (name, resource_type, tz, time_efficiency, company_id, active)
            SELECT 'Bench ' || n, 'user', 'Asia/Shanghai', 100, %(company)s, true
              FROM generate_series(1, %(number)s) n RETURNING id, name),
        employee AS (
            INSERT INTO hr_employee
                   (resource_id, company_id, name, active, rank_sequence)
            SELECT id, %(company)s, name, true, 1000 FROM resource
            RETURNING id, resource_id),
        version AS (
            INSERT INTO hr_version
                   (employee_id, company_id, active, last_modified_uid,
                    hr_responsible_id, distance_home_work_unit, marital, employee_type,
                    date_version, last_modified_date, department_id)
            SELECT employee.id, %(company)s, true, 1, 1, 'kilometers', 'single',
                   'employee', '2020-03-01', now(),
                   (SELECT array_agg(id ORDER BY id) FROM hr_department
                     WHERE company_id = %(company)s)[1 + employee.id %% 40]
              FROM employee RETURNING id, employee_id)
        SELECT count(*) FROM version
        """,
        {"company": company.id, "number": number},
    )
    env.cr.execute(
        """
        UPDATE hr_employee SET current_version_id = version.id
          FROM hr_version version
         WHERE version.employee_id = hr_employee.id
           AND hr_employee.company_id = %s
        """,
        [company.id],
    )


def _load_cycles(env):
    """The running calendar year and the one before it, closed."""
    known = _known(env)
    env.cr.execute(
        """
        INSERT INTO gov_points_cycle
               (employee_id, company_id, scheme_id, department_id, basis, colour,
                date_from, date_to, total, highest_single, closed)
        SELECT employee.id, %(company_id)s, %(scheme_id)s, version.department_id,
               'calendar_year', '0', make_date(year, 1, 1), make_date(year, 12, 31),
               0, 0, year < %(year)s
          FROM hr_employee employee
          JOIN hr_version version ON version.id = employee.current_version_id
          CROSS JOIN generate_series(%(year)s - 1, %(year)s) year
         WHERE employee.company_id = %(company_id)s
        """,
        {**known, "year": env.company.gov_today().year},
    )


def _load_scores(env):
    """Ten scores a person, spread over both cycles; one in fifty reversed."""
    known = {
        **_known(env),
        "number": ENTRIES_A_PERSON,
        "year": env.company.gov_today().year,
    }
    env.cr.execute(
        f"""
        CREATE TEMP TABLE bench_case ON COMMIT DROP AS
        WITH made AS (
            INSERT INTO gov_points_case
                   (company_id, handler_id, employee_id, beneficiary_id, scheme_id,
                    approval_state, state, source, penalty_state, date, facts)
            SELECT %(company_id)s, 1, boss.id, boss.id, %(scheme_id)s, 'approved',
                   'decided',
                   (ARRAY['routine', 'hotline', 'inspection'])[1 + n %% 3], 'none',
                   make_date(%(year)s - (n %% 2), 1, 1)
                       + (n * 3 + part * 11) %% 300, 'Bench'
              FROM (SELECT min(id) AS id FROM hr_employee
                     WHERE company_id = %(company_id)s) boss,
                   generate_series(1, %(number)s) n,
                   generate_series(0, 23) part
            RETURNING id, date, source)
        SELECT made.*, row_number() OVER (ORDER BY id) - 1 AS place FROM made;
        INSERT INTO gov_points_share
               (case_id, company_id, scheme_id, date, employee_id, department_id,
                article_id, share, points, state)
        SELECT bench_case.id, %(company_id)s, %(scheme_id)s, bench_case.date,
               cycle.employee_id, cycle.department_id,
               articles.ids[1 + (cycle.employee_id + place) %% 35],
               100, {POINTS}[1 + (cycle.employee_id + place) %% 10], 'final'
          FROM bench_case
          JOIN gov_points_cycle cycle
            ON bench_case.date BETWEEN cycle.date_from AND cycle.date_to
           AND cycle.company_id = %(company_id)s
           AND cycle.employee_id %% 24 = bench_case.place %% 24
          CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM gov_points_article
                       WHERE scheme_id = %(scheme_id)s) articles;
        INSERT INTO gov_points_entry
               (employee_id, cycle_id, company_id, scheme_id, share_id, article_id,
                department_id, source, date, posted_on, points, revision)
        SELECT share.employee_id, cycle.id, share.company_id, share.scheme_id,
               share.id, share.article_id, share.department_id, bench_case.source,
               share.date, share.date + 20, share.points, 1
          FROM gov_points_share share
          JOIN bench_case ON bench_case.id = share.case_id
          JOIN gov_points_cycle cycle
            ON cycle.employee_id = share.employee_id
           AND share.date BETWEEN cycle.date_from AND cycle.date_to;
        INSERT INTO gov_points_entry
               (employee_id, cycle_id, company_id, scheme_id, share_id, article_id,
                department_id, source, date, posted_on, points, revision,
                reversal_of_id)
        SELECT employee_id, cycle_id, company_id, scheme_id, share_id, article_id,
               department_id, source, date, posted_on + 10, -points, 1, id
          FROM gov_points_entry
         WHERE company_id = %(company_id)s AND share_id %% 50 = 0;
        UPDATE gov_points_cycle
           SET total = figures.total, highest_single = figures.highest
          FROM (SELECT score.cycle_id, sum(score.points) AS total,
                       coalesce(max(score.points) FILTER (
                           WHERE score.points > 0 AND reversal.id IS NULL), 0)
                           AS highest
                  FROM gov_points_entry score
             LEFT JOIN gov_points_entry reversal
                    ON reversal.reversal_of_id = score.id
              GROUP BY 1) figures
         WHERE gov_points_cycle.id = figures.cycle_id
           AND gov_points_cycle.company_id = %(company_id)s
        """,
        known,
    )


@line(
    "points_pivot", "Pivot of the ledger by department and month against SQL", limit=2
)
def points_pivot(bench):
    """What the client asks for, with both totals, as HR of the scoring.

    Plain: the one GROUP BY over the same rows. The figures are compared.
    """
    known = load_ledger(bench)

    def pivot(env, _data):
        entries = env(user=known["user_id"])["gov.points.entry"]
        sets = [[], ["department_id"], ["date:month"], ["department_id", "date:month"]]
        return entries.formatted_read_grouping_sets([], sets, ["points:sum", "__count"])

    def plain(env, _data):
        env.cr.execute(
            """
            SELECT department_id, date_trunc('month', date)::date, sum(points),
                   count(*)
              FROM gov_points_entry
             WHERE company_id = %s
             GROUP BY 1, 2
             ORDER BY 1, 2
            """,
            [known["company_id"]],
        )
        return env.cr.fetchall()

    def compare(env):
        ours = {
            (row["department_id"][0], row["date:month"][0]): row["points:sum"]
            for row in pivot(env, None)[3]
        }
        return ours == {(row[0], str(row[1])): row[2] for row in plain(env, None)}

    rows = bench.run(lambda env: env["gov.points.entry"].search_count([]))
    result = bench.measure(ours=Side(work=pivot), plain=Side(work=plain), rows=rows)
    if not bench.run(compare):
        result.failures.append("the figures differ")
    return result
