from datetime import date

from odoo import api, models
from odoo.tools import SQL

_MONTH = (
    "trips",
    "km",
    "fuel_amount",
    "energy_amount",
    "repair_amount",
    "insurance_amount",
    "toll_amount",
    "other_amount",
    "cost",
)
# what is taken off a vehicle's line for its protected trips
_PROTECTED = {
    "trips": "protected_trips",
    "km": "protected_km",
    "toll_amount": "protected_toll_amount",
    "other_amount": "protected_other_amount",
}
_YEAR = (
    "km",
    "fuel_amount",
    "energy_amount",
    "repair_amount",
    "insurance_amount",
    "toll_amount",
    "other_amount",
    "cost",
)


class GovVehicleAccount(models.Model):
    """The figures that are posted: a month by vehicle, a year by class."""

    _inherit = "gov.vehicle.account"

    @api.model
    def _read_month(self, company, month):
        """Return the account of a month for its posting.

        Protected trips, and all of the vehicles of confidential mail, are in one line
        without plate; where a vehicle had protected trips its cost per km would tell
        how far they went, and is left out.

        :param company: institution.
        :param month: its first day.
        :return: headings, rows as lists; the last row is the sum.
        """
        fields = self._fields
        columns = [
            self.env._("Vehicle"),
            *(fields[name]._description_string(self.env) for name in _MONTH),
            fields["cost_per_km"]._description_string(self.env),
        ]
        groups = self._read_group(
            [("month", "=", month), ("company_id", "=", company.id)],
            ["usage_class", "vehicle_id"],
            [f"{name}:sum" for name in (*_MONTH, *_PROTECTED.values())],
        )
        rows, hidden = [], [0] * len(_MONTH)
        for usage_class, vehicle, *sums in groups:
            figures, protected = sums[: len(_MONTH)], sums[len(_MONTH) :]
            if usage_class == "confidential":
                hidden = self._add(hidden, figures)
                continue
            taken = dict(zip(_PROTECTED, protected, strict=True))
            taken["cost"] = taken["toll_amount"] + taken["other_amount"]
            part = [taken.get(name, 0) for name in _MONTH]
            hidden = self._add(hidden, part)
            shown = [a - b for a, b in zip(figures, part, strict=True)]
            # Trips are counted: no decimals.
            shown[0] = int(shown[0])
            # sudo: the plate, which is posted on purpose.
            plate = vehicle.sudo().license_plate or vehicle.sudo().display_name
            rate = False if taken["trips"] else self._per_km(shown)
            rows.append([plate, *shown, rate])
        rows.sort(key=lambda row: row[0])
        total = [sum(column) for column in zip(*[r[1:-1] for r in rows], strict=True)]
        total = self._add(total or [0] * len(_MONTH), hidden)
        hidden[0], total[0] = int(hidden[0]), int(total[0])
        if any(hidden):
            rows.append([self.env._("Protected trips, together"), *hidden, False])
        rows.append([self.env._("Together"), *total, self._per_km(total)])
        return columns, rows

    @staticmethod
    def _add(first, second):
        return [a + b for a, b in zip(first, second, strict=True)]

    @staticmethod
    def _per_km(figures):
        """Return the cost per km of figures in the order of ``_MONTH``."""
        km = figures[_MONTH.index("km")]
        return round(figures[_MONTH.index("cost")] / km, 2) if km else False

    # ------------------------------------------------------------------------ year

    @api.model
    def _read_year(self, company, year):
        """Return the figures of the yearly statement, one row per class.

        Bought and disposed of: vehicles of the institution's own, by their first
        registration and the day of disposal; held: at the year's end; costs: as in the
        account, rented vehicles with them.

        :param company: institution.
        :param int year:
        :return: headings, rows as lists; the last row is the sum.
        """
        fields = self._fields
        columns = [
            fields["usage_class"]._description_string(self.env),
            self.env._("Bought"),
            self.env._("Price of those bought"),
            self.env._("Disposed of"),
            self.env._("Income from disposals"),
            self.env._("Held at the year's end"),
            self.env._("Rented"),
            *(fields[name]._description_string(self.env) for name in _YEAR),
            self.env._("Cost per vehicle held"),
        ]
        first, last = date(year, 1, 1), date(year, 12, 31)
        costs = {
            usage_class: sums
            for usage_class, *sums in self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("month", ">=", first),
                    ("month", "<=", last),
                ],
                ["usage_class"],
                [f"{name}:sum" for name in _YEAR],
            )
        }
        stock = self._read_stock(company, first, last)
        labels = dict(fields["usage_class"]._description_selection(self.env))
        rows, sums = [], []
        for usage_class, label in labels.items():
            held = stock.get(usage_class, [0] * 6)
            cost = costs.get(usage_class, [0] * len(_YEAR))
            if any(held) or any(cost):
                sums.append([*held, *cost])
                rows.append([label, *held, *cost, self._per_vehicle(held, cost)])
        total = [sum(column) for column in zip(*sums, strict=True)]
        total = total or [0] * (6 + len(_YEAR))
        rate = self._per_vehicle(total[:6], total[6:])
        rows.append([self.env._("Together"), *total, rate])
        return columns, rows

    @staticmethod
    def _per_vehicle(held, cost):
        count = held[4] + held[5]
        return round(cost[-1] / count, 2) if count else False

    def _read_stock(self, company, first, last):
        """Return dict class → bought, price, disposed of, income, held, rented."""
        self.env["fleet.vehicle"].flush_model()
        self.env["gov.vehicle.disposal"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT vehicle.usage_class,
                       count(*) FILTER (WHERE own AND since BETWEEN %(first)s
                                        AND %(last)s),
                       coalesce(sum(net_car_value) FILTER (
                           WHERE own AND since BETWEEN %(first)s AND %(last)s), 0),
                       count(*) FILTER (WHERE own AND disposed_on BETWEEN %(first)s
                                        AND %(last)s),
                       coalesce(sum(income) FILTER (
                           WHERE own AND disposed_on BETWEEN %(first)s AND %(last)s),
                           0),
                       count(*) FILTER (WHERE own AND since <= %(last)s
                           AND (disposed_on IS NULL OR disposed_on > %(last)s)),
                       count(*) FILTER (WHERE NOT own AND since <= %(last)s
                           AND (disposed_on IS NULL OR disposed_on >= %(first)s))
                  FROM (
                    SELECT vehicle.usage_class, vehicle.net_car_value,
                           vehicle.disposed_on, disposal.income,
                           vehicle.is_rented IS NOT TRUE AS own,
                           coalesce(vehicle.registered_on, vehicle.acquisition_date,
                                    vehicle.create_date::date) AS since
                      FROM fleet_vehicle vehicle
                      LEFT JOIN gov_vehicle_disposal disposal
                        ON disposal.vehicle_id = vehicle.id
                       AND disposal.state = 'done'
                     WHERE vehicle.company_id = %(company)s
                       AND (vehicle.active OR vehicle.gov_state = 'disposed')
                  ) vehicle
                 GROUP BY 1
                """,
                company=company.id,
                first=first,
                last=last,
            )
        )
        return {row[0]: list(row[1:]) for row in rows}
