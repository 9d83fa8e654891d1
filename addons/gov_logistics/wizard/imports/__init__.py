from . import book, cells, columns, department, kind, opening, person, product, run
