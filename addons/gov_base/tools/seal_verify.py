import json
from collections import defaultdict

from odoo.tools import SQL

from . import seal

FETCH = 1000
_COLUMNS = SQL(
    "id, sequence, model, res_id, schema, payload, payload_hash, previous_hash, hash,"
    " sealed_at, sealed_by_id"
)
_LINKED = SQL("sequence IS NOT NULL ORDER BY sequence")
_WAITING = SQL("sequence IS NULL ORDER BY id")


class ChainVerifier:
    """One run over one chain of one company, in constant memory.

    Links are streamed in their order through a cursor of the server; for each batch
    of them the rows that they seal are read in one query per model. The first thing
    that is not as it should be ends the run.

    :param env: environment that may read everything (the caller checked the user)
    :param str chain: name of the chain
    :param company: record of the company
    :param reader: environment of who asked: what a seal holds that they may not read
        is not told
    """

    def __init__(self, env, chain, company, reader):
        self.env = env
        self.reader = reader
        self.chain = chain
        self.company = company
        self.models = {model._name: model for model in env["gov.seal"]._sealed_models()}
        self.checked = 0
        self.waiting = 0
        self.unchecked = 0
        self.sequence = 0
        self.hash = seal.GENESIS

    def run(self):
        """Return the result that ``gov.seal.verify`` describes."""
        self.env.flush_all()
        self.exported = self.env["gov.seal.export"]._exported_heads(
            self.chain, self.company
        )
        broken = (
            self._check_links()
            or self._check_head()
            or self._check_waiting()
            or self._check_records()
        )
        self.waiting = self._count_waiting()
        return {
            "ok": not broken,
            "checked": self.checked,
            "waiting": self.waiting,
            "unchecked": self.unchecked,
            "head_sequence": self.sequence,
            "head_hash": self.hash if self.sequence else "",
            "broken": broken or False,
            "message": self._message(broken),
        }

    # ------------------------------------------------------------------
    # Parts of a run: each returns what is broken, or None
    # ------------------------------------------------------------------

    def _check_links(self):
        """Every link against the one before, its values and its record."""
        for batch in self._stream(_LINKED):
            current = self._current_payloads(batch)
            for link in batch:
                broken = (
                    self._check_number(link)
                    or self._check_values(link)
                    or self._check_link(link)
                    or self._check_record(link, current)
                )
                if broken:
                    return broken
                self.sequence, self.hash = link["sequence"], link["hash"]
                self.checked += 1
        return None

    def _check_waiting(self):
        """The values of seals that have no link yet."""
        for batch in self._stream(_WAITING):
            current = self._current_payloads(batch)
            for link in batch:
                broken = self._check_values(link) or self._check_record(link, current)
                if broken:
                    return broken
        return None

    def _check_number(self, link):
        if link["sequence"] != self.sequence + 1:
            return self._broken(
                self.env._("a link is missing or has another number"),
                "number",
                link,
                expected=str(self.sequence + 1),
                found=str(link["sequence"]),
            )
        return None

    def _check_values(self, link):
        expected = seal.sha256(link["payload"])
        if expected != link["payload_hash"]:
            return self._broken(
                self.env._("the sealed values do not match their hash"),
                "payload",
                link,
                expected=expected,
                found=link["payload_hash"],
            )
        return None

    def _check_link(self, link):
        if link["previous_hash"] != self.hash:
            return self._broken(
                self.env._("it does not follow from the link before"),
                "previous",
                link,
                expected=self.hash,
                found=link["previous_hash"],
            )
        expected = seal.link_hash(
            self.hash,
            link["payload_hash"],
            self.chain,
            self.company.id,
            link["sequence"],
            link["model"],
            link["res_id"],
            link["schema"],
            link["sealed_at"],
            link["sealed_by_id"],
        )
        if expected != link["hash"]:
            return self._broken(
                self.env._("the link does not match its hash"),
                "hash",
                link,
                expected=expected,
                found=link["hash"],
            )
        exported = self.exported.pop(link["sequence"], link["hash"])
        if exported != link["hash"]:
            return self._broken(
                self.env._("the daily list of chain heads names another hash"),
                "exported",
                link,
                expected=exported,
                found=link["hash"],
            )
        return None

    def _check_record(self, link, current):
        """The record of a seal against the sealed values."""
        payloads = current[link["model"], link["schema"]]
        if payloads is False:
            self.unchecked += 1
            return None
        if link["res_id"] not in payloads:
            return self._broken(
                self.env._("its record has been deleted"), "deleted", link
            )
        is_sealed, payload = payloads[link["res_id"]]
        if not is_sealed:
            return self._broken(
                self.env._("its record has been opened for changes"), "opened", link
            )
        if payload != link["payload"]:
            field, expected, found = _first_difference(link["payload"], payload)
            if not self._is_readable(link["id"]):
                expected = found = ""
            return self._broken(
                self.env._("the record no longer says what was sealed"),
                "record",
                link,
                field=field,
                expected=expected,
                found=found,
            )
        return None

    def _check_head(self):
        """The row that says where the chain ends, and the exported heads behind it."""
        self.env.cr.execute(
            SQL(
                "SELECT sequence, hash FROM gov_seal_head"
                " WHERE chain = %s AND company_id = %s",
                self.chain,
                self.company.id,
            )
        )
        head = self.env.cr.fetchone() or (0, seal.GENESIS)
        exported = min(self.exported.items(), default=(0, ""))
        place = {"id": 0, "model": "", "res_id": 0}
        if head != (self.sequence, self.hash):
            return self._broken(
                self.env._("the chain does not end where its last link was made"),
                "head",
                {**place, "sequence": head[0]},
                expected=f"{head[0]} {head[1]}",
                found=f"{self.sequence} {self.hash}",
            )
        if exported[0]:
            return self._broken(
                self.env._("the daily list of chain heads names a link that is gone"),
                "exported",
                {**place, "sequence": exported[0]},
                expected=exported[1],
            )
        return None

    def _check_records(self):
        """The guard of the records, and records that should have a seal and do not."""
        for model in self.models.values():
            if model._seal_chain != self.chain:
                continue
            if seal.lacks_guard(self.env.cr, model._table):
                return self._broken(
                    self.env._("the database's guard of these records is switched off"),
                    "guard",
                    {"id": 0, "sequence": 0, "model": model._name, "res_id": 0},
                )
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM %s AS record WHERE company_id = %s AND %s"
                    " AND NOT EXISTS (SELECT 1 FROM gov_seal"
                    " WHERE model = %s AND res_id = record.id) ORDER BY id LIMIT 1",
                    SQL.identifier(model._table),
                    self.company.id,
                    SQL("TRUE") if model._seal_on_create else SQL("is_sealed"),
                    model._name,
                )
            )
            for (res_id,) in self.env.cr.fetchall():
                return self._broken(
                    self.env._("the record has no seal"),
                    "unsealed",
                    {"id": 0, "sequence": 0, "model": model._name, "res_id": res_id},
                )
        return None

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def _stream(self, which):
        """Yield lists of at most FETCH seals, as dictionaries."""
        cr = self.env.cr
        cr.execute(
            SQL(
                "DECLARE gov_seal_verify NO SCROLL CURSOR FOR SELECT %s FROM gov_seal"
                " WHERE chain = %s AND company_id = %s AND %s",
                _COLUMNS,
                self.chain,
                self.company.id,
                which,
            )
        )
        try:
            while True:
                cr.execute(SQL("FETCH %s FROM gov_seal_verify", FETCH))
                batch = cr.dictfetchall()
                if not batch:
                    break
                yield batch
        finally:
            cr.execute("CLOSE gov_seal_verify")

    def _current_payloads(self, batch):
        """Return what the records of a batch would be sealed with now.

        :return: ``{(model, schema): {res_id: (is sealed, payload)}}``, False instead
            of the inner dictionary where the model or its schema is not known (any
            more)
        """
        wanted = defaultdict(list)
        for link in batch:
            wanted[link["model"], link["schema"]].append(link["res_id"])
        return {
            (model, schema): model in self.models
            and self.models[model]._seal_read(res_ids, schema)
            for (model, schema), res_ids in wanted.items()
        }

    def _count_waiting(self):
        return self.env.execute_query(
            SQL(
                "SELECT count(*) FROM gov_seal"
                " WHERE chain = %s AND company_id = %s AND sequence IS NULL",
                self.chain,
                self.company.id,
            )
        )[0][0]

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _broken(self, text, reason, link, field="", expected="", found=""):
        """Return the description of a broken place; ``text`` says it to people."""
        return {
            "reason": reason,
            "text": text,
            "sequence": link["sequence"] or 0,
            "seal_id": link["id"],
            "model": link["model"],
            "res_id": link["res_id"],
            "name": self._record_name(link),
            "field": field,
            "expected": expected,
            "found": found,
        }

    def _record_name(self, link):
        model, res_id = link["model"], link["res_id"]
        if model not in self.env:
            return f"{model},{res_id}" if model else ""
        kind = self.env["ir.model"]._get(model).name
        record = self.env[model].browse(res_id).exists()
        is_told = not link["id"] or self._is_readable(link["id"])
        name = is_told and record.display_name
        return f"{kind} {name or res_id or ''}".strip()

    def _is_readable(self, seal_id):
        """Tell whether who asked may read the seal."""
        return self.reader["gov.seal"].browse(seal_id).has_access("read")

    def _field_label(self, model, name):
        field = self.models[model]._fields.get(name)
        return field._description_string(self.env) if field else name

    def _message(self, broken):
        """Return the result in words."""
        if not broken:
            return self.env._(
                "The chain is whole: %(checked)s links, each checked against its "
                "record. %(waiting)s more wait for their link.",
                checked=self.checked,
                waiting=self.waiting,
            )
        lines = [
            self.env._(
                "The chain is broken at link %(number)s: %(what)s.",
                number=broken["sequence"],
                what=broken["text"],
            )
            if broken["sequence"]
            else self.env._("Not in order: %(what)s.", what=broken["text"])
        ]
        if broken["name"]:
            lines.append(self.env._("Record: %(name)s", name=broken["name"]))
        if broken["field"]:
            label = self._field_label(broken["model"], broken["field"])
            lines.append(self.env._("Field: %(field)s", field=label))
        if broken["expected"] or broken["found"]:
            lines.append(
                self.env._(
                    "Expected: %(expected)s\nFound: %(found)s",
                    expected=broken["expected"],
                    found=broken["found"],
                )
            )
        lines.append(
            self.env._("Links in order before that: %(checked)s", checked=self.checked)
        )
        return "\n".join(lines)


def _first_difference(sealed, current):
    """Return (field, sealed value, present value) of two differing payloads."""
    before, after = json.loads(sealed), json.loads(current)
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name) or (name in before) != (name in after):
            return name, _text(before.get(name)), _text(after.get(name))
    return "", sealed, current


def _text(value):
    """Return a value of a payload for people."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
