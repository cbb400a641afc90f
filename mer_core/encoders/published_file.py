"""Networks that others publish as one file: where from, under which licence, and with which SHA-256.

A file is fetched only when a person asks for it (`fetch`), kept in the cache folder, and verified whenever it is read.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mer_core.encoders.cache import cache_folder
from mer_core.errors import EncoderError, Remedy

ESSENTIA = "https://essentia.upf.edu/models/"
"""The Essentia project's model pages; MER_MODELS names another address of the same layout."""
NON_COMMERCIAL = "CC BY-NC-ND 4.0"
PATIENCE = (4, 0.5, 4.0, (15.0, 60.0))
"""What `http.Patience` takes. A person waits for the answer, so an outage is not waited for."""
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class PublishedFile:
    """One file of a publisher."""

    place: str
    """Path below the publisher's address; its last part is the file's name here, too."""
    sha256: str | None
    """64 hexadecimal digits; None where the publisher lists none: what is fetched first is then recorded beside it, and
    anything else is refused from then on."""
    licence: str
    known_as: str
    """The name under which a person asks for it."""
    free: bool
    """Whether the licence allows any use; else a person has to accept it."""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.place.rsplit("/", 1)[-1]

    @property
    def url(self) -> str:
        """Where it is fetched from."""
        return os.environ.get("MER_MODELS", ESSENTIA).rstrip("/") + "/" + self.place

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return cache_folder() / "models" / self.name

    @property
    def installed(self) -> bool:
        """Whether it is here; its digest is verified when it is read."""
        return self.path.is_file()

    def read(self) -> bytes:
        """The verified content; raises EncoderError where it is missing or another file."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise EncoderError(f"{self.path} is missing or cannot be read ({error})", remedy=self._remedy) from error
        expected = self.sha256 or self._recorded()
        if expected and hashlib.sha256(content).hexdigest() != expected:
            said = f"{self.path} is not the published file (its SHA-256 differs); delete it and fetch it again"
            raise EncoderError(said, remedy=self._remedy)
        return content

    def fetch(self, accept_licence: bool = False, on_bytes: Callable[[int], object] = lambda count: None) -> str:
        """Fetch the file where it is not here, resuming what an earlier run began; returns its SHA-256.

        Raises EncoderError where the licence is not free and not accepted, where the publisher cannot be reached
        (naming the ways out), and where what arrives is not the published file.
        """
        self.consent(accept_licence)
        if not self.installed:
            part = self.path.with_name(self.name + ".part")
            self._transfer(part, on_bytes)
            part.replace(self.path)
        digest = hashlib.sha256(self.read()).hexdigest()
        self._digest_path.write_text(digest + "\n", encoding="ascii")
        return digest

    def consent(self, accept_licence: bool) -> None:
        """Raise EncoderError where the licence is not free and not accepted."""
        if not self.free and not accept_licence:
            raise EncoderError(
                f"{self.name} is published under {self.licence}, which does not allow every use (no commercial use, no "
                "changed copies); read it, and accept it if it fits what you do",
                remedy=Remedy("fetch_model", options=(("name", self.known_as), ("accept_licence", True))),
            )

    @property
    def _remedy(self) -> Remedy:
        return Remedy("fetch_model", options=(("name", self.known_as),))

    @property
    def _digest_path(self) -> Path:
        return self.path.with_name(self.name + ".sha256")

    def _recorded(self) -> str | None:
        return self._digest_path.read_text(encoding="ascii").strip() if self._digest_path.is_file() else None

    def _transfer(self, part: Path, on_bytes: Callable[[int], object]) -> None:
        from mer_core.io.http import (  # the network's library: only who fetches pays for it
            AnotherFile,
            MirrorError,
            Patience,
            Transfer,
        )

        try:
            Transfer(self.url, part, self.sha256, "address", LARGEST, Patience(*PATIENCE), on_bytes).run()
        except AnotherFile as error:
            raise EncoderError(
                f"{error}; nothing of it was kept. Is MER_MODELS the address you mean? The publisher may also have "
                f"replaced {self.name}, which this release does not know"
            ) from error
        except MirrorError as error:
            raise EncoderError(
                f"{self.name} cannot be had: {error}. Three ways out: connect this machine to the "
                f"network and try again; put the file at {self.path} yourself; or use the offline encoder musicnn"
            ) from error
