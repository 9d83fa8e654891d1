import base64
import csv
import io

from odoo import api, fields, models

from .gov_guard import engine

_HEADER = ["chain", "links", "hash", "waiting", "last link (UTC)"]


class GovSealExport(models.Model):
    """The heads of a company's chains at the end of a day, as a file.

    Made daily by the scheduler, for supervision to keep elsewhere. A chain that was
    rebuilt later has another hash at the same number, and :meth:`GovSeal.verify`
    says so. Supervision reads it, nobody writes it.
    """

    _name = "gov.seal.export"
    _inherit = ["gov.guard.mixin"]
    _description = "Daily Chain Heads"
    _order = "date desc, company_id"
    _rec_name = "date"
    _allow_sudo_commands = False
    _engine_only = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    date = fields.Date(required=True, readonly=True)
    file = fields.Binary(string="List", readonly=True, attachment=True)
    file_name = fields.Char(readonly=True)

    _date_uniq = models.UniqueIndex(
        "(company_id, date)", "The chain heads of this day have been listed already."
    )

    @api.model
    def _cron_export(self):
        """Write today's list of every company that has a chain and no list yet."""
        # the scheduler writes for all companies; a list holds no matter's content
        heads = self.env["gov.seal.head"].sudo().search([("sequence", ">", 0)])
        waiting = {
            (company, chain): count
            for company, chain, count in self.env["gov.seal"]
            .sudo()  # counts only, see above
            ._read_group(
                [("sequence", "=", False)], ["company_id", "chain"], ["__count"]
            )
        }
        for company, found in heads.grouped("company_id").items():
            today = company.gov_today()
            if self.sudo().search_count(  # existence only
                [("company_id", "=", company.id), ("date", "=", today)], limit=1
            ):
                continue
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow(_HEADER)
            for head in found:
                count = waiting.get((company, head.chain), 0)
                writer.writerow(
                    [head.chain, head.sequence, head.hash, count, head.linked_at or ""]
                )
            # written by the engine for the scheduler, from the rows read above
            engine(self.sudo()).create(
                {
                    "company_id": company.id,
                    "date": today,
                    "file": base64.b64encode(text.getvalue().encode("utf-8-sig")),
                    "file_name": f"chain-heads-{company.id}-{today}.csv",
                }
            )

    @api.model
    def _exported_heads(self, chain, company):
        """Return ``{number of the link: hash}`` as the lists have it for a chain."""
        # called by the verifier, which checked who asks for which company
        exports = self.sudo().search([("company_id", "=", company.id)])
        files = exports.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "file"),
                ("res_id", "in", exports.ids),
            ]
        )
        heads = {}
        for attachment in files:
            # a list that was lost or damaged on the disk says nothing
            text = (attachment.raw or b"").decode("utf-8-sig", errors="replace")
            for row in csv.reader(io.StringIO(text)):
                if len(row) == len(_HEADER) and row[0] == chain and row[1].isdigit():
                    heads[int(row[1])] = row[2]
            attachment.invalidate_recordset()
        return heads
