from datetime import timedelta

from odoo import Command, fields

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tests.common_scan import PNG

from .common_fleet import FleetCase


class RepairCase(FleetCase):
    """Vehicles with a designated shop (``shop``), another one (``shop2``), an insurer.

    ``technician2_user`` is a second technician, ``pads`` a part with 6 months warranty.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person(
            "technician2",
            "Ji Shu",
            cls.carpool,
            71,
            "Officer",
            "gov_fleet.group_technician",
        )
        cls.shop, cls.shop2, cls.shop3, cls.insurer = cls.env["res.partner"].create(
            [
                {"name": "Yunlan Motor Works", "is_company": True},
                {"name": "Lake Garage", "is_company": True},
                {"name": "South Garage", "is_company": True},
                {"name": "Yunlan Insurance", "is_company": True},
            ]
        )
        cls.shop.is_designated_shop = True
        cls.shop2.is_designated_shop = True
        cls.pads = cls.env["gov.vehicle.part"].create(
            {"code": "T-B02", "name": "Test pads", "warranty_months": 6}
        )

    @classmethod
    def _create_journal(cls):
        """Give the institution books of its own."""
        account = cls.env["account.account"].create(
            {
                "name": "Vehicle costs",
                "code": "T550101",
                "account_type": "expense",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        payable = cls.env["account.account"].create(
            {
                "name": "Payable",
                "code": "T220201",
                "account_type": "liability_payable",
                "reconcile": True,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        (cls.shop + cls.shop2 + cls.shop3 + cls.insurer).with_company(
            cls.company
        ).property_account_payable_id = payable
        return cls.env["account.journal"].create(
            {
                "name": "Vendor bills of the test",
                "code": "TVB",
                "type": "purchase",
                "company_id": cls.company.id,
                "default_account_id": account.id,
            }
        )

    @classmethod
    def _order(cls, *lines, user=None, kind="repair", shop=None, quote=True, **values):
        """Return a draft order for ``car``; each line is (part or name, price)."""
        user = user or cls.technician_user
        shop = shop or cls.shop
        lines = lines or ((cls.pads, 600),)
        commands = [
            Command.create(
                {
                    "price_unit": price,
                    **(
                        {"name": part}
                        if isinstance(part, str)
                        else {"part_id": part.id}
                    ),
                }
            )
            for part, price in lines
        ]
        order = cls._as(cls.env["fleet.vehicle.log.services"], user).create(
            {
                "order_kind": kind,
                "vehicle_id": cls.car.id,
                "employee_id": cls.driver.id,
                "description": "Brakes squeal",
                "vendor_id": shop.id,
                "part_line_ids": commands,
                **values,
            }
        )
        if quote and kind in ("repair", "maintenance", "accident"):
            cls._quote(order, shop, sum(line[1] for line in lines), choose=True)
        return order

    @classmethod
    def _quote(cls, order, shop, amount, choose=False):
        quote = order.env["gov.vehicle.quote"].create(
            {"order_id": order.id, "partner_id": shop.id, "amount": amount}
        )
        if choose:
            quote.action_choose()
        return quote

    def _approved_order(self, *lines, **values):
        """Return an order that has gone through its chain."""
        order = self._order(*lines, **values)
        order.action_submit()
        self._decide_all(order)
        self.assertEqual(order.order_state, "approved")
        return order

    def _until(self, hours=4):
        return fields.Datetime.now() + timedelta(hours=hours)

    def _back(self, order, amount, reading=None, **values):
        """Take the vehicle back with its bill."""
        order.action_back(
            {
                "odometer": reading or order.reading_in,
                "bill_number": f"F-{order.id}",
                "amount": amount,
                "scan": PNG,
                **values,
            }
        )

    def _accepted_order(self, *lines, reading=None, **values):
        """Return an order whose work two people have accepted."""
        order = self._approved_order(*lines, **values)
        vehicle = order.vehicle_id
        order.action_send(reading or vehicle.odometer_value, self._until())
        self._back(order, order.amount_total)
        for user in (self.driver_user, self.technician2_user):
            self._as(order, user).action_accept("")
        self.assertEqual(order.order_state, "accepted")
        return order

    @classmethod
    def _trip(cls, vehicle, driver, start, end=None, state="back", **values):
        """Return a trip as the engine would have written it."""
        return engine(cls.env["gov.vehicle.trip"]).create(
            {
                "vehicle_id": vehicle.id,
                "driver_id": driver.id,
                "company_id": cls.company.id,
                "date_start": start,
                "date_end": end,
                "state": state,
                "odometer_out": 10000,
                "odometer_in": 10000 if state == "back" else 0,
                "return_date": end and end.date(),
                **values,
            }
        )
