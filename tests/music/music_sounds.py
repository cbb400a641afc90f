"""Made-up music of known tempo and key."""

import numpy as np

from mer_core.music.tempo_key import RATE

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 11)}
CHORDS = (0, 3, 4, 0)
"""Degrees of a cadence: tonic, subdominant, dominant, tonic."""


def cadence(tonic: int, mode: str, tempo: float, seconds: float = 30.0) -> np.ndarray:
    """(n_samples,) float32: triads of a cadence above `tonic` (0: C), a struck chord every beat."""
    beat = round(60 / tempo * RATE)
    time = np.arange(beat) / RATE
    sound = []
    for number in range(int(seconds * RATE / beat)):
        degree = CHORDS[number // 4 % len(CHORDS)]
        steps = [SCALES[mode][(degree + third) % 7] + 12 * ((degree + third) // 7) for third in (0, 2, 4)]
        notes = [261.63 * 2 ** ((tonic + step) / 12) for step in steps]
        chord = sum(np.sin(2 * np.pi * note * time) + 0.3 * np.sin(4 * np.pi * note * time) for note in notes)
        sound.append(chord * np.exp(-4 * time) * np.minimum(time * 200, 1))
    return (0.1 * np.concatenate(sound)).astype(np.float32)
