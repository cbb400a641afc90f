"""Prediction: everything that is said about one piece of music."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mer_core.inference.headline import OnPlane, headline
from mer_core.inference.provenance import Provenance
from mer_core.inference.published_places import PublishedPlace
from mer_core.inference.timeline import Moment, driving_moments
from mer_core.lyrics.joined import JoinedWords
from mer_core.model.bundle import without_nan
from mer_core.model.decision import decided_in_table
from mer_core.moods import FEELING, THEME, kind_of

_EXPLAINED = 5  # moods that are explained where none is decided


@dataclass(frozen=True)
class Prediction:
    """The moods of one piece of music, and how far to trust them."""

    file: str
    duration: float
    """Seconds."""
    moods: pd.DataFrame
    """Index mood, most probable first; columns probability (calibrated), threshold, decided (see model.decision),
    reliable, pr_auc, lift (over chance), support (positive tracks it was measured on), kind (feeling or theme),
    percentile (share of music in which the mood is less probable; NaN where unknown), likelihood (how likely people say
    the mood, see Model.likelihoods; NaN where nobody said anything), threshold_percentile (the threshold as a rank in
    music; NaN where unknown), allowed (may be decided),
    measured (whether anybody's words have tested the mood), contradicted (by valence or arousal), reach (see
    model.decision.decided), distance (squared, on the plane, see model.decision.nearness)."""
    model_name: str
    embedding: np.ndarray = field(repr=False)
    """(n_frames, dim) frame embeddings."""
    nothing_fits: bool
    out_of_domain: str | None = None
    """One sentence when the sound is unlike the music the model was made with, else None."""
    valence: float = float("nan")
    arousal: float = float("nan")
    valence_interval: tuple[float, float] = (float("nan"), float("nan"))
    arousal_interval: tuple[float, float] = (float("nan"), float("nan"))
    """Where the two lie with the model's stated certainty; NaN where the model only has moods."""
    headline: str = ""
    """The nearest feeling and how sure it is, in words (see `headline`)."""
    timeline: pd.DataFrame | None = None
    """Index start in seconds, one column a mood."""
    plane_timeline: pd.DataFrame | None = None
    """Index start in seconds, columns valence and arousal of the same windows."""
    nearest: pd.DataFrame | None = None
    """Columns track_id, title, artist, similarity, moods ("calm, dark"), also_as (other files of the song), same (the
    piece itself)."""
    map_point: tuple[float, float] | None = None
    warnings: list[str] = field(default_factory=list)
    sources: Provenance = field(default_factory=Provenance)
    """What learned the figures, and on whose word they were measured."""
    published_places: list[PublishedPlace] = field(default_factory=list)
    """Valence and arousal as published heads that were fetched hear them, on their own scale."""
    words: JoinedWords | None = None
    """What the lyrics say, where they were looked for; `moods` and `valence` are then of sound and words together."""

    @property
    def decided(self) -> list[str]:
        """Names of the decided moods, most probable first."""
        return [str(mood) for mood in self.moods.index[self.moods["decided"].to_numpy(dtype=bool)]]

    @property
    def on_plane(self) -> OnPlane | None:
        """Where the piece was measured to lie; None by a model that only has moods."""
        ends = (self.valence_interval, self.arousal_interval)
        return OnPlane((self.valence, self.arousal), ends) if np.isfinite(ends).all() else None

    @property
    def feelings(self) -> list[str]:
        """The decided moods that are feelings, most probable first."""
        return [mood for mood in self.decided if kind_of(mood) == FEELING]

    @property
    def themes(self) -> list[str]:
        """The decided moods that name a use, an occasion or a form, most probable first."""
        return [mood for mood in self.decided if kind_of(mood) == THEME]

    @property
    def calibrated(self) -> bool:
        """Whether every probability is how likely people say the mood, so that percentages may be shown of it."""
        return bool((self.moods["likelihood"] == self.moods["probability"]).all())

    def leading(self, kind: str, most: int) -> list[str]:
        """At most `most` moods of a kind (FEELING or THEME), the decided ones first, then those that are strong for
        music (by percentile, else by probability); of themes only decided ones."""
        rows = self.moods[self.moods["kind"] == kind]
        rows = rows[(rows["decided"] if kind == THEME else rows["allowed"]).astype(bool)]
        strength = rows["percentile"].fillna(rows["probability"]).to_numpy(float)
        order = np.lexsort((-strength, ~rows["decided"].to_numpy(bool)))
        return [str(mood) for mood in rows.index[order][:most]]

    def decided_by(self, thresholds: Mapping[str, float]) -> "Prediction":
        """The same prediction with other thresholds, by mood, as a saved profile has them; nothing is decided out of
        distribution."""
        moods = self.moods.assign(
            threshold=[thresholds.get(str(mood), own) for mood, own in self.moods["threshold"].items()]
        )
        moods["threshold_percentile"] = moods["threshold_percentile"].where(
            moods["threshold"] == self.moods["threshold"]
        )
        moods["decided"] = decided_in_table(moods, music=self.out_of_domain is None)
        line = self.headline if self.out_of_domain else headline(moods, self.on_plane)
        return replace(self, moods=moods, nothing_fits=not moods["decided"].any(), headline=line)

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
            "valence_interval": list(self.valence_interval),
            "arousal_interval": list(self.arousal_interval),
            "published_places": [place._asdict() for place in self.published_places],
            "headline": self.headline,
            "feelings": self.feelings,
            "themes": self.themes,
            "lyrics": None if self.words is None else self.words.to_dict(self.duration),
            "trust": self.moods.drop(columns=["probability", "decided"]).to_dict("index"),
            "warnings": [*([self.out_of_domain] if self.out_of_domain else []), *self.warnings],
            "sources": self.sources._asdict(),
        }
        if self.timeline is not None:
            explained = self.decided or list(self.moods.index[:_EXPLAINED])
            plane = {} if self.plane_timeline is None else self.plane_timeline.to_dict("list")
            described["timeline"] = {
                "starts": list(self.timeline.index),
                "moods": self.timeline.to_dict("list"),
                **{str(name): values for name, values in plane.items()},
            }
            described["why"] = {mood: [moment._asdict() for moment in self.why(mood)] for mood in explained}
        if self.nearest is not None:
            described["nearest"] = self.nearest.to_dict("records")
        if self.map_point is not None:
            described["map_point"] = list(self.map_point)
        plain: dict[str, Any] = without_nan(described)
        return plain
