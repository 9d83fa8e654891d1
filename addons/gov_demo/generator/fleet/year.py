"""The vehicles' year, in the order in which one needs the other."""

import logging
import time

from ..service.window import Window
from . import base, fuel, repairs, requests, sealing, trips

_logger = logging.getLogger(__name__)

STEPS = (
    ("vehicles", base.load),
    ("trips", trips.load),
    ("fuel", fuel.load),
    ("repair", repairs.load),
    ("sealing", sealing.load),
    ("requests", requests.load),
    # Last: what has been is settled, from now on trips are charged by themselves.
    ("rates", base.load_rates),
)


def load(loader):
    window = Window(loader)
    for name, step in STEPS:
        start = time.monotonic()
        step(loader, window)
        loader.env.flush_all()
        _logger.info("Official vehicles: %s in %.1f s", name, time.monotonic() - start)
    loader.env.invalidate_all()
