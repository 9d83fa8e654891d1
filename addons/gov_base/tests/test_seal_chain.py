import base64
import csv
import hashlib
import io
import json
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models import gov_seal
from ..tools import seal_verify
from .common_seal import SealCase

CHAIN = "test-note"


def oracle_chain(rows):
    """Build the links of a chain once more, from the values of its seals.

    :param rows: dictionaries of the stored seals in the order of the chain
    :return: a list of (sequence, previous hash, hash)
    """
    links = []
    previous = "0000000000000000000000000000000000000000000000000000000000000000"
    for number, row in enumerate(rows, start=1):
        payload_hash = hashlib.sha256(row["payload"].encode("utf-8")).hexdigest()
        text = (
            f'["{previous}","{payload_hash}","{row["chain"]}",{row["company_id"][0]},'
            f'{number},"{row["model"]}",{row["res_id"]},{row["schema"]},'
            f'"{row["sealed_at"]:%Y-%m-%d %H:%M:%S}",{row["sealed_by_id"][0]}]'
        )
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        links.append((number, previous, digest))
        previous = digest
    return links


@tagged("post_install", "-at_install")
class TestSealChain(SealCase):
    """Links, verification, catch-up job, daily heads."""

    def _chain(self, company=None):
        return self.Seal.search(
            [
                ("chain", "=", CHAIN),
                ("company_id", "=", (company or self.company).id),
                ("sequence", "!=", False),
            ],
            order="sequence",
        )

    def _verify(self, **values):
        """Verify, compare the outcome with ``values`` and return it."""
        result = self.Seal.with_user(self.supervision_user).verify(CHAIN)
        broken = result["broken"] or {}
        found = {
            name: broken[name] if name in broken else result[name] for name in values
        }
        self.assertEqual(found, values)
        return result

    # -- linking ---------------------------------------------------------------

    def test_links_follow_each_other(self):
        self.Seal._link_pending()  # what the database held before
        self._create_notes(3)
        self.assertEqual(self.Seal._link_pending(), 3)
        self._create_notes(2)
        self.assertEqual(self.Seal._link_pending(), 2)
        self.assertEqual(self.Seal._link_pending(), 0)
        chain = self._chain()
        self.assertEqual(len(chain), 5)
        self.assertEqual(
            [(link.sequence, link.previous_hash, link.hash) for link in chain],
            oracle_chain(chain.read()),
        )
        self.assertEqual(self.Seal._head_hash(CHAIN, self.company), chain[-1].hash)

    @settings(
        max_examples=15,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )
    @given(
        st.lists(st.integers(0, 7), min_size=1, max_size=5),
        st.integers(1, 5),
    )
    def test_chain_against_oracle(self, sizes, limit):
        """However the seals come in and however they are chunked."""
        for size in sizes:
            self._create_notes(size)
            self.Seal._link_chain(CHAIN, self.company.id, limit=limit)
        while self.Seal._link_chain(CHAIN, self.company.id, limit=limit):
            pass
        chain = self._chain()
        self.assertEqual(
            [(link.sequence, link.previous_hash, link.hash) for link in chain],
            oracle_chain(chain.read()),
        )
        self._verify(ok=True, checked=len(chain), waiting=0)

    def test_one_chain_per_company(self):
        self._create_notes(2)
        self._create_notes(3, self.other_company)
        self.Entry.create({"points": 1})
        self.Seal._link_pending()
        self.assertEqual(self._chain().mapped("sequence"), [1, 2])
        self.assertEqual(self._chain(self.other_company).mapped("sequence"), [1, 2, 3])
        heads = self.env["gov.seal.head"].search([("chain", "like", "test-")])
        self.assertEqual(
            {(head.chain, head.company_id): head.sequence for head in heads},
            {
                (CHAIN, self.company): 2,
                (CHAIN, self.other_company): 3,
                ("test-entry", self.company): 1,
            },
        )

    def test_lost_head_row_is_made_again(self):
        self._create_notes(2)
        self.Seal._link_pending()
        self._sql("DELETE FROM gov_seal_head")
        self._create_notes(1)
        self.Seal._link_pending()
        self._verify(ok=True, checked=3, head_sequence=3)

    def test_linking_costs_the_same_for_few_and_many(self):
        counts = []
        for size in (1, 300):
            self._create_notes(size)
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.Seal._link_chain(CHAIN, self.company.id)
            counts.append(self.cr.sql_log_count - before)
        # the first one makes the head row: two more
        self.assertEqual(counts[1], 4)
        self.assertLessEqual(counts[0], counts[1] + 2)

    def test_commit_asks_for_the_links_once(self):
        postcommit = self.cr.postcommit
        before = len(postcommit)
        self.addCleanup(postcommit.clear)
        self._create_notes(2)
        self._create_notes(1, self.other_company)
        self.Entry.create({"points": 1})
        self.assertEqual(len(postcommit), before + 1)
        self.assertEqual(
            postcommit.data["gov_base.seal"],
            {
                (CHAIN, self.company.id),
                (CHAIN, self.other_company.id),
                ("test-entry", self.company.id),
            },
        )

    def test_a_failing_link_never_reaches_the_user(self):
        self._create_notes(1)
        seal_class = type(self.Seal)
        for error, level in (
            (psycopg2.errors.LockNotAvailable("busy"), "info"),
            (ValueError("bug"), "exception"),
        ):
            with (
                self.subTest(error),
                self.enter_registry_test_mode(),
                patch.object(seal_class, "_link_chain", side_effect=error),
                patch.object(type(self.cr), "execute"),
                patch.object(gov_seal, "_logger") as logger,
            ):
                gov_seal._link_committed(self.registry, {(CHAIN, self.company.id)})
                text = getattr(logger, level).call_args.args[0]
            self.assertIn("waits for the catch-up job", text)

    # -- catch-up job ------------------------------------------------------------

    def test_cron_links_what_waits(self):
        self._create_notes(5)
        self._create_notes(2, self.other_company)
        with self.enter_registry_test_mode():
            self.env.ref("gov_base.cron_gov_seal_link").method_direct_trigger()
        self.assertEqual(len(self._chain()), 5)
        self.assertEqual(len(self._chain(self.other_company)), 2)
        self._verify(ok=True, checked=5, waiting=0)

    def test_cron_killed_midway_goes_on_without_double_or_loss(self):
        """Killed in its second chunk: the first stays, the second leaves nothing."""
        notes = self._create_notes(7)
        link_chain = type(self.Seal)._link_chain
        calls = []

        def small_chunks(records, chain, company_id, limit=3):
            calls.append(chain)
            linked = link_chain(records, chain, company_id, limit=3)
            if calls.count(CHAIN) == 2:
                raise RuntimeError("killed")
            return linked

        cron = self.env.ref("gov_base.cron_gov_seal_link")
        with self.enter_registry_test_mode():
            with (
                patch.object(type(self.Seal), "_link_chain", small_chunks),
                self.assertRaisesRegex(RuntimeError, "killed"),
                self.registry.cursor() as cr,
            ):
                self.Seal.with_env(self.env(cr=cr))._cron_link()
            self.env.invalidate_all()
            self.assertEqual(len(self._chain()), 3)
            self._verify(ok=True, checked=3, waiting=4)
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._chain().mapped("sequence"), list(range(1, 8)))
        self.assertEqual(set(self._chain().mapped("res_id")), set(notes.ids))
        self._verify(ok=True, checked=7, waiting=0)

    # -- verification ------------------------------------------------------------

    def test_verify_empty_chain(self):
        self._verify(ok=True, checked=0, waiting=0, head_hash="", head_sequence=0)

    def test_verify_counts_what_waits(self):
        self._create_notes(2)
        self.Seal._link_pending()
        self._create_notes(3)
        result = self._verify(ok=True, checked=2, waiting=3, head_sequence=2)
        self.assertEqual(result["head_hash"], self._chain()[-1].hash)
        self.assertIn("2 links", result["message"])
        self.assertIn("3 more wait", result["message"])

    def test_verify_can_be_sent_over_rpc(self):
        """No None (XML-RPC has none), nothing but plain values."""
        self._create_notes(1)
        self.Seal._link_pending()
        self._tamper("gov_test_note", "UPDATE gov_test_note SET name = 'x'")

        def check(value):
            if isinstance(value, dict):
                for item in value.values():
                    check(item)
            else:
                self.assertIsInstance(value, (str, int, bool))

        for result in (self._verify(ok=False), self.Seal.verify("test-entry")):
            check(result)
            json.dumps(result)

    def test_verify_names_the_tampered_record_and_field(self):
        notes = self._create_notes(5)
        self.Seal._link_pending()
        self._tamper(
            "gov_test_note",
            "UPDATE gov_test_note SET name = 'Forged', day = '2026-01-01'"
            " WHERE id = %s",
            notes[2].id,
        )
        result = self._verify(
            ok=False,
            reason="record",
            sequence=3,
            model="gov.test.note",
            res_id=notes[2].id,
            field="day",
            expected="null",
            found="2026-01-01",
            checked=2,
        )
        for text in ("link 3", "Forged", "Field: Day", "2026-01-01"):
            self.assertIn(text, result["message"])

    def test_verify_finds_a_tampered_relation(self):
        note = self.Note.create({"name": "N", "user_ids": self.clerk_user.ids})
        note._seal()
        self.Seal._link_pending()
        self._tamper("gov_test_note_user_rel", "DELETE FROM gov_test_note_user_rel")
        self._verify(
            reason="record",
            field="user_ids",
            expected=f"[{self.clerk_user.id}]",
            found="[]",
        )

    def test_verify_finds_every_kind_of_tampering(self):
        where = " WHERE chain = 'test-note' AND sequence = 3"
        forged = seal_verify.seal.sha256("{}")
        cases = {
            "payload": f"UPDATE gov_seal SET payload = '{{}}' {where}",
            "hash": "UPDATE gov_seal SET payload = '{}', payload_hash ="
            f" '{forged}' {where}",
            "previous": f"UPDATE gov_seal SET previous_hash = repeat('f', 64) {where}",
            "number": f"DELETE FROM gov_seal {where}",
        }
        for column, value in (
            ("hash", "repeat('f', 64)"),
            ("sealed_at", "sealed_at + interval '1 second'"),
            ("sealed_by_id", str(self.clerk_user.id)),
            ("schema", "2"),
            ("res_id", "res_id + 1000000"),
            ("model", "'gov.test.entry'"),
        ):
            cases[f"hash {column}"] = f"UPDATE gov_seal SET {column} = {value} {where}"
        self._create_notes(5)
        self.Seal._link_pending()
        for reason, query in cases.items():
            with self.subTest(reason):
                savepoint = self.cr.savepoint()
                self._tamper("gov_seal", query)
                place = 4 if reason == "number" else 3
                self._verify(
                    ok=False, reason=reason.split()[0], sequence=place, checked=2
                )
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self._verify(ok=True, checked=5)

    def test_verify_finds_deleted_and_opened_records(self):
        notes = self._create_notes(4)
        self.Seal._link_pending()
        change = "UPDATE gov_test_note SET is_sealed = false WHERE id = %s"
        self._tamper("gov_test_note", change, notes[3].id)
        self._verify(reason="opened", sequence=4, res_id=notes[3].id)
        query = "DELETE FROM gov_test_note WHERE id = %s"
        self._tamper("gov_test_note", query, notes[1].id)
        self._verify(reason="deleted", sequence=2, res_id=notes[1].id)

    def test_verify_finds_tampering_before_the_link(self):
        notes = self._create_notes(2)
        change = "UPDATE gov_test_note SET name = 'x' WHERE id = %s"
        self._tamper("gov_test_note", change, notes[1].id)
        self._verify(reason="record", sequence=0, res_id=notes[1].id, waiting=2)

    def test_verify_finds_a_cut_tail(self):
        self._create_notes(3)
        self.Seal._link_pending()
        query = "DELETE FROM gov_seal WHERE chain = 'test-note' AND sequence = 3"
        self._tamper("gov_seal", query)
        self._verify(ok=False, reason="head", checked=2)
        # the forger thought of the head, too
        last = self._chain()[-1]
        self._sql(
            "UPDATE gov_seal_head SET sequence = 2, hash = %s"
            " WHERE chain = 'test-note'",
            last.hash,
        )
        self._verify(ok=False, reason="unsealed", model="gov.test.note")

    def test_verify_finds_a_record_that_was_slipped_in(self):
        self._sql(
            "INSERT INTO gov_test_entry (company_id, points) VALUES (%s, 3)",
            self.company.id,
        )
        broken = self.Seal.verify("test-entry", self.company)["broken"]
        self.assertEqual(broken["reason"], "unsealed")

    def test_verify_finds_a_guard_that_is_off(self):
        self._sql("ALTER TABLE gov_test_note DISABLE TRIGGER gov_seal_row")
        self._verify(ok=False, reason="guard", model="gov.test.note")

    def test_verify_finds_a_chain_that_was_rebuilt(self):
        """Whoever rewrites a record and all links behind it meets the daily list."""
        notes = self._create_notes(3)
        self.Seal._link_pending()
        self.env["gov.seal.export"]._cron_export()
        self._create_notes(2)
        self.Seal._link_pending()
        self._verify(ok=True, checked=5)
        change = "UPDATE gov_test_note SET name = 'Forged' WHERE id = %s"
        self._tamper("gov_test_note", change, notes[1].id)
        self._rebuild()
        self._verify(ok=False, reason="exported", sequence=3, checked=2)
        # shorter than the list knows it
        query = "DELETE FROM gov_seal WHERE chain = 'test-note' AND sequence > 1"
        self._tamper("gov_seal", query)
        self._tamper(
            "gov_test_note", "DELETE FROM gov_test_note WHERE name != 'Note 0'"
        )
        self._sql("DELETE FROM gov_seal_head WHERE chain = 'test-note'")
        self.Seal._link_chain(CHAIN, self.company.id)
        self._sql(
            "INSERT INTO gov_seal_head (chain, company_id, sequence, hash) VALUES"
            " ('test-note', %s, 1, %s) ON CONFLICT DO NOTHING",
            self.company.id,
            self._chain()[0].hash,
        )
        self._verify(ok=False, reason="exported", sequence=3, checked=1)

    def _rebuild(self):
        """Seal and link all notes anew, as the owner of the database could."""
        self._tamper("gov_seal", "DELETE FROM gov_seal WHERE chain = 'test-note'")
        self._sql("DELETE FROM gov_seal_head WHERE chain = 'test-note'")
        self._tamper("gov_test_note", "UPDATE gov_test_note SET is_sealed = false")
        self.Note.search([], order="id")._seal()
        self.Seal._link_pending()

    def test_verify_of_a_removed_add_on(self):
        """Links of a model that is gone are checked, their records cannot be."""
        self._create_notes(2)
        self.Seal._link_pending()
        with patch.object(type(self.Seal), "_sealed_models", lambda records: []):
            self._verify(ok=True, checked=2, unchecked=2)
            self.assertEqual(self.Seal._chain_labels()[CHAIN], CHAIN)

    def test_verify_streams(self):
        """More links than one batch: the same answer, one query per batch and model."""
        self.patch(seal_verify, "FETCH", 4)
        notes = self._create_notes(11)
        self.Seal._link_pending()
        self._verify(ok=True, checked=11)
        change = "UPDATE gov_test_note SET name = 'x' WHERE id = %s"
        self._tamper("gov_test_note", change, notes[9].id)
        self._verify(ok=False, sequence=10, checked=9)
        self._verify(ok=False, sequence=10)  # the cursor of the server is closed

    def test_verify_queries_do_not_grow_with_the_links(self):
        counts = []
        for size in (10, 300):
            self._create_notes(size)
            self.Seal._link_pending()
            self._verify(ok=True)
            before = self.cr.sql_log_count
            self.Seal.verify(CHAIN, self.company)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_verify_is_for_supervision(self):
        for user in (self.staff_user, self.admin_user, self.head_user):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "superv"):
                self.Seal.with_user(user).verify(CHAIN)
            with self.subTest(user.login), self.assertRaises(UserError):
                self.env["gov.seal.verify"].with_user(user).create({"chain": CHAIN})

    def test_verify_bad_input(self):
        Seal = self.Seal.with_user(self.supervision_user)
        for chain in ("no-such", "", None, 5, ["test-note"], {}):
            with self.subTest(chain), self.assertRaisesRegex(UserError, "no chain"):
                Seal.verify(chain)
        for company in (self.other_company, self.other_company.id, -1, "1", 1.5, [1]):
            with self.subTest(company), self.assertRaisesRegex(UserError, "companies"):
                Seal.verify(CHAIN, company)

    # -- screens and lists ---------------------------------------------------------

    def test_wizard(self):
        notes = self._create_notes(3)
        self.Seal._link_pending()
        Wizard = self.env["gov.seal.verify"].with_user(self.supervision_user)
        with Form(Wizard) as form:
            form.chain = CHAIN
        wizard = form.record
        action = wizard.action_verify()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (wizard._name, wizard.id)
        )
        self.assertRecordValues(
            wizard,
            [{"state": "ok", "checked": 3, "waiting": 0, "head_sequence": 3}],
        )
        change = "UPDATE gov_test_note SET name = 'x' WHERE id = %s"
        self._tamper("gov_test_note", change, notes[0].id)
        head = self.env["gov.seal.head"].with_user(self.supervision_user)
        head = head.search([("chain", "=", CHAIN)])
        wizard = Wizard.browse(head.action_verify()["res_id"])
        self.assertEqual((wizard.state, wizard.checked), ("broken", 0))
        self.assertIn("link 1", wizard.message)
        opened = wizard.action_open_record()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]), ("gov.test.note", notes[0].id)
        )

    def test_wizard_finds_a_printed_hash(self):
        self._create_notes(3)
        self.Seal._link_pending()
        link = self._chain()[1]
        Wizard = self.env["gov.seal.verify"].with_user(self.supervision_user)
        for printed, state, text in (
            (link.hash, "ok", "link 2"),
            (f" {link.hash[:4]} {link.hash[4:12].upper()} ", "ok", "link 2"),
            ("0123456789ab", "broken", "not in this chain"),
        ):
            with self.subTest(printed):
                wizard = Wizard.create({"chain": CHAIN, "printed_hash": printed})
                wizard.action_verify()
                self.assertEqual(wizard.state, state)
                self.assertIn(text, wizard.printed_message)
        for printed in ("abc", "%" * 12, "xyz" * 5, "_" * 64):
            with self.subTest(printed), self.assertRaisesRegex(UserError, "no hash"):
                Wizard.create({"chain": CHAIN, "printed_hash": printed}).action_verify()

    @freeze_time("2026-11-22 16:30:00")
    def test_daily_heads(self):
        """Half past midnight in Shanghai: the list is that of the new day."""
        self._create_notes(2)
        self.Seal._link_pending()
        self._create_notes(1)
        Export = self.env["gov.seal.export"]
        Export._cron_export()
        Export._cron_export()  # started again: no second list
        export = Export.search([("company_id", "=", self.company.id)])
        self.assertEqual(export.mapped("date"), [fields.Date.to_date("2026-11-23")])
        text = base64.b64decode(export.file).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text)) if row[0] == CHAIN]
        self.assertEqual(
            [row[:4] for row in rows], [[CHAIN, "2", self._chain()[-1].hash, "1"]]
        )
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", Export._name),
                ("res_field", "=", "file"),
                ("res_id", "=", export.id),
            ]
        )
        for user in (self.staff_user, self.admin_user, self.env.ref("base.user_admin")):
            if user.has_group("gov_base.group_supervision"):
                continue
            with self.subTest(user.login), self.assertRaises(AccessError):
                attachment.with_user(user).read(["raw"])
        self.assertTrue(attachment.with_user(self.supervision_user).read(["raw"]))
        with self.assertRaises(UserError), mute_logger("odoo.sql_db"):
            attachment.with_user(self.supervision_user).write({"raw": b"forged"})

    def test_a_damaged_list_says_nothing(self):
        self._create_notes(1)
        self.Seal._link_pending()
        Export = self.env["gov.seal.export"]
        Export._cron_export()
        export = Export.search([("company_id", "=", self.company.id)])
        self.assertEqual(
            Export._exported_heads(CHAIN, self.company), {1: self._chain().hash}
        )
        for content in (b"", b"\xff\xfe\x00", b"test-note\ntest-note,x,y,z,z\n"):
            attachment = self.env["ir.attachment"].search(
                [("res_model", "=", Export._name), ("res_id", "=", export.id)]
                + [("res_field", "=", "file")]
            )
            attachment.sudo().raw = content
            self.assertEqual(Export._exported_heads(CHAIN, self.company), {})
        self._verify(ok=True, checked=1)

    def test_daily_heads_of_another_company(self):
        self._create_notes(1)
        self._create_notes(1, self.other_company)
        self.Seal._link_pending()
        self.env["gov.seal.export"]._cron_export()
        Export = self.env["gov.seal.export"].with_user(self.supervision_user)
        self.assertEqual(Export.search([]).company_id, self.company)
