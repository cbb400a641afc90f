"""Which sounds the starter tells from music, and how much real music it calls none: made-up sounds, synthetic speech
where espeak-ng is installed, and the music and embeddings of ../shared."""

import argparse
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import fftconvolve, lfilter

from benchmarks import made_up_sounds as made
from benchmarks.made_up_sounds import RATE
from benchmarks.shared import SHARED
from mer_core.audio.decode import decode
from mer_core.inference.predict import Predictor, open_predictor
from mer_core.model import ood
from mer_core.training.starter.data import Pairs
from mer_core.training.starter.valence_arousal import RatedSongs

DESCRIPTION = "Which sounds the starter tells from music, and how much real music it calls none."

SPOKEN = {
    "en": "The train was late again, so we walked along the river and talked about the summer. Nobody else was there.",
    "de": "Der Zug kam wieder zu spät, also gingen wir am Fluss entlang und sprachen über den Sommer. Niemand war da.",
    "fr": "Le train avait encore du retard, alors nous avons marché le long de la rivière en parlant de l'été.",
    "es": "El tren llegó tarde otra vez, así que caminamos junto al río y hablamos del verano. No había nadie más.",
    "it": "Il treno era di nuovo in ritardo, così camminammo lungo il fiume parlando dell'estate. Non c'era nessuno.",
    "pl": "Pociąg znowu się spóźnił, więc poszliśmy wzdłuż rzeki i rozmawialiśmy o lecie. Nikogo tam nie było.",
}
VOICES = ("", "+f2", "+m3", "+f4", "+m7", "+croak")
"""Six variants of each language's voice: 36 clips."""
SPEECH_SECONDS = 20

Sounds = dict[str, list[np.ndarray]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    data = SHARED / "data"
    parser.add_argument(
        "--music",
        type=Path,
        default=data / "incompetech/audio",
        metavar="DIR",
        help="real music (default: %(default)s)",
    )
    parser.add_argument(
        "--people",
        type=Path,
        default=data / "people/musifeast17.npz",
        metavar="FILE",
        help="embeddings of rated songs (default: %(default)s)",
    )
    parser.add_argument(
        "--pairs",
        type=Path,
        default=data / "starter/pairs.npz",
        metavar="FILE",
        help="embeddings of unlabelled clips (default: %(default)s)",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="hear every Nth piece of music only")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Hear everything."""
    started = time.monotonic()
    predictor = open_predictor()
    groups = made_up() | (spoken() if shutil.which("espeak-ng") else {})
    files = sorted(args.music.rglob("*.mp3"))[:: args.every]
    return {
        "sounds": [_row(name, sounds, predictor) for name, sounds in groups.items()],
        "music": [
            _row(f"real music ({args.music.parent.name})", (decode(f, RATE).waveform for f in files), predictor),
            _rated(args.people, predictor),
            *_collections(args.pairs, predictor),
        ],
        "speech": "espeak-ng" if shutil.which("espeak-ng") else None,
        "seconds": time.monotonic() - started,
    }


def text(result: dict[str, Any]) -> str:
    """Two tables."""
    tables = {"sounds that are no music": "sounds", "music": "music"}
    parts = [f"{title}\n{pd.DataFrame(result[key]).to_string(index=False)}" for title, key in tables.items()]
    return "\n\n".join([*parts, *([] if result["speech"] else ["espeak-ng is not installed: no speech was heard"])])


def made_up() -> Sounds:
    """Sounds that are no music, by what they are."""
    noises = {colour: made.noise(number) for number, colour in enumerate(("white", "pink", "brown"))}
    long = {colour: made.noise(number, 60) for number, colour in enumerate(("white", "pink", "brown"))}
    seconds = np.arange(12 * RATE) / RATE
    beep = made.tone(1000) * (seconds % 0.5 < 0.1)
    turns = np.where(seconds % 1 < 0.5, made.tone(440), made.tone(660))
    chirp = np.sin(2 * np.pi * (200 * seconds + 150 * seconds**2))
    hum = sum(np.sin(2 * np.pi * 50 * k * seconds) / k for k in (1, 2, 3, 5))
    return {
        "silence": [np.zeros(12 * RATE)],
        "steady noise: white, pink, brown": list(noises.values()),
        "sines": [made.tone(hertz) for hertz in (100, 440, 4000)],
        "square wave, hum, tremolo, beeps": _floats(
            0.3 * np.sign(made.tone(220)), 0.1 * np.asarray(hum), made.swelling(made.tone()), beep
        ),
        "a tone that rises from 200 to 3,800 Hz": _floats(0.3 * chirp),
        "metronome clicks; a tone, then silence": _floats(
            _clicks(0.5), np.append(made.tone(seconds=5), np.zeros(10 * RATE))
        ),
        "a woodblock twice a second": [made.struck(900, 0.5)],
        "short sounds far apart: each second, every 2, 4 s": [made.struck(900, every) for every in (1.0, 2.0, 4.0)],
        "rain, 20 to 1,000 drops a second": [_rain(drops) for drops in (20, 100, 1000)],
        "white noise that swells over 3 to 20 s": [made.swelling(long["white"], 1 / s, 1) for s in (3, 10, 20)],
        "pink or brown noise that swells over 10 s": [made.swelling(long[c], 0.1, 1) for c in ("pink", "brown")],
        "noise that swells each second": [made.swelling(sound, 1, 1) for sound in long.values()],
        "two tones in turn": _floats(turns),
        "chirps like birds', 1 to 20 a second": [_birds(rate) for rate in (1, 2, 5, 10, 20)],
    }


def spoken() -> Sounds:
    """Synthetic speech, 36 clips in 6 languages, and what may happen to it."""
    clips = [_say(text, language + voice) for language, text in SPOKEN.items() for voice in VOICES]
    rng = np.random.default_rng(0)
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "speech": lambda clip: clip,
        "speech, compressed 3:1": lambda clip: made.compressed(clip, 3),
        "speech, compressed 6:1": lambda clip: made.compressed(clip, 6),
        "speech by telephone": lambda clip: lfilter([1, -1], [1, -0.9], lfilter([0.4], [1, -0.6], clip)),
        "speech in noise at 5 dB": lambda clip: clip + rng.normal(size=len(clip)) * clip.std() * 10 ** (-5 / 20),
        "speech, cut to 4 s": lambda clip: clip[: 4 * RATE],
        "speech in heavy reverberation": lambda clip: fftconvolve(clip, _room(rng))[: len(clip)],
    }
    found = {name: _floats(*map(way, clips)) for name, way in ways.items()}
    found["two voices at once"] = _floats(*((one + other) / 2 for one, other in _pairs(clips)))
    song = made.song(SPEECH_SECONDS)
    for louder in (0, 10, 20):
        found[f"speech over music, {louder} dB softer"] = _floats(
            *(clip / clip.std() + song / song.std() * 10 ** (-louder / 20) for clip in clips)
        )
    return found


def _row(name: str, sounds: Any, predictor: Predictor) -> dict[str, Any]:
    verdicts = [predictor.from_waveform(_level(s), RATE, timeline=False).out_of_domain for s in sounds]
    return {"what": name, "heard": len(verdicts), "no music": sum(v is not None for v in verdicts)}


def _rated(people: Path, predictor: Predictor) -> dict[str, Any]:
    """Rated songs, of which only the embedding is here, so that distance alone speaks."""
    X = RatedSongs.load(people).embedding[:, : int(predictor.model.encoder["dim"])]
    far = ood.relative_distance(X, predictor.model.distribution)
    return {"what": "rated songs, by embedding", "heard": len(far), "no music": int((far > ood.VERY_FAR).sum())}


def _collections(pairs: Path, predictor: Predictor) -> Iterator[dict[str, Any]]:
    """Clips of each collection of the training, by the limits of the others; by embedding."""
    clips, dim = Pairs.load(pairs), int(predictor.model.encoder["dim"])
    for collection in np.unique(clips.collection):
        inside = clips.collection == collection
        known = ood.fit(clips.embedding[~inside, :dim], groups=clips.clip[~inside])
        far = ood.relative_distance(clips.embedding[inside, :dim], known)
        none = int((far > ood.VERY_FAR).sum())
        yield {"what": f"collection {collection}, by the limits of the others", "heard": len(far), "no music": none}


def _say(text: str, voice: str) -> np.ndarray:
    program = ["espeak-ng", "-v", voice, "--stdout", text]
    wav = subprocess.run(program, check=True, capture_output=True).stdout
    waveform = decode(BytesIO(wav), RATE, name="speech.wav").waveform
    return np.asarray(np.resize(waveform, SPEECH_SECONDS * RATE), dtype=float)


def _pairs(clips: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(zip(clips, clips[7:] + clips[:7], strict=True))


def _room(rng: np.random.Generator) -> np.ndarray:
    time = np.arange(2 * RATE) / RATE
    return rng.normal(size=len(time)) * np.exp(-2.5 * time)


def _clicks(every: float) -> np.ndarray:
    """Clicks of 1 ms."""
    return np.where(np.arange(12 * RATE) % int(every * RATE) < RATE // 1000, 0.8, 0.0)


def _rain(drops: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    hits = (rng.random(12 * RATE) < drops / RATE) * rng.uniform(0.3, 1, 12 * RATE)
    return _floats(lfilter([1.0], [1, -0.9], hits * rng.normal(size=len(hits))))[0]


def _birds(rate: float) -> np.ndarray:
    time = np.arange(12 * RATE) / RATE % (1 / rate)
    length = min(0.1, 0.6 / rate)
    return _floats(np.where(time < length, np.sin(2 * np.pi * (3000 * time + 8000 * time**2)), 0.0))[0]


def _floats(*sounds: np.ndarray) -> list[np.ndarray]:
    return [_level(sound) for sound in sounds]


def _level(sound: np.ndarray) -> np.ndarray:
    """At .3 of full scale, where it is louder."""
    peak = np.abs(sound).max()
    return np.asarray(sound * (0.3 / peak if peak > 0.3 else 1.0), dtype=np.float32)
