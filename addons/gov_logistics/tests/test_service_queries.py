from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_desk import DeskCase

LIST_FIELDS = (
    "number",
    "is_emergency",
    "place",
    "name",
    "caller_name",
    "caller_phone",
    "requested_at",
    "sla_next_deadline",
    "sla_state",
    "is_recurring",
    "channel",
    "gov_state",
)
LIST_RECORDS = (
    "user_id",
    "maintenance_team_id",
    "service_item_id",
    "department_id",
    "served_partner_id",
)
OPEN = [("gov_state", "in", ("new", "assigned", "accepted", "arrived", "paused"))]


@tagged("post_install", "-at_install")
class TestServiceQueries(DeskCase):
    """A list of 80 requests costs as many queries as a list of 8."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rooms = cls.env["gov.room"].create(
            [
                {"building": "B", "name": str(i), "company_id": cls.company.id}
                for i in range(80)
            ]
        )
        requests = cls.requests.create(
            [
                {
                    "name": f"Fault {i}",
                    "room_id": room.id,
                    "department_id": (cls.office + cls.works)[i % 2].id,
                    "service_item_id": cls.lamp.id,
                    "caller_phone": str(8000 + i),
                }
                for i, room in enumerate(rooms)
            ]
        )
        users = cls.repairer_user, cls.repairer2_user
        for i, request in enumerate(engine(requests.sudo())):
            request._set_state(
                "assigned",
                user_id=users[i % 2].id,
                maintenance_team_id=cls.water_team.id,
            )
        cls.env.flush_all()

    def _count(self, user, limit, fields):
        self.env.invalidate_all()
        model = self._as(self.requests, user)
        before = self.env.cr.sql_log_count
        result = model.web_search_read(OPEN, fields, limit=limit)
        self.assertEqual(len(result["records"]), limit)
        return self.env.cr.sql_log_count - before

    def test_list(self):
        fields = {name: {} for name in LIST_FIELDS} | {
            name: {"fields": {"display_name": {}}} for name in LIST_RECORDS
        }
        for user in self.desk_user + self.supervision_user + self.inspector_user:
            self._count(user, 8, fields)
            few, many = self._count(user, 8, fields), self._count(user, 80, fields)
            with self.subTest(user=user.login, few=few, many=many):
                self.assertLessEqual(many, few)
                self.assertLessEqual(many, 9)

    def test_buttons_of_the_list(self):
        """Who may do what costs nothing per row either."""
        fields = {
            name: {}
            for name in ("can_accept", "can_done", "can_cancel", "can_use_parts")
        }
        for user in self.desk_user + self.supervision_user + self.inspector_user:
            self._count(user, 8, fields)
            few, many = self._count(user, 8, fields), self._count(user, 80, fields)
            with self.subTest(user=user.login, few=few, many=many):
                self.assertLessEqual(many, few)

    def test_board(self):
        board = self._as(self.requests, self.desk_user)
        bar = {"field": "sla_state", "colors": {"ok": "success", "overdue": "danger"}}
        board.read_progress_bar(OPEN, "gov_state", bar)
        before = self.env.cr.sql_log_count
        result = board.read_progress_bar(
            [("id", "in", board.search(OPEN).ids)], "gov_state", bar
        )
        self.assertLessEqual(self.env.cr.sql_log_count - before, 3)
        self.assertEqual(sum(result["assigned"].values()), 80)

    def test_many_at_once_count_repeats_in_one_query(self):
        few = [{"name": "x", "room_id": self.room.id} for _number in range(4)]
        many = [{"name": "x", "room_id": self.room.id} for _number in range(40)]
        self.requests.create(few)
        counts = []
        for vals_list in (few, many):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            requests = self.requests.create([dict(vals) for vals in vals_list])
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(requests), len(vals_list))
        # Followers and messages are core's, one by one.
        self.assertLess(counts[1], counts[0] * 8)
