"""Statements of fuel: fifty thousand rows by the importer, against plain create."""

import base64
import io
from datetime import datetime, timedelta

from harness import Side, line

VEHICLES = 500
HEADINGS = "卡号,交易时间,油品,数量,单价,金额,网点,里程,流水号"
ROUNDS = 3


def load(env):
    """An institution with 500 vehicles, their cards, a station and daily trips."""
    company = env["res.company"].create(
        {"name": "Bench fuel", "country_id": env.ref("base.cn").id}
    )
    env.user.company_ids |= company
    env.user.group_ids |= env.ref("gov_fleet.group_fleet_manager")
    env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
    supplier = env["res.partner"].create({"name": "Bench oil", "is_company": True})
    env["gov.fuel.station"].create({"name": "Bench station", "company_id": company.id})
    brand = env["fleet.vehicle.model.brand"].create({"name": "Bench"})
    model = env["fleet.vehicle.model"].create({"name": "Sedan", "brand_id": brand.id})
    env["gov.vehicle.quota"].create(
        {
            "company_id": company.id,
            "usage_class": "platform",
            "number": VEHICLES,
            "clause": "Bench",
            "date_from": "2020-01-01",
        }
    )
    vehicles = env["fleet.vehicle"].create(
        [
            {
                "license_plate": f"岚B·{n:05}",
                "model_id": model.id,
                "company_id": company.id,
                "usage_class": "platform",
                "body_type": "sedan",
                "fuel_product": "92",
                "tank_capacity": 60,
                "registered_on": "2022-03-01",
            }
            for n in range(VEHICLES)
        ]
    )
    env["gov.fuel.card"].create(
        [
            {
                "number": f"8{n:05}",
                "vehicle_id": vehicle.id,
                "company_id": company.id,
                "supplier_id": supplier.id,
                "date_from": "2020-01-01",
            }
            for n, vehicle in enumerate(vehicles)
        ]
    )
    env.flush_all()
    # A trip a day for every vehicle, over all days of all rounds.
    env.cr.execute(
        """
        INSERT INTO gov_vehicle_trip (company_id, vehicle_id, state, date_start,
               date_end, return_date, odometer_out, odometer_in, entry, confirmation)
        SELECT %s, vehicle.id, 'back', day + interval '1 hour', day + interval '9 hour',
               day, 10000, 10050, 'slip', 'none'
          FROM fleet_vehicle vehicle,
               generate_series(%s::timestamp, %s, interval '1 day') day
         WHERE vehicle.company_id = %s
        """,
        [company.id, _first_day(), datetime(2026, 7, 31), company.id],
    )
    return company.id


def _first_day():
    return datetime(2025, 9, 1)


@line("fuel_import", "Statement of fuel against plain create of its rows", limit=2)
def fuel_import(bench):
    """A CSV statement is read, checked row by row, held against slips and imported
    by the dialog; the other side creates as many fills, whose values it has already.

    Every fill has its card, vehicle, station, odometer and a trip of its day; both
    sides link trips, measure consumption and look for findings. Each round has rows of
    its own.
    """
    number = bench.scale(small=5_000, medium=50_000, large=50_000)
    company_id = bench.run(_known) or bench.run(load)
    bench.vacuum("gov_vehicle_trip", "fleet_vehicle", "gov_fuel_card")
    rounds = iter(range(100))

    def prepare_import(env):
        env = _env(env, company_id)
        supplier = env["res.partner"].search([("name", "=", "Bench oil")], limit=1)
        text = io.StringIO()
        text.write(HEADINGS + "\n")
        for row in _rows(next(rounds), number):
            text.write(",".join(map(str, row)) + "\n")
        wizard = env["gov.fuel.import"].create(
            {
                "supplier_id": supplier.id,
                "file": base64.b64encode(text.getvalue().encode()),
                "all_full": True,
            }
        )
        wizard.action_read()
        wizard.action_check()
        if not wizard.is_clean:
            raise ValueError(wizard.line_ids[:5].mapped("reason"))
        return wizard.id

    def work_import(env, wizard_id):
        wizard = _env(env, company_id)["gov.fuel.import"].browse(wizard_id)
        wizard.action_import()
        if wizard.new_count != number:
            raise ValueError(wizard.new_count)

    def prepare_create(env):
        env = _env(env, company_id)
        cards = {card.number: card for card in env["gov.fuel.card"].search([])}
        station = env["gov.fuel.station"].search([], limit=1)
        return [
            {
                "card_id": cards[card].id,
                "vehicle_id": cards[card].vehicle_id.id,
                "date": datetime.fromisoformat(moment) - timedelta(hours=8),
                "product": "92",
                "litres": litres,
                "price": price,
                "amount": amount,
                "station_id": station.id,
                "odometer": odometer,
                "is_full": True,
                "company_id": company_id,
            }
            for card, moment, _p, litres, price, amount, _s, odometer, _r in _rows(
                next(rounds), number
            )
        ]

    def work_create(env, vals_list):
        _env(env, company_id)["gov.fuel.entry"].create(vals_list)

    return bench.measure(
        ours=Side(work=work_import, prepare=prepare_import),
        plain=Side(work=work_create, prepare=prepare_create),
        rows=number,
        rounds=ROUNDS,
    )


def _known(env):
    return env["res.company"].search([("name", "=", "Bench fuel")]).id


def _env(env, company_id):
    return env(context={"allowed_company_ids": [company_id], "tracking_disable": True})


def _rows(turn, number):
    """Yield the rows of one statement: a fill each for all vehicles, day after day."""
    start = _first_day() + timedelta(days=turn * 50)
    per_day = max(1, number // 50 // VEHICLES + (number // 50 % VEHICLES > 0))
    for n in range(number):
        vehicle, pass_ = n % VEHICLES, n // VEHICLES
        day, slot = pass_ // per_day % 50, pass_ % per_day
        moment = start + timedelta(days=day, hours=9 + slot * 3, minutes=n % 40)
        litres = round(30 + n * 7 % 50 / 10, 2)
        # Readings go on from statement to statement.
        odometer = 10000 + (turn * 1000 + pass_) * 400
        yield (
            f"8{vehicle:05}",
            moment.isoformat(sep=" "),
            "92号车用汽油",
            litres,
            7.5,
            round(litres * 7.5, 2),
            "Bench station",
            odometer % 900000,
            f"B{turn}-{n}",
        )
