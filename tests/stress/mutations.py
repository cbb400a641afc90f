"""Valid files with bytes changed, cut out and put in, from seeded draws, through the readers of `fuzz`: each must be
read, or reported in a sentence. Every batch is read in a process of its own, so that even a crash of a decoder is
counted and not suffered."""

from collections import Counter
from pathlib import Path

import numpy as np
from audio_files import KINDS, tones, vorbis, write

from .fuzz import FILES, PLACES, Target
from .isolation import isolated
from .report import Clock, Report
from .specimens import SPECIMENS

BATCH = 25
MAX_SECONDS = 60.0
"""Longest that a batch may take."""
_DATASET = SPECIMENS / "1" / "workspace" / "dataset"
_FILES = {
    "tracks": _DATASET / "autotagging_moodtheme.tsv",
    "names": _DATASET / "autotagging_moodtheme.meta.tsv",
    "tags": _DATASET / "tags" / "moodtheme.txt",
    "json": SPECIMENS / "1" / "workspace" / "workspace.json",
}
"""Valid files for the readers of one file; a reader of a place has its own file there."""


def run(folder: Path, clock: Clock, *, batches: int = 10_000) -> Report:
    """Batch after batch, as long as the time lasts; every other one is audio."""
    report = Report("mutations")
    others = [*(name for name in FILES if name != "audio"), *PLACES]
    for number in range(batches):
        if not clock.left:
            break
        name = "audio" if number % 2 else others[number // 2 % len(others)]
        ended = isolated(read_batch, name, folder / str(number), number, timeout=MAX_SECONDS)
        report.tried += BATCH
        if ended.result is None:
            report.wrong.append(
                f"{name}, batch {number}: "
                f"{ended.raised[-700:] or ('hangs' if ended.exit_code is None else f'crashed with {ended.exit_code}')}"
            )
        else:
            report.errors += ended.result
    report.seconds = clock.passed
    return report


def read_batch(name: str, folder: Path, seed: int) -> Counter[str]:
    """Read BATCH mutated files with the reader `name`: how many were taken, and how many reported; anything but a
    MerError passes through."""
    folder.mkdir(parents=True)
    target, rng, counts = Target(name, folder), np.random.default_rng(seed), Counter[str]()
    valid = _sound(rng) if name == "audio" else _FILES.get(name, target.path).read_bytes()
    for _ in range(BATCH):
        said = target.read(mutated(valid, rng))
        if said and len(said) <= 20:
            raise ValueError(f"no sentence: {said!r}")
        counts["reported" if said else "read"] += 1
    return counts


def _sound(rng: np.random.Generator) -> bytes:
    kinds = [*KINDS.values(), None]
    kind = kinds[rng.integers(len(kinds))]
    return write(tones(1.0, kind.rate), kind) if kind else vorbis(tones(1.0))


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` with one to four pieces of up to 40 bytes replaced by up to 12 others; half of them in the beginning,
    where headers lie."""
    for _ in range(rng.integers(1, 5)):
        start = int(rng.integers(min(len(data), 256) if rng.integers(2) else len(data)) if data else 0)
        data = data[:start] + rng.bytes(int(rng.integers(13))) + data[start + int(rng.integers(41)) :]
    return data
