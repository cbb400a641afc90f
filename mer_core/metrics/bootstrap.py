"""How far each mood of a model can be trusted: its figures on tracks it has not learned from, with bootstrap intervals.

Tracks of one artist sound alike and carry like labels, so artists, not tracks, are drawn with replacement (the cluster
bootstrap; Davison & Hinkley, "Bootstrap methods and their application", 1997, section 3.8). Where fewer than
MIN_ARTISTS are known, tracks are drawn. Intervals hold 95 % of the draws.

How high a PR-AUC is by chance depends on the share of positives, which differs from draw to draw. So its interval is
that of the lift (PR-AUC ÷ share of positives of the same draw, on a logarithmic scale, as ratios are), times the share
in the tracks at hand.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

MIN_SUPPORT = 8
"""A mood with fewer positive tracks is never called reliable, whatever its interval."""
MIN_POSITIVE_ARTISTS = 5
"""The same where its positive tracks come from fewer artists (and artists are drawn): an artist who is drawn or not
makes no interval."""
MIN_ARTISTS = 10
N_DRAWS = 400
INTERVAL = (2.5, 97.5)


def mood_trust(Y: np.ndarray, P: np.ndarray, moods: Sequence[str], artists: np.ndarray | None = None) -> pd.DataFrame:
    """Trust of each mood, from labels Y and probabilities P (n_tracks, n_moods) and the tracks' artists (n_tracks,).

    Index mood; columns support, prevalence, pr_auc, pr_auc_low, pr_auc_high, roc_auc, roc_auc_low, roc_auc_high, lift
    (pr_auc / prevalence), reliable: both intervals lie above chance (0.5 for ROC-AUC, the prevalence for PR-AUC), and
    positives are enough (MIN_SUPPORT, MIN_POSITIVE_ARTISTS). NaN where a mood has no positive or no negative.
    """
    Y, P = np.asarray(Y, bool), np.asarray(P, float)
    weights, groups = _draws(len(Y), artists), _groups(len(Y), artists)
    rows = [_mood_row(Y[:, j], P[:, j], weights) for j in range(Y.shape[1])]
    table = pd.DataFrame(rows, index=pd.Index(list(moods), name="mood"))
    above_chance = (table["roc_auc_low"] > 0.5) & (table["pr_auc_low"] > table["prevalence"])
    sources = np.array([len(np.unique(groups[column])) for column in Y.T])
    return table.assign(reliable=above_chance & (table["support"] >= MIN_SUPPORT) & (sources >= MIN_POSITIVE_ARTISTS))


def unmeasured(moods: Sequence[str], reliable: bool) -> pd.DataFrame:
    """The table of `mood_trust` for a model that no labels have evaluated: every figure NaN."""
    table = mood_trust(np.zeros((1, len(moods)), bool), np.zeros((1, len(moods))), moods)
    return table.assign(support=0, prevalence=np.nan, reliable=reliable)


def compare_moods(
    Y: np.ndarray,
    P_left: np.ndarray,
    P_right: np.ndarray,
    moods: Sequence[str],
    metric: str = "PR-AUC",
    artists: np.ndarray | None = None,
) -> pd.DataFrame:
    """Difference (left minus right) of `metric` ("PR-AUC" or "ROC-AUC") of two models on the same tracks, mood by mood.

    Index mood; columns difference, low, high: both models are evaluated on the same draws, so what they share cancels
    out.
    """
    Y = np.asarray(Y, bool)
    weights = np.vstack([np.ones(len(Y), np.float32), _draws(len(Y), artists)])
    measure = METRICS[metric]
    rows = []
    for j in range(Y.shape[1]):
        differences = measure(Y[:, j], P_left[:, j], weights) - measure(Y[:, j], P_right[:, j], weights)
        rows.append(
            {
                "difference": differences[0],
                **dict(zip(("low", "high"), _interval(differences[0], differences[1:]), strict=True)),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(moods), name="mood"))


def macro_difference(
    Y: np.ndarray, P_left: np.ndarray, P_right: np.ndarray, artists: np.ndarray | None = None, metric: str = "ROC-AUC"
) -> tuple[float, float, float]:
    """Difference (left minus right) of two models' mean of `metric` over the moods that some, not all tracks have:
    (value, low, high), both judged on the same draws; NaN without such a mood."""
    Y = np.asarray(Y, bool)
    weights = np.vstack([np.ones(len(Y), np.float32), _draws(len(Y), artists)])
    measure = METRICS[metric]
    kept = np.flatnonzero(Y.any(axis=0) & ~Y.all(axis=0))
    if not len(kept):
        return (np.nan, np.nan, np.nan)
    apart = [measure(Y[:, j], P_left[:, j], weights) - measure(Y[:, j], P_right[:, j], weights) for j in kept]
    means = np.nanmean(apart, axis=0)
    return (float(means[0]), *_interval(means[0], means[1:]))


def macro_intervals(
    Y: np.ndarray, P: np.ndarray, artists: np.ndarray | None = None, min_support: int = 1
) -> dict[str, tuple[float, float, float]]:
    """Each metric's mean over the moods with at least `min_support` positive and one negative track: (value, low, high)
    by name."""
    Y, P = np.asarray(Y, bool), np.asarray(P, float)
    weights = np.vstack([np.ones(len(Y), np.float32), _draws(len(Y), artists)])
    kept = np.flatnonzero((Y.sum(axis=0) >= max(min_support, 1)) & ~Y.all(axis=0))
    result = {}
    for name, measure in METRICS.items():
        values = np.array([measure(Y[:, j], P[:, j], weights) for j in kept]).reshape(len(kept), len(weights))
        means = np.nanmean(values, axis=0) if len(kept) else np.full(len(weights), np.nan)
        low, high = np.clip(_interval(means[0], means[1:]), 0, 1)
        result[name] = (float(means[0]), float(low), float(high))
    return result


def weighted_roc_auc(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """ROC-AUC (n_draws,) of one mood under track weights (n_draws, n_tracks); NaN without a positive or a negative."""
    true, above, tied, negatives = _levels(y, p, weights)
    pairs = true.sum(axis=1) * negatives
    won = (true * (negatives[:, None] - above - tied / 2)).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def weighted_pr_auc(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """PR-AUC (average precision, n_draws) of one mood under track weights (n_draws, n_tracks); NaN without a positive
    or a negative."""
    true, above, tied, negatives = _levels(y, p, weights)
    found = np.cumsum(true, axis=1)
    precision = found / np.maximum(found + above + tied, 1e-12)
    positives = true.sum(axis=1)
    return np.divide(
        (true * precision).sum(axis=1),
        positives,
        out=np.full(len(weights), np.nan),
        where=(positives > 0) & (negatives > 0),
    )


METRICS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "ROC-AUC": weighted_roc_auc,
    "PR-AUC": weighted_pr_auc,
}


def _levels(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights at each distinct score that a positive has, falling: of positives, of negatives above, of negatives at it
    (each n_draws, n_levels); and of all negatives (n_draws,).
    """
    order = np.argsort(-p, kind="stable")
    truth, scores = y[order], p[order]
    hits = np.flatnonzero(truth)
    starts = np.searchsorted(-scores, -np.unique(scores[hits])[::-1], side="left")
    ends = np.searchsorted(-scores, -scores[starts], side="right")
    ranked = weights[:, order]
    total = np.pad(np.cumsum(ranked, axis=1), ((0, 0), (1, 0)))
    positive = np.pad(np.cumsum(ranked[:, hits], axis=1), ((0, 0), (1, 0)))
    first, last = np.searchsorted(hits, starts), np.searchsorted(hits, ends)
    true = positive[:, last] - positive[:, first]
    above = total[:, starts] - positive[:, first]
    return true, above, total[:, ends] - total[:, starts] - true, total[:, -1] - positive[:, -1]


def _draws(n_tracks: int, artists: np.ndarray | None) -> np.ndarray:
    """How often each track is drawn, (N_DRAWS, n_tracks) float32: whole numbers, so exact, at half the memory
    traffic."""
    rng, groups = np.random.default_rng(0), _groups(n_tracks, artists)
    n_groups = groups.max() + 1
    return rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=N_DRAWS)[:, groups].astype(np.float32)


def _groups(n_tracks: int, artists: np.ndarray | None) -> np.ndarray:
    """What is drawn, as a number for each track (n_tracks,): its artist where at least MIN_ARTISTS are known, else the
    track itself."""
    if artists is not None:
        names, codes = np.unique(np.asarray(artists).astype(str), return_inverse=True)
        if len(names) >= MIN_ARTISTS:
            return codes
    return np.arange(n_tracks)


def _mood_row(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    once = np.ones((1, len(y)), np.float32)
    support, prevalence = int(y.sum()), float(y.mean())
    roc_auc, pr_auc = (float(METRICS[name](y, p, once)[0]) for name in ("ROC-AUC", "PR-AUC"))
    roc_low, roc_high = np.clip(_interval(roc_auc, weighted_roc_auc(y, p, weights)), 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = weights @ y / weights.sum(axis=1)
        lift = np.divide(pr_auc, prevalence)
        pr_low, pr_high = np.clip(
            prevalence * np.exp(_interval(np.log(lift), np.log(weighted_pr_auc(y, p, weights) / shares))), 0, 1
        )
    row = {
        "support": support,
        "prevalence": prevalence,
        "pr_auc": pr_auc,
        "pr_auc_low": float(pr_low),
        "pr_auc_high": float(pr_high),
    }
    return {
        **row,
        "roc_auc": roc_auc,
        "roc_auc_low": float(roc_low),
        "roc_auc_high": float(roc_high),
        "lift": float(lift),
    }


def _interval(value: float, draws: np.ndarray) -> tuple[float, float]:
    """Percentiles of the draws, moved so that the draws' mean lies on the value: drawing tracks twice makes PR-AUC look
    better than it is."""
    defined = draws[np.isfinite(draws)]
    if not len(defined):
        return np.nan, np.nan
    low, high = np.percentile(defined, INTERVAL) + value - defined.mean()
    return float(low), float(high)
