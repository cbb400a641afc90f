"""Sounds that are no music, made on the spot at 16 kHz: speech-like formants, noise, tones; and a simple piece that is
music."""

import numpy as np
from scipy.signal import lfilter

RATE = 16000
VOWELS = [
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (660, 1720, 2410),
]
"""The first three formants of six vowels in hertz (Peterson & Barney 1952)."""


def speech_like(seconds: float = 15, seed: int = 0) -> np.ndarray:
    """Syllables of a gliding voice through vowel formants, a little consonant noise, and pauses between phrases."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < seconds * RATE:
        for _ in range(rng.integers(2, 6)):
            parts += [
                np.diff(rng.normal(size=int(RATE * rng.uniform(0.03, 0.1)))) * rng.uniform(0.02, 0.12),
                _vowel(rng),
            ]
        parts.append(np.zeros(int(RATE * rng.uniform(0.1, 0.5))))
    return _level(np.concatenate(parts)[: int(seconds * RATE)] + 1e-4 * rng.normal(size=int(seconds * RATE)))


def _vowel(rng: np.random.Generator) -> np.ndarray:
    n = int(RATE * rng.uniform(0.09, 0.25))
    pitch = 120 * np.exp(rng.normal(0, 0.12)) * np.linspace(1.08, 0.92, n)
    sound = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0) + 0.01 * rng.normal(size=n)
    for formant, width in zip(VOWELS[rng.integers(len(VOWELS))], (60, 90, 120), strict=True):
        radius = np.exp(-np.pi * width / RATE)
        sound = lfilter(
            [1 - radius],
            [1, -2 * radius * np.cos(2 * np.pi * formant * rng.uniform(0.9, 1.1) / RATE), radius**2],
            sound,
        )
    return sound / np.abs(sound).max() * np.hanning(n) ** 0.5 * rng.uniform(0.5, 1)


def noise(colour: float = 0.0, seconds: float = 12) -> np.ndarray:
    """Noise whose power falls as frequency to the power of `colour`: 0 white, 1 pink, 2 brown."""
    n = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=n))
    return _level(np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20) ** (colour / 2), n))


def tone(hertz: float = 440, seconds: float = 12) -> np.ndarray:
    """A steady sine tone."""
    return _level(np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE))


def swelling(sound: np.ndarray, hertz: float = 4, depth: float = 0.8) -> np.ndarray:
    """A tremolo; slower, surf."""
    return (sound * (1 - depth / 2 + depth / 2 * np.sin(2 * np.pi * hertz * np.arange(len(sound)) / RATE))).astype(
        np.float32
    )


def with_pauses(sound: np.ndarray) -> np.ndarray:
    """1 s of every 3 s."""
    return np.where(np.arange(len(sound)) % (3 * RATE) < RATE, sound, 0).astype(np.float32)


def struck(hertz: float, every: float, seconds: float = 12) -> np.ndarray:
    """A woodblock of 60 ms at .9 of full scale, struck every so many seconds."""
    time = np.arange(int(seconds * RATE)) / RATE % every
    return np.where(time < 0.06, 0.9 * np.exp(-60 * time) * np.sin(2 * np.pi * hertz * time), 0).astype(np.float32)


def interrupted(sound: np.ndarray) -> np.ndarray:
    """0.2 s of each second."""
    return np.where(np.arange(len(sound)) % RATE < 0.2 * RATE, sound, 0).astype(np.float32)


def compressed(sound: np.ndarray, ratio: float) -> np.ndarray:
    """What of the level, followed within 50 ms, is above -30 dB is divided by `ratio`."""
    forget = np.exp(-1 / (0.05 * RATE))
    level = 10 * np.log10(lfilter([1 - forget], [1, -forget], np.asarray(sound, float) ** 2) + 1e-12)
    return _level(sound * 10 ** (np.maximum(level + 30, 0) * (1 / ratio - 1) / 20))


def song(seconds: float = 15, seed: int = 0) -> np.ndarray:
    """A melody of decaying notes over a drum on each beat."""
    rng = np.random.default_rng(seed)
    beat, total = RATE // 2, int(seconds * RATE)
    sound = np.zeros(total + 2 * beat)
    time = np.arange(beat) / RATE
    for start in range(0, total, beat):
        hertz = 220 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 12]) / 12)
        sound[start : start + beat] += sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3)) * np.exp(
            -4 * time
        )
        sound[start : start + beat // 4] += rng.normal(size=beat // 4) * np.exp(-40 * time[: beat // 4])
    return _level(sound[:total])


def _level(sound: np.ndarray) -> np.ndarray:
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)
