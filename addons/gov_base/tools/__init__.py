from . import days
from . import names
from . import seal
