from collections import Counter
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.gov_demo.generator.service import (
    energy,
    repair_plan,
    settlements,
    usage_plan,
)
from odoo.addons.gov_demo.generator.service.window import Window

from .test_demo import DemoCase

# Parts 3d to 3f of the office handbook.
REPAIRS = (86, 64, 92, 98, 104, 128, 142, 136, 108, 90, 84, 88)
MEETINGS = (138, 72, 120, 116, 104, 118, 96, 88, 112, 98, 126, 134)
KWH = (262, 196, 178, 158, 186, 238, 312, 318, 246, 168, 164, 218)
ROOMS = {"office": 46, "meeting": 10, "service": 22, "plant": 24, "canteen": 16}
# Fixed fees of a month, and what the metered ones came to in twelve months.
FEES = {
    "property": 109_200,
    "guards": 69_300,
    "dishes": 50_400,
    "telecom": 16_800,
    "greens": 11_700,
    "fire": 6_000,
    "lifts": 4_160,
}
METERED = {
    ("garage_north", "garage_east", "garage_new"): 12 * 18_500,
    ("printing",): 12 * 14_500,
}


class ServiceCase(DemoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.window = Window(cls.loader)
        cls.today = cls.window.today

    def _user(self, login):
        return self.demo(f"user_{login}")

    def _contract(self, name):
        return self.demo(f"contract_{name}")

    def _months(self, days):
        count = Counter(day.month for day in days)
        return tuple(count[month] for month in range(1, 13))

    def _within_a_year(self, days):
        self.assertGreater(min(days), self.today - timedelta(days=367))
        self.assertLessEqual(max(days), self.today)


@tagged("post_install", "-at_install")
class TestServiceYear(ServiceCase):
    """Twelve months of the service centre have the figures of the office handbook."""

    def test_1220_repairs(self):
        requests = self.env["maintenance.request"].search([])
        days = [request.request_date for request in requests]
        self.assertEqual(len(requests), 1220)
        self._within_a_year(days)
        self.assertEqual(self._months(days), REPAIRS)

    def test_most_repairs_come_by_phone(self):
        requests = self.env["maintenance.request"].search([])
        channels = Counter(requests.mapped("channel"))
        self.assertGreater(channels["phone"], 0.78 * len(requests))
        self.assertEqual(set(channels), {"phone", "counter", "app", "portal", "qr"})

    def test_every_state_is_on_a_desk(self):
        requests = self.env["maintenance.request"].search([])
        states = Counter(requests.mapped("gov_state"))
        self.assertEqual(
            set(states),
            {"new", "assigned", "accepted", "arrived", "paused", "done", "cancelled"},
        )
        self.assertLess(sum(states.values()) - states["done"], 30)
        for request in requests:
            self.assertEqual(request.stage_id.gov_state, request.gov_state)
        self.assertTrue(requests.search_count([("sla_state", "=", "overdue")]))
        self.assertTrue(requests.search_count([("sla_state", "=", "missed")]))

    def test_finished_requests_have_their_moments(self):
        done = self.env["maintenance.request"].search([("gov_state", "=", "done")])
        for request in done:
            moments = [
                request.requested_at,
                request.assigned_at,
                request.accepted_at,
                request.arrived_at,
                request.resolved_at,
            ]
            self.assertEqual(moments, sorted(moments), request.number)
            self.assertTrue(request.closing_text)
            self.assertTrue(request.user_id)
            self.assertLess((request.close_date - request.request_date).days, 40)

    def test_numbers_follow_the_year(self):
        requests = self.env["maintenance.request"].search([])
        for year, rows in requests.grouped(lambda r: r.request_date.year).items():
            for request in rows:
                self.assertIn(str(year), request.number)
        self.assertEqual(len(set(requests.mapped("number"))), 1220)

    def test_silence_is_no_answer(self):
        done = self.env["maintenance.request"].search([("gov_state", "=", "done")])
        rated = done.filtered("satisfaction")
        self.assertGreater(len(rated), 200)
        self.assertGreater(len(done - rated), 500)
        self.assertEqual(set(rated.mapped("satisfaction")), {"good", "fair", "poor"})
        for request in rated.filtered(lambda r: r.satisfaction_via == "app"):
            self.assertTrue(request.employee_id.user_id)
            self.assertNotEqual(request.user_id, request.employee_id.user_id)
        ratings = self.env["rating.rating"].search(
            [("res_model", "=", "maintenance.request")]
        )
        self.assertEqual(len(ratings), len(rated))

    def test_the_burst_pipe_of_last_night_waits_for_its_paper(self):
        waiting = self.env["maintenance.request"].search([("is_to_paper", "=", True)])
        self.assertEqual(len(waiting), 1)
        self.assertTrue(waiting.is_emergency)
        self.assertTrue(waiting.duty_shift_id)

    def test_recurring_faults(self):
        rooms = self.env["maintenance.request"].search([("is_recurring", "=", True)])
        self.assertIn(self.demo("room_r050"), rooms.room_id)

    def test_parts_come_from_the_store(self):
        parts = self.env["maintenance.request"].search([("part_ids", "!=", False)])
        self.assertTrue(all(parts.mapped("parts_cost")))

    def test_calls_back_and_pauses(self):
        self.assertGreater(self.env["gov.service.callback"].search_count([]), 150)
        pauses = self.env["gov.service.pause"].search([])
        self.assertTrue(pauses.filtered("date_to"))
        self.assertTrue(pauses.filtered(lambda pause: not pause.date_to))

    def test_1322_meetings(self):
        meetings = self.env["gov.service.usage"].search([("source", "=", "meeting")])
        self.assertEqual(len(meetings), 1322)
        self.assertEqual(self._months(meetings.mapped("date")), MEETINGS)
        self._within_a_year(meetings.mapped("date"))
        hall = meetings.filtered(
            lambda row: row.service_item_id.code == "ME01" and row.partner_id
        )
        self.assertEqual(
            set(hall.contract_line_id.mapped("price")), {600.0}, "600 a half day"
        )

    def test_rooms(self):
        rooms = self.env["gov.room"].search([])
        self.assertEqual(Counter(rooms.mapped("kind")), ROOMS)
        self.assertEqual(len(rooms), 118)
        secret = rooms.filtered("is_secret")
        self.assertEqual(len(secret), 3)
        self.assertFalse(any(secret.mapped("qr_token")))
        self.assertTrue(all((rooms - secret).mapped("qr_token")))
        requests = self.env["maintenance.request"].search([])
        self.assertFalse(requests.room_id & secret, "nobody came by QR or photo there")

    def test_plant(self):
        devices = self.env["maintenance.equipment"].search([])
        names = Counter(device.name.rstrip("0123456789") for device in devices)
        self.assertEqual(
            names,
            {
                "电梯": 8,
                "锅炉": 2,
                "燃气储罐": 1,
                "灭火器组": 46,
                "变压器": 2,
                "柴油发电机": 1,
            },
        )
        self.assertTrue(all(devices.mapped("room_id")))


@tagged("post_install", "-at_install")
class TestServiceMeters(ServiceCase):
    def _use(self, *names):
        meters = self.env["gov.meter"].union(*(self.demo(f"meter_{n}") for n in names))
        readings = meters.reading_ids.filtered(lambda reading: not reading.is_first)
        use = Counter()
        for reading in readings:
            use[reading.date.month] += reading.quantity
        return tuple(use[month] for month in range(1, 13))

    def test_25_meters(self):
        meters = self.env["gov.meter"].search([])
        self.assertEqual(
            Counter(meters.mapped("kind")), {"electricity": 17, "water": 7, "gas": 1}
        )
        self.assertEqual({len(meter.reading_ids) for meter in meters}, {13})

    def test_the_main_meters_add_up_to_the_year(self):
        kwh = self._use("e_main_1", "e_main_2")
        self.assertEqual(kwh, tuple(1000 * value for value in KWH))
        self.assertEqual(sum(kwh), 2_644_000)
        self.assertEqual(sum(self._use("w_main")), 21_200)
        self.assertEqual(sum(self._use("gas")), 58_000)

    def test_energy_of_the_year_is_that_of_the_office(self):
        """9.57 kgce/m² and 379 kgce per head: above the norm per head."""
        self.env.flush_all()
        rows = self.env["gov.meter.use"].search(
            [("scope", "=", "institution"), ("kind", "=", "energy")]
        )
        self.assertEqual(len(rows), 12)
        self.assertAlmostEqual(sum(rows.mapped("per_area")), 9.57, 1)
        self.assertAlmostEqual(sum(rows.mapped("per_head")), 379, -1)
        self.assertIn("above", rows.mapped("deviation"))

    def test_sub_meters_stay_below_the_main_ones(self):
        rows = {row["id"]: row for row in self.loader.table("meters")}
        for kind in ("electricity", "water"):
            subs = [i for i, r in rows.items() if r["kind"] == kind and not r["main"]]
            mains = [i for i, r in rows.items() if r["kind"] == kind and r["main"]]
            part = sum(self._use(*subs)) / sum(self._use(*mains))
            self.assertTrue(0.93 < part <= 1, (kind, part))

    def test_a_meter_rolls_over_in_may(self):
        rolled = self.env["gov.meter.reading"].search([("is_rollover", "=", True)])
        self.assertEqual(rolled.meter_id, self.demo("meter_w_canteen"))
        self.assertEqual(rolled.date.month, 5)
        self.assertGreater(rolled.quantity, 0)

    def test_a_leak_doubles_the_water_of_august(self):
        water = self._use("w_main")
        self.assertGreater(water[7], 2 * water[6])
        jump = self.env["gov.meter.reading"].search([("is_jump", "=", True)])
        self.assertEqual(jump.meter_id, self.demo(f"meter_{energy.LEAK_METER}"))
        self.assertEqual(jump.date.month, 8)
        finding = self.env["gov.finding"].search([("rule_code", "=", "meter_jump")])
        self.assertEqual(finding.res_id, jump.id)

    def test_one_reading_was_estimated(self):
        estimated = self.env["gov.meter.reading"].search([("is_estimated", "=", True)])
        self.assertEqual(estimated.meter_id, self.demo("meter_w_b3"))

    def test_one_round_is_done_and_one_is_on_the_way(self):
        rounds = self.env["gov.meter.round"].search([], order="date")
        self.assertEqual(rounds.mapped("state"), ["done", "draft"])
        self.assertEqual(rounds.mapped("read_count"), [25, 3])
        self.assertEqual(rounds[1].meter_count, 7)
        self.assertFalse(any(rounds[1].line_ids.mapped("problem")))

    def test_shares_split_a_meter(self):
        shared = self.demo("meter_e_b3_light")
        self.assertEqual(sum(shared.share_ids.mapped("percent")), 100)
        last = shared.reading_ids.sorted("date")[-1]
        self.assertEqual(len(last.usage_ids), len(shared.share_ids))
        self.assertAlmostEqual(sum(last.usage_ids.mapped("quantity")), last.quantity, 2)


@tagged("post_install", "-at_install")
class TestServiceContracts(ServiceCase):
    def _statements(self, name):
        return self._contract(name).settlement_ids.sorted("date_from")

    def test_ten_contracts(self):
        vendors = self.env["contract.contract"].search(
            [("service_role", "=", "vendor")]
        )
        # Car repairs are a framework of three shops.
        self.assertEqual(len(vendors), 9 + 3)
        for name, fee in FEES.items():
            lines = self._contract(name).contract_line_ids
            self.assertAlmostEqual(sum(lines.mapped("fee")), fee, 2, name)
        for names, total in METERED.items():
            settled = sum(self._contract(name).amount_settled for name in names)
            statements = self.env["gov.settlement"].union(
                *(self._statements(name) for name in names)
            )
            gross = sum(statements.mapped("amount_gross"))
            self.assertAlmostEqual(gross, total, 2, names)
            self.assertLessEqual(settled, total)

    def test_one_starts_on_the_17th_and_one_ended_on_the_3rd(self):
        first = self._statements("greens")[0]
        self.assertEqual(first.date_from.day, 17)
        days = (first.date_to - first.date_from).days + 1
        self.assertAlmostEqual(
            first.amount_gross, round(11_700 * days / first.date_to.day, 2), 2
        )
        cooling = self._contract("cooling")
        self.assertEqual(cooling.gov_state, "expired")
        self.assertEqual(cooling.date_end.day, 3)
        self.assertEqual(self._statements("cooling")[-1].date_to, cooling.date_end)

    def test_the_guards_scores_propose_to_end_their_contract(self):
        guards = self._contract("guards")
        scores = guards.assessment_ids.filtered(lambda a: a.state == "final")
        scores = scores.sorted("date_from").mapped("score")
        self.assertEqual(scores[-4:], [88, 79, 78, 86])
        proposal = guards.proposal_ids
        self.assertEqual((len(proposal), proposal.state), (1, "open"))
        self.assertTrue(proposal.with_user(self._user("shaoliqun")).can_decide)
        percents = self._statements("guards").mapped("deduction_percent")
        self.assertEqual(percents[-4:], [1, 5, 5, 1])

    def test_three_empty_shifts_are_taken_off(self):
        missing = self.env["gov.service.usage"].search([("kind", "=", "missing")])
        self.assertEqual(sum(missing.mapped("quantity")), 3)
        lines = self._contract("guards").settlement_ids.line_ids
        lines = lines.filtered(lambda line: line.kind == "missing")
        self.assertAlmostEqual(sum(lines.mapped("amount")), -3 * 3850 / 30, 1)

    def test_the_print_room_is_3_percent_under_its_ceiling(self):
        contract = self._contract("printing")
        self.assertEqual(contract.amount_settled, 174_000)
        self.assertEqual(round(100 - contract.ceiling_used), 3)
        self.assertTrue(contract.is_near_ceiling)
        frozen = self._statements("printing").filtered("frozen_at")
        self.assertEqual(frozen[-1].date_to, self.window.last.last)

    def test_supplements(self):
        price = self.demo("supplement_price")
        self.assertEqual(price.state, "applied")
        self.assertTrue(price.is_sealed)
        line = self._contract("dishes").contract_line_ids
        self.assertEqual(line._price_on(self.window.current.last), 4200)
        self.assertEqual(line._price_on(self.window.first(13)), 4320)
        self.assertEqual(self.demo("supplement_ceiling").state, "draft")

    def test_agreements_with_twelve_units(self):
        for row in self.loader.table("served_units"):
            contract = self._contract(f"unit_{row['id']}")
            self.assertEqual(contract.settlement_mode, "transfer")
            prices = {
                line.service_item_id.code: line.price
                for line in contract.contract_line_ids
            }
            self.assertEqual((prices["VE01"], prices["VE04"]), (1.2, 2.6))
            self.assertEqual((prices["VE05"], prices["ME01"]), (15, 600))
        self.assertEqual(self._contract("catering_energy").settlement_mode, "internal")
        self.assertEqual(self._contract("rooms").settlement_mode, "free")

    def test_every_period_has_one_statement(self):
        contracts = self.env["contract.contract"].search(
            [("service_role", "!=", False)]
        )
        for contract in contracts:
            periods = contract._periods(self.window.last.last)
            found = [
                (statement.date_from, statement.date_to)
                for statement in contract.settlement_ids.sorted("date_from")
            ]
            self.assertEqual(found, periods, contract.name)
            self.assertFalse(contract.missed_count, contract.name)

    def test_what_is_settled_adds_up(self):
        for contract in self.env["contract.contract"].search(
            [("service_role", "!=", False)]
        ):
            frozen = contract.settlement_ids.filtered("frozen_at")
            self.assertAlmostEqual(
                contract.amount_settled, sum(frozen.mapped("amount_payable")), 2
            )
            for statement in contract.settlement_ids:
                self.assertAlmostEqual(
                    sum(statement.line_ids.mapped("amount")), statement.amount_due, 2
                )

    def test_no_to_do_is_left_behind(self):
        """Who submitted a statement is not asked to submit it."""
        submitted = self.env["gov.settlement"].search(
            [("state", "in", ("stamping", "sealed", "billed"))]
        )
        self.assertFalse(submitted.activity_ids.mapped("summary"))

    def test_states_of_the_statements(self):
        last = self.env["gov.settlement"].search(
            [("date_to", ">=", self.window.last.first)]
        )
        states = Counter(last.mapped("state"))
        self.assertEqual(
            set(states), {"draft", "confirmed", "stamping", "sealed", "billed"}
        )
        self.assertEqual(len(last), len(settlements.GOALS))
        run = self.demo("settlement_run")
        self.assertEqual((run.state, run.statement_count), ("done", len(last)))
        self.assertEqual(last.run_id, run)
        before = self.env["gov.settlement"].search([]) - last
        self.assertTrue(all(before.mapped("is_imported")))
        for statement in before:
            paid = statement.settlement_mode == "transfer"
            self.assertEqual(statement.state, "billed" if paid else "sealed")
        settled = before.filtered(
            lambda s: s.date_to >= self.window.whole[-2].first and s.move_id
        )
        self.assertGreater(len(settled), 20, "a month is billed here")
        for statement in settled:
            self.assertAlmostEqual(
                statement.move_id.amount_total, statement.amount_due, 2
            )

    def test_usage_is_billed_once(self):
        usage = self.env["gov.service.usage"].search(
            [
                ("contract_line_id", "!=", False),
                ("date", "<=", self.window.last.last),
            ]
        )
        self.assertTrue(all(usage.mapped("settlement_line_id")))
        month = usage.search(
            [
                ("contract_line_id", "!=", False),
                ("date", ">", self.window.last.last),
            ]
        )
        self.assertFalse(month.settlement_line_id, "the current month is open")

    def test_chains_are_whole(self):
        seals = self.env["gov.seal"]
        for chain in ("settlement", "service_assessment", "budget", "decision"):
            answer = seals.verify(chain, self.company)
            self.assertTrue(answer["ok"], answer)
        self.assertFalse(seals.search([("hash", "=", False)]), "nothing waits")

    def test_quarterly_taps(self):
        surveys = self.env["gov.service.survey"].search([])
        self.assertEqual(len(surveys) % 12, 0)
        self.assertGreaterEqual(len(surveys), 36)
        answers = Counter(surveys.line_ids.mapped("answer"))
        self.assertEqual(set(answers), {"good", "fair", "poor", False})
        head = self._user("fangyaqin")
        asked = surveys.with_user(head).search([("is_open", "=", True)])
        self.assertTrue(asked.filtered("can_answer").open_count)


@tagged("post_install", "-at_install")
class TestServiceBudget(ServiceCase):
    def test_twelve_sections_have_a_budget(self):
        lines = self.env["gov.budget.line"].search([])
        self.assertEqual(len(lines.department_id), 12)
        self.assertEqual(set(lines.mapped("year")), {self.today.year})
        self.assertEqual(len(lines), len(self.loader.table("budget")))
        for line in lines:
            sums = Counter()
            for entry in line.entry_ids:
                sums[entry.kind] += entry.amount
            self.assertAlmostEqual(line.amount_plan, sums["plan"], 2)
            committed = sums["commit"] - sums["release"]
            self.assertAlmostEqual(line.amount_committed, committed, 2)
            self.assertAlmostEqual(line.amount_actual, sums["actual"], 2)
            self.assertGreaterEqual(line.amount_available, 0, line.display_name)

    def test_supplies_and_statements_use_it(self):
        models = set(self.env["gov.budget.entry"].search([]).mapped("model"))
        self.assertLessEqual(
            {"gov.supply.request", "gov.settlement", "gov.budget.transfer"}, models
        )
        line = self.demo("budget_security_30209")
        actual = line.entry_ids.filtered(lambda entry: entry.kind == "actual")
        statements = self._contract("guards").settlement_ids.filtered(
            lambda s: s.sealed_at and s.date_to.year == self.today.year
        )
        self.assertAlmostEqual(
            sum(actual.mapped("amount")), sum(statements.mapped("amount_payable")), 2
        )

    def test_one_transfer_waits_for_the_head(self):
        done = self.demo("budget_transfer_1")
        waiting = self.demo("budget_transfer_2")
        self.assertEqual((done.state, waiting.state), ("approved", "submitted"))
        self.assertTrue(waiting.with_user(self._user("luqiming")).can_decide)


@tagged("post_install", "-at_install")
class TestServiceDesks(ServiceCase):
    """Everybody finds something on the desk."""

    def test_somebody_is_on_duty(self):
        shifts = self.env["gov.duty.shift"]
        night = self.window.utc(self.today, 22)
        shift = shifts._on_duty(night, self.company)
        self.assertTrue(shift.leader_id and shift.driver_id and shift.phone)
        self.assertEqual(len(shift.employee_ids), 2)
        self.assertTrue(shifts.search_count([("date", ">", self.today)]))

    def test_desk_and_repairers(self):
        requests = self.env["maintenance.request"]
        desk = requests.with_user(self._user("jiangxiaoyan"))
        self.assertGreater(desk.search_count([("gov_state", "=", "new")]), 1)
        open_states = ("assigned", "accepted", "arrived", "paused")
        repairer = self._user("zhouxuemei")
        self.assertTrue(
            requests.with_user(repairer).search_count(
                [("user_id", "=", repairer.id), ("gov_state", "in", open_states)]
            )
        )

    def test_inspector(self):
        inspector = self._user("maqiuju")
        mine = self.env["gov.service.assessment"].with_user(inspector)
        mine = mine.search([("is_mine", "=", True), ("state", "=", "draft")])
        self.assertEqual(set(mine.mapped("date_from")), {self.window.current.first})
        self.assertTrue(mine.line_ids, "a walk has begun")

    def test_confirmers(self):
        liaison = self._user("shimin")
        waiting = self.demo("statement_unit_finance_bureau").with_user(liaison)
        self.assertTrue(waiting.sudo().can_confirm_other)
        manager = self._user("jichunsheng")
        self.assertEqual(self._contract("property").other_confirmer_id, manager)
        guards = self.demo("statement_guards")
        self.assertTrue(guards.own_confirmed_at and not guards.other_confirmed_at)
        objected = self.demo("statement_unit_county_office")
        self.assertEqual(objected.objection_count, 1)

    def test_deciders(self):
        seats = {
            "statement_telecom": ("finance", "zoujingyi"),
            "statement_garage_north": ("head", "luqiming"),
        }
        for name, (role, login) in seats.items():
            statement = self.demo(name)
            self.assertEqual(statement.approval_state, "submitted")
            self.assertEqual(statement.current_step_id.role_id.code, role)
            statement = statement.with_user(self._user(login))
            self.assertTrue(statement.can_check or statement.can_decide, name)

    def test_complaints(self):
        complaints = self.env["gov.service.complaint"].search([])
        self.assertEqual(
            Counter(complaints.mapped("state")),
            {"verified": 4, "unfounded": 1, "open": 2},
        )
        for complaint in complaints:
            self.assertLessEqual(complaint.date, self.today)

    def test_plans_are_the_same_each_time(self):
        plans = [repair_plan.make_plan(self.loader, self.window) for __ in range(2)]
        self.assertEqual(*plans)
        plans = [usage_plan.UsagePlan(self.window).make() for __ in range(2)]
        self.assertEqual(*plans)

    def test_any_day_has_its_year(self):
        """The plans hold whenever the demo is installed."""
        window = Window(self.loader)
        for distance in range(0, 366, 61):
            window.set_today(self.today - timedelta(days=distance))
            with self.subTest(today=window.today):
                calls = repair_plan.make_plan(self.loader, window)
                self.assertEqual(self._months(call.day for call in calls), REPAIRS)
                self.assertLess(max(call.day for call in calls), window.today)
                uses = usage_plan.UsagePlan(window).make()
                meetings = [use.date for use in uses if use.source == "meeting"]
                self.assertEqual(self._months(meetings), MEETINGS)
                self.assertGreaterEqual(min(meetings), window.months[0].first)
                plan = energy.EnergyPlan(self.loader, window)
                self.assertEqual(sum(plan.use["w_main"]), 21_200)
