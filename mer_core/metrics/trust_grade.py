"""How far a mood can be trusted, in words: from its measured PR-AUC, lift over chance and number of positive tracks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

GRADES = ("not reliable", "weak", "fair", "good")
"""From "no better than chance as far as was measured" to "more right than wrong among the tracks it ranks first"."""

NOT_MEASURED = "not measured"
"""The grade of a mood that nobody's words have tested: neither reliable nor unreliable."""

FAIR, GOOD = 0.15, 0.4
"""PR-AUC from which a reliable mood is fair, and good: of the tracks ranked first, about one in six, and two in five,
are right."""

LEAST_LIFT = 1.5
"""Below this lift a mood is "near chance": guessing has the PR-AUC of the share of tracks with the mood, high for a
common one."""


def grade(row: Mapping[Any, Any]) -> str:
    """NOT_MEASURED or one of GRADES for a mood's trust (keys reliable, pr_auc, lift, measured where there is one); what
    is found little more often than by guessing is weak at best."""
    if not row.get("measured", True):
        return NOT_MEASURED
    if not row["reliable"]:
        return GRADES[0]
    if not np.isfinite(row["pr_auc"]) or row["pr_auc"] < FAIR or row["lift"] < LEAST_LIFT:
        return GRADES[1]
    return GRADES[3] if row["pr_auc"] >= GOOD else GRADES[2]


def of_ones_own(trust: pd.DataFrame) -> "pd.Series[bool]":
    """Which moods (n_moods,) are of one's own: never measured, but resting on examples, which `support` counts (columns
    support, and measured where any is not)."""
    measured = trust.get("measured", pd.Series(True, index=trust.index)).astype(bool)
    return ~measured & (trust["support"] > 0)


def describe(row: Mapping[Any, Any]) -> str:
    """A sentence for a mood's trust (keys reliable, pr_auc, lift, support): "fair: 6 × chance, 112 tracks".

    One that was never measured and has support is a mood of one's own, which rests on so many tracks.
    """
    if not np.isfinite(row["pr_auc"]) and row["support"] > 0:
        return f"your own mood, from {_tracks(int(row['support']))}"
    if not row.get("measured", True):
        return f"{NOT_MEASURED}: nobody has said which music has this mood"
    if not np.isfinite(row["pr_auc"]) or not np.isfinite(row["support"]):
        return f"{grade(row)}: never measured"
    times = (
        "unknown lift"
        if not np.isfinite(row["lift"])
        else "near chance"
        if row["lift"] < LEAST_LIFT
        else f"{row['lift']:.0f} × chance"
    )
    return f"{grade(row)}: {times}, {_tracks(int(row['support']))}"


def how_strong(row: Mapping[Any, Any]) -> str:
    """How strong a mood is in a track: "41 % likely, stronger than in 96 % of music".

    Keys likelihood (how likely people say it) and percentile (rank in music); what is not known (missing, None, NaN) is
    left out, for a probability that was calibrated on nobody's words is no percentage to show.
    """
    likely, rank = (_known(row.get(key)) for key in ("likelihood", "percentile"))
    words = [] if likely is None else [f"{likely:.0%} likely".replace("%", " %")]
    return ", ".join([*words, *([] if rank is None else [f"stronger than in {int(100 * rank)} % of music"])])


def _known(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _tracks(n: int) -> str:
    return f"{n:,} track" + "s" * (n != 1)
