"""A trained model: what turns a pooled track embedding into moods and says how far to trust them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from mer_core.model.calibration import Calibration, likelihoods
from mer_core.model.decision import Rule, allowed, decided
from mer_core.model.fitted import FittedClassifier
from mer_core.model.ood import relative_distance
from mer_core.model.valence_arousal import ValenceArousal
from mer_core.moods import contradicted, opposed, squared_distances, valence_arousal


@dataclass
class Model:
    """Everything that turns a pooled track embedding into moods and says how far to trust them."""

    name: str
    moods: tuple[str, ...]
    encoder: dict[str, Any]
    """Identity of the encoder whose embeddings it reads (`Encoder.identity()`)."""
    pooling: str
    classifier: FittedClassifier
    calibration: Calibration
    thresholds: np.ndarray
    """(n_moods,) in [0, 1], for calibrated probabilities."""
    trust: pd.DataFrame
    """Index mood; the columns of `trust.mood_trust`, for tracks evaluated without their albums; by a model that was not
    calibrated on labels also calibration.LIKELIHOOD."""
    metrics: dict[str, Any] = field(default_factory=dict)
    calibrated_on: str = "labels"
    """"labels", or "none: <reason>"."""
    synthetic: bool = False
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    card: str = ""
    """Markdown."""
    distribution: dict[str, np.ndarray] | None = None
    plane: ValenceArousal | None = None
    """What measures valence and arousal; None in models that only have moods."""
    ranks: np.ndarray | None = None
    """(n_quantiles, n_moods) quantiles, in even steps from 0 to 1, of each mood's probability in music; None, or NaN
    for a mood, where unknown."""
    reach: np.ndarray | None = None
    """(n_moods,) log-odds, see decision.decided; None in models that decide by thresholds alone."""
    album_rule: Rule | None = None
    """In the place of `calibration` and `thresholds` where a track's album is known; None when albums said nothing in
    training."""
    predictions: pd.DataFrame | None = None

    @property
    def rule(self) -> Rule:
        """How tracks are calibrated and decided by themselves; `album_rule` is that of tracks on known albums."""
        return Rule(self.calibration, self.thresholds)

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, n_moods) of pooled embeddings X (n, n_features); ArtifactError when the width is
        wrong."""
        return self.calibration.apply(self.classifier.predict_proba(X))

    def places(self, X: np.ndarray, P: np.ndarray) -> np.ndarray:
        """Valence and arousal (n, 2) of tracks with embeddings X (n, n_features) and probabilities P (n, n_moods):
        measured, or, by a model that cannot, the mean place of its moods (see moods.valence_arousal)."""
        return valence_arousal(P, self.moods) if self.plane is None else self.plane.predict(X)

    def measured_places(self, X: np.ndarray) -> np.ndarray | None:
        """Valence and arousal (n, 2) of embeddings X (n, n_features); None by a model that does not measure them."""
        return None if self.plane is None else self.plane.predict(X)

    def place_intervals(self, X: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Intervals (n, 2, 2) of `places` (n, 2), the ends last; NaN where the model does not measure them."""
        if self.plane is None:
            return np.full((len(places), 2, 2), np.nan)
        return self.plane.intervals(places, relative_distance(X, self.distribution))

    def percentiles(self, P: np.ndarray) -> np.ndarray:
        """The share of music (n, n_moods), 0 to 1, in which each mood is less probable than in P; NaN where unknown."""
        if self.ranks is None:
            return np.full(np.shape(P), np.nan)
        steps = np.linspace(0, 1, len(self.ranks))
        ranks = np.nan_to_num(self.ranks)
        shares = np.stack([np.interp(P[:, j], ranks[:, j], steps) for j in range(len(self.moods))], axis=1)
        return np.where(np.isfinite(self.ranks).all(axis=0), shares, np.nan)

    def likelihoods(self, P: np.ndarray) -> np.ndarray:
        """How likely people say a mood (n, n_moods) where it has probability P: P itself by a model that was calibrated
        on labels, else as `trust` says (see calibration.likelihoods)."""
        return P if self.calibrated_on == "labels" else likelihoods(P, self.trust)

    @property
    def allowed(self) -> np.ndarray:
        """(n_moods,) bool: which moods may be decided, see decision.allowed."""
        return allowed(self.trust)

    def decide(
        self,
        P: np.ndarray,
        thresholds: np.ndarray | None = None,
        *,
        music: np.ndarray | bool = True,
        contradicted: np.ndarray | bool = False,
        distance: np.ndarray | None = None,
    ) -> np.ndarray:
        """Decisions (n, n_moods) bool for calibrated P, see decision.decided.

        thresholds: (n_moods,) in place of the model's own. music: (n,) bool. contradicted: (n, n_moods) bool, see
        `contradictions`. distance: (n, n_moods), see `distances`.
        """
        chosen = self.thresholds if thresholds is None else thresholds
        return decided(
            P, chosen, self.allowed, music=music, contradicted=contradicted, reach=self.reach, distance=distance
        )

    def distances(self, X: np.ndarray) -> np.ndarray:
        """Squared distances (n, n_moods) of the moods from the measured valence and arousal of embeddings X, infinite
        for moods on the other side (moods.opposed); 0 by a model that does not measure them."""
        if self.plane is None:
            return np.zeros((len(X), len(self.moods)))
        places = self.plane.predict(X)
        other_side = opposed(places, self.place_intervals(X, places), self.moods)
        return np.where(other_side, np.inf, squared_distances(places, self.moods))

    def contradictions(self, X: np.ndarray) -> np.ndarray:
        """Moods (n, n_moods) bool that the measured valence or arousal of embeddings X speaks against; none by a model
        that does not measure them."""
        if self.plane is None:
            return np.zeros((len(X), len(self.moods)), dtype=bool)
        places = self.plane.predict(X)
        return contradicted(places, self.place_intervals(X, places), self.moods)
