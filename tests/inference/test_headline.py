"""The line that says a track's feeling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.inference.headline import NO_FEELING, OnPlane, headline
from mer_core.moods import MOODS, coordinates, kind_of, names_feeling, squared_distances

NAMES = sorted(MOODS)


def table(
    percentiles: dict[str, float],
    decided: tuple[str, ...] = (),
    banned: tuple[str, ...] = (),
    place: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Moods whose probability is their percentile, of a track at `place` on the plane."""
    index = pd.Index(list(percentiles), name="mood")
    return pd.DataFrame(
        {
            "probability": np.nan_to_num(np.array(list(percentiles.values()), float), nan=0.1),
            "threshold": 0.9,
            "decided": index.isin(decided),
            "kind": [kind_of(mood) for mood in index],
            "percentile": list(percentiles.values()),
            "allowed": ~index.isin(banned),
            "measured": ~index.isin(["soft"]),
            "contradicted": False,
            "reach": 1.0,
            "distance": 0.0 if place is None else squared_distances([place], list(index))[0],
        },
        index=index,
    )


@pytest.mark.parametrize(
    ("percentiles", "line"),
    [
        ({"calm": 0.98, "happy": 0.4}, "clearly calm"),
        ({"calm": 0.85, "happy": 0.4}, "calm"),
        ({"calm": 0.6, "happy": 0.4}, "perhaps calm"),
        ({"calm": 0.98, "sad": 0.98}, "between calm and sad"),
        ({"calm": 0.98, "relaxing": 0.98}, "clearly calm"),
        ({"film": 0.99, "slow": 0.99, "sad": 0.9}, "sad"),
        ({"soft": 0.99, "sad": 0.9}, "sad"),
        ({"powerful": 0.99, "sexy": 0.99, "sad": 0.6}, "perhaps sad"),
        ({"powerful": 0.99, "sexy": 0.5}, "clearly powerful"),
    ],
)
def test_how_sure_it_is_is_said(percentiles, line):
    assert headline(table(percentiles)) == line


def test_a_decided_feeling_comes_before_a_stronger_one_that_is_not():
    assert headline(table({"calm": 0.98, "dark": 0.9}, decided=("dark",))) == "dark"


def test_a_mood_that_may_not_be_decided_is_not_named():
    assert headline(table({"calm": 0.98, "dark": 0.9}, banned=("calm",))) == "dark"
    assert headline(table({"calm": 0.98}, banned=("calm",))) == NO_FEELING


@given(st.lists(st.floats(0, 1), min_size=len(NAMES), max_size=len(NAMES)), st.booleans())
def test_there_is_always_a_line_that_names_a_feeling(percentiles, ranked):
    values = percentiles if ranked else [np.nan] * len(NAMES)
    named = [mood for mood in headline(table(dict(zip(NAMES, values, strict=True)))).split() if mood in MOODS]
    assert named
    assert all(names_feeling(mood) for mood in named)


def test_of_two_as_probable_the_nearer_on_the_plane_is_named():
    alike = {"epic": 0.8, "happy": 0.8}
    assert headline(table(alike, place=(0.8, 0.4))) == "happy"
    assert headline(table(alike, place=(0.1, 0.8))) == "epic"


def test_a_vague_decision_does_not_give_the_headline():
    assert headline(table({"cool": 0.98, "happy": 0.8}, decided=("cool",))) == "happy"


def test_a_track_between_two_sides_is_between_two_feelings_even_where_one_is_decided():
    both = table({"sad": 0.8, "relaxing": 0.8}, decided=("sad",), place=(-0.1, -0.5))
    near_the_middle = OnPlane((-0.1, -0.5), ((-0.6, 0.4), (-0.8, -0.2)))
    assert headline(both, near_the_middle) == "between sad and relaxing"
    clearly_unpleasant = OnPlane((-0.4, -0.5), ((-0.9, 0.1), (-0.8, -0.2)))
    assert headline(both, clearly_unpleasant) == "sad"


@given(
    st.tuples(*[st.floats(-1, 1)] * 2), st.floats(0.05, 0.5), st.lists(st.floats(0.01, 0.99), min_size=2, max_size=9)
)
def test_two_feelings_in_one_line_lie_apart_on_the_plane(place, half, values):
    names = ["calm", "happy", "sad", "dark", "energetic", "relaxing", "romantic", "heavy", "fun"][: len(values)]
    ends = tuple((x - half, x + half) for x in place)
    line = headline(table(dict(zip(names, values, strict=True)), place=place), OnPlane(place, ends))
    named = [word for word in line.split() if word in names]
    assert len(named) == (2 if line.startswith("between") else 1)
    assert len(named) == 1 or np.linalg.norm(np.subtract(*coordinates(named))) > 0.7
