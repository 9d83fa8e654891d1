from contextlib import contextmanager

import psycopg2

from odoo.tools import SQL, mute_logger

from ..models.gov_guard import engine
from . import seal_models
from .common import GovCommon


class SealCase(GovCommon):
    """Notes (sealed on demand) and entries (sealed when made) to try the seal with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = seal_models.load(cls.cr, cls.registry)
        cls.addClassCleanup(seal_models.unload, cls.cr, cls.registry, names)
        cls.Seal = cls.env["gov.seal"]
        cls.Note = cls.env["gov.test.note"]
        cls.Entry = engine(cls.env["gov.test.entry"])
        cls.partner = cls.env["res.partner"].create({"name": "Paper Shop"})

    @classmethod
    def _create_notes(cls, count, company=None):
        """Return ``count`` sealed notes, not linked yet."""
        notes = cls.Note.create(
            [
                {"name": f"Note {number}", "company_id": (company or cls.company).id}
                for number in range(count)
            ]
        )
        notes._seal()
        return notes

    @classmethod
    def _seals(cls, records):
        """Return the seals of ``records`` in their order."""
        seals = cls.Seal.search(
            [("model", "=", records._name), ("res_id", "in", records.ids)]
        )
        return seals.sorted(lambda record: records.ids.index(record.res_id))

    @contextmanager
    def assertRefused(self, table):
        """The database refuses what happens inside; the transaction goes on."""
        self.env.flush_all()
        with (
            self.assertRaises(psycopg2.errors.RestrictViolation) as caught,
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            yield caught
        self.assertEqual(caught.exception.diag.table_name, table)
        self.env.invalidate_all()

    @classmethod
    def _sql(cls, query, *args):
        """Run raw SQL, as somebody with the password of the database would."""
        cls.env.flush_all()
        cls.env.cr.execute(query, args)
        cls.env.invalidate_all()

    @classmethod
    def _tamper(cls, table, query, *args):
        """Run raw SQL with the guards of ``table`` switched off for its duration."""
        cls.env.flush_all()
        name = SQL.identifier(table)
        cls.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", name))
        cls._sql(query, *args)
        cls.env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", name))
