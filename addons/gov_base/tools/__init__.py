from . import days
from . import seal
