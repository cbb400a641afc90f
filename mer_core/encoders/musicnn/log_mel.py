"""MusiCNN's front end, which Essentia's models of Discogs and MSD share: log-mel spectrograms of 16 kHz sound, with
NumPy and SciPy.

Hann windows of 512 samples every 256, power spectrum, 96 Slaney mel bands up to 8 kHz, log10(10000 S + 1).

Reference: M. Slaney, Auditory Toolbox, 1998, as librosa.filters.mel implements it (importing librosa takes longer than
hearing a song).
"""

from functools import cache

import numpy as np
from scipy.fft import rfft

SAMPLE_RATE, N_FFT, HOP, N_MELS = 16000, 512, 256, 96
N_BINS = N_FFT // 2 + 1
GAIN = np.float32(10000)
LINEAR_HERTZ, LINEAR_MELS, LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27
"""Slaney's scale: below 1000 Hz, which are 15 mels, it is linear; above, 27 mels are a factor of 6.4."""
AT_ONCE = 32
"""Windows that are transformed at once: few enough for memory that is kept at hand, a multiple of SciPy's vectors."""


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Log-mel spectrogram float32 (n_frames, 96) of samples (n_samples ≥ 512,): one frame for each whole window."""
    spectrogram: np.ndarray = np.log10(GAIN * (squares(samples) @ bands_of_squares()) + np.float32(1))
    return spectrogram


def squares(samples: np.ndarray) -> np.ndarray:
    """Squared real and imaginary parts, one after the other, of the spectra of samples (n_samples ≥ 512,): float32
    (n_frames, 514)."""
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, dtype=np.float32), N_FFT)[::HOP]
    found = np.empty((len(frames), 2 * N_BINS), np.float32)
    for at in range(0, len(frames), AT_ONCE):
        spectra = rfft(frames[at : at + AT_ONCE] * _window(), axis=1)
        np.square(spectra.view(np.float32), out=found[at : at + AT_ONCE])
    return found


def bands_of_squares() -> np.ndarray:
    """Weights float32 (514, 96) from `squares` to mel bands: the product adds the two parts, too."""
    return np.repeat(mel_bands(), 2, axis=0)


def mel_bands() -> np.ndarray:
    """Weights float32 (257, 96) from the bins of a power spectrum to mel bands: triangles of area 2 ÷ their width in
    hertz."""
    mels = np.linspace(0, _to_mel(SAMPLE_RATE / 2), N_MELS + 2)
    corners = np.where(
        mels < LINEAR_MELS, mels * LINEAR_HERTZ / LINEAR_MELS, LINEAR_HERTZ * np.exp(LOG_STEP * (mels - LINEAR_MELS))
    )
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    hertz = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE)[:, None]
    triangles = np.minimum((hertz - low) / (centre - low), (high - hertz) / (high - centre))
    return (np.maximum(triangles, 0) * 2 / (high - low)).astype(np.float32)


def _to_mel(hertz: float) -> float:
    """Of a frequency above LINEAR_HERTZ."""
    return float(LINEAR_MELS + np.log(hertz / LINEAR_HERTZ) / LOG_STEP)


@cache
def _window() -> np.ndarray:
    return np.hanning(N_FFT + 1)[:-1].astype(np.float32)  # periodic
