"""Score → waveform → MP3, with the General MIDI soundfont that comes with pretty_midi."""

import io
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from tinysoundfont import Sequencer, Synth
from tinysoundfont.midi import Event, NoteOff, NoteOn, ProgramChange

from mer_core.demo.composition import Score

SAMPLE_RATE = 32000
SOUNDFONT = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
DRUM_CHANNEL = 9
FADE_SECONDS = 1.5
PEAK = 0.9
"""No sample of a clip is larger."""


def render(score: Score) -> np.ndarray:
    """Play `score`: (n_samples,) float32 mono in [-PEAK, PEAK] at SAMPLE_RATE, fading out at the end; the same every
    time."""
    synth = Synth(gain=-6 + score.gain, samplerate=SAMPLE_RATE)
    synth.sfload(str(SOUNDFONT))
    Sequencer(synth).add(_events(score.midi))
    buffer = synth.generate(int(score.seconds * SAMPLE_RATE))
    waveform = np.frombuffer(buffer, np.float32).reshape(-1, 2).mean(axis=1)
    fade = int(FADE_SECONDS * SAMPLE_RATE)
    waveform[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return waveform * min(1.0, PEAK / max(float(np.abs(waveform).max()), 1e-9))


def _events(midi: pretty_midi.PrettyMIDI) -> list[Event]:
    """The score as the synthesizer's events in order of time; at the same time a note ends before one begins."""
    events = []
    for channel, part in enumerate(midi.instruments):
        number = DRUM_CHANNEL if part.is_drum else channel
        events.append(Event(ProgramChange(part.program), 0.0, number, False))
        for note in part.notes:
            events.append(Event(NoteOn(note.pitch, note.velocity), note.start, number, False))
            events.append(Event(NoteOff(note.pitch), note.end, number, False))
    return sorted(events, key=lambda event: (event.t, isinstance(event.action, NoteOn)))


def to_mp3(waveform: np.ndarray) -> bytes:
    """Encode (n_samples,) float32 at SAMPLE_RATE as MP3 of about 100 kbit/s; the same bytes every time."""
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, SAMPLE_RATE, format="MP3", compression_level=0.8, bitrate_mode="CONSTANT")
    return buffer.getvalue()
