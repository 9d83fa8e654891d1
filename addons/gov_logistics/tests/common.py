import base64

from odoo import Command

from odoo.addons.gov_base.tests.common import GovCommon

# A drawn line as a PNG of one pixel: what matters is that it is an image.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class SupplyCommon(GovCommon):
    """The small institution of ``GovCommon`` with a store, a catalogue and holders.

    ``store_user`` and ``store2_user`` are store clerks, ``buyer_user`` buys,
    ``finance_user`` names the money, ``second`` and ``third`` sit in the committee
    with ``head`` and ``leader``, whose meetings ``recorder_user`` records.
    ``paper`` (20.50) and ``pen`` (1.60) are in stock, 100 and 50 of them; ``chair``
    (780) is bought on request.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_person("store", "Hou Xiaoman", cls.works, 31, "Keeper")
        cls._create_person("store2", "Wei Lan", cls.works, 32, "Keeper")
        cls._create_person("buyer", "Bai Jianxun", cls.works, 33, "Buyer")
        cls._create_person("finance", "Zou Jingyi", cls.office, 34, "Accountant")
        cls._create_person("second", "He Zhenbang", cls.leadership, 3, "Deputy")
        cls._create_person("third", "Zhu Ningyuan", cls.leadership, 4, "Member")
        cls._create_person("recorder", "Wen Shu", cls.office, 35, "Secretary")
        cls.recorder_user.group_ids = [
            Command.link(cls.env.ref("gov_base.group_secretariat").id)
        ]
        store = cls.env.ref("gov_logistics.group_store")
        (cls.store_user + cls.store2_user).group_ids = [Command.link(store.id)]
        cls.buyer_user.group_ids = [
            Command.link(cls.env.ref("gov_logistics.group_procurement").id)
        ]
        cls.roles = {
            role.code: role
            for role in cls.env["gov.role"].search([("company_id", "=", False)])
        }
        for code, people in {
            "logistics_leader": cls.leader,
            "head": cls.head,
            "store": cls.store,
            "finance": cls.finance,
            "procurement": cls.buyer,
            "committee": cls.head + cls.leader + cls.second + cls.third,
        }.items():
            for person in people:
                cls._hold(code, person)
        cls.warehouse = cls.env["stock.warehouse"]._get_supply_warehouse(cls.company)
        cls.paper = cls._create_product("Paper A4 70 g", 20.50, 100)
        cls.pen = cls._create_product("Gel pen", 1.60, 50)
        cls.chair = cls._create_product("Office chair", 780.0, 0)
        cls.service = cls._create_product("Cleaning of carpets", 300.0, type="service")
        cls.vendor, cls.vendor2 = cls.env["res.partner"].create(
            [
                {"name": "Yunlan Stationery", "is_company": True},
                {"name": "Yunlan Furniture", "is_company": True},
            ]
        )

    @classmethod
    def _hold(cls, code, employee):
        return cls.env["gov.role.holder"].create(
            {
                "role_id": cls.roles[code].id,
                "employee_id": employee.id,
                "company_id": employee.company_id.id,
                "date_from": "2020-01-01",
            }
        )

    @classmethod
    def _create_product(cls, name, price, on_hand=0, **values):
        values.setdefault("type", "consu")
        product = cls.env["product.product"].create(
            {
                "name": name,
                "is_storable": values["type"] == "consu",
                "standard_price": price,
                **values,
            }
        )
        if on_hand:
            cls._set_stock(product, on_hand)
        return product

    @classmethod
    def _set_stock(cls, product, quantity):
        """Add ``quantity`` to the store."""
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def _on_hand(cls, product, location=None):
        location = location or cls.warehouse.lot_stock_id
        quants = cls.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "child_of", location.id)]
        )
        return sum(quants.mapped("quantity"))

    @staticmethod
    def _as(records, user):
        """Return ``records`` as ``user`` sees them in their own institution."""
        return records.with_user(user).with_context(
            allowed_company_ids=user.company_id.ids
        )

    @classmethod
    def _request(cls, *lines, user=None, kind="issue", **values):
        """Return a draft; each line is (product, quantity) or a dict of values."""
        user = user or cls.staff_user
        commands = [
            Command.create(
                line
                if isinstance(line, dict)
                else {"product_id": line[0].id, "quantity": line[1]}
            )
            for line in lines
        ]
        requests = cls._as(cls.env["gov.supply.request"], user)
        return requests.create({"kind": kind, "line_ids": commands, **values})

    def _approved(self, *lines, **values):
        """Return a request that has gone through its whole chain."""
        request = self._request(*lines, **values)
        request.action_submit()
        self._decide_all(request)
        return request

    def _decide_all(self, request):
        """Let everybody whose turn it is agree, until the chain has ended."""
        for _turn in range(20):
            if not self._decide_one(request):
                return
        self.fail("The chain does not end.")

    def _decide_one(self, request):
        """Let one person, or the meeting, agree; tell whether somebody had to."""
        seat = request.sudo().seat_ids.filtered(lambda s: s.state == "open")[:1]
        if not seat:
            return False
        if seat.step_id.kind == "meeting":
            self._hold_meeting(request)
            return True
        mine = request.with_user(seat.user_id)
        if seat.step_id.check_code == "funds":
            mine.action_set_fund_source("Office expenses")
        mine.action_approve()
        return True

    def _enter_meeting(self, *requests):
        """Return the record of a meeting that agreed to ``requests``, all present."""
        step = requests[0].sudo().current_step_id
        members = step.role_id._get_holders(self.company)
        meeting = (
            self.env["gov.approval.meeting"]
            .with_user(self.recorder_user)
            .create(
                {
                    "role_id": step.role_id.id,
                    "number": f"{len(members)}-{step.id}",
                    "date": self.company.gov_today(),
                    "chair_id": members[0].id,
                    "present_ids": [Command.set(members.ids)],
                    "scan": SIGNATURE,
                    "line_ids": [
                        Command.create({"step_id": request.sudo().current_step_id.id})
                        for request in requests
                    ],
                }
            )
        )
        meeting.action_enter()
        return meeting

    def _hold_meeting(self, *requests):
        """Let the committee agree to ``requests``, all four members present."""
        meeting = self._enter_meeting(*requests)
        meeting.with_user(self.second_user).action_confirm()
        return meeting

    def _step_names(self, request):
        steps = request.sudo().step_ids.filtered(
            lambda s: s.round == request.approval_round and s.state != "cancelled"
        )
        return steps.sorted("sequence").mapped("name")

    @staticmethod
    def _fingerprint():
        import hashlib

        return hashlib.sha256(base64.b64decode(SIGNATURE)).hexdigest()
