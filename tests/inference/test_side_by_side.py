"""Two predictions of one song side by side: what both decide, what one alone, and where they differ most."""

import pandas as pd
import pytest
from small_prediction import make_prediction

from mer_core.inference.side_by_side import side_by_side


def test_what_both_decide_and_where_they_differ_is_found() -> None:
    one, other = make_prediction(decided=("calm", "dream")), make_prediction(decided=("calm", "sad"), model_name="b")
    other.moods.loc["sad", "probability"] = 0.9
    other.timeline.loc[3.0, "sad"] = 0.95
    found = side_by_side(one, other)
    assert (found.decided("both"), found.decided("one"), found.decided("other")) == (["calm"], ["dream"], ["sad"])
    assert found.moods.index[0] == "sad" and found.moods.loc["sad", "start"] == 3.0
    assert found.moods.loc["sad", ["one", "other"]].tolist() == pytest.approx([0.3, 0.9])
    assert (found.only_one, found.only_other) == ([], [])


def test_moods_that_one_model_alone_knows_stand_apart() -> None:
    one = make_prediction(decided=("calm", "dream"))
    other = make_prediction(decided=("calm",))
    other = make_prediction(decided=("calm",), moods=other.moods.drop(index=["dream", "epic"]))
    found = side_by_side(one, other)
    assert set(found.moods.index) == {"calm", "sad"} and found.only_one == ["dream"]


def test_windows_of_other_lengths_are_matched_in_time_and_none_are_needed() -> None:
    one, other = make_prediction(), make_prediction()
    longer = other.timeline.iloc[:1].set_axis(pd.Index([0.0], name="start"))
    found = side_by_side(one, make_prediction(timeline=longer))
    assert found.moods.loc["epic", "start"] == 3.0  # .30 there against .05 of the one long window
    without = side_by_side(one, make_prediction(timeline=None))
    assert without.moods["start"].isna().all()
