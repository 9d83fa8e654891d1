from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import find_record

_SETTERS = "gov_fleet.group_dispatcher"


class GovVehiclePin(models.Model):
    """The PIN of a driver on the car room's tablet.

    Drivers from a dispatch firm have no account: beside the dispatcher, who opens the
    dialog, they type their PIN themselves; a driver with an account sets it alone. It
    is kept as a hash, and locked for some minutes after a number of wrong tries
    (``vehicle.pin.tries``, ``vehicle.pin.lock``).
    """

    _name = "gov.vehicle.pin"
    _description = "Driver's PIN"
    _inherit = ["gov.pin.mixin"]
    _rec_name = "employee_id"
    _allow_sudo_commands = False
    _pin_owner = "employee_id"

    employee_id = fields.Many2one(
        "hr.employee",
        string="Driver",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    set_by_id = fields.Many2one(
        "res.users", string="Set beside", required=True, readonly=True
    )
    set_at = fields.Datetime(required=True, readonly=True)

    _employee_uniq = models.UniqueIndex("(employee_id)", "One PIN for one driver.")

    @api.model
    def action_set(self, driver_id, pin):
        """Set the PIN of a driver; it replaces an older one and its lock.

        :param int driver_id: id of the driver's employee record.
        :param str pin: 4 to 8 digits, not all the same.
        :return: True
        :raise UserError: no driver, the caller is neither the driver nor, for drivers
            without an account, the dispatcher; or the PIN is none.
        """
        message = self.env._("There is no such driver.")
        # sudo: which employees are drivers is no secret; nothing else is read.
        driver = find_record(self.env["hr.employee"].sudo(), driver_id, message)
        if driver not in self._drivers(driver.company_id):
            raise UserError(message)
        user = self.env.user
        account = driver.user_id.filtered("active")
        if account and account != user:
            raise UserError(
                self.env._(
                    "%s has an account: nobody else sets their PIN.", driver.name
                )
            )
        if not account and not (
            user.has_group(_SETTERS) and driver.company_id in user.company_ids
        ):
            raise UserError(
                self.env._(
                    "The PIN of %s is set beside the dispatcher, in the dispatcher's "
                    "account.",
                    driver.name,
                )
            )
        if not self._is_new_pin(pin):
            raise UserError(
                self.env._("A PIN has 4 to 8 digits, and not one digit only.")
            )
        # Person, driver and PIN were checked just above.
        engine(self.sudo())._set_pin(
            driver,
            pin,
            company_id=driver.company_id.id,
            set_by_id=user.id,
            set_at=fields.Datetime.now(),
        )
        return True

    # === Helpers ===

    @api.model
    def _drivers(self, company):
        """Return the employees who have a driver's card in ``company``."""
        # sudo: the names of the drivers stand on every slip; nothing else is shown.
        cards = self.env["gov.vehicle.driver"].sudo()
        found = cards.search(
            [("company_id", "=", company.id), ("employee_id.active", "=", True)]
        )
        return found.employee_id

    @api.model
    def _verify(self, driver, pin):
        """Refuse unless ``pin`` is the PIN of ``driver``.

        :param driver: record of ``hr.employee``.
        :return: True
        :raise UserError: wrong, locked or not set yet.
        """
        policy = self.env["gov.policy"].sudo()  # the clauses are no secret
        driver = driver.sudo()  # only name and institution are read
        company = driver.company_id
        outcome, figure = self._count_try(
            driver,
            pin,
            policy.get_value("vehicle.pin.tries", company=company),
            policy.get_value("vehicle.pin.lock", company=company),
        )
        if outcome == "right":
            return True
        texts = {
            "missing": self.env._(
                "%s has no PIN yet: it is set beside the dispatcher.", driver.name
            ),
            "locked": self.env._(
                "The PIN of %(name)s is locked after too many wrong tries; try again "
                "in %(minutes)s minutes, or let the dispatcher enter it.",
                name=driver.name,
                minutes=figure,
            ),
            "wrong": self.env._(
                "This is not the PIN of %(name)s; %(left)s more tries.",
                name=driver.name,
                left=figure,
            ),
        }
        raise UserError(texts[outcome])
