"""A year of repair, maintenance and insurance, and what is in the shop today."""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.gov_base.models.gov_guard import engine

from ..walk import Walker
from . import base

REPAIRS, PREMIUMS = 222_000, 124_500
# Of the repairs: brake pads and wages, twice.
PADS = (("brake_pads", 460), ("labour", 120))
SHOPS = ("garage_north", "garage_east", "garage_new")
INSURER = "云岚财产保险公司"
# Fitted twice within four months.
TWICE = "v10"
# In the shop today, with what is done.
IN_SHOP = "v18"
# Part, price and share of the jobs; wages come on top.
JOBS = (
    ("engine_oil", 320, 10),
    ("brake_pads", 460, 3),
    ("tyre", 580, 4),
    ("battery", 520, 2),
    ("wiper", 90, 3),
    ("clutch", 2_600, 1),
)
WAGES = 180
OIL_KM, OIL_MONTHS = 7_500, 6


def load(loader, window):
    year = Repairs(loader, window)
    year.load_shops()
    year.load_history()
    year.load_premiums()
    year.load_plans()
    year.send_to_shop()
    year.load_offence()


class Repairs:
    def __init__(self, loader, window):
        self.loader = loader
        self.window = window
        self.env = loader.env
        self.draw = random.Random(815)
        self.rows = base.vehicles(loader)
        self.technician = loader.ref("user_gaoxuemei")

    def as_technician(self, model):
        return self.env[model].with_env(self.env(user=self.technician.id, su=False))

    def load_shops(self):
        shops = [self.loader.ref(f"vendor_{name}") for name in SHOPS]
        self.shops = self.env["res.partner"].union(*shops)
        self.shops.write(
            {
                "is_designated_shop": True,
                "shop_agreement": "县政府采购2025-17号框架协议",
            }
        )
        self.insurer = self.loader.make(
            "res.partner",
            [
                (
                    "vehicle_insurer",
                    {
                        "name": INSURER,
                        "is_company": True,
                        "supplier_rank": 1,
                        "country_id": self.env.ref("base.cn").id,
                        "lang": "zh_CN",
                    },
                )
            ],
        )

    # ------------------------------------------------------------------ the past

    def load_history(self):
        """Orders of the year, billed; together as much as the year cost."""
        pads = sum(price for __, price in PADS)
        whole = REPAIRS - 2 * pads
        jobs, left = [], whole
        for row in self.rows:
            for number in range(round(float(row["km"]) / 3_700)):
                jobs.append((row, number))
        weights = [self.draw.lognormvariate(0, 0.5) for __ in jobs]
        values = []
        for (row, number), weight in zip(jobs, weights, strict=True):
            amount = round(whole * weight / sum(weights), -1)
            left -= amount
            if len(values) == len(jobs) - 1:
                amount += left
            values.append(self._order(row, number, amount))
        values.sort(key=lambda vals: vals["returned_at"])
        self._create(values)
        self._fit_twice()

    def _order(self, row, number, amount):
        day = self.window.today - timedelta(days=self.draw.randint(8, 360))
        while not self.window.workdays.is_working_day(day):
            day -= timedelta(days=1)
        names, prices, shares = zip(*JOBS, strict=True)
        [name] = self.draw.choices(names, shares) if number else ("engine_oil",)
        price = min(prices[names.index(name)], amount - 40)
        return self._values(
            row,
            day,
            "maintenance" if name == "engine_oil" else "repair",
            [(name, price), ("labour", amount - price)],
        )

    def _values(self, row, day, kind, parts):
        """Return the values of an order that was billed."""
        sent = self.window.utc(day, 9)
        back = self.window.utc(day, 16, 30)
        amount = sum(price for __, price in parts)
        vehicle = self.loader.ref(f"vehicle_{row['id']}")
        reading = self._reading(vehicle, sent)
        return {
            "company_id": self.loader.company.id,
            "vehicle_id": vehicle.id,
            "service_type_id": self.env.ref(f"gov_fleet.service_type_{kind}").id,
            "order_kind": kind,
            "handler_id": self.technician.id,
            "employee_id": self.loader.id("employee_gaoxuemei"),
            "department_id": self.loader.id("department_vehicles"),
            "description": "定期保养" if kind == "maintenance" else "驾驶员报修",
            "date": day,
            "vendor_id": self.draw.choice(self.shops).id,
            "approval_state": "approved",
            "sent_at": sent,
            "returned_at": back,
            "accepted_at": back,
            "settled_at": back,
            "reading_in": reading,
            "reading_out": reading,
            "amount_billed": amount,
            "amount": amount,
            "bill_number": f"发票{self.draw.randint(10_000_000, 99_999_999)}",
            "bill_date": day,
            "is_elsewhere": True,
            "part_line_ids": [
                Command.create(
                    {
                        "part_id": self.env.ref(f"gov_fleet.part_{name}").id,
                        "price_unit": price,
                        "fitted_on": day,
                        "fitted_odometer": reading,
                    }
                )
                for name, price in parts
            ],
        }

    def _reading(self, vehicle, moment):
        trip = self.env["gov.vehicle.trip"].search(
            [("vehicle_id", "=", vehicle.id), ("date_start", "<", moment)],
            order="date_start desc",
            limit=1,
        )
        return trip.odometer_in or vehicle.odometer_first

    def _create(self, values):
        orders = engine(self.env["fleet.vehicle.log.services"]).create(values)
        for order in orders:
            order._assign_number(order.date)
        return orders

    def _fit_twice(self):
        """Brake pads of one vehicle twice: the second bill opens a finding."""
        [row] = [row for row in self.rows if row["id"] == TWICE]
        days = (self.window.today - timedelta(days=118), self.window.today)
        orders = self._create(
            [self._values(row, day - timedelta(days=9), "repair", PADS) for day in days]
        )
        orders[-1]._report_repeats()

    def load_premiums(self):
        """One policy for each vehicle, by its class; together what the year cost."""
        whole = sum(float(row["price"]) for row in self.rows)
        left, values = PREMIUMS, []
        for number, row in enumerate(self.rows, 1):
            vehicle = self.loader.ref(f"vehicle_{row['id']}")
            until = vehicle.insurance_date_to
            amount = round(PREMIUMS * float(row["price"]) / whole, -1)
            left -= amount
            if number == len(self.rows):
                amount += left
            day = until - timedelta(days=365)
            order = self._values(row, day, "insurance", [("premium", amount)])
            order.update(
                vendor_id=self.insurer.id,
                description="机动车保险",
                date_from=day,
                date_to=until,
            )
            values.append(order)
        self._create(values)

    def load_plans(self):
        for row in self.rows:
            if row["fuel_type"] == "electric":
                continue
            vehicle = self.loader.ref(f"vehicle_{row['id']}")
            last = self.env["gov.vehicle.part.line"].search(
                [
                    ("vehicle_id", "=", vehicle.id),
                    ("part_id", "=", self.env.ref("gov_fleet.part_engine_oil").id),
                ],
                order="fitted_on desc",
                limit=1,
            )
            self.env["gov.vehicle.plan"].create(
                {
                    "vehicle_id": vehicle.id,
                    "name": "更换机油机滤",
                    "interval_km": OIL_KM,
                    "interval_months": OIL_MONTHS,
                    "last_odometer": last.fitted_odometer or vehicle.odometer_value,
                    "last_date": last.fitted_on or self.window.today,
                }
            )

    # --------------------------------------------------------------------- today

    def send_to_shop(self):
        """One vehicle is in the shop today, another order waits for its approval."""
        order = self._ask(IN_SHOP, "发动机异响，需拆检", [("labour", 600)])
        order.action_submit()
        Walker(self.loader).walk(order, {})
        until = fields.Datetime.now() + timedelta(days=2)
        vehicle = order.vehicle_id
        order.action_send(vehicle.odometer_value, until)
        waiting = self._ask("v24", "后桥漏油，更换油封", [("labour", 1_850)])
        waiting.action_submit()
        self.loader.remember({"repair_in_shop": order, "repair_waiting": waiting})

    def _ask(self, name, text, parts):
        orders = self.as_technician("fleet.vehicle.log.services")
        order = orders.create(
            {
                "vehicle_id": self.loader.id(f"vehicle_{name}"),
                "order_kind": "repair",
                "description": text,
                "vendor_id": self.shops[0].id,
                "part_line_ids": [
                    Command.create(
                        {
                            "part_id": self.env.ref(f"gov_fleet.part_{part}").id,
                            "price_unit": price,
                        }
                    )
                    for part, price in parts
                ],
                "quote_ids": [
                    Command.create(
                        {
                            "partner_id": shop.id,
                            "amount": sum(price for __, price in parts) + 60 * number,
                        }
                    )
                    for number, shop in enumerate(self.shops)
                ],
            }
        )
        order.quote_ids[:1].action_choose()
        return order

    def load_offence(self):
        """A red light of last month: the driver of the trip pays."""
        trip = self.env["gov.vehicle.trip"].search(
            [("return_date", "<", self.window.last.last), ("distance", ">", 60)],
            order="date_start desc",
            limit=1,
        )
        offences = self.as_technician("gov.vehicle.offence")
        offence = offences.create(
            {
                "vehicle_id": trip.vehicle_id.id,
                "date": trip.date_start + timedelta(minutes=20),
                "place": "云岚大道与滨河路口",
                "act": "闯红灯",
                "points": 6,
                "fine": 200,
                "notice_number": "岚公交决〔2026〕20871号",
            }
        )
        self.loader.remember({"offence_red_light": offence})
