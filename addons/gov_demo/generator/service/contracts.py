"""Ten contracts with vendors, twelve agreements with served units, three of our own.

Vendors' contracts run from the first of the twelve months unless the table says
otherwise: one begins on the 17th, one ended on the 3rd.
"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

from odoo.addons.gov_base.models.gov_guard import engine

from .assessments import INSPECTORS

# The greening contract began in April, the one for air conditioning ended last month.
START_MONTH, START_DAY = 4, 17
END_INDEX, END_DAY = 11, 3
# What the print room may cost until the end of its contract: 3 % under it in October.
PRINT_CEILING = 179_400
TABLE_CITATION = "《机关后勤服务考核办法》附件二"
CEILING_CITATION = "合同第四条第二款（费用总额）"
UNIT_ITEMS = (
    "VE01",
    "VE02",
    "VE03",
    "VE04",
    "VE05",
    "ME01",
    "CA02",
    "CA03",
    "CL01",
    "CL02",
    "GR02",
)
# Our own sections: contract, name, who is served, items, mode, economic item.
OWN = (
    (
        "catering_energy",
        "食堂水电气内部核算",
        "catering",
        "WP04 WP05 WP06",
        "internal",
        "30206",
    ),
    (
        "vehicle_energy",
        "车辆平台用电内部核算",
        "vehicles",
        "WP04",
        "internal",
        "30231",
    ),
    ("rooms", "会议室免费保障", "leaders", "ME01 ME02", "free", None),
)
UNIT_CONFIRMERS = {"finance_bureau": "shimin", "county_office": "jiangyuehua"}
VENDOR_CONFIRMERS = {"property": "jichunsheng", "guards": "weizhigang"}
UNIT_HANDLER, KEEPER = "liuyulan", "linminghui"


def load(loader, window):
    Contracts(loader, window).load()


def supplement(loader, window):
    """One supplement is in force from next month on, one is being prepared."""
    model = loader.env["gov.contract.supplement"].with_user(
        loader.ref(f"user_{KEEPER}")
    )
    dishes = loader.ref("contract_dishes")
    price = model.create(
        {
            "contract_id": dishes.id,
            "kind": "price",
            "line_id": dishes.contract_line_ids.id,
            "date_from": window.first(13),
            "price": 4320,
            "reason": "最低工资标准调整，双方协商每人每月增加120元。",
        }
    )
    price.action_apply()
    ceiling = model.create(
        {
            "contract_id": loader.ref("contract_printing").id,
            "kind": "ceiling",
            "ceiling": 210_000,
            "reason": "本年会议材料增加，原费用总额已使用97%，拟增加至21万元。",
        }
    )
    loader.remember({"supplement_price": price, "supplement_ceiling": ceiling})


def pass_night(loader, window):
    """Do what the nightly job does: expire, tell what comes near, propose."""
    contracts = engine(loader.env["contract.contract"])
    for step in (contracts._expire, contracts._alert_end, contracts._alert_ceiling):
        step(loader.company)
    loader.env["gov.contract.proposal"]._propose_all()


class Contracts:
    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.env = loader.env
        self.groups = {g.code: g for g in self.env["gov.service.group"].search([])}
        self.prices = {
            row["code"]: float(row["price"])
            for row in loader.table("service_items")
            if row["price"]
        }

    def load(self):
        self._load_table()
        self._load_vendors()
        self._load_units()
        self._load_own()
        names = [row["id"] for row in self.loader.table("contracts")]
        names += [f"unit_{row['id']}" for row in self.loader.table("served_units")]
        names += [name for name, *__ in OWN]
        contracts = self.env["contract.contract"].union(
            *(self.loader.ref(f"contract_{name}") for name in names)
        )
        contracts.action_activate()

    def _load_table(self):
        """Have the shipped table, or one like it, as the agency's own."""
        self.loader.make(
            "gov.deduction.table",
            [
                (
                    "deduction_table",
                    {
                        "name": "服务考核扣款表",
                        "company_id": self.loader.company.id,
                        "citation": TABLE_CITATION,
                        "termination_limit": 80,
                        "in_a_row": 2,
                        "band_ids": [
                            Command.create({"score_from": score, "percent": percent})
                            for score, percent in ((90, 0), (85, 1), (80, 3), (0, 5))
                        ],
                    },
                )
            ],
        )

    # ------------------------------------------------------------------- vendors

    def _term(self, row):
        """Return first and last day of a vendor's contract."""
        start = self.window.months[0].first
        if row["start"] == "17th":
            start = self.window.past(START_MONTH, START_DAY)
        if row["end"] == "3rd":
            return start, self.window.first(END_INDEX).replace(day=END_DAY)
        return start, self.window.last_day(int(row["end"]))

    def _load_vendors(self):
        lines = {}
        for row in self.loader.table("contract_lines"):
            lines.setdefault(row["contract"], []).append(row)
        table = self.loader.ref("deduction_table")
        batch = []
        for number, row in enumerate(self.loader.table("contracts"), 1):
            first, last = self._term(row)
            ceiling = PRINT_CEILING if row["id"] == "printing" else row["ceiling"]
            confirmer = VENDOR_CONFIRMERS.get(row["id"])
            values = {
                "name": row["name"],
                "code": f"云机服合〔{first.year}〕{number:02}号",
                "service_role": "vendor",
                "company_id": self.loader.company.id,
                "partner_id": self.loader.ref(f"vendor_{row['partner']}").id,
                "department_id": self._department(row["department"]),
                "service_group_id": self.groups[row["group"]].id,
                "date": first,
                "date_start": first,
                "date_end": last,
                "ceiling": float(ceiling or 0),
                "ceiling_citation": ceiling and CEILING_CITATION,
                "day_divisor": row["divisor"],
                "settlement_period": row["period"],
                "retention_percent": float(row["retention"] or 0),
                "tender_lead_days": int(row["lead"]),
                "budget_line_id": self.loader.id(f"budget_{row['budget']}"),
                "own_confirmer_id": self.loader.ref(f"user_{row['confirmer']}").id,
                "other_confirmer_id": confirmer
                and self.loader.ref(f"user_{confirmer}").id,
                "contract_line_ids": [
                    command
                    for line in lines[row["id"]]
                    for command in self._line_commands(line, first, last)
                ],
            }
            if row["sheet"]:
                values.update(
                    assessment_required=True,
                    deduction_table_id=table.id,
                    sheet_id=self.loader.ref(f"sheet_{row['sheet']}").id,
                    inspector_ids=[
                        Command.set(
                            [
                                self.loader.id(f"user_{login}")
                                for login in INSPECTORS[row["sheet"]]
                            ]
                        )
                    ],
                )
            batch.append((f"contract_{row['id']}", values))
        self.loader.make("contract.contract", batch)

    def _department(self, name):
        return self.loader.ref(f"department_{name}").id

    def _line_commands(self, row, first, last):
        """Return the commands of a line; a seasonal one makes a line per season."""
        terms = [(first, last)]
        if row["season"]:
            terms = self._seasons(row["season"], first, last)
        for start, end in terms:
            yield Command.create(
                {
                    "name": row["name"],
                    "service_item_id": self.loader.ref(f"item_{row['item']}").id,
                    "charge_kind": row["charge"],
                    "fixed_per": row["per"] or "month",
                    "quantity": float(row["quantity"] or 0),
                    "date_start": start,
                    "date_end": end,
                    "price_ids": [
                        Command.create(
                            {"price": float(row["price"]), "date_from": start}
                        )
                    ],
                }
            )

    @staticmethod
    def _seasons(text, first, last):
        """Return the terms of the seasons, e.g. ``5-10;12-2``, within a term."""
        terms = []
        for part in text.split(";"):
            begin, end = (int(month) for month in part.split("-"))
            for year in range(first.year - 1, last.year + 1):
                start = date(year, begin, 1)
                months = (end - begin) % 12 + 1
                stop = start + relativedelta(months=months) - timedelta(days=1)
                start, stop = max(start, first), min(stop, last)
                if start <= stop:
                    terms.append((start, stop))
        return sorted(terms)

    # -------------------------------------------------------------- whom we serve

    def _metered(self, code, start):
        return Command.create(
            {
                "service_item_id": self.loader.ref(f"item_{code}").id,
                "charge_kind": "metered",
                "quantity": 0,
                "price_ids": [
                    Command.create({"price": self.prices[code], "date_from": start})
                ],
            }
        )

    def _load_units(self):
        start = self.window.months[0].first
        self.loader.make(
            "contract.contract",
            [
                (
                    f"contract_unit_{row['id']}",
                    {
                        "name": f"机关后勤服务协议（{row['name']}）",
                        "code": f"云机服协〔{start.year}〕{number:02}号",
                        "service_role": "internal",
                        "settlement_mode": "transfer",
                        "company_id": self.loader.company.id,
                        "partner_id": self.loader.ref(f"unit_{row['id']}").id,
                        "department_id": self._department("vehicles"),
                        "date": start,
                        "date_start": start,
                        "own_confirmer_id": self.loader.ref(f"user_{UNIT_HANDLER}").id,
                        "other_confirmer_id": self._unit_confirmer(row["id"]),
                        "bill_grouping": "partner",
                        "contract_line_ids": [
                            self._metered(code, start) for code in UNIT_ITEMS
                        ],
                    },
                )
                for number, row in enumerate(self.loader.table("served_units"), 1)
            ],
        )

    def _unit_confirmer(self, unit):
        login = UNIT_CONFIRMERS.get(unit)
        return login and self.loader.ref(f"user_{login}").id

    def _load_own(self):
        start = self.window.months[0].first
        self.loader.make(
            "contract.contract",
            [
                (
                    f"contract_{name}",
                    {
                        "name": title,
                        "code": f"内部核算〔{start.year}〕{number:02}号",
                        "service_role": "internal",
                        "settlement_mode": mode,
                        "company_id": self.loader.company.id,
                        "served_department_id": self._department(served),
                        "department_id": self._department(
                            "energy" if mode == "internal" else "meetings"
                        ),
                        "date": start,
                        "date_start": start,
                        "own_confirmer_id": self.loader.ref(f"user_{UNIT_HANDLER}").id,
                        "budget_line_id": code
                        and self.loader.id(f"budget_{served}_{code}"),
                        "contract_line_ids": [
                            self._metered(item, start) for item in items.split()
                        ],
                    },
                )
                for number, (name, title, served, items, mode, code) in enumerate(
                    OWN, 1
                )
            ],
        )
