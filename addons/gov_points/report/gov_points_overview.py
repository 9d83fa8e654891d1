import json
from collections import namedtuple
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

_MONTHS = 12
_ARTICLES = 6

# What a card counts: records of a model that the user reads, opened by an action.
Counter = namedtuple("Counter", "model action domain office", defaults=(False,))


class GovPointsOverview(models.Model):
    """What HR of the scoring opens first (记分概览): one card per figure.

    Every figure counts what the user may read, and a click opens the same list. Cards
    of what only the scoring office and supervision read are shown to nobody else.
    """

    _name = "gov.points.overview"
    _description = "Overview of Conduct Scoring"
    _auto = False
    _order = "id"
    _rec_name = "code"

    code = fields.Selection(
        [
            ("clue", "Clues to check"),
            ("prepare", "Cases being prepared"),
            ("decide", "Waiting for a decision"),
            ("proposal", "Proposals from findings"),
            ("unserved", "Notices not served"),
            ("appeal", "Appeals running"),
            ("lapse", "Appeal or correction ends this week"),
            ("measure_week", "Measures due this week"),
            ("measure_overdue", "Measures overdue"),
            ("red", "People at red"),
            ("orange", "People at orange"),
            ("yellow", "People at yellow"),
            ("green", "People at green"),
            ("months", "Points by month"),
            ("articles", "Articles with the most points"),
        ],
        string="Figure",
        readonly=True,
    )
    kind = fields.Selection(
        [("count", "Number"), ("light", "Level"), ("graph", "Graph")], readonly=True
    )
    count = fields.Integer(compute="_compute_count", aggregator=None)
    is_urgent = fields.Boolean(compute="_compute_count")
    graph = fields.Text(compute="_compute_graph")
    lines = fields.Html(compute="_compute_graph", sanitize=False)

    @property
    def _table_query(self):
        codes = [code for code, _label in self._fields["code"].selection]
        counters = self._get_counters()
        rows = [
            SQL("(%s, %s, %s)", number, code, self._get_kind(code))
            for number, code in enumerate(codes, 1)
            if code in counters
        ]
        return SQL(
            "SELECT * FROM (VALUES %s) card (id, code, kind) WHERE id > 0",
            SQL(", ").join(rows or [SQL("(0, '', '')")]),
        )

    @api.model
    def _get_kind(self, code):
        if code in ("months", "articles"):
            return "graph"
        return "light" if code in _LIGHTS else "count"

    # === Compute ===

    @api.depends("code")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_count(self):
        counters = self._get_counters()
        lights = {}
        if set(self.mapped("code")) & set(_LIGHTS):
            lights = dict(
                self.env["gov.points.standing"]._read_group([], ["colour"], ["__count"])
            )
        for card in self:
            counter = counters.get(card.code)
            count = 0
            if card.code in _LIGHTS:
                count = lights.get(_LIGHTS[card.code], 0)
            elif counter and card.kind == "count":
                count = self.env[counter.model].search_count(counter.domain)
            card.count = count
            card.is_urgent = bool(count) and card.code in _URGENT

    @api.depends("code")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_graph(self):
        for card in self:
            card.graph = card.lines = False
            if card.code == "months":
                card.graph = self._draw(self._get_months())
            elif card.code == "articles":
                rows = self._get_articles()
                card.graph = self._draw([(row.code, points) for row, points in rows])
                card.lines = Markup().join(
                    Markup("<div class='text-truncate'>%s %s</div>")
                    % (row.code, row.name)
                    for row, _points in rows
                )

    @api.model
    def _draw(self, values):
        """Return what the field widget ``dashboard_graph`` draws as bars."""
        bars = [{"label": label, "value": n, "type": "future"} for label, n in values]
        return json.dumps([{"key": self.env._("Points"), "values": bars}])

    @api.model
    def _get_months(self):
        """Return (month, points) of the last twelve months of incidents."""
        first = self._get_first_month()
        entries = self.env["gov.points.entry"]
        found = dict(
            entries._read_group([("date", ">=", first)], ["date:month"], ["points:sum"])
        )
        months = [first + relativedelta(months=n) for n in range(_MONTHS)]
        return [
            (format_date(self.env, month, date_format="MMM"), found.get(month, 0))
            for month in months
        ]

    @api.model
    def _get_articles(self):
        """Return (article, points) of the heaviest articles of the last months."""
        return self.env["gov.points.entry"]._read_group(
            [("date", ">=", self._get_first_month())],
            ["article_id"],
            ["points:sum"],
            having=[("points:sum", ">", 0)],
            order="points:sum DESC, article_id",
            limit=_ARTICLES,
        )

    @api.model
    def _get_first_month(self):
        # sudo: only the day of the institution is asked.
        today = self.env.company.sudo().gov_today()
        return today.replace(day=1) - relativedelta(months=_MONTHS - 1)

    # === What is counted ===

    @api.model
    def _get_counters(self):
        """Return code → Counter of the cards that the user is shown."""
        # sudo: only the day of the institution is asked.
        today = self.env.company.sudo().gov_today()
        sunday = today + timedelta(days=6 - today.weekday())

        def this_week(name):
            return Domain(name, ">=", today) & Domain(name, "<=", sunday)

        case, notice = "gov.points.case", "gov.points.notice"
        measure, entry = "gov.points.measure", "gov.points.entry"
        cases, measures = "gov_points_case_action", "gov_points_measure_action"
        open_measure = Domain("state", "in", ["proposed", "todo"])
        counters = {
            "clue": Counter(case, cases, [("state", "=", "clue")], True),
            "prepare": Counter(
                case, cases, [("state", "in", ["checked", "waiting_penalty"])], True
            ),
            "decide": Counter(case, cases, [("state", "=", "submitted")], True),
            "proposal": Counter(
                "gov.points.proposal",
                "gov_points_proposal_action",
                [("state", "=", "open")],
                True,
            ),
            "unserved": Counter(
                notice, "gov_points_notice_action", [("state", "=", "issued")]
            ),
            "appeal": Counter(
                "gov.points.appeal",
                "gov_points_appeal_action",
                [("state", "in", ["submitted", "parent"])],
            ),
            "lapse": Counter(
                notice,
                "gov_points_notice_action",
                this_week("appeal_deadline") | this_week("correction_deadline"),
            ),
            "measure_week": Counter(
                measure, measures, open_measure & this_week("deadline")
            ),
            "measure_overdue": Counter(measure, measures, [("is_overdue", "=", True)]),
            "months": Counter(entry, "gov_points_entry_action_analysis", []),
            "articles": Counter(entry, "gov_points_entry_action_analysis", []),
        }
        office = self.env.user.has_groups(
            "gov_points.group_points_officer,gov_base.group_supervision"
        )
        if not office:
            # HR reads no appeal, but which notices are under appeal.
            counters["appeal"] = Counter(
                "gov.points.procedure",
                "gov_points_procedure_action_appeals",
                [("appeal", "=", "open")],
            )
        for code, colour in _LIGHTS.items():
            counters[code] = Counter(
                "gov.points.standing",
                "gov_points_standing_action",
                [("colour", "=", colour)],
            )
        return {
            code: counter
            for code, counter in counters.items()
            if (office or not counter.office)
            and self.env[counter.model].has_access("read")
        }

    # === Actions ===

    def action_open(self):
        """Open the list of what the card counts.

        :return: a window action.
        :raise UserError: no such card for the user.
        """
        self.ensure_one()
        self.check_access("read")
        counter = self._get_counters().get(self.code)
        if not counter:
            raise UserError(self.env._("This figure is not shown to you."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"gov_points.{counter.action}"
        )
        labels = dict(self._fields["code"]._description_selection(self.env))
        kind = "graph" if self.kind == "graph" else "list"
        action["views"] = sorted(action["views"], key=lambda view: view[1] != kind)
        if self.kind == "graph":
            by = "date:month" if self.code == "months" else "article_id"
            context = {"graph_groupbys": [by], "pivot_row_groupby": [by]}
            first = self._get_first_month()
            domain = [("date", ">=", fields.Date.to_string(first))]
        else:
            context, domain = {}, list(Domain(counter.domain))
        return {
            **action,
            "name": labels[self.code],
            "display_name": labels[self.code],
            "domain": domain,
            "context": {**context, "hierarchical_naming": False},
            "path": False,
        }


_LIGHTS = {"red": "3", "orange": "2", "yellow": "1", "green": "0"}
_URGENT = ("clue", "unserved", "measure_overdue", "appeal")
