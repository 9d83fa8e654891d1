from . import consumption
from . import quick_line
from . import statement
