"""Twelve months of assessments: two inspectors write what is wrong.

The guards score 88, 79 and 78 in three months: the engine then proposes to end their
contract. What was signed before the system was there is imported history.
"""

import base64
import random
from collections import Counter

from odoo.fields import Command
from odoo.tools import file_open

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day

SEED = "yunlan assessments"
# Months of the story, by their place among the twelve.
GUARD_SCORES = {8: 88, 9: 79, 10: 78, 11: 86}
# Points off in an ordinary month: from, to, and the least that a fault costs.
USUAL = {
    "property": (2, 6, 0.5),
    "security": (3, 8, 0.5),
    "canteen": (0, 7, 1),
    "printing": (0, 4, 2),
    "greening": (0, 4, 1),
}
INSPECTORS = {
    "property": ("maqiuju", "gaohaitao"),
    "security": ("zhouxiaofang", "liuyongkang"),
    "canteen": ("lixuemei", "heqiuju"),
    "printing": ("gaoyulan", "mahongmei"),
    "greening": ("xuzhiqiang", "maqiuju"),
}
SHEETS = {
    "property": "物业服务考核表",
    "security": "保安服务考核表",
    "canteen": "食堂服务考核表",
    "printing": "文印服务考核表",
    "greening": "绿化养护考核表",
}
MANAGER = "shaoliqun"
# How many faults of this month are written down already.
BEGUN = {"property": 3, "security": 1, "canteen": 1}
CITATION = "《机关后勤服务考核办法》附件一"


def load_sheets(loader, window):
    """Create the sheets, each of 100 points."""
    groups = {g.code: g for g in loader.env["gov.service.group"].search([])}
    rows = {}
    for row in loader.table("criteria"):
        rows.setdefault(row["sheet"], []).append(row)
    loader.make(
        "gov.service.sheet",
        [
            (
                f"sheet_{name}",
                {
                    "name": title,
                    "group_id": groups[name].id,
                    "company_id": loader.company.id,
                    "citation": CITATION,
                    "line_ids": [
                        Command.create(
                            {
                                "sequence": number,
                                "clause": row["clause"],
                                "name": row["name"],
                                "max_deduction": float(row["most"]),
                            }
                        )
                        for number, row in enumerate(rows[name], 1)
                    ],
                },
            )
            for name, title in SHEETS.items()
        ],
    )


def plan_faults(draw, faults, most, points):
    """Return rows of ``faults`` that add up to ``points``, none above its most.

    :param faults: rows of the table of one sheet.
    :param most: dict clause → most points.
    """
    chosen, used, left = [], Counter(), points
    rows = list(faults)
    while left > 0:
        draw.shuffle(rows)
        fitting = [
            row
            for row in rows
            if float(row["points"]) <= left
            and used[row["clause"]] + float(row["points"]) <= most[row["clause"]]
        ]
        # The big ones first: few faults are found in a month.
        row = max(fitting[:4], key=lambda r: float(r["points"]))
        chosen.append(row)
        used[row["clause"]] += float(row["points"])
        left -= float(row["points"])
    return chosen


def load(loader, window):
    year = AssessmentYear(loader, window)
    year.enter_history()
    year.walk_last_month()
    year.begin_month()


class AssessmentYear:
    """Scores of the assessed contracts, month by month."""

    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.env = loader.env
        self.draw = random.Random(SEED)
        with file_open("gov_demo/static/img/signature.png", "rb") as stream:
            self.signature = base64.b64encode(stream.read())
        self.faults, self.most = {}, {}
        for row in loader.table("assessment_faults"):
            self.faults.setdefault(row["sheet"], []).append(row)
        for row in loader.table("criteria"):
            self.most.setdefault(row["sheet"], {})[row["clause"]] = float(row["most"])
        self.contracts = [
            (row["sheet"], loader.ref(f"contract_{row['id']}"))
            for row in loader.table("contracts")
            if row["sheet"]
        ]

    def user(self, login):
        return self.loader.ref(f"user_{login}")

    def plan(self, month):
        """Return (sheet, contract, first day, last day, faults) of one month."""
        rows = []
        for sheet, contract in self.contracts:
            first = max(month.first, contract.date_start)
            last = min(month.last, contract.date_end or month.last)
            if first > last:
                continue
            low, high, step = USUAL[sheet]
            points = low + step * self.draw.randint(0, int((high - low) / step))
            if sheet == "security" and month.index in GUARD_SCORES:
                points = 100 - GUARD_SCORES[month.index]
            faults = plan_faults(
                self.draw, self.faults[sheet], self.most[sheet], points
            )
            rows.append((sheet, contract, first, last, faults))
        return rows

    def values(self, sheet, contract, first, last):
        return {
            "contract_id": contract.id,
            "date_from": first,
            "date_to": last,
            "inspector_ids": [
                Command.set([self.user(login).id for login in INSPECTORS[sheet]])
            ],
        }

    def line_values(self, sheet, contract, assessment, faults):
        criteria = {c.clause: c for c in contract.sheet_id.line_ids}
        inspectors = INSPECTORS[sheet]
        return [
            {
                "assessment_id": assessment.id,
                "criterion_id": criteria[fault["clause"]].id,
                "deduction": float(fault["points"]),
                "place": fault["place"],
                "reason": fault["reason"],
                "inspector_id": self.user(inspectors[number % 2]).id,
            }
            for number, fault in enumerate(faults)
        ]

    # ------------------------------------------------------------------- history

    def enter_history(self):
        """Enter the months that were assessed on paper."""
        for month in self.window.whole[:-1]:
            plan = self.plan(month)
            signed_on = self.window.after(month.last, 2)
            final_on = self.window.after(signed_on, 4)
            model = engine(self.env["gov.service.assessment"])
            assessments = on_day(model, signed_on).create(
                [self.values(*row[:4]) for row in plan]
            )
            engine(self.env["gov.service.assessment.line"]).create(
                [
                    values
                    for assessment, row in zip(assessments, plan, strict=True)
                    for values in self.line_values(*row[:2], assessment, row[4])
                ]
            )
            self._sign(assessments, plan, signed_on)
            for assessment in assessments:
                assessment._assign_number(signed_on)
                assessment.write(
                    {
                        "state": "inspected",
                        "is_signed": True,
                        "inspected_on": signed_on,
                        "statement_deadline": final_on,
                    }
                )
            on_day(assessments, final_on)._make_final()

    def _sign(self, assessments, plan, day):
        rows = []
        for assessment, (sheet, contract, *__) in zip(assessments, plan, strict=True):
            manager = contract.partner_id.child_ids[:1]
            common = {
                "company_id": self.loader.company.id,
                "assessment_id": assessment.id,
                "round": 1,
                "method": "paper",
                "score": assessment.score,
                "recorded_by_id": self.user(INSPECTORS[sheet][0]).id,
                "signed_at": self.window.utc(day, 16),
            }
            rows += [
                {
                    **common,
                    "role": "inspector",
                    "user_id": self.user(login).id,
                    "person_name": self.user(login).name,
                }
                for login in INSPECTORS[sheet]
            ]
            rows.append({**common, "role": "site_manager", "person_name": manager.name})
        engine(self.env["gov.service.assessment.signature"]).create(rows)

    # ----------------------------------------------------------------- last month

    def walk_last_month(self):
        """Last month's sheets are filled in, signed and made final by their users."""
        month = self.window.last
        day = self.window.after(month.last, 2)
        for sheet, contract, first, last, faults in self.plan(month):
            inspectors = [self.user(login) for login in INSPECTORS[sheet]]
            model = self.env["gov.service.assessment"].with_user(inspectors[0])
            assessment = on_day(model, day).create(
                self.values(sheet, contract, first, last)
            )
            self.loader.remember({f"assessment_{sheet}": assessment})
            for values in self.line_values(sheet, contract, assessment, faults):
                values.pop("inspector_id")
                self.env["gov.service.assessment.line"].with_user(inspectors[0]).create(
                    values
                )
            for user in inspectors:
                on_day(assessment.with_user(user), day).action_sign(self.signature)
            on_day(assessment.with_user(inspectors[0]), day).action_sign_manager(
                contract.partner_id.child_ids[:1].name, self.signature
            )
            # The deadline of the other side's statement has lapsed.
            on_day(engine(assessment.sudo()), self.window.after(day, 4))._make_final()

    # --------------------------------------------------------------- this month

    def begin_month(self):
        """This month's sheets are made; the first walk has found something."""
        model = self.env["gov.service.assessment"]
        model.with_user(self.user(MANAGER)).action_draft_month()
        for sheet, contract in self.contracts:
            sheets = contract.assessment_ids.filtered(lambda a: a.state == "draft")
            if sheet in BEGUN and sheets:
                inspector = self.user(INSPECTORS[sheet][0])
                for values in self.line_values(
                    sheet, contract, sheets, self.faults[sheet][: BEGUN[sheet]]
                ):
                    values.pop("inspector_id")
                    sheets.line_ids.with_user(inspector).create(values)
