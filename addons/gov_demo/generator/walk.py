"""Walks matters through the approval engine, each step by the person concerned."""

import base64

from odoo.fields import Command
from odoo.tools import file_open

# Who serves at the counter and who buys; a second clerk serves the first.
CLERKS = ("houxiaoman", "zhaojianguo")
BUYER = "baijianxun"
# Who enters the record of a meeting, and who of its members confirms it.
RECORDER = "huxiaofang"
CONFIRMERS = ("zhuningyuan", "yaoguifen")
# Economic items: what stands on desks for years, and everything else.
EQUIPMENT_ITEM, OFFICE_ITEM = "31002", "30201"
OPINIONS = {
    "department_head": "拟同意",
    "price": "库存、价格已核",
    "funds": "经费已核",
    "clause": "符合集中采购目录和限额规定",
}


class Walker:
    """Acts as the users of the agency, without any right of its own.

    :ivar env: the environment of the loader; every step leaves it for ``with_user``.
    """

    def __init__(self, loader):
        self.loader = loader
        self.env = loader.env
        self.admin = loader.ref("base.user_admin")
        self.meetings = 0
        with file_open("gov_demo/static/img/signature.png", "rb") as stream:
            self.signature = base64.b64encode(stream.read())

    def user(self, login):
        return self.admin if login == "admin" else self.loader.ref(f"user_{login}")

    # ------------------------------------------------------------- ask and decide

    def ask(self, login, rows):
        """Create requests as ``login``.

        :param rows: list of (name, values).
        """
        requests = self.env["gov.supply.request"].with_user(self.user(login))
        requests = requests.create([values for __, values in rows])
        self.loader.remember(
            {name: request for (name, __), request in zip(rows, requests, strict=True)}
        )
        return requests

    @staticmethod
    def stage(request):
        """Return which post or check the matter waits for."""
        # The generator looks at its own matters; each step is done as its user.
        step = request.sudo().current_step_id
        return step.check_code or step.role_id.code or step.approver_kind

    def decider(self, request):
        """Return the first user, in rank order, whose turn it is."""
        # The generator looks at its own matters; each step is done as its user.
        seats = request.sudo().current_step_id.seat_ids
        users = seats.filtered(lambda seat: seat.state == "open").user_id
        people = users.employee_id.sorted("rank_sequence").user_id
        return (people - self.admin)[:1] or users[:1]

    def advance(self, request, purchase):
        """Close the open step of ``request`` by one decision."""
        stage = self.stage(request)
        # The generator looks at its own matters; each step is done as its user.
        if request.sudo().current_step_id.kind == "meeting":
            self.confirm_meeting(self.enter_meeting(request), request)
            return
        matter = request.with_user(self.decider(request))
        if stage == "price":
            if values := self._get_prices(matter, purchase):
                matter.action_price_lines(values)
        if stage == "funds":
            matter.action_set_fund_source(purchase["fund"], self._get_money(matter))
        matter.action_approve(OPINIONS.get(stage, "同意"))

    def enter_meeting(self, request):
        """Enter the record of a meeting at which ``request`` was agreed to."""
        # The generator looks at its own matters; each step is done as its user.
        step = request.sudo().current_step_id
        meetings = self.env["gov.approval.meeting"].with_user(self.user(RECORDER))
        members = step.role_id._get_holders(self.loader.company)
        members = members.filtered(lambda m: m.user_id != self.admin)
        today = self.loader.company.gov_today()
        self.meetings += 1
        meeting = meetings.create(
            {
                "role_id": step.role_id.id,
                "number": f"〔{today.year}〕第{self.meetings}次",
                "date": today,
                "chair_id": members.sorted("rank_sequence")[:1].id,
                "present_ids": [Command.set(members.ids)],
                "scan": self.signature,
                "scan_name": "纪要摘录.png",
                "line_ids": [Command.create({"step_id": step.id})],
            }
        )
        meeting.action_enter()
        return meeting

    def confirm_meeting(self, meeting, request):
        """Confirm the record as a member who is no party of ``request``."""
        # The generator looks at its own matters; each step is done as its user.
        parties = request.sudo()._approval_party_users()
        members = [self.user(login) for login in CONFIRMERS]
        member = next(user for user in members if user not in parties)
        meeting.with_user(member).action_confirm()

    def walk(self, request, purchase, until=None):
        """Have ``request`` decided until it waits at the stage ``until``."""
        while request.approval_state == "submitted" and self.stage(request) != until:
            self.advance(request, purchase)

    def _get_money(self, matter):
        """Return the budget line of lines whose section has none of its own for them.

        Equipment is paid by the section that keeps it, services by the applicant's.
        """
        named = {}
        # The generator looks at its own matters; each step is done as its user.
        for line in matter.sudo().line_ids.filtered(lambda row: not row.budget_line_id):
            item = line.product_id.categ_id._get_budget_item(self.loader.company)
            owner = "assets" if item.code == EQUIPMENT_ITEM else None
            named[line.id] = self._find_money(matter, item, owner).id
        return named

    def _find_money(self, matter, item, owner):
        lines = self.env["gov.budget.line"]
        if owner:
            return self.loader.ref(f"budget_{owner}_{item.code}")
        return lines.search(
            [
                ("department_id", "=", matter.sudo().department_id.id),
                ("item_id.code", "=", OFFICE_ITEM),
            ],
            limit=1,
        )

    def _get_prices(self, matter, purchase):
        """Return what the store enters in the price check, by line id."""
        values = {}
        for line, row in zip(matter.line_ids, purchase["lines"], strict=True):
            entry = {}
            if row["answer"]:
                name = "service" if row["kind"] != "goods" else "product"
                entry["product_id"] = self.loader.ref(f"{name}_{row['answer']}").id
                entry["price_unit"] = float(row["price"])
            if row["vendor"]:
                entry["vendor_id"] = self.loader.ref(f"vendor_{row['vendor']}").id
            if entry:
                values[line.id] = entry
        return values

    # -------------------------------------------------------------- carry it out

    def clerk(self, request):
        """Return the clerk who may serve this request."""
        # The generator looks at its own matters; each step is done as its user.
        own = (request.sudo().employee_id | request.sudo().beneficiary_id).user_id
        first, second = (self.user(login) for login in CLERKS)
        return second if first in own else first

    def issue(self, request, quantities=None):
        """Hand the goods out against the signature of the receiver."""
        request = request.with_user(self.clerk(request))
        request.action_issue(signature=self.signature, quantities=quantities)

    def order(self, request):
        """Confirm the orders of ``request`` as its buyer."""
        # The generator looks at its own matters; each step is done as its user.
        orders = request.sudo().purchase_ids.with_user(self.user(BUYER))
        orders.button_confirm()
        return orders

    def receive(self, request, orders, part=False):
        """Receive what was ordered: goods by the clerk, services by the buyer.

        :param part: receive the first line only.
        """
        services = orders.order_line.filtered(
            lambda line: line.product_id.type == "service"
        )
        for line in services:
            line.qty_received = line.product_qty
        pickings = orders.picking_ids.with_user(self.clerk(request))
        for picking in pickings:
            for number, move in enumerate(picking.move_ids):
                done = not part or not number
                move.quantity = move.product_uom_qty if done else 0
                move.picked = done
            picking.with_context(skip_backorder=True).button_validate()

    def bought_line(self, row):
        """Return the values of a line that was bought before the system was there."""
        if row["product"]:
            product = self.loader.ref(f"product_{row['product']}")
            return {"product_id": product.id, "quantity": float(row["quantity"])}
        return {
            "product_id": self.loader.ref(f"service_{row['answer']}").id,
            "name": row["description"],
            "line_type": row["kind"],
            "quantity": float(row["quantity"]),
            "price_unit": float(row["price"]),
        }

    def line_commands(self, rows):
        """Return the commands that enter the lines of a purchase."""
        commands = []
        for row in rows:
            values = {"quantity": float(row["quantity"])}
            if row["product"]:
                values["product_id"] = self.loader.ref(f"product_{row['product']}").id
            else:
                values.update(
                    name=row["description"],
                    line_type=row["kind"],
                    estimate=float(row["estimate"]),
                    uom_id=self.loader.ref(f"uom_{row['unit']}").id,
                )
            commands.append(Command.create(values))
        return commands
