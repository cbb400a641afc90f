"""Two predictions of the same song by two models: what they agree on, and where they differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.inference.prediction import Prediction


@dataclass(frozen=True)
class SideBySide:
    """`moods`: the moods that both models know, the largest difference first; columns one and other (probabilities),
    decides ("both", "one", "other" or "neither") and start (the second where the two differ most; NaN without
    timelines). `only_one` and `only_other` are decided moods that the other model does not know."""

    moods: pd.DataFrame
    only_one: list[str]
    only_other: list[str]

    def decided(self, by: str) -> list[str]:
        """The shared moods that `by` decides: "both", "one", "other" or "neither"."""
        return [str(mood) for mood in self.moods.index[self.moods["decides"] == by]]


def side_by_side(one: Prediction, other: Prediction) -> SideBySide:
    """Compare what two models predict for one song."""
    shared = [mood for mood in one.moods.index if mood in other.moods.index]
    left, right = one.moods.loc[shared], other.moods.loc[shared]
    decides = np.array(["neither", "one", "other", "both"], dtype=object)
    code = left["decided"].to_numpy(int) + 2 * right["decided"].to_numpy(int)
    table = pd.DataFrame(
        {
            "one": left["probability"].to_numpy(float),
            "other": right["probability"].to_numpy(float),
            "decides": decides[code],
            "start": _starts(one, other, shared),
        },
        index=pd.Index(shared, name="mood"),
    )
    order = np.argsort(-np.abs(table["one"].to_numpy() - table["other"].to_numpy()), kind="stable")
    return SideBySide(
        table.iloc[order],
        [mood for mood in one.decided if mood not in other.moods.index],
        [mood for mood in other.decided if mood not in one.moods.index],
    )


def _starts(one: Prediction, other: Prediction, moods: list[str]) -> np.ndarray:
    """The start in seconds (n_moods,) of the window of `one` in which each mood's probability differs most from that
    in the window of `other` that begins last before it."""
    if one.timeline is None or other.timeline is None or not len(one.timeline) or not len(other.timeline):
        return np.full(len(moods), np.nan)
    starts = one.timeline.index.to_numpy(float)
    rows = np.maximum(np.searchsorted(other.timeline.index.to_numpy(float), starts, side="right") - 1, 0)
    apart = np.abs(one.timeline[moods].to_numpy(float) - other.timeline[moods].to_numpy(float)[rows])
    return starts[apart.argmax(axis=0)]
