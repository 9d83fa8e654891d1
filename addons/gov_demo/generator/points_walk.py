"""What lies on the desks of the scoring office today, walked by the officers."""

from datetime import timedelta

from odoo.fields import Command

from odoo.addons.gov_base.tools.past import on_day

DECIDERS = ("liuchunhua", "wanglijuan")
# Who was complained about twice, and when from today.
COMPLAINED, COMPLAINTS = (
    "luominghui",
    (
        (-75, "会务保障期间茶水断供，参会单位来电投诉，经会务组长核实属实。"),
        (-6, "会场话筒未提前调试，开场推迟十分钟，主办单位书面投诉，经核实属实。"),
    ),
)


class PointsWalker:
    """Acts as the officers of the scoring office, without any right of its own."""

    def __init__(self, loader, year):
        self.loader = loader
        self.env = loader.env
        self.year = year

    def leave_open(self):
        """The youngest cases: a clue, one heard, one at the gate, one sent out."""
        for slot in self.year.slots:
            goal = slot.row["goal"]
            if goal in ("decided", "unserved"):
                continue
            values = self.year.values(slot.row, slot.day)
            if goal == "clue":
                values["reporter_name"] = "就餐干部（要求保密）"
                values["reporter_contact"] = "分机 8021"
            values["penalty_due"] = goal == "penalty"
            case = self._enter(f"points_case_{slot.row['id']}", values)
            getattr(self, f"_leave_{goal}")(case, slot)

    def _enter(self, name, values):
        officer = self.year.user("wanglijuan")
        case = self.env["gov.points.case"].with_user(officer).create(values)
        self.loader.remember({name: case})
        return case

    def _leave_clue(self, case, slot):
        """Nobody has looked into it yet."""

    def _leave_heard(self, case, slot):
        case.action_check()
        case.share_ids.write(
            {
                "heard_on": min(slot.day + timedelta(days=1), self.year.today),
                "statement": slot.row["statement"],
            }
        )

    def _leave_penalty(self, case, slot):
        """The police have not decided: the points wait."""
        case.action_check()

    def _leave_transferred(self, case, slot):
        day = min(self.year.after(slot.day, 2), self.year.today)
        letter = f"云机服函〔{day.year}〕12号"
        case.action_transfer("县纪委监委派驻纪检监察组", letter, day)

    def propose(self):
        """Two verified complaints within a year: a proposal waits."""
        person = self.year.employee(COMPLAINED)
        supervisor = self.year.user("peizhengsheng")
        for distance, evidence in COMPLAINTS:
            day = self.year.today + timedelta(days=distance)
            finding = self.env["gov.finding"]._raise(
                "verified_complaint", on_day(person, day), evidence, employee=person
            )
            on_day(finding.with_user(supervisor), day).action_confirm(
                "向投诉单位和当事科室核实，情况属实。"
            )

    def score_vendor(self):
        """A vendor's guard leaves the gate: no entry for us, a finding on the firm."""
        firm = self.loader.ref("vendor_guards")
        scheme = self.year.scheme
        article = scheme.article_ids.filtered(lambda a: a.code == "10.4")
        case = self._enter(
            "points_case_vendor",
            {
                "date": self.year.today - timedelta(days=3),
                "time_text": "晚上10时",
                "place": "南门岗",
                "source": "inspection",
                "facts": "夜间抽查时南门岗无人值守十五分钟。监控显示当班保安外出购物。",
                "scheme_id": scheme.id,
                "employee_id": self.year.employee("wanglijuan").id,
                "share_ids": [
                    Command.create(
                        {
                            "partner_id": firm.id,
                            "person_name": "周某",
                            "article_id": article.id,
                        }
                    )
                ],
            },
        )
        case.action_check()
        case.action_submit()
        for login in DECIDERS:
            case.with_user(self.year.user(login)).action_approve("同意")
