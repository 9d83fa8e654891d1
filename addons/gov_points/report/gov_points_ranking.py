from odoo import fields, models
from odoo.tools import SQL


class GovPointsRanking(models.Model):
    """Departments by points per head (人均记分排名).

    One row per department and calendar year of the incidents, and one for what counts
    in the running cycles; departments without a point stand at 0. Points are those of
    the department in which the incident happened, reversals taken off. How many people
    a department had in the past is not kept: people are counted as of today, by the
    department in which they work.

    The readers are those of the ledger; a head reads the rows of their departments.
    """

    _name = "gov.points.ranking"
    _description = "Ranking of Departments"
    _auto = False
    _order = "basis, year desc, place, department_id, id"
    _rec_name = "department_id"
    _depends = {
        "gov.points.entry": [
            "company_id",
            "cycle_id",
            "date",
            "department_id",
            "employee_id",
            "points",
        ],
        "gov.points.cycle": ["closed", "company_id", "date_from", "date_to"],
        "hr.employee": [
            "active",
            "company_id",
            "current_version_id",
            "working_department_id",
        ],
        "hr.version": ["department_id"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    basis = fields.Selection(
        [("cycle", "Running cycles"), ("year", "Calendar year")],
        string="Period",
        readonly=True,
    )
    year = fields.Char(readonly=True, help="The year of the incidents.")
    place = fields.Integer(
        string="Order",
        readonly=True,
        aggregator=None,
        help="1: the most points per head.",
    )
    heads = fields.Integer(
        string="People today",
        readonly=True,
        aggregator="max",
        help="Who works in the department today; how many they were in the past is "
        "not kept.",
    )
    scored = fields.Integer(
        string="People with points", readonly=True, help="Whose points still stand."
    )
    scores = fields.Integer(
        string="Number of scores", readonly=True, help="Scores that stand."
    )
    points = fields.Integer(readonly=True)
    per_head = fields.Float(
        string="Points per head", digits=(16, 2), readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH people AS MATERIALIZED (%(people)s),
                 sums AS MATERIALIZED (%(sums)s)
            SELECT row_number() OVER (
                       ORDER BY company_id, basis, year, department_id) AS id,
                   ranked.*,
                   rank() OVER (PARTITION BY company_id, basis, year
                                ORDER BY per_head DESC NULLS LAST) AS place
              FROM (SELECT grid.company_id,
                           grid.department_id,
                           grid.basis,
                           grid.year,
                           coalesce(people.heads, 0) AS heads,
                           coalesce(sums.scored, 0) AS scored,
                           coalesce(sums.scores, 0) AS scores,
                           coalesce(sums.points, 0) AS points,
                           coalesce(sums.points, 0)::numeric
                               / nullif(people.heads, 0) AS per_head
                      FROM (%(grid)s) grid
                 LEFT JOIN people
                        ON people.company_id = grid.company_id
                       AND people.department_id = grid.department_id
                 LEFT JOIN sums
                        ON sums.company_id = grid.company_id
                       AND sums.department_id = grid.department_id
                       AND sums.basis = grid.basis
                       AND sums.year IS NOT DISTINCT FROM grid.year) ranked
            """,
            grid=self._get_grid(),
            people=self._get_people(),
            sums=self._get_sums(),
        )

    def _get_grid(self):
        """Return the query of the rows: each department in each period.

        A department is named in a period when people work there today, or when it has
        a score in it.
        """
        return SQL(
            """
            SELECT people.company_id, people.department_id, periods.basis, periods.year
              FROM people
              JOIN (SELECT id AS company_id, 'cycle' AS basis, NULL AS year
                      FROM res_company
                     UNION
                    SELECT company_id, basis, year FROM sums) periods
                ON periods.company_id = people.company_id
             UNION
            SELECT company_id, department_id, basis, year FROM sums
            """
        )

    def _get_people(self):
        """Return the query of the people of each department, today."""
        return SQL(
            """
            SELECT *
              FROM (%s) people
             WHERE company_id = ANY(%s)
               AND department_id IS NOT NULL
            """,
            self.env["hr.department"]._people_query(),
            self._get_companies(),
        )

    def _get_sums(self):
        """Return the query of the points of each department and period.

        The ledger is read once: first by person, cycle and year.
        """
        return SQL(
            """
            WITH told AS MATERIALIZED (
                SELECT department_id, employee_id, cycle_id, company_id,
                       extract(year FROM date)::int AS year,
                       sum(CASE WHEN points > 0 THEN 1 ELSE -1 END) AS scores,
                       sum(points) AS points
                  FROM gov_points_entry
                 WHERE department_id IS NOT NULL
                   AND company_id = ANY(%(companies)s)
                 GROUP BY 1, 2, 3, 4, 5)
            SELECT company_id, department_id, basis, year,
                   count(*) FILTER (WHERE points > 0) AS scored,
                   sum(scores) AS scores,
                   sum(points) AS points
              FROM (SELECT company_id, department_id, 'year' AS basis,
                           year::text AS year, sum(scores) AS scores,
                           sum(points) AS points
                      FROM told
                     GROUP BY 1, 2, 4, employee_id
                     UNION ALL
                    SELECT told.company_id, told.department_id, 'cycle', NULL,
                           sum(told.scores), sum(told.points)
                      FROM told
                      JOIN gov_points_cycle cycle ON cycle.id = told.cycle_id
                      JOIN (VALUES %(days)s) today (company_id, day)
                        ON today.company_id = told.company_id
                     WHERE cycle.closed IS NOT TRUE
                       AND today.day BETWEEN cycle.date_from AND cycle.date_to
                     GROUP BY 1, 2, told.employee_id) person
             GROUP BY 1, 2, 3, 4
            """,
            companies=self._get_companies(),
            days=self.env["gov.points.standing"]._get_days(),
        )

    def _get_companies(self):
        # Those that the record rule lets through: others are not even added up.
        return self.env.companies.ids
