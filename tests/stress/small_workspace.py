"""A whole workspace of nine short pieces, made by the project's own scripts in seconds: dataset, audio, embeddings,
model, map.

Only the network's training is replaced by a closed form (`quick_training`): it would import TensorFlow for nothing.
"""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import soundfile
from small_dataset import TAGS, track_line, write_dataset

from mer_core.cli import build_embeddings, build_map, import_dataset, train_classifier

ENCODER = "placeholder"
MODEL = "small"
SECONDS = 2.5
RATE = 16000
N_TRACKS = 9  # from ten on the map is fitted by UMAP, which takes long to import


def tune(number: int, seconds: float = SECONDS) -> np.ndarray:
    """A piece of its own kind for each number: a chord with a pulse, (n,) float32 in [-1, 1]."""
    time = np.arange(round(seconds * RATE)) / RATE
    root = 110 * 2 ** ((number * 5 % 36) / 12)
    chord = sum(
        np.sin(2 * np.pi * root * ratio * time) / (3 + k)
        for k, ratio in enumerate((1, 1.25 - 0.05 * (number % 2), 1.5, 2))
    )
    noise = np.random.default_rng(number).normal(0, 0.02, time.size)
    return np.asarray((chord * (0.6 + 0.4 * np.sin(2 * np.pi * (1 + number % 7) * time)) + noise) * 0.5, np.float32)


def make_metadata(folder: Path) -> Path:
    """The dataset's folder in the MTG-Jamendo layout, with its audio in `folder/audio`."""
    lines = [
        track_line(100 * i + i % 2, [TAGS[i % 3], *([TAGS[(i + 1) % 3]] if i % 2 else [])], duration=SECONDS)
        for i in range(N_TRACKS)
    ]
    parts = {"train": [0, 1, 2, 6, 7], "validation": [3, 4], "test": [5, 8]}
    write_dataset(folder, lines, {part: [lines[i] for i in tracks] for part, tracks in parts.items()}, tags=TAGS)
    names = [f"track_{100 * i + i % 2:07d}\tArtist {i}\tSong {i} <b>*bold*</b>" for i in range(N_TRACKS)]
    (folder / "autotagging_moodtheme.meta.tsv").write_text(
        "\n".join(["TRACK_ID\tARTIST_NAME\tTRACK_NAME", *names]) + "\n"
    )
    for i in range(N_TRACKS):
        path = folder / "audio" / f"{i % 2:02d}" / f"{100 * i + i % 2}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tune(i), RATE, format="MP3")
    return folder


def steps(root: Path, metadata: Path) -> list[tuple[Any, list[str]]]:
    """The scripts, with their arguments, that make the workspace `root`."""
    return [
        (import_dataset, [str(root), "--metadata", str(metadata), "--title", "Nine pieces"]),
        (build_embeddings, [str(root), "--encoder", ENCODER]),
        (train_classifier, [str(root), "--encoder", ENCODER, "--name", MODEL]),
        (build_map, [str(root), "--encoder", ENCODER]),
    ]


def make_workspace(root: Path, metadata: Path) -> Path:
    """Make the workspace `root` from the dataset in `metadata`."""
    for script, arguments in steps(root, metadata):
        code, _, reported = call(script, arguments)
        if code:
            raise RuntimeError(f"{script.__name__} ended with {code}: {reported}")
    return root


def call(script: Any, arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run a script's main() in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), quick_training():
        try:
            code = script.main(list(arguments))
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
    return code, out.getvalue(), err.getvalue()


def quick_training() -> Any:
    """Replaces the training of the network by least squares, so that a model is there in a moment."""
    return mock.patch("mer_core.model.classifier.train_members", _least_squares)


def _least_squares(settings: Any, train: Any, *others: Any) -> Any:
    ridge = train.X.T @ train.X + 10 * np.eye(train.X.shape[1])
    weights = np.linalg.solve(ridge, train.X.T @ (2.0 * train.Y - 1.0))
    return (((weights.astype(np.float32), np.zeros(train.Y.shape[1], np.float32)),),)
