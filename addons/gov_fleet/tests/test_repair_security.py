from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_rpc import CONTEXTS

from .common_repair import RepairCase

ORDER = "fleet.vehicle.log.services"


@tagged("post_install", "-at_install")
class TestRepairSecurity(RepairCase):
    """Who may do what with orders, their rows, plans, offences and accidents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core_user = cls._create_user(
            "core_fleet", "base.group_user,fleet.fleet_group_manager", cls.company
        )
        cls.order = cls._order()

    def _can(self, record, user, operation):
        return self._as(record, user).has_access(operation)

    def test_matrix_of_a_draft_order(self):
        """Read, write, delete of a draft that the technician typed for the driver."""
        line, quote = self.order.part_line_ids, self.order.quote_ids
        expected = {
            self.staff_user: "---",
            self.driver2_user: "---",
            self.driver_user: "rwu",
            self.dispatcher_user: "r--",
            self.technician2_user: "rwu",
            self.fleet_user: "rwu",
            self.supervision_user: "r--",
            # The head of the section in which the applicant works.
            self.pool_head_user: "r--",
        }
        for user, rights in expected.items():
            for record in (self.order, line, quote):
                with self.subTest(user=user.login, model=record._name):
                    found = "".join(
                        letter if self._can(record, user, operation) else "-"
                        for letter, operation in (
                            ("r", "read"),
                            ("w", "write"),
                            ("u", "unlink"),
                        )
                    )
                    self.assertEqual(found, rights)

    def test_matrix_of_the_models(self):
        """Which groups may create, write and delete at all."""
        expected = {
            "gov.vehicle.acceptance": {},
            "gov.vehicle.part": {"technician": "wc", "fleet": "wc"},
            "gov.vehicle.plan": {"technician": "wcu", "fleet": "wcu"},
            "gov.vehicle.accident": {
                "dispatcher": "c",
                "technician": "wc",
                "fleet": "wc",
            },
            "gov.vehicle.accident.document": {"technician": "wcu", "fleet": "wcu"},
            "gov.vehicle.offence": {
                "dispatcher": "wc",
                "technician": "wc",
                "fleet": "wc",
            },
        }
        roles = ("staff", "driver", "dispatcher", "technician", "fleet", "supervision")
        for model, rights in expected.items():
            for role in roles:
                records = self.env[model].with_user(getattr(self, f"{role}_user"))
                found = "".join(
                    letter
                    for letter, operation in (
                        ("w", "write"),
                        ("c", "create"),
                        ("u", "unlink"),
                    )
                    if records.has_access(operation)
                )
                with self.subTest(model=model, role=role):
                    self.assertEqual(found, rights.get(role, ""))

    def test_approver_reads_while_it_is_their_turn(self):
        order = self._order(("Gearbox", 4000))
        self.assertFalse(self._can(order, self.leader_user, "read"))
        order.action_submit()
        self._as(order, self.fleet_user).action_approve()
        mine = self._as(order, self.leader_user)
        mine.web_read(
            {
                "vehicle_id": {"fields": {"display_name": {}}},
                "chain_preview": {},
                "part_line_ids": {"fields": {"repeat_note": {}, "amount": {}}},
                "quote_ids": {"fields": {"partner_id": {}, "is_designated": {}}},
                "can_decide": {},
                "can_send": {},
                "repeat_count": {},
            }
        )
        mine.action_approve()
        self.assertEqual(order.order_state, "approved")

    def test_states_are_nobodys_to_write(self):
        """Neither roles nor contexts open what follows from the steps."""
        values = {
            "order_state": "done",
            "approval_state": "approved",
            "sent_at": "2026-01-01 00:00:00",
            "accepted_at": "2026-01-01 00:00:00",
            "settled_at": "2026-01-01 00:00:00",
            "amount_billed": 1,
            "bill_number": "X",
            "reading_in": 1,
            "move_id": False,
            "handler_id": self.fleet_user.id,
            "number": "机服修〔2026〕9999号",
            "state": "done",
            "active": False,
            "amount": 5,
            "odometer": 20000,
            "acceptance_ids": [Command.clear()],
            "decision_ids": [Command.clear()],
            "order_kind": False,
            "date_to": "2030-01-01",
        }
        for user in (self.core_user, self.fleet_user, self.technician_user):
            for context in CONTEXTS:
                order = self._as(self.order, user)
                order = order.with_context(**context)
                for name, value in values.items():
                    with self.subTest(user=user.login, name=name):
                        with self.assertRaises(UserError):
                            order.write({name: value})
        self.assertEqual((self.order.order_state, self.order.active), ("draft", True))

    def test_created_as_if_done(self):
        for name, value in (
            ("order_state", "done"),
            ("approval_state", "approved"),
            ("state", "done"),
            ("active", False),
            ("amount", 5),
            ("number", "1"),
        ):
            for user in (self.core_user, self.technician_user):
                with self.subTest(name=name, user=user.login):
                    with self.assertRaises(UserError):
                        self._order(user=user, quote=False, **{name: value})
            context = {f"default_{name}": value}
            orders = self._as(self.env[ORDER], self.technician_user)
            order = orders.with_context(**context).create(
                {
                    "order_kind": "repair",
                    "vehicle_id": self.car.id,
                    "employee_id": self.driver.id,
                }
            )
            self.assertEqual(
                (order.order_state, order.state, order.number, order.amount),
                ("draft", "new", False, 0),
            )
            self.assertTrue(order.active)

    def test_submitted_order_is_frozen_for_core_managers(self):
        self.order.action_submit()
        order = self._as(self.order, self.core_user)
        for values in (
            {"description": "Other"},
            {"vendor_id": self.shop2.id},
            {"vehicle_id": self.car2.id},
            {"notes": "x"},
            {"date": "2026-01-01"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                order.write(values)
        with self.assertRaises(UserError):
            order.unlink()
        with self.assertRaises(UserError):
            order.action_archive()
        with self.assertRaises(UserError):
            order.action_submit()

    def test_steps_by_role(self):
        order = self._approved_order()
        until = self._until()
        for user in (
            self.dispatcher_user,
            self.driver_user,
            self.core_user,
            self.supervision_user,
        ):
            mine = self._as(order, user)
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    mine.action_send(10020, until)
                with self.assertRaises(UserError):
                    mine.action_plan(self._at(9), self._at(10))
                with self.assertRaises(UserError):
                    mine.action_bill()
        order.action_send(10020, until)
        self._back(order, 600)
        for user in (self.core_user, self.supervision_user, self.technician_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._as(order, user).action_accept("")
        with self.assertRaises(AccessError):
            self._as(order, self.driver2_user).action_accept("")

    def test_rows_of_acceptance(self):
        rows = self._as(self.env["gov.vehicle.acceptance"], self.fleet_user)
        with self.assertRaises(UserError):
            rows.create({"order_id": self.order.id, "outcome": "accepted"})
        with self.assertRaises(UserError):
            rows.sudo().create({"order_id": self.order.id, "outcome": "accepted"})

    def test_foreign_order_of_a_row(self):
        """A line cannot be moved to, or made on, an order that is not one's own."""
        mine = self._order(user=self.driver2_user, employee_id=self.driver2.id)
        line = mine.part_line_ids
        with self.assertRaises(UserError):
            line.order_id = self.order
        with self.assertRaises(AccessError):
            line.create({"order_id": self.order.id, "name": "X", "price_unit": 1})
        for bad in (10**9, 0, True, "1", None):
            with self.subTest(bad=bad), self.assertRaises(Exception) as caught:
                line.create({"order_id": bad, "name": "X", "price_unit": 1})
            self.assertNotIsInstance(caught.exception, (TypeError, KeyError))

    def test_figures_of_a_row(self):
        for name, value in (
            ("price_unit", float("nan")),
            ("price_unit", "much"),
            ("quantity", float("inf")),
            ("is_chosen", True),
            ("fitted_on", "2026-01-01"),
            ("part_key", "x"),
            ("warranty_months", "six"),
        ):
            record = (
                self.order.quote_ids
                if name == "is_chosen"
                else self.order.part_line_ids
            )
            with self.subTest(name=name), self.assertRaises(UserError):
                record.write({name: value})

    def test_shops_are_named_by_few(self):
        contact = self.env.ref("base.group_partner_manager")
        self.technician_user.group_ids = [Command.link(contact.id)]
        with self.assertRaisesRegex(UserError, "Designated shops"):
            self._as(self.shop3, self.technician_user).is_designated_shop = True
        partners = self._as(self.env["res.partner"], self.technician_user)
        with self.assertRaisesRegex(UserError, "Designated shops"):
            partners.with_context(default_is_designated_shop=True).create({"name": "G"})
        self.fleet_user.group_ids = [Command.link(contact.id)]
        self._as(self.shop3, self.fleet_user).is_designated_shop = True

    # -------------------------------------------------------- core beside the orders

    def test_plain_logs_stay_core(self):
        """Core's fleet manager keeps plain service logs as before."""
        kind = self.env["fleet.service.type"].create(
            {"name": "Washing", "category": "service"}
        )
        logs = self._as(self.env[ORDER], self.core_user)
        log = logs.create(
            {"vehicle_id": self.car.id, "service_type_id": kind.id, "amount": 30}
        )
        self.assertFalse(log.order_kind or log.order_state or log.employee_id)
        self.assertEqual(log.display_name, "Washing")
        log.write({"state": "done", "amount": 35, "description": "Wax"})
        self.assertEqual((log.state, log.amount), ("done", 35))
        log.action_archive()
        with self.assertRaisesRegex(UserError, "does not become an order"):
            log.order_kind = "repair"
        with self.assertRaises(UserError):
            log.action_submit()
        for action in ("action_take", "action_bill", "action_accept"):
            with self.subTest(action=action), self.assertRaises(UserError):
                getattr(self._as(log, self.fleet_user), action)()
        self.assertFalse(self._can(log, self.technician_user, "write"))
        self.assertFalse(self._can(log, self.staff_user, "read"))
        log.unlink()

    def test_technicians_keep_no_plain_logs(self):
        """Without core's role a row is an order, so that it cannot go round it."""
        orders = self._as(self.env[ORDER], self.technician_user)
        order = orders.create(
            {"vehicle_id": self.car.id, "employee_id": self.driver.id}
        )
        self.assertEqual(order.order_kind, "repair")

    def test_core_archives_a_vehicle(self):
        """Whoever archives a vehicle in the engine leaves its orders on record."""
        engine(self.order.sudo()).write({"active": False})
        self.assertTrue(self.order.active)

    def test_rows_of_before_the_install(self):
        """Logs of before get their vehicle's institution, whoever installs."""
        kind = self.env["fleet.service.type"].create(
            {"name": "Washing", "category": "service"}
        )
        log = self._as(self.env[ORDER], self.core_user).create(
            {"vehicle_id": self.car.id, "service_type_id": kind.id}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE fleet_vehicle_log_services"
            " ALTER COLUMN company_id DROP NOT NULL"
        )
        self.env.cr.execute(
            "UPDATE fleet_vehicle_log_services SET company_id = NULL WHERE id = %s",
            [log.id],
        )
        self.env.invalidate_all()
        self.env[ORDER]._init_column("company_id")
        self.assertEqual(log.company_id, self.company)
        # What the install works out for such a row.
        stored = [
            field
            for field in log._fields.values()
            if field.compute and field.store and not field.related
        ]
        for field in stored:
            self.env.add_to_compute(field, log.sudo())
        self.env.flush_all()
        self.assertFalse(log.order_state)

    # ----------------------------------------------------------------- institutions

    def test_other_institution(self):
        other_user = self._create_user(
            "other_tech",
            "base.group_user,gov_fleet.group_technician",
            self.other_company,
        )
        self.assertFalse(self._can(self.order, other_user, "read"))
        orders = self._as(self.env[ORDER], other_user)
        self.assertFalse(orders.search([("id", "=", self.order.id)]))
        for model in ("gov.vehicle.quote", "gov.vehicle.part.line"):
            rows = self._as(self.env[model], other_user)
            self.assertFalse(rows.search([("order_id", "=", self.order.id)]))
        with self.assertRaises(UserError):
            orders.create(
                {
                    "order_kind": "repair",
                    "vehicle_id": self.car.id,
                    "employee_id": self.driver.id,
                }
            )
        with self.assertRaises(UserError):
            self.order.vehicle_id = (
                self.env["fleet.vehicle"].search(
                    [("company_id", "=", self.other_company.id)], limit=1
                )
                or self._foreign_vehicle()
            )

    def _foreign_vehicle(self):
        self.env["gov.vehicle.quota"].create(
            {
                "company_id": self.other_company.id,
                "usage_class": "platform",
                "number": 1,
                "clause": "Paper",
                "date_from": "2020-01-01",
            }
        )
        return self._create_vehicle(
            "岚B·20001",
            reading=0,
            company_id=self.other_company.id,
            department_id=False,
        )

    # ---------------------------------------------------------------------- queries

    def test_queries_of_the_list(self):
        """The list of orders costs as many queries for 24 as for 4."""
        orders = self.order
        for number in range(23):
            orders |= self._order((f"Part {number}", 100))
        orders.action_submit()
        names = {
            "number": {},
            "vehicle_id": {"fields": {"display_name": {}}},
            "vendor_id": {"fields": {"display_name": {}}},
            "amount_total": {},
            "waiting_for": {},
            "order_state": {},
            "repeat_count": {},
        }

        def count(ids):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._as(self.env[ORDER], self.fleet_user).web_search_read(
                [("id", "in", ids)], names
            )
            return self.env.cr.sql_log_count - before

        count(orders.ids)
        self.assertLessEqual(count(orders.ids), count(orders.ids[:4]))
