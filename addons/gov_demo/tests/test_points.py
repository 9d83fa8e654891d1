from collections import Counter
from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.gov_demo.generator import points

from .test_demo import DemoCase

# Part 3f of the office handbook.
MONTHS = (3, 2, 4, 3, 5, 3, 4, 3, 4, 5, 3, 2)
DECIDED = {1: 24, 2: 9, 4: 4, 6: 2, 12: 1}
LEVELS = {"unqualified": 1, "circular": 3, "talk_office": 1}


class PointsCase(DemoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company.gov_today()
        cls.rows = cls.loader.table("points_cases")
        cls.cases = cls.env["gov.points.case"].union(
            *(cls.demo(f"points_case_{row['id']}") for row in cls.rows)
        )
        cls.shares = cls.cases.share_ids
        cls.notices = cls.shares.notice_ids
        cls.scheme = cls.demo("points_scheme")

    def _case(self, name):
        return self.demo(f"points_case_{name}")

    def _person(self, name):
        return self.demo(f"employee_{name}")

    def _user(self, login):
        return self.demo(f"user_{login}")


@tagged("post_install", "-at_install")
class TestPointsYear(PointsCase):
    """A year of conduct scoring has the figures of the office handbook."""

    def test_41_cases_by_month_and_44_shares(self):
        count = Counter(case.date.month for case in self.cases)
        self.assertEqual(tuple(count[month] for month in range(1, 13)), MONTHS)
        self.assertEqual((len(self.cases), len(self.shares)), (41, 44))
        self.assertEqual(Counter(len(c.share_ids) for c in self.cases), {1: 38, 2: 3})
        year_ago = self.today - timedelta(days=380)
        for case in self.cases:
            self.assertTrue(year_ago < case.date < self.today, case.number)

    def test_states(self):
        self.assertEqual(
            Counter(self.cases.mapped("state")),
            {
                "decided": 37,
                "clue": 1,
                "checked": 1,
                "waiting_penalty": 1,
                "transferred": 1,
            },
        )
        decided = self.cases.filtered(lambda c: c.state == "decided")
        self.assertEqual(decided, self.cases.filtered("is_imported"))
        self.assertTrue(self._case("o3").share_ids.heard_on)
        self.assertEqual(self._case("o1").transfer_ids.state, "open")

    def test_40_decided_scores(self):
        first = self.shares.entry_ids.filtered(
            lambda e: e.revision == 1 and not e.reversal_of_id
        )
        self.assertEqual(len(first), 40)
        self.assertEqual(Counter(first.mapped("points")), DECIDED)
        self.assertEqual(first.share_id, self.shares.filtered("entry_ids"))
        self.assertEqual(len(self.notices), 40)

    def test_shares_of_two(self):
        found = {
            name: self._case(name).share_ids.sorted("id").mapped("points")
            for name in ("p1", "p2", "p3")
        }
        self.assertEqual(found, {"p1": [2, 1], "p2": [1, 1], "p3": [1, 1]})

    def test_service(self):
        self.assertEqual(
            Counter(self.notices.mapped("state")),
            {"served": 37, "refused": 2, "issued": 1},
        )
        refused = self.notices.filtered(lambda n: n.state == "refused").service_ids
        self.assertEqual(refused.mapped(lambda s: len(s.witness_ids)), [2, 2])
        served = self.notices.filtered("received_on")
        days = {(n.received_on - n.issued_on).days for n in served}
        self.assertGreater(len(days), 2, "served on varied days")
        self.assertGreater(min(days), 0)
        waiting = self._case("s15").share_ids.notice_ids
        self.assertEqual(waiting.state, "issued")
        self.assertGreater(waiting.age, 5, "overdue")
        person = waiting.with_user(self._user("zhangminghui"))
        self.assertTrue(person.can_sign, "on the phone")

    def test_appeals(self):
        appeals = self.env["gov.points.appeal"].search([])
        late = self.demo("points_appeal_late")
        self.assertEqual(
            Counter((appeals - late).mapped("outcome")),
            {"upheld": 3, "reduced": 2, "revoked": 1},
        )
        self.assertEqual((late.state, late.outcome), ("withdrawn", False))
        self.assertGreater(late.date, late.appeal_deadline)
        for appeal in appeals - late:
            self.assertLessEqual(appeal.points, 4)
            self.assertLessEqual(appeal.date, appeal.appeal_deadline)
            self.assertTrue(appeal.decision_received_on)
            users, __ = appeal._get_involved()
            self.assertFalse(users & appeal.decision_ids.decider_id)

    def test_where_the_head_presided_the_party_group_decided(self):
        appeals = self.env["gov.points.appeal"].search([("outcome", "!=", False)])
        self.assertEqual(Counter(appeals.mapped("body")), {"head": 5, "committee": 1})
        appeal = self.demo("points_appeal_a3")
        self.assertEqual(appeal.body, "committee")
        self.assertIn("meeting", appeal.decision_ids.mapped("channel"))
        head = self._user("luqiming")
        self.assertEqual(appeal.share_id.case_id.decision_ids.decider_id, head)
        self.assertEqual(
            (appeals - appeal).decision_ids.decider_id, head, "he decides all others"
        )

    def test_levels_at_the_end_of_the_year(self):
        cycles = self.shares.entry_ids.cycle_id
        levels = Counter(cycles.mapped("level"))
        self.assertEqual({code: levels[code] for code in LEVELS}, LEVELS)
        self.assertEqual(set(levels), {*LEVELS, "talk_section"})

        def points(person):
            entries = cycles.filtered(lambda c: c.employee_id == person).entry_ids
            return sorted(entries._standing(entries).mapped("points"))

        stories = {
            "zhaozhiqiang": [12],
            "guochunhua": [6],
            "yangqiuju": [6],
            "huangdajun": [1, 4, 4],
            "huqiuju": [2, 4],
            "chenyongkang": [1, 2, 2],
        }
        found = {name: points(self._person(name)) for name in stories}
        self.assertEqual(found, stories)

    def test_cycles_are_calendar_years_and_last_years_are_closed(self):
        cycles = self.env["gov.points.cycle"].search([])
        for cycle in cycles:
            self.assertEqual((cycle.date_from.month, cycle.date_from.day), (1, 1))
            self.assertEqual(cycle.closed, cycle.date_to < self.today)
            if cycle.closed:
                closing = cycle.closing_ids.filtered(lambda c: c.kind == "closing")
                self.assertEqual(closing.closed_on, date(self.today.year, 1, 1))

    def test_on_the_spot_and_by_the_leading_group(self):
        for case in self.cases.filtered(lambda c: c.state == "decided"):
            people = len(case.decision_ids.decider_id)
            self.assertEqual(case.is_on_spot, case.highest_points <= 2, case.number)
            self.assertEqual(people, 2 if case.is_on_spot else 1)

    def test_the_penalty_came_first(self):
        case = self._case("e1")
        self.assertEqual(case.penalty_state, "imposed")
        self.assertLessEqual(case.penalty_date, case.share_ids.decided_on)

    def test_a_repeat_is_found(self):
        repeat = self._case("r2").share_ids
        self.assertEqual(repeat.repeat_count, 1)

    def test_days_of_the_procedure(self):
        rows = self.env["gov.points.procedure"].search(
            [("notice_id", "in", self.notices.ids)]
        )
        for row in rows.filtered("received_on"):
            self.assertTrue(0 < row.days_decision < row.days_total < 25, row.clue_on)

    def test_facts_are_told_in_sentences(self):
        for case in self.cases:
            self.assertGreaterEqual(case.facts.count("。"), 2, case.number)
        self.assertEqual(len(set(self.cases.mapped("facts"))), 41)
        self.assertFalse(self.notices.filtered(lambda n: "1" not in n.evidence))
        said = self.shares.filtered("heard_on")
        self.assertFalse(said.filtered(lambda s: not s.statement))

    def test_all_of_it_is_sealed(self):
        for records in (
            self.shares.entry_ids,
            self.notices,
            self.notices.service_ids,
            self.cases.decision_ids,
        ):
            self.assertTrue(all(records.mapped("is_sealed")), records._name)
        for chain in ("points", "points_notice", "points_service", "decision"):
            answer = self.env["gov.seal"].verify(chain, self.company)
            self.assertTrue(answer["ok"], answer)

    def test_any_day_has_its_year(self):
        """The plan holds whenever the demo is installed."""
        workdays = self.env["gov.workday"]
        for distance in range(0, 366, 13):
            today = date(2026, 1, 1) + timedelta(days=distance)
            with self.subTest(today=today):
                days = points.plan_days(workdays, today)
                slots = points.plan_cases(self.rows, days)
                self.assertEqual(len({slot.row["id"] for slot in slots}), 41)
                self.assertLess(days[-1], today)
                years = {s.day.year for s in slots if s.row["chain"]}
                self.assertEqual(len(years), 1)
                order = [int(s.row["chain"]) for s in slots if s.row["chain"]]
                self.assertEqual(order, sorted(order))


@tagged("post_install", "-at_install")
class TestPointsDesks(PointsCase):
    """Everybody finds something on the desk."""

    def test_rulebook_of_the_agency(self):
        self.assertEqual(self.scheme.state, "released")
        self.assertEqual(self.scheme.cycle_start, "calendar_year")
        self.assertEqual(self.scheme.company_id, self.company)
        shipped = self.env.ref("gov_points.scheme_default")
        self.assertEqual(
            len(self.scheme.article_ids), len(shipped.article_ids) + 1, "one of our own"
        )
        own = self.scheme.article_ids.filtered(lambda a: a.code == "8.11")
        self.assertTrue(own.must_transfer)
        found = self.env["gov.points.scheme"]._find(
            self._person("huangguoping"), self.today, self.company
        )
        self.assertEqual(found, self.scheme)

    def test_measures(self):
        measures = self.shares.entry_ids.cycle_id.measure_ids
        states = Counter((m.kind, m.state) for m in measures)
        self.assertEqual(states["circular", "done"], 5)
        self.assertEqual(states["unqualified", "done"], 1)
        self.assertEqual(states["off_post", "done"], 1)
        self.assertEqual(states["transfer_post", "proposed"], 1)
        self.assertEqual(states["transfer_post", "dropped"], 2)
        self.assertEqual(states["transfer_post", "done"], 1)
        waiting = measures.filtered(lambda m: m.state in ("proposed", "todo"))
        self.assertEqual(
            waiting.employee_id,
            self._person("huangdajun") | self._person("zhangminghui"),
            "a few tasks are open",
        )
        talks = measures.filtered(lambda m: m.kind == "talk_section")
        done = talks.filtered(lambda m: m.state == "done")
        self.assertTrue(all(done.mapped("text")))
        self.assertTrue(talks - done, "one is still to do")
        self.assertFalse(measures.filtered(lambda m: not m.owner_id))

    def test_the_circular_after_a_revoked_score(self):
        cycle = self._case("x4").share_ids.entry_ids.cycle_id
        circular = cycle.measure_ids.filtered(lambda m: m.kind == "circular")
        self.assertEqual(circular.publication_id.stage, "taken_down")
        self.assertEqual(circular.correction_id.stage, "released")
        self.assertTrue(circular.is_cleared)
        others = (
            self.env["gov.points.measure"].search([("kind", "=", "circular")])
            - circular
        ).publication_id
        self.assertEqual(set(others.mapped("state")), {"ended"})
        self.assertEqual(len(others), 4)

    def test_two_complaints_are_a_proposal(self):
        proposal = self.env["gov.points.proposal"].search([])
        self.assertEqual((proposal.state, proposal.finding_count), ("open", 2))
        self.assertEqual(proposal.article_id.code, "9.1")
        self.assertEqual(proposal.employee_id, self._person("luominghui"))
        officer = self._user("wanglijuan")
        self.assertTrue(proposal.with_user(officer).can_decide)
        days = proposal.finding_ids.mapped("opened_on")
        self.assertEqual(proposal.date, max(days))
        self.assertEqual(
            {self.today - day for day in days}, {timedelta(75), timedelta(6)}
        )

    def test_a_vendors_guard_is_a_finding_on_the_firm(self):
        case = self._case("vendor")
        self.assertEqual(case.state, "decided")
        self.assertFalse(case.share_ids.entry_ids)
        self.assertFalse(case.share_ids.notice_ids)
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "vendor_staff_conduct")]
        )
        self.assertEqual(
            (finding.res_id, len(finding)), (self.demo("vendor_guards").id, 1)
        )

    def test_who_sees_what(self):
        officer, reader, person = (
            self._user(login) for login in ("wanglijuan", "shenhuiwen", "chenyongkang")
        )
        cases = self.env["gov.points.case"]
        open_ = cases.with_user(officer).search([("state", "!=", "decided")])
        self.assertNotIn(self._case("o1"), open_, "sent out: closed to the office")
        self.assertEqual(len(open_), 3)
        entries = self.env["gov.points.entry"]
        self.assertEqual(
            len(entries.with_user(reader).search([])), len(entries.search([]))
        )
        own = entries.with_user(person).search([])
        self.assertEqual(own.employee_id, self._person("chenyongkang"))
        self.assertEqual(sorted(own.mapped("points")), [-4, 1, 2, 2, 4])
        self.assertFalse(cases.with_user(person).search([]), "it names the reporter")

    def test_the_person_sees_what_was_published_and_corrected(self):
        person = self._person("chenyongkang")
        records = self.env["gov.points.record"].with_user(self._user("chenyongkang"))
        shown = records.browse(person.id).published
        circular = self._case("x4").share_ids.entry_ids.cycle_id.measure_ids.filtered(
            lambda m: m.kind == "circular"
        )
        self.assertIn(circular.correction_id.title, shown)
        self.assertEqual(
            shown.count("mb-1"), 2, "what was taken down, and the correction"
        )

    def test_the_open_cases_can_go_on(self):
        officer = self._user("wanglijuan")
        heard = self._case("o3").with_user(officer)
        heard.action_submit()
        self.assertTrue(heard.is_on_spot)
        with self.assertRaises(UserError):
            self._case("o2").with_user(officer).action_submit()
        self._case("o4").with_user(officer).action_check()
