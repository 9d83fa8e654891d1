import base64
import io

from PIL import Image, ImageOps

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

from odoo.addons.gov_base.tools.days import format_day

from .input_check import plain_number

# A4 upright: 210 mm x 297 mm.
_PAGE_DPI = 200
_PAGE_PIXELS = (1654, 2339)


class GovSettlement(models.Model):
    """What the paper shows, and the pack that goes along with the payment."""

    _inherit = "gov.settlement"

    def _get_paper_sides(self):
        """Return the names on the paper: who pays (甲方) and who serves (乙方)."""
        self.ensure_one()
        own, other = self.company_id.name, self.other_name
        # sudo: who confirmed stands on the paper.
        rows = (
            self.sudo()
            .confirmation_ids.filtered(lambda r: r.kind == "confirm" and not r.is_void)
            .sorted("id")
        )
        people = {row.side: row.person or row.user_id.name for row in rows}
        names = {"own": people.get("own", ""), "other": people.get("other", "")}
        pays = "own" if self.service_role == "vendor" else "other"
        serves = "other" if pays == "own" else "own"
        sides = {"own": own, "other": other}
        return {
            "first": sides[pays],
            "second": sides[serves],
            "first_person": names[pays],
            "second_person": names[serves],
            "stamp": self.settlement_mode == "transfer",
        }

    def _get_pack(self):
        """Return the tables of the payment pack: title, head and rows of each."""
        self.ensure_one()
        # sudo: who may read the statement reads what it stands on.
        statement = self.sudo()
        return [
            section
            for section in (
                statement._get_pack_contract(),
                statement._get_pack_usage(),
                statement._get_pack_assessment(),
                statement._get_pack_confirmation(),
                statement._get_pack_bill(),
            )
            if section["rows"]
        ]

    def _get_pack_contract(self):
        contract = self.contract_id
        return {
            "title": self.env._("Contract"),
            "head": [],
            "rows": [
                [self.env._("Reference"), contract.code or ""],
                [self.env._("Name"), contract.name],
                [self.env._("Other side"), self.other_name],
                [
                    self.env._("Term"),
                    self._get_period_text(contract.date_start, contract.date_end),
                ],
                [
                    self.env._("Ceiling"),
                    self.currency_id.format(contract.ceiling)
                    if contract.ceiling
                    else "—",
                ],
                [
                    self.env._("Settled so far"),
                    self.currency_id.format(contract.amount_settled),
                ],
            ],
        }

    def _get_pack_usage(self):
        rows = self.env["gov.service.usage"].search(
            [("settlement_line_id", "in", self.line_ids.ids)],
            order="contract_line_id, date, id",
        )
        return {
            "title": self.env._("Usage"),
            "head": [
                self.env._("Day"),
                self.env._("Service"),
                self.env._("What for"),
                self.env._("Quantity"),
            ],
            "rows": [
                [
                    format_day(self.env, row.date),
                    row.contract_line_id.name or row.service_item_id.name or "",
                    row.name or "",
                    plain_number(row.quantity),
                ]
                for row in rows
            ],
        }

    def _get_pack_assessment(self):
        return {
            "title": self.env._("Assessment"),
            "head": [
                self.env._("Period"),
                self.env._("Criterion"),
                self.env._("Reason"),
                self.env._("Deduction"),
            ],
            "rows": [
                row
                for found in self.assessment_ids
                for row in (
                    *(
                        [
                            self._get_period_text(found.date_from, found.date_to),
                            line.criterion_id.name or "",
                            line.reason or "",
                            plain_number(line.deduction),
                        ]
                        for line in found.line_ids
                    ),
                    [
                        self._get_period_text(found.date_from, found.date_to),
                        self.env._("Final score"),
                        found.number or "",
                        plain_number(found.score),
                    ],
                )
            ],
        }

    def _get_pack_confirmation(self):
        """What both sides said of the service: its acceptance."""
        labels = dict(
            self.env["gov.settlement.confirmation"]
            ._fields["side"]
            ._description_selection(self.env)
        )
        kinds = dict(
            self.env["gov.settlement.confirmation"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        return {
            "title": self.env._("Acceptance by both sides"),
            "head": [
                self.env._("When"),
                self.env._("Side"),
                self.env._("Who"),
                self.env._("What"),
            ],
            "rows": [
                [
                    self.env["gov.paper"].time_text(row.date, self.company_id),
                    labels[row.side],
                    row.person or row.user_id.name,
                    " ".join(filter(None, (kinds[row.kind], row.reason))),
                ]
                for row in self.confirmation_ids.sorted("id")
                if not row.is_void
            ],
        }

    def _get_pack_bill(self):
        rows = []
        if self.move_id:
            rows.append(
                [
                    self.env._("Bill"),
                    self.move_id.name or self.move_id.ref or "",
                    format_day(self.env, self.move_id.invoice_date),
                    self.currency_id.format(self.amount_due),
                ]
            )
        if self.bill_number:
            rows.append(
                [
                    self.env._("Bill made elsewhere"),
                    self.bill_number,
                    "",
                    self.currency_id.format(self.amount_due),
                ]
            )
        rows += [
            [
                self.env._("Payment"),
                row.number,
                format_day(self.env, row.date),
                self.currency_id.format(row.amount),
            ]
            for row in self.payment_ids.sorted("id")
        ]
        return {"title": self.env._("Bill and payment"), "head": [], "rows": rows}

    def action_payment_pack(self):
        """Make one PDF of all that a payment needs.

        The statement, the contract, the usage, the assessment, what both sides said,
        bill and payment; then the scans of the contract and of the stamped statement.

        :return: an action that downloads the file.
        :raise UserError: the user may not read it, or it is not sealed.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        if not self.sealed_at:
            raise UserError(
                self.env._("The pack is made once %s is sealed.", self.display_name)
            )
        # sudo: read access and state were checked just above.
        report = self.env.ref("gov_logistics.action_report_settlement_pack").sudo()
        content, _kind = report._render_qweb_pdf(report.report_name, self.ids)
        parts = [content, *self.sudo()._get_pack_scans()]
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.number}.pdf",
                "raw": merge_pdf(parts) if len(parts) > 1 else content,
                "mimetype": "application/pdf",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _get_pack_scans(self):
        """Return the scans as PDF files: of the contract, of this paper.

        A scan that is a picture becomes one page of its own.
        """
        records = [self.contract_id, self, *self.confirmation_ids]
        contents = [
            base64.b64decode(record.with_context(bin_size=False).scan or b"")
            for record in records
        ]
        return [
            content if content.startswith(b"%PDF-") else self._get_picture_page(content)
            for content in contents
            if content
        ]

    @api.model
    def _get_picture_page(self, content):
        """Return a picture as one A4 page of a PDF file: upright, whole, centred.

        :param bytes content: JPEG or PNG, checked when it was put up.
        """
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
            picture.draft("RGB", _PAGE_PIXELS)
            picture = ImageOps.exif_transpose(picture).convert("RGBA")
        size = _PAGE_PIXELS
        if picture.width > picture.height:
            size = size[::-1]
        picture = ImageOps.contain(picture, size)
        page = Image.new("RGB", size, "white")
        place = ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2)
        page.paste(picture, place, picture)
        pdf = io.BytesIO()
        page.save(pdf, "PDF", resolution=_PAGE_DPI, quality=85)
        return pdf.getvalue()
