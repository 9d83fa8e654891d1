from . import (
    budget,
    columns,
    department,
    kind,
    norm,
    opening,
    person,
    product,
    run,
)
