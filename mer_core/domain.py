"""Is this sound like the music the model was trained on? A warning for silence, noise, tones, speech and whatever else is far away.

Two kinds of evidence, the first that speaks gives the warning:

* the waveform (where there is one):
  - *silence*: even the loudest twentieth of its frames is below SILENCE_DB;
  - *nothing changes*: over time the power in each frequency bin stays what it is. The measure is the geometric over the
    arithmetic mean of a bin's power, averaged over bins: 1 for a steady tone, e^-γ = .561 for steady noise of any colour,
    seldom above .35 for music (the idea of spectral flatness, Gray & Markel 1974, taken along time instead of frequency);
  - *speech*: many quiet frames between loud ones (Scheirer & Slaney, "Construction and evaluation of a robust multifeature
    speech/music discriminator", ICASSP 1997), no beat, and an embedding far enough out;
* the embedding: its Mahalanobis distance from the training tracks, per dimension, with the covariance shrunk as by Ledoit &
  Wolf (2004). The threshold is the QUANTILE of distances that training tracks have when they are held out of the fit.

"Nothing fits" is another thing: music, but no reliable mood reaches its threshold. Out of the domain no mood is decided at all.
"""

from collections.abc import Mapping

import numpy as np
from scipy.signal import stft
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import GroupKFold

SILENCE_DB = -60.0
"""Level relative to full scale."""
STEADY = 0.545
SPEECH_QUIET, SPEECH_BEAT = 0.25, 0.17
"""Speech has at least this share of quiet frames and at most this much of a beat."""
SPEECH_DISTANCE = 0.6
"""Share of the threshold distance from which quiet frames without a beat are taken for speech."""
QUANTILE = 0.999
COMPONENTS = 64
MIN_TRACKS = 20
"""With fewer training tracks no distance means anything: only the waveform is checked."""
FLOOR = 0.05
FRAME, RATE = 512, 62.5
"""Samples a frame and frames a second of the checks on the waveform, at 16 kHz, the rate of every encoder here."""
BEAT_SECONDS = (0.25, 2.0)


def fit(X: np.ndarray, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Learn what the training tracks' pooled embeddings X (n, n_features) look like.

    `groups` (n,) names tracks that belong together (an artist, a clip): they are held out together when the threshold is set.
    Returns arrays for `check`, at most (COMPONENTS + 4) · n_features numbers; the threshold is infinite below MIN_TRACKS tracks.
    """
    X = np.asarray(X, dtype=np.float64)
    domain = _covariance(X)
    limit = np.inf
    parts = np.arange(len(X)) if groups is None else np.asarray(groups)
    if len(X) >= MIN_TRACKS and len(np.unique(parts)) >= 5:
        held_out = [distance(X[test], _covariance(X[train])) for train, test in GroupKFold(5).split(X, groups=parts)]
        limit = np.quantile(np.concatenate(held_out), QUANTILE)
    return {name: values.astype(np.float32) for name, values in domain.items()} | {"threshold": np.array([limit], dtype=np.float32)}


def distance(X: np.ndarray, domain: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mahalanobis distance (n,) of X (n, n_features), divided by √n_features: about 1, or a little less, for tracks like the training's."""
    Z = (np.asarray(X, dtype=np.float64) - domain["center"]) / domain["scale"]
    along = Z @ domain["basis"]
    across = np.maximum((Z**2).sum(axis=1) - (along**2).sum(axis=1), 0)
    return np.sqrt(((along**2 / domain["variances"][:-1]).sum(axis=1) + across / domain["variances"][-1]) / Z.shape[1])


def check(embedding: np.ndarray, domain: Mapping[str, np.ndarray] | None, waveform: np.ndarray | None = None) -> str | None:
    """A sentence saying why the sound is out of the model's domain, or None when it is not.

    embedding: pooled (n_features,); domain: from `fit`, None checks the waveform alone; waveform: up to some minutes, (n_samples,) mono
    at 16 kHz in [-1, 1].
    """
    far = float(distance(embedding[None], domain)[0] / domain["threshold"][0]) if domain else 0.0
    power = _power(waveform) if waveform is not None and len(waveform) >= 20 * FRAME else None
    if power is not None:
        if _level(power) < SILENCE_DB:
            return f"This is silence (below {SILENCE_DB:g} dB); there is nothing to predict a mood from."
        if steadiness(power) > STEADY:
            return "Nothing changes in this sound: it is a steady tone or noise, not music; the probabilities mean nothing."
        if far > SPEECH_DISTANCE and quiet_share(power) > SPEECH_QUIET and beat_strength(power) < SPEECH_BEAT:
            return "This sounds like speech, not music: many pauses and no beat; the probabilities mean little."
    if far > 1:
        return f"This sounds unlike all music the model was trained on (distance {far:.1f} times the limit); the probabilities mean little."
    return None


def steadiness(power: np.ndarray) -> float:
    """How little the spectrum (n_bins, n_frames) changes over time, in [0, 1]; see the module's docstring."""
    mean = power.mean(axis=1)
    kept = mean > 1e-7 * mean.max()
    geometric = np.exp(np.log(power[kept] + 1e-12 * mean.max()).mean(axis=1))
    return float(np.average(geometric / mean[kept], weights=np.sqrt(mean[kept])))


def quiet_share(power: np.ndarray) -> float:
    """Share of frames whose amplitude is below half the mean, in [0, 1]."""
    amplitude = np.sqrt(power.sum(axis=0))
    return float((amplitude < 0.5 * amplitude.mean()).mean())


def beat_strength(power: np.ndarray) -> float:
    """Highest autocorrelation of the onset curve at the distance of a beat (BEAT_SECONDS), in [-1, 1]."""
    rises = np.maximum(np.diff(np.log(power + 1e-6 * power.max()), axis=1), 0).mean(axis=0)
    rises = rises - rises.mean()
    spectrum = np.fft.rfft(rises, 2 * len(rises))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: len(rises)]
    first, last = (int(seconds * RATE) for seconds in BEAT_SECONDS)
    return float(correlation[first:last].max(initial=0.0) / correlation[0]) if correlation[0] > 0 else 0.0


def _power(waveform: np.ndarray) -> np.ndarray:
    """Power (n_bins, n_frames) without the two lowest bins (below 47 Hz: hum and offset)."""
    _, _, spectrum = stft(np.asarray(waveform, dtype=np.float32), nperseg=FRAME, noverlap=FRAME // 2, boundary=None)
    return np.abs(spectrum[2:]).astype(np.float64) ** 2


def _level(power: np.ndarray) -> float:
    return float(10 * np.log10(np.quantile(power.sum(axis=0), 0.95) + 1e-12))


def _covariance(X: np.ndarray) -> dict[str, np.ndarray]:
    """Standardisation and the shrunk covariance's largest axes; the variance of all others is their mean, put last in `variances`."""
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.maximum(scale, max(FLOOR * float(np.median(scale)), 1e-9))
    covariance = LedoitWolf().fit((X - center) / scale).covariance_ if len(X) > 1 else np.eye(X.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    kept = min(COMPONENTS, len(values) - 1)
    variances = np.append(values[::-1][:kept], values[: len(values) - kept].mean())
    return {"center": center, "scale": scale, "basis": vectors[:, ::-1][:, :kept], "variances": np.maximum(variances, 1e-9)}
