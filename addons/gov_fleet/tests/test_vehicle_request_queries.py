from lxml import etree

from odoo.tests import tagged

from .common_request import RequestCase

_LIST = (
    "number",
    "window_text",
    "destination",
    "area",
    "department_id",
    "employee_id",
    "waiting_for",
    "confirmation_state",
    "state",
)


@tagged("post_install", "-at_install")
class TestVehicleRequestQueries(RequestCase):
    """Lists cost the same for many rows as for few."""

    def _count(self, user, ids):
        self.env.flush_all()
        self.env.invalidate_all()
        requests = self._as(self.Requests, user)
        specification = {name: {} for name in _LIST}
        for name in ("department_id", "employee_id"):
            specification[name] = {"fields": {"display_name": {}}}
        before = self.env.cr.sql_log_count
        rows = requests.web_search_read([("id", "in", ids)], specification)
        self.assertEqual(len(rows["records"]), len(ids))
        return self.env.cr.sql_log_count - before

    def test_list(self):
        requests = self.Requests
        for number in range(24):
            request = self._ask(self.staff_user, start=8, end=9 + number % 9)
            if number % 3:
                request.action_submit()
            requests |= request
        for user in self.dispatcher_user + self.office_head_user + self.staff_user:
            with self.subTest(user=user.login):
                self._count(user, requests.ids)  # warms the caches of the registry
                few = self._count(user, requests[:6].ids)
                many = self._count(user, requests.ids)
                self.assertLessEqual(many, few)

    def test_what_comes_next_stands_first(self):
        """In the list of all requests the nearest trip stands first."""
        later, sooner = self._ask(start=14, end=16), self._ask(start=9, end=11)
        action = self.env.ref("gov_fleet.gov_vehicle_request_action_all")
        modes = {mode: view for view, mode in action.views}
        requests = self._as(self.Requests, self.dispatcher_user)
        for mode in ("list", "kanban"):
            arch = requests.get_view(modes[mode], mode)["arch"]
            order = etree.fromstring(arch).get("default_order")
            found = requests.search([("id", "in", (later + sooner).ids)], order=order)
            with self.subTest(mode=mode):
                self.assertEqual(found.ids, [sooner.id, later.id])
        self.assertEqual(action.view_mode.split(",")[0], action.views[0][1])
