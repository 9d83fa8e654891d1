from . import seal_models
from .common import GovCommon


class SealCase(GovCommon):
    """Notes (sealed on demand) and entries (sealed when made) to try the seal with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = seal_models.load(cls.cr, cls.registry)
        cls.addClassCleanup(seal_models.unload, cls.cr, cls.registry, names)
        cls.Seal = cls.env["gov.seal"]
        cls.Note = cls.env["gov.test.note"]
        cls.Entry = cls.env["gov.test.entry"]
        cls.partner = cls.env["res.partner"].create({"name": "Paper Shop"})
