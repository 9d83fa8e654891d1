import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.gov_base.models.gov_guard import engine

from .common_reports import ReportsCommon

_OFFICE = {"clue", "prepare", "decide", "proposal"}


@tagged("post_install", "-at_install")
class TestOverview(ReportsCommon):
    """The cards count what the user reads, and open the same."""

    def _cards(self, user):
        cards = self._read_as(user, "gov.points.overview").search([])
        return {card.code: card for card in cards}

    def _case(self):
        return (
            self.env["gov.points.case"]
            .with_user(self.points_user)
            .create(
                {
                    "date": "2026-09-10",
                    "facts": "A clue",
                    "company_id": self.company.id,
                    "share_ids": [(0, 0, {"employee_id": self.works_staff.id})],
                }
            )
        )

    def test_every_card_opens_what_it_counts(self):
        clues = self._cards(self.points_user)["clue"].count
        self._case()
        shares = [told.entry.share_id for told in self.told]
        notices = self.env["gov.points.notice"]._issue(shares[0].union(*shares))
        engine(notices[0].sudo()).write(
            {"state": "served", "appeal_deadline": "2026-09-17"}
        )
        late = self._cycle(self.works_staff).measure_ids.filtered("deadline")[:2]
        engine(late[0].sudo()).deadline = "2026-09-10"
        engine(late[1].sudo()).deadline = "2026-09-18"
        for user in (self.points_user, self.hr_user, self.supervision_user):
            cards = self._cards(user)
            for code, card in cards.items():
                with self.subTest(user=user.login, code=code):
                    action = card.action_open()
                    json.dumps(action, default=str)
                    model = self._read_as(user, action["res_model"])
                    found = model.search(action["domain"])
                    if card.kind != "graph":
                        self.assertEqual(card.count, len(found))
                    else:
                        self.assertTrue(found)
            self.assertEqual(cards["unserved"].count, len(notices) - 1)
            self.assertEqual(cards["lapse"].count, 1)
            self.assertEqual(cards["measure_overdue"].count, 1)
            self.assertTrue(cards["measure_overdue"].is_urgent)
            self.assertGreaterEqual(cards["measure_week"].count, 1)
        self.assertEqual(self._cards(self.points_user)["clue"].count, clues + 1)

    def test_appeals(self):
        """HR reads no appeal: it counts the notices under appeal."""
        share = self.told[0].entry.share_id
        notice = self.env["gov.points.notice"]._issue(share)
        self._cards(self.points_user)["appeal"].action_open()
        self.env.cr.execute(
            """
            INSERT INTO gov_points_appeal
                   (company_id, notice_id, share_id, employee_id, handler_id,
                    beneficiary_id, date, grounds, approval_state, state)
            VALUES (%s, %s, %s, %s, %s, %s, '2026-09-14', 'Wrong', 'submitted',
                    'submitted')
            """,
            [
                self.company.id,
                notice.id,
                share.id,
                self.staff.id,
                self.staff_user.id,
                self.staff.id,
            ],
        )
        for user, model in (
            (self.hr_user, "gov.points.procedure"),
            (self.points_user, "gov.points.appeal"),
        ):
            card = self._cards(user)["appeal"]
            self.assertEqual(card.count, 1)
            action = card.action_open()
            self.assertEqual(action["res_model"], model)
            self.assertEqual(action["views"][0][1], "list")

    def test_lights(self):
        cards = self._cards(self.hr_user)
        totals = self._sum(lambda told: told.person, self._in_running)
        people = self.env["hr.employee"].search_count(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(cards["green"].count, people - len(totals))
        self.assertEqual(cards["orange"].count, 1)
        self.assertEqual(cards["red"].count, 0)
        self.assertEqual(
            sum(cards[name].count for name in ("green", "yellow", "orange", "red")),
            people,
        )

    def test_graphs(self):
        cards = self._cards(self.hr_user)
        (months,) = json.loads(cards["months"].graph)
        self.assertEqual(len(months["values"]), 12)
        by_month = self._sum(lambda told: str(told.day)[:7])
        expected = [by_month.get(f"2025-{n}", 0) for n in (10, 11, 12)]
        expected += [by_month.get(f"2026-0{n}", 0) for n in range(1, 10)]
        self.assertEqual([bar["value"] for bar in months["values"]], expected)
        (articles,) = json.loads(cards["articles"].graph)
        by_article = self._sum(lambda told: told.article.code)
        self.assertEqual(
            {bar["label"]: bar["value"] for bar in articles["values"]}, by_article
        )
        self.assertIn(articles["values"][0]["label"], cards["articles"].lines)

    def test_who_is_shown_what(self):
        self.assertFalse(_OFFICE & set(self._cards(self.hr_user)))
        self.assertLessEqual(_OFFICE, set(self._cards(self.points_user)))
        self.assertLessEqual(_OFFICE, set(self._cards(self.supervision_user)))
        for user in (self.head_user, self.staff_user, self.admin_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._cards(user)

    def test_forged_cards(self):
        """A card that the user is not shown cannot be opened or counted."""
        hidden = self._cards(self.points_user)["clue"]
        with self.assertRaises(Exception):  # noqa: B017
            hidden.with_user(self.hr_user).with_context(
                allowed_company_ids=self.company.ids
            ).action_open()
        with self.assertRaises(AccessError):
            self._cards(self.hr_user)["green"].write({"code": "clue"})

    def test_other_institution(self):
        self._case()
        user = self._create_user(
            "gov_points_other", "gov_points.group_points_officer", self.other_company
        )
        cards = self._cards(user)
        self.assertEqual(cards["clue"].count, 0)
        self.assertEqual(cards["green"].count, 1)

    def test_queries(self):
        def read():
            model = self._read_as(self.points_user, "gov.points.overview")
            model.web_search_read([], {"count": {}, "graph": {}, "lines": {}})

        self._add_people(8)
        read()
        few = self._count_queries(read)
        self._add_people(80)
        self.assertLessEqual(self._count_queries(read), few)

    def test_first_page_of_hr(self):
        menus = self.env["ir.ui.menu"].with_user(self.hr_user)
        root = self.env.ref("gov_points.menu_points_root")
        first = menus.search([("parent_id", "=", root.id)], limit=1)
        self.assertEqual(
            first.action, self.env.ref("gov_points.gov_points_overview_action")
        )
        visible = menus.with_user(self.staff_user)._visible_menu_ids()
        self.assertNotIn(self.env.ref("gov_points.menu_points_overview").id, visible)
