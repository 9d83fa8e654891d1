from . import days
from . import masking
from . import names
from . import seal
