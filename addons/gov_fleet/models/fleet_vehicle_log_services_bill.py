import csv
import io

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class FleetVehicleLogServices(models.Model):
    """The vendor bill of an accepted order, made once."""

    _inherit = "fleet.vehicle.log.services"

    def action_bill(self):
        """Make the vendor bill of accepted orders, once for each.

        Without a purchase journal the order is left to be billed elsewhere:
        :meth:`action_export` and :meth:`action_billed_elsewhere`.

        :return: True
        :raise UserError: naming the state or the person, or the other order on which
            the same bill stands.
        """
        for order in self.sorted("id"):
            document = order._start("bill")
            document._check_billed_once()
            if document.is_elsewhere:
                raise UserError(
                    self.env._(
                        "%s is billed elsewhere: fill back the number of its voucher.",
                        order.display_name,
                    )
                )
            journal = document._get_purchase_journal()
            if not journal:
                document.is_elsewhere = True
                continue
            move = document._create_move(journal)
            document.write({"move_id": move.id, "settled_at": fields.Datetime.now()})
            document._settle_supplements()
        return True

    def _check_billed_once(self):
        """Refuse a bill of this shop that was billed before, in the year of its date.

        Bills are numbered anew each year; one that finance typed by hand counts too.

        :raise UserError: naming the order or the bill on which it stands.
        """
        self.ensure_one()
        shop, day = self.vendor_id.commercial_partner_id, self.bill_date
        # The row that two orders of one shop share: the loser looks again.
        self.env.execute_query(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id = %s"
                " RETURNING id",
                shop.id,
            )
        )
        year = [day.replace(month=1, day=1), day + relativedelta(month=12, day=31)]
        other = self.search(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("vendor_id", "child_of", shop.id),
                ("bill_number", "=", self.bill_number),
                ("bill_date", ">=", year[0]),
                ("bill_date", "<=", year[1]),
                ("settled_at", "!=", False),
            ],
            limit=1,
        ) or self.env["account.move"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("move_type", "=", "in_invoice"),
                ("state", "!=", "cancel"),
                ("commercial_partner_id", "=", shop.id),
                ("ref", "=", self.bill_number),
                ("invoice_date", ">=", year[0]),
                ("invoice_date", "<=", year[1]),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "Bill %(bill)s of %(shop)s was billed with %(other)s already: "
                    "%(order)s is not billed with it again. If the shop wrote one bill "
                    "for several orders, ask it for a bill per order.",
                    bill=self.bill_number,
                    shop=shop.display_name,
                    other=other.display_name,
                    order=self.display_name,
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
        """Make the vendor bill as a draft: one line with the billed sum, tax in it."""
        return (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "in_invoice",
                    "journal_id": journal.id,
                    "company_id": self.company_id.id,
                    "partner_id": self.vendor_id.id,
                    "invoice_date": self.bill_date,
                    "invoice_origin": self.number,
                    # As it stands on the paper: by it a bill is found twice.
                    "ref": self.bill_number,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": self._get_bill_text(),
                                "quantity": 1,
                                "price_unit": self.amount_billed,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )

    def _get_bill_text(self):
        plate = self.vehicle_id.license_plate or self.vehicle_id.display_name
        return f"{self.number} {plate} {self.description}"

    def _settle_supplements(self):
        """What was added to this order is billed with it."""
        done = self.supplement_ids.filtered(lambda o: o.order_state == "accepted")
        done.write({"settled_at": self.settled_at, "move_id": self.move_id.id})

    def action_billed_elsewhere(self, number):
        """Fill back the number of the voucher that another system has made.

        :param number: text; required.
        :return: True
        :raise UserError: no text, there is a journal here, or the bill was billed
            with another order.
        """
        number = self._check_order_text(number, self.env._("The number is missing."))
        for order in self.sorted("id"):
            document = order._start("bill")
            document._check_billed_once()
            if not document.is_elsewhere:
                raise UserError(
                    self.env._(
                        "%s is billed here: there is a journal.", order.display_name
                    )
                )
            document.write({"inv_ref": number, "settled_at": fields.Datetime.now()})
            document._settle_supplements()
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
        stream = io.StringIO()
        writer = csv.writer(stream)
        header = self.env._(
            "Number|Vehicle|Shop|Bill|Date of the bill|Billed amount|Line|Quantity|"
            "Price|Amount"
        )
        writer.writerow(header.split("|"))
        for order in orders.sorted("id"):
            for line in order.part_line_ids:
                writer.writerow(
                    self._get_safe_cell(value)
                    for value in (
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
                )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "repair-orders.csv",
                "raw": ("\ufeff" + stream.getvalue()).encode(),
                "mimetype": "text/csv",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    @api.model
    def _get_safe_cell(self, value):
        """Return a cell that no spreadsheet takes for a formula."""
        return self.env["gov.settlement"]._get_safe_cell(value)
