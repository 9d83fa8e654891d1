from odoo.tests import HttpCase, tagged

from .common_sealing import SealingCase


@tagged("post_install", "-at_install")
class TestSealingTours(SealingCase, HttpCase):
    """List, seal, unseal, finding: in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        users = cls.env["res.users"].search([("company_id", "=", cls.company.id)])
        users.lang = "zh_CN"
        cls.sealing = cls._list()
        for line in cls.sealing.line_ids:
            if line.vehicle_id not in cls.car + cls.car2:
                line.write({"kind": "exempt", "reason": "Not in the tour"})

    def test_seal_and_unseal(self):
        self.start_tour(
            "/odoo/vehicle-sealing", "gov_sealing_seal", login="gov_dispatcher"
        )
        self.assertEqual(self.sealing.state, "sealed")
        line = self._line(self.sealing, self.car)
        self.assertEqual((line.state, line.odometer_in), ("sealed", 10000))
        self.start_tour(
            "/odoo/vehicle-sealing", "gov_sealing_unseal", login="gov_dispatcher"
        )
        self.assertEqual((self.sealing.state, line.difference), ("unsealed", 38))
        self.assertTrue(self._found("vehicle_sealing_odometer", line))
        self.start_tour(
            "/odoo/findings",
            "gov_sealing_finding",
            login="gov_supervision",
        )


@tagged("post_install", "-at_install")
class TestSealingPhoneTours(SealingCase, HttpCase):
    """A spot check in the yard."""

    browser_size = "375x667"
    touch_enabled = True

    def test_spot_check(self):
        self._sealed()
        self.start_tour(
            "/odoo/vehicle-spot-checks",
            "gov_sealing_spot_check_phone",
            login="gov_supervision",
        )
        check = self.env["gov.vehicle.spot.check"].search(
            [("vehicle_id", "=", self.car.id)]
        )
        self.assertEqual((check.place, check.kind), ("Yard", "sealed"))
