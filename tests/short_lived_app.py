"""Runs `nst app` for tests, with files that are kept for seconds instead of hours."""

from __future__ import annotations

import json
import sys

from nst_framework.cli.app.command import run_app
from nst_framework.cli.app.visits import Lifetime

if __name__ == "__main__":
    lifetime = Lifetime(**json.loads(sys.argv[-1]))
    sys.exit(run_app({"no_browser": True, "port": 0, "max_size": 128, "max_upload": 1}, lifetime))
