from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .common_trip import TripCase

PIN = "2580"


class DriverCase(TripCase):
    """Trips in the hands of drivers; the check before departure is asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls.env["gov.vehicle.check.item"]._for_vehicle(cls.car)
        cls.tablet_user = cls._create_user("gov_tablet", "gov_fleet.group_tablet")

    @classmethod
    def _waive_checks(cls):
        """The shipped clause asks for the check."""

    @classmethod
    def _answers(cls, vehicle=None, **faults):
        """Return answers to every item, in order but for ``faults``.

        :param faults: end of an item's external id → what is wrong.
        """
        items = cls.env["gov.vehicle.check.item"]._for_vehicle(vehicle or cls.car)
        answers = {item.id: True for item in items}
        for name, text in faults.items():
            item = cls.env.ref(f"gov_fleet.check_item_{name}")
            answers[item.id] = {"ok": False, "note": text}
        return answers

    @classmethod
    def _drive(cls, start, end, out=None, driver=None, vehicle=None, **values):
        """Return a trip that is back, as a slip typed by the dispatcher.

        :param start, end: datetimes in UTC.
        """
        vehicle = vehicle or cls.car
        out = vehicle.odometer_value if out is None else out
        return cls._slip(
            out,
            out + values.pop("km", 50),
            start,
            end,
            vehicle=vehicle,
            driver_id=(driver or cls.driver).id,
            **values,
        )

    @classmethod
    def _set_pin(cls, driver=None, pin=PIN):
        driver = driver or cls.firm_driver
        pins = cls._as(cls.env["gov.vehicle.pin"], cls.dispatcher_user)
        pins.action_set(driver.id, pin)
        cls.env.flush_all()

    def _refused(self, call, *arguments, **named):
        """Return the message with which ``call`` is refused."""
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            call(*arguments, **named)
        return str(caught.exception)

    @classmethod
    def _engine(cls, records):
        return engine(records.sudo())
