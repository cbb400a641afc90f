"""Raw predictions → calibrated probabilities and decisions, by a rule fitted to other tracks' labels."""

from dataclasses import dataclass

import numpy as np

from mer_core.calibration import Calibration, fit_calibration
from mer_core.thresholds import DEFAULT_METHOD, choose_thresholds, decide


@dataclass(frozen=True)
class Judged:
    """Predictions of tracks (n_tracks, n_moods) that may be compared with labels."""

    raw: np.ndarray
    calibrated: np.ndarray
    decisions: np.ndarray


@dataclass(frozen=True)
class Rule:
    """A calibration and thresholds (n_moods,) for what it gives."""

    calibration: Calibration
    thresholds: np.ndarray

    def judge(self, raw: np.ndarray) -> Judged:
        """Calibrate and decide predictions (n_tracks, n_moods)."""
        calibrated = self.calibration.apply(raw)
        return Judged(raw, calibrated, decide(calibrated, self.thresholds))


def fit_rule(Y: np.ndarray, raw: np.ndarray, threshold_method: str = DEFAULT_METHOD) -> Rule:
    """The rule for predictions like `raw` (n_tracks, n_moods), by labels Y of the same shape of tracks not trained on."""
    calibration = fit_calibration(Y, raw)
    return Rule(calibration, choose_thresholds(Y, calibration.apply(raw), threshold_method))


def judge_folds(Y: np.ndarray, raw: np.ndarray, folds: np.ndarray, threshold_method: str = DEFAULT_METHOD) -> Judged:
    """Calibrate and decide each fold (n_tracks,) by what its labels Y have not told: by the rule of the other folds."""
    calibrated, decisions = np.zeros(raw.shape), np.zeros(raw.shape, bool)
    for fold in np.unique(folds):
        outside = folds == fold
        judged = fit_rule(Y[~outside], raw[~outside], threshold_method).judge(raw[outside])
        calibrated[outside], decisions[outside] = judged.calibrated, judged.decisions
    return Judged(raw, calibrated, decisions)
