from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_fuel import FuelCase


@tagged("post_install", "-at_install")
class TestFuelCard(FuelCase):
    """One card, one vehicle; blocked, closed and entered anew."""

    def test_one_active_card(self):
        with self.assertRaisesRegex(UserError, "9001"):
            self._create_card("9003", vehicle_id=self.car.id)
        # The database holds it too.
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "INSERT INTO gov_fuel_card (company_id, number, vehicle_id, state,"
                " is_main, date_from) VALUES (%s, '9003', %s, 'active', FALSE, now())",
                [self.company.id, self.car.id],
            )

    def test_closed_and_entered_anew(self):
        card = self.card.with_user(self.technician_user)
        card.action_close("Chip broken")
        self.assertEqual(card.date_to, self.company.gov_today())
        # The number may go to another vehicle, and the vehicle take another card.
        self._create_card("9001", vehicle_id=self.mpv.id)
        self._create_card("9003", vehicle_id=self.car.id)
        with self.assertRaisesRegex(UserError, "not possible now"):
            card.action_block("Lost")

    def test_blocked(self):
        card = self.card.with_user(self.technician_user)
        with self.assertRaisesRegex(UserError, "Say why"):
            card.action_block("")
        card.action_block("Lost on the motorway")
        self.assertEqual(card.state, "blocked")
        self._create_card("9003", vehicle_id=self.car.id)
        with self.assertRaisesRegex(UserError, "9003"):
            card.action_unblock()

    def test_state_only_by_its_buttons(self):
        card = self.card.with_user(self.technician_user)
        for context in ({}, {"gov_engine": True}):
            with self.assertRaises(UserError):
                card.with_context(**context).state = "closed"
        for user in (self.dispatcher_user, self.driver_user):
            with self.assertRaises(UserError):
                self.card.with_user(user).sudo().action_close("No")
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.card.with_user(self.technician_user).unlink()

    def test_used_card_keeps_its_vehicle(self):
        card = self.card.with_user(self.technician_user)
        card.note = "In the glove box"
        self._fill()
        with self.assertRaisesRegex(UserError, "has been used"):
            card.vehicle_id = self.mpv
        with self.assertRaises(UserError):
            card.number = " "

    def test_balances(self):
        self._fill()
        self._fill(hour=15, is_away=True, station_id=False)
        self.assertEqual(self.card.balance, -225)
        self.assertEqual(self.main_card.balance, 10000)
        self.env.invalidate_all()
        cards = self.card + self.card2 + self.main_card
        cards.mapped("currency_id.rounding")
        with self.assertQueryCount(3):
            cards.mapped("balance")

    def test_reason_dialog(self):
        action = self.card.with_context(gov_fuel_action="action_block")
        action = action.action_open_reason()
        wizard = (
            self.env["gov.fuel.reason"]
            .with_user(self.technician_user)
            .with_context(**action["context"])
            .create({"reason": "Lost"})
        )
        wizard.action_confirm()
        self.assertEqual(self.card.state, "blocked")
        wizard.action = "unlink"
        with self.assertRaisesRegex(UserError, "not possible here"):
            wizard.action_confirm()


@tagged("post_install", "-at_install")
class TestFuelTopup(FuelCase):
    """Top-ups: the chain, the cap of the clause, the booking."""

    def _topup(self, amount=1000, card=None, **values):
        topups = self._as(self.env["gov.fuel.topup"], self.technician_user)
        return topups.create(
            {"card_id": (card or self.card).id, "amount": amount, **values}
        )

    def _approved(self, *args, **values):
        topup = self._topup(*args, **values)
        topup.action_submit()
        self._decide_all(topup)
        self.assertEqual(topup.state, "approved")
        return topup

    def test_chain_and_booking(self):
        topup = self._topup()
        self.assertEqual(topup.source_id, self.main_card)
        topup.action_submit()
        self.assertEqual(self._step_names(topup), ["Section head", "Finance"])
        with self.assertRaisesRegex(UserError, "approved"):
            topup.with_user(self.fleet_user).action_book()
        self._decide_all(topup)
        with self.assertRaisesRegex(UserError, "own matter"):
            topup.action_book()
        with self.assertRaisesRegex(UserError, "technician"):
            topup.with_user(self.dispatcher_user).sudo().action_book()
        booked = self._as(topup, self.fleet_user)
        self.assertTrue(booked.can_book)
        self.assertTrue(booked.action_book("R-1"))
        self.assertEqual(topup.state, "done")
        self.assertEqual(topup.booked_by_id, self.fleet_user)
        self.assertEqual(self.card.balance, 1000)
        self.assertEqual(self.main_card.balance, 9000)
        with self.assertRaisesRegex(UserError, "Booked"):
            booked.action_book()
        with self.assertRaisesRegex(UserError, "no longer be cancelled"):
            topup.action_cancel("Too late")

    def test_above_the_cap(self):
        topup = self._topup(3000)
        self.assertFalse(topup.is_over_cap)
        topup = self._topup(3000.01)
        self.assertTrue(topup.is_over_cap)
        with self.assertRaises(UserError) as error:
            topup.action_submit()
        message = str(error.exception)
        for part in ("3,000.01", "3,000.00", "One top-up of a fuel card"):
            self.assertIn(part, message)
        topup.reason = "County sessions: four days, eight vehicles"
        topup.action_submit()
        self.assertEqual(
            self._step_names(topup),
            ["Section head", "Finance", "Leader for logistics, above the cap"],
        )

    def test_paper(self):
        topup = self._approved(3500, reason="County sessions")
        report = self.env.ref("gov_fleet.action_report_fuel_topup")
        reader = self._as(report, self.pool_head_user)
        html = reader._render_qweb_html(report.report_name, topup.ids)[0].decode()
        for part in ("9001", "岚A·10001", "叁仟伍佰元整", "9000", topup.number):
            self.assertIn(part, html)

    def test_main_card_holds_less(self):
        first = self._approved(6000, reason="Sessions")
        second = self._approved(6000, card=self.card2, reason="Sessions")
        self._as(first, self.fleet_user).action_book()
        with self.assertRaisesRegex(UserError, "Charge the main card"):
            self._as(second, self.fleet_user).action_book()
        charge = self._approved(5000, card=self.main_card)
        self.assertFalse(charge.is_over_cap)
        self._as(charge, self.fleet_user).action_book("Bank 17")
        self._as(second, self.fleet_user).action_book()
        self.assertEqual(self.main_card.balance, 3000)

    def test_bad_input(self):
        for amount in (0, -5, float("nan"), float("inf"), "much"):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self._topup(amount)
        topup = self._approved()
        booked = self._as(topup, self.fleet_user)
        for receipt, day in ((5, None), ("x" * 101, None), ("R", "soon")):
            with self.subTest(receipt=receipt), self.assertRaises(UserError):
                booked.action_book(receipt, day)
        with self.assertRaisesRegex(UserError, "future"):
            booked.action_book("R", "2099-01-01")
        self.card.with_user(self.technician_user).action_block("Lost")
        with self.assertRaisesRegex(UserError, "not in use"):
            booked.action_book()

    def test_closed_card_takes_none(self):
        topup = self._topup()
        self.card.with_user(self.technician_user).action_close("Broken")
        with self.assertRaisesRegex(UserError, "not in use"):
            topup.action_submit()

    def test_frozen_and_guarded(self):
        topup = self._topup()
        for name, value in (
            ("state", "done"),
            ("booked_on", "2026-01-01"),
            ("approval_state", "approved"),
        ):
            with self.subTest(name=name), self.assertRaises(UserError):
                topup.write({name: value})
        topup.action_submit()
        with self.assertRaises(UserError):
            topup.amount = 1

    def test_readers(self):
        topup = self._topup()
        topup.action_submit()
        topups = self.env["gov.fuel.topup"]
        domain = [("id", "=", topup.id)]
        for user, reads in (
            (self.pool_head_user, True),
            (self.staff_user, False),
            (self.driver_user, False),
        ):
            with self.subTest(user=user.login):
                found = self._as(topups, user).search(domain)
                self.assertEqual(bool(found), reads)
        # Whoever decides sees card and chain.
        mine = self._as(topup, self.pool_head_user)
        self.assertIn("9001", mine.read(["card_id", "waiting_for"])[0]["card_id"][1])
        self.assertTrue(mine.chain_preview)
