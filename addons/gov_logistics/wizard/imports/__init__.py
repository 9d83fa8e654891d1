from . import (
    columns,
    department,
    kind,
    norm,
    opening,
    person,
    product,
    run,
)
