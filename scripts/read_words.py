"""The same as `mer words`, from a checkout: see mer_core/cli/read_words.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout works without installation

from mer_core.cli.read_words import main

if __name__ == "__main__":
    raise SystemExit(main())
