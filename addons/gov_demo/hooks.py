import logging
import time

from .generator import agency, goods, life, matters, norms, people, points, roles, year
from .generator.fleet import year as fleet
from .generator.loader import Loader
from .generator.service import budget
from .generator.service import year as service

_logger = logging.getLogger(__name__)

# In the order in which one needs the other.
STEPS = (
    ("agency", agency.load),
    ("people", people.load),
    ("roles", roles.load),
    ("goods", goods.load),
    ("last year", year.load),
    ("budget", budget.load),
    ("matters", matters.load),
    ("norms", norms.load),
    ("life", life.load),
    ("budget of the year", budget.book_year),
    ("service centre", service.load),
    ("official vehicles", fleet.load),
    ("conduct scoring", points.load),
)


def post_init_hook(env):
    """Turn the main company into the demo agency, once.

    Everything is made in the transaction of the installation, so the agency is there
    as a whole or not at all, and a second call finds it and changes nothing.
    """
    loader = Loader(env)
    if loader.get("department_leaders"):
        _logger.info("The demo agency is there already, nothing to do")
        return
    for name, load in STEPS:
        start = time.monotonic()
        load(loader)
        env.flush_all()
        _logger.info("Demo agency: %s in %.1f s", name, time.monotonic() - start)
