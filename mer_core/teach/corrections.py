"""Answers about moods of the dataset as corrections of its labels: what was corrected, and labels as corrected.

The dataset's own files are never changed: corrections are laid over labels when a model is trained.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.model.trained import Model
from mer_core.teach.examples import latest, rows_of
from mer_core.teach.journal import Answer, Journal
from mer_core.training.data import TrainingData
from mer_core.workspace.layout import Workspace

WEIGHT = 1
"""What a correction weighs beside a label of the dataset: it takes its place."""
CARD = """
**Corrections.** {changed} labels of {tracks} tracks were corrected by hand, each with the weight of a label of the
dataset ({weight}); the test part keeps the dataset's own labels, so that its figures can be compared.
"""


def answers_table(answers: list[Answer], tracks: pd.DataFrame) -> pd.DataFrame:
    """The answers that stand, newest first: columns when, track_id, title, artist, mood, value, source, model, said,
    id."""
    named = tracks.set_index("track_id")
    columns = ["when", "track_id", "mood", "value", "source", "model", "said", "id"]
    table = pd.DataFrame([{name: getattr(a, name) for name in columns} for a in reversed(answers)], columns=columns)
    for position, name in enumerate(("title", "artist"), 2):
        table.insert(position, name, table["track_id"].map(named[name]).fillna(""))
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


def with_corrections(data: TrainingData, workspace: Workspace) -> tuple[TrainingData, dict[str, int]]:
    """Training data with the labels as corrected in the workspace's journal, test tracks as they were; and the counts
    "labels" and "tracks" of what changed, with their "weight"."""
    dataset, labels, tracks = corrected(data.dataset, Journal.of(workspace).read(), data.rows("test"))
    return replace(data, dataset=dataset), {"labels": labels, "tracks": tracks, "weight": WEIGHT}


def note_in_card(model: Model, counts: dict[str, int]) -> None:
    """Note in the metrics, and in the card where there were any, how many corrections a trained model learned from."""
    model.metrics["corrections"] = counts
    if counts["labels"]:
        model.card += CARD.format(changed=counts["labels"], tracks=counts["tracks"], weight=counts["weight"])
