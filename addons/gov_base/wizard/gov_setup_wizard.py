from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.names import join_names

_NAMED = 6
_DEFAULT_NAMES = {"My Company", "YourCompany"}


class GovSetupWizard(models.TransientModel):
    """One page for the approval administrator: what is still missing.

    Nothing is stored: each line is derived when the page is opened, and its button
    opens the place where it is set right. Modules add lines in :meth:`_get_checks`.
    """

    _name = "gov.setup.wizard"
    _description = "Set-up of the Institution"

    company_id = fields.Many2one("res.company", string="Institution", readonly=True)
    line_ids = fields.One2many("gov.setup.line", "wizard_id", readonly=True)
    missing_count = fields.Integer(string="Still missing", readonly=True)

    @api.depends("company_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Set-up of the institution")

    @api.model
    def action_open(self):
        """Look at everything anew and show the page.

        :return: a window action.
        :raise AccessError: the caller is not the approval administrator.
        """
        self._check_administrator()
        company = self.env.company
        lines = [
            {"sequence": number, **self._prepare_line(check)}
            for number, check in enumerate(self._get_checks(company))
        ]
        wizard = self.create(
            {
                "company_id": company.id,
                "missing_count": sum(line["state"] == "missing" for line in lines),
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set-up of the institution"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _check_administrator(self):
        if not self.env.user.has_group("gov_base.group_approval_admin"):
            raise AccessError(
                self.env._("The set-up is for the approval administrator.")
            )

    @api.model
    def _prepare_line(self, check):
        names = check.get("names") or []
        text = check.get("text") or ""
        if names:
            listed = join_names(self.env, names[:_NAMED])
            text = (
                self.env._(
                    "%(names)s and %(count)s more",
                    names=listed,
                    count=len(names) - _NAMED,
                )
                if len(names) > _NAMED
                else listed
            )
        state = "ok" if check["ok"] else "missing"
        if state == "missing" and check.get("optional"):
            state = "advice"
        return {
            "name": check["name"],
            "state": state,
            "text": text,
            "place": check.get("place"),
        }

    # === Checks ===

    @api.model
    def _get_checks(self, company):
        """Return what has to be there, in the order of work; modules add theirs.

        :return: list of dicts: ``name``, ``ok``, ``text`` or ``names`` (what is
            missing), ``place`` (external id of the window action that opens where it
            is set right), ``optional`` (an advice only).
        """
        return [
            self._check_company(company),
            self._check_calendar(company),
            *self._check_departments(company),
            self._check_people(company),
            *self._check_roles(company),
            *self._check_rules(company),
            self._check_fallback(company),
            self._check_clauses(company),
            *self._check_users(company),
            self._check_notices(company),
        ]

    @api.model
    def _check_company(self, company):
        # sudo: name, country and time zone of one's own institution are no secret.
        company = company.sudo()
        named = company.name and company.name not in _DEFAULT_NAMES
        return {
            "name": self.env._("Name, country and time zone of the institution"),
            "ok": bool(named and company.country_id and company.gov_tz),
            "text": join_names(
                self.env,
                [company.name, company.country_id.name or "-", company.gov_tz],
            ),
            "place": "base.action_res_company_form",
        }

    @api.model
    def _check_calendar(self, company):
        missing = self.env["gov.config.notice"]._get_missing_year(company)
        text = self.env._("The official plan of the year is loaded.")
        if missing != "-":
            text = self.env._(
                "The official plan of %(year)s is not loaded.", year=missing
            )
        return {
            "name": self.env._("Working days"),
            "ok": missing == "-",
            "text": text,
            "place": "gov_base.gov_workday_year_action",
        }

    @api.model
    def _check_departments(self, company):
        # sudo: heads, leaders and their logins, to say which are missing.
        departments = self.env["hr.department"].sudo()
        departments = departments.search([("company_id", "in", [company.id, False])])
        roles = self.env["gov.role"].sudo().search([("code", "=", "head")])
        top = roles._get_holders(company).employee_id
        led = departments.filtered(lambda d: not d.manager_id & top)
        headless = departments.filtered(lambda d: not d.manager_id)
        unled = led.filtered(lambda d: not d.line_leader_id)
        posts = departments.manager_id | departments.line_leader_id
        locked = posts.filtered(lambda e: not e.user_id.active)
        place = "gov_base.gov_setup_department_action"
        return [
            {
                "name": self.env._("Departments"),
                "ok": bool(departments),
                "text": str(len(departments)),
                "place": place,
            },
            {
                "name": self.env._("Departments without a head"),
                "ok": not headless,
                "names": headless.mapped("name"),
                "place": place,
            },
            {
                "name": self.env._("Departments without a line leader"),
                "ok": not unled,
                "names": unled.mapped("name"),
                "place": place,
            },
            {
                "name": self.env._("Heads and leaders without a login"),
                "ok": not locked,
                "names": locked.mapped("name"),
                "place": place,
            },
            {
                "name": self.env._("Departments without a liaison"),
                "ok": all(d.liaison_ids for d in departments),
                "names": departments.filtered(lambda d: not d.liaison_ids).mapped(
                    "name"
                ),
                "place": place,
                "optional": True,
            },
        ]

    @api.model
    def _check_people(self, company):
        # sudo: only the names of those who can submit nothing.
        people = self.env["hr.employee"].sudo()
        lost = people.search(
            [
                ("company_id", "=", company.id),
                ("department_id", "=", False),
                ("working_department_id", "=", False),
            ]
        )
        return {
            "name": self.env._("People without a department"),
            "ok": not lost,
            "names": lost.mapped("name"),
            "place": "hr.open_view_employee_list_my",
        }

    @api.model
    def _check_roles(self, company):
        used = self._get_rules(company).role_id
        roles = self.env["gov.role"].search([("company_id", "in", [company.id, False])])
        holders = roles._get_holders(company)
        vacant = roles - holders.role_id
        locked = holders.filtered(lambda holder: not holder.user_id)
        return [
            {
                "name": self.env._("Roles in use without a holder"),
                "ok": not vacant & used,
                "names": (vacant & used).mapped("name"),
                "place": "gov_base.gov_role_holder_action",
            },
            {
                "name": self.env._("Other roles without a holder"),
                "ok": not vacant - used,
                "names": (vacant - used).mapped("name"),
                "place": "gov_base.gov_role_holder_action",
                "optional": True,
            },
            {
                "name": self.env._("Holders of roles without a login"),
                "ok": not locked,
                "names": locked.mapped("display_name"),
                "place": "gov_base.gov_role_holder_action",
            },
        ]

    @api.model
    def _get_rules(self, company):
        rules = self.env["gov.approval.rule"]
        today = company.gov_today()
        return rules.search(
            Domain("company_id", "in", [company.id, False])
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )

    @api.model
    def _check_rules(self, company):
        rules = self._get_rules(company)
        models_ = self.env["gov.matter.part"]._get_matter_models()
        labels = {name: self.env["ir.model"]._get(name).name for name in models_}
        bare = [labels[n] for n in models_ if n not in rules.mapped("model")]
        # One rule speaks for all bands beside it.
        groups = rules.filtered(lambda r: r._has_band() and not r.for_urgent).grouped(
            lambda r: (r.model, r.company_id, r.domain)
        )
        warnings = [
            f"{labels.get(key[0], key[0])}: {text}"
            for key, bands in groups.items()
            for text in bands[0]._get_band_warnings()
        ]
        place = "gov_base.gov_approval_rule_action"
        return [
            {
                "name": self.env._("Matters without an approval rule"),
                "ok": not bare,
                "names": bare,
                "place": place,
            },
            {
                "name": self.env._("Gaps and overlaps between bands"),
                "ok": not warnings,
                "text": "\n".join(warnings),
                "place": place,
            },
        ]

    @api.model
    def _check_fallback(self, company):
        entries = self.env["gov.approval.fallback"].search(
            [("company_id", "=", company.id)]
        )
        # sudo: the names of those on the list, which the administrator keeps.
        names = entries.sudo().employee_id.mapped("name")
        return {
            "name": self.env._("Fallback list"),
            "ok": bool(names),
            "names": names,
            "text": self.env._("Nobody decides when a post is vacant."),
            "place": "gov_base.gov_approval_fallback_action",
        }

    @api.model
    def _check_clauses(self, company):
        policies = self.env["gov.policy"].search(
            [("company_id", "in", [company.id, False])]
        )
        in_force = policies.filtered_domain(
            policies._domain_in_force(company.gov_today())
        )
        lacking = policies.filtered(lambda p: p.code not in in_force.mapped("code"))
        return {
            "name": self.env._("Policy clauses without a figure in force"),
            "ok": not lacking,
            "names": sorted(set(lacking.mapped("name"))),
            "place": "gov_base.gov_policy_action",
        }

    @api.model
    def _check_users(self, company):
        def count(xml_id):
            # sudo: only whether somebody in this institution has the role.
            users = self.env.ref(xml_id).sudo().all_user_ids
            return len(users.filtered(lambda u: u.active and company in u.company_ids))

        publishers = count("gov_base.group_publisher")
        return [
            {
                "name": self.env._("Supervision"),
                "ok": bool(count("gov_base.group_supervision")),
                "text": self.env._("Somebody with this role reads the findings."),
                "place": "base.action_res_users",
            },
            {
                "name": self.env._("Publishers"),
                "ok": publishers > 1,
                "text": self.env._("Two are needed: one writes, another releases."),
                "place": "base.action_res_users",
                "optional": True,
            },
        ]

    @api.model
    def _check_notices(self, company):
        notices = self.env["gov.config.notice"].search(
            [("company_id", "=", company.id), ("state", "=", "open")]
        )
        return {
            "name": self.env._("Open configuration notices"),
            "ok": not notices,
            "names": notices.mapped("text"),
            "place": "gov_base.gov_config_notice_action",
        }
