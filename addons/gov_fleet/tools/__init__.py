from . import consumption
