"""The same as `mer predictions`, from a checkout: see mer_core/cli/predict_library.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout works without installation

from mer_core.cli.predict_library import main

if __name__ == "__main__":
    raise SystemExit(main())
