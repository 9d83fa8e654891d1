from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.scan import clean_scan

from ..tools.signature import clean_signature

_TEXT_LIMIT = 4000


class GovPointsServiceMixin(models.AbstractModel):
    """A paper that is served on one person: a notice, the decision on an appeal.

    Signed by the person on the screen, signed on paper (an officer enters the scan),
    or refused before two witnesses; once, not before it was issued, not in the future.
    """

    _name = "gov.points.service.mixin"
    _description = "Paper Served on a Person"

    is_mine = fields.Boolean(compute="_compute_is_mine")
    can_sign = fields.Boolean(compute="_compute_can_serve")
    can_serve = fields.Boolean(compute="_compute_can_serve")

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for paper in self:
            # Only whether the paper is for the current user is asked.
            paper.is_mine = paper.sudo().employee_id.user_id == self.env.user

    @api.depends_context("uid")
    def _compute_can_serve(self):
        officer = self._is_officer()
        for paper in self:
            waits = paper._service_is_open()
            paper.can_sign = waits and paper.is_mine
            paper.can_serve = waits and officer and not paper.is_mine

    @api.model
    def _is_officer(self):
        return self.env.user.has_group("gov_points.group_points_officer")

    def _schedule_todos(self, xmlid, todos):
        """Create the to-dos of one kind.

        :param todos: (record, user, summary) or (record, user, summary, day) each.
        """
        if not todos:
            return
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    "activity_type_id": type_id,
                    "automated": True,
                    "summary": summary,
                    "user_id": user.id,
                    "date_deadline": day[0] if day else record.company_id.gov_today(),
                }
                for record, user, summary, *day in todos
            ]
        )

    # ------------------------------------------------------------- public actions

    def action_sign(self, signature):
        """Receive the notice: the person signs on the screen.

        :param signature: picture drawn by the person, base64.
        :return: True
        :raise UserError: without a signature, when the notice is somebody else's, or
            was served before.
        """
        paper = self._begin_service()
        if not paper.is_mine:
            raise UserError(
                self.env._(
                    "%(paper)s is for %(person)s, who alone can sign it here. What was "
                    "signed on paper is entered with its scan.",
                    paper=paper.display_name,
                    person=paper.person_name,
                )
            )
        picture, fingerprint = clean_signature(self.env, signature)
        return paper._serve(
            {
                "method": "app",
                "received_on": paper.company_id.gov_today(),
                "signature": picture,
                "signature_sha256": fingerprint,
            }
        )

    def action_serve_paper(self, received_on, scan, scan_name=None):
        """Record that the person signed the paper.

        :param received_on: day of receipt, as the person wrote it.
        :param scan: the signed paper (PDF, JPEG, PNG), base64.
        :param scan_name: name of the file, may be empty.
        :return: True
        :raise UserError: without a scan; not an officer, or an officer's own notice;
            received before issue or in the future; served before.
        """
        paper = self._begin_service()
        paper._check_officer()
        day = paper._check_received(received_on)
        content, fingerprint = clean_scan(self.env, scan)
        return paper._serve(
            {
                "method": "paper",
                "received_on": day,
                "scan": content,
                "scan_name": self._check_text(scan_name or "", required=False),
                "scan_sha256": fingerprint,
            }
        )

    def action_serve_refused(
        self, received_on, witness_ids, place, text, served_at=None, photo=None
    ):
        """Record that the person refused to sign, before two witnesses (留置送达).

        :param received_on: day on which the paper was handed over or left.
        :param witness_ids: two employees, neither the person nor of the office.
        :param place: where; required.
        :param text: what was said and how the paper was left; required.
        :param served_at: the time as text, may be empty.
        :param photo: picture of the paper where it was left, may be empty.
        :return: True
        :raise UserError: as :meth:`action_serve_paper`, or naming who cannot be a
            witness.
        """
        paper = self._begin_service()
        paper._check_officer()
        day = paper._check_received(received_on)
        # Only the person the notice is for is compared with.
        witnesses = self.env["gov.points.service"]._check_witnesses(
            witness_ids, paper.sudo().employee_id, paper.company_id
        )
        values = {
            "method": "refused",
            "received_on": day,
            "witness_ids": witnesses.ids,
            "place": self._check_text(place),
            "text": self._check_text(text),
            "served_at": self._check_text(served_at or "", required=False),
        }
        if photo:
            picture, fingerprint = clean_signature(self.env, photo)
            values.update(photo=picture, photo_sha256=fingerprint)
        return paper._serve(values)

    def action_open_sign(self):
        """Let the person read the paper and sign it on the screen.

        :return: a window action.
        """
        return self._open_serve("app")

    def action_open_serve(self):
        """Let an officer record service on paper, or the refusal to sign.

        :return: a window action.
        """
        method = self.env.context.get("default_method")
        return self._open_serve("refused" if method == "refused" else "paper")

    def _open_serve(self, method):
        paper = self._begin_service()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Receipt of %s", paper._service_number()),
            "res_model": "gov.points.serve.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": paper._name,
                "default_res_id": paper.id,
                "default_method": method,
            },
        }

    # -------------------------------------------------------------------- service

    def _begin_service(self):
        """Meet the rivals on the notice's row and check that it waits for service."""
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self.check_access("read")
        self._meet_rivals()
        if not self._service_is_open():
            raise UserError(
                self.env._(
                    "%(paper)s has been served on %(day)s already.",
                    paper=self.display_name,
                    day=format_day(self.env, self._service_received()),
                )
            )
        return self

    def _check_officer(self):
        if not self._is_officer():
            raise UserError(
                self.env._("Service on paper is recorded by a scoring officer.")
            )
        if self.is_mine:
            raise UserError(
                self.env._(
                    "%s is your own notice: sign it, or let another officer record it.",
                    self.display_name,
                )
            )

    def _check_received(self, value):
        """Return the day of receipt.

        :raise UserError: no day, before the notice was issued, or in the future.
        """
        day = to_day(self.env, value)
        if not day:
            raise UserError(self.env._("The day of receipt is missing."))
        if day < self._service_first_day():
            raise UserError(
                self.env._(
                    "Received on %(day)s: %(paper)s was issued on %(issued)s only.",
                    day=format_day(self.env, day),
                    paper=self.display_name,
                    issued=format_day(self.env, self._service_first_day()),
                )
            )
        today = self.company_id.gov_today()
        if day > today:
            raise UserError(
                self.env._(
                    "Received on %(day)s: that day lies in the future; today is "
                    "%(today)s.",
                    day=format_day(self.env, day),
                    today=format_day(self.env, today),
                )
            )
        return day

    @api.model
    def _check_text(self, value, required=True):
        """Return ``value`` as text without blanks around it.

        :raise UserError: no text, empty though required, or too long.
        """
        if not isinstance(value, str) or "\0" in value or len(value) > _TEXT_LIMIT:
            raise UserError(self.env._("“%s” is no text.", str(value)[:80]))
        value = value.strip()
        if required and not value:
            raise UserError(self.env._("Place and circumstances are required."))
        return value

    def _serve(self, values):
        """Record the service of this paper; what follows is its own matter."""
        self.ensure_one()
        # Person, state, day and evidence have just been checked by the caller.
        paper = engine(self.sudo())
        paper.env["gov.points.service"].create(
            {
                **values,
                **paper._service_paper(),
                "company_id": paper.company_id.id,
                "employee_id": paper.employee_id.id,
                "recorded_by_id": self.env.uid,
                "recorded_at": fields.Datetime.now(),
            }
        )
        paper._service_done(values)
        return True

    # ---------------------------------------------------------------------- hooks

    def _service_is_open(self):
        """Tell whether this paper waits for service."""
        raise NotImplementedError

    def _service_number(self):
        """Return the number of this paper."""
        return self.number

    def _service_print(self):
        """Return what the printed record names: title, number, department, day."""
        raise NotImplementedError

    def _service_first_day(self):
        """Return the day before which nobody can have received this paper."""
        raise NotImplementedError

    def _service_received(self):
        """Return the day on which it was received."""
        raise NotImplementedError

    def _service_paper(self):
        """Return what the record of service names the paper by."""
        raise NotImplementedError

    def _service_done(self, values):
        """Act once this paper has been served; in the engine's environment."""
