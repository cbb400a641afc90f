"""Maps of very many tracks: what is drawn is bounded and even, what is selected is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.figures.mood_map import Colouring, map_figure
from mer_core.maps import bounded
from mer_core.maps.bounded import Window, density, drawn_rows, in_box, in_lasso, window_of

SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], float)
DENT = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], float)


def crowd(n: int, seed: int = 0) -> np.ndarray:
    """Most tracks in one heap, and one far away."""
    places = np.random.default_rng(seed).normal(0, 1, (n, 2)).astype(np.float32)
    places[n // 2] = (40, 40)
    return places


def test_few_tracks_are_all_drawn() -> None:
    np.testing.assert_array_equal(drawn_rows(crowd(300)), np.arange(300))
    assert len(drawn_rows(np.empty((0, 2)))) == 0


def test_of_many_a_bounded_number_is_drawn_and_the_lonely_one_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_POINTS", 1000)
    places = crowd(20_000)
    rows = drawn_rows(places)
    assert len(rows) == 1000 and 10_000 in rows
    np.testing.assert_array_equal(rows, drawn_rows(places))
    occupied, drawn = (np.unique(bounded._cells(p, window_of(places), 256)) for p in (places, places[rows]))
    assert len(drawn) >= min(len(occupied), 990), "every occupied cell keeps one before any keeps two"


def test_a_smaller_window_shows_more_of_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_POINTS", 1000)
    places = crowd(20_000)
    window = Window(-0.2, -0.2, 0.2, 0.2)
    inside = in_box(places, window)
    rows = drawn_rows(places, window)
    assert inside[rows].all() and len(rows) == min(1000, inside.sum()) > inside[drawn_rows(places)].sum()


def test_what_is_drawn_after_a_zoom_reaches_beyond_what_is_in_view() -> None:
    assert bounded.around(Window(-1, 0, 1, 4)) == Window(-2, -2, 2, 6)


def test_the_density_counts_every_track_of_the_window() -> None:
    places = crowd(5000)
    for window in (window_of(places), Window(-1, -1, 1, 1)):
        counted = density(places, window)
        assert counted.counts.sum() == in_box(places, window).sum()
    row, column = np.unravel_index(density(places, window_of(places)).counts.argmax(), (120, 120))
    whole = density(places, window_of(places))
    assert abs(whole.x[column]) < 1 and abs(whole.y[row]) < 1, "the heap is at the origin"


def test_a_lasso_holds_what_is_inside_its_outline() -> None:
    places = np.array([[2, 2], [1, 1], [5, 2], [2, 0.5], [-1, 2], [2, 3.9]], float)
    assert in_lasso(places, SQUARE).tolist() == [True, True, False, True, False, True]
    assert in_lasso(places, DENT).tolist() == [False, True, False, True, False, False]
    assert not in_lasso(places, SQUARE[:2]).any()


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 6.28), st.integers(3, 40), st.booleans())
def test_a_lasso_round_a_circle_holds_the_circle(turn: float, corners: int, backwards: bool) -> None:
    angles = turn + np.linspace(0, 2 * np.pi, corners, endpoint=False)
    outline = np.column_stack([np.cos(angles), np.sin(angles)])[:: -1 if backwards else 1]
    places = np.random.default_rng(1).uniform(-2, 2, (200, 2))
    distance = np.hypot(*places.T)
    inside = in_lasso(places, outline)
    assert inside[distance < np.cos(np.pi / corners) - 1e-9].all() and not inside[distance > 1].any()


def test_the_figure_of_many_is_a_density_of_all() -> None:
    places = crowd(6000)
    values = np.where(np.arange(6000) % 3 == 0, "calm", "dark")
    colouring = Colouring("mood", values, {"calm": "#111111", "dark": "#222222"})
    layer, *groups = map_figure(places, colouring, dense=True).data
    assert layer.type == "heatmap" and layer.z.sum() == 6000
    assert [group.name for group in groups] == ["calm 2,000", "dark 4,000"]
    assert len(map_figure(places, colouring, dense=True).to_json()) < 120_000
