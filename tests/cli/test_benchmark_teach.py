"""The benchmark of teaching: it asks only where it may, and its figures are those of the answers."""

import sys

import numpy as np
import pytest
from pages_common import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from benchmarks import teach
from benchmarks.teach_labels import SHARE, _flips

from mer_core.teach.learner import Space


def trials(known: bool) -> list[teach.Trial]:
    """Two moods, two repeats each, that lie in a direction of the sound of 240 tracks."""
    rng = np.random.default_rng(0)
    X, log_odds = rng.normal(size=(240, 12)), rng.normal(size=(240, 4))
    features = Space.fit(X, log_odds).features(X, log_odds)
    asked = np.arange(240) % 2 == 0
    return [
        teach.Trial(f"mood {k}", features, X[:, k] > 0.8, asked, X[:, k] + 2 * rng.normal(size=240), known)
        for k in (0, 1)
        for _ in range(2)
    ]


@pytest.mark.parametrize("known", [False, True])
def test_figures_by_answers(known: bool) -> None:
    found = teach._curves(iter(trials(known)))
    assert found["moods"] == 2
    assert list(found["by_answers"]) == [str(n) for n in teach.ANSWERS]
    for row in found["by_answers"].values():
        assert {"average_precision", "random", "starter"} <= row.keys()
        assert all(found["chance"] < row[key] <= 1 for key in ("average_precision", "random"))
    assert found["by_answers"]["50"]["average_precision"] > found["by_answers"]["3"]["average_precision"]
    assert "asked after 20" in teach.text({"sets": {"made up": found}})


def test_moved_labels_keep_the_moods_as_frequent_as_they_were() -> None:
    labels = np.random.default_rng(1).random((400, 5)) < 0.3
    flipped = _flips("moved", labels, np.random.default_rng(2))
    assert ((labels ^ flipped).sum(axis=0) == labels.sum(axis=0)).all()
    assert flipped.sum() == 2 * round(SHARE * labels.sum())
