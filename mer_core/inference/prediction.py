"""Prediction: everything that is said about one piece of music."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mer_core.inference.timeline import Moment, driving_moments
from mer_core.lyrics.joined import JoinedWords
from mer_core.model.bundle import without_nan

_EXPLAINED = 5  # moods that are explained where none is decided


@dataclass(frozen=True)
class Prediction:
    """The moods of one piece of music, and how far to trust them."""

    file: str
    duration: float
    """Seconds."""
    moods: pd.DataFrame
    """Index mood, most probable first; columns probability (calibrated), threshold, decided (never for a mood that is
    not reliable),
    reliable, pr_auc, lift (over chance), support (positive tracks it was measured on)."""
    model_name: str
    embedding: np.ndarray = field(repr=False)
    """(n_frames, dim) frame embeddings."""
    nothing_fits: bool
    out_of_domain: str | None = None
    """One sentence when the sound is unlike the music the model was made with, else None."""
    valence: float = float("nan")
    arousal: float = float("nan")
    timeline: pd.DataFrame | None = None
    """Index start in seconds, one column a mood."""
    nearest: pd.DataFrame | None = None
    """Columns track_id, title, artist, similarity, moods ("calm, dark")."""
    map_point: tuple[float, float] | None = None
    warnings: list[str] = field(default_factory=list)
    words: JoinedWords | None = None
    """What the lyrics say, where they were looked for; `moods` and `valence` are then of sound and words together."""

    @property
    def decided(self) -> list[str]:
        """Names of the decided moods, most probable first."""
        return [str(mood) for mood in self.moods.index[self.moods["decided"].to_numpy(dtype=bool)]]

    def decided_by(self, thresholds: Mapping[str, float]) -> "Prediction":
        """The same prediction with other thresholds, by mood, as a saved profile has them; nothing is decided out of
        the domain."""
        moods = self.moods.assign(
            threshold=[thresholds.get(str(mood), own) for mood, own in self.moods["threshold"].items()]
        )
        moods["decided"] = (
            (moods["probability"] >= moods["threshold"]) & moods["reliable"].astype(bool) & (self.out_of_domain is None)
        )
        return replace(self, moods=moods, nothing_fits=not moods["decided"].any())

    def why(self, mood: str, most: int = 3) -> list[Moment]:
        """The parts of the track that drive `mood`, the strongest first; none without a timeline."""
        return [] if self.timeline is None else driving_moments(self.timeline, mood, self.duration, most)

    def to_dict(self) -> dict[str, Any]:
        """All of it but the embedding as JSON can hold it (unknown numbers are None). Keys of timeline: starts and, by
        mood, probabilities."""
        described = {
            "file": self.file,
            "duration": self.duration,
            "model": self.model_name,
            "moods": self.moods["probability"].to_dict(),
            "decided": self.decided,
            "nothing_fits": self.nothing_fits,
            "out_of_domain": self.out_of_domain,
            "valence": self.valence,
            "arousal": self.arousal,
            "lyrics": None if self.words is None else self.words.to_dict(self.duration),
            "trust": self.moods.drop(columns=["probability", "decided"]).to_dict("index"),
            "warnings": self.warnings,
        }
        if self.timeline is not None:
            explained = self.decided or list(self.moods.index[:_EXPLAINED])
            described["timeline"] = {"starts": list(self.timeline.index), "moods": self.timeline.to_dict("list")}
            described["why"] = {mood: [moment._asdict() for moment in self.why(mood)] for mood in explained}
        if self.nearest is not None:
            described["nearest"] = self.nearest.to_dict("records")
        if self.map_point is not None:
            described["map_point"] = list(self.map_point)
        plain: dict[str, Any] = without_nan(described)
        return plain
