"""Answers about moods of the dataset as corrections of its labels: what was corrected, and labels as corrected.

The dataset's own files are never changed: corrections are laid over labels when a model is trained.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.versions import same_recording
from mer_core.model.trained import Model
from mer_core.teach.examples import latest, rows_of
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.pieces import kept_pieces
from mer_core.training.data import TrainingData
from mer_core.workspace.layout import Workspace

WEIGHT = 1
"""What a correction weighs beside a label of the dataset: it takes its place."""
CARD = """
**Corrections.** {changed} labels of {tracks} tracks were corrected by hand, each with the weight of a label of the
dataset ({weight}); the test part keeps the dataset's own labels, so that its figures can be compared.
"""
CARD_PIECES = """
**Pieces of one's own.** It learned from {pieces} more pieces that are no tracks of the dataset and were given moods by
hand, each with the weight of a track.
"""


def answers_table(answers: list[Answer], tracks: pd.DataFrame) -> pd.DataFrame:
    """The answers that stand, newest first: columns when, track_id, title, artist, mood, value, source, model, said,
    id."""
    named = tracks.set_index("track_id")
    columns = ["when", "track_id", "mood", "value", "source", "model", "said", "id"]
    table = pd.DataFrame([{name: getattr(a, name) for name in columns} for a in reversed(answers)], columns=columns)
    for position, name in enumerate(("title", "artist"), 2):
        table.insert(position, name, table["track_id"].map(named[name]).fillna(""))
    called = [answer.title for answer in reversed(answers)]
    table["title"] = table["title"].where(table["title"] != "", pd.Series(called, dtype=str))
    return table


def corrected(dataset: Dataset, answers: list[Answer], keep: np.ndarray | None = None) -> tuple[Dataset, int, int]:
    """`dataset` with corrected labels, how many labels changed and of how many tracks; answers about moods that it has
    not are left out.

    keep: (n_tracks,) bool, tracks whose labels stay as they are.
    """
    said = latest(answers, *rows_of(dataset.tracks, list(dataset.tracks["track_id"])))
    column_of = {mood.lower(): column for column, mood in enumerate(dataset.moods)}
    labels = dataset.labels.copy()
    for (mood, row), answer in said.items():
        if answer.value is not None and mood in column_of and (keep is None or not keep[row]):
            labels[row, column_of[mood]] = answer.value
    changed = labels != dataset.labels
    return replace(dataset, labels=labels), int(changed.sum()), int(changed.any(axis=1).sum())


def with_corrections(
    data: TrainingData, workspace: Workspace, *, pieces: bool = True
) -> tuple[TrainingData, dict[str, int]]:
    """Training data with the labels as corrected in the workspace's journal, test tracks as they were, and the pieces
    kept there (see pieces); and the counts "labels" and "tracks" of what changed, with their "weight", and
    "pieces".

    pieces: False where every track is also evaluated on (in folds), for little is known of them.
    """
    dataset, labels, tracks = corrected(data.dataset, Journal.of(workspace).read(), data.rows("test"))
    data, taken = replace(data, dataset=dataset), 0
    if pieces:
        data, taken = _with_pieces(data, workspace)
    return data, {"labels": labels, "tracks": tracks, "weight": WEIGHT, "pieces": taken}


def _with_pieces(data: TrainingData, workspace: Workspace) -> tuple[TrainingData, int]:
    """Training data with the kept pieces that were said to have one of its moods as further tracks to train on, and how
    many there are. As with the dataset's own labels, what was not said to be there counts as absent.

    A recording that the data hold already is not taken.
    """
    pieces, X = kept_pieces(workspace, data.encoder, data.pooling)
    if not len(pieces):
        return data, 0
    pieces = pieces.assign(split="train", **({"recording": ""} if "recording" in data.dataset.tracks else {}))
    empty = replace(data.dataset, tracks=pieces, labels=np.zeros((len(pieces), len(data.moods)), bool))
    said, _, _ = corrected(empty, Journal.of(workspace).read())
    durations = data.dataset.tracks["duration"].to_numpy(dtype=float)
    twins = [same_recording(x, t, data.X, durations).any() for x, t in zip(X, pieces["duration"], strict=True)]
    known = pieces["track_id"].isin(data.dataset.tracks["track_id"]).to_numpy(dtype=bool)
    kept = np.flatnonzero(said.labels.any(axis=1) & ~np.array(twins) & ~known)
    tracks = pd.concat([data.dataset.tracks, pieces.iloc[kept]], ignore_index=True)
    dataset = replace(data.dataset, tracks=tracks, labels=np.vstack([data.labels, said.labels[kept]]))
    return replace(data, dataset=dataset, X=np.vstack([data.X, X[kept]])), len(kept)


def note_in_card(model: Model, counts: dict[str, int]) -> None:
    """Note in the metrics, and in the card where there were any, how many corrections a trained model learned from."""
    model.metrics["corrections"] = counts
    if counts["labels"]:
        model.card += CARD.format(changed=counts["labels"], tracks=counts["tracks"], weight=counts["weight"])
    if counts["pieces"]:
        model.card += CARD_PIECES.format(pieces=counts["pieces"])
