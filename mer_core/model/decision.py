"""Raw predictions → calibrated probabilities and decisions.

Which moods a track has is written once, in `decided`; the script, the library, exports and every page ask it. `Rule` is
what goes before: a calibration and thresholds fitted to other tracks' labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mer_core.model.album_context import AlbumContext, fit_album_context
from mer_core.model.calibration import Calibration, fit_calibration
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.thresholds import DEFAULT_METHOD, choose_thresholds, decide

MOST_OFTEN = 3.0
"""A mood's rate in a library, at most, as a multiple of its share of MTG-Jamendo's tracks."""
FEW = 50


def allowed(trust: pd.DataFrame) -> np.ndarray:
    """Which moods (n_moods,) may be decided by a table of trust: those that are reliable, and those that nobody's words
    have measured yet (column "measured", where there is one). A mood that was measured and found unreliable may not."""
    reliable = trust["reliable"].to_numpy(dtype=bool)
    return reliable | ~trust["measured"].to_numpy(dtype=bool) if "measured" in trust else reliable


def decided(
    P: np.ndarray,
    thresholds: np.ndarray,
    may: np.ndarray,
    *,
    music: np.ndarray | bool = True,
    contradicted: np.ndarray | bool = False,
    reach: np.ndarray | None = None,
    distance: np.ndarray | None = None,
) -> np.ndarray:
    """The decisions (n_tracks, n_moods) bool for calibrated probabilities P of that shape.

    Decided is what is at or above the threshold (n_moods,), of a mood that may be decided (n_moods,), of a sound that
    is music (n_tracks,), and not contradicted by what was measured otherwise (n_tracks, n_moods).

    reach: (n_moods,) how far below its threshold, in log-odds, a feeling may still be decided where a track has no
    other of those with a reach: the one that stands highest above the end of its reach, less `distance` (see
    `nearness`). NaN for moods that never are; None: no mood is.

    distance: (n_tracks, n_moods) squared, see moods.squared_distances. Where it is given the nearest feeling need only
    be at a finite one; near the middle of valence and arousal nearly every mood is contradicted.
    """
    P = np.asarray(P, float)
    possible = np.broadcast_to(may & np.reshape(music, (-1, 1)) & ~np.asarray(contradicted), P.shape)
    decisions = decide(P, thresholds) & possible
    if reach is None or not np.isfinite(reach).any():
        return decisions
    named = np.isfinite(reach)
    may_be_nearest = possible if distance is None else may & np.reshape(music, (-1, 1)) & np.isfinite(distance)
    height = logit(P) - logit(np.clip(thresholds, 0.0, 1.0)) + reach
    within = may_be_nearest & named & (height >= 0)
    rows = np.flatnonzero(within.any(axis=1) & ~(decisions & named).any(axis=1))
    near = np.where(within, height - (0.0 if distance is None else distance), -np.inf)
    decisions[rows, near.argmax(axis=1)[rows]] = True
    return decisions


def nearness(P: np.ndarray, distance: np.ndarray | float) -> np.ndarray:
    """How near moods are to tracks, by both witnesses: log-odds of probabilities P (…, n_moods) less the squared
    distances on the plane of valence and arousal, of that shape or 0 where not known.

    A distance of 1 (two standard deviations of music) thus counts as much as odds of 2.7 to 1. Weights of .5 to 4 and
    percentiles in place of probabilities were tried on a composer's words and on rated songs: this weight is a middle
    between the words, which like less, and the ratings, which like more; percentiles name rare moods too often.
    """
    return np.asarray(logit(np.asarray(P, float)) - distance)


def decided_in_table(moods: pd.DataFrame, *, music: bool) -> np.ndarray:
    """The decisions (n_moods,) for one track's table of moods, as a Prediction holds it (columns probability,
    threshold, allowed, contradicted, reach, distance)."""
    return decided(
        moods[["probability"]].to_numpy(float).T,
        moods["threshold"].to_numpy(float),
        moods["allowed"].to_numpy(bool),
        music=music,
        contradicted=moods[["contradicted"]].to_numpy(bool).T,
        reach=moods["reach"].to_numpy(float),
        distance=moods[["distance"]].to_numpy(float).T,
    )[0]


def adapt_thresholds(P: np.ndarray, thresholds: np.ndarray, share: np.ndarray, may: np.ndarray | bool) -> np.ndarray:
    """Thresholds (n_moods,) for one library, from its probabilities P (n_tracks, n_moods) alone; no labels are needed.

    A mood is decided for at most MOST_OFTEN times its `share` (n_moods,) of MTG-Jamendo's tracks: where the model's
    threshold would decide it oftener, it is raised to the probability that this rate has in the library. Decisions
    that `may` (n_tracks, n_moods) rules out do not count. Few tracks (FEW) say little of a rate: nothing is changed.
    """
    if len(P) < FEW:
        return thresholds
    counted = np.sort(np.where(may, P, -1.0), axis=0)[::-1]
    most = np.clip((MOST_OFTEN * np.nan_to_num(share, nan=1.0) * len(P)).astype(int), 1, len(P))
    first_beyond = np.take_along_axis(np.vstack([counted, np.full((1, P.shape[1]), -1.0)]), most[None], axis=0)[0]
    return np.maximum(thresholds, np.minimum(np.nextafter(np.maximum(first_beyond, 0.0), 2.0), 1.0))


@dataclass(frozen=True)
class RuleResult:
    """Predictions of tracks (n_tracks, n_moods) that may be compared with labels."""

    raw: np.ndarray
    calibrated: np.ndarray
    decisions: np.ndarray


@dataclass(frozen=True)
class Rule:
    """A calibration and thresholds (n_moods,) for what it gives; where albums count, how much."""

    calibration: Calibration
    thresholds: np.ndarray
    album: AlbumContext | None = None

    @property
    def counts_albums(self) -> bool:
        """Whether a track's album changes anything."""
        return self.album is not None and self.album.weight > 0

    def apply(self, raw: np.ndarray, albums: np.ndarray | None = None) -> RuleResult:
        """Calibrate and decide predictions (n_tracks, n_moods); `albums` (n_tracks,) str, "" where unknown, move them
        first where the rule says how much."""
        calibrated = self.calibration.apply(_moved(raw, self.album, albums))
        return RuleResult(raw, calibrated, decide(calibrated, self.thresholds))

    def check(self, n_moods: int) -> None:
        """Raise ValueError unless all parts are for `n_moods` moods and the thresholds are probabilities."""
        if {len(self.calibration.slope), len(self.thresholds), *([len(self.album.center)] if self.album else [])} != {
            n_moods
        }:
            raise ValueError("moods, calibration and thresholds do not belong together")
        if not ((self.thresholds >= 0) & (self.thresholds <= 1)).all():
            raise ValueError("a threshold lies outside [0, 1]")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        album = self.album.to_dict() if self.album else None
        return {"calibration": self.calibration.to_dict(), "thresholds": self.thresholds.tolist(), "album": album}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Rule":
        """The rule of `to_dict`; KeyError, TypeError or ValueError when it is malformed."""
        album = AlbumContext.from_dict(value["album"]) if value["album"] else None
        return cls(Calibration.from_dict(value["calibration"]), np.array(value["thresholds"], dtype=float), album)


def fit_rule(
    Y: np.ndarray, raw: np.ndarray, threshold_method: str = DEFAULT_METHOD, albums: np.ndarray | None = None
) -> Rule:
    """The rule for predictions like `raw` (n_tracks, n_moods), by labels Y of the same shape of tracks not trained on;
    with `albums` (n_tracks,) str for predictions that these move."""
    album = None if albums is None else fit_album_context(Y, logit(raw), albums)
    moved = _moved(raw, album, albums)
    calibration = fit_calibration(Y, moved)
    return Rule(calibration, choose_thresholds(Y, calibration.apply(moved), threshold_method), album)


def decide_by_folds(
    Y: np.ndarray,
    raw: np.ndarray,
    folds: np.ndarray,
    threshold_method: str = DEFAULT_METHOD,
    albums: np.ndarray | None = None,
) -> RuleResult:
    """Calibrate and decide each fold (n_tracks,) by the rule fitted on the other folds, without its own labels Y."""
    calibrated, decisions = np.zeros(raw.shape), np.zeros(raw.shape, bool)
    for fold in np.unique(folds):
        outside = folds == fold
        apart = (None, None) if albums is None else (albums[~outside], albums[outside])
        result = fit_rule(Y[~outside], raw[~outside], threshold_method, apart[0]).apply(raw[outside], apart[1])
        calibrated[outside], decisions[outside] = result.calibrated, result.decisions
    return RuleResult(raw, calibrated, decisions)


def _moved(raw: np.ndarray, album: AlbumContext | None, albums: np.ndarray | None) -> np.ndarray:
    """Predictions `raw` as their albums move them; as they are where it is not known how much, or on which albums the
    tracks are."""
    return raw if album is None or albums is None else sigmoid(album.apply(logit(raw), albums))
