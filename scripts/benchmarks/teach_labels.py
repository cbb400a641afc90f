"""How many of the labels that look wrong had been flipped: real labels, a twentieth of them made wrong.

MTG-Jamendo's test part, flipped in two ways: any label of any track and mood ("cells"), most of which were absent; and
given labels alone, each moved to another track ("moved"), so that a mood stays as frequent. The probabilities are those
of published models that have not seen the test part, calibrated on validation.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.shrinkage import fit_shrunken_logistic
from mer_core.teach.labels import suspects

SHARE = 0.05
REPEATS = 5


def flipped_labels(metadata: Path, outputs: Path) -> dict[str, Any]:
    """Precision among the first as many suspects as labels were flipped, and what chance gives."""
    dataset = Dataset.load(metadata).split_view()
    parts = [dataset.in_split(part) for part in ("validation", "test")]
    scores = [
        logit(np.load(outputs / f"{part}.npy").astype(np.float64).mean(axis=0)) for part in ("validation", "test")
    ]
    slope, intercept = fit_shrunken_logistic(parts[0].labels, scores[0])
    probabilities = sigmoid(slope * scores[1] + intercept)
    found = {way: _measured(way, parts[1].labels, probabilities, dataset.moods) for way in ("cells", "moved")}
    return found["cells"] | {"moved": found["moved"]}


def _measured(way: str, labels: np.ndarray, probabilities: np.ndarray, moods: tuple[str, ...]) -> dict[str, Any]:
    precisions, flips = [], 0
    for repeat in range(REPEATS):
        flipped = _flips(way, labels, np.random.default_rng(repeat))
        flips = int(flipped.sum())
        table = suspects(labels ^ flipped, probabilities, moods).head(flips)
        columns = [moods.index(mood) for mood in table["mood"]]
        precisions.append(flipped[table["row"].astype(int), columns].sum() / flips)
    return {"precision": float(np.mean(precisions)), "chance": flips / labels.size, "flipped": flips}


def _flips(way: str, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if way == "cells":
        return rng.random(labels.shape) < SHARE
    flipped = np.zeros(labels.shape, bool)
    given = np.argwhere(labels)
    for row, column in given[rng.permutation(len(given))[: round(SHARE * len(given))]]:
        absent = np.flatnonzero(~labels[:, column] & ~flipped[:, column])
        flipped[row, column] = flipped[rng.choice(absent), column] = True
    return flipped
