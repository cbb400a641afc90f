"""How tempo, key and voice of a recommended track compare with the track that was asked by."""

import math
from typing import NamedTuple

SAME, NEAR = 0.04, 0.15
"""Share by which a tempo may differ and still be called the same (what people hear as one: Drake & Botte 1993, Tempo
sensitivity in auditory sequences, find 2 to 6 %), and be called a little faster or slower."""


class Music(NamedTuple):
    """Beats a minute (NaN: unknown), key and voice ("": unknown)."""

    tempo: float = math.nan
    key: str = ""
    voice: str = ""


def music_sentence(asked: Music, found: Music) -> str:
    """ "Same tempo, 84 BPM; same key, A minor; instrumental, too." What is unknown of either is left out."""
    parts = [_tempo(asked.tempo, found.tempo)]
    parts.append(f"same key, {found.key}" if found.key and found.key == asked.key else "")
    parts.append(f"{_VOICES.get(found.voice, found.voice)}, too" if found.voice and found.voice == asked.voice else "")
    words = "; ".join(filter(None, parts))
    return f"{words[0].upper()}{words[1:]}." if words else ""


_VOICES = {"voice": "sung"}


def _tempo(asked: float, found: float) -> str:
    if not (asked > 0 and found > 0):
        return ""
    share = found / asked - 1
    if abs(share) <= SAME:
        return f"same tempo, {found:.0f} BPM"
    much = "a little" if abs(share) <= NEAR else "clearly"
    return f"{much} {'faster' if share > 0 else 'slower'}, {found:.0f} BPM instead of {asked:.0f}"
