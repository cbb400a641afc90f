"""The figures of one prediction."""

import pandas as pd

from mer_core.figures import predict as figures
from mer_core.figures import theme

MOODS = pd.DataFrame(
    {"probability": [0.11, 0.05, 0.004], "threshold": [0.12, 0.3, 0.06], "reliable": [True, False, True]},
    index=["happy", "sad", "soft"],
)


def test_percentages_stand_where_no_threshold_can_reach_them() -> None:
    figure = figures.moods_figure(MOODS)
    texts = {text.y: text.text for text in figure.layout.annotations}
    assert texts == {"happy": "11%", "sad": "5%", "soft": "<1%"}
    assert all(
        text.xref == "paper" and text.x == 1 and 0 < text.xshift < figure.layout.margin.r
        for text in figure.layout.annotations
    )
    assert figure.layout.xaxis.range[1] > 0.3 and not figure.data[0].text


def test_probabilities_that_nobody_calibrated_are_shown_as_ranks_in_music() -> None:
    ranked = MOODS.assign(percentile=[0.4, 0.978, 0.6], threshold_percentile=[0.95, 0.9, 0.99])
    figure = figures.moods_figure(ranked)
    assert list(figure.data[0].y) == ["happy", "soft", "sad"] and list(figure.data[0].x) == [0.4, 0.6, 0.978]
    assert {text.y: text.text for text in figure.layout.annotations} == {"sad": "97%", "soft": "60%", "happy": "40%"}
    assert list(figure.data[1].x) == [0.95, 0.99, 0.9] and "music" in figure.layout.xaxis.title.text
    assert list(figures.strongest(ranked, 2).index) == ["sad", "soft"]
    over_time = figures.timeline_figure(pd.DataFrame({"sad": [0.1, 0.2]}, index=[0.0, 3.0]), ["sad"], 6, percent=False)
    assert not any("%" in text for text in over_time.data[1].text)


def test_a_pale_bar_keeps_an_edge_of_full_colour() -> None:
    bar = figures.moods_figure(MOODS).data[0]
    edges = [theme.mood_colour(mood) for mood in bar.y]
    assert list(bar.marker.line.color) == edges
    assert list(bar.marker.color) == [edges[0], edges[1] + figures.PALE, edges[2]]


def test_each_of_the_track_s_moods_has_its_name_on_the_plane() -> None:
    """Near ones on different sides of their points."""
    own = figures.plane_figure(0.2, 0.6, ["powerful", "energetic", "sad"]).data[1]
    assert list(own.text) == ["powerful", "energetic", "sad"]
    assert list(own.textposition) == [figures.SIDES[0], figures.SIDES[1], figures.SIDES[0]]
