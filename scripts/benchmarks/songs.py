"""Made-up songs to measure with."""

from pathlib import Path

import numpy as np
import soundfile

SONG_SECONDS = 210


def write_song(path: Path, number: int) -> Path:
    """A stereo MP3 of SONG_SECONDS, another one for each number: a chord that swells, and noise."""
    time = np.arange(SONG_SECONDS * 44100) / 44100
    chord = sum(np.sin(2 * np.pi * (200 + 40 * number) * step * time) for step in (1, 1.25, 1.5))
    noise = np.random.default_rng(number).normal(0, 0.02, (2, time.size))
    soundfile.write(
        path, (0.1 * chord * (1 + np.sin(4 * np.pi * time)) + noise).T.astype(np.float32), 44100, format="MP3"
    )
    return path
