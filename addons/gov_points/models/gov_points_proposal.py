from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.rivals import meet_rivals

from ..tools import check_text, open_wizard


class GovPointsProposal(models.Model):
    """Confirmed findings that an article names: a proposed case, for a human.

    Made by the server when supervision confirms a finding about a person, by the
    articles whose ``rule_code`` is the finding's. An article with a trigger counts the
    confirmed findings of that code and person in the months up to the newest; one
    alone proposes nothing, and no finding counts twice for an article.

    ======= ==== ========= =======================================================
    action  from to        who
    ======= ==== ========= =======================================================
    accept  open accepted  officer of the scoring office, not concerned
    dismiss open dismissed the same, with a reason
    ======= ==== ========= =======================================================
    """

    _name = "gov.points.proposal"
    _description = "Proposed Conduct Case"
    _inherit = ["mail.thread", "mail.activity.mixin", "gov.guard.mixin"]
    _order = "date desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False

    finding_id = fields.Many2one(
        "gov.finding",
        string="Newest finding",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    finding_ids = fields.Many2many(
        "gov.finding",
        "gov_points_proposal_finding_rel",
        "proposal_id",
        "finding_id",
        string="Findings counted",
        readonly=True,
    )
    finding_count = fields.Integer(string="Findings", readonly=True)
    rule_name = fields.Char(string="Kind of finding", compute="_compute_evidence")
    evidence = fields.Text(compute="_compute_evidence")
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    article_id = fields.Many2one(
        "gov.points.article", required=True, readonly=True, ondelete="restrict"
    )
    article_points = fields.Integer(related="article_id.points", string="Points")
    date = fields.Date(string="Found on", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("dismissed", "Dismissed")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    reason = fields.Text(string="Why dismissed", readonly=True)
    case_id = fields.Many2one(
        "gov.points.case", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    closed_by_id = fields.Many2one("res.users", readonly=True)
    closed_at = fields.Datetime(readonly=True)
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _finding_uniq = models.Constraint(
        "UNIQUE (finding_id, article_id)", "This finding is proposed already."
    )

    @api.depends("employee_id", "article_id")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = self.env._(
                "%(person)s, article %(article)s",
                person=proposal.employee_id.name,
                article=proposal.article_id.code,
            )

    @api.depends("finding_ids")
    def _compute_evidence(self):
        for proposal in self:
            # Who may accept the proposal reads what was found; findings themselves
            # are supervision's.
            findings = proposal.sudo().finding_ids.sorted("opened_on")
            proposal.rule_name = findings[:1].rule_id.name
            proposal.evidence = "\n".join(
                f"{format_day(self.env, finding.opened_on)} {finding.evidence}"
                for finding in findings
            )

    @api.depends("state", "employee_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for proposal in self:
            proposal.can_decide = not proposal._get_blocker()

    # ------------------------------------------------------------------- actions

    def action_accept(self):
        """Make a case of it: the evidence as facts, the person and the article.

        :return: the action that opens the case.
        :raise UserError: it is not open, or the user is concerned or no officer.
        """
        cases = self.env["gov.points.case"]
        for proposal in self.sorted("id"):
            document = proposal._begin()
            case = cases.create(proposal._prepare_case())
            # The finding is the server's to link.
            engine(case.sudo()).finding_id = document.finding_id
            document._close("accepted", case_id=case.id)
            cases |= case
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cases"),
            "res_model": "gov.points.case",
            "res_id": cases.id if len(cases) == 1 else False,
            "view_mode": "form" if len(cases) == 1 else "list,form",
            "views": [(False, "form")]
            if len(cases) == 1
            else [(False, "list"), (False, "form")],
            "domain": [("id", "in", cases.ids)],
        }

    def action_dismiss(self, reason):
        """Close the proposal without a case.

        :param reason: required.
        :return: True
        :raise UserError: without a reason, or as :meth:`action_accept`.
        """
        reason = check_text(self, "reason", reason)
        for proposal in self.sorted("id"):
            proposal._begin()._close("dismissed", reason=reason)
        return True

    def action_open_wizard(self):
        """Ask why the proposal is dismissed.

        :return: a window action.
        :raise UserError: for none or several rows.
        """
        self.check_access("read")
        return open_wizard(self, "proposal")

    def _prepare_case(self):
        return {
            "company_id": self.company_id.id,
            "date": self.date,
            "source": "finding",
            "source_text": self.rule_name,
            "facts": self.evidence,
            "share_ids": [
                (
                    0,
                    0,
                    {
                        "employee_id": self.employee_id.id,
                        "article_id": self.article_id.id,
                    },
                )
            ],
        }

    def _begin(self):
        """Meet the rivals, check state and person.

        :return: the proposal in the engine's superuser environment.
        """
        self.ensure_one()
        self.check_access("read")
        meet_rivals(self)
        if blocker := self._get_blocker():
            raise UserError(blocker)
        # Read access, state and person have just been checked.
        return engine(self.sudo())

    def _get_blocker(self):
        """Return why the current user cannot accept or dismiss it, or False."""
        if self.state != "open":
            return self.env._("%s is closed already.", self.display_name)
        if not self.env.user.has_group("gov_points.group_points_officer"):
            return self.env._("This is done by officers of the scoring office.")
        # Only whether the user is the person concerned is asked.
        if self.employee_id.sudo().user_id == self.env.user:
            return self.env._("%s concerns you.", self.display_name)
        return False

    def _close(self, state, **values):
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.write(
            {
                "state": state,
                "closed_by_id": self.env.uid,
                "closed_at": fields.Datetime.now(),
                **values,
            }
        )

    # -------------------------------------------------------------------- engine

    @api.model
    def _propose(self, findings):
        """Propose cases for ``findings``, which were just confirmed.

        :param findings: confirmed findings; those without a person are left.
        :return: the new proposals.
        """
        # sudo: called by server code after supervision has confirmed.
        proposals = engine(self.sudo())
        created = proposals.browse()
        findings = findings.sudo().filtered("employee_id")
        done = set()
        for finding in findings:
            key = (finding.rule_code, finding.employee_id, finding.company_id)
            if key not in done:
                done.add(key)
                created |= proposals._propose_for(*key)
        created._tell_office()
        return created

    def _tell_office(self):
        """Leave the head of the scoring office one quiet to-do per proposal."""
        if not self:
            return
        role = self.env.ref("gov_points.role_points_office_head")
        todo = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mail_activity_data_todo"
        )
        model = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for company, proposals in self.grouped("company_id").items():
            lang = self.env["gov.approval.rule"]._get_lang(company)
            env = self.with_context(lang=lang).env
            holders = role._get_holders(company).employee_id.user_id
            vals_list += [
                {
                    "res_model_id": model,
                    "res_id": proposal.id,
                    "activity_type_id": todo,
                    "summary": env._("Proposed case: accept or dismiss"),
                    "automated": True,
                    "user_id": user.id,
                    "date_deadline": company.gov_today(),
                }
                for proposal in proposals
                for user in holders.filtered("active")
                if user != proposal.employee_id.user_id
                and user.has_group("gov_points.group_points_officer")
            ]
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            vals_list
        )

    @api.model
    def _propose_for(self, rule_code, employee, company):
        """Count the confirmed findings of one kind and person, article by article."""
        confirmed = self.env["gov.finding"].search(
            [
                ("rule_code", "=", rule_code),
                ("employee_id", "=", employee.id),
                ("company_id", "=", company.id),
                ("state", "=", "confirmed"),
            ],
            order="opened_on desc, id desc",
        )
        used = self.search(
            [("employee_id", "=", employee.id), ("finding_ids", "in", confirmed.ids)]
        )
        created = self.browse()
        spent = {}
        for proposal in used:
            code = proposal.article_id.code
            spent[code] = spent.get(code, confirmed.browse()) | proposal.finding_ids
        for newest in confirmed:
            for article in self._get_articles(rule_code, employee, newest):
                left = confirmed - spent.get(article.code, confirmed.browse())
                counted = self._get_counted(article, newest, left)
                if counted:
                    spent[article.code] = spent.get(article.code, counted) | counted
                    created |= self._create_one(article, newest, counted)
        return created

    @api.model
    def _get_articles(self, rule_code, employee, finding):
        """Return the articles of that day that answer to the kind of finding."""
        schemes = self.env["gov.points.scheme"]._get_for(
            finding.opened_on, finding.company_id
        )
        articles = schemes.article_ids.filtered(lambda a: a._answers_to(rule_code))
        if not articles:
            return articles
        fitting = schemes.filtered(lambda s: s._applies_to(employee, finding.opened_on))
        return articles.filtered(lambda a: a.scheme_id in fitting)

    @api.model
    def _get_counted(self, article, newest, left):
        """Return the findings that trigger ``article`` up to ``newest``, or none."""
        if newest not in left:
            return left.browse()
        after = newest.opened_on - relativedelta(months=article.trigger_months or 12)
        window = left.filtered(lambda f: after < f.opened_on <= newest.opened_on)
        if len(window) < max(article.trigger_count, 1):
            return left.browse()
        # A behaviour that needs no second time is proposed finding by finding.
        return window if article.trigger_count > 1 else newest

    @api.model
    def _create_one(self, article, newest, counted):
        proposal = self.create(
            {
                "finding_id": newest.id,
                "finding_ids": [(6, 0, counted.ids)],
                "finding_count": len(counted),
                "employee_id": newest.employee_id.id,
                "article_id": article.id,
                "date": newest.opened_on,
                "company_id": newest.company_id.id,
            }
        )
        return proposal
