"""One check of a fuel statement: every row read, and what was found about it."""

from datetime import timedelta
from functools import cached_property

import pytz

from odoo import fields
from odoo.tools import float_compare

from odoo.addons.gov_base.tools import cells
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_logistics.wizard.imports.columns import Column

from ..tools import statement

_COLUMNS = {
    column.key: column
    for column in (
        Column("card", "卡号", "Card number", most=60),
        Column("plate", "车牌", "Plate", most=30),
        Column("operation", "交易类型", "Kind of transaction", most=60),
        Column("product", "油品", "Product", most=60),
        Column("litres", "数量", "Litres", "number", True, 9999.99, 4),
        Column("price", "单价", "Price", "number", False, 9999.9999, 6),
        Column("amount", "金额", "Amount", "number", False, 9999999.99, 4),
        Column("station", "加油站", "Station", most=100),
        Column("odometer", "里程", "Odometer", "number", False, 99999999, 1),
        Column("reference", "流水号", "Transaction number", most=80),
    )
}


class StatementCheck:
    """Reads the rows of a statement and turns them into values of fills.

    :ivar issues: rows that cannot be taken, as values of ``gov.fuel.import.line``.
    :ivar rows: values of the fills that are new.
    :ivar existing: how many rows were imported before.
    :ivar left_out: how many rows are no fills: top-ups, transfers, refunds.
    """

    def __init__(self, env, company, supplier, targets, headings, all_full):
        """
        :param env: the technician's environment without the caller's context.
        :param targets: dict target → index of the column.
        :param headings: dict target → heading, for the list of bad rows.
        :param all_full: every fill was to the brim.
        """
        self.env = env
        self.company = company
        self.supplier = supplier
        self.targets = targets
        self.headings = headings
        self.all_full = all_full
        self.issues = []
        self.rows = []
        self.existing = self.left_out = self.row_count = 0
        self._seen = {}
        self._zone = company._gov_zone()
        self._latest = fields.Datetime.now() + timedelta(minutes=10)

    # ------------------------------------------------------------------ reading

    def run(self, lines):
        """Check all rows.

        :param lines: (number, values) below the row of headings.
        :return: True when every row can be taken.
        """
        found = []
        for number, cells_of in lines:
            self.row_count += 1
            if self._is_left_out(number, cells_of):
                self.left_out += 1
                continue
            before = len(self.issues)
            row = self._read_row(number, cells_of)
            if len(self.issues) == before:
                found.append(row)
        self._drop_existing(found)
        return not self.issues

    def _cell(self, cells_of, target):
        index = self.targets.get(target)
        return None if index is None or index >= len(cells_of) else cells_of[index]

    def _report(self, number, target, value, reason):
        self.issues.append(
            {
                "row": number,
                "heading": self.headings.get(target, ""),
                "value": cells.plain(value),
                "reason": reason,
            }
        )

    def _read(self, number, cells_of, target):
        """Return what a cell holds; a bad one is reported and gives None."""
        value = self._cell(cells_of, target)
        try:
            return cells.read(self.env, _COLUMNS[target], value)
        except cells.BadCell as problem:
            self._report(number, target, value, str(problem))
            return None

    def _is_left_out(self, number, cells_of):
        """Tell whether a row is no fill, or the sums below the table."""
        operation = self._cell(cells_of, "operation")
        if operation not in (None, ""):
            return not statement.is_fill(cells.plain(operation))
        named = ("card", "plate", "moment", "date")
        return all(
            cells.plain(self._cell(cells_of, target)).strip() in ("", "-")
            for target in named
        )

    def _read_row(self, number, cells_of):
        """Return the values of a fill; what is wrong is reported."""
        moment = self._read_moment(number, cells_of)
        values = {
            target: self._read(number, cells_of, target)
            for target in ("litres", "price", "amount", "station", "odometer")
        }
        values["reference"] = self._read(number, cells_of, "reference")
        card = self._find_card(number, cells_of, moment)
        vehicle = self._find_vehicle(number, cells_of, card)
        product = self._find_product(number, cells_of, vehicle)
        if values["litres"] == 0:
            self._report(
                number, "litres", 0, self.env._("the number must be above zero")
            )
        self._check_odometer(number, vehicle, values["odometer"], moment)
        if not moment or not vehicle or not values["litres"]:
            return None
        return self._make_values(number, moment, card, vehicle, product, values)

    def _make_values(self, number, moment, card, vehicle, product, values):
        litres = round(values["litres"], 2)
        price, amount = values["price"] or 0, values["amount"] or 0
        amount = round(amount or price * litres, 2)
        price = round(price or amount / litres, 4) if litres else 0
        station_id, station_name = self._find_station(values["station"])
        row = {
            "vehicle_id": vehicle.id,
            "card_id": card.id if card else False,
            "date": moment,
            "product": product,
            "litres": litres,
            "price": price,
            "amount": amount,
            "odometer": values["odometer"] or 0,
            "is_full": self.all_full,
            "station_id": station_id,
            "station_name": station_name,
            "company_id": self.company.id,
            "source": "statement",
            "match_state": "statement",
            "statement_ref": values["reference"] or False,
            "statement_line": number,
            "statement_date": moment,
            "statement_litres": litres,
            "statement_amount": amount,
        }
        row["statement_key"] = self._make_key(number, row)
        return row

    def _make_key(self, number, row):
        """Return by what the same row is known again, whatever file it comes in."""
        supplier = self.supplier.id
        if row["statement_ref"]:
            key = f"{supplier}|{row['statement_ref']}|{row['product']}"
            if key in self._seen:
                self._report(
                    number,
                    "reference",
                    row["statement_ref"],
                    self.env._("it stands in row %s already", self._seen[key]),
                )
            self._seen[key] = number
            return key
        facts = "|".join(
            str(row[name])
            for name in ("card_id", "vehicle_id", "date", "litres", "amount")
        )
        count = self._seen[facts] = self._seen.get(facts, 0) + 1
        return f"{supplier}|{facts}|{count}"

    # ---------------------------------------------------------------- look-ups

    def _read_moment(self, number, cells_of):
        """Return the moment of a row in UTC."""
        target = "moment" if "moment" in self.targets else "date"
        value = self._cell(cells_of, target)
        try:
            moment = statement.read_moment(
                self.env, value, self._cell(cells_of, "time")
            )
            if moment is None:
                raise cells.BadCell(
                    self.env._("the cell is empty, it must be filled in")
                )
            moment = (
                self._zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)
            )
            if moment > self._latest:
                raise cells.BadCell(self.env._("the day lies in the future"))
        except cells.BadCell as problem:
            self._report(number, target, value, str(problem))
            return None
        return moment

    @cached_property
    def _cards(self):
        """Dict number → cards of it, the newest first."""
        found = {}
        for card in self.env["gov.fuel.card"].search_fetch(
            [("company_id", "=", self.company.id)],
            ["number", "vehicle_id", "is_main", "date_from", "date_to"],
            order="date_from desc, id desc",
        ):
            found.setdefault(card.number, []).append(card)
        return found

    @cached_property
    def _vehicles(self):
        """Dict plate as compared → vehicle; one in service before one that left."""
        vehicles = self.env["fleet.vehicle"].with_context(active_test=False)
        found = {}
        for vehicle in vehicles.search_fetch(
            [
                ("company_id", "in", [self.company.id, False]),
                ("license_plate", "!=", False),
            ],
            ["license_plate", "active", "fuel_product", "odometer_digits"],
            order="active, id",
        ):
            found[statement.plate_key(vehicle.license_plate)] = vehicle
        return found

    @cached_property
    def _stations(self):
        found = {}
        for station in self.env["gov.fuel.station"].search_fetch(
            [("company_id", "=", self.company.id)], ["name", "code"]
        ):
            found[cells.key(station.name)] = station.id
            if station.code:
                found.setdefault(cells.key(station.code), station.id)
        return found

    def _find_card(self, number, cells_of, moment):
        text = self._read(number, cells_of, "card")
        if not text:
            return None
        cards = self._cards.get("".join(text.split()))
        if not cards:
            self._report(
                number, "card", text, self.env._("there is no card with this number")
            )
            return None
        day = moment and pytz.utc.localize(moment).astimezone(self._zone).date()
        card = next(
            (
                card
                for card in cards
                if not day
                or card.date_from <= day
                and (not card.date_to or day <= card.date_to)
            ),
            cards[-1],
        )
        if card.is_main:
            self._report(
                number,
                "card",
                text,
                self.env._("this is a main card, which belongs to no vehicle"),
            )
            return None
        return card

    def _find_vehicle(self, number, cells_of, card):
        text = self._read(number, cells_of, "plate")
        if not text:
            if not card and not cells.plain(self._cell(cells_of, "card")).strip():
                self._report(
                    number,
                    "card" if "card" in self.targets else "plate",
                    "",
                    self.env._("neither a card nor a plate stands here"),
                )
            return card and card.vehicle_id
        vehicle = self._vehicles.get(statement.plate_key(text))
        if not vehicle:
            self._report(
                number, "plate", text, self.env._("there is no vehicle of this plate")
            )
        return vehicle

    def _find_product(self, number, cells_of, vehicle):
        text = self._read(number, cells_of, "product")
        if not text:
            product = vehicle and vehicle.fuel_product
            if vehicle and not product:
                self._report(
                    number, "product", "", self.env._("what was filled is missing")
                )
            return product
        product = statement.read_product(text)
        if not product:
            self._report(
                number, "product", text, self.env._("no vehicle burns this product")
            )
        return product

    def _find_station(self, text):
        """Return id and name; a station that nobody entered stays a name."""
        if not text:
            return False, False
        return self._stations.get(cells.key(text), False), text

    @cached_property
    def _look(self):
        """What is known of the vehicles' instruments, see the chain of trips."""
        vehicles = self.env["fleet.vehicle"].union(*self._vehicles.values())
        return self.env["gov.vehicle.trip"]._prepare_look(vehicles)

    def _check_odometer(self, number, vehicle, odometer, moment):
        if not odometer:
            return
        digits = 6
        if vehicle and moment:
            trips = self.env["gov.vehicle.trip"]
            digits = trips._digits_on(vehicle, moment, self._look)
        if odometer >= 10**digits:
            self._report(
                number,
                "odometer",
                odometer,
                self.env._("the instrument has only %s digits", digits),
            )

    # ------------------------------------------------------- what is there before

    def _drop_existing(self, found):
        """Keep the rows that were not imported before; report changed ones."""
        if not found:
            return
        # sudo: the same rows, whoever imported them and whatever became of them.
        entries = self.env["gov.fuel.entry"].sudo().with_context(active_test=False)
        by_key, by_facts = {}, {}
        for entry in entries.search_fetch(
            [
                ("company_id", "=", self.company.id),
                ("statement_key", "!=", False),
                ("statement_date", ">=", min(row["date"] for row in found)),
                ("statement_date", "<=", max(row["date"] for row in found)),
            ],
            [
                "statement_key",
                "statement_ref",
                "vehicle_id",
                "statement_date",
                "statement_litres",
                "statement_amount",
                "day",
            ],
        ):
            by_key[entry.statement_key] = entry
            facts = entry.vehicle_id.id, entry.statement_date, entry.statement_litres
            by_facts.setdefault(facts, []).append(entry)
        self._find_moved(found, by_key, entries)
        for row in found:
            facts = row["vehicle_id"], row["date"], row["litres"]
            entry = by_key.get(row["statement_key"])
            alike = by_facts.get(facts, [])
            if row["statement_ref"]:
                # Two transaction numbers are two fills, however alike they are.
                alike = [other for other in alike if not other.statement_ref]
            if not entry and alike:
                # The same row from a file of another layout.
                self.existing += 1
                by_facts[facts].remove(alike[-1])
            elif not entry:
                self.rows.append(row)
            elif self._is_same(entry, row):
                self.existing += 1
            else:
                self._report(
                    row["statement_line"],
                    "reference",
                    row["statement_ref"],
                    self.env._(
                        "it was imported with other figures: %(litres)s on %(day)s",
                        litres=entry.statement_litres,
                        day=format_day(self.env, entry.day),
                    ),
                )

    def _find_moved(self, found, by_key, entries):
        """Add rows known under a transaction number whose time has changed."""
        missing = [
            row["statement_key"]
            for row in found
            if row["statement_ref"] and row["statement_key"] not in by_key
        ]
        if not missing:
            return
        for entry in entries.search(
            [("company_id", "=", self.company.id), ("statement_key", "in", missing)]
        ):
            by_key[entry.statement_key] = entry

    def _is_same(self, entry, row):
        return (
            entry.statement_date == row["date"]
            and entry.vehicle_id.id == row["vehicle_id"]
            and not float_compare(
                entry.statement_litres, row["litres"], precision_digits=2
            )
            and not float_compare(
                entry.statement_amount, row["amount"], precision_digits=2
            )
        )
