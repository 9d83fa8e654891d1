from . import (
    budget,
    columns,
    department,
    kind,
    meter,
    norm,
    opening,
    person,
    product,
    run,
    usage,
)
