from odoo import api, models
from odoo.tools import SQL


class MailMessage(models.Model):
    """What was written about a case is read by who may read the case, nobody else.

    Core shows a message to its author and to whom it was sent as well, whatever may
    have happened since: here they may have become a party of the case, or the case may
    have been transferred out and is closed to the office.
    """

    _inherit = "mail.message"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        query = super()._search(domain, offset, limit, order, **kwargs)
        if self.env.su or kwargs.get("bypass_access"):
            return query
        found = self.browse(query.get_result_ids())
        hidden = found._get_closed_of_cases()
        return (found - hidden)._as_query(order) if hidden else query

    def _get_forbidden_access(self, operation):
        forbidden = super()._get_forbidden_access(operation)
        return forbidden | (self - forbidden)._get_closed_of_cases()

    def _get_closed_of_cases(self):
        """Return the messages of conduct cases that the user may not read."""
        if not self.ids:
            return self
        rows = self.env.execute_query(
            SQL(
                "SELECT id, res_id FROM mail_message"
                " WHERE id = ANY(%s) AND model = 'gov.points.case'",
                self.ids,
            )
        )
        cases = self.env["gov.points.case"].browse({row[1] for row in rows})
        readable = set(cases._filtered_access("read").ids)
        return self.browse(row[0] for row in rows if row[1] not in readable)
