"""The user's cache folder: what is fetched or made once, and can be had again when it is deleted."""

import hashlib
import inspect
import os
from pathlib import Path
from types import ModuleType

import platformdirs


def cache_folder() -> Path:
    """Where networks and fetched weights are kept: MER_CACHE, else the user's cache folder of this package."""
    return Path(os.environ.get("MER_CACHE") or platformdirs.user_cache_dir("music-emotion-recognition"))


def code_digest(*modules: ModuleType) -> str:
    """Eight hexadecimal digits that change with the source of `modules`."""
    return hashlib.sha256("".join(map(inspect.getsource, modules)).encode()).hexdigest()[:8]
