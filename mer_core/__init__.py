"""Music Emotion Recognition: from an audio file to its moods.

The packages are the steps of one pipeline; data flows down the list in docs/architecture.md. Nothing heavy is imported
here: `from mer_core import predict` loads the prediction ladder when it is first asked for.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "predict":
        return import_module("mer_core.inference.predict")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
