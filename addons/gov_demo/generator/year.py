"""Last year's register: what was drawn over the counter and what was bought.

A year of paper, entered as imported history by the engine: the numbers of each month
are those of the office, the amounts lie in their bands and add up to the year's sum.
A plan made of a seed: the same each time, only its year is relative to today.
"""

import random
from collections import Counter, namedtuple
from datetime import date, timedelta

from . import counter
from .paper import Register

SEED = "yunlan last year"
ISSUES = (128, 62, 104, 92, 88, 96, 90, 78, 98, 84, 102, 148)
PURCHASES = (14, 6, 11, 9, 8, 10, 9, 7, 10, 8, 12, 22)

# Bought as one lot: product → quantity. Above 10,000, and above 5,000.
LARGE = ({"ups": 1}, {"desktop": 6}, {"carpet": 1})
HIGH = (
    {"projector": 1},
    {"desktop": 2},
    {"laptop": 1},
    {"mfp": 2},
    {"camera": 2},
    {"chair": 8},
    {"desk": 2},
    {"shredder": 6},
    {"chair": 7},
)
# One wish in two requests of one category, nine days apart: 4,800 and 4,900.
SPLIT = (("chair", 6, 800.0), ("desk", 2, 2450.0))
SPLIT_DAYS = 9
# What is left of the year's 266,160: 34 requests above 1,000, and 78 up to it.
MIDDLE, MIDDLE_SUM, MIDDLE_RANGE = 34, 90090.0, (1300, 4300)
SMALL, SMALL_SUM, SMALL_RANGE = 78, 35100.0, (120, 820)
MIDDLE_GOODS = ("printer", "mfp", "camera", "desk", "shredder", "chair", "hard_disk")
SMALL_GOODS = (
    "certificate",
    "stapler_heavy",
    "toner_a_original",
    "toner_c",
    "ink_colour",
    "usb_stick",
    "hard_disk",
    "barrel_water",
    "led_panel",
    "lock",
    "filter",
)
SERVICES = {"printing": "资料印刷", "fitting": "设备维修", "cleaning": "窗帘地毯清洗"}
# The last ones of a band are services, whose price can be anything.
LAST_SERVICES = 4
FUNDS = ("公用经费—办公费", "公用经费—维修（护）费", "公用经费—会议费")


Slip = namedtuple("Slip", "day person handler purpose fund lines")


def load(loader):
    year = Year(loader)
    issues = year.plan_issues()
    _stock_up(loader, issues, year.first_day)
    register = Register(loader, SEED)
    register.enter_issues(
        [
            register.slip(
                issue.day,
                issue.person,
                issue.handler,
                purpose=issue.purpose,
                line_ids=loader.goods(issue.lines),
            )
            for issue in issues
        ]
    )
    purchases = register.enter_purchases(
        [
            (
                purchase.lines,
                register.slip(
                    purchase.day,
                    purchase.person,
                    purchase.handler,
                    purpose=purchase.purpose,
                    fund_source=purchase.fund,
                ),
            )
            for purchase in year.plan_purchases()
        ]
    )
    pair = [purchases[index] for index in year.split]
    loader.remember({f"split_{number}": part for number, part in enumerate(pair, 1)})
    # What the check of a submission would have found.
    pair[-1]._raise_split_finding(*pair[-1]._read_split())


def _stock_up(loader, issues, day):
    """Count the store on the first day of the year: what the year drew was there."""
    drawn = Counter()
    for issue in issues:
        for product, quantity in issue.lines:
            drawn[product] += quantity
    store = loader.env["stock.warehouse"]._get_supply_warehouse(loader.company)
    quants = loader.env["stock.quant"].with_context(inventory_mode=True)
    found = quants.search([("location_id", "=", store.lot_stock_id.id)])
    by_product = {quant.product_id: quant for quant in found}
    for name, quantity in drawn.items():
        product = loader.ref(f"product_{name}")
        quant = by_product[product]
        quant.inventory_quantity = quant.quantity + quantity
        quant.inventory_quantity_set = True
    found.with_context(inventory_name="上年结转").action_apply_inventory()


class Year:
    """The calendar year before today, its working days and who asks.

    :ivar split: the places of the split pair among the purchases.
    """

    def __init__(self, loader):
        self.loader = loader
        self.draw = random.Random(SEED)
        self.year = loader.company.gov_today().year - 1
        self.first_day = date(self.year, 1, 1)
        self.staff = counter.get_staff(loader)
        self.sections = loader.table("departments")
        self.liaisons = {row["id"]: row["liaisons"] for row in self.sections}
        self.working_days = self._get_working_days()
        self.split = []

    def _get_working_days(self):
        """Return the working days of each month."""
        workday = self.loader.env["gov.workday"]
        months = [[] for __ in range(12)]
        day = self.first_day
        while day.year == self.year:
            if workday.is_working_day(day):
                months[day.month - 1].append(day)
            day += timedelta(days=1)
        return months

    def _draw_people(self):
        """Return section, person and handler of one request."""
        weights = {name: len(people) ** 0.5 for name, people in self.staff.items()}
        section = self.draw.choices(list(weights), list(weights.values()))[0]
        person = self.draw.choice(self.staff[section])
        liaison = self.liaisons[section]
        handler = counter.draw_handler(self.draw, person, liaison)
        return section, person["id"], handler

    # ---------------------------------------------------------------- the counter

    def plan_issues(self):
        """Return the slips of the year, by day."""
        plan = []
        for month, number in enumerate(ISSUES):
            for __ in range(number):
                day = self.draw.choice(self.working_days[month])
                section, person, handler = self._draw_people()
                lines = counter.draw_lines(self.draw, self.loader, section)
                purpose = self.draw.choice(counter.PURPOSES)
                plan.append(Slip(day, person, handler, purpose, "", lines))
        return sorted(plan, key=lambda slip: slip.day)

    # -------------------------------------------------------------------- bought

    def plan_purchases(self):
        """Return the purchases of the year, by day."""
        lots = self._plan_lots()
        self.draw.shuffle(lots)
        days = sorted(
            self.draw.choice(self.working_days[month])
            for month, number in enumerate(PURCHASES)
            for __ in range(number)
        )
        first, second = self._find_pair(days)
        plan = [None] * len(days)
        self.split = [first, second]
        people = self._draw_people()
        for index, (name, quantity, price) in zip(self.split, SPLIT, strict=True):
            line = {**self._goods_line(name, quantity), "price_unit": price}
            plan[index] = self._make_purchase(days[index], people, [line])
        for index, day in enumerate(days):
            if plan[index] is None:
                plan[index] = self._make_purchase(day, self._draw_people(), lots.pop())
        return plan

    @staticmethod
    def _find_pair(days):
        """Return the places of the first two purchases that lie nine days apart."""
        for first, day in enumerate(days):
            if day + timedelta(days=SPLIT_DAYS) in days[first:]:
                return first, days.index(day + timedelta(days=SPLIT_DAYS), first)
        raise ValueError("No two purchases lie nine days apart")

    def _plan_lots(self):
        """Return the lines of each purchase but the split pair."""
        lots = [
            [self._goods_line(name, quantity) for name, quantity in lot.items()]
            for lot in LARGE + HIGH
        ]
        lots += self._fill(MIDDLE, MIDDLE_SUM, MIDDLE_RANGE, MIDDLE_GOODS)
        return lots + self._fill(SMALL, SMALL_SUM, SMALL_RANGE, SMALL_GOODS)

    def _fill(self, number, total, bounds, goods):
        """Return so many lots that add up to ``total``, each within ``bounds``.

        The lots lie around the average of what is left, so that the last one can take
        the rest.
        """
        lots, left = [], total
        for remaining in range(number, 1, -1):
            average = left / remaining
            reach = min(average - bounds[0], bounds[1] - average) / 2
            wanted = average + self.draw.uniform(-reach, reach)
            fitting = [name for name in goods if self._price(name) <= wanted]
            if remaining > LAST_SERVICES and fitting:
                name = self.draw.choice(fitting)
                quantity = round(wanted / self._price(name))
                amount = quantity * self._price(name)
                lot = [self._goods_line(name, quantity)]
            else:
                amount = round(wanted)
                lot = [self._service_line(self.draw.choice(list(SERVICES)), amount)]
            lots.append(lot)
            left -= amount
        return [*lots, [self._service_line("printing", round(left, 2))]]

    def _price(self, name):
        return self.loader.ref(f"product_{name}").standard_price

    def _goods_line(self, name, quantity):
        product = self.loader.ref(f"product_{name}")
        return {"product_id": product.id, "quantity": quantity}

    def _service_line(self, name, amount):
        return {
            "product_id": self.loader.ref(f"service_{name}").id,
            "name": SERVICES[name],
            "line_type": "service",
            "quantity": 1,
            "price_unit": amount,
        }

    def _make_purchase(self, day, people, lines):
        section, person, handler = people
        purpose = "维修" if section == "property" else "日常办公"
        fund = self.draw.choice(FUNDS)
        return Slip(day, person, handler, purpose, fund, lines)
