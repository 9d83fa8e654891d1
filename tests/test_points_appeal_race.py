"""An appeal against rivals, on real connections."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PDF

from .common_race import RaceCase


@tagged("post_install", "-at_install")
class TestAppealRace(RaceCase):
    """Filed once, decided once; withdrawn or decided, never both."""

    @classmethod
    def _prepare(cls, env):
        department = env["hr.department"].create({"name": "Works"})
        cls.ids = {}
        for name, group in (
            ("officer", "gov_points.group_points_officer"),
            ("other", "gov_points.group_points_officer"),
            ("boss", "base.group_user"),
            ("person", "base.group_user"),
        ):
            groups = env.ref(group) | env.ref("base.group_user")
            user = env["res.users"].create(
                {
                    "name": name.title(),
                    "login": f"race_{name}",
                    "group_ids": [Command.set(groups.ids)],
                    "company_id": env.company.id,
                    "company_ids": [Command.set(env.company.ids)],
                }
            )
            employee = env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "department_id": department.id,
                    "company_id": env.company.id,
                }
            )
            cls.ids[name] = (user.id, employee.id)
        role = env["gov.role"].search([("code", "=", "head")], limit=1)
        role.holder_ids.filtered(lambda h: h.company_id == env.company).unlink()
        env["gov.role.holder"].create(
            {
                "role_id": role.id,
                "employee_id": cls.ids["boss"][1],
                "company_id": env.company.id,
                "date_from": "2020-01-01",
            }
        )

    def _served(self, env):
        """Return the notice of a score of four, served today."""
        scheme = env.ref("gov_points.scheme_default")
        officer, employee = self.ids["officer"]
        day = env.company.gov_today()
        case = engine(env["gov.points.case"]).create(
            {
                "date": day,
                "facts": "Left the stove burning",
                "handler_id": officer,
                "employee_id": employee,
                "company_id": env.company.id,
                "scheme_id": scheme.id,
            }
        )
        article = scheme.article_ids.filtered(
            lambda a: a.points == 4 and not a.must_transfer
        )
        share = engine(env["gov.points.share"]).create(
            {
                "case_id": case.id,
                "employee_id": self.ids["person"][1],
                "article_id": article[:1].id,
            }
        )
        share.write({"state": "noticed", "points": 4})
        env["gov.points.entry"]._post(share)
        notice = env["gov.points.notice"]._issue(share)
        notice.with_env(env).with_user(officer).action_serve_paper(day, PDF)
        return notice.id

    def _draft(self, env, notice_id, name):
        values = {"notice_id": notice_id, "grounds": "It was not me"}
        if name != "person":
            values["scan"] = PDF
        appeals = env["gov.points.appeal"].with_user(self.ids[name][0])
        return appeals.create(values).id

    def _do(self, appeal_id, name, method, *args):
        def do(env):
            appeal = env["gov.points.appeal"].with_user(self.ids[name][0])
            return getattr(appeal.browse(appeal_id), method)(*args)

        return do

    def _refused(self, outcomes):
        self.assertIn(True, outcomes)
        return [outcome for outcome in outcomes if isinstance(outcome, UserError)]

    def test_filed_twice_at_once(self):
        """In the app and from the paper: one of them is the appeal."""
        with self.transaction() as env:
            notice_id = self._served(env)
            drafts = [
                (name, self._draft(env, notice_id, name))
                for name in ("person", "officer")
            ]
        outcomes = self.race(
            *(self._do(draft, name, "action_submit") for name, draft in drafts)
        )
        self.assertEqual(len(self._refused(outcomes)), 1, outcomes)
        with self.transaction() as env:
            appeals = env["gov.points.appeal"].search([("notice_id", "=", notice_id)])
            self.assertEqual(sorted(appeals.mapped("state")), ["draft", "submitted"])

    def test_decided_while_it_is_withdrawn(self):
        with self.transaction() as env:
            notice_id = self._served(env)
            appeal_id = self._draft(env, notice_id, "person")
        with self.transaction() as env:
            self._do(appeal_id, "person", "action_submit")(env)
        outcomes = self.race(
            self._do(appeal_id, "boss", "action_decide", "revoked", "Not proven"),
            self._do(appeal_id, "person", "action_withdraw"),
        )
        self.assertEqual(len(self._refused(outcomes)), 1, outcomes)
        with self.transaction() as env:
            appeal = env["gov.points.appeal"].browse(appeal_id)
            entries = env["gov.points.entry"].search(
                [("share_id", "=", appeal.share_id.id)]
            )
            known = {
                "decided": ("revoked", 0, [-4, 4]),
                "draft": ("noticed", 4, [4]),
            }
            self.assertEqual(
                (
                    appeal.share_id.state,
                    sum(entries.mapped("points")),
                    sorted(entries.mapped("points")),
                ),
                known[appeal.state],
            )
