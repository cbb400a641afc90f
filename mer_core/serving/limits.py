"""How much one file may take in the app, where all people share one turn after the other; library and scripts have
other limits."""

import time

from mer_core.errors import AudioError, Remedy
from mer_core.recommend.explain import clock

MAX_SECONDS = 3600.0
"""Longest sound of one file in the app: 1 hour. `audio.MAX_SECONDS`, 3 hours, is that of library and scripts."""
MAX_BYTES = 200 * 1024 * 1024
"""Largest file that is taken over the network (`maxUploadSize` in .streamlit/config.toml says the same for the app)."""
WORK_SECONDS = 120.0
"""Longest time that one file is worked on in the app, reckoned from its turn; an hour of sound takes half of it on two
cores."""

_ELSEWHERE = "cut it into shorter files, or predict it outside the app"


class Allowance:
    """What the file `name` may take from now on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._until = time.monotonic() + WORK_SECONDS

    def check_length(self, seconds: float) -> None:
        """Raise AudioError when `seconds` of sound are more than the app listens to."""
        if seconds > MAX_SECONDS:
            raise AudioError(
                f"{self._name} lasts more than {clock(MAX_SECONDS)}, the longest that the app listens to; {_ELSEWHERE}",
                remedy=Remedy("predict"),
            )

    def check(self, heard: float) -> None:
        """Raise AudioError when the `heard` seconds are too many, or the time is over."""
        self.check_length(heard)
        if time.monotonic() > self._until:
            raise AudioError(
                f"{self._name} took more than the {WORK_SECONDS:.0f} s that the app has for a file, {clock(heard)} "
                f"were heard; {_ELSEWHERE}",
                remedy=Remedy("predict"),
            )
