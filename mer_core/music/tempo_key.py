"""Tempo and key of a waveform.

Tempo: librosa's autocorrelation tempogram of the onset strength, with its prior around 120 beats a minute (Ellis 2007,
Beat tracking by dynamic programming); half and double tempo are often confused. Key: the correlation of the mean chroma
with the 24 rotated profiles of Krumhansl and Kessler (Krumhansl 1990, Cognitive foundations of musical pitch).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Hertz of the waveforms measured: MusiCNN's own rate, and beyond what beats and chroma need."""
LEAST_SECONDS = 5.0
QUIET = 1e-4
"""Below this peak there is nothing to measure."""
CLEAR = 0.5
"""Correlation with a profile from which a key is given."""
NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
HOP, CHROMA_FRAME = 512, 4096


class TempoKey(NamedTuple):
    """What was measured: beats a minute (NaN: none found), the key ("A minor"; "": unclear), and the correlation of
    the chroma with its profile in [-1, 1] (NaN: nothing to measure)."""

    tempo: float
    key: str
    key_strength: float


NOTHING = TempoKey(np.nan, "", np.nan)


def measure(waveform: NDArray[np.float32]) -> TempoKey:
    """Tempo and key of `waveform`, (n_samples,) mono in [-1, 1] at RATE; NOTHING where it is short or silent."""
    if len(waveform) < LEAST_SECONDS * RATE or np.abs(waveform).max() < QUIET:
        return NOTHING
    return TempoKey(tempo_of(waveform), *key_of(waveform))


def tempo_of(waveform: NDArray[np.float32]) -> float:
    """Beats a minute; NaN where nothing begins anywhere."""
    import librosa  # brings numba: only who measures pays

    onsets = librosa.onset.onset_strength(y=waveform, sr=RATE, hop_length=HOP)
    if not onsets.any():
        return float("nan")
    return round(float(librosa.feature.tempo(onset_envelope=onsets, sr=RATE, hop_length=HOP)[0]), 1)


def key_of(waveform: NDArray[np.float32]) -> tuple[str, float]:
    """The key and the correlation with its profile; "" where that is below CLEAR."""
    import librosa

    hop = CHROMA_FRAME // 2
    chroma = librosa.feature.chroma_stft(y=waveform, sr=RATE, n_fft=CHROMA_FRAME, hop_length=hop, tuning=0.0)
    return key_of_chroma(chroma.mean(axis=1))


def key_of_chroma(chroma: NDArray[np.floating]) -> tuple[str, float]:
    """The key of a mean chroma (12,), C first, and the correlation with its profile; ("", NaN) for an even one."""
    if np.ptp(chroma) == 0:
        return "", float("nan")
    profiles = np.stack([np.roll(profile, step) for profile in (MAJOR, MINOR) for step in range(12)])
    likeness = np.corrcoef(np.vstack([chroma, profiles]))[0, 1:]
    best = int(np.argmax(likeness))
    strength = round(float(likeness[best]), 3)
    name = f"{NAMES[best % 12]} {'major' if best < 12 else 'minor'}"
    return (name if strength >= CLEAR else ""), strength
