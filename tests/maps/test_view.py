"""The mood map's data: order, colours and selections."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mer_core.datasets.dataset import Dataset
from mer_core.figures import theme
from mer_core.figures.mood_map import Colouring, legend_counts, map_figure, painted
from mer_core.maps import view as map_view

MOODS = ("happy", "sad", "epic")


@pytest.fixture
def dataset() -> Dataset:
    labels = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0]], bool)
    ids = [f"track_{i:07d}" for i in range(4)]
    tracks = pd.DataFrame(
        {
            "track_id": ids,
            "artist_id": "artist_1",
            "album_id": "album_1",
            "path": "00/0.mp3",
            "duration": 30.0,
            "split": "train",
        }
    )
    tracks["title"], tracks["artist"] = ["Sunny Day", "Storm", "Rain", ""], ["Ann", "Bob", "Ann", ""]
    return Dataset(
        "small",
        tracks,
        labels,
        MOODS,
        ("mood/theme",) * 3,
        pd.DataFrame(columns=["track_id", "category", "tag"]),
        MOODS,
    )


@pytest.fixture
def view(dataset: Dataset) -> map_view.MapView:
    places = pd.DataFrame(
        {"track_id": ["track_0000002", "track_0000000", "track_0000001"], "x": [2.0, 0.0, 1.0], "y": [20.0, 0.0, 10.0]}
    )
    scores = pd.DataFrame({"happy": [0.9, 0.1, 0.8]}, index=["track_0000000", "track_0000001", "track_0000002"])
    return map_view.view_map(dataset, places, scores, scores >= 0.5)


def test_places_follow_the_tracks_and_tracks_without_one_are_left_out(view: map_view.MapView) -> None:
    assert list(view.dataset.tracks["track_id"].str[-1]) == ["0", "1", "2"]
    assert list(view.x) == [0, 1, 2] and list(view.y) == [0, 10, 20]


def test_outcomes_compare_decisions_with_labels(view: map_view.MapView) -> None:
    assert list(map_view.outcomes(view, "happy")) == ["true positive", "false negative", "false positive"]  # type: ignore[arg-type]
    assert map_view.outcomes(view, "epic") is None


def test_families_and_places_on_the_plane(view: map_view.MapView) -> None:
    assert list(map_view.families(view)) == ["joyful", "epic", "sad"]
    plane = map_view.valence_and_arousal(view)
    assert plane[0, 0] > 0 > plane[2, 0]


def test_measured_valence_and_arousal_come_before_those_of_moods(dataset: Dataset) -> None:
    places = pd.DataFrame({"track_id": dataset.tracks["track_id"][:3], "x": range(3), "y": range(3)})
    measured = pd.DataFrame([[0.3, -0.4], [-0.1, 0.2]], index=["track_0000001", "track_0000000"])
    plane = map_view.valence_and_arousal(map_view.view_map(dataset, places, measured=measured))
    np.testing.assert_allclose(plane, [[-0.1, 0.2], [0.3, -0.4], [np.nan, np.nan]])


def test_a_selection_is_compared_with_the_whole_map(view: map_view.MapView) -> None:
    table = map_view.selection_moods(view, np.array([False, False, True]))
    assert list(table.index) == ["sad"] and table.loc["sad", "lift"] == pytest.approx(3.0)
    everything = map_view.selection_moods(view, np.ones(3, bool))
    assert np.allclose(everything["lift"], 1.0)


def test_where_nobody_labelled_the_decisions_stand_for_labels(dataset: Dataset) -> None:
    places = pd.DataFrame({"track_id": dataset.tracks["track_id"], "x": range(4), "y": range(4)})
    scores = pd.DataFrame(
        {"sad": [0.9, 0.1, 0.8, 0.2], "happy": [0.2, 0.3, 0.1, 0.9]}, index=dataset.tracks["track_id"]
    )
    bare = dataclasses.replace(dataset, labels=np.zeros((4, 0), bool), moods=(), categories=(), split_moods=())
    view = map_view.view_map(bare, places, scores, scores >= 0.5)
    assert view.predicted and view.dataset.moods == ("sad", "happy")
    assert list(view.has("sad")) == [True, False, True, False]
    assert list(map_view.families(view)) == ["sad", map_view.NOTHING_FITS, "sad", "joyful"]
    assert map_view.outcomes(view, "sad") is None, "decisions cannot be evaluated by themselves"
    without = map_view.view_map(bare, places)
    assert not without.predicted and np.isnan(map_view.valence_and_arousal(without)).all()


def test_rows_of_tracks_without_a_place_are_left_out(view: map_view.MapView) -> None:
    assert list(view.rows(["track_0000002", "track_0000003", "track_0000000"])) == [0, 2]


COLOURS = {"joyful": "#caaf3c", "sad": "#3388d8", "epic": "#a19dfa", "calm": "#4dc6c9"}


def test_the_legend_counts_the_selection(view: map_view.MapView) -> None:
    colouring = Colouring("family", map_view.families(view), COLOURS)
    counted = legend_counts(colouring, np.array([True, False, False]))
    assert counted == {"joyful 1": "joyful 1 / 1", "sad 1": "sad 0 / 1", "epic 1": "epic 0 / 1"}
    figure = map_figure(view.places, colouring, close_to=2)
    assert [trace.name for trace in figure.data] == list(counted)
    low, high = figure.layout.xaxis.range
    assert low < 2 < high


def test_points_have_the_colours_of_their_words_on_both_backgrounds(view: map_view.MapView) -> None:
    families = map_view.families(view)
    colours = {**COLOURS, "joyful": theme.FAMILY_COLOURS["joyful"]}
    plain = painted(Colouring("family", families, colours))
    assert [plain.groups[place].split()[0] for place in plain.index] == list(families)
    assert plain.palette[plain.groups.index("joyful 1")] == theme.FAMILY_COLOURS["joyful"]
    dark = painted(Colouring("family", families, colours), dark=True)
    assert dark.palette[dark.groups.index("joyful 1")] == theme.DARK_FAMILY_COLOURS["joyful"]
    some = painted(Colouring("family", families, colours), np.array([2]))
    assert some.groups == plain.groups and list(some.index) == [plain.index[2]]


def test_numbers_lie_on_the_scale_and_unknown_ones_are_grey() -> None:
    found = painted(Colouring("valence", np.array([-1.0, 1.0, np.nan, 7.0]), limits=(-1, 1)))
    shown = [found.palette[place] for place in found.index]
    assert shown == [theme.POINT_SCALE[0], theme.POINT_SCALE[-1], theme.MUTED, theme.POINT_SCALE[-1]]


def test_the_figure_holds_neither_points_nor_names(view: map_view.MapView) -> None:
    figure = map_figure(view.places, Colouring("valence", np.array([0.0, 0.5, 1.0]), limits=(-1, 1)))
    assert view.names[0] not in figure.to_json() and [list(trace.x) for trace in figure.data] == [[None]]


def test_the_pointer_shows_title_artist_and_moods(view: map_view.MapView) -> None:
    shown = view.labels_of(np.array([0]))[0]
    name, moods = shown.split("\n")
    assert name == view.names[0]
    assert moods == ", ".join(np.array(view.dataset.moods)[view.dataset.labels[0]])


def test_numbers_become_a_colour_bar(view: map_view.MapView) -> None:
    figure = map_figure(view.places, Colouring("valence", np.array([0.0, 0.5, 1.0]), limits=(-1, 1)))
    assert figure.data[0].marker.cmin == -1 and figure.data[0].marker.colorbar.title.text == "valence"
    plot = figure.layout.height - 20  # pixels without the margins
    assert (1 - figure.data[0].marker.colorbar.len) * plot > 32, "the chart's tools stand over the first 32 pixels"
