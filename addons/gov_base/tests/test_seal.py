import psycopg2

from odoo import Command, fields
from odoo.exceptions import MissingError, UserError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from ..models.gov_guard import engine
from ..tools import seal
from . import seal_models
from .common_seal import SealCase


@tagged("post_install", "-at_install")
class TestSeal(SealCase):
    """What is sealed, and that it stays."""

    # -- sealing -----------------------------------------------------------

    def test_seal_keeps_what_stands_in_the_record(self):
        note = self.Note.create({"name": "Chairs", "measure": 2, "amount": 12.5})
        note.name = "Tables"  # not flushed yet
        self.assertFalse(note.is_sealed)

        self.assertEqual(note._seal(), 1)

        self.assertTrue(note.is_sealed)
        found = self._seals(note)
        self.assertRecordValues(
            found,
            [
                {
                    "chain": "test-note",
                    "company_id": self.company.id,
                    "model": "gov.test.note",
                    "res_id": note.id,
                    "schema": 1,
                    "sealed_by_id": self.env.uid,
                    "sequence": 0,
                    "hash": False,
                    "previous_hash": False,
                }
            ],
        )
        self.assertIn('"name":"Tables"', found.payload)
        self.assertIn('"measure":"2.000"', found.payload)
        self.assertEqual(found.payload_hash, seal.sha256(found.payload))

    def test_seal_again_changes_nothing(self):
        notes = self._create_notes(2)
        before = self._seals(notes).read()
        more = self.Note.create({"name": "One more"})
        self.assertEqual((notes + more)._seal(), 1)
        self.assertEqual(notes._seal(), 0)
        self.assertEqual(self._seals(notes).read(), before)
        self.assertEqual(len(self._seals(more)), 1)

    def test_seal_nothing(self):
        self.assertEqual(self.Note._seal(), 0)

    def test_seal_missing(self):
        notes = self.Note.create([{"name": "Kept"}, {"name": "Lost"}])
        self._sql("DELETE FROM gov_test_note WHERE id = %s", notes[1].id)
        with self.assertRaisesRegex(MissingError, "Test Note"):
            notes._seal()

    def test_seal_on_create(self):
        entry = self.Entry.create([{"points": 1.5}, {"points": 2}])
        self.assertEqual(entry.mapped("is_sealed"), [True, True])
        self.assertEqual(
            self._seals(entry).mapped("payload"),
            ['{"note_id":null,"points":"1.5"}', '{"note_id":null,"points":"2.0"}'],
        )

    def test_seal_on_create_with_a_relation(self):
        """The relation is written after the row, and sealed with it."""
        self.patch(type(self.Note), "_seal_on_create", True)
        note = self.Note.create({"name": "N", "user_ids": self.clerk_user.ids})
        self.assertTrue(note.is_sealed)
        payload = self._seals(note).payload
        self.assertIn(f'"user_ids":[{self.clerk_user.id}]', payload)
        with self.assertRefused("gov_test_note"):
            self._sql("DELETE FROM gov_test_note_user_rel")

    def test_seal_names_the_user_behind_sudo(self):
        note = self.Note.create({"name": "By the clerk"})
        note.with_user(self.clerk_user).sudo()._seal()
        self.assertEqual(self._seals(note).sealed_by_id, self.clerk_user)

    def test_seal_in_few_statements(self):
        """A batch costs as many statements as a single record."""
        counts = []
        for size in (1, 200):
            notes = self.Note.create([{"name": "N", "count": n} for n in range(size)])
            self.env.flush_all()
            before = self.cr.sql_log_count
            notes._seal()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        # mark and read, many2many, insert
        self.assertLessEqual(counts[1], 3)

    def test_unsealed_record_is_free(self):
        note = self.Note.create({"name": "Draft", "user_ids": self.clerk_user.ids})
        note.write({"name": "Better", "user_ids": [Command.clear()]})
        self.assertEqual(note.name, "Better")
        note.unlink()
        self.assertFalse(note.exists())

    def test_fields_that_are_not_sealed_are_free(self):
        note = self._create_notes(1)
        note.remark = "Filed"
        note.reviewer_id = self.partner
        self.env.flush_all()
        self.partner.unlink()
        self.assertFalse(note.reviewer_id)

    # -- the ORM says no in words ------------------------------------------

    def test_write_is_refused(self):
        note = self._create_notes(1)
        for values in (
            {"name": "Forged"},
            {"name": "Note 0"},  # the same again
            {"remark": "and", "amount": 1},
            {"user_ids": [Command.link(self.clerk_user.id)]},
            {"company_id": self.other_company.id},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "Note 0"):
                note.write(values)
            with self.subTest(values), self.assertRaisesRegex(UserError, "is sealed"):
                engine(note.sudo()).write(values)
        self.assertFalse(note.remark)

    def test_is_sealed_is_protected(self):
        note = self._create_notes(1)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            note.is_sealed = False
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self.Note.create({"is_sealed": True})
        with self.assertRefused("gov_test_note"):
            engine(note).is_sealed = False
            self.env.flush_all()
        self.assertTrue(note.is_sealed)
        self.assertFalse(
            self.Note.with_context(default_is_sealed=True).create({}).is_sealed
        )

    def test_unlink_is_refused(self):
        note = self._create_notes(1)
        with self.assertRaisesRegex(UserError, "sealed"):
            note.unlink()
        with self.assertRaisesRegex(UserError, "sealed"):
            engine(note.sudo()).unlink()
        self.assertTrue(note.exists())

    def test_batch_with_one_sealed_record_is_refused(self):
        note = self._create_notes(1)
        free = self.Note.create({"name": "Free"})
        with self.assertRaisesRegex(UserError, "Note 0"):
            (free + note).write({"name": "Both"})
        self.assertEqual(free.name, "Free")

    def test_copy_is_not_sealed(self):
        copy = self._create_notes(1).copy()
        self.assertFalse(copy.is_sealed)
        copy.name = "Changed"
        self.assertFalse(self._seals(copy))

    def test_context_opens_nothing(self):
        note = self._create_notes(1)
        for key in ("gov_engine", "force", "skip_validation_check", "install_mode"):
            with self.subTest(key), self.assertRaises(UserError):
                note.with_context(**{key: True}).write({"name": "Forged"})

    def test_message_of_the_database_is_readable(self):
        note = self._create_notes(1)
        with self.assertRefused("gov_test_note") as caught:
            self._sql("DELETE FROM gov_test_note WHERE id = %s", note.id)
        self.assertIn(
            "Test Note: a sealed record can neither be changed nor deleted",
            self.Note._sql_error_to_message(caught.exception),
        )
        with self.assertRefused("gov_seal") as caught:
            self._sql("DELETE FROM gov_seal")
        self.assertEqual(
            self.Seal._sql_error_to_message(caught.exception),
            "A seal can neither be changed nor deleted.",
        )

    # -- raw SQL -------------------------------------------------------------

    def test_sql_on_sealed_rows_is_refused(self):
        note = self._create_notes(1)
        columns = [
            "id = id + 1000000",
            "is_sealed = false",
            f"company_id = {self.other_company.id}",
            "name = 'Forged'",
            "name = name",
            "amount = 1",
            "partner_id = NULL",
            "stamp = NULL",
            "day = '2026-01-01'",
        ]
        for change in columns:
            with self.subTest(change), self.assertRefused("gov_test_note"):
                self._sql(f"UPDATE gov_test_note SET {change} WHERE id = %s", note.id)
        with self.assertRefused("gov_test_note"):
            self._sql("DELETE FROM gov_test_note WHERE id = %s", note.id)
        with self.assertRefused("gov_test_note"):
            self._sql("TRUNCATE gov_test_note CASCADE")
        self._sql("UPDATE gov_test_note SET remark = 'R' WHERE id = %s", note.id)
        self.assertEqual(note.remark, "R")

    def test_sql_on_relation_of_sealed_rows_is_refused(self):
        users = self.clerk_user + self.staff_user
        note, free = self.Note.create(
            [{"name": "A", "user_ids": users.ids}, {"name": "B", "user_ids": users.ids}]
        )
        note._seal()
        for query in (
            "DELETE FROM gov_test_note_user_rel WHERE note_id = %s",
            "INSERT INTO gov_test_note_user_rel SELECT %s, 1",
            f"UPDATE gov_test_note_user_rel SET note_id = {free.id} WHERE note_id = %s",
            "UPDATE gov_test_note_user_rel SET user_id = 1 WHERE note_id = %s"
            f" AND user_id = {users[0].id}",
            f"UPDATE gov_test_note_user_rel SET note_id = %s WHERE note_id = {free.id}",
        ):
            with self.subTest(query), self.assertRefused("gov_test_note"):
                self._sql(query, note.id)
        with self.assertRefused("gov_test_note_user_rel"):
            self._sql("TRUNCATE gov_test_note_user_rel")
        # the free one is free, and can go with its users
        free.user_ids = users[0]
        self.assertEqual(free.user_ids, users[0])
        free.unlink()

    def test_deletion_of_what_it_refers_to_is_refused(self):
        user = self._create_user("gov_gone", "base.group_user")
        partner = self.env["res.partner"].create({"name": "Gone"})
        note = self.Note.create({"name": "N", "partner_id": partner.id})
        relation = self.Note.create({"name": "M", "user_ids": user.ids})
        entry = self.Entry.create({"note_id": self.Note.create({"name": "P"}).id})
        (note + relation)._seal()
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            partner.unlink()
        with self.assertRefused("gov_test_note"):
            user.unlink()
        with self.assertRefused("gov_test_entry"):
            # its note is not sealed, the entry that would go with it is
            entry.note_id.unlink()
        self.assertTrue(entry.exists())

    def test_sql_on_seals_is_refused(self):
        linked = self._create_notes(1)
        self.Seal._link_pending()
        waiting = self._create_notes(1)
        for record in self._seals(linked) + self._seals(waiting):
            for change in (
                "payload = '{}'",
                "payload = payload",
                "payload_hash = ''",
                "chain = 'other'",
                f"company_id = {self.other_company.id}",
                "res_id = res_id + 1",
                "schema = 2",
                "sealed_at = now()",
                "sealed_by_id = 1",
                "sequence = 7",
                "sequence = NULL, hash = NULL, previous_hash = NULL",
                "hash = 'x'",
                "id = id + 1000000",
                "sequence = 9, hash = 'x', previous_hash = 'y', payload = '{}'",
            ):
                with self.subTest(change, seal=record), self.assertRefused("gov_seal"):
                    self._sql(f"UPDATE gov_seal SET {change} WHERE id = %s", record.id)
            with self.assertRefused("gov_seal"):
                self._sql("DELETE FROM gov_seal WHERE id = %s", record.id)
        with self.assertRefused("gov_seal"):
            self._sql("TRUNCATE gov_seal CASCADE")
        # a link is filled in once
        link = "sequence = 9, hash = 'x', previous_hash = 'y'"
        where = "WHERE id = %s"
        with self.assertRefused("gov_seal"):
            self._sql(f"UPDATE gov_seal SET {link} {where}", self._seals(linked).id)
        self._sql(f"UPDATE gov_seal SET {link} {where}", self._seals(waiting).id)
        with self.assertRefused("gov_seal"):
            self._sql(f"UPDATE gov_seal SET {link} {where}", self._seals(waiting).id)

    def test_sql_cannot_insert_a_link(self):
        with self.assertRefused("gov_seal"):
            self._sql(
                "INSERT INTO gov_seal (chain, company_id, model, res_id, schema,"
                " payload, payload_hash, sealed_at, sealed_by_id, sequence, hash,"
                " previous_hash) VALUES ('test-note', %s, 'gov.test.note', 999999, 1,"
                " '{}', '', now(), 1, 1, 'x', 'y')",
                self.company.id,
            )

    def test_one_seal_per_record_and_schema(self):
        note = self._create_notes(1)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.Seal._insert_waiting(
                "test-note", "gov.test.note", 1, [(self.company.id, note.id, "{}")]
            )

    # -- guards follow the list of fields --------------------------------------

    def test_guard_is_replaced_when_the_list_changes(self):
        note = self._create_notes(1)
        self.patch(type(self.Note), "_sealed_fields", ("name", "remark"))
        self.Note._seal_install_guards()
        self._sql("UPDATE gov_test_note SET amount = 3 WHERE id = %s", note.id)
        with self.assertRefused("gov_test_note"):
            self._sql("UPDATE gov_test_note SET remark = 'x' WHERE id = %s", note.id)

    def test_guard_stays_when_nothing_changes(self):
        query = (
            "SELECT array_agg(oid ORDER BY oid) FROM pg_trigger WHERE NOT tgisinternal"
        )
        self.cr.execute(query)
        before = self.cr.fetchall()
        self.Note.init()
        self.Seal.init()
        self.cr.execute(query)
        self.assertEqual(self.cr.fetchall(), before)

    def test_guard_comes_back_with_the_registry(self):
        """The uninstallation of an add-on that brought a sealed column drops it."""
        note = self._create_notes(1)
        self._sql("ALTER TABLE gov_test_note DROP COLUMN text CASCADE")
        self.assertTrue(seal.lacks_guard(self.cr, "gov_test_note"))
        names = tuple(n for n in self.Note._sealed_fields if n != "text")
        self.patch(type(self.Note), "_sealed_fields", names)
        self.Note._register_hook()
        self.assertFalse(seal.lacks_guard(self.cr, "gov_test_note"))
        with self.assertRefused("gov_test_note"):
            self._sql("UPDATE gov_test_note SET name = 'x' WHERE id = %s", note.id)

    def test_uninstall_opens_the_guards(self):
        note = self._create_notes(1)
        seal.drop_functions(self.cr)
        self._sql("DELETE FROM gov_test_note WHERE id = %s", note.id)
        self._sql("DROP TABLE gov_seal CASCADE")

    # -- what cannot be sealed ---------------------------------------------------

    def test_fields_that_cannot_be_sealed(self):
        company = fields.Many2one("res.company", required=True)
        cases = {
            "no such field": None,
            "related": fields.Char(related="company_id.name", store=True),
            "computed": fields.Char(compute="_compute_display_name", store=True),
            "not stored": fields.Char(store=False),
            "translated": fields.Char(translate=True),
            "depends on the company": fields.Char(company_dependent=True),
            "would empty it": fields.Many2one("res.partner"),
            "type one2many": fields.One2many("res.users", "company_id"),
            "type binary": fields.Binary(),
            "type json": fields.Json(),
        }
        for number, (reason, field) in enumerate(cases.items()):
            attributes = {"value": field} if field else {}
            self._assert_no_model(
                f"gov.test.wrong{number}",
                f"'value': .*{reason}",
                _sealed_fields=("value",),
                _seal_chain="wrong",
                company_id=company,
                **attributes,
            )

    def test_models_that_cannot_be_sealed(self):
        company = fields.Many2one("res.company", required=True)
        fine = {"_sealed_fields": ("value",), "value": fields.Char()}
        chain = {"_seal_chain": "wrong"}
        for number, (message, attributes) in enumerate(
            {
                "no _seal_chain": {**fine, "company_id": company},
                "no _sealed_fields": {**chain, "company_id": company},
                "required company_id": {**fine, **chain},
                "present schema": {
                    **fine,
                    **chain,
                    "company_id": company,
                    "_seal_schemas": {1: ("value",)},
                },
            }.items()
        ):
            self._assert_no_model(f"gov.test.model{number}", message, **attributes)

    def _assert_no_model(self, name, message, **attributes):
        definition = seal_models.define(name, _inherit=["gov.seal.mixin"], **attributes)
        try:
            with self.subTest(message), self.assertRaisesRegex(TypeError, message):
                seal_models.load(self.cr, self.registry, [definition])
        finally:
            seal_models.unload(self.cr, self.registry, [name])

    # -- screens -------------------------------------------------------------------

    @users("gov_supervision")
    def test_views_show_a_seal(self):
        note = self._create_notes(1)
        record = self._seals(note).with_user(self.env.user)
        self.assertEqual(record.label, "Test Note")
        self.assertEqual(record.display_name, "Test Note …")
        with Form(record) as form:
            self.assertEqual(form.payload, record.payload)
