from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PNG

from .common_repair import RepairCase


@tagged("post_install", "-at_install")
class TestRepair(RepairCase):
    """A repair order from the driver's report to the bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls._create_journal()

    # ------------------------------------------------------------------ the chain

    def test_bands(self):
        """Who approves follows from the sum; a bound belongs to the lower band."""
        expected = {
            1000: ["Manager of official vehicles"],
            1000.01: ["Manager of official vehicles", "Leader for logistics"],
            5000: ["Manager of official vehicles", "Leader for logistics"],
            5000.01: [
                "Manager of official vehicles",
                "Leader for logistics",
                "Head of the institution",
            ],
            10000.01: [
                "Manager of official vehicles",
                "Leader for logistics",
                "Head of the institution",
                "Committee",
            ],
        }
        for amount, tiers in expected.items():
            with self.subTest(amount=amount):
                order = self._order(("Gearbox", amount), quote_reason="Only one")
                order.action_submit()
                self.assertEqual(order.step_ids.mapped("name"), tiers)

    def test_whole_way(self):
        order = self._approved_order()
        self.assertRegex(order.number, "机服修〔[0-9]{4}〕0001号")
        self.assertEqual(order.state, "new")
        order.action_send(10020, self._until())
        self.assertEqual((order.order_state, order.state), ("in_shop", "running"))
        self.assertEqual(order.booking_id.kind, "repair")
        self.assertIn(order.number, self.car.service_due)
        self.assertTrue(self.car.dispatch_block)
        self._back(order, 600, 10025)
        self.assertEqual(order.order_state, "returned")
        self._as(order, self.driver_user).action_accept("Drives well")
        self.assertEqual(order.order_state, "returned")
        self._as(order, self.technician2_user).action_accept("")
        self.assertEqual((order.order_state, order.state), ("accepted", "done"))
        self.assertEqual(order.amount, 600)
        self.assertEqual(order.part_line_ids.fitted_odometer, 10025)
        order.action_bill()
        self.assertEqual(order.order_state, "done")
        self.assertEqual(order.sudo().move_id.amount_total, 600)
        self.car.invalidate_recordset()
        self.assertFalse(self.car.dispatch_block)

    def test_tiers_are_not_the_handler(self):
        order = self._order(user=self.fleet_user)
        order.action_submit()
        with self.assertRaises(UserError):
            self._as(order, self.fleet_user).action_approve()

    def test_drivers_report_taken_over(self):
        """The driver reports, the technician completes it and becomes the handler."""
        report = self._as(
            self.env["fleet.vehicle.log.services"], self.driver_user
        ).create(
            {
                "order_kind": "repair",
                "vehicle_id": self.car.id,
                "description": "Clutch slips",
                "is_unsafe": True,
            }
        )
        self.assertEqual(report.employee_id, self.driver)
        self.assertIn("Clutch slips", self.car.dispatch_block)
        taken = self._as(report, self.technician_user)
        self.assertTrue(taken.can_take)
        taken.action_take()
        self.assertEqual(report.handler_id, self.technician_user)
        taken.write(
            {
                "vendor_id": self.shop.id,
                "part_line_ids": [
                    Command.create({"name": "Clutch", "price_unit": 900})
                ],
            }
        )
        self._quote(taken, self.shop, 900, choose=True)
        taken.action_submit()
        self.assertEqual(report.order_state, "submitted")
        message = "not possible now"
        with self.assertRaisesRegex(UserError, message):
            taken.action_take()

    def test_fault_of_a_check(self):
        """A failed check opens a report in the driver's name, without login too."""
        order = (
            self.car.with_user(self.driver_user)
            .sudo()
            ._open_fault("Left headlight is out", self.firm_driver)
        )
        self.assertEqual(order.employee_id, self.firm_driver)
        self.assertEqual(order.order_state, "draft")
        self._as(order, self.technician_user).action_take()
        self.assertEqual(order.handler_id, self.technician_user)

    def test_urgent(self):
        order = self._order(is_urgent=True, urgent_reason="Stranded on the road")
        order.action_submit()
        self.assertEqual(len(order.step_ids), 1)
        self._as(order, self.fleet_user).action_approve()
        self.assertEqual(order.order_state, "approved")

    # -------------------------------------------------------------- before it goes

    def test_incomplete(self):
        cases = {
            "parts and jobs": {"part_line_ids": False},
            "shop": {"vendor_id": False},
            "Say what": {"description": " "},
        }
        for message, values in cases.items():
            with self.subTest(message=message):
                order = self._order()
                if "part_line_ids" in values:
                    order.part_line_ids.unlink()
                else:
                    order.write(values)
                with self.assertRaisesRegex(UserError, message):
                    order.action_submit()

    def test_quote_adds_up(self):
        order = self._order(quote=False)
        with self.assertRaisesRegex(UserError, "Choose the quote"):
            order.action_submit()
        self._quote(order, self.shop, 590, choose=True)
        with self.assertRaisesRegex(UserError, "add up to"):
            order.action_submit()

    def test_number_of_quotes(self):
        order = self._order(("Gearbox", 5000.01))
        with self.assertRaisesRegex(UserError, "3 quotes, this one has 1"):
            order.action_submit()
        self._quote(order, self.shop2, 5200)
        self._quote(order, self.shop3, 4900)
        with self.assertRaisesRegex(UserError, "not the lowest"):
            order.action_submit()
        order.quote_reason = "The maker's own works give two years"
        order.action_submit()
        self.assertEqual(order.order_state, "submitted")

    def test_designated_shop(self):
        order = self._order(shop=self.shop3)
        with self.assertRaisesRegex(UserError, "not a designated shop"):
            order.action_submit()
        order.shop_reason = "Broke down beside it"
        order.action_submit()
        self.assertEqual(order.order_state, "submitted")

    def test_agreement_over(self):
        self.shop2.shop_date_to = self.company.gov_today() - timedelta(days=1)
        order = self._order(shop=self.shop2)
        with self.assertRaisesRegex(UserError, "not a designated shop"):
            order.action_submit()

    def test_frozen_rows(self):
        order = self._order()
        order.action_submit()
        line, quote = order.part_line_ids, order.quote_ids
        with self.assertRaisesRegex(UserError, "submitted"):
            line.price_unit = 1
        with self.assertRaisesRegex(UserError, "submitted"):
            line.unlink()
        with self.assertRaisesRegex(UserError, "submitted"):
            quote.amount = 1
        with self.assertRaisesRegex(UserError, "submitted"):
            self._quote(order, self.shop2, 5)
        with self.assertRaisesRegex(UserError, "submitted"):
            quote.action_choose()
        self.assertEqual(order.amount_total, 600)

    # --------------------------------------------------------------- at the shop

    def test_window_on_the_board(self):
        order = self._approved_order()
        order.action_plan(self._at(9), self._at(17))
        booking = order.booking_id
        self.assertEqual(booking.date_start, self._at(9))
        order.action_plan(self._at(10), self._at(18))
        self.assertEqual(order.booking_id, booking)
        self.assertEqual(booking.date_end, self._at(18))
        other = self._approved_order(("Wipers", 80))
        with self.assertRaisesRegex(UserError, "taken"):
            other.action_plan(self._at(12), self._at(13))
        with self.assertRaisesRegex(UserError, "ends after"):
            other.action_plan(self._at(13), self._at(12))
        order.action_cancel("Not needed any more")
        self.assertFalse(booking.active)
        other.action_plan(self._at(12), self._at(13))

    def test_readings(self):
        order = self._approved_order()
        for reading in (9999, -1, 10**6, float("nan"), "10020", None, True):
            with self.subTest(reading=reading), self.assertRaises(UserError):
                order.action_send(reading, self._until())
        self.assertEqual(order.order_state, "approved")
        order.action_send(10020, self._until())
        with self.assertRaisesRegex(UserError, "below the last reading"):
            self._back(order, 600, 10010)

    def test_vehicle_is_out(self):
        order = self._approved_order()
        self._trip(
            self.car,
            self.driver,
            fields.Datetime.now() - timedelta(hours=1),
            state="out",
        )
        with self.assertRaisesRegex(UserError, "out on"):
            order.action_send(10020, self._until())

    def test_instrument_replaced(self):
        """The shop put another instrument in: the chain passes it."""
        order = self._approved_order()
        order.action_send(10020, self._until())
        self._back(order, 600, 12, instrument_last=10021, instrument_first=10)
        replacement = self.env["gov.vehicle.odometer.replacement"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual(
            (replacement.old_value, replacement.new_value), (10021.0, 10.0)
        )
        self.assertEqual(order.reading_out, 12)

    def test_bill_above_what_was_approved(self):
        order = self._approved_order()
        order.action_send(10020, self._until())
        with self.assertRaisesRegex(UserError, "supplement"):
            self._back(order, 600.01)
        self.env.ref("gov_fleet.policy_repair_tolerance").copy(
            {"company_id": self.company.id, "value": "10", "date_from": "2021-01-01"}
        )
        with self.assertRaisesRegex(UserError, "10%"):
            self._back(order, 660.01)
        self._back(order, 660)
        self.assertEqual(order.amount_billed, 660)

    def test_supplement(self):
        """More work: the sum of both decides who approves, one bill for both."""
        order = self._approved_order(("Gearbox", 900))
        order.action_send(10020, self._until())
        more = self._order(("Bearing", 200), supplement_of_id=order.id)
        more.action_submit()
        self.assertEqual(
            more.step_ids.mapped("name"),
            ["Manager of official vehicles", "Leader for logistics"],
        )
        with self.assertRaisesRegex(UserError, "supplement"):
            self._back(order, 1100)
        self._decide_all(more)
        with self.assertRaisesRegex(UserError, "not possible now"):
            more.action_send(10020, self._until())
        self._back(order, 1100)
        for user in (self.driver_user, self.technician2_user):
            self._as(order, user).action_accept("")
        self.assertEqual(more.order_state, "accepted")
        self.assertEqual((order.amount, more.amount), (1100, 0))
        self.assertTrue(more.part_line_ids.fitted_on)
        order.action_bill()
        self.assertEqual(more.order_state, "done")
        self.assertEqual(more.sudo().move_id, order.sudo().move_id)

    def test_supplements_meet_on_their_order(self):
        """Each counts what the other has asked for: both UPDATE the order's row."""
        order = self._approved_order(("Gearbox", 500))
        order.action_send(10020, self._until())
        more = self._order(("Bearing", 300), supplement_of_id=order.id)
        model = self.env.registry["fleet.vehicle.log.services"]
        met = []
        original = model._approval_meet_rivals

        def meet(record):
            met.append(record.id)
            return original(record)

        self.patch(model, "_approval_meet_rivals", meet)
        more.action_submit()
        self.assertIn(order.id, met)

    def test_supplement_of_another_vehicle(self):
        order = self._approved_order()
        message = "another vehicle"
        with self.assertRaisesRegex(UserError, message):
            self._order(supplement_of_id=order.id, vehicle_id=self.car2.id)

    def test_shop_list_is_needed(self):
        order = self._approved_order()
        order.action_send(10020, self._until())
        with self.assertRaisesRegex(UserError, "scan"):
            self._back(order, 600, scan=False)
        for bad in ({"bill_number": " "}, {"amount": -1}, {"bill_date": "2999-01-01"}):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                self._back(order, **{"amount": 600, **bad})
        with self.assertRaises(UserError):
            order.action_back("everything")
        self.assertEqual(order.order_state, "in_shop")

    # -------------------------------------------------------------- acceptance

    def test_two_people_accept(self):
        order = self._approved_order()
        order.action_send(10020, self._until())
        self._back(order, 600)
        self.assertEqual(order.activity_ids.user_id, self.driver_user)
        with self.assertRaisesRegex(UserError, "not the handler"):
            order.action_accept("")
        self._as(order, self.dispatcher_user).action_accept("")
        with self.assertRaisesRegex(UserError, "nobody twice"):
            self._as(order, self.dispatcher_user).action_accept("")
        self.assertEqual(order.order_state, "returned")
        self._as(order, self.driver_user).action_accept("")
        self.assertFalse(order.activity_ids)

    def test_rework(self):
        """What is not accepted goes back; the acceptance begins anew."""
        order = self._approved_order()
        order.action_send(10020, self._until())
        self._back(order, 600)
        self._as(order, self.driver_user).action_accept("")
        tester = self._as(order, self.technician2_user)
        with self.assertRaisesRegex(UserError, "reason"):
            tester.action_rework(" ", self._until())
        tester.action_rework("Still squeals", self._until())
        self.assertEqual(order.order_state, "in_shop")
        self.assertTrue(order.booking_id.active)
        self._back(order, 600, 10030)
        self._as(order, self.driver_user).action_accept("")
        self.assertEqual(order.order_state, "returned")
        self._as(order, self.technician2_user).action_accept("")
        self.assertEqual(order.order_state, "accepted")

    def test_no_cancel_after_the_shop(self):
        order = self._approved_order()
        order.action_send(10020, self._until())
        with self.assertRaisesRegex(UserError, "brought to its end"):
            order.action_cancel("Changed our mind")

    # -------------------------------------------------------------------- billing

    def test_bill_once(self):
        order = self._accepted_order()
        order.action_bill()
        with self.assertRaisesRegex(UserError, "not possible now"):
            order.action_bill()

    def test_one_bill_on_two_orders(self):
        """The second is refused, whoever bills it; another year is another bill."""
        first = self._accepted_order()
        second = self._accepted_order(("Wipers", 90), vehicle_id=self.car2.id)
        engine(second.sudo()).bill_number = first.bill_number
        first.action_bill()
        self.assertEqual(first.move_id.ref, first.bill_number)
        self.assertEqual(first.move_id.invoice_origin, first.number)
        with self.assertRaisesRegex(UserError, first.number):
            second.action_bill()
        engine(second.sudo()).is_elsewhere = True
        with self.assertRaisesRegex(UserError, first.number):
            second.action_billed_elsewhere("V-78")
        last_year = first.bill_date - timedelta(days=366)
        engine(second.sudo()).bill_date = last_year
        second.action_billed_elsewhere("V-78")
        self.assertEqual(second.order_state, "done")

    def test_orders_on_one_bill(self):
        """What the shop wrote on one bill is billed in one call, line by line."""
        first = self._accepted_order()
        second = self._accepted_order(("Wipers", 90), vehicle_id=self.car2.id)
        third = self._accepted_order(("Bulb", 30), vehicle_id=self.mpv.id)
        engine(second.sudo()).bill_number = first.bill_number
        engine(third.sudo()).bill_number = "Another"
        (first | second | third).action_bill()
        self.assertEqual(first.move_id, second.move_id)
        self.assertNotEqual(first.move_id, third.move_id)
        bill = first.sudo().move_id
        self.assertEqual(
            bill.invoice_line_ids.mapped("price_unit"),
            [first.amount_billed, second.amount_billed],
        )
        self.assertEqual(bill.invoice_origin, f"{first.number}, {second.number}")
        self.assertEqual(set((first | second | third).mapped("order_state")), {"done"})

    def test_one_bill_with_two_dates(self):
        """A bill is known by shop, number and year; another date makes no other."""
        first, second = self._accepted_order(), self._accepted_order(("Wipers", 90))
        day = first.bill_date
        engine(second.sudo()).write(
            {
                "bill_number": first.bill_number,
                "bill_date": day.replace(day=day.day % 28 + 1),
            }
        )
        (first | second).action_bill()
        self.assertEqual(first.sudo().move_id, second.sudo().move_id)
        self.assertEqual(first.sudo().move_id.invoice_date, day)

    def test_bill_that_finance_has_typed(self):
        order = self._accepted_order()
        typed = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "journal_id": self.journal.id,
                "company_id": self.company.id,
                "partner_id": self.shop.id,
                "invoice_date": order.bill_date,
                "ref": order.bill_number,
            }
        )
        with self.assertRaisesRegex(UserError, "billed with"):
            order.action_bill()
        typed.button_cancel()
        order.action_bill()
        self.assertEqual(order.order_state, "done")

    def test_billed_elsewhere(self):
        order = self._accepted_order()
        self.journal.active = False
        order.action_bill()
        self.assertTrue(order.is_elsewhere)
        self.assertEqual(order.order_state, "accepted")
        with self.assertRaisesRegex(UserError, "elsewhere"):
            order.action_bill()
        self.assertEqual(order.action_export()["type"], "ir.actions.act_url")
        with self.assertRaisesRegex(UserError, "missing"):
            order.action_billed_elsewhere("")
        order.action_billed_elsewhere("V-77")
        self.assertEqual((order.order_state, order.inv_ref), ("done", "V-77"))

    # ------------------------------------------------- insurance and inspection

    def test_insurance_moves_the_date(self):
        day = self.company.gov_today()
        engine(self.car).insurance_date_to = day + timedelta(days=12)
        order = self._approved_order(
            ("Premium", 800), kind="insurance", shop=self.insurer
        )
        values = {
            "date_from": day + timedelta(days=13),
            "date_to": day + timedelta(days=378),
            "bill_number": "P-1",
            "amount": 800,
            "scan": PNG,
        }
        for bad in (
            {"date_to": False},
            {"date_to": day},
            {"date_from": "yesterday"},
            {"amount": 801},
            {"scan": False},
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                order.action_complete({**values, **bad})
        order.action_complete(values)
        self.assertEqual(order.order_state, "accepted")
        self.assertEqual(self.car.insurance_date_to, day + timedelta(days=378))
        order.action_bill()
        self.assertEqual(order.order_state, "done")

    def test_inspection_never_moves_back(self):
        day = self.company.gov_today()
        before = self.car.inspection_date_to
        order = self._approved_order(("Fee", 200), kind="inspection", shop=self.shop3)
        order.action_complete(
            {
                "date_from": day,
                "date_to": before - timedelta(days=30),
                "bill_number": "J-1",
                "amount": 200,
                "scan": PNG,
            }
        )
        self.assertEqual(self.car.inspection_date_to, before)

    # -------------------------------------------------------- the same part again

    def test_same_part_twice_in_four_months(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=120)):
            first = self._accepted_order()
        second = self._order()
        self.assertIn(first.number, second.part_line_ids.repeat_note)
        self.assertEqual(second.repeat_count, 1)
        second.action_submit()
        self.assertIn("1 parts again", second._approval_summary())
        self._decide_all(second)
        second.action_send(10400, self._until())
        self._back(second, 600)
        for user in (self.driver_user, self.technician2_user):
            self._as(second, user).action_accept("")
        finding = self.env["gov.finding"].search(
            [("rule_code", "=", "vehicle_part_repeat"), ("res_id", "=", second.id)]
        )
        self.assertEqual(len(finding), 1)
        for text in (
            first.number,
            first.bill_number,
            second.number,
            second.bill_number,
        ):
            self.assertIn(text, finding.evidence)

    def test_same_part_late_or_elsewhere(self):
        """No repeat: after the warranty, on another vehicle, at another place."""
        with freeze_time(fields.Datetime.now() - timedelta(days=200)):
            self._accepted_order()
        self.assertFalse(self._order().repeat_count)
        with freeze_time(fields.Datetime.now() - timedelta(days=30)):
            front = self._accepted_order(("Tyre", 400))
        line = front.part_line_ids
        engine(line.sudo()).write({"warranty_months": 12, "position": "front left"})
        other = self._order(("tyre ", 400))
        self.assertFalse(other.repeat_count)
        other.part_line_ids.position = "Front Left"
        self.assertTrue(other.repeat_count)
        other.vehicle_id = self.car2
        self.assertFalse(other.repeat_count)

    def test_same_part_by_km(self):
        """An interval in km holds, however long ago the part was fitted."""
        part = self.env["gov.vehicle.part"].create(
            {"code": "T-C", "name": "Clutch", "interval_km": 80000}
        )
        with freeze_time(fields.Datetime.now() - timedelta(days=900)):
            self._accepted_order((part, 900))
        engine(self.car).odometer_value = 89999
        self.assertTrue(self._order((part, 900)).repeat_count)
        engine(self.car).odometer_value = 90001
        self.assertFalse(self._order((part, 900)).repeat_count)

    # ---------------------------------------------------------------------- forms

    def test_forms(self):
        """Technician and driver fill in the form; the steps' small form does them."""
        view = "gov_fleet.gov_vehicle_order_view_form"
        orders = self.env["fleet.vehicle.log.services"]
        for user in (self.technician_user, self.driver_user):
            mine = self._as(orders, user).with_context(default_order_kind="repair")
            with Form(mine, view=view) as form:
                form.vehicle_id = self.car
                form.employee_id = self.driver
                form.description = "Wipers"
                form.vendor_id = self.shop
                with form.part_line_ids.new() as line:
                    line.part_id = self.pads
                    line.price_unit = 90
            self.assertEqual(form.record.part_line_ids.name, "Test pads")
            self.assertEqual(form.record.amount_total, 90)
        order = self._approved_order()
        action = order.with_context(gov_step="send").action_open_step()
        wizards = self.env[action["res_model"]].with_user(self.technician_user)
        with Form(wizards.with_context(**action["context"])) as form:
            self.assertEqual(form.odometer, 10000)
            form.odometer = 10020
            form.date_end = self._until()
        form.record.action_apply()
        self.assertEqual(order.order_state, "in_shop")
        with self.assertRaisesRegex(UserError, "Choose a step"):
            order.with_context(gov_step="steal").action_open_step()

    def test_order_opens_in_its_own_form(self):
        """From the inbox too; core's menu keeps core's forms for its logs."""
        views = self.env["ir.ui.view"]
        form = views.browse(views.default_view("fleet.vehicle.log.services", "form"))
        self.assertEqual(form, self.env.ref("gov_fleet.gov_vehicle_order_view_form"))
        core = self.env.ref("fleet.fleet_vehicle_log_services_action")
        self.assertEqual(
            [mode for _id, mode in core.views][:3], ["list", "kanban", "form"]
        )
        self.assertIn(
            (self.env.ref("fleet.fleet_vehicle_log_services_view_form").id, "form"),
            core.views,
        )

    # ----------------------------------------------------------- budget and paper

    def _budget_line(self, amount):
        return self.env["gov.budget.line"].create(
            {
                "company_id": self.company.id,
                "department_id": self.carpool.id,
                "item_id": self.env.ref("gov_logistics.budget_item_30231").id,
                "year": self.company.gov_today().year,
                "amount_initial": amount,
            }
        )

    def _figures(self, line):
        line.invalidate_recordset()
        return (line.amount_committed, line.amount_actual)

    def test_budget(self):
        """Set aside at submission, given back on withdrawal, used when accepted."""
        line = self._budget_line(1000)
        order = self._order()
        self.assertIn("1,000", order.budget_left)
        order.action_submit()
        self.assertEqual(self._figures(line), (600, 0))
        order.action_withdraw()
        self.assertEqual(self._figures(line), (0, 0))
        order.action_submit()
        self._decide_all(order)
        order.action_send(10020, self._until())
        self._back(order, 550)
        for user in (self.driver_user, self.technician2_user):
            self._as(order, user).action_accept("")
        self.assertEqual(self._figures(line), (0, 550))

    def test_budget_is_not_enough(self):
        self._budget_line(500)
        order = self._order()
        with self.assertRaises(UserError):
            order.action_submit()
        self.company.gov_budget_over = "exception"
        order.action_submit()
        self.assertIn(
            "Head of the institution, above the budget", order.step_ids.mapped("name")
        )
        self._decide_all(order)
        self.assertEqual(order.order_state, "approved")
        self.assertTrue(order.budget_exception)

    def test_paper(self):
        order = self._accepted_order(("Brake hose", 250), (self.pads, 350))
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("gov_fleet.report_vehicle_order", order.ids)[0]
            .decode()
        )
        for text in (
            "公务用车维修送修单",
            order.number,
            "岚A·10001",
            "Brake hose",
            "350.00",
            self.shop.name,
            self.driver.name,
            "Accepted by Ji Shu",
            "Manager of official vehicles",
        ):
            self.assertIn(text, html)
        # An approver without a role at vehicles prints it, too.
        draft = self._order(("Gearbox", 4000))
        draft.action_submit()
        self._as(draft, self.fleet_user).action_approve()
        self.env.invalidate_all()
        html = (
            self._as(self.env["ir.actions.report"], self.leader_user)
            ._render_qweb_html("gov_fleet.report_vehicle_order", draft.ids)[0]
            .decode()
        )
        self.assertIn("Accepted by", html)
