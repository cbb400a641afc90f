"""Where other people's data lie, which measurements read and the project does not hold."""

import os
from pathlib import Path

from mer_core.workspace.layout import APP_ROOT

SHARED = Path(os.environ.get("MER_SHARED") or APP_ROOT.parent / "shared")
