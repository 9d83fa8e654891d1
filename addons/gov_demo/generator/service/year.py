"""The service centre's year, in the order in which one needs the other."""

import logging
import time

from . import (
    assessments,
    base,
    complaints,
    contracts,
    desk,
    duty,
    energy,
    settlements,
    surveys,
    usage,
)
from .window import Window

_logger = logging.getLogger(__name__)

STEPS = (
    ("catalogue and rooms", base.load),
    ("sheets", assessments.load_sheets),
    ("contracts", contracts.load),
    ("roster", duty.load),
    ("meters", energy.load),
    ("usage", usage.load),
    ("desk", desk.load),
    ("complaints", complaints.load),
    ("surveys", surveys.load),
    ("assessments", assessments.load),
    ("statements", settlements.load),
    ("supplements", contracts.supplement),
    ("night", contracts.pass_night),
)


def load(loader):
    window = Window(loader)
    for name, step in STEPS:
        start = time.monotonic()
        step(loader, window)
        loader.env.flush_all()
        _logger.info("Service centre: %s in %.1f s", name, time.monotonic() - start)
    # Days of the past may stand in values that are only computed.
    loader.env.invalidate_all()
