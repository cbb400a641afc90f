"""Scales, chords and progressions; a pitch is a MIDI number (60 is middle C), a degree counts scale steps from the
tonic."""

import numpy as np

SCALES = (
    (0, 1, 3, 5, 7, 8, 10),  # phrygian
    (0, 2, 3, 5, 7, 8, 10),  # aeolian: natural minor
    (0, 2, 3, 5, 7, 9, 10),  # dorian
    (0, 2, 4, 5, 7, 9, 10),  # mixolydian
    (0, 2, 4, 5, 7, 9, 11),  # ionian: major
    (0, 2, 4, 6, 7, 9, 11),  # lydian
)
"""From the darkest to the brightest mode (Temperley & Tan, "Emotional connotations of diatonic modes", Music Perception
30, 2013)."""
SCALE_NAMES = ("phrygian", "minor", "dorian", "mixolydian", "major", "lydian")
KEYS = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
PROGRESSIONS = (
    (0, 3, 4, 0),
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (0, 3, 0, 4),
    (0, 5, 1, 4),
    (0, 2, 3, 4),
    (0, 6, 5, 6),
    (0, 3, 5, 4),
    (0, 0, 3, 3),
    (5, 3, 0, 4),
)
"""Four chords each, one a bar, as degrees of their roots."""


def choose_scale(mode: float, rng: np.random.Generator) -> int:
    """Index into SCALES for the cue `mode` in [-1, 1], with a little chance."""
    return int(np.clip(np.round((mode + 1) * 2.5 + rng.normal(0, 0.4)), 0, len(SCALES) - 1))


def pitch_of(degree: int, scale: int, tonic: int) -> int:
    """MIDI pitch of a scale degree (any integer; 7 is the tonic an octave higher) above the pitch `tonic`."""
    octave, step = divmod(degree, 7)
    return tonic + 12 * octave + SCALES[scale][step]


def chord(root: int, scale: int, tonic: int, dissonance: float, rng: np.random.Generator) -> list[int]:
    """Pitches of the triad on the degree `root`, rising; the cue `dissonance` adds sevenths, seconds and semitone
    clashes."""
    pitches = [pitch_of(root + step, scale, tonic) for step in (0, 2, 4)]
    if rng.random() < 0.35 + 0.4 * dissonance:
        pitches.append(pitch_of(root + 6, scale, tonic))
    if rng.random() < 0.5 * dissonance:
        pitches.append(pitch_of(root + 1, scale, tonic))
    if rng.random() < 0.7 * (dissonance - 0.2):
        pitches.append(pitches[0] + int(rng.choice([6, 13])))
    return sorted(set(pitches))
