"""The most memory that this process has held."""

import re
import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """In MB. Where there is /proc, of this program alone: the other figure begins with what its parent held when it
    started this process."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        status = ""
    if found := re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
