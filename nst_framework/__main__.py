"""`python -m nst_framework` is the command `nst`."""

import sys

from .cli import main

sys.exit(main())
