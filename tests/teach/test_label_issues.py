"""Labels that look wrong: flipped ones come first, and what else is odd about labels is reported."""

import numpy as np
import pytest

from mer_core.errors import DatasetError
from mer_core.teach.labels import (
    Labelled,
    moods_of_one_artist,
    probabilities_held_out,
    reliability_of,
    suspects,
    twin_moods,
    unequal_duplicates,
)

MOODS = ("calm", "dark", "happy")


@pytest.fixture(scope="module")
def data() -> Labelled:
    """300 made-up tracks of 60 artists whose labels follow from their sound."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 12))
    labels = X[:, :3] + 0.3 * rng.normal(size=(300, 3)) > 0.6
    return Labelled(X, labels, MOODS, np.array([f"artist_{i % 60}" for i in range(300)]))


def test_flipped_labels_are_found_before_others(data: Labelled) -> None:
    flipped = np.random.default_rng(2).random(data.labels.shape) < 0.05
    wrong = Labelled(data.X, data.labels ^ flipped, MOODS, data.artists)
    table = suspects(wrong.labels, probabilities_held_out(wrong), MOODS)
    first = table.head(int(flipped.sum()))
    hits = flipped[first["row"].astype(int), [MOODS.index(mood) for mood in first["mood"]]]
    assert hits.mean() > 5 * flipped.mean()
    assert set(first["kind"]) == {"wrong", "missing"}
    assert (np.diff(table["confidence"]) >= 0).all()
    given = wrong.labels[table["row"].astype(int), [MOODS.index(mood) for mood in table["mood"]]]
    assert (given == (table["kind"] == "wrong")).all()


def test_held_out_probabilities_predict_the_labels(data: Labelled) -> None:
    P = probabilities_held_out(data)
    assert (reliability_of(data.labels, P) > 0.8).all()
    assert P.mean(axis=0) == pytest.approx(data.labels.mean(axis=0), abs=0.05)


def test_rare_moods_and_few_tracks_are_not_checked(data: Labelled) -> None:
    labels = data.labels.copy()
    labels[:, 0] = False
    labels[:9, 0] = True
    assert Labelled(data.X, labels, MOODS, data.artists).checkable().moods == ("dark", "happy")
    with pytest.raises(DatasetError, match="too few"):
        probabilities_held_out(Labelled(data.X[:15], data.labels[:15], MOODS, data.artists[:15]))


def test_no_label_to_doubt_gives_an_empty_table() -> None:
    assert len(suspects(np.zeros((4, 1), bool), np.full((4, 1), 0.5), ["calm"])) == 0


def test_moods_that_stand_for_each_other_or_for_an_artist_are_reported(data: Labelled) -> None:
    labels = np.column_stack([data.labels[:, 0], data.labels[:, 0], np.arange(300) % 60 == 3])
    labels[0, 1] ^= True
    labels[5:20, 2] = False
    labels[[5, 6], 2] = True
    twins = twin_moods(labels, MOODS)
    assert twins[["mood", "other"]].to_numpy().tolist() == [["calm", "dark"]]
    assert twins["overlap"][0] > 0.9
    artists = np.where(labels[:, 2] & (np.arange(300) > 20), "artist_3", data.artists)
    table = moods_of_one_artist(
        Labelled(data.X, np.repeat(labels, 4, axis=0)[:300], MOODS, np.repeat(artists, 4)[:300])
    )
    assert "artist_3" in set(table["artist_id"])
    assert (table["share"] >= 0.5).all()


def test_duplicates_with_other_labels_are_reported(data: Labelled) -> None:
    X, labels = data.X.copy(), data.labels.copy()
    X[10], X[20] = X[3], X[4]
    labels[10], labels[20] = ~labels[3], labels[4]
    assert unequal_duplicates(X, labels)[["row", "other"]].to_numpy().tolist() == [[3, 10]]
