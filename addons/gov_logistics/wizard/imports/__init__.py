from . import (
    book,
    cells,
    columns,
    department,
    kind,
    norm,
    opening,
    person,
    product,
    run,
)
