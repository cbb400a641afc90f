"""How far each mood of the starter can be trusted: measured on people, by a model that has not learned from them.

Two kinds of evidence, each a ROC-AUC with a bootstrap interval:

* *words*: the composer's mood words of the incompetech pieces, by a student that was not trained on them;
* *ratings*: the valence and arousal that people heard in rated songs, by a model whose map to the two left the song's
  artist out. For a feeling that lies clearly on the plane (CLEAR from its middle) the third of the songs that lies
  furthest in its direction should come first. That says less of a mood than its word does, hence PROXY.

Both are averaged on the logit scale, by the inverse of their variance (a fixed-effect meta-analysis). A mood that has
neither is "not measured". Beside the ROC-AUC stands the PR-AUC that it means where one track in five has the mood, for
two normal distributions of equal width, so that moods can be compared whatever their number of tracks.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

from mer_core.metrics.bootstrap import mood_trust
from mer_core.metrics.ranking import roc_aucs
from mer_core.model.mlp import logit, sigmoid
from mer_core.moods import FEELING, coordinates, kind_of
from mer_core.training.starter.data import Pairs
from mer_core.training.starter.student import PLANE_EVIDENCE, Student
from mer_core.training.starter.valence_arousal import RatedSongs

CLEAR = 0.5
"""Distance from the middle of the plane from which a mood's direction says what it is."""
PROXY = 0.4
"""Standard deviation, on the logit scale, of how far the ROC-AUC of a direction is from that of the word."""
PREVALENCE = 0.2
THIRD = 2 / 3
DEALS = 10
"""Of nested_spearman: into halves."""
_Z = 1.96


def rated_scores(
    student: Student, songs: RatedSongs, held_out: np.ndarray, pairs: Pairs, places: np.ndarray, moods: tuple[str, ...]
) -> np.ndarray:
    """Scores (n_songs, n_moods) like those of student.with_plane, with the valence and arousal `held_out` (n_songs, 2)
    of songs whose artist was left out. places: (n_pairs, 2) the map's output for `pairs`, to standardise by."""
    mean = np.average(places, axis=0, weights=pairs.weight)
    deviation = np.sqrt(np.average((places - mean) ** 2, axis=0, weights=pairs.weight))
    return student.scores(songs.embedding) + PLANE_EVIDENCE * ((held_out - mean) / deviation) @ coordinates(moods).T


def rated_trust(scores: np.ndarray, songs: RatedSongs, moods: tuple[str, ...]) -> pd.DataFrame:
    """The table of bootstrap.mood_trust for the moods that lie clearly on the plane, by people's ratings."""
    stand = coordinates(moods)
    feelings = np.array([kind_of(mood) == FEELING for mood in moods])
    clear = np.flatnonzero((np.linalg.norm(stand, axis=1) >= CLEAR) & feelings)
    along = songs.places() @ stand[clear].T
    truth = along > np.quantile(along, THIRD, axis=0)
    return mood_trust(truth, scores[:, clear], [moods[j] for j in clear], songs.artist)


def people_trust(moods: tuple[str, ...], words: pd.DataFrame | None, ratings: pd.DataFrame) -> pd.DataFrame:
    """Index mood; roc_auc, pr_auc and lift with their 95 % intervals, support (the rated songs and the pieces that have
    the mood), measured, reliable (the interval of the ROC-AUC lies above chance); NaN where nobody said anything."""
    rows = [_row(mood, [(words, 0.0), (ratings, PROXY)]) for mood in moods]
    table = pd.DataFrame(rows, index=pd.Index(moods, name="mood"))
    for end in ("", "_low", "_high"):
        table[f"pr_auc{end}"] = [binormal_pr_auc(value) for value in table[f"roc_auc{end}"]]
    table["prevalence"] = PREVALENCE
    table["lift"] = table["pr_auc"] / PREVALENCE
    table["measured"] = table["roc_auc"].notna()
    return table.assign(reliable=table["measured"] & (table["roc_auc_low"] > 0.5))


def nested_spearman(scores: np.ndarray, labels: np.ndarray, moods: tuple[str, ...], ratings: pd.DataFrame) -> float:
    """Rank correlation over `moods` of the ROC-AUC that is shown with that on words it was not measured on.

    Shown is people_trust of the ratings and of the words of one half of the pieces; true is the ROC-AUC on the other
    half. scores, labels: (n_pieces, n_moods). The mean of DEALS deals, each taken both ways.
    """
    rng, found = np.random.default_rng(0), []
    for _ in range(DEALS):
        half = rng.permutation(len(labels)) % 2 == 0
        for shown, held in ((half, ~half), (~half, half)):
            trust = people_trust(moods, mood_trust(labels[shown], scores[shown], moods), ratings)["roc_auc"]
            truth = roc_aucs(labels[held], scores[held])
            known = np.isfinite(trust) & np.isfinite(truth)
            found.append(spearmanr(trust[known], truth[known])[0])
    return float(np.mean(found))


def binormal_pr_auc(roc_auc: float) -> float:
    """PR-AUC at PREVALENCE of two normal distributions of equal width that have this ROC-AUC; NaN of NaN."""
    if np.isnan(roc_auc):
        return float("nan")
    cut = np.linspace(6, -6, 2001)
    distance = np.sqrt(2) * norm.ppf(np.clip(roc_auc, 0.001, 0.999))
    found = norm.sf(cut - distance)
    precision = PREVALENCE * found / (PREVALENCE * found + (1 - PREVALENCE) * norm.sf(cut))
    return float(np.sum(np.diff(found, prepend=0) * precision))


def _row(mood: str, evidence: list[tuple[pd.DataFrame | None, float]]) -> dict[str, float]:
    found = [(table.loc[mood], proxy) for table, proxy in evidence if table is not None and mood in table.index]
    if not found:
        return {"support": 0.0, "roc_auc": np.nan, "roc_auc_low": np.nan, "roc_auc_high": np.nan}
    ends = np.array([[row["roc_auc"], row["roc_auc_low"], row["roc_auc_high"]] for row, _ in found], dtype=float)
    value, low, high = logit(np.clip(ends, 0.01, 0.99)).T
    variance = ((high - low) / (2 * _Z)) ** 2 + np.array([proxy for _, proxy in found]) ** 2
    mean, error = np.average(value, weights=1 / variance), np.sqrt(1 / np.sum(1 / variance))
    middle, lower, upper = sigmoid(np.array([mean, mean - _Z * error, mean + _Z * error]))
    support = float(np.sum([row["support"] for row, _ in found]))
    return {"support": support, "roc_auc": middle, "roc_auc_low": lower, "roc_auc_high": upper}
