import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .common_seal import SealCase

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30
)
MAYBE_TEXT = st.none() | TEXT
QUICK = settings(
    max_examples=40,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)


def oracle(values):
    """The canonical text as the specification has it, written down once more."""
    parts = []
    for key in sorted(values):
        value = values[key]
        if value is None:
            text = "null"
        elif isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, int):
            text = f"{value:d}"
        elif isinstance(value, list):
            text = "[" + ",".join(f"{item:d}" for item in sorted(value)) + "]"
        else:
            text = json.dumps(str(value), ensure_ascii=False)
        parts.append(f'"{key}":{text}')
    return "{" + ",".join(parts) + "}"


@tagged("post_install", "-at_install")
class TestSealPayload(SealCase):
    """The canonical text against an independent oracle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.clerk_user + cls.staff_user + cls.head_user

    def _payload(self, values):
        note = self.Note.create(values)
        note._seal()
        return self._seals(note)

    @QUICK
    @given(
        name=MAYBE_TEXT,
        text=MAYBE_TEXT,
        body=MAYBE_TEXT,
        kind=st.sampled_from([None, "a", "b"]),
        count=st.integers(-(2**31), 2**31 - 1),
        measure=st.decimals(-(10**9), 10**9, places=3),
        amount=st.decimals(-(10**9), 10**9, places=2),
        agreed=st.booleans(),
        day=st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31)),
        moment=st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
        people=st.sets(st.integers(0, 2)),
        stamp=st.none() | st.binary(min_size=1, max_size=40),
        partner=st.booleans(),
    )
    def test_payload_against_oracle(self, **drawn):
        users = self.people.browse([self.people[i].id for i in drawn.pop("people")])
        partner = self.partner if drawn.pop("partner") else self.partner.browse()
        moment = drawn["moment"] and drawn["moment"].replace(microsecond=0)
        stamp = drawn.pop("stamp")
        drawn["moment"] = moment
        values = {
            **{name: False if v is None else v for name, v in drawn.items()},
            "measure": float(drawn["measure"]),
            "amount": float(drawn["amount"]),
            "currency_id": self.company.currency_id.id,
            "partner_id": partner.id,
            "res_model": "res.partner",
            "res_id": self.partner.id,
            "reference": f"res.partner,{self.partner.id}",
            "user_ids": [Command.set(users.ids)],
            "stamp": stamp.hex() if stamp else False,
        }
        expected = {
            **drawn,
            "measure": Decimal(drawn["measure"]).quantize(Decimal("0.001")),
            "amount": Decimal(drawn["amount"]).quantize(Decimal("0.01")),
            "currency_id": self.company.currency_id.id,
            "partner_id": partner.id or None,
            "res_model": "res.partner",
            "res_id": self.partner.id,
            "reference": f"res.partner,{self.partner.id}",
            "ratio": None,
            "user_ids": users.ids,
            "stamp": hashlib.sha256(stamp.hex().encode()).hexdigest()
            if stamp
            else None,
        }
        # a negative zero is written with its sign, as the database keeps it
        for name in ("measure", "amount"):
            if not expected[name]:
                expected[name] = abs(expected[name])
                values[name] = 0.0
        found = self._payload(values)
        self.assertEqual(found.payload, oracle(expected))
        self.assertEqual(
            found.payload_hash,
            hashlib.sha256(oracle(expected).encode("utf-8")).hexdigest(),
        )

    @QUICK
    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_ratio_is_exact(self, value):
        payload = json.loads(self._payload({"ratio": value}).payload)
        self.assertIsInstance(payload["ratio"], str)
        self.assertEqual(float(payload["ratio"]), value)

    def test_payload_does_not_follow_the_digits_of_today(self):
        """A currency that gets more digits does not break what was sealed."""
        note = self.Note.create(
            {"amount": 12.5, "currency_id": self.company.currency_id.id}
        )
        note._seal()
        self.company.currency_id.rounding = 0.001
        self.env.flush_all()
        self.assertIn('"amount":"12.50"', self._seals(note).payload)
        self.assertTrue(self.Seal.verify("test-note", self.company)["ok"])

    def test_payload_does_not_depend_on_language_or_zone(self):
        values = {"moment": "2026-10-01 00:30:00", "day": "2026-10-01"}
        payloads = set()
        for lang, tz in (("en_US", "UTC"), ("zh_CN", "Asia/Shanghai")):
            note = self.Note.with_context(lang=lang, tz=tz).create(values)
            note._seal()
            payloads.add(self._seals(note).payload)
        self.assertEqual(len(payloads), 1)
        self.assertIn('"moment":"2026-10-01 00:30:00"', payloads.pop())

    def test_old_schema_is_still_verified(self):
        note = self._create_notes(1)
        self.Seal._link_pending()
        self.patch(type(self.Note), "_seal_schemas", {1: self.Note._sealed_fields})
        self.patch(type(self.Note), "_seal_schema", 2)
        self.patch(type(self.Note), "_sealed_fields", ("name", "remark"))
        newer = self.Note.create({"name": "Newer", "remark": "R"})
        newer._seal()
        self.Seal._link_pending()
        self.assertEqual(self._seals(newer).payload, '{"name":"Newer","remark":"R"}')
        result = self.Seal.verify("test-note", self.company)
        self.assertEqual((result["ok"], result["checked"]), (True, 2))
        self._tamper(
            "gov_test_note",
            "UPDATE gov_test_note SET text = 'x' WHERE id = %s",
            note.id,
        )
        broken = self.Seal.verify("test-note", self.company)["broken"]
        self.assertEqual((broken["reason"], broken["field"]), ("record", "text"))
