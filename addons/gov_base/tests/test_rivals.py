from odoo.tests import TransactionCase, tagged

from odoo.addons.gov_base.tools.rivals import meet_rivals


@tagged("post_install", "-at_install")
class TestRivals(TransactionCase):
    """The statement by which transactions meet; tests/test_rivals_race.py races it."""

    def test_one_query_for_any_number_of_rows(self):
        partners = self.env["res.partner"].create([{"name": n} for n in "abcdefgh"])
        self.env.flush_all()
        for records in (partners[:1], partners):
            with self.assertQueryCount(1):
                self.assertEqual(meet_rivals(records), len(records))
        with self.assertQueryCount(0):
            self.assertEqual(meet_rivals(partners.browse()), 0)
            self.assertEqual(meet_rivals(partners.new()), 0)

    def test_it_tells_how_many_are_left_and_changes_nothing(self):
        partners = self.env["res.partner"].create([{"name": "a"}, {"name": "b"}])
        self.env.flush_all()
        written = partners.mapped("write_date")
        partners.invalidate_recordset()
        meet_rivals(partners)
        self.assertEqual(partners.mapped("write_date"), written)
        gone = partners[0].copy()
        gone.unlink()
        self.assertEqual(meet_rivals(partners | gone), 2)
