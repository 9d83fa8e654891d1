from odoo import fields, models
from odoo.tools import SQL


class GovPointsRepeat(models.Model):
    """The same person, the same article, twice or more within one cycle (同类行为).

    Only scores that stand count. The readers are those of the ledger: a head reads
    what happened in their departments, everybody what is about themselves.
    """

    _name = "gov.points.repeat"
    _description = "Repeated Behaviour"
    _auto = False
    _order = "count desc, last_on desc, id"
    _rec_name = "employee_id"
    _depends = {
        "gov.points.entry": [
            "article_id",
            "company_id",
            "cycle_id",
            "date",
            "department_id",
            "employee_id",
            "points",
            "reversal_of_id",
        ],
        "gov.points.article": ["code"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    employee_id = fields.Many2one("hr.employee", string="Person", readonly=True)
    department_id = fields.Many2one(
        "hr.department", readonly=True, help="Of the last time."
    )
    article_id = fields.Many2one("gov.points.article", readonly=True)
    article_code = fields.Char(string="Number of the article", readonly=True)
    cycle_id = fields.Many2one("gov.points.cycle", string="Cycle", readonly=True)
    count = fields.Integer(string="Number of times", readonly=True)
    points = fields.Integer(readonly=True)
    first_on = fields.Date(string="First time", readonly=True)
    last_on = fields.Date(string="Last time", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT again.*, last.employee_id, last.department_id, last.article_id
              FROM (SELECT min(entry.id) AS id,
                           min(entry.company_id) AS company_id,
                           entry.cycle_id,
                           article.code AS article_code,
                           count(*) AS count,
                           sum(entry.points) AS points,
                           min(entry.date) AS first_on,
                           max(entry.date) AS last_on
                      FROM gov_points_entry entry
                      JOIN gov_points_article article ON article.id = entry.article_id
                     WHERE entry.reversal_of_id IS NULL
                       AND entry.company_id = ANY(%s)
                       AND NOT EXISTS (
                           SELECT 1 FROM gov_points_entry reversal
                            WHERE reversal.reversal_of_id = entry.id)
                     GROUP BY entry.cycle_id, article.code
                    HAVING count(*) > 1) again
             CROSS JOIN LATERAL (
                   SELECT entry.employee_id, entry.department_id, entry.article_id
                     FROM gov_points_entry entry
                     JOIN gov_points_article article ON article.id = entry.article_id
                    WHERE entry.cycle_id = again.cycle_id
                      AND article.code = again.article_code
                      AND entry.reversal_of_id IS NULL
                      AND NOT EXISTS (
                          SELECT 1 FROM gov_points_entry reversal
                           WHERE reversal.reversal_of_id = entry.id)
                    ORDER BY entry.date DESC, entry.id DESC
                    LIMIT 1) last
            """,
            # Those that the record rule lets through: others are not even read.
            self.env.companies.ids,
        )

    def action_open(self):
        """Open the scores of the row.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Article %s", self.article_code),
            "res_model": "gov.points.entry",
            "view_mode": "list,kanban,form",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [
                ("cycle_id", "=", self.cycle_id.id),
                ("article_id.code", "=", self.article_code),
            ],
        }
