from odoo import api, fields, models
from odoo.exceptions import UserError

from .input_check import find_record

COUNTER_METHODS = [
    ("signature", "Signature on screen"),
    ("pin", "Liaison's PIN"),
    ("paper", "Signed on paper"),
]
_REFERENCE_LIMIT = 40


class GovSupplyCounterMixin(models.AbstractModel):
    """How whoever receives goods signs for them.

    Three ways, one of which each issue needs: a signature drawn on screen, the PIN of
    the department's liaison, or the book and page of the paper register in which they
    signed; its scan follows. One signature may stand for many requests of one
    department. The counter side of ``gov.supply.request``.
    """

    _name = "gov.supply.counter.mixin"
    _description = "Signing at the Counter"

    _protected_fields = frozenset({"counter_method"})

    counter_method = fields.Selection(
        COUNTER_METHODS,
        string="Signed by",
        compute="_compute_counter_method",
        store=True,
        help="How the last issue of this request was signed for.",
    )

    @api.depends("picking_ids.counter_method")
    def _compute_counter_method(self):
        for request in self:
            methods = request.picking_ids.sorted("id").mapped("counter_method")
            request.counter_method = next(filter(None, reversed(methods)), False)

    # ------------------------------------------------------------ public actions

    def action_issue_together(
        self,
        signature=None,
        receiver_id=None,
        pin=None,
        liaison_id=None,
        book=None,
        page=None,
        old_items=None,
    ):
        """Hand out several approved requests of one department, one signature for all.

        :param signature: image drawn by the receiver, base64.
        :param receiver_id: employee who signs; without it the one user of all goods.
        :param pin: PIN of the department's liaison, instead of a signature.
        :param liaison_id: user whose PIN it is, when the department has several.
        :param book: number of the paper register, instead of a signature.
        :param page: page in it.
        :param old_items: as for ``action_issue``.
        :return: True
        :raise UserError: as ``action_issue``, naming the request; then nothing is
            issued.
        """
        requests = self.exists().sorted("id")
        requests._check_together()
        if not receiver_id and not pin:
            # Only who uses the goods is read.
            receivers = requests.sudo().beneficiary_id
            if len(receivers) > 1:
                raise UserError(
                    self.env._(
                        "These requests are for %(names)s: say who signs for all.",
                        names=receivers.mapped("name"),
                    )
                )
        evidence = requests[:1]._prepare_evidence(
            signature, receiver_id, pin, liaison_id, book, page
        )
        requests._issue_together(evidence, old_items)
        return True

    def action_open_sign_wizard(self):
        """Ask for the one signature of the selected requests.

        :return: a window action.
        :raise UserError: when they are not of one department.
        """
        self._check_together()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("One signature for all"),
            "res_model": "gov.supply.sign.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_ids": self.ids},
        }

    # -------------------------------------------------------------------- engine

    def _check_together(self):
        """Refuse requests that one signature cannot stand for."""
        if not self:
            raise UserError(self.env._("Choose the requests to hand out."))
        self.check_access("read")
        if len(self.department_id) > 1 or len(self.company_id) > 1:
            raise UserError(
                self.env._(
                    "One signature stands for requests of one department; chosen are "
                    "%(departments)s.",
                    departments=self.department_id.mapped("name"),
                )
            )
        if len(self) != len(self.filtered(lambda r: r.state == "approved")):
            closed = self.filtered(lambda request: request.state != "approved")
            closed[:1]._check_approved()

    def _issue_together(self, evidence, old_items=None):
        """Issue each request on the same evidence, all or none."""
        if old_items is not None and not isinstance(old_items, dict):
            raise UserError(self.env._("Give a value for each line."))
        # Whether the receiver is one of these clerks is asked for each request.
        receiver_id = evidence["supply_receiver_id"]
        for request in self.sorted("id"):
            request._check_counter(receiver_id)
            mine = {str(line_id) for line_id in request.line_ids.ids}
            items = {
                key: value
                for key, value in (old_items or {}).items()
                if str(key) in mine
            }
            request._issue(evidence, None, items)

    def _prepare_evidence(
        self,
        signature=None,
        receiver_id=None,
        pin=None,
        liaison_id=None,
        book=None,
        page=None,
    ):
        """Check how the receiver signed.

        :return: dict of the values that the transfer keeps as evidence.
        :raise UserError: when there is no way or more than one, or it does not hold.
        """
        self.ensure_one()
        receiver = self._check_counter(receiver_id)
        ways = [bool(signature), bool(pin), bool(book or page)]
        if sum(ways) > 1:
            raise UserError(
                self.env._("One way of signing is enough: screen, PIN or paper.")
            )
        if pin:
            liaison = self._find_liaison(liaison_id)
            self.env["gov.supply.pin"]._verify(liaison, pin, self.company_id)
            return self._prepare_pin_evidence(liaison, receiver_id)
        if book or page:
            return {
                "counter_method": "paper",
                "supply_receiver_id": receiver.id,
                "supply_book": self._check_reference(book),
                "supply_page": self._check_reference(page),
            }
        image, fingerprint = self._clean_signature(signature)
        return {
            "counter_method": "signature",
            "supply_receiver_id": receiver.id,
            "supply_signature": image,
            "supply_signature_hash": fingerprint,
        }

    def _prepare_pin_evidence(self, liaison, receiver_id=None):
        """Return the evidence of a PIN that has been verified."""
        # The liaison takes the goods along, unless somebody else is named.
        employee = liaison.sudo().with_company(self.company_id).employee_id
        return {
            "counter_method": "pin",
            "supply_receiver_id": self._check_counter(receiver_id or employee.id).id,
            "supply_liaison_id": liaison.id,
        }

    def _find_liaison(self, liaison_id=None):
        """Return the liaison of the department whose PIN is given."""
        # Who is the liaison of a department is no secret.
        liaisons = self.department_id.sudo().liaison_ids.filtered("active")
        if liaison_id:
            refusal = self.env._("There is no such liaison.")
            liaison = find_record(liaisons.browse(), liaison_id, refusal)
        else:
            liaison = liaisons if len(liaisons) == 1 else liaisons.browse()
        if not liaison or liaison not in liaisons:
            raise UserError(
                self.env._(
                    "The liaison of %(department)s signs with a PIN: %(names)s.",
                    department=self.department_id.name,
                    names=liaisons.mapped("name") or "-",
                )
            )
        if liaison == self.env.user:
            raise UserError(
                self.env._("Whoever hands out does not sign for the department.")
            )
        return liaison

    def _check_reference(self, value):
        """Return number of book or page as text; both are needed."""
        text = str(value).strip() if isinstance(value, str | int) and value else ""
        if not text or value is True or len(text) > _REFERENCE_LIMIT or "\0" in text:
            raise UserError(
                self.env._(
                    "Signed on paper: enter the number of the register and the page."
                )
            )
        return text

    def _clean_old_items(self, lines, old_items):
        """Return what came back for each line that is handed out old for new.

        :param lines: lines that are issued.
        :param old_items: dict line id → True, or the reason why nothing came back.
        :return: dict line → values of its move.
        """
        given = self._clean_lines(old_items) if old_items else {}
        result = {}
        for line in lines:
            value = given.get(line)
            reason = value.strip() if isinstance(value, str) else ""
            if "\0" in reason or len(reason) > 500:
                reason = ""
            if value is True or reason:
                result[line] = {
                    "supply_old_returned": value is True,
                    "supply_old_reason": reason or False,
                }
            elif line.product_id.old_for_new:
                raise UserError(
                    self.env._(
                        "%(line)s is handed out old for new: tick that the old one "
                        "came back, or say why not.",
                        line=line.display_name,
                    )
                )
        return result
