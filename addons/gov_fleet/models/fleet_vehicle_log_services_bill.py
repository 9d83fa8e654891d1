from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.rivals import meet_rivals


class FleetVehicleLogServices(models.Model):
    """The vendor bill of an accepted order, made once."""

    _inherit = "fleet.vehicle.log.services"

    def action_bill(self):
        """Make the vendor bills of accepted orders, each order once.

        Orders that a shop wrote on one bill are billed in one call, as one bill.
        Without a purchase journal they are left to be billed elsewhere:
        :meth:`action_export` and :meth:`action_billed_elsewhere`.

        :return: True
        :raise UserError: naming the state or the person, or with what the same bill
            was billed before.
        """
        for orders in self._start_bills():
            if orders.filtered("is_elsewhere"):
                raise UserError(
                    self.env._(
                        "%s is billed elsewhere: fill back the number of its voucher.",
                        orders.filtered("is_elsewhere")[0].display_name,
                    )
                )
            journal = orders[0]._get_purchase_journal()
            if not journal:
                orders.is_elsewhere = True
                continue
            move = orders._create_move(journal)
            orders.write({"move_id": move.id, "settled_at": fields.Datetime.now()})
            orders._settle_supplements()
        return True

    def _start_bills(self):
        """Meet rivals, check each order; return them by the bill of the shop.

        A bill is known by shop, number and year, as where it is looked for twice.
        """
        bills = {}
        for order in self.sorted("id"):
            document = order._start("bill")
            key = (
                document.company_id,
                document.vendor_id.commercial_partner_id,
                document.bill_number,
                document.bill_date.year,
            )
            bills[key] = bills.get(key, document) | document
        for orders in bills.values():
            orders._check_billed_once()
        return list(bills.values())

    def _check_billed_once(self):
        """Refuse a bill of a shop that was billed before, in the year of its date.

        Bills are numbered anew each year; one that finance typed by hand counts too.

        :raise UserError: naming the order or the bill on which it stands.
        """
        shop = self.vendor_id.commercial_partner_id
        number, day = self[0].bill_number, self[0].bill_date
        # The row that two orders of one shop share: the loser looks again.
        meet_rivals(shop)
        first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
        other = self.search(
            [
                ("id", "not in", self.ids),
                ("company_id", "=", self.company_id.id),
                ("vendor_id", "child_of", shop.id),
                ("bill_number", "=", number),
                ("bill_date", ">=", first),
                ("bill_date", "<=", last),
                ("settled_at", "!=", False),
            ],
            limit=1,
        ) or self.env["account.move"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("move_type", "=", "in_invoice"),
                ("state", "!=", "cancel"),
                ("commercial_partner_id", "=", shop.id),
                ("ref", "=", number),
                ("invoice_date", ">=", first),
                ("invoice_date", "<=", last),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "Bill %(bill)s of %(shop)s was billed with %(other)s already: "
                    "%(order)s is not billed with it again. Orders that the shop wrote "
                    "on one bill are chosen in the list and billed together.",
                    bill=number,
                    shop=shop.display_name,
                    other=other.display_name,
                    order=self[0].display_name,
                )
            )

    def _get_purchase_journal(self):
        return self.env["account.journal"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "purchase"),
                ("default_account_id", "!=", False),
            ],
            order="sequence, id",
            limit=1,
        )

    def _create_move(self, journal):
        """Make the vendor bill as a draft: the billed sum of each order, tax in it."""
        first = self[0]
        return (
            self.env["account.move"]
            .with_company(first.company_id)
            .create(
                {
                    "move_type": "in_invoice",
                    "journal_id": journal.id,
                    "company_id": first.company_id.id,
                    "partner_id": first.vendor_id.id,
                    "invoice_date": first.bill_date,
                    "invoice_origin": ", ".join(self.mapped("number")),
                    # As it stands on the paper: by it a bill is found twice.
                    "ref": first.bill_number,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": order._get_bill_text(),
                                "quantity": 1,
                                "price_unit": order.amount_billed,
                                "tax_ids": [Command.clear()],
                            }
                        )
                        for order in self
                    ],
                }
            )
        )

    def _get_bill_text(self):
        plate = self.vehicle_id.license_plate or self.vehicle_id.display_name
        return f"{self.number} {plate} {self.description}"

    def _settle_supplements(self):
        """What was added to these orders is billed with them."""
        done = self.supplement_ids.filtered(lambda o: o.order_state == "accepted")
        done.write({"settled_at": self[0].settled_at, "move_id": self.move_id.id})

    def action_billed_elsewhere(self, number):
        """Fill back the number of the voucher that another system has made.

        :param number: text; required.
        :return: True
        :raise UserError: no text, there is a journal here, or the bill was billed
            with another order.
        """
        number = self._check_order_text(number, self.env._("The number is missing."))
        for orders in self._start_bills():
            if here := orders.filtered(lambda order: not order.is_elsewhere):
                raise UserError(
                    self.env._(
                        "%s is billed here: there is a journal.", here[0].display_name
                    )
                )
            orders.write({"inv_ref": number, "settled_at": fields.Datetime.now()})
            orders._settle_supplements()
        return True

    def action_export(self):
        """Return these orders with their lines as a file for another system's books.

        :return: an action that downloads a CSV file.
        :raise UserError: not a technician, or none is accepted.
        """
        self.check_access("read")
        orders = self.filtered(lambda o: o.order_state in ("accepted", "done"))
        if not self._is_technician() or not orders:
            raise UserError(
                self.env._("A vehicle technician exports orders that are accepted.")
            )
        header = self.env._(
            "Number|Vehicle|Shop|Bill|Date of the bill|Billed amount|Line|Quantity|"
            "Price|Amount"
        )
        rows = [
            (
                order.number,
                order.vehicle_id.license_plate or order.vehicle_id.display_name,
                order.vendor_id.display_name,
                order.bill_number,
                order.bill_date,
                f"{order.amount_billed:.2f}",
                line.name,
                line.quantity,
                line.price_unit,
                f"{line.amount:.2f}",
            )
            for order in orders.sorted("id")
            for line in order.part_line_ids
        ]
        return self.env["gov.settlement"]._download_csv(
            "repair-orders.csv", header.split("|"), rows
        )
