"""How good probabilities and decisions are: the metrics of the MediaEval task "Emotion and Theme Recognition in Music".

ROC-AUC and PR-AUC (average precision) measure the probabilities; precision, recall and F-score the decisions.
*Macro* is the mean over the moods, *micro* pools every (track, mood) pair. As in MediaEval's evaluation script a mood
that is never decided counts in the macro means with precision 0; its own is NaN, and `Evaluation.undecided` names it.

A mood without a positive or without a negative example cannot be ranked: its figures are NaN, it is left out of the
macro means, and `Evaluation.undefined` names it and says why. (MediaEval's own test set has no such mood.)

Reference: Bogdanov et al., "MediaEval 2019: Emotion and Theme Recognition in Music Using Jamendo".
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score

from mer_core.errors import DatasetError

RANKING = ("ROC-AUC", "PR-AUC")
DECIDING = ("precision", "recall", "F-score")


@dataclass(frozen=True)
class Evaluation:
    """Figures in [0, 1], NaN where undefined."""

    macro: dict[str, float]
    """ROC-AUC-macro, PR-AUC-macro, precision-macro, recall-macro, F-score-macro."""
    micro: dict[str, float]
    """The same with -micro."""
    per_mood: pd.DataFrame
    """Index mood; columns ROC-AUC, PR-AUC, precision, recall, F-score, support (positive tracks), prevalence."""
    undefined: dict[str, str]
    """Moods left out of the macro means, and why."""
    undecided: dict[str, str]
    """Moods whose precision is undefined and counts as 0 in the macro means, and why."""

    @property
    def figures(self) -> dict[str, float]:
        """All ten figures, in the order of MediaEval's result files."""
        return {**self.macro, **self.micro}


def evaluate(
    Y: np.ndarray, P: np.ndarray, moods: tuple[str, ...] | list[str], decisions: np.ndarray | None = None
) -> Evaluation:
    """Evaluate `P` (n_tracks, n_moods) of any monotonous scale, and `decisions` (the same shape, bool), against `Y`
    (the same shape, bool).

    Without `decisions` precision, recall and F-score are NaN.

    Raises DatasetError when shapes differ, a matrix is empty, or a value is not finite or not 0 or 1.
    """
    Y, P = _as_bool(Y, "the ground truth"), _as_scores(P)
    D = None if decisions is None else _as_bool(decisions, "the decisions")
    for what, matrix in (("predictions", P), ("decisions", D)):
        if matrix is not None and matrix.shape != Y.shape:
            raise DatasetError(
                f"the {what} have the shape {matrix.shape}, the ground truth {Y.shape}; rows must be the same tracks "
                f"and columns the same moods"
            )
    if len(moods) != Y.shape[1] or len(set(moods)) != len(moods):
        raise DatasetError(
            f"{len(set(moods))} different moods are named for {Y.shape[1]} columns; name each column once, in order"
        )
    per_mood = _per_mood(Y, P, D, list(moods))
    undefined = _undefined(per_mood)
    rankable = per_mood.drop(index=list(undefined))
    return Evaluation(
        _macro(rankable, D is not None), _micro(Y, P, D), per_mood, undefined, {} if D is None else _undecided(rankable)
    )


def _as_bool(values: np.ndarray, what: str) -> np.ndarray:
    values = _as_matrix(values, what)
    if not np.isin(values, (0, 1)).all():
        raise DatasetError(f"{what} holds values other than 0 and 1; give true or false for each track and mood")
    return values.astype(bool)


def _as_scores(values: np.ndarray) -> np.ndarray:
    values = _as_matrix(values, "the predictions")
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        first = f"{values[row, column]} in row {row}, column {column}"
        raise DatasetError(
            f"the predictions hold {bad.sum()} values that are not finite, the first {first}; correct the model's "
            f"output"
        )
    return values.astype(np.float64)


def _as_matrix(values: np.ndarray, what: str) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "biuf":
        raise DatasetError(
            f"{what} must be a matrix of numbers (tracks, moods) with at least one of each; got shape {values.shape} "
            f"of {values.dtype}"
        )
    return values


def _per_mood(Y: np.ndarray, P: np.ndarray, D: np.ndarray | None, moods: list[str]) -> pd.DataFrame:
    support = Y.sum(axis=0)
    table = pd.DataFrame(np.nan, index=pd.Index(moods, name="mood"), columns=[*RANKING, *DECIDING])
    rankable = np.flatnonzero((support > 0) & (support < len(Y)))
    table.iloc[rankable, 0] = [roc_auc_score(Y[:, column], P[:, column]) for column in rankable]
    table.iloc[rankable, 1] = [average_precision_score(Y[:, column], P[:, column]) for column in rankable]
    if D is not None:
        scores = precision_recall_fscore_support(Y, D, average=None, zero_division=np.nan, labels=np.arange(len(moods)))
        table[list(DECIDING)] = np.stack(scores[:3], axis=1)
    return table.assign(support=support, prevalence=support / len(Y))


def _undefined(per_mood: pd.DataFrame) -> dict[str, str]:
    reasons = {0.0: "no positive example", 1.0: "no negative example"}
    return {str(mood): reasons[share] for mood, share in per_mood["prevalence"].items() if share in reasons}


def _undecided(rankable: pd.DataFrame) -> dict[str, str]:
    return {str(mood): "never decided" for mood in rankable.index[rankable["precision"].isna()]}


def _macro(rankable: pd.DataFrame, decided: bool) -> dict[str, float]:
    """Means over moods; a precision that is NaN because nothing was decided counts as 0."""
    table = rankable.fillna(0.0) if decided else rankable
    return {f"{metric}-macro": float(table[metric].mean()) for metric in (*RANKING, *DECIDING)}


def _micro(Y: np.ndarray, P: np.ndarray, D: np.ndarray | None) -> dict[str, float]:
    defined = 0 < Y.mean() < 1
    ranking = (
        [roc_auc_score(Y.ravel(), P.ravel()), average_precision_score(Y.ravel(), P.ravel())]
        if defined
        else [np.nan] * 2
    )
    deciding = (
        [np.nan] * 3
        if D is None
        else precision_recall_fscore_support(Y.ravel(), D.ravel(), average="binary", zero_division=np.nan)[:3]
    )
    return {
        f"{metric}-micro": float(value)
        for metric, value in zip((*RANKING, *DECIDING), [*ranking, *deciding], strict=True)
    }
