"""A year of conduct scoring: the rulebook, the cases, and what followed from them.

The cases are those of the table, spread over the twelve months up to today as the
office's year has them: a month that is still to come is last year's. They are
imported history: the engine makes entries, notices, measures and closings with the
clock on the day on which each thing happened. The last four are still open and are
walked by the officers themselves.
"""

import base64
from collections import Counter, namedtuple
from datetime import date, datetime, time, timedelta

from odoo.fields import Command
from odoo.tools import file_open

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.past import on_day

from .points_walk import PointsWalker

MONTHS = (3, 2, 4, 3, 5, 3, 4, 3, 4, 5, 3, 2)
# So many of the last cases are not decided.
OPEN = 4
# What is told of one person after another ends here, so that all has followed by now.
CHAIN_END = 31
# The system is a month old: before, everything was signed on paper.
START = -31

OFFICER, SECOND = "wanglijuan", "liuchunhua"
# Where the head presides, an appeal goes to the party group; elsewhere to him. The
# administrator, who can play every part, sat in there as well: else he would decide it.
WITH_HEAD = ("luqiming", "zhuningyuan", "yaoguifen", "shenhuiwen", "admin")
WITHOUT_HEAD = ("zhuningyuan", "hansuqin", "hezhenbang", "yaoguifen", "shenhuiwen")
PARTY_GROUP = ("hansuqin", "hezhenbang", "zhuyongkang")
WITNESSES = {
    "d1": ("gaohaitao", "jiangxiaoyan"),
    "s03": ("xuedongmei", "liuwenjing"),
}
PENALTY = {
    "penalty_state": "imposed",
    "penalty_text": "县交警大队认定负全部责任，罚款200元、记3分，由本人承担。",
    "penalty_document": "云交认字第0417号",
}

Slot = namedtuple("Slot", "row day")


def load(loader):
    _load_rulebook(loader)
    year = ScoringYear(loader)
    year.run()
    walker = PointsWalker(loader, year)
    walker.leave_open()
    walker.propose()
    walker.score_vendor()
    # Days of the past may stand in values that are only computed.
    loader.env.invalidate_all()


# ------------------------------------------------------------------- the rulebook


def _load_rulebook(loader):
    """Release the institution's own copy: calendar year, one article more."""
    shipped = loader.ref("gov_points.scheme_default")
    action = shipped.action_new_version()
    scheme = loader.env["gov.points.scheme"].browse(action["res_id"])
    first_day = date(loader.company.gov_today().year - 1, 1, 1)
    scheme.write(
        {
            "date_from": first_day,
            "cycle_start": "calendar_year",
            "citation": f"云机服发〔{first_day.year - 1}〕37号",
            "article_ids": [
                Command.create(
                    {
                        "code": "8.11",
                        "sequence": 155,
                        "name": "擅自使用公务车辆办私事，未发生事故",
                        "points": 6,
                        "must_transfer": True,
                        "note": "本单位增列：原办法对未发生事故的公车私用没有规定。",
                    }
                )
            ],
        }
    )
    scheme.action_release()
    loader.remember({"points_scheme": scheme})


# ----------------------------------------------------------------------- the plan


def plan_days(workdays, today):
    """Return the days of the year's incidents, the oldest first.

    :param workdays: ``gov.workday``.
    """
    days = []
    for month, number in enumerate(MONTHS, 1):
        for index in range(number):
            day = date(today.year, month, 2 + int((index + 0.5) * 26 / number))
            if _next_working_day(workdays, day) >= today:
                day = day.replace(year=day.year - 1)
            days.append(_next_working_day(workdays, day))
    return sorted(days)


def _next_working_day(workdays, day):
    while not workdays.is_working_day(day):
        day += timedelta(days=1)
    return day


def plan_cases(rows, days):
    """Give each row of the table its day.

    What adds up for one person lies within one calendar year, on the longer side of
    New Year; the open ones are the last.

    :return: list of slots, the oldest first.
    """
    decided = days[: len(days) - OPEN]
    turn = sum(day.year < decided[-1].year for day in decided)
    sides = (range(turn), range(turn, CHAIN_END))
    side = max(sides, key=len)
    chain = sorted((r for r in rows if r["chain"]), key=lambda r: int(r["chain"]))
    step = len(side) / len(chain)
    slots = {side[int(index * step)]: row for index, row in enumerate(chain)}
    last = [row for row in rows if row["goal"] == "unserved"]
    rest = [r for r in rows if not r["chain"] and r["goal"] == "decided"]
    appealed = [row for row in rest if row["appeal"] or row["note"] == "late"]
    # Appeals come early, the plain ones may be recent.
    order = appealed + [row for row in rest if row not in appealed]
    free = [number for number in range(len(decided) - 1) if number not in slots]
    slots.update(zip(_spread(free, len(appealed)), order, strict=True))
    slots[len(decided) - 1] = last[0]
    still_open = [r for r in rows if r["goal"] not in ("decided", "unserved")]
    slots.update(enumerate(still_open, len(decided)))
    return [Slot(slots[number], days[number]) for number in sorted(slots)]


def _spread(numbers, count):
    """Return ``numbers`` with ``count`` of the early ones, well apart, in front."""
    early = numbers[: len(numbers) * 2 // 3]
    chosen = [early[index * len(early) // count] for index in range(count)]
    return chosen + [number for number in numbers if number not in chosen]


# ----------------------------------------------------------------------- the year


class ScoringYear:
    """Lets the year of the table happen, event by event in the order of days.

    :ivar cases: dict of id in the table → case, of the decided ones.
    :ivar slots: every row of the table with its day.
    """

    def __init__(self, loader):
        self.loader = loader
        self.env = loader.env
        self.company = loader.company
        self.today = self.company.gov_today()
        self.workdays = self.env["gov.workday"]
        self.scheme = loader.ref("points_scheme")
        days = plan_days(self.workdays, self.today)
        self.slots = plan_cases(loader.table("points_cases"), days)
        self.cases = {}
        self.meetings = Counter()
        self.events = []
        with file_open("gov_demo/static/img/signature.png", "rb") as stream:
            self.scan = base64.b64encode(stream.read())

    def run(self):
        """Carry out all events, and those that they bring about."""
        for number, slot in enumerate(self.slots):
            if slot.row["goal"] in ("decided", "unserved"):
                wait = 3 + number % 3 if not self.meets(slot.row) else 7
                day = self.after(slot.day, wait)
                self.at(day, self.decide, number, slot)
        new_year = date(self.today.year, 1, 1)
        if self.slots[0].day < new_year <= self.today:
            self.at(new_year, self.close_year)
        while self.events:
            self.events.sort(key=lambda event: event[:2])
            day, __, act, args = self.events.pop(0)
            act(day, *args)
        notices = self.env["gov.points.notice"].search(
            [("appeal_deadline", "<", self.today)]
        )
        # The server's own code ends the windows, as the daily job does.
        engine(notices)._make_final()

    def at(self, day, act, *args):
        """Put an event on the list; what lies in the future does not happen."""
        if day <= self.today:
            self.events.append((day, len(self.events), act, args))

    def after(self, day, number):
        return self.workdays.add_working_days(day, number)

    def moment(self, day, hour=9):
        return self.company._gov_utc(datetime.combine(day, time(hour, 20)))

    def user(self, login):
        return self.loader.ref(f"user_{login}")

    def employee(self, name):
        return self.loader.ref(f"employee_{name}")

    def holders(self, role, names):
        """Return the holders of a role, in the order of ``names``."""
        return self.env["gov.role.holder"].union(
            *(self.loader.ref(f"holder_{role}_{name}") for name in names)
        )

    def meets(self, row):
        """Tell whether the leading group decides."""
        return self.article(row).points > 2

    def article(self, row):
        articles = self.scheme.article_ids
        return articles.filtered(lambda a: a.code == row["article"])

    def meeting(self, day, role, names):
        """Return the values of the record of a meeting."""
        self.meetings[role, day.year] += 1
        holders = self.holders(role, names)
        number = f"第{self.meetings[role, day.year]}次"
        kind = "" if role == "points_group" else "复核"
        return {
            "number": f"〔{day.year}〕{kind}{number}",
            "date": day,
            "chair_id": holders[0].id,
            "present_ids": [Command.set(holders.ids)],
            "scan": self.scan,
            "scan_name": "会议纪要.png",
            "entered_by_id": self.user("huxiaofang").id,
        }

    # ------------------------------------------------------------------- the case

    def values(self, row, day, heard_on=None):
        """Return the values of a case with its people."""
        people = row["persons"].split()
        parts = row["shares"].split() or ["100"]
        shares = []
        for person, part in zip(people, parts, strict=True):
            share = {
                "employee_id": self.employee(person).id,
                "article_id": self.article(row).id,
                "share": float(part),
            }
            if row["points"]:
                share["discretion_points"] = int(row["points"])
                share["discretion_grounds"] = row["note"]
            if heard_on:
                share.update(heard_on=heard_on, statement=row["statement"])
            shares.append(Command.create(share))
        return {
            "date": day,
            "time_text": row["time"],
            "place": row["place"],
            "source": row["source"],
            "facts": row["facts"],
            "employee_id": self.employee(OFFICER).id,
            "company_id": self.company.id,
            "scheme_id": self.scheme.id,
            "share_ids": shares,
        }

    def decide(self, day, number, slot):
        """The case was heard and decided; notices and measures follow."""
        row = slot.row
        heard_on = self.after(slot.day, 1 + number % 3)
        values = {
            **self.values(row, slot.day, heard_on),
            "handler_id": self.user(OFFICER).id,
            "department_id": self.loader.ref("department_personnel").id,
            "submitted_at": self.moment(day),
            "checked_at": self.moment(heard_on),
        }
        if row["note"] == "penalty":
            values.update(
                PENALTY, penalty_due=True, penalty_date=self.after(slot.day, 4)
            )
        meeting = None
        if self.meets(row):
            present = WITH_HEAD if row["note"] in ("head", "penalty") else WITHOUT_HEAD
            meeting = self.meeting(day, "points_group", present)
        cases = self.env["gov.points.case"]
        note = f"证据说明：{row['evidence']}。".encode()
        case = cases._import_case(
            values, {"role": "事实清楚，同意"}, meeting, [("证据说明.txt", note)]
        )
        self.cases[row["id"]] = case
        self.loader.remember({f"points_case_{row['id']}": case})
        if row["goal"] == "unserved":
            return
        for notice in case.share_ids.notice_ids:
            self.at(self.after(day, 1 + number % 4), self.serve, row, notice)
        self.plan_measures(day, row, case)

    # ----------------------------------------------------------------- its service

    def serve(self, day, row, notice):
        """The notice is handed over: signed, on the screen lately, or refused."""
        person = notice.employee_id
        officer = on_day(notice.with_user(self.user(OFFICER)), day)
        if row["service"] == "refused":
            officer.action_serve_refused(
                day,
                [self.employee(name).id for name in WITNESSES[row["id"]]],
                person._gov_department().name,
                "当面宣读后本人拒绝签字，通知书留置在其工位，两名见证人在场。",
                served_at="上午10时",
                photo=self.scan,
            )
        elif person.user_id and day >= self.today + timedelta(days=START):
            on_day(notice.with_user(person.user_id), day).action_sign(self.scan)
        else:
            officer.action_serve_paper(day, self.scan, "送达回证.png")
        if row["appeal"]:
            self.at(self.after(day, 1 + len(row["id"]) % 2), self.appeal, row, notice)
        elif row["note"] == "late":
            self.at(self.after(day, 5), self.appeal_late, notice)

    # ------------------------------------------------------------------ its appeal

    def appeal(self, filed, row, notice):
        wait = 3 if row["appeal"] == "revoked" else 6
        self.at(self.after(filed, wait), self.decide_appeal, filed, row, notice)

    def decide_appeal(self, day, filed, row, notice):
        decision = {
            "outcome": row["appeal"],
            "points": 1 if row["appeal"] == "reduced" else None,
            "grounds": row["reply"],
            "decided_at": self.moment(day, 14),
        }
        meeting = None
        if row["note"] == "head":
            meeting = self.meeting(day, "committee", PARTY_GROUP)
        appeal = self.env["gov.points.appeal"]._import_appeal(
            self.appeal_values(filed, notice, row["grounds"]),
            decision,
            "同意复核意见",
            meeting,
        )
        self.loader.remember({f"points_appeal_{row['id']}": appeal})
        self.at(self.after(day, 1), self.serve_decision, appeal)
        # A circular that lost its ground is corrected in the same circle.
        if correction := notice.share_id.entry_ids.cycle_id.measure_ids.correction_id:
            self.at(self.after(day, 1), self.release, correction)

    def appeal_values(self, filed, notice, grounds):
        return {
            "notice_id": notice.id,
            "date": filed,
            "grounds": grounds,
            "handler_id": self.user(SECOND).id,
            "scan": self.scan,
            "scan_name": "申诉书.png",
            "submitted_at": self.moment(filed, 10),
        }

    def serve_decision(self, day, appeal):
        officer = on_day(appeal.with_user(self.user(OFFICER)), day)
        officer.action_serve_paper(day, self.scan, "复核决定书回证.png")

    def appeal_late(self, day, notice):
        """Handed in after the last day: refused."""
        last = notice.appeal_deadline
        appeal = self.env["gov.points.appeal"]._import_late(
            self.appeal_values(day, notice, "只打了十来分钟牌，记分过重。"),
            self.moment(day, 11),
            f"逾期：申诉期限至{last.year}年{last.month}月{last.day}日，不予受理。",
        )
        self.loader.remember({"points_appeal_late": appeal})

    # ---------------------------------------------------------------- its measures

    def plan_measures(self, day, row, case):
        """What the level asks for is done in the days that follow."""
        for measure in case.share_ids.entry_ids.cycle_id.measure_ids:
            if measure.made_on != day or measure.state not in ("todo", "proposed"):
                continue
            if measure.kind == "circular":
                self.at(self.after(day, 1), self.release, measure.publication_id)
            elif measure.state == "todo":
                self.at(self.after(day, 3), self.carry_out, measure)
            else:
                self.at(self.after(day, 2), self.weigh, row, measure)

    def release(self, day, publication):
        if publication.exists() and publication.stage == "draft":
            publisher = self.user("chengxiaolan")
            on_day(publication.with_user(publisher), day).action_release()

    def carry_out(self, day, measure):
        waits = measure.employee_id == self.employee(UNFINISHED)
        if measure.state != "todo" or (waits and measure.kind not in TALKS):
            return
        text, said = DONE[measure.kind]
        on_day(measure.with_user(measure.owner_id), day).action_done(
            text,
            place=f"{measure.department_id.name}办公室",
            person_text=said,
        )

    def weigh(self, day, row, measure):
        """Is it serious? The office takes the proposal up or drops it."""
        answer, text = PROPOSED.get((row["id"], measure.kind), (None, None))
        if measure.state != "proposed" or not answer:
            return
        officer = on_day(measure.with_user(self.user("luoanping")), day)
        if answer == "drop":
            officer.action_drop(text)
        else:
            officer.action_confirm(text)
            self.at(self.after(day, 3), self.carry_out, measure)

    # -------------------------------------------------------------------- the end

    def close_year(self, day):
        """The last year's cycles are closed as the job does on New Year's night."""
        cycles = engine(on_day(self.env["gov.points.cycle"], day))
        if ended := cycles._find_ended(cycles.env.company):
            cycles._close(ended)


DONE = {
    "talk_section": (
        "就记分事实进行提醒谈话，指出问题和改进要求，约定一个月内科室跟踪检查。",
        "认识到问题，保证改正。",
    ),
    "talk_office": (
        "记分办负责人谈话：通报累计记分，说明再次记分的后果，要求写出整改措施。",
        "接受处理，按要求整改。",
    ),
    "watch_list": ("列入重点关注人员名单，科室每月报告一次表现。", False),
    "no_excellent": ("已记入年度考核备查表，当年不评优秀等次。", False),
    "unqualified": ("已记入年度考核备查表，并函告派遣单位。", False),
    "no_promotion": ("已函告派遣单位，当年不调薪、不晋级。", False),
    "transfer_post": ("已由水电班调至绿化监管岗，工作交接完毕。", False),
    "off_post": ("已离岗参加安全驾驶培训，期满后待岗。", False),
}
TALKS = ("talk_section", "talk_office")
# Case and measure → what came of the proposal; one is still to be weighed.
PROPOSED = {
    ("e1", "transfer_post"): ("drop", "已按离岗待岗处理，不再单独调整岗位。"),
    ("e1", "off_post"): ("confirm", "后果严重，经领导小组研究，离岗培训后待岗。"),
    ("c1", "transfer_post"): ("drop", "本人配合维修并承担部分费用，情节不属严重。"),
    ("d1", "transfer_post"): ("confirm", "巡检记录多次补签，不宜继续从事值守岗位。"),
}
# Whose measures are still on the desk.
UNFINISHED = "huangdajun"
