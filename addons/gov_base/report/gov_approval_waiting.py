from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Reading these rows must see what the engine has just written to the matter.
_MATTER_FIELDS = ("number", "department_id", "approval_state")


class GovApprovalWaiting(models.Model):
    """Waiting matters (在办事项): at which tier, and for how long.

    One row per open step, whatever document it belongs to. It shows tiers and no
    names: who is slow is no question of a list. What was put on hold has no clock and
    stands apart. Calendar days of the institution are counted since the tier opened.

    Supervision reads it; add-ons let their managers read the documents that they may
    read anyway. Opening a matter obeys the matter's own rules.
    """

    _name = "gov.approval.waiting"
    _description = "Waiting Matter"
    _auto = False
    _order = "opened_on, id"
    _rec_name = "number"
    _depends = {
        "gov.approval.step": [
            "model",
            "res_id",
            "company_id",
            "name",
            "kind",
            "state",
            "opened_at",
            "is_unreachable",
        ],
        "res.company": ["gov_tz"],
    }

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    model = fields.Char(readonly=True)
    model_id = fields.Many2one("ir.model", string="Kind of document", readonly=True)
    res_id = fields.Many2oneReference(
        string="Matter", model_field="model", readonly=True
    )
    number = fields.Char(readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    step_name = fields.Char(string="Tier", readonly=True)
    step_kind = fields.Selection(
        [
            ("decision", "Decision"),
            ("check", "Check"),
            ("meeting", "Meeting decision"),
        ],
        string="Kind of tier",
        readonly=True,
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("on_hold", "On hold")], readonly=True
    )
    is_unreachable = fields.Boolean(string="Cannot be decided", readonly=True)
    opened_on = fields.Date(string="Waiting since", readonly=True)
    days = fields.Integer(
        string="Days waiting",
        readonly=True,
        aggregator="avg",
        help="Calendar days since the tier opened; none while the matter is on hold.",
    )
    age = fields.Selection(
        [
            ("1", "0 to 3 days"),
            ("2", "4 to 10 days"),
            ("3", "Over 10 days"),
            ("hold", "On hold"),
        ],
        readonly=True,
    )

    @property
    def _table_query(self):
        # sudo: only days and time zones of the institutions are asked, record rules
        # still hold.
        days = SQL(", ").join(
            SQL("(%s, %s::date, %s)", company.id, company.gov_today(), company.gov_tz)
            for company in self.env.companies.sudo()
        )
        return SQL(
            """
            SELECT step.id,
                   step.company_id,
                   step.model,
                   kind.id AS model_id,
                   step.res_id,
                   matter.number,
                   matter.department_id,
                   step.name AS step_name,
                   step.kind AS step_kind,
                   CASE WHEN clock.is_held THEN 'on_hold' ELSE 'waiting' END AS state,
                   coalesce(step.is_unreachable, false) AS is_unreachable,
                   clock.opened_on,
                   clock.days,
                   CASE WHEN clock.is_held THEN 'hold'
                        WHEN clock.days <= 3 THEN '1'
                        WHEN clock.days <= 10 THEN '2'
                        ELSE '3' END AS age
              FROM gov_approval_step step
              JOIN (%(matters)s) matter
                ON matter.model = step.model AND matter.id = step.res_id
              JOIN ir_model kind ON kind.model = step.model
              JOIN (VALUES %(days)s) today (company_id, day, tz)
                ON today.company_id = step.company_id
             CROSS JOIN LATERAL (
                   SELECT (step.opened_at AT TIME ZONE 'UTC'
                           AT TIME ZONE today.tz)::date AS opened_on) since
             CROSS JOIN LATERAL (
                   SELECT since.opened_on,
                          matter.approval_state = 'on_hold' AS is_held,
                          CASE WHEN matter.approval_state <> 'on_hold'
                               THEN today.day - since.opened_on END AS days) clock
             WHERE step.state = 'open'
            """,
            matters=self._get_matters(),
            days=days,
        )

    def _get_matters(self):
        """Return the query of all matters under way, of every kind of document."""
        parts = [
            SQL(
                "SELECT NULL::varchar AS model, NULL::int AS id,"
                " NULL::varchar AS number, NULL::int AS department_id,"
                " NULL::varchar AS approval_state WHERE false"
            )
        ]
        for name in self.env["gov.matter.part"]._get_matter_models():
            matter = self.env[name]
            parts.append(
                SQL(
                    "SELECT %s, id, number, department_id, approval_state FROM %s"
                    " WHERE approval_state IN ('submitted', 'on_hold')",
                    name,
                    SQL.identifier(
                        matter._table,
                        to_flush=[matter._fields[field] for field in _MATTER_FIELDS],
                    ),
                )
            )
        return SQL(" UNION ALL ").join(parts)

    def action_open_matter(self):
        """Open the form of the matter, which shows itself to those who may read it.

        :return: a window action.
        :raise UserError: for none or several rows, or one that waits no more.
        """
        row = self.exists() if len(self) == 1 else self.browse()
        if not row:
            raise UserError(self.env._("Choose one row."))
        row.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": row.model,
            "res_id": row.res_id,
            "view_mode": "form",
            "context": {"create": False},
        }
