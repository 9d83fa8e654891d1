import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import NO_SCANS, PDF, PNG

from .common import SIGNATURE
from .test_norms import NormCommon

PIN = "4711"


class CounterCommon(NormCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pins = cls.env["gov.supply.pin"]

    def setUp(self):
        super().setUp()
        # Tries of a PIN are counted on a cursor of their own.
        self.registry_enter_test_mode()

    def _set_pin(self, user=None, pin=PIN):
        self.pins.with_user(user or self.clerk_user).action_set(pin)

    def _issues(self, request):
        return request.sudo().picking_ids


@tagged("post_install", "-at_install")
class TestPin(CounterCommon):
    """The liaison's PIN: their own, unreadable, and not to be guessed."""

    def test_signed_by_pin(self):
        self._set_pin()
        request = self._approved((self.paper, 2))
        clerk = request.with_user(self.store_user)
        clerk.action_issue(pin=PIN)
        picking = self._issues(request)
        self.assertEqual(picking.counter_method, "pin")
        self.assertEqual(picking.supply_liaison_id, self.clerk_user)
        self.assertEqual(picking.supply_receiver_id, self.clerk)
        self.assertFalse(picking.supply_signature_hash)
        self.assertEqual(request.counter_method, "pin")
        self.assertEqual(request.state, "done")

    def test_receiver_beside_the_pin(self):
        self._set_pin()
        request = self._approved((self.paper, 2))
        request.with_user(self.store_user).action_issue(
            pin=PIN, receiver_id=self.staff.id
        )
        self.assertEqual(self._issues(request).supply_receiver_id, self.staff)

    def test_only_liaisons_set_their_own(self):
        for user in (self.staff_user, self.store_user, self.manager_user):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "Only the liaison"),
            ):
                self.pins.with_user(user).action_set(PIN)
        for bad in (
            "123",
            "123456789",
            "abcd",
            "1111",
            "",
            None,
            4711,
            "12 4",
            "１２３４",
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                self.pins.with_user(self.clerk_user).action_set(bad)
        self.assertFalse(self.pins.with_user(self.clerk_user).action_has())
        self._set_pin()
        self.assertTrue(self.pins.with_user(self.clerk_user).action_has())
        self.assertFalse(self.pins.with_user(self.staff_user).action_has())

    def test_nobody_reads_or_writes_it(self):
        self._set_pin()
        pin = self.pins.sudo().search([("user_id", "=", self.clerk_user.id)])
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT pin_hash FROM gov_supply_pin WHERE id = %s", [pin.id]
        )
        self.assertNotIn(PIN, self.env.cr.fetchone()[0])
        system = self._create_user("gov_system", "base.group_system")
        for user in (self.clerk_user, self.store_user, self.manager_user, system):
            mine = pin.with_user(user)
            for call in (
                lambda p: p.read(["pin_hash"]),
                lambda p: p.read(["failures"]),
                lambda p: p.search([("pin_hash", "like", "a%")]),
                lambda p: p.write({"pin_hash": "x"}),
                lambda p: p.write({"locked_until": False}),
                lambda p: p.create({"user_id": 1, "pin_hash": "x"}),
                lambda p: p.unlink(),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                ):
                    call(mine)
        # Not even in a superuser environment, but by the engine.
        with self.assertRaises(UserError):
            pin.write({"locked_until": False})

    def test_wrong_tries_lock(self):
        self._set_pin()
        request = self._approved((self.paper, 5))
        clerk = request.with_user(self.store_user)
        for left in (4, 3, 2, 1):
            with self.assertRaisesRegex(UserError, f"{left} more tries"):
                clerk.action_issue(pin="9999")
        with self.assertRaisesRegex(UserError, "locked"):
            clerk.action_issue(pin="9998")
        with self.assertRaisesRegex(UserError, "locked"):
            clerk.action_issue(pin=PIN)
        self.assertFalse(self._issues(request))
        pin = self.pins.sudo().search([])
        pin.invalidate_recordset()
        engine(pin).locked_until = fields.Datetime.now() - timedelta(minutes=1)
        self.env.flush_all()
        clerk.action_issue(pin=PIN)
        self.assertEqual(request.state, "done")

    def test_right_pin_forgets_the_tries(self):
        self._set_pin()
        request = self._approved((self.paper, 5))
        clerk, line = request.with_user(self.store_user), request.line_ids
        for _turn in range(2):
            for _try in range(3):
                with self.assertRaisesRegex(UserError, "more tries"):
                    clerk.action_issue(pin="9999", quantities={line.id: 1})
            clerk.action_issue(pin=PIN, quantities={line.id: 1})
        self.assertEqual(line.qty_issued, 2)

    def test_not_of_this_department(self):
        self.works.liaison_ids = self.works_staff_user
        self._set_pin(self.works_staff_user, "2580")
        request = self._approved((self.paper, 1))
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "has not set a PIN"):
            clerk.action_issue(pin="2580")
        for bad in (self.works_staff_user.id, 987654, "x", True):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                clerk.action_issue(pin="2580", liaison_id=bad)

    def test_several_liaisons(self):
        self.office.liaison_ids += self.office_head_user
        self._set_pin(self.office_head_user, "2580")
        request = self._approved((self.paper, 1))
        clerk = request.with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "signs with a PIN"):
            clerk.action_issue(pin="2580")
        clerk.action_issue(pin="2580", liaison_id=self.office_head_user.id)
        self.assertEqual(self._issues(request).supply_liaison_id, self.office_head_user)

    def test_clerk_who_is_the_liaison_does_not_sign(self):
        self.office.liaison_ids = self.store_user
        self._set_pin(self.store_user)
        request = self._approved((self.paper, 1))
        with self.assertRaisesRegex(UserError, "does not sign"):
            request.with_user(self.store_user).action_issue(pin=PIN)

    def test_dialog_keeps_no_pin(self):
        wizard = self.env["gov.supply.pin.wizard"].with_user(self.clerk_user)
        with self.assertRaisesRegex(UserError, "differ"):
            wizard.create({"pin": PIN, "pin_again": "4712"})
        dialog = wizard.create({"pin": PIN, "pin_again": PIN})
        self.assertEqual(dialog.action_done()["type"], "ir.actions.act_window_close")
        self.assertNotIn("pin", self._columns("gov_supply_pin_wizard"))
        self.assertNotIn("pin", self._columns("gov_supply_wizard"))
        request = self._approved((self.paper, 1))
        action = (
            request.with_user(self.store_user)
            .with_context(supply_mode="issue")
            .action_open_dialog()
        )
        issue = self.env["gov.supply.wizard"].with_user(self.store_user)
        issue = issue.browse(action["res_id"])
        issue.counter_method = "pin"
        with self.assertRaisesRegex(UserError, "enter the PIN"):
            issue.action_confirm()
        with self.assertRaises(UserError):
            issue.pin_user_id = self.clerk_user
        with self.assertRaisesRegex(UserError, "more tries"):
            issue.pin = "0815"
        issue.pin = PIN
        issue.action_confirm()
        self.assertFalse(issue.pin_user_id)
        self.assertEqual(self._issues(request).supply_liaison_id, self.clerk_user)

    def _columns(self, table):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return {name for (name,) in self.env.cr.fetchall()}


@tagged("post_install", "-at_install")
class TestPaperAndMany(CounterCommon):
    """Signed on paper; one signature for many; old for new."""

    def test_signed_on_paper_and_scanned_later(self):
        request = self._approved((self.paper, 2))
        request.with_user(self.store_user).action_issue(book="2026-3", page=17)
        picking = self._issues(request).with_user(self.store_user)
        self.assertEqual(
            (picking.counter_method, picking.supply_book, picking.supply_page),
            ("paper", "2026-3", "17"),
        )
        missing = [("counter_method", "=", "paper"), ("supply_scan_hash", "=", False)]
        self.assertIn(picking, picking.search(missing))
        picking.action_attach_scan(PDF, "page 17.pdf")
        self.assertNotIn(picking, picking.search(missing))
        scan = picking.with_context(bin_size=False).supply_scan
        self.assertEqual(base64.b64decode(scan), base64.b64decode(PDF))
        with self.assertRaisesRegex(UserError, "has its scan already"):
            picking.action_attach_scan(PNG, "other.png")

    def test_paper_needs_book_and_page(self):
        clerk = self._approved((self.paper, 2)).with_user(self.store_user)
        for book, page in (
            ("3", None),
            (None, "17"),
            ("3", " "),
            (" ", "17"),
            ("x" * 41, "1"),
            ("3", [1]),
            (True, True),
            ("3\0", "1"),
        ):
            with self.subTest(book=book, page=page), self.assertRaises(UserError):
                clerk.action_issue(book=book, page=page)
        with self.assertRaisesRegex(UserError, "One way"):
            clerk.action_issue(SIGNATURE, book="3", page="17")
        with self.assertRaisesRegex(UserError, "signature"):
            clerk.action_issue()

    def test_scans_that_are_none(self):
        request = self._approved((self.paper, 2))
        request.with_user(self.store_user).action_issue(book="3", page="17")
        picking = self._issues(request).with_user(self.store_user)
        for bad in (*NO_SCANS, None, ""):
            with self.subTest(bad=str(bad)[:20]), self.assertRaises(UserError):
                picking.action_attach_scan(bad, "scan.pdf")
        for name in ("", None, "a/b.pdf", "x" * 201, 7):
            with self.subTest(name=name), self.assertRaises(UserError):
                picking.action_attach_scan(PDF, name)
        for user in (self.staff_user, self.buyer_user, self.supervision_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                picking.with_user(user).action_attach_scan(PDF, "scan.pdf")
        signed = self._approved((self.paper, 1))
        signed.with_user(self.store_user).action_issue(SIGNATURE)
        with self.assertRaisesRegex(UserError, "not signed on paper"):
            self._issues(signed).with_user(self.store_user).action_attach_scan(
                PDF, "scan.pdf"
            )
        for vals in (
            {"supply_scan": PDF},
            {"supply_scan_hash": "x"},
            {"counter_method": "signature"},
            {"supply_page": "18"},
            {"supply_liaison_id": self.clerk_user.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                picking.write(vals)

    def test_dialog_of_the_scan(self):
        request = self._approved((self.paper, 2))
        request.with_user(self.store_user).action_issue(book="3", page="17")
        picking = self._issues(request).with_user(self.store_user)
        action = picking.action_open_scan_wizard()
        wizard = self.env[action["res_model"]].with_user(self.store_user)
        wizard = wizard.with_context(**action["context"]).create(
            {"data": PNG, "filename": "p17.png"}
        )
        wizard.action_confirm()
        self.assertTrue(picking.supply_scan_hash)

    def test_one_signature_for_many(self):
        requests = self.env["gov.supply.request"]
        for quantity in (1, 2, 3):
            requests |= self._approved((self.paper, quantity)).sudo(False)
        clerk = requests.with_user(self.store_user)
        clerk.action_issue_together(SIGNATURE)
        self.assertEqual(set(requests.mapped("state")), {"done"})
        hashes = requests.sudo().picking_ids.mapped("supply_signature_hash")
        self.assertEqual(hashes, [self._fingerprint()] * 3)

    def test_many_need_one_department_and_one_receiver(self):
        first = self._approved((self.paper, 1))
        works = self._approved((self.paper, 1), user=self.works_staff_user)
        both = (first + works).with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "one department"):
            both.action_issue_together(SIGNATURE)
        with self.assertRaisesRegex(UserError, "one department"):
            both.action_open_sign_wizard()
        second = self._approved((self.paper, 1), user=self.clerk_user)
        both = (first + second).with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "who signs"):
            both.action_issue_together(SIGNATURE)
        draft = self._request((self.paper, 1))
        with self.assertRaisesRegex(UserError, "only after the last approval"):
            (first + draft).with_user(self.store_user).action_issue_together(SIGNATURE)
        with self.assertRaises(UserError):
            first.browse().with_user(self.store_user).action_issue_together(SIGNATURE)
        for user in (self.staff_user, self.buyer_user):
            with self.assertRaises(UserError):
                first.with_user(user).action_issue_together(SIGNATURE)
        self.assertEqual(first.state, "approved")
        both.action_issue_together(SIGNATURE, receiver_id=self.clerk.id)
        self.assertEqual(second.state, "done")

    def test_none_or_all(self):
        first = self._approved((self.paper, 1))
        second = self._approved((self.pen, 1))
        self._set_stock(self.pen, -50)
        both = (first + second).with_user(self.store_user)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            both.action_issue_together(SIGNATURE)
        self.assertFalse(self._issues(first))

    def test_dialog_of_many(self):
        self._set_pin()
        mouse = self._create_product("Mouse", 38, 5, old_for_new=True)
        first, second = self._approved((self.paper, 1)), self._approved((mouse, 1))
        both = (first + second).with_user(self.store_user)
        action = both.action_open_sign_wizard()
        wizard = self.env[action["res_model"]].with_user(self.store_user)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual(wizard.receiver_id, self.staff)
        self.assertEqual(wizard.line_ids.name, "Mouse")
        wizard.counter_method = "pin"
        wizard.pin = PIN
        with self.assertRaisesRegex(UserError, "old for new"):
            with self.env.cr.savepoint():
                wizard.action_confirm()
        wizard.line_ids.old_reason = "Stolen"
        wizard.action_confirm()
        self.assertEqual(set(both.mapped("state")), {"done"})
        self.assertEqual(second.line_ids.old_note, "Stolen")

    def test_old_for_new(self):
        mouse = self._create_product("Mouse", 38, 5, old_for_new=True)
        request = self._approved((mouse, 1), (self.paper, 1))
        clerk, line = request.with_user(self.store_user), request.line_ids[0]
        for bad in (None, {}, {line.id: False}, {line.id: " "}, {line.id: 1}):
            with (
                self.subTest(bad=bad),
                self.assertRaisesRegex(UserError, "old for new"),
            ):
                clerk.action_issue(SIGNATURE, old_items=bad)
        for bad in ({987654: True}, [1], "x"):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                clerk.action_issue(SIGNATURE, old_items=bad)
        clerk.action_issue(SIGNATURE, old_items={str(line.id): True})
        move = line.sudo().move_ids
        self.assertTrue(move.supply_old_returned)
        self.assertEqual(
            request.with_user(self.staff_user).line_ids[0].old_note[:3], "old"
        )
        with self.assertRaises(UserError):
            move.with_user(self.store_user).supply_old_returned = False

    def test_print(self):
        mouse = self._create_product("Mouse", 38, 5, old_for_new=True)
        request = self._approved((mouse, 1))
        line = request.line_ids
        request.with_user(self.store_user).action_issue(
            book="2026-3", page="17", old_items={line.id: "Stolen"}
        )
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.staff_user)
            ._render_qweb_html("gov_logistics.report_supply_issue", request.ids)
        )
        html = html.decode()
        for text in ("register 2026-3, page 17", "old for new", "Stolen", "Bai Jing"):
            self.assertIn(text, html)
        self.assertNotIn("gov_paper_signature", html)


@tagged("post_install", "-at_install")
class TestCounterScreen(CounterCommon):
    """The counter on one screen."""

    def _counter(self):
        return Form(self.env["gov.supply.counter"].with_user(self.store_user))

    def test_hand_out_in_one_go(self):
        self._norm(self.pen, 2)
        form = self._counter()
        form.employee_id = self.staff
        self.assertEqual(form.department_id, self.office)
        with form.line_ids.new() as line:
            line.product_id = self.pen
            line.quantity = 4
            self.assertEqual(line.norm_text, "0 / 6")
        self.assertTrue(form.within_norm)
        form.signature = SIGNATURE
        action = form.save().action_hand_out()
        self.assertEqual(action["tag"], "display_notification")
        request = self.env["gov.supply.request"].search([], limit=1)
        self.assertEqual(request.state, "done")
        self.assertEqual(request.handler_id, self.store_user)
        self.assertEqual(request.employee_id, self.staff)
        self.assertEqual(request.line_ids.qty_issued, 4)

    def test_above_the_norm_walks_the_chain(self):
        self._norm(self.pen, 2)
        form = self._counter()
        form.employee_id = self.staff
        with form.line_ids.new() as line:
            line.product_id = self.pen
            line.quantity = 8
        self.assertFalse(form.within_norm)
        self.assertIn("Gel pen by 2", form.norm_note)
        action = form.save().action_hand_out()
        request = self.env["gov.supply.request"].browse(action["res_id"])
        self.assertEqual(request.approval_state, "submitted")
        self.assertFalse(self._issues(request))

    def test_without_a_signature_nothing_is_made(self):
        self._norm(self.pen, 2)
        form = self._counter()
        form.employee_id = self.staff
        with form.line_ids.new() as line:
            line.product_id = self.pen
        counter = form.save()
        before = self.env["gov.supply.request"].search_count([])
        with self.assertRaisesRegex(UserError, "signature"), self.env.cr.savepoint():
            counter.action_hand_out()
        self.assertEqual(self.env["gov.supply.request"].search_count([]), before)

    def test_pin_at_the_counter(self):
        self._set_pin()
        self._norm(self.pen, 2)
        counter = self.env["gov.supply.counter"].with_user(self.store_user)
        counter = counter.create(
            {
                "employee_id": self.staff.id,
                "counter_method": "pin",
                "line_ids": [Command.create({"product_id": self.pen.id})],
            }
        )
        counter.pin = PIN
        counter.action_hand_out()
        request = self.env["gov.supply.request"].search([], limit=1)
        self.assertEqual(request.counter_method, "pin")

    def test_not_for_oneself_and_not_by_others(self):
        self._norm(self.pen, 2)
        values = {
            "employee_id": self.store.id,
            "signature": SIGNATURE,
            "line_ids": [Command.create({"product_id": self.pen.id})],
        }
        counter = self.env["gov.supply.counter"].with_user(self.store_user)
        with self.assertRaisesRegex(UserError, "themselves"), self.env.cr.savepoint():
            counter.create(values).action_hand_out()
        for user in (self.staff_user, self.buyer_user, self.supervision_user):
            with self.assertRaises(AccessError):
                counter.with_user(user).create(values)
        mine = counter.create({**values, "employee_id": self.staff.id})
        with self.assertRaises(UserError):
            mine.with_user(self.store2_user).action_hand_out()

    def test_kit_at_the_counter(self):
        kit = self.env["gov.supply.kit"].create(
            {
                "name": "First day",
                "purpose": "New staff",
                "line_ids": [
                    Command.create({"product_id": self.pen.id, "quantity": 2}),
                    Command.create({"product_id": self.paper.id}),
                ],
            }
        )
        form = self._counter()
        form.employee_id = self.staff
        form.kit_id = kit
        form.persons = 3
        self.assertEqual(form.purpose, "New staff")
        counter = form.save()
        self.assertEqual(counter.line_ids.mapped("quantity"), [6, 3])


@tagged("post_install", "-at_install")
class TestKits(NormCommon):
    """A kit is put on a draft, times the number of persons."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kit = cls.env["gov.supply.kit"].create(
            {
                "name": "First day",
                "purpose": "New staff",
                "line_ids": [
                    Command.create({"product_id": cls.pen.id, "quantity": 2}),
                    Command.create({"product_id": cls.paper.id, "quantity": 0.5}),
                ],
            }
        )

    def test_add_a_kit(self):
        request = self._request((self.pen, 1))
        request.action_add_kit(self.kit.id, 4)
        self.assertEqual(request.line_ids.mapped("quantity"), [9, 2])
        self.assertEqual(request.purpose, "New staff")
        action = request.action_open_kit_wizard()
        wizard = self.env[action["res_model"]].with_user(self.staff_user)
        wizard = wizard.with_context(**action["context"]).create(
            {"kit_id": self.kit.id}
        )
        wizard.action_confirm()
        self.assertEqual(request.line_ids.mapped("quantity"), [11, 2.5])

    def test_purpose_stays(self):
        request = self._request((self.pen, 1), purpose="Sessions")
        request.action_add_kit(self.kit.id)
        self.assertEqual(request.purpose, "Sessions")

    def test_what_is_refused(self):
        request = self._request((self.pen, 1))
        for persons in (0, -1, 1001, 1.5, "2", True, None):
            with self.subTest(persons=persons), self.assertRaises(UserError):
                request.action_add_kit(self.kit.id, persons)
        for kit in (987654, "x", None, True):
            with self.subTest(kit=kit), self.assertRaises(UserError):
                request.action_add_kit(kit)
        with self.assertRaises(UserError):
            request.with_user(self.office_head_user).action_add_kit(self.kit.id)
        request.action_submit()
        with self.assertRaises(UserError):
            request.action_add_kit(self.kit.id)
        self.assertEqual(request.line_ids.quantity, 1)

    def test_kit_of_another_institution(self):
        foreign = self.env["gov.supply.kit"].create(
            {"name": "Theirs", "company_id": self.other_company.id}
        )
        request = self._request((self.pen, 1))
        with self.assertRaisesRegex(UserError, "no such kit"):
            request.action_add_kit(foreign.id)

    def test_who_writes_kits(self):
        for login in ("staff", "store", "buyer", "supervision", "admin"):
            mine = self.kit.with_user(getattr(self, f"{login}_user"))
            self.assertEqual(mine.name, "First day")
            for call in (
                lambda k: k.write({"name": "x"}),
                lambda k: k.line_ids.write({"quantity": 9}),
                lambda k: k.unlink(),
            ):
                with self.subTest(login=login), self.assertRaises(AccessError):
                    call(mine)
        mine = self.kit.with_user(self.manager_user)
        mine.line_ids[0].quantity = 3
        for bad in (0, -1, float("nan"), 1e9):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                mine.line_ids[0].write({"quantity": bad})
