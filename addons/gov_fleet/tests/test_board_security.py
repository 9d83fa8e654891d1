"""Who may do what on the board, and raw calls by every role."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_board import BoardCase

_ATTACKS = (
    {"state": "done"},
    {"state": "assigned"},
    {"active": False},
    {"kind": "repair"},
    {"request_id": False},
    {"trip_id": False},
    {"need_id": False},
    {"company_id": 1},
    {"is_protected": False},
    {"destination": "Elsewhere"},
    {"user_text": "Somebody"},
    {"seats": 1},
    {"assigned_by_id": 1},
    {"rest_note": False},
    {"res_model": "res.users"},
    {"name": "Mine"},
    {"is_late_before": True},
    {"create_uid": 1},
)
_BAD = (
    {"vehicle_id": "car"},
    {"vehicle_id": True},
    {"vehicle_id": 10**9},
    {"vehicle_id": -1},
    {"driver_id": [1]},
    {"date_start": "tomorrow"},
    {"date_start": False},
    {"date_end": 7},
    {"note": "a\0b"},
    7,
    [],
)


@tagged("post_install", "-at_install")
class TestBoardSecurity(BoardCase):
    def setUp(self):
        super().setUp()
        self.start, self.end = self._at(8), self._at(10)
        self.request = self._approved(self.start, self.end)
        self.booking = self._waiting(self.request)
        self.outsiders = (
            self.works_staff_user,
            self.driver_user,
            self.technician_user,
            self.staff_user,
            self.office_head_user,
            self.head_user,
            self.supervision_user,
            self.admin_user,
        )

    def _contexts(self):
        """What callers over RPC may choose."""
        return (
            {},
            {"gov_engine": True},
            {"gov_engine": "EDIT_SENTINEL"},
            {"active_test": False, "tracking_disable": True},
            {"default_state": "done", "default_active": False},
            {"import_file": True, "install_mode": True},
        )

    def test_matrix(self):
        """read, write, create, unlink of a booking of another section's request."""
        may = {
            self.dispatcher_user: "rwc",
            self.fleet_user: "rwc",
            self.technician_user: "r",
            self.supervision_user: "r",
            self.staff_user: "r",
            self.office_head_user: "r",
            self.clerk_user: "r",
            self.works_staff_user: "",
            self.driver_user: "",
            self.admin_user: "",
            self.portal_user: "",
        }
        for user, rights in may.items():
            booking = self._as(self.booking, user)
            found = "".join(
                letter
                for letter, operation in zip(
                    "rwcu", ("read", "write", "create", "unlink"), strict=True
                )
                if booking.has_access(operation)
            )
            self.assertEqual(found, rights, user.name)

    def test_supervision_reads_the_board(self):
        bookings = self._as(self.env["gov.vehicle.booking"], self.supervision_user)
        self.assertIn(self.booking.id, bookings.search([]).ids)
        for name, expected in (
            ("vehicle_id", self.car.id),
            ("driver_id", self.driver.id),
        ):
            rows = bookings.action_board_rows(name)
            self.assertIn(expected, [row[0] for row in rows])

    def test_can_dispatch(self):
        for user, can in (
            (self.dispatcher_user, True),
            (self.fleet_user, True),
            (self.supervision_user, False),
            (self.staff_user, False),
        ):
            self.assertEqual(self._as(self.request, user).can_dispatch, can, user.name)
        self.booking.action_assign(self.car.id, self.driver.id)
        self.env.invalidate_all()
        self.assertFalse(self.request.can_dispatch)

    def test_driver_reads_own_trips(self):
        self.booking.action_assign(self.car.id, self.driver.id)
        self.assertTrue(self._as(self.booking, self.driver_user).has_access("read"))
        self.assertFalse(self._as(self.booking, self.driver2_user).has_access("read"))

    def test_protected_is_hidden_from_the_section(self):
        """The head and liaison of the section do not learn of it by the board."""
        booking = self._waiting(
            self._approved(self._at(12), self._at(13), is_protected=True)
        )
        for user in (self.office_head_user, self.clerk_user):
            self.assertFalse(self._as(booking, user).has_access("read"))
        self.assertTrue(self._as(booking, self.staff_user).has_access("read"))

    def test_outsiders_change_nothing(self):
        values = ({"vehicle_id": self.car.id}, {"date_end": self.end}, *_ATTACKS)
        for user in self.outsiders:
            for vals in values:
                self._refused(self._as(self.booking, user).write, vals)
            self._refused(
                self._as(self.booking, user).create,
                {
                    "kind": "leave",
                    "driver_id": self.driver.id,
                    "date_start": self.start,
                    "date_end": self.end,
                },
            )
            for call, args in (
                ("action_assign", (self.car.id, self.driver.id)),
                ("action_unassign", ("So",)),
                ("action_release", ()),
                ("action_open_assign", ()),
                ("unlink", ()),
                ("action_archive", ()),
            ):
                self._refused(getattr(self._as(self.booking, user), call), *args)
        self._unchanged()

    def _refused(self, call, *args):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            call(*args)
            self.env.flush_all()
        self.env.invalidate_all()

    def _unchanged(self):
        booking = engine(self.booking.sudo())
        self.assertRecordValues(
            booking,
            [
                {
                    "state": "waiting",
                    "active": True,
                    "kind": "request",
                    "vehicle_id": False,
                    "driver_id": False,
                    "request_id": self.request.id,
                    "date_start": self.start,
                    "date_end": self.end,
                    "destination": "Yunlan Town Hall",
                }
            ],
        )

    def test_dispatcher_forges_nothing(self):
        for user in (self.dispatcher_user, self.fleet_user):
            for context in self._contexts():
                booking = self._as(self.booking, user).with_context(**context)
                for vals in _ATTACKS:
                    self._refused(booking.write, vals)
                self._refused(booking.unlink)
                self._refused(booking.action_archive)
                self._refused(booking.copy)
        self._unchanged()

    def test_dispatcher_makes_no_trips(self):
        window = {"date_start": self.start, "date_end": self.end}
        vehicle = {"vehicle_id": self.car2.id, **window}
        for context in self._contexts():
            bookings = self.bookings.with_context(**context)
            for vals in (
                {"kind": "request", **vehicle},
                {"kind": "repair", **vehicle},
                {"kind": "other", "request_id": self.request.id, **vehicle},
                {"kind": "other", "state": "done", **vehicle},
                {"kind": "other", "company_id": self.other_company.id, **vehicle},
                {"kind": "other", **window},
                {"kind": "nothing", **vehicle},
                {"kind": "other", "vehicle_id": self.car2.id},
            ):
                self._refused(bookings.create, vals)

    def test_defaults_forge_nothing(self):
        bookings = self.bookings.with_context(
            default_kind="other",
            default_is_late_before=True,
            default_request_id=self.request.id,
            default_active=False,
            default_destination="Elsewhere",
        )
        booking = bookings.create(
            {
                "vehicle_id": self.car.id,
                "date_start": self.start,
                "date_end": self.end,
            }
        )
        self.assertTrue(booking.active)
        self.assertFalse(booking.request_id)
        self.assertFalse(booking.destination)
        self.assertFalse(booking.is_late_before)

    def test_bad_values(self):
        for vals in _BAD:
            self._refused(self.booking.write, vals)
        for vals in _BAD:
            if isinstance(vals, dict):
                vals = {
                    "kind": "other",
                    "vehicle_id": self.car.id,
                    "date_start": self.start,
                    "date_end": self.end,
                    **vals,
                }
            self._refused(self.bookings.create, [vals])
        for vehicle, driver in (
            (None, None),
            ("1", self.driver.id),
            (True, self.driver.id),
            (self.car.id, [self.driver.id]),
            (self.car.id, float("inf")),
            (2**70, self.driver.id),
            ({}, {}),
        ):
            self._refused(self.booking.action_assign, vehicle, driver)
        self._refused(self.booking.action_assign, self.car.id, self.driver.id, 7)
        self._unchanged()

    def test_deleted_row(self):
        leave = self.bookings.create(
            {
                "kind": "leave",
                "driver_id": self.driver.id,
                "date_start": self.start,
                "date_end": self.end,
            }
        )
        gone = self.bookings.browse(leave.id)
        engine(leave.sudo()).unlink()
        self._refused(gone.action_assign, self.car.id, self.driver.id)
        self._refused(self.bookings.action_assign, self.car.id, self.driver.id)

    def test_dialog_belongs_to_its_maker(self):
        wizard = self._as(self.env["gov.vehicle.assign"], self.dispatcher_user).create(
            {"booking_id": self.booking.id}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self._as(wizard, self.dispatcher2_user).action_assign()
