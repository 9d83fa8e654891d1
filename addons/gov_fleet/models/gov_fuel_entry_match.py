from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from odoo.addons.gov_base.models.gov_guard import engine

# What a statement says about a fill.
_TAKEN = (
    "statement_ref",
    "statement_key",
    "statement_line",
    "statement_date",
    "statement_litres",
    "statement_amount",
)


class GovFuelEntry(models.Model):
    """Slip and statement: one fill, noted twice, found together.

    A slip and a row of a statement belong together when vehicle and kind are the same
    and their times lie within the hours of the clause ``fuel.match.hours``; of several
    the closest litres, then the closest time. The statement's figures are what is
    billed, so that they count; where the two differ by more than the clause
    ``fuel.match.percent`` allows, the fill says so and a finding is opened.
    """

    _inherit = "gov.fuel.entry"
    _protected_fields = frozenset(
        {
            "slip_litres",
            "slip_amount",
            "statement_id",
            "statement_ref",
            "statement_key",
            "statement_line",
            "statement_date",
            "statement_litres",
            "statement_amount",
            "merged_into_id",
        }
    )

    slip_litres = fields.Float(
        string="Litres on the slip", digits=(12, 2), readonly=True, copy=False
    )
    slip_amount = fields.Monetary(
        string="Amount on the slip", readonly=True, copy=False
    )
    statement_id = fields.Many2one(
        "gov.fuel.statement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    statement_ref = fields.Char(string="Transaction number", readonly=True, copy=False)
    statement_key = fields.Char(readonly=True, copy=False)
    statement_line = fields.Integer(
        string="Row of the statement", readonly=True, copy=False, aggregator=None
    )
    statement_date = fields.Datetime(
        string="Time on the statement", readonly=True, copy=False
    )
    statement_litres = fields.Float(
        string="Litres on the statement", digits=(12, 2), readonly=True, copy=False
    )
    statement_amount = fields.Monetary(
        string="Amount on the statement", readonly=True, copy=False
    )
    difference = fields.Float(
        string="Difference in litres",
        digits=(12, 2),
        compute="_compute_difference",
        aggregator=None,
    )
    merged_into_id = fields.Many2one(
        "gov.fuel.entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _statement_once = models.UniqueIndex(
        "(company_id, statement_key) WHERE statement_key IS NOT NULL",
        "This row of the statement has been imported already.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends("slip_litres", "statement_litres", "match_state")
    def _compute_difference(self):
        for entry in self:
            both = entry.match_state in ("matched", "differs")
            entry.difference = entry.statement_litres - entry.slip_litres if both else 0

    # ------------------------------------------------------------------- actions

    def action_match(self):
        """Join a slip and a row of a statement that are the same fill.

        Called on exactly two fills of one vehicle: one noted, one of a statement.

        :return: True
        :raise UserError: for others than the technician, or for two fills that cannot
            be the same.
        """
        self.check_access("write")
        self._check_technician()
        slip = self.filtered(lambda entry: entry.match_state in ("slip", "none"))
        row = self.filtered(lambda entry: entry.match_state == "statement")
        if len(self) != 2 or len(slip) != 1 or len(row) != 1:
            raise UserError(
                self.env._(
                    "Choose two fills: one with a slip only, one that stands on a "
                    "statement only."
                )
            )
        if slip.vehicle_id != row.vehicle_id or slip.kind != row.kind:
            raise UserError(
                self.env._(
                    "%(slip)s and %(row)s are fills of different vehicles.",
                    slip=slip.display_name,
                    row=row.display_name,
                )
            )
        # sudo: person and fills have just been checked.
        slip, row = engine(slip.sudo()), engine(row.sudo())
        before = (slip | row)._get_vehicle_moments()
        slip._absorb(row)
        (slip | row)._follow_up(before)
        return True

    def action_unmatch(self, reason):
        """Part slips from rows of a statement that are not the same fill.

        The slip takes its own figures back; the row of the statement stands alone.

        :param reason: required.
        :return: True
        :raise UserError: for others than the technician, without a reason, or for a
            fill that is not joined with a slip.
        """
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > 500 or "\0" in reason:
            raise UserError(
                self.env._("Say why, in up to %(most)s characters.", most=500)
            )
        self.check_access("write")
        self._check_technician()
        for entry in self.sorted("id"):
            if entry.source != "slip" or not entry.statement_id:
                raise UserError(
                    self.env._(
                        "%s is not joined with a row of a statement.",
                        entry.display_name,
                    )
                )
            # sudo: person, fill and reason have just been checked.
            document = engine(entry.sudo())
            before = document._get_vehicle_moments()
            row = document._part(reason)
            (document | row)._follow_up(before)
        return True

    def _check_technician(self):
        if not self.env.user.has_group("gov_fleet.group_technician"):
            raise UserError(
                self.env._("Statements are reconciled by the vehicle technician.")
            )

    # ------------------------------------------------------------------ matching

    def _match_slips(self):
        """Join slips just noted with rows that a statement brought before."""
        slips = self.filtered(lambda entry: entry.match_state == "slip")
        if not slips:
            return
        for company, group in slips.grouped("company_id").items():
            hours = self._get_clause_value("fuel.match.hours", company)
            rows = self.search(
                [
                    ("company_id", "=", company.id),
                    ("match_state", "=", "statement"),
                    ("vehicle_id", "in", group.vehicle_id.ids),
                    ("date", ">=", min(group.mapped("date")) - timedelta(hours=hours)),
                    ("date", "<=", max(group.mapped("date")) + timedelta(hours=hours)),
                ],
                order="id",
            )
            if not rows:
                continue
            slip_facts = [entry._get_match_facts() for entry in group]
            row_facts = [entry._get_match_facts() for entry in rows]
            pairs = self._find_pairs(slip_facts, row_facts, hours)
            for slip_id, row_id in pairs.items():
                self.browse(slip_id)._absorb(self.browse(row_id))

    def _get_match_facts(self):
        """Return what tells whether two notes are the same fill."""
        return (self.id, self.vehicle_id.id, self.kind, self.date, self.litres)

    @api.model
    def _find_pairs(self, slips, rows, hours):
        """Return dict id of a slip → key of the row of a statement that is its fill.

        :param slips, rows: (key, vehicle id, kind, moment, litres) each.
        :param hours: how far the two moments may lie apart.
        """
        most = timedelta(hours=hours)
        by_vehicle = {}
        for row in rows:
            by_vehicle.setdefault(row[1:3], []).append(row)
        candidates = []
        for slip in slips:
            for row in by_vehicle.get(slip[1:3], ()):
                apart = abs(slip[3] - row[3])
                if apart <= most:
                    off = round(abs(slip[4] - row[4]), 2)
                    candidates.append((off, apart, slip[0], row[0]))
        pairs, taken = {}, set()
        for _off, _apart, slip_id, row_key in sorted(candidates):
            if slip_id not in pairs and row_key not in taken:
                pairs[slip_id] = row_key
                taken.add(row_key)
        return pairs

    def _absorb(self, row):
        """Take over what the statement says; its own row stays, out of use."""
        self.ensure_one()
        vals = {name: row[name] for name in _TAKEN}
        vals["statement_id"] = row.statement_id.id
        vals["price"] = row.price
        if not self.station_id:
            vals["station_id"] = row.station_id.id
            vals["station_name"] = row.station_name
        if not self.odometer:
            vals["odometer"] = row.odometer
        if not self.card_id:
            vals["card_id"] = row.card_id.id
        row.write(
            {
                "active": False,
                "match_state": "none",
                "statement_id": False,
                "statement_key": False,
                "merged_into_id": self.id,
            }
        )
        # The row of the database must give the key free before it is taken.
        row.flush_recordset()
        self.write(vals)
        self._take_statements()

    @api.model
    def _match_rows(self, rows, company):
        """Join rows of a statement with slips noted before.

        :param rows: values of fills, as the import has checked them.
        :return: dict id of a slip → index in ``rows``.
        """
        hours = self._get_clause_value("fuel.match.hours", company)
        moments = [row["date"] for row in rows]
        slips = self.search_fetch(
            [
                ("company_id", "=", company.id),
                ("match_state", "=", "slip"),
                ("vehicle_id", "in", list({row["vehicle_id"] for row in rows})),
                ("date", ">=", min(moments) - timedelta(hours=hours)),
                ("date", "<=", max(moments) + timedelta(hours=hours)),
            ],
            ["vehicle_id", "kind", "date", "litres", "station_id", "odometer"],
            order="id",
        )
        if not slips:
            return {}
        facts = [
            (
                index,
                row["vehicle_id"],
                "charge" if row["product"] == "electric" else "fuel",
                row["date"],
                row["litres"],
            )
            for index, row in enumerate(rows)
        ]
        pairs = self._find_pairs(
            [entry._get_match_facts() for entry in slips], facts, hours
        )
        for slip_id, index in pairs.items():
            row = rows[index]
            slip = self.browse(slip_id)
            vals = {name: row[name] for name in (*_TAKEN, "statement_id", "price")}
            if not slip.station_id:
                vals["station_id"] = row["station_id"]
                vals["station_name"] = row["station_name"]
            if not slip.odometer:
                vals["odometer"] = row["odometer"]
            slip.write(vals)
        self.browse(pairs)._take_statements()
        return pairs

    def _take_statements(self):
        """Let the statement's figures count, and tell whether the slips agree."""
        for company, entries in self.grouped("company_id").items():
            percent = self._get_clause_value("fuel.match.percent", company)
            for entry in entries:
                billed, paid = entry.statement_litres, entry.statement_amount
                agree = self._agrees(
                    billed, entry.slip_litres, percent
                ) and self._agrees(paid, entry.slip_amount, percent)
                entry.write(
                    {
                        "litres": billed,
                        "amount": paid,
                        "match_state": "matched" if agree else "differs",
                    }
                )

    @api.model
    def _agrees(self, billed, noted, percent):
        """Tell whether two figures agree; what the slip leaves out agrees."""
        if not noted:
            return True
        return (
            float_compare(
                abs(billed - noted), abs(billed) * percent / 100, precision_digits=2
            )
            <= 0
        )

    def _part(self, reason):
        """Give the slip its own figures back; return the row of the statement."""
        self.ensure_one()
        row_vals = {name: self[name] for name in _TAKEN}
        row_vals |= {
            "vehicle_id": self.vehicle_id.id,
            "card_id": self.card_id.id,
            "product": self.product,
            "date": self.statement_date,
            "litres": self.statement_litres,
            "amount": self.statement_amount,
            "price": self.price,
            "is_full": False,
            "station_id": self.station_id.id,
            "station_name": self.station_name,
            "statement_id": self.statement_id.id,
            "source": "statement",
            "match_state": "statement",
            "company_id": self.company_id.id,
            "note": reason,
        }
        self.write(
            {
                **dict.fromkeys(_TAKEN, False),
                "statement_id": False,
                "litres": self.slip_litres,
                "amount": self.slip_amount,
                "price": self.slip_amount / self.slip_litres,
                "match_state": "slip" if self.payment == "card" else "none",
            }
        )
        self.flush_recordset()
        return self.create(row_vals)

    @api.model
    def _get_clause_value(self, code, company):
        """Return the figure of a clause of this institution."""
        return self.env["gov.policy"].get_value(code, company=company)
