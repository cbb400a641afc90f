"""Progress on standard error: a bar in a terminal, now and then a line in a log."""

import io
import sys
from typing import Any, TextIO

from tqdm import tqdm

LOG_SECONDS = 10.0
"""Time between two lines of a log."""
_LINE = "{desc}: {n_fmt}/{total_fmt} [{elapsed} gone, {remaining} left{postfix}]"


class _Lines(io.TextIOBase):
    """Hands on what a bar draws as lines: a log would keep every drawing, one behind the other."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Pass `text` on as a line; returns its length, as streams do."""
        if drawn := text.strip():
            self._stream.write(f"{drawn}\n")
            self._stream.flush()
        return len(text)


def progress_bar(total: int | None, description: str, unit: str, *, shown: bool = True) -> Any:
    """A tqdm bar of `total` things (None: unknown) on standard error; a line every LOG_SECONDS where that is no
    terminal."""
    if sys.stderr.isatty():
        return tqdm(total=total, desc=description, unit=unit, disable=not shown, dynamic_ncols=True, smoothing=0.05)
    rarely = {"mininterval": LOG_SECONDS, "maxinterval": LOG_SECONDS}
    return tqdm(
        total=total,
        desc=description,
        unit=unit,
        disable=not shown,
        file=_Lines(sys.stderr),
        bar_format=_LINE,
        smoothing=0.05,
        **rarely,
    )
