from odoo import api, fields, models
from odoo.tools import SQL

from ..models.gov_points_cycle import COLOURS


class GovPointsStanding(models.Model):
    """Standing (累计记分情况): everybody of the institution with the running cycle.

    One row per person who works here, in the order of departments and of rank, also
    without a single point. Total, highest single score and level are those of the
    running cycle; the trend compares its total with that of the cycle that ended on
    the eve of its first day, later corrections included.

    HR of the scoring and supervision read all of the institution, a head the people
    of their departments, everybody the own row.
    """

    _name = "gov.points.standing"
    _description = "Standing of a Person"
    _auto = False
    _order = "department_id, person_rank, name, id"
    _depends = {
        "hr.employee": [
            "active",
            "company_id",
            "current_version_id",
            "name",
            "official_title",
            "rank_sequence",
            "staff_type",
            "working_department_id",
        ],
        "hr.version": ["department_id"],
        "hr.department": ["rank_sequence", "name"],
        "gov.points.cycle": [
            "employee_id",
            "company_id",
            "date_from",
            "date_to",
            "closed",
            "total",
            "highest_single",
            "threshold_id",
            "colour",
        ],
    }

    name = fields.Char(string="Full name", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Person", readonly=True)
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    department_id = fields.Many2one(
        "hr.department", readonly=True, help="Where the person works today."
    )
    person_rank = fields.Integer(string="Order of rank", readonly=True, aggregator=None)
    title = fields.Char(string="Post", readonly=True)
    staff_type = fields.Selection(
        selection=lambda self: self.env["gov.points.measure"]._get_staff_types(),
        string="Kind of staff",
        readonly=True,
    )
    cycle_id = fields.Many2one("gov.points.cycle", string="Cycle", readonly=True)
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    total = fields.Integer(readonly=True)
    highest_single = fields.Integer(
        string="Highest single score", readonly=True, aggregator="max"
    )
    threshold_id = fields.Many2one(
        "gov.points.threshold", string="Level", readonly=True
    )
    colour = fields.Selection(COLOURS, string="Light", readonly=True)
    previous_total = fields.Integer(
        string="Previous cycle",
        readonly=True,
        help="Total of the cycle that ended on the eve of this one.",
    )
    trend = fields.Selection(
        [
            ("up", "Rising"),
            ("same", "Unchanged"),
            ("down", "Falling"),
            ("none", "No earlier cycle"),
        ],
        readonly=True,
        help="The total against that of the cycle before.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT employee.id,
                   employee.id AS employee_id,
                   employee.name,
                   employee.company_id,
                   coalesce(employee.working_department_id, version.department_id)
                       AS department_id,
                   employee.rank_sequence AS person_rank,
                   employee.official_title AS title,
                   employee.staff_type,
                   cycle.id AS cycle_id,
                   cycle.date_from,
                   cycle.date_to,
                   coalesce(cycle.total, 0) AS total,
                   coalesce(cycle.highest_single, 0) AS highest_single,
                   cycle.threshold_id,
                   coalesce(cycle.colour, '0') AS colour,
                   previous.total AS previous_total,
                   CASE WHEN previous.id IS NULL THEN 'none'
                        WHEN cycle.total > coalesce(previous.total, 0) THEN 'up'
                        WHEN cycle.total < previous.total THEN 'down'
                        ELSE 'same' END AS trend
              FROM hr_employee employee
              JOIN (VALUES %(days)s) today (company_id, day)
                ON today.company_id = employee.company_id
              LEFT JOIN hr_version version
                ON version.id = employee.current_version_id
              LEFT JOIN gov_points_cycle cycle
                ON cycle.employee_id = employee.id
               AND cycle.company_id = employee.company_id
               AND cycle.closed IS NOT TRUE
               AND today.day BETWEEN cycle.date_from AND cycle.date_to
              LEFT JOIN gov_points_cycle previous
                ON previous.employee_id = cycle.employee_id
               AND previous.date_to = cycle.date_from - 1
             WHERE employee.active
            """,
            days=self._get_days(),
        )

    @api.model
    def _get_days(self):
        """Return the day of each institution that is looked at, as rows of SQL."""
        # sudo: only the days of the institutions are asked, record rules still hold.
        return SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company.gov_today())
            for company in self.env.companies.sudo()
        )

    def action_open(self):
        """Open the running cycle of the person, with its scores and measures.

        :return: a window action, or a note when no cycle runs.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.cycle_id:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._(
                        "%s has no running cycle: no rulebook in force applies.",
                        self.name,
                    ),
                },
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.points.cycle",
            "res_id": self.cycle_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
