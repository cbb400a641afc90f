"""Cues and an ensemble → a score: chords, bass, melody and, where there is much activity, drums."""

from dataclasses import dataclass

import numpy as np
import pretty_midi

from mer_core.demo.cues import Cues
from mer_core.demo.ensembles import Family
from mer_core.demo.harmony import KEYS, PROGRESSIONS, SCALE_NAMES, choose_scale, chord, pitch_of

KICK, SNARE, CLOSED_HAT, CRASH = 36, 38, 42, 49
SLOWEST, FASTEST = 56, 172
"""Beats a minute at the cue tempo -1 and 1."""


@dataclass(frozen=True)
class Score:
    """A composed clip."""

    midi: pretty_midi.PrettyMIDI
    seconds: float
    gain: float
    """Decibels added in rendering: the part of loudness that is not in the players' touch."""
    key: str
    """As "D minor"."""
    bpm: int


@dataclass(frozen=True)
class _Frame:
    """What all parts of a clip share: time (seconds), harmony and expression."""

    cues: Cues
    scale: int
    tonic: int
    beat: float
    beats: int
    seconds: float
    chords: tuple[tuple[int, ...], ...]
    roots: tuple[int, ...]
    rng: np.random.Generator

    @property
    def bars(self) -> int:
        """Bars begun within the clip."""
        return int(np.ceil(self.seconds / (self.beat * self.beats)))

    def start(self, bar: int, beat: float = 0.0) -> float:
        """Time of a beat of a bar."""
        return (bar * self.beats + beat) * self.beat

    def note(self, part: pretty_midi.Instrument, pitch: int, start: float, length: float, accent: float = 0.0) -> None:
        """Add a note of `length` seconds at most (less when staccato), a little early or late; left out after the
        clip's end."""
        start = max(0.0, start + self.rng.normal(0, 0.008))
        if start > self.seconds - 0.1:
            return
        length *= float(np.clip(0.7 - 0.4 * self.cues.staccato, 0.25, 1.05))
        velocity = 72 + 34 * self.cues.loudness + 10 * accent + self.rng.normal(0, 5)
        part.notes.append(
            pretty_midi.Note(
                int(np.clip(velocity, 20, 127)), int(np.clip(pitch, 21, 108)), start, start + max(length, 0.06)
            )
        )


def compose(cues: Cues, family: Family, seconds: float, rng: np.random.Generator) -> Score:
    """Compose a clip of `seconds` that carries `cues`, for the instruments of `family`; the same `rng` state gives the
    same score."""
    frame = _make_frame(cues, seconds, rng)
    midi = pretty_midi.PrettyMIDI(initial_tempo=60 / frame.beat)
    midi.instruments += [_chords(frame, family), _bass(frame, family)]
    if rng.random() < 0.9:
        midi.instruments.append(_melody(frame, family))
    if cues.activity + rng.normal(0, 0.25) > 0.1:
        midi.instruments.append(_drums(frame))
    key = f"{KEYS[frame.tonic % 12]} {SCALE_NAMES[frame.scale]}"
    return Score(midi, seconds, 5 * cues.loudness + float(rng.normal(0, 1.5)), key, round(60 / frame.beat))


def _make_frame(cues: Cues, seconds: float, rng: np.random.Generator) -> _Frame:
    scale = choose_scale(cues.mode, rng)
    tonic = 55 + int(rng.integers(-5, 7)) + round(7 * cues.register)
    bpm = SLOWEST * (FASTEST / SLOWEST) ** ((cues.tempo + 1) / 2)
    roots = tuple(int(root) for root in PROGRESSIONS[rng.integers(len(PROGRESSIONS))])
    chords = tuple(tuple(chord(root, scale, tonic, cues.dissonance, rng)) for root in roots)
    return _Frame(cues, scale, tonic, 60 / bpm, 3 if rng.random() < 0.2 else 4, seconds, chords, roots, rng)


def _part(frame: _Frame, programs: tuple[int, ...], name: str) -> pretty_midi.Instrument:
    """An empty part on the instrument that suits the cue brightness."""
    place = (frame.cues.brightness + 1) / 2 * (len(programs) - 1) + frame.rng.normal(0, 0.3)
    return pretty_midi.Instrument(programs[int(np.clip(round(place), 0, len(programs) - 1))], name=name)


def _chords(frame: _Frame, family: Family) -> pretty_midi.Instrument:
    part = _part(frame, family.chords, "chords")
    textures = ("held", "arpeggio", "offbeat", "pulse")
    texture = textures[int(np.clip(round((frame.cues.activity + 1) * 1.5 + frame.rng.normal(0, 0.6)), 0, 3))]
    for bar in range(frame.bars):
        pitches = frame.chords[bar % len(frame.chords)]
        if texture == "held":
            for pitch in pitches:
                frame.note(part, pitch, frame.start(bar), frame.beats * frame.beat, -0.5)
        elif texture == "arpeggio":
            for step in range(2 * frame.beats):
                frame.note(part, pitches[step % len(pitches)], frame.start(bar, step / 2), frame.beat, -0.5)
        else:
            for beat in range(frame.beats):
                for pitch in pitches:
                    frame.note(
                        part, pitch, frame.start(bar, beat + (0.5 if texture == "offbeat" else 0)), frame.beat / 2, -0.5
                    )
    return part


def _bass(frame: _Frame, family: Family) -> pretty_midi.Instrument:
    part = _part(frame, family.bass, "bass")
    per_bar = 1 if frame.cues.activity < -0.3 else 2 if frame.cues.activity < 0.3 else 2 * frame.beats
    for bar in range(frame.bars):
        root = pitch_of(frame.roots[bar % len(frame.roots)], frame.scale, frame.tonic)
        low = root - 12 * ((root - 34) // 12)
        for step in range(per_bar):
            fifth = step % 4 == 3 and frame.rng.random() < 0.5
            frame.note(
                part,
                low + 7 * fifth,
                frame.start(bar, step * frame.beats / per_bar),
                frame.beats * frame.beat / per_bar,
            )
    return part


def _melody(frame: _Frame, family: Family) -> pretty_midi.Instrument:
    """A walk over the scale, mostly by step, that comes back to chord tones on the bar."""
    part = _part(frame, family.lead, "melody")
    lengths = np.array([4, 2, 1, 0.5, 0.25])
    weights = np.exp(-((np.log2(lengths) + 1.3 * frame.cues.activity) ** 2))
    degree, time = 7, 0.0
    while time < frame.seconds:
        bar = int(time / (frame.beat * frame.beats))
        length = float(frame.rng.choice(lengths, p=weights / weights.sum())) * frame.beat
        leap = frame.rng.choice([-4, -2, -1, 0, 1, 2, 4], p=[0.06, 0.14, 0.25, 0.1, 0.25, 0.14, 0.06])
        degree = int(np.clip(degree + leap, 3, 16))
        if time % (frame.beat * frame.beats) < 1e-6:
            degree = frame.roots[bar % len(frame.roots)] + int(frame.rng.choice([7, 9, 11]))
        if frame.rng.random() > 0.12:
            clash = frame.rng.random() < 0.25 * frame.cues.dissonance
            frame.note(part, pitch_of(degree, frame.scale, frame.tonic) + int(clash), time, length, 0.5)
        time += length
    return part


def _drums(frame: _Frame) -> pretty_midi.Instrument:
    part = pretty_midi.Instrument(0, is_drum=True, name="drums")
    hats = 2 if frame.cues.activity < 0.5 else 4
    fills = frame.rng.random(4 * frame.beats) < 0.12 + 0.15 * max(frame.cues.activity, 0)
    for bar in range(frame.bars):
        if bar % 4 == 0 and frame.cues.loudness > 0.3:
            frame.note(part, CRASH, frame.start(bar), frame.beat)
        for beat in range(frame.beats):
            frame.note(part, SNARE if beat % 2 else KICK, frame.start(bar, beat), 0.2, 0.5)
        for step in range(hats * frame.beats):
            frame.note(part, CLOSED_HAT, frame.start(bar, step / hats), 0.1, -1.5)
        for step in np.flatnonzero(fills).tolist():
            frame.note(part, KICK, frame.start(bar, step / 4), 0.2)
    return part
