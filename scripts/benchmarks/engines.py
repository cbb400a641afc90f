"""The same networks on other engines: how fast, how large, how soon ready, how far from the published network, and how
many of the starter's decisions change.

Each engine is measured in a process of its own, on one thread, from the spectrum or mel patch on (the front end before
it is NumPy for all). OpenVINO is no requirement of this package; where it is not installed the table says so. int8 is
calibrated on the patches that are measured: of the first songs, where there are songs, and decisions are compared on
the others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mer_core.audio.decode import decode
from mer_core.audio.formats import is_audio_name
from mer_core.cli import common
from mer_core.errors import AudioError, EncoderError
from mer_core.inference.predict import open_predictor
from mer_core.inference.predictor import Predictor

DESCRIPTION = "Measure MusiCNN, VGGish and discogs-effnet on TensorFlow, ONNX Runtime and OpenVINO."
ALL = tuple(
    f"{on} {in_}" for on in ("tensorflow", "onnxruntime", "openvino") for in_ in ("float32", "bfloat16", "int8")
)
ENGINES = {
    "musicnn": ("tensorflow float32, as published", *ALL[1:]),
    "vggish": ALL,
    "discogs-effnet": ALL,
}
"""The first is what the others are compared with."""
NOT_THERE = {
    "tensorflow int8": "TensorFlow has no int8 convolutions for this processor",
    "onnxruntime bfloat16": "ONNX Runtime has no bfloat16 kernels for this processor",
}
WEIGHTS = {"musicnn": "", "vggish": "random weights", "discogs-effnet": "random weights"}
PATCHES, PATCH_SAMPLES = 64, 48128
"""Patches that are measured; samples of one of MusiCNN's."""
SONG_PATCHES, SONGS = 12, 60
MELS = {"vggish": ((-2, 2), (96, 64)), "discogs-effnet": ((3, 1.5), (128, 96))}
"""Mean and deviation of made-up mel patches, and their shape."""
Row = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    parser.add_argument("--encoder", nargs="+", choices=tuple(ENGINES), default=list(ENGINES))
    parser.add_argument(
        "--repeats", type=common.positive, default=3, help="of which the quickest counts (default: %(default)s)"
    )
    parser.add_argument(
        "--audio", type=Path, help="folder of songs whose decisions by the starter are compared (default: none are)"
    )
    parser.add_argument("--songs", type=common.positive, default=SONGS, help="how many (default: %(default)s)")


def work(args: argparse.Namespace) -> Row:
    """Measure; returns {"engines": [{encoder, weights, engine, core_ms, ready_core_seconds, peak_mb, error,
    changed_decisions, songs, not_measured}]}: core-ms a second of audio, error relative to the first engine's vectors,
    the share of the starter's decisions that change (MusiCNN on songs only, else None)."""
    return {"engines": measured_engines(args.encoder, args.repeats, songs_of(args.audio, args.songs))}


def measured_engines(encoders: list[str], repeats: int, songs: np.ndarray | None) -> list[Row]:
    """The rows of `work`; songs: (n_songs, SONG_PATCHES, PATCH_SAMPLES)."""
    return [row for encoder in encoders for row in _rows(encoder, repeats, songs if encoder == "musicnn" else None)]


def _rows(encoder: str, repeats: int, songs: np.ndarray | None) -> list[Row]:
    rows: list[Row] = []
    expected = expected_decisions = None
    with tempfile.TemporaryDirectory() as folder:
        if songs is None:
            np.save(Path(folder) / "patches.npy", _patches(encoder))
        else:
            np.save(Path(folder) / "patches.npy", songs.reshape(-1, PATCH_SAMPLES)[:PATCHES])
            songs = songs[-(-PATCHES // SONG_PATCHES) :]
            np.save(Path(folder) / "songs.npy", songs.reshape(-1, PATCH_SAMPLES))
        for engine in ENGINES[encoder]:
            measured = (
                {"not_measured": NOT_THERE[engine]} if engine in NOT_THERE else _apart(encoder, engine, repeats, folder)
            )
            row = {"encoder": encoder, "weights": WEIGHTS[encoder], "engine": engine, **measured}
            if row["not_measured"] is None:
                found = np.load(Path(folder) / "vectors.npy")
                expected = found if expected is None else expected
                row["error"] = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
                row |= {"changed_decisions": None, "songs": 0 if songs is None else len(songs)}
                if songs is not None:
                    decided = _decisions(np.load(Path(folder) / "song_vectors.npy"))
                    expected_decisions = decided if expected_decisions is None else expected_decisions
                    row["changed_decisions"] = float((decided != expected_decisions).mean())
            rows.append(row)
    return rows


def text(result: Row) -> str:
    """The result as a table."""
    heads = f"{'core-ms/s':>10}{'ready, core-s':>15}{'peak MB':>9}{'error':>9}{'changed decisions':>19}"
    lines = [f"{'':16}{'':34}{heads}"]
    for row in result["engines"]:
        name = f"{row['encoder']:16}{row['engine']:34}"
        if row["not_measured"]:
            lines.append(f"{name}{row['not_measured']}")
            continue
        changed = "–" if row["changed_decisions"] is None else f"{row['changed_decisions']:.2%} of {row['songs']} songs"
        figures = f"{row['core_ms']:10.2f}{row['ready_core_seconds']:15.2f}{row['peak_mb']:9.0f}{row['error']:9.0e}"
        lines.append(f"{name}{figures}{changed:>19}")
    noted = sorted({f"{row['encoder']} has {row['weights']}" for row in result["engines"] if row["weights"]})
    return "\n".join([*lines, *([f"{'; '.join(noted)}: speed alone means something there"] if noted else [])])


def _apart(encoder: str, engine: str, repeats: int, folder: str) -> Row:
    command = [sys.executable, "-m", "benchmarks.engine_runs", encoder, engine, str(repeats), folder]
    here = Path(__file__).resolve().parents[1]
    threads = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent), *sys.path[1:]])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it ended without a word"]
        if "ModuleNotFoundError" in words[-1]:
            missing = words[-1].split("'")[1]
            return {"not_measured": f"not installed (pip install {missing})"}
        raise EncoderError(f"measuring {encoder} on {engine} failed: {words[-1]}")
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return {**found, "not_measured": None}


def _patches(encoder: str) -> np.ndarray:
    """Sound of PATCHES patches: chords that change, with noise; (n, 48128) or, for the others, mel patches."""
    rng = np.random.default_rng(0)
    if encoder != "musicnn":
        (mean, deviation), shape = MELS[encoder]
        return rng.normal(mean, deviation, (PATCHES, *shape)).astype(np.float32)
    clock = np.arange(PATCH_SAMPLES) / 16000
    pitches = 2 * np.pi * (110 + 9 * np.arange(PATCHES))[:, None]
    chords = sum(np.sin(pitches * step * clock) for step in (1, 1.26, 1.5))
    return (0.1 * np.asarray(chords) + rng.normal(0, 0.02, (PATCHES, PATCH_SAMPLES))).astype(np.float32)


def songs_of(folder: Path | None, wanted: int = SONGS) -> np.ndarray | None:
    """SONG_PATCHES patches of each of the first `wanted` audio files below `folder` that are long enough: (n_songs,
    SONG_PATCHES, PATCH_SAMPLES). None without a folder, or where so few are that none would be left to compare."""
    songs: list[np.ndarray] = []
    for path in sorted(folder.rglob("*")) if folder else []:
        if len(songs) < wanted and is_audio_name(path.name):
            try:
                waveform = decode(path, 16000).waveform
            except AudioError:
                continue
            if len(waveform) >= SONG_PATCHES * PATCH_SAMPLES:
                songs.append(waveform[: SONG_PATCHES * PATCH_SAMPLES].reshape(SONG_PATCHES, PATCH_SAMPLES))
    return np.stack(songs) if len(songs) > -(-PATCHES // SONG_PATCHES) else None


def _decisions(vectors: np.ndarray) -> np.ndarray:
    """What the starter decides of songs (n_songs × SONG_PATCHES, dim): (n_songs, n_moods) bool."""
    starter: Predictor = open_predictor()
    return np.stack(
        [
            starter.from_embedding(song, timeline=False).moods.sort_index()["decided"].to_numpy(bool)
            for song in vectors.reshape(-1, SONG_PATCHES, vectors.shape[1])
        ]
    )
