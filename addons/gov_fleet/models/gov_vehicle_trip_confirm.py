from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.tools.scan import clean_scan


class GovVehicleTrip(models.Model):
    """After the trip: the driver's signature and the user's confirmation."""

    _inherit = "gov.vehicle.trip"
    _protected_fields = frozenset({"signed_at", "sign_way", "driver_sheet_line_id"})

    is_my_use = fields.Boolean(
        string="I asked for it",
        compute="_compute_is_my_use",
        search="_search_is_my_use",
    )
    can_sign = fields.Boolean(compute="_compute_can_sign")
    signed_at = fields.Datetime(string="Driver signed at", readonly=True, copy=False)
    sign_way = fields.Selection(
        [
            ("screen", "On the screen"),
            ("pin", "By PIN on the tablet"),
            ("slip", "On the slip"),
        ],
        string="Driver signed",
        readonly=True,
        copy=False,
    )
    driver_sheet_line_id = fields.Many2one(
        "gov.driver.sheet.line",
        string="Drivers' sheet",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === Compute ===

    @api.depends("request_id")
    @api.depends_context("uid")
    def _compute_is_my_use(self):
        for trip in self:
            trip.is_my_use = trip._is_user_of()

    @api.model
    def _search_is_my_use(self, operator, value):
        if operator != "in":
            return NotImplemented
        user = self.env.user
        # sudo: only the user's own employee records.
        people = user.sudo().employee_ids.ids
        mine = (
            Domain("request_id.handler_id", "=", user.id)
            | Domain("request_id.employee_id", "in", people)
            | Domain("request_id.beneficiary_id", "in", people)
        )
        return mine if True in value else ~mine

    @api.depends("state", "driver_id", "signed_at")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for trip in self:
            trip.can_sign = (
                trip.state == "back" and not trip.signed_at and trip.is_my_trip
            )

    # === Signature of the driver ===

    def action_sign(self, signature):
        """Sign the own trip, as its driver.

        :param signature: the drawn signature as a picture (base64), JPEG or PNG.
        :return: True
        :raise UserError: not the driver, not back, signed before, or no picture.
        """
        self._check_one()
        self.check_access("read")
        if not self.is_my_trip:
            raise UserError(
                self.env._("%s is signed by its driver alone.", self.display_name)
            )
        self._driver_check_state("back")
        if self.signed_at:
            raise UserError(self.env._("%s is signed already.", self.display_name))
        if not signature:
            raise UserError(self.env._("The signature is missing."))
        # sudo: driver and state were checked just above.
        self._engine().signature = clean_scan(self.env, signature)[0]
        self._note_signature("screen")
        return True

    def _note_signature(self, way):
        """Note that the driver has signed; the caller has checked who.

        :param way: ``screen``, ``pin`` or ``slip``.
        """
        self._engine().write({"signed_at": fields.Datetime.now(), "sign_way": way})

    def _return(self, odometer, when=None, values=None):
        """A signature that comes with the return is the driver's own."""
        values = dict(values or {})
        signature = values.pop("signature", None)
        if signature:
            if not self.is_my_trip:
                raise UserError(
                    self.env._("%s is signed by its driver alone.", self.display_name)
                )
            values["signature"] = clean_scan(self.env, signature)[0]
        trip = super()._return(odometer, when, values)
        if signature:
            trip._note_signature("screen")
        return trip

    # === Confirmation of the user ===

    def action_confirm_mine(self):
        """Confirm the trip with one tap, as who used the vehicle.

        :return: True
        :raise UserError: the user neither asked for the trip nor used it, or the trip
            is not back.
        """
        for trip in self:
            trip._driver_check_state("back")
        self.action_confirm_use("app")
        return True
