"""How likely people say a mood: a calibration of the starter on the composer's words, for the moods that they mean.

Each mood has a slope and an intercept of its own, drawn towards those that all share (model.calibration). They are
fitted to a student that was not trained on his pieces, and stay beside the model's probabilities, by which it decides:
one composer's words are no ground to change what is heard, only to say how often he would have said it.
"""

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from mer_core.model.calibration import LIKELIHOOD, fit_calibration, reliability_table
from mer_core.model.mlp import sigmoid
from mer_core.training.starter.release import level

FOLDS = 5


def fit_likelihood(log_odds: np.ndarray, labels: np.ndarray, moods: tuple[str, ...]) -> pd.DataFrame:
    """Columns LIKELIHOOD, index `moods`, of log-odds (n_tracks, n_moods) and labels of that shape."""
    fitted = fit_calibration(labels, sigmoid(log_odds))
    columns = dict(zip(LIKELIHOOD, (fitted.slope, fitted.intercept), strict=True))
    return pd.DataFrame(columns, index=pd.Index(moods, name="mood"))


def calibration_figures(log_odds: np.ndarray, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """Calibration error and Brier score (see calibration.reliability_table) of tracks left out of the fit: "before",
    where only the level of all moods is set, and "after", with a calibration a mood."""
    before, after = np.zeros(labels.shape), np.zeros(labels.shape)
    for train, test in KFold(FOLDS, shuffle=True, random_state=0).split(labels):
        before[test] = sigmoid(log_odds[test] + level(log_odds[train], labels[train]))
        after[test] = fit_calibration(labels[train], sigmoid(log_odds[train])).apply(sigmoid(log_odds[test]))
    tables = {name: reliability_table(labels, P) for name, P in (("before", before), ("after", after))}
    return {name: {key: float(table[key]) for key in ("calibration_error", "brier")} for name, table in tables.items()}
