from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.gov_base.tools.days import format_day

# What is shown of earlier years: enough to find a notice again.
_MOST = 20


class GovPointsRecord(models.Model):
    """One's own record (我的记分): what stands in the running cycle, and one's rights.

    A person's page, not a table: every row is an employee. It shows total and level of
    the running cycle, its entries and when they lapse, the notices to sign, until when
    one may appeal, one's measures, what was published, and who has looked at one's
    papers (supervision excepted). The same page is the printed sheet for those without
    a login.

    The person reads their own; the head and the line leader of the department, the
    scoring office, HR's reports and supervision those of theirs.
    """

    _name = "gov.points.record"
    _description = "Record of a Person"
    _inherit = ["gov.access.mixin"]
    _auto = False
    _rec_name = "employee_id"
    _order = "rank_sequence, id"
    _access_log_mark = "log_ids"
    _depends = {
        "hr.employee": [
            "active",
            "company_id",
            "current_version_id",
            "name",
            "rank_sequence",
            "user_id",
            "working_department_id",
        ],
        "hr.version": ["department_id"],
    }

    employee_id = fields.Many2one("hr.employee", string="Person", readonly=True)
    name = fields.Char(string="Full name", readonly=True)
    active = fields.Boolean(readonly=True)
    user_id = fields.Many2one("res.users", string="Login", readonly=True)
    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    rank_sequence = fields.Integer(readonly=True, aggregator=None)
    is_mine = fields.Boolean(compute="_compute_is_mine")
    cycle_id = fields.Many2one(
        "gov.points.cycle", string="Running cycle", compute="_compute_cycle"
    )
    date_from = fields.Date(string="Cycle from", compute="_compute_cycle")
    date_to = fields.Date(string="Points lapse after", compute="_compute_cycle")
    total = fields.Integer(compute="_compute_cycle", aggregator=None)
    level_name = fields.Char(string="Level", compute="_compute_cycle")
    colour = fields.Selection(
        [("0", "Green"), ("1", "Yellow"), ("2", "Orange"), ("3", "Red")],
        string="Light",
        compute="_compute_cycle",
    )
    entry_ids = fields.Many2many(
        "gov.points.entry", string="Entries", compute="_compute_entry_ids"
    )
    measure_ids = fields.Many2many(
        "gov.points.measure", string="Measures", compute="_compute_entry_ids"
    )
    notice_ids = fields.Many2many(
        "gov.points.notice", string="Notices", compute="_compute_notice_ids"
    )
    appeal_ids = fields.Many2many(
        "gov.points.appeal", string="Appeals", compute="_compute_notice_ids"
    )
    to_sign_id = fields.Many2one(
        "gov.points.notice", string="Waits for signing", compute="_compute_notice_ids"
    )
    may_appeal_id = fields.Many2one(
        "gov.points.notice", string="May be appealed", compute="_compute_notice_ids"
    )
    right_text = fields.Char(string="Right of appeal", compute="_compute_notice_ids")
    published = fields.Html(
        string="Published about me", compute="_compute_published", sanitize=False
    )
    log_ids = fields.Many2many(
        "gov.access.log", string="Who has looked", compute="_compute_log_ids"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT person.id, person.id AS employee_id, person.name, person.user_id,
                   person.company_id, person.rank_sequence, person.active,
                   coalesce(person.working_department_id, version.department_id)
                       AS department_id
              FROM hr_employee person
              LEFT JOIN hr_version version ON version.id = person.current_version_id
            """
        )

    # ------------------------------------------------------------------ computes

    @api.depends("name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.name

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for record in self:
            record.is_mine = record.user_id == self.env.user

    @api.depends_context("uid")
    def _compute_cycle(self):
        cycles = self._get_cycles()
        for record in self:
            cycle = cycles.get(record.id, self.env["gov.points.cycle"])
            record.cycle_id = cycle
            record.date_from = cycle.date_from
            record.date_to = cycle.date_to
            record.total = cycle.total
            record.level_name = cycle.level_name
            record.colour = cycle.colour or "0"

    def _get_cycles(self):
        """Return id of the person → running cycle, for a whole list."""
        found = {}
        for company, records in self.grouped("company_id").items():
            today = company.gov_today()
            cycles = self.env["gov.points.cycle"].search(
                [
                    ("employee_id", "in", records.ids),
                    ("date_from", "<=", today),
                    ("date_to", ">=", today),
                ]
            )
            found.update({cycle.employee_id.id: cycle for cycle in cycles})
        return found

    @api.depends("cycle_id")
    def _compute_entry_ids(self):
        for record in self:
            record.entry_ids = record.cycle_id.entry_ids
            record.measure_ids = record.cycle_id.measure_ids._filtered_access("read")

    @api.depends_context("uid")
    def _compute_notice_ids(self):
        notices = self.env["gov.points.notice"].search(
            [("employee_id", "in", self.ids)]
        )
        by_person = notices.grouped(lambda n: n.employee_id.id)
        for record in self:
            own = by_person.get(record.id, notices.browse())
            record.notice_ids = own[:_MOST]
            record.appeal_ids = own.appeal_ids._filtered_access("read")[:_MOST]
            record.to_sign_id = own.filtered(lambda n: n.state == "issued")[-1:]
            today = record.company_id.gov_today()
            record.may_appeal_id = own.filtered(
                lambda n, today=today: n.can_appeal and n.appeal_deadline >= today
            ).sorted("appeal_deadline")[:1]
            record.right_text = record._get_right_text()

    def _get_right_text(self):
        """Return until when the person may appeal, where they may."""
        notice = self.may_appeal_id
        if not notice:
            return False
        return self.env._(
            "%(notice)s: you may appeal until %(day)s.",
            notice=notice.number,
            day=format_day(self.env, notice.appeal_deadline),
        )

    @api.depends("measure_ids")
    def _compute_published(self):
        for record in self:
            record.published = False
            if rows := record._get_published():
                record.published = self.env["ir.qweb"]._render(
                    "gov_points.record_published", {"rows": rows}
                )

    def _get_published(self):
        """Return what was shown about the person: title, kind, from, until."""
        self.ensure_one()
        measures = self.env["gov.points.measure"].search(
            [("employee_id", "=", self.id)]
        )
        # The person may know what was published about them, also after it was taken
        # down or published anew; nothing that was not released.
        shown = (
            self.env["gov.publication"]
            .sudo()
            .search(
                [
                    ("model", "=", measures._name),
                    ("res_id", "in", measures.ids),
                    ("stage", "!=", "draft"),
                ]
            )
        )
        labels = dict(shown._fields["kind"]._description_selection(self.env))
        return [
            {
                "title": publication.title,
                "kind": labels[publication.kind],
                "date_from": format_day(self.env, publication.date_from),
                "date_to": format_day(self.env, publication.date_to)
                if publication.date_to
                else "",
            }
            for publication in shown.sorted("id", reverse=True)
        ]

    @api.depends_context("uid")
    def _compute_log_ids(self):
        """Only the person sees who looked, on the rules of the log itself."""
        logs = self.env["gov.access.log"]
        for record in self:
            record.log_ids = record.is_mine and logs.search(
                Domain("for_me", "=", True)
                & Domain("user_id", "!=", self.env.uid)
                & Domain("model", "in", self._get_logged_models()),
                limit=_MOST,
            )

    @api.model
    def _get_logged_models(self):
        return (
            "gov.points.record",
            "gov.points.case",
            "gov.points.notice",
            "gov.points.appeal",
        )

    # ------------------------------------------------------------------- actions

    @api.model
    def action_open_my(self):
        """Open one's own record, the first page of the app.

        :return: a window action; for a login without an employee an empty list that
            says so.
        """
        action = self.env["ir.actions.actions"]._for_xml_id(
            "gov_points.gov_points_record_action_my"
        )
        employee = self.env.user.employee_id
        if not employee:
            return {**action, "views": [(False, "list")], "domain": [("id", "=", 0)]}
        return {**action, "res_id": employee.id, "views": [(False, "form")]}

    def action_open_to_sign(self):
        """Open the notice that waits for signing.

        :return: a window action.
        :raise UserError: there is none.
        """
        return self._open_notice("to_sign_id")

    def action_open_may_appeal(self):
        """Open the appeal against the notice whose window ends first.

        :return: a window action.
        :raise UserError: there is none.
        """
        if len(self) != 1 or not self.may_appeal_id:
            raise UserError(self.env._("There is nothing to appeal against now."))
        return self.may_appeal_id.action_open_appeal()

    def _open_notice(self, name):
        if len(self) != 1 or not self[name]:
            raise UserError(self.env._("No notice waits for signing."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "gov.points.notice",
            "res_id": self[name].id,
            "views": [(False, "form")],
        }

    # ----------------------------------------------------------------- access log

    @api.model
    def _access_log_visible_to_person(self):
        return True
